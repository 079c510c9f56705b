package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Requests below /_fake are for whoever measures or tests: they are neither
// counted nor logged, and answered at once.
//
//	GET    /_fake/counts           the counts as JSON
//	DELETE /_fake/counts           from zero again
//	POST   /_fake/failures?of=TEXT requests with TEXT in their path get a 500
//	DELETE /_fake/failures         no more of that
const controlPrefix = "/_fake/"

// counts is what clients did.
type counts struct {
	Requests    int64 `json:"requests"`      // of any kind
	Pings       int64 `json:"pings"`         // /_ping
	Lists       int64 `json:"lists"`         // /containers/json
	Inspects    int64 `json:"inspects"`      // /containers/{id}/json
	InFlight    int64 `json:"in_flight"`     // now
	MaxInFlight int64 `json:"max_in_flight"` // most at once
	MaxInspects int64 `json:"max_inspects"`  // most inspects at once
	LastStart   int64 `json:"last_start"`    // when the newest request came: microseconds since 1970
	ListBytes   int64 `json:"list_bytes"`    // size of the body of /containers/json
}

func (c *counts) add(other counts) {
	c.Requests += other.Requests
	c.Inspects += other.Inspects
	c.MaxInFlight = max(c.MaxInFlight, other.MaxInFlight)
}

// counters are counts while they are counted.
type counters struct {
	requests, pings, lists, inspects, lastStart atomic.Int64
	inFlight, inspectsInFlight                  gauge
}

// gauge knows how many there are, and how many there were at most.
type gauge struct{ now, most atomic.Int64 }

func (g *gauge) enter() {
	n := g.now.Add(1)
	for most := g.most.Load(); n > most && !g.most.CompareAndSwap(most, n); most = g.most.Load() {
	}
}

func (g *gauge) leave() { g.now.Add(-1) }

// began counts a request that came; what it returns is to be called at its end.
func (c *counters) began(now time.Time) func() {
	c.requests.Add(1)
	c.lastStart.Store(now.UnixMicro())
	c.inFlight.enter()
	return c.inFlight.leave
}

func (e *engine) counts() counts {
	c := &e.counters
	return counts{
		Requests: c.requests.Load(), Pings: c.pings.Load(), Lists: c.lists.Load(), Inspects: c.inspects.Load(),
		InFlight: c.inFlight.now.Load(), MaxInFlight: c.inFlight.most.Load(), MaxInspects: c.inspectsInFlight.most.Load(),
		LastStart: c.lastStart.Load(), ListBytes: int64(len(e.list)),
	}
}

func (e *engine) forgetCounts() {
	c := &e.counters
	for _, n := range []*atomic.Int64{&c.requests, &c.pings, &c.lists, &c.inspects, &c.lastStart} {
		n.Store(0)
	}
	for _, g := range []*gauge{&c.inFlight, &c.inspectsInFlight} {
		g.most.Store(g.now.Load())
	}
}

// failures says which requests are to fail.
type failures struct {
	mutex sync.Mutex
	of    []string
}

func (f *failures) set(of ...string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.of = of
}

func (f *failures) hit(path string) bool {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for _, text := range f.of {
		if strings.Contains(path, text) {
			return true
		}
	}
	return false
}

func (e *engine) control(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + strings.TrimPrefix(r.URL.Path, controlPrefix) {
	case "GET counts":
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(e.counts())
	case "DELETE counts":
		e.forgetCounts()
	case "POST failures":
		e.failures.set(r.URL.Query()["of"]...)
	case "DELETE failures":
		e.failures.set()
	default:
		fail(w, http.StatusNotFound, "page not found")
	}
}

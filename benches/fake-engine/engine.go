package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

//go:embed bodies/version.json
var version []byte

//go:embed bodies/info.json
var info []byte

//go:embed bodies/networks.json
var networks []byte

// what /networks/{id} adds to an entry of the list: the containers in it
//
//go:embed bodies/network.json
var network []byte

//go:embed bodies/list-item.json
var listItem []byte

//go:embed bodies/inspect.json
var inspect []byte

// the processes of every container
const top = `{"Titles":["UID","PID","PPID","C","STIME","TTY","TIME","CMD"],` +
	`"Processes":[["1000","4711","4690","0","10:00","?","00:00:00","/bin/sleep 9"]]}` + "\n"

// engine is one engine: what it has, how it behaves, and what was asked of it.
type engine struct {
	number     int    // 0: the only one
	host       string // its address, as DOCKER_HOST has it
	http       *http.Server
	containers int
	latency    time.Duration
	apiVersion string
	info       []byte
	list       []byte
	inspect    template
	networks   map[string][]byte // by ID and by name
	log        *os.File          // nil: no log
	times      bool

	failEvery, vanishEvery int64
	failures               failures
	counters               counters
}

// template is a body cut at the places where a container's own ID and name go.
type template struct {
	parts [][]byte
	slots []int // one of idSlot, nameSlot, between parts
}

const (
	idSlot = iota
	nameSlot
)

func newTemplate(body []byte, id, name string) template {
	var t template
	for {
		i, n := bytes.Index(body, []byte(id)), bytes.Index(body, []byte(name))
		switch {
		case i < 0 && n < 0:
			t.parts = append(t.parts, body)
			return t
		case n < 0 || i >= 0 && i < n:
			t.parts, t.slots = append(t.parts, body[:i]), append(t.slots, idSlot)
			body = body[i+len(id):]
		default:
			t.parts, t.slots = append(t.parts, body[:n]), append(t.slots, nameSlot)
			body = body[n+len(name):]
		}
	}
}

func (e *engine) render(dst []byte, t template, k int) []byte {
	for i, part := range t.parts {
		dst = append(dst, part...)
		if i < len(t.slots) {
			if t.slots[i] == idSlot {
				dst = append(dst, e.containerID(k)...)
			} else {
				dst = append(dst, e.containerName(k)...)
			}
		}
	}
	return dst
}

// containerID looks random and carries k in its last eight digits, so that
// /containers/{id} is answered without a table. No two engines share one.
func (e *engine) containerID(k int) string {
	h := (uint64(k) + 1 + uint64(e.number)<<32) * 0x9e3779b97f4a7c15
	return fmt.Sprintf("%016x%016x%016x%08x%08x", h, h*h, ^h, uint32(h>>16), k)
}

func (e *engine) containerName(k int) string {
	if e.number == 0 {
		return fmt.Sprintf("fake-%06d", k)
	}
	return fmt.Sprintf("fake-%d-%06d", e.number, k)
}

func newEngine(number, containers int) (*engine, error) {
	var sample struct {
		ID    string `json:"Id"`
		Names []string
	}
	if err := json.Unmarshal(listItem, &sample); err != nil {
		return nil, err
	}
	name := strings.TrimPrefix(sample.Names[0], "/")
	e := &engine{number: number, containers: containers, inspect: newTemplate(bytes.TrimSpace(inspect), sample.ID, name)}
	var err error
	if e.networks, err = inspectedNetworks(); err != nil {
		return nil, err
	}

	item := newTemplate(bytes.TrimSpace(listItem), sample.ID, name)
	e.list = append(e.list, '[')
	for k := range containers {
		if k > 0 {
			e.list = append(e.list, ',')
		}
		e.list = e.render(e.list, item, k)
	}
	e.list = append(e.list, "]\n"...)

	var body map[string]json.RawMessage
	if err := json.Unmarshal(info, &body); err != nil {
		return nil, err
	}
	count := json.RawMessage(strconv.Itoa(containers))
	body["Containers"], body["ContainersRunning"] = count, count
	body["ContainersStopped"], body["ContainersPaused"] = json.RawMessage("0"), json.RawMessage("0")
	if number > 0 {
		body["Name"] = json.RawMessage(strconv.Quote(fmt.Sprintf("fake-%d", number)))
	}
	e.info, err = json.Marshal(body)
	return e, err
}

// inspectedNetworks makes the body of /networks/{id} for every network of the
// list: the entry itself, with the containers of the one that was inspected.
func inspectedNetworks() (map[string][]byte, error) {
	var entries []map[string]json.RawMessage
	if err := json.Unmarshal(networks, &entries); err != nil {
		return nil, err
	}
	var inspected map[string]json.RawMessage
	if err := json.Unmarshal(network, &inspected); err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for _, entry := range entries {
		if string(entry["Id"]) == string(inspected["Id"]) {
			entry = inspected
		}
		body, err := json.Marshal(entry)
		if err != nil {
			return nil, err
		}
		for _, key := range []string{"Id", "Name"} {
			var text string
			if err := json.Unmarshal(entry[key], &text); err != nil {
				return nil, err
			}
			out[text] = append(body, '\n')
		}
	}
	return out, nil
}

func (e *engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, controlPrefix) {
		e.control(w, r)
		return
	}
	now := time.Now()
	defer e.counters.began(now)()
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(path) > 1 && strings.HasPrefix(path[0], "v") {
		path = path[1:]
	}
	isInspect := len(path) == 3 && path[0] == "containers" && path[2] == "json"
	if isInspect {
		e.counters.inspectsInFlight.enter()
		defer e.counters.inspectsInFlight.leave()
	}
	e.note(r, now)
	if e.latency > 0 {
		select {
		case <-time.After(e.latency):
		case <-r.Context().Done():
			return
		}
	}

	h := w.Header()
	h.Set("Api-Version", e.apiVersion)
	h.Set("Docker-Experimental", "false")
	h.Set("Ostype", "linux")
	h.Set("Server", "Docker/20.10.24+dfsg1 (linux)")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		fail(w, http.StatusMethodNotAllowed, "the fake engine answers reads only")
		return
	}

	if e.failures.hit(r.URL.Path) {
		fail(w, http.StatusInternalServerError, "made to fail")
		return
	}
	switch {
	case len(path) == 1 && path[0] == "_ping":
		e.counters.pings.Add(1)
		h.Set("Content-Type", "text/plain; charset=utf-8")
		w.Write([]byte("OK"))
	case len(path) == 1 && path[0] == "version":
		send(w, version)
	case len(path) == 1 && path[0] == "info":
		send(w, e.info)
	case len(path) == 1 && path[0] == "networks":
		send(w, networks)
	case len(path) == 2 && path[0] == "networks":
		if body, ok := e.networks[path[1]]; ok {
			send(w, body)
		} else {
			fail(w, http.StatusNotFound, "network "+path[1]+" not found")
		}
	case len(path) == 1 && path[0] == "volumes":
		send(w, []byte(`{"Volumes":[],"Warnings":null}`))
	case len(path) == 2 && path[0] == "images" && path[1] == "json":
		send(w, []byte("[]"))
	case len(path) == 2 && path[0] == "containers" && path[1] == "json":
		e.counters.lists.Add(1)
		send(w, e.list)
	case isInspect:
		e.inspectContainer(w, path[1])
	case len(path) == 3 && path[0] == "containers" && path[2] == "top":
		send(w, []byte(top))
	default:
		fail(w, http.StatusNotFound, "page not found")
	}
}

// note writes a request to the log: one write a line, so that lines of
// requests that meet do not mix.
func (e *engine) note(r *http.Request, now time.Time) {
	if e.log == nil {
		return
	}
	line := r.Method + " " + r.URL.RequestURI() + "\n"
	if e.number > 0 {
		line = strconv.Itoa(e.number) + " " + line
	}
	if e.times {
		line = strconv.FormatInt(now.UnixMicro(), 10) + " " + line
	}
	e.log.WriteString(line)
}

func (e *engine) inspectContainer(w http.ResponseWriter, id string) {
	n := e.counters.inspects.Add(1)
	k := -1
	if len(id) == 64 {
		if v, err := strconv.ParseUint(id[56:], 16, 32); err == nil && int(v) < e.containers && e.containerID(int(v)) == id {
			k = int(v)
		}
	}
	switch {
	case e.failEvery > 0 && n%e.failEvery == 0:
		fail(w, http.StatusInternalServerError, "made to fail")
	case k < 0, e.vanishEvery > 0 && n%e.vanishEvery == 0:
		fail(w, http.StatusNotFound, "No such container: "+id)
	default:
		send(w, append(e.render(make([]byte, 0, 8192), e.inspect, k), '\n'))
	}
}

func send(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body)
}

func fail(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"message": message})
}

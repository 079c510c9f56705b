// Command fake-engine is a stand-in for a Docker engine with as many
// containers as asked for. Its bodies are a real engine's (20.10.24), with
// each container's ID and name put in. It answers reads only:
//
//	/_ping /version /info /networks /networks/{id or name} /containers/json
//	/containers/{id}/json /containers/{id}/top /images/json /volumes
//
// with or without a /vX.Y prefix, on a unix socket (or --tcp ADDR). Query
// parameters are noted in the log and otherwise ignored.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
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

func main() {
	var (
		containers = flag.Int("containers", 1000, "number of containers")
		latency    = flag.Int("latency-ms", 0, "milliseconds to wait before each answer")
		socket     = flag.String("socket", "/run/fake-engine.sock", "unix socket to listen on")
		tcp        = flag.String("tcp", "", "listen on this TCP address instead")
		apiVersion = flag.String("api-version", "1.41", "API version to report")
		failEvery  = flag.Int("fail-every", 0, "answer every N-th inspect with a 500")
		logFile    = flag.String("log", "", "append one line for each request to this file: method, path and query")
		vanish     = flag.Int("vanish-every", 0, "answer every N-th inspect with a 404, as for a container removed since the list")
	)
	flag.Parse()

	e, err := newEngine(*containers)
	if err != nil {
		log.Fatal(err)
	}
	e.latency = time.Duration(*latency) * time.Millisecond
	e.apiVersion, e.failEvery, e.vanishEvery = *apiVersion, int64(*failEvery), int64(*vanish)

	if *logFile != "" {
		if e.log, err = os.OpenFile(*logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644); err != nil {
			log.Fatal(err)
		}
	}

	var l net.Listener
	if *tcp != "" {
		l, err = net.Listen("tcp", *tcp)
	} else {
		os.Remove(*socket)
		l, err = net.Listen("unix", *socket)
	}
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: e}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	fmt.Fprintf(os.Stderr, "fake-engine: %d containers on %s\n", *containers, l.Addr())
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	// what the clients did, for checks on how a plugin behaves
	fmt.Fprintf(os.Stderr, "fake-engine: requests=%d inspects=%d max_in_flight=%d\n",
		e.requests.Load(), e.inspects.Load(), e.maxInFlight.Load())
}

type engine struct {
	containers             int
	latency                time.Duration
	apiVersion             string
	failEvery, vanishEvery int64
	info                   []byte
	list                   []byte
	inspect                template
	networks               map[string][]byte // by ID and by name
	log                    *os.File          // nil: no log

	requests, inspects, inFlight, maxInFlight atomic.Int64
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

func (t template) render(dst []byte, k int) []byte {
	for i, part := range t.parts {
		dst = append(dst, part...)
		if i < len(t.slots) {
			if t.slots[i] == idSlot {
				dst = append(dst, containerID(k)...)
			} else {
				dst = append(dst, containerName(k)...)
			}
		}
	}
	return dst
}

// containerID looks random and carries k in its last eight digits, so that
// /containers/{id} is answered without a table.
func containerID(k int) string {
	h := (uint64(k) + 1) * 0x9e3779b97f4a7c15
	return fmt.Sprintf("%016x%016x%016x%08x%08x", h, h*h, ^h, uint32(h>>16), k)
}

func containerName(k int) string { return fmt.Sprintf("fake-%06d", k) }

func newEngine(containers int) (*engine, error) {
	var sample struct {
		ID    string `json:"Id"`
		Names []string
	}
	if err := json.Unmarshal(listItem, &sample); err != nil {
		return nil, err
	}
	name := strings.TrimPrefix(sample.Names[0], "/")
	e := &engine{containers: containers, inspect: newTemplate(bytes.TrimSpace(inspect), sample.ID, name)}
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
		e.list = item.render(e.list, k)
	}
	e.list = append(e.list, "]\n"...)

	var body map[string]json.RawMessage
	if err := json.Unmarshal(info, &body); err != nil {
		return nil, err
	}
	count := json.RawMessage(strconv.Itoa(containers))
	body["Containers"], body["ContainersRunning"] = count, count
	body["ContainersStopped"], body["ContainersPaused"] = json.RawMessage("0"), json.RawMessage("0")
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
	n := e.inFlight.Add(1)
	defer e.inFlight.Add(-1)
	for m := e.maxInFlight.Load(); n > m && !e.maxInFlight.CompareAndSwap(m, n); m = e.maxInFlight.Load() {
	}
	e.requests.Add(1)
	if e.log != nil {
		// one write a line: lines of requests that meet do not mix
		fmt.Fprintf(e.log, "%s %s\n", r.Method, r.URL.RequestURI())
	}
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

	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(path) > 1 && strings.HasPrefix(path[0], "v") {
		path = path[1:]
	}
	switch {
	case len(path) == 1 && path[0] == "_ping":
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
		send(w, e.list)
	case len(path) == 3 && path[0] == "containers" && path[2] == "json":
		e.inspectContainer(w, path[1])
	case len(path) == 3 && path[0] == "containers" && path[2] == "top":
		send(w, []byte(top))
	default:
		fail(w, http.StatusNotFound, "page not found")
	}
}

func (e *engine) inspectContainer(w http.ResponseWriter, id string) {
	n := e.inspects.Add(1)
	k := -1
	if len(id) == 64 {
		if v, err := strconv.ParseUint(id[56:], 16, 32); err == nil && int(v) < e.containers && containerID(int(v)) == id {
			k = int(v)
		}
	}
	switch {
	case e.failEvery > 0 && n%e.failEvery == 0:
		fail(w, http.StatusInternalServerError, "made to fail")
	case k < 0, e.vanishEvery > 0 && n%e.vanishEvery == 0:
		fail(w, http.StatusNotFound, "No such container: "+id)
	default:
		send(w, append(e.inspect.render(make([]byte, 0, 8192), k), '\n'))
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

// Command fake-engine is a stand-in for a Docker engine with as many
// containers as asked for, or for many engines, some of which may be bad. Its
// bodies are a real engine's (20.10.24), with each container's ID and name put
// in. It answers reads only:
//
//	/_ping /version /info /networks /networks/{id or name} /containers/json
//	/containers/{id}/json /containers/{id}/top /images/json /volumes
//
// with or without a /vX.Y prefix, on unix sockets (or --tcp ADDR). Query
// parameters are noted in the log and otherwise ignored. What no engine has is
// below /_fake (see control.go).
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type options struct {
	containers, latency, failEvery, vanishEvery int
	socket, tcp                                 string
	engines                                     int
	folder                                      string
	bad                                         string
	apiVersion                                  string
	logFile                                     string
	times                                       bool
}

func main() {
	var o options
	flag.IntVar(&o.containers, "containers", 1000, "number of containers of each engine")
	flag.IntVar(&o.latency, "latency-ms", 0, "milliseconds to wait before each answer")
	flag.StringVar(&o.socket, "socket", "/run/fake-engine.sock", "unix socket to listen on")
	flag.StringVar(&o.tcp, "tcp", "", "listen on this TCP address instead")
	flag.IntVar(&o.engines, "engines", 0, "be this many engines, with the sockets 1.sock, 2.sock … in --socket-dir")
	flag.StringVar(&o.folder, "socket-dir", "", "folder for the sockets of --engines")
	flag.StringVar(&o.bad, "bad", "", "which of --engines are bad: NUMBER=KIND,… with the kinds dead, slow, garbage, no-tls")
	flag.StringVar(&o.apiVersion, "api-version", "1.41", "API version to report")
	flag.StringVar(&o.logFile, "log", "", "append one line for each request to this file: method, path and query; before them the number of the engine, if there are several")
	flag.BoolVar(&o.times, "log-times", false, "begin each line of the log with when the request came: microseconds since 1970")
	flag.IntVar(&o.failEvery, "fail-every", 0, "answer every N-th inspect with a 500")
	flag.IntVar(&o.vanishEvery, "vanish-every", 0, "answer every N-th inspect with a 404, as for a container removed since the list")
	flag.Parse()
	if err := run(o); err != nil {
		log.Fatal(err)
	}
}

func run(o options) error {
	engines, err := listen(o)
	if err != nil {
		return err
	}
	// one line an engine, and the last one says that all of them listen
	for _, e := range engines {
		fmt.Println(e.host)
	}
	what := engines[0].host
	if len(engines) > 1 {
		what = fmt.Sprintf("each of %d sockets in %s", len(engines), o.folder)
	}
	fmt.Fprintf(os.Stderr, "fake-engine: %d containers on %s\n", o.containers, what)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	<-ctx.Done()
	// what the clients did, for checks on how a plugin behaves
	var all counts
	for _, e := range engines {
		if e.http != nil {
			e.http.Close()
		}
		all.add(e.counts())
	}
	fmt.Fprintf(os.Stderr, "fake-engine: requests=%d inspects=%d max_in_flight=%d\n", all.Requests, all.Inspects, all.MaxInFlight)
	return nil
}

// listen starts the engines and returns them, each with its address.
func listen(o options) ([]*engine, error) {
	var requests *os.File
	if o.logFile != "" {
		var err error
		if requests, err = os.OpenFile(o.logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644); err != nil {
			return nil, err
		}
	}
	bad, err := parseBad(o.bad, o.engines)
	if err != nil {
		return nil, err
	}
	var engines []*engine
	for k := range max(o.engines, 1) {
		number, network, address := 0, "unix", o.socket
		switch {
		case o.engines > 0:
			number = k + 1
			address = filepath.Join(o.folder, strconv.Itoa(number)+".sock")
		case o.tcp != "":
			network, address = "tcp", o.tcp
		}
		kind := bad[number]
		if kind == noTLS {
			network, address = "tcp", "127.0.0.1:0"
		}
		if network == "unix" {
			os.Remove(address)
		}
		l, err := net.Listen(network, address)
		if err != nil {
			return nil, err
		}
		e, err := newEngine(number, o.containers)
		if err != nil {
			return nil, err
		}
		e.host = l.Addr().Network() + "://" + l.Addr().String()
		e.latency = time.Duration(o.latency) * time.Millisecond
		e.apiVersion, e.failEvery, e.vanishEvery = o.apiVersion, int64(o.failEvery), int64(o.vanishEvery)
		e.log, e.times = requests, o.times
		kind.serve(e, l)
		engines = append(engines, e)
	}
	return engines, nil
}

// serve answers in the background until the engine is closed.
func (e *engine) serve(l net.Listener) {
	e.http = &http.Server{Handler: e}
	go func() {
		if err := e.http.Serve(l); err != http.ErrServerClosed {
			log.Fatal(err)
		}
	}()
}

// parseBad reads NUMBER=KIND,….
func parseBad(text string, engines int) (map[int]kind, error) {
	bad := map[int]kind{}
	if text == "" {
		return bad, nil
	}
	for item := range strings.SplitSeq(text, ",") {
		number, name, _ := strings.Cut(item, "=")
		k, err := strconv.Atoi(number)
		if err != nil || k < 1 || k > engines {
			return nil, fmt.Errorf("--bad %s: %q is no number of an engine", text, number)
		}
		switch kind(name) {
		case dead, slow, garbage, noTLS:
			bad[k] = kind(name)
		default:
			return nil, fmt.Errorf("--bad %s: no kind %q", text, name)
		}
	}
	return bad, nil
}

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

// counts is what an engine was asked, as it tells itself.
type counts struct {
	Requests    int
	Pings       int
	Lists       int // of containers
	Inspects    int // of containers
	MaxInFlight int `json:"max_in_flight"`
	MaxInspects int `json:"max_inspects"` // at once
}

func (e *engine) counts() (c counts) {
	e.t.Helper()
	response := e.control(http.MethodGet, "counts", nil)
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&c); err != nil {
		e.t.Fatal(err)
	}
	return c
}

// forget lets the counts begin from zero.
func (e *engine) forget() { e.t.Helper(); e.control(http.MethodDelete, "counts", nil).Body.Close() }

// fail lets requests fail from now on whose path has the text.
func (e *engine) fail(text string) {
	e.t.Helper()
	e.control(http.MethodPost, "failures", url.Values{"of": {text}}).Body.Close()
}

// mend ends what fail began.
func (e *engine) mend() { e.t.Helper(); e.control(http.MethodDelete, "failures", nil).Body.Close() }

func (e *engine) control(method, path string, query url.Values) *http.Response {
	e.t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", e.socket)
	}}}
	request, err := http.NewRequest(method, "http://engine/_fake/"+path+"?"+query.Encode(), nil)
	if err != nil {
		e.t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		e.t.Fatal(err)
	}
	return response
}

// startEngines starts many fake engines in one process and returns their
// addresses, as DOCKER_HOST has them.
func startEngines(t *testing.T, count int, flags ...string) (hosts []string) {
	t.Helper()
	cmd := exec.Command(binary(t, "FAKE_ENGINE"), append([]string{"--engines", strconv.Itoa(count), "--socket-dir", shortTempDir(t)}, flags...)...)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for lines := bufio.NewScanner(out); len(hosts) < count && lines.Scan(); {
		hosts = append(hosts, lines.Text())
	}
	if len(hosts) < count {
		t.Fatalf("%d engines started, want %d", len(hosts), count)
	}
	return hosts
}

func hostConfig(host string) string { return fmt.Sprintf("host = %q\n", host) }

// crowd is a plugin with many connections, of which four are bad.
type crowd struct {
	*running
	good  []string
	bad   map[string]string // connection → address of its engine
	hosts map[string]string
}

const (
	crowdSize       = 200
	crowdContainers = 5
)

// startCrowd starts a plugin with 200 connections, each with an engine of its
// own, and the aggregator all: docker_1 and on are good, and those called dead,
// slow, garbage and no_tls are what their names say. More goes to the config of
// the connections that it names.
func startCrowd(t *testing.T, more map[string]string) *crowd {
	t.Helper()
	bad := map[int]string{50: "dead", 100: "slow", 150: "garbage", 200: "no_tls"}
	hosts := startEngines(t, crowdSize, "--containers", strconv.Itoa(crowdContainers), "--bad", "50=dead,100=slow,150=garbage,200=no-tls")
	c := &crowd{bad: map[string]string{}, hosts: map[string]string{}}
	var configs []*proto.ConnectionConfig
	var all []string
	for k, host := range hosts {
		name := fmt.Sprintf("docker_%d", k+1)
		config := hostConfig(host)
		if kind, ok := bad[k+1]; ok {
			name = kind
			c.bad[name] = host
			if kind == "no_tls" {
				config += fmt.Sprintf("tls_verify = true\ncert_path = %q\n", certificateFolder(t))
			}
		} else {
			c.good = append(c.good, name)
		}
		c.hosts[name] = host
		all = append(all, name)
		configs = append(configs, connection(name, config+more[name]))
	}
	c.running = start(t, setup{configs: append(configs, aggregator("all", all...))})
	return c
}

// everybody are the names of all connections.
func (c *crowd) everybody() []string {
	names := append([]string{}, c.good...)
	for name := range c.bad {
		names = append(names, name)
	}
	return names
}

// number of the engine behind a good connection.
func number(name string) string { return strings.TrimPrefix(name, "docker_") }

// threads watches how many threads a process has at most until the test asks.
func (p *running) threads() (most func() int64) {
	done, result := make(chan struct{}), make(chan int64)
	pid := p.cmd.Process.Pid
	go func() {
		n := int64(0)
		for {
			if usage, err := readProc(pid); err == nil {
				n = max(n, usage.Threads)
			}
			select {
			case <-done:
				result <- n
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return func() int64 { close(done); return <-result }
}

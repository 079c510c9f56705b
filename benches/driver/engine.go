package driver

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Engines are the engines of one fake-engine process.
type Engines struct {
	Hosts []string // their addresses, as DOCKER_HOST has them

	cmd    *exec.Cmd
	folder string
}

// EngineOptions say what the engines are like.
type EngineOptions struct {
	Count      int // 0: one
	Containers int
	Latency    time.Duration
	Bad        string // as fake-engine's --bad
}

// StartEngines starts fake-engine and waits until all of its engines listen.
func StartEngines(binary string, o EngineOptions) (_ *Engines, err error) {
	e := &Engines{}
	if e.folder, err = os.MkdirTemp("", "en"); err != nil {
		return nil, err
	}
	e.cmd = exec.Command(binary, "--engines", strconv.Itoa(max(o.Count, 1)), "--socket-dir", e.folder,
		"--containers", strconv.Itoa(o.Containers), "--latency-ms", strconv.Itoa(int(o.Latency.Milliseconds())), "--bad", o.Bad)
	out, err := e.cmd.StdoutPipe()
	if err == nil {
		err = e.cmd.Start()
	}
	if err != nil {
		os.RemoveAll(e.folder)
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for len(e.Hosts) < max(o.Count, 1) && lines.Scan() {
		e.Hosts = append(e.Hosts, lines.Text())
	}
	if len(e.Hosts) < max(o.Count, 1) {
		e.Stop()
		return nil, fmt.Errorf("%s did not start %d engines", filepath.Base(binary), o.Count)
	}
	return e, nil
}

// Stop ends them.
func (e *Engines) Stop() {
	e.cmd.Process.Kill()
	e.cmd.Wait()
	os.RemoveAll(e.folder)
}

// Counts is what an engine was asked; see fake-engine's control.go.
type Counts struct {
	Requests    int64
	Pings       int64
	Lists       int64
	Inspects    int64
	MaxInFlight int64 `json:"max_in_flight"`
	LastStart   int64 `json:"last_start"`
	ListBytes   int64 `json:"list_bytes"`
}

// Counts asks the k-th engine.
func (e *Engines) Counts(k int) (c Counts, err error) {
	response, err := e.control(k, http.MethodGet, "counts")
	if err != nil {
		return c, err
	}
	defer response.Body.Close()
	return c, json.NewDecoder(response.Body).Decode(&c)
}

// Forget lets the k-th engine count from zero.
func (e *Engines) Forget(k int) error {
	response, err := e.control(k, http.MethodDelete, "counts")
	if err == nil {
		response.Body.Close()
	}
	return err
}

func (e *Engines) control(k int, method, path string) (*http.Response, error) {
	network, address, _ := strings.Cut(e.Hosts[k], "://")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}}}
	request, err := http.NewRequest(method, "http://engine/_fake/"+path, nil)
	if err != nil {
		return nil, err
	}
	return client.Do(request)
}

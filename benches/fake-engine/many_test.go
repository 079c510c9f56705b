package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ask makes one request to an engine at an address such as unix:///run/1.sock.
func ask(host, path string) (int, []byte, error) {
	network, address, _ := strings.Cut(host, "://")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}}}
	response, err := client.Get("http://engine" + path)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, body, err
}

func TestManyEnginesAreDifferentAndSomeAreBad(t *testing.T) {
	dir, err := os.MkdirTemp("", "fe")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	engines, err := listen(options{containers: 2, engines: 5, folder: dir, bad: "2=dead,3=garbage,4=no-tls", apiVersion: "1.41"})
	if err != nil || len(engines) != 5 {
		t.Fatalf("%d engines, %v", len(engines), err)
	}
	seen := map[string]bool{}
	for _, number := range []int{1, 5} {
		_, body, err := ask(engines[number-1].host, "/v1.41/containers/json")
		var list []struct {
			ID string `json:"Id"`
		}
		if err != nil || json.Unmarshal(body, &list) != nil {
			t.Fatalf("engine %d: %v", number, err)
		}
		for _, c := range list {
			seen[c.ID] = true
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d different containers on two engines of two, want 4", len(seen))
	}
	for number, want := range map[int]string{2: "refused", 3: "malformed HTTP", 4: "malformed HTTP"} {
		if _, _, err := ask(engines[number-1].host, "/_ping"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("engine %d: %v, want %q", number, err, want)
		}
	}
	if !strings.HasPrefix(engines[3].host, "tcp://127.0.0.1:") || engines[0].host != "unix://"+filepath.Join(dir, "1.sock") {
		t.Errorf("addresses %s and %s", engines[0].host, engines[3].host)
	}
}

func TestBadOnesMustExist(t *testing.T) {
	for _, text := range []string{"0=dead", "4=dead", "1=odd", "1", "x=dead"} {
		if _, err := parseBad(text, 3); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestCountsAndFailuresAreTold(t *testing.T) {
	e, err := newEngine(0, 3)
	if err != nil {
		t.Fatal(err)
	}
	do := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w
	}
	for _, path := range []string{"/_ping", "/containers/json", "/containers/" + e.containerID(1) + "/json", "/info"} {
		do("GET", path)
	}
	got := e.counts()
	if got.LastStart == 0 || got.ListBytes != int64(len(e.list)) {
		t.Errorf("counts %+v", got)
	}
	got.LastStart, got.ListBytes = 0, 0
	if want := (counts{Requests: 4, Pings: 1, Lists: 1, Inspects: 1, MaxInFlight: 1, MaxInspects: 1}); got != want {
		t.Errorf("counts %+v, want %+v", got, want)
	}
	do("DELETE", "/_fake/counts")
	if got := e.counts(); got.Requests != 0 || got.MaxInspects != 0 {
		t.Errorf("counts %+v after they were forgotten", got)
	}
	do("POST", "/_fake/failures?of=/networks/")
	if code := do("GET", "/networks/bridge").Code; code != 500 {
		t.Errorf("status %d, want 500", code)
	}
	if code := do("GET", "/networks").Code; code != 200 {
		t.Errorf("status %d of another path, want 200", code)
	}
	do("DELETE", "/_fake/failures")
	if code := do("GET", "/networks/bridge").Code; code == 500 {
		t.Error("fails for ever")
	}
}

func TestLogTellsEngineAndTime(t *testing.T) {
	e, err := newEngine(7, 1)
	if err != nil {
		t.Fatal(err)
	}
	if e.log, err = os.Create(filepath.Join(t.TempDir(), "log")); err != nil {
		t.Fatal(err)
	}
	e.times = true
	var ignored any
	get(t, e, "/info", &ignored)
	line, err := os.ReadFile(e.log.Name())
	if form := regexp.MustCompile(`^\d{16} 7 GET /info\n$`); err != nil || !form.Match(line) {
		t.Errorf("%q, %v", line, err)
	}
}

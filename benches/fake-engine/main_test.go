package main

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

func get(t *testing.T, e *engine, path string, into any) int {
	t.Helper()
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return w.Code
}

func TestEveryListedContainerCanBeInspected(t *testing.T) {
	e, err := newEngine(0, 25)
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		ID    string `json:"Id"`
		Names []string
	}
	get(t, e, "/v1.41/containers/json?all=1", &list)
	seen := map[string]bool{}
	for _, c := range list {
		seen[c.ID] = true
		var full struct {
			ID      string `json:"Id"`
			Name    string
			LogPath string
		}
		if code := get(t, e, "/v1.41/containers/"+c.ID+"/json", &full); code != 200 || full.ID != c.ID || full.Name != c.Names[0] {
			t.Fatalf("%s: %d %+v", c.ID, code, full)
		}
	}
	if len(seen) != 25 {
		t.Fatalf("%d different containers, want 25", len(seen))
	}
	var message struct{ Message string }
	if code := get(t, e, "/containers/none/json", &message); code != 404 || message.Message != "No such container: none" {
		t.Fatal(code, message)
	}
	var counts struct{ Containers int }
	if get(t, e, "/info", &counts); counts.Containers != 25 {
		t.Fatal(counts)
	}
}

func TestEveryListedNetworkCanBeInspected(t *testing.T) {
	e, err := newEngine(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	type networkBody struct {
		ID         string `json:"Id"`
		Name       string
		Containers map[string]any
	}
	var list []networkBody
	get(t, e, "/networks", &list)
	members := 0
	for _, listed := range list {
		for _, key := range []string{listed.ID, listed.Name} {
			var full networkBody
			if code := get(t, e, "/v1.41/networks/"+key, &full); code != 200 || full.ID != listed.ID || full.Name != listed.Name {
				t.Fatalf("%s: %d %+v", key, code, full)
			}
			members += len(full.Containers)
		}
	}
	if len(list) < 4 || members == 0 {
		t.Fatalf("%d networks with %d members", len(list), members)
	}
	var message struct{ Message string }
	if code := get(t, e, "/networks/absent", &message); code != 404 || message.Message != "network absent not found" {
		t.Fatal(code, message)
	}
}

func TestLogHasOneLineForEachRequest(t *testing.T) {
	e, err := newEngine(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if e.log, err = os.Create(filepath.Join(t.TempDir(), "log")); err != nil {
		t.Fatal(err)
	}
	var ignored any
	get(t, e, "/v1.41/containers/json?all=1&limit=2", &ignored)
	get(t, e, "/info", &ignored)
	got, err := os.ReadFile(e.log.Name())
	if want := "GET /v1.41/containers/json?all=1&limit=2\nGET /info\n"; err != nil || string(got) != want {
		t.Fatalf("%q, %v", got, err)
	}
}

package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"google.golang.org/grpc/status"
)

// together runs scans at the same time and returns their rows and errors.
func (p *running) together(scans ...scan) (rows [][]*proto.ExecuteResponse, errs []error) {
	rows, errs = make([][]*proto.ExecuteResponse, len(scans)), make([]error, len(scans))
	var wg sync.WaitGroup
	for k, s := range scans {
		wg.Go(func() { rows[k], errs[k] = execute(p.stub, s.request()) })
	}
	wg.Wait()
	return rows, errs
}

func same(s scan, times int) (scans []scan) {
	for range times {
		scans = append(scans, s)
	}
	return scans
}

func TestEqualQueriesAtTheSameTimeShareOneScan(t *testing.T) {
	const containers, queries = 20, 6
	for _, table := range []struct {
		name    string
		query   scan
		rows    int
		inspect int
	}{
		{"a list", scan{table: "docker_container", columns: []string{"id"}, ttl: forever}, containers, 0},
		{"with inspects", scan{table: "docker_container", columns: []string{"id", "inspect"}, ttl: forever}, containers, containers},
		{"with a condition", scan{table: "docker_container", columns: []string{"id"}, quals: where("state", "=", "running"), ttl: forever}, containers, 0},
		{"with a limit", scan{table: "docker_container", columns: []string{"id", "inspect"}, limit: new(int64(5)), ttl: forever}, 5, 5},
	} {
		t.Run(table.name, func(t *testing.T) {
			e := startEngine(t, "--containers", "20", "--latency-ms", "200")
			p := start(t, setup{configs: docker(e), cache: true})
			p.rows(scan{table: "docker_version"}) // so that the engine was asked for its version
			e.forget()
			began := time.Now()
			rows, errs := p.together(same(table.query, queries)...)
			took := time.Since(began)
			first := 0
			for k := range rows {
				if errs[k] != nil || len(rows[k]) != table.rows {
					t.Fatalf("%d rows, want %d; %v", len(rows[k]), table.rows, errs[k])
				}
				if last := rows[k][table.rows-1].Metadata; !last.CacheHit {
					first++
				} else if last.HydrateCalls != 0 || last.RowsFetched != int64(table.rows) {
					t.Errorf("one that joined: %v", last)
				}
				if err := sameRows(rows[k], rows[0], table.query.columns); err != nil {
					t.Error(err)
				}
			}
			if c := e.counts(); c.Lists != 1 || c.Inspects != table.inspect || first != 1 {
				t.Errorf("%d lists, %d inspects and %d queries without a hit; want 1, %d and 1", c.Lists, c.Inspects, first, table.inspect)
			}
			if took > 2*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestAQueryJoinsAScanThatCoversIt(t *testing.T) {
	e := startEngine(t, "--containers", "20", "--latency-ms", "300")
	p := start(t, setup{configs: docker(e), cache: true})
	ids := texts(p.rows(scan{table: "docker_container", columns: []string{"id"}}), "id")
	e.forget()
	wide := scan{table: "docker_container", columns: []string{"id", "image", "inspect"}, ttl: forever}
	var wg sync.WaitGroup
	wg.Go(func() {
		if rows, err := execute(p.stub, wide.request()); err != nil || len(rows) != 20 {
			t.Errorf("%d rows, want 20; %v", len(rows), err)
		}
	})
	eventually(t, 5*time.Second, "the list is asked for", func() bool { return e.counts().Requests > 0 })
	for name, s := range map[string]scan{
		"fewer columns": {table: "docker_container", columns: []string{"id"}, ttl: forever},
		"one of all":    {table: "docker_container", columns: []string{"id", "inspect"}, quals: where("id", "=", ids[7]), ttl: forever},
	} {
		wg.Go(func() {
			rows, err := execute(p.stub, s.request())
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			found := false
			for _, row := range rows {
				found = found || text(row, "id") == ids[7]
			}
			if !found {
				t.Errorf("%s: %d rows without the one that matches", name, len(rows))
			}
		})
	}
	wg.Wait()
	if c := e.counts(); c.Lists != 1 || c.Inspects != 20 {
		t.Errorf("%d lists and %d inspects, want 1 and 20", c.Lists, c.Inspects)
	}
}

func TestAFailedScanLeavesNothingBehind(t *testing.T) {
	const wait = 10 * time.Second
	e := startEngine(t, "--containers", "10", "--latency-ms", "20")
	whole := start(t, setup{configs: docker(e)})
	network := texts(whole.rows(scan{table: "docker_network", columns: []string{"id"}}), "id")[0]
	container := texts(whole.rows(scan{table: "docker_container", columns: []string{"id"}}), "id")[9]
	for _, c := range []struct {
		name    string
		failing string
		query   scan
		rows    int
	}{
		{"a list", "/containers/json", scan{table: "docker_container", columns: []string{"id"}}, 10},
		// the Go SDK hangs here
		{"a get", "/networks/", scan{table: "docker_network", columns: []string{"id", "containers"}, quals: where("id", "=", network)}, 1},
		{"gets", "/networks/", scan{table: "docker_network", columns: []string{"id", "containers"}, quals: where("id", "=", list{network})}, 1},
		{"a call for each row", "/" + container + "/json", scan{table: "docker_container", columns: []string{"id", "inspect"}}, 10},
		{"a single document", "/info", scan{table: "docker_info", columns: []string{"id"}}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := start(t, setup{configs: docker(e), cache: true})
			c.query.ttl = forever
			e.fail(c.failing)
			defer e.mend()
			for round := range 3 {
				done := make(chan struct{})
				go func() {
					defer close(done)
					rows, errs := p.together(same(c.query, 4)...)
					for k, err := range errs {
						if got := status.Convert(err).Message(); err == nil || !strings.HasPrefix(got, "docker: ") || !strings.Contains(got, "made to fail") {
							t.Errorf("round %d: %d rows and %v, want what the engine says", round, len(rows[k]), err)
						}
					}
				}()
				select {
				case <-done:
				case <-time.After(wait):
					t.Fatalf("round %d: hangs", round)
				}
			}
			e.mend()
			for k, hit := range []bool{false, true} {
				if got := p.ask(e, c.query); got.hit != hit || len(got.rows) != c.rows {
					t.Errorf("time %d after it was mended: hit %v, %d rows, want %d", k+1, got.hit, len(got.rows), c.rows)
				}
			}
		})
	}
}

// slowly is an engine whose scan with inspects takes about a second and a half.
func slowly(t *testing.T) (*engine, *running, scan) {
	e := startEngine(t, "--containers", "60", "--latency-ms", "50")
	config := connection("docker", e.config()+"max_concurrency = 2\n")
	p := start(t, setup{configs: []*proto.ConnectionConfig{config}, cache: true})
	p.rows(scan{table: "docker_version"})
	e.forget()
	return e, p, scan{table: "docker_container", columns: []string{"id", "inspect"}, ttl: forever}
}

// begin starts a scan and reads its first rows.
func (p *running) begin(s scan, rows int) (proto.WrapperPlugin_ExecuteClient, func()) {
	p.t.Helper()
	stream, _, cancel, err := p.stub.Execute(s.request())
	if err != nil {
		p.t.Fatal(err)
	}
	for k := range rows {
		if _, err := stream.Recv(); err != nil {
			p.t.Fatalf("row %d: %v", k, err)
		}
	}
	return stream, cancel
}

func TestAScanGoesOnForThoseWhoJoinedIt(t *testing.T) {
	for _, c := range []struct {
		name         string
		leavesFirst  bool
		before, rows int // rows that each has read when one leaves
	}{
		{"the first leaves", true, 4, 1},
		{"the first leaves before the other has a row", true, 4, 0},
		{"who joined leaves", false, 4, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, p, query := slowly(t)
			first, leave := p.begin(query, c.before)
			second, leaveSecond := p.begin(query, c.rows)
			defer leave()
			defer leaveSecond()
			time.Sleep(100 * time.Millisecond) // until the plugin has the second
			stays, want := second, 60-c.rows
			if c.leavesFirst {
				leave()
			} else {
				stays, want = first, 60-c.before
				leaveSecond()
			}
			rows, err := receiveAll(stays)
			if err != nil || len(rows) != want {
				t.Errorf("%d rows, want %d; %v", len(rows), want, err)
			}
			if n := e.counts(); n.Lists != 1 || n.Inspects != 60 {
				t.Errorf("%d lists and %d inspects, want 1 and 60", n.Lists, n.Inspects)
			}
			if got := p.ask(e, query); !got.hit || len(got.rows) != 60 {
				t.Errorf("afterwards: hit %v, %d rows", got.hit, len(got.rows))
			}
		})
	}
}

func TestAScanThatEverybodyLeftIsStoppedAndNotKept(t *testing.T) {
	e, p, query := slowly(t)
	_, leave := p.begin(query, 3)
	_, leaveSecond := p.begin(query, 2)
	leave()
	leaveSecond()
	time.Sleep(300 * time.Millisecond)
	stopped := e.counts().Inspects
	time.Sleep(300 * time.Millisecond)
	if after := e.counts().Inspects; after != stopped || after >= 60 {
		t.Errorf("%d inspects, %d of them long after everybody left", after, after-stopped)
	}
	got := p.ask(e, query)
	if got.hit || len(got.rows) != 60 {
		t.Errorf("afterwards: hit %v, %d rows, want all 60 anew", got.hit, len(got.rows))
	}
}

func TestAReaderWhoPausesDoesNotHoldUpThoseWhoJoined(t *testing.T) {
	e := startEngine(t, "--containers", "3000") // more than fits between the plugin and a reader
	p := start(t, setup{configs: docker(e), cache: true})
	query := scan{table: "docker_container", columns: []string{"id", "inspect"}, ttl: forever}
	_, leave := p.begin(query, 5)
	defer leave()
	done := make(chan error, 1)
	go func() {
		rows, err := execute(p.stub, query.request())
		if err == nil && len(rows) != 3000 {
			err = fmt.Errorf("%d rows, want 3000", len(rows))
		}
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("waits for a reader who pauses")
	}
}

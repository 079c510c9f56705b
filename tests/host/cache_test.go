package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	protobuf "google.golang.org/protobuf/proto"
)

// forever is a time that no test takes, in seconds.
const forever = 300

// answered is a scan with what came of it.
type answered struct {
	rows  []*proto.ExecuteResponse
	asked int  // requests to the engine meanwhile
	hit   bool // what the last row says
}

func (p *running) ask(e *engine, s scan) (a answered) {
	p.t.Helper()
	before := e.counts()
	a.rows = p.rows(s)
	after := e.counts()
	a.asked = after.Requests - before.Requests
	if n := len(a.rows); n > 0 {
		a.hit = a.rows[n-1].Metadata.CacheHit
	}
	return a
}

// sameRows says what is wrong with the wanted columns of rows that should be
// those of others, in any order.
func sameRows(got, want []*proto.ExecuteResponse, columns []string) error {
	sorted := func(rows []*proto.ExecuteResponse) []*proto.ExecuteResponse {
		return slices.SortedFunc(slices.Values(rows), func(a, b *proto.ExecuteResponse) int {
			return cmp.Or(cmp.Compare(a.Connection, b.Connection), cmp.Compare(text(a, "id"), text(b, "id")))
		})
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d rows, want %d", len(got), len(want))
	}
	got, want = sorted(got), sorted(want)
	for k := range got {
		for _, column := range columns {
			if !protobuf.Equal(got[k].Row.Columns[column], want[k].Row.Columns[column]) {
				return fmt.Errorf("row %d: %s is %.200v, want %.200v", k, column, got[k].Row.Columns[column], want[k].Row.Columns[column])
			}
		}
	}
	return nil
}

type outcome int

const (
	miss outcome = iota
	hit
	either // both are right, as long as the rows are
)

// A scan may be answered from another that ran before it if that one had all
// that is asked for. Each case begins with an empty cache.
func TestTheCacheHoldsWhatCoversAQuery(t *testing.T) {
	const containers = 9
	e := startEngine(t, "--containers", "9")
	ids := texts(start(t, setup{configs: docker(e)}).rows(scan{table: "docker_container", columns: []string{"id"}}), "id")
	a, b, c := ids[0], ids[1], ids[2]
	both := func(x, y map[string]*proto.Quals) map[string]*proto.Quals {
		all := maps.Clone(x)
		maps.Copy(all, y)
		return all
	}
	nothing := map[string]*proto.Quals{}
	columns := []string{"id", "image", "inspect"}
	isA, running := where("id", "=", a), where("state", "=", "running")
	type request struct {
		columns []string
		quals   map[string]*proto.Quals
		limit   int64 // 0: none
	}
	for _, test := range []struct {
		name        string
		first, then request
		want        outcome
		rows        int // of the second that match, at least
	}{
		{"the same", request{columns: columns}, request{columns: columns}, hit, containers},
		{"columns in another order", request{columns: columns}, request{columns: []string{"inspect", "id", "image"}}, hit, containers},
		{"fewer columns", request{columns: columns}, request{columns: []string{"id"}}, hit, containers},
		{"fewer columns, without the call of the others", request{columns: columns}, request{columns: []string{"image", "id"}}, hit, containers},
		{"no columns", request{columns: columns}, request{}, either, containers},
		{"more columns", request{columns: []string{"id"}}, request{columns: []string{"id", "image"}}, miss, containers},
		{"other columns", request{columns: []string{"id"}}, request{columns: []string{"image"}}, miss, containers},
		{"other columns of the same call", request{columns: []string{"id", "inspect"}}, request{columns: []string{"id", "config"}}, miss, containers},
		{"a context column more", request{columns: []string{"id"}}, request{columns: []string{"id", "sp_ctx"}}, either, containers},
		{"columns that are not there", request{columns: []string{"id"}}, request{columns: []string{"id", "of_another_child"}}, either, containers},

		{"one of all", request{columns: columns}, request{columns: columns, quals: isA}, hit, 1},
		{"one of all by another column", request{columns: columns}, request{columns: columns, quals: running}, hit, containers},
		{"the same one", request{columns: columns, quals: isA}, request{columns: columns, quals: isA}, hit, 1},
		{"another one", request{columns: columns, quals: isA}, request{columns: columns, quals: where("id", "=", b)}, miss, 1},
		{"all after one", request{columns: columns, quals: isA}, request{columns: columns}, miss, containers},
		{"all after one, with empty quals", request{columns: columns, quals: isA}, request{columns: columns, quals: nothing}, miss, containers},
		{"one by another column", request{columns: columns, quals: isA}, request{columns: columns, quals: running}, miss, containers},
		{"one with another condition more", request{columns: columns, quals: isA}, request{columns: columns, quals: both(isA, running)}, hit, 1},
		{"one with another condition less", request{columns: columns, quals: both(isA, running)}, request{columns: columns, quals: isA}, miss, 1},
		{"the same list", request{columns: columns, quals: where("id", "=", list{a, b})}, request{columns: columns, quals: where("id", "=", list{a, b})}, hit, 2},
		{"the same list in another order", request{columns: columns, quals: where("id", "=", list{a, b})}, request{columns: columns, quals: where("id", "=", list{b, a})}, hit, 2},
		{"a part of a list", request{columns: columns, quals: where("id", "=", list{a, b})}, request{columns: columns, quals: where("id", "=", list{a})}, hit, 1},
		{"one of a list", request{columns: columns, quals: where("id", "=", list{a, b})}, request{columns: columns, quals: isA}, either, 1},
		{"a list of one after the one", request{columns: columns, quals: isA}, request{columns: columns, quals: where("id", "=", list{a})}, either, 1},
		{"a longer list", request{columns: columns, quals: where("id", "=", list{a, b})}, request{columns: columns, quals: where("id", "=", list{a, b, c})}, miss, 3},
		{"another list", request{columns: columns, quals: where("id", "=", list{a, b})}, request{columns: columns, quals: where("id", "=", list{b, c})}, miss, 2},
		{"a list with a null", request{columns: columns, quals: where("id", "=", list{a, b})}, request{columns: columns, quals: where("id", "=", list{a, nil})}, either, 1},
		{"a nested list after a list", request{columns: columns, quals: where("id", "=", list{a, b})}, request{columns: columns, quals: where("id", "=", list{list{a, b}, c})}, miss, 3},
		{"a list after a nested one", request{columns: columns, quals: where("id", "=", list{list{a, b}, c})}, request{columns: columns, quals: where("id", "=", list{a, c})}, either, 2},
		{"a value that is not set, after one", request{columns: columns, quals: isA}, request{columns: columns, quals: where("id", "=", nil)}, miss, 0},
		{"all after a value that is not set", request{columns: columns, quals: where("id", "=", nil)}, request{columns: columns}, either, containers},
		{"not in a list, after in it", request{columns: columns, quals: where("id", "=", list{a, b})}, request{columns: columns, quals: where("id", "<>", list{a, b})}, miss, containers - 2},
		{"a column that is no key", request{columns: columns}, request{columns: columns, quals: where("image", "=", "none")}, either, 0},
		{"all after a column that is no key", request{columns: columns, quals: where("image", "=", "none")}, request{columns: columns}, either, containers},

		{"some of all", request{columns: columns}, request{columns: columns, limit: 3}, hit, 3},
		{"the same limit", request{columns: columns, limit: 3}, request{columns: columns, limit: 3}, hit, 3},
		{"a smaller limit", request{columns: columns, limit: 5}, request{columns: columns, limit: 3}, hit, 3},
		{"a larger limit", request{columns: columns, limit: 3}, request{columns: columns, limit: 5}, miss, 5},
		{"a limit that all are below, then a larger one", request{columns: columns, limit: 50}, request{columns: columns, limit: 60}, either, containers},
		{"no limit after one", request{columns: columns, limit: 3}, request{columns: columns}, miss, containers},
		{"a limit with a condition, of all", request{columns: columns}, request{columns: columns, quals: isA, limit: 1}, either, 1},
		{"a limit with a condition, after one without", request{columns: columns, limit: 5}, request{columns: columns, quals: where("id", "=", ids[8]), limit: 1}, miss, 1},
		{"a limit without the condition, after one with it", request{columns: columns, quals: isA, limit: 5}, request{columns: columns, limit: 3}, miss, 3},
		{"the same limit and condition", request{columns: columns, quals: running, limit: 5}, request{columns: columns, quals: running, limit: 5}, hit, 5},
		{"a smaller limit with the same condition", request{columns: columns, quals: running, limit: 5}, request{columns: columns, quals: running, limit: 2}, hit, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := start(t, setup{configs: docker(e), cache: true})
			as := func(r request, ttl int64) scan {
				s := scan{table: "docker_container", columns: r.columns, quals: r.quals, ttl: ttl}
				if r.limit > 0 {
					s.limit = &r.limit
				}
				return s
			}
			if first := p.ask(e, as(test.first, forever)); first.hit || first.asked == 0 {
				t.Fatalf("the first time: hit %v, %d requests", first.hit, first.asked)
			}
			got := p.ask(e, as(test.then, forever))
			if got.hit == (got.asked > 0) && len(got.rows) > 0 {
				t.Errorf("cache hit %v, and %d requests to the engine", got.hit, got.asked)
			}
			if test.want != either && (test.want == miss) != (got.asked > 0) {
				t.Errorf("%d requests to the engine; want a hit: %v", got.asked, test.want == hit)
			}
			// whatever it was, the rows that match must be those without a cache
			plain := as(test.then, 0)
			plain.limit = nil
			want := p.rows(plain)
			ids := texts(want, "id")
			matching := slices.DeleteFunc(slices.Clone(got.rows), func(row *proto.ExecuteResponse) bool {
				return slices.Contains(test.then.columns, "id") && !slices.Contains(ids, text(row, "id"))
			})
			if test.then.limit == 0 {
				if err := sameRows(matching, want, test.then.columns); err != nil {
					t.Error(err)
				}
			}
			if len(matching) < test.rows {
				t.Errorf("%d rows that match, want %d", len(matching), test.rows)
			}
			last := got.rows[len(got.rows)-1].Metadata
			if got.hit && (last.HydrateCalls != 0 || last.RowsFetched != int64(len(got.rows))) {
				t.Errorf("metadata %v of a hit with %d rows, want no hydrate calls", last, len(got.rows))
			}
		})
	}
}

func TestTheCacheOfAGetFollowsTheSameRules(t *testing.T) {
	e := startEngine(t)
	p := start(t, setup{configs: docker(e), cache: true})
	ids := texts(p.rows(scan{table: "docker_network", columns: []string{"id"}}), "id")
	columns := []string{"id", "name", "containers"}
	query := func(id any) scan {
		return scan{table: "docker_network", columns: columns, quals: where("id", "=", id), ttl: forever}
	}
	for _, step := range []struct {
		name string
		id   any
		hit  bool
		rows int
	}{
		{"the first", ids[0], false, 1},
		{"the same", ids[0], true, 1},
		{"another", ids[1], false, 1},
		{"several", list{ids[2], ids[3]}, false, 2},
		{"some of them", list{ids[3]}, true, 1},
		{"the first again", ids[0], true, 1},
	} {
		got := p.ask(e, query(step.id))
		if got.hit != step.hit || (got.asked > 0) == step.hit || len(texts(got.rows, "id")) < step.rows {
			t.Errorf("%s: hit %v, %d requests, %d rows; want a hit: %v", step.name, got.hit, got.asked, len(got.rows), step.hit)
		}
	}
}

func TestCachedRowsMayBeAsOldAsTheQueryAllows(t *testing.T) {
	e := startEngine(t, "--containers", "3")
	p := start(t, setup{configs: docker(e), cache: true})
	query := func(ttl int64) scan { return scan{table: "docker_container", columns: []string{"id"}, ttl: ttl} }
	want := func(what string, s *proto.ExecuteRequest, hit bool) {
		t.Helper()
		before := e.counts().Lists
		rows, err := execute(p.stub, s)
		if err != nil || len(rows) != 3 {
			t.Fatalf("%s: %d rows, want 3; %v", what, len(rows), err)
		}
		if got, asked := rows[2].Metadata.CacheHit, e.counts().Lists > before; got != hit || asked == hit {
			t.Errorf("%s: hit %v, engine asked %v, want a hit: %v", what, got, asked, hit)
		}
	}
	zero := query(forever).request()
	zero.ExecuteConnectionData["docker"].CacheTtl = 0
	want("off, so nothing is kept", query(0).request(), false)
	want("the first time", query(forever).request(), false)
	want("again", query(forever).request(), true)
	want("on, but no row may be old", zero, false)
	want("off", query(0).request(), false)
	time.Sleep(1300 * time.Millisecond)
	want("older than a second", query(1).request(), false)
	want("again within the second", query(1).request(), true)
}

func TestTheHostMaySwitchTheCacheOffAndEmptyIt(t *testing.T) {
	e := startEngine(t, "--containers", "3")
	query := scan{table: "docker_container", columns: []string{"id"}, ttl: forever}
	t.Run("it is off until it is set up", func(t *testing.T) {
		host := newHost(t, setup{})
		if _, err := host.client.Start(); err != nil {
			t.Fatal(err)
		}
		host.stub, host.conn = host.dispense(host.client)
		host.configure(docker(e)...)
		for range 2 {
			if got := host.ask(e, query); got.hit || got.asked == 0 {
				t.Errorf("hit %v, %d requests", got.hit, got.asked)
			}
		}
		if _, err := host.stub.SetConnectionCacheOptions(&proto.SetConnectionCacheOptionsRequest{ClearCacheForConnection: "docker"}); err != nil {
			t.Error(err)
		}
	})

	p := start(t, setup{configs: docker(e), cache: true})
	set := func(enabled bool) {
		t.Helper()
		if _, err := p.stub.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: enabled, Ttl: forever}); err != nil {
			t.Fatal(err)
		}
	}
	want := func(what string, hit bool) {
		t.Helper()
		if got := p.ask(e, query); got.hit != hit || (got.asked > 0) == hit || len(got.rows) != 3 {
			t.Errorf("%s: hit %v, %d requests, %d rows; want a hit: %v", what, got.hit, got.asked, len(got.rows), hit)
		}
	}
	want("the first time", false)
	want("again", true)
	if _, err := p.stub.SetConnectionCacheOptions(&proto.SetConnectionCacheOptionsRequest{ClearCacheForConnection: "docker"}); err != nil {
		t.Fatal(err)
	}
	want("after the other cache was cleared", true)
	set(true)
	want("after the options were set again: an empty one", false)
	want("again", true)
	set(false)
	want("off", false)
	want("still off", false)
	set(true)
	want("on, and empty", false)
	want("again", true)
}

// Rows of an engine that a connection no longer means must never come back.
func TestAChangedConnectionForgetsItsRowsAndNoOtherDoes(t *testing.T) {
	small, large := startEngine(t, "--containers", "2"), startEngine(t, "--containers", "5")
	p := start(t, setup{configs: []*proto.ConnectionConfig{
		connection("docker", small.config()), connection("other", large.config()), aggregator("all", "docker", "other"),
	}, cache: true})
	query := func(name string, use ...string) scan {
		return scan{table: "docker_container", connection: name, use: use, columns: []string{"id"}, ttl: forever}
	}
	all := query("all", "docker", "other")
	hits := func() map[string]bool {
		t.Helper()
		hits := map[string]bool{}
		for _, row := range p.rows(all) {
			hits[row.Connection] = row.Metadata.CacheHit
		}
		return hits
	}
	if got, want := hits(), (map[string]bool{"docker": false, "other": false}); !maps.Equal(got, want) {
		t.Errorf("the first time: hits %v, want %v", got, want)
	}
	if got, want := hits(), (map[string]bool{"docker": true, "other": true}); !maps.Equal(got, want) {
		t.Errorf("again: hits %v, want %v", got, want)
	}
	if got := p.ask(small, query("docker")); !got.hit || len(got.rows) != 2 {
		t.Errorf("one of them alone: hit %v, %d rows", got.hit, len(got.rows))
	}
	p.update(&proto.UpdateConnectionConfigsRequest{Changed: []*proto.ConnectionConfig{connection("docker", small.config())}})
	if got, want := hits(), (map[string]bool{"docker": false, "other": true}); !maps.Equal(got, want) {
		t.Errorf("after a change of docker: hits %v, want %v", got, want)
	}
	p.update(&proto.UpdateConnectionConfigsRequest{Changed: []*proto.ConnectionConfig{connection("docker", large.config())}})
	if rows := p.rows(query("docker")); len(rows) != 5 {
		t.Errorf("after a change of its engine: %d rows, want 5", len(rows))
	}
	p.configure(connection("docker", small.config()))
	if rows := p.rows(query("docker")); len(rows) != 2 {
		t.Errorf("after all were set again: %d rows, want 2", len(rows))
	}
	p.configure(connection("docker", large.config()))
	p.update(&proto.UpdateConnectionConfigsRequest{Deleted: []*proto.ConnectionConfig{connection("docker", "")}})
	if got := p.failure(query("docker")); got == "" {
		t.Error("a deleted connection still answers")
	}
	p.update(&proto.UpdateConnectionConfigsRequest{Added: []*proto.ConnectionConfig{connection("docker", small.config())}})
	if rows := p.rows(query("docker")); len(rows) != 2 {
		t.Errorf("deleted and added with another engine: %d rows, want 2", len(rows))
	}
}

func TestCachedRowsKeepTheirContext(t *testing.T) {
	e := startEngine(t, "--containers", "4")
	p := start(t, setup{configs: docker(e), cache: true, env: []string{"STEAMPIPE_DIAGNOSTIC_LEVEL=ALL"}})
	columns := []string{"id", "inspect", "sp_ctx", "_ctx", "sp_connection_name"}
	query := scan{table: "docker_container", columns: columns, ttl: forever}
	first, second := p.ask(e, query), p.ask(e, query)
	if first.hit || !second.hit {
		t.Fatalf("hits %v and %v, want the second", first.hit, second.hit)
	}
	if err := sameRows(second.rows, first.rows, columns); err != nil {
		t.Error(err)
	}
	for k, row := range second.rows {
		if m := row.Metadata; m.HydrateCalls != 0 || !m.CacheHit {
			t.Errorf("row %d of a hit: %v", k, m)
		}
	}
	if n := second.rows[3].Metadata.RowsFetched; n != 4 {
		t.Errorf("%d rows fetched, want 4", n)
	}
}

func TestASmallCacheIsRightToo(t *testing.T) {
	e := startEngine(t, "--containers", "400") // 2 MB of inspects
	p := start(t, setup{configs: docker(e)})
	if _, err := p.stub.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: true, Ttl: forever, MaxSizeMb: 1}); err != nil {
		t.Fatal(err)
	}
	for _, columns := range [][]string{{"id", "inspect"}, {"id"}, {"id", "image"}, {"id", "inspect"}, {"id", "config"}, {"id"}} {
		if rows := p.rows(scan{table: "docker_container", columns: columns, ttl: forever}); len(rows) != 400 {
			t.Errorf("%v: %d rows, want 400", columns, len(rows))
		}
	}
	if got := p.ask(e, scan{table: "docker_container", columns: []string{"id"}, ttl: forever}); !got.hit {
		t.Error("400 IDs do not fit into a megabyte")
	}
}

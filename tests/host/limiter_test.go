package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"google.golang.org/grpc/status"
)

type limiter = proto.RateLimiterDefinition

// limit sends SetRateLimiters, which must succeed.
func (p *running) limit(limiters ...*limiter) {
	p.t.Helper()
	if _, err := p.stub.SetRateLimiters(&proto.SetRateLimitersRequest{Definitions: limiters}); err != nil {
		p.t.Fatalf("SetRateLimiters: %v", err)
	}
}

// timed runs a scan and says how long it took.
func (p *running) timed(s scan, rows int) time.Duration {
	p.t.Helper()
	began := time.Now()
	if got := p.rows(s); len(got) != rows {
		p.t.Errorf("%s: %d rows, want %d", s.table, len(got), rows)
	}
	return time.Since(began)
}

// in is the same plugin in a part of its test.
func (p *running) in(t *testing.T) *running {
	part := *p
	part.t = t
	return &part
}

// call is a call of sp_ctx's diagnostics.
type call struct {
	Type     string            `json:"type"`
	Function string            `json:"function_name"`
	Scope    map[string]string `json:"scope_values"`
	Limiters []string          `json:"rate_limiters"`
	Delay    int64             `json:"rate_limiter_delay_ms"`
}

// calls are the calls behind a row, as it tells them.
func calls(t *testing.T, row *proto.ExecuteResponse) []call {
	t.Helper()
	var ctx struct {
		Diagnostics struct{ Calls []call }
	}
	raw := row.Row.Columns["sp_ctx"].GetJsonValue()
	if err := json.Unmarshal(raw, &ctx); err != nil || len(ctx.Diagnostics.Calls) == 0 {
		t.Fatalf("no calls in %s; %v", raw, err)
	}
	return ctx.Diagnostics.Calls
}

var inspects = []string{"id", "inspect"}

// A bucket of tokens: what goes beyond its size waits for the rate. More than
// that time may pass, less may not.
func TestTokensHoldCallsBack(t *testing.T) {
	e := startEngine(t, "--containers", "20")
	p := start(t, setup{configs: docker(e)})
	networks := texts(p.rows(scan{table: "docker_network", columns: []string{"id"}}), "id")
	keys := list{}
	for _, id := range networks {
		keys = append(keys, id)
	}
	inspecting := scan{table: "docker_container", columns: inspects}
	for _, c := range []struct {
		name    string
		limiter *limiter
		scan    scan
		rows    int
		repeat  int
		least   time.Duration // no less may pass
	}{
		{"inspects", &limiter{FillRate: 20, BucketSize: 4, Where: "function_name = 'getContainerInspect'"}, inspecting, 20, 1, 16 * time.Second / 20},
		{"inspects, a full bucket for all", &limiter{FillRate: 1, BucketSize: 20, Where: "function_name = 'getContainerInspect'"}, inspecting, 20, 1, 0},
		{"every call: the list and its inspects", &limiter{FillRate: 25, BucketSize: 1}, inspecting, 20, 1, 20 * time.Second / 25},
		{"lists", &limiter{FillRate: 8, BucketSize: 1, Where: "function_name = 'listContainer'"}, scan{table: "docker_container", columns: []string{"id"}}, 20, 6, 5 * time.Second / 8},
		{"gets", &limiter{FillRate: 10, BucketSize: 1, Where: "table = 'docker_network'"}, scan{table: "docker_network", columns: []string{"id", "name"}, quals: where("id", "=", keys)}, len(networks), 1, time.Duration(len(networks)-1) * time.Second / 10},
		{"a fraction of a token a second", &limiter{FillRate: 2.5, BucketSize: 1, Where: "table = 'docker_info'"}, scan{table: "docker_info", columns: []string{"id"}}, 1, 3, 2 * time.Second * 2 / 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := p.in(t)
			c.limiter.Name = "slow"
			p.limit(c.limiter)
			began := time.Now()
			for range c.repeat {
				p.timed(c.scan, c.rows)
			}
			took := time.Since(began)
			// the clocks of the two may differ by a tick
			if took < c.least-20*time.Millisecond || took > c.least+5*time.Second {
				t.Errorf("took %v, want %v at least", took, c.least)
			}
			p.limit()
			if took := p.timed(c.scan, c.rows); took > c.least/2+time.Second {
				t.Errorf("took %v when no limiter was left", took)
			}
		})
	}
}

func TestTokensAreOfEachValueOfTheScope(t *testing.T) {
	hosts := startEngines(t, 3, "--containers", "1")
	var configs []*proto.ConnectionConfig
	var names []string
	for k, host := range hosts {
		names = append(names, fmt.Sprintf("docker_%d", k+1))
		configs = append(configs, connection(names[k], hostConfig(host)))
	}
	p := start(t, setup{configs: append(configs, aggregator("all", names...))})
	all := scan{table: "docker_info", connection: "all", use: names, columns: []string{"id"}}
	p.rows(all)
	const rate, bucket = 4, 1
	for _, c := range []struct {
		name  string
		scope []string
		least time.Duration // of two queries of three connections
		most  time.Duration
	}{
		{"one bucket of each connection", []string{"connection"}, 1 * time.Second / rate, 3 * time.Second / rate},
		{"one bucket for all", nil, 5 * time.Second / rate, 10 * time.Second},
		{"one bucket of a table", []string{"table"}, 5 * time.Second / rate, 10 * time.Second},
		{"a value that calls do not have", []string{"region"}, 0, time.Second / rate},
		{"one that they have and one that they do not", []string{"connection", "region"}, 0, time.Second / rate},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := p.in(t)
			p.limit(&limiter{Name: "slow", FillRate: rate, BucketSize: bucket, Scope: c.scope})
			took := p.timed(all, 3) + p.timed(all, 3)
			if took < c.least-20*time.Millisecond || took > c.most {
				t.Errorf("took %v, want %v to %v", took, c.least, c.most)
			}
		})
	}
}

func TestMaxConcurrencyBoundsTheCallsInFlight(t *testing.T) {
	e := startEngine(t, "--containers", "40", "--latency-ms", "20")
	p := start(t, setup{configs: []*proto.ConnectionConfig{
		connection("docker", e.config()), connection("docker_2", e.config()),
	}})
	query := func(name string) scan {
		return scan{table: "docker_container", connection: name, columns: inspects}
	}
	for _, c := range []struct {
		name        string
		limiter     *limiter
		least, most int // inspects at once, of two queries, one a connection
	}{
		{"for all", &limiter{MaxConcurrency: 3}, 2, 3},
		{"one at a time", &limiter{MaxConcurrency: 1}, 1, 1},
		{"of each connection", &limiter{MaxConcurrency: 3, Scope: []string{"connection"}}, 4, 6},
		{"of one connection", &limiter{MaxConcurrency: 2, Where: "connection = 'docker'"}, 10, 80},
		{"of another call", &limiter{MaxConcurrency: 1, Where: "function_name = 'getNetworkInspect'"}, 10, 80},
		{"together with tokens", &limiter{MaxConcurrency: 2, FillRate: 1000, BucketSize: 1000}, 2, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := p.in(t)
			c.limiter.Name = "few"
			p.limit(c.limiter)
			e.forget()
			rows, errs := p.together(query("docker"), query("docker_2"))
			for k := range rows {
				if errs[k] != nil || len(rows[k]) != 40 {
					t.Errorf("%d rows, want 40; %v", len(rows[k]), errs[k])
				}
			}
			if n := e.counts().MaxInspects; n < c.least || n > c.most {
				t.Errorf("%d inspects at once, want %d to %d", n, c.least, c.most)
			}
		})
	}
	t.Run("the smaller of two", func(t *testing.T) {
		p := p.in(t)
		p.limit(&limiter{Name: "few", MaxConcurrency: 2}, &limiter{Name: "more", MaxConcurrency: 20})
		e.forget()
		p.rows(query("docker"))
		if n := e.counts().MaxInspects; n != 2 {
			t.Errorf("%d inspects at once, want 2", n)
		}
	})
	t.Run("lists are not held", func(t *testing.T) {
		p := p.in(t)
		p.limit(&limiter{Name: "one", MaxConcurrency: 1})
		e.forget()
		list := scan{table: "docker_container", columns: []string{"id"}}
		p.together(same(list, 8)...)
		if n := e.counts().MaxInFlight; n < 2 {
			t.Errorf("%d lists at once: they wait for the limiter of other calls", n)
		}
	})
}

func TestACallThatWaitsForALimiterCanBeCancelled(t *testing.T) {
	e := startEngine(t, "--containers", "50")
	p := start(t, setup{configs: docker(e)})
	query := scan{table: "docker_container", columns: inspects}
	p.limit(&limiter{Name: "never", FillRate: 0.01, BucketSize: 1, Where: "function_name = 'getContainerInspect'"})
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			stream, _, cancel, err := p.stub.Execute(query.request())
			if err != nil {
				t.Error(err)
				return
			}
			time.AfterFunc(300*time.Millisecond, cancel)
			began := time.Now()
			receiveAll(stream) // ends with an error or not: what counts is that it ends
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("ended after %v", took)
			}
		})
	}
	wg.Wait()
	if n := e.counts().Inspects; n > 1 {
		t.Errorf("%d inspects, want the one that there was a token for", n)
	}
	p.limit()
	time.Sleep(200 * time.Millisecond)
	if n := e.counts().Inspects; n > 1 {
		t.Errorf("%d inspects for queries that were cancelled", n)
	}
	if took := p.timed(query, 50); took > 2*time.Second {
		t.Errorf("took %v when no limiter was left", took)
	}
}

// What a filter applies to is read off the diagnostics of a row: the limiter
// is too generous to be felt.
func TestWhereSelectsCallsByTheirScope(t *testing.T) {
	e := startEngine(t, "--containers", "1")
	p := start(t, setup{configs: docker(e), env: []string{"STEAMPIPE_DIAGNOSTIC_LEVEL=ALL"}})
	const both, inspect, list, none = "list hydrate", "hydrate", "list", ""
	for where, want := range map[string]string{
		``:                                                     both,
		`table = 'docker_container'`:                           both,
		`table = 'docker_info'`:                                none,
		`table != 'docker_info'`:                               both,
		`table <> 'docker_container'`:                          none,
		`"table" = 'docker_container'`:                         both,
		`function_name = 'getContainerInspect'`:                inspect,
		`function_name <> 'getContainerInspect'`:               list,
		`function_name in ('listContainer', 'x')`:              list,
		`function_name not in ('listContainer', 'x')`:          inspect,
		`function_name like 'get%'`:                            inspect,
		`function_name like 'GET%'`:                            none,
		`function_name ilike 'GET%'`:                           inspect,
		`function_name not like 'get%'`:                        list,
		`function_name not ilike 'GET%'`:                       list,
		`function_name like '_istContainer'`:                   list,
		`connection = 'docker' and table = 'docker_container'`: both,
		`connection = 'docker' and table = 'x'`:                none,
		`table = 'x' or function_name = 'listContainer'`:       list,
		`(table = 'x' or connection = 'docker') and function_name = 'getContainerInspect'`:   inspect,
		`table = 'x' or connection = 'docker' and function_name = 'getContainerInspect'`:     inspect,
		`table = 'docker_container' or connection = 'x' and function_name = 'listContainer'`: both,
		`region = 'eu'`:       none,
		`region = ''`:         both,
		`region <> 'eu'`:      both,
		`connection='docker'`: both,
	} {
		t.Run(where, func(t *testing.T) {
			p := p.in(t)
			p.limit(&limiter{Name: "generous", FillRate: 100000, BucketSize: 100000, Where: where})
			row := p.rows(scan{table: "docker_container", columns: []string{"id", "inspect", "sp_ctx"}})[0]
			var got []string
			for _, call := range calls(t, row) {
				if slices.Contains(call.Limiters, "generous") {
					got = append(got, call.Type)
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("limits %v, want %q", got, want)
			}
		})
	}
}

func TestDiagnosticsTellLimitersAndWhatWasWaited(t *testing.T) {
	e := startEngine(t, "--containers", "4")
	p := start(t, setup{configs: docker(e), env: []string{"STEAMPIPE_DIAGNOSTIC_LEVEL=ALL"}})
	p.limit(
		&limiter{Name: "slow", FillRate: 5, BucketSize: 1, Where: "function_name = 'getContainerInspect'"},
		&limiter{Name: "few", MaxConcurrency: 2},
	)
	delays := []int64{}
	for _, row := range p.rows(scan{table: "docker_container", columns: []string{"id", "inspect", "sp_ctx"}}) {
		all := calls(t, row)
		if len(all) != 2 || all[0].Type != "list" || all[1].Type != "hydrate" {
			t.Fatalf("calls %+v, want a list and a hydrate", all)
		}
		for _, call := range all {
			if want := (map[string]string{"connection": "docker", "function_name": call.Function, "table": "docker_container"}); !maps.Equal(call.Scope, want) {
				t.Errorf("scope %v, want %v", call.Scope, want)
			}
		}
		if slices.Contains(all[0].Limiters, "slow") || !slices.Contains(all[1].Limiters, "slow") || !slices.Contains(all[1].Limiters, "few") {
			t.Errorf("limiters %v and %v, want slow and few with the second", all[0].Limiters, all[1].Limiters)
		}
		delays = append(delays, all[1].Delay)
	}
	// 5 a second, and one at hand: the last of four waits for three more
	slices.Sort(delays)
	if delays[0] > 100 || delays[3] < 500 || delays[3] > 5000 {
		t.Errorf("delays %v ms, want none, and about 600 at most", delays)
	}
}

func TestBadLimitersAreNamedWithWhatIsWrong(t *testing.T) {
	e := startEngine(t, "--containers", "1")
	p := start(t, setup{configs: docker(e), env: []string{"STEAMPIPE_DIAGNOSTIC_LEVEL=ALL"}})
	set := func(limiters ...*limiter) string {
		t.Helper()
		_, err := p.stub.SetRateLimiters(&proto.SetRateLimitersRequest{Definitions: limiters})
		if err == nil {
			return ""
		}
		return status.Convert(err).Message()
	}
	const prefix = "failed to create rate limiter 'bad' from config: "
	for where, want := range map[string]string{
		`connection is null`:           "invalid scope filter operator",
		`connection is not null`:       "invalid scope filter operator",
		`connection < 'a'`:             "invalid scope filter operator '<'",
		`connection >= 'a'`:            "invalid scope filter operator '>='",
		`connection =`:                 "",
		`= 'a'`:                        "",
		`connection = 'a`:              "",
		`(connection = 'a'`:            "",
		`connection = 'a' and`:         "",
		`connection = 'a' table = 'b'`: "",
	} {
		got := set(&limiter{Name: "bad", MaxConcurrency: 1, Where: where})
		if !strings.HasPrefix(got, prefix) || !strings.Contains(got, want) || got == prefix {
			t.Errorf("%s: %q, want %q with %q", where, got, prefix, want)
		}
	}
	if got := set(&limiter{Name: "bad", FillRate: 1}); !strings.Contains(got, "'bad'") {
		t.Errorf("a bucket that never has a token: %q, want an error", got)
	}

	good := &limiter{Name: "good", FillRate: 100000, BucketSize: 100000}
	got := set(&limiter{Name: "bad", MaxConcurrency: 1, Where: "a <"}, good, &limiter{Name: "worse", MaxConcurrency: 1, Where: "("})
	for _, name := range []string{"'bad'", "'worse'"} {
		if !strings.Contains(got, "failed to create rate limiter "+name+" from config: ") {
			t.Errorf("%q does not name %s", got, name)
		}
	}
	if !strings.Contains(got, "\n\t") || strings.Contains(got, "'good'") {
		t.Errorf("%q, want one line for each bad one", got)
	}
	row := p.rows(scan{table: "docker_container", columns: []string{"id", "sp_ctx"}})[0]
	if names := calls(t, row)[0].Limiters; !slices.Contains(names, "good") || slices.Contains(names, "bad") {
		t.Errorf("limiters %v in force, want good and not bad", names)
	}
}

func TestThePluginTellsItsOwnLimitersOnly(t *testing.T) {
	e := startEngine(t, "--containers", "30", "--latency-ms", "20")
	p := start(t, setup{configs: docker(e)})
	own := func() map[string]string {
		t.Helper()
		response, err := p.stub.GetRateLimiters(&proto.GetRateLimitersRequest{})
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]string{}
		for _, d := range response.Definitions {
			all[d.Name] = fmt.Sprint(d.FillRate, d.BucketSize, d.MaxConcurrency, d.Scope, d.Where)
		}
		return all
	}
	before := own()
	if len(before) == 0 {
		t.Fatal("the plugin has no limiter of its own")
	}
	var name string
	for _, d := range slices.Sorted(maps.Keys(before)) {
		name = d
	}
	p.limit(&limiter{Name: name, MaxConcurrency: 2}, &limiter{Name: "users", MaxConcurrency: 50})
	if after := own(); !maps.Equal(before, after) {
		t.Errorf("own limiters %v, and before others were set %v", after, before)
	}
	// but the user's one is in force in place of the plugin's
	query := scan{table: "docker_container", columns: inspects}
	p.rows(query)
	if n := e.counts().MaxInspects; n > 2 {
		t.Errorf("%d inspects at once, want 2 with the user's limiter %s", n, name)
	}
	p.limit()
	e.forget()
	p.rows(query)
	if n := e.counts().MaxInspects; n <= 2 {
		t.Errorf("%d inspects at once when the user's limiter was gone, want more", n)
	}
}

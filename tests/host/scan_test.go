package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"google.golang.org/grpc/status"
)

func TestCountingRowsNeedsNoColumns(t *testing.T) {
	e := startEngine(t, "--containers", "37")
	p := start(t, setup{configs: docker(e)})
	rows := p.rows(scan{table: "docker_container"})
	if len(rows) != 37 {
		t.Errorf("%d rows, want 37", len(rows))
	}
	if n := e.inspects(); n != 0 {
		t.Errorf("%d containers inspected for a count", n)
	}
}

func TestUnknownColumnsAreIgnored(t *testing.T) {
	p := start(t, setup{configs: docker(startEngine(t, "--containers", "2"))})
	if rows := p.rows(scan{table: "docker_container", columns: []string{"id", "of_another_child"}}); len(rows) != 2 || text(rows[0], "id") == "" {
		t.Errorf("rows %v", rows)
	}
}

func TestLimitIsOfEachConnection(t *testing.T) {
	p := fleet(t)
	for _, limit := range []int64{0, 1, 3, 10, 1000} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			count := map[string]int64{}
			for _, row := range p.rows(scan{table: "docker_container", connection: "all", use: fleetNames, columns: []string{"id"}, limit: &limit}) {
				count[row.Connection]++
			}
			for _, name := range fleetNames {
				if want := min(limit, 10); count[name] != want {
					t.Errorf("%s: %d rows, want %d", name, count[name], want)
				}
			}
		})
	}
}

func TestLimitOfTheQueryContextIsNotOurs(t *testing.T) {
	p := start(t, setup{configs: docker(startEngine(t, "--containers", "10"))})
	request := scan{table: "docker_container", columns: []string{"id"}}.request()
	request.QueryContext.Limit = &proto.NullableInt{Value: 2}
	rows, err := execute(p.stub, request)
	if err != nil || len(rows) != 10 {
		t.Errorf("%d rows, want 10: PostgreSQL filters after us; %v", len(rows), err)
	}
}

func TestLimitStopsTheWork(t *testing.T) {
	e := startEngine(t, "--containers", "1000", "--latency-ms", "2")
	p := start(t, setup{configs: docker(e)})
	rows := p.rows(scan{table: "docker_container", columns: []string{"inspect"}, limit: new(int64(5))})
	if n := e.inspects(); len(rows) != 5 || n > 200 {
		t.Errorf("%d rows took %d inspects, want 5 rows and not many more inspects", len(rows), n)
	}
}

func TestCancelStopsTheWork(t *testing.T) {
	e := startEngine(t, "--containers", "2000", "--latency-ms", "2")
	p := start(t, setup{configs: docker(e)})
	stream, _, cancel, err := p.stub.Execute(scan{table: "docker_container", columns: []string{"inspect"}}.request())
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := stream.Recv(); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	time.Sleep(300 * time.Millisecond)
	stopped := e.inspects()
	time.Sleep(300 * time.Millisecond)
	if after := e.inspects(); after != stopped || after > 1000 {
		t.Errorf("%d inspects at the end, %d of them long after the cancel", after, after-stopped)
	}
}

func TestAggregatorRowsCarryTheirChild(t *testing.T) {
	p := fleet(t)
	count := map[string]int{}
	for _, row := range p.rows(scan{table: "docker_container", connection: "all", use: fleetNames, columns: []string{"id", "sp_connection_name", "sp_ctx"}}) {
		if name := text(row, "sp_connection_name"); name != row.Connection {
			t.Errorf("row of %s says it is of %s", row.Connection, name)
		}
		if ctx := string(row.Row.Columns["sp_ctx"].GetJsonValue()); !strings.Contains(ctx, `"connection_name":"`+row.Connection+`"`) {
			t.Errorf("row of %s has the context %s", row.Connection, ctx)
		}
		count[row.Connection]++
	}
	if want := map[string]int{"docker": 10, "docker_2": 10, "Podman": 10}; !maps.Equal(count, want) {
		t.Errorf("rows %v, want %v", count, want)
	}
}

func TestOneFailedChildFailsTheAggregator(t *testing.T) {
	good := startEngine(t, "--containers", "10")
	missing := "host = \"unix://" + filepath.Join(shortTempDir(t), "missing.sock") + "\"\n"
	p := start(t, setup{configs: []*proto.ConnectionConfig{
		connection("good", good.config()), connection("bad", missing), connection("worse", missing),
		aggregator("one", "good", "bad"), aggregator("two", "worse", "good", "bad"),
	}})
	first := p.failure(scan{table: "docker_container", connection: "one", use: []string{"good", "bad"}})
	if !strings.HasPrefix(first, "bad: ") || strings.Contains(first, "good") {
		t.Errorf("message %q, want one of connection bad", first)
	}
	both := p.failure(scan{table: "docker_container", connection: "two", use: []string{"good", "bad", "worse"}})
	if form := regexp.MustCompile(`(?s)^\n\tbad: .+\n\tworse: .+$`); !form.MatchString(both) {
		t.Errorf("message %q, want both errors, sorted, each on a line of its own", both)
	}
	if rows := p.rows(scan{table: "docker_container", connection: "good"}); len(rows) != 10 {
		t.Errorf("%d rows of the good connection, want 10", len(rows))
	}
}

// A limit is pushed down together with these quals, so a row that does not
// match would take the place of one that does.
func TestConnectionNameIsFilteredExactlyAsPostgresWould(t *testing.T) {
	p := fleet(t)
	for _, c := range []struct {
		operator string
		value    any
		want     []string
	}{
		{"=", "docker_2", []string{"docker_2"}},
		{"=", "DOCKER", nil},
		{"=", list{"docker", "Podman", "other"}, []string{"docker", "Podman"}},
		{"<>", "docker", []string{"docker_2", "Podman"}},
		{"<>", list{"docker", "Podman"}, []string{"docker_2"}},
		{"~~", "docker%", []string{"docker", "docker_2"}},
		{"~~", "docker_", nil},
		{"~~", "docker__", []string{"docker_2"}},
		{"~~", `docker\_2`, []string{"docker_2"}},
		{"~~", `docker\__`, []string{"docker_2"}},
		{"~~", "%o%", []string{"docker", "docker_2", "Podman"}},
		{"~~", "podman", nil},
		{"~~*", "pod%", []string{"Podman"}},
		{"~~*", "DOCKER", []string{"docker"}},
		{"!~~", "docker%", []string{"Podman"}},
		{"!~~*", "p%", []string{"docker", "docker_2"}},
	} {
		for _, limit := range []*int64{nil, new(int64(1))} {
			name := fmt.Sprintf("sp_connection_name %s %v", c.operator, c.value)
			want := 10
			if limit != nil {
				name, want = name+" limit 1", 1
			}
			t.Run(name, func(t *testing.T) {
				count := map[string]int{}
				for _, row := range p.rows(scan{
					table: "docker_container", connection: "all", use: fleetNames, columns: []string{"id"},
					quals: where("sp_connection_name", c.operator, c.value), limit: limit,
				}) {
					count[row.Connection]++
				}
				expected := map[string]int{}
				for _, name := range c.want {
					expected[name] = want
				}
				if !maps.Equal(count, expected) {
					t.Errorf("rows %v, want %v", count, expected)
				}
			})
		}
	}
}

func TestSeveralQualsOnTheConnectionNameMustAllHold(t *testing.T) {
	p := fleet(t)
	quals := where("sp_connection_name", "~~", "docker%")
	quals["sp_connection_name"].Quals = append(quals["sp_connection_name"].Quals, where("sp_connection_name", "<>", "docker")["sp_connection_name"].Quals...)
	rows := p.rows(scan{table: "docker_container", connection: "all", use: fleetNames, quals: quals})
	if len(rows) != 10 || rows[0].Connection != "docker_2" {
		t.Errorf("%d rows, want the 10 of docker_2", len(rows))
	}
}

// PostgreSQL checks every qual again, so rows too many are right and rows too
// few are wrong: a qual the plugin does not understand is as good as absent.
func TestQualsNeverLoseRows(t *testing.T) {
	e := startEngine(t, "--containers", "12")
	p := start(t, setup{configs: docker(e)})
	all := texts(p.rows(scan{table: "docker_container", columns: []string{"id"}}), "id")
	if len(all) != 12 || all[0] == "" {
		t.Fatalf("containers %v, want 12", all)
	}
	a, b, c := all[0], all[1], all[2]
	for _, q := range []struct {
		name string
		qual map[string]*proto.Quals
		must []string // rows that match, or that SQL could not say no to
	}{
		{"equal", where("id", "=", a), []string{a}},
		{"equal to nothing there", where("id", "=", "none"), nil},
		{"in a list", where("id", "=", list{a, b, "none"}), []string{a, b}},
		{"in a list with a repeat", where("id", "=", list{a, a}), []string{a}},
		{"in a list with a null", where("id", "=", list{a, nil}), []string{a}},
		{"in an empty list", where("id", "=", list{}), nil},
		{"in a nested list", where("id", "=", list{list{a, b}, c}), []string{a, b, c}},
		{"not equal", where("id", "<>", a), all[1:]},
		{"not in a list", where("id", "<>", list{a, b}), all[2:]},
		{"a value that is not set", where("id", "=", nil), all},
		{"is null", where("id", "is null", nil), nil},
		{"is not null", where("id", "is not null", nil), all},
		{"an empty value", map[string]*proto.Quals{"id": {Quals: []*proto.Qual{{
			FieldName: "id", Operator: &proto.Qual_StringValue{StringValue: "="}, Value: &proto.QualValue{},
		}}}}, all},
		{"an operator of no kind", where("id", "@@@", a), all},
		{"a number for a text", where("id", "=", 7), all},
		{"a bool for a text", where("id", "=", true), all},
		{"json for a text", where("id", "=", json.RawMessage(`{"a":1}`)), all},
		{"a text for a time", where("created", "=", "yesterday"), all},
		{"a text for a number", where("size_rw", ">", "large"), all},
		{"a number for json", where("names", "@>", 1), all},
		{"like", where("id", "~~", a[:10]+"%"), []string{a}},
		{"matches a pattern", where("id", "~", "^"+a), []string{a}},
		{"state", where("state", "=", "running"), all},
		{"not the state", where("state", "<>", "exited"), all},
		{"another case", where("state", "~~*", "RUNNING"), all},
		{"a column that is not there", where("nope", "=", a), all},
		{"no quals at all", map[string]*proto.Quals{"id": {}}, all},
	} {
		t.Run(q.name, func(t *testing.T) {
			got := texts(p.rows(scan{table: "docker_container", columns: []string{"id"}, quals: q.qual}), "id")
			for _, id := range q.must {
				if !slices.Contains(got, id) {
					t.Errorf("a row that matches is missing: %d rows, want at least %d", len(got), len(q.must))
					break
				}
			}
			if unique := slices.Compact(slices.Clone(got)); len(unique) != len(got) {
				t.Errorf("%d rows, of them %d different", len(got), len(unique))
			}
		})
	}
}

// With a limit PostgreSQL gets no second chance: for every key column and
// operator the schema declares, only matching rows may count.
func TestDeclaredKeyColumnsFilterExactlyUnderALimit(t *testing.T) {
	e := startEngine(t, "--containers", "12")
	p := start(t, setup{configs: docker(e)})
	all := texts(p.rows(scan{table: "docker_container", columns: []string{"id"}}), "id")
	last := all[len(all)-1]
	schema := p.schema("docker").Schema["docker_container"]
	for _, key := range schema.ListCallKeyColumnList {
		if key.Name != "id" {
			continue
		}
		for _, operator := range key.Operators {
			value, want := any(last), 1
			switch operator {
			case "<>", "!~~", "!~~*", "!~", "!~*", "<", ">=", ">", "<=", "is not null", "is null":
				continue // more than one row matches: nothing to lose
			}
			if got := texts(p.rows(scan{table: "docker_container", columns: []string{"id"}, quals: where("id", operator, value), limit: new(int64(1))}), "id"); len(got) != want || got[0] != last {
				t.Errorf("id %s: %v, want the one container", operator, got)
			}
		}
	}
	// NOT IN must not be taken for IN
	keys := slices.ContainsFunc(schema.ListCallKeyColumnList, func(k *proto.KeyColumn) bool {
		return k.Name == "id" && slices.Contains(k.Operators, "<>")
	})
	if got := texts(p.rows(scan{table: "docker_container", columns: []string{"id"}, quals: where("id", "<>", list{all[0], all[1]})}), "id"); keys && !slices.Equal(got, all[2:]) {
		t.Errorf("not in: %d rows, want %d", len(got), len(all)-2)
	}
}

func TestUnknownTablesAndConnectionsAreNamed(t *testing.T) {
	p := start(t, setup{configs: docker(startEngine(t))})
	if got, want := p.failure(scan{table: "nope"}), "plugin steampipe-plugin-docker does not provide table nope"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	if got, want := p.failure(scan{table: "docker_info", connection: "zz"}), "plugin execute failed - no connection data loaded for connection 'zz'"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

func TestExecuteWithoutConnectionDataRunsTheNamedConnection(t *testing.T) {
	p := start(t, setup{configs: docker(startEngine(t, "--containers", "4"))})
	request := scan{table: "docker_container"}.request()
	request.ExecuteConnectionData = nil
	if rows, err := execute(p.stub, request); err != nil || len(rows) != 4 {
		t.Errorf("%d rows, want 4; %v", len(rows), err)
	}
	request.Connection = ""
	_, err := execute(p.stub, request)
	if got, want := status.Convert(err).Message(), "either ExecuteConnectionData or Connection must be provided"; err == nil || got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

func TestContextColumnsAreTheSDKsJSON(t *testing.T) {
	e := startEngine(t, "--containers", "1")
	for _, level := range []string{"", "NONE", "unknown"} {
		t.Run("level "+level, func(t *testing.T) {
			p := start(t, setup{env: []string{"STEAMPIPE_DIAGNOSTIC_LEVEL=" + level}, configs: docker(e)})
			row := p.rows(scan{table: "docker_container", columns: []string{"sp_connection_name", "sp_ctx", "_ctx"}})[0]
			const want = `{"connection_name":"docker","steampipe":{"sdk_version":"5.14.0"}}`
			for _, column := range []string{"sp_ctx", "_ctx"} {
				if got := string(row.Row.Columns[column].GetJsonValue()); got != want {
					t.Errorf("%s is %s, want %s", column, got, want)
				}
			}
			if got := text(row, "sp_connection_name"); got != "docker" {
				t.Errorf("sp_connection_name is %q", got)
			}
		})
	}
}

func TestDiagnosticsTellEveryCallOfARow(t *testing.T) {
	e := startEngine(t, "--containers", "1")
	for _, variable := range []string{"STEAMPIPE_DIAGNOSTIC_LEVEL=ALL", "STEAMPIPE_DIAGNOSTIC_LEVEL=all", "STEAMPIPE_DIAGNOSTICS_LEVEL=ALL"} {
		t.Run(variable, func(t *testing.T) {
			p := start(t, setup{env: []string{variable}, configs: docker(e)})
			row := p.rows(scan{table: "docker_container", columns: []string{"id", "inspect", "_ctx"}})[0]
			raw := row.Row.Columns["_ctx"].GetJsonValue()
			var ctx struct {
				Connection string `json:"connection_name"`
				Steampipe  struct {
					SDKVersion string `json:"sdk_version"`
				} `json:"steampipe"`
				Diagnostics struct {
					Calls []struct {
						Type     string            `json:"type"`
						Function string            `json:"function_name"`
						Scope    map[string]string `json:"scope_values"`
						Limiters []string          `json:"rate_limiters"`
						Delay    *int64            `json:"rate_limiter_delay_ms"`
					} `json:"calls"`
				} `json:"diagnostics"`
			}
			if err := json.Unmarshal(raw, &ctx); err != nil {
				t.Fatal(err)
			}
			if ctx.Connection != "docker" || ctx.Steampipe.SDKVersion != "5.14.0" {
				t.Errorf("context %s", raw)
			}
			types := []string{}
			for _, call := range ctx.Diagnostics.Calls {
				types = append(types, call.Type)
				if call.Function == "" || call.Limiters == nil || call.Delay == nil {
					t.Errorf("a call lacks a field: %s", raw)
				}
				if want := (map[string]string{"connection": "docker", "function_name": call.Function, "table": "docker_container"}); !maps.Equal(call.Scope, want) {
					t.Errorf("scope %v, want %v", call.Scope, want)
				}
			}
			if !slices.Equal(types, []string{"list", "hydrate"}) {
				t.Errorf("calls %v, want a list and a hydrate", types)
			}
		})
	}
}

func TestMetadataCountsRowsAndHydrates(t *testing.T) {
	p := fleet(t)
	for _, c := range []struct {
		columns  []string
		hydrates int64
	}{{[]string{"id"}, 0}, {[]string{"id", "inspect"}, 10}} {
		last := map[string]*proto.QueryMetadata{}
		for _, row := range p.rows(scan{table: "docker_container", connection: "all", use: fleetNames, columns: c.columns}) {
			if before := last[row.Connection]; before != nil && (row.Metadata.RowsFetched < before.RowsFetched || row.Metadata.HydrateCalls < before.HydrateCalls) {
				t.Errorf("counts of %s go down", row.Connection)
			}
			last[row.Connection] = row.Metadata
		}
		for _, name := range fleetNames {
			if m := last[name]; m.GetRowsFetched() != 10 || m.GetHydrateCalls() != c.hydrates || m.GetCacheHit() {
				t.Errorf("columns %v of %s: %v, want 10 rows, %d hydrate calls, no cache", c.columns, name, m, c.hydrates)
			}
		}
	}
}

func TestContainersRemovedMeanwhileAreNoError(t *testing.T) {
	e := startEngine(t, "--containers", "20", "--vanish-every", "4")
	p := start(t, setup{configs: docker(e)})
	if rows := p.rows(scan{table: "docker_container", columns: []string{"id", "inspect"}}); len(rows) != 15 {
		t.Errorf("%d rows, want the 15 of containers that are still there", len(rows))
	}
}

func TestAnErrorOfTheEngineNamesTheConnection(t *testing.T) {
	e := startEngine(t, "--containers", "20", "--fail-every", "4")
	p := start(t, setup{configs: docker(e)})
	got := p.failure(scan{table: "docker_container", columns: []string{"id", "inspect"}})
	if !strings.HasPrefix(got, "docker: ") || !strings.Contains(got, "made to fail") {
		t.Errorf("message %q, want the connection and what the engine said", got)
	}
	if rows := p.rows(scan{table: "docker_container", columns: []string{"id"}}); len(rows) != 20 {
		t.Errorf("%d rows afterwards, want 20", len(rows))
	}
}

func TestEveryValueIsOfItsColumnsType(t *testing.T) {
	e := startEngine(t, "--containers", "2")
	p := start(t, setup{configs: docker(e)})
	for _, table := range []string{"docker_container", "docker_info", "docker_network"} {
		columns := p.schema("docker").Schema[table].GetColumns()
		kinds, names := map[string]proto.ColumnType{}, []string{}
		for _, column := range columns {
			kinds[column.Name] = column.Type
			names = append(names, column.Name)
		}
		rows := p.rows(scan{table: table, columns: names})
		if len(rows) == 0 {
			t.Errorf("%s: no rows", table)
		}
		for _, row := range rows {
			for name, value := range row.Row.Columns {
				if err := fits(value, kinds[name]); err != nil {
					t.Errorf("%s.%s: %v", table, name, err)
				}
			}
		}
	}
}

// fits says whether the FDW could print a value for PostgreSQL's input of the
// column's type.
func fits(value *proto.Column, kind proto.ColumnType) error {
	ok := false
	switch v := value.Value.(type) {
	case *proto.Column_NullValue:
		ok = true
	case *proto.Column_BoolValue:
		ok = kind == proto.ColumnType_BOOL
	case *proto.Column_IntValue:
		ok = kind == proto.ColumnType_INT
	case *proto.Column_DoubleValue:
		ok = kind == proto.ColumnType_DOUBLE
	case *proto.Column_StringValue:
		ok = kind == proto.ColumnType_STRING && !strings.Contains(v.StringValue, "\x00")
	case *proto.Column_JsonValue:
		ok = kind == proto.ColumnType_JSON && json.Valid(v.JsonValue)
	case *proto.Column_TimestampValue:
		ok = kind == proto.ColumnType_TIMESTAMP && v.TimestampValue.IsValid()
	case *proto.Column_IpAddrValue:
		ok = kind == proto.ColumnType_IPADDR
	case *proto.Column_CidrRangeValue:
		ok = kind == proto.ColumnType_CIDR || kind == proto.ColumnType_INET
	}
	if !ok {
		return fmt.Errorf("value %v does not fit a %s", value, kind)
	}
	return nil
}

func TestNetworksCarryTheContainersThatOnlyAnInspectTells(t *testing.T) {
	p := start(t, setup{configs: docker(startEngine(t))})
	members := 0
	rows := p.rows(scan{table: "docker_network", columns: []string{"id", "name", "containers"}})
	for _, row := range rows {
		var containers map[string]any
		if raw := row.Row.Columns["containers"].GetJsonValue(); raw != nil {
			if err := json.Unmarshal(raw, &containers); err != nil {
				t.Errorf("%s: %v", text(row, "name"), err)
			}
		}
		members += len(containers)
	}
	if len(rows) != 7 || members == 0 {
		t.Errorf("%d networks with %d containers, want 7 and some", len(rows), members)
	}
}

func TestTheCacheAnswersUntilItIsToldNotTo(t *testing.T) {
	e := startEngine(t, "--containers", "5")
	p := start(t, setup{configs: docker(e), cache: true})
	ask := func(what string, ttl int64, hit bool, columns ...string) {
		t.Helper()
		before := len(e.requests())
		rows := p.rows(scan{table: "docker_container", columns: columns, ttl: ttl})
		if len(rows) != 5 {
			t.Fatalf("%s: %d rows, want 5", what, len(rows))
		}
		last := rows[4].Metadata
		if asked := len(e.requests()) > before; last.CacheHit != hit || asked == hit {
			t.Errorf("%s: cache hit %v, want %v; the engine was asked: %v", what, last.CacheHit, hit, asked)
		}
		if hit && (last.HydrateCalls != 0 || last.RowsFetched != 5) {
			t.Errorf("%s: %v, want 5 rows and no hydrate calls", what, last)
		}
	}
	ask("the first time", 300, false, "id", "inspect")
	ask("the same again", 300, true, "id", "inspect")
	ask("fewer columns", 300, true, "id")
	ask("more columns", 300, false, "id", "image", "inspect")
	ask("without the cache", 0, false, "id")
	p.update(&proto.UpdateConnectionConfigsRequest{Changed: docker(e)})
	ask("after a change of the connection", 300, false, "id", "inspect")
	ask("once more", 300, true, "id", "inspect")
}

func TestAFailedScanIsNotCached(t *testing.T) {
	e := startEngine(t, "--containers", "6", "--fail-every", "5")
	p := start(t, setup{configs: docker(e), cache: true})
	s := scan{table: "docker_container", columns: []string{"inspect"}, ttl: 300}
	// every fifth inspect fails: of six each scan meets at least one
	for range 3 {
		p.failure(s)
	}
}

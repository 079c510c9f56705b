package main

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	googleproto "google.golang.org/protobuf/proto"
)

// goSchema is the schema of the plugin written in Go, as its GetSchema gives it.
type goSchema struct {
	Mode            string `json:"mode"`
	ProtocolVersion int64  `json:"protocol_version"`
	Tables          []struct {
		Name    string `json:"name"`
		Columns []struct {
			Name string `json:"name"`
			Type string `json:"type"`
		} `json:"columns"`
		GetKeyColumns  []goKeyColumn `json:"get_key_columns"`
		ListKeyColumns []goKeyColumn `json:"list_key_columns"`
	} `json:"tables"`
}

type goKeyColumn struct {
	Name      string   `json:"name"`
	Require   string   `json:"require"`
	Operators []string `json:"operators"`
}

var contextColumns = []string{"sp_connection_name", "sp_ctx", "_ctx"}

func TestSchemaHoldsEverythingOfTheGoPluginsSchema(t *testing.T) {
	raw, err := os.ReadFile("../parity/go-plugin-schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var want goSchema
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	got := start(t, setup{configs: []*proto.ConnectionConfig{connection("docker", "")}}).schema("docker")
	if got.Mode != want.Mode || got.ProtocolVersion != want.ProtocolVersion {
		t.Errorf("mode %q, protocol version %d, want %q, %d", got.Mode, got.ProtocolVersion, want.Mode, want.ProtocolVersion)
	}
	for _, table := range want.Tables {
		t.Run(table.Name, func(t *testing.T) {
			ours := got.Schema[table.Name]
			if ours == nil {
				t.Fatal("no such table")
			}
			at := -1
			for _, column := range table.Columns {
				i := slices.IndexFunc(ours.Columns, func(c *proto.ColumnDefinition) bool { return c.Name == column.Name })
				if i < 0 {
					t.Errorf("no column %s", column.Name)
					continue
				}
				if i < at {
					t.Errorf("column %s stands before one that it follows in the Go plugin", column.Name)
				}
				at = max(at, i)
				if kind := ours.Columns[i].Type.String(); kind != column.Type {
					t.Errorf("column %s is a %s, want %s", column.Name, kind, column.Type)
				}
			}
			checkKeyColumns(t, "get", ours.GetCallKeyColumnList, table.GetKeyColumns)
			checkKeyColumns(t, "list", ours.ListCallKeyColumnList, table.ListKeyColumns)
		})
	}
}

func checkKeyColumns(t *testing.T, call string, ours []*proto.KeyColumn, want []goKeyColumn) {
	t.Helper()
	for _, key := range want {
		i := slices.IndexFunc(ours, func(k *proto.KeyColumn) bool { return k.Name == key.Name })
		if i < 0 {
			t.Errorf("no %s key column %s", call, key.Name)
			continue
		}
		if ours[i].Require != key.Require {
			t.Errorf("%s key column %s is %s, want %s", call, key.Name, ours[i].Require, key.Require)
		}
		for _, operator := range key.Operators {
			if !slices.Contains(ours[i].Operators, operator) {
				t.Errorf("%s key column %s lacks the operator %s", call, key.Name, operator)
			}
		}
	}
}

func TestEveryTableIsOneThatTheHostAccepts(t *testing.T) {
	schema := start(t, setup{configs: []*proto.ConnectionConfig{connection("docker", "")}}).schema("docker")
	if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(schema.SdkVersion) {
		t.Errorf("SDK version %q", schema.SdkVersion)
	}
	name := regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	for table, s := range schema.Schema {
		t.Run(table, func(t *testing.T) {
			if !name.MatchString(table) {
				t.Error("name is not one to type in SQL")
			}
			checkDescription(t, "the table", s.Description)
			if s.GetCallKeyColumns != nil || s.ListCallKeyColumns != nil || s.ListCallOptionalKeyColumns != nil { //nolint:staticcheck // it must stay unset
				t.Error("a deprecated key column field is set")
			}
			own := len(s.Columns) - len(contextColumns)
			if own < 1 {
				t.Fatalf("only %d columns", len(s.Columns))
			}
			seen := map[string]bool{}
			for i, column := range s.Columns {
				if seen[column.Name] {
					t.Errorf("column %s is there twice", column.Name)
				}
				seen[column.Name] = true
				checkDescription(t, column.Name, column.Description)
				if _, known := proto.ColumnType_name[int32(column.Type)]; !known || column.Type == proto.ColumnType_UNKNOWN {
					t.Errorf("column %s is of no known type: the whole import would fail", column.Name)
				}
				if column.SortOrder != proto.SortOrder_None {
					t.Errorf("column %s promises an order", column.Name)
				}
				if i >= own {
					if column.Name != contextColumns[i-own] {
						t.Errorf("column %d is %s, want %s", i, column.Name, contextColumns[i-own])
					}
				} else if !name.MatchString(column.Name) || strings.HasPrefix(column.Name, "sp_") {
					t.Errorf("column %s is not a name to type in SQL, or one that the host drops", column.Name)
				}
			}
			for _, keys := range [][]*proto.KeyColumn{s.GetCallKeyColumnList, s.ListCallKeyColumnList} {
				checkKeys(t, keys, seen)
			}
		})
	}
}

func checkDescription(t *testing.T, of, description string) {
	t.Helper()
	if strings.TrimSpace(description) == "" || strings.Contains(description, "\x00") {
		t.Errorf("description of %s is %q", of, description)
	}
}

// A key column that is no column, or that is listed twice, makes the FDW panic
// on every query of the table.
func checkKeys(t *testing.T, keys []*proto.KeyColumn, columns map[string]bool) {
	t.Helper()
	seen := map[string]bool{}
	for _, key := range keys {
		if !columns[key.Name] || seen[key.Name] {
			t.Errorf("key column %s is no column, or there twice", key.Name)
		}
		seen[key.Name] = true
		if !slices.Contains([]string{"required", "optional", "any_of"}, key.Require) || len(key.Operators) == 0 {
			t.Errorf("key column %s: %v", key.Name, key)
		}
	}
	last := &proto.KeyColumn{}
	if len(keys) > 0 {
		last = keys[len(keys)-1]
	}
	want := &proto.KeyColumn{Name: "sp_connection_name", Operators: []string{"=", "<>", "~~", "~~*", "!~~", "!~~*"}, Require: "optional"}
	if !googleproto.Equal(last, want) {
		t.Errorf("last key column is %v, want %v", last, want)
	}
}

func TestSchemaIsTheSameForEveryConnectionAndEveryCall(t *testing.T) {
	p := start(t, setup{})
	p.configure(connection("a", ""), connection("b", "unknown = 1"), aggregator("all", "a", "b"))
	first := p.schema("a")
	for _, name := range []string{"a", "b", "all"} {
		if !googleproto.Equal(first, p.schema(name)) {
			t.Errorf("schema of %s differs", name)
		}
	}
	if other := start(t, setup{configs: []*proto.ConnectionConfig{connection("a", "")}}).schema("a"); !googleproto.Equal(first, other) {
		t.Error("schema of another process differs")
	}
}

func TestSchemaNeedsNoEngine(t *testing.T) {
	p := start(t, setup{configs: []*proto.ConnectionConfig{connection("docker", `host = "unix:///nowhere/docker.sock"`)}})
	if len(p.schema("docker").Schema) == 0 {
		t.Error("no tables")
	}
}

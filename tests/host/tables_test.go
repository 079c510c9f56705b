package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

// realEngines are the variables that name the sockets of real engines, and the
// tables that each of them has no endpoint for.
var realEngines = map[string][]string{
	"DOCKER_ICC_ON": nil,
	"DOCKER_SWARM":  nil,
	"DOCKER_PODMAN": {"docker_plugin"},
}

// emptyTables are those that the engines of the tests may have no row of: they
// build nothing, have no plugins, and their host need not set a variable.
// Recordings have rows of each.
var emptyTables = []string{"docker_build_cache", "docker_host_environment", "docker_plugin"}

func TestSelectAllFromEveryTableOnRealEngines(t *testing.T) {
	files := fmt.Sprintf("dockerfile_paths = [%q]\ndocker_compose_file_paths = [%q]\n",
		absolute(t, "../../cli/sample/Dockerfile"), absolute(t, "../../cli/sample/compose.yaml"))
	count := map[string]int{}
	for variable, without := range realEngines {
		url := os.Getenv(variable)
		if url == "" {
			t.Skipf("%s is not set: it names a real engine", variable)
		}
		p := start(t, setup{configs: []*proto.ConnectionConfig{
			connection("docker", fmt.Sprintf("host = %q\n", url)+files),
		}})
		schema := p.schema("docker").Schema
		for name, table := range schema {
			t.Run(variable+"/"+name, func(t *testing.T) {
				p.t = t
				s := scan{table: name, quals: required(table)}
				kinds := map[string]proto.ColumnType{}
				for _, column := range table.Columns {
					s.columns = append(s.columns, column.Name)
					kinds[column.Name] = column.Type
				}
				if slices.Contains(without, name) {
					if got := p.failure(s); !strings.HasPrefix(got, "docker: "+name+": ") {
						t.Errorf("message %q, want the connection and the table", got)
					}
					return
				}
				rows := p.rows(s)
				count[name] += len(rows)
				for _, row := range rows {
					for column, value := range row.Row.Columns {
						if err := fits(value, kinds[column]); err != nil {
							t.Errorf("%s: %v", column, err)
						}
					}
				}
			})
		}
		for name := range schema {
			count[name] += 0
		}
	}
	empty := []string{}
	for name, rows := range count {
		if rows == 0 && !slices.Contains(emptyTables, name) {
			empty = append(empty, name)
		}
	}
	sort.Strings(empty)
	if len(empty) > 0 {
		t.Errorf("tables without a row on any engine: %v", empty)
	}
}

// required are conditions for the key columns without which a table cannot be
// read: of the last day, if it is about time.
func required(table *proto.TableSchema) map[string]*proto.Quals {
	quals := map[string]*proto.Quals{}
	for _, key := range table.ListCallKeyColumnList {
		if key.Require == "required" {
			quals[key.Name] = where(key.Name, ">", time.Now().Add(-24*time.Hour))[key.Name]
		}
	}
	return quals
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

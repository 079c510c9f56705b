package main

import (
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"google.golang.org/grpc/status"
)

// hint is what may follow a problem in the SDK's words.
var hint = regexp.MustCompile(`(?m) \([^()\n]*\)$`)

func TestABadConfigFailsItsConnectionAndNoOther(t *testing.T) {
	const prefix = "failed to parse connection config for connection 'bad': "
	for _, c := range []struct{ name, config, want string }{
		{"an unknown attribute", `unknown = 1`, `Unsupported argument: An argument named "unknown" is not expected here.`},
		{"another case", `HOST = "x"`, `Unsupported argument: An argument named "HOST" is not expected here.`},
		{"a block", "blk {\n}\n", `Unsupported block type: Blocks of type "blk" are not expected here.`},
		{"a list for a text", `host = ["a"]`, `Unsuitable value type: Unsuitable value: string required`},
		{"a text for a bool", `tls_verify = "maybe"`, `Unsuitable value type: Unsuitable value: a bool is required`},
		{"a text for a list", `paths = "a"`, `Unsuitable value type: Unsuitable value: list of string required`},
		{"an object in a list", `paths = ["a", {}]`, `Unsuitable value type: Unsuitable value: element 1: string required`},
		{"two problems", "one = 1\ntwo = 2\n", "Unsupported argument: An argument named \"one\" is not expected here.\n" +
			"Unsupported argument: An argument named \"two\" is not expected here.\n"},
		{"the same problem twice", "blk {}\nblk {}\n", `Unsupported block type: Blocks of type "blk" are not expected here.`},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := startEngine(t, "--containers", "2")
			p := start(t, setup{})
			failed := p.configure(connection("bad", c.config), connection("docker", e.config()), aggregator("all", "docker", "bad"))
			if got := hint.ReplaceAllString(failed["bad"], ""); len(failed) != 1 || got != prefix+c.want {
				t.Errorf("failed connections %q, want only bad with %q", failed, prefix+c.want)
			}
			if len(p.schema("bad").Schema) != len(p.schema("docker").Schema) {
				t.Error("the schema of the failed connection differs: it would fail every refresh")
			}
			if got := p.failure(scan{table: "docker_container", connection: "bad"}); !strings.HasSuffix(got, failed["bad"]) || !strings.HasPrefix(got, "bad: ") && got != failed["bad"] {
				t.Errorf("query of it says %q, want %q", got, failed["bad"])
			}
			if got := p.failure(scan{table: "docker_container", connection: "all", use: []string{"docker", "bad"}}); !strings.Contains(got, failed["bad"]) {
				t.Errorf("query of the aggregator says %q, want %q", got, failed["bad"])
			}
			if rows := p.rows(scan{table: "docker_container"}); len(rows) != 2 {
				t.Errorf("%d rows of the good connection, want 2", len(rows))
			}
		})
	}
}

func TestASyntaxErrorFailsItsConnection(t *testing.T) {
	p := start(t, setup{})
	for _, config := range []string{"host = ", `host = "open`, "= 1", "host = \"a\"\nhost = \"b\"\n", `{"host": `} {
		got := p.configure(connection("bad", config))["bad"]
		if prefix := "failed to parse connection config for connection 'bad': "; len(got) <= len(prefix) || !strings.HasPrefix(got, prefix) {
			t.Errorf("%q: %q, want what is wrong after %q", config, got, prefix)
		}
	}
}

func TestConfigsThatTheCLIEmitsAreUnderstood(t *testing.T) {
	e := startEngine(t, "--containers", "2")
	socket := "unix://" + e.socket
	for _, c := range []struct{ name, config string }{
		{"one attribute", e.config()},
		{"aligned, with lists", "docker_compose_file_paths = [\"a\", \"b\"]\nhost                      = \"" + socket + "\"\npaths                     = []\n"},
		{"a comment", "# host = \"x\"\nhost = \"" + socket + "\" // this one\n"},
		{"escapes", `host = "\u0075nix://` + e.socket + `"`},
		{"a heredoc", "host = \"" + socket + "\"\npaths = [<<EOT\na\nEOT\n]\n"},
		{"null is unset", "cert_path = null\nhost = \"" + socket + "\"\npaths = null\n"},
		{"a text for a bool", "host = \"" + socket + "\"\ntls_verify = \"false\"\n"},
		{"numbers in a list of texts", "host = \"" + socket + "\"\npaths = [1, true]\n"},
		{"JSON", `{"host": "` + socket + `", "paths": ["a"]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := start(t, setup{configs: []*proto.ConnectionConfig{connection("docker", c.config)}})
			if rows := p.rows(scan{table: "docker_container"}); len(rows) != 2 {
				t.Errorf("%d rows, want 2", len(rows))
			}
		})
	}
}

func TestANumberIsAcceptedForATextAttribute(t *testing.T) {
	e := startEngine(t, "--containers", "1")
	p := start(t, setup{configs: []*proto.ConnectionConfig{connection("docker", e.config()+"api_version = 1.39\n")}})
	p.rows(scan{table: "docker_container"})
	asked := strings.Join(e.requests(), "\n")
	if !strings.Contains(asked, "/v1.39/containers/json") {
		t.Errorf("requests %s, want version 1.39 in their path", asked)
	}
}

func TestAnEmptyConfigIsNoFailure(t *testing.T) {
	p := start(t, setup{})
	failed := p.configure(
		connection("empty", ""), connection("space", " \n\t"), connection("comment", "# nothing\n"),
		aggregator("nobody"), // without children it cannot be told from a plain connection
	)
	if len(failed) > 0 {
		t.Errorf("failed connections %v", failed)
	}
}

func TestAConnectionWithoutANameIsReported(t *testing.T) {
	e := startEngine(t, "--containers", "2")
	p := start(t, setup{})
	failed := p.configure(connection("", ""), connection("docker", e.config()))
	want := map[string]string{"unknown": "upsertConnectionData failed - ConnectionConfig contained empty connection name"}
	if !maps.Equal(failed, want) {
		t.Errorf("failed connections %v, want %v", failed, want)
	}
	if rows := p.rows(scan{table: "docker_container"}); len(rows) != 2 {
		t.Errorf("%d rows of the good connection, want 2", len(rows))
	}
}

func TestAConfigThatTurnsBadNeverAsksTheFormerEngine(t *testing.T) {
	e := startEngine(t, "--containers", "2")
	p := start(t, setup{configs: docker(e), cache: true})
	query := scan{table: "docker_container", columns: []string{"id"}, ttl: 300}
	p.rows(query)
	p.update(&proto.UpdateConnectionConfigsRequest{Changed: []*proto.ConnectionConfig{connection("docker", "unknown = 1\n")}})
	before := len(e.requests())
	if got := p.failure(query); !strings.Contains(got, `An argument named "unknown" is not expected here.`) {
		t.Errorf("message %q, want what is wrong with the config", got)
	}
	if after := len(e.requests()); after != before {
		t.Errorf("the former engine was asked %v", e.requests()[before:])
	}
	if len(p.schema("docker").Schema) == 0 {
		t.Error("no schema while the config is bad")
	}
	p.update(&proto.UpdateConnectionConfigsRequest{Changed: docker(e)})
	if rows := p.rows(query); len(rows) != 2 {
		t.Errorf("%d rows after the config was mended, want 2", len(rows))
	}
}

func TestUpdatesDeleteThenAddThenChange(t *testing.T) {
	small, large := startEngine(t, "--containers", "2"), startEngine(t, "--containers", "5")
	count := func(p *running, connection string) int {
		t.Helper()
		return len(p.rows(scan{table: "docker_container", connection: connection}))
	}

	t.Run("a deleted connection is unknown", func(t *testing.T) {
		p := start(t, setup{configs: docker(small)})
		p.update(&proto.UpdateConnectionConfigsRequest{Deleted: docker(small)})
		want := "plugin execute failed - no connection data loaded for connection 'docker'"
		if got := p.failure(scan{table: "docker_container"}); got != want {
			t.Errorf("message %q, want %q", got, want)
		}
	})
	t.Run("deleted and added is added", func(t *testing.T) {
		p := start(t, setup{configs: docker(small)})
		p.update(&proto.UpdateConnectionConfigsRequest{Added: docker(large), Deleted: docker(small)})
		if n := count(p, "docker"); n != 5 {
			t.Errorf("%d rows, want the 5 of the added connection", n)
		}
	})
	t.Run("added and changed is changed", func(t *testing.T) {
		p := start(t, setup{configs: docker(small)})
		p.update(&proto.UpdateConnectionConfigsRequest{
			Changed: []*proto.ConnectionConfig{connection("new", large.config())},
			Added:   []*proto.ConnectionConfig{connection("new", small.config())},
		})
		if n := count(p, "new"); n != 5 {
			t.Errorf("%d rows, want the 5 of the changed connection", n)
		}
	})
	t.Run("a change takes the new engine", func(t *testing.T) {
		p := start(t, setup{configs: docker(small)})
		p.update(&proto.UpdateConnectionConfigsRequest{Changed: docker(large)})
		if n := count(p, "docker"); n != 5 {
			t.Errorf("%d rows, want 5", n)
		}
	})
	t.Run("a change of an unknown connection is no error of the call", func(t *testing.T) {
		p := start(t, setup{configs: docker(small)})
		response, err := p.stub.UpdateConnectionConfigs(&proto.UpdateConnectionConfigsRequest{Changed: []*proto.ConnectionConfig{connection("zz", "")}})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := response.FailedConnections["zz"], "no connection config found for changed connection zz"; got != want {
			t.Errorf("failed connections %v, want %q", response.FailedConnections, want)
		}
	})
	t.Run("an aggregator may come with its children", func(t *testing.T) {
		p := start(t, setup{configs: docker(small)})
		p.update(&proto.UpdateConnectionConfigsRequest{Added: []*proto.ConnectionConfig{
			aggregator("all", "docker", "docker_2"), connection("docker_2", large.config()),
		}})
		if rows := p.rows(scan{table: "docker_container", connection: "all", use: []string{"docker", "docker_2"}}); len(rows) != 7 {
			t.Errorf("%d rows, want 7", len(rows))
		}
		if len(p.schema("all").Schema) != len(p.schema("docker").Schema) {
			t.Error("the aggregator has another schema")
		}
	})
	t.Run("an added connection may be bad", func(t *testing.T) {
		p := start(t, setup{configs: docker(small)})
		p.update(&proto.UpdateConnectionConfigsRequest{Added: []*proto.ConnectionConfig{connection("bad", "unknown = 1")}})
		p.failure(scan{table: "docker_container", connection: "bad"})
		if n := count(p, "docker"); n != 2 {
			t.Errorf("%d rows of the other connection, want 2", n)
		}
	})
}

func TestSetConnectionConfigSetsOneConnection(t *testing.T) {
	e := startEngine(t, "--containers", "3")
	p := start(t, setup{})
	if _, err := p.stub.SetConnectionConfig(&proto.SetConnectionConfigRequest{ConnectionName: "docker", ConnectionConfig: e.config()}); err != nil {
		t.Fatal(err)
	}
	if rows := p.rows(scan{table: "docker_container"}); len(rows) != 3 {
		t.Errorf("%d rows, want 3", len(rows))
	}
}

func TestConnectionsDoNotShareSettings(t *testing.T) {
	small, large := startEngine(t, "--containers", "2"), startEngine(t, "--containers", "5")
	p := start(t, setup{
		env:     []string{"DOCKER_HOST=unix://" + large.socket},
		configs: []*proto.ConnectionConfig{connection("named", small.config()), connection("plain", "")},
	})
	for range 5 {
		for name, want := range map[string]int{"named": 2, "plain": 5} {
			if rows := p.rows(scan{table: "docker_container", connection: name}); len(rows) != want {
				t.Errorf("%s: %d rows, want %d", name, len(rows), want)
			}
		}
	}
}

func TestSchemaOfUnknownConnectionsIsAnError(t *testing.T) {
	e := startEngine(t)
	p := start(t, setup{configs: docker(e)})
	if len(p.schema("").Schema) == 0 {
		t.Error("no schema without a name, and there is only one connection")
	}
	p.configure(connection("docker", e.config()), connection("docker_2", e.config()))
	for name, want := range map[string]string{
		"zz": "Plugin.getSchema failed - no connection data loaded for connection 'zz'",
		"":   "Plugin.getSchema failed - no connection name passed and multiple connections loaded",
	} {
		_, err := p.stub.GetSchema(&proto.GetSchemaRequest{Connection: name})
		if got := status.Convert(err).Message(); err == nil || got != want {
			t.Errorf("%q: message %q, want %q", name, got, want)
		}
	}
	if asked := e.requests(); len(asked) > 0 {
		t.Errorf("a schema asked the engine %v", asked)
	}
}

package main

import (
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// mostThreads is what the plugin may have, however many connections there are.
const mostThreads = 40

// certificateFolder holds a ca.pem that no engine's certificate is made with.
func certificateFolder(t *testing.T) string {
	t.Helper()
	folder := shortTempDir(t)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate(t).Certificate[0]})
	if err := os.WriteFile(filepath.Join(folder, "ca.pem"), authority, 0o644); err != nil {
		t.Fatal(err)
	}
	return folder
}

// checkOf says what is wrong with the rows of a good connection: they must be
// of its own engine.
func (c *crowd) checkOf(name string, rows []*proto.ExecuteResponse) error {
	if len(rows) != crowdContainers {
		return fmt.Errorf("%d rows of %s, want %d", len(rows), name, crowdContainers)
	}
	for _, row := range rows {
		prefix := "fake-" + number(name) + "-"
		if name == "slow" {
			prefix = "fake-100-"
		}
		if got := text(row, "name"); !strings.HasPrefix(got, prefix) || len(row.Row.Columns["inspect"].GetJsonValue()) == 0 {
			return fmt.Errorf("row %q of %s, want one of its own engine, with its inspect", got, name)
		}
	}
	return nil
}

func TestGoodConnectionsDoNotWaitForBadOnes(t *testing.T) {
	c := startCrowd(t, nil)
	query := func(name string) scan {
		return scan{table: "docker_container", connection: name, columns: []string{"id", "name", "inspect"}}
	}
	most := c.threads()
	var bad, good sync.WaitGroup
	var waiting atomic.Int32
	for name, host := range c.bad {
		waiting.Add(1)
		bad.Go(func() {
			defer waiting.Add(-1)
			began := time.Now()
			rows, err := execute(c.stub, query(name).request())
			if name == "slow" { // three answers: ping, list, inspects
				if err := c.checkOf(name, rows); err != nil || time.Since(began) < 5*time.Second {
					t.Errorf("slow, after %v: %v", time.Since(began), err)
				}
				return
			}
			got := status.Convert(err)
			if got.Code() != codes.Unknown || !strings.HasPrefix(got.Message(), name+": ") || !strings.Contains(got.Message(), host) {
				t.Errorf("%s: %v, want an error that names it and %s", name, err, host)
			}
		})
	}
	for _, name := range c.good {
		good.Go(func() {
			began := time.Now()
			rows, err := execute(c.stub, query(name).request())
			if err == nil {
				err = c.checkOf(name, rows)
			}
			if took := time.Since(began); err != nil || took > 3*time.Second {
				t.Errorf("%s, after %v: %v", name, took, err)
			}
		})
	}
	good.Wait()
	if waiting.Load() == 0 {
		t.Error("the slow engine had answered before the good ones had: nothing was shown")
	}
	// and while it still waits, the good ones answer as ever
	for _, name := range c.good[:20] {
		began := time.Now()
		if err := c.checkOf(name, c.rows(query(name))); err != nil || time.Since(began) > time.Second {
			t.Errorf("%s once more, after %v: %v", name, time.Since(began), err)
		}
	}
	bad.Wait()
	if n := most(); n > mostThreads {
		t.Errorf("%d threads at most, want %d or fewer: connections cost threads", n, mostThreads)
	}
}

func TestAnAggregatorTellsWhichConnectionsFailedAndWhy(t *testing.T) {
	c := startCrowd(t, map[string]string{"slow": "timeout = 1\n"})
	began := time.Now()
	most := c.threads()
	got := c.failure(scan{table: "docker_container", connection: "all", use: c.everybody(), columns: []string{"id"}})
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	lines := strings.Split(strings.TrimPrefix(got, "\n\t"), "\n\t")
	if len(lines) != len(c.bad) {
		t.Errorf("%d errors, want %d: %q", len(lines), len(c.bad), got)
	}
	for name, host := range c.bad {
		told := ""
		for _, line := range lines {
			if strings.HasPrefix(line, name+": ") {
				told = line
			}
		}
		if !strings.Contains(told, host) {
			t.Errorf("%s: %q, want why %s failed", name, told, host)
		}
	}
	if n := most(); n > mostThreads {
		t.Errorf("%d threads at most, want %d or fewer", n, mostThreads)
	}
}

func TestAnEngineThatIsAwayMayBeIgnored(t *testing.T) {
	const option = "ignore_unreachable = true\n"
	c := startCrowd(t, map[string]string{"dead": option, "garbage": option})
	query := scan{table: "docker_container", connection: "dead", columns: []string{"id", "name", "inspect"}}
	if rows := c.rows(query); len(rows) != 0 {
		t.Errorf("%d rows of an engine that is away, want none", len(rows))
	}
	eventually(t, 5*time.Second, "a warning names the connection", func() bool {
		for line := range strings.Lines(c.log.String()) {
			if strings.Contains(line, "[WARN]") && strings.Contains(line, "dead") {
				return true
			}
		}
		return false
	})
	query.connection = "garbage"
	if got := c.failure(query); !strings.HasPrefix(got, "garbage: ") {
		t.Errorf("message %q: an engine that answers nonsense is not away", got)
	}
	query.connection, query.use = "all", append([]string{"dead"}, c.good...)
	of := map[string][]*proto.ExecuteResponse{}
	for _, row := range c.rows(query) {
		of[row.Connection] = append(of[row.Connection], row)
	}
	for _, name := range c.good {
		if err := c.checkOf(name, of[name]); err != nil {
			t.Error(err)
		}
	}
	if len(of) != len(c.good) {
		t.Errorf("rows of %d connections, want %d", len(of), len(c.good))
	}
}

func TestConnectionsMayChangeWhileQueriesRun(t *testing.T) {
	const engines, containers = 4, 20
	hosts := startEngines(t, engines, "--containers", "20", "--latency-ms", "1")
	var configs []*proto.ConnectionConfig
	var names []string
	for k, host := range hosts {
		names = append(names, fmt.Sprintf("docker_%d", k+1))
		configs = append(configs, connection(names[k], hostConfig(host)))
	}
	p := start(t, setup{configs: append(configs, aggregator("all", names...)), cache: true})
	ends := time.Now().Add(3 * time.Second)
	var queries, updates atomic.Int32
	var wg sync.WaitGroup
	for k := range 16 {
		wg.Go(func() {
			for n := 0; time.Now().Before(ends); n++ {
				s := scan{table: "docker_container", connection: names[(k+n)%engines], columns: []string{"id", "inspect"}, ttl: int64(n%2) * 300}
				want := containers
				if n%5 == 0 {
					s.connection, s.use, want = "all", names, engines*containers
				}
				rows, err := execute(p.stub, s.request())
				if err != nil || len(rows) != want {
					t.Errorf("%s: %d rows, want %d; %v", s.connection, len(rows), want, err)
					return
				}
				queries.Add(1)
			}
		})
	}
	for n := 0; time.Now().Before(ends); n++ {
		spare := connection("spare", hostConfig(hosts[0]))
		request := &proto.UpdateConnectionConfigsRequest{
			Changed: []*proto.ConnectionConfig{connection(names[n%engines], hostConfig(hosts[n%engines]))},
		}
		if n%2 == 0 {
			request.Added = append(request.Added, spare)
		} else {
			request.Deleted = append(request.Deleted, spare)
		}
		p.update(request)
		updates.Add(1)
		time.Sleep(2 * time.Millisecond)
	}
	wg.Wait()
	t.Logf("%d queries and %d updates", queries.Load(), updates.Load())
	if queries.Load() < 50 || updates.Load() < 50 {
		t.Errorf("%d queries and %d updates: too few to show anything", queries.Load(), updates.Load())
	}
}

func TestConnectionsCostNoThreads(t *testing.T) {
	hosts := startEngines(t, 100, "--containers", "1")
	threads := map[int]int64{}
	for _, count := range []int{1, len(hosts)} {
		var configs []*proto.ConnectionConfig
		for k := range count {
			configs = append(configs, connection(fmt.Sprintf("docker_%d", k+1), hostConfig(hosts[k])))
		}
		p := start(t, setup{configs: configs})
		for k := range count {
			p.rows(scan{table: "docker_container", connection: fmt.Sprintf("docker_%d", k+1)})
		}
		usage, err := readProc(p.cmd.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		threads[count] = usage.Threads
	}
	if more := threads[len(hosts)] - threads[1]; more > 2 {
		t.Errorf("threads %v by number of connections, want no more for more of them", threads)
	}
}

package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"benches/driver"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	goodEngines = 10
	containers  = 100 // of each engine
	networks    = 7   // as the fake engine has them
	cacheTime   = 20 * time.Second
)

func goodName(k int) string { return fmt.Sprintf("docker_%d", k) }

// prepare starts ten good engines, a dead one and one that sends garbage, and
// a plugin with a connection to each and two aggregators.
func prepare(o options) (_ *soak, err error) {
	s := &soak{samples: map[string][]sample{}}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	s.engines, err = driver.StartEngines(o.engine, driver.EngineOptions{
		Count: goodEngines + 2, Containers: containers, Latency: time.Millisecond,
		Bad: fmt.Sprintf("%d=dead,%d=garbage", goodEngines+1, goodEngines+2),
	})
	if err != nil {
		return nil, err
	}
	var configs []*proto.ConnectionConfig
	good := []string{}
	for k := 1; k <= goodEngines; k++ {
		good = append(good, goodName(k))
		configs = append(configs, driver.Connection(goodName(k), driver.Host(s.engines.Hosts[k-1])))
	}
	configs = append(configs,
		driver.Connection("dead", driver.Host(s.engines.Hosts[goodEngines])),
		driver.Connection("garbage", driver.Host(s.engines.Hosts[goodEngines+1])),
		driver.Aggregator("all", good...),
		driver.Aggregator("some", "dead", good[0], good[1]),
	)
	if s.plugin, err = driver.Start(o.plugin, driver.Options{Configs: configs, Cache: true}); err != nil {
		return nil, err
	}
	session, err := s.plugin.Open(good[0])
	if err != nil {
		return nil, err
	}
	defer session.Close()
	keys, err := collectKeys(session)
	if err != nil {
		return nil, err
	}
	s.kinds = kinds(good, keys)
	return s, nil
}

func (s *soak) close() {
	if s.plugin != nil {
		s.plugin.Stop()
	}
	if s.engines != nil {
		s.engines.Stop()
	}
}

// keys are what can be asked for one by one.
type keys struct {
	containers []string // of docker_1
	networks   []string // of every engine
}

func collectKeys(session *driver.Session) (k keys, err error) {
	ids := func(table string, want int) (ids []string, err error) {
		_, err = session.Run(driver.Query{Table: table, Connection: goodName(1), Columns: []string{"id"}}, func(row *proto.Row) {
			ids = append(ids, row.Columns["id"].GetStringValue())
		})
		if err == nil && len(ids) != want {
			err = fmt.Errorf("%d rows of %s, want %d", len(ids), table, want)
		}
		return ids, err
	}
	if k.containers, err = ids("docker_container", containers); err == nil {
		k.networks, err = ids("docker_network", networks)
	}
	return k, err
}

// kind is a kind of query, and how often it is asked. One that may come from
// the cache is either quick or as long as the scan takes: its slowest are held
// against the median of the kind that it is like.
type kind struct {
	name   string
	like   string
	weight int
	run    func(*driver.Session, *rand.Rand) (driver.Result, error)
}

func kinds(good []string, keys keys) []kind {
	list, inspect := []string{"id", "names", "image"}, []string{"id", "names", "inspect"}
	pick := func(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }
	// on asks one good connection and counts the rows
	on := func(q driver.Query, rows int) func(*driver.Session, *rand.Rand) (driver.Result, error) {
		return func(s *driver.Session, r *rand.Rand) (driver.Result, error) {
			q := q
			q.Connection = pick(r, good)
			return counted(s, q, rows)
		}
	}
	all := func(q driver.Query) func(*driver.Session, *rand.Rand) (driver.Result, error) {
		return func(s *driver.Session, _ *rand.Rand) (driver.Result, error) {
			q := q
			q.Connection, q.Use = "all", good
			return counted(s, q, containers)
		}
	}
	container := driver.Query{Table: "docker_container"}
	with := func(change func(*driver.Query)) driver.Query {
		q := container
		change(&q)
		return q
	}
	return []kind{
		{"list", "", 20, on(with(func(q *driver.Query) { q.Columns = list }), containers)},
		{"list, cached", "list", 15, on(with(func(q *driver.Query) { q.Columns, q.TTL = list, cacheTime }), containers)},
		{"with inspect", "", 8, on(with(func(q *driver.Query) { q.Columns = inspect }), containers)},
		{"with inspect, cached", "with inspect", 8, on(with(func(q *driver.Query) { q.Columns, q.TTL = inspect, cacheTime }), containers)},
		{"with inspect, limit 10", "", 8, on(with(func(q *driver.Query) { q.Columns, q.Limit = inspect, 10 }), 10)},
		{"with inspect, left after 5 rows", "", 8, on(with(func(q *driver.Query) { q.Columns, q.Cancel = inspect, 5 }), 5)},
		{"the same, cached", "with inspect, left after 5 rows", 4, on(with(func(q *driver.Query) { q.Columns, q.Cancel, q.TTL = []string{"id", "config"}, 5, cacheTime }), 5)},
		{"count", "", 5, on(container, containers)},
		{"docker_info", "", 10, on(driver.Query{Table: "docker_info", Columns: []string{"id", "name", "containers", "server_version"}}, 1)},
		{"one container", "", 10, func(s *driver.Session, r *rand.Rand) (driver.Result, error) {
			q := with(func(q *driver.Query) {
				q.Connection, q.Columns, q.Quals = goodName(1), list, driver.Equals("id", pick(r, keys.containers))
			})
			return counted(s, q, 1)
		}},
		// as the inner side of a join: a get for each outer row
		{"one network", "", 10, func(s *driver.Session, r *rand.Rand) (driver.Result, error) {
			columns := []string{"id", "name", "containers"}
			q := driver.Query{Table: "docker_network", Connection: pick(r, good), Columns: columns, Quals: driver.Equals("id", pick(r, keys.networks))}
			return counted(s, q, 1)
		}},
		{"one network, cached", "one network", 10, func(s *driver.Session, r *rand.Rand) (driver.Result, error) {
			columns := []string{"id", "name", "containers"}
			q := driver.Query{Table: "docker_network", Connection: pick(r, good), Columns: columns, Quals: driver.Equals("id", pick(r, keys.networks)), TTL: cacheTime}
			return counted(s, q, 1)
		}},
		{"all connections", "", 3, all(with(func(q *driver.Query) { q.Columns = list }))},
		{"all connections, cached", "all connections", 3, all(with(func(q *driver.Query) { q.Columns, q.TTL = list, cacheTime }))},
		{"a dead engine", "", 3, failing(driver.Query{Table: "docker_info", Connection: "dead", Columns: []string{"id"}}, "dead: ")},
		{"a dead engine, cached", "", 2, failing(driver.Query{Table: "docker_info", Connection: "dead", Columns: []string{"id"}, TTL: cacheTime}, "dead: ")},
		{"an engine that sends garbage", "", 2, failing(driver.Query{Table: "docker_info", Connection: "garbage", Columns: []string{"id"}}, "garbage: ")},
		{"several connections, one dead", "", 2, failing(driver.Query{
			Table: "docker_container", Connection: "some", Use: []string{"dead", good[0], good[1]}, Columns: list,
		}, "dead: ")},
	}
}

// counted runs a query that must succeed with so many rows of each connection.
func counted(s *driver.Session, q driver.Query, rows int) (driver.Result, error) {
	result, err := s.Run(q, nil)
	if err != nil {
		return result, err
	}
	use := q.Use
	if use == nil {
		use = []string{q.Connection}
	}
	for _, name := range use {
		if result.Of[name] != rows {
			return result, fmt.Errorf("%d rows of %s, want %d", result.Of[name], name, rows)
		}
	}
	if result.Rows != rows*len(use) {
		return result, fmt.Errorf("%d rows, want %d", result.Rows, rows*len(use))
	}
	return result, nil
}

// failing runs a query that must fail, and say whose fault it is.
func failing(q driver.Query, want string) func(*driver.Session, *rand.Rand) (driver.Result, error) {
	return func(s *driver.Session, _ *rand.Rand) (driver.Result, error) {
		result, err := s.Run(q, nil)
		switch {
		case err == nil:
			return result, fmt.Errorf("no error, and %d rows", result.Rows)
		case status.Code(err) != codes.Unknown || !strings.Contains(status.Convert(err).Message(), want):
			return result, fmt.Errorf("another error than one with %q: %w", want, err)
		}
		return result, nil
	}
}

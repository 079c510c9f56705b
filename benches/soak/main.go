// Command soak runs many sessions at once against one plugin for some minutes
// and fails if a query goes wrong, a row is lost, memory or open files grow, or
// some queries take much longer than others of their kind. `benches/run soak`
// builds what it needs and starts it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"benches/driver"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

type options struct {
	plugin   string
	engine   string
	sessions int
	duration time.Duration
	warmUp   time.Duration
}

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var o options
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.StringVar(&o.engine, "engine", "", "the program fake-engine")
	flags.IntVar(&o.sessions, "sessions", 100, "how many sessions run at once")
	flags.DurationVar(&o.duration, "duration", 5*time.Minute, "how long")
	flags.DurationVar(&o.warmUp, "warm-up", 30*time.Second, "how long at least before that, under the same load and not counted: pools and buffers fill")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if words := flags.Args(); len(words) > 0 { // flags may follow the plugin
		o.plugin = words[0]
		if err := flags.Parse(words[1:]); err != nil {
			return err
		}
	}
	if o.plugin == "" || o.engine == "" || flags.NArg() > 0 {
		return errors.New("usage: soak --engine FAKE_ENGINE PLUGIN [--sessions N] [--duration 5m] [--warm-up 30s]")
	}
	s, err := prepare(o)
	if err != nil {
		return err
	}
	defer s.close()
	return s.soak(o)
}

// soak is a plugin under load.
type soak struct {
	engines *driver.Engines
	plugin  *driver.Plugin
	kinds   []kind
	began   time.Time
	warm    time.Duration // after the beginning: what comes later counts
	over    chan struct{} // closed at the end

	mutex   sync.Mutex
	samples map[string][]sample
	failed  []string // the first few problems
	count   int      // of all problems
}

// sample is one query that went as it should.
type sample struct {
	at   time.Duration // since the beginning
	took time.Duration
	rows int
}

// soak runs the sessions, a manager who changes connections meanwhile, and a
// watch on the process, and judges.
func (s *soak) soak(o options) error {
	s.began = time.Now()
	s.over = make(chan struct{})
	var all sync.WaitGroup
	for k := range o.sessions {
		all.Go(func() { s.session(rand.New(rand.NewPCG(uint64(k), 1))) })
	}
	all.Go(s.manage)
	usages := s.watch(o)
	close(s.over)
	all.Wait()
	return s.report(o, usages)
}

func (s *soak) goesOn() bool {
	select {
	case <-s.over:
		return false
	default:
		return !s.plugin.Gone()
	}
}

// session is one user: query after query, over a new connection now and then.
func (s *soak) session(random *rand.Rand) {
	var session *driver.Session
	for n := 0; s.goesOn(); n++ {
		if n%50 == 0 {
			if session != nil {
				session.Close()
			}
			var err error
			if session, err = s.plugin.Open(goodName(1)); err != nil {
				s.problem("opening a session", err)
				return
			}
		}
		kind := s.choose(random)
		result, err := kind.run(session, random)
		if err != nil {
			s.problem(kind.name, err)
			continue
		}
		s.mutex.Lock()
		s.samples[kind.name] = append(s.samples[kind.name], sample{time.Since(s.began), result.Took, result.Rows})
		s.mutex.Unlock()
	}
	if session != nil {
		session.Close()
	}
}

func (s *soak) choose(random *rand.Rand) kind {
	total := 0
	for _, kind := range s.kinds {
		total += kind.weight
	}
	n := random.IntN(total)
	for _, kind := range s.kinds {
		if n -= kind.weight; n < 0 {
			return kind
		}
	}
	return s.kinds[0]
}

// manage does what Steampipe's plugin manager does when somebody edits
// connections: no query may fail for it.
func (s *soak) manage() {
	for n := 0; s.goesOn(); n++ {
		time.Sleep(time.Second)
		request := &proto.UpdateConnectionConfigsRequest{}
		spare := driver.Connection("spare", driver.Host(s.engines.Hosts[0]))
		switch n % 3 {
		case 0:
			request.Added = append(request.Added, spare)
		case 1:
			k := n/3%goodEngines + 1
			request.Changed = append(request.Changed, driver.Connection(goodName(k), driver.Host(s.engines.Hosts[k-1])))
		case 2:
			request.Deleted = append(request.Deleted, spare)
		}
		if err := s.plugin.Update(request); err != nil {
			s.problem("changing connections", err)
		}
	}
}

func (s *soak) problem(what string, err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.count++
	if len(s.failed) < 10 {
		s.failed = append(s.failed, fmt.Sprintf("%s: %v", what, err))
	}
}

// watch reads what the process uses each second, until the end. The warm-up
// takes its time, and as long as it takes every session to ask some queries: a
// slow machine fills pools and buffers as full as a fast one, only later.
func (s *soak) watch(o options) (usages []driver.Usage) {
	const each = 30 // queries of a session
	for {
		time.Sleep(time.Second)
		usage, err := s.plugin.Usage()
		if err != nil {
			s.problem("watching the process", err)
			return usages
		}
		now := time.Since(s.began)
		switch {
		case s.warm == 0 && now < o.warmUp, s.warm == 0 && s.answered() < each*o.sessions && now < 4*o.warmUp:
			continue
		case s.warm == 0:
			s.warm = now
		case now > s.warm+o.duration:
			return usages
		}
		usages = append(usages, usage)
	}
}

func (s *soak) answered() (n int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, samples := range s.samples {
		n += len(samples)
	}
	return n + s.count
}

package main

import (
	"fmt"
	"strings"
	"time"

	"benches/driver"
)

// judgeCache looks at a scan that is stored, and at one that is answered from
// the store.
func (b *bench) judgeCache() error {
	return b.withEngines(driver.EngineOptions{Containers: many}, func(e *driver.Engines) error {
		q := driver.Query{Table: "docker_container", Columns: withInspect.columns, TTL: 5 * time.Minute}
		o := driver.Options{Cache: true}
		first, err := b.scan(b.plugins[0], e, q, "", o, 1, many, true)
		if err != nil {
			return err
		}
		if err := e.Forget(0); err != nil {
			return err
		}
		both, err := b.scan(b.plugins[0], e, q, "", o, 2, many, true)
		if err != nil {
			return err
		}
		counts, err := e.Counts(0)
		if err != nil {
			return err
		}
		most := first.bytes + 40e6
		b.judge(goal{
			what: "10,000 containers with inspect, cache on: peak memory", goal: "≤ stored bytes + 40 MB",
			figure: fmt.Sprintf("%.1f MB (rows %.1f MB, so %+.1f MB)", float64(first.peak)/1e6, float64(first.bytes)/1e6, float64(first.peak-first.bytes)/1e6),
			met:    first.peak <= most, group: "cache",
		})
		b.judge(goal{
			what: "the same, a second time: from the cache", goal: "no call to the engine",
			figure: fmt.Sprintf("%.0f ms instead of %.0f ms, %d calls in both together", ms(both.second), ms(first.took), counts.Requests),
			met:    counts.Inspects == many && counts.Lists == 1, group: "cache",
		})
		return nil
	})
}

// judgeBudget stores more than the soft memory limit allows.
func (b *bench) judgeBudget() error {
	const budget, connections = 200 << 20, 8
	return b.withEngines(driver.EngineOptions{Containers: many}, func(e *driver.Engines) error {
		p, err := b.start(b.plugins[0], e, connections, "", driver.Options{Cache: true, Env: []string{fmt.Sprintf("GOMEMLIMIT=%d", budget)}})
		if err != nil {
			return err
		}
		defer p.Stop()
		rows, bytes := 0, int64(0)
		for range 2 {
			for k := range connections {
				r, err := p.RunRaw(driver.Query{Table: "docker_container", Connection: name(k), Columns: withInspect.columns, TTL: 5 * time.Minute})
				if err != nil {
					return err
				}
				rows, bytes = rows+r.Rows, bytes+r.Bytes
			}
		}
		if want := 2 * connections * many; rows != want {
			return fmt.Errorf("%d rows, want %d", rows, want)
		}
		usage, err := p.Usage()
		if err != nil {
			return err
		}
		b.judge(goal{
			what: "`GOMEMLIMIT=200MiB`, cache on, results larger than that", goal: "peak memory below it, all rows",
			figure: fmt.Sprintf("%.1f MiB, %d rows of %.0f MiB", mib(usage.Peak), rows, mib(bytes)), met: usage.Peak < budget, group: "budget",
		})
		return nil
	})
}

// judgeMany reads two hundred connections at once through an aggregator.
func (b *bench) judgeMany() error {
	const connections, containers = 200, 10
	return b.withEngines(driver.EngineOptions{Count: connections, Containers: containers}, func(e *driver.Engines) error {
		use := []string{}
		for k := range connections {
			use = append(use, name(k))
		}
		all := driver.Aggregator("all", use...)
		o := driver.Options{}
		o.Configs = append(o.Configs, all)
		p, err := b.start(b.plugins[0], e, connections, "", o)
		if err != nil {
			return err
		}
		defer p.Stop()
		session, err := p.Open("all")
		if err != nil {
			return err
		}
		defer session.Close()
		before, err := p.Usage()
		if err != nil {
			return err
		}
		took, threads := []string{}, 0
		for range 3 {
			r, err := session.Run(driver.Query{Table: "docker_container", Connection: "all", Use: use, Columns: listOnly.columns}, nil)
			if err != nil {
				return err
			}
			if want := connections * containers; r.Rows != want {
				return fmt.Errorf("%d rows, want %d", r.Rows, want)
			}
			usage, err := p.Usage()
			if err != nil {
				return err
			}
			took, threads = append(took, number(ms(r.Took))), max(threads, usage.Threads)
		}
		b.judge(goal{
			what: "200 connections at once through an aggregator", goal: "no thread a connection",
			figure: fmt.Sprintf("%s ms; %d threads, %d before", strings.Join(took, ", "), threads, before.Threads),
			met:    threads <= before.Threads+32, group: "many",
		})
		return nil
	})
}

// judgeIdle compares plugins with one connection and with a thousand more,
// each queried once and then left alone until its sockets are closed.
func (b *bench) judgeIdle() error {
	const more = 1000
	return b.withEngines(driver.EngineOptions{Containers: 1}, func(e *driver.Engines) error {
		var plugins []*driver.Plugin
		for _, connections := range []int{1, 1 + more} {
			p, err := b.start(b.plugins[0], e, connections, "", driver.Options{})
			if err != nil {
				return err
			}
			defer p.Stop()
			plugins = append(plugins, p)
			session, err := p.Open(name(0))
			if err != nil {
				return err
			}
			defer session.Close()
			for k := range connections {
				r, err := session.Run(driver.Query{Table: "docker_container", Connection: name(k), Columns: []string{anyColumn}}, nil)
				if err != nil {
					return fmt.Errorf("connection %s: %w", name(k), err)
				}
				if r.Rows != 1 {
					return fmt.Errorf("%d rows of %s, want 1", r.Rows, name(k))
				}
			}
		}
		time.Sleep(35 * time.Second)
		var usages []driver.Usage
		for _, p := range plugins {
			usage, err := p.Usage()
			if err != nil {
				return err
			}
			usages = append(usages, usage)
		}
		each := float64(usages[1].RSS-usages[0].RSS) / 1024 / more
		b.judge(goal{
			what: "memory of an idle connection", goal: "≤ 40 KiB",
			figure: fmt.Sprintf("%.1f KiB (1,001 connections: %.1f MiB, %d files; one: %.1f MiB, %d files)",
				each, mib(usages[1].RSS), usages[1].Files, mib(usages[0].RSS), usages[0].Files),
			met: each <= 40, group: "idle",
		})
		return nil
	})
}

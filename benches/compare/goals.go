package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"benches/driver"
)

const many = 10_000 // containers

// peer is what a scan of the Go plugin takes.
type peer struct {
	rows      float64 // a second
	rowsAtLag float64 // a second, 1,000 containers and an engine latency of 5 ms
	cpu       float64 // µs a row
	peak      float64 // MiB
	of        string
}

// recorded is the Go plugin as it was measured on another day, with the same
// kind of host and the same engine: docker e9062c7 with SDK 5.14.0.
var recorded = peer{rows: 2231, rowsAtLag: 2226, cpu: 673, peak: 191, of: "the Go plugin's, of another day"}

// judgeList compares a scan of the list call alone with a bare HTTP client
// that fetches and parses the same body.
func (b *bench) judgeList() error {
	return b.withEngines(driver.EngineOptions{Containers: many}, func(e *driver.Engines) error {
		q := driver.Query{Table: "docker_container", Columns: listOnly.columns}
		var bare, ours, decoded, bareCPU, oursCPU []time.Duration
		var peak int64
		for range 3 { // by turns, so that both meet the same machine
			times, cpu, err := b.bare(e)
			if err != nil {
				return err
			}
			bare, bareCPU = append(bare, times...), append(bareCPU, cpu)
			for _, raw := range []bool{true, false} {
				f, err := b.scan(b.plugins[0], e, q, "", driver.Options{}, 5, many, raw)
				if err != nil {
					return err
				}
				if peak = max(peak, f.peak); raw {
					ours, oursCPU = append(ours, f.took), append(oursCPU, f.cpu)
				} else {
					decoded = append(decoded, f.took)
				}
			}
		}
		counts, err := e.Counts(0)
		if err != nil {
			return err
		}
		least, took := median(bare), median(ours)
		ratio := took.Seconds() / least.Seconds()
		b.judge(goal{
			what: "10,000 containers, columns of the list call only: time", goal: "≤ 1.3× a bare client",
			figure: fmt.Sprintf("%.2f× (%.0f ms, bare %.0f ms; %.0f ms with a host that decodes the rows; processor %.2f×)", ratio, ms(took), ms(least),
				ms(median(decoded)), median(oursCPU).Seconds()/median(bareCPU).Seconds()),
			met: ratio <= 1.3, group: "list",
		})
		size := float64(peak) / float64(counts.ListBytes)
		b.judge(goal{
			what: "the same: peak memory", goal: "≤ 3× the body",
			figure: fmt.Sprintf("%.2f× (%.1f MB, body %.1f MB)", size, float64(peak)/1e6, float64(counts.ListBytes)/1e6),
			met:    size <= 3, group: "list",
		})
		return nil
	})
}

// bare runs the bare client five times: its times, and its processor time a
// run.
func (b *bench) bare(e *driver.Engines) (times []time.Duration, cpu time.Duration, err error) {
	const runs = 5
	cmd := exec.Command(filepath.Join(b.tools, "bare"), strings.TrimPrefix(e.Hosts[0], "unix://"), strconv.Itoa(runs))
	out, err := cmd.Output()
	if err != nil {
		return nil, 0, fmt.Errorf("bare: %w", err)
	}
	var report struct {
		Containers   int
		Milliseconds []float64
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return nil, 0, fmt.Errorf("bare said %q: %w", out, err)
	}
	if report.Containers != many {
		return nil, 0, fmt.Errorf("bare saw %d containers, want %d", report.Containers, many)
	}
	for _, n := range report.Milliseconds {
		times = append(times, time.Duration(n*float64(time.Millisecond)))
	}
	return times, (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()) / runs, nil
}

// judgeInspect compares scans with an inspect of each container with the Go
// plugin, in the same run if it is the one to measure against.
func (b *bench) judgeInspect() error {
	scan := func(plugin string, containers int, latency time.Duration, config string) (f figures, err error) {
		err = b.withEngines(driver.EngineOptions{Containers: containers, Latency: latency}, func(e *driver.Engines) error {
			runs := 7
			if containers == many {
				runs = 3
			}
			f, err = b.scan(plugin, e, driver.Query{Table: "docker_container", Columns: withInspect.columns}, config, driver.Options{}, runs, containers, false)
			return err
		})
		return f, err
	}
	const lag = 5 * time.Millisecond
	whole, err := scan(b.plugins[0], many, 0, "")
	if err != nil {
		return err
	}
	lagging, err := scan(b.plugins[0], 1000, lag, "")
	if err != nil {
		return err
	}
	wide, err := scan(b.plugins[0], 1000, lag, "max_concurrency = 256\n")
	if err != nil {
		return err
	}
	other := recorded
	if len(b.plugins) > 1 {
		theirs, err := scan(b.plugins[1], many, 0, "")
		if err != nil {
			return err
		}
		atLag, err := scan(b.plugins[1], 1000, lag, "")
		if err != nil {
			return err
		}
		other = peer{rows: theirs.perSecond(), rowsAtLag: atLag.perSecond(), cpu: theirs.cpuPerRow(), peak: mib(theirs.peak), of: filepath.Base(b.plugins[1]) + "'s"}
	}
	speed := func(what string, f figures, theirs, least float64) {
		b.judge(goal{
			what: what, goal: fmt.Sprintf("≥ %.0f× the Go plugin's", least),
			figure: fmt.Sprintf("%.1f× (%.0f, %s %.0f)", f.perSecond()/theirs, f.perSecond(), other.of, theirs),
			met:    f.perSecond() >= least*theirs, group: "inspect",
		})
	}
	speed("10,000 containers with inspect, engine latency 0: rows/s", whole, other.rows, 7)
	speed("1,000 containers with inspect, engine latency 5 ms: rows/s", lagging, other.rowsAtLag, 3)
	speed("the same with max_concurrency = 256", wide, other.rowsAtLag, 4)
	b.judge(goal{
		what: "10,000 containers with inspect: processor a row", goal: "≤ 1/15 of the Go plugin's",
		figure: fmt.Sprintf("1/%.0f (%.1f µs, %s %.0f µs)", other.cpu/whole.cpuPerRow(), whole.cpuPerRow(), other.of, other.cpu),
		met:    whole.cpuPerRow() <= other.cpu/15, group: "inspect",
	})
	b.judge(goal{
		what: "the same, cache off: peak memory", goal: "≤ 1/5 of the Go plugin's",
		figure: fmt.Sprintf("1/%.1f (%.1f MiB, %s %.0f MiB)", other.peak/mib(whole.peak), mib(whole.peak), other.of, other.peak),
		met:    mib(whole.peak) <= other.peak/5, group: "inspect",
	})
	return nil
}

// judgeLimit counts what the engine is asked for ten rows of ten thousand.
func (b *bench) judgeLimit() error {
	const limit, concurrency = 10, 128
	calls := int64(0)
	for _, latency := range []time.Duration{0, 5 * time.Millisecond} {
		err := b.withEngines(driver.EngineOptions{Containers: many, Latency: latency}, func(e *driver.Engines) error {
			q := driver.Query{Table: "docker_container", Columns: withInspect.columns, Limit: limit}
			if _, err := b.scan(b.plugins[0], e, q, "", driver.Options{}, 1, limit, false); err != nil {
				return err
			}
			counts, err := e.Counts(0)
			calls = max(calls, counts.Requests-counts.Pings)
			return err
		})
		if err != nil {
			return err
		}
	}
	b.judge(goal{
		what: "`limit 10` on 10,000 containers with inspect: calls to the engine", goal: "≤ 1 + 10 + concurrency",
		figure: fmt.Sprintf("%d (concurrency %d)", calls, concurrency), met: calls <= 1+limit+concurrency, group: "limit",
	})
	return nil
}

// judgeCancel leaves scans in the middle, and looks when the engine's last
// request came.
func (b *bench) judgeCancel() error {
	return b.withEngines(driver.EngineOptions{Containers: many, Latency: 5 * time.Millisecond}, func(e *driver.Engines) error {
		p, err := b.start(b.plugins[0], e, 1, "", driver.Options{})
		if err != nil {
			return err
		}
		defer p.Stop()
		session, err := p.Open(name(0))
		if err != nil {
			return err
		}
		defer session.Close()
		const runs = 20
		latest := time.Duration(0)
		for k := range runs {
			r, err := session.Run(driver.Query{Table: "docker_container", Connection: name(0), Columns: withInspect.columns, Cancel: 50 * (k + 1)}, nil)
			if err != nil {
				return err
			}
			time.Sleep(300 * time.Millisecond)
			counts, err := e.Counts(0)
			if err != nil {
				return err
			}
			if counts.Inspects >= many*int64(k+1) {
				return fmt.Errorf("the engine was asked for everything: nothing was cancelled")
			}
			latest = max(latest, time.UnixMicro(counts.LastStart).Sub(r.Left))
		}
		b.judge(goal{
			what: "cancel in mid-scan: latest start of a call to the engine", goal: "≤ 50 ms after",
			figure: fmt.Sprintf("%.1f ms after (the worst of %d)", ms(latest), runs), met: latest <= 50*time.Millisecond, group: "cancel",
		})
		return nil
	})
}

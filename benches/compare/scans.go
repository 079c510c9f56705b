package main

import (
	"fmt"
	"os"
	"time"

	"benches/driver"
)

const (
	starts      = 15  // processes started for the handshake
	infoQueries = 200 // queries of docker_info
	anyColumn   = "id"
	none        = "–" // a cell without a figure
)

// workload is one way to read docker_container.
type workload struct {
	name    string
	columns []string
}

var (
	listOnly = workload{"list only", []string{"id", "names", "image"}}
	// every column that both this plugin and the Go plugin have, but the sizes
	withInspect = workload{"with inspect", []string{
		"id", "names", "image", "image_id", "command", "created", "ports", "labels", "state", "status",
		"host_config", "network_settings", "mounts", "config", "inspect",
	}}
	infoColumns = []string{
		"id", "name", "containers", "images", "driver", "driver_status", "plugins", "memory_limit", "swap_limit", "cgroup_driver",
		"kernel_version", "operating_system", "os_type", "architecture", "registry_config", "n_cpu", "mem_total", "docker_root_dir",
		"labels", "server_version", "runtimes", "swarm", "live_restore_enabled", "init_binary", "containerd_commit", "security_options",
	}
)

// figures are what scans of one plugin took.
type figures struct {
	took   time.Duration // median of the runs
	cpu    time.Duration // of the plugin, a run
	peak   int64         // bytes, most since its start
	bytes  int64         // of the rows of a run, as they were sent; only of a raw scan
	rows   int
	second time.Duration // the last of the runs
}

func (f figures) perSecond() float64 { return float64(f.rows) / f.took.Seconds() }

func (f figures) cpuPerRow() float64 {
	return float64(f.cpu.Nanoseconds()) / 1000 / float64(f.rows)
}

// scan starts a plugin for so many equal scans, each of which must have so
// many rows. A raw scan is read by a host that does not look into the rows.
func (b *bench) scan(plugin string, e *driver.Engines, q driver.Query, config string, o driver.Options, runs, rows int, raw bool) (f figures, err error) {
	p, err := b.start(plugin, e, 1, config, o)
	if err != nil {
		return f, err
	}
	defer p.Stop()
	session, err := p.Open(name(0))
	if err != nil {
		return f, err
	}
	defer session.Close()
	before, err := p.Usage()
	if err != nil {
		return f, err
	}
	q.Connection = name(0)
	var times []time.Duration
	for range runs {
		got, took := 0, time.Duration(0)
		if raw {
			r, err := p.RunRaw(q)
			if err != nil {
				return f, err
			}
			got, took, f.bytes = r.Rows, r.Took, r.Bytes
		} else {
			r, err := session.Run(q, nil)
			if err != nil {
				return f, err
			}
			got, took = r.Rows, r.Took
		}
		if got != rows {
			return f, fmt.Errorf("%d rows, want %d", got, rows)
		}
		times = append(times, took)
	}
	after, err := p.Usage()
	f.second = times[len(times)-1]
	f.took, f.rows, f.peak, f.cpu = median(times), rows, after.Peak, (after.CPU-before.CPU)/time.Duration(runs)
	return f, err
}

func size(plugin string) (string, error) {
	info, err := os.Stat(plugin)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%.1f", float64(info.Size())/1e6), nil
}

func (b *bench) measureStart() error {
	if err := b.row("binary, MB", size); err != nil {
		return err
	}
	return b.withEngines(driver.EngineOptions{Containers: 1000}, func(e *driver.Engines) error {
		idle := map[string]string{}
		err := b.row(fmt.Sprintf("start to handshake, ms (median of %d)", starts), func(plugin string) (string, error) {
			var handshakes, memory []float64
			for range starts {
				p, err := b.start(plugin, e, 1, "", driver.Options{})
				if err != nil {
					return "", err
				}
				time.Sleep(300 * time.Millisecond)
				usage, err := p.Usage()
				p.Stop()
				if err != nil {
					return "", err
				}
				handshakes = append(handshakes, ms(p.Handshake))
				memory = append(memory, mib(usage.RSS))
			}
			idle[plugin] = number(median(memory))
			return number(median(handshakes)), nil
		})
		if err != nil {
			return err
		}
		if err := b.row("idle memory, MiB resident", func(plugin string) (string, error) { return idle[plugin], nil }); err != nil {
			return err
		}
		info := driver.Query{Table: "docker_info", Columns: infoColumns}
		return b.row(fmt.Sprintf("docker_info, %d columns, ms (median of %d)", len(infoColumns), infoQueries), func(plugin string) (string, error) {
			f, err := b.scan(plugin, e, info, "", driver.Options{}, infoQueries, 1, false)
			return number(ms(f.took)), err
		})
	})
}

func (b *bench) measureScans() error {
	for _, containers := range []int{1000, 10_000} {
		for _, latency := range []time.Duration{0, 5 * time.Millisecond} {
			err := b.withEngines(driver.EngineOptions{Containers: containers, Latency: latency}, func(e *driver.Engines) error {
				for _, w := range []workload{listOnly, withInspect} {
					if err := b.measureContainers(e, w, containers, latency, ""); err != nil {
						return err
					}
				}
				if latency == 0 {
					return nil
				}
				return b.measureContainers(e, withInspect, containers, latency, "max_concurrency = 256")
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) measureContainers(e *driver.Engines, w workload, containers int, latency time.Duration, option string) error {
	runs := 7
	if containers > 1000 {
		runs = 3
	}
	taken := map[string]figures{}
	name := fmt.Sprintf("%d containers, %s, engine latency %d ms", containers, w.name, latency.Milliseconds())
	if option != "" {
		name += ", " + option
	}
	err := b.row(name+": rows/s", func(plugin string) (string, error) {
		f, err := b.scan(plugin, e, driver.Query{Table: "docker_container", Columns: w.columns}, option+"\n", driver.Options{}, runs, containers, false)
		if err != nil && option != "" && plugin != b.plugins[0] {
			return none, nil // the other plugin need not have our options
		}
		taken[plugin] = f
		return fmt.Sprintf("%.0f", f.perSecond()), err
	})
	if err != nil {
		return err
	}
	cell := func(figure func(figures) float64) func(string) (string, error) {
		return func(plugin string) (string, error) {
			if f, ok := taken[plugin]; ok {
				return number(figure(f)), nil
			}
			return none, nil
		}
	}
	if err := b.row(name+": processor, µs a row", cell(figures.cpuPerRow)); err != nil {
		return err
	}
	return b.row(name+": peak memory, MiB", cell(func(f figures) float64 { return mib(f.peak) }))
}

// Command compare measures one plugin, or two in the same run, with sphost as
// the host and fake-engine as the engine, and prints the results as a Markdown
// table. `benches/run` builds all three and starts it.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	starts      = 15  // processes started for the handshake
	infoQueries = 200 // queries of docker_info
)

// workload is one way to read docker_container.
type workload struct {
	name    string
	columns string
}

var workloads = []workload{
	{"list only", "id,names,image"},
	{"with inspect", "id,names,inspect"},
}

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	tools := flags.String("tools", "", "folder with sphost and fake-engine")
	against := flags.String("against", "", "a second plugin to measure in the same run")
	if err := flags.Parse(args); err != nil {
		return err
	}
	plugins := flags.Args()
	if len(plugins) > 1 { // flags may follow the plugin
		if err := flags.Parse(plugins[1:]); err != nil {
			return err
		}
		plugins = append(plugins[:1], flags.Args()...)
	}
	if len(plugins) != 1 || *tools == "" {
		return errors.New("usage: compare --tools FOLDER PLUGIN [--against OTHER_PLUGIN]")
	}
	if *against != "" {
		plugins = append(plugins, *against)
	}
	b := &bench{tools: *tools, plugins: plugins}
	if err := b.measure(); err != nil {
		return err
	}
	b.print()
	return nil
}

// bench collects a table: one row a measure, one column a plugin.
type bench struct {
	tools   string
	plugins []string
	rows    [][]string
}

// row adds a measure taken of every plugin, one right after the other, so that
// what else the machine does falls on both.
func (b *bench) row(name string, measure func(plugin string) (string, error)) error {
	row := []string{name}
	for _, plugin := range b.plugins {
		cell, err := measure(plugin)
		if err != nil {
			return fmt.Errorf("%s of %s: %w", name, plugin, err)
		}
		row = append(row, cell)
	}
	b.rows = append(b.rows, row)
	fmt.Fprintln(os.Stderr, strings.Join(row, "  "))
	return nil
}

func (b *bench) measure() error {
	if err := b.row("binary, MB", size); err != nil {
		return err
	}
	if err := b.withEngine(1000, 0, b.measureStart); err != nil {
		return err
	}
	for _, containers := range []int{1000, 10_000} {
		for _, latency := range []int{0, 5} {
			err := b.withEngine(containers, latency, func(socket string) error {
				for _, w := range workloads {
					if err := b.measureContainers(socket, w, containers, latency); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func size(plugin string) (string, error) {
	info, err := os.Stat(plugin)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%.1f", float64(info.Size())/1e6), nil
}

func (b *bench) measureStart(socket string) error {
	idle := map[string]string{}
	err := b.row(fmt.Sprintf("start to handshake, ms (median of %d)", starts), func(plugin string) (string, error) {
		var handshakes, memory []float64
		for range starts {
			r, err := b.host(plugin, socket, "ops")
			if err != nil {
				return "", err
			}
			handshakes = append(handshakes, r.Timings.Handshake)
			memory = append(memory, r.Idle.RSSKiB/1024)
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
	return b.row(fmt.Sprintf("docker_info, all columns, ms (median of %d)", infoQueries), func(plugin string) (string, error) {
		r, err := b.host(plugin, socket, "query", "docker_info", "--rows", "none", "--repeat", strconv.Itoa(infoQueries))
		return number(r.Summary.MedianMs), err
	})
}

func (b *bench) measureContainers(socket string, w workload, containers, latency int) error {
	repeat := 7
	if containers > 1000 {
		repeat = 3
	}
	peak := map[string]string{}
	name := fmt.Sprintf("%d containers, %s, engine latency %d ms", containers, w.name, latency)
	err := b.row(name+": rows/s", func(plugin string) (string, error) {
		r, err := b.host(plugin, socket, "query", "docker_container", "--columns", w.columns, "--rows", "none", "--repeat", strconv.Itoa(repeat))
		if err != nil {
			return "", err
		}
		if want := repeat * containers; r.Summary.Rows != want || r.Summary.MedianMs == 0 {
			return "", fmt.Errorf("%d rows, want %d", r.Summary.Rows, want)
		}
		peak[plugin] = number(r.End.PeakKiB / 1024)
		return fmt.Sprintf("%.0f", float64(containers)/r.Summary.MedianMs*1000), nil
	})
	if err != nil {
		return err
	}
	return b.row(name+": peak memory, MiB", func(plugin string) (string, error) { return peak[plugin], nil })
}

// report is what this command reads of sphost's.
type report struct {
	Timings struct {
		Handshake float64 `json:"exec_to_handshake_ms"`
	}
	Idle    usage
	End     usage
	Summary struct {
		Rows     int
		MedianMs float64 `json:"median_ms"`
	}
}

type usage struct {
	RSSKiB  float64 `json:"rss_kib"`
	PeakKiB float64 `json:"peak_rss_kib"`
}

func (b *bench) host(plugin, socket string, command ...string) (report, error) {
	var r report
	args := append([]string{"--plugin", plugin, "--config", fmt.Sprintf("host = %q", "unix://"+socket)}, command...)
	cmd := exec.Command(filepath.Join(b.tools, "sphost"), args...)
	var out strings.Builder
	cmd.Stderr = &out
	if err := cmd.Run(); err != nil {
		return r, fmt.Errorf("%w: %s", err, out.String())
	}
	return r, json.Unmarshal([]byte(out.String()), &r)
}

func (b *bench) withEngine(containers, latency int, use func(socket string) error) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "engine.sock")
	cmd := exec.Command(filepath.Join(b.tools, "fake-engine"), "--socket", socket,
		"--containers", strconv.Itoa(containers), "--latency-ms", strconv.Itoa(latency))
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			conn.Close()
			return use(socket)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the fake engine does not answer: %w", err)
		}
	}
}

func (b *bench) print() {
	fmt.Printf("%s/%s, %d cores, %s\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), time.Now().UTC().Format(time.DateOnly))
	fmt.Printf("| | %s |\n", strings.Join(titles(b.plugins), " | "))
	fmt.Printf("|---|%s\n", strings.Repeat("---:|", len(b.plugins)))
	for _, row := range b.rows {
		fmt.Printf("| %s |\n", strings.Join(row, " | "))
	}
}

// titles are the binaries' names, or their paths where those are the same.
func titles(plugins []string) []string {
	out := []string{}
	for _, plugin := range plugins {
		out = append(out, filepath.Base(plugin))
	}
	if len(slices.Compact(slices.Clone(out))) < len(plugins) {
		return plugins
	}
	return out
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func number(f float64) string {
	if f < 10 {
		return fmt.Sprintf("%.2f", f)
	}
	return fmt.Sprintf("%.1f", f)
}

// Command compare measures one plugin, or two in the same run, with driver as
// the host and fake-engine as the engine, and prints the results as Markdown
// tables: measures side by side, and figures beside their goals. `benches/run`
// builds what it needs and starts it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"benches/driver"
)

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	b := &bench{}
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	flags.StringVar(&b.tools, "tools", "", "folder with fake-engine and bare")
	against := flags.String("against", "", "a second plugin to measure in the same run")
	flags.StringVar(&b.peerConfig, "against-config", "", "what the second plugin's connections need besides host")
	only := flags.String("only", "", "which groups of measures, separated by commas; default: all of "+strings.Join(names(), ", "))
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
	if len(plugins) != 1 || b.tools == "" {
		return errors.New("usage: compare --tools FOLDER PLUGIN [--against OTHER_PLUGIN] [--only GROUP,…]")
	}
	if *against != "" {
		plugins = append(plugins, *against)
	}
	b.plugins = plugins
	wanted := names()
	if *only != "" {
		wanted = strings.Split(*only, ",")
	}
	for _, name := range wanted {
		if !slices.Contains(names(), name) {
			return fmt.Errorf("no group %q; there are %s", name, strings.Join(names(), ", "))
		}
	}
	// a plugin with a thousand connections has as many sockets open
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil {
		files.Cur = files.Max
		syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files)
	}
	for _, group := range groups {
		if !slices.Contains(wanted, group.name) {
			continue
		}
		if err := group.measure(b); err != nil {
			return fmt.Errorf("%s: %w", group.name, err)
		}
	}
	b.print()
	return nil
}

// groups are what can be measured on its own.
var groups = []struct {
	name    string
	measure func(*bench) error
}{
	{"start", (*bench).measureStart},
	{"scan", (*bench).measureScans},
	{"list", (*bench).judgeList},
	{"inspect", (*bench).judgeInspect},
	{"limit", (*bench).judgeLimit},
	{"cancel", (*bench).judgeCancel},
	{"cache", (*bench).judgeCache},
	{"budget", (*bench).judgeBudget},
	{"many", (*bench).judgeMany},
	{"idle", (*bench).judgeIdle},
}

func names() (names []string) {
	for _, group := range groups {
		names = append(names, group.name)
	}
	return names
}

// bench collects two tables: measures, one column a plugin, and figures of the
// first plugin beside their goals.
type bench struct {
	tools      string
	plugins    []string
	peerConfig string
	rows       [][]string
	goals      []goal
}

// goal is a figure that should be so and so.
type goal struct {
	what, goal, figure string
	met                bool
	group              string // that measures it
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

func (b *bench) judge(g goal) {
	b.goals = append(b.goals, g)
	fmt.Fprintf(os.Stderr, "%s: %s (goal: %s)\n", g.what, g.figure, g.goal)
}

// start starts a plugin with so many connections to an engine, docker_1 and on.
func (b *bench) start(plugin string, e *driver.Engines, connections int, config string, o driver.Options) (*driver.Plugin, error) {
	if plugin != b.plugins[0] {
		config += b.peerConfig + "\n"
	}
	for k := range connections {
		o.Configs = append(o.Configs, driver.Connection(name(k), driver.Host(e.Hosts[k%len(e.Hosts)])+config))
	}
	return driver.Start(plugin, o)
}

func name(k int) string { return fmt.Sprintf("docker_%d", k+1) }

func (b *bench) withEngines(o driver.EngineOptions, use func(*driver.Engines) error) error {
	e, err := driver.StartEngines(filepath.Join(b.tools, "fake-engine"), o)
	if err != nil {
		return err
	}
	defer e.Stop()
	return use(e)
}

func (b *bench) print() {
	fmt.Printf("%s/%s, %d cores, %s\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), time.Now().UTC().Format(time.DateOnly))
	if len(b.rows) > 0 {
		fmt.Printf("\n| | %s |\n|---|%s\n", strings.Join(titles(b.plugins), " | "), strings.Repeat("---:|", len(b.plugins)))
		for _, row := range b.rows {
			fmt.Printf("| %s |\n", strings.Join(row, " | "))
		}
	}
	if len(b.goals) > 0 {
		fmt.Print("\n| what | goal | figure | command |\n|---|---|---|---|\n")
		for _, g := range b.goals {
			figure := g.figure
			if !g.met {
				figure += " (**missed**)"
			}
			fmt.Printf("| %s | %s | %s | `benches/run PLUGIN --only %s` |\n", g.what, g.goal, figure, g.group)
		}
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

func median[T float64 | time.Duration](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}

func number(f float64) string {
	if f < 10 {
		return fmt.Sprintf("%.2f", f)
	}
	return fmt.Sprintf("%.1f", f)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

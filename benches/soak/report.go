package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"benches/driver"
)

const (
	flat     = 1.1 // how much more memory the end may have than the beginning
	leaks    = 1.5 // the same for a run of less than a minute, which is a test and not a measure
	spread   = 5.0 // how many medians the slowest percent may take
	judgable = 100 // queries of a kind, for a percent to mean something
)

// report prints what happened, and is an error if anything went wrong.
func (s *soak) report(o options, usages []driver.Usage) error {
	var wrong []string
	fmt.Printf("%d sessions, %v, after a warm-up of %v, %d engines with %d containers each\n\n",
		o.sessions, o.duration, s.warm.Round(time.Second), goodEngines, containers)
	fmt.Println("| query | times | rows | median, ms | p99, ms | p99 / median |\n|---|---:|---:|---:|---:|---:|")
	queries, worst := 0, 0.0
	medians := map[string]time.Duration{}
	for _, kind := range s.kinds {
		times, rows := []time.Duration{}, 0
		for _, sample := range s.samples[kind.name] {
			if sample.at >= s.warm {
				times = append(times, sample.took)
				rows += sample.rows
			}
		}
		if len(times) == 0 {
			wrong = append(wrong, kind.name+": was never answered")
			continue
		}
		slices.Sort(times)
		median, p99 := times[len(times)/2], times[len(times)*99/100]
		medians[kind.name] = median
		ratio, note := float64(p99)/float64(median), ""
		if usual, ok := medians[kind.like]; ok {
			ratio, note = float64(p99)/float64(usual), " of the uncached"
		}
		fmt.Printf("| %s | %d | %d | %.1f | %.1f | %.1f%s |\n", kind.name, len(times), rows, ms(median), ms(p99), ratio, note)
		queries += len(times)
		if len(times) >= judgable {
			worst = max(worst, ratio)
			if ratio > spread && o.duration >= time.Minute {
				wrong = append(wrong, fmt.Sprintf("%s: the slowest percent takes %.1f medians, more than %.0f", kind.name, ratio, spread))
			}
		}
	}
	most := flat
	if o.duration < time.Minute {
		most = leaks
	}
	use, problems := judge(usages, most)
	wrong = append(wrong, problems...)
	if s.count > 0 {
		wrong = append(wrong, fmt.Sprintf("%d queries went wrong, such as\n  %s", s.count, strings.Join(s.failed, "\n  ")))
	}
	fmt.Printf("\n%s\n", use)
	fmt.Printf("\n| %d sessions, mixed queries, %v | no error, memory ≤ %.1f×, p99 ≤ %.0f× median | %d queries, %d errors, memory %.2f×, p99 at most %.1f× median | `benches/run soak PLUGIN` |\n",
		o.sessions, o.duration, flat, spread, queries, s.count, use.grown, worst)
	if len(wrong) > 0 {
		return fmt.Errorf("failed:\n%s", strings.Join(wrong, "\n"))
	}
	return nil
}

// use is what the process had in the first window after the warm-up, and in
// the last.
type use struct {
	window              time.Duration
	memory              [2]float64 // median, MiB
	files               [2]int     // most
	threads             [2]int     // most
	grown, peak, cpuPct float64
}

func (u use) String() string {
	return fmt.Sprintf("| in %v | at first | at last |\n|---|---:|---:|\n| memory, MiB (median) | %.1f | %.1f |\n| open files (most) | %d | %d |\n| threads (most) | %d | %d |\n\nmost memory: %.1f MiB; processor: %.0f %% of one core",
		u.window, u.memory[0], u.memory[1], u.files[0], u.files[1], u.threads[0], u.threads[1], u.peak, u.cpuPct)
}

// judge compares the first window with the last, a minute each if the run is
// long enough; there is a reading a second. The last may have so much more
// memory.
func judge(usages []driver.Usage, mostMemory float64) (u use, wrong []string) {
	n := min(60, len(usages)/4)
	if n == 0 {
		return u, []string{"too few readings of the process to judge"}
	}
	u.window = time.Duration(n) * time.Second
	for i, window := range [][]driver.Usage{usages[:n], usages[len(usages)-n:]} {
		memory := []int64{}
		for _, reading := range window {
			memory = append(memory, reading.RSS)
			u.files[i] = max(u.files[i], reading.Files)
			u.threads[i] = max(u.threads[i], reading.Threads)
		}
		slices.Sort(memory)
		u.memory[i] = float64(memory[len(memory)/2]) / (1 << 20)
	}
	last := usages[len(usages)-1]
	u.grown = u.memory[1] / u.memory[0]
	u.peak = float64(last.Peak) / (1 << 20)
	u.cpuPct = 100 * (last.CPU - usages[0].CPU).Seconds() / float64(max(len(usages)-1, 1))
	if u.grown > mostMemory {
		wrong = append(wrong, fmt.Sprintf("memory grew %.2f times", u.grown))
	}
	// how many connections are pooled varies with the load
	if most := u.files[0]*5/4 + 16; u.files[1] > most {
		wrong = append(wrong, fmt.Sprintf("%d files are open at the end, and %d were at the beginning", u.files[1], u.files[0]))
	}
	if u.threads[1] > u.threads[0]+4 {
		wrong = append(wrong, fmt.Sprintf("%d threads at the end, and %d at the beginning", u.threads[1], u.threads[0]))
	}
	return u, wrong
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

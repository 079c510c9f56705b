package driver

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Usage is what a process has at a moment, and used so far.
type Usage struct {
	RSS     int64 // bytes resident
	Peak    int64 // most bytes resident so far
	Threads int
	Files   int // open file descriptors
	CPU     time.Duration
}

// Usage reads the plugin's.
func (p *Plugin) Usage() (u Usage, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Pid))
	if err != nil {
		return u, fmt.Errorf("%w: %w", errGone, err)
	}
	for line := range strings.Lines(string(status)) {
		key, value, _ := strings.Cut(line, ":")
		fields := strings.Fields(value)
		if len(fields) == 0 {
			continue
		}
		n, _ := strconv.ParseInt(fields[0], 10, 64)
		switch key {
		case "VmRSS":
			u.RSS = n << 10
		case "VmHWM":
			u.Peak = n << 10
		case "Threads":
			u.Threads = int(n)
		}
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.Pid))
	if err != nil {
		return u, fmt.Errorf("%w: %w", errGone, err)
	}
	u.Files = len(files)
	// the clock of another process's processor time (clock_getcpuclockid)
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^p.Pid<<3|2), &t); err != nil {
		return u, fmt.Errorf("processor time: %w", err)
	}
	u.CPU = time.Duration(t.Nano())
	return u, nil
}

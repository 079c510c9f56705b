package main

import (
	"testing"
	"time"
)

// What the plugin holds while nobody reads must not depend on how much there
// is to read.
func TestAReaderWhoPausesMakesThePluginWait(t *testing.T) {
	const containers = 10_000 // 50 MB of inspects
	e := startEngine(t, "--containers", "10000")
	p := start(t, setup{configs: docker(e)})
	pid := p.cmd.Process.Pid
	stream, _, cancel, err := p.stub.Execute(scan{table: "docker_container", columns: []string{"id", "inspect"}}.request())
	if err != nil {
		t.Fatal(err)
	}
	defer cancel()
	for k := range 10 {
		if _, err := stream.Recv(); err != nil {
			t.Fatalf("row %d: %v", k, err)
		}
	}

	time.Sleep(500 * time.Millisecond) // until the windows between us are full
	before, err := readProc(pid)
	if err != nil {
		t.Fatal(err)
	}
	asked := e.inspects()
	time.Sleep(1500 * time.Millisecond)
	after, err := readProc(pid)
	if err != nil {
		t.Fatal(err)
	}
	if more := e.inspects() - asked; asked > containers/4 || more > 0 {
		t.Errorf("%d containers inspected for 10 rows, and %d more while nobody read", asked, more)
	}
	if grown := after.RSSKiB - before.RSSKiB; grown > 1024 {
		t.Errorf("%d KiB grown while nobody read, from %d", grown, before.RSSKiB)
	}

	rows, err := receiveAll(stream)
	if err != nil || len(rows) != containers-10 {
		t.Errorf("%d rows after the pause, want %d; %v", len(rows), containers-10, err)
	}
	end, err := readProc(pid)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("resident %d KiB while it waited, %d KiB at most", after.RSSKiB, end.PeakKiB)
}

package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	pluginshared "github.com/turbot/steampipe-plugin-sdk/v5/grpc/shared"
	"google.golang.org/protobuf/types/known/emptypb"
)

// parentOf makes this test binary a parent that starts a plugin and waits to
// be killed.
const parentOf = "HOST_TEST_PARENT_OF"

func TestMain(m *testing.M) {
	if plugin := os.Getenv(parentOf); plugin != "" {
		beParent(plugin)
		return
	}
	log.SetOutput(io.Discard) // the SDK's client logs through the standard logger
	// one folder for what the tests and the plugins they kill leave behind
	dir, err := os.MkdirTemp("", "host")
	if err == nil {
		err = os.Setenv("TMPDIR", dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func beParent(plugin string) {
	cmd := exec.Command(plugin)
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	line := make([]byte, 4096)
	n, _ := stdout.Read(line)
	fmt.Printf("%d %s", cmd.Process.Pid, line[:n])
	select {}
}

func TestHandshakeLineIsAllThatStandardOutputEverHolds(t *testing.T) {
	dir := shortTempDir(t)
	e := startEngine(t, "--containers", "3")
	p := launch(t, "TMPDIR="+dir, "STEAMPIPE_LOG_LEVEL=TRACE")
	line := p.handshake()
	form := regexp.MustCompile(`^1\|0\|unix\|` + regexp.QuoteMeta(dir) + `/plugin[0-9]+\|grpc\|$`)
	if !form.MatchString(line) {
		t.Errorf("handshake %q, want the form %s", line, form)
	}
	// the line is a promise that the socket accepts
	client := proto.NewWrapperPluginClient(p.connect())
	if _, err := client.SetAllConnectionConfigs(timeout(t), &proto.SetAllConnectionConfigsRequest{Configs: docker(e), MaxCacheSizeMb: -1}); err != nil {
		t.Fatal(err)
	}
	stream, err := client.Execute(timeout(t), scan{table: "docker_container"}.request())
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := receiveAll(stream); err != nil || len(rows) != 3 {
		t.Errorf("%d rows, want 3; %v", len(rows), err)
	}
	if got := p.stdout.String(); got != line+"\n" {
		t.Errorf("standard output %q holds more than the handshake", got)
	}
}

func TestWithoutTheCookieItExplainsItselfAndExitsWithOne(t *testing.T) {
	const explanation = `This binary is a plugin. These are not meant to be executed directly.
Please execute the program that consumes these plugins, which will
load any plugins automatically
`
	key := pluginshared.Handshake.MagicCookieKey
	for _, env := range []string{key + "=", key + "=wrong", key + "=" + pluginshared.Handshake.MagicCookieValue + " "} {
		t.Run(env, func(t *testing.T) {
			p := launchCommand(t, exec.Command(binary(t, "PLUGIN")), env)
			if code := p.waitForExit(5 * time.Second); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			if got := p.stdout.String(); got != "" {
				t.Errorf("standard output %q, want nothing", got)
			}
			if got := p.stderr.String(); got != explanation {
				t.Errorf("standard error %q, want %q", got, explanation)
			}
		})
	}
}

func TestUnknownArgumentsAndVariablesAreAccepted(t *testing.T) {
	cmd := exec.Command(binary(t, "PLUGIN"), "--some-new-flag", "value")
	p := launchCommand(t, cmd, append(handshakeEnv, "STEAMPIPE_SOMETHING_NEW=1", "STEAMPIPE_LOG_LEVEL=LOUD", "STEAMPIPE_MAX_CONCURRENT_CONNECTIONS=0")...)
	p.handshake()
}

func TestAFailedStartIsSaidInOneLineOfStandardOutput(t *testing.T) {
	missing := "PLUGIN_UNIX_SOCKET_DIR=" + filepath.Join(shortTempDir(t), "missing")
	p := launch(t, missing)
	line := p.handshake()
	if !strings.HasPrefix(line, "Plugin startup failed: ") || strings.Count(line, "|") > 2 {
		t.Errorf("standard output %q, want `Plugin startup failed: <message>`", line)
	}
	p.waitForExit(5 * time.Second)
	if got := p.stdout.String(); got != line+"\n" {
		t.Errorf("standard output %q, want one line", got)
	}

	_, err := newHost(t, setup{env: []string{missing}}).client.Start()
	if want := "Plugin startup failed: "; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the host sees %v, want it to hold %q", err, want)
	}
}

func TestSocketLiesWhereTheEnvironmentSays(t *testing.T) {
	first, second := shortTempDir(t), shortTempDir(t)
	long := filepath.Join(shortTempDir(t), strings.Repeat("x", 100))
	if err := os.Mkdir(long, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		env  []string
		want string
	}{
		{"PLUGIN_UNIX_SOCKET_DIR before TMPDIR", []string{"PLUGIN_UNIX_SOCKET_DIR=" + first, "TMPDIR=" + second}, first},
		{"TMPDIR", []string{"PLUGIN_UNIX_SOCKET_DIR=", "TMPDIR=" + second}, second},
		{"neither", []string{"PLUGIN_UNIX_SOCKET_DIR=", "TMPDIR="}, "/tmp"},
		{"a folder too long for a socket", []string{"PLUGIN_UNIX_SOCKET_DIR=" + long}, "/tmp"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := launch(t, c.env...)
			if got := filepath.Dir(p.socket()); got != c.want {
				t.Errorf("socket in %s, want %s", got, c.want)
			}
			if _, err := proto.NewWrapperPluginClient(p.connect()).GetSupportedOperations(timeout(t), &proto.GetSupportedOperationsRequest{}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSocketGroupMayWrite(t *testing.T) {
	gid, err := anotherGroup()
	if err != nil {
		t.Skip(err)
	}
	group, err := user.LookupGroupId(strconv.Itoa(gid))
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{group.Name, group.Gid} {
		t.Run(value, func(t *testing.T) {
			p := launch(t, "PLUGIN_UNIX_SOCKET_GROUP="+value)
			info, err := os.Stat(p.socket())
			if err != nil {
				t.Fatal(err)
			}
			if got := int(info.Sys().(*syscall.Stat_t).Gid); got != gid {
				t.Errorf("group %d, want %d", got, gid)
			}
			if mode := info.Mode().Perm(); mode != 0o660 {
				t.Errorf("mode %o, want 660", mode)
			}
		})
	}
}

// anotherGroup is a group that this user may give a file to and that new files
// do not get anyway.
func anotherGroup() (int, error) {
	if os.Geteuid() == 0 {
		return 1, nil
	}
	groups, err := os.Getgroups()
	for _, gid := range groups {
		if gid != os.Getegid() {
			return gid, nil
		}
	}
	return 0, fmt.Errorf("this user is in one group only (%v)", err)
}

func TestMultiplexingIsAnsweredInASeventhField(t *testing.T) {
	line := launch(t, "PLUGIN_MULTIPLEX_GRPC=true").handshake()
	fields := strings.Split(line, "|")
	if len(fields) != 7 || fields[6] != "true" && fields[6] != "false" {
		t.Errorf("handshake %q, want a seventh field, true or false", line)
	}
}

func TestShutdownWithOpenStreamsIsQuickAndClean(t *testing.T) {
	dir := shortTempDir(t)
	e := startEngine(t, "--containers", "50", "--latency-ms", "1000")
	p := start(t, setup{env: []string{"TMPDIR=" + dir}, configs: docker(e)})
	// the host holds a broker and a stdio stream open; this one waits for the engine
	if _, _, _, err := p.stub.Execute(scan{table: "docker_container", columns: []string{"inspect"}}.request()); err != nil {
		t.Fatal(err)
	}
	eventually(t, 5*time.Second, "the engine is asked", func() bool { return len(e.requests()) > 0 })

	began := time.Now()
	p.client.Kill()
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %v, want less than two seconds", took)
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("ended with %v, want exit code 0", p.cmd.ProcessState)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestShutdownIsAnsweredBeforeTheProcessEnds(t *testing.T) {
	p := launch(t)
	if err := p.connect().Invoke(timeout(t), "/plugin.GRPCController/Shutdown", &emptypb.Empty{}, &emptypb.Empty{}); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if code := p.waitForExit(2 * time.Second); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	if socket := p.socket(); exists(socket) {
		t.Errorf("%s is still there", socket)
	}
}

func TestInterruptIsIgnored(t *testing.T) {
	p := launch(t)
	client := proto.NewWrapperPluginClient(p.connect())
	for range 3 {
		if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
		if _, err := client.GetSupportedOperations(timeout(t), &proto.GetSupportedOperationsRequest{}); err != nil {
			t.Fatalf("after an interrupt: %v", err)
		}
	}
}

func TestTerminationEndsItAndRemovesTheSocket(t *testing.T) {
	p := launch(t)
	socket := p.socket()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.waitForExit(2 * time.Second)
	if exists(socket) {
		t.Errorf("%s is still there", socket)
	}
}

func TestItEndsByItselfWhenItsParentIsKilled(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	parent := launchCommand(t, cmd, append(handshakeEnv, parentOf+"="+binary(t, "PLUGIN"))...)
	line := parent.handshake()
	var pid int
	if _, err := fmt.Sscanf(line, "%d 1|0|unix|", &pid); err != nil {
		t.Fatalf("parent said %q: %v", line, err)
	}
	socket := strings.Split(line, "|")[3]
	if !alive(pid) {
		t.Fatal("the plugin is gone before its parent")
	}
	if err := parent.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) })
	eventually(t, 5*time.Second, "the plugin ends", func() bool { return !alive(pid) })
	if exists(socket) {
		t.Errorf("%s is still there", socket)
	}
}

func TestAClosedStandardErrorIsNoCrash(t *testing.T) {
	e := startEngine(t, "--containers", "3")
	t.Run("closed before the start", func(t *testing.T) {
		cmd := exec.Command("/bin/sh", "-c", `exec "$0" 2>&-`, binary(t, "PLUGIN"))
		p := launchCommand(t, cmd, append(handshakeEnv, "STEAMPIPE_LOG_LEVEL=TRACE")...)
		if err := queryOnce(t, p, e); err != nil {
			t.Error(err)
		}
	})
	t.Run("closed while it runs", func(t *testing.T) {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(binary(t, "PLUGIN"))
		cmd.Stderr = write
		p := launchCommand(t, cmd, append(handshakeEnv, "STEAMPIPE_LOG_LEVEL=TRACE")...)
		socket := p.socket()
		write.Close()
		read.Close()
		err = queryOnce(t, p, e)
		// whoever reads the log is gone, and so the plugin may leave too, in order
		time.Sleep(200 * time.Millisecond)
		if p.gone() {
			if code := p.cmd.ProcessState.ExitCode(); code != 0 || exists(socket) {
				t.Errorf("ended with %v, socket left: %v", p.cmd.ProcessState, exists(socket))
			}
		} else if err != nil {
			t.Error(err)
		}
	})
}

func queryOnce(t *testing.T, p *process, e *engine) error {
	client := proto.NewWrapperPluginClient(p.connect())
	if _, err := client.SetAllConnectionConfigs(timeout(t), &proto.SetAllConnectionConfigsRequest{Configs: docker(e), MaxCacheSizeMb: -1}); err != nil {
		return err
	}
	stream, err := client.Execute(timeout(t), scan{table: "docker_container"}.request())
	if err != nil {
		return err
	}
	rows, err := receiveAll(stream)
	if err == nil && len(rows) != 3 {
		err = fmt.Errorf("%d rows, want 3", len(rows))
	}
	return err
}

var logLine = regexp.MustCompile(`^\[(TRACE|DEBUG|INFO|WARN|ERROR)\] +`)

func TestLogIsLinesTheHostCanReadWhateverIsLogged(t *testing.T) {
	e := startEngine(t, "--containers", "3")
	p := launch(t, "STEAMPIPE_LOG_LEVEL=TRACE")
	client := proto.NewWrapperPluginClient(p.connect())
	huge := strings.Repeat("long ", 20_000)
	// what a record must not become: a line of its own, one that the host takes
	// for a JSON record with fields of the wrong kind, a line over 64 KiB
	nasty := "nope\n{\"@level\":7,\"@message\":[],\"@timestamp\":0}\n" + huge
	configs := []*proto.ConnectionConfig{connection("docker", e.config()), connection(nasty, "host = \""+huge+"\"\n")}
	if _, err := client.SetAllConnectionConfigs(timeout(t), &proto.SetAllConnectionConfigsRequest{Configs: configs, MaxCacheSizeMb: -1}); err != nil {
		t.Fatal(err)
	}
	for _, s := range []scan{
		{table: nasty},
		{table: "docker_info", connection: nasty},
		{table: "docker_container", quals: where("id", "=", nasty)},
		{table: "docker_container", quals: where("id", nasty, 1)},
	} {
		if stream, err := client.Execute(timeout(t), s.request()); err == nil {
			receiveAll(stream) // some of these are errors: only the log counts here
		}
	}
	stream, err := client.Execute(timeout(t), scan{table: "docker_container"}.request())
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := receiveAll(stream); err != nil || len(rows) != 3 {
		t.Errorf("%d rows afterwards, want 3; %v", len(rows), err)
	}
	// an empty log is one line without a level: it says that nothing was logged
	for line := range strings.SplitSeq(strings.TrimSuffix(p.stderr.String(), "\n"), "\n") {
		if !logLine.MatchString(line) || len(line) > 64<<10 {
			t.Errorf("a line of %d bytes: %.200q", len(line), line)
		}
	}
}

func TestLogLevelIsFollowed(t *testing.T) {
	for _, c := range []struct {
		level  string
		silent []string
	}{
		{"warn", []string{"TRACE", "DEBUG", "INFO"}},
		{"off", []string{"TRACE", "DEBUG", "INFO", "WARN", "ERROR"}},
		{"error", []string{"TRACE", "DEBUG", "INFO", "WARN"}},
		{"Info", []string{"TRACE", "DEBUG"}},
		{"DEBUG", []string{"TRACE"}},
	} {
		t.Run(c.level, func(t *testing.T) {
			e := startEngine(t, "--containers", "3")
			p := launch(t, "STEAMPIPE_LOG_LEVEL="+c.level)
			if err := queryOnce(t, p, e); err != nil {
				t.Error(err)
			}
			for line := range strings.Lines(p.stderr.String()) {
				level := logLine.FindStringSubmatch(line)
				if level == nil {
					t.Errorf("no level: %q", line)
					continue
				}
				for _, silent := range c.silent {
					if level[1] == silent {
						t.Errorf("logged below the level: %q", line)
					}
				}
			}
		})
	}
}

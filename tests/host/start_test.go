package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	sdkgrpc "github.com/turbot/steampipe-plugin-sdk/v5/grpc"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	pluginshared "github.com/turbot/steampipe-plugin-sdk/v5/grpc/shared"
	"google.golang.org/grpc"
)

const pluginName = "hub.steampipe.io/plugins/turbot/docker@latest"

// binary is the path that an environment variable names, made absolute. A test
// that needs one skips when the variable is not set.
func binary(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Skipf("%s is not set: it names the binary to test with", variable)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// setup says how a test's plugin is started.
type setup struct {
	env      []string                  // KEY=VALUE, over the environment of the test
	configs  []*proto.ConnectionConfig // sent at once with SetAllConnectionConfigs; none: nothing is sent
	cache    bool                      // turn the plugin's query cache on
	automtls bool
}

// running is a plugin that go-plugin's host started, as Steampipe's plugin
// manager does. It is killed when the test ends.
type running struct {
	t      *testing.T
	client *goplugin.Client
	stub   pluginshared.WrapperPluginClient // errors as they came, with their code
	conn   *grpc.ClientConn
	cmd    *exec.Cmd
	log    *buffer // what the host made of the plugin's standard error
}

func start(t *testing.T, o setup) *running {
	t.Helper()
	p := newHost(t, o)
	if _, err := p.client.Start(); err != nil {
		t.Fatalf("start: %v", err)
	}
	p.stub, p.conn = p.dispense(p.client)
	ops, err := p.stub.GetSupportedOperations(&proto.GetSupportedOperationsRequest{})
	if err != nil || !ops.MultipleConnections {
		t.Fatalf("GetSupportedOperations: %v, %v", ops, err)
	}
	if o.configs != nil {
		if failed := p.configure(o.configs...); len(failed) > 0 {
			t.Fatalf("failed connections: %v", failed)
		}
	}
	if _, err := p.stub.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: o.cache, Ttl: 300}); err != nil {
		t.Fatalf("SetCacheOptions: %v", err)
	}
	return p
}

// newHost prepares a host that has not started its plugin.
func newHost(t *testing.T, o setup) *running {
	t.Helper()
	p := &running{t: t, cmd: exec.Command(binary(t, "PLUGIN")), log: &buffer{}}
	p.cmd.Env = append(os.Environ(), o.env...)
	p.client = goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  pluginshared.Handshake,
		Plugins:          map[string]goplugin.Plugin{pluginName: &pluginshared.WrapperPlugin{}},
		Cmd:              p.cmd,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		StartTimeout:     10 * time.Second,
		Logger:           hclog.New(&hclog.LoggerOptions{Output: p.log, Level: hclog.Trace}),
		AutoMTLS:         o.automtls,
		SkipHostEnv:      true, // it is in cmd.Env
	})
	t.Cleanup(p.client.Kill)
	return p
}

// attach opens one more client on a running plugin, as each PostgreSQL backend
// does: by its address and process ID, which it probes first.
func (p *running) attach() (pluginshared.WrapperPluginClient, error) {
	client, err := sdkgrpc.NewPluginClientFromReattach(p.client.ReattachConfig(), pluginName)
	if err != nil {
		return nil, err
	}
	return client.Stub, nil
}

func (p *running) dispense(client *goplugin.Client) (pluginshared.WrapperPluginClient, *grpc.ClientConn) {
	p.t.Helper()
	rpc, err := client.Client()
	if err != nil {
		p.t.Fatalf("connect: %v", err)
	}
	raw, err := rpc.Dispense(pluginName)
	if err != nil {
		p.t.Fatalf("dispense: %v", err)
	}
	return raw.(pluginshared.WrapperPluginClient), rpc.(*goplugin.GRPCClient).Conn
}

// configure sends SetAllConnectionConfigs and returns the failed connections.
func (p *running) configure(configs ...*proto.ConnectionConfig) map[string]string {
	p.t.Helper()
	response, err := p.stub.SetAllConnectionConfigs(&proto.SetAllConnectionConfigsRequest{Configs: configs, MaxCacheSizeMb: -1})
	if err != nil {
		p.t.Fatalf("SetAllConnectionConfigs: %v", err)
	}
	return response.FailedConnections
}

// update sends UpdateConnectionConfigs, which is never an error.
func (p *running) update(request *proto.UpdateConnectionConfigsRequest) {
	p.t.Helper()
	if _, err := p.stub.UpdateConnectionConfigs(request); err != nil {
		p.t.Fatalf("UpdateConnectionConfigs: %v", err)
	}
}

func (p *running) schema(connection string) *proto.Schema {
	p.t.Helper()
	response, err := p.stub.GetSchema(&proto.GetSchemaRequest{Connection: connection})
	if err != nil {
		p.t.Fatalf("GetSchema(%q): %v", connection, err)
	}
	return response.Schema
}

// connection is a connection's config as the CLI sends it.
func connection(name, config string) *proto.ConnectionConfig {
	return &proto.ConnectionConfig{
		Connection: name, Plugin: pluginName, PluginShortName: "docker", PluginInstance: pluginName, Config: config,
	}
}

// aggregator is an aggregator's config: the CLI sends no type with it.
func aggregator(name string, children ...string) *proto.ConnectionConfig {
	config := connection(name, "")
	config.ChildConnections = children
	return config
}

// engine is a fake engine of its own for a test.
type engine struct {
	t      *testing.T
	socket string
	log    string
}

func startEngine(t *testing.T, flags ...string) *engine {
	t.Helper()
	dir := shortTempDir(t)
	e := &engine{t: t, socket: filepath.Join(dir, "engine.sock"), log: filepath.Join(dir, "requests")}
	cmd := exec.Command(binary(t, "FAKE_ENGINE"), append([]string{"--socket", e.socket, "--log", e.log}, flags...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	eventually(t, 10*time.Second, "the fake engine listens", func() bool {
		_, err := os.Stat(e.socket)
		return err == nil
	})
	return e
}

// config is a connection's config for this engine.
func (e *engine) config() string { return fmt.Sprintf("host = %q\n", "unix://"+e.socket) }

// requests are the method and path of each request so far.
func (e *engine) requests() []string {
	e.t.Helper()
	log, err := os.ReadFile(e.log)
	if err != nil {
		e.t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(log), "\n"), "\n")[:bytes.Count(log, []byte("\n"))]
}

// inspects counts the requests for one container.
func (e *engine) inspects() (n int) {
	for _, request := range e.requests() {
		if strings.Contains(request, "/containers/") && !strings.Contains(request, "/containers/json") {
			n++
		}
	}
	return n
}

// process is a plugin started by hand, for what go-plugin's host would hide.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout *buffer
	stderr *buffer
	exited chan struct{} // closed when the process is gone
}

var handshakeEnv = []string{
	pluginshared.Handshake.MagicCookieKey + "=" + pluginshared.Handshake.MagicCookieValue,
	"PLUGIN_PROTOCOL_VERSIONS=0",
	"PLUGIN_MIN_PORT=10000",
	"PLUGIN_MAX_PORT=25000",
}

// launch starts the plugin with handshakeEnv and env.
func launch(t *testing.T, env ...string) *process {
	t.Helper()
	return launchCommand(t, exec.Command(binary(t, "PLUGIN")), append(handshakeEnv, env...)...)
}

func launchCommand(t *testing.T, cmd *exec.Cmd, env ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: cmd, stdout: &buffer{}, stderr: &buffer{}, exited: make(chan struct{})}
	cmd.Env = append(os.Environ(), env...)
	if cmd.Stdout == nil {
		cmd.Stdout = p.stdout
	}
	if cmd.Stderr == nil {
		cmd.Stderr = p.stderr
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM) // it removes its socket then
		select {
		case <-p.exited:
		case <-time.After(2 * time.Second):
			cmd.Process.Kill()
			<-p.exited
		}
	})
	return p
}

// handshake waits for the first line of standard output.
func (p *process) handshake() string {
	p.t.Helper()
	eventually(p.t, 10*time.Second, "the handshake line", func() bool {
		return strings.Contains(p.stdout.String(), "\n") || p.gone()
	})
	line, _, ok := strings.Cut(p.stdout.String(), "\n")
	if !ok {
		p.t.Fatalf("no handshake line; standard output %q, standard error %q", p.stdout, p.stderr)
	}
	return line
}

// socket is the path of the handshake line.
func (p *process) socket() string {
	p.t.Helper()
	fields := strings.Split(p.handshake(), "|")
	if len(fields) < 6 || fields[2] != "unix" {
		p.t.Fatalf("handshake %q names no socket", p.handshake())
	}
	return fields[3]
}

// connect opens a bare gRPC connection to the plugin.
func (p *process) connect(more ...grpc.DialOption) *grpc.ClientConn {
	p.t.Helper()
	return dial(p.t, p.socket(), more...)
}

func (p *process) gone() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// waitForExit returns the exit code, or fails when the process is still there
// after the time.
func (p *process) waitForExit(within time.Duration) int {
	p.t.Helper()
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(within):
		p.t.Fatalf("still running after %v; standard error: %s", within, p.stderr)
		return 0
	}
}

func eventually(t *testing.T, within time.Duration, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, os.ErrNotExist)
}

// alive says whether a process exists and is more than a zombie.
func alive(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !bytes.Contains(stat, []byte(") Z "))
}

// shortTempDir is a temporary folder whose sockets have short enough names:
// t.TempDir's name holds the test's.
func shortTempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sp")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// timeout is a context for one call that must not hang a test.
func timeout(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// buffer is a bytes.Buffer that can be read while it is written.
type buffer struct {
	mutex sync.Mutex
	bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.Buffer.Write(p)
}

func (b *buffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.Buffer.String()
}

// Package driver starts plugins and fake engines for measurements, and asks
// plugins as Steampipe does: with the published go-plugin and SDK client, or
// with a reader that does no more than read.
package driver

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	sdkgrpc "github.com/turbot/steampipe-plugin-sdk/v5/grpc"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	pluginshared "github.com/turbot/steampipe-plugin-sdk/v5/grpc/shared"
)

const pluginName = "hub.steampipe.io/plugins/turbot/docker@latest"

// Options say how a plugin is started.
type Options struct {
	Env     []string // KEY=VALUE, over this process's environment
	Configs []*proto.ConnectionConfig
	Cache   bool // turn its query cache on
}

// Plugin is a plugin that runs.
type Plugin struct {
	Pid       int
	Handshake time.Duration // from its start to its handshake line

	client *goplugin.Client
	rpc    *sdkgrpc.PluginClient
	socket string
}

// Start starts a plugin and makes the calls of Steampipe's plugin manager.
func Start(binary string, o Options) (_ *Plugin, err error) {
	log.SetOutput(io.Discard)                           // the SDK's client logs through the standard logger
	if binary, err = filepath.Abs(binary); err != nil { // a path, never a name to look for
		return nil, err
	}
	cmd := exec.Command(binary)
	// of a key that stands twice the last value counts
	cmd.Env = append(os.Environ(), o.Env...)
	p := &Plugin{client: goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  pluginshared.Handshake,
		Plugins:          map[string]goplugin.Plugin{pluginName: &pluginshared.WrapperPlugin{}},
		Cmd:              cmd,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		StartTimeout:     30 * time.Second,
		Logger:           hclog.New(&hclog.LoggerOptions{Output: io.Discard, Level: hclog.Error}),
		SkipHostEnv:      true, // it is in cmd.Env
	})}
	defer func() {
		if err != nil {
			p.Stop()
		}
	}()
	began := time.Now()
	address, err := p.client.Start()
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	p.Handshake, p.Pid, p.socket = time.Since(began), cmd.Process.Pid, address.String()
	if p.rpc, err = sdkgrpc.NewPluginClient(p.client, pluginName); err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return p, p.configure(o)
}

func (p *Plugin) configure(o Options) error {
	if _, err := p.rpc.GetSupportedOperations(); err != nil {
		return fmt.Errorf("GetSupportedOperations: %w", err)
	}
	response, err := p.rpc.SetAllConnectionConfigs(&proto.SetAllConnectionConfigsRequest{Configs: o.Configs, MaxCacheSizeMb: -1})
	if err != nil {
		return fmt.Errorf("SetAllConnectionConfigs: %w", err)
	}
	if len(response.FailedConnections) > 0 {
		return fmt.Errorf("failed connections: %v", response.FailedConnections)
	}
	if _, err := p.rpc.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: o.Cache, Ttl: 300}); err != nil {
		return fmt.Errorf("SetCacheOptions: %w", err)
	}
	if _, err := p.rpc.SetRateLimiters(&proto.SetRateLimitersRequest{}); err != nil {
		return fmt.Errorf("SetRateLimiters: %w", err)
	}
	_, err = p.rpc.GetSchema(o.Configs[0].Connection)
	return err
}

// Update changes connections while the plugin runs.
func (p *Plugin) Update(request *proto.UpdateConnectionConfigsRequest) error {
	return p.rpc.UpdateConnectionConfigs(request)
}

// Gone says whether the process has ended.
func (p *Plugin) Gone() bool { return p.client.Exited() }

// Stop ends the plugin as Steampipe does: the call Shutdown, then a kill if it
// has not gone two seconds later.
func (p *Plugin) Stop() { p.client.Kill() }

// Connection is a connection's config as the CLI sends it.
func Connection(name, config string) *proto.ConnectionConfig {
	return &proto.ConnectionConfig{
		Connection: name, Plugin: pluginName, PluginShortName: "docker", PluginInstance: pluginName, Config: config,
	}
}

// Aggregator is an aggregator's config.
func Aggregator(name string, children ...string) *proto.ConnectionConfig {
	config := Connection(name, "")
	config.ChildConnections = children
	return config
}

// Host is the config of a connection to an engine at an address.
func Host(address string) string { return fmt.Sprintf("host = %q\n", address) }

var errGone = errors.New("the plugin is gone")

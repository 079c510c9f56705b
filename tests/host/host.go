package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	sdkgrpc "github.com/turbot/steampipe-plugin-sdk/v5/grpc"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	pluginshared "github.com/turbot/steampipe-plugin-sdk/v5/grpc/shared"
)

// host is a running plugin with its connections configured.
type host struct {
	opts        *options
	raw         *goplugin.Client
	client      *sdkgrpc.PluginClient // the client queries go through
	second      *goplugin.Client      // set with --reattach
	pid         int
	connections []string
	schema      *proto.Schema
	report      *report
	logFile     io.Closer
}

// startHost starts the plugin and makes the calls of Steampipe's plugin
// manager (initializePlugin): GetSupportedOperations, SetAllConnectionConfigs,
// SetCacheOptions, SetRateLimiters, GetSchema.
func startHost(o *options) (_ *host, err error) {
	h := &host{opts: o, report: newReport(o)}
	defer func() {
		if err != nil {
			h.close()
		}
	}()

	logger, err := h.openLog()
	if err != nil {
		return nil, err
	}

	cmd := exec.Command(o.plugin)
	// of a key that stands twice the last value counts
	cmd.Env = append(os.Environ(), o.env...)
	h.raw = goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  pluginshared.Handshake,
		Plugins:          map[string]goplugin.Plugin{o.name: &pluginshared.WrapperPlugin{}},
		Cmd:              cmd,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		StartTimeout:     o.startTimeout,
		Logger:           logger,
		AutoMTLS:         o.automtls,
		SkipHostEnv:      true, // it is in cmd.Env
	})

	t := &h.report.Timings
	begin := time.Now()
	if _, err = h.raw.Start(); err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	t.Handshake = since(begin)
	h.pid = cmd.Process.Pid

	step := time.Now()
	if h.client, err = sdkgrpc.NewPluginClient(h.raw, o.name); err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	rpc, err := h.raw.Client()
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if err = rpc.Ping(); err != nil { // the gRPC health service
		return nil, fmt.Errorf("ping: %w", err)
	}
	t.ConnectAndPing = since(step)

	step = time.Now()
	ops, err := h.client.GetSupportedOperations()
	if err != nil {
		return nil, fmt.Errorf("GetSupportedOperations: %w", err)
	}
	if ops == nil { // Unimplemented is not an error to the SDK client
		ops = &proto.GetSupportedOperationsResponse{}
	}
	h.report.Operations = operationsMap(ops)
	t.SupportedOperations = since(step)
	if !ops.MultipleConnections {
		return nil, fmt.Errorf("plugin does not support multiple connections; Steampipe refuses it")
	}

	step = time.Now()
	if err = h.configure(ops); err != nil {
		return nil, err
	}
	t.Configure = since(step)

	step = time.Now()
	if h.schema, err = h.client.GetSchema(h.connections[0]); err != nil {
		return nil, fmt.Errorf("GetSchema: %w", err)
	}
	t.Schema = since(step)
	t.Ready = since(begin)
	h.report.Tables = len(h.schema.Schema)
	h.report.SDKVersion = h.schema.SdkVersion

	if o.reattach {
		if err = h.attachAgain(); err != nil {
			return nil, fmt.Errorf("reattach: %w", err)
		}
	}

	time.Sleep(o.settle)
	h.report.Idle, err = readProc(h.pid)
	return h, err
}

func (h *host) configure(ops *proto.GetSupportedOperationsResponse) error {
	o := h.opts
	short := shortName(o.name)
	// -1 says that the cache will be set up by SetCacheOptions
	req := &proto.SetAllConnectionConfigsRequest{MaxCacheSizeMb: -1}
	if !ops.SetCacheOptions {
		req.MaxCacheSizeMb = o.cacheMB
	}
	for k := range o.connections {
		name := short
		if k > 0 {
			name = fmt.Sprintf("%s_%d", short, k+1)
		}
		config := ""
		if n := len(o.configs); n > 0 {
			var err error
			if config, err = readConfig(o.configs[min(k, n-1)]); err != nil {
				return err
			}
		}
		h.connections = append(h.connections, name)
		req.Configs = append(req.Configs, &proto.ConnectionConfig{
			Connection:      name,
			Plugin:          o.name,
			PluginShortName: short,
			Config:          config,
			PluginInstance:  o.name,
		})
	}
	if o.aggregator != "" {
		req.Configs = append(req.Configs, &proto.ConnectionConfig{
			Connection:       o.aggregator,
			Plugin:           o.name,
			PluginShortName:  short,
			ChildConnections: h.connections,
			Type:             "aggregator",
			PluginInstance:   o.name,
		})
	}

	resp, err := h.client.SetAllConnectionConfigs(req)
	if err != nil {
		return fmt.Errorf("SetAllConnectionConfigs: %w", err)
	}
	if failed := resp.GetFailedConnections(); len(failed) > 0 {
		h.report.FailedConnections = failed
		if len(failed) >= len(h.connections) {
			return fmt.Errorf("SetAllConnectionConfigs: every connection failed: %v", failed)
		}
	}

	if ops.SetCacheOptions {
		_, err := h.client.SetCacheOptions(&proto.SetCacheOptionsRequest{
			Enabled:   o.cache,
			Ttl:       int64(o.cacheTTL.Seconds()),
			MaxSizeMb: o.cacheMB,
		})
		if err != nil {
			return fmt.Errorf("SetCacheOptions: %w", err)
		}
	}
	if ops.RateLimiters {
		limiters, err := h.client.GetRateLimiters(&proto.GetRateLimitersRequest{})
		if err != nil {
			return fmt.Errorf("GetRateLimiters: %w", err)
		}
		h.report.RateLimiters = len(limiters.GetDefinitions())
		if _, err := h.client.SetRateLimiters(&proto.SetRateLimitersRequest{}); err != nil {
			return fmt.Errorf("SetRateLimiters: %w", err)
		}
	}
	return nil
}

// attachAgain opens a second client from the first one's reattach data, the
// way another process (the FDW) connects to a plugin it did not start.
func (h *host) attachAgain() error {
	rc := h.raw.ReattachConfig()
	client, err := sdkgrpc.NewPluginClientFromReattach(rc, h.opts.name)
	if err != nil {
		return err
	}
	if _, err := client.GetSchema(h.connections[0]); err != nil {
		return err
	}
	h.client = client
	return nil
}

func (h *host) finish() {
	if usage, err := readProc(h.pid); err == nil {
		h.report.End = usage
	}
}

// close ends the plugin as Steampipe does: GRPCController.Shutdown, then a
// kill if the process has not gone two seconds later.
func (h *host) close() {
	if h.raw != nil {
		h.raw.Kill()
	}
	if h.logFile != nil {
		h.logFile.Close()
	}
}

func (h *host) openLog() (hclog.Logger, error) {
	out := io.Discard
	switch h.opts.log {
	case "off":
	case "-":
		out = os.Stderr
	default:
		f, err := os.Create(h.opts.log)
		if err != nil {
			return nil, err
		}
		h.logFile = f
		out = f
	}
	log.SetOutput(io.Discard) // the SDK's client logs through the standard logger
	return hclog.New(&hclog.LoggerOptions{Name: "plugin", Output: out, Level: hclog.Trace}), nil
}

func readConfig(s string) (string, error) {
	if path, ok := strings.CutPrefix(s, "@"); ok {
		b, err := os.ReadFile(path)
		return string(b), err
	}
	return s, nil
}

// shortName: hub.steampipe.io/plugins/turbot/docker@latest -> docker.
func shortName(plugin string) string {
	name := plugin[strings.LastIndex(plugin, "/")+1:]
	name, _, _ = strings.Cut(name, "@")
	return name
}

func operationsMap(ops *proto.GetSupportedOperationsResponse) map[string]bool {
	return map[string]bool{
		"query_cache":          ops.QueryCache,
		"multiple_connections": ops.MultipleConnections,
		"message_stream":       ops.MessageStream,
		"set_cache_options":    ops.SetCacheOptions,
		"rate_limiters":        ops.RateLimiters,
	}
}

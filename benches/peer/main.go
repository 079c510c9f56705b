// Command peer is a plugin on Steampipe's Go SDK with Docker's Go client, which
// is what the Go plugin for Docker is made of: to compare with it on the same
// machine and day. It has the columns that are measured and no others.
package main

import (
	"context"
	"errors"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/client"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin/transform"
)

type config struct {
	Host *string `hcl:"host"`
}

func main() {
	plugin.Serve(&plugin.ServeOpts{PluginFunc: func(context.Context) *plugin.Plugin {
		return &plugin.Plugin{
			Name:                   "steampipe-plugin-peer",
			ConnectionConfigSchema: &plugin.ConnectionConfigSchema{NewInstance: func() any { return &config{} }},
			DefaultTransform:       transform.FromGo(),
			TableMap:               map[string]*plugin.Table{"docker_container": containers, "docker_info": info},
		}
	}})
}

var containers = &plugin.Table{
	Name: "docker_container",
	List: &plugin.ListConfig{Hydrate: listContainers},
	Columns: append(columns(nil, map[string]proto.ColumnType{
		"id": text, "names": document, "image": text, "image_id": text, "command": text, "ports": document, "labels": document,
		"state": text, "status": text, "host_config": document, "network_settings": document, "mounts": document,
	}),
		&plugin.Column{Name: "created", Type: proto.ColumnType_TIMESTAMP, Transform: transform.FromField("Created").Transform(transform.UnixToTimestamp)},
		&plugin.Column{Name: "config", Type: document, Hydrate: inspectContainer, Transform: transform.FromField("Config")},
		&plugin.Column{Name: "inspect", Type: document, Hydrate: inspectContainer, Transform: transform.FromValue()},
	),
}

var info = &plugin.Table{
	Name: "docker_info",
	List: &plugin.ListConfig{Hydrate: getInfo},
	Columns: columns(nil, map[string]proto.ColumnType{
		"id": text, "name": text, "containers": number, "images": number, "driver": text, "driver_status": document, "plugins": document,
		"memory_limit": flag, "swap_limit": flag, "cgroup_driver": text, "kernel_version": text, "operating_system": text, "os_type": text,
		"architecture": text, "registry_config": document, "n_cpu": number, "mem_total": number, "docker_root_dir": text, "labels": document,
		"server_version": text, "runtimes": document, "swarm": document, "live_restore_enabled": flag, "init_binary": text,
		"containerd_commit": document, "security_options": document,
	}),
}

const (
	text     = proto.ColumnType_STRING
	number   = proto.ColumnType_INT
	flag     = proto.ColumnType_BOOL
	document = proto.ColumnType_JSON
)

// columns are columns whose field is called as they are, in Go's way.
func columns(call plugin.HydrateFunc, types map[string]proto.ColumnType) (all []*plugin.Column) {
	odd := map[string]string{"n_cpu": "NCPU", "os_type": "OSType"}
	for name, of := range types {
		column := &plugin.Column{Name: name, Type: of, Hydrate: call}
		if field := odd[name]; field != "" {
			column.Transform = transform.FromField(field)
		}
		all = append(all, column)
	}
	return all
}

func connect(d *plugin.QueryData) (*client.Client, error) {
	if cached, ok := d.ConnectionManager.Cache.Get("client"); ok {
		return cached.(*client.Client), nil
	}
	c, ok := d.Connection.Config.(config)
	if !ok || c.Host == nil {
		return nil, errors.New("the connection has no host")
	}
	docker, err := client.NewClientWithOpts(client.WithHost(*c.Host), client.WithVersion("1.41"))
	if err == nil {
		d.ConnectionManager.Cache.Set("client", docker)
	}
	return docker, err
}

func listContainers(ctx context.Context, d *plugin.QueryData, _ *plugin.HydrateData) (any, error) {
	docker, err := connect(d)
	if err != nil {
		return nil, err
	}
	all, err := docker.ContainerList(ctx, types.ContainerListOptions{All: true, Size: true})
	for _, container := range all {
		d.StreamListItem(ctx, container)
		if d.RowsRemaining(ctx) == 0 {
			break
		}
	}
	return nil, err
}

func inspectContainer(ctx context.Context, d *plugin.QueryData, h *plugin.HydrateData) (any, error) {
	docker, err := connect(d)
	if err != nil {
		return nil, err
	}
	return docker.ContainerInspect(ctx, h.Item.(types.Container).ID)
}

func getInfo(ctx context.Context, d *plugin.QueryData, _ *plugin.HydrateData) (any, error) {
	docker, err := connect(d)
	if err != nil {
		return nil, err
	}
	reply, err := docker.Info(ctx)
	if err == nil {
		d.StreamListItem(ctx, reply)
	}
	return nil, err
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	sdkgrpc "github.com/turbot/steampipe-plugin-sdk/v5/grpc"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	pluginshared "github.com/turbot/steampipe-plugin-sdk/v5/grpc/shared"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// scan is one Execute of a test.
type scan struct {
	table      string
	connection string   // default: docker
	use        []string // the connections to run; default: connection itself
	columns    []string
	quals      map[string]*proto.Quals
	limit      *int64
	ttl        int64 // seconds that a cached row may be old; 0: the cache is off
}

func (s scan) request() *proto.ExecuteRequest {
	if s.connection == "" {
		s.connection = "docker"
	}
	if s.use == nil {
		s.use = []string{s.connection}
	}
	request := &proto.ExecuteRequest{
		Table:                 s.table,
		Connection:            s.connection,
		CallId:                sdkgrpc.BuildCallId(),
		TraceContext:          &proto.TraceContext{Value: "{}"},
		QueryContext:          &proto.QueryContext{Columns: s.columns, Quals: s.quals},
		ExecuteConnectionData: map[string]*proto.ExecuteConnectionData{},
	}
	for _, name := range s.use {
		data := &proto.ExecuteConnectionData{CacheEnabled: s.ttl > 0, CacheTtl: s.ttl}
		if s.limit != nil {
			data.Limit = &proto.NullableInt{Value: *s.limit}
		}
		request.ExecuteConnectionData[name] = data
	}
	return request
}

// where is one qual. A value is a string, a number, a bool, a time, a list, or nil for
// a value that is not set.
func where(column, operator string, value any) map[string]*proto.Quals {
	qual := &proto.Qual{FieldName: column, Operator: &proto.Qual_StringValue{StringValue: operator}, Value: qualOf(value)}
	return map[string]*proto.Quals{column: {Quals: []*proto.Qual{qual}}}
}

type list []any

func qualOf(value any) *proto.QualValue {
	switch v := value.(type) {
	case nil:
		return nil
	case string:
		return &proto.QualValue{Value: &proto.QualValue_StringValue{StringValue: v}}
	case int:
		return &proto.QualValue{Value: &proto.QualValue_Int64Value{Int64Value: int64(v)}}
	case float64:
		return &proto.QualValue{Value: &proto.QualValue_DoubleValue{DoubleValue: v}}
	case bool:
		return &proto.QualValue{Value: &proto.QualValue_BoolValue{BoolValue: v}}
	case time.Time:
		return &proto.QualValue{Value: &proto.QualValue_TimestampValue{TimestampValue: timestamppb.New(v)}}
	case json.RawMessage:
		return &proto.QualValue{Value: &proto.QualValue_JsonbValue{JsonbValue: string(v)}}
	case list:
		values := &proto.QualValueList{}
		for _, item := range v {
			if item == nil { // a NULL in a list
				values.Values = append(values.Values, &proto.QualValue{})
			} else {
				values.Values = append(values.Values, qualOf(item))
			}
		}
		return &proto.QualValue{Value: &proto.QualValue_ListValue{ListValue: values}}
	default:
		panic(fmt.Sprintf("no qual value for %T", value))
	}
}

func execute(stub pluginshared.WrapperPluginClient, request *proto.ExecuteRequest) ([]*proto.ExecuteResponse, error) {
	stream, _, cancel, err := stub.Execute(request)
	if err != nil {
		return nil, err
	}
	defer cancel()
	defer time.AfterFunc(time.Minute, cancel).Stop()
	return receiveAll(stream)
}

func receiveAll(stream proto.WrapperPlugin_ExecuteClient) (rows []*proto.ExecuteResponse, err error) {
	for {
		row, err := stream.Recv()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
}

// rows runs a scan that must succeed. Every message must be one that the FDW
// takes as a row: without a column it would end the scan there.
func (p *running) rows(s scan) []*proto.ExecuteResponse {
	p.t.Helper()
	rows, err := execute(p.stub, s.request())
	if err != nil {
		p.t.Fatalf("%s: %v", s.table, err)
	}
	for _, row := range rows {
		if len(row.GetRow().GetColumns()) == 0 || row.Metadata == nil || row.Connection == "" {
			p.t.Fatalf("%s: not a row to the host: %v", s.table, row)
		}
	}
	return rows
}

// failure runs a scan that must fail with an error of the kind that the CLI
// shows without its code, and returns the message.
func (p *running) failure(s scan) string {
	p.t.Helper()
	rows, err := execute(p.stub, s.request())
	if err == nil {
		p.t.Fatalf("%s on %s: %d rows, want an error", s.table, s.connection, len(rows))
	}
	if code := status.Code(err); code != codes.Unknown {
		p.t.Errorf("code %s, want Unknown: %v", code, err)
	}
	return status.Convert(err).Message()
}

func text(row *proto.ExecuteResponse, column string) string {
	return row.Row.Columns[column].GetStringValue()
}

func texts(rows []*proto.ExecuteResponse, column string) []string {
	out := []string{}
	for _, row := range rows {
		out = append(out, text(row, column))
	}
	slices.Sort(out)
	return out
}

// docker is the config of one connection, docker, to an engine.
func docker(e *engine) []*proto.ConnectionConfig {
	return []*proto.ConnectionConfig{connection("docker", e.config())}
}

// fleet starts a plugin with connections docker, docker_2 and Podman, each
// with an engine of 10 containers of its own, and the aggregator all.
func fleet(t *testing.T) *running {
	t.Helper()
	configs := []*proto.ConnectionConfig{aggregator("all", fleetNames...)} // before its children
	for _, name := range fleetNames {
		configs = append(configs, connection(name, startEngine(t, "--containers", "10").config()))
	}
	return start(t, setup{configs: configs})
}

var fleetNames = []string{"docker", "docker_2", "Podman"}

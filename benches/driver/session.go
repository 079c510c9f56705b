package driver

import (
	"context"
	"io"
	"time"

	sdkgrpc "github.com/turbot/steampipe-plugin-sdk/v5/grpc"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Session is a client of its own, as each PostgreSQL backend is one: its
// connection, with the two streams that go-plugin opens on it.
type Session struct {
	conn   *grpc.ClientConn
	client proto.WrapperPluginClient
	cancel context.CancelFunc
}

// Open opens a session, and asks for the schema as a backend does.
func (p *Plugin) Open(connection string) (*Session, error) {
	conn, err := grpc.NewClient("unix:"+p.socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Session{conn: conn, client: proto.NewWrapperPluginClient(conn), cancel: cancel}
	for method, sends := range map[string]bool{"/plugin.GRPCBroker/StartStream": true, "/plugin.GRPCStdio/StreamStdio": false} {
		stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: sends}, method)
		if err == nil && !sends {
			if err = stream.SendMsg(&emptypb.Empty{}); err == nil {
				err = stream.CloseSend()
			}
		}
		if err != nil {
			s.Close()
			return nil, err
		}
	}
	if _, err := s.client.GetSchema(ctx, &proto.GetSchemaRequest{Connection: connection}); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close ends the session, and what is under way in it.
func (s *Session) Close() {
	s.cancel()
	s.conn.Close()
}

// Query is one scan.
type Query struct {
	Table      string
	Connection string
	Use        []string // the connections to run; default: Connection itself
	Columns    []string
	Quals      map[string]*proto.Quals
	Limit      int64         // 0: none
	TTL        time.Duration // how old a cached row may be; 0: the cache is off
	Cancel     int           // leave after so many rows; 0: read all
}

// Request is the message that asks for it.
func (q Query) Request() *proto.ExecuteRequest {
	use := q.Use
	if use == nil {
		use = []string{q.Connection}
	}
	request := &proto.ExecuteRequest{
		Table:                 q.Table,
		Connection:            q.Connection,
		CallId:                sdkgrpc.BuildCallId(),
		TraceContext:          &proto.TraceContext{Value: "{}"},
		QueryContext:          &proto.QueryContext{Columns: q.Columns, Quals: q.Quals},
		ExecuteConnectionData: map[string]*proto.ExecuteConnectionData{},
	}
	for _, name := range use {
		data := &proto.ExecuteConnectionData{CacheEnabled: q.TTL > 0, CacheTtl: int64(q.TTL.Seconds())}
		if q.Limit > 0 {
			data.Limit = &proto.NullableInt{Value: q.Limit}
		}
		request.ExecuteConnectionData[name] = data
	}
	return request
}

// Equals is the condition that a column has a text.
func Equals(column, text string) map[string]*proto.Quals {
	qual := &proto.Qual{
		FieldName: column, Operator: &proto.Qual_StringValue{StringValue: "="},
		Value: &proto.QualValue{Value: &proto.QualValue_StringValue{StringValue: text}},
	}
	return map[string]*proto.Quals{column: {Quals: []*proto.Qual{qual}}}
}

// Result is what one scan gave.
type Result struct {
	Rows     int
	Of       map[string]int // rows of each connection
	First    time.Duration  // until the first row
	Took     time.Duration
	CacheHit bool
	Left     time.Time // when it was cancelled
}

// Run runs a scan, and calls each for every row unless it is nil.
func (s *Session) Run(q Query, each func(*proto.Row)) (Result, error) {
	r := Result{Of: map[string]int{}}
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	stream, err := s.client.Execute(ctx, q.Request())
	for err == nil {
		var response *proto.ExecuteResponse
		if response, err = stream.Recv(); err != nil {
			break
		}
		if len(response.GetRow().GetColumns()) == 0 {
			continue // the Go SDK ends a stream with such a message
		}
		if r.Rows == 0 {
			r.First = time.Since(began)
		}
		r.Rows++
		r.Of[response.Connection]++
		r.CacheHit = r.CacheHit || response.GetMetadata().GetCacheHit()
		if each != nil {
			each(response.Row)
		}
		if r.Rows == q.Cancel {
			cancel()
			r.Left = time.Now()
			break
		}
	}
	r.Took = time.Since(began)
	if err == io.EOF {
		err = nil
	}
	return r, err
}

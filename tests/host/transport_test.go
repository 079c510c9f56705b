package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	pluginshared "github.com/turbot/steampipe-plugin-sdk/v5/grpc/shared"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// dial opens a gRPC connection to a socket, in clear unless more says else.
func dial(t *testing.T, socket string, more ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	options := append([]grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}, more...)
	conn, err := grpc.NewClient("unix:"+socket, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestQueriesWorkOverEveryKindOfConnection(t *testing.T) {
	for _, mode := range []struct {
		name     string
		automtls bool
		attach   bool
	}{
		{name: "in clear, as Steampipe starts it"},
		{name: "in clear over a reattached client, as the FDW connects", attach: true},
		{name: "over AutoMTLS, as other hosts may", automtls: true},
	} {
		t.Run(mode.name, func(t *testing.T) {
			e := startEngine(t, "--containers", "7")
			p := start(t, setup{configs: docker(e), automtls: mode.automtls})
			if err := pingHost(p); err != nil {
				t.Errorf("health service: %v", err)
			}
			if mode.attach {
				stub, err := p.attach()
				if err != nil {
					t.Fatalf("reattach: %v", err)
				}
				p.stub = stub
			}
			if rows := p.rows(scan{table: "docker_container", columns: []string{"id"}}); len(rows) != 7 {
				t.Errorf("%d rows, want 7", len(rows))
			}
		})
	}
}

func pingHost(p *running) error {
	rpc, err := p.client.Client()
	if err != nil {
		return err
	}
	return rpc.Ping()
}

func TestMutualTLSLetsInOnlyTheHostThatStartedThePlugin(t *testing.T) {
	ours, other := certificate(t), certificate(t)
	p := launch(t, "PLUGIN_CLIENT_CERT="+string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ours.Certificate[0]})))
	fields := strings.Split(p.handshake(), "|")
	if len(fields) != 6 || len(fields[5]) <= 50 {
		t.Fatalf("handshake %q holds no certificate as its sixth field", p.handshake())
	}
	der, err := base64.RawStdEncoding.DecodeString(fields[5])
	if err != nil {
		t.Fatalf("the certificate is not base64 without padding: %v", err)
	}
	server, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(server)

	for _, c := range []struct {
		name         string
		certificates []tls.Certificate
		welcome      bool
	}{
		{"the certificate it was told", []tls.Certificate{ours}, true},
		{"another certificate of the same kind", []tls.Certificate{other}, false},
		{"no certificate", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw, err := net.Dial("unix", fields[3])
			if err != nil {
				t.Fatal(err)
			}
			defer raw.Close()
			raw.SetDeadline(time.Now().Add(10 * time.Second))
			conn := tls.Client(raw, &tls.Config{
				RootCAs: roots, ServerName: "localhost", Certificates: c.certificates, NextProtos: []string{"h2"},
			})
			// a server of TLS 1.3 refuses a client only after the client's side of
			// the handshake is done: what counts is whether it then speaks HTTP/2
			err = conn.Handshake()
			if err == nil {
				fmt.Fprint(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
				_, err = conn.Read(make([]byte, 1))
			}
			if welcome := err == nil; welcome != c.welcome {
				t.Errorf("let in: %v, want %v (%v)", welcome, c.welcome, err)
			}
			if protocol := conn.ConnectionState().NegotiatedProtocol; c.welcome && protocol != "h2" {
				t.Errorf("negotiated %q: newer gRPC clients refuse all but h2", protocol)
			}
		})
	}
	t.Run("no TLS at all", func(t *testing.T) {
		_, err := proto.NewWrapperPluginClient(dial(t, fields[3])).GetSupportedOperations(timeout(t), &proto.GetSupportedOperationsRequest{})
		if err == nil {
			t.Error("served in clear")
		}
	})
}

// certificate is a self-signed one of the kind go-plugin makes for a host.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "localhost", Organization: []string{"HashiCorp"}},
		DNSNames:              []string{"localhost"},
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageKeyAgreement | x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		SerialNumber:          serial,
		NotBefore:             time.Now().Add(-30 * time.Second),
		NotAfter:              time.Now().Add(262980 * time.Hour),
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestFiftyClientsAreServedEachAfterABareProbe(t *testing.T) {
	e := startEngine(t, "--containers", "20")
	p := start(t, setup{configs: docker(e)})
	address := p.client.ReattachConfig().Addr.String()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			probe, err := net.Dial("unix", address)
			if err != nil {
				t.Errorf("probe: %v", err)
				return
			}
			probe.Close()
			stub, err := p.attach()
			if err != nil {
				t.Errorf("attach: %v", err)
				return
			}
			rows, err := execute(stub, scan{table: "docker_container", columns: []string{"id"}}.request())
			if err != nil || len(rows) != 20 {
				t.Errorf("%d rows, want 20; %v", len(rows), err)
			}
		})
	}
	wg.Wait()
}

func TestAThousandCancelledQueriesDoNotEndTheConnection(t *testing.T) {
	e := startEngine(t, "--containers", "100")
	p := start(t, setup{configs: docker(e)})
	socket := p.client.ReattachConfig().Addr.String()
	var dials atomic.Int32
	conn := dial(t, socket, grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		dials.Add(1)
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}))
	client := proto.NewWrapperPluginClient(conn)

	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for k := range 20 {
				ctx, cancel := context.WithCancel(timeout(t))
				stream, err := client.Execute(ctx, scan{table: "docker_container", columns: []string{"id", "inspect"}}.request())
				if err != nil {
					t.Errorf("Execute: %v", err)
				} else if k%2 == 0 { // the others are cancelled at once
					if _, err := stream.Recv(); err != nil {
						t.Errorf("first row: %v", err)
					}
				}
				cancel()
			}
		})
	}
	wg.Wait()

	stream, err := client.Execute(timeout(t), scan{table: "docker_container", columns: []string{"id"}}.request())
	if err != nil {
		t.Fatal(err)
	}
	rows, err := receiveAll(stream)
	if err != nil || len(rows) != 100 {
		t.Errorf("%d rows after the cancelled queries, want 100; %v", len(rows), err)
	}
	if n := dials.Load(); n != 1 {
		t.Errorf("the client connected %d times: the plugin ended a connection", n)
	}
}

func TestHealthServiceKnowsThePlugin(t *testing.T) {
	p := launch(t)
	health := grpc_health_v1.NewHealthClient(p.connect())
	for _, service := range []string{"plugin", ""} {
		response, err := health.Check(timeout(t), &grpc_health_v1.HealthCheckRequest{Service: service})
		if err != nil || response.Status != grpc_health_v1.HealthCheckResponse_SERVING {
			t.Errorf("%q: %v, %v", service, response, err)
		}
	}
	_, err := health.Check(timeout(t), &grpc_health_v1.HealthCheckRequest{Service: "nope"})
	if status.Code(err) != codes.NotFound {
		t.Errorf("unknown service: %v, want NotFound", err)
	}
	watch, err := health.Watch(timeout(t), &grpc_health_v1.HealthCheckRequest{Service: "plugin"})
	if err != nil {
		t.Fatal(err)
	}
	if response, err := watch.Recv(); err != nil || response.Status != grpc_health_v1.HealthCheckResponse_SERVING {
		t.Errorf("watch: %v, %v", response, err)
	}
}

// The services that go-plugin opens at once for each client: the messages do
// not matter here, only that the streams stay open and silent.
func TestBrokerAndStandardStreamsStayOpenForEveryClient(t *testing.T) {
	p := launch(t)
	conn := p.connect()
	ended := make(chan string, 4)
	for k := range 2 {
		for method, clientStreams := range map[string]bool{
			"/plugin.GRPCBroker/StartStream": true,
			"/plugin.GRPCStdio/StreamStdio":  false,
		} {
			stream, err := conn.NewStream(t.Context(), &grpc.StreamDesc{ServerStreams: true, ClientStreams: clientStreams}, method)
			if err != nil {
				t.Fatal(err)
			}
			if !clientStreams {
				if err := stream.SendMsg(&emptypb.Empty{}); err != nil {
					t.Fatal(err)
				}
				if err := stream.CloseSend(); err != nil {
					t.Fatal(err)
				}
			}
			go func() {
				err := stream.RecvMsg(&emptypb.Empty{})
				ended <- fmt.Sprintf("client %d: %s: %v", k, method, err)
			}()
		}
	}
	select {
	case end := <-ended:
		t.Errorf("ended or sent something: %s", end)
	case <-time.After(500 * time.Millisecond):
	}
}

func TestEveryCallOfThePluginServiceIsThere(t *testing.T) {
	e := startEngine(t, "--containers", "1")
	p := start(t, setup{configs: docker(e)})
	calls := map[string]func(pluginshared.WrapperPluginClient) error{
		"GetSchema": func(s pluginshared.WrapperPluginClient) error {
			_, err := s.GetSchema(&proto.GetSchemaRequest{Connection: "docker"})
			return err
		},
		"Execute": func(s pluginshared.WrapperPluginClient) error {
			_, err := execute(s, scan{table: "docker_info"}.request())
			return err
		},
		"SetConnectionConfig": func(s pluginshared.WrapperPluginClient) error {
			_, err := s.SetConnectionConfig(&proto.SetConnectionConfigRequest{ConnectionName: "docker", ConnectionConfig: e.config()})
			return err
		},
		"SetAllConnectionConfigs": func(s pluginshared.WrapperPluginClient) error {
			_, err := s.SetAllConnectionConfigs(&proto.SetAllConnectionConfigsRequest{Configs: docker(e), MaxCacheSizeMb: -1})
			return err
		},
		"UpdateConnectionConfigs": func(s pluginshared.WrapperPluginClient) error {
			_, err := s.UpdateConnectionConfigs(&proto.UpdateConnectionConfigsRequest{})
			return err
		},
		"GetSupportedOperations": func(s pluginshared.WrapperPluginClient) error {
			_, err := s.GetSupportedOperations(&proto.GetSupportedOperationsRequest{})
			return err
		},
		"SetCacheOptions": func(s pluginshared.WrapperPluginClient) error {
			_, err := s.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: true, Ttl: 300, MaxSizeMb: 10})
			return err
		},
		"SetConnectionCacheOptions": func(s pluginshared.WrapperPluginClient) error {
			_, err := s.SetConnectionCacheOptions(&proto.SetConnectionCacheOptionsRequest{ClearCacheForConnection: "docker"})
			return err
		},
		"SetRateLimiters": func(s pluginshared.WrapperPluginClient) error {
			_, err := s.SetRateLimiters(&proto.SetRateLimitersRequest{Definitions: []*proto.RateLimiterDefinition{
				{Name: "slow", MaxConcurrency: 3, Scope: []string{"connection"}, Where: "connection = 'docker'"},
			}})
			return err
		},
		"GetRateLimiters": func(s pluginshared.WrapperPluginClient) error {
			_, err := s.GetRateLimiters(&proto.GetRateLimitersRequest{})
			return err
		},
		"EstablishMessageStream": func(s pluginshared.WrapperPluginClient) error {
			_, err := s.EstablishMessageStream()
			return err
		},
	}
	methods := proto.WrapperPlugin_ServiceDesc.Methods
	streams := proto.WrapperPlugin_ServiceDesc.Streams
	if len(methods)+len(streams) != len(calls) {
		t.Fatalf("the service has %d calls, this test makes %d", len(methods)+len(streams), len(calls))
	}
	for name, call := range calls {
		// the SDK's client swallows Unimplemented: the stub does not
		if err := call(p.stub); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryOperationIsSupported(t *testing.T) {
	p := start(t, setup{})
	ops, err := p.stub.GetSupportedOperations(&proto.GetSupportedOperationsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name, supported := range operationsMap(ops) {
		if !supported {
			t.Errorf("%s is not supported", name)
		}
	}
}

func TestMessageStreamOfAStaticPluginEndsAtOnce(t *testing.T) {
	p := start(t, setup{})
	stream, err := p.stub.EstablishMessageStream()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := stream.Recv()
		ended <- err
	}()
	select {
	case err := <-ended:
		if err == nil || err.Error() != "EOF" {
			t.Errorf("ended with %v, want EOF", err)
		}
	case <-time.After(2 * time.Second):
		t.Error("still open after two seconds")
	}
}

func TestABadRateLimiterIsNamedAndTheGoodOnesStay(t *testing.T) {
	p := start(t, setup{})
	good := &proto.RateLimiterDefinition{Name: "good", FillRate: 5, BucketSize: 5}
	bad := &proto.RateLimiterDefinition{Name: "bad", MaxConcurrency: 1, Where: "connection is null"}
	_, err := p.stub.SetRateLimiters(&proto.SetRateLimitersRequest{Definitions: []*proto.RateLimiterDefinition{good, bad}})
	if want := "failed to create rate limiter 'bad' from config: "; err == nil || !strings.HasPrefix(status.Convert(err).Message(), want) {
		t.Errorf("error %v, want one that begins with %q", err, want)
	}
	if _, err := p.stub.SetRateLimiters(&proto.SetRateLimitersRequest{Definitions: []*proto.RateLimiterDefinition{good}}); err != nil {
		t.Errorf("a good definition: %v", err)
	}
	// definitions of the user are not the plugin's own
	own, err := p.stub.GetRateLimiters(&proto.GetRateLimitersRequest{})
	if err != nil || slices.ContainsFunc(own.Definitions, func(d *proto.RateLimiterDefinition) bool { return d.Name == "good" }) {
		t.Errorf("own definitions %v, %v", own, err)
	}
}

//! The life of the process: listen, shake hands, serve, end (protocol sections 1.4 and 1.8).
//! It must not know what is served beyond the list of services.

use std::io;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{UnixListener, UnixStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Server;
use tonic::transport::server::Connected;

use super::handshake::{Environment, Socket, announce_failure};
use super::plugin::Service;
use super::proto::goplugin::grpc_broker_server::GrpcBrokerServer;
use super::proto::goplugin::grpc_controller_server::GrpcControllerServer;
use super::proto::goplugin::grpc_stdio_server::GrpcStdioServer;
use super::proto::steampipe::wrapper_plugin_server::WrapperPluginServer;
use super::sidecar::{Broker, Controller, Stdio};
use super::{log, tls};
use crate::sdk;

/// Thousands of connections with long configurations are one request.
const LARGEST_REQUEST: usize = 64 << 20;
/// Every query that stops early resets its stream; hosts may do so in bursts.
const RESETS_PENDING: usize = 100_000;
/// How often the parent is looked for.
const PARENT_WATCH: Duration = Duration::from_secs(1);
/// How long the answer to Shutdown may take to leave.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// Serves the plugin to the host that started this process, until the host ends it.
pub fn serve<C: sdk::Connection>(plugin: &'static sdk::Plugin<C>) -> ExitCode {
    let environment = Environment::of_process();
    log::start(&environment);
    allow_files();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&format!("cannot start a runtime: {error}")),
    };
    let code = runtime.block_on(serve_until_end(plugin, &environment));
    runtime.shutdown_background(); // open streams and blocking work must not hold the process
    code
}

async fn serve_until_end<C: sdk::Connection>(
    plugin: &'static sdk::Plugin<C>,
    environment: &Environment,
) -> ExitCode {
    let parent = std::os::unix::process::parent_id();
    let (mut interrupts, mut terminate) =
        match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
            (Ok(interrupts), Ok(terminate)) => (interrupts, terminate),
            (Err(error), _) | (_, Err(error)) => {
                return failed(&format!("cannot handle signals: {error}"));
            }
        };
    // Ctrl-C in the user's terminal reaches every process of the group: it is not for us
    tokio::spawn(async move { while interrupts.recv().await.is_some() {} });

    let (acceptor, certificate) = match environment.get("PLUGIN_CLIENT_CERT").map(tls::server) {
        None => (None, String::new()),
        Some(Ok((config, certificate))) => (Some(config), certificate),
        Some(Err(error)) => return failed(&error),
    };
    let socket = match Socket::bind(environment) {
        Ok(socket) => socket,
        Err(error) => return failed(&error),
    };
    if let Err(error) = socket.announce(&certificate, environment) {
        tracing::error!(%error, "cannot write the handshake");
        return ExitCode::FAILURE;
    }
    let ended = Arc::new(Notify::new());
    let serving = server(plugin, environment, &ended, incoming(&socket.listener, acceptor));
    tokio::select! {
        served = serving => {
            let error = served.map_or_else(|error| error.to_string(), |()| "the socket was closed".to_owned());
            tracing::error!(%error, "stopped serving");
            ExitCode::FAILURE
        }
        () = ended.notified() => {
            tokio::time::sleep(LAST_WORDS).await;
            ExitCode::SUCCESS
        }
        _ = terminate.recv() => ExitCode::from(128 + 15),
        () = orphaned(parent) => {
            tracing::warn!("the host is gone");
            ExitCode::FAILURE
        }
    }
}

async fn server<C: sdk::Connection>(
    plugin: &'static sdk::Plugin<C>,
    environment: &Environment,
    ended: &Arc<Notify>,
    incoming: ReceiverStream<io::Result<Conn>>,
) -> Result<(), tonic::transport::Error> {
    let (health_reporter, health) = tonic_health::server::health_reporter();
    health_reporter.set_service_status("plugin", tonic_health::ServingStatus::Serving).await;
    let service = WrapperPluginServer::new(Service::new(plugin, environment));
    Server::builder()
        .http2_max_pending_accept_reset_streams(Some(RESETS_PENDING))
        .add_service(service.max_decoding_message_size(LARGEST_REQUEST))
        .add_service(health)
        .add_service(GrpcBrokerServer::new(Broker))
        .add_service(GrpcStdioServer::new(Stdio))
        .add_service(GrpcControllerServer::new(Controller(Arc::clone(ended))))
        .serve_with_incoming(incoming)
        .await
}

/// Accepts for ever. A connection that fails, or closes without a word as every reattach does first, is no reason
/// to stop; a TLS handshake does not hold up the next one.
fn incoming(
    listener: &UnixListener,
    tls: Option<Arc<ServerConfig>>,
) -> ReceiverStream<io::Result<Conn>> {
    // dropped with the runtime: accepting on a second handle keeps the listener with its socket file
    let (connections, accepted) = mpsc::channel(16);
    let listener = std::os::fd::AsFd::as_fd(listener)
        .try_clone_to_owned()
        .and_then(|handle| UnixListener::from_std(std::os::unix::net::UnixListener::from(handle)));
    tokio::spawn(async move {
        let listener = match listener {
            Ok(listener) => listener,
            Err(error) => return drop(connections.send(Err(error)).await),
        };
        loop {
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let Some(tls) = tls.clone() else {
                if connections.send(Ok(Conn::Plain(stream))).await.is_err() {
                    return;
                }
                continue;
            };
            let connections = connections.clone();
            tokio::spawn(async move {
                match TlsAcceptor::from(tls).accept(stream).await {
                    Ok(stream) => drop(connections.send(Ok(Conn::Tls(Box::new(stream)))).await),
                    Err(error) => tracing::warn!(%error, "refused a TLS connection"),
                }
            });
        }
    });
    ReceiverStream::new(accepted)
}

/// Asks for as many open files as the system grants: every engine has its sockets. Hosts start plugins with the soft
/// limit of a shell, often 1024, which Go's runtime raises in the same way.
fn allow_files() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
}

/// Ends when this process has another parent than at its start.
async fn orphaned(parent: u32) {
    while std::os::unix::process::parent_id() == parent {
        tokio::time::sleep(PARENT_WATCH).await;
    }
}

/// The Go SDK's exit code here is 0: the line on stdout is what the host reads.
fn failed(message: &str) -> ExitCode {
    tracing::error!(error = message, "cannot start");
    announce_failure(message);
    ExitCode::SUCCESS
}

/// A host's connection, in the clear or not.
enum Conn {
    Plain(UnixStream),
    Tls(Box<TlsStream<UnixStream>>),
}

impl Connected for Conn {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

/// Passes a call on to whichever stream it is.
macro_rules! either {
    ($conn:expr, $stream:ident => $call:expr) => {
        match $conn.get_mut() {
            Conn::Plain($stream) => {
                let $stream = Pin::new($stream);
                $call
            }
            Conn::Tls($stream) => {
                let $stream = Pin::new($stream);
                $call
            }
        }
    };
}

impl AsyncRead for Conn {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_read(context, buffer))
    }
}

impl AsyncWrite for Conn {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        either!(self, stream => stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self, stream => stream.poll_write_vectored(context, slices))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_shutdown(context))
    }
}

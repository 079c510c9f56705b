//! How a connection to an engine is opened, whatever lies between.
//! It must not know HTTP; the messages it gives are final.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use super::address::Address;
use super::endpoint::{Endpoint, Target};
use super::{Error, ssh, tls};

/// Opens connections to one engine.
#[derive(Clone)]
pub(super) struct Connector(Arc<Route>);

struct Route {
    endpoint: Arc<Endpoint>,
    way: Way,
}

enum Way {
    Unix(PathBuf),
    Tcp { host: String, port: u16 },
    Tls { host: String, port: u16, name: ServerName<'static>, connector: TlsConnector },
    Ssh { destination: ssh::Destination, program: String },
}

impl Connector {
    /// Reads the certificates, if there are any to read.
    pub(super) fn new(target: &Target, ssh_program: &str) -> Result<Self, Error> {
        let endpoint = Arc::clone(&target.endpoint);
        let way = match (&target.address, &target.tls) {
            (Address::Unix(path), _) => Way::Unix(path.clone()),
            (Address::Ssh(destination), _) => {
                Way::Ssh { destination: destination.clone(), program: ssh_program.to_owned() }
            }
            (Address::Tcp(tcp), None) => Way::Tcp { host: tcp.host.clone(), port: tcp.port(false) },
            (Address::Tcp(tcp), Some(files)) => {
                let refused =
                    |problem| Error::Certificates { endpoint: Arc::clone(&endpoint), problem };
                let name = ServerName::try_from(tcp.host.clone()).map_err(|_| {
                    refused(format!("`{}` cannot be the name in a certificate", tcp.host))
                })?;
                let config = tls::client_config(files).map_err(refused)?;
                Way::Tls {
                    host: tcp.host.clone(),
                    port: tcp.port(true),
                    name,
                    connector: Arc::new(config).into(),
                }
            }
        };
        Ok(Self(Arc::new(Route { endpoint, way })))
    }
}

impl Route {
    async fn connect(&self) -> Result<Stream, Error> {
        let opened: io::Result<Box<dyn Duplex>> = match &self.way {
            Way::Unix(path) => UnixStream::connect(path).await.map(boxed),
            Way::Tcp { host, port } => tcp(host, *port).await.map(boxed),
            Way::Ssh { destination, program } => destination.connect(program).map(boxed),
            Way::Tls { host, port, name, connector } => match tcp(host, *port).await {
                Ok(stream) => connector.connect(name.clone(), stream).await.map(boxed),
                Err(error) => Err(error),
            },
        };
        opened.map(Stream).map_err(|error| failed(&self.endpoint, error))
    }
}

fn boxed(stream: impl Duplex + 'static) -> Box<dyn Duplex> {
    Box::new(stream)
}

async fn tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Says why a connection could not be opened.
fn failed(endpoint: &Arc<Endpoint>, error: io::Error) -> Error {
    if let Some(error) = meaning(endpoint, &error) {
        return error;
    }
    let kind = error.kind();
    let (endpoint, source) = (Arc::clone(endpoint), Arc::new(error));
    match kind {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
            Error::NotRunning { endpoint, source }
        }
        io::ErrorKind::PermissionDenied => Error::PermissionDenied { endpoint, source },
        _ => Error::Connect { endpoint, source },
    }
}

/// What TLS or ssh say through an I/O error, at any time of a connection's life.
pub(super) fn meaning(endpoint: &Arc<Endpoint>, error: &io::Error) -> Option<Error> {
    // `source` would skip what the error was made from
    let inner = error.get_ref()?;
    let endpoint = Arc::clone(endpoint);
    match (inner.downcast_ref::<rustls::Error>(), inner.downcast_ref::<ssh::Failed>()) {
        (Some(source), _) => Some(tls_failed(endpoint, source.clone())),
        (_, Some(ssh::Failed(message))) => Some(Error::Ssh { endpoint, message: message.clone() }),
        (None, None) => None,
    }
}

fn tls_failed(endpoint: Arc<Endpoint>, source: rustls::Error) -> Error {
    match source {
        rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType) => {
            Error::NoTlsThere { endpoint }
        }
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
            Error::Untrusted { endpoint, source }
        }
        source => Error::Tls { endpoint, source },
    }
}

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let route = Arc::clone(&self.0);
        Box::pin(async move { route.connect().await.map(TokioIo::new) })
    }
}

/// An open connection, whatever it goes through.
pub(super) struct Stream(Box<dyn Duplex>);

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_shutdown(context)
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

//! One GET on a kept-alive HTTP/1.1 connection: time limits, size limits, and what an error means.
//! It must not know API versions or what a reply says.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Incoming};
use hyper::header::{HOST, HeaderValue};
use hyper::http::uri::{Authority, InvalidUri, Parts, Scheme};
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;

use super::address::Address;
use super::connector::{self, Connector};
use super::endpoint::{Endpoint, Target};
use super::{Config, Error};

/// How long an unused connection stays open: longer than a query pauses, shorter than anybody minds.
const IDLE: Duration = Duration::from_secs(30);

/// The connections to one engine.
pub(super) struct Http {
    client: Client<Connector, Empty<Bytes>>,
    /// The pool wants a name for the engine; it is always the same, since the connector knows the way.
    authority: Authority,
    endpoint: Arc<Endpoint>,
    host: HeaderValue,
    base_path: String,
    /// True if TLS could be what the other side expects instead.
    is_plain_tcp: bool,
    timeout: Duration,
}

impl Http {
    pub(super) fn new(target: &Target, connector: Connector, config: &Config) -> Self {
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(config.max_concurrency)
            .set_host(false);
        let (host, base_path) = match &target.address {
            Address::Tcp(tcp) => (tcp.host_header(target.tls.is_some()), tcp.base_path.clone()),
            Address::Unix(_) | Address::Ssh(_) => ("docker".to_owned(), String::new()),
        };
        Self {
            client: builder.build(connector),
            authority: Authority::from_static("docker"),
            endpoint: Arc::clone(&target.endpoint),
            host: HeaderValue::try_from(host)
                .unwrap_or_else(|_| HeaderValue::from_static("docker")),
            base_path,
            is_plain_tcp: matches!(target.address, Address::Tcp(_)) && target.tls.is_none(),
            timeout: config.timeout,
        }
    }

    /// Asks for `prefix` and `target`, and collects at most `limit` bytes; only the target appears in messages.
    pub(super) async fn get(
        &self,
        prefix: &str,
        target: &str,
        limit: usize,
    ) -> Result<Response<Bytes>, Error> {
        let uri = self.uri(prefix, target)?;
        let response = match self.send(uri.clone(), target).await {
            // a kept connection that the engine closed meanwhile: a GET can be asked twice
            Err(Failure::Lost(_)) => self.send(uri, target).await,
            response => response,
        };
        let (head, body) = response.map_err(Failure::into_error)?.into_parts();
        let body = self.collect(body, target, limit).await?;
        Ok(Response::from_parts(head, body))
    }

    fn uri(&self, prefix: &str, target: &str) -> Result<Uri, Error> {
        let path = [&self.base_path, prefix, target].concat();
        let unusable =
            |problem: String| Error::Host { endpoint: Arc::clone(&self.endpoint), problem };
        let mut parts = Parts::default();
        parts.scheme = Some(Scheme::HTTP);
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path.try_into().map_err(|error: InvalidUri| {
            unusable(format!("its path cannot stand in a request: {error}"))
        })?);
        Uri::from_parts(parts).map_err(|error| unusable(error.to_string()))
    }

    async fn send(&self, uri: Uri, target: &str) -> Result<Response<Incoming>, Failure> {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = uri;
        request.headers_mut().insert(HOST, self.host.clone());
        match timeout(self.timeout, self.client.request(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) if is_lost(&error) => Err(Failure::Lost(self.explain(&error, target))),
            Ok(Err(error)) => Err(Failure::Final(self.explain(&error, target))),
            Err(_) => Err(Failure::Final(self.silent(target))),
        }
    }

    async fn collect(
        &self,
        mut body: Incoming,
        target: &str,
        limit: usize,
    ) -> Result<Bytes, Error> {
        let too_large = || Error::TooLarge {
            endpoint: Arc::clone(&self.endpoint),
            asked: asked(target),
            limit,
        };
        // the whole length if the engine tells it: a long list must not be copied while it grows
        let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if expected > limit {
            return Err(too_large());
        }
        let mut bytes = Vec::with_capacity(expected);
        loop {
            let frame = match timeout(self.timeout, body.frame()).await {
                Err(_) => return Err(self.silent(target)),
                Ok(None) => break,
                Ok(Some(Err(error))) => return Err(self.explain(&error, target)),
                Ok(Some(Ok(frame))) => frame,
            };
            let Ok(data) = frame.into_data() else { continue };
            if bytes.len() + data.len() > limit {
                return Err(too_large());
            }
            bytes.extend_from_slice(&data);
        }
        bytes.shrink_to_fit();
        Ok(bytes.into())
    }

    fn silent(&self, target: &str) -> Error {
        Error::Timeout {
            endpoint: Arc::clone(&self.endpoint),
            asked: asked(target),
            waited: self.timeout,
        }
    }

    /// Finds the cause that says most.
    fn explain(&self, error: &(dyn StdError + 'static), target: &str) -> Error {
        let mut deepest = error;
        for cause in causes(error) {
            if let Some(error) = cause.downcast_ref::<Error>() {
                return error.clone();
            }
            let io = cause.downcast_ref::<io::Error>();
            if let Some(error) = io.and_then(|io| connector::meaning(&self.endpoint, io)) {
                return error;
            }
            if self.is_plain_tcp
                && cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse)
            {
                return Error::TlsExpected { endpoint: Arc::clone(&self.endpoint) };
            }
            deepest = cause;
        }
        Error::Broken {
            endpoint: Arc::clone(&self.endpoint),
            asked: asked(target),
            problem: deepest.to_string(),
        }
    }
}

/// How a request reads in messages.
pub(super) fn asked(target: &str) -> String {
    format!("GET {target}")
}

enum Failure {
    /// The connection was closed before a word of the reply.
    Lost(Error),
    Final(Error),
}

impl Failure {
    fn into_error(self) -> Error {
        match self {
            Self::Lost(error) | Self::Final(error) => error,
        }
    }
}

fn is_lost(error: &legacy::Error) -> bool {
    !error.is_connect()
        && causes(error).any(|cause| {
            let hyper = cause.downcast_ref::<hyper::Error>();
            let io = cause.downcast_ref::<io::Error>();
            hyper.is_some_and(|error| error.is_incomplete_message() || error.is_canceled())
                || io.is_some_and(|error| {
                    matches!(
                        error.kind(),
                        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
                    )
                })
        })
}

fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

//! One GET on a kept-alive HTTP/1.1 connection: time limits, size limits, repetitions, and what an error means.
//! It must not know API versions or what a reply says.

use std::error::Error as StdError;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Incoming};
use hyper::header::{HOST, HeaderValue};
use hyper::http::uri::{Authority, InvalidUri, Parts, Scheme};
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy::connect::capture_connection;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Instant, timeout};

use super::address::Address;
use super::connector::{self, Connector};
use super::endpoint::{Endpoint, Target};
use super::error::Wait;
use super::retry::{A_MOMENT, Attempts, Trouble};
use super::{Config, Error, request};

/// The most that is set aside for a reply before it has come: its length is only what the other side says.
const SET_ASIDE: usize = 16 << 20;
/// How long an unused connection stays open: longer than a query pauses, shorter than anybody minds.
const IDLE: Duration = Duration::from_secs(30);

/// The largest buffer of a connection, which it keeps as long as it is open.
const BUFFER: usize = 64 << 10;

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
    /// When it last gave a whole reply.
    answered: Mutex<Option<Instant>>,
    /// The bytes of all replies under way, and how many these may be.
    under_way: AtomicUsize,
    together: usize,
}

/// The share of one reply in what is under way.
struct Share<'h> {
    all: &'h AtomicUsize,
    own: usize,
}

impl Share<'_> {
    /// How many bytes are under way with so many more.
    fn grow(&mut self, bytes: usize) -> usize {
        self.own += bytes;
        self.all.fetch_add(bytes, Ordering::Relaxed) + bytes
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.all.fetch_sub(self.own, Ordering::Relaxed);
    }
}

impl Http {
    pub(super) fn new(target: &Target, connector: Connector, config: &Config) -> Self {
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            // replies come in bursts: connections that were closed between them would all be opened again
            .pool_max_idle_per_host(config.max_concurrency)
            .http1_max_buf_size(BUFFER)
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
            answered: Mutex::new(None),
            under_way: AtomicUsize::new(0),
            together: config.reply_limits.together(),
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
        let mut attempts = Attempts::new(self.timeout, request::takes_turns(target));
        loop {
            let outcome = self.attempt(uri.clone(), target, limit, &attempts).await;
            let trouble = match &outcome {
                Ok(response) if is_of_gateway(response) => Trouble::Gateway,
                Err(Failure { trouble: Some(trouble), .. }) => *trouble,
                Ok(_) | Err(_) => return self.settle(outcome),
            };
            let Some(pause) = attempts.next(trouble, self.answered_lately()) else {
                return self.settle(outcome);
            };
            tracing::debug!(request = target, ?trouble, ?pause, "asking again");
            tokio::time::sleep(pause).await;
        }
    }

    fn settle(&self, outcome: Result<Response<Bytes>, Failure>) -> Result<Response<Bytes>, Error> {
        let response = outcome.map_err(|failure| failure.error)?;
        if !is_of_gateway(&response) {
            *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        Ok(response)
    }

    fn answered_lately(&self) -> bool {
        let answered = *self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.is_some_and(|answered| answered.elapsed() < A_MOMENT)
    }

    async fn attempt(
        &self,
        uri: Uri,
        target: &str,
        limit: usize,
        attempts: &Attempts,
    ) -> Result<Response<Bytes>, Failure> {
        let (head, body) = self.send(uri, target).await?.into_parts();
        let body = self.collect(body, target, limit, attempts).await?;
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
        let connection = capture_connection(&mut request);
        match timeout(self.timeout, self.client.request(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => {
                let lost = is_lost(&error).then_some(Trouble::Lost);
                let error = self.explain(&error, target);
                Err(Failure { trouble: lost.or_else(|| of_connecting(&error)), error })
            }
            Err(_) => {
                let is_connected = connection.connection_metadata().is_some();
                let wait = if is_connected { Wait::Reply } else { Wait::Connection };
                Err(self.silent(target, wait).into())
            }
        }
    }

    async fn collect(
        &self,
        mut body: Incoming,
        target: &str,
        limit: usize,
        attempts: &Attempts,
    ) -> Result<Bytes, Failure> {
        let too_large = || Error::TooLarge {
            endpoint: Arc::clone(&self.endpoint),
            asked: asked(target),
            limit,
        };
        // the whole length if the engine tells it: a long list must not be copied while it grows
        let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if expected > limit {
            return Err(too_large().into());
        }
        let mut bytes = Vec::with_capacity(expected.min(SET_ASIDE));
        let mut share = Share { all: &self.under_way, own: 0 };
        let too_much = || Error::TooMuch {
            endpoint: Arc::clone(&self.endpoint),
            asked: asked(target),
            limit: self.together,
        };
        let pace = attempts.pace();
        let too_slow = |received| Error::TooSlow {
            endpoint: Arc::clone(&self.endpoint),
            asked: asked(target),
            received,
            waited: pace.elapsed(),
        };
        loop {
            let Some(wait) = pace.wait(bytes.len()) else {
                return Err(too_slow(bytes.len()).into());
            };
            let frame = match timeout(wait, body.frame()).await {
                Err(_) if pace.is_silence(wait) => {
                    return Err(self.silent(target, Wait::Rest).into());
                }
                Err(_) => return Err(too_slow(bytes.len()).into()),
                Ok(None) => break,
                Ok(Some(Err(error))) => {
                    let error = self.explain(&error, target);
                    let cut = matches!(error, Error::Broken { .. }).then_some(Trouble::Cut);
                    return Err(Failure { trouble: cut, error });
                }
                Ok(Some(Ok(frame))) => frame,
            };
            let Ok(data) = frame.into_data() else { continue };
            if bytes.len() + data.len() > limit {
                return Err(too_large().into());
            }
            if share.grow(data.len()) > self.together {
                return Err(too_much().into());
            }
            bytes.extend_from_slice(&data);
        }
        bytes.shrink_to_fit();
        Ok(bytes.into())
    }

    fn silent(&self, target: &str, wait: Wait) -> Error {
        Error::Timeout {
            endpoint: Arc::clone(&self.endpoint),
            asked: asked(target),
            waited: self.timeout,
            wait,
        }
    }

    /// Finds the cause that says most.
    fn explain(&self, error: &(dyn StdError + 'static), target: &str) -> Error {
        let (mut deepest, mut is_closed) = (error, false);
        for cause in causes(error) {
            if let Some(error) = cause.downcast_ref::<Error>() {
                return error.clone();
            }
            let io = cause.downcast_ref::<io::Error>();
            is_closed |=
                io.is_some_and(|io| io.kind() == io::ErrorKind::UnexpectedEof) || is_end(cause);
            if let Some(error) = io.and_then(|io| connector::meaning(&self.endpoint, io)) {
                return error;
            }
            if let Some(error) = cause.downcast_ref::<hyper::Error>()
                && error.is_parse()
            {
                return self.no_http(error, target);
            }
            deepest = cause;
        }
        Error::Broken {
            endpoint: Arc::clone(&self.endpoint),
            asked: asked(target),
            problem: if is_closed {
                "it was closed before the reply was whole".to_owned()
            } else {
                deepest.to_string()
            },
        }
    }

    /// Something answers, but not in HTTP; to a port without TLS, that is most often TLS.
    fn no_http(&self, error: &hyper::Error, target: &str) -> Error {
        let endpoint = Arc::clone(&self.endpoint);
        let is_http = error.is_parse_too_large() || error.is_parse_status();
        if self.is_plain_tcp && !is_http {
            return Error::TlsExpected { endpoint };
        }
        let problem = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        Error::NotHttp { endpoint, asked: asked(target), problem }
    }
}

/// How a request reads in messages.
pub(super) fn asked(target: &str) -> String {
    format!("GET {target}")
}

/// What became of one attempt.
struct Failure {
    error: Error,
    /// What makes another attempt worth a thought.
    trouble: Option<Trouble>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, trouble: None }
    }
}

/// Why no connection could be opened, if that may pass.
fn of_connecting(error: &Error) -> Option<Trouble> {
    match error {
        Error::NotRunning { .. } => Some(Trouble::Absent),
        // a socket whose queue is full
        Error::Connect { source, .. } if source.kind() == io::ErrorKind::WouldBlock => {
            Some(Trouble::Busy)
        }
        _ => None,
    }
}

/// True if something before the engine says that it does not get through to it: an engine itself explains in JSON.
fn is_of_gateway(response: &Response<Bytes>) -> bool {
    matches!(response.status().as_u16(), 502..=504)
        && !response.body().trim_ascii_start().starts_with(b"{")
}

fn is_lost(error: &legacy::Error) -> bool {
    let is_canceled = |cause: &(dyn StdError + 'static)| {
        cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_canceled)
    };
    !error.is_connect() && causes(error).any(|cause| is_end(cause) || is_canceled(cause))
}

/// True if the other side hung up.
fn is_end(cause: &(dyn StdError + 'static)) -> bool {
    let hyper = cause.downcast_ref::<hyper::Error>();
    let io = cause.downcast_ref::<io::Error>();
    hyper.is_some_and(hyper::Error::is_incomplete_message)
        || io.is_some_and(|error| {
            matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
        })
}

fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

//! A live engine: found and asked for its version at the first call, and again when it changes.
//! It must not know paths or recordings beyond handing replies to a recorder.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::Response;
use hyper::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use serde::Deserialize;
use tokio::sync::{OnceCell, Semaphore};

use super::address::Address;
use super::connector::Connector;
use super::endpoint::{self, Endpoint, Target};
use super::engine::Engine;
use super::http::{Http, asked};
use super::recorder::Recorder;
use super::recording::Reply;
use super::{Config, Environment, Error, Wait, mask, request, ssh};

/// How long an engine that was found is taken for the one that is meant: the current context may change.
const KNOWN_FOR: Duration = Duration::from_hours(1);
/// How much of an engine's complaint is passed on, in bytes.
const MESSAGE_LIMIT: usize = 2048;
/// How much of a page that was sent in its place.
const PAGE_LIMIT: usize = 160;

/// One connection's engine. It keeps no failure: the next call tries again from the start.
pub(super) struct Live {
    config: Config,
    environment: Environment,
    ssh_program: String,
    permits: Semaphore,
    session: Mutex<Option<Arc<Session>>>,
    /// Held while a session is made; the last failure is for those who waited for that attempt.
    attempt: tokio::sync::Mutex<Option<(Instant, Error)>>,
    /// Held during a call that engines refuse while another one of its kind is under way.
    turn: tokio::sync::Mutex<()>,
    /// What was answered so far, if nothing is to be asked twice. A failure is not kept.
    replies: Option<Mutex<HashMap<String, Answer>>>,
}

/// What an engine answered, or will have answered for all who wait.
type Answer = Arc<OnceCell<(Arc<Endpoint>, Reply)>>;

/// An engine that was found and answered.
struct Session {
    since: Instant,
    endpoint: Arc<Endpoint>,
    engine: Arc<Engine>,
    http: Http,
    /// The socket it listens on, if it does.
    socket: Option<PathBuf>,
    /// `/v1.41`.
    prefix: String,
    /// How many permits a call takes.
    weight: u32,
}

impl Live {
    pub(super) fn new(config: Config, environment: Environment) -> Self {
        Self {
            permits: Semaphore::new(config.max_concurrency),
            replies: config.ask_once.then(Mutex::default),
            config,
            environment,
            ssh_program: "ssh".to_owned(),
            session: Mutex::new(None),
            attempt: tokio::sync::Mutex::new(None),
            turn: tokio::sync::Mutex::new(()),
        }
    }

    #[cfg(test)]
    pub(super) fn with_ssh_program(self, program: &str) -> Self {
        Self { ssh_program: program.to_owned(), ..self }
    }

    pub(super) fn concurrency(&self) -> usize {
        self.config.max_concurrency
    }

    /// How large the reply to this path may be.
    pub(super) fn limit(&self, path: &[&str]) -> usize {
        request::limit(path, self.config.reply_limits)
    }

    /// The engine that answered last.
    pub(super) fn known_endpoint(&self) -> Option<Arc<Endpoint>> {
        self.current().map(|session| Arc::clone(&session.endpoint))
    }

    pub(super) async fn endpoint(&self) -> Result<Arc<Endpoint>, Error> {
        match self.current() {
            Some(session) => Ok(Arc::clone(&session.endpoint)),
            None => self.find().await.map(|(target, _)| target.endpoint),
        }
    }

    pub(super) async fn engine(&self, recorder: Option<&Recorder>) -> Result<Arc<Engine>, Error> {
        self.session(recorder).await.map(|session| Arc::clone(&session.engine))
    }

    /// Which engine answers, and its socket unless it is reached in another way.
    pub(super) async fn socket(
        &self,
        recorder: Option<&Recorder>,
    ) -> Result<(Arc<Endpoint>, Option<PathBuf>), Error> {
        let session = self.session(recorder).await?;
        Ok((Arc::clone(&session.endpoint), session.socket.clone()))
    }

    /// Asks the engine in a version that it takes, and tells which engine it was.
    pub(super) async fn get(
        &self,
        target: &str,
        limit: usize,
        recorder: Option<&Recorder>,
    ) -> Result<(Arc<Endpoint>, Reply), Error> {
        let Some(replies) = &self.replies else { return self.fetch(target, limit, recorder).await };
        let reply = {
            let mut replies = replies.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(replies.entry(target.to_owned()).or_default())
        };
        reply.get_or_try_init(|| self.fetch(target, limit, recorder)).await.cloned()
    }

    async fn fetch(
        &self,
        target: &str,
        limit: usize,
        recorder: Option<&Recorder>,
    ) -> Result<(Arc<Endpoint>, Reply), Error> {
        let _turn = if request::takes_turns(target) { Some(self.turn.lock().await) } else { None };
        let session = self.session(recorder).await?;
        let response = self.ask(&session, target, limit).await?;
        if !is_version_refusal(&response) {
            return Ok((Arc::clone(&session.endpoint), response.into()));
        }
        // it was replaced by another version since it was asked for its own
        self.forget(&session);
        let renewed = self.session(recorder).await?;
        let response = self.ask(&renewed, target, limit).await?;
        if is_version_refusal(&response) {
            return Err(Error::VersionRefused {
                endpoint: Arc::clone(&renewed.endpoint),
                asked: asked(target),
                message: message(response.body()),
            });
        }
        Ok((Arc::clone(&renewed.endpoint), response.into()))
    }

    async fn ask(
        &self,
        session: &Arc<Session>,
        target: &str,
        limit: usize,
    ) -> Result<Response<Bytes>, Error> {
        // the semaphore is never closed, so there is always a permit in here
        let _permits = self.permits.acquire_many(session.weight).await;
        let response = session.http.get(&session.prefix, target, limit).await;
        if let Ok(response) = &response
            && request::is_open_ended(target)
            && !is_delimited(response)
        {
            return Err(Error::Broken {
                endpoint: Arc::clone(&session.endpoint),
                asked: asked(target),
                problem: "its reply has no end of its own, so it may be a part".to_owned(),
            });
        }
        // the next query looks for the engine again: a context may have changed, a socket moved
        if let Err(
            Error::NotRunning { .. }
            | Error::PermissionDenied { .. }
            | Error::Connect { .. }
            | Error::Timeout { wait: Wait::Connection, .. },
        ) = response
        {
            self.forget(session);
        }
        response
    }

    fn current(&self) -> Option<Arc<Session>> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner).clone();
        session.filter(|session| session.since.elapsed() < KNOWN_FOR)
    }

    /// The next call finds the engine and asks for its version again.
    pub(super) fn forget_all(&self) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn forget(&self, session: &Arc<Session>) {
        let mut current = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, session)) {
            *current = None;
        }
    }

    async fn session(&self, recorder: Option<&Recorder>) -> Result<Arc<Session>, Error> {
        if let Some(session) = self.current() {
            return Ok(session);
        }
        let since = Instant::now();
        let mut attempt = self.attempt.lock().await;
        if let Some(session) = self.current() {
            return Ok(session);
        }
        // a hundred calls that wait for an engine which keeps silent must not wait one after the other
        if let Some((failed_at, error)) = &*attempt
            && *failed_at > since
        {
            return Err(error.clone());
        }
        match self.establish(recorder).await {
            Ok(session) => {
                let session = Arc::new(session);
                *self.session.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some(Arc::clone(&session));
                Ok(session)
            }
            Err(error) => {
                *attempt = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    async fn establish(&self, recorder: Option<&Recorder>) -> Result<Session, Error> {
        let cap = match (self.config.api_version, self.environment.get("DOCKER_API_VERSION")) {
            (Some(cap), _) => Some(cap),
            (None, Some(text)) => Some(text.parse().map_err(|()| Error::Variable {
                name: "DOCKER_API_VERSION",
                problem: format!("`{text}` is not a version such as 1.41"),
            })?),
            (None, None) => None,
        };
        let (target, connector) = self.find().await?;
        let http = Http::new(&target, connector, &self.config);
        let _permit = self.permits.acquire().await;
        let ping = http.get("", "/_ping", self.limit(&["_ping"])).await.map_err(of_ping)?;
        let header = |name: &str| ping.headers().get(name).and_then(|value| value.to_str().ok());
        // an engine that starts answers 500, but tells its version
        if !ping.status().is_success() && header("Api-Version").is_none() {
            return Err(refusal(&target.endpoint, "/_ping", ping.status().as_u16(), ping.body()));
        }
        let engine = Engine::from_ping(header, cap);
        let session = Session {
            since: Instant::now(),
            prefix: format!("/v{}", engine.api_version),
            weight: self.weight(&target.address),
            socket: match target.address {
                Address::Unix(path) => Some(path),
                Address::Tcp(_) | Address::Ssh(_) => None,
            },
            endpoint: target.endpoint,
            engine: Arc::new(engine),
            http,
        };
        if let Some(recorder) = recorder {
            session.introduce(recorder, ping, self.limit(&["info"])).await?;
        }
        Ok(session)
    }

    async fn find(&self) -> Result<(Target, Connector), Error> {
        let (config, environment) = (self.config.clone(), self.environment.clone());
        let ssh_program = self.ssh_program.clone();
        let found = tokio::task::spawn_blocking(move || {
            let target = endpoint::resolve(&config, &environment)?;
            let connector = Connector::new(&target, &ssh_program)?;
            Ok((target, connector))
        });
        found.await.map_err(|error| Error::Interrupted { problem: error.to_string() })?
    }

    /// Calls over ssh take more permits each, so that fewer of them run.
    fn weight(&self, address: &Address) -> u32 {
        let weight = match address {
            Address::Ssh(_) => self.config.max_concurrency.div_ceil(ssh::MOST_CONNECTIONS),
            Address::Unix(_) | Address::Tcp(_) => 1,
        };
        u32::try_from(weight).unwrap_or(1)
    }
}

impl Session {
    /// Starts a recording with what it must hold: who the engine is.
    async fn introduce(
        &self,
        recorder: &Recorder,
        ping: Response<Bytes>,
        limit: usize,
    ) -> Result<(), Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Info {
            name: String,
        }
        let info = self.http.get(&self.prefix, "/info", limit).await?;
        let name =
            serde_json::from_slice::<Info>(info.body()).map(|info| info.name).unwrap_or_default();
        recorder.begin(&name, Some(&self.endpoint))?;
        recorder.reply("/_ping", Reply::with_headers(ping, &Engine::HEADERS))?;
        recorder.reply("/info", info.into()).map(drop)
    }
}

/// An engine that says nothing to the first question is as good as none.
fn of_ping(error: Error) -> Error {
    match error {
        Error::Timeout { endpoint, asked, waited, wait: Wait::Reply } => {
            Error::Timeout { endpoint, asked, waited, wait: Wait::Ping }
        }
        other => other,
    }
}

/// The error that a reply stands for.
pub(super) fn refusal(endpoint: &Arc<Endpoint>, target: &str, status: u16, body: &[u8]) -> Error {
    let (endpoint, asked, message) = (Arc::clone(endpoint), asked(target), message(body));
    match status {
        // what Go's servers say in plain text before they hang up
        400 if message.contains("HTTP request to an HTTPS server") => {
            Error::TlsExpected { endpoint }
        }
        404 => Error::NotFound { endpoint, asked, message },
        status => Error::Refused { endpoint, asked, status, message },
    }
}

/// True if the end of the reply can be told from a connection that broke.
fn is_delimited(response: &Response<Bytes>) -> bool {
    response.headers().contains_key(CONTENT_LENGTH)
        || response.headers().contains_key(TRANSFER_ENCODING)
}

fn is_version_refusal(response: &Response<Bytes>) -> bool {
    if response.status() != 400 {
        return false;
    }
    let message = message(response.body());
    message.contains("client version")
        && (message.contains("too new") || message.contains("too old"))
}

/// What the engine complains about: its `message`, or the text itself, neither long nor empty.
fn message(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Complaint {
        message: String,
    }
    let text = if let Ok(complaint) = serde_json::from_slice::<Complaint>(body) {
        complaint.message
    } else {
        let start = String::from_utf8_lossy(&body[..body.len().min(2 * MESSAGE_LIMIT)]);
        if start.trim_start().starts_with('<') { words(&start) } else { start.into_owned() }
    };
    // what an engine says must not steer the terminal that shows it
    let mut text = text.replace(|character: char| character != '\n' && character.is_control(), " ");
    text.truncate(text.floor_char_boundary(MESSAGE_LIMIT));
    match text.trim() {
        "" => "nothing".to_owned(),
        text => mask::text(text).into_owned(),
    }
}

/// The words of a page that something else than an engine sent, without its tags; its beginning says enough.
fn words(page: &str) -> String {
    let mut text = String::new();
    for part in page.split('<').filter_map(|part| part.split_once('>')) {
        let (tag, after) = part;
        if !tag.starts_with("style") && !tag.starts_with("script") {
            text.push(' ');
            text.push_str(after);
        }
    }
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.truncate(text.floor_char_boundary(PAGE_LIMIT));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_is_taken_from_its_message_and_cut() {
        assert_eq!(
            message(br#"{"cause":"x","message":"No such image: y","response":404}"#),
            "No such image: y"
        );
        assert_eq!(message(b"404 page not found\n"), "404 page not found");
        assert_eq!(message(b""), "nothing");
        assert_eq!(message(b"red \x1b[31m\x07"), "red  [31m");
        let page = "<html><head><title>502 Bad Gateway</title><style>b {}</style></head>\n<body>\n<h1>502 Bad Gateway</h1><hr>nginx</body></html>";
        assert_eq!(message(page.as_bytes()), "502 Bad Gateway 502 Bad Gateway nginx");
        assert_eq!(message(b"<p>"), "nothing");
        let long = format!("{}\u{e9}\u{e9}", "a".repeat(MESSAGE_LIMIT - 1));
        assert_eq!(message(long.as_bytes()), "a".repeat(MESSAGE_LIMIT - 1));
    }
}

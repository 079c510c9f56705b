//! What can go wrong between a connection's options and an engine's reply, with what to do about it.
//! It must not know tables: whoever runs the query adds table, column and connection.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::endpoint::Endpoint;
use crate::sdk;

#[cfg(test)]
mod tests;

/// A failure to find, reach or understand an engine, or to read or write a recording.
///
/// Cheap to clone, because calls that wait for the same attempt share its failure.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// An option of the connection holds something that is not allowed.
    #[error("connection option `{name}`: {problem}")]
    Option {
        /// The option.
        name: &'static str,
        /// What is wrong, and what is allowed.
        problem: String,
    },
    /// An environment variable holds something that is not allowed.
    #[error("environment variable {name}: {problem}")]
    Variable {
        /// The variable.
        name: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// The host text cannot be used.
    #[error("cannot use the host {endpoint}: {problem}")]
    Host {
        /// The host, and where it came from.
        endpoint: Arc<Endpoint>,
        /// What is wrong, and what is allowed.
        problem: String,
    },
    /// A docker context is named that does not exist.
    #[error("there is no docker context `{name}` in `{}`; there are {known}", folder.display())]
    UnknownContext {
        /// The name asked for.
        name: String,
        /// The names there are, for reading.
        known: String,
        /// Where contexts were looked for.
        folder: PathBuf,
    },
    /// A file of docker's settings cannot be read.
    #[error("cannot read `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Arc<io::Error>,
    },
    /// A file of docker's settings does not hold what it should.
    #[error("cannot understand `{}`: {problem}", path.display())]
    FileContent {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A certificate or a key cannot be used.
    #[error("cannot speak TLS with the engine at {endpoint}: {problem}")]
    Certificates {
        /// The engine.
        endpoint: Arc<Endpoint>,
        /// The file, and what is wrong with it.
        problem: String,
    },
    /// Nothing listens at the endpoint.
    #[error("no engine is running at {endpoint}")]
    NotRunning {
        /// The engine.
        endpoint: Arc<Endpoint>,
        /// What the system said.
        #[source]
        source: Arc<io::Error>,
    },
    /// The socket is there but not for this user.
    #[error("not allowed to open the engine's socket at {endpoint}")]
    PermissionDenied {
        /// The engine.
        endpoint: Arc<Endpoint>,
        /// What the system said.
        #[source]
        source: Arc<io::Error>,
    },
    /// The endpoint cannot be reached for another reason.
    #[error("cannot connect to the engine at {endpoint}")]
    Connect {
        /// The engine.
        endpoint: Arc<Endpoint>,
        /// What the system said.
        #[source]
        source: Arc<io::Error>,
    },
    /// The engine's certificate is not to be trusted.
    #[error("the certificate of the engine at {endpoint} is refused")]
    Untrusted {
        /// The engine.
        endpoint: Arc<Endpoint>,
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// TLS failed for another reason, such as a client certificate that the engine does not accept.
    #[error("TLS with the engine at {endpoint} failed")]
    Tls {
        /// The engine.
        endpoint: Arc<Endpoint>,
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// TLS was spoken to a port that does not speak it.
    #[error("TLS was spoken to {endpoint}, which answers without TLS")]
    NoTlsThere {
        /// The engine.
        endpoint: Arc<Endpoint>,
    },
    /// Plain HTTP was spoken to a port that expects TLS, or does not speak HTTP at all.
    #[error(
        "plain HTTP was spoken to {endpoint}, which does not answer in HTTP: it probably expects TLS"
    )]
    TlsExpected {
        /// The engine.
        endpoint: Arc<Endpoint>,
    },
    /// ssh, or docker at its far end, gave up.
    #[error("cannot reach the engine at {endpoint}: {message}")]
    Ssh {
        /// The engine.
        endpoint: Arc<Endpoint>,
        /// What they said.
        message: String,
    },
    /// The engine kept silent for too long.
    #[error("{asked}: {}", wait.in_words(endpoint, *waited))]
    Timeout {
        /// The engine.
        endpoint: Arc<Endpoint>,
        /// The request.
        asked: String,
        /// How long.
        waited: Duration,
        /// For what.
        wait: Wait,
    },
    /// The reply comes, but so slowly that it may never end.
    #[error(
        "{asked}: the engine at {endpoint} sends its reply too slowly: {received} bytes in {} s",
        waited.as_secs_f32().round()
    )]
    TooSlow {
        /// The engine.
        endpoint: Arc<Endpoint>,
        /// The request.
        asked: String,
        /// How many bytes of the body came.
        received: usize,
        /// How long that took.
        waited: Duration,
    },
    /// The connection broke in the middle.
    #[error("{asked}: the connection to the engine at {endpoint} broke: {problem}")]
    Broken {
        /// The engine.
        endpoint: Arc<Endpoint>,
        /// The request.
        asked: String,
        /// How.
        problem: String,
    },
    /// What answers does not keep to HTTP.
    #[error("{asked}: {endpoint} does not answer in proper HTTP: {problem}")]
    NotHttp {
        /// What answers in the engine's place.
        endpoint: Arc<Endpoint>,
        /// The request.
        asked: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The reply is larger than any that makes sense.
    #[error("{asked}: the reply of the engine at {endpoint} is larger than {}", in_words(*limit))]
    TooLarge {
        /// The engine.
        endpoint: Arc<Endpoint>,
        /// The request.
        asked: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The replies that are under way are too large together.
    #[error(
        "{asked}: the replies of the engine at {endpoint} that are under way are larger than {} together",
        in_words(*limit)
    )]
    TooMuch {
        /// The engine.
        endpoint: Arc<Endpoint>,
        /// The request.
        asked: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The reply is not JSON.
    #[error("{asked}: the reply of {endpoint} is not JSON: it starts with `{start}`")]
    NotJson {
        /// The engine, or what answers in its place.
        endpoint: Arc<Endpoint>,
        /// The request.
        asked: String,
        /// How the reply starts.
        start: String,
    },
    /// The engine does not speak the API version it was asked in.
    #[error("{asked}: the engine at {endpoint} refuses the API version: {message}")]
    VersionRefused {
        /// The engine.
        endpoint: Arc<Endpoint>,
        /// The request.
        asked: String,
        /// What the engine said.
        message: String,
    },
    /// The engine knows no such thing, any more.
    #[error("{asked}: the engine at {endpoint} says: {message}")]
    NotFound {
        /// The engine.
        endpoint: Arc<Endpoint>,
        /// The request.
        asked: String,
        /// What the engine said.
        message: String,
    },
    /// The engine answered with another status than success.
    #[error("{asked}: the engine at {endpoint} says ({status}): {message}")]
    Refused {
        /// The engine.
        endpoint: Arc<Endpoint>,
        /// The request.
        asked: String,
        /// The HTTP status.
        status: u16,
        /// What the engine said.
        message: String,
    },
    /// A recording cannot be read.
    #[error("recording `{name}`, line {line}: {problem}")]
    Recording {
        /// Its file name.
        name: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A recording holds no reply to this request.
    #[error("{asked} is not in this recording: `{name}`")]
    NotRecorded {
        /// The recording's file name.
        name: String,
        /// The request.
        asked: String,
    },
    /// A recording cannot be written.
    #[error("cannot write the recording `{name}`")]
    Record {
        /// Its file name.
        name: String,
        /// Why.
        #[source]
        source: Arc<io::Error>,
    },
    /// A worker of the runtime died; only a bug or a shutdown does that.
    #[error("cannot resolve the engine: {problem}")]
    Interrupted {
        /// How.
        problem: String,
    },
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// A connection.
    Connection,
    /// The first reply of an engine that has not answered before.
    Ping,
    /// The start of a reply.
    Reply,
    /// More of a reply.
    Rest,
}

impl Wait {
    fn in_words(self, endpoint: &Endpoint, waited: Duration) -> String {
        let seconds = waited.as_secs_f32();
        match self {
            Self::Connection => {
                format!("the engine at {endpoint} took no connection within {seconds} s")
            }
            Self::Ping | Self::Reply => {
                format!("the engine at {endpoint} gave no reply within {seconds} s")
            }
            Self::Rest => format!(
                "the engine at {endpoint} kept silent for {seconds} s in the middle of its reply"
            ),
        }
    }
}

/// A number of bytes.
fn in_words(bytes: usize) -> String {
    match bytes >> 20 {
        0 => format!("{} KiB", bytes >> 10),
        mebibytes => format!("{mebibytes} MiB"),
    }
}

impl Error {
    pub(super) fn option(name: &'static str, problem: String) -> Self {
        Self::Option { name, problem }
    }

    /// True if a recording is played back that does not hold what was asked for.
    pub fn is_not_recorded(&self) -> bool {
        matches!(self, Self::NotRecorded { .. })
    }

    /// True if there is nothing that could be asked: no engine runs there, the host has no such name or no way leads to
    /// it, or nothing answers. An engine that refuses, or that is not to be trusted, is there.
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::NotRunning { .. } => true,
            Self::Connect { source, .. } => has_no_way(source),
            Self::Timeout { wait, .. } => matches!(wait, Wait::Connection | Wait::Ping),
            Self::Ssh { message, .. } => NO_WAY_OF_SSH.iter().any(|words| message.contains(words)),
            _ => false,
        }
    }

    /// The HTTP status, if it was the engine that refused: 503 of a swarm call, say, means that it is no manager.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::VersionRefused { .. } => Some(400),
            Self::NotFound { .. } => Some(404),
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// What the user can do, where there is more to say than the message does.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Host { .. } => "set `host`, or DOCKER_HOST, as in unix:///var/run/docker.sock",
            Self::UnknownContext { .. } => {
                "set `context`, DOCKER_CONTEXT, or `docker context use` to one that exists; `default` means none"
            }
            Self::File { .. } | Self::FileContent { .. } => {
                "correct the file, or set `host` so that it is not needed"
            }
            Self::Certificates { .. } => {
                "put ca.pem, and cert.pem with key.pem if the engine asks for them, into one folder and name it in `cert_path` (environment: DOCKER_CERT_PATH), or set tls_verify = false to trust any engine"
            }
            Self::NotRunning { .. } => {
                "start the engine, or name another one with `host` or `context` (environment: DOCKER_HOST, DOCKER_CONTEXT); without a name only /var/run/docker.sock and $XDG_RUNTIME_DIR/docker.sock are tried"
            }
            Self::PermissionDenied { .. } => {
                "add the user that runs this to the group `docker` and log in again, or use a rootless engine: host = \"unix:///run/user/UID/docker.sock\""
            }
            Self::Connect { .. } => {
                "check name, port and network of `host` (environment: DOCKER_HOST)"
            }
            Self::Untrusted { .. } => {
                "`cert_path` must hold the ca.pem that signed the engine's certificate, and that must name the host as it is in `host`; tls_verify = false trusts any engine"
            }
            Self::Tls { .. } => {
                "if the engine asks for a client certificate, `cert_path` (environment: DOCKER_CERT_PATH) must hold its cert.pem and key.pem"
            }
            Self::NoTlsThere { .. } => {
                "if the engine is meant to be without TLS, unset tls_verify and cert_path (environment: DOCKER_TLS_VERIFY, DOCKER_TLS)"
            }
            Self::TlsExpected { .. } => {
                "set tls_verify = true and `cert_path` (environment: DOCKER_TLS_VERIFY, DOCKER_CERT_PATH)"
            }
            Self::Ssh { .. } => {
                "`ssh HOST docker system dial-stdio` must work for the user that runs this, without a question; it needs docker 18.09 or newer there"
            }
            Self::Timeout { .. } | Self::TooSlow { .. } => {
                "check that the engine answers `docker version`, or raise `timeout`"
            }
            Self::Broken { .. } => "run the query again; if it stays, look into the engine's log",
            Self::TooLarge { .. } => "this is a limit of the plugin: is it an engine that answers?",
            Self::TooMuch { .. } => {
                "lower `max_concurrency`, or give the plugin more memory (memory_max_mb of its plugin block)"
            }
            Self::NotHttp { .. } | Self::NotJson { .. } => {
                "something else than an engine seems to listen there: check `host`"
            }
            Self::VersionRefused { .. } => {
                "unset `api_version` (environment: DOCKER_API_VERSION) or set it to one that the engine takes; if it is unset, update this plugin"
            }
            Self::Refused { status: 401 | 403, .. } => {
                "an authorization plugin or a proxy before the engine forbids this: allow GET for this path"
            }
            Self::Refused { status: 300..=399, .. } => {
                "no redirection is followed, since engines send none: check `host`"
            }
            Self::Refused { status: 502..=504, .. } => {
                "if something lies before the engine, check that it gets through to it; else look into the engine's log"
            }
            Self::Refused { status: 500, .. } => "look into the engine's log",
            Self::NotRecorded { .. } => {
                "make the recording again: it must hold what the query reads"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// What ssh says if it finds no way to the host, and docker at its far end if no engine runs there. That it may not log
/// in, or does not trust the host, is something else.
const NO_WAY_OF_SSH: [&str; 6] = [
    "Connection refused",
    "Connection timed out",
    "Could not resolve hostname",
    "No route to host",
    "Network is unreachable",
    "Cannot connect to the Docker daemon",
];

/// True if the network has no way to the other side; a lack of this process, such as of file descriptors, is none.
fn has_no_way(error: &io::Error) -> bool {
    use io::ErrorKind::{HostUnreachable, NetworkDown, NetworkUnreachable, TimedOut};
    let is_of_name = || {
        error.raw_os_error().is_none()
            && error.to_string().starts_with("failed to lookup address information")
    };
    matches!(error.kind(), HostUnreachable | NetworkDown | NetworkUnreachable | TimedOut)
        || is_of_name()
}

impl From<Error> for sdk::Error {
    fn from(error: Error) -> Self {
        let mut message = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(source) = cause {
            let _ = write!(message, ": {source}");
            cause = source.source();
        }
        let plain = match &error {
            Error::NotFound { .. } => Self::not_found(message),
            error if error.is_unreachable() => Self::unreachable(message),
            _ => Self::new(message),
        };
        match error.hint() {
            Some(hint) => plain.hint(hint),
            None => plain,
        }
    }
}

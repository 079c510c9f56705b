//! Which engine is meant: the same rules, in the same order, as the `docker` command has.
//! It must not know how an engine is asked; it blocks, so it runs on a worker thread.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::address::{self, Address, Tcp};
use super::context::{self, Context};
use super::{Config, Environment, Error, tls};

#[cfg(test)]
mod tests;

/// The engine that a connection asks, and who chose it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    host: String,
    origin: Origin,
    encrypted: Option<bool>,
}

/// Who chose an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The option `host` of the connection.
    Option,
    /// The environment variable `DOCKER_HOST`.
    Variable,
    /// A docker context, by its name.
    Context(String),
    /// Nobody: it is the engine of this system, or of this user.
    Default,
    /// A recording stands in for the engine.
    Recording,
}

impl Endpoint {
    pub(super) fn new(host: &str, origin: Origin) -> Self {
        Self { host: address::redact(host), origin, encrypted: None }
    }

    pub(super) fn with_encryption(self, encrypted: Option<bool>) -> Self {
        Self { encrypted, ..self }
    }

    /// Whether TLS is spoken with it; nothing for ways that need none, such as a socket, and if it is not known.
    pub fn is_encrypted(&self) -> Option<bool> {
        self.encrypted
    }

    /// The host as the user knows it, such as `unix:///var/run/docker.sock`, without passwords.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Who chose it.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// Host and origin: `tcp://build:2376 (context prod)`.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, origin, .. } = self;
        match origin {
            Origin::Option => write!(f, "{host} (option host)"),
            Origin::Variable => write!(f, "{host} (DOCKER_HOST)"),
            Origin::Context(name) => write!(f, "{host} (context {name})"),
            Origin::Default => write!(f, "{host} (default)"),
            Origin::Recording => write!(f, "{host} (recording)"),
        }
    }
}

/// An endpoint with what it takes to reach it.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) address: Address,
    /// `None`: no TLS.
    pub(super) tls: Option<tls::Files>,
}

/// Finds the engine of a connection.
///
/// In this order: the option `host` or `context`, `DOCKER_HOST`, `DOCKER_CONTEXT`, the context chosen in `config.json`,
/// the socket of the system, and the socket of the user if the former does not exist. A context called `default` means
/// none, and leads to `DOCKER_HOST` or the sockets.
pub(super) fn resolve(config: &Config, environment: &Environment) -> Result<Target, Error> {
    let config_folder = environment.config_folder();
    let named = || -> Result<Option<String>, Error> {
        if let Some(name) = environment.get("DOCKER_CONTEXT") {
            return Ok(Some(name.to_owned()));
        }
        config_folder.as_deref().map_or(Ok(None), context::current)
    };
    let (host, origin, context) = if let Some(host) = &config.host {
        (host.clone(), Origin::Option, None)
    } else if let Some(name) = config.context.clone().filter(|name| name != context::DEFAULT) {
        of_context(config_folder.as_ref(), name)?
    } else if let Some(host) = environment.get("DOCKER_HOST") {
        (host.to_owned(), Origin::Variable, None)
    } else if config.context.is_none()
        && let Some(name) = named()?.filter(|name| name != context::DEFAULT)
    {
        of_context(config_folder.as_ref(), name)?
    } else {
        (format!("unix://{}", default_socket(environment).display()), Origin::Default, None)
    };
    let endpoint = Arc::new(Endpoint::new(&host, origin));
    let address = address::parse(&host)
        .map_err(|problem| Error::Host { endpoint: Arc::clone(&endpoint), problem })?;
    let tls = match &address {
        Address::Tcp(tcp) => tls_files(config, environment, context.as_ref(), tcp),
        // a socket and ssh need no TLS, whatever the variables say
        Address::Unix(_) | Address::Ssh(_) => None,
    };
    let encrypted = matches!(address, Address::Tcp(_)).then_some(tls.is_some());
    let endpoint = Arc::new(Endpoint::clone(&endpoint).with_encryption(encrypted));
    Ok(Target { endpoint, address, tls })
}

fn of_context(
    config_folder: Option<&PathBuf>,
    name: String,
) -> Result<(String, Origin, Option<Context>), Error> {
    let Some(folder) = config_folder else {
        let (known, folder) =
            (format!("`{}`", context::DEFAULT), PathBuf::from("~/.docker/contexts"));
        return Err(Error::UnknownContext { name, known, folder });
    };
    let context = context::load(folder, &name)?;
    Ok((context.host.clone(), Origin::Context(name), Some(context)))
}

/// The system's socket, or the user's if only that exists. Other engines' sockets are never guessed.
pub(super) fn default_socket(environment: &Environment) -> PathBuf {
    let system = environment.system_socket().to_owned();
    if system.exists() {
        return system;
    }
    let of_user =
        environment.get("XDG_RUNTIME_DIR").map(|folder| PathBuf::from(folder).join("docker.sock"));
    of_user.filter(|socket| socket.exists()).unwrap_or(system)
}

/// Whether TLS is spoken, whether it is verified, and where its files are.
///
/// The context, or the environment where there is none, sets the rule; then the connection's own options win:
/// `tls_verify = true` speaks and verifies TLS; `tls_verify = false` never verifies, and turns TLS on only together with
/// certificates (its own, or `DOCKER_CERT_PATH`); `cert_path` alone speaks and verifies TLS. `https://` is always TLS.
fn tls_files(
    config: &Config,
    environment: &Environment,
    context: Option<&Context>,
    tcp: &Tcp,
) -> Option<tls::Files> {
    let set = |name| environment.get(name).is_some();
    let (asked, verify, given, folder) = if let Some(context) = context {
        let asked = context.has_certificates || context.skip_tls_verify;
        (
            asked,
            !context.skip_tls_verify,
            context.has_certificates,
            Some(context.certificates.clone()),
        )
    } else {
        let asked = set("DOCKER_TLS") || set("DOCKER_TLS_VERIFY");
        let verify = set("DOCKER_TLS_VERIFY") || !set("DOCKER_TLS");
        let folder = environment.get("DOCKER_CERT_PATH").map(PathBuf::from);
        (asked, verify, folder.is_some(), folder.or_else(|| environment.config_folder()))
    };
    let given = given || config.cert_path.is_some();
    let asked = asked
        || tcp.is_https()
        || match config.tls_verify {
            Some(true) => true,
            Some(false) => given,
            None => config.cert_path.is_some(),
        };
    asked.then(|| tls::Files {
        verify: config.tls_verify.unwrap_or(verify),
        folder: config.cert_path.clone().or(folder),
    })
}

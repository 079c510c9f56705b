//! The options of a connection: what they are called, and what they may hold.
//! It must not know files, sockets or the environment.

use std::path::PathBuf;
use std::time::Duration;

use super::engine::ApiVersion;
use super::{Error, address};
use crate::sdk::config::{Attribute, Kind, Settings};

/// The options of a connection block.
pub const ATTRIBUTES: &[Attribute] = &[
    Attribute {
        name: "host",
        kind: Kind::Text,
        description: "Where the engine listens: unix://, tcp://, http://, https:// or ssh://. Default: as docker finds it.",
    },
    Attribute {
        name: "context",
        kind: Kind::Text,
        description: "Name of the docker context that tells the engine; not together with host.",
    },
    Attribute {
        name: "api_version",
        kind: Kind::Text,
        description: "Newest API version to use, such as 1.41. Default: the newest that both sides know.",
    },
    Attribute {
        name: "cert_path",
        kind: Kind::Text,
        description: "Folder of ca.pem, cert.pem and key.pem for TLS.",
    },
    Attribute {
        name: "tls_verify",
        kind: Kind::Flag,
        description: "True: speak TLS and verify the engine's certificate. False: do not verify it, and speak TLS only if certificates are given.",
    },
    Attribute {
        name: "timeout",
        kind: Kind::Int,
        description: "Seconds to wait for a connection, for a reply and for more of a reply, at least 1; a whole request takes ten times as long at most. Default: 60.",
    },
    Attribute {
        name: "ignore_unreachable",
        kind: Kind::Flag,
        description: "True: an engine that cannot be reached has no rows and a warning in the log, instead of an error. For inventories, never for audits: a dead engine then looks like one with nothing on it, which a control takes for compliant. Default: false.",
    },
    Attribute {
        name: "max_concurrency",
        kind: Kind::Int,
        description: "How many calls to the engine may be in flight at once, 1 to 256. Default: 128.",
    },
    Attribute {
        name: "show_secrets",
        kind: Kind::Flag,
        description: "True: docker_container_env shows the values of environment variables. Default: they are masked.",
    },
    Attribute {
        name: "host_root",
        kind: Kind::Text,
        description: "Where the root of the engine's host is mounted, if the plugin runs in a container. Default: /.",
    },
    Attribute { name: "paths", kind: Kind::TextList, description: "Old name of dockerfile_paths." },
    Attribute {
        name: "dockerfile_paths",
        kind: Kind::TextList,
        description: "Paths and globs of Dockerfiles, relative to the working directory of the service.",
    },
    Attribute {
        name: "docker_compose_file_paths",
        kind: Kind::TextList,
        description: "Paths and globs of Compose files, relative to the working directory of the service; paths joined by colons are one project.",
    },
];

/// What a connection sets, checked; an empty text counts as unset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where the engine listens.
    pub host: Option<String>,
    /// The docker context to take the engine from; never set together with `host`.
    pub context: Option<String>,
    /// The newest API version to use.
    pub api_version: Option<ApiVersion>,
    /// Folder of `ca.pem`, `cert.pem` and `key.pem`.
    pub cert_path: Option<PathBuf>,
    /// Whether to verify the engine's certificate.
    pub tls_verify: Option<bool>,
    /// How long to wait for a connection and a reply, and for each next part of a reply.
    pub timeout: Duration,
    /// Whether an engine that cannot be reached is taken for one with nothing on it.
    pub ignore_unreachable: bool,
    /// How many calls may be in flight at once.
    pub max_concurrency: usize,
    /// Whether values of environment variables of containers are shown.
    pub show_secrets: bool,
    /// Where the root of the engine's host is mounted; the root itself if unset.
    pub host_root: Option<PathBuf>,
    /// Dockerfiles, by the option's old name; an empty list is not an unset one.
    pub paths: Option<Vec<String>>,
    /// Dockerfiles; an empty list is not an unset one.
    pub dockerfile_paths: Option<Vec<String>>,
    /// Compose files; an empty list is not an unset one.
    pub docker_compose_file_paths: Option<Vec<String>>,
    /// How large replies may be. No option of a connection.
    pub reply_limits: ReplyLimits,
    /// Whether each reply is kept, and nothing asked twice: for a run that wants one picture. No option of a connection.
    pub ask_once: bool,
}

/// The largest replies that are taken, in bytes: a larger one is an error, since it has to be held as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplyLimits {
    /// To a question about many things.
    pub list: usize,
    /// To a question about one thing.
    pub object: usize,
}

impl ReplyLimits {
    /// No larger than a budget of memory allows: half of it for a list, an eighth for one thing.
    #[must_use]
    pub fn within(self, budget: usize) -> Self {
        Self { list: self.list.min(budget / 2), object: self.object.min(budget / 8) }
    }

    /// What all replies of a connection that are under way may have together: a hundred large ones are too much even if
    /// each is not.
    pub(super) fn together(self) -> usize {
        self.list.max(self.object)
    }
}

/// More than any engine sends.
impl Default for ReplyLimits {
    fn default() -> Self {
        Self { list: 512 << 20, object: 64 << 20 }
    }
}

/// Nothing set: the engine that `docker` would ask.
impl Default for Config {
    fn default() -> Self {
        Self {
            host: None,
            context: None,
            api_version: None,
            cert_path: None,
            tls_verify: None,
            timeout: Duration::from_mins(1),
            ignore_unreachable: false,
            max_concurrency: 128,
            show_secrets: false,
            host_root: None,
            paths: None,
            dockerfile_paths: None,
            docker_compose_file_paths: None,
            reply_limits: ReplyLimits::default(),
            ask_once: false,
        }
    }
}

impl Config {
    /// Checks the options of a connection.
    ///
    /// # Errors
    /// A value that is not allowed, with its option and what is; nothing is looked up, so a missing file is found later.
    pub fn from_settings(settings: &Settings) -> Result<Self, Error> {
        let text = |name| settings.text(name).filter(|text| !text.is_empty()).map(str::to_owned);
        let list = |name| settings.list(name).map(<[String]>::to_vec);
        let default = Self::default();
        let config = Self {
            host: text("host"),
            context: text("context"),
            api_version: text("api_version").map(|text| parse_version(&text)).transpose()?,
            cert_path: text("cert_path").map(PathBuf::from),
            tls_verify: settings.flag("tls_verify"),
            timeout: match settings.int("timeout") {
                None => default.timeout,
                Some(seconds) => match u64::try_from(seconds) {
                    Ok(0) | Err(_) => {
                        return Err(Error::option(
                            "timeout",
                            format!("{seconds} is too small, it must be 1 or more seconds"),
                        ));
                    }
                    Ok(seconds) => Duration::from_secs(seconds),
                },
            },
            ignore_unreachable: settings
                .flag("ignore_unreachable")
                .unwrap_or(default.ignore_unreachable),
            max_concurrency: match settings.int("max_concurrency") {
                None => default.max_concurrency,
                Some(calls) => match usize::try_from(calls) {
                    Ok(calls @ 1..=256) => calls,
                    _ => {
                        return Err(Error::option(
                            "max_concurrency",
                            format!("{calls} is not from 1 to 256"),
                        ));
                    }
                },
            },
            show_secrets: settings.flag("show_secrets").unwrap_or(default.show_secrets),
            host_root: text("host_root").map(PathBuf::from),
            paths: list("paths"),
            dockerfile_paths: list("dockerfile_paths"),
            docker_compose_file_paths: list("docker_compose_file_paths"),
            reply_limits: default.reply_limits,
            ask_once: default.ask_once,
        };
        if let (Some(_), Some(_)) = (&config.host, &config.context) {
            return Err(Error::option(
                "host",
                "only one of host and context can be set".to_owned(),
            ));
        }
        if let Some(host) = &config.host {
            address::parse(host).map_err(|problem| {
                Error::option("host", format!("`{}`: {problem}", address::redact(host)))
            })?;
        }
        Ok(config)
    }
}

fn parse_version(text: &str) -> Result<ApiVersion, Error> {
    text.parse().map_err(|()| {
        Error::option("api_version", format!("`{text}` is not a version such as 1.41"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Result<Config, Error> {
        Config::from_settings(
            &Settings::parse(ATTRIBUTES, text).expect("the text follows the attributes"),
        )
    }

    #[test]
    fn every_option_arrives() {
        let config = config(
            r#"
            host = "tcp://build:2376"
            api_version = "1.41"
            cert_path = "/certs"
            tls_verify = false
            timeout = 5
            ignore_unreachable = true
            max_concurrency = 3
            show_secrets = true
            host_root = "/host"
            paths = []
            dockerfile_paths = ["/src/*/Dockerfile"]
            docker_compose_file_paths = ["/src/compose.yaml"]
            "#,
        )
        .unwrap();
        let expected = Config {
            host: Some("tcp://build:2376".to_owned()),
            context: None,
            api_version: Some("1.41".parse().unwrap()),
            cert_path: Some("/certs".into()),
            tls_verify: Some(false),
            timeout: Duration::from_secs(5),
            ignore_unreachable: true,
            max_concurrency: 3,
            show_secrets: true,
            host_root: Some("/host".into()),
            paths: Some(vec![]),
            dockerfile_paths: Some(vec!["/src/*/Dockerfile".to_owned()]),
            docker_compose_file_paths: Some(vec!["/src/compose.yaml".to_owned()]),
            reply_limits: ReplyLimits { list: 512 << 20, object: 64 << 20 },
            ask_once: false,
        };
        assert_eq!(config, expected);
    }

    #[test]
    fn nothing_set_and_empty_texts_give_the_defaults() {
        assert_eq!(config("").unwrap(), Config::default());
        assert_eq!(
            config("host = \"\"\ncontext = \"\"\ncert_path = \"\"").unwrap(),
            Config::default()
        );
    }

    #[test]
    fn a_bad_value_names_its_option_and_what_is_allowed() {
        for (text, words) in [
            ("timeout = 0", ["timeout", "1 or more"]),
            ("timeout = -3", ["timeout", "1 or more"]),
            ("max_concurrency = 0", ["max_concurrency", "1 to 256"]),
            ("max_concurrency = 257", ["max_concurrency", "1 to 256"]),
            ("api_version = \"new\"", ["api_version", "1.41"]),
            ("api_version = \"1\"", ["api_version", "1.41"]),
            ("host = \"ftp://build\"", ["host", "unix://, tcp://"]),
            ("host = \"tcp://build:x\"", ["host", "65535"]),
            ("host = \"tcp://build\"\ncontext = \"prod\"", ["host", "context"]),
        ] {
            let error = config(text).expect_err(text).to_string();
            assert!(words.iter().all(|word| error.contains(word)), "{text}: {error}");
        }
    }

    #[test]
    fn a_password_in_a_host_is_not_repeated() {
        let error = config("host = \"tcp://ann:hunter2@build\"").unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}

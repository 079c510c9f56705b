//! The few environment variables that tell which engine is meant, read once.
//! It must not know what they mean; nothing else in `docker` asks the process for them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where the engine of the system listens unless it is told otherwise.
pub(super) const SYSTEM_SOCKET: &str = "/var/run/docker.sock";

const NAMES: [&str; 9] = [
    "DOCKER_API_VERSION",
    "DOCKER_CERT_PATH",
    "DOCKER_CONFIG",
    "DOCKER_CONTEXT",
    "DOCKER_HOST",
    "DOCKER_TLS",
    "DOCKER_TLS_VERIFY",
    "HOME",
    "XDG_RUNTIME_DIR",
];

/// What the surroundings of the process say about engines.
///
/// A value of its own, so that tests and other programs can say something else than the process does.
#[derive(Debug, Clone)]
pub struct Environment {
    variables: BTreeMap<&'static str, String>,
    system_socket: PathBuf,
}

impl Environment {
    /// The variables of this process, as they are now; its home folder is looked up if `HOME` is not set.
    pub fn of_process() -> Self {
        Self::from_lookup(|name| {
            let value = match name {
                "HOME" => std::env::home_dir().map(PathBuf::into_os_string),
                _ => std::env::var_os(name),
            };
            value.map(|value| value.to_string_lossy().into_owned())
        })
    }

    /// These variables and no others; names that no engine setting has are ignored.
    pub fn from_pairs(pairs: &[(&str, &str)]) -> Self {
        Self::from_lookup(|wanted| {
            pairs.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).to_owned())
        })
    }

    /// The same, with the system's engine listening at another path than `/var/run/docker.sock`.
    #[must_use]
    pub fn with_system_socket(self, system_socket: impl Into<PathBuf>) -> Self {
        Self { system_socket: system_socket.into(), ..self }
    }

    /// The home folder of whoever runs the process.
    pub fn home(&self) -> Option<&Path> {
        self.get("HOME").map(Path::new)
    }

    /// The value of a variable; an empty one counts as unset, as it does for `docker`.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    pub(super) fn system_socket(&self) -> &Path {
        &self.system_socket
    }

    /// Where `docker` keeps its settings, contexts and certificates.
    pub(super) fn config_folder(&self) -> Option<PathBuf> {
        match self.get("DOCKER_CONFIG") {
            Some(folder) => Some(PathBuf::from(folder)),
            None => self.get("HOME").map(|home| Path::new(home).join(".docker")),
        }
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let variables = NAMES
            .into_iter()
            .filter_map(|name| Some((name, lookup(name)?)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        Self { variables, system_socket: PathBuf::from(SYSTEM_SOCKET) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_unset() {
        let environment = Environment::from_pairs(&[("DOCKER_HOST", ""), ("DOCKER_TLS", "0")]);
        assert_eq!(environment.get("DOCKER_HOST"), None);
        assert_eq!(environment.get("DOCKER_TLS"), Some("0"));
    }

    #[test]
    fn the_config_folder_lies_in_the_home_folder_unless_named() {
        let home = Environment::from_pairs(&[("HOME", "/home/ann")]);
        assert_eq!(home.config_folder(), Some(PathBuf::from("/home/ann/.docker")));
        let named = Environment::from_pairs(&[("HOME", "/home/ann"), ("DOCKER_CONFIG", "/etc/d")]);
        assert_eq!(named.config_folder(), Some(PathBuf::from("/etc/d")));
        assert_eq!(Environment::from_pairs(&[]).config_folder(), None);
    }
}

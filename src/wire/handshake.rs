//! The first line on stdout, and the environment that asks for it (protocol sections 1.2 and 1.3).
//! It must not serve anything.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

const COOKIE: (&str, &str) =
    ("MANTIX_PLUGIN_MAGIC_COOKIE", "really-complex-permanent-string-value");
/// A socket's path is held in 108 bytes, the last one zero; on macOS in 104.
const LONGEST_PATH: usize = if cfg!(target_os = "macos") { 103 } else { 107 };

/// What a person reads who starts the plugin without arguments, word for word as hosts expect it.
pub const NOT_A_HOST: &str = "This binary is a plugin. These are not meant to be executed directly.
Please execute the program that consumes these plugins, which will
load any plugins automatically
";

/// True if the environment has the cookie of a Steampipe host.
pub fn started_by_host() -> bool {
    std::env::var(COOKIE.0).is_ok_and(|value| value == COOKIE.1)
}

/// What the host says through the environment.
#[derive(Debug, Default)]
pub(crate) struct Environment(BTreeMap<String, String>);

impl Environment {
    pub(crate) fn of_process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        )
    }

    /// The value, if it is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A count; `default` if it is unset, zero or no number.
    pub(crate) fn count(&self, name: &str, default: usize) -> usize {
        self.get(name)
            .and_then(|value| value.parse().ok())
            .filter(|count| *count > 0)
            .unwrap_or(default)
    }
}

/// A listening socket whose file goes when it is dropped.
pub(crate) struct Socket {
    pub(crate) listener: UnixListener,
    path: PathBuf,
}

impl Socket {
    /// Listens where the host wants it.
    pub(crate) fn bind(environment: &Environment) -> Result<Self, String> {
        let wanted = ["PLUGIN_UNIX_SOCKET_DIR", "TMPDIR"]
            .iter()
            .find_map(|name| environment.get(name))
            .unwrap_or("/tmp");
        let name = format!("plugin{}", RandomState::new().hash_one(std::process::id()));
        let mut path = absolute(Path::new(wanted))?.join(&name);
        if path.as_os_str().len() + PRIVATE.len() > LONGEST_PATH {
            tracing::warn!(path = %path.display(), "the socket's path is too long: using /tmp");
            path = Path::new("/tmp").join(name);
        }
        let failed = |error: io::Error| format!("cannot listen on {}: {error}", path.display());
        // a socket is made with the rights that the umask leaves: nobody else may see it until it has its own
        let folder = Private::create(&path).map_err(failed)?;
        let private = folder.0.join("s");
        let listener = UnixListener::bind(&private).map_err(failed)?;
        match environment.get("PLUGIN_UNIX_SOCKET_GROUP") {
            None => set_mode(&private, 0o600).map_err(failed)?,
            Some(group) => share_with(&private, group)
                .map_err(|error| format!("cannot give the socket to group {group}: {error}"))?,
        }
        std::fs::rename(&private, &path).map_err(failed)?;
        Ok(Self { listener, path })
    }

    /// Says where the plugin listens: the first and only line on stdout.
    pub(crate) fn announce(&self, certificate: &str, environment: &Environment) -> io::Result<()> {
        // "false" is honest: the broker is not multiplexed over the one connection
        let multiplexed =
            if environment.get("PLUGIN_MULTIPLEX_GRPC").is_some() { "|false" } else { "" };
        writeln!(io::stdout(), "1|0|unix|{}|grpc|{certificate}{multiplexed}", self.path.display())?;
        io::stdout().flush()
    }
}

/// What a socket's path has more of while it is made: in a folder of its own.
const PRIVATE: &str = ".new/s";

/// A folder that only this user can look into; it goes when it is dropped.
struct Private(PathBuf);

impl Private {
    fn create(socket: &Path) -> io::Result<Self> {
        let mut path = socket.as_os_str().to_owned();
        path.push(".new");
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path.into()))
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // an empty folder that stays is no harm
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn share_with(socket: &Path, group: &str) -> io::Result<()> {
    let id = group.parse().or_else(|_| group_id(group))?;
    chown(socket, None, Some(id))?;
    set_mode(socket, 0o660)
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode))
}

impl Drop for Socket {
    fn drop(&mut self) {
        // it may be gone already, and there is nobody left to tell
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Tells the host why there will be no handshake: one line, which it finds by its first words.
pub(crate) fn announce_failure(message: &str) {
    // a host that is gone reads nothing
    let _ = writeln!(io::stdout(), "Plugin startup failed: {}", message.replace(['\n', '|'], " "));
}

fn absolute(path: &Path) -> Result<PathBuf, String> {
    std::path::absolute(path)
        .map_err(|error| format!("no absolute path for {}: {error}", path.display()))
}

/// Looks a group up in `/etc/group`.
#[expect(clippy::disallowed_methods, reason = "a small file, before anything is served")]
fn group_id(name: &str) -> io::Result<u32> {
    std::fs::read_to_string("/etc/group")?
        .lines()
        .find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == name).then(|| fields.nth(1)?.parse().ok())?
        })
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such group"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment(
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        )
    }

    #[test]
    fn counts_fall_back_where_they_make_no_sense() {
        let environment = environment(&[("A", "7"), ("B", "0"), ("C", "x"), ("D", "")]);
        let counts = ["A", "B", "C", "D", "E"].map(|name| environment.count(name, 25));
        assert_eq!(counts, [7, 25, 25, 25, 25]);
    }

    #[test]
    fn groups_are_found_by_name() {
        assert_eq!(group_id("root").unwrap(), 0);
        assert!(group_id("no such group").is_err());
    }
}

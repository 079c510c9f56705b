//! Docker's contexts and the current one, as its command line keeps them in files.
//! It must not know which context is wanted, nor what a connection sets; it blocks, so it runs on a worker thread.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Error;

mod listing;

pub use listing::ContextEntry;
pub(super) use listing::list;

/// The name that means: no context.
pub(super) const DEFAULT: &str = "default";

/// What a context says about its engine.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) host: String,
    /// Speak TLS, but trust any engine.
    pub(super) skip_tls_verify: bool,
    /// Where its `ca.pem`, `cert.pem` and `key.pem` would be.
    pub(super) certificates: PathBuf,
    /// True if any of these is there.
    pub(super) has_certificates: bool,
}

/// The context that `docker context use` chose, if it chose one.
pub(super) fn current(config_folder: &Path) -> Result<Option<String>, Error> {
    #[derive(Deserialize)]
    struct ConfigFile {
        #[serde(rename = "currentContext")]
        current_context: Option<String>,
    }
    let file: Option<ConfigFile> = read_json(&config_folder.join("config.json"))?;
    Ok(file
        .and_then(|file| file.current_context)
        .filter(|name| !name.is_empty() && name != DEFAULT))
}

/// Reads a context.
pub(super) fn load(config_folder: &Path, name: &str) -> Result<Context, Error> {
    let contexts = config_folder.join("contexts");
    let id = id(name);
    let path = meta_file(&contexts, &id);
    let Some(meta) = read_json::<Meta>(&path)? else {
        return Err(Error::UnknownContext {
            name: name.to_owned(),
            known: known(&contexts),
            folder: contexts,
        });
    };
    let Some(engine) = meta.endpoints.docker.filter(|engine| !engine.host.is_empty()) else {
        return Err(Error::FileContent {
            path,
            problem: format!("the context `{name}` names no docker host"),
        });
    };
    let certificates = contexts.join("tls").join(&id).join("docker");
    Ok(Context {
        host: engine.host,
        skip_tls_verify: engine.skip_tls_verify,
        has_certificates: has_certificates(&certificates),
        certificates,
    })
}

/// Reads a small file.
#[expect(
    clippy::disallowed_methods,
    reason = "resolving an endpoint runs on a worker thread as a whole"
)]
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    std::fs::read(path)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Meta {
    #[serde(default)]
    name: String,
    #[serde(default)]
    endpoints: Endpoints,
}

#[derive(Default, Deserialize)]
struct Endpoints {
    docker: Option<DockerEndpoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DockerEndpoint {
    #[serde(default)]
    host: String,
    #[serde(default, rename = "SkipTLSVerify")]
    skip_tls_verify: bool,
}

fn has_certificates(folder: &Path) -> bool {
    ["ca.pem", "cert.pem", "key.pem"].iter().any(|file| folder.join(file).exists())
}

fn meta_file(contexts: &Path, id: &str) -> PathBuf {
    contexts.join("meta").join(id).join("meta.json")
}

/// The folder name of a context: the SHA-256 of its name.
fn id(name: &str) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, name.as_bytes());
    hash.as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The names there are; a context that cannot be read is not worth another error here.
#[expect(
    clippy::disallowed_methods,
    reason = "resolving an endpoint runs on a worker thread as a whole"
)]
fn known(contexts: &Path) -> String {
    let mut names: Vec<_> = std::fs::read_dir(contexts.join("meta"))
        .into_iter()
        .flatten()
        .filter_map(|entry| read_json::<Meta>(&entry.ok()?.path().join("meta.json")).ok()?)
        .map(|meta| format!("`{}`", meta.name))
        .collect();
    names.sort();
    names.insert(0, format!("`{DEFAULT}`"));
    names.join(", ")
}

/// `None` if there is no such file.
fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Error> {
    match read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| Error::FileContent {
            path: path.to_owned(),
            problem: error.to_string(),
        }),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(error) => Err(Error::File { path: path.to_owned(), source: Arc::new(error) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_lies_in_the_folder_of_its_hash() {
        // as `docker context create prod` names its folder
        assert_eq!(id("prod"), "6754af9632a2745e85c293e5aac0863370d9bd3330b9938c00cadfd215227d77");
    }
}

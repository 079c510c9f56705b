//! All contexts of the docker command, for whoever lists them.
//! It must not know rows; it blocks, so it runs on a worker thread.

use std::io;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::{DEFAULT, current, has_certificates, id, meta_file, read_json};
use crate::docker::{Environment, Error, address, endpoint};

/// A context, or why its file does not tell it.
#[derive(Debug, Serialize)]
pub struct ContextEntry {
    /// What `docker --context` takes; none if the file does not tell it.
    pub name: Option<String>,
    /// True if the docker command uses it where none is named.
    pub current: bool,
    /// What its maker wrote about it.
    pub description: Option<String>,
    /// Where the engine listens, without passwords.
    pub host: Option<String>,
    /// True if any engine is trusted.
    pub skip_tls_verify: Option<bool>,
    /// True if there is a certificate or key for TLS.
    pub has_tls: Option<bool>,
    /// The file that tells it; none for `default`.
    pub path: Option<String>,
    /// Everything else that the file says about it.
    pub metadata: Option<Value>,
    /// Why the file could not be read.
    pub error: Option<String>,
}

/// The contexts there are: `default` first, then by name. One that cannot be read is listed with the reason.
pub(in crate::docker) fn list(environment: &Environment) -> Result<Vec<ContextEntry>, Error> {
    let folder = environment.config_folder();
    let chosen = match environment.get("DOCKER_CONTEXT") {
        // as for the docker command, a named host stands above contexts
        _ if environment.get("DOCKER_HOST").is_some() => None,
        Some(name) => Some(name.to_owned()),
        None => folder.as_deref().map_or(Ok(None), current)?,
    };
    let chosen = chosen.unwrap_or_else(|| DEFAULT.to_owned());
    let mut entries = vec![default(environment, chosen == DEFAULT)];
    if let Some(folder) = folder {
        entries.extend(named(&folder.join("contexts"), &chosen)?);
    }
    entries[1..].sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
    Ok(entries)
}

/// The context that the environment makes.
fn default(environment: &Environment, current: bool) -> ContextEntry {
    let set = |name| environment.get(name).is_some();
    let host = environment.get("DOCKER_HOST").map_or_else(
        || format!("unix://{}", endpoint::default_socket(environment).display()),
        address::redact,
    );
    let certificates =
        environment.get("DOCKER_CERT_PATH").map(Into::into).or(environment.config_folder());
    ContextEntry {
        name: Some(DEFAULT.to_owned()),
        current,
        description: None,
        host: Some(host),
        skip_tls_verify: Some(set("DOCKER_TLS") && !set("DOCKER_TLS_VERIFY")),
        has_tls: Some(certificates.is_some_and(|folder| has_certificates(&folder))),
        path: None,
        metadata: None,
        error: None,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "listing contexts runs on a worker thread as a whole"
)]
fn named(contexts: &Path, chosen: &str) -> Result<Vec<ContextEntry>, Error> {
    let folder = contexts.join("meta");
    let failed = |error| Error::File { path: folder.clone(), source: Arc::new(error) };
    let found = match std::fs::read_dir(&folder) {
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(Vec::new());
        }
        found => found.map_err(failed)?,
    };
    let mut entries = Vec::new();
    for entry in found {
        let id = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        entries.extend(read(contexts, &id, chosen));
    }
    Ok(entries)
}

/// The context of one folder; none if the folder holds none.
fn read(contexts: &Path, folder: &str, chosen: &str) -> Option<ContextEntry> {
    let path = meta_file(contexts, folder);
    let (meta, error) = match read_json::<Value>(&path) {
        Ok(meta) => (meta?, None),
        Err(error) => (Value::Null, Some(crate::sdk::Error::from(error).to_string())),
    };
    let text = |pointer: &str| meta.pointer(pointer)?.as_str().map(str::to_owned);
    let is_chosen = folder == id(chosen);
    let error = error.or_else(|| {
        text("/Endpoints/docker/Host").is_none().then(|| "it names no docker host".to_owned())
    });
    let mut metadata = meta.get("Metadata").cloned();
    if let Some(metadata) = metadata.as_mut().and_then(Value::as_object_mut) {
        metadata.remove("Description");
    }
    Some(ContextEntry {
        // the folder is named by the name, which is known here if it was asked for
        name: text("/Name").or_else(|| is_chosen.then(|| chosen.to_owned())),
        current: is_chosen,
        description: text("/Metadata/Description"),
        host: text("/Endpoints/docker/Host").map(|host| address::redact(&host)),
        skip_tls_verify: meta.pointer("/Endpoints/docker/SkipTLSVerify").and_then(Value::as_bool),
        has_tls: Some(has_certificates(&contexts.join("tls").join(folder).join("docker"))),
        path: Some(path.display().to_string()),
        metadata,
        error,
    })
}

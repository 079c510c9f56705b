//! Tables about the engine's host: facts are read on a worker thread, and each row says whether it could be read.
//! It must not know which facts those are.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::rows;
use crate::docker::daemon::Known;
use crate::docker::{Docker, Endpoint, Origin};
use crate::host::{Host, Seen};
use crate::sdk::{Error, Rows};

/// A row of such a table: what is known, and why the rest is not.
#[derive(Debug)]
pub(in crate::tables) struct HostRow {
    fields: Map<String, Value>,
    error: Option<String>,
}

impl HostRow {
    /// A row of facts that could be read; `fields` is an object.
    pub(in crate::tables) fn readable(fields: Value) -> Self {
        Self { fields: object(fields), error: None }
    }

    /// A row about something that could not be read; `fields` say as much as is known.
    pub(in crate::tables) fn unreadable(fields: Value, error: String) -> Self {
        Self { fields: object(fields), error: Some(error) }
    }

    /// A row for each thing that was seen, or the one that says why nothing was.
    pub(in crate::tables) fn each<T>(seen: Seen<Vec<T>>, row: impl FnMut(T) -> Value) -> Vec<Self> {
        match seen {
            Ok(items) => items.into_iter().map(row).map(Self::readable).collect(),
            Err(error) => vec![Self::unreadable(Value::Null, error)],
        }
    }

    fn document(mut self, host: Option<&str>) -> Bytes {
        self.fields.insert("host".to_owned(), host.into());
        self.fields.insert("readable".to_owned(), self.error.is_none().into());
        self.fields.insert("error".to_owned(), self.error.into());
        Value::Object(self.fields).to_string().into()
    }
}

fn object(fields: Value) -> Map<String, Value> {
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// A list call about the engine's host. If the host cannot be seen, its one row says why: it is never empty, and never
/// about another machine.
pub(in crate::tables) fn host_rows(
    docker: &Docker,
    read: impl FnOnce(&Host) -> Vec<HostRow> + Send + 'static,
) -> Rows<'_> {
    rows(host_documents(docker, read))
}

/// The documents of such a list call.
pub(in crate::tables) async fn host_documents(
    docker: &Docker,
    read: impl FnOnce(&Host) -> Vec<HostRow> + Send + 'static,
) -> Result<Vec<Bytes>, Error> {
    let host = match docker.host().await? {
        Ok(host) => host,
        Err(why) => return Ok(vec![HostRow::unreadable(Value::Null, why).document(None)]),
    };
    let documents = tokio::task::spawn_blocking(move || {
        let name = host.name().ok();
        let rows = read(&host).into_iter();
        rows.map(|row| row.document(name.as_deref())).collect::<Vec<_>>()
    });
    documents.await.map_err(|error| Error::panicked(format!("reading the host failed: {error}")))
}

/// The path of the engine's socket; nothing if it is reached in another way.
pub(in crate::tables) async fn socket(docker: &Docker) -> Result<Option<String>, Error> {
    let endpoint: std::sync::Arc<Endpoint> = docker.endpoint().await?;
    let path = endpoint.host().strip_prefix("unix://").map(str::to_owned);
    Ok(match path {
        Some(path) if path.is_empty() && *endpoint.origin() != Origin::Recording => {
            Some(DEFAULT_SOCKET.to_owned())
        }
        path => path.filter(|path| !path.is_empty()),
    })
}

pub(in crate::tables) const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// What the engine says of its daemon; nothing if its host cannot be seen.
pub(in crate::tables) async fn known(docker: &Docker) -> Result<Known, Error> {
    match docker.host().await? {
        Ok(_) => Ok(Known::ask(docker).await?),
        Err(_) => Ok(Known::default()),
    }
}

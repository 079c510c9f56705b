//! Tables with several rows a container: which containers a query is about, and one call for each of them.
//! It must not know what the calls return.

use std::fmt::Write as _;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde::Deserialize;

use super::{each, fetch, filters_of, full_id, inspected, not_a_list};
use crate::docker::{self, Docker};
use crate::sdk::{Error, Query, Rows, elements};

/// The key column of these tables.
const KEY: &str = "container_id";

/// A container that a query is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tables) struct Container {
    /// Full ID.
    pub(in crate::tables) id: String,
    /// The container's own name, without slash.
    pub(in crate::tables) name: String,
    /// One word, as the list tells it.
    pub(in crate::tables) state: String,
}

impl Container {
    /// `GET /containers/{id}/json`.
    pub(in crate::tables) async fn inspect(&self, docker: &Docker) -> Result<Bytes, Error> {
        inspected(docker, &["containers", &self.id, "json"], &self.id).await
    }

    /// `GET /containers/{id}/…`; nothing if the container is gone since it was listed or, for what only live ones have,
    /// has stopped.
    pub(in crate::tables) async fn ask(
        &self,
        docker: &Docker,
        rest: &[&str],
        options: &[(&str, &str)],
        reach: Reach,
    ) -> Result<Option<Bytes>, docker::Error> {
        let path: Vec<&str> =
            ["containers", &self.id].into_iter().chain(rest.iter().copied()).collect();
        match docker.get(&path, options).await {
            Ok(reply) => Ok(Some(reply)),
            Err(error) if self.is_lost(docker, &error, reach).await => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a failure only means that the container is gone or has stopped. Engines tell so by 404 and 409, but not
    /// each of them and not always: then the container itself is looked at again.
    async fn is_lost(&self, docker: &Docker, error: &docker::Error, reach: Reach) -> bool {
        match (error, error.status()) {
            (_, Some(404)) => return true,
            (_, Some(409)) if reach == Reach::Live => return true,
            (_, Some(_)) => {}
            // Podman says nothing at all
            (docker::Error::NotJson { start, .. }, _) if start.trim().is_empty() => {}
            _ => return false,
        }
        match self.inspect(docker).await {
            Ok(reply) => match (status(&reply), reach) {
                (Some("removing" | "dead"), _) => true,
                (Some(status), Reach::Live) => !is_live(status),
                _ => false,
            },
            Err(error) => error.is_not_found(),
        }
    }

    /// A row's document: the container under `container`, and each part, which is JSON, under its name.
    pub(in crate::tables) fn document(&self, parts: &[(&str, &str)]) -> Bytes {
        let container = serde_json::json!({"Id": self.id, "Name": self.name}).to_string();
        let mut document = format!("{{\"container\":{container}");
        for (name, json) in parts {
            let _ = write!(document, ",{}:{json}", serde_json::Value::from(*name));
        }
        document.push('}');
        document.into()
    }
}

/// State of a container, in one word, as its inspect tells it.
fn status(inspect: &[u8]) -> Option<&str> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Inspect<'a> {
        #[serde(borrow)]
        state: State<'a>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct State<'a> {
        status: &'a str,
    }
    serde_json::from_slice::<Inspect>(inspect).ok().map(|inspect| inspect.state.status)
}

/// True for the states in which a container has processes.
pub(in crate::tables) fn is_live(state: &str) -> bool {
    matches!(state, "running" | "paused")
}

/// The error of a reply about a container that is not what the API documents.
pub(in crate::tables) fn unreadable(container: &Container, error: &serde_json::Error) -> Error {
    Error::new(format!("cannot read what the engine says of container {}: {error}", container.name))
}

/// What one container gives: the documents of its rows.
pub(in crate::tables) type PerContainer =
    for<'a> fn(&'a Docker, &'a Container) -> BoxFuture<'a, Result<Vec<Bytes>, Error>>;

/// Which containers have what a table shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tables) enum Reach {
    /// All of them: it is in their settings.
    Any,
    /// Those that run or are paused.
    Live,
}

/// One call for each container that the query is about, so many at once as the connection allows.
///
/// These are the containers that `container_id` names, else those that run or are paused; all if the query's conditions
/// are not known. One that is gone by the time it is asked about has no rows.
pub(in crate::tables) fn each_container<'a>(
    docker: &'a Docker,
    query: &'a Query,
    reach: Reach,
    call: PerContainer,
) -> Rows<'a> {
    let containers = containers(docker, query, reach);
    each(docker, containers, move |container| async move { call(docker, &container).await })
}

async fn containers(docker: &Docker, query: &Query, reach: Reach) -> Result<Vec<Container>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Item {
        id: String,
        names: Option<Vec<String>>,
        #[serde(default)]
        state: String,
    }
    let keys = query.keys(KEY);
    // an engine takes the start of an ID for the whole, SQL does not
    let wanted = keys.map(|keys| keys.into_iter().filter_map(full_id).collect::<Vec<_>>());
    let live_only = reach == Reach::Live || (wanted.is_none() && !query.is_whole());
    let mut filters = Vec::new();
    match &wanted {
        Some(ids) if ids.is_empty() => return Ok(Vec::new()),
        Some(ids) => filters.push(("id", ids.clone())),
        None => {}
    }
    // who reads everything asks for the whole list anyhow: then one call is enough
    if live_only && !query.is_whole() {
        filters.push(("status", vec!["running".to_owned(), "paused".to_owned()]));
    }
    let filters = filters_of(docker, &filters).await?;
    let filters = filters.iter().map(|filters| ("filters", filters.as_str()));
    let options: Vec<_> = [("all", "true")].into_iter().chain(filters).collect();
    let body = fetch(docker, &["containers", "json"], &options).await?;
    let not_a_list = |error| not_a_list(docker, &["containers", "json"], &error);
    let mut found = Vec::new();
    for item in elements(&body).map_err(not_a_list)? {
        let item: Item = serde_json::from_slice(&item)
            .map_err(|error| Error::new(format!("cannot read a container of the list: {error}")))?;
        let is_named = wanted.as_ref().is_none_or(|ids| ids.contains(&item.id));
        if is_named && (is_live(&item.state) || item.state.is_empty() || !live_only) {
            let name = own_name(item.names.unwrap_or_default()).unwrap_or_default();
            found.push(Container { id: item.id, name, state: item.state });
        }
    }
    Ok(found)
}

/// Of several names the own one has no second slash: links are called `/other/alias`. Podman sends no slash at all.
pub(in crate::tables) fn own_name(names: Vec<String>) -> Option<String> {
    names.into_iter().find_map(|name| {
        let own = name.strip_prefix('/').unwrap_or(&name);
        (!own.contains('/')).then(|| own.to_owned())
    })
}

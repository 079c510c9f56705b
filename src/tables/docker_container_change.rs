//! `docker_container_change`: what containers changed in their own file systems since they were created.

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::value::RawValue;

use super::support::{Container, Reach, each_container, unreadable};
use crate::docker::Docker;
use crate::sdk::{Error, List, Query, Rows, Table, elements, int, text};

/// `GET /containers/{id}/changes`.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_container_change",
    description: "Paths that containers added, modified or deleted in their own file systems; of those that run, unless container_id names others.",
    list: List { name: "listContainerChange", call: list_changes },
    get: None,
    columns: &[
        text("container_id",   "/container/Id",   "Full ID of the container.").key().exact(),
        text("container_name", "/container/Name", "Name of the container."),
        text("path",           "/change/Path",    "Path inside the container; what lies in mounts is not told."),
        text("kind",           "/change/Kind",    "What became of it: modified, added or deleted.").map(kind),
        int ("kind_code",      "/change/Kind",    "The same as the engine's number: 0, 1 or 2."),
    ],
};

fn list_changes<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    each_container(docker, query, Reach::Any, changes)
}

fn changes<'a>(
    docker: &'a Docker,
    container: &'a Container,
) -> BoxFuture<'a, Result<Vec<Bytes>, Error>> {
    async move {
        let Some(reply) = container.ask(docker, &["changes"], &[], Reach::Any).await? else {
            return Ok(Vec::new());
        };
        // null where nothing changed
        let changes = elements(&reply).map_err(|error| unreadable(container, &error))?;
        let mut rows = Vec::new();
        for change in &changes {
            let change: &RawValue =
                serde_json::from_slice(change).map_err(|error| unreadable(container, &error))?;
            rows.push(container.document(&[("change", change.get())]));
        }
        Ok(rows)
    }
    .boxed()
}

/// The word for a number; a number that has none yet is NULL.
fn kind(code: &RawValue) -> Result<Option<String>, String> {
    Ok(match code.get() {
        "0" => Some("\"modified\"".to_owned()),
        "1" => Some("\"added\"".to_owned()),
        "2" => Some("\"deleted\"".to_owned()),
        other if other == "null" || other.bytes().all(|byte| byte.is_ascii_digit()) => None,
        other => return Err(format!("expected a number, found `{other}`")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_words() {
        let word = |code| kind(serde_json::from_str(code).unwrap());
        for (code, expected) in [
            ("0", Some("modified")),
            ("1", Some("added")),
            ("2", Some("deleted")),
            ("7", None),
            ("null", None),
        ] {
            let expected = expected.map(|word| format!("\"{word}\""));
            assert_eq!(word(code), Ok(expected), "{code}");
        }
        assert!(word("\"added\"").is_err());
    }
}

//! `docker_container_env`: the environment variables that containers were created with; values only if the connection
//! shows secrets.

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::support::{Container, Reach, each_container, unreadable};
use crate::docker::Docker;
use crate::sdk::{Error, List, Query, Rows, Table, flag, int, text};

/// `Config.Env` of `GET /containers/{id}/json`.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_container_env",
    description: "Environment variables of containers, their values masked unless show_secrets is set; of those that run, unless container_id names others.",
    list: List { name: "listContainerEnv", call: list_variables },
    get: None,
    columns: &[
        text("container_id",   "/container/Id",       "Full ID of the container.").key().exact(),
        text("container_name", "/container/Name",     "Name of the container."),
        int ("position",       "/variable/position",  "Place among the variables of the container, counted from 1; of two with one name the later holds."),
        text("name",           "/variable/name",      "Name of the variable."),
        text("value",          "/variable/value",     "Its value, or *** where it is masked; NULL if it was given without one."),
        flag("is_masked",      "/variable/is_masked", "True if value does not show it: show_secrets is not set, or a recording left it out."),
    ],
};

/// What stands in the place of a value that is not shown; recordings have it, too.
const MASK: &str = "***";

fn list_variables<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    each_container(docker, query, Reach::Any, variables)
}

fn variables<'a>(
    docker: &'a Docker,
    container: &'a Container,
) -> BoxFuture<'a, Result<Vec<Bytes>, Error>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Inspect {
        config: Config,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Config {
        env: Option<Vec<String>>,
    }
    async move {
        let reply = container.inspect(docker).await?;
        let inspect: Inspect =
            serde_json::from_slice(&reply).map_err(|error| unreadable(container, &error))?;
        let show = docker.config().show_secrets;
        let mut rows = Vec::new();
        for (index, assignment) in inspect.config.env.unwrap_or_default().iter().enumerate() {
            let variable = serde_json::to_string(&Variable::new(index + 1, assignment, show))
                .map_err(|error| unreadable(container, &error))?;
            rows.push(container.document(&[("variable", &variable)]));
        }
        Ok(rows)
    }
    .boxed()
}

/// A variable as it is shown.
#[derive(Debug, PartialEq, Serialize)]
struct Variable<'a> {
    position: usize,
    name: &'a str,
    value: Option<&'a str>,
    is_masked: bool,
}

impl<'a> Variable<'a> {
    /// An empty value is no secret.
    fn new(position: usize, assignment: &'a str, show: bool) -> Self {
        let (name, value) = match assignment.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (assignment, None),
        };
        let value = value.map(|value| if show || value.is_empty() { value } else { MASK });
        Self { position, name, value, is_masked: value == Some(MASK) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_only_when_secrets_are() {
        for (assignment, show, name, value, is_masked) in [
            ("A=b", true, "A", Some("b"), false),
            ("A=b", false, "A", Some("***"), true),
            ("A=b=c", true, "A", Some("b=c"), false),
            ("A=", false, "A", Some(""), false),
            ("BARE", false, "BARE", None, false),
            ("BARE", true, "BARE", None, false),
            ("=x", false, "", Some("***"), true),
            // from a recording, which never has values
            ("A=***", true, "A", Some("***"), true),
        ] {
            let expected = Variable { position: 1, name, value, is_masked };
            assert_eq!(Variable::new(1, assignment, show), expected, "{assignment} {show}");
        }
    }
}

//! `docker_swarm_secret`: the secrets of a swarm, without what they hold.

use super::support::{list_of_manager, starts_with};
use crate::docker::Docker;
use crate::sdk::{List, Query, Rows, Table, int, json, text, time};

/// `GET /secrets`. Engines never send what a secret holds, and no column would show it.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_swarm_secret",
    description: "Secrets of the swarm that the engine manages, never what they hold; no rows outside of a swarm.",
    list: List { name: "listSwarmSecret", call: list_secrets },
    get: None,
    columns: &[
        text("id",                "/ID",                   "ID of the secret.").filter("id", starts_with),
        text("name",              "/Spec/Name",            "Name of the secret.").filter("name", starts_with),
        json("labels",            "/Spec/Labels",          "Labels of the secret."),
        text("driver",            "/Spec/Driver/Name",     "Plugin that holds the secret outside of the swarm; NULL if the swarm holds it."),
        text("templating_driver", "/Spec/Templating/Name", "Engine of templates that fills it in, such as golang; NULL if it is taken as it is."),
        int ("version",           "/Version/Index",        "Number of the last change."),
        time("created",           "/CreatedAt",            "When the secret was made."),
        time("updated",           "/UpdatedAt",            "When its labels last changed: what it holds never does."),
    ],
};

fn list_secrets<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    list_of_manager(docker, &["secrets"], Vec::new(), query)
}

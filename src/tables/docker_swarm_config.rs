//! `docker_swarm_config`: the configs of a swarm, without what they hold.

use super::support::{list_of_manager, starts_with};
use crate::docker::Docker;
use crate::sdk::{List, Query, Rows, Table, int, json, text, time};

/// `GET /configs`. Engines send what a config holds, which is often a password: there is no column for it, nor one for
/// the whole item.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_swarm_config",
    description: "Configs of the swarm that the engine manages, never what they hold; no rows outside of a swarm.",
    list: List { name: "listSwarmConfig", call: list_configs },
    get: None,
    columns: &[
        text("id",                "/ID",                   "ID of the config.").filter("id", starts_with),
        text("name",              "/Spec/Name",            "Name of the config.").filter("name", starts_with),
        json("labels",            "/Spec/Labels",          "Labels of the config."),
        text("templating_driver", "/Spec/Templating/Name", "Engine of templates that fills it in, such as golang; NULL if it is taken as it is."),
        int ("version",           "/Version/Index",        "Number of the last change."),
        time("created",           "/CreatedAt",            "When the config was made."),
        time("updated",           "/UpdatedAt",            "When its labels last changed: what it holds never does."),
    ],
};

fn list_configs<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    list_of_manager(docker, &["configs"], Vec::new(), query)
}

//! `docker_compose_volume`: the named volumes of Compose projects.

use super::support::compose_entries;
use crate::docker::Docker;
use crate::sdk::{List, Query, Rows, Table, int, json, text};

/// The `volumes` of each project.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_compose_volume",
    description: "Volumes of the Compose projects that docker_compose_file_paths names.",
    list: List { name: "listComposeVolumes", call: list_volumes },
    get: None,
    columns: &[
        text("name",        "/entry/name",        "Name of the volume on the engine: as declared, else that of the project with the key, or the key if it is external."),
        text("driver",      "/entry/driver",      "Driver; NULL is the engine's default."),
        json("driver_opts", "/entry/driver_opts", "Options of the driver."),
        json("external",    "/entry/external",    "True if the volume is made elsewhere; NULL if it does not say."),
        json("labels",      "/entry/labels",      "Labels."),
        json("extensions",  "/extensions",        "Keys that begin with x-; NULL without any."),
        // beyond the Go plugin
        text("key",         "/key",               "Name of the volume within the project."),
        text("project",     "/project",           "Name of the project."),
        text("path",        "/path",              "Path of the project's file; of several, the first.").key(),
        json("files",       "/files",             "Paths of the project's files; later ones override."),
        text("start_path",  "/start_path",        "Path of the file that declares it: one of the project, or one that is included; NULL if none does."),
        int ("start_line",  "/start_line",        "Line on which its declaration starts, from 1."),
        json("definition",  "/entry",             "The whole of it, in its long form, with what Compose adds."),
    ],
};

fn list_volumes<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    compose_entries(docker, query, "volumes")
}

//! `docker_compose_network`: the networks of Compose projects.

use super::support::compose_entries;
use crate::docker::Docker;
use crate::sdk::{List, Query, Rows, Table, flag, int, json, text};

/// The `networks` of each project, with the default one where a service is in it.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_compose_network",
    description: "Networks of the Compose projects that docker_compose_file_paths names.",
    list: List { name: "listComposeNetworks", call: list_networks },
    get: None,
    columns: &[
        text("name",        "/entry/name",        "Name of the network on the engine: as declared, else that of the project with the key, or the key if it is external."),
        text("driver",      "/entry/driver",      "Driver; NULL is the engine's default."),
        json("driver_opts", "/entry/driver_opts", "Options of the driver."),
        json("ipam",        "/entry/ipam",        "How addresses are given out: driver, options, and a list of subnets."),
        json("external",    "/entry/external",    "True if the network is made elsewhere; NULL if it does not say."),
        flag("internal",    "/entry/internal",    "True if the network has no way out of the host."),
        flag("attachable",  "/entry/attachable",  "True if containers that no service runs may join."),
        json("labels",      "/entry/labels",      "Labels."),
        flag("enable_ipv6", "/entry/enable_ipv6", "True if containers get IPv6 addresses."),
        json("extensions",  "/extensions",        "Keys that begin with x-; NULL without any."),
        // beyond the Go plugin
        text("key",         "/key",               "Name of the network within the project."),
        text("project",     "/project",           "Name of the project."),
        text("path",        "/path",              "Path of the project's file; of several, the first.").key(),
        json("files",       "/files",             "Paths of the project's files; later ones override."),
        text("start_path",  "/start_path",        "Path of the file that declares it: one of the project, or one that is included; NULL if none does."),
        int ("start_line",  "/start_line",        "Line on which its declaration starts, from 1."),
        flag("enable_ipv4", "/entry/enable_ipv4", "True if containers get IPv4 addresses."),
        json("definition",  "/entry",             "The whole of it, in its long form, with what Compose adds."),
    ],
};

fn list_networks<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    compose_entries(docker, query, "networks")
}

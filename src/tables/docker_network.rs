//! `docker_network`: the networks of one engine.

use super::support::{exact_name, fetch, full_id, inspected, is_full_id, list};
use crate::docker::Docker;
use crate::sdk::{Get, Hydrate, List, Query, Reply, Rows, Table, flag, json, text, time};

/// `GET /networks`; the containers of each are only in its inspect, `GET /networks/{id}`, its services in the verbose one.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_network",
    description: "Networks of the Docker engine.",
    list: List { name: "listNetwork", call: list_networks },
    get: Some(Get { column: "id", call: &INSPECT, takes: is_full_id }),
    columns: &[
        text("id",          "/Id",         "Full ID of the network.").filter("id", full_id),
        text("name",        "/Name",       "Name of the network.").filter("name", exact_name),
        time("created",     "/Created",    "When the network was created."),
        text("scope",       "/Scope",      "How far the network reaches: local for one engine, swarm for a cluster, global for the whole cloud.").filter("scope", known_scope),
        text("driver",      "/Driver",     "The driver that made the network, such as bridge or overlay.").filter("driver", any_driver),
        flag("enable_ipv6", "/EnableIPv6", "True if containers get IPv6 addresses."),
        json("ipam",        "/IPAM",       "How addresses are given out: driver, options, and a list of subnets with their gateways."),
        flag("internal",    "/Internal",   "True if the network has no way out of the host."),
        flag("attachable",  "/Attachable", "True if containers that no service runs may join the network from swarm workers."),
        flag("ingress",     "/Ingress",    "True if the network carries the routing mesh of the swarm."),
        json("config_from", "/ConfigFrom", "The configuration-only network that this one takes its settings from."),
        flag("config_only", "/ConfigOnly", "True if the network only holds settings for others and cannot be joined."),
        json("containers",  "/Containers", "Endpoints of the containers that are joined, by container ID; takes one more call a network.").from(&INSPECT),
        json("options",     "/Options",    "Options of the driver, such as com.docker.network.bridge.enable_icc."),
        json("labels",      "/Labels",     "Labels of the network."),
        json("peers",       "/Peers",      "Nodes that take part in an overlay network."),
        json("services",    "/Services",   "Swarm services in the network, with their virtual addresses and tasks, as a manager tells them; takes one more call a network.").from(&SERVICES),
        // beyond the Go plugin
        flag("enable_ipv4", "/EnableIPv4", "True if containers get IPv4 addresses; engines before 28 do not say."),
    ],
};

static INSPECT: Hydrate<Docker> =
    Hydrate { name: "getNetworkInspect", key: "/Id", call: inspect_network };

static SERVICES: Hydrate<Docker> =
    Hydrate { name: "getNetworkServices", key: "/Id", call: services_of_network };

fn list_networks<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    list(docker, &["networks"], Vec::new(), query)
}

fn inspect_network<'a>(docker: &'a Docker, id: &'a str) -> Reply<'a> {
    Box::pin(async move { inspected(docker, &["networks", id], id).await })
}

fn services_of_network<'a>(docker: &'a Docker, id: &'a str) -> Reply<'a> {
    Box::pin(async move { fetch(docker, &["networks", id], &[("verbose", "true")]).await })
}

fn known_scope(scope: &str) -> Option<String> {
    matches!(scope, "local" | "global" | "swarm").then(|| scope.to_owned())
}

fn any_driver(driver: &str) -> Option<String> {
    (!driver.is_empty()).then(|| driver.to_owned())
}

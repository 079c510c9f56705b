//! `docker_container_network`: which networks containers are joined to, and their addresses there.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::support::{Container, Reach, each_container, unreadable};
use crate::docker::Docker;
use crate::sdk::{Error, List, Query, Rows, Table, int, json, text};

/// `NetworkSettings.Networks` of `GET /containers/{id}/json`.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_container_network",
    description: "Networks that containers are joined to; of those that run, unless container_id names others.",
    list: List { name: "listContainerNetwork", call: list_networks },
    get: None,
    columns: &[
        text("container_id",    "/container/Id",                 "Full ID of the container.").key().exact(),
        text("container_name",  "/container/Name",               "Name of the container."),
        text("network_name",    "/network/Name",                 "Name of the network; host and none stand for themselves."),
        text("network_id",      "/endpoint/NetworkID",           "ID of the network; Podman puts its name here."),
        text("endpoint_id",     "/endpoint/EndpointID",          "ID of the container's end of it; empty if it does not run."),
        text("ip_address",      "/endpoint/IPAddress",           "IPv4 address; empty if it has none, or does not run."),
        int ("ip_prefix_len",   "/endpoint/IPPrefixLen",         "Length of the IPv4 network's prefix."),
        text("gateway",         "/endpoint/Gateway",             "IPv4 address of the gateway."),
        text("ipv6_address",    "/endpoint/GlobalIPv6Address",   "Global IPv6 address; empty if it has none."),
        int ("ipv6_prefix_len", "/endpoint/GlobalIPv6PrefixLen", "Length of the IPv6 network's prefix."),
        text("ipv6_gateway",    "/endpoint/IPv6Gateway",         "IPv6 address of the gateway."),
        text("mac_address",     "/endpoint/MacAddress",          "Hardware address."),
        json("aliases",         "/endpoint/Aliases",             "Further names of the container on this network."),
        json("dns_names",       "/endpoint/DNSNames",            "All names that the engine's name server resolves on this network; from API 1.44."),
        json("links",           "/endpoint/Links",               "Links to other containers on this network."),
        json("driver_opts",     "/endpoint/DriverOpts",          "Options given to the network's driver for this container."),
        json("ipam_config",     "/endpoint/IPAMConfig",          "Addresses that were asked for; NULL if the engine was free to choose."),
        int ("gw_priority",     "/endpoint/GwPriority",          "The network with the highest one gives the default gateway; from API 1.48."),
    ],
};

fn list_networks<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    each_container(docker, query, Reach::Any, networks)
}

fn networks<'a>(
    docker: &'a Docker,
    container: &'a Container,
) -> BoxFuture<'a, Result<Vec<Bytes>, Error>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Inspect<'a> {
        #[serde(borrow)]
        network_settings: Settings<'a>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Settings<'a> {
        #[serde(borrow)]
        networks: Option<BTreeMap<String, &'a RawValue>>,
    }
    async move {
        let reply = container.inspect(docker).await?;
        let inspect: Inspect =
            serde_json::from_slice(&reply).map_err(|error| unreadable(container, &error))?;
        let networks = inspect.network_settings.networks.unwrap_or_default();
        let rows = networks.into_iter().map(|(name, endpoint)| {
            let network = json!({"Name": name}).to_string();
            container.document(&[("network", &network), ("endpoint", endpoint.get())])
        });
        Ok(rows.collect())
    }
    .boxed()
}

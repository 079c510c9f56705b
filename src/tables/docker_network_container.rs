//! `docker_network_container`: which containers are joined to which networks, with their addresses.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::support::{each, fetch, is_full_id, not_a_list};
use crate::docker::Docker;
use crate::sdk::{Error, List, Query, Rows, Table, elements, text};

/// `Containers` of `GET /networks/{id}`.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_network_container",
    description: "Containers that are joined to the networks of the Docker engine, one row an endpoint.",
    list: List { name: "listNetworkContainer", call: list_endpoints },
    get: None,
    columns: &[
        text("network_id",     "/network/Id",           "Full ID of the network.").key(),
        text("network_name",   "/network/Name",         "Name of the network."),
        text("network_driver", "/network/Driver",       "Driver of the network, such as bridge or overlay."),
        text("network_scope",  "/network/Scope",        "How far the network reaches: local, swarm or global."),
        text("container_id",   "/container",            "Full ID of the container; NULL for an endpoint of the engine's own, such as the load balancer of a swarm's network."),
        text("container_name", "/endpoint/Name",        "Name of the container, or of the endpoint if it is the engine's own."),
        text("endpoint_id",    "/endpoint/EndpointID",  "Full ID of the endpoint."),
        text("mac_address",    "/endpoint/MacAddress",  "Hardware address; empty if it has none."),
        text("ipv4_address",   "/endpoint/IPv4Address", "IPv4 address with the length of its prefix, such as 172.17.0.2/16; empty if it has none."),
        text("ipv6_address",   "/endpoint/IPv6Address", "IPv6 address with the length of its prefix; empty if it has none."),
    ],
};

fn list_endpoints<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    each(docker, networks(docker, query), move |network| endpoints(docker, network))
}

/// IDs of the networks that the query is about.
async fn networks(docker: &Docker, query: &Query) -> Result<Vec<String>, Error> {
    #[derive(Deserialize)]
    struct Network {
        #[serde(rename = "Id")]
        id: String,
    }
    let wanted = query.keys("network_id");
    if let Some(ids) = &wanted
        && ids.iter().all(|id| is_full_id(id))
    {
        return Ok(ids.iter().map(|&id| id.to_owned()).collect());
    }
    let reply = fetch(docker, &["networks"], &[]).await?;
    let not_a_list = |error| not_a_list(docker, &["networks"], &error);
    let mut found = Vec::new();
    for item in elements(&reply).map_err(not_a_list)? {
        let Network { id } = serde_json::from_slice(&item)
            .map_err(|error| Error::new(format!("cannot read a network of the list: {error}")))?;
        if wanted.as_ref().is_none_or(|ids| ids.contains(&id.as_str())) {
            found.push(id);
        }
    }
    Ok(found)
}

async fn endpoints(docker: &Docker, id: String) -> Result<Vec<Bytes>, Error> {
    let reply = fetch(docker, &["networks", &id], &[]).await?;
    documents(&reply).map_err(|error| {
        Error::new(format!("cannot read what the engine says of network {id}: {error}"))
    })
}

fn documents(reply: &Bytes) -> Result<Vec<Bytes>, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Network<'a> {
        id: String,
        #[serde(borrow)]
        name: Option<&'a RawValue>,
        #[serde(borrow)]
        driver: Option<&'a RawValue>,
        #[serde(borrow)]
        scope: Option<&'a RawValue>,
        #[serde(borrow)]
        containers: Option<BTreeMap<String, &'a RawValue>>,
    }
    let Network { id, name, driver, scope, containers } = serde_json::from_slice(reply)?;
    let network = json!({"Id": id, "Name": name, "Driver": driver, "Scope": scope});
    let document = |(key, endpoint): (String, &RawValue)| {
        // the engine's own endpoints have keys such as lb-NETWORK
        let container = json!(Some(key).filter(|key| is_full_id(key)));
        format!(r#"{{"network":{network},"container":{container},"endpoint":{endpoint}}}"#).into()
    };
    Ok(containers.unwrap_or_default().into_iter().map(document).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_of_the_engine_have_no_container() {
        let id = "a".repeat(64);
        let reply = format!(
            r#"{{"Id":"n","Name":"ingress","Driver":"overlay","Containers":{{"{id}":{{"Name":"web"}},"lb-ingress":{{"Name":"ingress-endpoint"}}}}}}"#
        );
        let documents = documents(&reply.into()).unwrap();
        let network = r#""network":{"Driver":"overlay","Id":"n","Name":"ingress","Scope":null}"#;
        assert_eq!(
            documents,
            [
                format!(r#"{{{network},"container":"{id}","endpoint":{{"Name":"web"}}}}"#),
                format!(
                    r#"{{{network},"container":null,"endpoint":{{"Name":"ingress-endpoint"}}}}"#
                ),
            ]
        );
    }

    #[test]
    fn a_network_without_containers_has_no_rows_and_an_odd_reply_is_an_error() {
        let count = |reply: &'static str| {
            documents(&Bytes::from_static(reply.as_bytes())).map(|found| found.len()).ok()
        };
        assert_eq!(count(r#"{"Id":"n","Containers":{}}"#), Some(0));
        assert_eq!(count(r#"{"Id":"n","Containers":null}"#), Some(0));
        assert_eq!(count(r#"{"Id":"n","Containers":[]}"#), None);
        assert_eq!(count("{}"), None);
    }
}

//! `docker_container_port`: which ports of containers are exposed, asked to be published, and published.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::support::{Container, Reach, each_container, is_live, unreadable};
use crate::docker::Docker;
use crate::sdk::{Error, List, Query, Rows, Table, flag, int, json, text};

/// `NetworkSettings.Ports`, `HostConfig.PortBindings` and `Config.ExposedPorts` of `GET /containers/{id}/json`.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_container_port",
    description: "Ports of containers that are exposed or published, one row a binding; of those that run, unless container_id names others.",
    list: List { name: "listContainerPort", call: list_ports },
    get: None,
    columns: &[
        text("container_id",   "/container/Id",      "Full ID of the container.").key().exact(),
        text("container_name", "/container/Name",    "Name of the container."),
        int ("private_port",   "/port/private_port", "Port inside the container."),
        text("protocol",       "/port/protocol",     "Protocol: tcp, udp or sctp."),
        text("host_ip",        "/port/host_ip",      "Address of the host that it is published on or, while it is not, is asked to be; empty if that is left to the engine."),
        int ("host_port",      "/port/host_port",    "Port of the host; NULL if it is not published, and none is asked for."),
        flag("is_published",   "/port/is_published", "True if the engine forwards the port of the host to it now."),
        flag("is_requested",   "/port/is_requested", "True if the settings ask for it to be published: by a binding, or because all exposed ports are."),
        flag("is_exposed",     "/port/is_exposed",   "True if the image or the creator of the container declares it."),
        flag("is_wildcard",    "/port/is_wildcard",  "True if host_ip means every address of the host; NULL if there is no binding, or the engine will choose."),
        text("port",           "/port/port",         "Port and protocol as the engine writes them, such as 80/tcp."),
        json("binding",        "/port/binding",      "The binding as the engine tells it; NULL if there is none."),
    ],
};

fn list_ports<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    each_container(docker, query, Reach::Any, rows)
}

fn rows<'a>(
    docker: &'a Docker,
    container: &'a Container,
) -> BoxFuture<'a, Result<Vec<Bytes>, Error>> {
    async move {
        let reply = container.inspect(docker).await?;
        let documents = serde_json::from_slice::<Inspect>(&reply).and_then(|inspect| {
            let ports = inspect.ports()?;
            let document = |port| {
                let port = serde_json::to_string(port)?;
                Ok(container.document(&[("port", &port)]))
            };
            ports.iter().map(document).collect()
        });
        documents.map_err(|error| unreadable(container, &error))
    }
    .boxed()
}

/// Bindings by port, such as `80/tcp`; null for one that is exposed only.
type Bindings<'a> = BTreeMap<String, Option<Vec<&'a RawValue>>>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspect<'a> {
    state: State,
    #[serde(borrow)]
    config: Config<'a>,
    #[serde(borrow)]
    host_config: HostConfig<'a>,
    #[serde(borrow)]
    network_settings: NetworkSettings<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config<'a> {
    #[serde(borrow)]
    exposed_ports: Option<BTreeMap<String, &'a RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HostConfig<'a> {
    #[serde(borrow)]
    port_bindings: Option<Bindings<'a>>,
    publish_all_ports: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkSettings<'a> {
    #[serde(borrow)]
    ports: Option<Bindings<'a>>,
}

/// One port, or one of its bindings.
#[derive(Debug, Serialize)]
struct Row<'a> {
    port: &'a str,
    private_port: Option<u16>,
    protocol: &'a str,
    host_ip: Option<String>,
    host_port: Option<u16>,
    is_published: bool,
    is_requested: bool,
    is_exposed: bool,
    is_wildcard: Option<bool>,
    binding: Option<&'a RawValue>,
}

impl<'a> Inspect<'a> {
    /// A port that is published shows where; one that is not, where it is asked to be.
    fn ports(&'a self) -> Result<Vec<Row<'a>>, serde_json::Error> {
        // Podman tells bindings of containers that do not run, too
        let runs = is_live(&self.state.status);
        let published = self.network_settings.ports.as_ref();
        let requested = self.host_config.port_bindings.as_ref();
        let exposed = self.config.exposed_ports.as_ref();
        let mut names: BTreeSet<&str> = BTreeSet::new();
        names.extend(published.into_iter().flatten().map(|(name, _)| name.as_str()));
        names.extend(requested.into_iter().flatten().map(|(name, _)| name.as_str()));
        names.extend(exposed.into_iter().flatten().map(|(name, _)| name.as_str()));
        let mut ports = Vec::new();
        for name in names {
            let is_exposed = exposed.is_some_and(|exposed| exposed.contains_key(name));
            let asked_for = of(requested, name);
            let all = self.host_config.publish_all_ports == Some(true);
            let is_requested = !asked_for.is_empty() || (all && is_exposed);
            let now = if runs { of(published, name) } else { &[] };
            let plain = Row::new(name, is_exposed, is_requested);
            match (now, asked_for) {
                ([], []) => ports.push(plain),
                ([], asked_for) => {
                    for binding in asked_for {
                        ports.push(plain.bound(binding, false)?);
                    }
                }
                (now, _) => {
                    for binding in now {
                        ports.push(plain.bound(binding, true)?);
                    }
                }
            }
        }
        Ok(ports)
    }
}

fn of<'b, 'a>(bindings: Option<&'b Bindings<'a>>, port: &str) -> &'b [&'a RawValue] {
    bindings.and_then(|bindings| bindings.get(port)?.as_deref()).unwrap_or_default()
}

impl<'a> Row<'a> {
    fn new(port: &'a str, is_exposed: bool, is_requested: bool) -> Self {
        // Docker takes a port without protocol for tcp
        let (number, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
        Self {
            port,
            private_port: number.parse().ok(),
            protocol,
            host_ip: None,
            host_port: None,
            is_published: false,
            is_requested,
            is_exposed,
            is_wildcard: None,
            binding: None,
        }
    }

    fn bound(&self, binding: &'a RawValue, is_published: bool) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Binding {
            host_ip: String,
            host_port: String,
        }
        let Binding { host_ip, host_port } = serde_json::from_str(binding.get())?;
        Ok(Self {
            // none, or a range to choose from, is not a port yet
            host_port: host_port.parse().ok().filter(|port| *port != 0),
            is_wildcard: is_wildcard(&host_ip, is_published),
            host_ip: Some(host_ip),
            is_published,
            binding: Some(binding),
            ..*self
        })
    }
}

/// Podman writes every address as none; while it is not published, the engine may still put its own default there.
fn is_wildcard(host_ip: &str, is_published: bool) -> Option<bool> {
    if host_ip.is_empty() {
        return is_published.then_some(true);
    }
    let plain = host_ip.trim_start_matches('[').trim_end_matches(']');
    plain.parse::<IpAddr>().ok().map(|address| address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Published, requested and exposed ports as the engine tells them.
    fn ports(status: &str, published: &Value, requested: &Value, exposed: &Value) -> Vec<String> {
        let inspect = json!({
            "State": {"Status": status},
            "Config": {"ExposedPorts": exposed},
            "HostConfig": {"PortBindings": requested, "PublishAllPorts": false},
            "NetworkSettings": {"Ports": published},
        })
        .to_string();
        let inspect: Inspect = serde_json::from_str(&inspect).unwrap();
        inspect.ports().unwrap().iter().map(line).collect()
    }

    fn line(port: &Row) -> String {
        let number = |port: Option<u16>| port.map_or("-".to_owned(), |port| port.to_string());
        let word = |flag, word: &str| if flag { format!(" {word}") } else { String::new() };
        format!(
            "{}/{} {}:{}{}{}{}{}",
            number(port.private_port),
            port.protocol,
            port.host_ip.as_deref().unwrap_or("-"),
            number(port.host_port),
            word(port.is_published, "published"),
            word(port.is_requested, "requested"),
            word(port.is_exposed, "exposed"),
            match port.is_wildcard {
                Some(true) => " wildcard",
                Some(false) => " one",
                None => "",
            }
        )
    }

    fn binding(ip: &str, port: &str) -> Value {
        json!({"HostIp": ip, "HostPort": port})
    }

    #[test]
    fn a_port_is_exposed_requested_and_published_apart() {
        let none = json!(null);
        let asked = json!({"80/tcp": [binding("", "8080")]});
        let real = json!({"80/tcp": [binding("0.0.0.0", "8080"), binding("::", "8080")]});
        let exposed = json!({"80/tcp": {}, "53/udp": {}});
        for (status, published, requested, exposed, expected) in [
            ("running", &none, &none, &none, vec![]),
            (
                "running",
                &json!({"53/udp": null}),
                &none,
                &exposed,
                vec!["53/udp -:- exposed", "80/tcp -:- exposed"],
            ),
            (
                "running",
                &real,
                &asked,
                &json!({"80/tcp": {}}),
                vec![
                    "80/tcp 0.0.0.0:8080 published requested exposed wildcard",
                    "80/tcp :::8080 published requested exposed wildcard",
                ],
            ),
            (
                "paused",
                &json!({"80/tcp": [binding("127.0.0.1", "1")]}),
                &none,
                &none,
                vec!["80/tcp 127.0.0.1:1 published one"],
            ),
            (
                "running",
                &json!({"80/tcp": [binding("", "8080")]}),
                &asked,
                &none,
                vec!["80/tcp :8080 published requested wildcard"],
            ),
            ("exited", &none, &asked, &none, vec!["80/tcp :8080 requested"]),
            ("exited", &real, &asked, &none, vec!["80/tcp :8080 requested"]),
            (
                "created",
                &none,
                &json!({"1/tcp": [binding("::1", "")], "2": [binding("x", "1-2")]}),
                &none,
                vec!["1/tcp ::1:- requested one", "2/tcp x:- requested"],
            ),
            ("running", &none, &none, &json!({"1-5/tcp": {}}), vec!["-/tcp -:- exposed"]),
        ] {
            assert_eq!(ports(status, published, requested, exposed), expected);
        }
    }

    #[test]
    fn publishing_all_ports_requests_the_exposed_ones() {
        let inspect = r#"{"State":{"Status":"exited"},"Config":{"ExposedPorts":{"80/tcp":{}}},"HostConfig":{"PublishAllPorts":true},"NetworkSettings":{}}"#;
        let inspect: Inspect = serde_json::from_str(inspect).unwrap();
        assert_eq!(line(&inspect.ports().unwrap()[0]), "80/tcp -:- requested exposed");
    }

    #[test]
    fn an_address_is_a_wildcard_if_it_means_all() {
        for (ip, published, requested) in [
            ("0.0.0.0", Some(true), Some(true)),
            ("::", Some(true), Some(true)),
            ("[::]", Some(true), Some(true)),
            ("127.0.0.1", Some(false), Some(false)),
            ("", Some(true), None),
            ("host", None, None),
        ] {
            assert_eq!(is_wildcard(ip, true), published, "{ip}");
            assert_eq!(is_wildcard(ip, false), requested, "{ip}");
        }
    }
}

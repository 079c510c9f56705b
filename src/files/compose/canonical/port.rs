//! Ports: `[[ip:]host:]container[/protocol]`, each of the two a number or a range, becomes one entry a container port.
//! It must not know networks: nothing is looked up.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::check::not;
use super::{Fault, fault, under};

/// The long form of a list of ports.
pub(super) fn ports(value: &mut Value) -> Result<(), Fault> {
    let Value::Array(items) = value else { return Ok(()) };
    let mut ports = Vec::new();
    for (place, item) in std::mem::take(items).into_iter().enumerate() {
        let long = match &item {
            Value::String(text) => short(text),
            Value::Number(number) => short(&number.to_string()),
            Value::Object(_) => Ok(vec![item]),
            _ => Err(not("a port: a string, a number or a mapping", &item)),
        };
        ports.extend(long.map_err(under(place.to_string()))?);
    }
    *value = Value::Array(ports);
    Ok(())
}

/// A range of ports.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Range {
    first: u16,
    last: u16,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last).then_some(Self { first, last })
    }

    fn length(self) -> u16 {
        self.last - self.first
    }
}

fn short(text: &str) -> Result<Vec<Value>, Fault> {
    let (host, container) = match text.rsplit_once(':') {
        Some((host, container)) => (Some(host), container),
        None => (None, text),
    };
    let (ip, host) = match host.map(|host| host.rsplit_once(':').ok_or(host)) {
        Some(Ok((ip, host))) => (ip, host),
        Some(Err(host)) => ("", host),
        None => ("", ""),
    };
    let (container, protocol) = container.split_once('/').unwrap_or((container, "tcp"));
    let protocol = if protocol.is_empty() { "tcp".to_owned() } else { protocol.to_lowercase() };
    let ip = address(ip).ok_or_else(|| fault(format!("invalid IP address in `{text}`: {ip}")))?;
    if container.is_empty() {
        return Err(fault(format!("no container port in `{text}`")));
    }
    let range = |name: &str, ports: &str| {
        Range::parse(ports)
            .ok_or_else(|| fault(format!("invalid {name} port in `{text}`: {ports}")))
    };
    let containers = range("container", container)?;
    let hosts = if host.is_empty() { None } else { Some(range("host", host)?) };
    if hosts.is_some_and(|hosts| containers.length() > 0 && hosts.length() != containers.length()) {
        return Err(fault(format!(
            "ranges of different lengths in `{text}`: {host} and {container}"
        )));
    }
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err(fault(format!("invalid protocol in `{text}`: {protocol}")));
    }
    Ok((containers.first..=containers.last)
        .map(|target| {
            let mut port = json!({"mode": "ingress", "protocol": protocol, "target": target});
            if !ip.is_empty() {
                port["host_ip"] = ip.into();
            }
            if let Some(hosts) = hosts {
                port["published"] = published(hosts, containers, target).into();
            }
            port
        })
        .collect())
}

/// The host's ports for one of the container: the one at the same place, or any of them if the container has just one.
fn published(hosts: Range, containers: Range, target: u16) -> String {
    if containers.length() == 0 && hosts.length() > 0 {
        format!("{}-{}", hosts.first, hosts.last)
    } else {
        (hosts.first + (target - containers.first)).to_string()
    }
}

/// An IP address without its brackets, or nothing if it is none; empty is any.
fn address(text: &str) -> Option<&str> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let bare = match bare {
        Some(bare) => bare,
        // without brackets it would not be known where an IPv6 address ends
        None if text.contains(':') => return None,
        None => text,
    };
    (bare.is_empty() || is_address(bare)).then_some(bare)
}

/// True for an IPv4 or IPv6 address.
pub(super) fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

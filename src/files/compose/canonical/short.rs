//! Short forms that are no more than one key of the long form.
//! What is neither short nor long is left to the check that follows.

use serde_json::{Map, Value, json};

use super::check::unknown;
use super::{Fault, fault, scalar, under};

/// A text becomes a mapping with that text under a key.
pub(super) fn wrap(name: &str, value: &mut Value) {
    if let Value::String(text) = value {
        *value = json!({ name: std::mem::take(text) });
    }
}

/// `gpus: all`
pub(super) fn gpus(value: &mut Value) -> Result<(), Fault> {
    match value.as_str() {
        Some("all") => *value = json!([{"count": "all"}]),
        Some(text) => return Err(fault(format!("`{text}` is neither all nor a list"))),
        None => {}
    }
    Ok(())
}

/// `env_file: path`, and lists of paths; a file is required unless it says otherwise.
pub(super) fn env_files(value: &mut Value) {
    if let Value::String(path) = value {
        *value = json!([std::mem::take(path)]);
    }
    for item in value.as_array_mut().into_iter().flatten() {
        wrap("path", item);
        if let Value::Object(file) = item {
            file.entry("required").or_insert(true.into());
        }
    }
}

/// `networks: [name]` and `models: [name]`
pub(super) fn names(value: &mut Value) -> Result<(), Fault> {
    keys(value, &Value::Null)
}

/// `depends_on: [service]`
pub(super) fn dependencies(value: &mut Value) -> Result<(), Fault> {
    keys(value, &json!({"condition": "service_started", "required": true}))
}

/// A list of names becomes a mapping, each with the same value.
fn keys(value: &mut Value, each: &Value) -> Result<(), Fault> {
    let Value::Array(items) = value else { return Ok(()) };
    let mut map = Map::new();
    for (place, item) in items.iter().enumerate() {
        let name = scalar::text(item).map_err(under(place.to_string()))?;
        if map.insert(name.to_owned(), each.clone()).is_some() {
            return Err(fault(format!("{item} is there twice")));
        }
    }
    *value = Value::Object(map);
    Ok(())
}

/// Hosts and addresses as a mapping, or as a list of `host=address` or `host:address`: becomes the list with `=`, in
/// order. An IPv6 address loses its brackets.
pub(super) fn hosts(value: &mut Value) -> Result<(), Fault> {
    let mut hosts = Vec::new();
    match &*value {
        Value::Object(map) => {
            for (host, addresses) in map {
                named_hosts(host, addresses, &mut hosts).map_err(under(host))?;
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                listed_hosts(item, &mut hosts).map_err(under(place.to_string()))?;
            }
        }
        _ => return Ok(()),
    }
    hosts.sort();
    hosts.dedup();
    *value = hosts.into();
    Ok(())
}

fn named_hosts(host: &str, addresses: &Value, hosts: &mut Vec<String>) -> Result<(), Fault> {
    match addresses {
        Value::Null => add_host(host, "", hosts),
        Value::Array(list) => {
            for (place, address) in list.iter().enumerate() {
                let address = scalar::text(address).map_err(under(place.to_string()))?;
                add_host(host, address, hosts)?;
            }
            Ok(())
        }
        address => add_host(host, scalar::text(address)?, hosts),
    }
}

fn listed_hosts(item: &Value, hosts: &mut Vec<String>) -> Result<(), Fault> {
    let text = scalar::text(item)?;
    let (host, addresses) = text
        .split_once('=')
        .or_else(|| text.split_once(':'))
        .ok_or_else(|| fault(format!("`{text}` lacks an IP address")))?;
    addresses.split(',').try_for_each(|address| add_host(host, address, hosts))
}

fn add_host(host: &str, address: &str, hosts: &mut Vec<String>) -> Result<(), Fault> {
    if host.is_empty() || host.contains([':', '=']) {
        return Err(fault(format!("`{host}` is no host name")));
    }
    let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    hosts.push(format!("{host}={}", bare.filter(|bare| !bare.is_empty()).unwrap_or(address)));
    Ok(())
}

/// `dns:` of an empty text, as a variable that is not set leaves it, is no server.
pub(super) fn without_empty(value: &mut Value) {
    match value {
        Value::String(text) if text.is_empty() => *value = json!([]),
        Value::Array(items) => items.retain(|item| item != ""),
        _ => {}
    }
}

/// One value of an option of a provider becomes a list of one; all are printed.
pub(super) fn several(value: &mut Value) {
    if !matches!(value, Value::Array(_) | Value::Object(_) | Value::Null) {
        *value = Value::Array(vec![value.take()]);
    }
}

/// `external: {name: …}` becomes true, and the name moves up.
pub(super) fn external(value: &mut Value) -> Result<(), Fault> {
    let Value::Object(resource) = value else { return Ok(()) };
    let Some(Value::Object(inner)) = resource.get("external") else { return Ok(()) };
    if let Some(key) = inner.keys().find(|key| *key != "name" && !key.starts_with("x-")) {
        return Err(under("external")(unknown(key)));
    }
    let outer_name = resource.get("name");
    let name = inner.get("name").cloned();
    if let (Some(outer), Some(name)) = (outer_name, &name)
        && outer != name
    {
        return Err(fault("name and external.name conflict; only use name"));
    }
    resource.insert("external".to_owned(), true.into());
    if let Some(name) = name {
        resource.insert("name".to_owned(), name);
    }
    Ok(())
}

//! What a whole project says without writing it: names, defaults, the default network.
//! It must not know files: they are read and merged, and paths made absolute, before.
//!
//! The order is that of Compose: defaults, checks of single entries, what follows from other keys, names, and last the
//! references between the entries.

mod references;
mod resources;

use serde_json::{Map, Value, json};

use super::canonical::complete;
use super::path::clean;
use super::{Fault, Project};

/// Completes a merged project.
///
/// # Errors
/// What is missing, does not fit together, or refers to something that is not there.
pub(super) fn normal(project: &mut Project) -> Result<(), Fault> {
    let folder = project.directory.display().to_string();
    let document = &mut project.document;
    complete(document)?;
    for service in workloads(document) {
        defaults(service, &folder);
    }
    resources::check(document)?;
    default_network(document);
    for service in workloads(document) {
        follow(service);
    }
    resources::name(document, &project.name);
    references::check(document, &project.active)
}

/// The entries of a section.
fn entries<'d>(
    document: &'d Value,
    section: &str,
) -> impl Iterator<Item = (&'d String, &'d Value)> {
    document.get(section).and_then(Value::as_object).into_iter().flatten()
}

/// The entries of a section, to be changed.
fn entries_mut<'d>(
    document: &'d mut Value,
    section: &str,
) -> impl Iterator<Item = (&'d String, &'d mut Value)> {
    document.get_mut(section).and_then(Value::as_object_mut).into_iter().flatten()
}

/// Services and jobs.
fn workloads(document: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let sections = document.as_object_mut().into_iter().flatten();
    sections
        .filter(|(section, _)| matches!(section.as_str(), "services" | "jobs"))
        .filter_map(|(_, section)| section.as_object_mut())
        .flat_map(Map::values_mut)
        .filter_map(Value::as_object_mut)
}

/// The items of a list under a key.
fn items<'v>(map: &'v mut Map<String, Value>, key: &str) -> impl Iterator<Item = &'v mut Value> {
    map.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
}

/// A fault at a place.
fn fault(path: &[&str], message: impl Into<String>) -> Fault {
    let path = path.iter().map(|&key| key.to_owned()).collect();
    Fault { path, message: message.into() }
}

fn set_default(value: &mut Value, key: &str, default: impl Into<Value>) {
    if let Value::Object(map) = value {
        map.entry(key).or_insert(default.into());
    }
}

/// What single entries leave out.
fn defaults(service: &mut Map<String, Value>, folder: &str) {
    if let Some(build) = service.get_mut("build") {
        set_default(build, "context", folder);
        if build.get("dockerfile_inline").is_none() {
            set_default(build, "dockerfile", "Dockerfile");
        }
    }
    for port in items(service, "ports") {
        set_default(port, "mode", "ingress");
        set_default(port, "protocol", "tcp");
    }
    for secret in items(service, "secrets") {
        let source = secret.get("source").and_then(Value::as_str).unwrap_or_default();
        let target = format!("/run/secrets/{source}");
        set_default(secret, "target", target);
    }
    for mount in items(service, "volumes") {
        if let Some(bind) = mount.get_mut("bind") {
            set_default(bind, "create_host_path", true);
        }
        if let Some(target) = mount.get("target").and_then(Value::as_str).map(clean) {
            mount["target"] = target.into();
        }
    }
    let reserved = service
        .get_mut("deploy")
        .and_then(|deploy| deploy.pointer_mut("/resources/reservations/devices"))
        .and_then(Value::as_array_mut);
    for request in reserved.into_iter().flatten() {
        all_devices(request);
    }
    for request in items(service, "gpus") {
        all_devices(request);
    }
    for (_, dependency) in
        service.get_mut("depends_on").and_then(Value::as_object_mut).into_iter().flatten()
    {
        set_default(dependency, "required", true);
    }
}

/// A request that says neither how many nor which means all.
fn all_devices(request: &mut Value) {
    if request.get("count").is_none() && request.get("device_ids").is_none() {
        set_default(request, "count", -1);
    }
}

/// A service that says nothing about networks is in the default one, which then exists.
fn default_network(document: &mut Value) {
    let mut used = false;
    for service in workloads(document) {
        if service.contains_key("provider") || service.contains_key("network_mode") {
            continue;
        }
        let networks = service.entry("networks").or_insert(json!({}));
        if let Value::Object(networks) = networks {
            if networks.is_empty() {
                networks.insert("default".to_owned(), Value::Null);
            }
            used |= networks.contains_key("default");
        }
    }
    if used && let Value::Object(document) = document {
        let networks = document.entry("networks").or_insert(json!({}));
        set_default(networks, "default", Value::Null);
    }
}

/// What follows from other keys of the same service.
fn follow(service: &mut Map<String, Value>) {
    if service.get("pull_policy").is_some_and(|policy| policy == "if_not_present") {
        service.insert("pull_policy".to_owned(), "missing".into());
    }
    let implied = implied_dependencies(service);
    if !implied.is_empty() {
        let dependencies = service.entry("depends_on").or_insert(json!({}));
        for (name, restart) in implied {
            let dependency =
                json!({"condition": "service_started", "required": true, "restart": restart});
            set_default(dependencies, &name, dependency);
        }
    }
    let scale = service.get("scale").cloned();
    if let (Some(scale), Some(Value::Object(deploy))) = (scale, service.get_mut("deploy")) {
        deploy.entry("replicas").or_insert(scale);
    }
}

/// Services that this one cannot run without, and whether it restarts with them.
fn implied_dependencies(service: &Map<String, Value>) -> Vec<(String, bool)> {
    let mut names = Vec::new();
    let texts = |key: &str| {
        let list = service.get(key).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str)
    };
    for link in texts("links") {
        let name = link.split_once(':').map_or(link, |(name, _)| name);
        names.push((name.to_owned(), true));
    }
    for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        let shared = service.get(key).and_then(Value::as_str);
        if let Some(name) = shared.and_then(|mode| mode.strip_prefix("service:")) {
            names.push((name.to_owned(), true));
        }
    }
    for volumes in texts("volumes_from").filter(|from| !from.starts_with("container:")) {
        let name = volumes.split(':').next().unwrap_or_default();
        names.push((name.to_owned(), false));
    }
    names
}

#[cfg(test)]
mod tests;

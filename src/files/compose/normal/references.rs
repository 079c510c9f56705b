//! What services say about each other and about the rest of the project must be true.
//! It must not know how it was written: everything is in its long form.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Fault, entries, fault};

/// Checks the services that run; those that a profile keeps out are as if they were not there.
pub(super) fn check(document: &Value, active: &BTreeSet<String>) -> Result<(), Fault> {
    let project = Project { document, active };
    for (name, service) in entries(document, "services").filter(|(name, _)| active.contains(*name))
    {
        let service = Service { name, value: service };
        service.has_an_image()?;
        service.build_fits(&project)?;
        service.networks_exist(&project)?;
        service.test_is_known()?;
        service.dependencies_exist(&project)?;
        service.mounts_exist(&project)?;
        service.amounts_agree()?;
        service.targets_differ()?;
    }
    without_cycle(&project)
}

struct Project<'d> {
    document: &'d Value,
    active: &'d BTreeSet<String>,
}

impl<'d> Project<'d> {
    /// The name of a service as the document has it.
    fn key(&self, name: &str) -> Option<&'d str> {
        let services = self.document.get("services")?.as_object()?;
        services.get_key_value(name).map(|(name, _)| name.as_str())
    }

    fn has(&self, section: &str, name: &str) -> bool {
        self.document.get(section).is_some_and(|section| section.get(name).is_some())
    }
}

#[derive(Clone, Copy)]
struct Service<'d> {
    name: &'d str,
    value: &'d Value,
}

impl<'d> Service<'d> {
    fn fault(self, path: &[&str], message: impl Into<String>) -> Fault {
        let path: Vec<&str> = ["services", self.name].iter().chain(path).copied().collect();
        fault(&path, message)
    }

    fn text(self, pointer: &str) -> Option<&'d str> {
        self.value.pointer(pointer).and_then(Value::as_str)
    }

    fn list(self, pointer: &str) -> impl Iterator<Item = (String, &'d Value)> {
        let list = self.value.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
        list.enumerate().map(|(place, item)| (place.to_string(), item))
    }

    fn map(self, pointer: &str) -> impl Iterator<Item = (&'d String, &'d Value)> {
        self.value.pointer(pointer).and_then(Value::as_object).into_iter().flatten()
    }

    fn has_an_image(self) -> Result<(), Fault> {
        let image = self.text("/image").is_some_and(|image| !image.is_empty());
        if image || self.value.get("build").is_some() || self.value.get("provider").is_some() {
            return Ok(());
        }
        Err(self.fault(&[], "has neither an image nor a build context"))
    }

    fn build_fits(self, project: &Project<'_>) -> Result<(), Fault> {
        let path = ["build"];
        if self.text("/build/dockerfile").is_some()
            && self.text("/build/dockerfile_inline").is_some()
        {
            return Err(self.fault(&path, "dockerfile and dockerfile_inline exclude each other"));
        }
        for (name, context) in self.map("/build/additional_contexts") {
            let Some(other) = context.as_str().and_then(|text| text.strip_prefix("service:"))
            else {
                continue;
            };
            let other_build = format!("/services/{}/build", other.replace('/', "~1"));
            let path = ["build", "additional_contexts", name];
            if !project.has("services", other) {
                return Err(self.fault(&path, format!("refers to undefined service {other}")));
            }
            if project.document.pointer(&other_build).is_none() {
                return Err(self.fault(&path, format!("the service {other} is not built")));
            }
        }
        let mut platforms = self.list("/build/platforms").peekable();
        if let Some(platform) = self.text("/platform")
            && platforms.peek().is_some()
            && !platforms.any(|(_, item)| item == platform)
        {
            return Err(self.fault(&["build", "platforms"], format!("must include {platform}")));
        }
        for (place, secret) in self.list("/build/secrets") {
            self.refers(project, "secrets", &["build", "secrets", &place], &secret["source"])?;
        }
        Ok(())
    }

    /// The entry of this name must be in the section.
    fn refers(
        self,
        project: &Project<'_>,
        section: &str,
        path: &[&str],
        name: &Value,
    ) -> Result<(), Fault> {
        let name = name.as_str().unwrap_or_default();
        if project.has(section, name) {
            return Ok(());
        }
        let kind = section.trim_end_matches('s');
        Err(self.fault(path, format!("refers to undefined {kind} {name}: add it under {section}")))
    }

    fn networks_exist(self, project: &Project<'_>) -> Result<(), Fault> {
        let mut networks = self.map("/networks").peekable();
        if networks.peek().is_some()
            && self.text("/network_mode").is_some_and(|mode| !mode.is_empty())
        {
            return Err(self.fault(&["networks"], "network_mode and networks exclude each other"));
        }
        for (network, _) in networks {
            self.refers(project, "networks", &["networks", network], &network.as_str().into())?;
        }
        Ok(())
    }

    fn test_is_known(self) -> Result<(), Fault> {
        match self.text("/healthcheck/test/0") {
            None | Some("CMD" | "CMD-SHELL" | "NONE") => Ok(()),
            Some(_) => {
                Err(self.fault(&["healthcheck", "test"], "must begin with CMD, CMD-SHELL or NONE"))
            }
        }
    }

    fn dependencies_exist(self, project: &Project<'_>) -> Result<(), Fault> {
        for (other, dependency) in self.map("/depends_on") {
            let optional = dependency.get("required").is_some_and(|required| required == false);
            if project.active.contains(other) || optional && project.has("services", other) {
                continue;
            }
            let why = if project.has("services", other) {
                format!("depends on service {other}, which no active profile includes")
            } else {
                format!("depends on undefined service {other}")
            };
            return Err(self.fault(&["depends_on"], why));
        }
        Ok(())
    }

    fn mounts_exist(self, project: &Project<'_>) -> Result<(), Fault> {
        for (place, mount) in self.list("/volumes") {
            let source = mount.get("source").and_then(Value::as_str).unwrap_or_default();
            if mount["type"] == "bind" && source.is_empty() {
                let path = ["volumes", place.as_str()];
                return Err(self.fault(&path, "a mount of type bind needs a source"));
            }
            if mount["type"] == "volume" && !source.is_empty() {
                self.refers(project, "volumes", &["volumes", &place], &mount["source"])?;
            }
        }
        for section in ["configs", "secrets"] {
            for (place, item) in self.list(&format!("/{section}")) {
                self.refers(project, section, &[section, &place], &item["source"])?;
            }
        }
        for (model, _) in self.map("/models") {
            self.refers(project, "models", &["models", model], &model.as_str().into())?;
        }
        Ok(())
    }

    /// Amounts that can be given in two places must be the same in both.
    fn amounts_agree(self) -> Result<(), Fault> {
        for (key, place) in [
            ("scale", "deploy.replicas"),
            ("cpus", "deploy.resources.limits.cpus"),
            ("mem_limit", "deploy.resources.limits.memory"),
            ("mem_reservation", "deploy.resources.reservations.memory"),
            ("pids_limit", "deploy.resources.limits.pids"),
        ] {
            let pointer = format!("/{}", place.replace('.', "/"));
            if let (Some(one), Some(other)) = (self.value.get(key), self.value.pointer(&pointer))
                && one != other
                && one.as_f64().is_none_or(|one| Some(one) != other.as_f64())
            {
                return Err(self.fault(&[key], format!("is not the same as {place}")));
            }
        }
        let scale = self.value.get("scale").or(self.value.pointer("/deploy/replicas"));
        if self.text("/container_name").is_some_and(|name| !name.is_empty())
            && scale.and_then(Value::as_i64).is_some_and(|scale| scale > 1)
        {
            let message = "a container's name is unique: several replicas cannot have it";
            return Err(self.fault(&["container_name"], message));
        }
        for place in ["gpus", "deploy.resources.reservations.devices"] {
            let pointer = format!("/{}", place.replace('.', "/"));
            for (number, request) in self.list(&pointer) {
                if request.get("count").is_some() && request.get("device_ids").is_some() {
                    let path: Vec<&str> = place.split('.').chain([number.as_str()]).collect();
                    return Err(self.fault(&path, "count and device_ids exclude each other"));
                }
            }
        }
        Ok(())
    }

    /// Nothing is mounted twice at one place.
    fn targets_differ(self) -> Result<(), Fault> {
        let mut targets = BTreeSet::new();
        let folders = self.list("/tmpfs").map(|(place, item)| ("tmpfs", place, item.as_str()));
        let mounts = self
            .list("/volumes")
            .map(|(place, mount)| ("volumes", place, mount.get("target").and_then(Value::as_str)));
        for (key, place, target) in folders.chain(mounts) {
            let target = target.unwrap_or_default();
            let target = if key == "tmpfs" { target.split(':').next() } else { Some(target) };
            let target = target.unwrap_or_default();
            if !targets.insert(target) {
                let message = format!("something else is already mounted at {target}");
                return Err(self.fault(&[key, &place], message));
            }
        }
        for (place, trigger) in self.list("/develop/watch") {
            let alone = trigger["action"] == "rebuild" || trigger["action"] == "restart";
            if !alone && trigger.get("target").is_none_or(|target| target == "") {
                let path = ["develop", "watch", &place];
                return Err(self.fault(&path, "target is required for this action"));
            }
        }
        Ok(())
    }
}

/// No service may wait for itself, by whatever detour.
fn without_cycle(project: &Project<'_>) -> Result<(), Fault> {
    let dependencies = |name: &str| {
        let service = project.document.get("services").and_then(|services| services.get(name));
        let map = service.and_then(|service| service.get("depends_on")).and_then(Value::as_object);
        map.into_iter().flatten().map(|(other, _)| other.as_str())
    };
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for start in project.active.iter().filter_map(|name| project.key(name)) {
        if !seen.insert(start) {
            continue;
        }
        // the way from the start to here, with what each service on it still waits for
        let mut way = vec![(start, dependencies(start))];
        while let Some((_, rest)) = way.last_mut() {
            let Some(next) = rest.next() else {
                way.pop();
                continue;
            };
            if let Some(first) = way.iter().position(|(name, _)| *name == next) {
                let circle = way[first..].iter().map(|(name, _)| *name).chain([next]);
                let message =
                    format!("dependency cycle: {}", circle.collect::<Vec<_>>().join(" -> "));
                return Err(fault(&["services", next, "depends_on"], message));
            }
            if project.active.contains(next) && seen.insert(next) {
                way.push((next, dependencies(next)));
            }
        }
    }
    Ok(())
}

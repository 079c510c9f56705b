//! What containers get besides what their services say: variables of the environment, `env_file` and `label_file`.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value};

use super::dotenv::{self, Pairs};
use super::loader::{Loader, fault, reason};
use super::paths::join;
use super::problem::Problem;
use super::variables::{Variables, is_no_file};

/// Gives variables that stand without a value the one of the environment.
pub(super) fn fill(document: &mut Value, variables: &Variables<'_>) {
    for kind in ["services", "jobs"] {
        for service in members(document.get_mut(kind)) {
            fill_mapping(service.get_mut("environment"), variables);
            let hooks = service.get_mut("pre_start").and_then(Value::as_array_mut);
            for hook in hooks.into_iter().flatten() {
                fill_mapping(hook.get_mut("environment"), variables);
            }
        }
    }
    for config in members(document.get_mut("configs")) {
        let Some(name) = config["environment"].as_str() else { continue };
        if let Some(value) = variables.get(name) {
            config["content"] = value.into();
        }
    }
}

/// The same for the arguments of builds; those that have no value anywhere are left out.
pub(super) fn fill_arguments(document: &mut Value, variables: &Variables<'_>) {
    for kind in ["services", "jobs"] {
        for service in members(document.get_mut(kind)) {
            fill_mapping(service.pointer_mut("/build/args"), variables);
            if let Some(Value::Object(arguments)) = service.pointer_mut("/build/args") {
                arguments.retain(|_, value| !value.is_null());
            }
        }
    }
}

fn fill_mapping(mapping: Option<&mut Value>, variables: &Variables<'_>) {
    let mapping = mapping.and_then(Value::as_object_mut);
    for (name, value) in mapping.into_iter().flatten().filter(|(_, value)| value.is_null()) {
        *value = variables.get(name).map_or(Value::Null, Value::String);
    }
}

fn members(value: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    value.and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
}

impl Loader<'_> {
    /// Adds to the services what their `env_file` and `label_file` say; those that do not run are left alone, because
    /// Compose does not read their files either.
    pub(super) fn add_files(
        &self,
        document: &mut Value,
        active: &BTreeSet<String>,
        directory: &Path,
        variables: &Variables<'_>,
    ) -> Result<(), Problem> {
        let services = document.get_mut("services").and_then(Value::as_object_mut);
        for (name, service) in services.into_iter().flatten() {
            if !active.contains(name) {
                continue;
            }
            let way = ["services", name];
            self.add_to(service, &way, directory, variables)?;
            let hooks = service.get_mut("pre_start").and_then(Value::as_array_mut);
            for (index, hook) in hooks.into_iter().flatten().enumerate() {
                let way = ["services", name, "pre_start", &index.to_string()];
                self.add_to(hook, &way, directory, variables)?;
            }
        }
        Ok(())
    }

    fn add_to(
        &self,
        container: &mut Value,
        way: &[&str],
        directory: &Path,
        variables: &Variables<'_>,
    ) -> Result<(), Problem> {
        let environment = self.environment(container, way, directory, variables)?;
        if let Some(environment) = environment {
            container["environment"] = environment;
        }
        if let Some(labels) = self.labels(container, way, directory)? {
            container["labels"] = labels;
        }
        Ok(())
    }

    /// The environment of a container, if it has files of variables. What it says itself wins.
    fn environment(
        &self,
        container: &Value,
        way: &[&str],
        directory: &Path,
        variables: &Variables<'_>,
    ) -> Result<Option<Value>, Problem> {
        let Some(files) = container["env_file"].as_array() else { return Ok(None) };
        let own = container["environment"].as_object();
        let said: Pairs = own.map(texts).unwrap_or_default();
        let outer = |name: &str| variables.get(name).or_else(|| said.get(name).cloned());
        let mut found = said.clone();
        for (index, file) in files.iter().enumerate() {
            let index = index.to_string();
            let way: Vec<&str> = way.iter().copied().chain(["env_file", &index]).collect();
            let Some(path) = file["path"].as_str().or(file.as_str()) else { continue };
            let path = join(directory, path);
            let text = match self.read(&path) {
                Ok(text) => text,
                Err(error) if is_no_file(&error) && file["required"] == false => continue,
                Err(error) => {
                    let why = format!("cannot read {}: {}", path.display(), reason(&error));
                    return Err(self.problem(fault(&way, why)));
                }
            };
            let read = match file["format"].as_str() {
                None | Some("" | ".env") => dotenv::read,
                Some("raw") => dotenv::read_raw,
                Some(other) => {
                    let why = format!("unsupported env_file format {other:?}: use raw, or none");
                    return Err(self.problem(fault(&way, why)));
                }
            };
            read(&text, &outer, &mut found).map_err(|flaw| flaw.within(&path))?;
        }
        Ok(Some(overlaid(found, own)))
    }

    /// The labels of a container, if it has files of labels. What it says itself wins.
    fn labels(
        &self,
        container: &Value,
        way: &[&str],
        directory: &Path,
    ) -> Result<Option<Value>, Problem> {
        let Some(files) = container["label_file"].as_array() else { return Ok(None) };
        let mut found = Pairs::new();
        for (index, file) in files.iter().enumerate() {
            let Some(path) = file.as_str() else { continue };
            let path = join(directory, path);
            let text = self.read(&path).map_err(|error| {
                let index = index.to_string();
                let way: Vec<&str> = way.iter().copied().chain(["label_file", &index]).collect();
                let why = format!("cannot read {}: {}", path.display(), reason(&error));
                self.problem(fault(&way, why))
            })?;
            dotenv::read(&text, &|_| None, &mut found).map_err(|flaw| flaw.within(&path))?;
        }
        Ok(Some(overlaid(found, container["labels"].as_object())))
    }
}

fn texts(mapping: &Map<String, Value>) -> Pairs {
    let set = mapping.iter().filter(|(_, value)| !value.is_null());
    set.map(|(name, value)| {
        (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    })
    .collect()
}

fn overlaid(found: Pairs, own: Option<&Map<String, Value>>) -> Value {
    let mut all: Map<String, Value> =
        found.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
    all.extend(own.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
    Value::Object(all)
}

//! Networks, volumes, secrets and configs: what they must say, and what they are called on the engine.
//! It must not know who uses them.

use serde_json::{Value, json};

use super::{Fault, entries, entries_mut, fault};

/// Checks each entry by itself.
pub(super) fn check(document: &Value) -> Result<(), Fault> {
    for (name, volume) in entries(document, "volumes") {
        external_alone(volume).map_err(|message| fault(&["volumes", name], message))?;
    }
    for (name, config) in entries(document, "configs") {
        one_of(config, &["file", "environment", "content"])
            .map_err(|message| fault(&["configs", name], message))?;
    }
    for (name, secret) in entries(document, "secrets") {
        one_of(secret, &["file", "environment"])
            .map_err(|message| fault(&["secrets", name], message))?;
        if !is_external(secret) && secret.get("file").or(secret.get("environment")).is_none() {
            return Err(fault(&["secrets", name], "must declare either file or environment"));
        }
    }
    Ok(())
}

fn is_external(entry: &Value) -> bool {
    entry.get("external").is_some_and(|external| external == true)
}

/// A volume made elsewhere takes no settings.
fn external_alone(volume: &Value) -> Result<(), String> {
    if !is_external(volume) {
        return Ok(());
    }
    let keys = volume.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    let mut others = keys.filter(|key| !matches!(*key, "name" | "external"));
    match others.find(|key| !key.starts_with("x-")) {
        Some(key) => Err(format!("`external` and `{key}` exclude each other")),
        None => Ok(()),
    }
}

/// Exactly one of the keys, unless something else brings the content.
fn one_of(entry: &Value, keys: &[&str]) -> Result<(), String> {
    let given = keys.iter().filter(|key| entry.get(**key).is_some()).count();
    let elsewhere = entry.get("driver").is_some() || entry.get("external").is_some();
    match given {
        0 if !elsewhere => Err(format!("one of {} must be set", keys.join(", "))),
        0 | 1 => Ok(()),
        _ => Err(format!("{} exclude each other", keys.join(", "))),
    }
}

/// What is not named is called `<project>_<key>`; what is made elsewhere, as its key.
pub(super) fn name(document: &mut Value, project: &str) {
    for section in ["networks", "volumes", "configs", "secrets"] {
        for (key, entry) in entries_mut(document, section) {
            if entry.is_null() {
                *entry = json!({});
            }
            if entry.get("name").is_none_or(Value::is_null) {
                let external = is_external(entry);
                let name = if external { key.clone() } else { format!("{project}_{key}") };
                entry["name"] = name.into();
            }
        }
    }
}

//! Lists in which a later item replaces an earlier one of the same name, and lists without equal items.
//! It must not know other files: what is merged is merged by the loader.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Fault, fault};

/// Of items with the same name, keeps the last one, at the place of the first.
pub(super) fn keep_last(name: fn(&Value) -> String, value: &mut Value) {
    let Value::Array(items) = value else { return };
    let mut places = BTreeMap::new();
    let mut kept: Vec<Value> = Vec::new();
    for item in std::mem::take(items) {
        let place = *places.entry(name(&item)).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(earlier) => *earlier = item,
            None => kept.push(item),
        }
    }
    *items = kept;
}

/// Refuses equal items.
pub(super) fn distinct(value: &Value) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    let again = value.as_array().into_iter().flatten().find(|item| !seen.insert(item.to_string()));
    match again {
        Some(item) => Err(fault(format!("{item} is there twice"))),
        None => Ok(()),
    }
}

fn text<'v>(item: &'v Value, key: &str) -> Option<&'v str> {
    item.get(key).and_then(Value::as_str)
}

/// What stands before the `=` of a text.
pub(super) fn name(item: &Value) -> String {
    item.as_str().unwrap_or_default().split('=').next().unwrap_or_default().to_owned()
}

/// Where a mount or a device appears.
pub(super) fn target(item: &Value) -> String {
    // without a target it is refused later, and must not hide another
    text(item, "target").map_or_else(|| item.to_string(), str::to_owned)
}

/// Which file is read.
pub(super) fn path(item: &Value) -> String {
    text(item, "path").unwrap_or_default().to_owned()
}

/// Where a secret appears.
pub(super) fn secret(item: &Value) -> String {
    mounted("/run/secrets", item)
}

/// Where a config appears.
pub(super) fn config(item: &Value) -> String {
    mounted("", item)
}

fn mounted(folder: &str, item: &Value) -> String {
    match text(item, "target") {
        Some(target) => target.to_owned(),
        None => format!("{folder}/{}", text(item, "source").unwrap_or_default()),
    }
}

/// Which port of the container is published where.
pub(super) fn port(item: &Value) -> String {
    let ip = text(item, "host_ip").unwrap_or("0.0.0.0");
    let published = text(item, "published").unwrap_or_default();
    let target = item.get("target").map(Value::to_string).unwrap_or_default();
    format!("{ip}:{published}:{target}/{}", text(item, "protocol").unwrap_or("tcp"))
}

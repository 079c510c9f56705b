//! One document laid over another, key by key as the Compose specification says; both in the long form.
//! It must not know files: who is laid over whom is decided elsewhere.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Fault;
use super::document::Way;

/// How the values of a key are merged.
enum Rule {
    /// Mappings by key, lists one after the other, the later of two single values; null changes nothing.
    Plain,
    /// The later value, even null.
    Replace,
    /// Mappings by key, and null is a value.
    Pairs,
    /// Mappings by key, and null is an empty one.
    Members,
    /// Mappings if both are, else the later value.
    Limit,
    /// Mappings by key if the driver is the same, else the later value.
    Logging,
    /// The later list, each item over the one of the same subnet.
    Pools,
}

/// Lays a value over another that stands at the same place.
///
/// # Errors
/// Values of different kinds, which cannot be merged.
pub(super) fn merge(base: Value, over: Value, way: &mut Way) -> Result<Value, Fault> {
    match (rule(way), base, over) {
        (Rule::Replace, _, over) => Ok(over),
        (Rule::Pairs, Value::Object(mut base), Value::Object(over)) => {
            base.extend(over);
            Ok(Value::Object(base))
        }
        (Rule::Members, base, over) => {
            let empty = || Value::Object(Map::new());
            let or_empty = |value: Value| if value.is_null() { empty() } else { value };
            plain(or_empty(base), or_empty(over), way)
        }
        (Rule::Limit, base, over) if !(base.is_object() && over.is_object()) => Ok(over),
        (Rule::Logging, base, over) if !same_driver(&base, &over) => Ok(over),
        (Rule::Pools, Value::Array(base), Value::Array(over)) => pools(&base, over, way),
        (_, base, over) => plain(base, over, way),
    }
}

fn rule(way: &[String]) -> Rule {
    if !(3..=4).contains(&way.len()) {
        return Rule::Plain;
    }
    let keys: Vec<&str> = way.iter().map(String::as_str).collect();
    match keys[..] {
        ["services" | "jobs", _, "command" | "entrypoint"]
        | ["services" | "jobs", _, "healthcheck", "test"] => Rule::Replace,
        ["services" | "jobs", _, "environment" | "labels" | "annotations" | "sysctls"]
        | ["services" | "jobs", _, "build", "args" | "labels" | "additional_contexts"]
        | ["services", _, "deploy", "labels"]
        | ["networks" | "volumes" | "secrets" | "configs", _, "labels"] => Rule::Pairs,
        ["services" | "jobs", _, "depends_on" | "networks" | "models"] => Rule::Members,
        ["services" | "jobs", _, "ulimits", _] => Rule::Limit,
        ["services" | "jobs", _, "logging"] => Rule::Logging,
        ["networks", _, "ipam", "config"] => Rule::Pools,
        _ => Rule::Plain,
    }
}

fn plain(base: Value, over: Value, way: &mut Way) -> Result<Value, Fault> {
    match (base, over) {
        (base, Value::Null) => Ok(base),
        (Value::Object(base), Value::Object(over)) => mappings(base, over, way).map(Value::Object),
        (Value::Array(base), Value::Array(over)) => Ok(Value::Array(appended(base, over))),
        (Value::Object(_), _) => Err(fault(way, "cannot override a mapping with something else")),
        (Value::Array(_), _) => Err(fault(way, "cannot override a list with something else")),
        (_, over) => Ok(over),
    }
}

fn fault(way: &[String], message: &str) -> Fault {
    Fault { path: way.to_vec(), message: message.to_owned() }
}

fn mappings(
    mut base: Map<String, Value>,
    over: Map<String, Value>,
    way: &mut Way,
) -> Result<Map<String, Value>, Fault> {
    for (key, value) in over {
        let merged = match base.remove(&key) {
            None => value,
            Some(first) => {
                way.push(key.clone());
                let merged = merge(first, value, way)?;
                way.pop();
                merged
            }
        };
        base.insert(key, merged);
    }
    Ok(base)
}

/// Items of the second list that are not in the first come after it.
fn appended(mut base: Vec<Value>, over: Vec<Value>) -> Vec<Value> {
    let mut known: BTreeSet<String> = base.iter().map(Value::to_string).collect();
    base.extend(over.into_iter().filter(|item| known.insert(item.to_string())));
    base
}

fn same_driver(base: &Value, over: &Value) -> bool {
    let (base, over) = (&base["driver"], &over["driver"]);
    base.is_null() || over.is_null() || base == over
}

fn pools(base: &[Value], over: Vec<Value>, way: &mut Way) -> Result<Value, Fault> {
    let mut first: Map<String, Value> = Map::new();
    for pool in base {
        first.insert(pool["subnet"].to_string(), pool.clone());
    }
    let merged = over.into_iter().map(|pool| match first.remove(&pool["subnet"].to_string()) {
        Some(base) => plain(base, pool, way),
        None => Ok(pool),
    });
    merged.collect::<Result<Vec<_>, _>>().map(Value::Array)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(way: &[&str], base: Value, over: Value) -> Result<Value, String> {
        let mut way: Way = way.iter().map(|&key| key.to_owned()).collect();
        merge(base, over, &mut way)
            .map_err(|fault| format!("{}: {}", fault.path.join("."), fault.message))
    }

    #[test]
    fn values_are_merged_by_the_rule_of_their_key() {
        for (key, base, over, expected) in [
            ("image", json!("a"), json!("b"), json!("b")),
            ("image", json!("a"), json!(null), json!("a")),
            ("command", json!(["a", "b"]), json!(["c"]), json!(["c"])),
            ("command", json!(["a"]), json!(null), json!(null)),
            ("entrypoint", json!(["a"]), json!([]), json!([])),
            (
                "environment",
                json!({"A": "1", "B": "2"}),
                json!({"B": null, "C": "3"}),
                json!({"A": "1", "B": null, "C": "3"}),
            ),
            ("labels", json!({"a": "1"}), json!({"a": "2"}), json!({"a": "2"})),
            ("cap_add", json!(["A", "B"]), json!(["B", "C"]), json!(["A", "B", "C"])),
            ("dns", json!(["1.1.1.1"]), json!(["8.8.8.8"]), json!(["1.1.1.1", "8.8.8.8"])),
            ("extra_hosts", json!(["a=1"]), json!(["a=2"]), json!(["a=1", "a=2"])),
            (
                "healthcheck",
                json!({"test": ["CMD", "a"], "retries": 1}),
                json!({"test": ["CMD", "b"]}),
                json!({"test": ["CMD", "b"], "retries": 1}),
            ),
            (
                "networks",
                json!({"a": null}),
                json!({"a": {"priority": 1}, "b": null}),
                json!({"a": {"priority": 1}, "b": null}),
            ),
            (
                "networks",
                json!({"a": {"priority": 1}}),
                json!({"a": null}),
                json!({"a": {"priority": 1}}),
            ),
            ("networks", json!(null), json!({"a": null}), json!({"a": null})),
            (
                "depends_on",
                json!({"a": {"condition": "service_started", "required": true}}),
                json!({"a": {"condition": "service_healthy"}}),
                json!({"a": {"condition": "service_healthy", "required": true}}),
            ),
            (
                "ulimits",
                json!({"nofile": {"soft": 1, "hard": 2}}),
                json!({"nofile": 3}),
                json!({"nofile": 3}),
            ),
            (
                "ulimits",
                json!({"nofile": {"soft": 1, "hard": 2}}),
                json!({"nofile": {"soft": 2}}),
                json!({"nofile": {"soft": 2, "hard": 2}}),
            ),
            (
                "logging",
                json!({"driver": "json-file", "options": {"a": "1"}}),
                json!({"driver": "syslog"}),
                json!({"driver": "syslog"}),
            ),
            (
                "logging",
                json!({"driver": "json-file", "options": {"a": "1"}}),
                json!({"options": {"b": "2"}}),
                json!({"driver": "json-file", "options": {"a": "1", "b": "2"}}),
            ),
            (
                "logging",
                json!({"options": {"a": "1"}}),
                json!({"driver": "syslog"}),
                json!({"driver": "syslog", "options": {"a": "1"}}),
            ),
            (
                "build",
                json!({"context": "a", "args": {"x": "1"}}),
                json!({"args": {"x": null}}),
                json!({"context": "a", "args": {"x": null}}),
            ),
            (
                "x-own",
                json!({"a": [1], "b": 1}),
                json!({"a": [1, 2], "c": null}),
                json!({"a": [1, 2], "b": 1, "c": null}),
            ),
        ] {
            assert_eq!(merged(&["services", "web", key], base, over), Ok(expected), "{key}");
        }
    }

    #[test]
    fn whole_documents_are_merged() {
        let base = json!({"services": {"a": {"image": "a"}, "b": {"image": "b"}}, "x-own": 1});
        let over = json!({"services": {"b": {"image": "c"}, "d": {}}, "volumes": {"v": null}});
        let expected = json!({"services": {"a": {"image": "a"}, "b": {"image": "c"}, "d": {}}, "volumes": {"v": null}, "x-own": 1});
        assert_eq!(merged(&[], base, over), Ok(expected));
    }

    #[test]
    fn pools_are_merged_by_subnet() {
        let base = json!({"config": [{"subnet": "a", "gateway": "g"}, {"subnet": "b"}]});
        let over = json!({"config": [{"subnet": "c"}, {"subnet": "a", "ip_range": "r"}]});
        let expected =
            json!({"config": [{"subnet": "c"}, {"subnet": "a", "gateway": "g", "ip_range": "r"}]});
        assert_eq!(merged(&["networks", "n", "ipam"], base, over), Ok(expected));
    }

    #[test]
    fn different_kinds_cannot_be_merged() {
        let error = merged(&["services", "a"], json!({"ports": []}), json!({"ports": "x"}));
        assert_eq!(
            error,
            Err("services.a.ports: cannot override a list with something else".to_owned())
        );
        let error = merged(&[], json!({"services": {"a": {}}}), json!({"services": {"a": 1}}));
        assert_eq!(
            error,
            Err("services.a: cannot override a mapping with something else".to_owned())
        );
    }

    #[test]
    fn long_lists_are_merged_in_time() {
        let list =
            |from: usize| -> Value { (from..from + 50_000).map(|item| item.to_string()).collect() };
        let start = std::time::Instant::now();
        let merged = merged(&["services", "a", "cap_add"], list(0), list(25_000)).unwrap();
        assert_eq!(merged.as_array().map(Vec::len), Some(75_000));
        assert!(start.elapsed().as_secs() < 10);
    }
}

//! Lists in which one thing can be only once: of two ports, mounts or names that are the same, the later one counts,
//! at the place of the earlier one.

use std::collections::HashMap;

use serde_json::Value;

use super::Fault;

/// What tells two items of a list apart.
type Key = fn(&Value) -> Result<String, &'static str>;

#[rustfmt::skip] // one list a line
const LISTS: &[(&[&str], Key)] = &[
    (&["build", "platforms"],              text),
    (&["build", "tags"],                   text),
    (&["cap_add"],                         text),
    (&["cap_drop"],                        text),
    (&["configs"],                         config),
    (&["devices"],                         target),
    (&["dns"],                             text),
    (&["dns_opt"],                         text),
    (&["dns_search"],                      text),
    (&["env_file"],                        path),
    (&["expose"],                          text),
    (&["links"],                           text),
    (&["networks", "*", "aliases"],        text),
    (&["networks", "*", "link_local_ips"], text),
    (&["ports"],                           port),
    (&["profiles"],                        text),
    (&["secrets"],                         secret),
    (&["tmpfs"],                           text),
    (&["volumes"],                         target),
];

/// Leaves each thing once in the lists of every service.
pub(super) fn unique(document: &mut Value) -> Result<(), Fault> {
    let Some(Value::Object(services)) = document.get_mut("services") else { return Ok(()) };
    for (name, service) in services {
        for (way, key) in LISTS {
            let mut path = vec!["services".to_owned(), name.clone()];
            below(service, way, *key, &mut path)?;
        }
    }
    Ok(())
}

fn below(value: &mut Value, way: &[&str], key: Key, path: &mut Vec<String>) -> Result<(), Fault> {
    let [first, rest @ ..] = way else { return list(value, key, path) };
    let Value::Object(entries) = value else { return Ok(()) };
    for (name, inner) in entries {
        if *first == "*" || first == name {
            path.push(name.clone());
            below(inner, rest, key, path)?;
            path.pop();
        }
    }
    Ok(())
}

fn list(value: &mut Value, key: Key, path: &[String]) -> Result<(), Fault> {
    let Value::Array(items) = value else { return Ok(()) };
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<Value> = Vec::with_capacity(items.len());
    for (index, item) in std::mem::take(items).into_iter().enumerate() {
        let key = key(&item).map_err(|message| {
            let path = path.iter().cloned().chain([index.to_string()]).collect();
            Fault { path, message: message.to_owned() }
        })?;
        if let Some(&place) = places.get(&key) {
            kept[place] = item;
        } else {
            places.insert(key, kept.len());
            kept.push(item);
        }
    }
    *items = kept;
    Ok(())
}

/// A text up to its `=`.
#[expect(clippy::unnecessary_wraps, reason = "one of several keys")]
fn text(item: &Value) -> Result<String, &'static str> {
    let text = shown(item);
    Ok(text.split_once('=').map_or(text.clone(), |(name, _)| name.to_owned()))
}

fn shown(item: &Value) -> String {
    item.as_str().map_or_else(|| item.to_string(), str::to_owned)
}

fn target(item: &Value) -> Result<String, &'static str> {
    item["target"].as_str().map(str::to_owned).ok_or("it is missing a mount target")
}

fn path(item: &Value) -> Result<String, &'static str> {
    item["path"].as_str().map(str::to_owned).ok_or("it is missing a path")
}

fn config(item: &Value) -> Result<String, &'static str> {
    mount(item, "/")
}

fn secret(item: &Value) -> Result<String, &'static str> {
    mount(item, "/run/secrets/")
}

#[expect(clippy::unnecessary_wraps, reason = "one of several keys")]
fn mount(item: &Value, folder: &str) -> Result<String, &'static str> {
    let target = item["target"].as_str().map(str::to_owned);
    Ok(target.unwrap_or_else(|| format!("{folder}{}", shown(&item["source"]))))
}

fn port(item: &Value) -> Result<String, &'static str> {
    if item["target"].is_null() {
        return Err("it is missing a target port");
    }
    let or = |key: &str, default: &str| item[key].as_str().unwrap_or(default).to_owned();
    let (host, protocol) = (or("host_ip", "0.0.0.0"), or("protocol", "tcp"));
    Ok(format!("{host}:{}:{}/{protocol}", shown(&item["published"]), shown(&item["target"])))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_later_of_two_equal_items_counts() {
        for (service, expected) in [
            (
                json!({"ports": [
                    {"target": 80, "published": "80"},
                    {"target": 80, "published": "81"},
                    {"target": 80, "published": "80", "protocol": "tcp", "host_ip": "0.0.0.0", "mode": "host"},
                    {"target": 80, "published": "80", "protocol": "udp"},
                ]}),
                json!({"ports": [
                    {"target": 80, "published": "80", "protocol": "tcp", "host_ip": "0.0.0.0", "mode": "host"},
                    {"target": 80, "published": "81"},
                    {"target": 80, "published": "80", "protocol": "udp"},
                ]}),
            ),
            (
                json!({"volumes": [{"source": "a", "target": "/x"}, {"source": "b", "target": "/y"}, {"source": "c", "target": "/x"}]}),
                json!({"volumes": [{"source": "c", "target": "/x"}, {"source": "b", "target": "/y"}]}),
            ),
            (
                json!({"secrets": [{"source": "a"}, {"source": "b", "target": "/run/secrets/a"}], "configs": [{"source": "a"}, {"source": "a", "target": "/b"}]}),
                json!({"secrets": [{"source": "b", "target": "/run/secrets/a"}], "configs": [{"source": "a"}, {"source": "a", "target": "/b"}]}),
            ),
            (
                json!({"cap_add": ["A", "B", "A"], "expose": ["80", "80"], "env_file": [{"path": "a"}, {"path": "a", "required": false}]}),
                json!({"cap_add": ["A", "B"], "expose": ["80"], "env_file": [{"path": "a", "required": false}]}),
            ),
            (
                json!({"networks": {"n": {"aliases": ["a", "a"]}, "m": null}, "command": ["a", "a"]}),
                json!({"networks": {"n": {"aliases": ["a"]}, "m": null}, "command": ["a", "a"]}),
            ),
        ] {
            let mut document = json!({"services": {"web": service, "none": null}});
            unique(&mut document).unwrap();
            assert_eq!(document, json!({"services": {"web": expected, "none": null}}));
        }
    }

    #[test]
    fn an_item_without_its_key_is_a_fault() {
        let mut document =
            json!({"services": {"web": {"volumes": [{"target": "/x"}, {"source": "a"}]}}});
        let fault = unique(&mut document).unwrap_err();
        assert_eq!(fault.path.join("."), "services.web.volumes.1");
    }
}

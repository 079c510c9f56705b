//! What flags say, as the value that the same setting would have in `daemon.json`.
//! It must not know which setting it is about, but for its kind.

use serde_json::{Map, Value, json};

use super::settings::Kind;
use crate::files::flags::truth;

/// The value of a setting that these texts set, in order. One that the engine would refuse stays a text.
pub(super) fn of_flags(kind: Kind, texts: &[&str]) -> Value {
    let last = texts.last().copied().unwrap_or_default();
    match kind {
        Kind::Text => Value::from(last),
        Kind::Switch => truth(last).map_or_else(|| Value::from(last), Value::from),
        Kind::Int => last.parse::<i64>().map_or_else(|_| Value::from(last), Value::from),
        Kind::Size => bytes(last).map_or_else(|| Value::from(last), Value::from),
        Kind::List => texts.iter().copied().map(Value::from).collect(),
        Kind::Pools => texts.iter().map(|text| pool(text)).collect(),
        Kind::Map => object(texts, |value| Value::from(value.unwrap_or_default())),
        Kind::Runtimes => object(texts, |path| json!({"path": path})),
        Kind::Switches => object(texts, |value| match value.map(truth) {
            None => Value::from(true),
            Some(Some(truth)) => Value::from(truth),
            Some(None) => Value::from(value),
        }),
        Kind::Ulimits => ulimits(texts),
        Kind::Maps => maps(texts),
    }
}

/// The value of a setting as the file has it, in the form that other ways to set it give.
pub(super) fn of_file(kind: Kind, value: &Value) -> Value {
    match (kind, value) {
        (Kind::Size, Value::String(text)) => bytes(text).map_or_else(|| value.clone(), Value::from),
        // the older key of host-gateway-ips has one address
        (Kind::List, Value::String(text)) => json!([text]),
        _ => value.clone(),
    }
}

/// True if the engine takes the value in its file for an unset one.
pub(super) fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(_) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
    }
}

fn object(texts: &[&str], value: impl Fn(Option<&str>) -> Value) -> Value {
    let entries = texts.iter().map(|text| match text.split_once('=') {
        Some((name, text)) => (name.to_owned(), value(Some(text))),
        None => ((*text).to_owned(), value(None)),
    });
    Value::Object(entries.collect::<Map<_, _>>())
}

fn maps(texts: &[&str]) -> Value {
    let mut maps = Map::new();
    for text in texts {
        let (outer, rest) = text.split_once('=').unwrap_or((text, ""));
        let (inner, value) = rest.split_once('=').unwrap_or((rest, ""));
        let map = maps.entry(outer).or_insert_with(|| json!({}));
        if let (Some(map), false) = (map.as_object_mut(), inner.is_empty()) {
            map.insert(inner.to_owned(), Value::from(value));
        }
    }
    Value::Object(maps)
}

fn ulimits(texts: &[&str]) -> Value {
    let entries = texts.iter().map(|text| {
        let (name, limits) = text.split_once('=').unwrap_or((text, ""));
        let (soft, hard) = limits.split_once(':').unwrap_or((limits, limits));
        let limit = match (soft.parse::<i64>(), hard.parse::<i64>()) {
            (Ok(soft), Ok(hard)) => json!({"Name": name, "Soft": soft, "Hard": hard}),
            _ => Value::from(limits),
        };
        (name.to_owned(), limit)
    });
    Value::Object(entries.collect::<Map<_, _>>())
}

fn pool(text: &str) -> Value {
    let entries = text.split(',').map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.parse::<i64>().map_or_else(|_| Value::from(value), Value::from);
        (name.trim().to_owned(), value)
    });
    Value::Object(entries.collect::<Map<_, _>>())
}

/// `64M`, `64mb`, `64MiB` and `67108864` alike, in powers of 1024.
fn bytes(text: &str) -> Option<i64> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number: i64 = text[..digits].parse().ok()?;
    let unit = text[digits..].trim();
    let unit = unit.strip_suffix("ib").or_else(|| unit.strip_suffix('b')).unwrap_or(unit);
    let power = ["", "k", "m", "g", "t", "p"].iter().position(|known| *known == unit)?;
    number.checked_mul(1024_i64.checked_pow(u32::try_from(power).ok()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_become_what_the_file_would_say() {
        for (kind, texts, expected) in [
            (Kind::Text, &["a", "b"][..], json!("b")),
            (Kind::Switch, &["F"], json!(false)),
            (Kind::Switch, &["maybe"], json!("maybe")),
            (Kind::Int, &["1400"], json!(1400)),
            (Kind::Size, &["64M"], json!(67_108_864)),
            (Kind::Size, &["1GiB"], json!(1_073_741_824)),
            (Kind::Size, &["512"], json!(512)),
            (Kind::Size, &["5x"], json!("5x")),
            (Kind::List, &["a", "b,c"], json!(["a", "b,c"])),
            (
                Kind::Map,
                &["max-size=1m", "tag=a=b", "x"],
                json!({"max-size": "1m", "tag": "a=b", "x": ""}),
            ),
            (Kind::Switches, &["buildkit", "cdi=false"], json!({"buildkit": true, "cdi": false})),
            (
                Kind::Ulimits,
                &["nofile=1024:2048", "nproc=5"],
                json!({
                    "nofile": {"Name": "nofile", "Soft": 1024, "Hard": 2048},
                    "nproc": {"Name": "nproc", "Soft": 5, "Hard": 5},
                }),
            ),
            (Kind::Runtimes, &["kata=/usr/bin/kata"], json!({"kata": {"path": "/usr/bin/kata"}})),
            (
                Kind::Pools,
                &["base=10.0.0.0/8,size=24"],
                json!([{"base": "10.0.0.0/8", "size": 24}]),
            ),
            (
                Kind::Maps,
                &["bridge=mtu=1400", "bridge=x=y"],
                json!({"bridge": {"mtu": "1400", "x": "y"}}),
            ),
        ] {
            assert_eq!(of_flags(kind, texts), expected, "{kind:?} {texts:?}");
        }
    }

    #[test]
    fn an_empty_value_of_the_file_sets_nothing_but_false_does() {
        for value in [json!(null), json!(""), json!(0), json!([]), json!({})] {
            assert!(is_unset(&value), "{value}");
        }
        for value in [json!(false), json!("a"), json!(1), json!([""])] {
            assert!(!is_unset(&value), "{value}");
        }
        assert_eq!(of_file(Kind::Size, &json!("1k")), json!(1024));
        assert_eq!(of_file(Kind::List, &json!("10.0.0.1")), json!(["10.0.0.1"]));
    }
}

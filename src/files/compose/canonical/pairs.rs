//! Keys and texts, which may be written as a mapping or as a list of `key=text`.
//! It must not know which key of the document it is given.

use serde_json::{Map, Value};

use super::check::not;
use super::{Fault, fault, scalar, under};

/// What a key without a text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is taken from the environment: null.
    Open,
    /// It is empty.
    Filled,
    /// It is empty, and there is no form as a list.
    Options,
    /// It must have one.
    Full,
    /// As `Open`, for `default` alone.
    Agents,
}

/// Makes a mapping of texts.
pub(super) fn canonical(kind: Kind, value: &mut Value) -> Result<(), Fault> {
    let map = match value {
        Value::Object(map) => std::mem::take(map)
            .into_iter()
            .map(|(name, value)| {
                let text = entry(kind, &value).map_err(under(&name))?;
                Ok((name, text))
            })
            .collect::<Result<Map<_, _>, _>>()?,
        Value::Array(items) if kind != Kind::Options => {
            let mut map = Map::new();
            for (place, item) in items.iter().enumerate() {
                let (name, text) = pair(kind, item).map_err(under(place.to_string()))?;
                map.insert(name, text);
            }
            map
        }
        _ if kind == Kind::Options => return Err(not("a mapping", value)),
        _ => return Err(not("a mapping or a list", value)),
    };
    *value = Value::Object(map);
    Ok(())
}

/// The value of a mapping.
fn entry(kind: Kind, value: &Value) -> Result<Value, Fault> {
    if value.is_null() {
        return Ok(if matches!(kind, Kind::Open | Kind::Agents) { Value::Null } else { "".into() });
    }
    scalar::print(value)
        .map(Value::String)
        .ok_or_else(|| not("a string, a number, a boolean or null", value))
}

/// The item of a list.
fn pair(kind: Kind, item: &Value) -> Result<(String, Value), Fault> {
    let text = scalar::text(item)?;
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    if kind == Kind::Open && name.ends_with(char::is_whitespace) {
        return Err(fault(format!("the name of `{text}` ends with a space")));
    }
    let value = match (value, kind) {
        (Some(value), _) => value.into(),
        (None, Kind::Open) => Value::Null,
        (None, Kind::Agents) if name == "default" => Value::Null,
        (None, Kind::Full | Kind::Agents) => {
            return Err(fault(format!("`{text}` is not of the form key=value")));
        }
        (None, Kind::Filled | Kind::Options) => "".into(),
    };
    Ok((name.to_owned(), value))
}

//! Walks a document along its shapes.
//! It must not know any key by name.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Fault, Key, Shape, fault, pairs, scalar, short, under, words};

/// One walk.
#[derive(Clone, Copy)]
pub(super) struct Walk {
    /// Nothing may be missing, and null must be allowed.
    pub(super) strict: bool,
}

impl Walk {
    /// Makes the value fit the shape.
    pub(super) fn apply(self, shape: &Shape, value: &mut Value) -> Result<(), Fault> {
        match shape {
            Shape::Any => Ok(()),
            Shape::OrNull(_) if value.is_null() => Ok(()),
            Shape::OrNull(shape) => self.apply(shape, value),
            Shape::Either(_, mapping) if value.is_object() => self.apply(mapping, value),
            Shape::Either(single, _) => self.apply(single, value),
            Shape::List(shape) => self.list(shape, value),
            Shape::Distinct(shape) => {
                self.list(shape, value)?;
                if self.strict { distinct(value) } else { Ok(()) }
            }
            Shape::Map(shape) => self.map(shape, value, |_| true),
            Shape::Named(shape) => self.map(shape, value, is_name),
            Shape::Object(keys) => self.object(keys, value),
            Shape::Under(key, shape) => {
                short::wrap(key, value);
                self.apply(shape, value)
            }
            Shape::Long(rewrite, shape) => {
                rewrite(value);
                self.apply(shape, value)
            }
            Shape::Parsed(rewrite, shape) => {
                rewrite(value)?;
                self.apply(shape, value)
            }
            Shape::Pairs(kind) => pairs::canonical(*kind, value),
            scalar => single(scalar, value),
        }
    }

    fn list(self, shape: &Shape, value: &mut Value) -> Result<(), Fault> {
        let Value::Array(items) = value else { return Err(not("a list", value)) };
        for (place, item) in items.iter_mut().enumerate() {
            self.apply(shape, item).map_err(under(place.to_string()))?;
        }
        Ok(())
    }

    fn map(self, shape: &Shape, value: &mut Value, allowed: fn(&str) -> bool) -> Result<(), Fault> {
        let Value::Object(map) = value else { return Err(not("a mapping", value)) };
        for (name, value) in map {
            if !allowed(name) {
                return Err(unknown(name));
            }
            self.inner(shape, value).map_err(under(name))?;
        }
        Ok(())
    }

    fn object(self, keys: &[&[Key]], value: &mut Value) -> Result<(), Fault> {
        let Value::Object(map) = value else { return Err(not("a mapping", value)) };
        let find = |name: &str| keys.iter().copied().flatten().find(|key| key.name == name);
        for (name, value) in map.iter_mut() {
            match find(name) {
                Some(key) => self.inner(&key.shape, value).map_err(under(name))?,
                None if name.starts_with("x-") => {}
                None => return Err(unknown(name)),
            }
        }
        if self.strict {
            missing(keys, map)?;
        }
        Ok(())
    }

    /// A value under a key, which another file may still give if it is null.
    fn inner(self, shape: &Shape, value: &mut Value) -> Result<(), Fault> {
        if value.is_null() && !self.strict && !matches!(shape, Shape::Pairs(_)) {
            return Ok(());
        }
        self.apply(shape, value)
    }
}

fn missing(keys: &[&[Key]], map: &Map<String, Value>) -> Result<(), Fault> {
    let required = keys.iter().copied().flatten().filter(|key| key.required);
    match required.into_iter().find(|key| !map.contains_key(key.name)) {
        Some(key) => Err(fault(format!("missing property '{}'", key.name))),
        None => Ok(()),
    }
}

fn single(shape: &Shape, value: &mut Value) -> Result<(), Fault> {
    match shape {
        Shape::Word(words) => scalar::word(words, value),
        Shape::Like(test, words) => scalar::like(*test, words, value),
        Shape::Printed => scalar::printed(value),
        Shape::Flag => scalar::flag(value),
        Shape::Whole(least, most) => scalar::whole(*least, *most, value),
        Shape::Number => scalar::number(value),
        Shape::Count => scalar::count(value),
        Shape::Bytes => scalar::bytes(value),
        Shape::Duration => scalar::duration(value),
        Shape::Mode => scalar::mode(value),
        Shape::Octal => scalar::octal(value),
        Shape::Texts => words::texts(value),
        Shape::Command => words::command(value),
        Shape::Test => words::test(value),
        _ => scalar::text(value).map(|_| ()),
    }
}

/// The value must be something else.
pub(super) fn not(wanted: &str, value: &Value) -> Fault {
    let found = match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => format!("the boolean {flag}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text `{}`", shorten(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
    };
    fault(format!("must be {wanted}, not {found}"))
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The key is not one of those that may be here; its own place says which line it is on.
pub(super) fn unknown(name: &str) -> Fault {
    under(name)(fault(format!("additional properties '{}' not allowed", shorten(name))))
}

/// What services, networks and the like may be called.
fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !name.is_empty() && name.bytes().all(allowed)
}

/// Refuses equal items.
fn distinct(value: &Value) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    let again = value.as_array().into_iter().flatten().find(|item| !seen.insert(item.to_string()));
    match again {
        Some(item) => Err(fault(format!("{item} is there twice"))),
        None => Ok(()),
    }
}

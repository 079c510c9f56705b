//! How a value of one type becomes one of another, and how values of several types become one; owns numbers as text.
//! Must not know functions or their arguments.

use std::borrow::Cow;
use std::cmp::Ordering;

use hcl::{Map, Number, Value};

/// The value as an error names it: strings and numbers themselves, anything else by its type.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number_text(number),
        Value::String(text) if text.chars().count() <= 60 => format!("{text:?}"),
        Value::String(_) => "a string".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
    }
}

/// The value as a string: none for null, lists and maps.
pub(super) fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number_text(number))),
        Value::Bool(true) => Some(Cow::Borrowed("true")),
        Value::Bool(false) => Some(Cow::Borrowed("false")),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The value as a number: none but for numbers and strings that hold one in decimal.
pub(super) fn number_of(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(*number),
        Value::String(text) => parse_number(text),
        _ => None,
    }
}

/// The value as a boolean: none but for booleans and the strings `true`, `false`, `1` and `0`.
pub(super) fn truth_of(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) => match text.as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// The number in decimal, with as many digits as it has and never an exponent.
pub(super) fn number_text(number: &Number) -> String {
    match (number.as_u64(), number.as_i64(), number.as_f64()) {
        (Some(whole), _, _) => whole.to_string(),
        (_, Some(whole), _) => whole.to_string(),
        (_, _, float) => float.unwrap_or_default().to_string(),
    }
}

/// The number a string holds in decimal, with or without an exponent.
pub(super) fn parse_number(text: &str) -> Option<Number> {
    // the float parser of the standard library knows words such as `inf`
    if !text.chars().all(|character| "0123456789+-.eE".contains(character)) {
        return None;
    }
    if let Ok(whole) = text.parse() {
        return Some(whole_number(whole));
    }
    text.parse().ok().and_then(Number::from_f64)
}

/// The whole number, exact where 64 bits hold it.
pub(super) fn whole_number(whole: i128) -> Number {
    if let Ok(whole) = u64::try_from(whole) {
        return whole.into();
    }
    if let Ok(whole) = i64::try_from(whole) {
        return whole.into();
    }
    #[expect(clippy::cast_precision_loss, reason = "a number has no more than 64 exact bits")]
    let float = whole as f64;
    Number::from_f64(float).unwrap_or_else(|| 0.into())
}

/// The keys and values of a map in the order of the keys, the order in which a map is listed.
pub(super) fn sorted(entries: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    entries
}

/// The values made one type, nulls left as they are: none where no type holds all of them.
pub(super) fn unify(values: &[Value]) -> Option<Vec<Value>> {
    match values.iter().find(|value| !value.is_null()) {
        None => Some(values.to_vec()),
        Some(Value::Array(_)) => unify_lists(values),
        Some(Value::Object(_)) => unify_objects(values),
        Some(_) => unify_scalars(values),
    }
}

/// The values of a set from values of one type: each once, in order.
pub(super) fn set(values: Vec<Value>) -> Vec<Value> {
    let mut values = distinct(values);
    values.sort_by(compare);
    values
}

/// The values without repetitions, the first of each kept.
pub(super) fn distinct(values: Vec<Value>) -> Vec<Value> {
    let mut kept = Vec::with_capacity(values.len());
    for value in values {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}

fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => {
            left.partial_cmp(right).unwrap_or(Ordering::Equal)
        }
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Array(left), Value::Array(right)) => {
            let unequal = left.iter().zip(right).map(|(left, right)| compare(left, right));
            unequal
                .into_iter()
                .find(|order| order.is_ne())
                .unwrap_or_else(|| left.len().cmp(&right.len()))
        }
        _ => Ordering::Equal,
    }
}

fn unify_scalars(values: &[Value]) -> Option<Vec<Value>> {
    if values.iter().any(|value| value.is_array() || value.is_object()) {
        return None;
    }
    if values.iter().any(Value::is_string) {
        let text =
            |value| text_of(value).map_or(Value::Null, |text| Value::from(text.into_owned()));
        return Some(values.iter().map(text).collect());
    }
    let mixed = values.iter().any(Value::is_number) && values.iter().any(Value::is_boolean);
    (!mixed).then(|| values.to_vec())
}

fn unify_lists(values: &[Value]) -> Option<Vec<Value>> {
    let lists = known(values, Value::as_array)?;
    let aligned = lists.windows(2).all(|pair| pair[0].len() == pair[1].len());
    let rows: Vec<_> = lists.into_iter().cloned().collect();
    let rows = unify_rows(&rows, aligned)?;
    Some(with_nulls(values, rows.into_iter().map(Value::Array)))
}

fn unify_objects(values: &[Value]) -> Option<Vec<Value>> {
    let objects = known(values, Value::as_object)?;
    let orders: Vec<Vec<_>> = objects.iter().map(|object| sorted(object)).collect();
    let keys: Vec<Vec<_>> =
        orders.iter().map(|order| order.iter().map(|(key, _)| (*key).clone()).collect()).collect();
    let aligned = keys.windows(2).all(|pair| pair[0] == pair[1]);
    let rows: Vec<_> = orders
        .into_iter()
        .map(|order| order.into_iter().map(|(_, value)| value.clone()).collect())
        .collect();
    let rows = unify_rows(&rows, aligned)?;
    let objects = keys.into_iter().zip(rows).map(|(keys, row)| keys.into_iter().zip(row).collect());
    Some(with_nulls(values, objects.map(Value::Object)))
}

/// The values that are not null as the type all of them must have.
fn known<'a, T>(values: &'a [Value], read: fn(&'a Value) -> Option<&'a T>) -> Option<Vec<&'a T>> {
    values.iter().filter(|value| !value.is_null()).map(read).collect()
}

/// `made` in place of each value that is not null.
fn with_nulls(values: &[Value], mut made: impl Iterator<Item = Value>) -> Vec<Value> {
    let replaced = |value: &Value| if value.is_null() { None } else { made.next() };
    values.iter().map(replaced).map(Option::unwrap_or_default).collect()
}

/// Rows that are aligned need one type a column (objects and tuples); others need one type for all (maps and lists).
fn unify_rows(rows: &[Vec<Value>], aligned: bool) -> Option<Vec<Vec<Value>>> {
    if !aligned {
        let lengths: Vec<_> = rows.iter().map(Vec::len).collect();
        let mut all = unify(&rows.concat())?.into_iter();
        return Some(
            lengths.into_iter().map(|length| all.by_ref().take(length).collect()).collect(),
        );
    }
    let mut unified = vec![Vec::new(); rows.len()];
    for column in 0..rows.first().map_or(0, Vec::len) {
        let values: Vec<_> = rows.iter().map(|row| row[column].clone()).collect();
        for (row, value) in unified.iter_mut().zip(unify(&values)?) {
            row.push(value);
        }
    }
    Some(unified)
}

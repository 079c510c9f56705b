//! One value of a result, read from the text form of Postgres by the type of its column.
//! Knows the types; where a value is shown is not its business.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde_json::{Number, Value};

use super::Column;

/// A value with its meaning.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    /// A JSON value other than `null`, which is [`Cell::Null`].
    Json(Value),
    Day(Date),
    /// A time of no zone.
    Civil(DateTime),
    Instant(Timestamp),
    Bytes(&'a str),
    /// Everything else, and what does not read as its type says (`infinity`).
    Text(&'a str),
}

impl<'a> Cell<'a> {
    /// Reads a value of this column.
    pub(crate) fn read(column: &Column, value: Option<&'a str>) -> Self {
        let Some(text) = value else { return Self::Null };
        let cell = match column.data_type.as_str() {
            "BOOL" => Some(Self::Bool(text == "t" || text == "true")),
            "INT2" | "INT4" | "INT8" => text.parse().ok().map(Self::Integer),
            // Powerpipe has no numbers of 32 bits: 0.1 is 0.10000000149011612 there
            "FLOAT4" => text.parse::<f32>().ok().map(|number| Self::Float(number.into())),
            "FLOAT8" => text.parse().ok().map(Self::Float),
            "JSON" | "JSONB" => serde_json::from_str(text).ok().map(|json| match json {
                Value::Null => Self::Null,
                json => Self::Json(json),
            }),
            "DATE" => text.parse().ok().map(Self::Day),
            "TIMESTAMP" => text.parse().ok().map(Self::Civil),
            "TIMESTAMPTZ" => text.parse().ok().map(Self::Instant),
            "BYTEA" | "XML" => Some(Self::Bytes(text)),
            _ => None,
        };
        cell.unwrap_or(Self::Text(text))
    }

    /// Whether the value can be a dimension. Times are not, in Powerpipe's eyes.
    pub(crate) fn is_scalar(&self) -> bool {
        match self {
            Self::Json(json) => !json.is_array() && !json.is_object(),
            Self::Day(_) | Self::Civil(_) | Self::Instant(_) | Self::Bytes(_) => false,
            _ => true,
        }
    }

    /// The value as reasons, resources and dimensions show it: NULL is `<nil>`, a string of JSON
    /// has no quotes, and times have no fraction of a second.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Null => "<nil>".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Float(value) => float_text(*value),
            Self::Json(Value::String(text)) => text.clone(),
            Self::Json(json) => json.to_string(),
            Self::Day(day) => format!("{day}T00:00:00Z"),
            Self::Civil(time) => time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            Self::Instant(time) => time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            Self::Bytes(text) | Self::Text(text) => (*text).to_owned(),
        }
    }
}

/// A number without exponent, `1` for 1.0, and Go's words for what is none.
fn float_text(value: f64) -> String {
    match value {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        _ => value.to_string(),
    }
}

/// The number as JSON: `1` for 1.0, and text for what JSON has no number for.
pub(crate) fn float_json(value: f64) -> Value {
    let text = float_text(value);
    match (text.parse::<i64>(), Number::from_f64(value)) {
        (Ok(integer), _) => integer.into(),
        (Err(_), Some(number)) => number.into(),
        (Err(_), None) => text.into(),
    }
}

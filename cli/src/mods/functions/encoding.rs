//! The functions that write a value as text and read it back: JSON, CSV, Base64, character sets, URLs.
//! Must not know YAML's own rules, nor how a value of one type becomes one of another.

use std::borrow::Cow;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use hcl::{Map, Value};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::arguments::Arguments;
use super::{Function, Outcome, types, yaml};

pub(super) const FUNCTIONS: &[Function] = functions![
    base64decode(1),
    base64encode(1),
    base64gzip(1),
    csvdecode(1),
    jsondecode(1),
    jsonencode(1),
    textdecodebase64(2),
    textencodebase64(2),
    urlencode(1),
    yamldecode(1),
    yamlencode(1),
];

/// What stays as it is in a query of a URL.
const UNRESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The value as JSON on one line: keys in order, and safe inside HTML.
pub(super) fn json(value: &Value) -> String {
    match value {
        Value::Array(values) => {
            format!("[{}]", values.iter().map(json).collect::<Vec<_>>().join(","))
        }
        Value::Object(entries) => {
            let entries = types::sorted(entries).into_iter();
            let entries = entries.map(|(key, value)| format!("{}:{}", json_text(key), json(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        Value::String(text) => json_text(text),
        scalar => types::text_of(scalar).unwrap_or(Cow::Borrowed("null")).into_owned(),
    }
}

fn json_text(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let mut safe = String::with_capacity(quoted.len());
    for character in quoted.chars() {
        match character {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            other => safe.push(other),
        }
    }
    safe
}

fn jsonencode(arguments: Arguments<'_>) -> Outcome {
    Ok(json(arguments.nullable(0)?).into())
}

fn jsondecode(arguments: Arguments<'_>) -> Outcome {
    serde_json::from_str(&arguments.text(0)?).map_err(|error| format!("not valid JSON: {error}"))
}

fn yamlencode(arguments: Arguments<'_>) -> Outcome {
    Ok(yaml::write(arguments.nullable(0)?).into())
}

fn yamldecode(arguments: Arguments<'_>) -> Outcome {
    yaml::read(&arguments.text(0)?).map_err(|error| format!("not valid YAML: {error}"))
}

fn csvdecode(arguments: Arguments<'_>) -> Outcome {
    let text = arguments.text(0)?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let invalid = |error| format!("not valid CSV: {error}");
    let header = reader.headers().map_err(invalid)?.clone();
    if header.is_empty() {
        return Err("not valid CSV: it has no header line".to_owned());
    }
    for (index, name) in header.iter().enumerate() {
        if header.iter().take(index).any(|earlier| earlier == name) {
            return Err(format!("not valid CSV: two columns have the name {name:?}"));
        }
    }
    let row = |record: csv::StringRecord| -> Map<String, Value> {
        let cells = header.iter().zip(record.iter());
        cells.map(|(name, cell)| (name.to_owned(), Value::from(cell))).collect()
    };
    let rows = reader.records().map(|record| record.map(row).map_err(invalid));
    Ok(rows.collect::<Result<Vec<_>, _>>()?.into_iter().map(Value::Object).collect())
}

fn base64encode(arguments: Arguments<'_>) -> Outcome {
    Ok(STANDARD.encode(arguments.text(0)?.as_bytes()).into())
}

fn base64decode(arguments: Arguments<'_>) -> Outcome {
    let text = String::from_utf8(base64_bytes(&arguments.text(0)?)?);
    text.map(Value::from).map_err(|_| "the decoded bytes are not UTF-8 text".to_owned())
}

fn base64gzip(arguments: Arguments<'_>) -> Outcome {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let packed = encoder.write_all(arguments.text(0)?.as_bytes()).and_then(|()| encoder.finish());
    packed
        .map(|bytes| STANDARD.encode(bytes).into())
        .map_err(|error| format!("cannot compress: {error}"))
}

fn base64_bytes(text: &str) -> Result<Vec<u8>, String> {
    // line breaks are allowed anywhere
    let text = text.replace(['\r', '\n'], "");
    STANDARD.decode(text).map_err(|error| format!("not valid Base64: {error}"))
}

#[derive(Clone, Copy)]
enum Charset {
    Utf8,
    Utf16 { big: bool, mark: bool },
}

impl Charset {
    fn read(arguments: Arguments<'_>) -> Result<Self, String> {
        let name = arguments.text(1)?;
        match name.to_ascii_uppercase().as_str() {
            "UTF-8" => Ok(Self::Utf8),
            "UTF-16" => Ok(Self::Utf16 { big: true, mark: true }),
            "UTF-16BE" => Ok(Self::Utf16 { big: true, mark: false }),
            "UTF-16LE" => Ok(Self::Utf16 { big: false, mark: false }),
            _ => Err(format!("no encoding {name:?}: use UTF-8, UTF-16, UTF-16BE or UTF-16LE")),
        }
    }
}

fn textencodebase64(arguments: Arguments<'_>) -> Outcome {
    let text = arguments.text(0)?;
    let bytes = match Charset::read(arguments)? {
        Charset::Utf8 => text.as_bytes().to_vec(),
        Charset::Utf16 { big, mark } => {
            let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
            let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            units.flat_map(bytes).collect()
        }
    };
    Ok(STANDARD.encode(bytes).into())
}

fn textdecodebase64(arguments: Arguments<'_>) -> Outcome {
    let bytes = base64_bytes(&arguments.text(0)?)?;
    let text = match Charset::read(arguments)? {
        Charset::Utf8 => String::from_utf8(bytes).ok(),
        Charset::Utf16 { big, mark } => {
            let (big, bytes) = match bytes.as_slice() {
                [0xFF, 0xFE, rest @ ..] if mark => (false, rest),
                [0xFE, 0xFF, rest @ ..] if mark => (true, rest),
                bytes => (big, bytes),
            };
            let unit = if big { u16::from_be_bytes } else { u16::from_le_bytes };
            let (pairs, rest) = bytes.as_chunks();
            let units: Vec<_> = pairs.iter().map(|pair| unit(*pair)).collect();
            if rest.is_empty() { String::from_utf16(&units).ok() } else { None }
        }
    };
    let name = arguments.text(1)?;
    text.map(Value::from).ok_or_else(|| format!("the decoded bytes are not {name} text"))
}

fn urlencode(arguments: Arguments<'_>) -> Outcome {
    let text = utf8_percent_encode(&arguments.text(0)?, &UNRESERVED).to_string();
    Ok(text.replace("%20", "+").into())
}

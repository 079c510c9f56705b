//! YAML as a value and back: which plain words are numbers, booleans and null, and how a value is laid out.
//! Must not know functions or their arguments; the syntax itself is read by a crate.

use std::collections::HashMap;

use hcl::{Map, Value};
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::{time, types};

/// Lines of quoted text are broken at the first space beyond this column.
const WIDTH: usize = 80;

/// The value of the one document of a text.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let mut reader = Reader { events: Parser::new_from_str(text), anchors: HashMap::new() };
    let mut document = None;
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => {
                return document.ok_or_else(|| "it has no document".to_owned());
            }
            (Event::DocumentStart(_), span) if document.is_some() => {
                return Err(format!("a second document starts on line {}", span.start.line()));
            }
            (Event::DocumentStart(_), _) => {
                let first = reader.next()?;
                document = Some(reader.value(first)?);
            }
            _ => {}
        }
    }
}

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    /// The value of each anchor, known once it is complete.
    anchors: HashMap<usize, Value>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), String> {
        let next = self.events.next().ok_or("it ends too early")?;
        next.map_err(|error: ScanError| error.to_string())
    }

    fn value(&mut self, (event, span): (Event<'a>, Span)) -> Result<Value, String> {
        let line = |error: String| format!("line {}: {error}", span.start.line());
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                (anchor, scalar(&text, style, tag.as_deref()).map_err(line)?)
            }
            Event::SequenceStart(anchor, tag) => {
                known_tag(tag.as_deref(), &["seq"]).map_err(line)?;
                (anchor, self.sequence()?)
            }
            Event::MappingStart(anchor, tag) => {
                known_tag(tag.as_deref(), &["map"]).map_err(line)?;
                (anchor, self.mapping()?)
            }
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned();
                (0, value.ok_or_else(|| line("the alias is inside its own anchor".to_owned()))?)
            }
            _ => return Err(line("a value is missing".to_owned())),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn sequence(&mut self) -> Result<Value, String> {
        let mut values = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::Array(values)),
                next => values.push(self.value(next)?),
            }
        }
    }

    fn mapping(&mut self) -> Result<Value, String> {
        let mut entries = Map::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(Value::Object(entries));
            }
            let line = span.start.line();
            let merged =
                matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<");
            let key = self.value((event, span))?;
            let next = self.next()?;
            let value = self.value(next)?;
            match (merged, value) {
                (true, Value::Object(inherited)) => entries.extend(inherited),
                (true, _) => return Err(format!("line {line}: only a mapping can be merged")),
                (false, value) => {
                    let key = types::text_of(&key)
                        .ok_or_else(|| format!("line {line}: a key must be a string"))?;
                    entries.insert(key.into_owned(), value);
                }
            }
        }
    }
}

fn known_tag<'a>(tag: Option<&'a Tag>, known: &[&str]) -> Result<Option<&'a str>, String> {
    match tag {
        None => Ok(None),
        Some(tag) if tag.is_yaml_core_schema() && known.contains(&tag.suffix.as_str()) => {
            Ok(Some(&tag.suffix))
        }
        Some(tag) => Err(format!("unknown tag {tag}")),
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    let tag = known_tag(tag, &["str", "binary", "int", "float", "bool", "null", "timestamp"])?;
    let value = match (tag, style) {
        (Some("str" | "binary"), _) => return Ok(text.into()),
        (Some("null"), _) => return Ok(Value::Null),
        (None, ScalarStyle::Plain) | (Some(_), _) => plain(text)?,
        (None, _) => return Ok(text.into()),
    };
    let fits = match tag {
        Some("int" | "float") => value.is_number(),
        Some("bool") => value.is_boolean(),
        Some("timestamp") => moment(text).is_some(),
        _ => true,
    };
    if fits { Ok(value) } else { Err(format!("{text:?} does not fit its tag")) }
}

/// The meaning of a word without quotes.
fn plain(text: &str) -> Result<Value, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Value::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF"
        | ".nan" | ".NaN" | ".NAN" => return Err(format!("{text} is not a finite number")),
        _ => number(text).or_else(|| moment(text).map(Value::from)).unwrap_or_else(|| text.into()),
    })
}

fn number(text: &str) -> Option<Value> {
    if !text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) {
        return None;
    }
    let digits = text.replace('_', "");
    let (sign, unsigned) = match digits.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", digits.strip_prefix('+').unwrap_or(&digits)),
    };
    let radix = |prefix, radix| {
        let digits = unsigned.strip_prefix(prefix)?;
        i128::from_str_radix(&format!("{sign}{digits}"), radix).ok()
    };
    let whole = radix("0x", 16).or_else(|| radix("0o", 8)).map(types::whole_number);
    whole.or_else(|| types::parse_number(&digits)).map(Value::Number)
}

/// A date or a time, as RFC 3339 writes it.
fn moment(text: &str) -> Option<String> {
    if text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    let pieces = Pieces::parse(text).ok()?;
    let clock = pieces.date().to_datetime(pieces.time().unwrap_or_default());
    Some(time::rfc3339(clock, pieces.to_numeric_offset().unwrap_or(Offset::UTC)))
}

/// The value as a document: strings quoted, keys in order.
pub(super) fn write(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value, 0);
    // a document that ends with a plain word says where it ends
    let plain = !value.is_string() && !value.is_array() && !value.is_object();
    text + if plain { "...\n" } else { "" }
}

/// Writes a value whose first line has begun and whose further lines start at `margin`, with the last line's end.
fn write_value(text: &mut String, value: &Value, margin: usize) {
    match value {
        Value::Array(values) if !values.is_empty() => {
            for (index, value) in values.iter().enumerate() {
                start_line(text, if index == 0 { 0 } else { margin });
                text.push_str("- ");
                write_value(text, value, if nested(value) { margin + 2 } else { margin });
            }
        }
        Value::Object(entries) if !entries.is_empty() => {
            for (index, (key, value)) in types::sorted(entries).into_iter().enumerate() {
                start_line(text, if index == 0 { 0 } else { margin });
                text.push_str(&quoted(key));
                text.push(':');
                let inner = if value.is_object() { margin + 2 } else { margin };
                if nested(value) {
                    text.push('\n');
                    start_line(text, inner);
                } else {
                    text.push(' ');
                }
                write_value(text, value, if nested(value) { inner } else { margin });
            }
        }
        Value::Array(_) => text.push_str("[]\n"),
        Value::Object(_) => text.push_str("{}\n"),
        Value::String(string) if is_block(string) => write_block(text, string, margin + 2),
        Value::String(string) => write_quoted(text, string, margin + 2),
        scalar => {
            text.push_str(&types::text_of(scalar).unwrap_or("null".into()));
            text.push('\n');
        }
    }
}

fn nested(value: &Value) -> bool {
    match value {
        Value::Array(values) => !values.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
        _ => false,
    }
}

fn start_line(text: &mut String, margin: usize) {
    text.push_str(&" ".repeat(margin));
}

/// Whether a string of several lines can be written as they are.
fn is_block(string: &str) -> bool {
    let printed = |character: char| character == '\n' || (character >= ' ' && !escaped(character));
    string.contains('\n') && !string.contains(" \n") && string.chars().all(printed)
}

fn write_block(text: &mut String, string: &str, margin: usize) {
    text.push('|');
    if string.starts_with([' ', '\n']) {
        text.push('2');
    }
    match string.strip_suffix('\n') {
        None => text.push('-'),
        Some(line) if line.is_empty() || line.ends_with('\n') => text.push('+'),
        Some(_) => {}
    }
    text.push('\n');
    for line in string.strip_suffix('\n').unwrap_or(string).split('\n') {
        if !line.is_empty() {
            start_line(text, margin);
            text.push_str(line);
        }
        text.push('\n');
    }
}

/// Writes a quoted string, broken at spaces where its line is long.
fn write_quoted(text: &mut String, string: &str, margin: usize) {
    let column = |text: &str| text.rsplit('\n').next().map_or(0, |line| line.chars().count());
    text.push('"');
    let mut after_break = true;
    let mut characters = string.chars().peekable();
    while let Some(character) = characters.next() {
        let breakable = character == ' ' && !after_break && characters.peek().is_some();
        if breakable && column(text) > WIDTH {
            text.push('\n');
            start_line(text, margin);
            // a space at the start of a line would be lost
            if characters.peek() == Some(&' ') {
                text.push('\\');
            }
        } else {
            text.push_str(&escape(character));
        }
        after_break = character == ' ';
    }
    text.push_str("\"\n");
}

fn quoted(string: &str) -> String {
    format!("\"{}\"", string.chars().map(escape).collect::<String>())
}

fn escaped(character: char) -> bool {
    matches!(character, '\0'..' ' | '\u{7F}'..='\u{9F}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{10000}'..)
}

fn escape(character: char) -> String {
    match character {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\u{85}' => "\\N".to_owned(),
        '\u{2028}' => "\\L".to_owned(),
        '\u{2029}' => "\\P".to_owned(),
        other if escaped(other) => match u32::from(other) {
            code @ ..=0xFF => format!("\\x{code:02X}"),
            code @ ..=0xFFFF => format!("\\u{code:04X}"),
            code => format!("\\U{code:08X}"),
        },
        other => other.to_string(),
    }
}

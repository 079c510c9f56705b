//! Values as the rows of PostgreSQL's COPY in text format.
//! It must not know tables, nor who reads the rows.

/// A value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    /// NULL.
    Null,
    /// A `boolean`.
    Bool(bool),
    /// A `bigint`.
    Int(i64),
    /// A `double precision`.
    Double(f64),
    /// A `text`; NUL characters, which PostgreSQL has no place for, are left out.
    Text(&'a str),
    /// Valid JSON for a `jsonb`. What JSON may say and `jsonb` may not is changed as little as can be: NUL characters are
    /// left out, half of a surrogate pair becomes U+FFFD, and a number too large or too fine becomes a string.
    Json(&'a str),
    /// A `timestamptz` in RFC 3339.
    Timestamp(&'a str),
}

/// Appends one row to the rows of a table.
pub(crate) fn push_row<'a>(copy: &mut Vec<u8>, values: impl IntoIterator<Item = Value<'a>>) {
    let mut separator = None;
    for value in values {
        copy.extend(separator.replace(b'\t'));
        match value {
            Value::Null => copy.extend_from_slice(b"\\N"),
            Value::Bool(value) => copy.push(if value { b't' } else { b'f' }),
            Value::Int(value) => copy.extend_from_slice(value.to_string().as_bytes()),
            Value::Double(value) => copy.extend_from_slice(format!("{value:?}").as_bytes()),
            Value::Text(text) | Value::Timestamp(text) => push_escaped(copy, text.as_bytes()),
            Value::Json(json) => push_json(copy, json.as_bytes()),
        }
    }
    copy.push(b'\n');
}

fn push_escaped(copy: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    while let Some(at) =
        rest.iter().position(|byte| matches!(byte, 0 | b'\\' | b'\t' | b'\n' | b'\r'))
    {
        copy.extend_from_slice(&rest[..at]);
        copy.extend_from_slice(match rest[at] {
            b'\\' => b"\\\\",
            b'\t' => b"\\t",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            _ => b"",
        });
        rest = &rest[at + 1..];
    }
    copy.extend_from_slice(rest);
}

fn push_json(copy: &mut Vec<u8>, json: &[u8]) {
    let mut rest = json;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b'"' => push_string(copy, after),
            b'-' | b'0'..=b'9' => push_number(copy, rest),
            // space between tokens, which would end the value or the row
            b'\t' | b'\n' | b'\r' => after,
            _ => {
                copy.push(byte);
                after
            }
        };
    }
}

/// Copies a string of which the opening quote is read; gives what follows it.
fn push_string<'a>(copy: &mut Vec<u8>, string: &'a [u8]) -> &'a [u8] {
    copy.push(b'"');
    let mut rest = string;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
        copy.extend_from_slice(&rest[..at]);
        if rest[at] == b'"' {
            copy.push(b'"');
            return &rest[at + 1..];
        }
        rest = push_escape(copy, &rest[at..]);
    }
    rest
}

fn push_escape<'a>(copy: &mut Vec<u8>, escape: &'a [u8]) -> &'a [u8] {
    let length = match unicode(escape) {
        None => 2,
        Some(0) => return &escape[6..],
        Some(0xD800..=0xDBFF) if matches!(unicode(&escape[6..]), Some(0xDC00..=0xDFFF)) => 12,
        Some(0xD800..=0xDFFF) => {
            copy.extend_from_slice("\u{FFFD}".as_bytes());
            return &escape[6..];
        }
        Some(_) => 6,
    };
    let (escape, rest) = escape.split_at(length.min(escape.len()));
    push_escaped(copy, escape);
    rest
}

/// The code of an escape `\uXXXX` at the start.
fn unicode(escape: &[u8]) -> Option<u16> {
    let digits = escape.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

/// Copies a number; one beyond PostgreSQL's `numeric` as a string, so that one odd number does not lose a whole table.
fn push_number<'a>(copy: &mut Vec<u8>, json: &'a [u8]) -> &'a [u8] {
    let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    let length = json.iter().position(|byte| !is_part(byte)).unwrap_or(json.len());
    let (number, rest) = json.split_at(length);
    let exponent =
        number.iter().position(|byte| matches!(byte, b'e' | b'E')).map_or(0, |at| length - at);
    // far below the limits: 131,072 digits before the point and 16,383 after it
    if length < 1000 && exponent <= "e-9999".len() {
        copy.extend_from_slice(number);
    } else {
        copy.push(b'"');
        copy.extend_from_slice(number);
        copy.push(b'"');
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: Value<'_>) -> String {
        let mut copy = Vec::new();
        push_row(&mut copy, [value]);
        String::from_utf8(copy).expect("UTF-8").trim_end_matches('\n').to_owned()
    }

    #[test]
    fn a_row_is_one_line_with_tabs_between() {
        let mut copy = Vec::new();
        push_row(
            &mut copy,
            [Value::Null, Value::Bool(true), Value::Int(-5), Value::Double(1e300), Value::Text("")],
        );
        push_row(&mut copy, []);
        assert_eq!(String::from_utf8(copy).expect("UTF-8"), "\\N\tt\t-5\t1e300\t\n\n");
    }

    #[test]
    fn no_text_can_leave_its_column() {
        assert_eq!(row(Value::Text("a\tb\nc\rd\\.e\0f\\N")), "a\\tb\\nc\\rd\\\\.ef\\\\N");
    }

    #[test]
    fn json_keeps_its_escapes_and_loses_only_what_jsonb_refuses() {
        let same = |json: &str| assert_eq!(row(Value::Json(json)), json.replace('\\', "\\\\"));
        same(r#"{"a":"\"\\\u00e9\ud83d\ude00","b":[1.5e-9999,-0,true,null]}"#);
        same(r#""\\u0000""#);
        assert_eq!(row(Value::Json("{\n\t\"a\" : 1\r\n}")), r#"{"a" : 1}"#);
        assert_eq!(row(Value::Json(r#""a\u0000b""#)), r#""ab""#);
        assert_eq!(row(Value::Json(r#""\ud83dx\ude00\ud83d""#)), "\"\u{FFFD}x\u{FFFD}\u{FFFD}\"");
        assert_eq!(row(Value::Json("[1e999999,1E-20000]")), r#"["1e999999","1E-20000"]"#);
        assert_eq!(row(Value::Json(&"9".repeat(1000))), format!("\"{}\"", "9".repeat(1000)));
    }
}

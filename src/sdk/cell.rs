//! One value of a row, and how a piece of JSON becomes one (protocol section 4.3).
//! It must not know where the JSON came from or how the value is sent.

use bytes::Bytes;
use jiff::Timestamp as Instant;

/// The SQL type of a column; the wire and the CLI translate it to theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// `boolean`
    Bool,
    /// `bigint`
    Int,
    /// `double precision`
    Double,
    /// `text`
    Text,
    /// `jsonb`
    Json,
    /// `timestamptz`
    Timestamp,
}

impl ColumnType {
    /// The PostgreSQL type, e.g. `timestamptz`.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Int => "bigint",
            Self::Double => "double precision",
            Self::Text => "text",
            Self::Json => "jsonb",
            Self::Timestamp => "timestamptz",
        }
    }
}

/// A moment: seconds since 1970 (negative before) and nanoseconds after them, 0 to 999,999,999 (trap 38).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    pub seconds: i64,
    /// Nanoseconds after `seconds`.
    pub nanos: i32,
}

impl Timestamp {
    /// Hosts take the years 1 to 9999 (R-69); a moment outside is as unknown as none.
    fn cell(self) -> Cell {
        match self.seconds {
            -62_135_596_800..=253_402_300_799 => Cell::Timestamp(self),
            _ => Cell::Null,
        }
    }

    /// Reads RFC 3339. The zero time of Go (year 1), which engines send for "never", and an empty text are `None`.
    fn parse(text: &str) -> Result<Option<Self>, String> {
        if text.is_empty() || text.starts_with("0001-01-01T00:00:00") {
            return Ok(None);
        }
        // a text may be a secret, so it is not repeated
        let instant: Instant =
            text.parse().map_err(|_| "expected a time, found another text".to_owned())?;
        let nanos = instant.subsec_nanosecond();
        let (seconds, nanos) = if nanos < 0 {
            (instant.as_second() - 1, nanos + 1_000_000_000)
        } else {
            (instant.as_second(), nanos)
        };
        Ok(Some(Self { seconds, nanos }))
    }
}

/// RFC 3339 in UTC; a moment outside years 1 to 9999 prints its seconds.
impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match Instant::new(self.seconds, self.nanos) {
            Ok(instant) => write!(f, "{instant}"),
            Err(_) => write!(f, "{} s", self.seconds),
        }
    }
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// SQL NULL: the engine did not say.
    Null,
    /// A boolean.
    Bool(bool),
    /// A 64-bit integer.
    Int(i64),
    /// A double.
    Double(f64),
    /// A text without NUL bytes.
    Text(String),
    /// Valid JSON, as the engine sent it.
    Json(Bytes),
    /// A moment.
    Timestamp(Timestamp),
}

impl Cell {
    /// Converts what a pointer found. A missing path and `null` are NULL; a text column over a number or a boolean
    /// prints it; any other wrong type is an error that says what was found (R-69).
    pub(crate) fn from_json(
        column_type: ColumnType,
        unix: bool,
        text: &str,
        body: &Bytes,
    ) -> Result<Self, String> {
        if text == "null" {
            return Ok(Self::Null);
        }
        let wrong = |wanted: &str| format!("expected {wanted}, found {}", describe(text));
        Ok(match column_type {
            ColumnType::Json => Self::Json(body.slice_ref(text.as_bytes())),
            ColumnType::Bool => match text {
                "true" => Self::Bool(true),
                "false" => Self::Bool(false),
                _ => return Err(wrong("a boolean")),
            },
            ColumnType::Int => {
                Self::Int(text.parse().map_err(|_| wrong("a whole number of 64 bits"))?)
            }
            ColumnType::Double => match text.as_bytes()[0] {
                b'-' | b'0'..=b'9' => Self::Double(text.parse().map_err(|_| wrong("a number"))?),
                _ => return Err(wrong("a number")),
            },
            ColumnType::Text => match text.as_bytes()[0] {
                b'"' => Self::Text(unquote(text)?),
                b'{' | b'[' => return Err(wrong("a text")),
                _ => Self::Text(text.to_owned()),
            },
            ColumnType::Timestamp if unix => {
                let seconds = text.parse().map_err(|_| wrong("seconds since 1970"))?;
                Timestamp { seconds, nanos: 0 }.cell()
            }
            ColumnType::Timestamp => match text.as_bytes()[0] {
                b'"' => Timestamp::parse(&unquote(text)?)?.map_or(Self::Null, Timestamp::cell),
                _ => return Err(wrong("a time")),
            },
        })
    }
}

/// The text of a JSON string, without NUL characters, which PostgreSQL refuses.
fn unquote(quoted: &str) -> Result<String, String> {
    let inner = &quoted[1..quoted.len() - 1];
    if !inner.contains('\\') {
        return Ok(inner.to_owned());
    }
    let mut text: String =
        serde_json::from_str(quoted).map_err(|error| format!("cannot read a text: {error}"))?;
    text.retain(|character| character != '\0');
    Ok(text)
}

/// What kind of JSON this is, and the value of a number or a boolean; a text may be a secret.
fn describe(json: &str) -> String {
    match json.as_bytes()[0] {
        b'{' => "an object".to_owned(),
        b'[' => "a list".to_owned(),
        b'"' => "a text".to_owned(),
        _ => format!("`{}`", shorten(json)),
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(column_type: ColumnType, json: &str) -> Result<Cell, String> {
        let body = Bytes::from(json.to_owned());
        Cell::from_json(column_type, false, str::from_utf8(&body).unwrap(), &body)
    }

    #[test]
    fn null_is_null_for_every_type() {
        use ColumnType::{Bool, Double, Int, Json, Text, Timestamp};
        for column_type in [Bool, Int, Double, Text, Json, Timestamp] {
            assert_eq!(cell(column_type, "null"), Ok(Cell::Null));
        }
    }

    #[test]
    fn a_text_column_prints_numbers_and_booleans_and_refuses_structures() {
        assert_eq!(cell(ColumnType::Text, "2"), Ok(Cell::Text("2".into())));
        assert_eq!(cell(ColumnType::Text, "true"), Ok(Cell::Text("true".into())));
        assert_eq!(cell(ColumnType::Text, r#""a\u0000\"b""#), Ok(Cell::Text("a\"b".into())));
        assert_eq!(cell(ColumnType::Text, "[1]"), Err("expected a text, found a list".into()));
    }

    #[test]
    fn wrong_types_are_errors_that_show_the_value_unless_it_is_a_text() {
        assert_eq!(cell(ColumnType::Bool, "1"), Err("expected a boolean, found `1`".into()));
        assert_eq!(
            cell(ColumnType::Int, r#""7""#),
            Err("expected a whole number of 64 bits, found a text".into())
        );
        assert!(cell(ColumnType::Int, "18446744073709551615").is_err());
        assert!(cell(ColumnType::Int, "1.5").is_err());
        let odd_time = cell(ColumnType::Timestamp, r#""yesterday""#).unwrap_err();
        assert_eq!(odd_time, "expected a time, found another text");
    }

    #[test]
    fn times_keep_nanoseconds_and_the_zero_time_is_null() {
        let time = |seconds, nanos| Ok(Cell::Timestamp(Timestamp { seconds, nanos }));
        assert_eq!(
            cell(ColumnType::Timestamp, r#""1970-01-01T00:00:01.5Z""#),
            time(1, 500_000_000)
        );
        assert_eq!(
            cell(ColumnType::Timestamp, r#""1969-12-31T23:59:58.25Z""#),
            time(-2, 250_000_000)
        );
        assert_eq!(
            cell(ColumnType::Timestamp, r#""2026-11-23T23:34:15.864043857+01:00""#),
            time(1_795_473_255, 864_043_857)
        );
        assert_eq!(cell(ColumnType::Timestamp, r#""0001-01-01T00:00:00Z""#), Ok(Cell::Null));
        assert_eq!(cell(ColumnType::Timestamp, r#""""#), Ok(Cell::Null));
        assert_eq!(cell(ColumnType::Timestamp, r#""-000100-01-01T00:00:00Z""#), Ok(Cell::Null));
    }

    #[test]
    fn json_is_a_slice_of_the_body() {
        let body = Bytes::from_static(br#"{"a":{"b":[1, null]}}"#);
        let text = str::from_utf8(&body).unwrap();
        let Ok(Cell::Json(json)) = Cell::from_json(ColumnType::Json, false, text, &body) else {
            panic!("no JSON")
        };
        assert_eq!(json.as_ptr(), body.as_ptr());
    }
}

//! Which words without quotes are numbers, true, false or null.
//! As the YAML library of Docker Compose reads them: YAML 1.2, and the octal numbers and dates of YAML 1.1.

use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;
use saphyr_parser::Tag;
use serde_json::{Number, Value};

use super::shortened;

/// The value of a scalar.
pub(super) fn value(text: &str, plain: bool, tag: Option<&Tag>) -> Result<Value, String> {
    let own = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
    match (tag, own) {
        (None, _) if plain => word(text),
        (_, Some(own @ ("int" | "float" | "bool" | "null" | "timestamp"))) => {
            let value = word(text)?;
            let fits = match own {
                "int" => value.is_i64() || value.is_u64(),
                "float" => value.is_number(),
                "bool" => value.is_boolean(),
                "null" => value.is_null(),
                _ => moment(text).is_some(),
            };
            if fits {
                Ok(value)
            } else {
                Err(format!("{:?} does not fit its tag !!{own}", shortened(text)))
            }
        }
        (_, Some(own)) if own != "str" => Err(format!("the tag !!{own} is not read here")),
        _ => Ok(text.into()),
    }
}

/// The meaning of a word without quotes.
fn word(text: &str) -> Result<Value, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF"
        | ".nan" | ".NaN" | ".NAN" => return Err(format!("{text} is not a finite number")),
        _ if text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) => {
            moment(text)
                .map(Value::String)
                .or_else(|| number(text).map(Value::Number))
                .unwrap_or_else(|| text.into())
        }
        _ => text.into(),
    })
}

/// A number; none if it is too large for 64 bits, so that no digit is lost.
fn number(text: &str) -> Option<Number> {
    let digits = if text.starts_with('.') { text.to_owned() } else { text.replace('_', "") };
    let (negative, unsigned) = match digits.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    if negative && unsigned == "0" {
        return Number::from_f64(-0.0);
    }
    match whole(negative, unsigned) {
        Some(whole) => Some(whole),
        None if unsigned.bytes().all(|byte| byte.is_ascii_digit())
            && !unsigned.starts_with('0') =>
        {
            None
        }
        None => fraction(unsigned)
            .and_then(|size| Number::from_f64(if negative { -size } else { size })),
    }
}

fn whole(negative: bool, unsigned: &str) -> Option<Number> {
    let prefixed =
        |prefixes: [&str; 2]| prefixes.iter().find_map(|prefix| unsigned.strip_prefix(prefix));
    let (radix, digits) = if let Some(digits) = prefixed(["0x", "0X"]) {
        (16, digits)
    } else if let Some(digits) = prefixed(["0o", "0O"]) {
        (8, digits)
    } else if let Some(digits) = prefixed(["0b", "0B"]) {
        (2, digits)
    } else if unsigned.len() > 1 && unsigned.starts_with('0') {
        (8, &unsigned[1..])
    } else {
        (10, unsigned)
    };
    if !digits.starts_with(|first: char| first.is_digit(radix)) {
        return None; // the standard library would take a second sign
    }
    let size = u64::from_str_radix(digits, radix).ok()?;
    if negative { 0_i64.checked_sub_unsigned(size).map(Number::from) } else { Some(size.into()) }
}

/// `1.5`, `.5`, `1.` or `1e3`.
fn fraction(unsigned: &str) -> Option<f64> {
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let fits = digits(whole)
        && digits(part)
        && !(whole.is_empty() && part.is_empty())
        && digits(exponent)
        && !exponent.is_empty();
    let number: f64 = if fits { unsigned.parse().ok()? } else { return None };
    number.is_finite().then_some(number)
}

/// A date or a time, as the programs of Compose print it where they want a text.
fn moment(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    if bytes.get(4) != Some(&b'-') || !bytes[..4].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let (date, rest) =
        text.split_once(['T', 't', ' ']).map_or((text, None), |(date, rest)| (date, Some(rest)));
    // the time of day with a `T` has an offset, the one with a space has none
    let spaced = bytes.get(date.len()) == Some(&b' ');
    let date = padded(date, '-')?;
    let Some(rest) = rest else {
        let date: Date = date.parse().ok()?;
        return Some(printed(date.into(), Offset::UTC));
    };
    let clock_end = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let (clock, offset) = rest.split_at(clock_end);
    if spaced != offset.is_empty() {
        return None;
    }
    let text = format!("{date}T{}{offset}", padded(clock, ':')?);
    let pieces = Pieces::parse(&text).ok()?;
    let clock = pieces.date().to_datetime(pieces.time()?);
    Some(printed(clock, pieces.to_numeric_offset().unwrap_or(Offset::UTC)))
}

/// Two digits in each part after the first where there is one.
fn padded(text: &str, separator: char) -> Option<String> {
    let parts: Vec<&str> = text.split(separator).collect();
    if parts.len() != 3
        || parts.iter().any(|part| !part.starts_with(|first: char| first.is_ascii_digit()))
    {
        return None;
    }
    let parts: Vec<String> = parts
        .iter()
        .map(|part| match part.split_once('.') {
            Some((whole, rest)) => format!("{whole:0>2}.{rest}"),
            None => format!("{part:0>2}"),
        })
        .collect();
    Some(parts.join(&separator.to_string()))
}

fn printed(clock: DateTime, offset: Offset) -> String {
    let fraction = match clock.subsec_nanosecond() {
        0 => String::new(),
        nanoseconds => format!(".{nanoseconds:09}").trim_end_matches('0').to_owned(),
    };
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let zone = format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60);
    let name = if minutes == 0 { "UTC" } else { &zone };
    format!("{} {}{fraction} {zone} {name}", clock.date(), clock.time().strftime("%H:%M:%S"))
}

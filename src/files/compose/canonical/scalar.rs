//! Single values: each becomes the type of its key, whatever the file or a variable wrote.
//! It must not know any key by name.

use serde_json::{Number, Value};

use super::check::not;
use super::{Fault, fault};

/// The text of a value that must be one.
pub(super) fn text(value: &Value) -> Result<&str, Fault> {
    value.as_str().ok_or_else(|| not("a string", value))
}

pub(super) fn word(words: &[&str], value: &Value) -> Result<(), Fault> {
    let text = text(value)?;
    if words.contains(&text) {
        return Ok(());
    }
    Err(fault(format!("`{text}` is none of {}", words.join(", "))))
}

pub(super) fn like(fits: fn(&str) -> bool, words: &str, value: &Value) -> Result<(), Fault> {
    let text = text(value)?;
    if fits(text) { Ok(()) } else { Err(fault(format!("`{text}` is not {words}"))) }
}

pub(super) fn printed(value: &mut Value) -> Result<(), Fault> {
    match print(value) {
        Some(text) => *value = text.into(),
        None => return Err(not("a string or a number", value)),
    }
    Ok(())
}

/// A text, number or boolean as a text.
pub(super) fn print(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(print_number(number)),
        _ => None,
    }
}

/// As Compose prints a number: whole ones by their digits, others as Go does, the shortest with an exponent where the
/// number is large or small.
fn print_number(number: &Number) -> String {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
        return number.to_string();
    };
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(power) if !(-4..=5).contains(&power) => {
            let sign = if power < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", power.abs())
        }
        _ => float.to_string(),
    }
}

pub(super) fn flag(value: &mut Value) -> Result<(), Fault> {
    let flag = match value {
        Value::Bool(_) => return Ok(()),
        Value::String(text) => match text.to_lowercase().as_str() {
            "true" | "y" | "yes" | "on" => true,
            "false" | "n" | "no" | "off" => false,
            _ => return Err(fault(format!("`{text}` is neither true nor false"))),
        },
        _ => return Err(not("a boolean", value)),
    };
    *value = flag.into();
    Ok(())
}

pub(super) fn whole(least: i64, most: i64, value: &mut Value) -> Result<(), Fault> {
    let wanted = "a whole number";
    let number = match &*value {
        Value::Number(number) => whole_number(number),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let number = number.ok_or_else(|| not(wanted, value))?;
    if number < least {
        return Err(fault(format!("must be greater than or equal to {least}, not {number}")));
    }
    if number > most {
        return Err(fault(format!("must be less than or equal to {most}, not {number}")));
    }
    *value = number.into();
    Ok(())
}

/// A number without a fraction, also when it was written with a point or an exponent.
fn whole_number(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
        format!("{float:.0}").parse().ok()
    })
}

pub(super) fn number(value: &mut Value) -> Result<(), Fault> {
    let number = match &*value {
        Value::Number(_) => return Ok(()),
        Value::String(text) => match text.parse::<i64>() {
            Ok(whole) => Some(whole.into()),
            Err(_) => text.parse().ok().and_then(Number::from_f64),
        },
        _ => None,
    };
    *value = Value::Number(number.ok_or_else(|| not("a number", value))?);
    Ok(())
}

pub(super) fn count(value: &mut Value) -> Result<(), Fault> {
    if value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("all")) {
        *value = (-1).into();
        return Ok(());
    }
    whole(i64::MIN, i64::MAX, value).map_err(|_| not("`all` or a whole number", value))
}

pub(super) fn bytes(value: &mut Value) -> Result<(), Fault> {
    let bytes = match &*value {
        Value::Number(number) => whole_number(number),
        Value::String(text) => text.parse().ok().or_else(|| sized(text)),
        _ => None,
    };
    let bytes = bytes.ok_or_else(|| not("a number of bytes such as 64m", value))?;
    *value = bytes.to_string().into();
    Ok(())
}

/// `1.5g`, `64 MiB` and the like.
fn sized(text: &str) -> Option<i64> {
    let end = text.rfind(|last: char| last.is_ascii_digit() || matches!(last, '.' | ' '))? + 1;
    let (number, unit) = text.split_at(end);
    let number = number.strip_suffix(' ').unwrap_or(number);
    let unit = unit.to_ascii_lowercase();
    let power = match unit.strip_suffix("ib").or_else(|| unit.strip_suffix('b')).unwrap_or(&unit) {
        "" if unit != "ib" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        _ => return None,
    };
    i64::try_from(scaled(number, 1 << (10 * power))?).ok()
}

/// A decimal number times a unit, without the rest behind the point. Any number of digits is read.
fn scaled(number: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    // more than 18 digits behind the point say nothing about bytes or nanoseconds
    let fraction = &fraction[..fraction.len().min(18)];
    let mut sum = whole.checked_mul(unit)?;
    if !fraction.is_empty() {
        let places = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
        sum = sum.checked_add(fraction.parse::<i128>().ok()?.checked_mul(unit)? / places)?;
    }
    Some(sum)
}

pub(super) fn duration(value: &mut Value) -> Result<(), Fault> {
    let text = text(value)?;
    let nanoseconds = nanoseconds(text)
        .ok_or_else(|| fault(format!("`{text}` is not a duration such as 1m30s")))?;
    *value = print_duration(nanoseconds).into();
    Ok(())
}

fn nanoseconds(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned == "0" {
        return Some(0);
    }
    let mut rest = unsigned;
    let mut sum = 0_i128;
    while !rest.is_empty() || sum == 0 && unsigned.is_empty() {
        let number_end = rest.find(|next: char| !next.is_ascii_digit() && next != '.')?;
        let (number, after) = rest.split_at(number_end);
        let unit_end =
            after.find(|next: char| next.is_ascii_digit() || next == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let unit = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3_600 * SECOND,
            "d" => 86_400 * SECOND,
            "w" => 604_800 * SECOND,
            _ => return None,
        };
        sum = sum.checked_add(scaled(number, unit)?)?;
        rest = after;
    }
    i64::try_from(if text.starts_with('-') { -sum } else { sum }).ok()
}

const SECOND: i128 = 1_000_000_000;

/// As Go prints it: `1h0m0s`, `1m30s`, `1.5s`, `100ms`, `0s`.
fn print_duration(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let all = nanoseconds.unsigned_abs();
    let decimal = |unit: u64, name: &str| {
        let mut text = format!("{}", all / unit % if name == "s" { 60 } else { 1_000 });
        let rest = all % unit;
        if rest > 0 {
            let width = unit.ilog10() as usize;
            text.push('.');
            text.push_str(format!("{rest:0width$}").trim_end_matches('0'));
        }
        text + name
    };
    let seconds = all / 1_000_000_000;
    let text = match all {
        0 => "0s".to_owned(),
        1..1_000 => format!("{all}ns"),
        1_000..1_000_000 => decimal(1_000, "µs"),
        1_000_000..1_000_000_000 => decimal(1_000_000, "ms"),
        _ if seconds < 60 => decimal(1_000_000_000, "s"),
        _ if seconds < 3_600 => format!("{}m{}", seconds / 60, decimal(1_000_000_000, "s")),
        _ => {
            let minutes = seconds / 60 % 60;
            format!("{}h{minutes}m{}", seconds / 3_600, decimal(1_000_000_000, "s"))
        }
    };
    format!("{sign}{text}")
}

pub(super) fn mode(value: &mut Value) -> Result<(), Fault> {
    let bits = match &*value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => i64::from_str_radix(text, 8).ok(),
        _ => None,
    };
    let bits = bits.filter(|bits| *bits >= 0).ok_or_else(|| not("a mode such as 0440", value))?;
    *value = format!("0{bits:o}").into();
    Ok(())
}

pub(super) fn octal(value: &mut Value) -> Result<(), Fault> {
    if let Value::String(text) = &*value {
        let digits = text.strip_prefix("0o").or_else(|| text.strip_prefix('0'));
        let number = match digits.filter(|digits| !digits.is_empty()) {
            Some(digits) => i64::from_str_radix(digits, 8).ok(),
            None => text.parse().ok(),
        };
        *value = number.ok_or_else(|| not("a whole number", value))?.into();
    }
    whole(0, i64::from(u32::MAX), value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    type Cast = fn(&mut Value) -> Result<(), Fault>;

    fn cast(cast: Cast, value: Value) -> Result<Value, String> {
        let mut value = value;
        cast(&mut value).map(|()| value).map_err(|fault| fault.message)
    }

    #[test]
    fn bytes_are_a_text_of_digits() {
        for (given, expected) in [
            (json!(64), "64"),
            (json!(1e9), "1000000000"),
            (json!("64"), "64"),
            (json!("-1"), "-1"),
            (json!("64b"), "64"),
            (json!("64B"), "64"),
            (json!("64m"), "67108864"),
            (json!("64MB"), "67108864"),
            (json!("64 MiB"), "67108864"),
            (json!("1.5g"), "1610612736"),
            (json!(".5k"), "512"),
            (json!("2t"), "2199023255552"),
            (json!("1p"), "1125899906842624"),
            (json!("0"), "0"),
        ] {
            assert_eq!(cast(bytes, given.clone()), Ok(json!(expected)), "{given}");
        }
        for bad in [
            json!("64x"),
            json!("m"),
            json!("-1m"),
            json!("1 ib"),
            json!("ib"),
            json!(""),
            json!("1mib5b"),
            json!("1bb"),
            json!("9999999p"),
            json!(1.5),
            json!(null),
            json!([1]),
            json!("1  g"),
        ] {
            let message = cast(bytes, bad.clone()).expect_err(&bad.to_string());
            assert!(message.starts_with("must be a number of bytes such as 64m, not"), "{message}");
        }
    }

    #[test]
    fn durations_print_as_go_prints_them() {
        for (given, expected) in [
            ("0", "0s"),
            ("0s", "0s"),
            ("90s", "1m30s"),
            ("1h", "1h0m0s"),
            ("1.5s", "1.5s"),
            ("1d", "24h0m0s"),
            ("1w2d", "216h0m0s"),
            ("100ms", "100ms"),
            ("1500ms", "1.5s"),
            ("250us", "250µs"),
            ("250µs", "250µs"),
            ("1.5us", "1.5µs"),
            ("7ns", "7ns"),
            ("-3s", "-3s"),
            ("+3s", "3s"),
            ("1h2m3.004s", "1h2m3.004s"),
            ("2562047h", "2562047h0m0s"),
        ] {
            assert_eq!(cast(duration, json!(given)), Ok(json!(expected)), "{given}");
            assert_eq!(cast(duration, json!(expected)), Ok(json!(expected)), "{given} again");
        }
        for bad in ["", "1", "s", "1x", "1.s.", "9999999w", "- 1s", "1 s", "."] {
            let message = cast(duration, json!(bad)).expect_err(bad);
            assert_eq!(message, format!("`{bad}` is not a duration such as 1m30s"));
        }
        assert_eq!(cast(duration, json!(5)), Err("must be a string, not the number 5".into()));
    }

    #[test]
    fn flags_numbers_and_modes_may_come_as_texts() {
        let id: Cast = |value| whole(i64::MIN, i64::MAX, value);
        for (name, function, given, expected) in [
            ("flag", flag as Cast, json!("Yes"), json!(true)),
            ("flag", flag, json!("off"), json!(false)),
            ("flag", flag, json!(true), json!(true)),
            ("whole", id, json!("12"), json!(12)),
            ("whole", id, json!(12.0), json!(12)),
            ("number", number, json!("0.5"), json!(0.5)),
            ("number", number, json!("2"), json!(2)),
            ("number", number, json!(0.25), json!(0.25)),
            ("count", count, json!("All"), json!(-1)),
            ("count", count, json!("2"), json!(2)),
            ("mode", mode, json!(288), json!("0440")),
            ("mode", mode, json!("0440"), json!("0440")),
            ("mode", mode, json!("440"), json!("0440")),
            ("octal", octal, json!("022"), json!(18)),
            ("octal", octal, json!("0o22"), json!(18)),
            ("octal", octal, json!("18"), json!(18)),
            ("octal", octal, json!("0"), json!(0)),
            ("octal", octal, json!(18), json!(18)),
            ("printed", printed, json!(5), json!("5")),
            ("printed", printed, json!(false), json!("false")),
        ] {
            assert_eq!(cast(function, given.clone()), Ok(expected), "{name} {given}");
        }
        for (function, given, expected) in [
            (flag as Cast, json!("maybe"), "`maybe` is neither true nor false"),
            (flag, json!(1), "must be a boolean, not the number 1"),
            (id, json!("1.5"), "must be a whole number, not the text `1.5`"),
            (id, json!(1.5), "must be a whole number, not the number 1.5"),
            (id, json!(u64::MAX), "must be a whole number, not the number 18446744073709551615"),
            (number, json!("much"), "must be a number, not the text `much`"),
            (number, json!("inf"), "must be a number, not the text `inf`"),
            (count, json!("some"), "must be `all` or a whole number, not the text `some`"),
            (mode, json!("0999"), "must be a mode such as 0440, not the text `0999`"),
            (octal, json!("089"), "must be a whole number, not the text `089`"),
            (octal, json!(-1), "must be greater than or equal to 0, not -1"),
            (printed, json!([]), "must be a string or a number, not a list"),
        ] {
            assert_eq!(cast(function, given), Err(expected.to_owned()));
        }
    }

    #[test]
    fn numbers_print_as_compose_prints_them() {
        for (given, expected) in [
            (json!(16), "16"),
            (json!(1.5), "1.5"),
            (json!(1_000_000.0), "1e+06"),
            (json!(12_345_678.9), "1.23456789e+07"),
            (json!(100_000.0), "100000"),
            (json!(0.0001), "0.0001"),
            (json!(0.00001), "1e-05"),
            (json!(-2.5), "-2.5"),
            (json!(1e30), "1e+30"),
            (json!(u64::MAX), "18446744073709551615"),
            (json!(true), "true"),
            (json!("1.50"), "1.50"),
        ] {
            assert_eq!(print(&given).as_deref(), Some(expected));
        }
        assert_eq!(print(&json!(null)), None);
    }
}

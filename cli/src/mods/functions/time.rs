//! The functions of times written as RFC 3339, such as `2018-01-02T23:12:01Z`.
//! Must not know time zones: a time has the offset it is written with.

use std::cmp::Ordering;
use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use regex::Regex;

use super::arguments::Arguments;
use super::{Function, Outcome};

pub(super) const FUNCTIONS: &[Function] =
    functions![formatdate(2), timeadd(2), timecmp(2), timestamp(0)];

/// What RFC 3339 asks for; the parser behind it takes more.
#[expect(
    clippy::expect_used,
    reason = "a constant pattern that every test of this module compiles"
)]
static RFC3339: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$")
        .expect("a valid pattern")
});

/// The time as RFC 3339 writes it, in whole seconds.
pub(super) fn rfc3339(clock: DateTime, from_utc: Offset) -> String {
    let offset = if from_utc.is_zero() { "Z".to_owned() } else { offset(from_utc, ":") };
    format!("{}{offset}", clock.strftime("%Y-%m-%dT%H:%M:%S"))
}

#[expect(clippy::unnecessary_wraps, reason = "every function answers an outcome")]
fn timestamp(_: Arguments<'_>) -> Outcome {
    Ok(written(&Timestamp::now().to_zoned_datetime(TimeZone::UTC)).into())
}

fn timecmp(arguments: Arguments<'_>) -> Outcome {
    Ok(match time(arguments, 0)?.timestamp().cmp(&time(arguments, 1)?.timestamp()) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }
    .into())
}

fn timeadd(arguments: Arguments<'_>) -> Outcome {
    let (time, duration) = (time(arguments, 0)?, arguments.text(1)?);
    let added = nanoseconds(&duration).ok_or_else(|| {
        format!("{duration:?} is no duration: write numbers with units, such as 1h30m or -10s")
    })?;
    let later = SignedDuration::try_from_nanos_i128(added).and_then(|it| time.checked_add(it).ok());
    later
        .map(|time| written(&time).into())
        .ok_or_else(|| format!("{duration} from {} is out of range", written(&time)))
}

fn time(arguments: Arguments<'_>, position: usize) -> Result<ZonedDateTime, String> {
    let text = arguments.text(position)?;
    let pieces = if RFC3339.is_match(&text) { Pieces::parse(text.as_ref()).ok() } else { None };
    pieces
        .and_then(|pieces| {
            let offset = pieces.to_numeric_offset().unwrap_or(Offset::UTC);
            let clock = pieces.date().to_datetime(pieces.time()?);
            TimeZone::fixed(offset).to_zoned_datetime(clock).ok()
        })
        .ok_or_else(|| format!("{text:?} is no time: write it as 2018-01-02T23:12:01Z"))
}

/// The duration in nanoseconds: one or more decimals, each with its unit.
fn nanoseconds(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0_i128;
    loop {
        let unit_start =
            rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, tail) = rest.split_at(unit_start);
        let unit_end = tail.find(|it: char| it.is_ascii_digit() || it == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let unit: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        total = total.checked_add(digits.checked_mul(unit)? / scale)?;
        rest = tail;
        if rest.is_empty() {
            return Some(if negative { -total } else { total });
        }
    }
}

fn formatdate(arguments: Arguments<'_>) -> Outcome {
    let (template, time) = (arguments.text(0)?, time(arguments, 1)?);
    let mut text = String::new();
    let mut rest = template.as_ref();
    while let Some(first) = rest.chars().next() {
        if let Some(quoted) = rest.strip_prefix('\'') {
            rest = literal(quoted, &mut text)
                .ok_or_else(|| format!("{rest:?} of the format has no closing quote"))?;
            continue;
        }
        let length = rest.find(|character| character != first).unwrap_or(rest.len());
        let (verb, tail) = rest.split_at(length);
        if first.is_ascii_alphabetic() {
            text.push_str(&field(verb, &time).ok_or_else(|| {
                format!("{verb:?} of the format is no field of a time: quote text, as in 'at'")
            })?);
        } else {
            text.push_str(verb);
        }
        rest = tail;
    }
    Ok(text.into())
}

/// Takes a text up to its closing quote; two quotes in it stand for one. None without a closing quote.
fn literal<'a>(mut rest: &'a str, text: &mut String) -> Option<&'a str> {
    loop {
        let (quoted, tail) = rest.split_once('\'')?;
        text.push_str(quoted);
        match tail.strip_prefix('\'') {
            None => return Some(tail),
            Some(tail) => {
                text.push('\'');
                rest = tail;
            }
        }
    }
}

fn field(verb: &str, time: &ZonedDateTime) -> Option<String> {
    let hour = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    Some(match verb {
        "YYYY" => format!("{:04}", time.year()),
        "YY" => format!("{:02}", time.year().rem_euclid(100)),
        "MMMM" => time.strftime("%B").to_string(),
        "MMM" => time.strftime("%b").to_string(),
        "MM" => format!("{:02}", time.month()),
        "M" => time.month().to_string(),
        "DD" => format!("{:02}", time.day()),
        "D" => time.day().to_string(),
        "EEEE" => time.strftime("%A").to_string(),
        "EEE" => time.strftime("%a").to_string(),
        "hh" => format!("{:02}", time.hour()),
        "h" => time.hour().to_string(),
        "HH" => format!("{hour:02}"),
        "H" => hour.to_string(),
        "AA" => if time.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        "aa" => if time.hour() < 12 { "am" } else { "pm" }.to_owned(),
        "mm" => format!("{:02}", time.minute()),
        "m" => time.minute().to_string(),
        "ss" => format!("{:02}", time.second()),
        "s" => time.second().to_string(),
        "ZZZ" if time.offset().is_zero() => "UTC".to_owned(),
        "Z" if time.offset().is_zero() => "Z".to_owned(),
        "ZZZZZ" | "Z" => offset(time.offset(), ":"),
        "ZZZZ" | "ZZZ" => offset(time.offset(), ""),
        _ => return None,
    })
}

fn offset(offset: Offset, separator: &str) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.abs();
    format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
}

fn written(time: &ZonedDateTime) -> String {
    rfc3339(time.datetime(), time.offset())
}

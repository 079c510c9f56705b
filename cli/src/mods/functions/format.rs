//! `format` and `formatlist`: the directives of a format string and the text each makes of its value.
//! Must not know where a value comes from.

use std::sync::LazyLock;

use hcl::{Number, Value};
use regex::{Captures, Regex};
use unicode_segmentation::UnicodeSegmentation as _;

use super::arguments::Arguments;
use super::{Function, Outcome, encoding, types};

pub(super) const FUNCTIONS: &[Function] = functions![format(1..), formatlist(1..)];

/// Flags, width, precision, the number of the argument, the verb.
#[expect(
    clippy::expect_used,
    reason = "a constant pattern that every test of this module compiles"
)]
static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^%([ +\-#0]*)([1-9][0-9]*)?(?:\.([0-9]*))?(?:\[([1-9][0-9]*)\])?([a-zA-Z])")
        .expect("a valid pattern")
});

fn format(arguments: Arguments<'_>) -> Outcome {
    let values = (1..arguments.count()).map(|position| arguments.nullable(position));
    Ok(rendered(&arguments.text(0)?, &values.collect::<Result<Vec<_>, _>>()?)?.into())
}

/// One text for each element of the lists; an argument that is no list is the same in all of them.
fn formatlist(arguments: Arguments<'_>) -> Outcome {
    let template = arguments.text(0)?;
    let values = (1..arguments.count())
        .map(|position| arguments.nullable(position))
        .collect::<Result<Vec<_>, _>>()?;
    let mut lengths = values.iter().filter_map(|value| value.as_array().map(Vec::len));
    let length = lengths.next().unwrap_or(1);
    if let Some(other) = lengths.find(|other| *other != length) {
        return Err(format!("the lists must be of one length, got {length} and {other}"));
    }
    let text = |index: usize| {
        let row: Vec<_> = values
            .iter()
            .map(|value| value.as_array().map_or(*value, |list| &list[index]))
            .collect();
        rendered(&template, &row).map_err(|error| format!("element {index}: {error}"))
    };
    (0..length).map(text).collect::<Result<Vec<_>, _>>().map(Value::from_iter)
}

fn rendered(template: &str, values: &[&Value]) -> Result<String, String> {
    let mut text = String::new();
    let (mut next, mut used) = (0, 0);
    let mut rest = template;
    while let Some(start) = rest.find('%') {
        text.push_str(&rest[..start]);
        rest = &rest[start..];
        if let Some(after) = rest.strip_prefix("%%") {
            text.push('%');
            rest = after;
            continue;
        }
        let captures = DIRECTIVE.captures(rest).ok_or_else(|| {
            format!("{rest:?} of the format starts with no directive: write %% for %")
        })?;
        let directive = Directive::read(&captures)?;
        let index = directive.index.unwrap_or(next);
        let value = values.get(index).ok_or_else(|| {
            let (written, given) = (&captures[0], values.len());
            format!("{written} wants argument {} of the format, which has {given}", index + 1)
        })?;
        let made = directive.text(value).map_err(|error| format!("{}: {error}", &captures[0]))?;
        text.push_str(&made);
        (next, used) = (index + 1, used.max(index + 1));
        rest = &rest[captures[0].len()..];
    }
    if used < values.len() {
        return Err(format!("{} arguments, but the format uses only {used}", values.len()));
    }
    Ok(text + rest)
}

struct Directive {
    flags: String,
    width: usize,
    precision: Option<usize>,
    index: Option<usize>,
    verb: char,
}

impl Directive {
    fn read(captures: &Captures<'_>) -> Result<Self, String> {
        let number = |group| match captures.get(group).map(|text| text.as_str()) {
            None => Ok(None),
            Some("") => Ok(Some(0)),
            // what is longer than a line of text is a mistake that would take all memory
            Some(digits) => digits
                .parse::<u16>()
                .map(|number| Some(usize::from(number)))
                .map_err(|_| format!("{} is too large in {}", digits, &captures[0])),
        };
        Ok(Self {
            flags: captures[1].to_owned(),
            width: number(2)?.unwrap_or_default(),
            precision: number(3)?,
            index: number(4)?.map(|position| position - 1),
            verb: captures[5].chars().next().unwrap_or_default(),
        })
    }

    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    fn without(&self, flags: &[char]) -> Self {
        Self { flags: self.flags.replace(flags, ""), ..*self }
    }

    fn text(&self, value: &Value) -> Result<String, String> {
        let wanted = |wanted| format!("{wanted} is required, not {}", types::describe(value));
        match self.verb {
            'v' if self.has('#') => Ok(self.padded("", &encoding::json(value))),
            'v' => Ok(match value {
                Value::Number(number) => self.without(&['+', ' ']).general(number),
                Value::String(text) => self.padded("", text),
                other => self.padded("", &encoding::json(other)),
            }),
            's' | 'q' => {
                let text = types::text_of(value).ok_or_else(|| wanted("a string"))?;
                let shown = self.precision.unwrap_or(usize::MAX);
                let text: String = text.graphemes(true).take(shown).collect();
                let quoted = if self.verb == 'q' { encoding::json(&text.into()) } else { text };
                Ok(self.padded("", &quoted))
            }
            't' => types::truth_of(value)
                .map(|truth| truth.to_string())
                .ok_or_else(|| wanted("a boolean")),
            'd' | 'b' | 'o' | 'x' | 'X' => {
                let number = types::number_of(value).ok_or_else(|| wanted("a number"))?;
                self.whole(&number).ok_or_else(|| wanted("a whole number"))
            }
            'e' | 'E' | 'f' | 'g' | 'G' => {
                let number = types::number_of(value).ok_or_else(|| wanted("a number"))?;
                Ok(match self.verb {
                    'f' => self.fixed(&number),
                    'e' | 'E' => self.scientific(&number),
                    _ => self.general(&number),
                })
            }
            verb => {
                Err(format!("{verb} is no verb: use v, s, q, t, d, b, o, x, X, e, E, f, g or G"))
            }
        }
    }

    /// None for a number that is not whole.
    fn whole(&self, number: &Number) -> Option<String> {
        let whole: i128 = types::number_text(number).parse().ok()?;
        let (prefix, digits) = match self.verb {
            'b' => ("0b", format!("{:b}", whole.unsigned_abs())),
            'o' => ("0", format!("{:o}", whole.unsigned_abs())),
            'x' => ("0x", format!("{:x}", whole.unsigned_abs())),
            'X' => ("0X", format!("{:X}", whole.unsigned_abs())),
            _ => ("", whole.unsigned_abs().to_string()),
        };
        let prefix = format!("{}{}", self.sign(whole < 0), if self.has('#') { prefix } else { "" });
        Some(match self.precision {
            // no digit at all is what a zero of precision zero has
            Some(0) if whole == 0 => self.padded(&prefix, ""),
            Some(least) => self.without(&['0']).padded(&prefix, &format!("{digits:0>least$}")),
            None => self.padded(&prefix, &digits),
        })
    }

    fn fixed(&self, number: &Number) -> String {
        let precision = self.precision.unwrap_or(6);
        let digits = if number.is_f64() {
            format!("{:.precision$}", magnitude(number))
        } else {
            let whole = types::number_text(number).trim_start_matches('-').to_owned();
            if precision == 0 { whole } else { format!("{whole}.{}", "0".repeat(precision)) }
        };
        self.padded(self.sign(negative(number)), &digits)
    }

    fn scientific(&self, number: &Number) -> String {
        let written = format!("{:.*e}", self.precision.unwrap_or(6), magnitude(number));
        let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
        let text = with_exponent(digits, exponent.parse().unwrap_or_default());
        self.padded(self.sign(negative(number)), &self.cased(text))
    }

    /// The shorter of the two others, without zeros at the end.
    fn general(&self, number: &Number) -> String {
        let (digits, exponent) = match self.precision {
            None => significant(&types::number_text(number)),
            Some(precision) => {
                let written = format!("{:.*e}", precision.max(1) - 1, magnitude(number));
                let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
                (significant(digits).0, exponent.parse().unwrap_or_default())
            }
        };
        let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
        let limit = match self.precision.map(|precision| i32::try_from(precision.max(1))) {
            Some(Ok(precision)) if precision > count && count > exponent => count,
            Some(Ok(precision)) => precision,
            _ => 6,
        };
        let text = if exponent < -4 || exponent >= limit {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            with_exponent(&format!("{first}{point}{rest}"), exponent)
        } else if exponent < 0 {
            format!("0.{}{digits}", "0".repeat(exponent.unsigned_abs() as usize - 1))
        } else {
            let whole = exponent.unsigned_abs() as usize + 1;
            match digits.get(whole..) {
                None | Some("") => format!("{digits:0<whole$}"),
                Some(fraction) => format!("{}.{fraction}", &digits[..whole]),
            }
        };
        self.padded(self.sign(negative(number)), &self.cased(text))
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.has('+'), self.has(' ')) {
            (true, _, _) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        }
    }

    fn cased(&self, text: String) -> String {
        if self.verb.is_ascii_uppercase() { text.to_ascii_uppercase() } else { text }
    }

    /// Fills up to the width: with zeros between prefix and text, or with spaces on either side.
    fn padded(&self, prefix: &str, text: &str) -> String {
        let written = prefix.len() + text.graphemes(true).count();
        let missing = self.width.saturating_sub(written);
        match (self.has('0'), self.has('-')) {
            (true, false) => format!("{prefix}{}{text}", "0".repeat(missing)),
            (_, true) => format!("{prefix}{text}{}", " ".repeat(missing)),
            _ => format!("{}{prefix}{text}", " ".repeat(missing)),
        }
    }
}

/// The digits of a decimal from the first to the last that is not 0, and the power of ten of the first.
fn significant(decimal: &str) -> (String, i32) {
    let decimal = decimal.trim_start_matches('-');
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let digits = format!("{whole}{fraction}");
    let Some(first) = digits.find(|digit| digit != '0') else {
        return ("0".to_owned(), 0);
    };
    let power = |length| i32::try_from(length).unwrap_or(i32::MAX);
    (digits.trim_matches('0').to_owned(), power(whole.len()) - 1 - power(first))
}

fn with_exponent(digits: &str, exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

fn negative(number: &Number) -> bool {
    *number < Number::from(0)
}

fn magnitude(number: &Number) -> f64 {
    number.as_f64().unwrap_or_default().abs()
}

//! The functions of numbers. Sums and ranges are exact in decimal: 0.1 and 0.2 are 0.3.
//! Must not know how a number is read from a string or written as one.

use hcl::{Number, Value};

use super::arguments::Arguments;
use super::{Function, Outcome, types};

pub(super) const FUNCTIONS: &[Function] = functions![
    abs(1),
    ceil(1),
    floor(1),
    log(2),
    max(1..),
    min(1..),
    parseint(2),
    pow(2),
    range(1..3),
    signum(1),
    sum(1),
];

/// The most values `range` makes.
const RANGE_LIMIT: usize = 1024;

fn abs(arguments: Arguments<'_>) -> Outcome {
    let number = arguments.number(0)?;
    Ok(Value::Number(if number < Number::from(0) { -number } else { number }))
}

fn ceil(arguments: Arguments<'_>) -> Outcome {
    rounded(arguments, f64::ceil)
}

fn floor(arguments: Arguments<'_>) -> Outcome {
    rounded(arguments, f64::floor)
}

fn rounded(arguments: Arguments<'_>, round: fn(f64) -> f64) -> Outcome {
    let number = arguments.number(0)?;
    // a whole number may have more digits than a float
    if number.is_f64() { finite(round(float(&number))) } else { Ok(Value::Number(number)) }
}

fn log(arguments: Arguments<'_>) -> Outcome {
    let (number, base) = (arguments.number(0)?, arguments.number(1)?);
    finite(float(&number).ln() / float(&base).ln())
}

fn pow(arguments: Arguments<'_>) -> Outcome {
    let (base, exponent) = (arguments.number(0)?, arguments.number(1)?);
    let whole = exponent.as_u64().and_then(|exponent| u32::try_from(exponent).ok());
    let exact = base.as_i64().zip(whole);
    match exact.and_then(|(base, exponent)| i128::from(base).checked_pow(exponent)) {
        Some(power) => Ok(Value::Number(types::whole_number(power))),
        None => finite(float(&base).powf(float(&exponent))),
    }
}

fn max(arguments: Arguments<'_>) -> Outcome {
    chosen(arguments, |candidate, best| candidate > best)
}

fn min(arguments: Arguments<'_>) -> Outcome {
    chosen(arguments, |candidate, best| candidate < best)
}

fn chosen(arguments: Arguments<'_>, better: fn(&Number, &Number) -> bool) -> Outcome {
    let mut best = arguments.number(0)?;
    for position in 1..arguments.count() {
        let candidate = arguments.number(position)?;
        if better(&candidate, &best) {
            best = candidate;
        }
    }
    Ok(Value::Number(best))
}

fn parseint(arguments: Arguments<'_>) -> Outcome {
    let Value::String(text) = arguments.value(0)? else {
        return Err("argument 1 must be a string".to_owned());
    };
    let base = match arguments.whole(1)? {
        base @ 2..=62 => base,
        base => return Err(format!("the base must be from 2 to 62, got {base}")),
    };
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let unreadable =
        || format!("{text:?} is not a whole number of base {base} and at most 127 bits");
    if digits.is_empty() {
        return Err(unreadable());
    }
    let mut whole = 0_i128;
    for character in digits.chars() {
        let digit = digit(character, base).filter(|digit| *digit < base).ok_or_else(unreadable)?;
        let shifted = whole.checked_mul(base.into());
        whole = shifted.and_then(|whole| whole.checked_add(digit.into())).ok_or_else(unreadable)?;
    }
    Ok(Value::Number(types::whole_number(if negative { -whole } else { whole })))
}

/// The worth of a digit: capitals are their own digits only where the small letters do not suffice.
fn digit(character: char, base: i64) -> Option<i64> {
    let capitals = if base > 36 && character.is_ascii_uppercase() { 26 } else { 0 };
    character.to_digit(36).map(|digit| i64::from(digit) + capitals)
}

fn signum(arguments: Arguments<'_>) -> Outcome {
    Ok(arguments.whole(0)?.signum().into())
}

fn sum(arguments: Arguments<'_>) -> Outcome {
    let read = |value| {
        types::number_of(value)
            .ok_or_else(|| format!("cannot sum {}: not a number", types::describe(value)))
    };
    let numbers = arguments.list(0)?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    if numbers.is_empty() {
        return Err("the list is empty".to_owned());
    }
    let exact = decimals(&numbers).and_then(|(units, scale)| {
        let total = units.into_iter().try_fold(0, i128::checked_add)?;
        Some(Value::Number(undecimal(total, scale)))
    });
    exact.map_or_else(|| finite(numbers.iter().map(float).sum()), Ok)
}

fn range(arguments: Arguments<'_>) -> Outcome {
    let numbers =
        (0..arguments.count()).map(|position| arguments.number(position)).collect::<Result<_, _>>();
    let numbers: Vec<Number> = numbers?;
    // a whole one among the numbers gives the default step its place
    let (units, scale) = decimals(&[numbers.as_slice(), &[1.into()]].concat())
        .ok_or("the numbers have too many digits")?;
    let (start, end, step) = match (numbers.len(), units.as_slice()) {
        (1, [end, one]) => (0, *end, if *end < 0 { -*one } else { *one }),
        (2, [start, end, one]) => (*start, *end, if end < start { -*one } else { *one }),
        (_, [start, end, step, _]) => (*start, *end, *step),
        _ => return Err("takes one, two or three numbers".to_owned()),
    };
    if start != end && (step == 0 || (end > start) != (step > 0)) {
        return Err("the step does not lead from the start to the end".to_owned());
    }
    let mut values = Vec::new();
    let mut next = start;
    while if step > 0 { next < end } else { next > end } {
        if values.len() == RANGE_LIMIT {
            return Err(format!(
                "more than {RANGE_LIMIT} values: use a larger step or a nearer end"
            ));
        }
        values.push(Value::Number(undecimal(next, scale)));
        next += step;
    }
    Ok(Value::Array(values))
}

/// The numbers as whole multiples of one power of ten, `10^-scale`: none where 127 bits do not hold them.
fn decimals(numbers: &[Number]) -> Option<(Vec<i128>, usize)> {
    let texts: Vec<_> = numbers.iter().map(types::number_text).collect();
    let fraction = |text: &String| text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let scale = texts.iter().map(fraction).max()?;
    let units = texts.iter().map(|text| {
        let zeros = scale - fraction(text);
        format!("{}{}", text.replace('.', ""), "0".repeat(zeros)).parse().ok()
    });
    // half of the range is kept free, so that one step beyond the end of a range cannot overflow
    let units = units.collect::<Option<Vec<i128>>>()?;
    units.iter().all(|unit| unit.abs() < i128::MAX / 2).then_some((units, scale))
}

fn undecimal(units: i128, scale: usize) -> Number {
    let whole = u32::try_from(scale).ok().and_then(|scale| 10_i128.checked_pow(scale));
    match whole {
        Some(one) if units % one == 0 => types::whole_number(units / one),
        _ => types::parse_number(&format!("{units}e-{scale}")).unwrap_or_else(|| 0.into()),
    }
}

fn float(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::NAN)
}

fn finite(number: f64) -> Outcome {
    Number::from_f64(number)
        .map(Value::Number)
        .ok_or_else(|| "the result is not a finite number".to_owned())
}

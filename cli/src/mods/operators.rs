//! What operators, indexes and conversions do with values.
//! It must not know expressions or names.

use hcl::{Number, Value};
use hcl_edit::expr::{BinaryOperator, UnaryOperator};

/// What a value is, for messages.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

/// The value as a text, where it has one.
pub(super) fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) => Ok(number_text(*number)),
        other => Err(format!("a string is required, not {}", kind(other))),
    }
}

/// All digits, and no exponent.
fn number_text(number: Number) -> String {
    match (whole(number), number.as_f64()) {
        (Some(whole), _) => whole.to_string(),
        (None, Some(float)) => float.to_string(),
        (None, None) => number.to_string(),
    }
}

pub(super) fn truth(value: &Value) -> Result<bool, String> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::String(text) if text == "true" || text == "1" => Ok(true),
        Value::String(text) if text == "false" || text == "0" => Ok(false),
        other => Err(format!("a bool is required, not {}", kind(other))),
    }
}

fn number(value: &Value) -> Result<Number, String> {
    match value {
        Value::Number(number) => Ok(*number),
        Value::String(text)
            if text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) =>
        {
            let whole = text.parse::<i128>().ok().and_then(|whole| from_whole(whole).ok());
            let number = whole.or_else(|| text.parse().ok().and_then(Number::from_f64));
            number.ok_or_else(|| format!("a number is required, not '{text}'"))
        }
        Value::String(text) => Err(format!("a number is required, not '{text}'")),
        other => Err(format!("a number is required, not {}", kind(other))),
    }
}

pub(super) fn unary(operator: UnaryOperator, value: &Value) -> Result<Value, String> {
    match operator {
        UnaryOperator::Not => truth(value).map(|flag| Value::Bool(!flag)),
        UnaryOperator::Neg => {
            arithmetic(Number::from(0), BinaryOperator::Minus, number(value)?).map(Value::Number)
        }
    }
}

pub(super) fn binary(
    left: &Value,
    operator: BinaryOperator,
    right: &Value,
) -> Result<Value, String> {
    use BinaryOperator as Operator;
    let result = match operator {
        Operator::Eq => Value::Bool(left == right),
        Operator::NotEq => Value::Bool(left != right),
        // both sides count, even if one of them decides
        Operator::And => Value::Bool(truth(left)? & truth(right)?),
        Operator::Or => Value::Bool(truth(left)? | truth(right)?),
        Operator::Less => Value::Bool(number(left)? < number(right)?),
        Operator::LessEq => Value::Bool(number(left)? <= number(right)?),
        Operator::Greater => Value::Bool(number(left)? > number(right)?),
        Operator::GreaterEq => Value::Bool(number(left)? >= number(right)?),
        Operator::Plus | Operator::Minus | Operator::Mul | Operator::Div | Operator::Mod => {
            Value::Number(arithmetic(number(left)?, operator, number(right)?)?)
        }
    };
    Ok(result)
}

fn whole(number: Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

fn from_whole(whole: i128) -> Result<Number, String> {
    let small = i64::try_from(whole).map(Number::from).ok();
    let number = small.or_else(|| u64::try_from(whole).map(Number::from).ok());
    number.ok_or_else(|| format!("{whole} is too large: whole numbers have 64 bits"))
}

fn arithmetic(left: Number, operator: BinaryOperator, right: Number) -> Result<Number, String> {
    use BinaryOperator as Operator;
    if matches!(operator, Operator::Div | Operator::Mod) && right.as_f64() == Some(0.0) {
        return Err("division by zero".to_owned());
    }
    if let (Some(left), Some(right)) = (whole(left), whole(right)) {
        // 64 bits times 64 bits fit into 128
        match operator {
            Operator::Plus => return from_whole(left + right),
            Operator::Minus => return from_whole(left - right),
            Operator::Mul => {
                let product = left.checked_mul(right).ok_or("the product is too large")?;
                return from_whole(product);
            }
            Operator::Mod => return from_whole(left % right),
            Operator::Div if left % right == 0 => return from_whole(left / right),
            _ => {}
        }
    }
    let (Some(left), Some(right)) = (left.as_f64(), right.as_f64()) else {
        return Err("this number cannot be reckoned with".to_owned());
    };
    let result = match operator {
        Operator::Plus => decimal(left + right),
        Operator::Minus => decimal(left - right),
        Operator::Mul => decimal(left * right),
        Operator::Div => left / right,
        _ => decimal(left % right),
    };
    Number::from_f64(result).ok_or_else(|| "the result is too large".to_owned())
}

/// 15 digits, so that 0.1 + 0.2 is 0.3, as it is for those who reckon with decimals.
fn decimal(number: f64) -> f64 {
    format!("{number:.14e}").parse().unwrap_or(number)
}

/// An attribute of a map.
pub(super) fn attribute(value: Value, name: &str) -> Result<Value, String> {
    match value {
        Value::Object(mut entries) => entries.swap_remove(name).ok_or_else(|| {
            let known: Vec<&str> = entries.keys().map(String::as_str).collect();
            format!("there is no '{name}'; there are: {}", nearest(name, known).join(", "))
        }),
        other => Err(format!("{} has no attribute '{name}'", kind(&other))),
    }
}

/// Of many names those that begin most like this one.
fn nearest<'n>(name: &str, mut known: Vec<&'n str>) -> Vec<&'n str> {
    const MOST: usize = 12;
    if known.len() > MOST {
        let alike =
            |other: &str| name.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
        known.sort_by_key(|other| std::cmp::Reverse(alike(other)));
        known.truncate(MOST);
        known.push("…");
    }
    known
}

/// An item of a list, by its place from 0, or a value of a map, by its key.
pub(super) fn index(value: Value, index: &Value) -> Result<Value, String> {
    match value {
        Value::Array(mut items) => {
            let place = number(index)?;
            let place = place.as_u64().and_then(|place| usize::try_from(place).ok());
            match place.filter(|place| *place < items.len()) {
                Some(place) => Ok(items.swap_remove(place)),
                None => {
                    Err(format!("a list of {} items has no item {}", items.len(), text(index)?))
                }
            }
        }
        Value::Object(_) => attribute(value, &text(index)?),
        other => Err(format!("{} has no items", kind(&other))),
    }
}

/// One result of a condition, as the kind that it shares with the other one.
pub(super) fn unify(taken: Value, other: &Value) -> Result<Value, String> {
    match (taken, other) {
        (Value::Null, _) => Ok(Value::Null),
        (taken, Value::Null) => Ok(taken),
        (Value::Array(taken), Value::Array(other)) if taken.len() == other.len() => {
            let items = taken.into_iter().zip(other).map(|(taken, other)| unify(taken, other));
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        (Value::Array(taken), Value::Array(other)) => {
            let all: Vec<Value> = taken.iter().chain(other).cloned().collect();
            let items = taken.into_iter().map(|item| all.iter().try_fold(item, unify));
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        (Value::Object(taken), Value::Object(other)) => {
            let same =
                taken.len() == other.len() && taken.keys().all(|key| other.contains_key(key));
            let all: Vec<Value> = taken.values().chain(other.values()).cloned().collect();
            let entries = taken.into_iter().map(|(key, value)| {
                let value = match other.get(&key).filter(|_| same) {
                    Some(other) => unify(value, other)?,
                    None => all.iter().try_fold(value, unify)?,
                };
                Ok((key, value))
            });
            entries.collect::<Result<_, String>>().map(Value::Object)
        }
        (taken, other) if std::mem::discriminant(&taken) == std::mem::discriminant(other) => {
            Ok(taken)
        }
        (Value::String(taken), Value::Bool(_) | Value::Number(_)) => Ok(Value::String(taken)),
        (taken @ (Value::Bool(_) | Value::Number(_)), Value::String(_)) => {
            text(&taken).map(Value::String)
        }
        (taken, other) => Err(format!(
            "the two results of a condition are {} and {}, not of one kind",
            kind(&taken),
            kind(other)
        )),
    }
}

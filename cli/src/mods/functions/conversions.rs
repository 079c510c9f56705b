//! The functions that make one type from another: `tostring`, `tolist` and their like.
//! Must not know what a list or a text is used for.

use hcl::Value;

use super::arguments::Arguments;
use super::{Function, Outcome, types};

pub(super) const FUNCTIONS: &[Function] = functions![
    list(0..),
    map(0..),
    nonsensitive(1),
    sensitive(1),
    tobool(1),
    tolist(1),
    tomap(1),
    tonumber(1),
    toset(1),
    tostring(1),
];

fn list(_: Arguments<'_>) -> Outcome {
    Err("this function is deprecated and gone: write tolist([…]) instead".to_owned())
}

fn map(_: Arguments<'_>) -> Outcome {
    Err("this function is deprecated and gone: write tomap({…}) instead".to_owned())
}

/// Nothing here hides values, so there is nothing to mark.
fn sensitive(arguments: Arguments<'_>) -> Outcome {
    arguments.nullable(0).cloned()
}

fn nonsensitive(arguments: Arguments<'_>) -> Outcome {
    arguments.nullable(0).cloned()
}

fn tostring(arguments: Arguments<'_>) -> Outcome {
    or_null(arguments, |arguments| Ok(arguments.text(0)?.into_owned().into()))
}

fn tonumber(arguments: Arguments<'_>) -> Outcome {
    or_null(arguments, |arguments| arguments.number(0).map(Value::Number))
}

fn tobool(arguments: Arguments<'_>) -> Outcome {
    or_null(arguments, |arguments| arguments.truth(0).map(Value::Bool))
}

fn tolist(arguments: Arguments<'_>) -> Outcome {
    or_null(arguments, |arguments| arguments.unified(0).map(Value::Array))
}

fn toset(arguments: Arguments<'_>) -> Outcome {
    or_null(arguments, |arguments| Ok(Value::Array(types::set(arguments.unified(0)?))))
}

fn tomap(arguments: Arguments<'_>) -> Outcome {
    or_null(arguments, |arguments| {
        let entries = types::sorted(arguments.object(0)?).into_iter();
        let (keys, values): (Vec<_>, Vec<_>) =
            entries.map(|(key, value)| (key.clone(), value.clone())).unzip();
        let values = types::unify(&values).ok_or("the values of the map must be of one type")?;
        Ok(Value::Object(keys.into_iter().zip(values).collect()))
    })
}

/// Null stays null whatever the type.
fn or_null<'a>(
    arguments: Arguments<'a>,
    convert: impl FnOnce(Arguments<'a>) -> Outcome,
) -> Outcome {
    if arguments.nullable(0)?.is_null() { Ok(Value::Null) } else { convert(arguments) }
}

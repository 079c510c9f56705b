//! The functions of lists and maps.
//! Must not know how a value of one type becomes one of another.

use std::borrow::Cow;

use hcl::{Map, Value};
use unicode_segmentation::UnicodeSegmentation as _;

use super::arguments::Arguments;
use super::{Function, Outcome, types};

pub(super) const FUNCTIONS: &[Function] = functions![
    alltrue(1),
    anytrue(1),
    chunklist(2),
    coalesce(1..),
    coalescelist(1..),
    compact(1),
    concat(1..),
    contains(2),
    distinct(1),
    element(2),
    flatten(1),
    index(2),
    keys(1),
    length(1),
    lookup(2..3),
    matchkeys(3),
    merge(0..),
    one(1),
    reverse(1),
    slice(3),
    sort(1),
    transpose(1),
    values(1),
    zipmap(2),
];

fn alltrue(arguments: Arguments<'_>) -> Outcome {
    Ok(truths(arguments)?.into_iter().all(|value| value == Some(true)).into())
}

fn anytrue(arguments: Arguments<'_>) -> Outcome {
    Ok(truths(arguments)?.contains(&Some(true)).into())
}

/// The booleans of the list, none for a null.
fn truths(arguments: Arguments<'_>) -> Result<Vec<Option<bool>>, String> {
    let read = |(index, value): (usize, &Value)| match types::truth_of(value) {
        None if !value.is_null() => {
            Err(format!("element {index} must be a boolean, not {}", types::describe(value)))
        }
        truth => Ok(truth),
    };
    arguments.list(0)?.iter().enumerate().map(read).collect()
}

fn chunklist(arguments: Arguments<'_>) -> Outcome {
    let values = arguments.unified(0)?;
    let size = match arguments.size(1)? {
        // 0 stands for one chunk of everything
        0 => values.len().max(1),
        size => size,
    };
    Ok(values.chunks(size).map(|chunk| Value::Array(chunk.to_vec())).collect())
}

fn coalesce(arguments: Arguments<'_>) -> Outcome {
    let values = (0..arguments.count())
        .map(|position| arguments.nullable(position).cloned())
        .collect::<Result<Vec<_>, _>>()?;
    let values = types::unify(&values).ok_or("all arguments must be of one type")?;
    values
        .into_iter()
        .find(|value| !value.is_null() && value.as_str() != Some(""))
        .ok_or_else(|| "every argument is null or an empty string".to_owned())
}

fn coalescelist(arguments: Arguments<'_>) -> Outcome {
    for position in 0..arguments.count() {
        let values = arguments.list(position)?;
        if !values.is_empty() {
            return Ok(Value::Array(values.to_vec()));
        }
    }
    Err("every list is empty".to_owned())
}

fn compact(arguments: Arguments<'_>) -> Outcome {
    let values = arguments.list(0)?.iter().filter(|value| !value.is_null());
    let texts = values.map(|value| {
        types::text_of(value).ok_or_else(|| {
            format!("the elements must be strings, one is {}", types::describe(value))
        })
    });
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    Ok(texts.into_iter().filter(|text| !text.is_empty()).map(Cow::into_owned).collect())
}

fn concat(arguments: Arguments<'_>) -> Outcome {
    let lists = (0..arguments.count()).map(|position| arguments.list(position));
    Ok(Value::Array(lists.collect::<Result<Vec<_>, _>>()?.concat()))
}

fn contains(arguments: Arguments<'_>) -> Outcome {
    Ok(arguments.list(0)?.contains(arguments.value(1)?).into())
}

fn distinct(arguments: Arguments<'_>) -> Outcome {
    Ok(Value::Array(types::distinct(arguments.unified(0)?)))
}

fn element(arguments: Arguments<'_>) -> Outcome {
    let (values, index) = (arguments.list(0)?, arguments.size(1)?);
    let wrapped = index.checked_rem(values.len()).ok_or("the list is empty")?;
    Ok(values[wrapped].clone())
}

fn flatten(arguments: Arguments<'_>) -> Outcome {
    fn gather(values: &[Value], flat: &mut Vec<Value>) {
        for value in values {
            match value {
                Value::Array(values) => gather(values, flat),
                other => flat.push(other.clone()),
            }
        }
    }
    let mut flat = Vec::new();
    gather(arguments.list(0)?, &mut flat);
    Ok(Value::Array(flat))
}

fn index(arguments: Arguments<'_>) -> Outcome {
    let (values, wanted) = (arguments.list(0)?, arguments.value(1)?);
    values
        .iter()
        .position(|value| value == wanted)
        .map(Value::from)
        .ok_or_else(|| format!("{} is not in the list", types::describe(wanted)))
}

fn keys(arguments: Arguments<'_>) -> Outcome {
    Ok(types::sorted(arguments.object(0)?).into_iter().map(|(key, _)| key.clone()).collect())
}

fn values(arguments: Arguments<'_>) -> Outcome {
    Ok(types::sorted(arguments.object(0)?).into_iter().map(|(_, value)| value.clone()).collect())
}

fn length(arguments: Arguments<'_>) -> Outcome {
    match arguments.value(0)? {
        Value::Array(values) => Ok(values.len().into()),
        Value::Object(entries) => Ok(entries.len().into()),
        Value::String(text) => Ok(text.graphemes(true).count().into()),
        other => {
            Err(format!("only strings, lists and maps have one, not {}", types::describe(other)))
        }
    }
}

fn lookup(arguments: Arguments<'_>) -> Outcome {
    let (entries, key) = (arguments.object(0)?, arguments.text(1)?);
    if let Some(value) = entries.get(key.as_ref()) {
        return Ok(value.clone());
    }
    if arguments.count() < 3 {
        return Err(format!("the map has no key {key:?}: give a default as third argument"));
    }
    arguments.nullable(2).cloned()
}

fn matchkeys(arguments: Arguments<'_>) -> Outcome {
    let (values, keys) = (arguments.unified(0)?, arguments.list(1)?);
    if values.len() != keys.len() {
        return Err(format!("{} values do not match {} keys", values.len(), keys.len()));
    }
    let all = types::unify(&[keys, arguments.list(2)?].concat())
        .ok_or("keys and searched keys must be of one type")?;
    let (keys, searched) = all.split_at(keys.len());
    let matching = values.into_iter().zip(keys).filter(|(_, key)| searched.contains(key));
    Ok(matching.map(|(value, _)| value).collect())
}

fn merge(arguments: Arguments<'_>) -> Outcome {
    let mut merged = Map::new();
    for position in 0..arguments.count() {
        if !arguments.nullable(position)?.is_null() {
            merged.extend(arguments.object(position)?.clone());
        }
    }
    Ok(Value::Object(merged))
}

fn one(arguments: Arguments<'_>) -> Outcome {
    match arguments.list(0)? {
        [] => Ok(Value::Null),
        [value] => Ok(value.clone()),
        values => Err(format!("the list must have one element or none, it has {}", values.len())),
    }
}

fn reverse(arguments: Arguments<'_>) -> Outcome {
    Ok(arguments.list(0)?.iter().rev().cloned().collect())
}

fn slice(arguments: Arguments<'_>) -> Outcome {
    let (values, start, end) = (arguments.list(0)?, arguments.size(1)?, arguments.size(2)?);
    values.get(start..end).map(|values| Value::Array(values.to_vec())).ok_or_else(|| {
        format!("no elements from {start} to before {end} in a list of {}", values.len())
    })
}

fn sort(arguments: Arguments<'_>) -> Outcome {
    let mut texts = arguments.texts(0)?;
    texts.sort_unstable();
    Ok(texts.into_iter().map(Cow::into_owned).collect())
}

fn transpose(arguments: Arguments<'_>) -> Outcome {
    let mut transposed: Map<String, Vec<Value>> = Map::new();
    for (key, values) in types::sorted(arguments.object(0)?) {
        let wanted = || format!("the value of {key:?} must be a list of strings");
        for value in values.as_array().ok_or_else(wanted)? {
            let text = types::text_of(value).ok_or_else(wanted)?.into_owned();
            transposed.entry(text).or_default().push(key.as_str().into());
        }
    }
    transposed.sort_unstable_keys();
    Ok(transposed.into_iter().map(|(key, values)| (key, Value::Array(values))).collect())
}

fn zipmap(arguments: Arguments<'_>) -> Outcome {
    let (keys, values) = (arguments.texts(0)?, arguments.list(1)?);
    if keys.len() != values.len() {
        return Err(format!("{} keys do not match {} values", keys.len(), values.len()));
    }
    Ok(keys.into_iter().map(Cow::into_owned).zip(values.iter().cloned()).collect())
}

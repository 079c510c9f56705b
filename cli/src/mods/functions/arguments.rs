//! The arguments of one call, read as the types a function wants; owns the words of a refused argument.
//! Must not know which function is called.

use std::borrow::Cow;

use hcl::{Map, Number, Value};

use super::types;

/// The values a function was called with. Positions start at 0 here and at 1 in errors.
#[derive(Clone, Copy)]
pub(super) struct Arguments<'a>(&'a [Value]);

impl<'a> Arguments<'a> {
    /// The arguments of a call; an error when there are more than `most`.
    pub(super) fn new(values: &'a [Value], most: usize) -> Result<Self, String> {
        if values.len() > most {
            return Err(format!("takes at most {most} arguments, got {}", values.len()));
        }
        Ok(Self(values))
    }

    pub(super) fn count(self) -> usize {
        self.0.len()
    }

    /// The value at a position, which may be null.
    pub(super) fn nullable(self, position: usize) -> Result<&'a Value, String> {
        self.0.get(position).ok_or_else(|| format!("argument {} is missing", position + 1))
    }

    /// The value at a position; an error when it is null.
    pub(super) fn value(self, position: usize) -> Result<&'a Value, String> {
        match self.nullable(position)? {
            Value::Null => Err(format!("argument {} must not be null", position + 1)),
            value => Ok(value),
        }
    }

    /// The string at a position, made from a number or a boolean where need be.
    pub(super) fn text(self, position: usize) -> Result<Cow<'a, str>, String> {
        let value = self.value(position)?;
        types::text_of(value).ok_or_else(|| refused(position, "a string", value))
    }

    /// The number at a position, read from a string where need be.
    pub(super) fn number(self, position: usize) -> Result<Number, String> {
        let value = self.value(position)?;
        types::number_of(value).ok_or_else(|| refused(position, "a number", value))
    }

    /// The whole number at a position.
    pub(super) fn whole(self, position: usize) -> Result<i64, String> {
        let number = self.number(position)?;
        number
            .as_i64()
            .ok_or_else(|| refused(position, "a whole number of 64 bits", &Value::Number(number)))
    }

    /// The whole number at a position that counts something.
    pub(super) fn size(self, position: usize) -> Result<usize, String> {
        let number = self.whole(position)?;
        usize::try_from(number)
            .map_err(|_| format!("argument {} must not be negative, got {number}", position + 1))
    }

    /// The boolean at a position, read from a string where need be.
    pub(super) fn truth(self, position: usize) -> Result<bool, String> {
        let value = self.value(position)?;
        types::truth_of(value).ok_or_else(|| refused(position, "a boolean", value))
    }

    /// The elements of the list, set or tuple at a position.
    pub(super) fn list(self, position: usize) -> Result<&'a [Value], String> {
        match self.value(position)? {
            Value::Array(elements) => Ok(elements),
            other => Err(refused(position, "a list", other)),
        }
    }

    /// The entries of the map or object at a position.
    pub(super) fn object(self, position: usize) -> Result<&'a Map<String, Value>, String> {
        match self.value(position)? {
            Value::Object(entries) => Ok(entries),
            other => Err(refused(position, "a map", other)),
        }
    }

    /// The elements of the list at a position, made one type.
    pub(super) fn unified(self, position: usize) -> Result<Vec<Value>, String> {
        types::unify(self.list(position)?)
            .ok_or_else(|| format!("the elements of argument {} must be of one type", position + 1))
    }

    /// The strings of the list at a position; an error when one is null.
    pub(super) fn texts(self, position: usize) -> Result<Vec<Cow<'a, str>>, String> {
        let elements = self.list(position)?.iter().enumerate();
        elements
            .map(|(index, element)| {
                types::text_of(element).ok_or_else(|| {
                    let (position, found) = (position + 1, types::describe(element));
                    format!("element {index} of argument {position} must be a string, not {found}")
                })
            })
            .collect()
    }
}

fn refused(position: usize, wanted: &str, found: &Value) -> String {
    format!("argument {} must be {wanted}, not {}", position + 1, types::describe(found))
}

//! The canonical form of one Compose document: every short form becomes the long one, every value the type of its key.
//! It must not know other files, defaults or the project: those come after the files are merged.
//!
//! What a key may hold is const data, one line a key: see [`Shape`]. A document is walked twice: before the merge
//! leniently ([`canonical`]), and after it strictly ([`complete`]), when nothing may be missing any more.

mod build;
mod check;
mod deploy;
mod mount;
mod pairs;
mod port;
mod resource;
mod scalar;
mod service;
mod short;
mod words;

use serde_json::Value;

use super::problem::Fault;
use check::Walk;

/// Rewrites a document to its canonical form, in place.
///
/// Values may be missing or null where another file of the project can still give them.
///
/// # Errors
/// The first key that is not known or whose value does not fit.
pub(super) fn canonical(document: &mut Value) -> Result<(), Fault> {
    Walk { strict: false }.apply(&PROJECT, document)
}

/// The same for a document that no other file completes: nothing may be missing, and null must be allowed.
///
/// # Errors
/// The first key that is not known, missing, or whose value does not fit.
pub(super) fn complete(document: &mut Value) -> Result<(), Fault> {
    Walk { strict: true }.apply(&PROJECT, document)
}

/// What a key may hold, and what it becomes.
enum Shape {
    /// Anything, left as it is.
    Any,
    /// A text.
    Text,
    /// One of these texts.
    Word(&'static [&'static str]),
    /// A text that passes the test; the words say what is allowed.
    Like(fn(&str) -> bool, &'static str),
    /// A text; a number or boolean is printed.
    Printed,
    /// A boolean, or a text that says one.
    Flag,
    /// A whole number from the first to the second, or a text that says one.
    Whole(i64, i64),
    /// A number, or a text that says one.
    Number,
    /// A count of devices: a whole number, -1 for `all`.
    Count,
    /// Bytes, as a text of digits; `64m` is taken, too.
    Bytes,
    /// A duration, in the form `1m30s`.
    Duration,
    /// Bits of a file mode, as an octal text.
    Mode,
    /// A number whose text may be octal (`022`, `0o22`).
    Octal,
    /// One text, or a list of texts; becomes a list.
    Texts,
    /// Words of a command, or a text that is split as a shell would.
    Command,
    /// The test of a health check; a text is for the shell.
    Test,
    /// A list of items of this shape.
    List(&'static Shape),
    /// The same; equal items are refused.
    Distinct(&'static Shape),
    /// Keys of any name, all with values of this shape.
    Map(&'static Shape),
    /// Keys that are names of resources, all with values of this shape.
    Named(&'static Shape),
    /// Keys and texts, or a list of `key=text`.
    Pairs(pairs::Kind),
    /// These keys, and those that begin with `x-`.
    Object(&'static [&'static [Key]]),
    /// This shape; a text stands for a mapping with the text under this key.
    Under(&'static str, &'static Shape),
    /// This shape, once the function has made the long form of a short one.
    Long(fn(&mut Value), &'static Shape),
    /// The same, where the short form can be wrong.
    Parsed(fn(&mut Value) -> Result<(), Fault>, &'static Shape),
    /// The second shape for a mapping, the first for anything else.
    Either(&'static Shape, &'static Shape),
    /// Null, or this shape.
    OrNull(&'static Shape),
}

/// A key of an object: name, shape, and whether it may be missing.
struct Key {
    name: &'static str,
    shape: Shape,
    required: bool,
}

/// A key that may be missing.
const fn key(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, required: false }
}

/// A key that may not be missing.
const fn required(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, required: true }
}

/// A whole number of any size.
const WHOLE: Shape = Shape::Whole(i64::MIN, i64::MAX);
/// A whole number from 0.
const COUNT: Shape = Shape::Whole(0, i64::MAX);
/// A list of texts.
const LIST: Shape = Shape::List(&Shape::Text);
/// A list of texts that differ.
const DISTINCT: Shape = Shape::Distinct(&Shape::Text);
/// Options of a driver.
const OPTIONS: Shape = Shape::Pairs(pairs::Kind::Options);
/// Labels and what is written like them.
const LABELS: Shape = Shape::Pairs(pairs::Kind::Filled);
/// Variables: those without a text take it from the environment.
const VARIABLES: Shape = Shape::Pairs(pairs::Kind::Open);

#[rustfmt::skip] // one key a line, whatever its width
static PROJECT: Shape = Shape::Object(&[&[
    key("services", Shape::Named(&service::SERVICE)),
    key("jobs",     Shape::Named(&service::JOB)),
    key("networks", Shape::Named(&Shape::OrNull(&resource::NETWORK))),
    key("volumes",  Shape::Named(&Shape::OrNull(&resource::VOLUME))),
    key("secrets",  Shape::Named(&resource::SECRET)),
    key("configs",  Shape::Named(&resource::CONFIG)),
    key("models",   Shape::Named(&resource::MODEL)),
    key("include",  Shape::Any), // read by the loader
    key("name",     Shape::Text),
    key("version",  Shape::Any), // long without meaning
]]);

/// A fault here.
fn fault(message: impl Into<String>) -> Fault {
    Fault { path: Vec::new(), message: message.into() }
}

/// The same fault, seen from one level up.
fn under(key: impl Into<String>) -> impl FnOnce(Fault) -> Fault {
    move |mut fault| {
        fault.path.insert(0, key.into());
        fault
    }
}

#[cfg(test)]
mod tests;

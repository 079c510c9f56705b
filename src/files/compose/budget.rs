//! How much of the machine one project may take: files that include each other, or services that extend a large one
//! again and again, are small on disk and endless in memory.

use std::cell::Cell;

use serde_json::Value;

const MOST_FILES: usize = 1_000;
const MOST_BYTES: usize = 256 << 20;
const MOST_WEIGHT: usize = 64 << 20;
/// What a value weighs besides its text.
const VALUE: usize = 64;

/// What is used up so far.
#[derive(Default)]
pub(super) struct Budget {
    files: Cell<usize>,
    bytes: Cell<usize>,
    weight: Cell<usize>,
}

impl Budget {
    /// One more file was read.
    pub(super) fn file(&self, bytes: usize) -> Result<(), String> {
        spend(&self.files, 1, MOST_FILES, "more than 1000 files are read for one project")?;
        spend(&self.bytes, bytes, MOST_BYTES, "the files of the project have more than 256 MiB")
    }

    /// One more value is held, with a text of so many bytes.
    pub(super) fn value(&self, text: usize) -> Result<(), String> {
        let message =
            "the project is larger than 64 MiB when its aliases and its extends are resolved";
        spend(&self.weight, VALUE + text, MOST_WEIGHT, message)
    }

    /// A value is copied with all that it holds.
    pub(super) fn copy(&self, value: &Value) -> Result<(), String> {
        match value {
            Value::String(text) => self.value(text.len()),
            Value::Array(items) => {
                self.value(0)?;
                items.iter().try_for_each(|item| self.copy(item))
            }
            Value::Object(entries) => {
                self.value(0)?;
                entries.iter().try_for_each(|(key, value)| {
                    self.value(key.len())?;
                    self.copy(value)
                })
            }
            _ => self.value(0),
        }
    }
}

fn spend(used: &Cell<usize>, more: usize, most: usize, message: &str) -> Result<(), String> {
    used.set(used.get().saturating_add(more));
    if used.get() > most { Err(message.to_owned()) } else { Ok(()) }
}

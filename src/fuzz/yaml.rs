//! YAML as a tree.

use serde_json::{Map, Value};

use super::Lines;
use crate::files::yaml::{self, Content, Node};

/// Words of YAML.
pub const WORDS: &[&str] = &[
    "a: ",
    "- ",
    "? ",
    ": ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\n",
    "  ",
    "&a ",
    "*a",
    "<<: *a\n",
    "!!int ",
    "!!str ",
    "!x ",
    "!reset ",
    "|\n",
    ">-\n",
    "\"",
    "'",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "%TAG ! a\n",
    "# c\n",
    "0x1f",
    "0o17",
    "1_000",
    ".inf",
    "2001-01-01",
    "2001-01-01T00:00:00Z",
    "~",
    "null",
    "true",
    "\\u0041",
    "\\x",
    "\t",
    "&a [*a]",
    "- - - - ",
    "a: {<<: [*a, *a]}\n",
    "\u{feff}",
    "[[[[",
    "{a: {a: ",
];

/// Reads the documents.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let lines = Lines::of(&text);
    let documents = match yaml::parse(&text) {
        Ok(documents) => documents,
        Err(flaw) => {
            assert!(!flaw.message.is_empty());
            return lines.check(flaw.line);
        }
    };
    for document in &documents {
        lines.check(document.line);
        let way: Vec<String> = ["a", "0", "a", "1"].map(str::to_owned).to_vec();
        let place = document.place(&way);
        assert!(place.steps <= way.len());
        lines.check(place.line);
        for entry in document.entries() {
            lines.check(entry.line);
        }
        let mut left = 10_000;
        if let Some(value) = value(document, &mut left) {
            let written = format!("{value:#}");
            let again = yaml::parse(&written).unwrap_or_else(|flaw| panic!("{flaw}: {written}"));
            assert_eq!(again.len(), 1);
            assert_eq!(self::value(&again[0], &mut 10_000).as_ref(), Some(&value), "{written}");
        }
    }
}

/// The plain value of a small tree without merges.
fn value(node: &Node, left: &mut usize) -> Option<Value> {
    *left = left.checked_sub(1)?;
    Some(match &node.content {
        Content::Scalar(scalar) => scalar.clone(),
        Content::Sequence(items) => {
            Value::Array(items.iter().map(|item| value(item, left)).collect::<Option<_>>()?)
        }
        Content::Mapping(entries) => {
            let mut object = Map::new();
            for entry in entries {
                // YAML takes no longer keys without a mark before them
                if entry.merged || entry.key.len() > 100 {
                    return None;
                }
                object.insert(entry.key.clone(), value(&entry.value, left)?);
            }
            Value::Object(object)
        }
    })
}

//! `daemon.json`, the configuration file of `dockerd`: each key with its value and line.
//! It must not know which keys mean what.

use std::fmt;

use serde_json::Value;
use serde_json::value::RawValue;

use super::object::Entries;

/// Objects under these keys are values; the keys of any other object are settings themselves, as `proxies` has them.
const WHOLE: [&str; 8] = [
    "builder",
    "cluster-store-opts",
    "default-network-opts",
    "default-ulimits",
    "features",
    "log-opts",
    "nri-opts",
    "runtimes",
];

/// A key of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key, without that of an object around it.
    pub key: String,
    /// Its value.
    pub value: Value,
    /// The line on which the key ends, counted from 1.
    pub line: usize,
}

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// In words.
    pub problem: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1.
    pub column: usize,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.problem)
    }
}

/// The keys in the order of the file. Of a key that is there twice, the engine takes the last one; both are told.
///
/// # Errors
/// The text is not a JSON object. An empty one is: it sets nothing.
pub fn parse(text: &str) -> Result<Vec<Entry>, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let Entries(raw) = serde_json::from_str(text).map_err(|error| problem(&error))?;
    let mut lines = Lines { text, at: 0, line: 1 };
    let mut entries = Vec::new();
    for (key, value) in raw {
        push(&mut lines, key, value, &mut entries)?;
    }
    Ok(entries)
}

fn push(
    lines: &mut Lines<'_>,
    key: String,
    raw: &RawValue,
    entries: &mut Vec<Entry>,
) -> Result<(), Problem> {
    if raw.get().starts_with('{') && !WHOLE.contains(&key.as_str()) {
        let Entries(inner) = serde_json::from_str(raw.get()).map_err(|error| problem(&error))?;
        for (key, raw) in inner {
            let value = serde_json::from_str(raw.get()).map_err(|error| problem(&error))?;
            entries.push(Entry { key, value, line: lines.of_key(raw) });
        }
        return Ok(());
    }
    let value = serde_json::from_str(raw.get()).map_err(|error| problem(&error))?;
    entries.push(Entry { key, value, line: lines.of_key(raw) });
    Ok(())
}

/// Counts lines up to one key after the other.
struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    /// The value is a slice of the text; before it are spaces, a colon, spaces and the key.
    fn of_key(&mut self, raw: &RawValue) -> usize {
        let start = raw.get().as_ptr().addr() - self.text.as_ptr().addr();
        let between = &self.text[self.at..start];
        let to_key = between.trim_end().trim_end_matches(':').trim_end();
        self.at += to_key.len();
        self.line += to_key.matches('\n').count();
        self.line
    }
}

fn problem(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line().max(1), error.column().max(1));
    let words = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    Problem { problem: words.strip_suffix(&place).unwrap_or(&words).to_owned(), line, column }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_have_values_and_lines() {
        let text = "\u{feff}{\n  \"icc\": false,\n  \"hosts\"\n :\n  [\"fd://\"],\n  \"log-opts\": {\n    \"max-size\": \"1m\"\n  }, \"mtu\": 1400\n}\n";
        let entries = parse(text).unwrap();
        let shown: Vec<_> =
            entries.iter().map(|entry| (entry.key.as_str(), &entry.value, entry.line)).collect();
        assert_eq!(
            shown,
            [
                ("icc", &json!(false), 2),
                ("hosts", &json!(["fd://"]), 3),
                ("log-opts", &json!({"max-size": "1m"}), 6),
                ("mtu", &json!(1400), 8),
            ]
        );
    }

    #[test]
    fn keys_of_an_object_that_is_no_value_are_settings() {
        let entries =
            parse("{\"proxies\": {\n\"http-proxy\": \"http://p\"}, \"icc\": true}").unwrap();
        assert_eq!(entries[0].key, "http-proxy");
        assert_eq!(entries[0].line, 2);
        assert_eq!(entries[1].key, "icc");
    }

    #[test]
    fn a_doubled_key_is_told_twice() {
        let entries = parse("{\"icc\": true,\n\"icc\": false}").unwrap();
        let lines: Vec<usize> = entries.iter().map(|entry| entry.line).collect();
        assert_eq!(lines, [1, 2]);
    }

    #[test]
    fn an_empty_file_sets_nothing() {
        for text in ["", " \n", "\u{feff}", "{}"] {
            assert_eq!(parse(text), Ok(Vec::new()), "{text:?}");
        }
    }

    #[test]
    fn a_problem_has_a_place() {
        for (text, line, column) in [
            ("{\n  \"icc\": false,\n}", 3, 1),
            ("{\n  \"icc\" false\n}", 2, 9),
            ("[]", 1, 1),
            ("7", 1, 1),
            ("{\"a\": 1} x", 1, 10),
            ("{", 1, 1),
        ] {
            let problem = parse(text).expect_err(text);
            assert_eq!((problem.line, problem.column), (line, column), "{text}: {problem}");
            assert!(!problem.problem.contains(" at line "), "{problem}");
        }
    }
}

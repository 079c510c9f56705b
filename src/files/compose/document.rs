//! From the YAML of one document to its value: aliases and merges resolved, variables replaced, `!reset` and
//! `!override` noted. It must not know what the keys mean.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::budget::Budget;
use super::interpolate::interpolate;
use crate::files::yaml::{Content, Flaw, Node, shortened};

/// Keys and indexes from the root to a value.
pub(super) type Way = Vec<String>;

/// A document.
#[derive(Debug)]
pub(super) struct Document {
    /// What it says.
    pub(super) value: Value,
    /// What it takes away from the documents it is merged into.
    pub(super) resets: Resets,
}

/// The places that `!reset` and `!override` mark.
#[derive(Debug, Clone, Default)]
pub(super) struct Resets(BTreeSet<Way>);

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// A text that cannot be interpolated, or aliases that never end.
    pub(super) fn read(
        root: &Node,
        variable: &dyn Fn(&str) -> Option<String>,
        budget: &Budget,
    ) -> Result<Self, Flaw> {
        let mut reader = Reader { variable, budget, way: Vec::new(), resets: BTreeSet::new() };
        let value = reader.value(root)?.unwrap_or_default();
        Ok(Self { value, resets: Resets(reader.resets) })
    }
}

impl Resets {
    /// Takes the marked values out of a value that stands at this place.
    pub(super) fn apply(&self, place: &[&str], value: &mut Value) {
        let place: Way = place.iter().map(|&key| key.to_owned()).collect();
        let from_place = self.0.range(place.clone()..);
        for way in from_place.take_while(|way| way.starts_with(&place)) {
            remove(value, &way[place.len()..]);
        }
    }
}

/// A message with the keys that lead to what it is about.
pub(super) fn at(way: &[String], message: &str) -> String {
    if way.is_empty() {
        return message.to_owned();
    }
    let keys: Vec<String> = way.iter().map(|key| shortened(key)).collect();
    format!("{}: {message}", keys.join("."))
}

fn remove(value: &mut Value, way: &[String]) {
    let (Value::Object(entries), [key, rest @ ..]) = (value, way) else { return };
    if rest.is_empty() {
        entries.remove(key);
    } else if let Some(inner) = entries.get_mut(key) {
        remove(inner, rest);
    }
}

struct Reader<'r> {
    variable: &'r dyn Fn(&str) -> Option<String>,
    budget: &'r Budget,
    way: Way,
    resets: BTreeSet<Way>,
}

impl Reader<'_> {
    /// The value; none if it is marked to be taken away.
    fn value(&mut self, node: &Node) -> Result<Option<Value>, Flaw> {
        match node.tag.as_deref() {
            Some("!reset") => {
                self.resets.insert(self.way.clone());
                return Ok(None);
            }
            Some("!override") => {
                self.resets.insert(self.way.clone());
            }
            _ => {}
        }
        let value = match &node.content {
            Content::Scalar(Value::String(text)) => {
                let text =
                    interpolate(text, self.variable).map_err(|error| self.flaw(node, &error))?;
                self.spend(node, text.len())?;
                Value::String(text)
            }
            Content::Scalar(scalar) => {
                self.spend(node, 0)?;
                scalar.clone()
            }
            Content::Sequence(items) => {
                self.spend(node, 0)?;
                let mut values = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    self.way.push(index.to_string());
                    values.extend(self.value(item)?);
                    self.way.pop();
                }
                Value::Array(values)
            }
            Content::Mapping(_) => {
                let mut entries = Map::new();
                self.entries(node, &mut entries)?;
                Value::Object(entries)
            }
        };
        Ok(Some(value))
    }

    /// Adds the entries of a mapping, then those it merges, where there are none yet.
    fn entries(&mut self, node: &Node, into: &mut Map<String, Value>) -> Result<(), Flaw> {
        self.spend(node, 0)?;
        let Content::Mapping(entries) = &node.content else { return Ok(()) };
        for entry in entries.iter().filter(|entry| !entry.merged) {
            self.spend(node, entry.key.len())?;
            if into.contains_key(&entry.key) {
                continue;
            }
            self.way.push(entry.key.clone());
            if let Some(value) = self.value(&entry.value)? {
                into.insert(entry.key.clone(), value);
            }
            self.way.pop();
        }
        for entry in entries.iter().filter(|entry| entry.merged) {
            for merged in entry.value.mappings() {
                self.entries(merged, into)?;
            }
        }
        Ok(())
    }

    fn spend(&self, node: &Node, text: usize) -> Result<(), Flaw> {
        self.budget.value(text).map_err(|error| self.flaw(node, &error))
    }

    fn flaw(&self, node: &Node, message: &str) -> Flaw {
        let message = at(&self.way, message);
        Flaw { line: node.line, column: node.column, message }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::files::yaml;

    fn read(text: &str) -> Result<Document, String> {
        let documents = yaml::parse(text).map_err(|flaw| flaw.to_string())?;
        let variable = |name: &str| (name == "PORT").then(|| "80".to_owned());
        Document::read(&documents[0], &variable, &Budget::default())
            .map_err(|flaw| flaw.to_string())
    }

    #[test]
    fn values_come_out_of_the_tree() {
        for (text, expected) in [
            (
                "a: ${PORT}\nb: 80\nc: '${PORT}:$$'\n$PORT: x",
                json!({"a": "80", "b": 80, "c": "80:$", "$PORT": "x"}),
            ),
            (
                "x: &x {a: 1, b: [2]}\ny: *x",
                json!({"x": {"a": 1, "b": [2]}, "y": {"a": 1, "b": [2]}}),
            ),
            (
                "x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}",
                json!({"x": {"a": 1, "b": 2}, "y": {"a": 1, "b": 3}}),
            ),
            (
                "x: &x {a: 1}\ny: {<<: [{a: 0}, *x], c: 3}",
                json!({"x": {"a": 1}, "y": {"a": 0, "c": 3}}),
            ),
            (
                "x: &x {a: 1}\ny: &y {<<: *x, b: 2}\nz: {<<: *y}",
                json!({"x": {"a": 1}, "y": {"a": 1, "b": 2}, "z": {"a": 1, "b": 2}}),
            ),
            ("x: &x {<<: {a: 1}}\ny: {'<<': 1}", json!({"x": {"a": 1}, "y": {"<<": 1}})),
        ] {
            assert_eq!(read(text).unwrap().value, expected, "{text}");
        }
    }

    #[test]
    fn resets_take_away() {
        let document = read(
            "x: &x {p: !reset null}\na: {b: !reset [], c: !override [1], d: 2, l: [1, !reset 2, 3]}\ny: {<<: *x}\nz: *x",
        )
        .unwrap();
        assert_eq!(
            document.value,
            json!({"x": {}, "a": {"c": [1], "d": 2, "l": [1, 3]}, "y": {}, "z": {}})
        );
        let mut base = json!({"a": {"b": 1, "c": 2, "d": 3, "l": [7, 8, 9]}, "y": {"p": 1}, "z": {"p": 1, "q": 2}});
        document.resets.apply(&[], &mut base);
        assert_eq!(base, json!({"a": {"d": 3, "l": [7, 8, 9]}, "y": {}, "z": {"q": 2}}));
        let mut inner = json!({"b": 1, "c": 2, "d": 3});
        document.resets.apply(&["a"], &mut inner);
        assert_eq!(inner, json!({"d": 3}));
    }

    #[test]
    fn errors_name_the_way_and_the_place() {
        assert_eq!(
            read("a:\n  b: [1, '${X:?set X}']").unwrap_err(),
            "2:10: a.b.1: required variable X is missing a value: set X"
        );
        let chain = |link: fn(usize) -> String| (1..40).map(link).collect::<Vec<_>>().concat();
        let bomb = chain(|at| format!("k{at}: &k{at} [*k{0}, *k{0}, *k{0}]\n", at - 1));
        let error = read(&format!("k0: &k0 x\n{bomb}")).unwrap_err();
        assert!(error.contains("64 MiB"), "{error}");
        let bomb = chain(|at| format!("k{at}: &k{at} {{<<: [*k{0}, *k{0}]}}\n", at - 1));
        let error = read(&format!("k0: &k0 {{a: 1}}\n{bomb}")).unwrap_err();
        assert!(error.contains("64 MiB"), "{error}");
    }
}

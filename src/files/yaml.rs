//! YAML as a tree in which every value knows its line and column.
//! It must not know what a document is about: foreign tags are kept, not obeyed. Text that is made to exhaust memory,
//! stack or time is refused.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};
use serde_json::Value;

mod scalar;

/// Values in all documents of a text.
const MOST_VALUES: usize = 100_000;
/// Documents in a text.
const MOST_DOCUMENTS: usize = 100;
/// Levels below the root.
const DEEPEST: usize = 100;
/// Merged mappings that are searched for one key.
const MOST_MERGES: usize = 10_000;
/// Commas and opening brackets in a text: a flow collection is held as a whole before its first value is known.
const MOST_INDICATORS: usize = 1_000_000;

/// A value and where it starts.
#[derive(Debug)]
pub struct Node {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// A tag that is not YAML's own, such as `!reset`.
    pub tag: Option<String>,
    /// The value.
    pub content: Content,
    /// Levels below, those of aliases included.
    height: usize,
}

/// A value.
#[derive(Debug)]
pub enum Content {
    /// Text, number, true, false or null.
    Scalar(Value),
    /// A list.
    Sequence(Vec<Rc<Node>>),
    /// A mapping, in the order of the text.
    Mapping(Vec<Entry>),
}

/// A key, where it starts, and its value.
#[derive(Debug)]
pub struct Entry {
    /// The key; `<<` of a merge.
    pub key: String,
    /// Line of the key, from 1.
    pub line: usize,
    /// Column of the key, from 1.
    pub column: usize,
    /// Whether the value is a mapping, or a list of mappings, whose entries count as this mapping's own unless it has
    /// such keys itself.
    pub merged: bool,
    /// The value.
    pub value: Rc<Node>,
}

/// Why a text is not YAML, or not YAML that is accepted here.
#[derive(Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// A place on the way to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// How many steps of the way led here.
    pub steps: usize,
}

/// The documents of a text; none if it has only comments and blanks.
pub fn parse(text: &str) -> Result<Vec<Rc<Node>>, Flaw> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let indicators = text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
    if indicators > MOST_INDICATORS {
        return Err(Flaw {
            line: 1,
            column: 1,
            message: format!("more than {MOST_INDICATORS} commas and brackets"),
        });
    }
    let mut reader =
        Reader { events: Parser::new_from_str(text), anchors: HashMap::new(), values: 0 };
    let mut documents = Vec::new();
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => return Ok(documents),
            (Event::DocumentStart(_), span) => {
                if documents.len() == MOST_DOCUMENTS {
                    return Err(flaw(&span, format!("more than {MOST_DOCUMENTS} documents")));
                }
                reader.anchors.clear();
                let first = reader.next()?;
                documents.push(reader.node(first, 0)?);
            }
            _ => {}
        }
    }
}

impl Node {
    /// The place of the value at the end of a way of keys and indexes, or of the last value on the way that is there.
    /// A key is also found in a list of `KEY=value`.
    pub fn place(&self, way: &[String]) -> Place {
        let mut place = Place { line: self.line, column: self.column, steps: 0 };
        let mut node = self;
        for (step, key) in way.iter().enumerate() {
            let (line, column, next) = match &node.content {
                Content::Scalar(_) => break,
                Content::Sequence(items) => {
                    let Some(item) = find_item(items, key) else { break };
                    (item.line, item.column, item)
                }
                Content::Mapping(_) => {
                    let Some(entry) = node.entry(key) else { break };
                    (entry.line, entry.column, &entry.value)
                }
            };
            place = Place { line, column, steps: step + 1 };
            node = next;
        }
        place
    }

    /// The entry of a mapping with this key, its own or a merged one.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.search(key, &mut 0)
    }

    /// The entries of a mapping, its own before merged ones, each mapping merged once.
    pub fn entries(&self) -> Vec<&Entry> {
        let mut found = Vec::new();
        let mut mappings = vec![self];
        let mut merged = HashSet::new();
        while let Some(node) = mappings.pop() {
            let Content::Mapping(entries) = &node.content else { continue };
            found.extend(entries.iter().filter(|entry| !entry.merged));
            let others = entries.iter().filter(|entry| entry.merged);
            let others = others.flat_map(|entry| entry.value.mappings());
            mappings.extend(others.filter(|other| merged.insert(std::ptr::from_ref(*other))));
        }
        found
    }

    fn search(&self, key: &str, merges: &mut usize) -> Option<&Entry> {
        let Content::Mapping(entries) = &self.content else { return None };
        let own = entries.iter().find(|entry| !entry.merged && entry.key == key);
        *merges += 1;
        if own.is_some() || *merges > MOST_MERGES {
            return own; // mappings that merge others twice over have no end
        }
        let others = entries.iter().filter(|entry| entry.merged);
        others.flat_map(|entry| entry.value.mappings()).find_map(|other| other.search(key, merges))
    }

    fn height_of(content: &Content) -> usize {
        match content {
            Content::Scalar(_) => 0,
            Content::Sequence(items) => {
                items.iter().map(|item| item.height + 1).max().unwrap_or_default()
            }
            Content::Mapping(entries) => {
                entries.iter().map(|entry| entry.value.height + 1).max().unwrap_or_default()
            }
        }
    }

    /// The mappings that a merge of this value brings in, the weightiest first.
    pub fn mappings(&self) -> Vec<&Node> {
        match &self.content {
            Content::Sequence(items) => items.iter().map(Rc::as_ref).collect(),
            _ => vec![self],
        }
    }

    fn can_be_merged(&self) -> bool {
        let is_mapping = |node: &Node| matches!(node.content, Content::Mapping(_));
        match &self.content {
            Content::Mapping(_) => true,
            Content::Sequence(items) => items.iter().all(|item| is_mapping(item)),
            Content::Scalar(_) => false,
        }
    }
}

fn find_item<'n>(items: &'n [Rc<Node>], key: &str) -> Option<&'n Rc<Node>> {
    if let Ok(index) = key.trim_matches(['[', ']']).parse::<usize>() {
        return items.get(index);
    }
    items.iter().find(|item| match &item.content {
        Content::Scalar(Value::String(text)) => {
            text.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        }
        _ => false,
    })
}

/// A text that may be of any length, for an error.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(100) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn flaw(span: &Span, message: impl Into<String>) -> Flaw {
    Flaw { line: span.start.line(), column: span.start.col() + 1, message: message.into() }
}

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    /// The value of each anchor, known once it is complete.
    anchors: HashMap<usize, Rc<Node>>,
    /// How many values were read.
    values: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Flaw> {
        match self.events.next() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(Flaw {
                line: error.marker().line(),
                column: error.marker().col() + 1,
                message: error.info().to_owned(),
            }),
            None => Err(Flaw { line: 1, column: 1, message: "it ends too early".to_owned() }),
        }
    }

    fn node(&mut self, (event, span): (Event<'a>, Span), depth: usize) -> Result<Rc<Node>, Flaw> {
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(flaw(&span, format!("more than {MOST_VALUES} values")));
        }
        if depth > DEEPEST {
            return Err(flaw(&span, format!("nested deeper than {DEEPEST} levels")));
        }
        let (anchor, tag, content) = match event {
            Event::Alias(anchor) => return self.alias(anchor, &span),
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                let value = scalar::value(&text, plain, tag.as_deref())
                    .map_err(|message| flaw(&span, message))?;
                (anchor, tag, Content::Scalar(value))
            }
            Event::SequenceStart(anchor, tag) => {
                (anchor, tag, Content::Sequence(self.sequence(depth)?))
            }
            Event::MappingStart(anchor, tag) => {
                (anchor, tag, Content::Mapping(self.mapping(depth)?))
            }
            _ => return Err(flaw(&span, "a value is missing")),
        };
        let height = Node::height_of(&content);
        if depth + height > DEEPEST {
            return Err(flaw(&span, format!("nested deeper than {DEEPEST} levels")));
        }
        let node = Rc::new(Node {
            height,
            line: span.start.line(),
            column: span.start.col() + 1,
            tag: tag.as_deref().filter(|tag| !tag.is_yaml_core_schema()).map(Tag::to_string),
            content,
        });
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        Ok(node)
    }

    fn alias(&self, anchor: usize, span: &Span) -> Result<Rc<Node>, Flaw> {
        self.anchors
            .get(&anchor)
            .cloned()
            .ok_or_else(|| flaw(span, "the alias is inside its own anchor, or in another document"))
    }

    fn sequence(&mut self, depth: usize) -> Result<Vec<Rc<Node>>, Flaw> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                next => items.push(self.node(next, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Vec<Entry>, Flaw> {
        let mut entries = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(entries);
            }
            let merged = matches!(
                &event,
                Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<"
            );
            let key = self.key((event, span), depth)?;
            let line = span.start.line();
            if let Some(first) = known.insert(key.clone(), line) {
                return Err(flaw(
                    &span,
                    format!("mapping key {:?} already defined at line {first}", shortened(&key)),
                ));
            }
            let next = self.next()?;
            let value = self.node(next, depth + 1)?;
            if merged && !value.can_be_merged() {
                return Err(flaw(&span, "only a mapping or a list of mappings can be merged"));
            }
            entries.push(Entry { key, line, column: span.start.col() + 1, merged, value });
        }
    }

    fn key(&mut self, (event, span): (Event<'a>, Span), depth: usize) -> Result<String, Flaw> {
        let written = match &event {
            Event::Scalar(text, ..) => Some(text.clone()),
            _ => None,
        };
        let key = self.node((event, span), depth + 1)?;
        self.values -= 1; // a key is no value
        match &key.content {
            // a date is printed otherwise than it is written
            Content::Scalar(Value::String(key)) if written.is_none_or(|text| text == *key) => {
                Ok(key.clone())
            }
            Content::Scalar(other) => {
                Err(flaw(&span, format!("the key {other} is no text: put it in quotes")))
            }
            _ => Err(flaw(&span, "a key must be a text")),
        }
    }
}

#[cfg(test)]
mod tests;

//! Conditions of a `where` clause, compared as PostgreSQL compares them.
//! What is not understood is neither true nor false: the row stays and Postgres decides.

use super::{Cell, Timestamp};

/// How a column is compared with a value; written as on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`, or `in` with a list.
    Equal,
    /// `<>`, or `not in` with a list.
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `~~`, `like`
    Like,
    /// `!~~`, `not like`
    NotLike,
    /// `~~*`, `ilike`
    LikeAnyCase,
    /// `!~~*`, `not ilike`
    NotLikeAnyCase,
    /// `is null`
    IsNull,
    /// `is not null`
    IsNotNull,
    /// Anything else: never decides.
    Other,
}

impl Operator {
    /// Reads the operator as hosts send it.
    pub fn parse(text: &str) -> Self {
        match text {
            "=" => Self::Equal,
            "<>" | "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            "~~" => Self::Like,
            "!~~" => Self::NotLike,
            "~~*" => Self::LikeAnyCase,
            "!~~*" => Self::NotLikeAnyCase,
            "is null" => Self::IsNull,
            "is not null" => Self::IsNotNull,
            _ => Self::Other,
        }
    }
}

/// The right side of a condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// An integer.
    Int(i64),
    /// A double.
    Double(f64),
    /// A boolean.
    Bool(bool),
    /// A moment.
    Timestamp(Timestamp),
    /// Alternatives, of `in`.
    List(Vec<Value>),
    /// Unset, or of a kind that is not compared here.
    Unknown,
}

/// One condition on one column; all conditions of a query hold together.
#[derive(Debug, Clone, PartialEq)]
pub struct Qual {
    /// The column's name.
    pub column: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub value: Value,
}

impl Qual {
    /// Whether the value satisfies the condition, or `None` if only Postgres can tell.
    pub fn matches(&self, cell: &Cell) -> Option<bool> {
        match (self.operator, cell) {
            (Operator::Other, _) => None,
            (Operator::IsNull, cell) => Some(*cell == Cell::Null),
            (Operator::IsNotNull, cell) => Some(*cell != Cell::Null),
            // `c is not true` arrives as `c <> true`, and keeps NULL
            (Operator::NotEqual, Cell::Null) if matches!(self.value, Value::Bool(_)) => None,
            // `= any` and `= all` of nothing differ, and hosts do not tell which it was
            _ if matches!(&self.value, Value::List(values) if values.is_empty()) => None,
            (_, Cell::Null) if self.understood() => Some(false),
            (Operator::Equal, cell) => equals(cell, &self.value),
            // `not in`; `<> any` of a list, which nobody writes, arrives the same way
            (Operator::NotEqual, cell) => equals(cell, &self.value).map(|equal| !equal),
            (operator, Cell::Text(text)) => {
                let Value::Text(pattern) = &self.value else { return None };
                match operator {
                    Operator::Like => like(text, pattern),
                    Operator::NotLike => like(text, pattern).map(|like| !like),
                    // beyond ASCII, case is the database's locale's
                    Operator::LikeAnyCase | Operator::NotLikeAnyCase
                        if !text.is_ascii() || !pattern.is_ascii() =>
                    {
                        None
                    }
                    Operator::LikeAnyCase => {
                        like(&text.to_ascii_lowercase(), &pattern.to_ascii_lowercase())
                    }
                    Operator::NotLikeAnyCase => {
                        like(&text.to_ascii_lowercase(), &pattern.to_ascii_lowercase())
                            .map(|like| !like)
                    }
                    // the order of texts is the database's collation, which is unknown here
                    _ => None,
                }
            }
            (operator, cell) => {
                let order = match (cell, &self.value) {
                    (Cell::Int(left), Value::Int(right)) => left.cmp(right),
                    (Cell::Timestamp(left), Value::Timestamp(right)) => {
                        micros(*left).cmp(&micros(*right))
                    }
                    _ => return None,
                };
                match operator {
                    Operator::Less => Some(order.is_lt()),
                    Operator::LessOrEqual => Some(order.is_le()),
                    Operator::Greater => Some(order.is_gt()),
                    Operator::GreaterOrEqual => Some(order.is_ge()),
                    _ => None,
                }
            }
        }
    }

    /// The texts that the column must be one of, if the condition says so.
    pub(crate) fn texts(&self) -> Option<Vec<&str>> {
        match (self.operator, &self.value) {
            (Operator::Equal, Value::Text(text)) => Some(vec![text]),
            (Operator::Equal, Value::List(_)) => {
                let mut texts = Vec::new();
                collect(&self.value, &mut texts)?;
                Some(texts)
            }
            _ => None,
        }
    }

    /// True if the condition leaves out all but some values: an equality or a bound with a value.
    pub(crate) fn narrows(&self) -> bool {
        let bounds = matches!(
            self.operator,
            Operator::Equal
                | Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual
        );
        bounds && self.understood()
    }

    fn understood(&self) -> bool {
        fn known(value: &Value) -> bool {
            match value {
                Value::Unknown => false,
                Value::List(values) => values.iter().all(known),
                _ => true,
            }
        }
        known(&self.value)
    }
}

/// Whether a text satisfies all conditions on it; `None` if one cannot be decided here.
pub fn matches_text<'q>(text: &str, quals: impl IntoIterator<Item = &'q Qual>) -> Option<bool> {
    let cell = Cell::Text(text.to_owned());
    let mut decided = Some(true);
    for qual in quals {
        match qual.matches(&cell) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => decided = None,
        }
    }
    decided
}

/// Members of `c = a or c in (…)` that were lists arrive as nested lists.
fn collect<'v>(value: &'v Value, texts: &mut Vec<&'v str>) -> Option<()> {
    match value {
        Value::Text(text) => texts.push(text),
        Value::List(values) => values.iter().try_for_each(|value| collect(value, texts))?,
        _ => return None,
    }
    Some(())
}

fn equals(cell: &Cell, value: &Value) -> Option<bool> {
    match (cell, value) {
        (cell, Value::List(values)) => {
            let mut decided = Some(false);
            for value in values {
                match equals(cell, value) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => decided = None,
                }
            }
            decided
        }
        (Cell::Text(left), Value::Text(right)) => Some(left == right),
        (Cell::Int(left), Value::Int(right)) => Some(left == right),
        (Cell::Bool(left), Value::Bool(right)) => Some(left == right),
        (Cell::Timestamp(left), Value::Timestamp(right)) => Some(micros(*left) == micros(*right)),
        _ => None,
    }
}

/// What PostgreSQL keeps of a moment.
fn micros(at: Timestamp) -> (i64, i32) {
    (at.seconds, at.nanos / 1000)
}

/// The largest product of text and pattern that is compared here, in bytes: it takes so many steps.
const MOST_STEPS: usize = 1 << 20;

/// SQL `like`: `%` is any text, `_` one character, `\` takes the next one literally. `None` if the pattern, whatever
/// the text, is one that PostgreSQL refuses, or if both are too long to be compared here.
pub(super) fn like(text: &str, pattern: &str) -> Option<bool> {
    if text.len().saturating_mul(pattern.len()) > MOST_STEPS {
        return None;
    }
    let pattern = parse_pattern(pattern)?;
    let text: Vec<char> = text.chars().collect();
    // the usual two-pointer match: on a mismatch, let the last `%` take one more character
    let (mut at, mut step, mut retry) = (0, 0, None);
    while at < text.len() {
        match pattern.get(step) {
            Some(Part::Any) => {
                retry = Some((at, step));
                step += 1;
            }
            Some(Part::One) => {
                at += 1;
                step += 1;
            }
            Some(Part::Literal(character)) if *character == text[at] => {
                at += 1;
                step += 1;
            }
            _ => match &mut retry {
                Some((from, any)) => {
                    *from += 1;
                    at = *from;
                    step = *any + 1;
                }
                None => return Some(false),
            },
        }
    }
    Some(pattern[step..].iter().all(|part| matches!(part, Part::Any)))
}

enum Part {
    Any,
    One,
    Literal(char),
}

/// `None` if the pattern ends in a lone `\`, which PostgreSQL refuses.
fn parse_pattern(pattern: &str) -> Option<Vec<Part>> {
    let mut characters = pattern.chars();
    let mut parts = Vec::new();
    while let Some(character) = characters.next() {
        parts.push(match character {
            '%' => Part::Any,
            '_' => Part::One,
            '\\' => Part::Literal(characters.next()?),
            other => Part::Literal(other),
        });
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(operator: &str, value: Value, cell: &Cell) -> Option<bool> {
        Qual { column: "c".into(), operator: Operator::parse(operator), value }.matches(cell)
    }

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    fn cell(text: &str) -> Cell {
        Cell::Text(text.into())
    }

    #[test]
    fn texts_compare_byte_by_byte() {
        assert_eq!(matches("=", text("a"), &cell("a")), Some(true));
        assert_eq!(matches("=", text("a"), &cell("A")), Some(false));
        assert_eq!(matches("<>", text("a"), &cell("A")), Some(true));
        assert_eq!(matches("<", text("a"), &cell("A")), None);
    }

    #[test]
    fn lists_are_in_and_not_in_and_may_nest() {
        let list = Value::List(vec![text("a"), Value::List(vec![text("b")])]);
        assert_eq!(matches("=", list.clone(), &cell("b")), Some(true));
        assert_eq!(matches("=", list.clone(), &cell("c")), Some(false));
        assert_eq!(matches("<>", list.clone(), &cell("b")), Some(false));
        assert_eq!(matches("<>", Value::List(vec![text("b")]), &cell("b")), Some(false));
        assert_eq!(matches("=", Value::List(Vec::new()), &cell("b")), None);
        assert_eq!(matches("<>", Value::List(Vec::new()), &Cell::Null), None);
        assert_eq!(matches("<>", list, &cell("c")), Some(true));
        let unsure = Value::List(vec![text("a"), Value::Unknown]);
        assert_eq!(matches("=", unsure.clone(), &cell("a")), Some(true));
        assert_eq!(matches("=", unsure.clone(), &cell("b")), None);
        assert_eq!(matches("<>", unsure, &cell("b")), None);
    }

    #[test]
    fn like_knows_wildcards_and_escapes() {
        for (value, pattern, expected) in [
            ("web-1", "web%", true),
            ("web-1", "%-_", true),
            ("web-1", "_eb", false),
            ("100%", "100\\%", true),
            ("1000", "100\\%", false),
            ("", "%", true),
            ("aXbXc", "a%b%c", true),
            ("žluť", "žl__", true),
        ] {
            assert_eq!(
                matches("~~", text(pattern), &cell(value)),
                Some(expected),
                "{value} like {pattern}"
            );
            assert_eq!(matches("!~~", text(pattern), &cell(value)), Some(!expected));
        }
        assert_eq!(matches("~~*", text("WEB%"), &cell("web-1")), Some(true));
        assert_eq!(matches("!~~*", text("WEB%"), &cell("web-1")), Some(false));
        assert_eq!(matches("~~*", text("É"), &cell("é")), None);
        assert_eq!(matches("~~", text("a\\"), &cell("a")), None);
    }

    #[test]
    fn null_satisfies_nothing_but_is_null() {
        assert_eq!(matches("=", text("a"), &Cell::Null), Some(false));
        assert_eq!(matches("<>", text("a"), &Cell::Null), Some(false));
        assert_eq!(matches("is null", Value::Unknown, &Cell::Null), Some(true));
        assert_eq!(matches("is not null", Value::Unknown, &cell("a")), Some(true));
        assert_eq!(matches("<>", Value::Bool(true), &Cell::Null), None);
    }

    #[test]
    fn what_is_not_understood_decides_nothing() {
        assert_eq!(matches("=", Value::Unknown, &cell("a")), None);
        assert_eq!(matches("=", Value::Int(1), &cell("1")), None);
        assert_eq!(matches("~", text("a"), &cell("b")), None);
        assert_eq!(matches("=", Value::Unknown, &Cell::Null), None);
    }

    #[test]
    fn booleans_and_times_compare() {
        assert_eq!(matches("<>", Value::Bool(true), &Cell::Bool(false)), Some(true));
        let at = |seconds| Timestamp { seconds, nanos: 0 };
        assert_eq!(matches(">", Value::Timestamp(at(1)), &Cell::Timestamp(at(2))), Some(true));
        assert_eq!(matches("<=", Value::Int(3), &Cell::Int(4)), Some(false));
        // they differ in what PostgreSQL does not keep
        let (early, late) = (at(1), Timestamp { seconds: 1, nanos: 999 });
        for (operator, expected) in [("=", true), ("<", false), (">=", true), (">", false)] {
            let verdict = matches(operator, Value::Timestamp(early), &Cell::Timestamp(late));
            assert_eq!(verdict, Some(expected), "{operator}");
        }
    }
}

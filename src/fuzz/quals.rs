//! The conditions of a query: from the wire's bytes to a verdict on any value.

use crate::sdk::{Cell, Operator, Qual, Timestamp, Value};
use crate::wire::quals_of_bytes;

/// Pieces of a request's bytes.
pub const WORDS: &[&str] = &[
    "\u{a}\u{1}=",
    "\u{a}\u{2}<>",
    "\u{a}\u{2}~~",
    "\u{a}\u{1}c",
    "\u{12}",
    "\u{1a}",
    "\u{22}",
    "\u{2a}",
    "\u{32}",
    "%",
    "_",
    "\\",
    "is null",
    "\u{0}",
    "\u{8}\u{1}",
    "%a",
    "aaaaaaaa",
    "~~*",
    "!~~*",
    "<=",
    ">=",
];

/// Reads a request, and decides its conditions on values of every kind.
pub fn run(bytes: &[u8]) {
    for qual in quals_of_bytes(bytes).unwrap_or_default() {
        for cell in cells(&qual.value) {
            check(&qual.value, &cell);
            let _ = qual.matches(&cell);
        }
    }
    let text = String::from_utf8_lossy(bytes);
    let (left, right) = text.split_once('\n').unwrap_or((&text, ""));
    check(&Value::Text(right.to_owned()), &Cell::Text(left.to_owned()));
}

/// Values of every kind, those of the condition itself among them.
fn cells(value: &Value) -> Vec<Cell> {
    let at = |seconds, nanos| Cell::Timestamp(Timestamp { seconds, nanos });
    let mut cells = vec![
        Cell::Null,
        Cell::Bool(true),
        Cell::Bool(false),
        Cell::Int(0),
        Cell::Int(i64::MIN),
        Cell::Double(f64::NAN),
        Cell::Double(-0.0),
        Cell::Text(String::new()),
        Cell::Text("aaaaaaaaž%_\\".to_owned()),
        Cell::Json("{\"a\":[1]}".into()),
        at(0, 0),
        at(1_795_473_255, 999_999_999),
    ];
    own(value, &mut cells);
    cells
}

fn own(value: &Value, cells: &mut Vec<Cell>) {
    match value {
        Value::Text(text) => cells.push(Cell::Text(text.clone())),
        Value::Int(int) => cells.push(Cell::Int(*int)),
        Value::Double(double) => cells.push(Cell::Double(*double)),
        Value::Bool(flag) => cells.push(Cell::Bool(*flag)),
        Value::Timestamp(at) => cells.push(Cell::Timestamp(*at)),
        // a few stand for all
        Value::List(values) => values.iter().take(4).for_each(|value| own(value, cells)),
        Value::Unknown => {}
    }
}

fn check(value: &Value, cell: &Cell) {
    let decide = |operator: &str| {
        let operator = Operator::parse(operator);
        Qual { column: "c".to_owned(), operator, value: value.clone() }.matches(cell)
    };
    let never_both = |one: &str, other: &str| {
        let both = (decide(one), decide(other));
        assert_ne!(both, (Some(true), Some(true)), "{cell:?} {one} and {other} {value:?}");
        both
    };
    let opposite = |one: &str, other: &str| {
        let (one_holds, other_holds) = never_both(one, other);
        if *cell != Cell::Null && one_holds.is_some() && other_holds.is_some() {
            assert_ne!(one_holds, other_holds, "{cell:?} {one} or {other} {value:?}");
        }
    };
    for (one, other) in [("=", "<>"), ("<", ">="), (">", "<="), ("~~", "!~~"), ("~~*", "!~~*")] {
        opposite(one, other);
    }
    for (one, other) in [("<", "="), (">", "="), ("<", ">")] {
        never_both(one, other);
    }
    assert_ne!(decide("is null"), decide("is not null"));
    if decide("=") == Some(true) {
        assert_ne!(decide("<="), Some(false), "{cell:?} {value:?}");
        assert_ne!(decide(">="), Some(false), "{cell:?} {value:?}");
    }
    if decide("~~") == Some(true) {
        assert_ne!(
            decide("~~*"),
            Some(false),
            "what is like is like in any case: {cell:?} {value:?}"
        );
    }
}

//! What a scan was asked, and when the rows of one scan answer another question (protocol section 6).
//! It must not know rows. In doubt the answer is no: a miss is always right, a wrong hit never is.

use std::cmp::Ordering;

use crate::sdk::{Operator, Qual, Value};

/// A question to one table of one connection, as far as it decides which rows come.
#[derive(Debug, Clone)]
pub struct Question {
    /// The wanted columns that the table has.
    pub columns: Vec<&'static str>,
    /// The conditions on key columns.
    pub quals: Vec<Qual>,
    /// Of those columns, the ones whose condition changes what the table shows (`cache_match` is `exact`).
    pub exact: Vec<&'static str>,
    /// Stop after so many rows.
    pub limit: Option<u64>,
}

impl Question {
    /// False if a condition is not fully understood: then nothing is known of which rows it leaves.
    pub(crate) fn is_understood(&self) -> bool {
        self.quals.iter().all(is_understood)
    }

    /// True if the rows that answer this question hold all that answer the other.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let columns = other.columns.iter().all(|column| self.columns.contains(column));
        let exact =
            other.quals.iter().filter(|qual| other.exact.iter().any(|&name| name == qual.column));
        columns
            && exact.into_iter().all(|qual| self.has(qual))
            && match self.limit {
                None => self.quals.iter().all(|qual| other.implies(qual)),
                Some(limit) => {
                    other.limit.is_some_and(|wanted| wanted <= limit) && self.same_quals(other)
                }
            }
    }

    /// True if both leave the same rows, but for their limits.
    pub(super) fn same_quals(&self, other: &Self) -> bool {
        self.quals.iter().all(|qual| other.has(qual))
            && other.quals.iter().all(|qual| self.has(qual))
    }

    fn has(&self, qual: &Qual) -> bool {
        self.quals.iter().any(|own| is_same(own, qual))
    }

    fn implies(&self, qual: &Qual) -> bool {
        self.quals.iter().any(|own| own.column == qual.column && implies(own, qual))
    }
}

fn is_understood(qual: &Qual) -> bool {
    let scalar = |value: &Value| !matches!(value, Value::Unknown | Value::List(_));
    match (&qual.operator, &qual.value) {
        (Operator::Other, _) => false,
        (Operator::IsNull | Operator::IsNotNull, _) => true,
        (_, Value::List(values)) => !values.is_empty() && values.iter().all(scalar),
        (_, value) => scalar(value),
    }
}

/// True if they are the same condition, whatever the order of its alternatives.
fn is_same(left: &Qual, right: &Qual) -> bool {
    left.column == right.column
        && left.operator == right.operator
        && match (&left.value, &right.value) {
            (Value::List(left), Value::List(right)) => {
                left.iter().all(|value| right.contains(value))
                    && right.iter().all(|value| left.contains(value))
            }
            (left, right) => left == right,
        }
}

/// True if every value that satisfies the one condition satisfies the other; both are on one column.
fn implies(qual: &Qual, implied: &Qual) -> bool {
    use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    if is_same(qual, implied) {
        return true;
    }
    match (qual.operator, implied.operator) {
        (Equal, _) => values(&qual.value).iter().all(|value| satisfies(value, implied)),
        (Greater | GreaterOrEqual, Greater | GreaterOrEqual)
        | (Less | LessOrEqual, Less | LessOrEqual) => {
            let inside = match qual.operator {
                Greater | GreaterOrEqual => Ordering::Greater,
                _ => Ordering::Less,
            };
            let is_open = matches!(implied.operator, Greater | Less);
            let is_closed = matches!(qual.operator, GreaterOrEqual | LessOrEqual);
            match order(&qual.value, &implied.value) {
                // `>= 5` has a 5 that `> 5` has not
                Some(Ordering::Equal) => !(is_open && is_closed),
                Some(order) => order == inside,
                None => false,
            }
        }
        _ => false,
    }
}

/// True if this one value satisfies an equality or a bound.
fn satisfies(value: &Value, qual: &Qual) -> bool {
    let order = || order(value, &qual.value);
    match qual.operator {
        Operator::Equal => values(&qual.value).contains(value),
        Operator::Less => order().is_some_and(Ordering::is_lt),
        Operator::LessOrEqual => order().is_some_and(Ordering::is_le),
        Operator::Greater => order().is_some_and(Ordering::is_gt),
        Operator::GreaterOrEqual => order().is_some_and(Ordering::is_ge),
        _ => false,
    }
}

fn values(value: &Value) -> &[Value] {
    match value {
        Value::List(values) => values,
        value => std::slice::from_ref(value),
    }
}

/// Only values of one kind have an order; the one of texts is the database's collation.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Double(left), Value::Double(right)) => left.partial_cmp(right),
        (Value::Timestamp(left), Value::Timestamp(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdk::Timestamp;

    fn qual(operator: &str, value: Value) -> Qual {
        Qual { column: "c".to_owned(), operator: Operator::parse(operator), value }
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn one_of(values: &[&str]) -> Value {
        Value::List(values.iter().map(|value| text(value)).collect())
    }

    fn asked(columns: &[&'static str], quals: &[Qual], limit: Option<u64>) -> Question {
        Question { columns: columns.to_vec(), quals: quals.to_vec(), exact: Vec::new(), limit }
    }

    #[test]
    fn a_condition_implies_a_wider_one_of_its_kind() {
        let at = |seconds| Value::Timestamp(Timestamp { seconds, nanos: 0 });
        for (narrow, wide, expected) in [
            (("=", text("a")), ("=", text("a")), true),
            (("=", text("a")), ("=", text("b")), false),
            (("=", text("a")), ("=", one_of(&["b", "a"])), true),
            (("=", one_of(&["a", "b"])), ("=", one_of(&["c", "b", "a"])), true),
            (("=", one_of(&["a", "b"])), ("=", text("a")), false),
            (("=", one_of(&["a"])), ("=", text("a")), true),
            (("~~", text("a%")), ("~~", text("a%")), true),
            (("~~", text("ab%")), ("~~", text("a%")), false),
            (("<>", text("a")), ("<>", text("a")), true),
            (("<>", one_of(&["a", "b"])), ("<>", text("a")), false),
            (("=", text("a")), ("<>", text("b")), false),
            (("is null", Value::Unknown), ("is null", Value::Unknown), true),
            (("=", Value::Int(7)), ("<", Value::Int(9)), true),
            (("=", Value::Int(9)), ("<", Value::Int(9)), false),
            (("=", Value::Int(9)), ("<=", Value::Int(9)), true),
            ((">", Value::Int(10)), (">", Value::Int(5)), true),
            ((">", Value::Int(5)), (">", Value::Int(10)), false),
            ((">", Value::Int(5)), (">=", Value::Int(5)), true),
            ((">=", Value::Int(5)), (">", Value::Int(5)), false),
            ((">=", Value::Int(6)), (">", Value::Int(5)), true),
            (("<", Value::Double(1.5)), ("<=", Value::Double(1.5)), true),
            (("<", Value::Double(f64::NAN)), ("<", Value::Double(1.0)), false),
            (("<=", Value::Int(1)), ("<", Value::Int(1)), false),
            ((">", Value::Int(10)), ("<", Value::Int(20)), false),
            ((">", at(10)), (">=", at(10)), true),
            ((">", Value::Int(10)), (">", Value::Double(5.0)), false),
            (("=", Value::Bool(true)), ("=", Value::Bool(true)), true),
            ((">", text("b")), (">", text("a")), false),
        ] {
            let (all, some) = (qual(wide.0, wide.1.clone()), qual(narrow.0, narrow.1.clone()));
            assert_eq!(implies(&some, &all), expected, "{narrow:?} implies {wide:?}");
            assert_eq!(asked(&["a"], &[all], None).covers(&asked(&["a"], &[some], None)), expected);
        }
    }

    #[test]
    fn more_columns_and_fewer_conditions_cover() {
        let a = qual("=", text("a"));
        let all = asked(&["a", "b"], &[], None);
        assert!(all.covers(&asked(&["b"], std::slice::from_ref(&a), Some(3))));
        assert!(all.covers(&asked(&[], &[], None)));
        assert!(!all.covers(&asked(&["a", "c"], &[], None)));
        assert!(!asked(&["a"], &[a], None).covers(&asked(&["a"], &[], None)));
    }

    #[test]
    fn a_limit_covers_smaller_ones_under_the_same_conditions() {
        let (a, b) = (qual("=", text("a")), qual("=", one_of(&["b", "a"])));
        let ten = asked(&["a"], std::slice::from_ref(&b), Some(10));
        assert!(ten.covers(&asked(&["a"], &[qual("=", one_of(&["a", "b"]))], Some(10))));
        assert!(ten.covers(&asked(&["a"], std::slice::from_ref(&b), Some(3))));
        assert!(!ten.covers(&asked(&["a"], std::slice::from_ref(&b), Some(11))));
        assert!(!ten.covers(&asked(&["a"], std::slice::from_ref(&b), None)));
        assert!(
            !ten.covers(&asked(&["a"], std::slice::from_ref(&a), Some(3))),
            "other rows come first"
        );
        assert!(!ten.covers(&asked(&["a"], &[b, a], Some(3))));
    }

    #[test]
    fn a_condition_that_changes_what_is_shown_must_be_the_same() {
        let a = qual("=", text("a"));
        let exact = |quals: &[Qual]| Question { exact: vec!["c"], ..asked(&["a"], quals, None) };
        assert!(!exact(&[]).covers(&exact(std::slice::from_ref(&a))));
        assert!(exact(std::slice::from_ref(&a)).covers(&exact(std::slice::from_ref(&a))));
        assert!(!exact(&[a]).covers(&exact(&[])));
    }

    #[test]
    fn doubt_is_no_understanding() {
        let nested = Value::List(vec![text("a"), one_of(&["b"])]);
        let with_null = Value::List(vec![text("a"), Value::Unknown]);
        for (operator, value) in [
            ("~", text("a")),
            ("=", Value::Unknown),
            ("=", Value::List(Vec::new())),
            ("=", nested),
            ("=", with_null),
        ] {
            assert!(
                !asked(&[], &[qual(operator, value.clone())], None).is_understood(),
                "{value:?}"
            );
        }
        assert!(asked(&[], &[qual("is null", Value::Unknown)], None).is_understood());
        assert!(asked(&[], &[qual("=", one_of(&["a"]))], None).is_understood());
    }
}

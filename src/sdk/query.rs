//! What a list call may know of the query: which columns are wanted, and what the engine can filter by.
//! It must not hold anything that would change the rows: comparisons are the scan's.

use super::{Filter, Operator, Qual, Table, Timestamp, Value};

/// The query as a list call sees it.
#[derive(Debug, Default)]
pub struct Query {
    wanted: Vec<&'static str>,
    filters: Vec<(&'static str, Vec<String>)>,
    quals: Vec<Qual>,
    whole: bool,
    #[cfg(debug_assertions)]
    table: Vec<&'static str>,
}

impl Query {
    pub(crate) fn new<C>(
        table: &Table<C>,
        wanted: Vec<&'static str>,
        quals: &[Qual],
        whole: bool,
    ) -> Self {
        let mut filters: Vec<(&'static str, Vec<String>)> = Vec::new();
        for qual in quals {
            let Some(filter) = table.column(&qual.column).and_then(|column| column.filter) else {
                continue;
            };
            // two conditions on one column both hold, but an engine takes several values as alternatives: send one
            if filters.iter().any(|(name, _)| *name == filter.name) {
                continue;
            }
            if let Some(values) = values(filter, qual) {
                filters.push((filter.name, values));
            }
        }
        Self {
            wanted,
            filters,
            quals: quals.to_vec(),
            whole,
            #[cfg(debug_assertions)]
            table: table.columns.iter().map(|column| column.name).collect(),
        }
    }

    /// True if the query reads one of these columns.
    ///
    /// # Panics
    /// In debug builds, if the table has no such column.
    pub fn wants(&self, columns: &[&str]) -> bool {
        self.check(columns);
        columns.iter().any(|column| self.wanted.contains(column))
    }

    /// True if whoever asks cannot tell its conditions: a table that shows a part without conditions shows all.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The values of which a key column must have one, if a condition says so; each once.
    ///
    /// # Panics
    /// In debug builds, if the table has no such column.
    pub fn keys(&self, column: &str) -> Option<Vec<&str>> {
        self.check(&[column]);
        let mut keys =
            self.quals.iter().filter(|qual| qual.column == column).find_map(Qual::texts)?;
        keys.sort_unstable();
        keys.dedup();
        Some(keys)
    }

    /// The earliest and the latest moment that the conditions on a column allow; rows at the bounds may be ruled out.
    ///
    /// # Panics
    /// In debug builds, if the table has no such column.
    pub fn range(&self, column: &str) -> (Option<Timestamp>, Option<Timestamp>) {
        self.check(&[column]);
        let (mut from, mut until) = (None::<Timestamp>, None::<Timestamp>);
        for qual in self.quals.iter().filter(|qual| qual.column == column) {
            let Value::Timestamp(at) = qual.value else { continue };
            if matches!(
                qual.operator,
                Operator::Equal | Operator::Greater | Operator::GreaterOrEqual
            ) {
                from = from.max(Some(at));
            }
            if matches!(qual.operator, Operator::Equal | Operator::Less | Operator::LessOrEqual) {
                until = Some(until.map_or(at, |until| until.min(at)));
            }
        }
        (from, until)
    }

    /// A name that no column has would never be wanted: a defect that a test must meet.
    #[cfg_attr(
        not(debug_assertions),
        expect(clippy::unused_self, reason = "checked in debug builds")
    )]
    fn check(&self, columns: &[&str]) {
        #[cfg(debug_assertions)]
        for column in columns {
            assert!(self.table.contains(column), "the table has no column `{column}`");
        }
        #[cfg(not(debug_assertions))]
        let _ = columns;
    }

    /// Filters for the engine: its name for each, and the values of which one must hold.
    pub fn filters(&self) -> &[(&'static str, Vec<String>)] {
        &self.filters
    }
}

/// What to send for a condition, if every alternative can be sent.
fn values(filter: Filter, qual: &Qual) -> Option<Vec<String>> {
    let values: Vec<String> = qual.texts()?.into_iter().map(filter.value).collect::<Option<_>>()?;
    (!values.is_empty()).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdk::{Connection, List, Rows, text, time};

    struct Nothing;

    impl Connection for Nothing {
        fn concurrency(&self) -> usize {
            1
        }
    }

    static TABLE: Table<Nothing> = Table {
        name: "t",
        description: "A table.",
        list: List { name: "list", call: none },
        get: None,
        columns: &[text("id", "/id", "A key.").key(), time("at", "/at", "A moment.").range()],
    };

    fn none<'a>(_: &'a Nothing, _: &'a Query) -> Rows<'a> {
        Box::pin(futures_util::stream::empty())
    }

    fn query(quals: &[(&str, Operator, Value)]) -> Query {
        let quals: Vec<Qual> = quals
            .iter()
            .map(|(column, operator, value)| Qual {
                column: (*column).to_owned(),
                operator: *operator,
                value: value.clone(),
            })
            .collect();
        Query::new(&TABLE, Vec::new(), &quals, false)
    }

    #[test]
    fn keys_are_the_alternatives_of_an_equality() {
        let text = |text: &str| Value::Text(text.to_owned());
        let list = Value::List(vec![text("b"), text("a"), text("b")]);
        assert_eq!(query(&[("id", Operator::Equal, list)]).keys("id"), Some(vec!["a", "b"]));
        assert_eq!(query(&[("id", Operator::NotEqual, text("a"))]).keys("id"), None);
        assert_eq!(query(&[]).keys("id"), None);
    }

    #[test]
    fn a_range_is_the_narrowest_that_all_conditions_allow() {
        let at = |seconds| Timestamp { seconds, nanos: 0 };
        let bound = |operator, seconds| ("at", operator, Value::Timestamp(at(seconds)));
        let bounds = [
            bound(Operator::Greater, 5),
            bound(Operator::GreaterOrEqual, 7),
            bound(Operator::Less, 20),
            bound(Operator::LessOrEqual, 30),
            bound(Operator::NotEqual, 9),
        ];
        assert_eq!(query(&bounds).range("at"), (Some(at(7)), Some(at(20))));
        assert_eq!(query(&bounds[..1]).range("at"), (Some(at(5)), None));
        assert_eq!(query(&[bound(Operator::Equal, 3)]).range("at"), (Some(at(3)), Some(at(3))));
        assert_eq!(query(&[]).range("at"), (None, None));
    }
}

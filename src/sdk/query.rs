//! What a list call may know of the query: which columns are wanted, and what the engine can filter by.
//! It must not hold anything that would change the rows: comparisons are the scan's.

use super::{Filter, Qual, Table};

/// The query as a list call sees it.
#[derive(Debug, Default)]
pub struct Query {
    wanted: Vec<&'static str>,
    filters: Vec<(&'static str, Vec<String>)>,
    #[cfg(debug_assertions)]
    table: Vec<&'static str>,
}

impl Query {
    pub(crate) fn new<C>(table: &Table<C>, wanted: Vec<&'static str>, quals: &[Qual]) -> Self {
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
            #[cfg(debug_assertions)]
            table: table.columns.iter().map(|column| column.name).collect(),
        }
    }

    /// True if the query reads one of these columns.
    ///
    /// # Panics
    /// In debug builds, if the table has no such column.
    pub fn wants(&self, columns: &[&str]) -> bool {
        #[cfg(debug_assertions)]
        for column in columns {
            assert!(self.table.contains(column), "the table has no column `{column}`");
        }
        columns.iter().any(|column| self.wanted.contains(column))
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

//! How a table is declared: const data, one line a column. Schema, docs, checks and scans are loops over it.
//! It must not know how a call is made.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::future::BoxFuture;
use serde_json::value::RawValue;

use super::{ColumnType, Error, Query};

/// A table of a plugin whose connections are of type `C`.
pub struct Table<C: 'static> {
    /// SQL name, `snake_case`.
    pub name: &'static str,
    /// A sentence, shown as the table's comment.
    pub description: &'static str,
    /// Lists the items, one JSON document a row.
    pub list: List<C>,
    /// How to fetch one item by its key without listing, if the engine can.
    pub get: Option<Get<C>>,
    /// In SQL order. The three context columns come after them and are not declared.
    pub columns: &'static [Column<C>],
}

impl<C> Table<C> {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&'static Column<C>> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// The items of a table.
pub type Rows<'a> = Pin<Box<dyn Stream<Item = Result<Listed, Error>> + Send + 'a>>;

/// What a list call gives.
#[derive(Debug)]
pub enum Listed {
    /// One item: a JSON document.
    Item(Bytes),
    /// Many: the objects of a JSON list, which is taken apart where it is read; `null` is an empty one.
    List {
        /// The list.
        body: Bytes,
        /// What to call it in an error, such as `the reply to /things`.
        what: String,
    },
}

impl<T: Into<Bytes>> From<T> for Listed {
    fn from(document: T) -> Self {
        Self::Item(document.into())
    }
}

/// One JSON document that is on its way.
pub type Reply<'a> = BoxFuture<'a, Result<Bytes, Error>>;

/// The call that lists a table's items.
pub struct List<C: 'static> {
    /// Shown in diagnostics and matched by rate limiters as `function_name`.
    pub name: &'static str,
    /// The call. It may return more rows than the query's filters ask for, never fewer.
    pub call: for<'a> fn(&'a C, &'a Query) -> Rows<'a>,
}

/// A call that fetches more about one item; runs once an item, and only if a wanted column needs it.
pub struct Hydrate<C: 'static> {
    /// Shown in the schema, in diagnostics and in errors.
    pub name: &'static str,
    /// JSON pointer, in the list item, of the text that the call is given.
    pub key: &'static str,
    /// The call.
    pub call: Call<C>,
}

/// Fetches one document about the thing with this key.
pub type Call<C> = for<'a> fn(&'a C, &'a str) -> Reply<'a>;

/// Says that one hydrate call alone can answer `where <column> = <key>`: its reply has all that a list item has.
pub struct Get<C: 'static> {
    /// The column whose `=` gives the key.
    pub column: &'static str,
    /// The call; its reply also serves the columns that come from it.
    pub call: &'static Hydrate<C>,
    /// True if the key is one the call takes literally; for others the table is listed.
    pub takes: fn(&str) -> bool,
}

/// A filter that the engine understands.
#[derive(Clone, Copy)]
pub struct Filter {
    /// The engine's name for it.
    pub name: &'static str,
    /// What to send for a wanted value, or `None` if the engine might lose rows or refuse the value.
    pub value: fn(&str) -> Option<String>,
}

/// Makes JSON of JSON; `None` is NULL, an error says what was expected and found.
pub type Rewrite = fn(&RawValue) -> Result<Option<String>, String>;

/// What a plugin makes of the conditions on a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Nothing: they are left to Postgres.
    No,
    /// `=` and `in` are compared by the plugin, exactly.
    Exact,
    /// The list call reads the bounds ([`Query::range`]); the comparison itself is left to Postgres.
    Range,
}

impl Key {
    /// The operators that a host is told of, as hosts write them; none for [`Key::No`].
    pub const fn operators(self) -> &'static [&'static str] {
        match self {
            Self::No => &[],
            Self::Exact => &["="],
            Self::Range => &["=", ">", ">=", "<", "<="],
        }
    }
}

/// One column. Made by [`text`], [`int`], [`flag`], [`double`], [`json`], [`time`] or [`unix_time`].
pub struct Column<C: 'static> {
    /// SQL name, `snake_case`.
    pub name: &'static str,
    /// SQL type.
    pub column_type: ColumnType,
    /// JSON pointer (RFC 6901) into the list item, or into the reply of `from`.
    pub pointer: &'static str,
    /// A sentence.
    pub description: &'static str,
    /// The hydrate call whose reply holds it; the list item if unset.
    pub from: Option<&'static Hydrate<C>>,
    /// What the plugin makes of conditions on it.
    pub key: Key,
    /// True if a query without a condition on this key column is refused.
    pub required: bool,
    /// True if a condition on this key column shows rows that a query without it does not have.
    pub exact: bool,
    /// How the engine is told of such a comparison.
    pub filter: Option<Filter>,
    /// Rewrites what the pointer found into the JSON that is stored.
    pub map: Option<Rewrite>,
    pub(crate) unix: bool,
}

impl<C> Column<C> {
    const fn new(
        name: &'static str,
        column_type: ColumnType,
        pointer: &'static str,
        description: &'static str,
    ) -> Self {
        Self {
            name,
            column_type,
            pointer,
            description,
            from: None,
            key: Key::No,
            required: false,
            exact: false,
            filter: None,
            map: None,
            unix: false,
        }
    }

    /// The column is in the reply of this call, not in the list item.
    #[must_use]
    pub const fn from(mut self, call: &'static Hydrate<C>) -> Self {
        self.from = Some(call);
        self
    }

    /// Makes it an optional key column: the plugin compares exactly, so a limit can be pushed down.
    #[must_use]
    pub const fn key(mut self) -> Self {
        self.key = Key::Exact;
        self
    }

    /// Makes it a key column of which the list call reads the bounds ([`Query::range`]). It may return more rows than
    /// the bounds allow: Postgres compares, so no limit is applied to such a query.
    #[must_use]
    pub const fn range(mut self) -> Self {
        self.key = Key::Range;
        self
    }

    /// Refuses queries that have no condition on this key column: without one, the answer would have no end.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Says that a condition on this key column shows rows that a query without it does not have: cached rows answer it
    /// only if their own condition was the same (`cache_match` is `exact`, R-50).
    #[must_use]
    pub const fn exact(mut self) -> Self {
        self.exact = true;
        self
    }

    /// Makes it a key column that the engine filters by, too.
    #[must_use]
    pub const fn filter(mut self, name: &'static str, value: fn(&str) -> Option<String>) -> Self {
        self.key = Key::Exact;
        self.filter = Some(Filter { name, value });
        self
    }

    /// Rewrites the found JSON before it is converted.
    #[must_use]
    pub const fn map(mut self, map: Rewrite) -> Self {
        self.map = Some(map);
        self
    }
}

/// A `text` column; numbers and booleans are printed.
pub const fn text<C>(
    name: &'static str,
    pointer: &'static str,
    description: &'static str,
) -> Column<C> {
    Column::new(name, ColumnType::Text, pointer, description)
}

/// A `bigint` column.
pub const fn int<C>(
    name: &'static str,
    pointer: &'static str,
    description: &'static str,
) -> Column<C> {
    Column::new(name, ColumnType::Int, pointer, description)
}

/// A `double precision` column.
pub const fn double<C>(
    name: &'static str,
    pointer: &'static str,
    description: &'static str,
) -> Column<C> {
    Column::new(name, ColumnType::Double, pointer, description)
}

/// A `boolean` column.
pub const fn flag<C>(
    name: &'static str,
    pointer: &'static str,
    description: &'static str,
) -> Column<C> {
    Column::new(name, ColumnType::Bool, pointer, description)
}

/// A `jsonb` column: the engine's own bytes.
pub const fn json<C>(
    name: &'static str,
    pointer: &'static str,
    description: &'static str,
) -> Column<C> {
    Column::new(name, ColumnType::Json, pointer, description)
}

/// A `timestamptz` column over RFC 3339; Go's zero time is NULL.
pub const fn time<C>(
    name: &'static str,
    pointer: &'static str,
    description: &'static str,
) -> Column<C> {
    Column::new(name, ColumnType::Timestamp, pointer, description)
}

/// A `timestamptz` column over whole seconds since 1970.
pub const fn unix_time<C>(
    name: &'static str,
    pointer: &'static str,
    description: &'static str,
) -> Column<C> {
    let mut column = Column::new(name, ColumnType::Timestamp, pointer, description);
    column.unix = true;
    column
}

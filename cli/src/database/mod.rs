//! The SQL side of a run: one picture of the engine in PostgreSQL, and the queries that read it.
//! It must not know where rows come from, nor what a control, a benchmark or a report is.

mod cache;
mod embedded;
mod load;
mod postgres;
mod session;
mod worker;

#[cfg(test)]
mod tests;

use std::time::Duration;

pub(crate) use self::cache::prepare_cache;
pub(crate) use self::load::{Value, push_row};
use self::session::Session;
use self::worker::Worker;

/// A place that runs PostgreSQL's SQL: ours in process, or a server that is already there.
///
/// A call blocks its thread until PostgreSQL has answered. The engine itself lives on a thread of its own, so a handle
/// may be moved and may be used inside an async runtime; it has one session and does one thing at a time.
pub(crate) trait Database: Send {
    /// True if the server has the tables itself, as a running Steampipe does: then `load` and `fail_table` are not for it.
    fn provides_tables(&self) -> bool;

    /// Creates the tables unless they are there, without rows.
    fn create(&mut self, tables: Vec<TableData>) -> Result<(), DatabaseError>;

    /// Creates the table unless it is there, and appends the rows to the columns named. Without rows it only creates.
    ///
    /// If it fails, the table is failed with this error, as by `fail_table`.
    fn load(&mut self, table: TableData) -> Result<(), DatabaseError>;

    /// From now on every query that reads the table fails with exactly this text: no rows must never read as "nothing wrong".
    fn fail_table(&mut self, name: &str, error: &str);

    /// Which of the created tables and columns a query reads. `None` if it cannot be told: take all columns of all tables.
    /// An error is the one the query itself would fail with.
    fn reads(&mut self, sql: &str) -> Result<Option<Vec<TableRead>>, DatabaseError>;

    /// Runs one query with texts for `$1`, `$2`… (`None` is NULL); nothing it changes stays.
    fn query(
        &mut self,
        sql: &str,
        arguments: &[Option<String>],
    ) -> Result<ResultSet, DatabaseError>;
}

/// Opens the database: the server at the `postgres://` URL, else the embedded one.
pub(crate) fn open(
    url: Option<&str>,
    options: Options,
) -> Result<Box<dyn Database>, DatabaseError> {
    let worker = match url.map(str::to_owned) {
        None => {
            let limit = Some(options.query_timeout);
            Worker::start(limit, move || Session::new(embedded::open()?, &options))
        }
        // the server itself watches the time
        Some(url) => Worker::start(None, move || Session::new(postgres::connect(&url)?, &options)),
    };
    Ok(Box::new(worker?))
}

/// What the user may say about the session.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// How long one query may run (`--query-timeout`).
    pub(crate) query_timeout: Duration,
    /// Schemas instead of the server's search path (`--search-path`), in order.
    pub(crate) search_path: Vec<String>,
    /// Schemas before the search path (`--search-path-prefix`), in order.
    pub(crate) search_path_prefix: Vec<String>,
}

/// A table to create, and its rows.
#[derive(Debug, Clone)]
pub(crate) struct TableData {
    /// Its SQL name.
    pub(crate) name: String,
    /// What a row is; becomes the comment on the table, unless it is empty.
    pub(crate) description: String,
    /// The columns of the rows, in the order of the rows; all columns of the table when it is created.
    pub(crate) columns: Vec<ColumnData>,
    /// Rows in the text format of COPY: see [`push_row`].
    pub(crate) copy: Vec<u8>,
}

impl TableData {
    /// The same table, to create it.
    pub(crate) fn without_rows(&self) -> Self {
        let (name, description) = (self.name.clone(), self.description.clone());
        Self { name, description, columns: self.columns.clone(), copy: Vec::new() }
    }
}

/// A column of a table to create.
#[derive(Debug, Clone)]
pub(crate) struct ColumnData {
    /// Its SQL name.
    pub(crate) name: String,
    /// Its SQL type, e.g. `timestamptz`.
    pub(crate) sql_type: &'static str,
}

/// A table that a query reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableRead {
    /// The table.
    pub(crate) table: String,
    /// The columns read, in the order of the table; none if rows are only counted.
    pub(crate) columns: Vec<String>,
}

/// What a query gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResultSet {
    /// Its columns, in the order of the query; names may repeat.
    pub(crate) columns: Vec<Column>,
    /// Its rows: values as PostgreSQL prints them, `None` is NULL. Times are in UTC.
    pub(crate) rows: Vec<Row>,
}

/// The values of a row.
pub(crate) type Row = Vec<Option<String>>;

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: String,
    /// PostgreSQL's short name of its type, e.g. `int8`, `text`, `timestamptz`, `_text` for an array of texts.
    pub(crate) data_type: String,
}

/// A failure of the database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DatabaseError {
    /// PostgreSQL refused, with its five-character code.
    #[error("{message} (SQLSTATE {code})")]
    Refused {
        /// PostgreSQL's message.
        message: String,
        /// Its code, e.g. `42P01`.
        code: String,
    },
    /// Anything else: the text says it all.
    #[error("{0}")]
    Failed(String),
}

impl DatabaseError {
    /// The error of a query that ran too long; PostgreSQL's own words.
    fn timeout() -> Self {
        let message = "canceling statement due to statement timeout".to_owned();
        Self::Refused { message, code: "57014".to_owned() }
    }
}

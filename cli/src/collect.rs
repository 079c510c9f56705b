//! One picture of the engine: each table that the run reads is scanned once, and loaded.
//! It must not know what the queries are for.

use std::collections::{BTreeMap, BTreeSet};
use std::str::Utf8Error;

use futures_util::future::join_all;
use steampipe_plugin_docker::docker::Docker;
use steampipe_plugin_docker::sdk::{Cell, Request, Row, Scan, Table};
use steampipe_plugin_docker::tables::ALL;
use tokio::sync::mpsc;

use crate::database::{ColumnData, Database, DatabaseError, TableData, TableRead, Value, push_row};

/// The one connection of a run: what Steampipe calls the first one, too.
pub(crate) const CONNECTION: &str = "docker";
/// What every table has besides its own columns, with its SQL type.
const CONTEXT: [(&str, &str); 3] =
    [("sp_connection_name", "text"), ("sp_ctx", "jsonb"), ("_ctx", "jsonb")];
/// Rows on their way from the scan to the buffer.
const ROWS_AHEAD: usize = 256;

/// PostgreSQL's code for a statement that ran past its time limit.
const TIMED_OUT: &str = "57014";

/// Tables and the columns of each that the run reads.
#[derive(Debug, Default)]
pub(crate) struct Reads(BTreeMap<&'static str, BTreeSet<String>>);

impl Reads {
    /// What a recording holds: all that the engine and its host say, but what makes the engine walk its disk.
    pub(crate) fn everything() -> Self {
        Self::of(|table, column| !is_local(table) && !is_slow(table, column))
    }

    /// The columns of all tables that are wanted, by the names of table and column.
    pub(crate) fn of(wanted: impl Fn(&str, &str) -> bool) -> Self {
        let mut reads = Self::default();
        for table in ALL {
            let columns = table.columns.iter().map(|column| column.name);
            let wanted: Vec<_> = columns.filter(|column| wanted(table.name, column)).collect();
            if !wanted.is_empty() {
                reads.add(table, wanted.into_iter().map(str::to_owned));
            }
        }
        reads
    }

    /// Adds what the queries read: they are looked into together, and each by itself only if that fails.
    pub(crate) fn add_queries(&mut self, database: &mut dyn Database, queries: &[&str]) {
        // each on lines of its own, since it may end in a comment
        match database.reads(&queries.join("\n;\n")) {
            Ok(Some(tables)) => self.add_tables(tables),
            _ => queries.iter().for_each(|sql| self.add_query(database, sql)),
        }
    }

    /// Adds what a query reads. If that cannot be told, it is everything; but what PostgreSQL refuses reads nothing,
    /// and fails in the same words when it runs.
    pub(crate) fn add_query(&mut self, database: &mut dyn Database, sql: &str) {
        match database.reads(sql) {
            Ok(Some(tables)) => self.add_tables(tables),
            // a time limit says nothing of what the query reads
            Err(DatabaseError::Refused { code, .. }) if code != TIMED_OUT => {}
            Ok(None) | Err(_) => self.add_all(Self::of(|_, _| true)),
        }
    }

    fn add_tables(&mut self, tables: Vec<TableRead>) {
        for read in tables {
            if let Some(table) = ALL.iter().find(|table| table.name == read.table) {
                self.add(table, read.columns);
            }
        }
    }

    pub(crate) fn add_all(&mut self, other: Self) {
        for (table, columns) in other.0 {
            self.0.entry(table).or_default().extend(columns);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, table: &Table<Docker>, columns: impl IntoIterator<Item = String>) {
        self.0.entry(table.name).or_default().extend(columns);
    }
}

/// Tables about files of whoever runs the command, which are no part of an engine's recording.
fn is_local(table: &str) -> bool {
    table.starts_with("docker_compose_")
        || ["docker_context", "dockerfile_instruction"].contains(&table)
}

/// True for what takes the engine long, most of it walks of its disk: recordings leave it out unless the run reads it.
fn is_slow(table: &str, column: &str) -> bool {
    match table {
        "docker_container" => ["size_rw", "size_root_fs"].contains(&column),
        "docker_container_stat" => column == "cpu_percent",
        "docker_image" => column == "shared_size",
        "docker_volume" => ["usage_data", "usage_size", "ref_count"].contains(&column),
        _ => {
            ["docker_build_cache", "docker_container_change", "docker_disk_usage"].contains(&table)
        }
    }
}

/// Creates the tables that these queries may read, without rows, so that a query can be asked what it reads: those whose
/// names stand in them, and all if they look into the catalogue.
pub(crate) fn create_tables(
    database: &mut dyn Database,
    queries: &[&str],
) -> Result<(), DatabaseError> {
    let queries: Vec<String> = queries.iter().map(|sql| sql.to_lowercase()).collect();
    let name = |name: &str| queries.iter().any(|sql| sql.contains(name));
    let all = name("information_schema") || name("pg_");
    let named = ALL.iter().filter(|table| all || name(table.name)).map(|table| {
        let own = table.columns.iter().map(|column| (column.name, column.column_type.sql()));
        table_data(table, own.chain(CONTEXT), Vec::new())
    });
    database.create(named.collect())
}

/// Scans the tables, all at once, and loads what they gave. A table that fails is never read as empty: every query on
/// it fails with its error. The errors are given back, by table.
pub(crate) async fn collect(
    docker: &Docker,
    database: &mut dyn Database,
    reads: &Reads,
) -> Vec<(&'static str, String)> {
    let mut failures = Vec::new();
    for (table, scanned) in scan_all(docker, CONNECTION, reads).await {
        let loaded =
            scanned.and_then(|data| database.load(data).map_err(|error| error.to_string()));
        if let Err(error) = loaded {
            database.fail_table(table, &error);
            failures.push((table, error));
        }
    }
    failures
}

/// Scans the tables, all at once: the rows of each, under the connection's name, or why there are none.
pub(crate) async fn scan_all(
    docker: &Docker,
    connection: &str,
    reads: &Reads,
) -> Vec<(&'static str, Result<TableData, String>)> {
    let scans = reads.0.iter().filter_map(|(name, columns)| {
        let table = ALL.iter().find(|table| table.name == *name)?;
        Some(async move { (table.name, scan(docker, connection, table, columns).await) })
    });
    join_all(scans).await
}

async fn scan(
    docker: &Docker,
    connection: &str,
    table: &'static Table<Docker>,
    columns: &BTreeSet<String>,
) -> Result<TableData, String> {
    let request = Request {
        columns: columns.iter().cloned().collect(),
        max_concurrency: usize::MAX,
        whole: true, // the conditions stay in the database
        ..Request::default()
    };
    let scan = Scan::new(table, request);
    let context = serde_json::json!({"connection_name": connection}).to_string();
    let (sender, mut receiver) = mpsc::channel::<Row>(ROWS_AHEAD);
    let receive = async {
        let mut copy = Vec::new();
        while let Some(row) = receiver.recv().await {
            push(&mut copy, &row.cells, connection, &context)?;
        }
        Ok::<_, Utf8Error>(copy)
    };
    let send = async {
        let result = scan.run(docker, &sender, |row| row).await;
        drop(sender);
        result
    };
    let (result, copy) = tokio::join!(send, receive);
    result.map_err(|error| error.to_string())?;
    let copy = copy.map_err(|error| format!("{}: {error}", table.name))?;
    let own = scan.columns().iter().map(|column| (column.name, column.column_type.sql()));
    Ok(table_data(table, own.chain(CONTEXT), copy))
}

fn push(
    copy: &mut Vec<u8>,
    cells: &[Cell],
    connection: &str,
    context: &str,
) -> Result<(), Utf8Error> {
    let times: Vec<Option<String>> = cells
        .iter()
        .map(|cell| match cell {
            Cell::Timestamp(at) => Some(at.to_string()),
            _ => None,
        })
        .collect();
    let own = cells.iter().zip(&times).map(|(cell, time)| {
        Ok(match cell {
            Cell::Null => Value::Null,
            Cell::Bool(flag) => Value::Bool(*flag),
            Cell::Int(int) => Value::Int(*int),
            Cell::Double(double) => Value::Double(*double),
            Cell::Text(text) => Value::Text(text),
            Cell::Json(json) => Value::Json(str::from_utf8(json)?),
            Cell::Timestamp(_) => time.as_deref().map_or(Value::Null, Value::Timestamp),
        })
    });
    let own: Vec<Value<'_>> = own.collect::<Result<_, Utf8Error>>()?;
    let context = [Value::Text(connection), Value::Json(context), Value::Json(context)];
    push_row(copy, own.into_iter().chain(context));
    Ok(())
}

fn table_data(
    table: &Table<Docker>,
    columns: impl Iterator<Item = (&'static str, &'static str)>,
    copy: Vec<u8>,
) -> TableData {
    TableData {
        name: table.name.to_owned(),
        description: table.description.to_owned(),
        columns: columns
            .map(|(name, sql_type)| ColumnData { name: name.to_owned(), sql_type })
            .collect(),
        copy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::ResultSet;

    /// A database that only ever tells why it cannot tell.
    struct Silent(DatabaseError);

    impl Database for Silent {
        fn provides_tables(&self) -> bool {
            false
        }

        fn create(&mut self, _: Vec<TableData>) -> Result<(), DatabaseError> {
            Err(self.0.clone())
        }

        fn load(&mut self, _: TableData) -> Result<(), DatabaseError> {
            Err(self.0.clone())
        }

        fn fail_table(&mut self, _: &str, _: &str) {}

        fn reads(&mut self, _: &str) -> Result<Option<Vec<TableRead>>, DatabaseError> {
            Err(self.0.clone())
        }

        fn query(&mut self, _: &str, _: &[Option<String>]) -> Result<ResultSet, DatabaseError> {
            Err(self.0.clone())
        }
    }

    #[test]
    fn a_query_that_cannot_be_looked_into_reads_every_table() {
        let refused =
            |code: &str| DatabaseError::Refused { message: String::new(), code: code.to_owned() };
        let tables = |error: DatabaseError| {
            let mut reads = Reads::default();
            reads.add_query(&mut Silent(error), "select 1");
            reads.0.len()
        };
        assert_eq!(tables(DatabaseError::Failed("busy".to_owned())), ALL.len());
        assert_eq!(tables(refused("57014")), ALL.len());
        assert_eq!(tables(refused("42P01")), 0, "it fails in the same words when it runs");
    }
}

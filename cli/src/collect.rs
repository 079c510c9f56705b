//! One picture of the engine: each table that the run reads is scanned once, and loaded.
//! It must not know what the queries are for.

use std::collections::BTreeSet;
use std::str::Utf8Error;

use futures_util::future::join_all;
use steampipe_plugin_docker::docker::Docker;
use steampipe_plugin_docker::sdk::{Cell, Request, Row, Scan, Table};
use steampipe_plugin_docker::tables::ALL;
use tokio::sync::mpsc;

use crate::database::{ColumnData, Database, DatabaseError, TableData, Value, push_row};
use crate::reads::Reads;

/// The one connection of a run: what Steampipe calls the first one, too.
pub(crate) const CONNECTION: &str = "docker";
/// What every table has besides its own columns, with its SQL type.
const CONTEXT: [(&str, &str); 3] =
    [("sp_connection_name", "text"), ("sp_ctx", "jsonb"), ("_ctx", "jsonb")];
/// Rows on their way from the scan to the buffer.
const ROWS_AHEAD: usize = 256;

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

/// What tables gave, each by its name: rows, or why there are none.
pub(crate) type Scanned = Vec<(&'static str, Result<TableData, String>)>;

/// Loads what tables gave. One that failed is never read as empty: every query on it fails with its error. The errors are
/// given back, by table.
pub(crate) fn load(database: &mut dyn Database, scanned: Scanned) -> Vec<(&'static str, String)> {
    // all in one go, which is quicker; what fails here fails again, and with its table's name
    let tables = scanned.iter().filter_map(|(_, data)| Some(data.as_ref().ok()?.without_rows()));
    let _ = database.create(tables.collect());
    let mut failures = Vec::new();
    for (table, data) in scanned {
        let loaded = data.and_then(|data| database.load(data).map_err(|error| error.to_string()));
        if let Err(error) = loaded {
            database.fail_table(table, &error);
            failures.push((table, error));
        }
    }
    failures
}

/// Scans the tables, all at once; their rows are those of the connection of this name.
pub(crate) async fn scan_all(docker: &Docker, connection: &str, reads: &Reads) -> Scanned {
    let scans = reads.iter().filter_map(|(name, columns)| {
        let table = ALL.iter().find(|table| table.name == name)?;
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
        let result = scan.run(docker, &sender).await;
        drop(sender);
        result
    };
    let (result, copy) = tokio::join!(send, receive);
    result.map_err(|error| error.to_string())?;
    let copy = copy.map_err(|error| format!("{}: {error}", table.name))?;
    let own = scan.columns().iter().map(|column| (column.name, column.column_type.sql()));
    // what looks into the catalogue has had its tables created, with their descriptions
    Ok(TableData { description: String::new(), ..table_data(table, own.chain(CONTEXT), copy) })
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

//! The rows of a table as a connection gives them, in the shapes that tests look at.

use serde_json::{Map, Value};
use steampipe_plugin_docker::docker::Docker;
use steampipe_plugin_docker::sdk::{self, Cell, Operator, Qual, Request, Row, Scan, Table};
use steampipe_plugin_docker::tables::ALL;
use tokio::sync::mpsc;

pub(crate) fn table(name: &str) -> &'static Table<Docker> {
    ALL.iter().find(|table| table.name == name).unwrap_or_else(|| panic!("there is no {name}"))
}

/// A condition.
pub(crate) fn qual(column: &str, operator: Operator, value: sdk::Value) -> Qual {
    Qual { column: column.to_owned(), operator, value }
}

/// A condition that a text is one of these.
pub(crate) fn one_of(column: &str, values: &[&str]) -> Qual {
    let values = values.iter().map(|value| sdk::Value::Text((*value).to_owned())).collect();
    qual(column, Operator::Equal, sdk::Value::List(values))
}

/// A request for these columns.
pub(crate) fn request(columns: &[&str], quals: Vec<Qual>) -> Request {
    let columns = columns.iter().map(|&column| column.to_owned()).collect();
    Request { columns, quals, max_concurrency: 500, ..Request::default() }
}

/// What a scan gives, the values in the order of the table, or the error.
pub(crate) async fn scanned(
    docker: &Docker,
    table: &'static Table<Docker>,
    request: Request,
) -> Result<Vec<Vec<Cell>>, String> {
    let (rows, result) = sent(docker, table, request).await;
    result.map(|()| rows).map_err(|error| error.to_string())
}

/// The rows that a scan sent, and how it ended.
pub(crate) async fn sent(
    docker: &Docker,
    table: &'static Table<Docker>,
    request: Request,
) -> (Vec<Vec<Cell>>, Result<(), sdk::Error>) {
    let scan = Scan::new(table, request);
    let (sender, mut receiver) = mpsc::channel::<Row>(8);
    let send = async {
        let result = scan.run(docker, &sender).await;
        drop(sender);
        result
    };
    let receive = async {
        let mut rows = Vec::new();
        while let Some(row) = receiver.recv().await {
            rows.push(row.cells);
        }
        rows
    };
    let (result, rows) = tokio::join!(send, receive);
    (rows, result)
}

/// Rows with the values of these columns, in the order of the table, or the error.
pub(crate) async fn rows(
    docker: &Docker,
    name: &str,
    columns: &[&str],
    quals: Vec<Qual>,
) -> Result<Vec<Vec<Cell>>, String> {
    scanned(docker, table(name), request(columns, quals)).await
}

/// All columns of all rows that some condition could select, each row as an object.
pub(crate) async fn objects(docker: &Docker, name: &str) -> Vec<Value> {
    let names: Vec<&str> = table(name).columns.iter().map(|column| column.name).collect();
    let request = Request { whole: true, ..request(&names, Vec::new()) };
    let rows =
        scanned(docker, table(name), request).await.unwrap_or_else(|error| panic!("{error}"));
    let object = |cells: Vec<Cell>| {
        let fields = names.iter().map(|&name| name.to_owned()).zip(cells.iter().map(value));
        Value::Object(fields.collect::<Map<_, _>>())
    };
    rows.into_iter().map(object).collect()
}

/// A value as JSON; moments are texts.
pub(crate) fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(flag) => (*flag).into(),
        Cell::Int(int) => (*int).into(),
        Cell::Double(double) => (*double).into(),
        Cell::Text(text) => text.as_str().into(),
        Cell::Json(json) => serde_json::from_slice(json).unwrap(),
        Cell::Timestamp(at) => at.to_string().into(),
    }
}

/// A value as a text; JSON as the engine spelled it.
pub(crate) fn show(cell: &Cell) -> String {
    match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Double(double) => double.to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Json(json) => String::from_utf8(json.to_vec()).unwrap(),
        other => match value(other) {
            Value::String(text) => text,
            value => value.to_string(),
        },
    }
}

//! The rows of a table as a connection gives them, for tests that look at whole values.

use steampipe_plugin_docker::docker::Docker;
use steampipe_plugin_docker::sdk::{Cell, Operator, Qual, Request, Row, Scan, Value};
use steampipe_plugin_docker::tables::ALL;
use tokio::sync::mpsc;

/// A condition.
pub(crate) fn qual(column: &str, operator: Operator, value: Value) -> Qual {
    Qual { column: column.to_owned(), operator, value }
}

/// A condition that a text is one of these.
pub(crate) fn one_of(column: &str, values: &[&str]) -> Qual {
    let values = values.iter().map(|value| Value::Text((*value).to_owned())).collect();
    qual(column, Operator::Equal, Value::List(values))
}

/// Rows with the values of these columns, in the order of the table, or the error.
pub(crate) async fn rows(
    docker: &Docker,
    table: &str,
    columns: &[&str],
    quals: Vec<Qual>,
) -> Result<Vec<Vec<Cell>>, String> {
    let table = ALL.iter().find(|found| found.name == table).unwrap();
    let columns = columns.iter().map(|&column| column.to_owned()).collect();
    let scan =
        Scan::new(table, Request { columns, quals, max_concurrency: 500, ..Request::default() });
    let (sender, mut receiver) = mpsc::channel::<Row>(8);
    let send = async {
        let result = scan.run(docker, &sender, |row| row).await;
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
    result.map(|()| rows).map_err(|error| error.to_string())
}

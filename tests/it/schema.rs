//! The Go plugin's schema, as its own `GetSchema` gave it, against ours.

use serde_json::Value;
use steampipe_plugin_docker::sdk::{ColumnType, Table, check};
use steampipe_plugin_docker::tables::ALL;

/// `tables[].columns[].{name, type, hydrate}` and key columns of the Go plugin.
fn go_tables() -> Vec<Value> {
    let file: Value =
        serde_json::from_str(include_str!("../parity/go-plugin-schema.json")).unwrap();
    file["tables"].as_array().unwrap().clone()
}

fn type_name(column_type: ColumnType) -> &'static str {
    match column_type {
        ColumnType::Bool => "BOOL",
        ColumnType::Int => "INT",
        ColumnType::Double => "DOUBLE",
        ColumnType::Text => "STRING",
        ColumnType::Json => "JSON",
        ColumnType::Timestamp => "TIMESTAMP",
    }
}

/// The columns of the Go plugin's table that ours does not have at the same place with the same type.
fn differences<C>(go: &Value, table: &Table<C>) -> Vec<String> {
    let columns = go["columns"].as_array().unwrap();
    let own = columns
        .iter()
        .filter(|column| !check::CONTEXT_COLUMNS.contains(&column["name"].as_str().unwrap()));
    own.enumerate()
        .filter_map(|(place, column)| {
            let name = column["name"].as_str().unwrap();
            let ours = table.columns.get(place);
            let same = ours.is_some_and(|ours| {
                ours.name == name
                    && type_name(ours.column_type) == column["type"].as_str().unwrap()
                    && (name != "inspect"
                        || ours
                            .from
                            .is_some_and(|call| Some(call.name) == column["hydrate"].as_str()))
            });
            (!same).then(|| {
                format!(
                    "{}.{name}: ours at its place is {:?}",
                    table.name,
                    ours.map(|ours| ours.name)
                )
            })
        })
        .collect()
}

#[test]
fn every_column_of_the_go_plugin_is_there_with_name_order_and_type() {
    let go = go_tables();
    for go in &go {
        let table = ALL.iter().find(|table| go["name"] == table.name);
        let table = table.unwrap_or_else(|| panic!("there is no {}", go["name"]));
        assert_eq!(differences(go, table), [""; 0]);
    }
    assert_eq!(go.len(), 11);
}

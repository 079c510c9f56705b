//! What documents show of the declarations: the column list of a table's page, and the schema as JSON.
//! It must not hold prose: people write that around it.

use std::fmt::Write;

use serde_json::{Value, json};

use super::check::CONTEXT_COLUMNS;
use super::{Column, Key, Table};

/// The columns of a table as a Markdown table, in SQL order.
pub fn columns<C>(table: &Table<C>) -> String {
    let mut page =
        String::from("| Column | Type | Key | Description |\n| --- | --- | --- | --- |\n");
    for column in table.columns {
        let key = operators(column);
        let text = column.description.replace('|', "\\|");
        let _ =
            writeln!(page, "| `{}` | {} | {key} | {text} |", column.name, column.column_type.sql());
    }
    page.push_str("| `sp_connection_name` | text | =, <>, like, ilike, not like, not ilike | Steampipe connection name. |\n");
    for name in &CONTEXT_COLUMNS[1..] {
        let _ = writeln!(page, "| `{name}` | jsonb | | Steampipe context in JSON form. |");
    }
    page
}

/// The operators of a key column, and whether there must be a condition on it.
fn operators<C>(column: &Column<C>) -> String {
    let required = if column.required { " (required)" } else { "" };
    column.key.operators().join(", ") + required
}

/// All tables as one Markdown document.
pub fn markdown<C>(tables: &[&'static Table<C>]) -> String {
    tables.iter().fold(String::new(), |mut page, table| {
        let _ = writeln!(page, "# {}\n\n{}\n\n{}", table.name, table.description, columns(table));
        page
    })
}

/// All tables as JSON: name, description, columns with type, key and hydrate call.
pub fn schema<C>(tables: &[&'static Table<C>]) -> Value {
    let column = |column: &Column<C>| {
        json!({
            "name": column.name,
            "type": column.column_type.sql(),
            "description": column.description,
            "key": column.key != Key::No,
            "required": column.required,
            "hydrate": column.from.map(|call| call.name),
        })
    };
    tables
        .iter()
        .map(|table| {
            json!({
                "name": table.name,
                "description": table.description,
                "columns": table.columns.iter().map(column).collect::<Vec<_>>(),
            })
        })
        .collect()
}

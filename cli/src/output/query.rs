//! The outputs of a query: CSV, JSON, a line a value, a table, a snapshot.
//! Knows how each shows a value; which rows there are is not its business.

use std::collections::BTreeMap;

use md5::{Digest, Md5};
use serde::Serialize;
use serde_json::{Map, Value, json};
use unicode_width::UnicodeWidthStr;

use super::json::{compact, escape_markup, pretty};
use super::snapshot::{SCHEMA_VERSION, finish};
use super::terminal::{printable, split_at_width, thousands};
use super::{Options, csv as cells};
use crate::report::cell::{Cell, float_json};
use crate::report::{QueryParam, QueryRun, ResultSet};

const NULL: &str = "<null>";
/// Longer lines of a table are broken.
const MAXIMUM_CELL: usize = 1024;
/// The panel of a snapshot that holds the rows.
const TABLE: &str = "custom.table.results";

/// One line a row, under the names of the columns; NULL is empty.
pub(super) fn csv(result: &ResultSet, options: &Options) -> String {
    let separator = options.separator;
    let names = result.columns.iter().map(|column| cells::quote(&column.name, separator));
    let mut text = String::new();
    if options.header {
        text += &cells::line(names, separator);
    }
    for row in values(result) {
        let row = row.iter().map(|cell| cells::quote(&show(cell, ""), separator));
        text += &cells::line(row, separator);
    }
    text
}

#[derive(Clone, Serialize)]
struct ResultDocument<'a> {
    columns: Vec<ColumnDocument<'a>>,
    rows: Vec<Map<String, Value>>,
}

#[derive(Clone, Serialize)]
struct ColumnDocument<'a> {
    name: String,
    data_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_name: Option<&'a str>,
}

/// One document, a blank line behind it.
pub(super) fn json(result: &ResultSet) -> String {
    let document = result_document(result, str::to_ascii_lowercase, |cell| match cell {
        Cell::Day(_) | Cell::Civil(_) | Cell::Instant(_) => show(cell, "").into(),
        _ => exact(cell),
    });
    pretty(&document, " ") + "\n\n"
}

/// A block a row, one line a value; the lines of a longer value are joined by ` +`.
pub(super) fn line(result: &ResultSet) -> String {
    let names: Vec<String> =
        result.columns.iter().map(|column| printable(&column.name, false)).collect();
    let name_width = widest(names.iter().map(String::as_str));
    let mut text = String::new();
    for (index, row) in values(result).enumerate() {
        text += &["-[ RECORD ", &pad(&(index + 1).to_string(), 2), " ]", &"-".repeat(75), "\n"]
            .concat();
        let shown: Vec<String> = row.iter().map(|cell| printable(&grouped(cell), true)).collect();
        let width = widest(shown.iter().flat_map(|value| value.split('\n')));
        for (name, value) in names.iter().zip(&shown) {
            let lines: Vec<&str> = value.split('\n').collect();
            for (index, line) in lines.iter().enumerate() {
                text += &pad(if index == 0 { name } else { "" }, name_width);
                text += " | ";
                text += &if lines.len() == 1 { (*line).to_owned() } else { pad(line, width) };
                text += if index + 1 < lines.len() { " +\n" } else { "\n" };
            }
        }
    }
    text
}

/// A box with a column for each column, values to the left.
pub(super) fn table(result: &ResultSet, options: &Options) -> String {
    if result.columns.is_empty() {
        return String::new();
    }
    let names: Vec<Vec<String>> =
        result.columns.iter().map(|column| cell_lines(&column.name)).collect();
    let header = Some(names).filter(|_| options.header);
    let rows: Vec<Vec<Vec<String>>> = values(result)
        .map(|row| row.iter().map(|cell| cell_lines(&grouped(cell))).collect())
        .collect();
    let widths: Vec<usize> = (0..result.columns.len())
        .map(|index| {
            let column = header.iter().chain(&rows).flat_map(|row| &row[index]);
            widest(column.map(String::as_str))
        })
        .collect();

    let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
    let border = format!("+{}+\n", dashes.join("+"));
    let mut text = border.clone();
    if let Some(header) = &header {
        text += &table_row(header, &widths);
        text += &border;
    }
    for row in &rows {
        text += &table_row(row, &widths);
    }
    text + &border
}

/// A dashboard with one table. As in Powerpipe, standard output gets it with the SQL and its keys in
/// the order of the dashboard; a file gets it without, its keys in alphabetical order.
pub(super) fn snapshot(run: &QueryRun, options: &Options) -> String {
    let whole = !options.compact;
    let hash = base36_hash(&run.sql, 8);
    let dashboard_name = format!("custom.dashboard.sql_{hash}");
    let dashboard_title = format!("Custom query [{hash}]");
    let panel = Panel {
        dashboard: &dashboard_name,
        source_definition: whole.then_some(""),
        status: if run.result.is_ok() { "complete" } else { "error" },
        ..Panel::default()
    };
    let dashboard = Panel {
        name: &dashboard_name,
        kind: "dashboard",
        title: &dashboard_title,
        ..panel.clone()
    };
    let table = Panel {
        error: run.result.as_ref().err().map(String::as_str),
        name: TABLE,
        kind: "table",
        title: &run.title,
        args: &run.args,
        params: &run.params,
        sql: whole.then_some(run.sql.as_str()),
        properties: Some(json!({ "name": "results" })),
        data: run
            .result
            .as_ref()
            .ok()
            .map(|result| result_document(result, str::to_ascii_uppercase, exact)),
        ..panel
    };
    let document = Snapshot {
        schema_version: SCHEMA_VERSION,
        panels: BTreeMap::from([(dashboard_name.as_str(), dashboard), (TABLE, table)]),
        inputs: Map::new(),
        variables: Map::new(),
        search_path: whole.then_some(Value::Null),
        start_time: run.start.to_string(),
        end_time: run.end.to_string(),
        layout: Layout {
            name: &dashboard_name,
            children: vec![Layout { name: TABLE, children: Vec::new(), kind: "table" }],
            kind: "dashboard",
        },
        metadata: whole.then(Map::new),
    };
    if whole {
        escape_markup(&pretty(&document, "  ")) + "\n"
    } else {
        let sorted = serde_json::to_value(&document).expect("its keys are text, it is plain data");
        finish(&sorted, options)
    }
}

#[derive(Serialize)]
struct Snapshot<'a> {
    schema_version: &'a str,
    panels: BTreeMap<&'a str, Panel<'a>>,
    inputs: Map<String, Value>,
    variables: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    search_path: Option<Value>,
    start_time: String,
    end_time: String,
    layout: Layout<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Map<String, Value>>,
}

#[derive(Clone, Default, Serialize)]
struct Panel<'a> {
    dashboard: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    name: &'a str,
    #[serde(rename = "panel_type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_definition: Option<&'a str>,
    status: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    title: &'a str,
    #[serde(skip_serializing_if = "<[Value]>::is_empty")]
    args: &'a [Value],
    #[serde(skip_serializing_if = "<[QueryParam]>::is_empty")]
    params: &'a [QueryParam],
    #[serde(skip_serializing_if = "Option::is_none")]
    sql: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<ResultDocument<'a>>,
}

#[derive(Serialize)]
struct Layout<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    children: Vec<Layout<'a>>,
    #[serde(rename = "panel_type")]
    kind: &'a str,
}

/// A column that repeats a name gets one of its own: objects of JSON hold a name once.
fn result_document(
    result: &ResultSet,
    type_name: fn(&str) -> String,
    value: fn(&Cell) -> Value,
) -> ResultDocument<'_> {
    let mut columns: Vec<ColumnDocument> = Vec::new();
    for (index, column) in result.columns.iter().enumerate() {
        let repeated = result.columns[..index].iter().any(|before| before.name == column.name);
        let (name, original_name) = if repeated {
            let hash = base36_hash(&format!("{}{index}", column.name), 4);
            (format!("{}_{hash}", column.name), Some(column.name.as_str()))
        } else {
            (column.name.clone(), None)
        };
        columns.push(ColumnDocument {
            name,
            data_type: type_name(&column.data_type),
            original_name,
        });
    }
    let names = || columns.iter().map(|column| column.name.clone());
    let rows = values(result).map(|row| names().zip(row.iter().map(value)).collect()).collect();
    ResultDocument { columns, rows }
}

fn values(result: &ResultSet) -> impl Iterator<Item = Vec<Cell<'_>>> {
    result.rows.iter().map(|row| {
        let cells = result.columns.iter().zip(row);
        cells.map(|(column, value)| Cell::read(column, value.as_deref())).collect()
    })
}

/// The value as text. Only instants show their zone, and none the fraction of a second.
fn show(cell: &Cell, null: &str) -> String {
    match cell {
        Cell::Null => null.to_owned(),
        Cell::Json(json) => escape_markup(&compact(json)),
        Cell::Day(day) => day.to_string(),
        Cell::Civil(time) => time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        _ => cell.text(),
    }
}

/// The value for a reader: numbers have commas between thousands.
fn grouped(cell: &Cell) -> String {
    match cell {
        Cell::Integer(_) | Cell::Float(_) => thousands(&cell.text()),
        _ => show(cell, NULL),
    }
}

/// The value as JSON, nothing of it lost.
fn exact(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(value) => (*value).into(),
        Cell::Integer(value) => (*value).into(),
        Cell::Float(value) => float_json(*value),
        Cell::Json(value) => value.clone(),
        Cell::Day(_) => cell.text().into(),
        Cell::Civil(time) => format!("{time}Z").into(),
        Cell::Instant(time) => time.to_string().into(),
        Cell::Bytes(text) | Cell::Text(text) => (*text).into(),
    }
}

/// The lines of a value in a table.
fn cell_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in printable(&text.replace('\t', "    "), true).split('\n') {
        let mut rest = line;
        while rest.width() > MAXIMUM_CELL {
            let (first, behind) = split_at_width(rest, MAXIMUM_CELL);
            lines.push(first.to_owned());
            rest = behind;
        }
        lines.push(rest.to_owned());
    }
    lines
}

fn table_row(cells: &[Vec<String>], widths: &[usize]) -> String {
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    let mut text = String::new();
    for index in 0..height {
        for (lines, width) in cells.iter().zip(widths) {
            text += "| ";
            text += &pad(lines.get(index).map_or("", String::as_str), *width);
            text += " ";
        }
        text += "|\n";
    }
    text
}

fn widest<'a>(lines: impl Iterator<Item = &'a str>) -> usize {
    lines.map(UnicodeWidthStr::width).max().unwrap_or(0)
}

fn pad(text: &str, width: usize) -> String {
    text.to_owned() + &" ".repeat(width.saturating_sub(text.width()))
}

/// The short name that Powerpipe derives from a text: the last digits, in base 36, of the first
/// half of its MD5 sum.
fn base36_hash(text: &str, length: usize) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let sum = Md5::digest(text);
    let half = sum.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let mut digits = Vec::new();
    let mut rest = half;
    for _ in 0..length {
        let digit = usize::try_from(rest % 36).unwrap_or_default();
        digits.push(char::from(DIGITS[digit]));
        rest /= 36;
    }
    digits.iter().rev().collect()
}

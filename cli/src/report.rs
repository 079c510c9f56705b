//! The result of a run: benchmarks, their controls, the rows each gave, and what they add up to.
//! Knows neither how the rows were got nor how they are shown.

pub(crate) mod cell;

use std::collections::BTreeMap;
use std::iter;
use std::ops::AddAssign;
use std::str::FromStr;

use cell::Cell;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

/// The name of the invisible group around everything that was asked for.
pub(crate) const ROOT_GROUP: &str = "root_result_group";

/// One run of benchmarks or of a control.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    /// The invisible root; its children are what was asked for, in that order.
    pub root: Group,
    /// The mod that was run, without `mod.`; names of its own controls are shown without it.
    pub mod_name: String,
    /// The variables that the run referred to.
    pub variables: BTreeMap<String, Value>,
    pub start: Timestamp,
    pub end: Timestamp,
    /// The tree was only listed: every outcome is pending.
    pub dry_run: bool,
}

impl Report {
    /// 0 when nothing failed, 1 when something is in alarm, 2 when something could not be assessed:
    /// the worst over all targets. A run that gave neither a row nor an error assessed nothing.
    pub(crate) fn exit_code(&self) -> u8 {
        let summary = self.root.summary();
        if self.dry_run {
            0
        } else if summary.error > 0 || summary.total() == 0 {
            2
        } else {
            u8::from(summary.alarm > 0)
        }
    }
}

/// A benchmark, or the invisible root.
#[derive(Debug, Clone, Default)]
pub(crate) struct Group {
    /// The full name, such as `layout.benchmark.good`, or [`ROOT_GROUP`].
    pub id: String,
    pub title: String,
    pub description: String,
    pub documentation: String,
    pub tags: BTreeMap<String, String>,
    /// What only a snapshot shows: `display`, `type` and `width`, where the mod sets them.
    pub properties: Map<String, Value>,
    pub children: Vec<Node>,
}

impl Group {
    /// The invisible root, with the title of the only target, or none when there are several.
    pub(crate) fn root(title: impl Into<String>) -> Self {
        Self { id: ROOT_GROUP.to_owned(), title: title.into(), ..Self::default() }
    }

    /// Appends a child. A benchmark left without controls (all filtered out, say) is not part of
    /// a report; only what was asked for by name is shown even when empty.
    pub(crate) fn add(&mut self, child: Node) {
        let empty = matches!(&child, Node::Group(group) if group.controls().is_empty());
        if !empty || self.id == ROOT_GROUP {
            self.children.push(child);
        }
    }

    /// The rows of all controls below; a control in two benchmarks counts in both.
    pub(crate) fn summary(&self) -> Summary {
        let mut sum = Summary::default();
        for control in self.controls() {
            sum += control.summary();
        }
        sum
    }

    /// The direct children that are groups.
    pub(crate) fn own_groups(&self) -> impl Iterator<Item = &Group> {
        self.children.iter().filter_map(|child| match child {
            Node::Group(group) => Some(group),
            Node::Control(_) => None,
        })
    }

    /// The direct children that are controls.
    pub(crate) fn own_controls(&self) -> impl Iterator<Item = &ControlRun> {
        self.children.iter().filter_map(|child| match child {
            Node::Control(control) => Some(control),
            Node::Group(_) => None,
        })
    }

    /// This group and all groups below, parents first.
    pub(crate) fn groups(&self) -> Vec<&Group> {
        iter::once(self).chain(self.own_groups().flat_map(Group::groups)).collect()
    }

    /// All controls below in the order of the mod, once for each place where they stand.
    pub(crate) fn controls(&self) -> Vec<&ControlRun> {
        let mut controls = Vec::new();
        for child in &self.children {
            match child {
                Node::Group(group) => controls.extend(group.controls()),
                Node::Control(control) => controls.push(control),
            }
        }
        controls
    }
}

/// A child of a group.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Group(Group),
    Control(ControlRun),
}

/// A control and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct ControlRun {
    /// The full name, such as `layout.control.ok`.
    pub name: String,
    pub title: String,
    pub description: String,
    pub documentation: String,
    /// As the mod writes it; empty when it sets none.
    pub severity: String,
    pub tags: BTreeMap<String, String>,
    pub outcome: Outcome,
}

impl ControlRun {
    /// The rows by status; a control that could not run is one error.
    pub(crate) fn summary(&self) -> Summary {
        let mut sum = Summary::default();
        for row in self.rows() {
            *sum.count_mut(row.status) += 1;
        }
        sum.error += usize::from(self.error().is_some());
        sum
    }

    /// The rows, none when the control did not run.
    pub(crate) fn rows(&self) -> &[Row] {
        match &self.outcome {
            Outcome::Complete { rows, .. } => rows,
            Outcome::Pending | Outcome::Failed { .. } => &[],
        }
    }

    /// Why the control could not run.
    pub(crate) fn error(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Failed { message, .. } => Some(message),
            Outcome::Pending | Outcome::Complete { .. } => None,
        }
    }
}

/// How far a control came.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// Not run: this is a dry run.
    Pending,
    /// The rows, worst first, and their columns.
    Complete { columns: Vec<Column>, rows: Vec<Row> },
    /// The query failed (no columns), or its result is not that of a control.
    Failed { message: String, columns: Option<Vec<Column>> },
}

impl Outcome {
    /// Judges what the database answered to the query of a control.
    pub(crate) fn from_query(answer: Result<ResultSet, String>) -> Self {
        match answer.map(|result| control_rows(&result)) {
            Ok(Ok((columns, rows))) => Self::Complete { columns, rows },
            Ok(Err(message)) => Self::Failed { message, columns: Some(required_columns()) },
            Err(message) => Self::Failed { message, columns: None },
        }
    }
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub name: String,
    /// The type as `pg_type` calls it, in upper case: `TEXT`, `INT8`, `TIMESTAMPTZ`.
    pub data_type: String,
}

impl Column {
    pub(crate) fn new(name: impl Into<String>, data_type: &str) -> Self {
        Self { name: name.into(), data_type: data_type.to_ascii_uppercase() }
    }
}

/// The verdict on one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub status: Status,
    pub reason: String,
    pub resource: String,
    pub dimensions: Vec<Dimension>,
}

/// A further column of a verdict, such as the region of the resource. Every output, snapshots too,
/// shows its value as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Dimension {
    pub key: String,
    #[serde(rename = "value")]
    pub text: String,
}

/// A verdict, in the order in which rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    Error,
    Alarm,
    Info,
    Ok,
    Skip,
}

impl Status {
    /// The word that controls give, in lower case.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Alarm => "alarm",
            Self::Info => "info",
            Self::Ok => "ok",
            Self::Skip => "skip",
        }
    }
}

impl FromStr for Status {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        [Self::Error, Self::Alarm, Self::Info, Self::Ok, Self::Skip]
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or_else(|| format!("invalid control status '{word}'"))
    }
}

/// How many rows have each status. Its order is that of the JSON output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Summary {
    pub alarm: usize,
    pub ok: usize,
    pub info: usize,
    pub skip: usize,
    pub error: usize,
}

impl Summary {
    /// Alarms and errors.
    pub(crate) fn failed(self) -> usize {
        self.alarm + self.error
    }

    /// All rows, and the controls that could not run.
    pub(crate) fn total(self) -> usize {
        self.alarm + self.ok + self.info + self.skip + self.error
    }

    /// The rows with one status.
    pub(crate) fn count(mut self, status: Status) -> usize {
        *self.count_mut(status)
    }

    fn count_mut(&mut self, status: Status) -> &mut usize {
        match status {
            Status::Error => &mut self.error,
            Status::Alarm => &mut self.alarm,
            Status::Info => &mut self.info,
            Status::Ok => &mut self.ok,
            Status::Skip => &mut self.skip,
        }
    }
}

impl AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.alarm += other.alarm;
        self.ok += other.ok;
        self.info += other.info;
        self.skip += other.skip;
        self.error += other.error;
    }
}

/// One run of a query.
#[derive(Debug, Clone)]
pub(crate) struct QueryRun {
    /// The title of a query of the mod; empty for SQL given on the command line.
    pub title: String,
    pub sql: String,
    /// The values of `$1`, `$2`, …
    pub args: Vec<Value>,
    pub params: Vec<QueryParam>,
    pub start: Timestamp,
    pub end: Timestamp,
    pub result: Result<ResultSet, String>,
}

/// A declared parameter of a query. Its order is that of the snapshot.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct QueryParam {
    pub name: String,
    pub description: Option<String>,
    pub default: Value,
}

/// What a database returned: values in the text form of Postgres, `None` for NULL.
#[derive(Debug, Clone, Default)]
pub(crate) struct ResultSet {
    pub columns: Vec<Column>,
    /// As many values a row as there are columns.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Reads the result of a control's query: the columns it shows, and its rows, worst first.
/// It fails when a column that every control needs is missing, and on a status that does not exist.
pub(crate) fn control_rows(result: &ResultSet) -> Result<(Vec<Column>, Vec<Row>), String> {
    let mut columns = required_columns();
    let has = |name: &str| result.columns.iter().any(|column| column.name == name);
    let missing: Vec<&str> =
        columns.iter().map(|column| column.name.as_str()).filter(|name| !has(name)).collect();
    if !missing.is_empty() {
        let noun = if missing.len() == 1 { "column" } else { "columns" };
        return Err(format!("control result is missing required {noun}: [{}]", missing.join(" ")));
    }

    // the first row decides for all, so that every row of a control has the same dimensions
    let first = result.rows.first().map_or(&[][..], Vec::as_slice);
    let scalar: Vec<bool> = iter::zip(&result.columns, first)
        .map(|(column, value)| Cell::read(column, value.as_deref()).is_scalar())
        .collect();
    let mut rows = result
        .rows
        .iter()
        .map(|values| control_row(&result.columns, values, &scalar))
        .collect::<Result<Vec<Row>, String>>()?;
    rows.sort_by_key(|row| row.status);

    // as in Powerpipe, a control without rows shows no dimension columns
    for dimension in rows.first().into_iter().flat_map(|row| &row.dimensions) {
        if columns.iter().all(|column| column.name != dimension.key) {
            columns
                .extend(result.columns.iter().find(|column| column.name == dimension.key).cloned());
        }
    }
    Ok((columns, rows))
}

/// The columns that every control gives, in the order in which a snapshot shows them.
fn required_columns() -> Vec<Column> {
    ["reason", "resource", "status"].map(|name| Column::new(name, "TEXT")).to_vec()
}

fn control_row(
    columns: &[Column],
    values: &[Option<String>],
    scalar: &[bool],
) -> Result<Row, String> {
    let mut row = Row {
        status: Status::Error,
        reason: String::new(),
        resource: String::new(),
        dimensions: Vec::new(),
    };
    for ((column, value), scalar) in columns.iter().zip(values).zip(scalar) {
        let text = || Cell::read(column, value.as_deref()).text();
        match column.name.as_str() {
            "reason" => row.reason = text(),
            "resource" => row.resource = text(),
            "status" => row.status = text().parse()?,
            key if *scalar => {
                row.dimensions.push(Dimension { key: key.to_owned(), text: text() });
            }
            _ => {}
        }
    }
    Ok(row)
}

#[cfg(test)]
mod tests;

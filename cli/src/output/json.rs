//! The JSON output of a run, and JSON as Go writes it, which the other formats share.
//! Knows the shape of the document, nothing of where it goes.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::PrettyFormatter;

use crate::report::{ControlRun, Dimension, Group, Outcome, Report, Row, Summary};

/// One document for all targets. It ends as Powerpipe's does: with a space and no line break.
pub(super) fn render(report: &Report) -> String {
    escape_markup(&pretty(&group_document(report, &report.root), "  ")) + " "
}

/// JSON with one value a line.
pub(super) fn pretty(value: &impl Serialize, indent: &str) -> String {
    let mut buffer = Vec::new();
    let formatter = PrettyFormatter::with_indent(indent.as_bytes());
    value
        .serialize(&mut Serializer::with_formatter(&mut buffer, formatter))
        .expect("documents have text keys and are written to memory: nothing can fail");
    escape_lines(&String::from_utf8_lossy(&buffer))
}

/// JSON without white space.
pub(super) fn compact(value: &serde_json::Value) -> String {
    escape_lines(&value.to_string())
}

/// Escapes `<`, `>` and `&` as Go does. In JSON they stand in strings only, so that the text can
/// be replaced as a whole.
pub(super) fn escape_markup(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// Go always escapes the two line breaks that JavaScript does not allow in strings.
fn escape_lines(json: &str) -> String {
    json.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

#[derive(Serialize)]
struct GroupDocument<'a> {
    group_id: &'a str,
    title: &'a str,
    description: &'a str,
    tags: &'a BTreeMap<String, String>,
    summary: GroupSummary,
    groups: Vec<GroupDocument<'a>>,
    controls: Option<Vec<ControlDocument<'a>>>,
}

#[derive(Serialize)]
struct GroupSummary {
    status: Summary,
}

#[derive(Serialize)]
struct ControlDocument<'a> {
    summary: Summary,
    results: Option<Vec<RowDocument<'a>>>,
    control_id: &'a str,
    description: &'a str,
    severity: &'a str,
    tags: &'a BTreeMap<String, String>,
    title: &'a str,
    run_status: u8,
    run_error: String,
}

#[derive(Serialize)]
struct RowDocument<'a> {
    reason: &'a str,
    resource: &'a str,
    status: &'static str,
    dimensions: Option<&'a [Dimension]>,
}

fn group_document<'a>(report: &'a Report, group: &'a Group) -> GroupDocument<'a> {
    GroupDocument {
        group_id: &group.id,
        title: &group.title,
        description: &group.description,
        tags: &group.tags,
        summary: GroupSummary { status: group.summary() },
        groups: group.own_groups().map(|child| group_document(report, child)).collect(),
        controls: some(group.own_controls().map(|run| control_document(report, run)).collect()),
    }
}

fn control_document<'a>(report: &'a Report, run: &'a ControlRun) -> ControlDocument<'a> {
    ControlDocument {
        summary: run.summary(),
        results: some(run.rows().iter().map(row_document).collect()),
        control_id: control_id(report, run),
        description: &run.description,
        severity: &run.severity,
        tags: &run.tags,
        title: &run.title,
        // what the state of a run is called there: a control not run in a dry run is complete too
        run_status: match run.outcome {
            Outcome::Pending | Outcome::Complete { .. } => 4,
            Outcome::Failed { .. } => 8,
        },
        run_error: run.error().unwrap_or_default().replace(['\n', '\r', '\t'], " "),
    }
}

fn row_document(row: &Row) -> RowDocument<'_> {
    RowDocument {
        reason: &row.reason,
        resource: &row.resource,
        status: row.status.as_str(),
        dimensions: Some(row.dimensions.as_slice()).filter(|dimensions| !dimensions.is_empty()),
    }
}

/// The name of a control, with its mod only if that is not the one that was run.
pub(super) fn control_id<'a>(report: &Report, run: &'a ControlRun) -> &'a str {
    run.name
        .strip_prefix(&report.mod_name)
        .and_then(|name| name.strip_prefix('.'))
        .unwrap_or(&run.name)
}

/// An empty list is `null`.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

//! The snapshot of a run, as Powerpipe's dashboards and Turbot Pipes read it (`.pps`).
//! Knows the shape of the document, nothing of files. Its keys are in alphabetical order.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Options;
use super::json::{compact, escape_markup, pretty};
use crate::report::{Column, ControlRun, Group, Node, Outcome, Report, Row};

/// The version of the shape; Powerpipe refuses others.
pub(super) const SCHEMA_VERSION: &str = "20240607";

/// One document: a line in a file, indented for a reader.
pub(super) fn render(report: &Report, options: &Options) -> String {
    let target = target(report);
    let mut panels = Map::new();
    add_panels(&mut panels, &target);
    if let Node::Group(group) = target.as_ref()
        && let Some(Value::Object(panel)) = panels.get_mut(&group.id)
    {
        add_run(panel, group);
    }
    let variables: BTreeMap<&String, String> =
        report.variables.iter().map(|(name, value)| (name, variable_text(value))).collect();
    let document = json!({
        "schema_version": SCHEMA_VERSION,
        "panels": panels,
        "layout": layout(&target),
        "inputs": {},
        "variables": variables,
        "start_time": report.start.to_string(),
        "end_time": report.end.to_string(),
    });
    finish(&document, options)
}

/// The text of a finished document, with its line break.
pub(super) fn finish(document: &Value, options: &Options) -> String {
    let json = if options.compact { compact(document) } else { pretty(document, "  ") };
    escape_markup(&json) + "\n"
}

/// A snapshot has one root: what was asked for, or a benchmark around all of it.
fn target(report: &Report) -> Cow<'_, Node> {
    match report.root.children.as_slice() {
        [only] => Cow::Borrowed(only),
        several => Cow::Owned(Node::Group(Group {
            id: format!("{}.benchmark.root", report.mod_name),
            children: several.to_vec(),
            ..Group::default()
        })),
    }
}

/// Variables are text in a snapshot, whatever their type.
fn variable_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn layout(node: &Node) -> Value {
    match node {
        Node::Control(run) => json!({ "name": run.name, "panel_type": "control" }),
        Node::Group(group) => {
            let mut entry = json!({ "name": group.id, "panel_type": "benchmark" });
            if !group.children.is_empty() {
                entry["children"] = group.children.iter().map(layout).collect();
            }
            entry
        }
    }
}

fn add_panels(panels: &mut Map<String, Value>, node: &Node) {
    match node {
        Node::Control(run) => {
            panels.insert(run.name.clone(), control_panel(run));
        }
        Node::Group(group) => {
            panels.insert(group.id.clone(), group_panel(group));
            for child in &group.children {
                add_panels(panels, child);
            }
        }
    }
}

fn group_panel(group: &Group) -> Value {
    let mut panel = json!({
        "name": group.id,
        "panel_type": "benchmark",
        "summary": { "status": group.summary() },
    });
    if let Value::Object(panel) = &mut panel {
        add_texts(panel, &group.title, &group.description, &group.documentation, &group.tags);
        for key in ["display", "type"] {
            panel.extend(group.properties.get(key).map(|value| (key.to_owned(), value.clone())));
        }
    }
    panel
}

/// What the panel of the root has more than that of a benchmark below: it stands for the run.
fn add_run(panel: &mut Map<String, Value>, group: &Group) {
    panel.insert("benchmark_type".to_owned(), "control".into());
    panel.insert("dashboard".to_owned(), group.id.clone().into());
    panel.insert("status".to_owned(), "complete".into());
    if let Some(kind) = panel.remove("type") {
        panel.insert("display_type".to_owned(), kind);
    }
    if let Some(width) = group.properties.get("width") {
        panel.insert("width".to_owned(), width.clone());
    }
}

fn control_panel(run: &ControlRun) -> Value {
    let (status, data) = match &run.outcome {
        Outcome::Pending => ("complete", Value::Null),
        Outcome::Complete { columns, rows } => ("complete", data(columns, rows)),
        Outcome::Failed { columns, .. } => {
            ("error", columns.as_ref().map_or(Value::Null, |columns| data(columns, &[])))
        }
    };
    let short_name = run.name.rsplit('.').next().unwrap_or_default();
    let mut panel = json!({
        "data": data,
        "name": run.name,
        "panel_type": "control",
        "properties": { "name": short_name },
        "status": status,
        "summary": run.summary(),
    });
    if !run.severity.is_empty() {
        panel["properties"]["severity"] = run.severity.clone().into();
    }
    if let Value::Object(panel) = &mut panel {
        add_texts(panel, &run.title, &run.description, &run.documentation, &run.tags);
        panel.extend(run.error().map(|message| ("error".to_owned(), message.into())));
    }
    panel
}

/// What the mod says of a benchmark or a control, where it says something.
fn add_texts(
    panel: &mut Map<String, Value>,
    title: &str,
    description: &str,
    documentation: &str,
    tags: &BTreeMap<String, String>,
) {
    let texts = [("title", title), ("description", description), ("documentation", documentation)];
    for (key, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        panel.insert(key.to_owned(), text.into());
    }
    if !tags.is_empty() {
        panel.insert("tags".to_owned(), json!(tags));
    }
}

fn data(columns: &[Column], rows: &[Row]) -> Value {
    let columns: Vec<Value> = columns
        .iter()
        .map(|column| json!({ "data_type": column.data_type, "name": column.name }))
        .collect();
    let rows: Vec<Value> = rows.iter().map(row_data).collect();
    json!({ "columns": columns, "rows": rows })
}

fn row_data(row: &Row) -> Value {
    let mut data = json!({
        "reason": row.reason,
        "resource": row.resource,
        "status": row.status.as_str(),
    });
    for dimension in &row.dimensions {
        data[&dimension.key] = dimension.text.clone().into();
    }
    data
}

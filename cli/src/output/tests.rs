use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::report::{
    Column, ControlRun, Dimension, Group, Node, Outcome, QueryParam, ResultSet, Row, Status,
};

/// What Powerpipe printed; the path is that of the files in `tests/`.
macro_rules! expected {
    ($name:literal) => {
        include_str!(concat!("../../../tests/layout/", $name))
    };
}

mod formats;
mod queries;
mod trees;

/// A result of text columns.
fn texts(columns: &[&str], rows: &[&[&str]]) -> ResultSet {
    ResultSet {
        columns: columns.iter().map(|name| Column::new(*name, "TEXT")).collect(),
        rows: rows
            .iter()
            .map(|row| row.iter().map(|value| Some((*value).to_owned())).collect())
            .collect(),
    }
}

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn control(name: &str, title: &str, severity: &str, outcome: Outcome) -> ControlRun {
    ControlRun {
        name: format!("layout.control.{name}"),
        title: title.to_owned(),
        description: String::new(),
        documentation: String::new(),
        severity: severity.to_owned(),
        tags: BTreeMap::new(),
        outcome,
    }
}

fn benchmark(name: &str, title: &str, children: Vec<Node>) -> Group {
    let mut group = Group {
        id: format!("layout.benchmark.{name}"),
        title: title.to_owned(),
        ..Group::default()
    };
    for child in children {
        group.add(child);
    }
    group
}

fn report(title: &str, targets: Vec<Node>) -> Report {
    let mut root = Group::root(title);
    for target in targets {
        root.add(target);
    }
    Report {
        root,
        mod_name: "layout".to_owned(),
        variables: BTreeMap::from([("region".to_owned(), json!("eu"))]),
        start: Timestamp::UNIX_EPOCH,
        end: Timestamp::UNIX_EPOCH,
        dry_run: false,
    }
}

/// The control `ok` of the layout mod.
fn ok() -> ControlRun {
    let result = texts(
        &["resource", "status", "reason", "region", "note"],
        &[&["r1", "ok", "Fine <b> & ok.", "eu", "a \"quoted\" one"]],
    );
    ControlRun {
        description: "One row that passes, with characters that need escaping.".to_owned(),
        tags: tags(&[("service", "Layout"), ("plugin", "docker"), ("level", "1")]),
        ..control("ok", "Passes", "low", Outcome::from_query(Ok(result)))
    }
}

/// The control `alarm` of the layout mod.
fn alarm() -> ControlRun {
    let reason = "Bad, for a reason which is told at some length so that it may have to be cut.";
    let result = texts(
        &["resource", "status", "reason", "region"],
        &[
            &["r1", "alarm", reason, "eu"],
            &["r2", "skip", "Skipped.", "us"],
            &["r3", "info", "Informed.", "us"],
            &["r4", "alarm", "Worse.", "us"],
        ],
    );
    let title = "Fails, skips and informs, with a title long enough to be shortened on a narrow \
                 terminal, as real ones are";
    ControlRun {
        tags: tags(&[("service", "Layout"), ("plugin", "docker")]),
        ..control("alarm", title, "critical", Outcome::from_query(Ok(result)))
    }
}

/// The benchmark `all_kinds` of the layout mod.
fn all_kinds() -> Report {
    let columns = ["resource", "status", "reason"];
    let missing = "relation \"no_such_table\" does not exist (SQLSTATE 42P01)".to_owned();
    let empty = Outcome::from_query(Ok(texts(&columns, &[])));
    let bad_status = Outcome::from_query(Ok(texts(&columns, &[&["r1", "WARN", "x"]])));
    let no_reason = Outcome::from_query(Ok(texts(&columns[..2], &[&["r1", "ok"]])));
    let good = Group {
        tags: tags(&[("service", "Layout"), ("plugin", "docker")]),
        ..benchmark(
            "good",
            "Good",
            vec![Node::Control(ok()), Node::Control(control("empty", "Has no rows", "", empty))],
        )
    };
    let broken = Outcome::from_query(Err(missing));
    let status_title = "Has a status that does not exist";
    let bad = Group {
        description: "Alarms and errors.".to_owned(),
        ..benchmark(
            "bad",
            "Bad",
            vec![
                Node::Control(alarm()),
                Node::Control(control("broken", "Cannot run", "high", broken)),
                Node::Control(control("bad_status", status_title, "", bad_status)),
                Node::Control(control("no_reason", "Lacks a column", "", no_reason)),
            ],
        )
    };
    let all = Group {
        documentation: "# Documentation\n\nOf *all kinds*.".to_owned(),
        ..benchmark(
            "all_kinds",
            "All kinds",
            vec![Node::Group(good), Node::Group(bad), Node::Control(ok())],
        )
    };
    report("All kinds", vec![Node::Group(all)])
}

/// The query `ok_rows` of the layout mod.
fn ok_rows() -> QueryRun {
    QueryRun {
        title: "Rows that pass".to_owned(),
        sql: "select 'r1' as resource, 'ok' as status, 'Fine <b> & ok.' as reason, $1 as region, \
              'a \"quoted\" one' as note\n"
            .to_owned(),
        args: vec![json!("us")],
        params: vec![QueryParam {
            name: "region".to_owned(),
            description: None,
            default: json!("us"),
        }],
        start: Timestamp::UNIX_EPOCH,
        end: Timestamp::UNIX_EPOCH,
        result: Ok(texts(
            &["resource", "status", "reason", "region", "note"],
            &[&["r1", "ok", "Fine <b> & ok.", "us", "a \"quoted\" one"]],
        )),
    }
}

/// When the expected snapshot was made.
fn times(snapshot: &str) -> (Timestamp, Timestamp) {
    let document: Value = serde_json::from_str(snapshot).unwrap();
    let time = |key: &str| document[key].as_str().unwrap().parse().unwrap();
    (time("start_time"), time("end_time"))
}

fn text(report: &Report, width: usize) -> String {
    render_report(report, ReportFormat::Text, &Options { width, ..Options::default() })
}

/// A control with one row.
fn one_row(title: &str, severity: &str, status: Status, reason: &str, values: &[&str]) -> Node {
    let dimensions = values
        .iter()
        .enumerate()
        .map(|(index, text)| Dimension { key: format!("d{index}"), text: (*text).to_owned() })
        .collect();
    let row = Row { status, reason: reason.to_owned(), resource: "r".to_owned(), dimensions };
    let outcome = Outcome::Complete { columns: Vec::new(), rows: vec![row] };
    Node::Control(control("one", title, severity, outcome))
}

use super::*;

fn result(columns: &[(&str, &str)], rows: &[&[Option<&str>]]) -> ResultSet {
    ResultSet {
        columns: columns.iter().map(|(name, kind)| Column::new(*name, kind)).collect(),
        rows: rows
            .iter()
            .map(|row| row.iter().map(|value| value.map(str::to_owned)).collect())
            .collect(),
    }
}

fn verdicts(statuses: &[&str]) -> ControlRun {
    let columns = [("reason", "text"), ("resource", "text"), ("status", "text")];
    let rows: Vec<Vec<Option<&str>>> =
        statuses.iter().map(|status| vec![Some("why"), Some("what"), Some(*status)]).collect();
    let rows: Vec<&[Option<&str>]> = rows.iter().map(Vec::as_slice).collect();
    run(Outcome::from_query(Ok(result(&columns, &rows))))
}

fn run(outcome: Outcome) -> ControlRun {
    ControlRun {
        name: "m.control.c".to_owned(),
        title: String::new(),
        description: String::new(),
        documentation: String::new(),
        severity: String::new(),
        tags: BTreeMap::new(),
        outcome,
    }
}

fn report(targets: Vec<Vec<ControlRun>>) -> Report {
    let mut root = Group::root("");
    for controls in targets {
        let mut group = Group { id: "m.benchmark.b".to_owned(), ..Group::default() };
        for control in controls {
            group.add(Node::Control(control));
        }
        root.add(Node::Group(group));
    }
    Report {
        root,
        mod_name: "m".to_owned(),
        variables: BTreeMap::new(),
        start: Timestamp::UNIX_EPOCH,
        end: Timestamp::UNIX_EPOCH,
        dry_run: false,
    }
}

/// The dimensions of the only row of a control with these further columns.
fn dimensions(columns: &[(&str, &str, Option<&str>)]) -> Vec<(String, String)> {
    let mut names = vec![("reason", "TEXT"), ("resource", "TEXT"), ("status", "TEXT")];
    let mut values = vec![Some("why"), Some("what"), Some("ok")];
    for (name, kind, value) in columns {
        names.push((*name, *kind));
        values.push(*value);
    }
    let (_, rows) = control_rows(&result(&names, &[&values])).unwrap();
    rows[0].dimensions.iter().map(|found| (found.key.clone(), found.text.clone())).collect()
}

#[test]
fn exit_code_is_the_worst_of_all_targets() {
    let code = |targets: &[&[&str]]| {
        report(targets.iter().map(|statuses| vec![verdicts(statuses)]).collect()).exit_code()
    };
    assert_eq!(code(&[&["ok", "info", "skip"]]), 0);
    assert_eq!(code(&[&["alarm"], &["ok"]]), 1);
    assert_eq!(code(&[&["error"], &["alarm"], &["ok"]]), 2);
    assert_eq!(code(&[&["skip"]]), 0);
}

#[test]
fn a_run_without_any_row_assessed_nothing() {
    assert_eq!(report(vec![vec![verdicts(&[])]]).exit_code(), 2);
    assert_eq!(report(vec![vec![]]).exit_code(), 2);
    assert_eq!(report(vec![vec![verdicts(&[]), verdicts(&["ok"])]]).exit_code(), 0);
}

#[test]
fn a_dry_run_fails_nothing() {
    let dry = Report { dry_run: true, ..report(vec![vec![run(Outcome::Pending)]]) };
    assert_eq!(dry.exit_code(), 0);
}

#[test]
fn a_control_that_failed_is_one_error() {
    let failed = run(Outcome::from_query(Err("no such table".to_owned())));
    assert_eq!(failed.summary(), Summary { error: 1, ..Summary::default() });
    assert_eq!(failed.error(), Some("no such table"));
    assert_eq!(report(vec![vec![failed, verdicts(&["ok"])]]).exit_code(), 2);
}

#[test]
fn a_control_in_two_benchmarks_counts_in_both() {
    let shared = verdicts(&["ok", "alarm"]);
    let report = report(vec![vec![shared.clone()], vec![shared]]);
    assert_eq!(report.root.summary(), Summary { ok: 2, alarm: 2, ..Summary::default() });
}

#[test]
fn a_benchmark_without_controls_is_left_out_unless_it_was_asked_for() {
    let empty = || Node::Group(Group::default());
    let mut parent = Group { id: "m.benchmark.parent".to_owned(), ..Group::default() };
    parent.add(empty());
    parent.add(Node::Control(verdicts(&["ok"])));
    assert_eq!(parent.own_groups().count(), 0);
    let mut root = Group::root("");
    root.add(empty());
    assert_eq!(root.own_groups().count(), 1);
}

#[test]
fn rows_come_worst_first_and_keep_their_order_within_a_status() {
    let columns = [("resource", "TEXT"), ("status", "TEXT"), ("reason", "TEXT")];
    let rows: Vec<Vec<Option<&str>>> = ["ok", "skip", "alarm", "info", "error", "alarm"]
        .iter()
        .zip(["1", "2", "3", "4", "5", "6"])
        .map(|(status, resource)| vec![Some(resource), Some(*status), Some("why")])
        .collect();
    let rows: Vec<&[Option<&str>]> = rows.iter().map(Vec::as_slice).collect();
    let (columns, rows) = control_rows(&result(&columns, &rows)).unwrap();
    let order: String = rows.iter().map(|row| row.resource.as_str()).collect();
    assert_eq!(order, "536412");
    assert_eq!(columns, required_columns());
}

#[test]
fn missing_columns_and_unknown_statuses_are_refused() {
    let refused = |columns: &[(&str, &str)], row: &[Option<&str>]| {
        control_rows(&result(columns, &[row])).unwrap_err()
    };
    assert_eq!(
        refused(&[("resource", "TEXT"), ("status", "TEXT")], &[Some("r"), Some("ok")]),
        "control result is missing required column: [reason]"
    );
    assert_eq!(
        refused(&[("reason", "TEXT")], &[Some("r")]),
        "control result is missing required columns: [resource status]"
    );
    let columns = [("reason", "TEXT"), ("resource", "TEXT"), ("status", "TEXT")];
    for status in ["WARN", "OK", "", " ok"] {
        let message = refused(&columns, &[Some("r"), Some("r"), Some(status)]);
        assert_eq!(message, format!("invalid control status '{status}'"));
    }
    assert_eq!(refused(&columns, &[Some("r"), Some("r"), None]), "invalid control status '<nil>'");
}

#[test]
fn dimensions_are_the_scalar_columns_in_the_order_of_the_query() {
    let found = dimensions(&[
        ("region", "TEXT", Some("eu")),
        ("labels", "JSONB", Some(r#"{"a": 1}"#)),
        ("ports", "JSONB", Some("[80]")),
        ("created", "TIMESTAMPTZ", Some("2026-11-23 10:00:00+00")),
        ("day", "DATE", Some("2026-11-23")),
        ("raw", "BYTEA", Some("\\x00")),
        ("addresses", "_TEXT", Some("{a,b}")),
        ("privileged", "BOOL", Some("t")),
    ]);
    let keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["region", "addresses", "privileged"]);
}

#[test]
fn dimensions_show_values_as_powerpipe_does() {
    let shown = |kind: &str, value: Option<&str>| dimensions(&[("d", kind, value)])[0].1.clone();
    assert_eq!(shown("TEXT", None), "<nil>");
    assert_eq!(shown("JSONB", Some("null")), "<nil>");
    assert_eq!(shown("BOOL", Some("f")), "false");
    assert_eq!(shown("INT8", Some("-9223372036854775808")), "-9223372036854775808");
    assert_eq!(shown("NUMERIC", Some("1.50")), "1.50");
    assert_eq!(shown("FLOAT8", Some("1e+20")), "100000000000000000000");
    assert_eq!(shown("FLOAT8", Some("1")), "1");
    assert_eq!(shown("FLOAT8", Some("Infinity")), "+Inf");
    assert_eq!(shown("FLOAT8", Some("NaN")), "NaN");
    assert_eq!(shown("FLOAT4", Some("0.1")), "0.10000000149011612");
    assert_eq!(shown("JSONB", Some("\"text\"")), "text");
    assert_eq!(shown("JSONB", Some("12")), "12");
    assert_eq!(shown("INET", Some("10.0.0.1")), "10.0.0.1");
}

#[test]
fn the_first_row_decides_which_columns_are_dimensions() {
    let columns =
        [("reason", "TEXT"), ("resource", "TEXT"), ("status", "TEXT"), ("seen", "TIMESTAMPTZ")];
    let late = Some("2026-11-23 10:00:00.5+02");
    let null_first = result(
        &columns,
        &[&[Some("a"), Some("1"), Some("ok"), None], &[Some("b"), Some("2"), Some("alarm"), late]],
    );
    let (shown, rows) = control_rows(&null_first).unwrap();
    assert_eq!(shown.last(), Some(&Column::new("seen", "TIMESTAMPTZ")));
    assert_eq!(rows[0].dimensions[0].text, "2026-11-23T08:00:00Z");
    assert_eq!(rows[1].dimensions[0].text, "<nil>");
}

//! Each format against what Powerpipe 1.5.2 printed for the same mod.

use super::*;

/// Lines in any order: Powerpipe's own differs between runs.
fn lines(csv: &str) -> BTreeSet<&str> {
    csv.lines().collect()
}

#[test]
fn text_is_that_of_powerpipe() {
    assert_eq!(text(&all_kinds(), 100), expected!("benchmark.all_kinds.text"));
    assert_eq!(text(&all_kinds(), 60), expected!("benchmark.all_kinds.width60.text"));
}

#[test]
fn brief_shows_failures_only() {
    let brief = render_report(&all_kinds(), ReportFormat::Brief, &Options::default());
    assert_eq!(brief, expected!("benchmark.all_kinds.brief"));
}

#[test]
fn a_control_alone_hangs_on_the_root() {
    let report = report(&alarm().title, vec![Node::Control(alarm())]);
    assert_eq!(text(&report, 100), expected!("control.alarm.text"));
}

#[test]
fn a_dry_run_shows_headings_only() {
    fn forget(group: &mut Group) {
        for child in &mut group.children {
            match child {
                Node::Group(group) => forget(group),
                Node::Control(run) => run.outcome = Outcome::Pending,
            }
        }
    }
    let mut report = Report { dry_run: true, ..all_kinds() };
    forget(&mut report.root);
    assert_eq!(text(&report, 100), expected!("benchmark.all_kinds.dry-run.text"));
}

#[test]
fn json_is_that_of_powerpipe() {
    let json = |report: &Report| render_report(report, ReportFormat::Json, &Options::default());
    assert_eq!(json(&all_kinds()), expected!("benchmark.all_kinds.json"));
    let alone = report("Passes", vec![Node::Control(ok())]);
    assert_eq!(json(&alone), expected!("control.ok.json"));
}

#[test]
fn json_is_one_document_for_several_targets() {
    let targets =
        ["a", "b"].map(|name| Node::Group(benchmark(name, name, vec![Node::Control(ok())])));
    let json =
        render_report(&report("", targets.to_vec()), ReportFormat::Json, &Options::default());
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["groups"][1]["group_id"], "layout.benchmark.b");
    assert_eq!(document["summary"]["status"]["ok"], 2);
}

#[test]
fn csv_has_the_lines_of_powerpipe() {
    let csv = render_report(&all_kinds(), ReportFormat::Csv, &Options::default());
    let expected = expected!("benchmark.all_kinds.csv");
    assert_eq!(csv.lines().next(), expected.lines().next());
    assert_eq!(lines(&csv), lines(expected));
    assert_eq!(csv.len(), expected.len());
}

#[test]
fn csv_of_a_control_alone_names_the_root() {
    let report = report("Passes", vec![Node::Control(ok())]);
    let options = Options { header: false, separator: '§', ..Options::default() };
    let csv = render_report(&report, ReportFormat::Csv, &options);
    let cells: Vec<&str> = csv.split('§').collect();
    assert_eq!(cells[..5], ["root_result_group", "Passes", "", "control.ok", "Passes"]);
}

#[test]
fn snapshot_is_that_of_powerpipe() {
    let expected = expected!("benchmark.all_kinds.snapshot");
    let (start, end) = times(expected);
    let report = Report { start, end, ..all_kinds() };
    assert_eq!(render_report(&report, ReportFormat::Snapshot, &Options::default()), expected);
}

#[test]
fn snapshot_in_a_file_has_no_white_space() {
    let expected = expected!("export.pps");
    let (start, end) = times(expected);
    let report = Report { start, end, ..all_kinds() };
    let options = Options { compact: true, ..Options::default() };
    assert_eq!(render_report(&report, ReportFormat::Snapshot, &options), expected);
}

#[test]
fn snapshot_of_several_targets_has_one_root() {
    let targets =
        ["a", "b"].map(|name| Node::Group(benchmark(name, name, vec![Node::Control(ok())])));
    let json =
        render_report(&report("", targets.to_vec()), ReportFormat::Snapshot, &Options::default());
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["layout"]["name"], "layout.benchmark.root");
    assert_eq!(document["layout"]["children"][1]["name"], "layout.benchmark.b");
    assert_eq!(document["panels"]["layout.benchmark.root"]["benchmark_type"], "control");
    assert_eq!(document["panels"]["layout.benchmark.root"]["summary"]["status"]["ok"], 2);
    assert_eq!(document["panels"].as_object().unwrap().len(), 4);
}

#[test]
fn snapshot_of_a_control_has_its_panel_only() {
    let json = render_report(
        &report("Passes", vec![Node::Control(ok())]),
        ReportFormat::Snapshot,
        &Options::default(),
    );
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["layout"], json!({"name": "layout.control.ok", "panel_type": "control"}));
    assert_eq!(document["panels"].as_object().unwrap().len(), 1);
}

#[test]
fn query_formats_are_those_of_powerpipe() {
    let shown = |format| render_query(&ok_rows(), format, &Options::default());
    assert_eq!(shown(QueryFormat::Csv), expected!("query.ok_rows.csv"));
    assert_eq!(shown(QueryFormat::Json), expected!("query.ok_rows.json"));
    assert_eq!(shown(QueryFormat::Line), expected!("query.ok_rows.line"));
    assert_eq!(shown(QueryFormat::Table), expected!("query.ok_rows.table"));
    assert_eq!(shown(QueryFormat::None), "");
}

#[test]
fn query_snapshot_is_that_of_powerpipe() {
    let expected = expected!("query.ok_rows.snapshot");
    let (start, end) = times(expected);
    let run = QueryRun { start, end, ..ok_rows() };
    assert_eq!(render_query(&run, QueryFormat::Snapshot, &Options::default()), expected);
}

#[test]
fn query_snapshot_in_a_file_has_no_sql() {
    let options = Options { compact: true, ..Options::default() };
    let json = render_query(&ok_rows(), QueryFormat::Snapshot, &options);
    assert!(json.starts_with("{\"end_time\""), "{json}");
    assert!(!json.contains("select"), "{json}");
    assert!(json.contains("\"rows\":[{\"note\""), "{json}");
}

#[test]
fn format_names_ignore_case_and_an_unknown_one_lists_them() {
    assert_eq!("PPS".parse(), Ok(ReportFormat::Snapshot));
    assert_eq!("Line".parse(), Ok(QueryFormat::Line));
    let message = "sarif".parse::<ReportFormat>().unwrap_err();
    assert_eq!(
        message,
        "unknown output format `sarif`: use one of text, brief, json, csv, snapshot, pps, none"
    );
    let message = "text".parse::<QueryFormat>().unwrap_err();
    assert_eq!(
        message,
        "unknown output format `text`: use one of snapshot, csv, json, line, table, pps, none"
    );
}

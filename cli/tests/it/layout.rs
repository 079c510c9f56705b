//! Reports against what Powerpipe 1.5.2 prints for the same mod (`cli/tests/layout`), byte for byte but for times.

use std::fs;

use serde_json::Value;

use crate::run::{Ran, command, root, run};

fn expected(name: &str) -> String {
    let path = root().join("cli/tests/layout").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs on the embedded PostgreSQL, and on the server of `TEST_DATABASE_URL` if `database` is given.
fn report(arguments: &[&str], database: Option<&str>) -> Ran {
    let mods = root().join("cli/tests/layout-mod");
    let mut all = arguments.to_vec();
    all.extend(["--mod-location", mods.to_str().unwrap()]);
    if let Some(url) = database {
        all.extend(["--database", url]);
    }
    run(&all)
}

/// A snapshot without its times.
fn timeless(snapshot: &str) -> Value {
    let mut snapshot: Value = serde_json::from_str(snapshot).unwrap();
    for key in ["start_time", "end_time"] {
        assert!(snapshot[key].take().as_str().is_some_and(|time| time.ends_with('Z')), "{key}");
    }
    snapshot
}

/// The items of a list by their names. Powerpipe's order is random; so is the last name of a path there, which is
/// sometimes a sibling's.
fn listed(list: &str) -> Vec<Value> {
    let mut items: Vec<Value> = serde_json::from_str(list).unwrap();
    items.sort_by_key(|item| item["qualified_name"].to_string());
    for path in items.iter_mut().filter_map(|item| item["path"].as_array_mut()).flatten() {
        path.as_array_mut().unwrap().pop();
    }
    items
}

fn sorted_lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

fn compare_all(database: Option<&str>) {
    for (format, file) in [
        ("text", "benchmark.all_kinds.text"),
        ("brief", "benchmark.all_kinds.brief"),
        ("json", "benchmark.all_kinds.json"),
    ] {
        let ran = report(&["benchmark", "run", "all_kinds", "--output", format], database);
        assert_eq!(ran.stdout, expected(file), "{}", ran.stderr);
        assert_eq!(ran.code, 2);
    }
    let csv = report(&["benchmark", "run", "all_kinds", "--output", "csv"], database);
    assert_eq!(sorted_lines(&csv.stdout), sorted_lines(&expected("benchmark.all_kinds.csv")));
    let snapshot = report(&["benchmark", "run", "all_kinds", "--output", "snapshot"], database);
    assert_eq!(timeless(&snapshot.stdout), timeless(&expected("benchmark.all_kinds.snapshot")));

    let alarm = report(&["control", "run", "alarm"], database);
    assert_eq!((alarm.code, alarm.stdout), (1, expected("control.alarm.text")));
    let ok = report(&["control", "run", "ok", "--output", "json"], database);
    assert_eq!((ok.code, ok.stdout), (0, expected("control.ok.json")));
    for format in ["csv", "json", "line", "table"] {
        let query = report(&["query", "run", "ok_rows", "--output", format], database);
        assert_eq!(query.stdout, expected(&format!("query.ok_rows.{format}")), "{}", query.stderr);
    }
    let snapshot = report(&["query", "run", "ok_rows"], database);
    let mut theirs = timeless(&expected("query.ok_rows.snapshot"));
    let mut ours = timeless(&snapshot.stdout);
    assert_eq!(
        ours["panels"]["custom.table.results"]["data"].take(),
        theirs["panels"]["custom.table.results"]["data"].take()
    );
}

#[test]
fn reports_are_powerpipes() {
    compare_all(None);
}

#[test]
#[ignore = "needs a PostgreSQL server"]
fn reports_are_powerpipes_on_a_server_too() {
    compare_all(Some(&std::env::var("TEST_DATABASE_URL").unwrap()));
}

#[test]
fn a_dry_run_lists_and_a_narrow_report_fits() {
    let dry = report(&["benchmark", "run", "all_kinds", "--dry-run"], None);
    assert_eq!((dry.code, dry.stdout), (0, expected("benchmark.all_kinds.dry-run.text")));
    let mods = root().join("cli/tests/layout-mod");
    let narrow: Ran =
        command(&["benchmark", "run", "all_kinds", "--mod-location", mods.to_str().unwrap()])
            .env("POWERPIPE_DISPLAY_WIDTH", "60")
            .output()
            .unwrap()
            .into();
    assert_eq!(narrow.stdout, expected("benchmark.all_kinds.width60.text"));
}

#[test]
fn lists_and_shows_are_powerpipes() {
    for kind in ["benchmark", "control", "query", "variable"] {
        assert_eq!(
            report(&[kind, "list", "--output", "plain"], None).stdout,
            expected(&format!("{kind}.list.plain"))
        );
        let ours = report(&[kind, "list", "--output", "json"], None).stdout;
        let folder = root().join("cli/tests/layout-mod").canonicalize().unwrap();
        let ours = ours.replace(folder.to_str().unwrap(), "/srv/layout-mod");
        assert_eq!(listed(&ours), listed(&expected(&format!("{kind}.list.json"))), "{kind}");
    }
    for (kind, name) in [
        ("benchmark", "all_kinds"),
        ("control", "ok"),
        ("query", "ok_rows"),
        ("variable", "region"),
    ] {
        let shown = report(&[kind, "show", name, "--output", "plain"], None);
        assert_eq!(shown.stdout, expected(&format!("{kind}.show.plain")), "{}", shown.stderr);
    }
}

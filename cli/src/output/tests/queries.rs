//! Values of each type, and CSV's quoting.

use super::*;

/// A result with one column and one row for each value.
fn column(name: &str, kind: &str, values: &[Option<&str>]) -> ResultSet {
    ResultSet {
        columns: vec![Column::new(name, kind)],
        rows: values.iter().map(|value| vec![value.map(str::to_owned)]).collect(),
    }
}

fn shown(result: ResultSet, format: QueryFormat) -> String {
    render_query(&QueryRun { result: Ok(result), ..ok_rows() }, format, &Options::default())
}

#[test]
fn csv_is_quoted_as_go_does() {
    let values = [
        "plain",
        "",
        "a,b",
        "say \"hi\"",
        "two\nlines",
        " led",
        "trailed ",
        "\\.",
        "a;b",
        "\u{a0}x",
    ];
    let csv = shown(column("c", "TEXT", &values.map(Some)), QueryFormat::Csv);
    assert_eq!(
        csv,
        "c\nplain\n\n\"a,b\"\n\"say \"\"hi\"\"\"\n\"two\nlines\"\n\" led\"\ntrailed \n\"\\.\"\na;b\n\
         \"\u{a0}x\"\n"
    );
}

#[test]
fn report_csv_trims_unquoted_cells_as_powerpipe_does() {
    let report = report("", vec![one_row("T", "", Status::Ok, "Fine. ", &["a, ", " "])]);
    let csv = render_report(&report, ReportFormat::Csv, &Options::default());
    assert!(csv.ends_with(",Fine.,r,ok,,\"a, \",\" \"\n"), "{csv}");
}

#[test]
fn queries_show_each_type_as_powerpipe_does() {
    // type, value, in JSON, as text, with grouped thousands
    let cases = [
        ("BOOL", "t", json!(true), "true", "true"),
        ("INT8", "-1234567", json!(-1_234_567), "-1234567", "-1,234,567"),
        ("INT4", "123", json!(123), "123", "123"),
        ("FLOAT8", "1234.5", json!(1234.5), "1234.5", "1,234.5"),
        ("FLOAT8", "2", json!(2), "2", "2"),
        ("FLOAT8", "Infinity", json!("+Inf"), "+Inf", "+Inf"),
        ("NUMERIC", "1234.50", json!("1234.50"), "1234.50", "1234.50"),
        (
            "JSONB",
            r#"{"b":[1,"<"],"a":null}"#,
            json!({"a": null, "b": [1, "<"]}),
            "{\"\"a\"\":null,\"\"b\"\":[1,\"\"\\u003c\"\"]}",
            "{\"a\":null,\"b\":[1,\"\\u003c\"]}",
        ),
        ("DATE", "2026-11-23", json!("2026-11-23"), "2026-11-23", "2026-11-23"),
        (
            "TIMESTAMP",
            "2026-11-23 10:00:00.25",
            json!("2026-11-23 10:00:00"),
            "2026-11-23 10:00:00",
            "2026-11-23 10:00:00",
        ),
        (
            "TIMESTAMPTZ",
            "2026-11-23 10:00:00.25+00",
            json!("2026-11-23T10:00:00Z"),
            "2026-11-23T10:00:00Z",
            "2026-11-23T10:00:00Z",
        ),
        ("TIMESTAMPTZ", "infinity", json!("infinity"), "infinity", "infinity"),
        ("INTERVAL", "1 day", json!("1 day"), "1 day", "1 day"),
    ];
    for (kind, value, as_json, as_csv, as_line) in cases {
        let result = || column("c", kind, &[Some(value)]);
        let document: Value = serde_json::from_str(&shown(result(), QueryFormat::Json)).unwrap();
        assert_eq!(document["rows"][0]["c"], as_json, "{kind}");
        assert_eq!(document["columns"][0]["data_type"], kind.to_lowercase());
        let csv = shown(result(), QueryFormat::Csv);
        assert_eq!(
            csv.trim_start_matches("c\n").trim_matches(['"', '\n']),
            as_csv.trim_matches('"'),
            "{kind}"
        );
        let line = shown(result(), QueryFormat::Line);
        assert_eq!(line.lines().last(), Some(format!("c | {as_line}").as_str()), "{kind}");
    }
}

#[test]
fn json_of_a_query_escapes_no_markup_but_line_separators() {
    let json = shown(column("c", "TEXT", &[Some("<&>\u{2028}")]), QueryFormat::Json);
    assert!(json.contains("\"c\": \"<&>\\u2028\""), "{json}");
}

#[test]
fn null_is_named_except_in_csv_and_json() {
    let result = || column("c", "JSONB", &[None, Some("null")]);
    assert_eq!(shown(result(), QueryFormat::Csv), "c\n\n\n");
    assert!(shown(result(), QueryFormat::Json).contains("{\n   \"c\": null\n  }"));
    assert!(shown(result(), QueryFormat::Line).contains("c | <null>\n"));
    assert!(shown(result(), QueryFormat::Table).contains("| <null> |\n"));
}

#[test]
fn times_in_a_query_snapshot_lose_nothing() {
    let kept = |kind: &str, value: &str| {
        let json = shown(column("c", kind, &[Some(value)]), QueryFormat::Snapshot);
        let document: Value = serde_json::from_str(&json).unwrap();
        document["panels"]["custom.table.results"]["data"]["rows"][0]["c"].clone()
    };
    assert_eq!(kept("DATE", "2026-11-23"), "2026-11-23T00:00:00Z");
    assert_eq!(kept("TIMESTAMP", "2026-11-23 10:00:00.25"), "2026-11-23T10:00:00.25Z");
    assert_eq!(kept("TIMESTAMPTZ", "2026-11-23 10:00:00.25+02"), "2026-11-23T08:00:00.25Z");
}

#[test]
fn lines_of_a_value_stay_in_their_column() {
    let result = ResultSet {
        columns: vec![Column::new("名前", "TEXT"), Column::new("note", "TEXT")],
        rows: vec![vec![Some("東京".to_owned()), Some("first\nsecond line".to_owned())]],
    };
    assert_eq!(
        shown(result.clone(), QueryFormat::Table),
        "+------+-------------+\n\
         | 名前 | note        |\n\
         +------+-------------+\n\
         | 東京 | first       |\n\
         |      | second line |\n\
         +------+-------------+\n"
    );
    let line = shown(result, QueryFormat::Line);
    let lines: Vec<&str> = line.lines().skip(1).collect();
    assert_eq!(lines, ["名前 | 東京", "note | first       +", "     | second line"]);
}

#[test]
fn a_table_without_rows_keeps_its_header() {
    assert_eq!(shown(column("c", "TEXT", &[]), QueryFormat::Table), "+---+\n| c |\n+---+\n+---+\n");
    let run = QueryRun { result: Ok(column("c", "TEXT", &[Some("x")])), ..ok_rows() };
    let options = Options { header: false, ..Options::default() };
    assert_eq!(render_query(&run, QueryFormat::Table, &options), "+---+\n| x |\n+---+\n");
}

#[test]
fn a_very_long_value_is_broken_in_a_table() {
    let table = shown(column("c", "TEXT", &[Some(&"x".repeat(1030))]), QueryFormat::Table);
    assert_eq!(table.lines().count(), 6);
    assert!(table.lines().all(|line| line.len() == 1028));
}

#[test]
fn a_repeated_column_gets_a_name_of_its_own_in_json() {
    let result = ResultSet {
        columns: vec![Column::new("a", "INT4"), Column::new("a", "INT4")],
        rows: vec![vec![Some("1".to_owned()), Some("2".to_owned())]],
    };
    let document: Value = serde_json::from_str(&shown(result.clone(), QueryFormat::Json)).unwrap();
    assert_eq!(document["columns"][1]["original_name"], "a");
    let name = document["columns"][1]["name"].as_str().unwrap();
    assert!(name.starts_with("a_") && name.len() == 6, "{name}");
    assert_eq!(document["rows"][0][name], 2);
    assert!(shown(result, QueryFormat::Csv).starts_with("a,a\n"));
}

#[test]
fn a_failed_query_shows_in_a_snapshot_only() {
    let run = QueryRun { result: Err("no such table".to_owned()), ..ok_rows() };
    assert_eq!(render_query(&run, QueryFormat::Json, &Options::default()), "");
    let json = render_query(&run, QueryFormat::Snapshot, &Options::default());
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["panels"]["custom.table.results"]["error"], "no such table");
    assert_eq!(document["panels"]["custom.table.results"]["status"], "error");
}

//! Trees and options that the sample mod does not have.

use super::*;

#[test]
fn an_empty_benchmark_has_an_empty_graph() {
    let report = report("E", vec![Node::Group(benchmark("e", "E", vec![]))]);
    let shown = text(&report, 40);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[1], "E ................... 0 / 0 [          ]");
    assert_eq!(lines[2..5], ["| ", "Summary", ""]);
    assert_eq!(lines[11], "TOTAL ............... 0 / 0 [          ]");
}

#[test]
fn several_targets_stand_below_each_other() {
    let target = |name: &str| Node::Group(benchmark(name, name, vec![Node::Control(ok())]));
    let shown = text(&report("", vec![target("a"), target("b")]), 60);
    let heads: Vec<&str> = shown.lines().filter(|line| line.starts_with(['a', 'b'])).collect();
    assert_eq!(heads.len(), 2);
    assert!(heads[1].starts_with("b .."), "{}", heads[1]);
    assert!(shown.contains("TOTAL ................................... 0 / 2 [==========]\n"));
}

#[test]
fn a_deep_tree_widens_the_page() {
    // levels 1 + 2 + 3 + 4 are added up: 2 · 10 + 26
    let mut node = one_row("Leaf", "", Status::Ok, "Fine.", &[]);
    for level in (0..5).rev() {
        node = Node::Group(benchmark(&format!("b{level}"), &format!("Level {level}"), vec![node]));
    }
    let shown = text(&report("", vec![node]), 0);
    let headings = shown.lines().filter(|line| line.ends_with(']'));
    assert!(headings.clone().all(|line| line.len() == 46), "{shown}");
    assert!(shown.contains("\n      | \n      + Level 4 ..."), "{shown}");
    assert!(shown.contains("\n          OK   : Fine. \n          \n"), "{shown}");
}

#[test]
fn the_page_is_never_wider_than_its_limit() {
    let shown = text(&report("", vec![Node::Group(benchmark("a", "A", vec![]))]), 1000);
    assert_eq!(shown.lines().map(str::len).max(), Some(200));
}

#[test]
fn a_title_without_room_leaves_only_its_space() {
    let shown = text(&report("", vec![one_row("Long title", "high", Status::Ok, "Fine.", &[])]), 0);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[1], "+  HIGH 0 / 1 [==========]");
}

#[test]
fn counters_are_as_wide_as_the_largest_and_have_commas() {
    let many = |count: usize, status: &str| {
        let row = ["r", status, "why"];
        let rows: Vec<&[&str]> = (0..count).map(|_| row.as_slice()).collect();
        let result = texts(&["resource", "status", "reason"], &rows);
        Node::Control(control("many", "Many", "", Outcome::from_query(Ok(result))))
    };
    let group = benchmark("b", "B", vec![many(1020, "alarm"), many(3, "ok")]);
    let report = report("B", vec![Node::Group(group)]);
    let shown =
        render_report(&report, ReportFormat::Brief, &Options { width: 60, ..Options::default() });
    assert!(shown.starts_with("\nB ............................... 1,020 / 1,023 [==========]\n"));
    assert!(
        shown.contains("\n+ Many ..........................     0 /     3 [=         ]\n"),
        "{shown}"
    );
    assert!(
        shown.contains("\nALARM ................................... 1,020 [==========]\n"),
        "{shown}"
    );
}

#[test]
fn a_severity_counts_all_its_controls() {
    let report = report(
        "",
        vec![
            one_row("A", "critical", Status::Alarm, "Bad.", &[]),
            one_row("B", "critical", Status::Ok, "Fine.", &[]),
            one_row("C", "HIGH", Status::Error, "Odd.", &[]),
        ],
    );
    let shown = text(&report, 60);
    assert!(
        shown.contains("CRITICAL ... 1 / 2 [=======   ]\nHIGH ....... 1 / 1 [====      ]\n"),
        "{shown}"
    );
    assert!(
        shown.contains("\n+ C ................................ HIGH 1 / 1 [====      ]\n"),
        "{shown}"
    );
}

#[test]
fn high_alone_fills_the_page() {
    let report = report("", vec![one_row("A", "high", Status::Alarm, "Bad.", &[])]);
    let shown = text(&report, 60);
    assert!(
        shown.contains("\nHIGH .................................... 1 / 1 [==========]\n"),
        "{shown}"
    );
    assert!(
        shown.contains("\nERROR ....................................... 0 [          ]\n"),
        "{shown}"
    );
}

#[test]
fn something_that_passed_shows_in_the_graph() {
    // 1 of 100 failed in a control of 2 rows: one cell for the failure, one for the other row
    let group = |count: usize| {
        let rows: Vec<&[&str]> = (0..count).map(|_| ["r", "ok", "why"].as_slice()).collect();
        texts(&["resource", "status", "reason"], &rows)
    };
    let mixed =
        texts(&["resource", "status", "reason"], &[&["r", "alarm", "w"], &["r", "ok", "w"]]);
    let report = report(
        "",
        vec![
            Node::Control(control("a", "A", "", Outcome::from_query(Ok(mixed)))),
            Node::Control(control("b", "B", "", Outcome::from_query(Ok(group(98))))),
        ],
    );
    let options = Options { width: 40, ..Options::default() };
    let shown = render_report(&report, ReportFormat::Brief, &options);
    assert!(shown.contains("+ A ............... 1 /   2 [==        ]\n"), "{shown}");
}

/// The result line of a control alone.
fn row_line(width: usize, reason: &str, values: &[&str]) -> String {
    let shown = text(&report("", vec![one_row("T", "", Status::Ok, reason, values)]), width);
    shown.lines().nth(3).unwrap().to_owned()
}

#[test]
fn dimensions_are_cut_from_the_first() {
    assert_eq!(
        row_line(40, "Fine.", &["first", "second"]),
        "  OK   : Fine. ............ first second"
    );
    // 21 columns for the dimensions; the ellipsis counts three
    assert_eq!(
        row_line(40, "Fine.", &["a-rather-long-first", "second"]),
        "  OK   : Fine. ..... a-rather-lo… second"
    );
    assert_eq!(
        row_line(40, "Fine.", &["first", "second", "the-third-is-long"]),
        "  OK   : Fine. ......  the-third-is-long"
    );
    assert_eq!(
        row_line(40, "Fine.", &["first", "a-second-that-is-too-long"]),
        "  OK   : Fine. ........................ "
    );
}

#[test]
fn blank_dimensions_are_not_shown() {
    assert_eq!(row_line(40, "Fine.", &["a", " ", "b"]), "  OK   : Fine. ..................... a b");
    assert_eq!(row_line(40, "Fine.", &[""]), "  OK   : Fine. ........................ ");
    assert_eq!(row_line(40, "Fine.", &[]), "  OK   : Fine. ");
}

#[test]
fn wide_and_combining_characters_keep_the_columns() {
    for reason in ["容器以特权模式运行", "e\u{301}te\u{301}", "🐳 privileged", "naïve"]
    {
        let line = row_line(60, reason, &["eu", "東京"]);
        assert_eq!(unicode_width::UnicodeWidthStr::width(line.as_str()), 60, "{line}");
        assert!(line.contains(reason), "{line}");
    }
    let cut = row_line(30, "容器以特权模式运行容器以特权模式运行", &["eu"]);
    assert_eq!(cut, "  OK   : 容器以特权模式运…  eu");
}

#[test]
fn reasons_cannot_break_the_layout_or_steer_the_terminal() {
    let line = row_line(60, "one\ntwo\tthree \u{1b}[2J\u{9b}31m\u{202e}x\r", &["a\nb"]);
    assert_eq!(line, "  OK   : one two three [2J31mx ......................... a b");
    let run = control("c", "A\nB", "", Outcome::from_query(Err("line 1\nline 2\u{7}".to_owned())));
    let shown = text(&report("", vec![Node::Control(run)]), 60);
    assert!(shown.starts_with("\n+ A B ......"), "{shown}");
    assert!(shown.contains("\n  ERROR: line 1 line 2\n"), "{shown}");
}

#[test]
fn colours_change_nothing_but_the_colour() {
    let options = Options { colour: true, ..Options::default() };
    let coloured = render_report(&all_kinds(), ReportFormat::Text, &options);
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain += before;
        rest = after.split_once('m').unwrap().1;
    }
    assert_eq!(plain + rest, expected!("benchmark.all_kinds.text"));
    let ok = "\u{1b}[92mOK   \u{1b}[0m\u{1b}[38;5;238m:\u{1b}[0m \
              \u{1b}[38;5;248mFine <b> & ok.\u{1b}[0m ";
    assert!(coloured.contains(ok), "{coloured}");
    let critical = "\u{1b}[1;93mCRITICAL\u{1b}[0m \u{1b}[1;91m2\u{1b}[0m \u{1b}[38;5;242m/\u{1b}[0m \
                    \u{1b}[97m4\u{1b}[0m ";
    assert!(coloured.contains(critical), "{coloured}");
    assert_eq!(coloured, render_report(&all_kinds(), ReportFormat::Text, &options));
}

#[test]
fn the_setting_of_the_width_wins_over_the_terminal() {
    assert_eq!(display_width(Some("70"), Some(120)), 70);
    assert_eq!(display_width(None, Some(120)), 120);
    assert_eq!(display_width(None, None), 100);
    assert_eq!(display_width(Some("wide"), None), 100);
}

#[test]
fn a_separator_is_one_character() {
    assert_eq!(parse_separator(";"), Ok(';'));
    assert_eq!(parse_separator(""), Ok(','));
    assert!(parse_separator("ab").is_err());
    assert!(parse_separator("\"").is_err());
}

//! Exit codes, messages, and what goes where.

use serde_json::json;

use crate::run::{Recording, command, root, run};

#[test]
fn the_main_job_runs_on_the_sample() {
    let ran = run(&["control", "run", "docker_compliance.control.cis_v160_2_2", "--sample"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("2.2 Inter-container traffic on the default bridge is off"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("ALARM: sample-1: network bridge lets containers reach each other"),
        "{}",
        ran.stdout
    );
    assert!(ran.stderr.starts_with("Engine: "), "{}", ran.stderr);
}

#[test]
fn names_are_taken_in_all_their_forms() {
    for name in ["cis_v160_2_2", "control.cis_v160_2_2", "docker_compliance.control.cis_v160_2_2"] {
        assert_eq!(
            run(&["control", "run", name, "--sample", "--output", "none"]).code,
            1,
            "{name}"
        );
    }
    for name in ["cis_v160", "benchmark.cis_v160_2", "docker_compliance.benchmark.cis_v160"] {
        assert_eq!(
            run(&["benchmark", "run", name, "--sample", "--output", "none"]).code,
            1,
            "{name}"
        );
    }
}

#[test]
fn the_worst_of_all_targets_is_the_exit_code_and_the_document_is_one() {
    let mods = root().join("cli/tests/layout-mod");
    let location = mods.to_str().unwrap();
    for (names, code) in [
        (&["control.ok"][..], 0),
        (&["alarm", "ok"], 1),
        (&["broken", "alarm", "ok"], 2),
        // a run that assessed nothing is no pass
        (&["empty"], 2),
    ] {
        let mut arguments = vec!["control", "run", "--mod-location", location, "--output", "json"];
        arguments.extend(names);
        let ran = run(&arguments);
        assert_eq!(ran.code, code, "{names:?}: {}", ran.stderr);
        assert_eq!(ran.json()["controls"].as_array().unwrap().len(), names.len());
    }
}

#[test]
fn what_cannot_start_says_why_and_exits_250() {
    let unknown = run(&["control", "run", "nosuch", "--sample"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (250, ""));
    assert!(
        unknown.stderr.contains("'control.nosuch' not found in mod.docker_compliance"),
        "{}",
        unknown.stderr
    );

    let nobody = run(&["control", "run", "cis_v160_2_2", "--host", "unix:///nonexistent.sock"]);
    assert_eq!((nobody.code, nobody.stdout.as_str()), (250, ""));
    assert!(nobody.stderr.contains("unix:///nonexistent.sock"), "{}", nobody.stderr);
    assert!(nobody.stderr.contains("--sample"), "{}", nobody.stderr);

    let no_mod = run(&["benchmark", "list", "--mod-location", "/nonexistent"]);
    assert_eq!(no_mod.code, 250, "{}", no_mod.stderr);
    let variable = run(&["benchmark", "list", "--var", "nosuch=1"]);
    assert!(
        variable.code == 250 && variable.stderr.contains("benchmark_plugins"),
        "{}",
        variable.stderr
    );
    let database = run(&["query", "run", "select 1", "--database", "postgres://127.0.0.1:1/x"]);
    assert_eq!(database.code, 250, "{}", database.stderr);
}

#[test]
fn a_bad_command_line_exits_255_and_a_failed_query_41() {
    for arguments in [
        &["frobnicate"][..],
        &["control", "run", "x", "--output", "nosuch"],
        &["control", "run"],
        &["control", "run", "x", "--nosuch"],
    ] {
        assert_eq!(run(arguments).code, 255, "{arguments:?}");
    }
    let conflict = run(&["control", "run", "x", "--sample", "--host", "unix:///x"]);
    assert_eq!(conflict.code, 255, "{}", conflict.stderr);
    let failed = run(&["query", "run", "select nosuch"]);
    assert_eq!((failed.code, failed.stdout.as_str()), (41, ""));
    assert!(
        failed.stderr.contains("column \"nosuch\" does not exist (SQLSTATE 42703)"),
        "{}",
        failed.stderr
    );
    assert_eq!(
        run(&["--version"]).stdout,
        concat!("docker-compliance v", env!("CARGO_PKG_VERSION"), "\n")
    );
    assert_eq!(run(&["--help"]).code, 0);
}

#[test]
fn queries_run_by_name_and_as_sql_without_an_engine_if_they_need_none() {
    let constant = run(&["query", "run", "select 1 as one, 'a' as two", "--output", "json"]);
    assert_eq!(constant.json()["rows"], json!([{"one": 1, "two": "a"}]), "{}", constant.stderr);
    let named = run(&[
        "query",
        "run",
        "docker_network_traffic_restricted_between_containers",
        "--sample",
        "--output",
        "csv",
    ]);
    assert!(
        named.stdout.starts_with("resource,status,reason,connection_name\n"),
        "{}",
        named.stdout
    );
    let sql = "select count(*) as n from docker_container where state = 'running'";
    let counted = run(&["query", "run", sql, "--sample", "--output", "json"]);
    assert!(counted.json()["rows"][0]["n"].as_i64().unwrap() > 10, "{}", counted.stdout);
}

#[test]
fn a_table_that_cannot_be_read_fails_its_queries_and_no_others() {
    let recording = Recording::of(&[
        ("/info", 200, json!({"ID": "x", "Debug": "yes"})),
        ("/networks", 200, json!([])),
    ]);
    let broken = run(&[
        "query",
        "run",
        "select debug from docker_info where false",
        "--from",
        &recording.path(),
    ]);
    assert_eq!(broken.code, 41);
    assert!(broken.stderr.contains("docker_info: debug: expected a boolean"), "{}", broken.stderr);
    let fine = run(&[
        "query",
        "run",
        "select count(*) from docker_network",
        "--from",
        &recording.path(),
        "--output",
        "csv",
    ]);
    assert_eq!(fine.stdout, "count\n0\n", "{}", fine.stderr);
}

#[test]
fn a_recording_of_a_recording_gives_the_same_verdicts() {
    let folder = tempfile::tempdir().unwrap();
    let compressed = folder.path().join("sample.jsonl.zst");
    let text = std::fs::read(root().join("cli/sample/host.jsonl")).unwrap();
    std::fs::write(&compressed, zstd::encode_all(text.as_slice(), 0).unwrap()).unwrap();
    let of = |from: &[&str]| {
        run(&[&["control", "run", "cis_v160_2_2", "--output", "csv"], from].concat())
    };
    let (sample, packed) = (of(&["--sample"]), of(&["--from", compressed.to_str().unwrap()]));
    assert_eq!((sample.code, &sample.stdout), (packed.code, &packed.stdout), "{}", packed.stderr);

    std::fs::write(&compressed, "no zstd").unwrap();
    assert_eq!(of(&["--from", compressed.to_str().unwrap()]).code, 250);
    let refused = run(&["control", "run", "cis_v160_2_2", "--sample", "--record", "x"]);
    assert_eq!(refused.code, 255, "{}", refused.stderr);
}

#[test]
fn tables_are_listed_and_shown() {
    let listed = run(&["table", "list"]);
    for table in ["docker_container", "docker_info", "docker_network"] {
        assert!(listed.stdout.contains(table), "{}", listed.stdout);
    }
    let shown = run(&["table", "show", "docker_network"]);
    assert!(
        shown.stdout.contains("enable_ipv6") && shown.stdout.contains("boolean"),
        "{}",
        shown.stdout
    );
    assert_eq!(run(&["table", "show", "nosuch"]).code, 250);
}

#[test]
fn it_runs_where_nothing_can_be_written() {
    let ran: crate::run::Ran = command(&["query", "run", "select 7 as n", "--output", "csv"])
        .env_remove("HOME")
        .env("XDG_CACHE_HOME", "/proc/nonexistent")
        .output()
        .unwrap()
        .into();
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "n\n7\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("XDG_CACHE_HOME"), "{}", ran.stderr);
}

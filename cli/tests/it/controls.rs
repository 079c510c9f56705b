//! Verdicts as the command tells them: the cases themselves are judged in `cli/src/verdicts.rs`.

use serde_json::{Value, json};

use crate::run::{Recording, root, run};

/// The engine's information, as far as controls read it; `changes` win.
fn info(changes: &Value) -> Value {
    let mut info = json!({
        "ID": "ENGINE", "Name": "host-1", "ServerVersion": "20.10.24", "OSType": "linux", "BridgeNfIptables": true,
        "ProductLicense": null, "IndexServerAddress": "https://index.docker.io/v1/",
    });
    for (key, value) in changes.as_object().unwrap() {
        info[key] = value.clone();
    }
    info
}

const DEFAULT: &str = "com.docker.network.bridge.default_bridge";
const ICC: &str = "com.docker.network.bridge.enable_icc";

fn bridge(name: &str, options: &Value) -> Value {
    json!({"Id": format!("id of {name}"), "Name": name, "Driver": "bridge", "Scope": "local", "Options": options})
}

fn default_bridge(icc: &str) -> Value {
    bridge("bridge", &json!({DEFAULT: "true", ICC: icc}))
}

#[test]
fn an_engine_that_tells_nothing_of_itself_is_not_ok_and_has_a_reason() {
    let recording = Recording::of(&[
        ("/info", 200, json!({})),
        ("/networks", 200, json!([{"Id": "n1", "Name": "bridge", "Options": {ICC: "false"}}])),
    ]);
    let ran =
        run(&["control", "run", "cis_v160_2_2", "--output", "json", "--from", &recording.path()]);
    let row = &ran.rows()[0];
    assert_eq!(row["status"], "info");
    assert!(row["reason"].as_str().unwrap().starts_with("the engine: network bridge "), "{row}");
}

#[test]
fn case_2_2q_what_is_refused_is_an_error_of_the_control() {
    let refused = || json!({"message": "authorization denied by plugin opa"});
    for (path, other, body) in [
        ("/networks", "/info", info(&json!({}))),
        ("/info", "/networks", json!([default_bridge("false")])),
    ] {
        let recording = Recording::of(&[(path, 403, refused()), (other, 200, body)]);
        let ran = run(&[
            "control",
            "run",
            "cis_v160_2_2",
            "--output",
            "json",
            "--from",
            &recording.path(),
        ]);
        let control = &ran.json()["controls"][0];
        assert_eq!((ran.code, control["run_status"].as_i64()), (2, Some(8)), "{path}");
        assert!(control["results"].is_null(), "{path}: no row");
        let error = control["run_error"].as_str().unwrap();
        assert!(
            error.contains("authorization denied by plugin opa") && error.contains(path),
            "{error}"
        );
    }
}

#[test]
fn resource_is_the_network_or_else_the_engine() {
    for (networks, expected) in
        [(json!([default_bridge("true")]), "id of bridge"), (json!([]), "ENGINE")]
    {
        let recording =
            Recording::of(&[("/info", 200, info(&json!({}))), ("/networks", 200, networks)]);
        let ran = run(&[
            "control",
            "run",
            "cis_v160_2_2",
            "--output",
            "json",
            "--from",
            &recording.path(),
        ]);
        let rows = ran.rows();
        assert_eq!(rows[0]["resource"], expected);
        assert_eq!(rows[0]["dimensions"], json!([{"key": "connection_name", "value": "docker"}]));
    }
}

#[test]
fn every_value_of_the_variables_loads() {
    for (variable, benchmark_is_empty) in [
        ("benchmark_plugins=[\"docker\"]", false),
        ("benchmark_plugins=[\"docker\",\"exec\"]", false),
        ("benchmark_plugins=[\"exec\"]", true),
        ("benchmark_plugins=[]", true),
    ] {
        let ran = run(&[
            "benchmark",
            "run",
            "cis_v160_2",
            "--sample",
            "--output",
            "json",
            "--var",
            variable,
        ]);
        assert_eq!(ran.code, if benchmark_is_empty { 2 } else { 1 }, "{variable}: {}", ran.stderr);
    }
    let ran = run(&[
        "control",
        "run",
        "cis_v160_2_2",
        "--sample",
        "--output",
        "json",
        "--var",
        "common_dimensions=[]",
    ]);
    assert_eq!(ran.rows()[0]["dimensions"], Value::Null, "as Go writes a list without items");
}

/// Replies of a real Podman, and of the newest Docker as its API documents them.
#[test]
fn recorded_engines_of_other_kinds_and_versions_are_read_and_judged() {
    for (engine, status) in [("docker-29", "ok"), ("podman-4.3", "skip")] {
        let file = root().join(format!("tests/replies/{engine}.jsonl"));
        let file = file.to_str().unwrap();
        let ran = run(&["control", "run", "cis_v160_2_2", "--output", "json", "--from", file]);
        assert_eq!(ran.rows()[0]["status"], status, "{engine}");
        for table in ["docker_container", "docker_info", "docker_network"] {
            let sql = format!("select * from {table}");
            let all = run(&["query", "run", &sql, "--output", "json", "--from", file]);
            assert_eq!(all.code, 0, "{engine}: {table}: {}", all.stderr);
            assert!(!all.json()["rows"].as_array().unwrap().is_empty(), "{engine}: {table}");
        }
    }
}

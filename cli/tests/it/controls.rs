//! Verdicts: one case a situation, named as in the table of cases.

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

struct Case {
    name: &'static str,
    info: Value,
    networks: Value,
    status: &'static str,
    reason: &'static str,
}

fn case(name: &'static str, networks: Value, status: &'static str, reason: &'static str) -> Case {
    Case { name, info: info(&json!({})), networks, status, reason }
}

impl Case {
    fn on(mut self, changes: &Value) -> Self {
        self.info = info(changes);
        self
    }
}

fn cases_of_2_2() -> Vec<Case> {
    let none = || json!({"Id": "n", "Name": "none", "Driver": "null", "Options": {}});
    let ipv6 = |icc: &str| {
        let mut network = default_bridge(icc);
        network["EnableIPv6"] = true.into();
        network
    };
    vec![
        case("2.2a", json!([none(), default_bridge("true")]), "alarm", "network bridge lets containers reach each other (enable_icc is true)"),
        case("2.2b", json!([default_bridge("false"), none()]), "ok", "restricts traffic between containers (enable_icc is false); raw sockets get around it, see 5.4"),
        case("2.2c", json!([none(), bridge("mybr", &json!({ICC: "0"}))]), "skip", "no default bridge"),
        case("2.2d", json!([none()]), "skip", "no default bridge"),
        case("2.2d: no network at all", json!([]), "skip", "no default bridge"),
        case("2.2e", json!([bridge("bridge", &json!({DEFAULT: "true", ICC: "true", "com.docker.network.bridge.name": "br0"}))]), "alarm", "network bridge"),
        case("2.2f", json!([bridge("app", &json!({ICC: "true"})), default_bridge("false")]), "ok", "network bridge"),
        case("2.2g", json!([default_bridge("true"), bridge("docker_gwbridge", &json!({ICC: "false"}))]), "alarm", "network bridge"),
        case("2.2h", json!([bridge("bridge", &json!({}))]), "skip", "Podman")
            .on(&json!({"ProductLicense": "Apache-2.0", "IndexServerAddress": "", "BuildahVersion": "1.28.2", "ServerVersion": "4.3.1"})),
        case("2.2h: no Buildah", json!([bridge("bridge", &json!({}))]), "skip", "Podman")
            .on(&json!({"ProductLicense": "Apache-2.0", "IndexServerAddress": ""})),
        case("2.2i", json!([bridge("bridge", &Value::Null)]), "info", "not set"),
        case("2.2i: no truth value", json!([default_bridge("perhaps")]), "info", "enable_icc is perhaps"),
        case("2.2j", json!([{"Id": "n", "Name": "nat", "Driver": "nat", "Options": {}}]), "skip", "Windows")
            .on(&json!({"OSType": "windows"})),
        case("2.2k", json!([ipv6("false")]), "info", "IPv6"),
        case("2.2k: filtered from 27 on", json!([ipv6("false")]), "ok", "restricts").on(&json!({"ServerVersion": "27.0.3"})),
        case("2.2k: open is open", json!([ipv6("true")]), "alarm", "lets containers reach"),
        case("2.2l", json!([default_bridge("false")]), "alarm", "bridge-nf-call-iptables").on(&json!({"BridgeNfIptables": false})),
        case("2.2l: 26", json!([default_bridge("false")]), "alarm", "bridge-nf-call-iptables")
            .on(&json!({"BridgeNfIptables": false, "ServerVersion": "26.1.5+dfsg1"})),
        case("2.2l: unknown version", json!([default_bridge("false")]), "info", "library-import")
            .on(&json!({"BridgeNfIptables": false, "ServerVersion": "library-import"})),
        case(
            "no information about the filter",
            json!([default_bridge("false")]),
            "info",
            "does not tell whether bridged traffic",
        )
        .on(&json!({"BridgeNfIptables": null})),
        case("2.2m", json!([default_bridge("false")]), "ok", "restricts")
            .on(&json!({"BridgeNfIptables": false, "ServerVersion": "28.0.1"})),
        case("2.2m: the field is gone", json!([default_bridge("false")]), "ok", "restricts")
            .on(&json!({"BridgeNfIptables": null, "ServerVersion": "29.0.0-rc.1"})),
        case("2.2p", json!([default_bridge("0")]), "ok", "enable_icc is 0"),
        case("2.2p: False", json!([default_bridge("False")]), "ok", "enable_icc is False"),
        case("2.2p: T", json!([default_bridge("T")]), "alarm", "enable_icc is T"),
        case("the marker wins over the name", json!([bridge("bridge", &json!({ICC: "true"})), bridge("lan", &json!({DEFAULT: "true", ICC: "false"}))]), "ok", "network lan"),
    ]
}

#[test]
fn verdicts_of_2_2_are_right_and_one_row_an_engine() {
    for case in cases_of_2_2() {
        let recording =
            Recording::of(&[("/info", 200, case.info), ("/networks", 200, case.networks)]);
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
        assert_eq!(rows.len(), 1, "{}: {rows:?}", case.name);
        let reason = rows[0]["reason"].as_str().unwrap();
        assert_eq!(rows[0]["status"], case.status, "{}: {reason}", case.name);
        assert!(
            reason.starts_with("host-1: ") && reason.contains(case.reason),
            "{}: {reason}",
            case.name
        );
        assert_ne!(rows[0]["resource"], "", "{}", case.name);
        let expected = i32::from(case.status == "alarm");
        assert_eq!(ran.code, expected, "{}", case.name);
    }
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

//! What a scan returns, and which calls it makes for that: our performance contract.

use std::time::Duration;

use serde_json::json;
use steampipe_plugin_docker::docker::Docker;
use steampipe_plugin_docker::sdk::{Operator, Qual, Request, Row, Scan, Value};
use steampipe_plugin_docker::tables::ALL;
use tokio::sync::mpsc;

use crate::fake::Fake;
use crate::rows::{request, scanned, show, table};

mod storage;

pub(crate) fn id(letter: &str) -> String {
    letter.repeat(64)
}

/// Three containers, of which the last one is gone by the time it is inspected, and two networks.
fn engine() -> Fake {
    let (a, b, c) = (id("a"), id("b"), id("c"));
    let containers = json!([
        {"Id": a, "Names": ["/web"], "State": "running", "Created": 5, "Labels": {"k": "v"}},
        {"Id": b, "Names": ["/web/link", "/db"], "State": "exited", "Created": 6, "Labels": null},
        {"Id": c, "Names": ["/gone"], "State": "removing", "Created": 7},
    ]);
    let inspect = |id: &str, privileged: bool| {
        json!({"Id": id, "HostConfig": {"Privileged": privileged}, "State": {"StartedAt": "0001-01-01T00:00:00Z"}}).to_string()
    };
    let networks = json!([{"Id": a, "Name": "bridge", "Driver": "bridge"}, {"Id": b, "Name": "none", "Driver": "null"}]);
    let network = json!({"Id": a, "Name": "bridge", "Driver": "bridge", "Containers": {"x": {}}});
    let other = json!({"Id": b, "Name": "none", "Driver": "null", "Containers": {}});
    Fake::start(&[
        ("/containers/json", 200, &containers.to_string()),
        (&format!("/containers/{a}/json"), 200, &inspect(&a, true)),
        (&format!("/containers/{b}/json"), 200, &inspect(&b, false)),
        ("/networks", 200, &networks.to_string()),
        (&format!("/networks/{a}"), 200, &network.to_string()),
        (&format!("/networks/{b}"), 200, &other.to_string()),
        ("/info", 200, r#"{"Name": 7, "NCPU": 2, "Labels": "none", "DriverStatus": [["a", "1"]]}"#),
    ])
}

/// A query of one table.
pub(crate) struct Asked {
    table: &'static str,
    pub(crate) request: Request,
}

pub(crate) fn ask(table: &'static str, columns: &[&str]) -> Asked {
    Asked { table, request: request(columns, Vec::new()) }
}

impl Asked {
    pub(crate) fn equal(mut self, column: &str, values: &[&str]) -> Self {
        let mut values: Vec<Value> =
            values.iter().map(|&value| Value::Text(value.to_owned())).collect();
        let value = if values.len() == 1 { values.remove(0) } else { Value::List(values) };
        self.request.quals.push(Qual {
            column: column.to_owned(),
            operator: Operator::Equal,
            value,
        });
        self
    }

    pub(crate) fn limit(mut self, limit: u64) -> Self {
        self.request.limit = Some(limit);
        self
    }

    /// Rows as texts, or the error.
    pub(crate) async fn run(self, engine: &Fake) -> Result<Vec<Vec<String>>, String> {
        self.run_on(&engine.docker()).await
    }

    /// The same on any client.
    pub(crate) async fn run_on(self, docker: &Docker) -> Result<Vec<Vec<String>>, String> {
        let rows = scanned(docker, table(self.table), self.request).await?;
        Ok(rows.iter().map(|cells| cells.iter().map(show).collect()).collect())
    }
}

#[tokio::test]
async fn columns_of_the_list_cost_one_call() {
    let engine = engine();
    let rows =
        ask("docker_container", &["id", "name", "labels", "created"]).run(&engine).await.unwrap();
    assert_eq!(rows[0][1..], ["1970-01-01T00:00:05Z", r#"{"k":"v"}"#, "web"]);
    assert_eq!(rows[1][2..], ["NULL", "db"]);
    assert_eq!(rows.len(), 3);
    assert_eq!(engine.requests(), ["/containers/json?all=true"]);
}

#[tokio::test]
async fn no_column_at_all_still_counts_rows() {
    let engine = engine();
    assert_eq!(ask("docker_container", &[]).run(&engine).await.unwrap().len(), 3);
    assert_eq!(engine.requests(), ["/containers/json?all=true"]);
}

#[tokio::test]
async fn an_inspect_runs_once_a_container_and_only_if_a_column_needs_it() {
    let engine = engine();
    let rows = ask("docker_container", &["id", "privileged", "started_at", "inspect"])
        .run(&engine)
        .await
        .unwrap();
    // the third was removed between list and inspect: no row, no error
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0][2..], ["NULL", "true"]);
    let mut requests = engine.requests();
    requests.sort();
    let (a, b, c) = (id("a"), id("b"), id("c"));
    let inspects = [a, b, c].map(|id| format!("/containers/{id}/json"));
    assert_eq!(requests[..3], inspects);
    assert_eq!(requests[3..], ["/containers/json?all=true"]);
}

/// Containers of which `a` runs, with a mount each; the inspect of `c` says that it is gone.
fn mounted() -> Fake {
    let (a, b, c) = (id("a"), id("b"), id("c"));
    let containers = json!([
        {"Id": a, "Names": ["/web"], "State": "running"},
        {"Id": b, "Names": ["/old"], "State": "exited"},
        {"Id": c, "Names": ["/gone"], "State": "running"},
    ]);
    let inspect = |source: &str| {
        json!({"Mounts": [{"Type": "bind", "Source": source, "RW": false}]}).to_string()
    };
    Fake::start(&[
        ("/containers/json", 200, &containers.to_string()),
        (&format!("/containers/{a}/json"), 200, &inspect("/srv")),
        (&format!("/containers/{b}/json"), 200, &inspect("/old")),
    ])
}

#[tokio::test]
async fn a_table_of_containers_is_about_those_that_run_unless_others_are_named() {
    let engine = mounted();
    let columns = ["container_name", "source", "rw"];
    let rows = ask("docker_container_mount", &columns).run(&engine).await.unwrap();
    assert_eq!(rows, [["web", "/srv", "false"]], "the third is gone: no row, no error");
    let list = r#"/containers/json?all=true&filters={"status":["running","paused"]}"#;
    let requests = engine.requests();
    assert_eq!(requests[0], list);
    assert_eq!(requests.len(), 3, "{requests:?}");

    let engine = mounted();
    let asked = ask("docker_container_mount", &columns).equal("container_id", &[&id("b"), "bb"]);
    assert_eq!(asked.run(&engine).await.unwrap(), [["old", "/old", "false"]]);
    let list = format!(r#"/containers/json?all=true&filters={{"id":["{}"]}}"#, id("b"));
    assert_eq!(engine.requests(), [list, format!("/containers/{}/json", id("b"))]);

    let engine = mounted();
    let mut asked = ask("docker_container_mount", &columns);
    asked.request.whole = true;
    assert_eq!(
        asked.run(&engine).await.unwrap(),
        [["web", "/srv", "false"], ["old", "/old", "false"]]
    );

    let engine = mounted();
    let asked = ask("docker_container_mount", &columns).equal("container_id", &["bb"]);
    assert!(asked.run(&engine).await.unwrap().is_empty(), "SQL compares whole IDs");
    assert_eq!(engine.requests(), [""; 0]);
}

#[tokio::test]
async fn a_container_that_cannot_be_read_is_an_error() {
    let containers = json!([{"Id": id("a"), "Names": ["/web"], "State": "running"}]).to_string();
    let inspect = format!("/containers/{}/json", id("a"));
    for (status, body) in [(500, r#"{"message":"disk is gone"}"#), (200, r#"{"Mounts": 7}"#)] {
        let engine =
            Fake::start(&[("/containers/json", 200, &containers), (&inspect, status, body)]);
        let error = ask("docker_container_mount", &["source"]).run(&engine).await.unwrap_err();
        assert!(error.starts_with("docker_container_mount: "), "{error}");
        assert!(error.contains("disk is gone") || error.contains("container web"), "{error}");
    }
}

#[tokio::test]
async fn sizes_are_asked_for_only_when_they_are_read() {
    let engine = engine();
    ask("docker_container", &["size_rw"]).run(&engine).await.unwrap();
    assert_eq!(engine.requests(), ["/containers/json?all=true&size=true"]);
}

#[tokio::test]
async fn conditions_go_to_the_engine_and_are_compared_again() {
    let engine = engine();
    // the fake does not filter: what it returns too many is dropped here, before any inspect
    let rows = ask("docker_container", &["name", "privileged"])
        .equal("name", &["db"])
        .run(&engine)
        .await
        .unwrap();
    assert_eq!(rows, [["db", "false"]].map(|row| row.map(str::to_owned).to_vec()));
    let inspect = format!("/containers/{}/json", id("b"));
    assert_eq!(
        engine.requests(),
        [r#"/containers/json?all=true&filters={"name":["^/?db$"]}"#, &inspect]
    );
}

#[tokio::test]
async fn alternatives_go_as_a_list_and_two_conditions_as_two_filters() {
    let engine = engine();
    let asked = ask("docker_container", &["name"])
        .equal("state", &["exited", "running"])
        .equal("name", &["db", "web"]);
    assert_eq!(asked.run(&engine).await.unwrap().len(), 2);
    let filters = r#"{"name":["^/?db$","^/?web$"],"status":["exited","running"]}"#;
    assert_eq!(engine.requests(), [format!("/containers/json?all=true&filters={filters}")]);
}

#[tokio::test]
async fn values_that_the_engine_would_take_otherwise_stay_here() {
    for (column, value) in [("state", "asleep"), ("id", "aaaa"), ("name", "w.*"), ("name", "/web")]
    {
        let engine = engine();
        let rows =
            ask("docker_container", &["id"]).equal(column, &[value]).run(&engine).await.unwrap();
        assert!(rows.is_empty(), "{column} = {value}");
        assert_eq!(engine.requests(), ["/containers/json?all=true"], "{column} = {value}");
    }
}

#[tokio::test]
async fn a_limit_stops_the_calls() {
    let engine = engine();
    let rows = ask("docker_container", &["privileged"]).limit(1).run(&engine).await.unwrap();
    assert_eq!(rows, [["true"]]);
    assert_eq!(engine.requests().len(), 2);
    let none = self::engine();
    assert!(ask("docker_container", &["privileged"]).limit(0).run(&none).await.unwrap().is_empty());
    assert_eq!(none.requests(), [""; 0]);
}

#[tokio::test]
async fn a_limit_counts_only_rows_that_satisfy_the_conditions() {
    let engine = engine();
    let rows = ask("docker_container", &["name"])
        .equal("state", &["exited"])
        .limit(1)
        .run(&engine)
        .await
        .unwrap();
    assert_eq!(rows, [["db"]]);
}

#[tokio::test]
async fn a_network_with_a_whole_id_is_one_call_and_a_missing_one_is_no_row() {
    let engine = engine();
    let rows = ask("docker_network", &["name", "containers"])
        .equal("id", &[&id("a")])
        .run(&engine)
        .await
        .unwrap();
    assert_eq!(rows, [["bridge", r#"{"x":{}}"#]]);
    assert_eq!(engine.requests(), [format!("/networks/{}", id("a"))]);
    assert!(
        ask("docker_network", &["name"])
            .equal("id", &[&id("f")])
            .run(&engine)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn containers_of_networks_cost_an_inspect_each() {
    let engine = engine();
    let rows = ask("docker_network", &["name", "containers"]).run(&engine).await.unwrap();
    assert_eq!(rows, [["bridge", r#"{"x":{}}"#], ["none", "{}"]]);
    assert_eq!(engine.requests().len(), 3);
    let cheap = self::engine();
    ask("docker_network", &["name", "driver"]).run(&cheap).await.unwrap();
    assert_eq!(cheap.requests(), ["/networks"]);
}

#[tokio::test]
async fn numbers_in_text_columns_are_printed_and_other_wrong_types_are_errors() {
    let engine = engine();
    let rows =
        ask("docker_info", &["name", "n_cpu", "driver_status", "id"]).run(&engine).await.unwrap();
    assert_eq!(rows, [[r#"{"a":"1"}"#, "NULL", "2", "7"]]);
    let bad = Fake::start(&[("/info", 200, r#"{"Debug": "yes"}"#)]);
    let error = ask("docker_info", &["debug"]).run(&bad).await.unwrap_err();
    let told = "docker_info: debug: expected a boolean, found a text at /Debug (item 1 of listInfo, from unix://";
    assert!(error.starts_with(told), "{error}");
}

#[tokio::test]
async fn a_failed_call_names_table_endpoint_and_reason() {
    let engine =
        Fake::start(&[("/networks", 403, r#"{"message":"authorization denied by plugin opa"}"#)]);
    let error = ask("docker_network", &["name"]).run(&engine).await.unwrap_err();
    assert!(error.starts_with("docker_network: "), "{error}");
    assert!(error.contains("authorization denied by plugin opa"), "{error}");
    assert!(error.contains(&engine.socket().display().to_string()), "{error}");
}

#[tokio::test]
async fn a_reply_that_is_no_list_is_an_error_and_not_an_empty_table() {
    let engine = Fake::start(&[("/networks", 200, "{}"), ("/containers/json", 200, "[{\"Id\":1")]);
    for table in ["docker_network", "docker_container"] {
        let error = ask(table, &["id"]).run(&engine).await.unwrap_err();
        assert!(error.starts_with(&format!("{table}: ")), "{error}");
    }
}

#[tokio::test]
async fn dropping_a_scan_stops_its_calls() {
    let containers: Vec<_> =
        (0..40).map(|number| json!({"Id": format!("{number:064}"), "Names": ["/x"]})).collect();
    let engine = Fake::slow(
        &[("/containers/json", 200, &json!(containers).to_string())],
        Duration::from_millis(30),
    );
    let docker = engine.docker();
    let table = ALL.iter().find(|table| table.name == "docker_container").unwrap();
    let request =
        Request { columns: vec!["inspect".to_owned()], max_concurrency: 4, ..Request::default() };
    let scan = Scan::new(table, request);
    let (sender, _receiver) = mpsc::channel::<Row>(8);
    let _ = tokio::time::timeout(Duration::from_millis(75), scan.run(&docker, &sender)).await;
    let made = engine.requests().len();
    tokio::time::sleep(Duration::from_millis(200)).await;
    // those the engine was answering when the scan ended are all that can still be counted
    assert!(
        engine.requests().len() <= made + 4,
        "{} calls after the scan ended",
        engine.requests().len() - made
    );
    assert!(engine.requests().len() < 20);
}

/// A scan whose reader pauses holds calls that nobody polls; they must not keep others from the engine.
#[tokio::test]
async fn scans_that_pause_do_not_hold_up_others() {
    let containers: Vec<_> =
        (0..600).map(|number| json!({"Id": format!("{number:064}"), "Names": ["/x"]})).collect();
    let inspects: Vec<String> =
        (0..600).map(|number| format!("/containers/{number:064}/json")).collect();
    let mut replies: Vec<(&str, u16, &str)> =
        inspects.iter().map(|path| (path.as_str(), 200, "{}")).collect();
    let containers = json!(containers).to_string();
    replies.extend([("/containers/json", 200, containers.as_str()), ("/info", 200, "{}")]);
    let engine = Fake::slow(&replies, Duration::from_millis(2));
    let docker = std::sync::Arc::new(engine.docker());
    let start = |table: &'static str, column: &str| {
        let table = ALL.iter().find(|found| found.name == table).unwrap();
        let request = Request {
            columns: vec![column.to_owned()],
            max_concurrency: 500,
            ..Request::default()
        };
        let scan = Scan::new(table, request);
        let (sender, receiver) = mpsc::channel::<Row>(1);
        let docker = std::sync::Arc::clone(&docker);
        tokio::spawn(async move { scan.run(&docker, &sender).await });
        receiver
    };
    let mut paused: Vec<_> = (0..3).map(|_| start("docker_container", "inspect")).collect();
    for reader in &mut paused {
        assert!(reader.recv().await.is_some());
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut other = start("docker_info", "name");
    let row = tokio::time::timeout(Duration::from_secs(10), other.recv()).await;
    assert!(row.is_ok_and(|row| row.is_some()), "the other scan hangs");
}

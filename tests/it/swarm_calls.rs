//! Which calls the tables of a swarm make, and what they say on engines that do not manage one.

use serde_json::{Value, json};

use crate::fake::Fake;
use crate::scan::ask;

/// The tables that only managers can fill, each with its list.
const LISTS: [(&str, &str); 5] = [
    ("docker_swarm_config", "/configs"),
    ("docker_swarm_node", "/nodes"),
    ("docker_swarm_secret", "/secrets"),
    ("docker_swarm_service", "/services?status=true"),
    ("docker_swarm_task", "/tasks"),
];

/// What an engine of 20.10 says in each of the states.
fn inactive() -> Value {
    json!({"NodeID": "", "NodeAddr": "", "LocalNodeState": "inactive", "ControlAvailable": false, "Error": "", "RemoteManagers": null})
}

fn worker() -> Value {
    json!({
        "NodeID": "m7kzh87pyskuwmcpav3gvfz8c", "NodeAddr": "10.98.0.2", "LocalNodeState": "active",
        "ControlAvailable": false, "Error": "",
        "RemoteManagers": [{"NodeID": "62ruzfej494zyd0cpiup4ogdw", "Addr": "10.98.0.1:2377"}],
    })
}

fn locked() -> Value {
    json!({
        "NodeID": "", "NodeAddr": "10.98.0.1", "LocalNodeState": "locked", "ControlAvailable": false,
        "Error": "Swarm is encrypted and needs to be unlocked before it can be used.", "RemoteManagers": null,
    })
}

fn manager() -> Value {
    json!({
        "NodeID": "m", "NodeAddr": "127.0.0.1", "LocalNodeState": "active", "ControlAvailable": true, "Error": "",
        "RemoteManagers": [{"NodeID": "m", "Addr": "127.0.0.1:2377"}], "Nodes": 1, "Managers": 1,
        "Cluster": {
            "ID": "c", "CreatedAt": "2026-11-28T03:04:31.563551981Z",
            "Spec": {"CAConfig": {"NodeCertExpiry": 7_776_000_000_000_000_u64}, "EncryptionConfig": {"AutoLockManagers": true}},
            "TLSInfo": {"TrustRoot": ""}, "RootRotationInProgress": false,
        },
    })
}

/// An engine in this state; its lists are those of a manager whatever the state, so that a call too many would show.
fn engine(swarm: &Value) -> Fake {
    let services = json!([
        {"ID": "s1", "Spec": {"Name": "web", "Mode": {"Replicated": {"Replicas": 2}}, "TaskTemplate": {"ContainerSpec": {"Image": "web:1", "Env": ["A=b", "TOKEN=hunter2"], "ReadOnly": true}}}, "ServiceStatus": {"RunningTasks": 1, "DesiredTasks": 2, "CompletedTasks": 0}},
        {"ID": "s2", "Spec": {"Name": "web-2", "Mode": {"Global": {}}, "TaskTemplate": {"ContainerSpec": {"Image": "web:1"}}}},
    ]);
    let nodes = json!([
        {"ID": "m", "Spec": {"Role": "manager", "Availability": "active"}, "Description": {"Hostname": "one"}, "Status": {"State": "ready"}, "ManagerStatus": {"Leader": true}},
        {"ID": "w", "Spec": {"Role": "worker", "Availability": "drain"}, "Description": {"Hostname": "two"}, "Status": {"State": "down"}},
    ]);
    let tasks = json!([
        {"ID": "t1", "ServiceID": "s1", "Slot": 1, "NodeID": "m", "Status": {"State": "running", "ContainerStatus": {"ContainerID": "c1"}}, "DesiredState": "running"},
        {"ID": "t2", "ServiceID": "s1", "Slot": 2, "Status": {"State": "pending", "Err": "no suitable node"}, "DesiredState": "running"},
    ]);
    let secrets = json!([{"ID": "x", "Spec": {"Name": "password", "Labels": {}}}]);
    let configs = json!([{"ID": "y", "Spec": {"Name": "web.conf", "Labels": {"a": "b"}, "Data": "aHVudGVyMg=="}}]);
    Fake::start(&[
        ("/info", 200, &json!({"Name": "one", "Swarm": swarm}).to_string()),
        ("/services", 200, &services.to_string()),
        ("/nodes", 200, &nodes.to_string()),
        ("/tasks", 200, &tasks.to_string()),
        ("/secrets", 200, &secrets.to_string()),
        ("/configs", 200, &configs.to_string()),
    ])
}

#[tokio::test]
async fn a_manager_costs_one_call_for_its_part_and_one_for_the_list() {
    for (table, list) in LISTS {
        let engine = engine(&manager());
        let rows = ask(table, &["id"]).run(&engine).await.unwrap();
        assert!(!rows.is_empty(), "{table}");
        assert_eq!(engine.requests(), ["/info", list]);
    }
}

#[tokio::test]
async fn every_column_costs_no_more_than_one_does() {
    for (table, list) in LISTS {
        let engine = engine(&manager());
        let columns: Vec<&str> = steampipe_plugin_docker::tables::ALL
            .iter()
            .filter(|found| found.name == table)
            .flat_map(|found| found.columns.iter().map(|column| column.name))
            .collect();
        let rows = ask(table, &columns).run(&engine).await.unwrap();
        assert_eq!(engine.requests(), ["/info", list]);
        let shown = rows.concat().join(" ");
        assert!(!shown.contains("hunter2") && !shown.contains("aHVudGVyMg"), "{table}: {shown}");
    }
}

#[tokio::test]
async fn the_swarm_itself_is_one_call_without_its_tokens() {
    let engine = engine(&manager());
    let columns = [
        "local_node_state",
        "managers",
        "autolock_managers",
        "node_cert_expiry_days",
        "root_ca_not_after",
    ];
    let rows = ask("docker_swarm", &columns).run(&engine).await.unwrap();
    assert_eq!(rows, [["active", "1", "true", "90", "NULL"]]);
    assert_eq!(engine.requests(), ["/info"]);
}

#[tokio::test]
async fn what_only_managers_know_is_null_elsewhere() {
    let mut lost = manager();
    lost["Cluster"] = json!({"ID": "", "Spec": {"EncryptionConfig": {"AutoLockManagers": false}}});
    lost["Error"] = "rpc error: no leader".into();
    lost.as_object_mut().unwrap().retain(|name, _| name != "Nodes" && name != "Managers");
    for (swarm, state, error) in [
        (inactive(), "inactive", ""),
        (worker(), "active", ""),
        (locked(), "locked", "Swarm is encrypted and needs to be unlocked before it can be used."),
        (lost, "active", "rpc error: no leader"),
    ] {
        let columns = ["local_node_state", "error", "managers", "cluster_id", "autolock_managers"];
        let rows = ask("docker_swarm", &columns).run(&engine(&swarm)).await.unwrap();
        assert_eq!(rows, [[state, error, "NULL", "NULL", "NULL"]], "{swarm}");
    }
}

#[tokio::test]
async fn outside_of_a_swarm_there_are_no_rows_for_one_call() {
    // an engine that knows no swarm does not speak of it
    for swarm in [inactive(), Value::Null] {
        for (table, _) in LISTS {
            let engine = engine(&swarm);
            assert!(ask(table, &["id"]).run(&engine).await.unwrap().is_empty(), "{table}");
            assert_eq!(engine.requests(), ["/info"], "{table}");
        }
    }
}

#[tokio::test]
async fn a_worker_and_a_locked_manager_are_errors_that_say_what_to_do() {
    for (swarm, what, hint) in [
        (worker(), "is a worker of its swarm", "at 10.98.0.1:2377"),
        (locked(), "the swarm is locked", "docker swarm unlock"),
    ] {
        for (table, _) in LISTS {
            let engine = engine(&swarm);
            let error = ask(table, &["id"]).run(&engine).await.unwrap_err();
            assert!(error.starts_with(&format!("{table}: ")) && error.contains(what), "{error}");
            assert!(error.contains("\nhint: ") && error.contains(hint), "{error}");
            assert!(error.contains(&engine.socket().display().to_string()), "{error}");
            assert_eq!(engine.requests(), ["/info"], "{table}");
        }
    }
}

#[tokio::test]
async fn a_manager_that_refuses_or_says_odd_things_is_an_error() {
    let info = json!({"Swarm": manager()}).to_string();
    let refusal = r#"{"message":"rpc error: code = DeadlineExceeded"}"#;
    for (status, body, words) in [(503, refusal, "DeadlineExceeded"), (200, "{}", "is no list")] {
        let engine = Fake::start(&[("/info", 200, &info), ("/nodes", status, body)]);
        let error = ask("docker_swarm_node", &["id"]).run(&engine).await.unwrap_err();
        assert!(error.contains(words), "{error}");
    }
    let engine = Fake::start(&[("/info", 200, r#"{"Swarm":{"LocalNodeState":7}}"#)]);
    let error = ask("docker_swarm_node", &["id"]).run(&engine).await.unwrap_err();
    assert!(error.contains("the engine's part in a swarm"), "{error}");
}

#[tokio::test]
async fn managers_take_the_start_of_a_name_and_the_rest_is_compared_here() {
    let engine = engine(&manager());
    let asked = ask("docker_swarm_service", &["id", "env_names", "readonly_rootfs"]);
    let rows = asked.equal("name", &["web"]).run(&engine).await.unwrap();
    assert_eq!(rows, [["s1", r#"["A","TOKEN"]"#, "true"]]);
    assert_eq!(engine.requests(), ["/info", r#"/services?filters={"name":["web"]}&status=true"#]);

    for (table, column, value, filters) in [
        ("docker_swarm_node", "hostname", "two", r#"?filters={"name":["two"]}"#),
        ("docker_swarm_node", "role", "worker", r#"?filters={"role":["worker"]}"#),
        ("docker_swarm_node", "role", "boss", ""),
        ("docker_swarm_node", "availability", "drain", ""),
        ("docker_swarm_task", "id", "t2", r#"?filters={"id":["t2"]}"#),
        (
            "docker_swarm_task",
            "desired_state",
            "shutdown",
            r#"?filters={"desired-state":["shutdown"]}"#,
        ),
        ("docker_swarm_task", "desired_state", "asleep", ""),
        // the manager would refuse a service that is gone
        ("docker_swarm_task", "service_id", "s9", ""),
        ("docker_swarm_secret", "name", "pass word", ""),
        ("docker_swarm_config", "name", "web.conf", r#"?filters={"name":["web.conf"]}"#),
    ] {
        let engine = self::engine(&manager());
        let rows = ask(table, &["id"]).equal(column, &[value]).run(&engine).await.unwrap();
        assert!(rows.len() < 2, "{table}: {column} = {value}");
        let (_, list) = LISTS.iter().find(|(name, _)| *name == table).unwrap();
        assert_eq!(engine.requests(), ["/info".to_owned(), format!("{list}{filters}")]);
    }
}

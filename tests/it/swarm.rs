//! A real swarm: what its tables say against what bollard says. `.ci/run` makes it with `tests/lab/swarm.sh`, and names
//! the manager's socket.

use bollard::query_parameters::ListServicesOptionsBuilder;
use serde_json::{Value, json};
use steampipe_plugin_docker::docker::{Docker, Recorder};
use steampipe_plugin_docker::sdk::Table;
use steampipe_plugin_docker::tables::ALL;

use crate::engine::{
    Rows, bollard, compare, compare_filters, docker, equal, names, rows, table, url,
};

/// What the lab's secret and config hold, and a variable of its service; the last one as engines send a config.
const PAYLOADS: [&str; 2] = ["hunter2", "cGFzc3dvcmQgPSBodW50ZXIyCg"];

fn swarm_tables() -> impl Iterator<Item = &'static Table<Docker>> {
    ALL.iter().copied().filter(|table| table.name.starts_with("docker_swarm"))
}

async fn all(docker: &Docker, name: &str) -> Rows {
    rows(docker, table(name), &names(table(name)), Vec::new()).await
}

/// Each of their items has a row, of which at least so many columns are the same.
fn compare_items(name: &str, ours: &Rows, theirs: &impl serde::Serialize, least: usize) {
    let theirs = serde_json::to_value(theirs).unwrap();
    let theirs = theirs.as_array().unwrap();
    assert_eq!(ours.len(), theirs.len(), "{name}");
    for item in theirs {
        let row = ours.iter().find(|row| row["id"] == item["ID"]).unwrap();
        let compared = compare(table(name), row, item, &Value::Null);
        assert!(compared >= least, "{name}: only {compared} columns were compared");
    }
}

#[tokio::test]
#[ignore = "needs a Docker engine in a swarm"]
async fn every_row_of_a_swarm_says_what_bollard_says() {
    let url = url("DOCKER_SWARM");
    let (docker, bollard) = (docker(&url), bollard(&url).await);

    let info = serde_json::to_value(bollard.info().await.unwrap()).unwrap();
    let swarm = all(&docker, "docker_swarm").await;
    assert_eq!(swarm.len(), 1);
    assert!(compare(table("docker_swarm"), &swarm[0], &info, &Value::Null) >= 20);

    let nodes = bollard.list_nodes(None).await.unwrap();
    compare_items("docker_swarm_node", &all(&docker, "docker_swarm_node").await, &nodes, 14);
    let status = ListServicesOptionsBuilder::default().status(true).build();
    let services = bollard.list_services(Some(status)).await.unwrap();
    compare_items(
        "docker_swarm_service",
        &all(&docker, "docker_swarm_service").await,
        &services,
        15,
    );
    let tasks = bollard.list_tasks(None).await.unwrap();
    compare_items("docker_swarm_task", &all(&docker, "docker_swarm_task").await, &tasks, 10);
    let secrets = bollard.list_secrets(None).await.unwrap();
    compare_items("docker_swarm_secret", &all(&docker, "docker_swarm_secret").await, &secrets, 5);
    let configs = bollard.list_configs(None).await.unwrap();
    compare_items("docker_swarm_config", &all(&docker, "docker_swarm_config").await, &configs, 5);
}

#[tokio::test]
#[ignore = "needs a Docker engine in a swarm"]
async fn a_swarm_of_one_node_is_told_in_its_own_words() {
    let docker = docker(&url("DOCKER_SWARM"));
    let columns = [
        "local_node_state",
        "control_available",
        "node_addr",
        "nodes",
        "managers",
        "autolock_managers",
        "node_cert_expiry_days",
        "root_rotation_in_progress",
    ];
    let swarm = rows(&docker, table("docker_swarm"), &columns, Vec::new()).await;
    let expected = json!([{
        "local_node_state": "active", "control_available": true, "node_addr": "127.0.0.1", "nodes": 1, "managers": 1,
        "autolock_managers": false, "node_cert_expiry_days": 90.0, "root_rotation_in_progress": false,
    }]);
    assert_eq!(serde_json::to_value(swarm).unwrap(), expected);
    let ages = ["created", "root_ca_not_before", "root_ca_not_after"];
    let swarm = rows(&docker, table("docker_swarm"), &ages, Vec::new()).await;
    let at = |column: &str| swarm[0][column].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(at("root_ca_not_before") < at("created") && at("created") < at("root_ca_not_after"));
}

#[tokio::test]
#[ignore = "needs a Docker engine in a swarm"]
async fn a_service_shows_what_it_was_made_with() {
    let docker = docker(&url("DOCKER_SWARM"));
    let columns = [
        "mode",
        "replicas",
        "env_names",
        "config_user",
        "readonly_rootfs",
        "cap_add",
        "cap_drop",
        "memory_limit",
        "nano_cpus_limit",
        "pids_limit",
        "restart_condition",
        "restart_max_attempts",
        "placement_constraints",
        "log_driver",
    ];
    let asked = equal("name", &["lab-web"]);
    let found = rows(&docker, table("docker_swarm_service"), &columns, asked).await;
    let expected = json!([{
        "mode": "replicated", "replicas": 2, "env_names": ["A", "PASSWORD"], "config_user": "1000:1000",
        "readonly_rootfs": true, "cap_add": ["CAP_NET_BIND_SERVICE"], "cap_drop": ["ALL"], "memory_limit": 32 << 20,
        "nano_cpus_limit": 500_000_000, "pids_limit": 50, "restart_condition": "on-failure", "restart_max_attempts": 3,
        "placement_constraints": ["node.labels.zone==a"], "log_driver": "json-file",
    }]);
    assert_eq!(serde_json::to_value(found).unwrap(), expected);
    // the start of a name is another name
    let asked = equal("name", &["lab-we"]);
    assert!(rows(&docker, table("docker_swarm_service"), &["id"], asked).await.is_empty());
}

#[tokio::test]
#[ignore = "needs a Docker engine in a swarm"]
async fn what_secrets_and_configs_hold_is_in_no_row_and_no_recording() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("swarm.jsonl");
    let recorder = Recorder::create(&file).unwrap();
    let docker = docker(&url("DOCKER_SWARM")).recording_to(recorder.clone());
    let mut shown = String::new();
    for table in swarm_tables() {
        let rows = all(&docker, table.name).await;
        assert!(!rows.is_empty(), "{} has no rows", table.name);
        shown += &serde_json::to_string(&rows).unwrap();
    }
    recorder.finish().unwrap();
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.contains("\"get\":\"/configs\"") && written.contains("\"Data\":\"***\""));
    for secret in PAYLOADS.into_iter().chain(["SWMTKN", "PRIVATE KEY"]) {
        assert!(!shown.contains(secret), "a row holds {secret}");
        assert!(!written.contains(secret), "the recording holds {secret}");
    }
}

#[tokio::test]
#[ignore = "needs a Docker engine in a swarm"]
async fn filters_of_a_swarm_never_lose_rows() {
    let docker = docker(&url("DOCKER_SWARM"));
    for table in swarm_tables() {
        compare_filters(&docker, table).await;
    }
}

#[tokio::test]
#[ignore = "needs a Docker engine"]
async fn an_engine_outside_of_a_swarm_has_one_row_that_says_so() {
    for name in ["DOCKER_ICC_ON", "DOCKER_PODMAN"] {
        let docker = docker(&url(name));
        for table in swarm_tables() {
            let rows = all(&docker, table.name).await;
            if table.name == "docker_swarm" {
                assert_eq!(rows.len(), 1, "{name}");
                assert_eq!(rows[0]["local_node_state"], "inactive", "{name}");
            } else {
                assert!(rows.is_empty(), "{name}: {}", table.name);
            }
        }
    }
}

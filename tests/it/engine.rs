//! Real engines: what the tables say against what bollard, an independent client, says. `.ci/run` starts them, with the
//! lab of `tests/lab`, and names their sockets.

use std::collections::BTreeMap;

use bollard::API_DEFAULT_VERSION;
use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, EventsOptionsBuilder, ListContainersOptionsBuilder,
    RemoveContainerOptionsBuilder,
};
use futures_util::StreamExt;
use serde_json::Value;
use steampipe_plugin_docker::docker::{ATTRIBUTES, Config, Docker, Environment};
use steampipe_plugin_docker::sdk::config::Settings;
use steampipe_plugin_docker::sdk::{self, Cell, Key, Operator, Qual, Table};
use steampipe_plugin_docker::tables::ALL;

pub(crate) use crate::rows::table;
use crate::rows::{request, scanned, value};

mod storage;

/// Values that change between two calls.
const RESTLESS: [&str; 7] =
    ["system_time", "n_fd", "n_goroutines", "n_events_listener", "status", "pid", "state_detail"];

/// Lists that engines send in any order.
const UNORDERED: [&str; 3] = ["ports", "mounts", "mounts_detail"];

/// One test at a time counts containers while another makes some.
pub(crate) static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

pub(crate) type Rows = Vec<BTreeMap<&'static str, Value>>;

pub(crate) fn url(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} names the engine's socket, as unix://…"))
}

pub(crate) fn docker(url: &str) -> Docker {
    let settings = Settings::parse(ATTRIBUTES, &format!("host = {url:?}")).unwrap();
    Docker::new(Config::from_settings(&settings).unwrap(), Environment::from_pairs(&[]))
}

pub(crate) async fn bollard(url: &str) -> bollard::Docker {
    let client = bollard::Docker::connect_with_unix(url, 60, API_DEFAULT_VERSION).unwrap();
    client.negotiate_version().await.unwrap()
}

pub(crate) async fn rows(
    docker: &Docker,
    table: &'static Table<Docker>,
    columns: &[&str],
    quals: Vec<Qual>,
) -> Rows {
    let scanned = scanned(docker, table, request(columns, quals)).await.unwrap();
    let wanted = table.columns.iter().map(|column| column.name);
    let wanted: Vec<_> = wanted.filter(|name| columns.contains(name)).collect();
    let named = |cells: Vec<Cell>| wanted.iter().copied().zip(cells.iter().map(value)).collect();
    scanned.into_iter().map(named).collect()
}

/// All of `theirs` is in `ours`: bollard's models lose fields and write null as empty, but invent nothing.
fn holds(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (_, Value::Null) => true,
        (ours, Value::Object(theirs)) if theirs.is_empty() => ours.is_null() || ours.is_object(),
        (ours, Value::Array(theirs)) if theirs.is_empty() => {
            ours.is_null() || ours.as_array().is_some_and(Vec::is_empty)
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            theirs.iter().all(|(key, value)| holds(ours.get(key).unwrap_or(&Value::Null), value))
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|(ours, theirs)| holds(ours, theirs))
        }
        // a text column prints numbers; a missing text is an empty one there
        (Value::String(ours), Value::Number(theirs)) => *ours == theirs.to_string(),
        (Value::Null, Value::String(theirs)) => {
            theirs.is_empty() || theirs.starts_with("0001-01-01")
        }
        // it reads some whole numbers as fractions
        (Value::Number(ours), Value::Number(theirs)) if theirs.is_f64() => {
            ours.as_f64() == theirs.as_f64()
        }
        (Value::String(ours), Value::String(theirs)) if is_time(ours) && is_time(theirs) => {
            ours.parse::<jiff::Timestamp>().unwrap() == theirs.parse::<jiff::Timestamp>().unwrap()
        }
        (ours, theirs) => ours == theirs,
    }
}

fn is_time(text: &str) -> bool {
    text.len() >= 20 && text.parse::<jiff::Timestamp>().is_ok()
}

/// Every column of the row against the field that bollard has at its pointer. Returns how many there were.
pub(crate) fn compare(
    table: &Table<Docker>,
    row: &BTreeMap<&str, Value>,
    item: &Value,
    inspect: &Value,
) -> usize {
    let mut compared = 0;
    for column in table.columns {
        let theirs = if column.from.is_some() { inspect } else { item };
        let Some(theirs) = theirs.pointer(column.pointer) else { continue };
        if RESTLESS.contains(&column.name) || column.map.is_some() || column.pointer.is_empty() {
            continue;
        }
        let ours = &row[column.name];
        let theirs = match (column.name, theirs.as_i64()) {
            ("created", Some(seconds)) => {
                jiff::Timestamp::from_second(seconds).unwrap().to_string().into()
            }
            _ => theirs.clone(),
        };
        // the engine lists them in no order
        let (ours, theirs) = if UNORDERED.contains(&column.name) {
            (sorted(ours), sorted(&theirs))
        } else {
            (ours.clone(), theirs)
        };
        assert!(
            holds(&ours, &theirs),
            "{}.{}: ours {ours}, bollard {theirs}",
            table.name,
            column.name
        );
        compared += 1;
    }
    compared
}

fn sorted(list: &Value) -> Value {
    let mut items = list.as_array().cloned().unwrap_or_default();
    items.sort_by_key(Value::to_string);
    items.into()
}

pub(crate) fn names(table: &Table<Docker>) -> Vec<&'static str> {
    table.columns.iter().map(|column| column.name).collect()
}

async fn compare_all(url: &str, least_containers: usize) {
    let (docker, bollard) = (docker(url), bollard(url).await);

    let info = serde_json::to_value(bollard.info().await.unwrap()).unwrap();
    let ours = rows(&docker, table("docker_info"), &names(table("docker_info")), Vec::new()).await;
    assert_eq!(ours.len(), 1);
    assert!(compare(table("docker_info"), &ours[0], &info, &Value::Null) > 30);

    let ours =
        rows(&docker, table("docker_network"), &names(table("docker_network")), Vec::new()).await;
    let theirs = bollard.list_networks(None).await.unwrap();
    assert_eq!(ours.len(), theirs.len());
    for network in theirs {
        let id = network.id.clone().unwrap();
        let inspect =
            serde_json::to_value(bollard.inspect_network(&id, None).await.unwrap()).unwrap();
        let row = ours.iter().find(|row| row["id"] == id).unwrap();
        let network = serde_json::to_value(network).unwrap();
        assert!(compare(table("docker_network"), row, &network, &inspect) > 8);
    }

    let ours =
        rows(&docker, table("docker_container"), &names(table("docker_container")), Vec::new())
            .await;
    let options = ListContainersOptionsBuilder::default().all(true).build();
    let theirs = bollard.list_containers(Some(options)).await.unwrap();
    assert_eq!(ours.len(), theirs.len());
    assert!(ours.len() >= least_containers, "the lab has {} containers", ours.len());
    for container in theirs {
        let id = container.id.clone().unwrap();
        let inspect =
            serde_json::to_value(bollard.inspect_container(&id, None).await.unwrap()).unwrap();
        let row = ours.iter().find(|row| row["id"] == id).unwrap();
        assert_eq!(inspect["Name"], format!("/{}", row["name"].as_str().unwrap()));
        let container = serde_json::to_value(container).unwrap();
        assert!(compare(table("docker_container"), row, &container, &inspect) > 40);
    }
}

#[tokio::test]
#[ignore = "needs a Docker engine"]
async fn every_row_says_what_bollard_says() {
    let _alone = ALONE.lock().await;
    compare_all(&url("DOCKER_ICC_ON"), 30).await;
    compare_all(&url("DOCKER_ICC_OFF"), 0).await;
}

#[tokio::test]
#[ignore = "needs Podman"]
async fn podman_answers_every_table() {
    let docker = docker(&url("DOCKER_PODMAN"));
    let info = rows(&docker, table("docker_info"), &["engine", "server_version"], Vec::new()).await;
    assert_eq!(info[0]["engine"], "Podman");
    assert!(docker.engine().await.unwrap().is_podman);
    let networks =
        rows(&docker, table("docker_network"), &names(table("docker_network")), Vec::new()).await;
    assert!(!networks.is_empty());
    for name in networks.iter().map(|row| row["name"].as_str().unwrap()) {
        let found = rows(&docker, table("docker_network"), &["id"], equal("name", &[name])).await;
        assert_eq!(found.len(), 1, "{name}");
    }
    rows(
        &docker,
        table("docker_container"),
        &names(table("docker_container")),
        equal("state", &["running", "dead"]),
    )
    .await;
}

pub(crate) fn equal(column: &str, values: &[&str]) -> Vec<Qual> {
    let values = values.iter().map(|&value| sdk::Value::Text(value.to_owned())).collect();
    vec![Qual {
        column: column.to_owned(),
        operator: Operator::Equal,
        value: sdk::Value::List(values),
    }]
}

/// For every value that a key column has, and odd ones, the filtered rows are the rows that Postgres would keep.
pub(crate) async fn compare_filters(docker: &Docker, table: &'static Table<Docker>) {
    let keys: Vec<&str> = table
        .columns
        .iter()
        .filter(|column| column.key == Key::Exact)
        .map(|column| column.name)
        .collect();
    let all = rows(docker, table, &keys, Vec::new()).await;
    for key in &keys {
        let mut values: Vec<&str> = all.iter().filter_map(|row| row[key].as_str()).collect();
        values.extend(["", "no such", "a.b", "^x$", "running", "f"]);
        values.sort_unstable();
        values.dedup();
        for pair in values.windows(2) {
            let kept = all.iter().filter(|row| pair.iter().any(|value| row[key] == *value)).count();
            let found = rows(docker, table, &keys, equal(key, pair)).await;
            assert_eq!(found.len(), kept, "{}: {key} in {pair:?}", table.name);
        }
    }
}

#[tokio::test]
#[ignore = "needs a Docker engine"]
async fn filters_never_lose_rows() {
    let _alone = ALONE.lock().await;
    let docker = docker(&url("DOCKER_ICC_ON"));
    for table in ALL {
        // these need a range of time, read files, or show what health checks start and end between two looks: their own
        // tests look at their conditions
        let restless = ["docker_container_process", "docker_exec"].contains(&table.name);
        let of_files =
            ["dockerfile_", "docker_compose_"].iter().any(|start| table.name.starts_with(start));
        if restless || of_files || table.columns.iter().any(|column| column.required) {
            continue;
        }
        compare_filters(&docker, table).await;
    }
}

/// The newest of them: an engine forgets the oldest while it is asked twice.
#[tokio::test]
#[ignore = "needs a Docker engine"]
async fn events_of_a_time_are_those_that_bollard_gets() {
    let _alone = ALONE.lock().await;
    let url = url("DOCKER_ICC_ON");
    let now = jiff::Timestamp::now().as_second();
    let columns = ["type", "action", "actor_id", "attributes", "scope"];
    let found = rows(&docker(&url), table("docker_event"), &columns, between(0, now)).await;
    let options = EventsOptionsBuilder::default().since("0").until(&now.to_string()).build();
    let events = bollard(&url).await.events(Some(options));
    let expected: Vec<Value> = events
        .map(|event| {
            let event = serde_json::to_value(event.unwrap()).unwrap();
            serde_json::json!({
                "type": event["Type"], "action": event["Action"], "actor_id": event["Actor"]["ID"],
                "attributes": event["Actor"]["Attributes"], "scope": event["scope"],
            })
        })
        .collect()
        .await;
    let newest = found.len().min(expected.len()).min(50);
    assert!(newest > 0, "the engine keeps no events");
    let found = serde_json::to_value(&found[found.len() - newest..]).unwrap();
    assert_eq!(found, Value::from(&expected[expected.len() - newest..]));
}

#[tokio::test]
#[ignore = "needs a Docker engine"]
async fn podman_gives_its_events_and_ends() {
    let _alone = ALONE.lock().await;
    let docker = docker(&url("DOCKER_PODMAN"));
    let now = jiff::Timestamp::now().as_second();
    let columns = ["time", "type", "action", "name"];
    let found = rows(&docker, table("docker_event"), &columns, between(0, now)).await;
    let is_start =
        |row: &BTreeMap<&str, Value>| row["type"] == "container" && row["action"] == "start";
    assert!(found.iter().any(is_start), "{found:?}");
}

/// Conditions on `time`, in seconds since 1970.
fn between(from: i64, until: i64) -> Vec<Qual> {
    [(Operator::GreaterOrEqual, from), (Operator::LessOrEqual, until)]
        .map(|(operator, seconds)| Qual {
            column: "time".to_owned(),
            operator,
            value: sdk::Value::Timestamp(sdk::Timestamp { seconds, nanos: 0 }),
        })
        .to_vec()
}

#[tokio::test]
#[ignore = "needs a Docker engine"]
async fn a_container_made_by_bollard_shows_what_it_was_made_with() {
    let _alone = ALONE.lock().await;
    let url = url("DOCKER_ICC_ON");
    let (docker, bollard) = (docker(&url), bollard(&url).await);
    let body = ContainerCreateBody {
        image: Some("lab/base:1.0".to_owned()),
        user: Some("1000:1000".to_owned()),
        host_config: Some(HostConfig {
            privileged: Some(true),
            memory: Some(64 << 20),
            cap_drop: Some(vec!["NET_RAW".to_owned()]),
            security_opt: Some(vec!["no-new-privileges".to_owned()]),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    };
    let name = CreateContainerOptionsBuilder::default().name("made.by_bollard").build();
    bollard.create_container(Some(name), body).await.unwrap();
    let columns = [
        "name",
        "state",
        "privileged",
        "memory",
        "cap_drop",
        "security_opt",
        "config_user",
        "started_at",
        "pids_limit",
    ];
    let found =
        rows(&docker, table("docker_container"), &columns, equal("name", &["made.by_bollard"]))
            .await;
    let force = RemoveContainerOptionsBuilder::default().force(true).build();
    bollard.remove_container("made.by_bollard", Some(force)).await.unwrap();
    let expected = serde_json::json!([{
        "name": "made.by_bollard", "state": "created", "privileged": true, "memory": 64 << 20, "cap_drop": ["NET_RAW"],
        "security_opt": ["no-new-privileges", "label=disable"], "config_user": "1000:1000", "started_at": null, "pids_limit": null,
    }]);
    assert_eq!(serde_json::to_value(found).unwrap(), expected);
}

/// The engine runs on this machine, so its host is this one; run as root, everything of it can be read.
#[tokio::test]
#[ignore = "needs a Docker engine"]
async fn the_host_of_the_engine_is_seen() {
    let url = url("DOCKER_ICC_ON");
    let docker = docker(&url);
    let all = async |name: &str| {
        let table = table(name);
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        rows(&docker, table, &columns, vec![]).await
    };
    let processes = all("docker_host_process").await;
    let engines: Vec<_> = processes.iter().filter(|row| row["is_engine"] == true).collect();
    assert_eq!(engines.len(), 1, "{processes:?}");
    assert_eq!((&engines[0]["program"], &engines[0]["uid"]), (&"dockerd".into(), &0.into()));
    let listens = engines[0]["flags"]["host"].to_string();
    assert!(listens.contains(&url), "{listens}");

    let mounts = all("docker_host_mount").await;
    let holders = mounts.iter().filter(|row| row["holds_data_root"] == true).count();
    assert_eq!(holders, 1, "{mounts:?}");

    let users = all("docker_host_user").await;
    let socket = url.strip_prefix("unix://").unwrap();
    assert!(users.iter().any(|row| row["uid"] == 0 && row["socket"] == socket), "{users:?}");

    for name in ["docker_host_listener", "docker_host_environment"] {
        let rows = all(name).await;
        assert!(rows.iter().all(|row| row["readable"] == true), "{name}: {rows:?}");
    }
    let events = all("docker_host_audit_event").await;
    assert!(events.iter().all(|row| row["readable"] == true || row["file"].is_string()));
}

//! The main job on real engines, and the same verdicts from what the plugin serves. `.ci/run` starts them.

use std::process::Command;

use serde_json::Value;

use crate::run::{Ran, root, run};

const ENGINES: [(&str, &str, i32); 3] =
    [("DOCKER_ICC_ON", "alarm", 1), ("DOCKER_ICC_OFF", "ok", 0), ("DOCKER_PODMAN", "skip", 0)];
const CONTROL: &str = "docker_compliance.control.cis_v160_2_2";
const QUERY: &str = "docker_network_traffic_restricted_between_containers";

pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is set by .ci/run"))
}

#[test]
#[ignore = "needs Docker engines and Podman"]
fn the_verdict_is_right_on_every_engine() {
    for (engine, status, code) in ENGINES {
        let host = variable(engine);
        let ran = run(&["control", "run", CONTROL, "--host", &host, "--output", "json"]);
        assert_eq!(
            (ran.code, ran.rows()[0]["status"].as_str().unwrap()),
            (code, status),
            "{engine}: {}",
            ran.stdout
        );
        assert!(ran.stderr.contains(&host), "the engine's endpoint is told: {}", ran.stderr);
    }
}

#[test]
#[ignore = "needs Docker engines and Podman"]
fn a_recording_gives_the_verdict_of_its_engine_and_holds_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    for (engine, _, _) in ENGINES {
        let file = folder.path().join(format!("{engine}.jsonl"));
        let file = file.to_str().unwrap();
        let host = variable(engine);
        let control = ["control", "run", CONTROL, "--output", "csv"];
        let live = run(&[&control[..], &["--host", &host, "--record", file]].concat());
        let played = run(&[&control[..], &["--from", file]].concat());
        assert_eq!(
            (live.code, &live.stdout),
            (played.code, &played.stdout),
            "{engine}: {}",
            played.stderr
        );
        let text = std::fs::read_to_string(file).unwrap();
        assert!(!text.contains("hunter2"), "{engine}: a password of the lab is in the recording");
        for path in [
            "\"/_ping\"",
            "\"/version\"",
            "\"/info\"",
            "\"/networks\"",
            "\"/containers/json?all=true\"",
        ] {
            assert!(text.contains(path), "{engine}: {path} is not recorded");
        }
    }
}

/// The verdict of the mod's own SQL, on PostgreSQL, over the rows that a Steampipe host gets from the plugin.
#[tokio::test(flavor = "current_thread")]
#[ignore = "needs engines, PostgreSQL, the plugin and its host"]
async fn rows_served_by_the_plugin_give_the_same_verdicts() {
    let (client, connection) =
        tokio_postgres::connect(&variable("TEST_DATABASE_URL"), tokio_postgres::NoTls)
            .await
            .unwrap();
    tokio::spawn(connection);
    let queries = run(&["query", "list", "--output", "json"]).json();
    let query =
        queries.as_array().unwrap().iter().find(|query| query["resource_name"] == QUERY).unwrap();
    let sql = query["sql"].as_str().unwrap().to_owned();
    for (engine, status, _) in ENGINES {
        let host = variable(engine);
        for table in ["docker_info", "docker_network"] {
            let rows = served(&host, table);
            client.batch_execute(&create_table(table, &rows)).await.unwrap();
        }
        let rows = client.query(&sql, &[]).await.unwrap();
        let of_plugin: Vec<[String; 3]> =
            rows.iter().map(|row| [0, 1, 2].map(|column| row.get(column))).collect();
        assert_eq!(of_plugin[0][1], status, "{engine}");
        let own = run(&["control", "run", CONTROL, "--host", &host, "--output", "json"]).rows();
        let of_command: Vec<[String; 3]> = own
            .iter()
            .map(|row| {
                ["resource", "status", "reason"].map(|key| row[key].as_str().unwrap().to_owned())
            })
            .collect();
        assert_eq!(of_plugin, of_command, "{engine}");
    }
}

/// The rows of a table as the Go host gets them.
fn served(host: &str, table: &str) -> Vec<Value> {
    let config = format!("host = {host:?}");
    let output = Command::new(variable("HOST"))
        .args([
            "--plugin",
            &variable("PLUGIN"),
            "--config",
            &config,
            "--report",
            "off",
            "query",
            table,
        ])
        .output()
        .unwrap();
    let ran = Ran::from(output);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.json().as_array().unwrap().clone()
}

/// SQL for a temporary table with these rows, typed as the plugin's schema says.
fn create_table(table: &str, rows: &[Value]) -> String {
    let shown = run(&["table", "show", table, "--output", "json"]).json();
    let columns = shown[0]["columns"].as_array().unwrap().iter();
    let columns = columns.map(|column| {
        format!("{} {}", column["name"].as_str().unwrap(), column["type"].as_str().unwrap())
    });
    let columns: Vec<String> =
        columns.chain(["sp_connection_name text".to_owned(), "_ctx jsonb".to_owned()]).collect();
    let rows = serde_json::to_string(rows).unwrap().replace('\'', "''");
    format!(
        "drop table if exists {table}; create temporary table {table} as select * from jsonb_to_recordset('{rows}') as t({});",
        columns.join(", ")
    )
}

#[test]
#[ignore = "needs Docker engines and a PostgreSQL server"]
fn a_server_gives_the_same_report_as_the_embedded_database() {
    let (host, url) = (variable("DOCKER_ICC_ON"), variable("TEST_DATABASE_URL"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("engine.jsonl");
    let file = file.to_str().unwrap();
    let report = |source: &[&str]| {
        run(&[&["benchmark", "run", "cis_v160", "--output", "csv"], source].concat())
    };
    // one look for both: an engine lists images of the same second now in this order, now in that
    let recorded = report(&["--host", &host, "--record", file]);
    assert!([1, 2].contains(&recorded.code), "{}", recorded.stderr);
    let embedded = report(&["--from", file]);
    let server = report(&["--from", file, "--database", &url]);
    assert_eq!((embedded.code, embedded.stdout), (server.code, server.stdout), "{}", server.stderr);
}

#[test]
fn the_folder_of_the_mod_and_the_mod_in_the_program_are_the_same() {
    let folder = root().join("mod");
    let list = |arguments: &[&str]| {
        run(&[&["control", "list", "--output", "plain"], arguments].concat()).stdout
    };
    assert_eq!(list(&[]), list(&["--mod-location", folder.to_str().unwrap()]));
}

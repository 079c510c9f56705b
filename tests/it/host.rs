//! Tables about the engine's host: the right machine only, and the same rows from a recording.

use std::path::Path;

use serde_json::json;
use steampipe_plugin_docker::docker::{
    ATTRIBUTES, Config, Docker, Environment, Recorder, Recording,
};
use steampipe_plugin_docker::sdk::config::Settings;
use steampipe_plugin_docker::sdk::{Request, Row, Scan, Table};
use steampipe_plugin_docker::tables::ALL;
use tokio::sync::mpsc;

use crate::fake::Fake;
use crate::rows::objects;

fn tables() -> Vec<&'static Table<Docker>> {
    let tables = ALL.iter().filter(|table| table.name.starts_with("docker_host_"));
    tables.copied().collect()
}

fn kernel() -> String {
    std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap().trim().to_owned()
}

fn info(name: &str, kernel: &str) -> String {
    json!({"Name": name, "KernelVersion": kernel, "OSType": "linux", "DockerRootDir": "/var/lib/docker"})
        .to_string()
}

/// A host in a folder, with a bit of everything.
fn host_root() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let place = folder.path().join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, text).unwrap();
    };
    write("etc/hostname", "web-1\n");
    write("etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n");
    write("etc/group", "root:x:0:\ndocker:x:998:ann\n");
    write("etc/environment", "DOCKER_CONTENT_TRUST=1\nDOCKER_PASSWORD=hunter2\n");
    write(
        "etc/docker/daemon.json",
        "{\n\"icc\": false,\n\"https-proxy\": \"http://ann:hunter2@proxy\"\n}\n",
    );
    write("etc/docker/certs.d/registry/ca.crt", "");
    write("etc/audit/rules.d/docker.rules", "-w /etc/docker -k docker\n-w etc\n");
    write(
        "lib/systemd/system/docker.service",
        "[Service]\nExecStart=/usr/bin/dockerd -H fd://\nEnvironment=TOKEN=hunter2\n",
    );
    write("etc/systemd/system/docker.service.d/a.conf", "[Service]\nUser=root\n");
    write("proc/1/cmdline", "/sbin/init\0");
    write("proc/1/mounts", "/dev/sda / ext4 rw 0 0\n/dev/sdb /var/lib/docker ext4 rw 0 0\n");
    write("proc/7/cmdline", "/usr/bin/dockerd\0-H\0fd://\0--log-opt\0splunk-token=hunter2\0");
    write("proc/7/status", "Uid:\t0\t0\t0\t0\nNSpid:\t7\n");
    write("proc/7/net/tcp", "heading\n 0: 00000000:0949 0:0 0A 0:0 00:0 0 0 0 5 1\n");
    write("proc/7/net/udp", "heading\n");
    write(
        "var/log/audit/audit.log",
        "type=SYSCALL msg=audit(1700000000.123:42): syscall=59 success=yes pid=9 auid=1000 uid=0 exe=\"/usr/bin/docker\" key=\"docker\"\n\
         type=EXECVE msg=audit(1700000000.123:42): argc=4 a0=\"docker\" a1=\"exec\" a2=\"--privileged\" a3=\"web\"\n",
    );
    folder
}

fn docker(fake: &Fake, root: Option<&Path>) -> Docker {
    let root = root.map(|root| format!("host_root = \"{}\"", root.display())).unwrap_or_default();
    let settings = Settings::parse(ATTRIBUTES, &format!("{}\n{root}", fake.config())).unwrap();
    Docker::new(Config::from_settings(&settings).unwrap(), Environment::from_pairs(&[]))
}

fn assert_unseen(table: &str, rows: &[serde_json::Value], words: &str) {
    assert_eq!(rows.len(), 1, "{table}: {rows:?}");
    for (column, value) in rows[0].as_object().unwrap() {
        match column.as_str() {
            "readable" => assert_eq!(value, false, "{table}"),
            "error" => assert!(value.as_str().unwrap().contains(words), "{table}: {value}"),
            _ => assert!(value.is_null(), "{table}.{column}: {value}"),
        }
    }
}

#[tokio::test]
async fn the_host_of_another_machine_is_one_row_that_says_why() {
    let fake = Fake::start(&[("/info", 200, &info("elsewhere", &kernel()))]);
    let docker = docker(&fake, None);
    for table in tables() {
        let rows = objects(&docker, table.name).await;
        assert_unseen(table.name, &rows, "cannot be seen from here: it is `elsewhere`");
    }
}

#[tokio::test]
async fn a_recording_without_facts_of_the_host_says_so() {
    let text = "{\"recording\":1,\"name\":\"x\",\"endpoint\":\"unix:///var/run/docker.sock\"}\n\
        {\"get\":\"/_ping\",\"body\":\"OK\"}\n{\"get\":\"/info\",\"body\":{}}\n";
    let recording = Recording::read(text.as_bytes(), "x.jsonl").unwrap();
    let docker = Docker::from_recording(recording, Config::default(), Environment::from_pairs(&[]));
    for table in tables() {
        let rows = objects(&docker, table.name).await;
        assert_unseen(table.name, &rows, "`x.jsonl` holds no facts of the host");
    }
}

#[tokio::test]
async fn an_engine_that_does_not_answer_is_a_failed_query() {
    let fake = Fake::start(&[("/info", 500, r#"{"message":"busy"}"#)]);
    let docker = docker(&fake, None);
    for table in tables() {
        let columns = vec!["readable".to_owned()];
        let scan = Scan::new(table, Request { columns, max_concurrency: 1, ..Request::default() });
        let (sender, _receiver) = mpsc::channel::<Row>(8);
        let error = scan.run(&docker, &sender).await.unwrap_err().to_string();
        assert!(error.contains("busy"), "{}: {error}", table.name);
    }
}

/// Run by somebody who is not root, some rows say that permission is denied; there is no other machine to be seen.
#[tokio::test]
async fn this_very_machine_is_seen_by_anybody() {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let fake = Fake::start(&[("/info", 200, &info(name.trim(), &kernel()))]);
    let docker = docker(&fake, None);
    for table in tables() {
        for row in objects(&docker, table.name).await {
            assert_eq!(row["host"], name.trim(), "{}: {row}", table.name);
            assert_eq!(row["readable"] == true, row["error"].is_null(), "{}: {row}", table.name);
        }
    }
    assert!(objects(&docker, "docker_host_mount").await.len() > 1);
}

#[tokio::test]
async fn the_tables_show_a_mounted_host() {
    let (root, fake) = (host_root(), Fake::start(&[("/info", 200, &info("web-1", &kernel()))]));
    let docker = docker(&fake, Some(root.path()));

    let mounts = objects(&docker, "docker_host_mount").await;
    let of_root: Vec<_> = mounts.iter().map(|row| (&row["target"], &row["is_data_root"])).collect();
    assert_eq!(of_root, [(&json!("/"), &json!(false)), (&json!("/var/lib/docker"), &json!(true))]);

    let processes = objects(&docker, "docker_host_process").await;
    assert_eq!(processes.len(), 1);
    let process = &processes[0];
    assert_eq!((&process["pid"], &process["is_engine"]), (&json!(7), &json!(true)));
    assert_eq!((&process["user_name"], &process["host"]), (&json!("root"), &json!("web-1")));

    let users = objects(&docker, "docker_host_user").await;
    let names: Vec<_> = users.iter().map(|row| (&row["name"], &row["via"])).collect();
    assert_eq!(names, [(&json!("root"), &json!("root")), (&json!("ann"), &json!("member"))]);

    let listeners = objects(&docker, "docker_host_listener").await;
    assert_eq!((&listeners[0]["port"], &listeners[0]["is_wildcard"]), (&json!(2377), &json!(true)));

    let environment = objects(&docker, "docker_host_environment").await;
    assert_eq!(environment[0]["value"], "1");
    assert_eq!((&environment[1]["value"], &environment[1]["line"]), (&json!("***"), &json!(2)));

    let events = objects(&docker, "docker_host_audit_event").await;
    let event = &events[0];
    assert_eq!((&event["exec_privileged"], &event["login_name"]), (&json!(true), &json!("ann")));
    assert_eq!(event["time"], "2023-11-14T22:13:20.123Z");
    assert!(events.iter().all(|event| event["readable"] == true));
    // one look serves all tables of a query; three of them ask the engine for more than its host
    let asked = fake.requests().iter().filter(|request| *request == "/info").count();
    assert_eq!(asked, 4);
}

#[tokio::test]
async fn what_is_recorded_plays_back_with_equal_rows() {
    let (root, fake) = (host_root(), Fake::start(&[("/info", 200, &info("web-1", &kernel()))]));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("web-1.jsonl");
    let recorder = Recorder::create(&path).unwrap();
    let live = docker(&fake, Some(root.path())).recording_to(recorder.clone());
    let mut seen = Vec::new();
    for table in tables() {
        seen.push(objects(&live, table.name).await);
    }
    recorder.finish().unwrap();

    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    let recording = Recording::read(text.as_bytes(), "web-1.jsonl").unwrap();
    let played = Docker::from_recording(recording, Config::default(), Environment::from_pairs(&[]));
    for (table, seen) in tables().into_iter().zip(seen) {
        // arguments and settings of the daemon are masked in a recording only
        let seen = json!(seen).to_string();
        let seen = seen.replace("ann:hunter2@", "***@").replace("hunter2", "***");
        let played = json!(objects(&played, table.name).await);
        let seen: serde_json::Value = serde_json::from_str(&seen).unwrap();
        for (row, expected) in played.as_array().unwrap().iter().zip(seen.as_array().unwrap()) {
            assert_eq!(row, expected, "{}", table.name);
        }
        assert_eq!(played, seen, "{}", table.name);
    }
}

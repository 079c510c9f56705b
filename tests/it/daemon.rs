//! The tables about an engine's daemon and its host's files, on recorded hosts.

use serde_json::{Value, json};
use steampipe_plugin_docker::docker::daemon::PURPOSES;
use steampipe_plugin_docker::docker::{Config, Docker, Environment, Recording};

use crate::rows::objects;

/// An engine whose host has these facts, one a line.
fn engine(lines: &[String]) -> Docker {
    let mut text = [
        json!({"recording": 1, "name": "web-1", "endpoint": "unix:///var/run/docker.sock"}),
        json!({"get": "/_ping", "status": 200, "headers": {"Api-Version": "1.41", "OSType": "linux"}, "body": "OK"}),
        json!({"get": "/info", "status": 200, "body": {
            "Name": "web-1", "OSType": "linux", "ServerVersion": "20.10.24", "DockerRootDir": "/var/lib/docker",
            "SecurityOptions": ["name=seccomp,profile=default"], "CgroupVersion": "2",
        }}),
    ]
    .map(|line| line.to_string())
    .join("\n");
    for line in lines {
        text.push('\n');
        text.push_str(line);
    }
    let recording = Recording::read(text.as_bytes(), "web-1.jsonl").unwrap();
    Docker::from_recording(recording, Config::default(), Environment::from_pairs(&[]))
}

fn host() -> String {
    json!({"host": {"name": "web-1", "os": "linux"}}).to_string()
}

fn process(argv: &[&str]) -> String {
    json!({"process": {"pid": 7, "uid": 0, "argv": argv, "exe": "/usr/sbin/dockerd"}}).to_string()
}

fn file(path: &str, mode: u32, content: &str) -> String {
    json!({"file": {
        "path": path, "kind": "file", "uid": 0, "gid": 0, "user": "root", "group": "root", "mode": mode,
        "size": content.len(), "content": content,
    }})
    .to_string()
}

fn denied(path: &str) -> String {
    json!({"file": {"path": path, "error": "permission denied"}}).to_string()
}

const TABLES: [&str; 4] = [
    "docker_host_audit_rule",
    "docker_host_daemon_setting",
    "docker_host_file",
    "docker_host_systemd_unit",
];

#[tokio::test]
async fn a_host_that_cannot_be_seen_is_one_row_that_says_so() {
    let docker = engine(&[]);
    for table in TABLES {
        let rows = objects(&docker, table).await;
        assert_eq!(rows.len(), 1, "{table}");
        for (column, value) in rows[0].as_object().unwrap() {
            match column.as_str() {
                "readable" => assert_eq!(value, &json!(false), "{table}"),
                "error" => assert!(value.as_str().unwrap().contains("web-1"), "{table}: {value}"),
                _ => assert_eq!(value, &Value::Null, "{table}.{column}"),
            }
        }
    }
}

#[tokio::test]
async fn every_row_tells_its_host_and_whether_it_could_be_read() {
    let docker = engine(&[host(), process(&["dockerd", "-H", "fd://"])]);
    for table in TABLES {
        let rows = objects(&docker, table).await;
        assert!(rows.len() > 1, "{table}");
        for row in rows {
            assert_eq!(row["host"], "web-1", "{table}");
            assert_eq!(row["readable"], row["error"].is_null(), "{table}: {row}");
        }
    }
}

#[tokio::test]
async fn settings_say_who_set_them() {
    let docker = engine(&[
        host(),
        process(&["dockerd", "--icc=false"]),
        file("/etc/docker/daemon.json", 0o644, "{\n\"log-level\": \"warn\"\n}"),
    ]);
    let rows = objects(&docker, "docker_host_daemon_setting").await;
    let row = |key: &str| rows.iter().find(|row| row["key"] == key).unwrap();
    let icc = row("icc");
    assert_eq!(
        (&icc["value"], &icc["value_text"], &icc["default_value"], &icc["source"], &icc["flag"]),
        (&json!(false), &json!("false"), &json!(true), &json!("flag"), &json!("--icc=false"))
    );
    let level = row("log-level");
    assert_eq!(
        (&level["value_text"], &level["source"], &level["file"], &level["line"]),
        (&json!("warn"), &json!("file"), &json!("/etc/docker/daemon.json"), &json!(2))
    );
    let parent = row("cgroup-parent");
    assert_eq!((&parent["value"], &parent["source"]), (&Value::Null, &json!("default")));
}

#[tokio::test]
async fn files_are_there_or_absent_or_unreadable() {
    let docker = engine(&[
        host(),
        process(&["dockerd", "--tlscacert=/c/ca.pem", "--tlskey=/c/key.pem"]),
        file("/etc/docker/daemon.json", 0o4640, "{}"),
        json!({"file": {"path": "/c/ca.pem", "kind": "symlink", "target": "/gone.pem"}})
            .to_string(),
        denied("/c/key.pem"),
    ]);
    let rows = objects(&docker, "docker_host_file").await;
    let row = |purpose: &str| rows.iter().find(|row| row["purpose"] == purpose).unwrap();
    let config = row("daemon_config");
    for (column, value) in [
        ("path", json!("/etc/docker/daemon.json")),
        ("setting", json!("default")),
        ("exists", json!(true)),
        ("kind", json!("file")),
        ("uid", json!(0)),
        ("owner", json!("root")),
        ("group_name", json!("root")),
        ("mode", json!("4640")),
        ("mode_int", json!(0o4640)),
        ("size", json!(2)),
        ("symlink_target", Value::Null),
    ] {
        assert_eq!(config[column], value, "{column}");
    }
    assert_eq!(row("default_file")["exists"], false);
    assert_eq!(row("tls_ca_certificate")["exists"], false);
    let key = row("tls_key");
    assert_eq!((&key["exists"], &key["path"]), (&Value::Null, &json!("/c/key.pem")));
    assert_eq!(key["error"], "/c/key.pem cannot be seen: permission denied");
    assert_eq!(key["setting"], "--tlskey=/c/key.pem");
    let none = row("seccomp_profile");
    assert_eq!((&none["path"], &none["exists"]), (&Value::Null, &json!(false)));
}

#[test]
fn the_page_lists_every_purpose() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/tables/docker_host_file.md");
    let page = std::fs::read_to_string(page).unwrap();
    for purpose in PURPOSES {
        assert!(page.contains(&format!("`{purpose}`")), "{purpose}");
    }
}

#[tokio::test]
async fn no_audit_rules_differ_from_rules_that_cannot_be_read() {
    let none = objects(&engine(&[host()]), "docker_host_audit_rule").await;
    let shown: Vec<_> =
        none.iter().map(|row| (row["file"].clone(), row["exists"].clone())).collect();
    assert_eq!(
        shown,
        [
            (json!("/etc/audit/rules.d"), json!(false)),
            (json!("/etc/audit/audit.rules"), json!(false))
        ]
    );
    let closed = engine(&[host(), denied("/etc/audit/rules.d"), denied("/etc/audit/audit.rules")]);
    let closed = objects(&closed, "docker_host_audit_rule").await;
    assert!(closed.iter().all(|row| row["readable"] == false && row["kind"] == "source"));
    assert_eq!(closed.len(), 2);
}

#[tokio::test]
async fn audit_rules_tell_what_they_cover() {
    let rules =
        "-D\n-w /etc/docker -p wa -k docker\n-a never,exit -F dir=/var/lib/docker/tmp\n-w etc\n";
    let docker = engine(&[
        host(),
        file("/etc/audit/rules.d/docker.rules", 0o640, rules),
        file("/etc/audit/rules.d/note.txt", 0o640, "-w /no"),
        json!({"file": {"path": "/etc/docker", "kind": "directory", "mode": 0o755}}).to_string(),
    ]);
    let rows = objects(&docker, "docker_host_audit_rule").await;
    let kinds: Vec<&str> = rows.iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["source", "source", "control", "watch", "syscall", "control", "source"]);
    let watch = &rows[3];
    for (column, value) in [
        ("file", json!("/etc/audit/rules.d/docker.rules")),
        ("line", json!(2)),
        ("path", json!("/etc/docker")),
        ("is_recursive", json!(true)),
        ("permission", json!("wa")),
        ("key", json!("docker")),
        ("keys", json!(["docker"])),
        ("is_exclusion", json!(false)),
        ("is_active", json!(true)),
    ] {
        assert_eq!(watch[column], value, "{column}");
    }
    assert_eq!((&rows[4]["is_exclusion"], &rows[4]["is_recursive"]), (&json!(true), &json!(true)));
    let error = rows[5]["error"].as_str().unwrap();
    assert!(error.starts_with("/etc/audit/rules.d/docker.rules, line 4: "), "{error}");
}

#[tokio::test]
async fn units_are_there_with_all_their_files() {
    let docker = engine(&[
        host(),
        file(
            "/lib/systemd/system/docker.service",
            0o644,
            "[Service]\nExecStart=/usr/sbin/dockerd -H fd://\nEnvironment=HTTP_PROXY=http://a:b@p DOCKER_RAMDISK=yes\nEnvironmentFile=-/etc/default/docker\n",
        ),
        file(
            "/lib/systemd/system/docker.socket",
            0o644,
            "[Socket]\nListenStream=/run/docker.sock\nSocketMode=0660\nSocketUser=root\nSocketGroup=docker\n",
        ),
        file("/etc/systemd/system/docker.service.d/x.conf", 0o644, "[Service]\nUser=engine\n"),
        denied("/etc/systemd/system/containerd.service"),
    ]);
    let rows = objects(&docker, "docker_host_systemd_unit").await;
    let row = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap();
    let service = row("docker.service");
    for (column, value) in [
        ("scope", json!("system")),
        ("exists", json!(true)),
        ("is_masked", json!(false)),
        ("fragment_path", json!("/lib/systemd/system/docker.service")),
        ("drop_ins", json!(["/etc/systemd/system/docker.service.d/x.conf"])),
        ("exec_start", json!([["/usr/sbin/dockerd", "-H", "fd://"]])),
        ("service_user", json!("engine")),
        ("environment", json!({"HTTP_PROXY": "***", "DOCKER_RAMDISK": "yes"})),
        ("environment_files", json!(["-/etc/default/docker"])),
    ] {
        assert_eq!(service[column], value, "{column}");
    }
    assert_eq!(service["directives"][3]["value"], "engine");
    assert!(!service.to_string().contains("a:b"), "{service}");
    let socket = row("docker.socket");
    for (column, value) in [
        ("listen_streams", json!(["/run/docker.sock"])),
        ("socket_user", json!("root")),
        ("socket_group", json!("docker")),
        ("socket_mode", json!("0660")),
    ] {
        assert_eq!(socket[column], value, "{column}");
    }
    assert_eq!(row("containerd.service")["readable"], false);
    assert_eq!(row("podman.service")["exists"], false);
}

#[tokio::test]
#[ignore = "needs a Docker engine"]
async fn a_real_daemon_is_found_with_what_it_uses() {
    for (name, icc) in [("DOCKER_ICC_ON", true), ("DOCKER_ICC_OFF", false)] {
        let host = std::env::var(name).unwrap_or_else(|_| panic!("{name} names a socket"));
        let config = Config { host: Some(host.clone()), ..Config::default() };
        let docker = Docker::new(config, Environment::from_pairs(&[]));
        let settings = objects(&docker, "docker_host_daemon_setting").await;
        let row = |key: &str| settings.iter().find(|row| row["key"] == key).unwrap();
        assert_eq!(row("icc")["value"], icc, "{}", row("icc"));
        assert_eq!(row("hosts")["value"], json!([host]));
        let info = objects(&docker, "docker_info").await;
        let files = objects(&docker, "docker_host_file").await;
        let file = |purpose: &str| files.iter().find(|row| row["purpose"] == purpose).unwrap();
        assert_eq!(file("data_root")["path"], info[0]["docker_root_dir"]);
        assert_eq!(format!("unix://{}", file("socket")["path"].as_str().unwrap()), host);
        for (purpose, kind) in [
            ("daemon_binary", "file"),
            ("containerd_binary", "file"),
            ("runc_binary", "file"),
            ("data_root", "directory"),
            ("socket", "socket"),
            ("containerd_socket", "socket"),
        ] {
            assert_eq!(file(purpose)["kind"], kind, "{}", file(purpose));
        }
        assert!(settings.iter().chain(&files).all(|row| row["readable"] == true));
    }
}

//! Daemons on hosts as recordings tell them.

use serde_json::{Value, json};

use super::*;
use crate::host::Facts;

/// A host with these facts, one a line.
fn host(lines: &[&str]) -> Host {
    let mut text = String::from("{\"host\": {\"name\": \"web-1\", \"os\": \"linux\"}}\n");
    text.push_str(&lines.join("\n"));
    Host::recorded(Facts::from_lines(&text).unwrap())
}

fn process(pid: u32, uid: u32, argv: &str) -> String {
    let argv: Vec<&str> = argv.split(' ').collect();
    json!({"process": {"pid": pid, "uid": uid, "argv": argv}}).to_string()
}

fn file(path: &str, content: &str) -> String {
    json!({"file": {"path": path, "kind": "file", "uid": 0, "gid": 0, "mode": 0o644, "content": content}})
        .to_string()
}

fn socket(path: &str) -> String {
    json!({"file": {"path": path, "kind": "socket", "uid": 0, "gid": 0, "mode": 0o660}}).to_string()
}

fn engine() -> Known {
    Known {
        endpoint: "unix:///var/run/docker.sock".to_owned(),
        version: Some("28.5.2".to_owned()),
        data_root: Some("/var/lib/docker".to_owned()),
        is_rootless: Some(false),
        cgroup_version: Some("2".to_owned()),
        ..Known::default()
    }
}

fn setting(daemon: &Daemon<'_>, key: &str) -> Setting {
    let settings = daemon.settings().unwrap();
    settings.into_iter().find(|setting| setting.key == key).expect(key)
}

/// The pid, or why there is none.
fn pid(lines: &[&str], known: &Known) -> Result<u32, String> {
    Daemon::find(&host(lines), known).process.map(|process| process.pid)
}

/// What is used for a purpose, each as its path, `-`, or `?` with the reason.
fn used(host: &Host, known: &Known, purpose: &str) -> Vec<String> {
    let paths = Daemon::find(host, known).paths().into_iter();
    paths
        .filter(|path| path.purpose == purpose)
        .map(|path| match path.path {
            Ok(Some(path)) => path,
            Ok(None) => "-".to_owned(),
            Err(why) => format!("? {why}"),
        })
        .collect()
}

#[test]
fn flags_win_over_the_file_and_the_file_over_defaults() {
    let argv =
        "/usr/bin/dockerd -H fd:// --icc=false --log-opt max-size=1m --log-opt tag=x -D --new=1";
    let text = "{\n \"live-restore\": true,\n \"cgroup-parent\": \"\",\n \"odd\": 7,\n \"default-shm-size\": \"1m\"\n}";
    let host = host(&[&process(7, 0, argv), &file("/etc/docker/daemon.json", text)]);
    let known = engine();
    let daemon = Daemon::find(&host, &known);
    for (key, value, source, flag, line) in [
        ("icc", json!(false), "flag", Some("--icc=false"), None),
        ("hosts", json!(["fd://"]), "flag", Some("-H fd://"), None),
        ("debug", json!(true), "flag", Some("-D"), None),
        (
            "log-opts",
            json!({"max-size": "1m", "tag": "x"}),
            "flag",
            Some("--log-opt max-size=1m --log-opt tag=x"),
            None,
        ),
        ("live-restore", json!(true), "file", None, Some(2)),
        ("default-shm-size", json!(1_048_576), "file", None, Some(5)),
        // an empty text sets nothing, but the file names it
        ("cgroup-parent", Value::Null, "default", None, Some(3)),
        ("iptables", json!(true), "default", None, None),
        ("ip6tables", json!(true), "default", None, None),
        ("default-cgroupns-mode", json!("private"), "default", None, None),
        ("data-root", json!("/var/lib/docker"), "default", None, None),
        ("tlscacert", Value::Null, "default", None, None),
    ] {
        let found = setting(&daemon, key);
        assert_eq!(found.value, Ok(value), "{key}");
        assert_eq!(found.source.map(Source::word), Some(source), "{key}");
        assert_eq!(found.flag.as_deref(), flag, "{key}");
        let place = line.map(|line| ("/etc/docker/daemon.json".to_owned(), line));
        assert_eq!(found.place, place, "{key}");
        assert!(found.is_known, "{key}");
    }
    assert_eq!(setting(&daemon, "icc").default, Some(json!(true)));
    for (key, value) in [("new", json!("1")), ("odd", json!(7))] {
        let found = setting(&daemon, key);
        assert_eq!((found.value, found.is_known), (Ok(value), false), "{key}");
    }
    assert!(daemon.settings().unwrap().iter().all(|setting| setting.key != "cluster-store"));
}

#[test]
fn what_could_be_set_out_of_sight_has_no_default() {
    let broken = file("/etc/docker/daemon.json", "{\n \"icc\": false,\n}");
    let denied = r#"{"file": {"path": "/etc/docker/daemon.json", "error": "permission denied"}}"#;
    let dockerd = process(7, 0, "dockerd --log-level=warn");
    for (lines, words) in [
        (vec![dockerd.as_str(), &broken], "daemon.json: line 3, column 1"),
        (vec![dockerd.as_str(), denied], "daemon.json cannot be read: permission denied"),
        (vec![], "command line is not known: no process of dockerd"),
        (
            vec![r#"{"unreadable": {"kind": "process", "error": "permission denied"}}"#],
            "processes of the host cannot be listed: permission denied",
        ),
    ] {
        let (host, known) = (host(&lines), engine());
        let daemon = Daemon::find(&host, &known);
        let icc = setting(&daemon, "icc");
        let why = icc.value.expect_err(words);
        assert!(why.contains(words), "{why}");
        assert_eq!((icc.source, icc.default), (None, Some(json!(true))));
        let level = setting(&daemon, "log-level").value;
        assert_eq!(level.ok(), (!lines.is_empty() && lines[0] == dockerd).then(|| json!("warn")));
    }
    // what the file says holds without a command line, too: both together are refused
    let host = host(&[&file("/etc/docker/daemon.json", "{\"icc\": false}")]);
    let known = engine();
    assert_eq!(setting(&Daemon::find(&host, &known), "icc").value, Ok(json!(false)));
}

#[test]
fn tls_and_its_verification_imply_each_other() {
    let of = |argv: &str, text: &str| {
        let host = host(&[&process(7, 0, argv), &file("/etc/docker/daemon.json", text)]);
        let known = engine();
        let daemon = Daemon::find(&host, &known);
        ["tls", "tlsverify", "tlscacert"].map(|key| setting(&daemon, key).value.unwrap())
    };
    let ca = json!("/root/.docker/ca.pem");
    for (argv, text, expected) in [
        ("dockerd", "{}", [json!(false), json!(false), Value::Null]),
        ("dockerd --tls", "", [json!(true), json!(true), ca.clone()]),
        ("dockerd --tlsverify", "", [json!(true), json!(true), ca.clone()]),
        ("dockerd --tlsverify=false", "", [json!(true), json!(false), ca]),
        ("dockerd --tls=false", "", [json!(false), json!(false), Value::Null]),
        ("dockerd", "{\"tls\": true}", [json!(true), json!(true), Value::Null]),
        (
            "dockerd",
            "{\"tls\": true, \"tlsverify\": false}",
            [json!(true), json!(false), Value::Null],
        ),
        (
            "dockerd",
            "{\"tlsverify\": true, \"tlscacert\": \"/c/ca.pem\"}",
            [json!(true), json!(true), json!("/c/ca.pem")],
        ),
    ] {
        assert_eq!(of(argv, text), expected, "{argv} {text}");
    }
}

#[test]
fn older_engines_have_other_settings_and_defaults() {
    let host = host(&[&process(7, 0, "dockerd -g /data")]);
    let known = Known { version: Some("20.10.24+dfsg1".to_owned()), ..engine() };
    let daemon = Daemon::find(&host, &known);
    assert_eq!(setting(&daemon, "ip6tables").value, Ok(json!(false)));
    assert_eq!(setting(&daemon, "seccomp-profile").value, Ok(Value::Null));
    let root = setting(&daemon, "data-root");
    assert_eq!((root.value, root.flag.as_deref()), (Ok(json!("/data")), Some("-g /data")));
    assert!(daemon.settings().unwrap().iter().all(|setting| setting.key != "http-proxy"));
    let unknown = Known { version: None, ..engine() };
    assert!(setting(&Daemon::find(&host, &unknown), "ip6tables").value.is_err());
}

#[test]
fn runtimes_of_file_and_flags_add_up() {
    let host = host(&[
        &process(7, 0, "dockerd --add-runtime=kata=/usr/bin/kata"),
        &file("/etc/docker/daemon.json", "{\"runtimes\": {\"crun\": {\"path\": \"crun\"}}}"),
    ]);
    let known = engine();
    let found = setting(&Daemon::find(&host, &known), "runtimes");
    let both = json!({"crun": {"path": "crun"}, "kata": {"path": "/usr/bin/kata"}});
    assert_eq!((found.value, found.source), (Ok(both), Some(Source::Flag)));
    assert_eq!(found.place, Some(("/etc/docker/daemon.json".to_owned(), 1)));
}

#[test]
fn the_daemon_is_told_from_others_or_not_at_all() {
    let known = engine();
    let other = Known { endpoint: "unix:///run/second.sock".to_owned(), ..engine() };
    let system =
        process(10, 0, "/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock");
    let nested =
        process(20, 0, "dockerd --host=unix:///var/run/docker.sock --host=tcp://0.0.0.0:2376");
    let second = process(30, 0, "dockerd --config-file=/etc/second.json");
    let second_file = file("/etc/second.json", "{\"hosts\": [\"unix:///run/second.sock\"]}");
    let grep = process(40, 0, "grep dockerd");
    let marked = r#"{"process": {"pid": 50, "uid": 0, "argv": ["dockerd"], "engine": true}}"#;
    let ruled_out = r#"{"process": {"pid": 60, "uid": 0, "argv": ["dockerd"], "engine": false}}"#;
    let in_container = r#"{"process": {"pid": 70, "uid": 0, "argv": ["dockerd"], "nested": true}}"#;
    let pid_file = file("/run/docker.pid", "10\n");
    assert_eq!(pid(&[&system, &grep], &known), Ok(10));
    assert_eq!(pid(&[&system, &nested, &pid_file], &known), Ok(10));
    assert_eq!(pid(&[&system, &nested, marked], &known), Ok(50));
    assert_eq!(pid(&[&system, ruled_out, in_container], &known), Ok(10));
    assert_eq!(pid(&[&system, &second, &second_file], &known), Ok(10));
    assert_eq!(pid(&[&system, &second, &second_file], &other), Ok(30));
    let why = pid(&[&system, &nested], &known).unwrap_err();
    assert!(why.contains("10, 20"), "{why}");
    let why = pid(&[&second, &second_file, &grep], &known).unwrap_err();
    assert!(
        why.contains("no process of dockerd that listens on unix:///var/run/docker.sock"),
        "{why}"
    );
    let rootless = Known { endpoint: "unix:///run/user/1000/docker.sock".to_owned(), ..engine() };
    let user = r#"{"user": {"name": "ann", "uid": 1000, "gid": 1000, "home": "/home/ann"}}"#;
    assert_eq!(pid(&[user, &system, &process(80, 1000, "dockerd")], &rootless), Ok(80));
    let podman = Known {
        is_podman: true,
        endpoint: "unix:///run/podman/podman.sock".to_owned(),
        ..engine()
    };
    assert_eq!(pid(&[&system, &process(90, 0, "/usr/bin/podman system service")], &podman), Ok(90));
}

#[test]
fn paths_are_those_that_the_daemon_uses() {
    let known = engine();
    let argv = "/usr/sbin/dockerd -H fd:// --tlsverify --tlskey=/k.pem --containerd=/run/c.sock";
    let service = "[Service]\nEnvironmentFile=-/etc/default/docker\nEnvironmentFile=/etc/own\nExecStart=/usr/sbin/dockerd\n";
    let lines = [
        process(7, 0, argv),
        process(8, 0, "/opt/containerd --config /etc/own.toml"),
        file("/usr/lib/systemd/system/docker.service", service),
        file("/etc/systemd/system/docker.service.d/a.conf", "[Service]\nTasksMax=1\n"),
        file(
            "/usr/lib/systemd/system/docker.socket",
            "[Socket]\nListenStream=%t/d.sock\nListenStream=7\n",
        ),
        file("/etc/docker/certs.d/registry/ca.crt", ""),
        file("/etc/docker/certs.d/registry/client.key", ""),
        file("/etc/own.toml", "state = \"/run/own\"\n"),
        file("/usr/sbin/runc", ""),
        file("/usr/bin/runc", ""),
        file("/opt/containerd-shim-runc-v2", ""),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let host = host(&lines);
    for (purpose, paths) in [
        ("daemon_binary", &["/usr/sbin/dockerd"][..]),
        ("containerd_binary", &["/opt/containerd"]),
        ("containerd_shim_runc_v2", &["/opt/containerd-shim-runc-v2"]),
        ("containerd_shim", &["/usr/bin/containerd-shim"]),
        ("runc_binary", &["/usr/sbin/runc"]),
        ("service_unit", &["/usr/lib/systemd/system/docker.service"]),
        ("unit_drop_in", &["/etc/systemd/system/docker.service.d/a.conf"]),
        ("containerd_unit", &["-"]),
        ("environment_file", &["/etc/own"]),
        ("default_file", &["/etc/default/docker"]),
        ("config_folder", &["/etc/docker"]),
        ("daemon_config", &["/etc/docker/daemon.json"]),
        (
            "registry_certificate",
            &["/etc/docker/certs.d/registry/ca.crt", "/etc/docker/certs.d/registry/client.key"],
        ),
        ("tls_ca_certificate", &["/root/.docker/ca.pem"]),
        ("tls_key", &["/k.pem"]),
        ("socket", &["/run/d.sock"]),
        ("data_root", &["/var/lib/docker"]),
        ("swarm_state", &["/var/lib/docker/swarm/docker-state.json"]),
        ("seccomp_profile", &["-"]),
        ("containerd_socket", &["/run/c.sock"]),
        ("containerd_config", &["/etc/own.toml"]),
        ("containerd_run_folder", &["/run/own"]),
        ("containerd_data_folder", &["/var/lib/containerd"]),
        ("audit_log", &["/var/log/audit/audit.log"]),
    ] {
        assert_eq!(used(&host, &known, purpose), paths, "{purpose}");
    }
}

#[test]
fn every_purpose_has_a_row_in_order() {
    let known = engine();
    let podman = Known { is_podman: true, ..engine() };
    for known in [&known, &podman] {
        let host = host(&[]);
        let paths = Daemon::find(&host, known).paths();
        let mut purposes: Vec<&str> = paths.iter().map(|path| path.purpose).collect();
        purposes.dedup();
        assert_eq!(purposes, PURPOSES);
    }
}

#[test]
fn without_a_command_line_only_the_certain_paths_are_known() {
    let (host, known) = (host(&[]), engine());
    assert!(used(&host, &known, "tls_key")[0].starts_with("? the daemon's command line"));
    assert!(used(&host, &known, "containerd_socket")[0].starts_with('?'));
    let sockets = used(&host, &known, "socket");
    assert_eq!((sockets.len(), sockets[0].as_str()), (2, "/var/run/docker.sock"));
    assert!(sockets[1].starts_with('?'), "there may be others: {sockets:?}");
    assert_eq!(used(&host, &known, "data_root"), ["/var/lib/docker"]);
    assert_eq!(used(&host, &known, "daemon_config"), ["/etc/docker/daemon.json"]);
}

#[test]
fn a_containerd_of_the_daemons_own_is_found() {
    let known = engine();
    let dockerd = process(7, 0, "dockerd");
    let own = process(8, 0, "containerd --config /var/run/docker/containerd/containerd.toml");
    let system = process(9, 0, "/usr/bin/containerd");
    let own_socket = socket("/run/docker/containerd/containerd.sock");
    let system_socket = socket("/run/containerd/containerd.sock");
    let denied =
        r#"{"file": {"path": "/run/containerd/containerd.sock", "error": "permission denied"}}"#;
    let managed = "/var/run/docker/containerd/containerd.sock";
    let usual = "/run/containerd/containerd.sock";
    for (lines, expected) in [
        (vec![&*dockerd, &*own, &*system, &*system_socket], managed),
        (vec![&*dockerd, &*own_socket, denied], managed),
        (vec![&*dockerd, &*own_socket, &*system_socket, &*system], usual),
        (vec![&*dockerd], usual),
    ] {
        assert_eq!(used(&host(&lines), &known, "containerd_socket"), [expected], "{lines:?}");
    }
    let host = host(&[&dockerd, &own, &system]);
    let config = used(&host, &known, "containerd_config");
    assert_eq!(config, ["/var/run/docker/containerd/containerd.toml"]);
}

#[test]
fn a_users_daemon_has_its_own_places() {
    let known = Known {
        endpoint: "unix:///run/user/1000/docker.sock".to_owned(),
        is_rootless: Some(true),
        data_root: Some("/home/ann/.local/share/docker".to_owned()),
        ..engine()
    };
    let user = r#"{"user": {"name": "ann", "uid": 1000, "gid": 1000, "home": "/home/ann"}}"#;
    let dockerd = process(7, 1000, "dockerd");
    let text = file("/home/ann/.config/docker/daemon.json", "{\"icc\": false}");
    let unit = file(
        "/home/ann/.config/systemd/user/docker.service",
        "[Service]\nExecStart=/home/ann/bin/dockerd-rootless.sh\n",
    );
    let ours = host(&[user, &dockerd, &text, &unit]);
    assert_eq!(setting(&Daemon::find(&ours, &known), "icc").value, Ok(json!(false)));
    for (purpose, path) in [
        ("service_unit", "/home/ann/.config/systemd/user/docker.service"),
        ("config_folder", "/home/ann/.config/docker"),
        ("certs_folder", "/home/ann/.config/docker/certs.d"),
        ("socket", "/run/user/1000/docker.sock"),
        ("data_root", "/home/ann/.local/share/docker"),
        ("exec_root", "/run/user/1000/docker"),
        ("pid_file", "/run/user/1000/docker.pid"),
    ] {
        assert_eq!(used(&ours, &known, purpose), [path], "{purpose}");
    }
    let nobody = host(&[&dockerd]);
    assert!(used(&nobody, &known, "config_folder")[0].contains("home of user 1000"));
}

#[test]
fn remapped_users_do_not_move_the_data_root() {
    let known = Known { data_root: Some("/srv/d/100000.100000".to_owned()), ..engine() };
    let host = host(&[&process(7, 0, "dockerd --data-root=/srv/d --userns-remap=default")]);
    assert_eq!(used(&host, &known, "data_root"), ["/srv/d"]);
    let state = used(&host, &known, "swarm_state");
    assert_eq!(state, ["/srv/d/100000.100000/swarm/docker-state.json"]);
}

#[test]
fn units_are_found_as_systemd_finds_them() {
    let known = engine();
    let lines = [
        file("/lib/systemd/system/docker.service", "[Service]\nExecStart=/usr/bin/dockerd\nUser=a\n"),
        file("/etc/systemd/system/docker.service.d/b.conf", "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -D\n"),
        file("/usr/lib/systemd/system/docker.service.d/b.conf", "[Service]\nUser=hidden\n"),
        file("/run/systemd/system/service.d/a.conf", "[Service]\nUser=all\n"),
        file("/run/systemd/system/docker.service.d/note.txt", "[Service]\nUser=no\n"),
        r#"{"file": {"path": "/etc/systemd/system/docker.socket", "kind": "character_device", "target": "/dev/null"}}"#.to_owned(),
        file("/lib/systemd/system/docker.socket", "[Socket]\nListenStream=/run/docker.sock\n"),
        r#"{"file": {"path": "/etc/systemd/system/containerd.service", "kind": "file", "error": "permission denied"}}"#.to_owned(),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let host = host(&lines);
    let units = Daemon::find(&host, &known).units();
    let unit = |name: &str| units.iter().find(|unit| unit.name == name).unwrap().file.clone();
    let service = unit("docker.service").unwrap().unwrap();
    assert_eq!(service.fragment, "/lib/systemd/system/docker.service");
    assert_eq!(
        service.drop_ins,
        ["/run/systemd/system/service.d/a.conf", "/etc/systemd/system/docker.service.d/b.conf"]
    );
    assert_eq!(service.text.exec_start(), [["/usr/bin/dockerd", "-D"]]);
    assert_eq!(service.text.last("Service", "User"), Some("all"));
    let socket = unit("docker.socket").unwrap().unwrap();
    assert!(socket.is_masked && socket.drop_ins.is_empty());
    assert_eq!(used(&host, &known, "socket_unit"), ["-"]);
    let why = unit("containerd.service").unwrap_err();
    assert_eq!(why, "/etc/systemd/system/containerd.service cannot be read: permission denied");
    assert!(unit("podman.service").unwrap().is_none());
}

#[test]
fn podman_has_no_settings_of_dockerd() {
    let host = host(&[&process(7, 0, "/usr/bin/podman system service --time=0")]);
    let known = Known {
        is_podman: true,
        endpoint: "unix:///run/podman/podman.sock".to_owned(),
        data_root: Some("/var/lib/containers/storage".to_owned()),
        ..engine()
    };
    assert!(Daemon::find(&host, &known).settings().unwrap_err().contains("Podman"));
    for (purpose, path) in [
        ("daemon_binary", "/usr/bin/podman"),
        ("config_folder", "/etc/containers"),
        ("daemon_config", "/etc/containers/containers.conf"),
        ("data_root", "/var/lib/containers/storage"),
        ("socket", "/run/podman/podman.sock"),
        ("containerd_socket", "-"),
        ("swarm_state", "-"),
        ("tls_key", "-"),
    ] {
        assert_eq!(used(&host, &known, purpose), [path], "{purpose}");
    }
}

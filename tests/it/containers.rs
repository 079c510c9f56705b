//! Tables with several rows a container: which calls they make, and what they do with containers that change meanwhile.

use serde_json::{Value, json};
use steampipe_plugin_docker::docker::{Config, Docker, Environment, Recording};

use crate::fake::Fake;
use crate::scan::{ask, id};

/// One container that runs, `web`, with these replies about it, by the rest of their path.
fn web(replies: &[(&str, u16, Value)]) -> Fake {
    let list = json!([{"Id": id("a"), "Names": ["/web"], "State": "running"}]).to_string();
    let replies: Vec<(String, u16, String)> = replies
        .iter()
        .map(|(rest, status, body)| {
            (format!("/containers/{}/{rest}", id("a")), *status, body.to_string())
        })
        .collect();
    let mut all = vec![("/containers/json", 200, list.as_str())];
    all.extend(replies.iter().map(|(path, status, body)| (path.as_str(), *status, body.as_str())));
    Fake::start(&all)
}

/// The calls about `web`, without the list and without what comes before the rest of their path.
fn calls(engine: &Fake) -> Vec<String> {
    let requests = engine.requests();
    assert!(requests[0].starts_with("/containers/json?all=true&filters="), "{requests:?}");
    let before = format!("/containers/{}/", id("a"));
    requests[1..].iter().map(|request| request.replace(&before, "")).collect()
}

const RUNNING: &str = r#"{"State":{"Status":"running"}}"#;

fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

#[tokio::test]
async fn ports_networks_and_variables_cost_an_inspect() {
    let inspect = json!({
        "State": {"Status": "running"},
        "Config": {"Env": ["A=b", "BARE"], "ExposedPorts": {"80/tcp": {}, "81/tcp": {}}},
        "HostConfig": {"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}},
        "NetworkSettings": {
            "Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "81/tcp": null},
            "Networks": {"front": {"IPAddress": "10.0.0.2", "Aliases": ["w"]}, "back": {"IPAddress": ""}},
        },
    });
    for (table, columns, expected) in [
        (
            "docker_container_port",
            [
                "container_name",
                "private_port",
                "host_ip",
                "host_port",
                "is_published",
                "is_wildcard",
            ]
            .as_slice(),
            [
                ["web", "80", "0.0.0.0", "8080", "true", "true"].as_slice(),
                ["web", "81", "NULL", "NULL", "false", "NULL"].as_slice(),
            ],
        ),
        (
            "docker_container_network",
            ["network_name", "ip_address", "aliases"].as_slice(),
            [["back", "", "NULL"].as_slice(), ["front", "10.0.0.2", r#"["w"]"#].as_slice()],
        ),
        (
            "docker_container_env",
            ["position", "name", "value", "is_masked"].as_slice(),
            [["1", "A", "***", "true"].as_slice(), ["2", "BARE", "NULL", "false"].as_slice()],
        ),
    ] {
        let engine = web(&[("json", 200, inspect.clone())]);
        let rows = ask(table, columns).run(&engine).await.unwrap();
        assert_eq!(rows, expected, "{table}");
        assert_eq!(calls(&engine), ["json"], "{table}");
    }
}

#[tokio::test]
async fn values_of_variables_are_shown_only_if_the_connection_says_so() {
    let recording = format!(
        "{}\n{}\n{}\n{}\n",
        r#"{"recording":1}"#,
        r#"{"get":"/_ping","headers":{"Api-Version":"1.41"},"body":"OK"}"#,
        json!({"get": "/containers/json?all=true", "body": [{"Id": id("a"), "State": "running"}]}),
        json!({"get": format!("/containers/{}/json", id("a")), "body": {"Config": {"Env": ["TOKEN=s3", "E="]}}}),
    );
    for (show_secrets, expected) in
        [(false, [["***", "true"], ["", "false"]]), (true, [["s3", "false"], ["", "false"]])]
    {
        let recording = Recording::read(recording.as_bytes(), "web").unwrap();
        let config = Config { show_secrets, ..Config::default() };
        let docker = Docker::from_recording(recording, config, Environment::from_pairs(&[]));
        let asked = ask("docker_container_env", &["value", "is_masked"]);
        assert_eq!(asked.run_on(&docker).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn changes_cost_a_call_and_null_is_none() {
    for (body, expected) in [
        (json!(null), vec![]),
        (
            json!([{"Path": "/etc", "Kind": 0}, {"Path": "/x", "Kind": 1}, {"Path": "/y", "Kind": 2}]),
            vec![["/etc", "modified", "0"], ["/x", "added", "1"], ["/y", "deleted", "2"]],
        ),
    ] {
        let engine = web(&[("changes", 200, body)]);
        let asked = ask("docker_container_change", &["path", "kind", "kind_code"]);
        assert_eq!(asked.run(&engine).await.unwrap(), expected);
        assert_eq!(calls(&engine), ["changes"]);
    }
}

#[tokio::test]
async fn an_exec_costs_a_call_and_one_that_is_forgotten_is_no_row() {
    let engine = web(&[
        ("json", 200, json!({"ExecIDs": ["e1", "e2"]})),
        // the fake knows paths of containers only, so both are unknown to it
    ]);
    assert!(ask("docker_exec", &["id"]).run(&engine).await.unwrap().is_empty());
    assert_eq!(calls(&engine), ["json", "/exec/e1/json", "/exec/e2/json"]);

    let list = json!([{"Id": id("a"), "Names": ["/web"], "State": "running"}]).to_string();
    let exec = json!({
        "ID": "e1", "Running": true, "ExitCode": 0, "Pid": 7,
        "ProcessConfig": {"user": "0", "privileged": true, "entrypoint": "sh", "arguments": ["-c", "id"]},
    });
    let engine = Fake::start(&[
        ("/containers/json", 200, &list),
        (&format!("/containers/{}/json", id("a")), 200, r#"{"ExecIDs":["e1","e2"]}"#),
        ("/exec/e1/json", 200, &exec.to_string()),
    ]);
    let columns = ["container_name", "id", "exit_code", "user_name", "privileged", "arguments"];
    let rows = ask("docker_exec", &columns).run(&engine).await.unwrap();
    assert_eq!(rows, [["web", "e1", "NULL", "0", "true", r#"["-c","id"]"#]]);

    let engine = web(&[("json", 200, json!({"ExecIDs": null}))]);
    assert!(ask("docker_exec", &["id"]).run(&engine).await.unwrap().is_empty());
    assert_eq!(calls(&engine), ["json"]);
}

#[tokio::test]
async fn only_the_use_of_the_processor_takes_two_samples() {
    let stats = json!({
        "read": "2026-01-01T00:00:01Z", "preread": "2026-01-01T00:00:00Z",
        "cpu_stats": {"cpu_usage": {"total_usage": 150}, "system_cpu_usage": 1200, "online_cpus": 2},
        "precpu_stats": {"cpu_usage": {"total_usage": 100}, "system_cpu_usage": 1000},
        "memory_stats": {"usage": 100, "limit": 200, "stats": {"inactive_file": 20}},
    });
    for (columns, expected, call) in [
        (["memory_percent", "memory_usage"], ["80", "40"], "stats?one-shot=true&stream=false"),
        (["cpu_percent", "memory_usage"], ["50", "80"], "stats?stream=false"),
    ] {
        let engine = web(&[("stats", 200, stats.clone())]);
        let rows = ask("docker_container_stat", &columns).run(&engine).await.unwrap();
        assert_eq!(rows, [expected]);
        assert_eq!(calls(&engine), [call]);
    }
}

#[tokio::test]
async fn processes_cost_a_call_and_another_where_ps_takes_no_options() {
    let top = json!({
        "Titles": ["PID", "PPID", "UID", "USER", "%CPU", "COMMAND"],
        "Processes": [["7", "1", "0", "root", "0.5", "sleep 1"]],
    });
    let columns = ["pid", "uid", "user_name", "cpu_percent", "command", "problem"];
    let engine = web(&[("top", 200, top)]);
    let rows = ask("docker_container_process", &columns).run(&engine).await.unwrap();
    assert_eq!(rows, [["7", "0", "root", "0.5", "sleep 1", "NULL"]]);
    let long =
        "top?ps_args=-o pid,ppid,uid,user:32,pcpu,pmem,vsz,rss,stat,tty,stime,etimes,time,args";
    assert_eq!(calls(&engine), [long]);

    // it runs, so the options are what the engine refuses; this one refuses everything
    let refusal = json!({"message": "ps: unrecognized option: q"});
    let engine = web(&[("top", 500, refusal), ("json", 200, parsed(RUNNING))]);
    let rows = ask("docker_container_process", &columns).run(&engine).await.unwrap();
    assert_eq!(rows.len(), 1, "the container is not lost, and neither are the others");
    assert!(rows[0][5].contains("unrecognized option"), "{rows:?}");
    assert_eq!(calls(&engine), [long, "json", "top", "json"]);
}

/// The tables that ask more than an inspect, with the last part of what they ask.
const ASKED: [(&str, &str, &str); 3] = [
    ("docker_container_process", "pid", "top"),
    ("docker_container_stat", "pids", "stats"),
    ("docker_container_change", "path", "changes"),
];

#[tokio::test]
async fn a_container_that_goes_away_meanwhile_has_no_rows() {
    let stopped = json!({"State": {"Status": "exited"}});
    let dead = json!({"State": {"Status": "dead"}});
    let message = json!({"message": "trouble"});
    for (table, column, rest) in ASKED {
        for (status, then) in [(404, None), (500, None), (500, Some(&dead)), (409, Some(&stopped))]
        {
            if rest == "changes" && status == 409 {
                continue;
            }
            let mut replies = vec![(rest, status, message.clone())];
            replies.extend(then.map(|inspect| ("json", 200, inspect.clone())));
            let rows = ask(table, &[column]).run(&web(&replies)).await;
            assert_eq!(rows, Ok(vec![]), "{table}: {status}, then {then:?}");
        }
    }
    // Docker sends counters that were never read
    let empty = json!({"read": "0001-01-01T00:00:00Z", "cpu_stats": {}, "memory_stats": {}});
    for column in ["pids", "cpu_percent"] {
        let engine = web(&[("stats", 200, empty.clone())]);
        let rows = ask("docker_container_stat", &[column]).run(&engine).await.unwrap();
        assert!(rows.is_empty());
    }
}

#[tokio::test]
async fn a_container_that_is_there_and_cannot_be_read_is_an_error() {
    for (table, column, rest) in ASKED {
        for (status, body) in [(500, json!({"message": "disk is gone"})), (200, json!({"a": 7}))] {
            if table == "docker_container_process" && status == 500 {
                continue; // a row says so
            }
            let engine = web(&[(rest, status, body), ("json", 200, parsed(RUNNING))]);
            let error = ask(table, &[column]).run(&engine).await.unwrap_err();
            assert!(error.starts_with(&format!("{table}: ")), "{error}");
            assert!(error.contains("disk is gone") || error.contains("container web"), "{error}");
        }
    }
    for table in ["docker_container_port", "docker_container_network", "docker_container_env"] {
        let engine = web(&[("json", 200, json!({"Config": 7, "NetworkSettings": 7}))]);
        let error = ask(table, &["container_id"]).run(&engine).await.unwrap_err();
        assert!(error.contains("container web"), "{error}");
    }
}

/// What Podman says, as it says it; whatever is not in here, a table must not ask.
fn podman(state: &str, replies: &[(&str, Value)]) -> Docker {
    let mut lines = vec![
        json!({"recording": 1}),
        json!({"get": "/_ping", "headers": {"Api-Version": "1.41", "Libpod-API-Version": "4.3.1"}, "body": "OK"}),
        json!({"get": "/containers/json?all=true", "body": [{"Id": id("a"), "Names": ["/web"], "State": state}]}),
    ];
    for (rest, body) in replies {
        lines.push(json!({"get": format!("/containers/{}/{rest}", id("a")), "body": body}));
    }
    let text = lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    let recording = Recording::read(text.as_bytes(), "podman").unwrap();
    Docker::from_recording(recording, Config::default(), Environment::from_pairs(&[]))
}

/// What Podman is asked instead of what `ps` takes: other words would make it run `ps` inside the container.
const PODMAN_TOP: &str =
    "top?ps_args=hpid,pid,ppid,huser,user,pcpu,vsz,rss,state,tty,stime,etime,time,args";

#[tokio::test]
async fn processes_of_podman_have_their_numbers_on_the_host() {
    let columns = ["pid", "user_name", "container_pid", "container_user", "problem"];
    let top = json!({
        "Titles": ["HPID", "PID", "PPID", "HUSER", "USER", "COMMAND"],
        "Processes": [["2330", "1", "0", "ann", "root", "sleep 1"]],
    });
    let asked = || ask("docker_container_process", &columns);
    let rows = asked().run_on(&podman("running", &[(PODMAN_TOP, top)])).await.unwrap();
    assert_eq!(rows, [["2330", "ann", "1", "root", "NULL"]]);

    let rows = asked().run_on(&podman("paused", &[])).await.unwrap();
    assert_eq!(rows[0][..4], ["NULL"; 4]);
    assert!(rows[0][4].contains("paused"), "{rows:?}");

    let host = json!({"Titles": ["HPID", "PID"], "Processes": [["?", "1"], ["?", "2330"]]});
    let rows = asked().run_on(&podman("running", &[(PODMAN_TOP, host)])).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert!(rows[0][4].contains("process namespace"), "{rows:?}");

    // 200 and nothing more is what it says of a container that does not run
    let exited = json!({"State": {"Status": "exited"}});
    let docker = podman("running", &[(PODMAN_TOP, json!("")), ("json", exited)]);
    assert!(asked().run_on(&docker).await.unwrap().is_empty());
    let docker = podman("running", &[(PODMAN_TOP, json!("")), ("json", parsed(RUNNING))]);
    let error = asked().run_on(&docker).await.unwrap_err();
    assert!(error.contains("is not JSON"), "{error}");
}

#[tokio::test]
async fn podman_is_asked_twice_for_the_use_of_the_processor() {
    let sample = |second: u8, total: u64| {
        json!({
            "read": format!("2026-01-01T00:00:0{second}Z"),
            "cpu_stats": {"cpu_usage": {"total_usage": total}, "system_cpu_usage": 1},
            "precpu_stats": {"cpu_usage": {"total_usage": 0}},
        })
    };
    let docker = podman(
        "running",
        &[
            ("stats?stream=false&one-shot=true", sample(1, 1_000_000_000)),
            ("stats?stream=false", sample(3, 2_000_000_000)),
        ],
    );
    let asked = ask("docker_container_stat", &["cpu_percent", "cpu_total"]);
    assert_eq!(asked.run_on(&docker).await.unwrap(), [["50", "2000000000"]]);
}

#[tokio::test]
async fn the_newest_engine_is_read_as_its_documents_shape_it() {
    let recording = Recording::read(include_bytes!("../replies/docker-29.jsonl").as_slice(), "29");
    let docker =
        Docker::from_recording(recording.unwrap(), Config::default(), Environment::from_pairs(&[]));
    for (table, columns, expected) in [
        (
            "docker_container_process",
            ["uid", "user_name", "command"].as_slice(),
            vec![["0", "root", "httpd -f"].as_slice(), &["1000", "1000", "sh"]],
        ),
        (
            "docker_container_stat",
            &["cpu_percent", "memory_usage", "block_read_bytes", "pids_limit"],
            vec![&["10", "4194304", "1048576", "NULL"]],
        ),
        (
            "docker_container_change",
            &["path", "kind"],
            vec![&["/run", "modified"], &["/run/httpd.pid", "added"], &["/etc/motd", "deleted"]],
        ),
        (
            "docker_exec",
            &["running", "exit_code", "privileged"],
            vec![&["true", "NULL", "true"], &["false", "3", "true"]],
        ),
        (
            "docker_container_network",
            &["network_name", "dns_names", "gw_priority"],
            vec![&["bridge", r#"["web","5f2c1d000000"]"#, "0"]],
        ),
        (
            "docker_container_port",
            &["private_port", "is_published", "is_requested", "is_exposed"],
            vec![&["80", "true", "false", "false"], &["8080", "false", "false", "true"]],
        ),
        ("docker_container_env", &["name", "value"], vec![&["PASSWORD", "***"], &["A", "***"]]),
    ] {
        assert_eq!(ask(table, columns).run_on(&docker).await.unwrap(), expected, "{table}");
    }
}

//! Tables with several rows a container on real engines with the lab of `tests/lab`.

use std::time::Duration;

use bollard::exec::StartExecOptions;
use bollard::models::ExecConfig;
use serde_json::{Value, json};
use steampipe_plugin_docker::docker::Docker;

use crate::engine::{ALONE, Rows, bollard, docker, equal, names, rows, table, url};

/// All columns of a table's rows about one container of the lab.
async fn about(docker: &Docker, name: &str, container: &str) -> Rows {
    let found = rows(docker, table("docker_container"), &["id"], equal("name", &[container])).await;
    let id = found[0]["id"].as_str().unwrap();
    rows(docker, table(name), &names(table(name)), equal("container_id", &[id])).await
}

/// These columns of rows, in an order of their own.
fn shown(rows: &Rows, columns: &[&str]) -> Vec<Value> {
    let mut shown: Vec<Value> =
        rows.iter().map(|row| columns.iter().map(|column| row[column].clone()).collect()).collect();
    shown.sort_by_key(Value::to_string);
    shown
}

/// Starts `sleep` inside a container of the lab.
async fn start_exec(url: &str, container: &str) -> String {
    let bollard = bollard(url).await;
    let config = ExecConfig {
        cmd: Some(vec!["sleep".to_owned(), "5".to_owned()]),
        user: Some("0".to_owned()),
        ..ExecConfig::default()
    };
    let id = bollard.create_exec(container, config).await.unwrap().id;
    let options = StartExecOptions { detach: true, ..StartExecOptions::default() };
    bollard.start_exec(&id, Some(options)).await.unwrap();
    id
}

async fn check_exec(url: &str, docker: &Docker, container: &str) {
    let id = start_exec(url, container).await;
    let found = about(docker, "docker_exec", container).await;
    let row = found.iter().find(|row| row["id"] == id).unwrap();
    let row = std::slice::from_ref(row).to_vec();
    let columns =
        ["running", "exit_code", "user_name", "privileged", "tty", "entrypoint", "arguments"];
    assert_eq!(
        shown(&row, &columns),
        [json!([true, null, "0", false, false, "sleep", ["5"]])],
        "{row:?}"
    );
    let processes = about(docker, "docker_container_process", container).await;
    let commands = shown(&processes, &["command", "pid"]);
    assert!(commands.contains(&json!(["sleep 5", row[0]["pid"]])), "{commands:?} {row:?}");
    // other tests count what is on Docker; Podman takes minutes to notice that a session has ended
    let is_docker = !docker.engine().await.unwrap().is_podman;
    let running = async || {
        let found = about(docker, "docker_exec", container).await;
        found.iter().any(|row| row["id"] == id && row["running"] == true)
    };
    while is_docker && running().await {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn check_processes(docker: &Docker) {
    let first =
        rows(docker, table("docker_container"), &["pid"], equal("name", &["lab-plain"])).await;
    let processes = about(docker, "docker_container_process", "lab-plain").await;
    let own = processes.iter().find(|row| row["pid"] == first[0]["pid"]).unwrap();
    assert_eq!(own["command"], "/bin/sleep 86400");
    assert_eq!(own["user_name"], "root");
    for column in ["ppid", "vsz", "rss", "elapsed", "cpu_time", "cpu_percent"] {
        let is_parent_inside = column == "ppid" && docker.engine().await.unwrap().is_podman;
        assert!(own[column].is_number() || is_parent_inside, "{column}: {own:?}");
    }
    assert!(about(docker, "docker_container_process", "lab-exited").await.is_empty());
}

async fn check_stats(docker: &Docker) {
    let stat = table("docker_container_stat");
    let all = rows(docker, stat, &names(stat), Vec::new()).await;
    assert!(all.len() > 20, "{} containers run", all.len());
    for row in &all {
        for column in ["cpu_percent", "cpu_total", "memory_usage", "memory_percent", "pids"] {
            assert!(row[column].is_number(), "{column}: {row:?}");
        }
        assert!(row["memory_usage"].as_i64() <= row["memory_total"].as_i64());
    }
    let limited = about(docker, "docker_container_stat", "lab-limits").await;
    assert_eq!(limited[0]["memory_limit"], 32 << 20);
    assert!(about(docker, "docker_container_stat", "lab-exited").await.is_empty());
}

#[tokio::test]
#[ignore = "needs a Docker engine"]
async fn tables_of_containers_say_what_the_lab_is() {
    let _alone = ALONE.lock().await;
    let url = url("DOCKER_ICC_ON");
    let docker = docker(&url);
    let ports = about(&docker, "docker_container_port", "lab-port-any").await;
    let columns = ["port", "host_ip", "host_port", "is_published", "is_wildcard"];
    let expected = [
        json!(["8080/tcp", "0.0.0.0", 18080, true, true]),
        json!(["8081/udp", "0.0.0.0", 18081, true, true]),
        json!(["8081/udp", "::", 18081, true, true]),
    ];
    assert_eq!(shown(&ports, &columns), expected);
    let local = about(&docker, "docker_container_port", "lab-port-local").await;
    assert_eq!(shown(&local, &columns), [json!(["8082/tcp", "127.0.0.1", 18082, true, false])]);
    let hard = about(&docker, "docker_container_port", "lab-hardened").await;
    assert_eq!(
        shown(&hard, &["port", "is_exposed", "is_published"]),
        [json!(["8080/tcp", true, false])]
    );

    let networks = about(&docker, "docker_container_network", "lab-multinet").await;
    assert_eq!(shown(&networks, &["network_name"]), [json!(["lab-internal"]), json!(["lab-net"])]);
    assert!(networks[0]["ip_address"].as_str().unwrap().starts_with("10.77.0."), "{networks:?}");

    let variables = about(&docker, "docker_container_env", "lab-hardened").await;
    let password = shown(&variables, &["name", "value", "is_masked"]);
    assert!(password.contains(&json!(["PASSWORD", "***", true])), "{password:?}");

    let changes = about(&docker, "docker_container_change", "lab-volume").await;
    let changes = shown(&changes, &["path", "kind", "kind_code"]);
    assert!(changes.contains(&json!(["/scratch", "added", 1])), "{changes:?}");

    check_processes(&docker).await;
    check_stats(&docker).await;
    check_exec(&url, &docker, "lab-plain").await;
}

#[tokio::test]
#[ignore = "needs Podman"]
async fn tables_of_containers_say_what_the_lab_on_podman_is() {
    let url = url("DOCKER_PODMAN");
    let docker = docker(&url);
    let ports = about(&docker, "docker_container_port", "lab-port-any").await;
    let expected =
        [json!(["8080/tcp", "0.0.0.0", 18080, true]), json!(["8081/udp", "", 18081, true])];
    assert_eq!(shown(&ports, &["port", "host_ip", "host_port", "is_wildcard"]), expected);
    let networks = about(&docker, "docker_container_network", "lab-multinet").await;
    assert_eq!(networks.len(), 2);
    let variables = about(&docker, "docker_container_env", "lab-multinet").await;
    assert!(shown(&variables, &["name", "value"]).contains(&json!(["UTF", "***"])));
    let changes = about(&docker, "docker_container_change", "lab-volume").await;
    assert!(shown(&changes, &["path", "kind"]).contains(&json!(["/scratch", "added"])));

    let paused = about(&docker, "docker_container_process", "lab-paused").await;
    assert!(paused[0]["problem"].as_str().unwrap().contains("paused"), "{paused:?}");
    let shared = about(&docker, "docker_container_process", "lab-hostpid").await;
    assert!(shared[0]["problem"].as_str().unwrap().contains("namespace"), "{shared:?}");
    check_processes(&docker).await;
    check_stats(&docker).await;
    check_exec(&url, &docker, "lab-plain").await;
}

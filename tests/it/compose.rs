//! Compose files: against the docker-compose program, and through the tables.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use steampipe_plugin_docker::docker::{Config, Docker, Environment};
use steampipe_plugin_docker::files::compose::{Context, load};
use steampipe_plugin_docker::sdk::Cell;

use crate::rows::{one_of, show, table};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compose").join(name)
}

/// The files that docker-compose 1.29 accepts, too.
fn old_files() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder("v1")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .collect();
    files.sort();
    files
}

fn document(file: &Path) -> Result<Value, String> {
    let context = Context {
        read: &|path| fs::read_to_string(path),
        variable: &|_| None,
        home: Some(PathBuf::from("/home/ann")),
    };
    let project = load(&[file.to_owned()], &context).map_err(|problem| problem.to_string())?;
    Ok(project.document)
}

/// What docker-compose 1.29 writes in another way, or not at all.
fn alike(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(alike),
        Value::Object(map) => {
            // `rw` of a mount is spelled out, and false is what a key says that is not there
            map.retain(|_, value| *value != Value::Bool(false));
            // a health check that is switched off is told by its test
            if map.remove("disable").is_some() {
                map.insert("test".to_owned(), vec!["NONE"].into());
            }
            // files of variables are replaced by their variables
            map.remove("env_file");
            // extensions are left out
            map.retain(|key, _| !key.starts_with("x-"));
            map.values_mut().for_each(alike);
        }
        _ => {}
    }
}

#[test]
fn every_old_file_can_be_loaded() {
    let files = old_files();
    assert!(files.len() >= 25, "{} files", files.len());
    for file in files {
        assert_eq!(document(&file).err(), None);
    }
}

/// The program writes its answer in short forms of its own, as a Compose file: it is read as one.
#[test]
#[ignore = "needs docker-compose"]
fn projects_are_what_docker_compose_1_29_makes_of_them() {
    let answers = tempfile::tempdir().unwrap();
    // projects are named after their folder
    let answers = answers.path().join("v1");
    fs::create_dir(&answers).unwrap();
    for file in old_files() {
        let mut command = Command::new("docker-compose");
        let output = command.arg("-f").arg(&file).arg("config").output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {errors}", file.display());
        let answer = answers.join(file.file_name().unwrap());
        // another spelling of volumes of services, for files of the first version
        let text = String::from_utf8(output.stdout).unwrap().replace("- service:data:", "- data:");
        fs::write(&answer, text).unwrap();
        let (mut ours, mut theirs) = (document(&file).unwrap(), document(&answer).unwrap());
        alike(&mut ours);
        alike(&mut theirs);
        assert_eq!(ours, theirs, "{}", file.display());
    }
}

fn docker(entries: &[&str]) -> Docker {
    let paths = entries.iter().map(|entry| {
        let parts = entry.split(':').map(|part| folder(part).display().to_string());
        parts.collect::<Vec<_>>().join(":")
    });
    let config = Config { docker_compose_file_paths: Some(paths.collect()), ..Config::default() };
    Docker::new(config, Environment::from_pairs(&[("HOME", "/home/ann")]))
}

/// The rows as texts, or the error; `only` is a condition on `path`.
async fn rows(
    docker: &Docker,
    of: &str,
    columns: &[&str],
    only: Option<&Path>,
) -> Result<Vec<Vec<String>>, String> {
    let only = only.map(|path| one_of("path", &[&path.display().to_string()]));
    let order: Vec<usize> = columns
        .iter()
        .map(|name| {
            let before = table(of).columns.iter().take_while(|column| column.name != *name);
            before.filter(|column| columns.contains(&column.name)).count()
        })
        .collect();
    let found = crate::rows::rows(docker, of, columns, only.into_iter().collect()).await?;
    let shown = |cells: Vec<Cell>| order.iter().map(|&place| show(&cells[place])).collect();
    Ok(found.into_iter().map(shown).collect())
}

#[tokio::test]
async fn services_are_rows_with_typed_columns() {
    let docker = docker(&["every-key/compose.yaml"]);
    let columns = [
        "name",
        "active",
        "command",
        "entrypoint",
        "mem_limit",
        "memswap_limit",
        "cpus",
        "privileged",
        "stop_grace_period",
        "net",
        "log_driver",
        "dockerfile",
        "start_line",
        "project",
        "extensions",
    ];
    let found = rows(&docker, "docker_compose_service", &columns, None).await.unwrap();
    let web = found.iter().find(|row| row[0] == "web").unwrap();
    assert_eq!(
        web[1..],
        [
            "false",
            "serve --title 'hello there'",
            r#"["/bin/sh","-c"]"#,
            "67108864",
            "134217728",
            "0.5",
            "true",
            "1m30s",
            "NULL",
            "syslog",
            "Dockerfile",
            "6",
            "every-key",
            r#"{"x-team":"front"}"#,
        ]
    );
    let db = found.iter().find(|row| row[0] == "db").unwrap();
    assert_eq!(db[1..10], ["true", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "none"]);
    let off = found.iter().find(|row| row[0] == "off").unwrap();
    assert_eq!(off[1..3], ["false", ""]);
}

#[tokio::test]
async fn resources_are_rows_named_as_on_the_engine() {
    let docker = docker(&["every-key/compose.yaml"]);
    for (table, expected) in [
        (
            "docker_compose_network",
            [
                ["back", "every-key_back", "NULL"],
                ["default", "every-key_default", "NULL"],
                ["front", "every-key_front", "NULL"],
                ["outside", "outside", "true"],
            ],
        ),
        (
            "docker_compose_secret",
            [
                ["driven", "every-key_driven", "NULL"],
                ["from-environment", "every-key_from-environment", "NULL"],
                ["kept-elsewhere", "real-token", "true"],
                ["token", "every-key_token", "NULL"],
            ],
        ),
        (
            "docker_compose_config",
            [
                ["from-environment", "every-key_from-environment", "NULL"],
                ["kept-elsewhere", "kept-elsewhere", "true"],
                ["made", "every-key_made", "NULL"],
                ["plain", "every-key_plain", "NULL"],
            ],
        ),
    ] {
        let found = rows(&docker, table, &["key", "name", "external"], None).await.unwrap();
        assert_eq!(found, expected, "{table}");
    }
    let columns = ["key", "name", "driver_opts"];
    let found = rows(&docker, "docker_compose_volume", &columns, None).await.unwrap();
    let device = folder("every-key/data");
    assert_eq!(
        found,
        [
            [
                "data",
                "every-key_data",
                &format!(r#"{{"device":"{}","o":"bind","type":"none"}}"#, device.display())
            ],
            ["elsewhere", "real-volume", "NULL"],
        ]
    );
}

#[tokio::test]
async fn each_file_is_a_project_unless_they_are_joined() {
    let (labels, ports) = (folder("v1/labels.yml"), folder("v1/ports-long.yml"));
    let columns = ["project", "name", "path"];
    let apart = docker(&["v1/labels.yml", "v1/ports-long.yml"]);
    let text = |path: &Path| path.display().to_string();
    let found = rows(&apart, "docker_compose_service", &columns, None).await.unwrap();
    assert_eq!(
        found,
        [
            ["v1", "list", &text(&labels)],
            ["v1", "map", &text(&labels)],
            ["v1", "web", &text(&ports)],
        ]
    );
    let found = rows(&apart, "docker_compose_service", &columns, Some(&ports)).await.unwrap();
    assert_eq!(found, [["v1", "web", &text(&ports)]]);
    let joined = docker(&["v1/labels.yml:v1/ports-long.yml"]);
    let found = rows(&joined, "docker_compose_service", &columns, None).await.unwrap();
    let names: Vec<_> = found.iter().map(|row| (row[1].as_str(), row[2].as_str())).collect();
    let path = text(&labels);
    assert_eq!(names, [("list", path.as_str()), ("map", &path), ("web", &path)]);
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error_that_says_where() {
    let bad = tempfile::tempdir().unwrap();
    let file = bad.path().join("bad.yml");
    fs::write(&file, "services:\n  web:\n    image: x\n    prts: []\n").unwrap();
    let named = Config {
        docker_compose_file_paths: Some(vec![file.display().to_string()]),
        ..Config::default()
    };
    let none = Config { docker_compose_file_paths: Some(vec![]), ..Config::default() };
    let missing = Config {
        docker_compose_file_paths: Some(vec![bad.path().join("*.yaml").display().to_string()]),
        ..Config::default()
    };
    let place = format!(
        "{}:4:5: services.web.prts: additional properties 'prts' not allowed",
        file.display()
    );
    for (config, words) in [
        (named, [place.as_str(), "leave it out of docker_compose_file_paths"]),
        (
            none,
            [
                "docker_compose_file_paths is not set",
                "set docker_compose_file_paths in the connection",
            ],
        ),
        (Config::default(), ["docker_compose_file_paths is not set", "name files in the query"]),
        (missing, ["*.yaml", "names no file"]),
    ] {
        let docker = Docker::new(config, Environment::from_pairs(&[]));
        let error = rows(&docker, "docker_compose_service", &["name"], None).await.unwrap_err();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
    // a query that names its file needs no option
    let docker = Docker::new(Config::default(), Environment::from_pairs(&[]));
    let file = folder("v1/minimal.yml");
    let found = rows(&docker, "docker_compose_service", &["name"], Some(&file)).await.unwrap();
    assert_eq!(found, [["web"]]);
}

//! `docker_context` on folders of the docker command.

use std::fs;
use std::path::Path;

use steampipe_plugin_docker::docker::{Config, Docker, Environment};
use steampipe_plugin_docker::sdk::Cell;

use crate::rows::rows;

/// The folder of the context `prod`: the SHA-256 of its name.
const PROD: &str = "6754af9632a2745e85c293e5aac0863370d9bd3330b9938c00cadfd215227d77";

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn prod(folder: &Path) {
    write(
        folder,
        &format!("contexts/meta/{PROD}/meta.json"),
        r#"{"Name":"prod","Metadata":{"Description":"the real one","Team":"ops"},
            "Endpoints":{"docker":{"Host":"tcp://u:secret@build:2376","SkipTLSVerify":true}}}"#,
    );
    write(folder, &format!("contexts/tls/{PROD}/docker/ca.pem"), "");
}

async fn contexts(folder: &Path, variables: &[(&str, &str)]) -> Result<Vec<Vec<String>>, String> {
    let folder = folder.to_str().unwrap();
    let variables = [variables, &[("DOCKER_CONFIG", folder)]].concat();
    let environment = Environment::from_pairs(&variables).with_system_socket("/run/e.sock");
    let docker = Docker::new(Config::default(), environment);
    let columns = [
        "name",
        "current",
        "description",
        "host",
        "skip_tls_verify",
        "has_tls",
        "metadata",
        "error",
    ];
    let show = |cell: &Cell| match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Bool(flag) => flag.to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Json(json) => String::from_utf8(json.to_vec()).unwrap(),
        other => panic!("no column is {other:?}"),
    };
    let found = rows(&docker, "docker_context", &columns, Vec::new()).await?;
    Ok(found.iter().map(|row| row.iter().map(show).collect()).collect())
}

#[tokio::test]
async fn without_any_there_is_the_default_one() {
    let folder = tempfile::tempdir().unwrap();
    let found = contexts(folder.path(), &[]).await.unwrap();
    let default =
        ["default", "true", "NULL", "unix:///run/e.sock", "false", "false", "NULL", "NULL"];
    assert_eq!(found, [default]);
}

#[tokio::test]
async fn each_is_a_row_and_the_one_in_use_is_told() {
    let folder = tempfile::tempdir().unwrap();
    prod(folder.path());
    let row = |current| {
        [
            "prod",
            current,
            "the real one",
            "tcp://u:***@build:2376",
            "true",
            "true",
            r#"{"Team":"ops"}"#,
            "NULL",
        ]
    };
    let found = contexts(folder.path(), &[]).await.unwrap();
    assert_eq!(
        (found.len(), &found[0][1], found[1].as_slice()),
        (2, &"true".to_owned(), &row("false").map(str::to_owned)[..])
    );
    write(folder.path(), "config.json", r#"{"currentContext":"prod"}"#);
    for (variables, current) in [
        (&[][..], "true"),
        (&[("DOCKER_CONTEXT", "prod")], "true"),
        (&[("DOCKER_CONTEXT", "default")], "false"),
        (&[("DOCKER_HOST", "tcp://x:1")], "false"),
    ] {
        let found = contexts(folder.path(), variables).await.unwrap();
        assert_eq!(found[1], row(current), "{variables:?}");
        assert_eq!(found[0][1] == "true", current == "false", "{variables:?}");
    }
    let of_variable = contexts(folder.path(), &[("DOCKER_HOST", "tcp://x:1")]).await.unwrap();
    assert_eq!(of_variable[0][3], "tcp://x:1");
}

#[tokio::test]
async fn one_that_cannot_be_read_does_not_hide_the_others() {
    let folder = tempfile::tempdir().unwrap();
    prod(folder.path());
    write(folder.path(), "contexts/meta/aaaa/meta.json", "{");
    write(folder.path(), "contexts/meta/bbbb/meta.json", r#"{"Name":"k8s","Endpoints":{}}"#);
    fs::create_dir_all(folder.path().join("contexts/meta/empty")).unwrap();
    let found = contexts(folder.path(), &[]).await.unwrap();
    let names: Vec<&str> = found.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(names, ["default", "NULL", "k8s", "prod"]);
    assert!(found[1][7].contains("aaaa/meta.json"), "{}", found[1][7]);
    assert_eq!(found[2][7], "it names no docker host");
}

#[tokio::test]
async fn settings_that_cannot_be_read_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "config.json", "{");
    assert!(contexts(folder.path(), &[]).await.unwrap_err().contains("config.json"));
}

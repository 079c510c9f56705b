//! `dockerfile_instruction` on the files of `tests/dockerfile/`; `UPDATE=1` writes what is expected of them.
//! BuildKit's parser says the same of them, but for what `docs/differences.md` lists.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use steampipe_plugin_docker::docker::{Config, Docker, Environment};
use steampipe_plugin_docker::sdk::Cell;
use steampipe_plugin_docker::tables::ALL;

use crate::rows::{one_of, rows, value};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dockerfile")
}

fn docker(config: Config) -> Docker {
    let home = folder();
    Docker::new(config, Environment::from_pairs(&[("HOME", home.to_str().unwrap())]))
}

fn with_paths(paths: &[&str]) -> Docker {
    let paths = paths.iter().map(|&path| path.to_owned()).collect();
    docker(Config { dockerfile_paths: Some(paths), ..Config::default() })
}

fn columns() -> Vec<&'static str> {
    let table = ALL.iter().find(|table| table.name == "dockerfile_instruction").unwrap();
    table.columns.iter().map(|column| column.name).collect()
}

#[tokio::test]
async fn every_file_gives_the_rows_that_are_expected() {
    let docker = with_paths(&["~/*.dockerfile"]);
    let found = rows(&docker, "dockerfile_instruction", &columns(), Vec::new()).await.unwrap();
    let mut files: Map<String, Value> = Map::new();
    for row in found {
        let mut row: Map<String, Value> =
            columns().iter().map(|&name| name.to_owned()).zip(row.iter().map(value)).collect();
        let path = row.remove("path").unwrap();
        let rows = files.entry(path.as_str().unwrap()).or_insert(json!([]));
        rows.as_array_mut().unwrap().push(row.into());
    }
    assert!(files.len() >= 30, "only {} files", files.len());
    for (path, rows) in files {
        let expected = Path::new(&path).with_extension("json");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, serde_json::to_string_pretty(&rows).unwrap() + "\n").unwrap();
        }
        let text = fs::read_to_string(&expected).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(rows, serde_json::from_str::<Value>(&text).unwrap(), "{path}");
    }
}

#[tokio::test]
async fn a_path_of_the_query_is_read_whatever_the_connection_says() {
    let path = folder().join("plain.dockerfile");
    let path = path.to_str().unwrap();
    let docker = docker(Config::default());
    let columns = ["path", "instruction"];
    let found = rows(&docker, "dockerfile_instruction", &columns, vec![one_of("path", &[path])]);
    let found = found.await.unwrap();
    assert_eq!(found.len(), 7);
    assert_eq!(found[0], [Cell::Text(path.to_owned()), Cell::Text("from".to_owned())]);
    let missing = vec![one_of("path", &[path, "/nowhere/Dockerfile"])];
    let error = rows(&docker, "dockerfile_instruction", &["path"], missing).await.unwrap_err();
    assert!(error.contains("/nowhere/Dockerfile"), "{error}");
    // a pattern is no path here
    let pattern = format!("{}/*.dockerfile", folder().display());
    let pattern = vec![one_of("path", &[&pattern])];
    let error = rows(&docker, "dockerfile_instruction", &["path"], pattern).await.unwrap_err();
    assert!(error.contains("*.dockerfile"), "{error}");
}

#[tokio::test]
async fn without_paths_there_is_an_error_and_with_an_empty_list_no_row() {
    let count = async |config| {
        let docker = docker(config);
        rows(&docker, "dockerfile_instruction", &["path"], Vec::new()).await.map(|rows| rows.len())
    };
    let error = count(Config::default()).await.unwrap_err();
    assert!(error.contains("sets no dockerfile_paths") && error.contains("hint: "), "{error}");
    let list = |paths: &[&str]| Some(paths.iter().map(|&path| path.to_owned()).collect());
    let none = Config { dockerfile_paths: list(&[]), ..Config::default() };
    assert_eq!(count(none).await, Ok(0));
    // the old name wins
    let both = Config {
        paths: list(&["~/plain.dockerfile"]),
        dockerfile_paths: list(&["/nowhere"]),
        ..Config::default()
    };
    assert_eq!(count(both).await, Ok(7));
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Dockerfile");
    let path = file.to_str().unwrap();
    for (text, expected) in [
        ("FROM a\n\nFORM b\n", format!("{path}:3: unknown instruction `FORM`")),
        ("", format!("{path}:1: there is no instruction")),
    ] {
        fs::write(&file, text).unwrap();
        let error = rows(&with_paths(&[path]), "dockerfile_instruction", &["path"], Vec::new())
            .await
            .unwrap_err();
        assert!(error.starts_with(&format!("dockerfile_instruction: {expected}")), "{error}");
        assert!(error.contains("hint: correct the file"), "{error}");
    }
    fs::write(&file, b"FROM a\xff").unwrap();
    for (pattern, expected) in [
        (path.to_owned(), "no UTF-8 text: byte 7"),
        (format!("{}/*.none", folder.path().display()), "*.none` names no file"),
        ("github.com/a/b//Dockerfile".to_owned(), "is an address"),
    ] {
        let docker = with_paths(&[&pattern]);
        let error =
            rows(&docker, "dockerfile_instruction", &["path"], Vec::new()).await.unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

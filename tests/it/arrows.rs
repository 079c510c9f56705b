//! Which folder may use which: the arrows of `ARCHITECTURE.md`.

use std::fs;
use std::path::{Path, PathBuf};

/// All Rust files below a folder.
fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has no sources");
    found
}

/// The lines of code in a folder that have one of these words.
fn lines_with(folder: &str, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for path in sources(folder) {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            let code = line.trim_start();
            if !code.starts_with("//") && words.iter().any(|word| code.contains(word)) {
                found.push(format!("{}:{}: {code}", path.display(), number + 1));
            }
        }
    }
    found
}

#[test]
fn the_sdk_knows_neither_docker_nor_grpc() {
    let words =
        ["crate::docker", "crate::tables", "crate::wire", "tonic", "prost", "Docker", "docker"];
    assert_eq!(lines_with("src/sdk", &words), [""; 0]);
}

#[test]
fn the_wire_knows_neither_tables_nor_docker() {
    let words = ["crate::docker", "crate::tables", "Docker", "docker", "hyper::"];
    assert_eq!(lines_with("src/wire", &words), [""; 0]);
}

#[test]
fn tables_and_engine_know_no_wire() {
    let wire = ["crate::wire", "tonic", "prost"];
    assert_eq!(lines_with("src/tables", &wire), [""; 0]);
    assert_eq!(lines_with("src/docker", &wire), [""; 0]);
    assert_eq!(lines_with("src/docker", &["crate::tables"]), [""; 0]);
}

#[test]
fn parsers_open_no_file() {
    let words =
        ["crate::docker", "crate::host", "crate::sdk", "crate::tables", "std::fs", "File::"];
    let tests = |line: &String| !line.contains("tests.rs");
    let found: Vec<_> = lines_with("src/files", &words).into_iter().filter(tests).collect();
    assert_eq!(found, [""; 0]);
}

#[test]
fn facts_of_the_host_know_neither_engine_nor_tables() {
    let words = ["crate::docker", "crate::sdk", "crate::tables", "crate::wire", "Command"];
    assert_eq!(lines_with("src/host", &words), [""; 0]);
}

#[test]
fn the_command_speaks_no_grpc() {
    assert_eq!(
        lines_with("cli/src", &["steampipe_plugin_docker::wire", "tonic", "prost"]),
        [""; 0]
    );
}

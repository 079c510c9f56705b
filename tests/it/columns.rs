//! Every table and column is filled somewhere: by a recording of a real engine, or by replies as newer engines document
//! them. A column that never is filled promises something that nobody keeps.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use steampipe_plugin_docker::docker::{Config, Docker, Environment, Recording};
use steampipe_plugin_docker::sdk::{Cell, Request, Table};
use steampipe_plugin_docker::tables::ALL;

use crate::rows::{request, scanned};

/// Columns that nothing fills, and why they are there all the same.
const NEVER: [(&str, &str); 6] = [
    ("docker_compose_config.driver", "the Go plugin has it; Compose has no such key"),
    ("docker_compose_config.driver_opts", "the Go plugin has it; Compose has no such key"),
    (
        "docker_compose_service.custom_labels",
        "the Go plugin has it; Compose sets them when it runs",
    ),
    ("docker_compose_service.extends", "the Go plugin has it; what is extended is merged in"),
    ("docker_compose_service.volume_driver", "the Go plugin has it; Compose no longer has the key"),
    ("docker_info.system_status", "the Go plugin has it; no engine since 1.13 sends it"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn recordings() -> Vec<PathBuf> {
    let replies = fs::read_dir(root().join("tests/replies")).unwrap();
    let replies = replies.map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = replies.chain([root().join("cli/sample/host.jsonl")]).collect();
    found.sort();
    found
}

/// The engine of a recording, with the fixtures for tables that read files.
pub(crate) fn playback(path: &Path) -> Docker {
    let name = path.display().to_string();
    let file = BufReader::new(File::open(path).unwrap());
    let recording = Recording::read(file, &name).unwrap_or_else(|error| panic!("{error}"));
    let fixture = |path: &str| root().join(path).display().to_string();
    let config = Config {
        dockerfile_paths: Some(vec![fixture("cli/sample/Dockerfile")]),
        docker_compose_file_paths: Some(vec![
            fixture("cli/sample/compose.yaml"),
            fixture("tests/compose/every-key/compose.yaml"),
        ]),
        ..Config::default()
    };
    let contexts = root().join("tests/contexts").display().to_string();
    Docker::from_recording(
        recording,
        config,
        Environment::from_pairs(&[("DOCKER_CONFIG", &contexts)]),
    )
}

/// Names of the columns that have a value in some row.
async fn filled(
    docker: &Docker,
    table: &'static Table<Docker>,
) -> Result<Vec<&'static str>, String> {
    let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    let request = Request { whole: true, ..request(&names, Vec::new()) };
    let mut filled = vec![false; names.len()];
    for cells in scanned(docker, table, request).await? {
        for (filled, cell) in filled.iter_mut().zip(&cells) {
            *filled |= *cell != Cell::Null;
        }
    }
    Ok(names.into_iter().zip(filled).filter_map(|(name, filled)| filled.then_some(name)).collect())
}

#[tokio::test]
async fn every_column_is_filled_by_some_recording() {
    let mut missing: BTreeSet<String> = ALL
        .iter()
        .flat_map(|table| {
            table.columns.iter().map(|column| format!("{}.{}", table.name, column.name))
        })
        .collect();
    for path in recordings() {
        let docker = playback(&path);
        for table in ALL {
            // a recording may lack what a table reads: then another one must have it
            for column in filled(&docker, table).await.unwrap_or_default() {
                missing.remove(&format!("{}.{column}", table.name));
            }
        }
    }
    let never: BTreeSet<String> = NEVER.iter().map(|(column, _)| (*column).to_owned()).collect();
    let unexplained: Vec<_> = missing.difference(&never).collect();
    assert!(unexplained.is_empty(), "filled by no recording: {unexplained:#?}");
    let filled: Vec<_> = never.difference(&missing).collect();
    assert!(filled.is_empty(), "filled after all: {filled:?}");
}

#[test]
fn there_are_as_many_tables_and_columns_as_promised() {
    let columns: usize = ALL.iter().map(|table| table.columns.len()).sum();
    assert!(ALL.len() >= 32, "{} tables", ALL.len());
    assert!(columns >= 450, "{columns} columns");
}

//! Rules that every table obeys; the message names the culprit.

use std::fs;
use std::path::Path;

use steampipe_plugin_docker::PLUGIN;
use steampipe_plugin_docker::sdk::check;
use steampipe_plugin_docker::tables::ALL;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_declaration_follows_the_rules() {
    assert_eq!(check::findings(ALL), [""; 0]);
    assert_eq!(check::limiter_findings(PLUGIN.rate_limiters), [""; 0]);
}

#[test]
fn every_table_file_is_registered() {
    let mut files: Vec<String> = fs::read_dir(root().join("src/tables"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| name != "mod")
        .collect();
    files.sort();
    let registered: Vec<&str> = ALL.iter().map(|table| table.name).collect();
    assert_eq!(registered, files, "the tables of ALL, and the files of src/tables");
}

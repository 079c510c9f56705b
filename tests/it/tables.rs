//! Rules that every table obeys; the message names the culprit.

use std::fs;
use std::path::Path;

use serde_json::Value;
use steampipe_plugin_docker::sdk::check;
use steampipe_plugin_docker::tables::ALL;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_declaration_follows_the_rules() {
    assert_eq!(check::findings(ALL), [""; 0]);
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

/// Every reply of every recording we have.
fn bodies() -> Vec<Value> {
    let mut bodies = Vec::new();
    let replies =
        fs::read_dir(root().join("tests/replies")).unwrap().map(|entry| entry.unwrap().path());
    for path in replies.chain([root().join("cli/sample/host.jsonl")]) {
        for line in fs::read_to_string(&path).unwrap().lines() {
            let mut line: Value = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            match line["body"].take() {
                Value::Array(items) => bodies.extend(items),
                body => {
                    let within = ["/Volumes", "/BuildCache", "/VolumeUsage/Items"];
                    let lists = within.iter().filter_map(|list| body.pointer(list)?.as_array());
                    bodies.extend(lists.flatten().cloned().collect::<Vec<_>>());
                    bodies.push(body);
                }
            }
        }
    }
    bodies
}

#[test]
fn every_pointer_is_in_a_recorded_reply() {
    let bodies = bodies();
    let mut lost = Vec::new();
    for table in ALL {
        for column in table.columns {
            // documents that a table puts together have names of its own in them, in lower case
            if column.pointer.chars().nth(1).is_some_and(|first| first.is_ascii_lowercase()) {
                continue;
            }
            if !bodies.iter().any(|body| body.pointer(column.pointer).is_some()) {
                lost.push(format!(
                    "{}.{}: {} is in no recorded reply",
                    table.name, column.name, column.pointer
                ));
            }
        }
    }
    // Go's client of old has the field; no engine since 1.13 sends it
    lost.retain(|line| !line.starts_with("docker_info.system_status:"));
    assert_eq!(lost, [""; 0]);
}

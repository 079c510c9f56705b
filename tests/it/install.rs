//! `install`, as a person runs it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const PLACE: &str = "plugins/hub.steampipe.io/plugins/turbot/docker@latest";

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_steampipe-plugin-docker"))
        .args(arguments)
        .env("STEAMPIPE_INSTALL_DIR", folder)
        .env_remove("MANTIX_PLUGIN_MAGIC_COOKIE")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn install_puts_plugin_and_sample_where_steampipe_looks_and_keeps_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let first = run(folder.path(), &["install"]);
    assert!(first.status.success(), "{}", text(&first.stderr));
    let place = folder.path().join(PLACE);
    let files: Vec<_> =
        fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["steampipe-plugin-docker.plugin"]);
    let installed = place.join("steampipe-plugin-docker.plugin");
    let version = Command::new(&installed).arg("--version").output().unwrap();
    assert!(text(&version.stdout).starts_with("steampipe-plugin-docker v"));

    let config = folder.path().join("config/docker.spc");
    assert!(fs::read_to_string(&config).unwrap().contains("plugin = \"docker\""));
    fs::write(&config, "mine").unwrap();
    let again = run(folder.path(), &["install"]);
    assert!(text(&again.stdout).starts_with("Replaced "), "{}", text(&again.stdout));
    assert_eq!(fs::read_to_string(&config).unwrap(), "mine");

    let gone = run(folder.path(), &["install", "--uninstall"]);
    assert!(gone.status.success() && !place.exists() && config.exists());
    assert!(!run(folder.path(), &["install", "--uninstall"]).status.success());
}

#[test]
fn install_refuses_a_folder_with_another_plugin() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join(PLACE);
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("other.plugin"), "").unwrap();
    let refused =
        run(Path::new("/nowhere"), &["install", "--dir", folder.path().to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("other.plugin"));
}

#[test]
fn a_person_without_arguments_reads_three_lines_and_exit_code_one() {
    let output = run(Path::new("/nowhere"), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "");
    assert_eq!(
        text(&output.stderr),
        "This binary is a plugin. These are not meant to be executed directly.\n\
         Please execute the program that consumes these plugins, which will\n\
         load any plugins automatically\n"
    );
}

#[test]
fn schema_prints_every_table_as_json_and_markdown() {
    let json = run(Path::new("/nowhere"), &["schema", "--output", "json"]);
    let schema: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let tables = schema.as_array().unwrap();
    let containers = tables.iter().find(|table| table["name"] == "docker_container").unwrap();
    assert_eq!(containers["columns"][0]["type"], "text");
    let markdown = run(Path::new("/nowhere"), &["schema", "--output", "md"]);
    assert!(text(&markdown.stdout).contains("| `privileged` | boolean |"));
    assert!(!run(Path::new("/nowhere"), &["schema", "--output", "xml"]).status.success());
    assert!(!run(Path::new("/nowhere"), &["frobnicate"]).status.success());
}

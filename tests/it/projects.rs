//! The projects of `tests/compose`: each is loaded from the disk and compared with what is expected of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use steampipe_plugin_docker::files::compose::{Context, Problem, Project, load};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    active: Vec<String>,
    #[serde(default)]
    values: BTreeMap<String, Value>,
    problem: Option<String>,
}

fn projects() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compose");
    let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut projects: Vec<PathBuf> =
        entries.filter(|path| path.join("expected.json").exists()).collect();
    projects.sort();
    assert!(!projects.is_empty(), "{} has no projects", folder.display());
    projects
}

fn loaded(folder: &Path, expected: &Expected) -> Result<Project, Problem> {
    let files = match expected.files.as_slice() {
        [] => vec![folder.join("compose.yaml")],
        files => files.iter().map(|file| folder.join(file)).collect(),
    };
    let context = Context {
        read: &|path| fs::read_to_string(path),
        variable: &|name| expected.environment.get(name).cloned(),
        home: None,
    };
    load(&files, &context)
}

/// The value with numbers and flags as texts, as the short forms of mappings leave them.
fn printed(value: &Value, folder: &str) -> Value {
    match value {
        Value::String(text) => text.replace("DIR", folder).into(),
        Value::Number(number) => number.to_string().trim_end_matches(".0").into(),
        Value::Bool(flag) => flag.to_string().into(),
        Value::Array(items) => items.iter().map(|item| printed(item, folder)).collect(),
        Value::Object(entries) => {
            entries.iter().map(|(key, value)| (key.clone(), printed(value, folder))).collect()
        }
        Value::Null => Value::Null,
    }
}

#[test]
fn projects_are_as_expected() {
    for folder in projects() {
        let text = fs::read_to_string(folder.join("expected.json")).unwrap();
        let expected: Expected = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let at = folder.display().to_string();
        let project = match (loaded(&folder, &expected), &expected.problem) {
            (Ok(project), None) => project,
            (Err(problem), Some(wanted)) => {
                assert_eq!(problem.to_string().replace(&format!("{at}/"), ""), *wanted, "{at}");
                continue;
            }
            (Ok(_), Some(wanted)) => panic!("{at} has no problem: {wanted}"),
            (Err(problem), None) => panic!("{problem}"),
        };
        assert_eq!(project.name, expected.name, "{at}");
        assert_eq!(Vec::from_iter(project.active), expected.active, "{at}");
        for (pointer, wanted) in &expected.values {
            let found = project.document.pointer(pointer).unwrap_or(&Value::Null);
            assert_eq!(printed(found, &at), printed(wanted, &at), "{at}: {pointer}");
        }
    }
}

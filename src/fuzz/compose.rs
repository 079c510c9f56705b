//! Compose projects of one file or several.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::Lines;
use crate::files::compose::{self, Context, Project};

/// Words of a Compose file; a line that starts with `#>> ` names the file whose text follows.
pub const WORDS: &[&str] = &[
    "services:\n",
    "  a:\n",
    "    image: x\n",
    "    extends: {service: a}\n",
    "    extends: {file: b.yaml, service: a}\n",
    "include: [b.yaml]\n",
    "#>> b.yaml\n",
    "#>> .env\n",
    "#>> a.env\n",
    "    env_file: a.env\n",
    "    environment: [A=${B}]\n",
    "${A:-",
    "${A:?x}",
    "}",
    "$$",
    "&a ",
    "*a",
    "<<: *a\n",
    "!reset ",
    "!override ",
    "[",
    "]",
    "{",
    ": ",
    "- ",
    "---\n",
    "    ports: [80, \"1-3:4-6/udp\"]\n",
    "    volumes: [a:/b:ro]\n",
    "networks:\n",
    "volumes:\n",
    "secrets:\n",
    "name: n\n",
    "    deploy: {resources: {limits: {memory: 1g}}}\n",
    "    healthcheck: {test: a, interval: 1s}\n",
    "    build: .\n",
    "    depends_on: [a]\n",
    "    profiles: [p]\n",
    "~",
    "|\n",
    "\"",
    "'",
    "? ",
    "%",
    "x-a: 1\n",
    "    command: a 'b' \"c\"\n",
    "A=b\n",
    "    configs: [c]\n",
    "    ulimits: {nofile: {soft: 1, hard: 2}}\n",
    "    network_mode: service:a\n",
];

/// Values of a document beyond which writing it out again would say more about the test than about the reader.
const MOST_REWRITTEN: usize = 64 << 10;

/// Loads the project.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let disk = disk(&text);
    let problem = match load(&disk) {
        Ok(project) => return check(&project, &disk),
        Err(problem) => problem,
    };
    assert!(!problem.message.is_empty());
    if problem.line > 0
        && let Some(text) = disk.get(&problem.file)
    {
        Lines::of(text).check(problem.line);
    }
}

type Disk = HashMap<PathBuf, String>;

fn disk(text: &str) -> Disk {
    let mut disk = Disk::new();
    let mut file = PathBuf::from("/srv/app/compose.yaml");
    disk.insert(file.clone(), String::new());
    for line in text.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("#>> ") {
            file = Path::new("/srv/app").join(name.trim());
            disk.entry(file.clone()).or_default();
        } else {
            disk.entry(file.clone()).or_default().push_str(line);
        }
    }
    disk
}

fn load(disk: &Disk) -> Result<Project, compose::Problem> {
    let context = Context {
        read: &|path| disk.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into()),
        variable: &|name| (name == "SET").then(|| "value".to_owned()),
        home: Some(PathBuf::from("/home/ann")),
    };
    compose::load(&[PathBuf::from("/srv/app/compose.yaml")], &context)
}

fn check(project: &Project, disk: &Disk) {
    let document = project.document.as_object().expect("a project is an object");
    assert!(!project.name.is_empty());
    for name in &project.active {
        assert!(document["services"].get(name).is_some(), "{name} runs and is there");
    }
    let lines: HashMap<_, _> = disk.iter().map(|(file, text)| (file, Lines::of(text))).collect();
    for (file, line) in project.lines.values() {
        lines[file].check(*line);
    }
    let written = write(project, document);
    if written.len() < MOST_REWRITTEN {
        let mut disk = disk.clone();
        disk.insert(PathBuf::from("/srv/app/compose.yaml"), written.clone());
        match load(&disk) {
            Ok(again) => assert_eq!(again.document, project.document, "{written}"),
            Err(problem) => panic!("{problem}: {written}"),
        }
    }
}

/// The project as a Compose file of its own.
fn write(project: &Project, document: &Map<String, Value>) -> String {
    let mut document = document.clone();
    document.insert("name".to_owned(), project.name.clone().into());
    let mut document = Value::Object(document);
    escape(&mut document);
    format!("{document:#}")
}

/// Dollar signs are variables no more.
fn escape(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.replace('$', "$$"),
        Value::Array(items) => items.iter_mut().for_each(escape),
        Value::Object(entries) => entries.values_mut().for_each(escape),
        _ => {}
    }
}

//! Runs the command and reads what it says.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }

    /// The rows of the first control of a JSON report.
    pub(crate) fn rows(&self) -> Vec<Value> {
        let report = self.json();
        report["controls"][0]["results"].as_array().unwrap_or_else(|| panic!("{report:#}")).clone()
    }
}

/// The command with an environment that names no engine.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docker-compliance"));
    command.args(arguments);
    for name in [
        "DOCKER_HOST",
        "DOCKER_CONTEXT",
        "DOCKER_TLS_VERIFY",
        "DOCKER_CERT_PATH",
        "POWERPIPE_DISPLAY_WIDTH",
    ] {
        command.env_remove(name);
    }
    command.env("DOCKER_CONFIG", "/nonexistent");
    command
}

pub(crate) fn run(arguments: &[&str]) -> Ran {
    command(arguments).output().unwrap().into()
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A recording in a file of its own.
pub(crate) struct Recording {
    folder: tempfile::TempDir,
}

impl Recording {
    /// Of these replies: path, status, body.
    pub(crate) fn of(replies: &[(&str, u16, Value)]) -> Self {
        let mut lines = vec![
            json!({"recording": 1, "name": "test", "collected_at": "2026-11-23T10:00:00Z", "endpoint": "unix:///test"}),
            json!({"get": "/_ping", "status": 200, "headers": {"Api-Version": "1.41"}, "body": "OK"}),
        ];
        lines.extend(
            replies
                .iter()
                .map(|(path, status, body)| json!({"get": path, "status": status, "body": body})),
        );
        let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("test.jsonl"), lines.join("\n")).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> String {
        self.folder.path().join("test.jsonl").display().to_string()
    }
}

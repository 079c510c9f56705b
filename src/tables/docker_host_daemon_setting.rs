//! `docker_host_daemon_setting`: what the daemon of an engine is set to, and where.

use serde_json::{Value, json};

use super::support::{HostRow, daemon_rows};
use crate::docker::Docker;
use crate::docker::daemon::{Daemon, Setting, Source};
use crate::sdk::{List, Query, Rows, Table, flag, int, json, text};

/// The command line of `dockerd`, its file and its defaults.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_host_daemon_setting",
    description: "Settings of the engine's daemon that are in force: of its command line, its file or its defaults.",
    list: List { name: "listHostDaemonSetting", call: list_settings },
    get: None,
    columns: &[
        text("key",           "/key",           "Name of the setting, as in daemon.json."),
        json("value",         "/value",         "What is in force; NULL if nothing is set, or if it is not known, which readable tells."),
        text("value_text",    "/value_text",    "The value, if it is a text, a number or a truth value."),
        json("default_value", "/default_value", "What is in force where nobody sets it; NULL if that is nothing, the engine's own choice, or not known."),
        text("source",        "/source",        "Who set it: flag, file or default; NULL if that is not known."),
        text("flag",          "/flag",          "The flags that set it, as they stand on the command line."),
        text("file",          "/file",          "The file that names it."),
        int ("line",          "/line",          "The line of the file, counted from 1."),
        flag("is_known",      "/is_known",      "False for a flag or a key that no engine up to 29 is known to have."),
        text("host",          "/host",          "Name of the host."),
        flag("readable",      "/readable",      "False if the setting, or the whole host, cannot be seen."),
        text("error",         "/error",         "Why it cannot be seen; NULL if it can."),
    ],
};

fn list_settings<'a>(docker: &'a Docker, _: &'a Query) -> Rows<'a> {
    daemon_rows(docker, settings)
}

fn settings(daemon: &Daemon<'_>) -> Vec<HostRow> {
    match daemon.settings() {
        Ok(settings) => settings.iter().map(row).collect(),
        Err(why) => vec![HostRow::unreadable(Value::Null, why)],
    }
}

fn row(setting: &Setting) -> HostRow {
    let (file, line) = setting.place.clone().unzip();
    let value = setting.value.as_ref().ok();
    let fields = json!({
        "key": setting.key,
        "value": value,
        "value_text": value.and_then(plain),
        "default_value": setting.default,
        "source": setting.source.map(Source::word),
        "flag": setting.flag,
        "file": file,
        "line": line,
        "is_known": setting.is_known,
    });
    match &setting.value {
        Ok(_) => HostRow::readable(fields),
        Err(why) => HostRow::unreadable(fields, why.clone()),
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
    }
}

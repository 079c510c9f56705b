//! `docker_host_environment`: what logins on the engine's host tell Docker's programs.

use serde_json::json;

use super::support::{HostRow, host_rows};
use crate::docker::{Docker, of_variable};
use crate::host::{Host, Unreadable};
use crate::sdk::{List, Query, Rows, Table, flag, int, text};

/// Files such as `/etc/environment` and `/etc/profile.d/*.sh` of the host.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_host_environment",
    description: "Variables whose names start with DOCKER_ in the files that set up a login on the engine's host.",
    list: List { name: "listHostEnvironment", call: list_variables },
    get: None,
    columns: &[
        text("name",        "/name",        "Name of the variable."),
        text("value",       "/value",       "Its value as it is written, without quotes; masked if the name calls it secret, unless the connection has show_secrets."),
        text("file",        "/file",        "The file that sets it."),
        int ("line",        "/line",        "The line of the file."),
        flag("is_exported", "/is_exported", "True if programs that the login starts get it."),
        text("host",        "/host",        "Name of the host."),
        flag("readable",    "/readable",    "False if the file cannot be read; error says why."),
        text("error",       "/error",       "Why the file cannot be read; NULL if it can."),
    ],
};

fn list_variables<'a>(docker: &'a Docker, _: &'a Query) -> Rows<'a> {
    let show_secrets = docker.config().show_secrets;
    host_rows(docker, move |host| variables(host, show_secrets))
}

fn variables(host: &Host, show_secrets: bool) -> Vec<HostRow> {
    let found = host.environment();
    let set = found.items.into_iter().map(|set| {
        let value =
            if show_secrets { set.value.into() } else { of_variable(&set.name, &set.value) };
        HostRow::readable(json!({
            "name": set.name,
            "value": value,
            "file": set.file,
            "line": set.line,
            "is_exported": set.exported,
        }))
    });
    let unreadable = found
        .unreadable
        .into_iter()
        .map(|Unreadable { path, error, .. }| HostRow::unreadable(json!({"file": path}), error));
    set.chain(unreadable).collect()
}

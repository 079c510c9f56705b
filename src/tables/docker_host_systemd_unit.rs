//! `docker_host_systemd_unit`: the units that start a daemon or its containerd, as systemd finds them.

use serde_json::{Map, Value, json};

use super::support::{HostRow, daemon_rows};
use crate::docker::Docker;
use crate::docker::daemon::{Daemon, Unit, UnitFile};
use crate::files::systemd_unit::{self, Directive};
use crate::sdk::{List, Query, Rows, Table, flag, json, text};

/// Unit files and their drop-ins.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_host_systemd_unit",
    description: "Units of systemd for Docker, containerd and Podman on the engine's host, there or not.",
    list: List { name: "listHostSystemdUnit", call: list_units },
    get: None,
    columns: &[
        text("name",              "/name",              "Name of the unit, such as docker.service."),
        text("scope",             "/scope",             "Whose systemd it is: system, or user for a daemon without root's rights."),
        flag("exists",            "/exists",            "True if the unit has a file, be it one that masks it."),
        text("fragment_path",     "/fragment_path",     "The unit's own file, the first one on systemd's search path."),
        json("drop_ins",          "/drop_ins",          "Files that change the unit, in the order in which they are read."),
        flag("is_masked",         "/is_masked",         "True if the unit's file is empty or leads to /dev/null, so that nothing starts it."),
        json("exec_start",        "/exec_start",        "Commands that start the service, each as a list of words; variables are not replaced."),
        text("service_user",      "/service_user",      "Account of the service; NULL for root, or for the user whose systemd it is."),
        json("environment",       "/environment",       "Variables that the unit sets, by name; values are masked, but for those of DOCKER_* that are no secrets."),
        json("environment_files", "/environment_files", "Files that set more variables; a dash before a path says that the file may be missing."),
        json("listen_streams",    "/listen_streams",    "Where a socket unit listens."),
        text("socket_user",       "/socket_user",       "Owner that a socket unit gives its socket; NULL for root."),
        text("socket_group",      "/socket_group",      "Group that a socket unit gives its socket; NULL for root's."),
        text("socket_mode",       "/socket_mode",       "Mode that a socket unit gives its socket; NULL for 0666."),
        json("directives",        "/directives",        "All lines of the unit and its drop-ins: file, line, section, key and value."),
        text("host",              "/host",              "Name of the host."),
        flag("readable",          "/readable",          "False if the unit, or the whole host, cannot be seen."),
        text("error",             "/error",             "Why it cannot be seen; NULL if it can."),
    ],
};

/// What stands in place of a value that is nobody's business.
const MASK: &str = "***";

fn list_units<'a>(docker: &'a Docker, _: &'a Query) -> Rows<'a> {
    daemon_rows(docker, units)
}

fn units(daemon: &Daemon<'_>) -> Vec<HostRow> {
    daemon.units().iter().map(row).collect()
}

fn row(unit: &Unit) -> HostRow {
    let mut fields = match &unit.file {
        Ok(None) => json!({"exists": false}),
        Ok(Some(file)) => found(unit, file),
        Err(_) => json!({}),
    };
    fields["name"] = unit.name.as_str().into();
    fields["scope"] = if unit.is_of_user { "user" } else { "system" }.into();
    match &unit.file {
        Ok(_) => HostRow::readable(fields),
        Err(why) => HostRow::unreadable(fields, why.clone()),
    }
}

fn found(unit: &Unit, file: &UnitFile) -> Value {
    let text = &file.text;
    let environment: Map<String, Value> = text
        .environment()
        .into_iter()
        .map(|(name, value)| {
            let value = masked(&name, value);
            (name, value.into())
        })
        .collect();
    let files = text.all("Service", "EnvironmentFile");
    let files: Vec<&str> = files.into_iter().map(|directive| directive.value.as_str()).collect();
    json!({
        "exists": true,
        "fragment_path": file.fragment,
        "drop_ins": file.drop_ins,
        "is_masked": file.is_masked,
        "exec_start": text.exec_start(),
        "service_user": text.last("Service", "User"),
        "environment": environment,
        "environment_files": files,
        "listen_streams": unit.listen_streams(),
        "socket_user": text.last("Socket", "SocketUser"),
        "socket_group": text.last("Socket", "SocketGroup"),
        "socket_mode": text.last("Socket", "SocketMode"),
        "directives": text.directives.iter().map(line).collect::<Vec<_>>(),
    })
}

fn line(directive: &Directive) -> Value {
    json!({
        "file": directive.file,
        "line": directive.line,
        "section": directive.section,
        "key": directive.key,
        "value": shown(directive),
    })
}

/// The value, without those of variables.
fn shown(directive: &Directive) -> String {
    if directive.key != "Environment" {
        return directive.value.clone();
    }
    let assignments = systemd_unit::words(&directive.value).into_iter();
    let shown: Vec<String> = assignments
        .map(|word| match word.split_once('=') {
            Some((name, value)) => format!("{name}={}", masked(name, value.to_owned())),
            None => MASK.to_owned(),
        })
        .collect();
    shown.join(" ")
}

/// Variables of Docker say how it is set up; others can be secrets, or hold some, as those of proxies do.
fn masked(name: &str, value: String) -> String {
    let is_secret =
        ["AUTH", "PASS", "TOKEN", "SECRET", "KEY"].iter().any(|word| name.contains(word));
    let is_shown = name.starts_with("DOCKER_") && !is_secret;
    if is_shown || value.is_empty() { value } else { MASK.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_variables_of_docker_are_shown() {
        let shown_of = |value: &str| {
            shown(&Directive {
                file: "/u".to_owned(),
                line: 1,
                section: "Service".to_owned(),
                key: "Environment".to_owned(),
                value: value.to_owned(),
            })
        };
        assert_eq!(
            shown_of(
                "\"HTTP_PROXY=http://ann:s@proxy\" DOCKER_RAMDISK=yes DOCKER_AUTH_CONFIG={} E="
            ),
            "HTTP_PROXY=*** DOCKER_RAMDISK=yes DOCKER_AUTH_CONFIG=*** E="
        );
        assert_eq!(shown_of("odd"), MASK);
    }
}

//! `docker_host_audit_event`: what the audit log of the engine's host says about Docker.

use serde_json::json;

use super::support::{HostRow, host_rows};
use crate::docker::Docker;
use crate::files::audit_log::exec_of;
use crate::host::{AuditEvent, Host, Unreadable};
use crate::sdk::{List, Query, Rows, Table, flag, int, json as jsonb, text, time};

/// `/var/log/audit/audit.log` of the host, and what it was rotated to.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_host_audit_event",
    description: "Events in the audit log of the engine's host: those of rules whose key starts with docker, and each docker exec.",
    list: List { name: "listHostAuditEvent", call: list_events },
    get: None,
    columns: &[
        time ("time",            "/time",            "When it was."),
        int  ("serial",          "/serial",          "Number of the event in the log."),
        text ("key",             "/key",             "Key of the audit rule; of several the one that starts with docker."),
        text ("exe",             "/exe",             "The program's file."),
        jsonb("argv",            "/argv",            "Name and arguments of a program that was started, as a list; empty for other events."),
        text ("syscall",         "/syscall",         "The system call: its name, or its number where the log has no names."),
        jsonb("paths",           "/paths",           "Files that the event was about, as a list."),
        int  ("pid",             "/pid",             "Number of the process."),
        int  ("uid",             "/uid",             "Number of the account whose rights the process had."),
        text ("user_name",       "/user_name",       "Name of that account."),
        int  ("auid",            "/auid",            "Number of the account that had logged in; NULL if no login led to it."),
        text ("login_name",      "/login_name",      "Name of that account."),
        flag ("success",         "/success",         "True if the system call succeeded."),
        flag ("is_exec",         "/is_exec",         "True if it is a docker exec, or Podman's."),
        text ("exec_container",  "/exec_container",  "The container that the docker exec names."),
        text ("exec_user",       "/exec_user",       "The user that the docker exec asks for; NULL if it asks for none, which means the container's own."),
        flag ("exec_privileged", "/exec_privileged", "True if the docker exec asks for all privileges; NULL for other events."),
        text ("file",            "/file",            "The log that cannot be read; NULL for an event."),
        text ("host",            "/host",            "Name of the host."),
        flag ("readable",        "/readable",        "False if a log cannot be read, or if there is none; error says why."),
        text ("error",           "/error",           "Why the log cannot be read; NULL for an event."),
    ],
};

fn list_events<'a>(docker: &'a Docker, _: &'a Query) -> Rows<'a> {
    host_rows(docker, events)
}

fn events(host: &Host) -> Vec<HostRow> {
    let found = host.audit_events();
    let unreadable = found
        .unreadable
        .into_iter()
        .map(|Unreadable { path, error, .. }| HostRow::unreadable(json!({"file": path}), error));
    found.items.iter().map(event).chain(unreadable).collect()
}

fn event(event: &AuditEvent) -> HostRow {
    let exec = exec_of(&event.argv);
    HostRow::readable(json!({
        "time": event.time,
        "serial": event.serial,
        "key": event.key,
        "exe": event.exe,
        "argv": event.argv,
        "syscall": event.syscall,
        "paths": event.paths,
        "pid": event.pid,
        "uid": event.uid,
        "user_name": event.user,
        "auid": event.auid,
        "login_name": event.login,
        "success": event.success,
        "is_exec": exec.is_some(),
        "exec_container": exec.as_ref().and_then(|exec| exec.container.as_ref()),
        "exec_user": exec.as_ref().and_then(|exec| exec.user.as_ref()),
        "exec_privileged": exec.as_ref().map(|exec| exec.privileged),
    }))
}

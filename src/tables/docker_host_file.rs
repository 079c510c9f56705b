//! `docker_host_file`: the files and folders that an engine's daemon uses, with owner and mode.

use serde_json::{Value, json};

use super::support::{HostRow, daemon_rows};
use crate::docker::Docker;
use crate::docker::daemon::{Daemon, Path};
use crate::host::File;
use crate::sdk::{List, Query, Rows, Table, flag, int, text};

/// Paths that the daemon is set to, or uses by default.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_host_file",
    description: "Files and folders that the engine's daemon uses, there or not; at least one row of each purpose.",
    list: List { name: "listHostFile", call: list_files },
    get: None,
    columns: &[
        text("path",           "/path",           "Where it is; NULL if the daemon uses none for the purpose, or if that is not known."),
        text("purpose",        "/purpose",        "What it is for, one word such as service_unit; the page of the table lists all."),
        text("setting",        "/setting",        "What names the path: a flag, a key of daemon.json, a unit, the search path or default."),
        flag("exists",         "/exists",         "True if it is there; a link that leads nowhere is not."),
        text("kind",           "/kind",           "Kind of file: file, directory, socket, fifo, block_device, character_device or symlink, which is a link that leads nowhere."),
        int ("uid",            "/uid",            "Number of the owner."),
        int ("gid",            "/gid",            "Number of the group."),
        text("owner",          "/owner",          "Name of the owner, if the host has one for the number."),
        text("group_name",     "/group_name",     "Name of the group, if the host has one for the number."),
        text("mode",           "/mode",           "Permissions in octal, such as 0644."),
        int ("mode_int",       "/mode_int",       "Permissions as a number, for comparisons such as mode_int & ~420 = 0 (420 is 0644)."),
        int ("size",           "/size",           "Bytes of a regular file."),
        text("symlink_target", "/symlink_target", "Where the path leads, if links are on it; owner and mode are those of what lies there."),
        text("host",           "/host",           "Name of the host."),
        flag("readable",       "/readable",       "False if the file, or the whole host, cannot be seen."),
        text("error",          "/error",          "Why it cannot be seen; NULL if it can."),
    ],
};

fn list_files<'a>(docker: &'a Docker, _: &'a Query) -> Rows<'a> {
    daemon_rows(docker, files)
}

fn files(daemon: &Daemon<'_>) -> Vec<HostRow> {
    daemon.paths().iter().map(|path| row(daemon, path)).collect()
}

fn row(daemon: &Daemon<'_>, named: &Path) -> HostRow {
    let file = match &named.path {
        Ok(Some(path)) => {
            daemon.host().file(path).map_err(|why| format!("{path} cannot be seen: {why}"))
        }
        Ok(None) => Ok(None),
        Err(why) => Err(why.clone()),
    };
    let mut fields = match &file {
        Ok(Some(file)) => seen(file),
        Ok(None) => json!({"exists": false}),
        Err(_) => json!({}),
    };
    fields["path"] = named.path.clone().ok().flatten().into();
    fields["purpose"] = named.purpose.into();
    fields["setting"] = named.setting.clone().into();
    match file {
        Ok(_) => HostRow::readable(fields),
        Err(why) => HostRow::unreadable(fields, why),
    }
}

fn seen(file: &File) -> Value {
    json!({
        "exists": file.kind != "symlink",
        "kind": file.kind,
        "uid": file.uid,
        "gid": file.gid,
        "owner": file.user,
        "group_name": file.group,
        "mode": file.mode.map(|mode| format!("{mode:04o}")),
        "mode_int": file.mode,
        "size": file.size,
        "symlink_target": file.target,
    })
}

//! `docker_host_process`: the daemons of container engines on the engine's host.

use serde_json::{Map, Value, json};

use super::support::{HostRow, host_documents, known, rows};
use crate::docker::Docker;
use crate::docker::daemon::{Daemon, Known, flags_of};
use crate::files::flags::Given;
use crate::host::Host;
use crate::sdk::{List, Query, Rows, Table, flag, int, json as jsonb, text};

/// `/proc` of the host.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_host_process",
    description: "Processes of container engines on the engine's host: dockerd, containerd, Podman and their helpers.",
    list: List { name: "listHostProcess", call: list_processes },
    get: None,
    columns: &[
        int  ("pid",          "/pid",          "Number of the process."),
        text ("program",      "/program",      "Name of the program, such as dockerd."),
        text ("exe",          "/exe",          "The program's file; NULL if only its owner or root can see it."),
        int  ("uid",          "/uid",          "Number of the account whose rights it has."),
        text ("user_name",    "/user_name",    "Name of that account."),
        jsonb("argv",         "/argv",         "Name and arguments, as a list."),
        jsonb("flags",        "/flags",        "Flags of dockerd and containerd: a list of values by the flag's long name; NULL for other programs."),
        flag ("is_engine",    "/is_engine",    "True for the daemon of the engine that is asked; NULL if it cannot be told which one that is."),
        flag ("in_container", "/in_container", "True if it runs in a container, as the daemon of an engine within an engine does."),
        text ("host",         "/host",         "Name of the host."),
        flag ("readable",     "/readable",     "False if the processes cannot be seen; error says why."),
        text ("error",        "/error",        "Why the processes cannot be seen; NULL if they can."),
    ],
};

fn list_processes<'a>(docker: &'a Docker, _: &'a Query) -> Rows<'a> {
    rows(async move {
        let known = known(docker).await?;
        host_documents(docker, move |host| processes(host, &known)).await
    })
}

fn processes(host: &Host, known: &Known) -> Vec<HostRow> {
    let users = host.users().unwrap_or_default();
    let daemon = Daemon::find(host, known);
    let engine = daemon.process().map(|engine| engine.pid);
    HostRow::each(host.processes(), |process| {
        let user = users.iter().find(|user| Some(user.uid) == process.uid);
        let mut row = json!({
            "pid": process.pid,
            "program": process.program(),
            "uid": process.uid,
            "user_name": user.map(|user| &user.name),
            "flags": flags_of(&process).map(by_name),
            "is_engine": engine.map(|pid| pid == process.pid),
            "in_container": process.nested,
        });
        row["exe"] = process.exe.into();
        row["argv"] = Value::from(process.argv);
        row
    })
}

/// A flag can be given several times; without a value it is NULL.
fn by_name(given: Vec<Given>) -> Map<String, Value> {
    let mut flags = Map::new();
    for flag in given {
        let values = flags.entry(flag.name).or_insert_with(|| json!([]));
        values.as_array_mut().into_iter().for_each(|values| values.push(json!(flag.value)));
    }
    flags
}

//! `docker_host_listener`: sockets that wait for others on the engine's host.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::support::{HostRow, host_documents, known, rows};
use crate::docker::Docker;
use crate::docker::daemon::{Daemon, Known};
use crate::host::Host;
use crate::sdk::{List, Query, Rows, Table, flag, int, text};

/// `/proc/…/net` of the host.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_host_listener",
    description: "Ports on which something listens on the engine's host, and which process that is.",
    list: List { name: "listHostListener", call: list_listeners },
    get: None,
    columns: &[
        text("protocol",    "/protocol",    "The table of the kernel it is in: tcp, tcp6, udp or udp6."),
        text("address",     "/address",     "The address it is bound to."),
        int ("port",        "/port",        "The port."),
        flag("is_wildcard", "/is_wildcard", "True if it listens on all addresses."),
        flag("is_loopback", "/is_loopback", "True if it listens on an address that only the host itself reaches."),
        int ("uid",         "/uid",         "Number of the account that opened it."),
        int ("pid",         "/pid",         "Number of a process that holds it; NULL if only root can see that, or if it is the kernel's own."),
        text("program",     "/program",     "That process's program, such as dockerd."),
        flag("is_engine",   "/is_engine",   "True if the daemon of the engine that is asked holds it; NULL if it cannot be told."),
        text("host",        "/host",        "Name of the host."),
        flag("readable",    "/readable",    "False if the sockets cannot be seen; error says why."),
        text("error",       "/error",       "Why the sockets cannot be seen; NULL if they can."),
    ],
};

fn list_listeners<'a>(docker: &'a Docker, _: &'a Query) -> Rows<'a> {
    rows(async move {
        let known = known(docker).await?;
        host_documents(docker, move |host| listeners(host, &known)).await
    })
}

fn listeners(host: &Host, known: &Known) -> Vec<HostRow> {
    let daemon = Daemon::find(host, known);
    let engine = daemon.process().map(|engine| engine.pid);
    HostRow::each(host.listeners(), |listener| {
        let address = listener.address.parse().map(|address: IpAddr| address.to_canonical()).ok();
        let is_engine = engine.zip(listener.pid).map(|(engine, pid)| engine == pid);
        let mut row = json!({
            "port": listener.port,
            "is_wildcard": address.map(|address| address.is_unspecified()),
            "is_loopback": address.map(|address| address.is_loopback()),
            "uid": listener.uid,
            "pid": listener.pid,
            "is_engine": is_engine,
        });
        row["protocol"] = listener.protocol.into();
        row["address"] = Value::from(listener.address);
        row["program"] = listener.program.into();
        row
    })
}

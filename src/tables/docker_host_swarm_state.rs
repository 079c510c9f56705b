//! `docker_host_swarm_state`: the addresses that an engine was given when it joined its swarm.

use serde::Deserialize;
use serde_json::{Value, json};

use super::support::{HostRow, daemon_rows};
use crate::docker::Docker;
use crate::docker::daemon::Daemon;
use crate::host::Seen;
use crate::sdk::{List, Query, Rows, Table, flag, int, text};

/// `swarm/docker-state.json` in the engine's data root, which root alone may read. No reply of the API has these: the
/// address of the data path least of all.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_host_swarm_state",
    description: "What the engine was told when it joined its swarm: where it listens and what it tells others; one row.",
    list: List { name: "listHostSwarmState", call: list_states },
    get: None,
    columns: &[
        text("path",             "/path",                   "The file; NULL if the daemon has none, or if that is not known."),
        flag("exists",           "/exists",                 "True if the file is there: it is while the engine is in a swarm, and stays after a restart."),
        text("listen_addr",      "/state/ListenAddr",       "Where it listens for other managers, with port; a worker has one, too, and does not listen."),
        text("advertise_addr",   "/state/AdvertiseAddr",    "Address, or interface, that it tells others, mostly with port; empty if it chose one itself."),
        text("data_path_addr",   "/state/DataPathAddr",     "Address, or interface, of the traffic of overlay networks; empty for that of advertise_addr."),
        int ("data_path_port",   "/state/DataPathPort",     "UDP port of overlay networks; 0 or NULL is 4789."),
        text("local_addr",       "/state/LocalAddr",        "Address that it found for itself; empty if it was told one."),
        text("remote_addr",      "/state/RemoteAddr",       "Manager that it joined; empty for the one that made the swarm."),
        flag("join_in_progress", "/state/JoinInProgress",   "True while it joins."),
        text("host",             "/host",                   "Name of the host."),
        flag("readable",         "/readable",               "False if the file, or the whole host, cannot be seen."),
        text("error",            "/error",                  "Why it cannot be seen; NULL if it can."),
    ],
};

fn list_states<'a>(docker: &'a Docker, _: &'a Query) -> Rows<'a> {
    daemon_rows(docker, states)
}

fn states(daemon: &Daemon<'_>) -> Vec<HostRow> {
    let paths = daemon.paths().into_iter().filter(|path| path.purpose == "swarm_state");
    paths.map(|named| row(daemon, named.path)).collect()
}

fn row(daemon: &Daemon<'_>, path: Seen<Option<String>>) -> HostRow {
    let path = match path {
        Ok(Some(path)) => path,
        Ok(None) => return HostRow::readable(json!({"exists": false})),
        Err(why) => return HostRow::unreadable(Value::Null, why),
    };
    match daemon.host().content(&path) {
        Ok(None) => HostRow::readable(json!({"path": path, "exists": false})),
        Ok(Some(text)) => match parse(&text) {
            Ok(state) => HostRow::readable(json!({"path": path, "exists": true, "state": state})),
            Err(why) => {
                let why = format!("{path} cannot be read: {why}");
                HostRow::unreadable(json!({"path": path, "exists": true}), why)
            }
        },
        Err(why) => {
            let why = format!("{path} cannot be read: {why}");
            HostRow::unreadable(json!({"path": path}), why)
        }
    }
}

/// The object, if it is one with addresses.
fn parse(text: &str) -> Result<Value, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    #[expect(dead_code, reason = "only whether they are texts is looked at")]
    #[expect(clippy::struct_field_names, reason = "the file's own names")]
    struct State {
        listen_addr: String,
        advertise_addr: Option<String>,
        data_path_addr: Option<String>,
    }
    serde_json::from_str::<State>(text).map_err(|error| error.to_string())?;
    serde_json::from_str(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_has_addresses() {
        let state = parse(
            r#"{"ListenAddr":"0.0.0.0:2377","AdvertiseAddr":"10.0.0.5:2377","DataPathAddr":""}"#,
        );
        assert_eq!(state.unwrap()["AdvertiseAddr"], "10.0.0.5:2377");
        for text in ["", "{}", r#"{"ListenAddr":1}"#, r#"{"ListenAddr":"a","DataPathAddr":[]}"#] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}

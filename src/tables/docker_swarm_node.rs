//! `docker_swarm_node`: the engines that make up a swarm.

use serde_json::value::RawValue;

use super::support::{list_of_manager, public_parts, starts_with};
use crate::docker::Docker;
use crate::sdk::{List, Query, Rows, Table, flag, int, json, text, time};

/// `GET /nodes`.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_swarm_node",
    description: "Nodes of the swarm that the engine manages; no rows outside of a swarm.",
    list: List { name: "listSwarmNode", call: list_nodes },
    get: None,
    columns: &[
        text("id",                   "/ID",                           "ID of the node.").filter("id", starts_with),
        text("hostname",             "/Description/Hostname",         "Host name of the node.").filter("name", starts_with),
        text("role",                 "/Spec/Role",                    "What the node is: manager or worker.").filter("role", known_role),
        text("availability",         "/Spec/Availability",            "Whether it takes tasks: active, pause for no new ones, drain for none.").key(),
        text("state",                "/Status/State",                 "How managers see it: unknown, down, ready or disconnected.").key(),
        text("status_message",       "/Status/Message",               "What the state is about; NULL if there is nothing to say."),
        text("addr",                 "/Status/Addr",                  "Address of the node."),
        flag("manager_leader",       "/ManagerStatus",                "True if it leads the managers; NULL for workers.").map(leads),
        text("manager_reachability", "/ManagerStatus/Reachability",   "Whether the other managers reach it: unknown, unreachable or reachable; NULL for workers."),
        text("manager_addr",         "/ManagerStatus/Addr",           "Address and port at which it manages; NULL for workers."),
        json("labels",               "/Spec/Labels",                  "Labels that the swarm gives the node."),
        text("engine_version",       "/Description/Engine/EngineVersion", "Version of its engine."),
        json("engine_labels",        "/Description/Engine/Labels",    "Labels of its engine; NULL without any."),
        json("plugins",              "/Description/Engine/Plugins",   "Plugins of its engine, with type and name."),
        text("os",                   "/Description/Platform/OS",      "Operating system, linux or windows."),
        text("architecture",         "/Description/Platform/Architecture", "Processor architecture, such as x86_64."),
        int ("nano_cpus",            "/Description/Resources/NanoCPUs", "Processors, in billionths of one."),
        int ("memory_bytes",         "/Description/Resources/MemoryBytes", "Memory in bytes."),
        json("generic_resources",    "/Description/Resources/GenericResources", "Resources that the user declared, such as GPUs; NULL without any."),
        json("csi_info",             "/Description/CSIInfo",          "Storage plugins of the node that speak CSI; NULL without any."),
        json("tls_info",             "/Description/TLSInfo",          "The certificate authority that the node trusts.").map(public_parts),
        int ("version",              "/Version/Index",                "Number of the last change."),
        time("created",              "/CreatedAt",                    "When the node joined."),
        time("updated",              "/UpdatedAt",                    "When it last changed."),
    ],
};

fn list_nodes<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    list_of_manager(docker, &["nodes"], Vec::new(), query)
}

/// Managers refuse other words.
fn known_role(role: &str) -> Option<String> {
    matches!(role, "manager" | "worker").then(|| role.to_owned())
}

/// Engines say of the leader that it leads, and nothing of the other managers.
fn leads(manager: &RawValue) -> Result<Option<String>, String> {
    #[derive(serde::Deserialize)]
    struct Manager {
        #[serde(rename = "Leader", default)]
        leader: bool,
    }
    let manager: Option<Manager> =
        serde_json::from_str(manager.get()).map_err(|error| error.to_string())?;
    Ok(manager.map(|manager| manager.leader.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manager_leads_or_not_and_a_worker_does_neither() {
        let leads = |json: &str| leads(serde_json::from_str(json).unwrap()).unwrap();
        assert_eq!(leads(r#"{"Leader":true}"#).as_deref(), Some("true"));
        assert_eq!(leads(r#"{"Reachability":"reachable"}"#).as_deref(), Some("false"));
        assert_eq!(leads("null"), None);
    }
}

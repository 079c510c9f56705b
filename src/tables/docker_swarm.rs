//! `docker_swarm`: the engine's part in a swarm and, on a manager, the settings of the swarm.

use std::time::Duration;

use bytes::Bytes;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::support::{fetch, only, public_parts, rows, with_member};
use crate::docker::Docker;
use crate::files::certificate::{Validity, validity};
use crate::sdk::{Error, List, Query, Rows, Table, double, flag, int, json, text, time};

/// `Swarm` of `GET /info`. It has all that `GET /swarm` has but the tokens to join with, which are nobody's business
/// here: that call is never made. What a manager has of other lists is added if it is read: unlike the tables of these
/// lists this one has a row, and not an error, on an engine that is no manager.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_swarm",
    description: "The engine's part in a swarm and, on a manager, the settings of the swarm; one row.",
    list: List { name: "listSwarm", call: list_swarm },
    get: None,
    columns: &[
        text  ("local_node_state",            "/Swarm/LocalNodeState",   "State of the engine in a swarm: inactive, pending, active, error or locked."),
        flag  ("control_available",           "/Swarm/ControlAvailable", "True if the engine manages the swarm."),
        text  ("node_id",                     "/Swarm/NodeID",           "ID of the engine as a node; empty outside of a swarm."),
        text  ("node_addr",                   "/Swarm/NodeAddr",         "Address at which other nodes reach the engine; empty outside of a swarm."),
        text  ("error",                       "/Swarm/Error",            "What keeps the engine from taking part; empty if nothing does."),
        json  ("warnings",                    "/Swarm/Warnings",         "Warnings of a manager, such as two managers only; NULL without any."),
        int   ("nodes",                       "/Swarm/Nodes",            "Number of nodes; only managers know."),
        int   ("managers",                    "/Swarm/Managers",         "Number of nodes that manage; only managers know."),
        json  ("remote_managers",             "/Swarm/RemoteManagers",   "Managers that the engine knows, itself included, with node ID and address."),
        text  ("cluster_id",                  "/Swarm/Cluster/ID",       "ID of the swarm; only managers know this and all that follows."),
        int   ("version",                     "/Swarm/Cluster/Version/Index", "Number of the last change of the settings."),
        time  ("created",                     "/Swarm/Cluster/CreatedAt", "When the swarm was made."),
        time  ("updated",                     "/Swarm/Cluster/UpdatedAt", "When its settings last changed."),
        text  ("name",                        "/Swarm/Cluster/Spec/Name", "Name of the swarm, which is default."),
        json  ("labels",                      "/Swarm/Cluster/Spec/Labels", "Labels of the swarm."),
        flag  ("autolock_managers",           "/Swarm/Cluster/Spec/EncryptionConfig/AutoLockManagers", "True if a manager that restarts must be unlocked with a key."),
        int   ("node_cert_expiry",            "/Swarm/Cluster/Spec/CAConfig/NodeCertExpiry", "How long certificates of nodes are valid, in nanoseconds."),
        int   ("node_cert_expiry_seconds",    "/Swarm/Cluster/Spec/CAConfig/NodeCertExpiry", "How long certificates of nodes are valid, in seconds.").map(seconds),
        double("node_cert_expiry_days",       "/Swarm/Cluster/Spec/CAConfig/NodeCertExpiry", "How long certificates of nodes are valid, in days.").map(days),
        int   ("force_rotate",                "/Swarm/Cluster/Spec/CAConfig/ForceRotate", "How often a new certificate authority was asked for; NULL if never."),
        json  ("external_cas",                "/Swarm/Cluster/Spec/CAConfig/ExternalCAs", "External certificate authorities, with protocol, URL and certificate; NULL without any.").map(without_options),
        flag  ("root_rotation_in_progress",   "/Swarm/Cluster/RootRotationInProgress", "True while nodes change to a new certificate authority."),
        json  ("tls_info",                    "/Swarm/Cluster/TLSInfo",  "The public parts of the certificate authority: certificate, subject and public key.").map(public_parts),
        time  ("root_ca_not_before",          "/Swarm/Cluster/TLSInfo/TrustRoot", "From when the root certificate is valid: when the authority was last rotated.").map(not_before),
        time  ("root_ca_not_after",           "/Swarm/Cluster/TLSInfo/TrustRoot", "Until when the root certificate is valid.").map(not_after),
        int   ("task_history_retention_limit", "/Swarm/Cluster/Spec/Orchestration/TaskHistoryRetentionLimit", "How many old tasks are kept; below zero all of them."),
        text  ("task_log_driver",             "/Swarm/Cluster/Spec/TaskDefaults/LogDriver/Name", "Logging driver of services that name none; NULL for that of each engine."),
        int   ("snapshot_interval",           "/Swarm/Cluster/Spec/Raft/SnapshotInterval", "Entries of the Raft log between two snapshots."),
        int   ("keep_old_snapshots",          "/Swarm/Cluster/Spec/Raft/KeepOldSnapshots", "How many snapshots are kept beyond the last one."),
        int   ("log_entries_for_slow_followers", "/Swarm/Cluster/Spec/Raft/LogEntriesForSlowFollowers", "Entries of the Raft log kept for managers that are behind."),
        int   ("election_tick",               "/Swarm/Cluster/Spec/Raft/ElectionTick", "Ticks without a word of the leader before a new one is elected."),
        int   ("heartbeat_tick",              "/Swarm/Cluster/Spec/Raft/HeartbeatTick", "Ticks between two words of the leader."),
        int   ("heartbeat_period",            "/Swarm/Cluster/Spec/Dispatcher/HeartbeatPeriod", "How often nodes report to a manager, in nanoseconds."),
        json  ("default_addr_pool",           "/Swarm/Cluster/DefaultAddrPool", "Subnets that overlay networks are cut out of."),
        int   ("subnet_size",                 "/Swarm/Cluster/SubnetSize", "Length of the prefix of such a network, in bits."),
        int   ("data_path_port",              "/Swarm/Cluster/DataPathPort", "UDP port of overlay networks."),
        int   ("secrets",                     "/secrets",                "Number of secrets; takes one more call."),
        json  ("service_restart_policies",    "/restart_policies",       "How tasks are restarted, by the ID of their service; takes one more call."),
    ],
};

fn list_swarm<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    rows(async move {
        let mut swarm = known(fetch(docker, &["info"], &[]).await?)?;
        if query.wants(&["secrets", "service_restart_policies"]) && is_manager(&swarm) {
            if query.wants(&["secrets"]) {
                let secrets: Vec<IgnoredAny> = list(docker, "secrets").await?;
                swarm = with_member(&swarm, "secrets", &secrets.len().to_string())?;
            }
            if query.wants(&["service_restart_policies"]) {
                let services: Vec<Value> = list(docker, "services").await?;
                let policies: Map<String, Value> = services.iter().filter_map(policy).collect();
                swarm =
                    with_member(&swarm, "restart_policies", &Value::Object(policies).to_string())?;
            }
        }
        Ok(vec![swarm])
    })
}

fn is_manager(info: &[u8]) -> bool {
    let info: Result<Value, _> = serde_json::from_slice(info);
    info.is_ok_and(|info| info["Swarm"]["ControlAvailable"] == true)
}

async fn list<T: DeserializeOwned>(docker: &Docker, what: &str) -> Result<Vec<T>, Error> {
    let list: Option<Vec<T>> = serde_json::from_slice(&fetch(docker, &[what], &[]).await?)
        .map_err(|error| {
            Error::new(format!("the engine's list of {what} cannot be read: {error}"))
        })?;
    Ok(list.unwrap_or_default())
}

/// A service that says nothing has the default of swarms, which is to restart always.
fn policy(service: &Value) -> Option<(String, Value)> {
    let id = service["ID"].as_str()?.to_owned();
    Some((id, service["Spec"]["TaskTemplate"]["RestartPolicy"].clone()))
}

/// A manager that cannot ask the others sends a cluster of zeros: what it does not know must not look like a setting.
fn known(info: Bytes) -> Result<Bytes, Error> {
    let unreadable =
        |error| Error::new(format!("the engine's reply to /info cannot be read: {error}"));
    let mut document: Value = serde_json::from_slice(&info).map_err(unreadable)?;
    match document.pointer_mut("/Swarm/Cluster") {
        Some(cluster) if cluster["ID"] == "" => *cluster = Value::Null,
        _ => return Ok(info),
    }
    Ok(document.to_string().into())
}

fn duration(nanoseconds: &RawValue) -> Result<Option<Duration>, String> {
    let nanoseconds: Option<u64> = serde_json::from_str(nanoseconds.get())
        .map_err(|_| format!("expected nanoseconds, found {nanoseconds}"))?;
    Ok(nanoseconds.map(Duration::from_nanos))
}

fn seconds(nanoseconds: &RawValue) -> Result<Option<String>, String> {
    Ok(duration(nanoseconds)?.map(|duration| duration.as_secs().to_string()))
}

fn days(nanoseconds: &RawValue) -> Result<Option<String>, String> {
    Ok(duration(nanoseconds)?.map(|duration| (duration.as_secs_f64() / 86_400.0).to_string()))
}

/// Options of an external authority can be its credentials.
fn without_options(authorities: &RawValue) -> Result<Option<String>, String> {
    let authorities: Option<Vec<&RawValue>> = serde_json::from_str(authorities.get())
        .map_err(|_| "expected a list of certificate authorities".to_owned())?;
    let Some(authorities) = authorities else { return Ok(None) };
    let shown: Vec<String> = authorities
        .into_iter()
        .filter_map(|authority| only(authority, &["Protocol", "URL", "CACert"]).transpose())
        .collect::<Result<_, _>>()?;
    Ok(Some(format!("[{}]", shown.join(","))))
}

fn not_before(pem: &RawValue) -> Result<Option<String>, String> {
    moment(pem, |validity| validity.from)
}

fn not_after(pem: &RawValue) -> Result<Option<String>, String> {
    moment(pem, |validity| validity.until)
}

fn moment(
    pem: &RawValue,
    which: fn(Validity) -> jiff::Timestamp,
) -> Result<Option<String>, String> {
    let pem: Option<String> = serde_json::from_str(pem.get())
        .map_err(|_| "expected the text of a certificate".to_owned())?;
    // what is no certificate has no dates; the text itself is in tls_info
    let validity = pem.and_then(|pem| validity(&pem).ok());
    Ok(validity.map(|validity| Value::from(which(validity).to_string()).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_cluster_that_is_not_known_is_null() {
        let known = |body: &'static str| {
            String::from_utf8(known(Bytes::from_static(body.as_bytes())).unwrap().to_vec()).unwrap()
        };
        let lost = r#"{"Swarm":{"Cluster":{"ID":"","Spec":{"EncryptionConfig":{"AutoLockManagers":false}}},"Error":"no leader"}}"#;
        assert_eq!(known(lost), r#"{"Swarm":{"Cluster":null,"Error":"no leader"}}"#);
        for body in
            [r#"{"Swarm": {"Cluster":{"ID":"c"}}}"#, r#"{"Swarm": {}}"#, r#"{ "Swarm":null}"#]
        {
            assert_eq!(known(body), body);
        }
    }

    #[test]
    fn an_expiry_is_told_in_seconds_and_days() {
        for (nanoseconds, in_seconds, in_days) in [
            ("7776000000000000", Some("7776000"), Some("90")),
            ("172800000000000", Some("172800"), Some("2")),
            ("43200000000000", Some("43200"), Some("0.5")),
            ("null", None, None),
        ] {
            assert_eq!(seconds(&raw(nanoseconds)), Ok(in_seconds.map(str::to_owned)));
            assert_eq!(days(&raw(nanoseconds)), Ok(in_days.map(str::to_owned)));
        }
        assert!(days(&raw("\"2160h\"")).is_err());
    }

    #[test]
    fn options_of_an_external_authority_are_left_out() {
        let list = r#"[{"Protocol":"cfssl","URL":"https://ca","Options":{"key":"s"},"CACert":""}]"#;
        assert_eq!(
            without_options(&raw(list)),
            Ok(Some(r#"[{"CACert":"","Protocol":"cfssl","URL":"https://ca"}]"#.to_owned()))
        );
        assert_eq!(without_options(&raw("null")), Ok(None));
        assert!(without_options(&raw("{}")).is_err());
    }

    #[test]
    fn no_certificate_is_null_and_neither_has_a_broken_one_dates() {
        assert_eq!(not_before(&raw("\"\"")), Ok(None));
        assert_eq!(not_after(&raw("null")), Ok(None));
        assert_eq!(not_after(&raw("\"x\"")), Ok(None));
    }
}

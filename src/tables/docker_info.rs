//! `docker_info`: one row about the engine and the host it runs on.

use std::collections::BTreeMap;

use serde_json::json as object;
use serde_json::value::RawValue;

use super::support::{fetch, rows, with_member};
use crate::docker::Docker;
use crate::sdk::{Error, List, Query, Rows, Table, flag, int, json, text};

/// `GET /info`, and under `connection` how the engine is reached.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_info",
    description: "The Docker engine and the host it runs on; one row.",
    list: List { name: "listInfo", call: list_info },
    get: None,
    columns: &[
        text("architecture",          "/Architecture",        "Processor architecture of the host, such as x86_64."),
        flag("bridge_nf_ip6_tables",  "/BridgeNfIp6tables",   "True if traffic over bridges passes ip6tables; engines from 28 on do not say."),
        flag("bridge_nf_ip_tables",   "/BridgeNfIptables",    "True if traffic over bridges passes iptables; engines from 28 on do not say."),
        text("cgroup_driver",         "/CgroupDriver",        "Who manages cgroups: cgroupfs, systemd or none."),
        text("cgroup_version",        "/CgroupVersion",       "Version of cgroups, 1 or 2."),
        text("containerd_commit",     "/ContainerdCommit/ID", "Commit that containerd was built from."),
        int ("containers",            "/Containers",          "Number of containers."),
        int ("containers_paused",     "/ContainersPaused",    "Number of containers that are paused."),
        int ("containers_running",    "/ContainersRunning",   "Number of containers that run."),
        int ("containers_stopped",    "/ContainersStopped",   "Number of containers that are stopped."),
        flag("cpu_cfs_period",        "/CpuCfsPeriod",        "True if the period of the CPU quota can be set."),
        flag("cpu_cfs_quota",         "/CpuCfsQuota",         "True if a CPU quota can be set."),
        flag("cpu_set",               "/CPUSet",              "True if containers can be bound to processors."),
        flag("cpu_shares",            "/CPUShares",           "True if CPU shares can be set."),
        flag("debug",                 "/Debug",               "True if the engine runs in debug mode."),
        json("default_address_pools", "/DefaultAddressPools", "Address pools that new networks take their subnets from, if set."),
        text("default_runtime",       "/DefaultRuntime",      "OCI runtime of containers that ask for none."),
        text("docker_root_dir",       "/DockerRootDir",       "Directory of the engine's data."),
        text("driver",                "/Driver",              "Storage driver."),
        json("driver_status",         "/DriverStatus",        "What the storage driver says about itself, by label.").map(by_label),
        flag("experimental_build",    "/ExperimentalBuild",   "True if experimental features are on."),
        json("generic_resources",     "/GenericResources",    "Resources that the user declared, such as GPUs."),
        text("http_proxy",            "/HttpProxy",           "Proxy of the engine for HTTP, its password masked by the engine."),
        text("https_proxy",           "/HttpsProxy",          "Proxy of the engine for HTTPS, its password masked by the engine."),
        text("id",                    "/ID",                  "ID of the engine."),
        int ("images",                "/Images",              "Number of images, tagged or not."),
        text("index_server_address",  "/IndexServerAddress",  "Address of the default registry's index."),
        text("init_binary",           "/InitBinary",          "The program that runs as init in containers that ask for one."),
        text("init_commit",           "/InitCommit/ID",       "Commit that the init program was built from."),
        flag("ipv4_forwarding",       "/IPv4Forwarding",      "True if the host forwards IPv4."),
        text("isolation",             "/Isolation",           "Default isolation technology, on Windows."),
        flag("kernel_memory",         "/KernelMemory",        "True if kernel memory can be limited; engines from 23 on do not say."),
        text("kernel_version",        "/KernelVersion",       "Version of the kernel."),
        json("labels",                "/Labels",              "Labels of the engine, as a list of name=value."),
        flag("live_restore_enabled",  "/LiveRestoreEnabled",  "True if containers go on while the engine is down."),
        text("logging_driver",        "/LoggingDriver",       "Logging driver of containers that ask for none."),
        int ("mem_total",             "/MemTotal",            "Memory of the host in bytes."),
        flag("memory_limit",          "/MemoryLimit",         "True if memory can be limited."),
        text("n_cpu",                 "/NCPU",                "Number of processors the engine can use."),
        text("n_events_listener",     "/NEventsListener",     "Number of clients that listen to events."),
        int ("n_fd",                  "/NFd",                 "File descriptors in use by the engine."),
        int ("n_goroutines",          "/NGoroutines",         "Goroutines of the engine."),
        text("name",                  "/Name",                "Host name."),
        text("no_proxy",              "/NoProxy",             "Hosts that the engine reaches without proxy."),
        flag("oom_kill_disable",      "/OomKillDisable",      "True if containers can be kept from the kernel's memory killer."),
        text("operating_system",      "/OperatingSystem",     "Name and version of the host's operating system, for people."),
        text("os_type",               "/OSType",              "Kind of operating system, linux or windows."),
        text("os_version",            "/OSVersion",           "Version of the operating system."),
        flag("pids_limit",            "/PidsLimit",           "True if the number of processes can be limited."),
        json("plugins",               "/Plugins",             "Names of plugins by kind: Volume, Network, Authorization, Log."),
        text("product_license",       "/ProductLicense",      "Licence of the engine."),
        json("registry_config",       "/RegistryConfig",      "Registries: insecure networks, mirrors, and settings by index."),
        text("runc_commit",           "/RuncCommit/ID",       "Commit that runc was built from."),
        json("runtimes",              "/Runtimes",            "OCI runtimes by name."),
        json("security_options",      "/SecurityOptions",     "Security features in force, as texts such as name=seccomp,profile=builtin."),
        text("server_version",        "/ServerVersion",       "Version of the engine."),
        flag("swap_limit",            "/SwapLimit",           "True if swap can be limited."),
        json("swarm",                 "/Swarm",               "The engine's part in a swarm."),
        json("system_status",         "/SystemStatus",        "What a swarm of old said about itself, by label.").map(by_label),
        text("system_time",           "/SystemTime",          "The engine's clock, RFC 3339 with nanoseconds."),
        json("warnings",              "/Warnings",            "Warnings about missing features and risky settings."),
        // beyond the Go plugin
        text("engine",                "",                     "What answers: Docker or Podman.").map(engine),
        text("swarm_state",           "/Swarm/LocalNodeState", "State of the engine in a swarm: inactive, pending, active, error or locked."),
        flag("swarm_manager",         "/Swarm/ControlAvailable", "True if the engine manages a swarm."),
        json("containerd",            "/Containerd",          "Address and namespaces of containerd; engines from 27 on say."),
        json("firewall_backend",      "/FirewallBackend",     "What the engine filters packets with; engines from 29 on say."),
        text("endpoint",              "/connection/Endpoint", "Where the engine was reached, such as unix:///var/run/docker.sock."),
        flag("endpoint_tls",          "/connection/Encrypted", "True if the engine was reached with TLS, false if over plain TCP; NULL for a socket or ssh, which need none."),
    ],
};

fn list_info<'a>(docker: &'a Docker, _: &'a Query) -> Rows<'a> {
    rows(async move {
        let reply = fetch(docker, &["info"], &[]).await?;
        let (engine, endpoint) =
            (docker.engine().await?, docker.endpoint().await.map_err(Error::from)?);
        let connection = object!({
            "IsPodman": engine.is_podman,
            "Endpoint": endpoint.host(),
            "Encrypted": endpoint.is_encrypted(),
        });
        Ok(vec![with_member(&reply, "connection", &connection.to_string())?])
    })
}

/// The engine sends label and value as pairs; people ask by label.
fn by_label(pairs: &RawValue) -> Result<Option<String>, String> {
    let pairs: Option<Vec<(String, String)>> = serde_json::from_str(pairs.get())
        .map_err(|_| "expected a list of pairs of texts".to_owned())?;
    let labels: Option<BTreeMap<String, String>> = pairs.map(BTreeMap::from_iter);
    Ok(labels.map(|labels| serde_json::json!(labels).to_string()))
}

/// Podman names itself in the ping. In its information it alone tells the version of Buildah; versions that do not have
/// its licence and no registry index.
fn engine(info: &RawValue) -> Result<Option<String>, String> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Info {
        buildah_version: Option<String>,
        product_license: Option<String>,
        index_server_address: Option<String>,
        #[serde(rename = "connection")]
        connection: Option<Connection>,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Connection {
        is_podman: bool,
    }
    let info: Info = serde_json::from_str(info.get()).map_err(|error| error.to_string())?;
    let podman = info.connection.is_some_and(|connection| connection.is_podman)
        || info.buildah_version.is_some()
        || (info.product_license.as_deref() == Some("Apache-2.0")
            && info.index_server_address.as_deref().unwrap_or_default().is_empty());
    Ok(Some(if podman { "\"Podman\"" } else { "\"Docker\"" }.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn pairs_become_an_object_and_null_stays_null() {
        assert_eq!(
            by_label(&raw(r#"[["b","1"],["a","2"],["b","3"]]"#)),
            Ok(Some(r#"{"a":"2","b":"3"}"#.to_owned()))
        );
        assert_eq!(by_label(&raw("null")), Ok(None));
        assert!(by_label(&raw("{}")).is_err());
    }

    #[test]
    fn podman_is_known_by_buildah_or_by_licence_without_index() {
        let engine = |json: &str| engine(&raw(json)).unwrap().unwrap();
        assert_eq!(engine(r#"{"BuildahVersion":"1.28.2"}"#), "\"Podman\"");
        assert_eq!(
            engine(r#"{"ProductLicense":"Apache-2.0","IndexServerAddress":""}"#),
            "\"Podman\""
        );
        assert_eq!(
            engine(r#"{"ProductLicense":"Community Engine","IndexServerAddress":""}"#),
            "\"Docker\""
        );
        assert_eq!(engine(r#"{"ProductLicense":null}"#), "\"Docker\"");
        assert_eq!(engine(r#"{"connection":{"IsPodman":true}}"#), "\"Podman\"");
    }
}

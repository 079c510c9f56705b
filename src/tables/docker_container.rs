//! `docker_container`: the containers of one engine, running or not.

use serde_json::value::RawValue;

use super::support::{self, exact_name, full_id, inspected, list};
use crate::docker::Docker;
use crate::sdk::{
    Hydrate, List, Query, Reply, Rows, Table, flag, int, json, text, time, unix_time,
};

/// `GET /containers/json?all=true`; what only an inspect knows comes from `GET /containers/{id}/json`.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_container",
    description: "Containers of the Docker engine, running or not.",
    list: List { name: "listContainer", call: list_containers },
    get: None, // an inspect lacks columns of the list, such as status and command
    columns: &[
        text     ("id",                  "/Id",              "Full ID of the container.").filter("id", full_id),
        json     ("names",               "/Names",           "All names, each with its leading slash; links of other containers add more."),
        text     ("image",               "/Image",           "The image as it was asked for, or its ID once the name moved on."),
        text     ("image_id",            "/ImageID",         "ID of the image."),
        text     ("command",             "/Command",         "The command with its arguments."),
        unix_time("created",             "/Created",         "When the container was created."),
        json     ("ports",               "/Ports",           "Ports that are exposed or published."),
        int      ("size_rw",             "/SizeRw",          "Bytes written since the start; asking makes the engine walk the disk."),
        int      ("size_root_fs",        "/SizeRootFs",      "Bytes of all layers together; asking makes the engine walk the disk."),
        json     ("labels",              "/Labels",          "Labels of the container."),
        text     ("state",               "/State",           "One word: created, running, paused, restarting, removing, exited or dead.").filter("status", known_state),
        text     ("status",              "/Status",          "State for people, with its age, such as Up 2 hours."),
        json     ("host_config",         "/HostConfig",      "Network mode as the list tells it; the whole of it is in inspect."),
        json     ("network_settings",    "/NetworkSettings", "The networks joined, as the list tells them."),
        json     ("mounts",              "/Mounts",          "Mounts as the list tells them."),
        json     ("config",              "/Config",          "What the container was created with: user, command, environment, health check and more.").from(&INSPECT),
        json     ("inspect",             "",                 "The whole reply of the inspect call.").from(&INSPECT),
        // beyond the Go plugin
        text     ("name",                "/Names",           "The container's own name, without slash.").map(own_name).filter("name", exact_name),
        json     ("state_detail",        "/State",           "Status, exit code, times, health and more.").from(&INSPECT),
        text     ("health_status",       "/State/Health/Status", "Outcome of the health check: starting, healthy or unhealthy; NULL without one.").from(&INSPECT),
        int      ("exit_code",           "/State/ExitCode",  "Exit code of the last run; 0 while it runs.").from(&INSPECT),
        int      ("pid",                 "/State/Pid",       "Process ID on the host; 0 if it does not run.").from(&INSPECT),
        flag     ("oom_killed",          "/State/OOMKilled", "True if the kernel killed it for lack of memory.").from(&INSPECT),
        time     ("started_at",          "/State/StartedAt", "When it was last started; NULL if never.").from(&INSPECT),
        time     ("finished_at",         "/State/FinishedAt", "When it last ended; NULL if never.").from(&INSPECT),
        int      ("restart_count",       "/RestartCount",    "How often the engine restarted it.").from(&INSPECT),
        text     ("config_user",         "/Config/User",     "User, or user and group, of the process; empty is root.").from(&INSPECT),
        text     ("hostname",            "/Config/Hostname", "Host name inside.").from(&INSPECT),
        json     ("entrypoint",          "/Config/Entrypoint", "Entry point as a list.").from(&INSPECT),
        json     ("cmd",                 "/Config/Cmd",      "Command as a list.").from(&INSPECT),
        json     ("exposed_ports",       "/Config/ExposedPorts", "Ports the image or the creator declares, such as 80/tcp.").from(&INSPECT),
        json     ("healthcheck",         "/Config/Healthcheck", "The health check; its Test is NONE if it was switched off.").from(&INSPECT),
        text     ("apparmor_profile",    "/AppArmorProfile", "AppArmor profile in force; set at the first start.").from(&INSPECT),
        text     ("process_label",       "/ProcessLabel",    "SELinux label of the process.").from(&INSPECT),
        text     ("mount_label",         "/MountLabel",      "SELinux label of the files.").from(&INSPECT),
        text     ("platform",            "/Platform",        "Operating system, linux or windows.").from(&INSPECT),
        text     ("driver",              "/Driver",          "Storage driver.").from(&INSPECT),
        text     ("log_path",            "/LogPath",         "The log file on the host.").from(&INSPECT),
        flag     ("privileged",          "/HostConfig/Privileged", "True if it runs with all privileges.").from(&INSPECT),
        json     ("cap_add",             "/HostConfig/CapAdd",     "Capabilities added.").from(&INSPECT),
        json     ("cap_drop",            "/HostConfig/CapDrop",    "Capabilities dropped.").from(&INSPECT),
        json     ("security_opt",        "/HostConfig/SecurityOpt", "Security options such as no-new-privileges, seccomp= and apparmor=.").from(&INSPECT),
        flag     ("readonly_rootfs",     "/HostConfig/ReadonlyRootfs", "True if the root file system is read-only.").from(&INSPECT),
        text     ("network_mode",        "/HostConfig/NetworkMode", "Network, or host, none or container:ID.").from(&INSPECT),
        text     ("pid_mode",            "/HostConfig/PidMode",    "Process namespace: empty for its own, host or container:ID.").from(&INSPECT),
        text     ("ipc_mode",            "/HostConfig/IpcMode",    "IPC namespace: private, shareable, host, none or container:ID.").from(&INSPECT),
        text     ("uts_mode",            "/HostConfig/UTSMode",    "UTS namespace: empty for its own, or host.").from(&INSPECT),
        text     ("userns_mode",         "/HostConfig/UsernsMode", "User namespace: empty for the engine's, or host.").from(&INSPECT),
        text     ("cgroupns_mode",       "/HostConfig/CgroupnsMode", "Cgroup namespace: private or host.").from(&INSPECT),
        text     ("cgroup_parent",       "/HostConfig/CgroupParent", "Cgroup that the container's is made in; empty for the engine's.").from(&INSPECT),
        text     ("runtime",             "/HostConfig/Runtime",    "OCI runtime, such as runc.").from(&INSPECT),
        text     ("isolation",           "/HostConfig/Isolation",  "Isolation technology, on Windows.").from(&INSPECT),
        int      ("memory",              "/HostConfig/Memory",     "Memory limit in bytes; 0 is none.").from(&INSPECT),
        int      ("memory_reservation",  "/HostConfig/MemoryReservation", "Soft memory limit in bytes; 0 is none.").from(&INSPECT),
        int      ("memory_swap",         "/HostConfig/MemorySwap", "Memory and swap together in bytes; -1 is no limit on swap.").from(&INSPECT),
        int      ("cpu_shares",          "/HostConfig/CpuShares",  "Relative weight for processor time; 0 is the default of 1024.").from(&INSPECT),
        int      ("nano_cpus",           "/HostConfig/NanoCpus",   "Limit in billionths of a processor; 0 is none.").from(&INSPECT),
        int      ("cpu_period",          "/HostConfig/CpuPeriod",  "Period of the CPU quota in microseconds.").from(&INSPECT),
        int      ("cpu_quota",           "/HostConfig/CpuQuota",   "Microseconds of processor time a period; 0 is no limit.").from(&INSPECT),
        text     ("cpuset_cpus",         "/HostConfig/CpusetCpus", "Processors it may use, such as 0-2; empty is all.").from(&INSPECT),
        int      ("pids_limit",          "/HostConfig/PidsLimit",  "Most processes at once; NULL, 0 and -1 are no limit.").from(&INSPECT),
        flag     ("oom_kill_disable",    "/HostConfig/OomKillDisable", "True if the kernel must not kill it for lack of memory.").from(&INSPECT),
        int      ("oom_score_adj",       "/HostConfig/OomScoreAdj", "How much rather the kernel kills it, -1000 to 1000.").from(&INSPECT),
        int      ("shm_size",            "/HostConfig/ShmSize",    "Size of /dev/shm in bytes.").from(&INSPECT),
        json     ("ulimits",             "/HostConfig/Ulimits",    "Resource limits of its own, with name, soft and hard value.").from(&INSPECT),
        json     ("sysctls",             "/HostConfig/Sysctls",    "Kernel parameters set inside.").from(&INSPECT),
        json     ("devices",             "/HostConfig/Devices",    "Host devices it was given.").from(&INSPECT),
        json     ("device_requests",     "/HostConfig/DeviceRequests", "Devices asked of drivers, such as GPUs.").from(&INSPECT),
        json     ("device_cgroup_rules", "/HostConfig/DeviceCgroupRules", "Rules for devices, as the cgroup has them.").from(&INSPECT),
        json     ("group_add",           "/HostConfig/GroupAdd",   "Further groups of the process.").from(&INSPECT),
        json     ("restart_policy",      "/HostConfig/RestartPolicy", "Name and most retries of the restart policy.").from(&INSPECT),
        flag     ("auto_remove",         "/HostConfig/AutoRemove", "True if it is removed when it ends.").from(&INSPECT),
        json     ("binds",               "/HostConfig/Binds",      "Bind mounts as they were asked for.").from(&INSPECT),
        json     ("tmpfs",               "/HostConfig/Tmpfs",      "Temporary file systems, with their options.").from(&INSPECT),
        json     ("volumes_from",        "/HostConfig/VolumesFrom", "Containers whose volumes it takes.").from(&INSPECT),
        json     ("mounts_detail",       "/Mounts",                "Mounts with type, source, destination, mode and propagation.").from(&INSPECT),
        json     ("masked_paths",        "/HostConfig/MaskedPaths", "Paths hidden inside; NULL for the default of the engine.").from(&INSPECT),
        json     ("readonly_paths",      "/HostConfig/ReadonlyPaths", "Paths read-only inside; NULL for the default of the engine.").from(&INSPECT),
        json     ("port_bindings",       "/HostConfig/PortBindings", "Ports to publish, as they were asked for.").from(&INSPECT),
        flag     ("publish_all_ports",   "/HostConfig/PublishAllPorts", "True if every exposed port is published on a port of the host's choice.").from(&INSPECT),
        json     ("ports_detail",        "/NetworkSettings/Ports", "Ports published now, by container port.").from(&INSPECT),
        json     ("networks",            "/NetworkSettings/Networks", "Endpoints by network name.").from(&INSPECT),
        json     ("dns",                 "/HostConfig/Dns",        "Name servers of its own.").from(&INSPECT),
        json     ("extra_hosts",         "/HostConfig/ExtraHosts", "Further lines of /etc/hosts.").from(&INSPECT),
        json     ("links",               "/HostConfig/Links",      "Links to other containers.").from(&INSPECT),
        text     ("log_driver",          "/HostConfig/LogConfig/Type", "Logging driver.").from(&INSPECT),
        json     ("log_options",         "/HostConfig/LogConfig/Config", "Options of the logging driver.").from(&INSPECT),
        flag     ("init",                "/HostConfig/Init",       "True if an init process runs inside; NULL for the default of the engine.").from(&INSPECT),
    ],
};

static INSPECT: Hydrate<Docker> =
    Hydrate { name: "getContainerInspect", key: "/Id", call: inspect_container };

fn list_containers<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    let mut options = vec![("all", "true")];
    if query.wants(&["size_rw", "size_root_fs"]) {
        options.push(("size", "true"));
    }
    list(docker, &["containers", "json"], options, query)
}

fn inspect_container<'a>(docker: &'a Docker, id: &'a str) -> Reply<'a> {
    Box::pin(async move { inspected(docker, &["containers", id, "json"], id).await })
}

/// An engine refuses words that are no state.
fn known_state(state: &str) -> Option<String> {
    let known = matches!(
        state,
        "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead"
    );
    known.then(|| state.to_owned())
}

fn own_name(names: &RawValue) -> Result<Option<String>, String> {
    let names: Option<Vec<String>> =
        serde_json::from_str(names.get()).map_err(|_| "expected a list of names".to_owned())?;
    let own = support::own_name(names.unwrap_or_default());
    Ok(own.map(|own| serde_json::Value::from(own).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_name_is_found_among_links() {
        let own = |names: &str| own_name(serde_json::from_str(names).unwrap());
        assert_eq!(own(r#"["/web/db", "/db"]"#), Ok(Some("\"db\"".to_owned())));
        assert_eq!(own(r#"["pod"]"#), Ok(Some("\"pod\"".to_owned())));
        assert_eq!(own("null"), Ok(None));
        assert!(own("7").is_err());
    }
}

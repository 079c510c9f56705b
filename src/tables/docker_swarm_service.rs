//! `docker_swarm_service`: what a swarm runs, and with which settings.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::support::{list_of_manager, starts_with};
use crate::docker::Docker;
use crate::sdk::{List, Query, Rows, Table, flag, int, json, text, time};

/// `GET /services?status=true`. There is no column for the whole item, since it has the values of variables in it.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_swarm_service",
    description: "Services of the swarm that the engine manages; no rows outside of a swarm.",
    list: List { name: "listSwarmService", call: list_services },
    get: None,
    columns: &[
        text("id",                   "/ID",               "ID of the service.").filter("id", starts_with),
        text("name",                 "/Spec/Name",        "Name of the service.").filter("name", starts_with),
        json("labels",               "/Spec/Labels",      "Labels of the service."),
        text("mode",                 "/Spec/Mode",        "How many tasks it has: replicated, global, replicated-job or global-job.").map(mode),
        int ("replicas",             "/Spec/Mode/Replicated/Replicas", "How many tasks a replicated service should have; NULL for other modes."),
        int ("max_concurrent",       "/Spec/Mode/ReplicatedJob/MaxConcurrent", "How many tasks of a job run at once; NULL for other modes."),
        int ("total_completions",    "/Spec/Mode/ReplicatedJob/TotalCompletions", "How many tasks of a job should end well; NULL for other modes."),
        int ("running_tasks",        "/ServiceStatus/RunningTasks", "Number of tasks that run."),
        int ("desired_tasks",        "/ServiceStatus/DesiredTasks", "Number of tasks that should run."),
        int ("completed_tasks",      "/ServiceStatus/CompletedTasks", "Number of tasks of a job that ended well."),
        json("job_status",           "/JobStatus",        "Which run of a job it is and when it began; NULL if it is no job."),
        text("update_state",         "/UpdateStatus/State", "How the last update goes: updating, paused, completed, rollback_started, rollback_paused or rollback_completed; NULL before the first."),
        json("update_status",        "/UpdateStatus",     "State, times and message of the last update; NULL before the first."),
        text("image",                "/Spec/TaskTemplate/ContainerSpec/Image", "Image of its containers, with the digest it was resolved to, if it was."),
        text("runtime",              "/Spec/TaskTemplate/Runtime", "What its tasks are: container, plugin or attachment."),
        json("command",              "/Spec/TaskTemplate/ContainerSpec/Command", "Entry point as a list; NULL for that of the image."),
        json("args",                 "/Spec/TaskTemplate/ContainerSpec/Args", "Command as a list; NULL for that of the image."),
        json("env_names",            "/Spec/TaskTemplate/ContainerSpec/Env", "Names of the environment variables, never their values; NULL without any.").map(names),
        text("config_user",          "/Spec/TaskTemplate/ContainerSpec/User", "User, or user and group, of the process; NULL for that of the image."),
        json("group_add",            "/Spec/TaskTemplate/ContainerSpec/Groups", "Further groups of the process; NULL without any."),
        text("working_dir",          "/Spec/TaskTemplate/ContainerSpec/Dir", "Working directory; NULL for that of the image."),
        text("hostname",             "/Spec/TaskTemplate/ContainerSpec/Hostname", "Host name inside; NULL for that of the engine's choice."),
        json("container_labels",     "/Spec/TaskTemplate/ContainerSpec/Labels", "Labels of its containers; NULL without any."),
        flag("readonly_rootfs",      "/Spec/TaskTemplate/ContainerSpec", "True if the root file system of its containers is read-only.").map(is_read_only),
        flag("tty",                  "/Spec/TaskTemplate/ContainerSpec", "True if its containers have a terminal.").map(has_tty),
        flag("open_stdin",           "/Spec/TaskTemplate/ContainerSpec", "True if its containers keep their input open.").map(has_stdin),
        flag("init",                 "/Spec/TaskTemplate/ContainerSpec/Init", "True if an init process runs inside; NULL for the default of each engine."),
        json("cap_add",              "/Spec/TaskTemplate/ContainerSpec/CapabilityAdd", "Capabilities added, such as CAP_NET_ADMIN; NULL without any."),
        json("cap_drop",             "/Spec/TaskTemplate/ContainerSpec/CapabilityDrop", "Capabilities dropped; NULL without any."),
        json("privileges",           "/Spec/TaskTemplate/ContainerSpec/Privileges", "SELinux context, seccomp, AppArmor, no-new-privileges and, on Windows, the credential specification; NULL for the defaults."),
        flag("no_new_privileges",    "/Spec/TaskTemplate/ContainerSpec/Privileges/NoNewPrivileges", "True if its processes cannot gain privileges; NULL for the default of each engine."),
        text("seccomp_mode",         "/Spec/TaskTemplate/ContainerSpec/Privileges/Seccomp/Mode", "Seccomp profile: default, unconfined or custom; NULL for the default."),
        text("apparmor_mode",        "/Spec/TaskTemplate/ContainerSpec/Privileges/AppArmor/Mode", "AppArmor profile: default or disabled; NULL for the default."),
        json("sysctls",              "/Spec/TaskTemplate/ContainerSpec/Sysctls", "Kernel parameters set inside; NULL without any."),
        json("ulimits",              "/Spec/TaskTemplate/ContainerSpec/Ulimits", "Resource limits of its own, with name, soft and hard value; NULL without any."),
        int ("oom_score_adj",        "/Spec/TaskTemplate/ContainerSpec/OomScoreAdj", "How much rather the kernel kills it, -1000 to 1000; NULL for 0."),
        text("isolation",            "/Spec/TaskTemplate/ContainerSpec/Isolation", "Isolation technology, on Windows."),
        json("mounts",               "/Spec/TaskTemplate/ContainerSpec/Mounts", "Mounts with type, source, target and options; NULL without any."),
        json("secrets",              "/Spec/TaskTemplate/ContainerSpec/Secrets", "Secrets that it is given, with ID, name and file; NULL without any."),
        json("configs",              "/Spec/TaskTemplate/ContainerSpec/Configs", "Configs that it is given, with ID, name and file; NULL without any."),
        json("healthcheck",          "/Spec/TaskTemplate/ContainerSpec/Healthcheck", "The health check; its Test is NONE if it was switched off; NULL for that of the image."),
        text("stop_signal",          "/Spec/TaskTemplate/ContainerSpec/StopSignal", "Signal that asks its processes to end; NULL for that of the image."),
        int ("stop_grace_period",    "/Spec/TaskTemplate/ContainerSpec/StopGracePeriod", "Nanoseconds they have for it; NULL for ten seconds."),
        json("dns_config",           "/Spec/TaskTemplate/ContainerSpec/DNSConfig", "Name servers, search domains and options of its own."),
        json("extra_hosts",          "/Spec/TaskTemplate/ContainerSpec/Hosts", "Further lines of /etc/hosts, address first; NULL without any."),
        int ("memory_limit",         "/Spec/TaskTemplate/Resources/Limits/MemoryBytes", "Memory limit of a task in bytes; NULL is none."),
        int ("nano_cpus_limit",      "/Spec/TaskTemplate/Resources/Limits/NanoCPUs", "Limit of a task in billionths of a processor; NULL is none."),
        int ("pids_limit",           "/Spec/TaskTemplate/Resources/Limits/Pids", "Most processes of a task at once; NULL is no limit."),
        int ("memory_reservation",   "/Spec/TaskTemplate/Resources/Reservations/MemoryBytes", "Bytes of memory that a node must have left; NULL is none."),
        int ("nano_cpus_reservation", "/Spec/TaskTemplate/Resources/Reservations/NanoCPUs", "Billionths of a processor that a node must have left; NULL is none."),
        json("generic_resources",    "/Spec/TaskTemplate/Resources/Reservations/GenericResources", "Other resources that a node must have left, such as GPUs; NULL without any."),
        text("restart_condition",    "/Spec/TaskTemplate/RestartPolicy/Condition", "When a task is replaced: none, on-failure or any; NULL for any."),
        int ("restart_max_attempts", "/Spec/TaskTemplate/RestartPolicy/MaxAttempts", "How often a task is replaced at most; NULL and 0 are no limit."),
        json("restart_policy",       "/Spec/TaskTemplate/RestartPolicy", "Condition, delay in nanoseconds, most attempts and window; NULL for the default: any, without end."),
        json("placement_constraints", "/Spec/TaskTemplate/Placement/Constraints", "What a node must be, such as node.role==manager; NULL without any."),
        json("placement",            "/Spec/TaskTemplate/Placement", "Constraints, preferences, platforms and most replicas a node."),
        json("networks",             "/Spec",             "Networks of its tasks by ID, with aliases and options; NULL without any.").map(networks),
        text("log_driver",           "/Spec/TaskTemplate/LogDriver/Name", "Logging driver; NULL for that of the swarm, or else of each engine."),
        json("log_options",          "/Spec/TaskTemplate/LogDriver/Options", "Options of the logging driver; NULL without any."),
        text("endpoint_mode",        "/Spec/EndpointSpec/Mode", "How its name is resolved: vip for one address, dnsrr for those of its tasks."),
        json("ports",                "/Endpoint/Ports",   "Ports published: protocol, port inside and outside, and ingress for every node or host for those with a task; NULL without any."),
        json("virtual_ips",          "/Endpoint/VirtualIPs", "Its addresses, by network ID; NULL without any."),
        json("update_config",        "/Spec/UpdateConfig", "How updates are rolled out; NULL for the default."),
        json("rollback_config",      "/Spec/RollbackConfig", "How updates are rolled back; NULL for the default."),
        int ("force_update",         "/Spec/TaskTemplate/ForceUpdate", "How often an update was forced."),
        int ("version",              "/Version/Index",    "Number of the last change."),
        time("created",              "/CreatedAt",        "When the service was made."),
        time("updated",              "/UpdatedAt",        "When it last changed."),
    ],
};

fn list_services<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    list_of_manager(docker, &["services"], vec![("status", "true")], query)
}

/// The mode is the name of the only entry.
fn mode(modes: &RawValue) -> Result<Option<String>, String> {
    let modes: Option<serde_json::Map<String, Value>> =
        serde_json::from_str(modes.get()).map_err(|_| "expected an object".to_owned())?;
    let named = modes.into_iter().flatten().find(|(_, mode)| !mode.is_null());
    let word = named.map(|(name, _)| match name.as_str() {
        "Replicated" => "replicated".to_owned(),
        "Global" => "global".to_owned(),
        "ReplicatedJob" => "replicated-job".to_owned(),
        "GlobalJob" => "global-job".to_owned(),
        _ => name,
    });
    Ok(word.map(|word| Value::from(word).to_string()))
}

/// Names of `NAME=value`; a name without value is one that the service removes from those of the image.
fn names(variables: &RawValue) -> Result<Option<String>, String> {
    let variables: Option<Vec<String>> = serde_json::from_str(variables.get())
        .map_err(|_| "expected a list of variables".to_owned())?;
    let name = |variable: &String| variable.split('=').next().map(Value::from);
    Ok(variables.map(|variables| variables.iter().filter_map(name).collect::<Value>().to_string()))
}

/// Clients of old put the networks beside the template of tasks, where managers leave them.
fn networks(spec: &RawValue) -> Result<Option<String>, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Spec<'a> {
        #[serde(borrow)]
        task_template: Option<Template<'a>>,
        #[serde(borrow)]
        networks: Option<&'a RawValue>,
    }
    #[derive(Deserialize)]
    struct Template<'a> {
        #[serde(borrow, rename = "Networks")]
        networks: Option<&'a RawValue>,
    }
    let spec: Spec = serde_json::from_str(spec.get())
        .map_err(|error| format!("cannot read the networks: {error}"))?;
    let found = spec.task_template.and_then(|template| template.networks).or(spec.networks);
    Ok(found.map(|networks| networks.get().to_owned()))
}

/// Switches that engines only send when they are on.
#[derive(Deserialize)]
struct Switches {
    #[serde(rename = "ReadOnly", default)]
    read_only: bool,
    #[serde(rename = "TTY", default)]
    tty: bool,
    #[serde(rename = "OpenStdin", default)]
    open_stdin: bool,
}

fn switch(container: &RawValue, which: fn(&Switches) -> bool) -> Result<Option<String>, String> {
    let switches: Option<Switches> = serde_json::from_str(container.get())
        .map_err(|error| format!("cannot read the settings of containers: {error}"))?;
    Ok(switches.map(|switches| which(&switches).to_string()))
}

fn is_read_only(container: &RawValue) -> Result<Option<String>, String> {
    switch(container, |switches| switches.read_only)
}

fn has_tty(container: &RawValue) -> Result<Option<String>, String> {
    switch(container, |switches| switches.tty)
}

fn has_stdin(container: &RawValue) -> Result<Option<String>, String> {
    switch(container, |switches| switches.open_stdin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_mode_is_one_word() {
        for (json, word) in [
            (r#"{"Replicated":{"Replicas":2}}"#, Some("\"replicated\"")),
            (r#"{"Global":{}}"#, Some("\"global\"")),
            (r#"{"Replicated":null,"ReplicatedJob":{}}"#, Some("\"replicated-job\"")),
            (r#"{"GlobalJob":{}}"#, Some("\"global-job\"")),
            (r#"{"Later":{}}"#, Some("\"Later\"")),
            ("{}", None),
            ("null", None),
        ] {
            assert_eq!(mode(&raw(json)), Ok(word.map(str::to_owned)), "{json}");
        }
    }

    #[test]
    fn variables_give_their_names_alone() {
        let found = names(&raw(r#"["A=b=c","PASSWORD=hunter2","BARE","EMPTY="]"#));
        assert_eq!(found, Ok(Some(r#"["A","PASSWORD","BARE","EMPTY"]"#.to_owned())));
        assert_eq!(names(&raw("null")), Ok(None));
        assert!(names(&raw("7")).is_err());
    }

    #[test]
    fn networks_are_found_where_clients_of_old_put_them_too() {
        for (spec, found) in [
            (
                r#"{"TaskTemplate":{"Networks":[{"Target":"n"}]},"Networks":[]}"#,
                Some(r#"[{"Target":"n"}]"#),
            ),
            (r#"{"TaskTemplate":{},"Networks":[{"Target":"o"}]}"#, Some(r#"[{"Target":"o"}]"#)),
            (r#"{"TaskTemplate":{"Networks":null}}"#, None),
        ] {
            assert_eq!(networks(&raw(spec)), Ok(found.map(str::to_owned)), "{spec}");
        }
        assert!(networks(&raw("7")).is_err());
    }

    #[test]
    fn a_switch_that_is_not_sent_is_off() {
        assert_eq!(is_read_only(&raw(r#"{"ReadOnly":true}"#)), Ok(Some("true".to_owned())));
        assert_eq!(has_tty(&raw(r#"{"Image":"x"}"#)), Ok(Some("false".to_owned())));
        assert_eq!(has_stdin(&raw("null")), Ok(None));
        assert!(has_stdin(&raw(r#"{"OpenStdin":"yes"}"#)).is_err());
    }
}

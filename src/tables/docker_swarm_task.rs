//! `docker_swarm_task`: the tasks of a swarm, each one container of a service on a node.

use super::support::{list_of_manager, starts_with};
use crate::docker::Docker;
use crate::sdk::{List, Query, Rows, Table, int, json, text, time};

/// `GET /tasks`. Managers refuse the ID of a service or a node that is gone, whose tasks can still be there: these are
/// compared here.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_swarm_task",
    description: "Tasks of the swarm that the engine manages, old ones included; no rows outside of a swarm.",
    list: List { name: "listSwarmTask", call: list_tasks },
    get: None,
    columns: &[
        text("id",                "/ID",                         "ID of the task.").filter("id", starts_with),
        text("service_id",        "/ServiceID",                  "ID of the service that the task is for.").key(),
        int ("slot",              "/Slot",                       "Which of the replicas it is; NULL for a global service."),
        text("node_id",           "/NodeID",                     "ID of the node that it was given to; NULL if none takes it.").key(),
        text("state",             "/Status/State",               "How far it is: new, pending, assigned, accepted, preparing, ready, starting, running, complete, shutdown, failed, rejected, remove or orphaned.").key(),
        text("desired_state",     "/DesiredState",               "The state that it should have: running, or shutdown if it is an old one.").filter("desired-state", known_state),
        time("status_time",       "/Status/Timestamp",           "When the state was reported."),
        text("message",           "/Status/Message",             "What the state is about."),
        text("error",             "/Status/Err",                 "Why it waits or failed; NULL if it did not."),
        text("container_id",      "/Status/ContainerStatus/ContainerID", "Full ID of its container; NULL if there is none yet.").key(),
        int ("pid",               "/Status/ContainerStatus/PID", "Process ID on the node; 0 if it does not run."),
        int ("exit_code",         "/Status/ContainerStatus/ExitCode", "Exit code of its container; 0 while it runs."),
        json("ports",             "/Status/PortStatus/Ports",    "Ports published on the node alone; NULL without any."),
        text("image",             "/Spec/ContainerSpec/Image",   "Image of its container."),
        text("config_user",       "/Spec/ContainerSpec/User",    "User, or user and group, of the process; NULL for that of the image."),
        json("mounts",            "/Spec/ContainerSpec/Mounts",  "Mounts; NULL without any."),
        json("secrets",           "/Spec/ContainerSpec/Secrets", "Secrets that it is given, with ID, name and file; NULL without any."),
        json("configs",           "/Spec/ContainerSpec/Configs", "Configs that it is given, with ID, name and file; NULL without any."),
        json("limits",            "/Spec/Resources/Limits",      "Most it may use of processors, memory and processes; what is missing is not limited."),
        json("reservations",      "/Spec/Resources/Reservations", "What a node must have left for it."),
        json("restart_policy",    "/Spec/RestartPolicy",         "Condition, delay in nanoseconds, most attempts and window; NULL for the default: any, without end."),
        json("placement",         "/Spec/Placement",             "Constraints and preferences for the node."),
        json("networks",          "/NetworksAttachments",        "Networks with their settings, and the task's addresses in them; NULL without any."),
        json("volumes",           "/Volumes",                    "Cluster volumes that it is given; NULL without any."),
        json("generic_resources", "/GenericResources",           "Resources of the node that it was given, such as GPUs; NULL without any."),
        int ("job_iteration",     "/JobIteration/Index",         "Which run of the job it belongs to; NULL if the service is no job."),
        json("labels",            "/Labels",                     "Labels of the task itself, which has none as a rule: see those of its service."),
        int ("version",           "/Version/Index",              "Number of the last change."),
        time("created",           "/CreatedAt",                  "When the task was made."),
        time("updated",           "/UpdatedAt",                  "When it last changed."),
    ],
};

fn list_tasks<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    list_of_manager(docker, &["tasks"], Vec::new(), query)
}

/// Managers refuse other words.
fn known_state(state: &str) -> Option<String> {
    matches!(state, "running" | "shutdown" | "accepted" | "complete" | "ready" | "remove")
        .then(|| state.to_owned())
}

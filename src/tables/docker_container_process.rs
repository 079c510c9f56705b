//! `docker_container_process`: the processes of containers that run, as the host sees them.

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::json;

use self::top::Top;
use super::support::{Container, Reach, each_container, unreadable};
use crate::docker::{self, Docker, Engine};
use crate::sdk::{Error, List, Query, Rows, Table, double, int, json, text};

mod top;

/// `GET /containers/{id}/top`, for which the engine starts `ps` or, if it is Podman, reads the same from the kernel.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_container_process",
    description: "Processes of containers that run or are paused.",
    list: List { name: "listContainerProcess", call: list_processes },
    get: None,
    columns: &[
        text  ("container_id",   "/container/Id",           "Full ID of the container.").key(),
        text  ("container_name", "/container/Name",         "Name of the container."),
        int   ("pid",            "/process/pid",            "Process ID on the host."),
        int   ("ppid",           "/process/ppid",           "Process ID of its parent on the host; NULL if the engine does not tell."),
        int   ("uid",            "/process/uid",            "User ID on the host; NULL if the engine tells a name only."),
        text  ("user_name",      "/process/user_name",      "User as the host calls it, or its number if the host has no name for it."),
        int   ("container_pid",  "/process/container_pid",  "Process ID inside the container; Podman only."),
        text  ("container_user", "/process/container_user", "User as the container calls it; Podman only."),
        double("cpu_percent",    "/process/cpu_percent",    "Use of one processor in percent, over the life of the process."),
        double("memory_percent", "/process/memory_percent", "Part of the host's memory in percent."),
        int   ("vsz",            "/process/vsz",            "Virtual memory in KiB."),
        int   ("rss",            "/process/rss",            "Memory in use in KiB."),
        text  ("stat",           "/process/stat",           "State as ps writes it: R runs, S and D sleep, T is stopped, Z is a zombie."),
        text  ("tty",            "/process/tty",            "Terminal; ? is none."),
        text  ("start_time",     "/process/start_time",     "When it was started, as the engine writes it: a time of the host's day, a date or both."),
        double("elapsed",        "/process/elapsed",        "Seconds since it was started."),
        double("cpu_time",       "/process/cpu_time",       "Processor time in seconds."),
        text  ("command",        "/process/command",        "The command with its arguments."),
        json  ("fields",         "/process/fields",         "The whole line, by the engine's own titles."),
        text  ("problem",        "/problem",                "Why the engine does not tell the processes of this container, of which there is one row then; NULL if it does."),
    ],
};

/// What `ps` is asked for; the command is last, since it alone may hold spaces.
const COLUMNS: &str = "-o pid,ppid,uid,user:32,pcpu,pmem,vsz,rss,stat,tty,stime,etimes,time,args";

/// The same in words that Podman finds out by itself; for others it would run `ps` inside the container.
const PODMAN_COLUMNS: &str =
    "hpid,pid,ppid,huser,user,pcpu,vsz,rss,state,tty,stime,etime,time,args";

fn list_processes<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    each_container(docker, query, Reach::Live, processes)
}

fn processes<'a>(
    docker: &'a Docker,
    container: &'a Container,
) -> BoxFuture<'a, Result<Vec<Bytes>, Error>> {
    async move {
        let engine = docker.engine().await?;
        if engine.is_podman && container.state == "paused" {
            return Ok(vec![unknown(container, "Podman tells no processes of a paused container")]);
        }
        let reply = match top(docker, &engine, container).await {
            Ok(Some(reply)) => reply,
            Ok(None) => return Ok(Vec::new()),
            // of the others more can be told
            Err(error) if error.status().is_some() || error.is_not_recorded() => {
                return Ok(vec![unknown(container, &error.to_string())]);
            }
            Err(error) => return Err(error.into()),
        };
        let top: Top =
            serde_json::from_slice(&reply).map_err(|error| unreadable(container, &error))?;
        if top.is_of_host() {
            let problem = "the container is in the host's process namespace, of which Podman tells all processes";
            return Ok(vec![unknown(container, problem)]);
        }
        let document = |process| {
            let process = serde_json::to_string(&process)?;
            Ok(container.document(&[("process", &process)]))
        };
        let rows: Result<_, serde_json::Error> =
            top.processes().into_iter().map(document).collect();
        rows.map_err(|error| unreadable(container, &error))
    }
    .boxed()
}

/// The row of a container whose processes the engine does not tell.
fn unknown(container: &Container, problem: &str) -> Bytes {
    container.document(&[("problem", &json!(problem).to_string())])
}

/// An engine on Windows, or on a host with another `ps`, takes no options: its own are better than none.
async fn top(
    docker: &Docker,
    engine: &Engine,
    container: &Container,
) -> Result<Option<Bytes>, docker::Error> {
    let options = match engine {
        Engine { is_podman: true, .. } => [("ps_args", PODMAN_COLUMNS)],
        _ => [("ps_args", COLUMNS)],
    };
    if engine.os_type != "windows" {
        match container.ask(docker, &["top"], &options, Reach::Live).await {
            Err(error) if !engine.is_podman && matches!(error.status(), Some(400 | 500)) => {}
            reply => return reply,
        }
    }
    container.ask(docker, &["top"], &[], Reach::Live).await
}

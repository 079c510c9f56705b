//! `docker_exec`: commands that were started inside containers beside their own process.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::support::{Container, Reach, each_container, fetch, unreadable};
use crate::docker::Docker;
use crate::sdk::{Error, List, Query, Rows, Table, flag, int, json, text};

/// `ExecIDs` of `GET /containers/{id}/json`, and `GET /exec/{id}/json` for each.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_exec",
    description: "Exec sessions of containers that run: commands started inside them with docker exec, as long as the engine knows them.",
    list: List { name: "listExec", call: list_execs },
    get: None,
    columns: &[
        text("container_id",   "/container/Id",                  "Full ID of the container.").key(),
        text("container_name", "/container/Name",                "Name of the container."),
        text("id",             "/exec/ID",                       "ID of the exec session."),
        flag("running",        "/exec/Running",                  "True while the command runs; Podman notices its end minutes late if no client is attached."),
        int ("exit_code",      "/state/exit_code",               "Exit code; NULL while the command runs, and before; Podman's is 0 before."),
        int ("pid",            "/exec/Pid",                      "Process ID on the host; 0 if it does not run."),
        text("user_name",      "/exec/ProcessConfig/user",       "User it runs as, if another than the container's was asked for."),
        flag("privileged",     "/exec/ProcessConfig/privileged", "True if it runs with all privileges."),
        flag("tty",            "/exec/ProcessConfig/tty",        "True if it has a terminal."),
        text("entrypoint",     "/exec/ProcessConfig/entrypoint", "The program."),
        json("arguments",      "/exec/ProcessConfig/arguments",  "Arguments of the program as a list."),
        flag("open_stdin",     "/exec/OpenStdin",                "True if a client is attached to standard input."),
        flag("open_stdout",    "/exec/OpenStdout",               "True if a client is attached to standard output."),
        flag("open_stderr",    "/exec/OpenStderr",               "True if a client is attached to standard error."),
        text("detach_keys",    "/exec/DetachKeys",               "Keys that detach the client, as the engine keeps them."),
        flag("can_remove",     "/exec/CanRemove",                "True if the engine will forget it soon."),
    ],
};

fn list_execs<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    each_container(docker, query, Reach::Live, execs)
}

fn execs<'a>(
    docker: &'a Docker,
    container: &'a Container,
) -> BoxFuture<'a, Result<Vec<Bytes>, Error>> {
    #[derive(Deserialize)]
    struct Inspect {
        #[serde(rename = "ExecIDs")]
        ids: Option<Vec<String>>,
    }
    async move {
        let reply = container.inspect(docker).await?;
        let inspect: Inspect =
            serde_json::from_slice(&reply).map_err(|error| unreadable(container, &error))?;
        let execs = stream::iter(inspect.ids.unwrap_or_default())
            .map(|id| async move { exec(docker, container, &id).await })
            .buffered(docker.concurrency())
            .try_filter_map(|row| async { Ok(row) });
        execs.try_collect().await
    }
    .boxed()
}

/// The row of a session, unless the engine has forgotten it by now.
async fn exec(docker: &Docker, container: &Container, id: &str) -> Result<Option<Bytes>, Error> {
    let reply = match fetch(docker, &["exec", id, "json"], &[]).await {
        Err(error) if error.is_not_found() => return Ok(None),
        reply => reply?,
    };
    let exit_code = exit_code(&reply).map_err(|error| unreadable(container, &error))?;
    let exec: &RawValue =
        serde_json::from_slice(&reply).map_err(|error| unreadable(container, &error))?;
    let state = json!({"exit_code": exit_code}).to_string();
    Ok(Some(container.document(&[("exec", exec.get()), ("state", &state)])))
}

/// Podman says 0 while the command runs, which would read as success.
fn exit_code(exec: &[u8]) -> Result<Option<i64>, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct State {
        running: bool,
        exit_code: Option<i64>,
    }
    let state: State = serde_json::from_slice(exec)?;
    Ok(state.exit_code.filter(|_| !state.running))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_runs_has_no_exit_code() {
        for (exec, code) in [
            (r#"{"Running":true,"ExitCode":0}"#, None),
            (r#"{"Running":true,"ExitCode":null}"#, None),
            (r#"{"Running":false}"#, None),
            (r#"{"Running":false,"ExitCode":0}"#, Some(0)),
            (r#"{"Running":false,"ExitCode":137}"#, Some(137)),
        ] {
            assert_eq!(exit_code(exec.as_bytes()).unwrap(), code, "{exec}");
        }
        assert!(exit_code(b"[]").is_err());
    }
}

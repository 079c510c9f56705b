//! `docker_context`: the contexts of the docker command, where the plugin runs.

use bytes::Bytes;

use super::support::rows;
use crate::docker::Docker;
use crate::sdk::{Error, List, Query, Rows, Table, flag, json, text};

/// The files below `contexts` of the docker command's folder; no engine is asked.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_context",
    description: "Contexts of the docker command, of the user and on the host that the plugin runs as.",
    list: List { name: "listContext", call: list_contexts },
    get: None,
    columns: &[
        text("name",            "/name",            "Name of the context; default is the one that the environment makes. NULL if its file does not tell."),
        flag("current",         "/current",         "True if the docker command uses it where none is named."),
        text("description",     "/description",     "What its maker wrote about it."),
        text("host",            "/host",            "Where the engine listens, without passwords."),
        flag("skip_tls_verify", "/skip_tls_verify", "True if the certificate of the engine is not verified."),
        flag("has_tls",         "/has_tls",         "True if there is a CA, a certificate or a key for TLS."),
        text("path",            "/path",            "File that holds the context; NULL for default."),
        json("metadata",        "/metadata",        "What else the file says about the context."),
        text("error",           "/error",           "Why the context cannot be used; NULL if it can be read."),
    ],
};

/// One context that cannot be read is a row that says so: the others are as good as before.
fn list_contexts<'a>(docker: &'a Docker, _: &'a Query) -> Rows<'a> {
    rows(async move {
        let contexts = docker.contexts().await?;
        let document = |context| serde_json::to_vec(context).map(Bytes::from);
        contexts
            .iter()
            .map(document)
            .collect::<Result<_, _>>()
            .map_err(|error| Error::new(format!("cannot write a context as JSON: {error}")))
    })
}

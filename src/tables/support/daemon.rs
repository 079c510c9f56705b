//! Rows about the daemon of an engine: it is looked for on the engine's host.
//! It must not know any table.

use super::{HostRow, host_documents, rows};
use crate::docker::Docker;
use crate::docker::daemon::{Daemon, Known};
use crate::sdk::Rows;

/// A list call about the engine's daemon; if its host cannot be seen, one row that says why.
pub(in crate::tables) fn daemon_rows(
    docker: &Docker,
    look: fn(&Daemon<'_>) -> Vec<HostRow>,
) -> Rows<'_> {
    rows(async move {
        let known = match docker.host().await? {
            Ok(_) => Known::ask(docker).await?,
            Err(_) => Known::default(),
        };
        host_documents(docker, move |host| look(&Daemon::find(host, &known))).await
    })
}

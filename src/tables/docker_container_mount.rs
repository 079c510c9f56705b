//! `docker_container_mount`: what is mounted into containers.

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::support::{Container, Reach, each_container, unreadable};
use crate::docker::Docker;
use crate::sdk::{Error, List, Query, Rows, Table, flag, text};

/// `Mounts` of `GET /containers/{id}/json`.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_container_mount",
    description: "Mounts of containers; of those that run, unless container_id names others.",
    list: List { name: "listContainerMount", call: list_mounts },
    get: None,
    columns: &[
        text("container_id",   "/container/Id",       "Full ID of the container.").key().exact(),
        text("container_name", "/container/Name",     "Name of the container."),
        text("type",           "/mount/Type",         "Kind of mount: bind, volume, tmpfs, npipe, cluster or image."),
        text("name",           "/mount/Name",         "Name of the volume; NULL for other kinds."),
        text("source",         "/mount/Source",       "Path on the host; empty for tmpfs."),
        text("destination",    "/mount/Destination",  "Path inside the container."),
        text("driver",         "/mount/Driver",       "Driver of the volume; NULL for other kinds."),
        text("mode",           "/mount/Mode",         "Options as they were asked for, such as ro or z."),
        flag("rw",             "/mount/RW",           "True if the container may write to it."),
        text("propagation",    "/mount/Propagation",  "Whether mounts made below it are seen on the other side: private, rprivate, shared, rshared, slave, rslave or empty."),
    ],
};

fn list_mounts<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    each_container(docker, query, Reach::Any, mounts)
}

fn mounts<'a>(
    docker: &'a Docker,
    container: &'a Container,
) -> BoxFuture<'a, Result<Vec<Bytes>, Error>> {
    #[derive(Deserialize)]
    struct Inspect<'a> {
        #[serde(rename = "Mounts", borrow)]
        mounts: Option<Vec<&'a RawValue>>,
    }
    async move {
        let reply = container.inspect(docker).await?;
        let inspect: Inspect =
            serde_json::from_slice(&reply).map_err(|error| unreadable(container, &error))?;
        let mounts = inspect.mounts.unwrap_or_default();
        Ok(mounts.into_iter().map(|mount| container.document(&[("mount", mount.get())])).collect())
    }
    .boxed()
}

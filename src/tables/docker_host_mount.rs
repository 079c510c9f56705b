//! `docker_host_mount`: what is mounted on the engine's host.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::support::{HostRow, fetch, host_documents, rows};
use crate::docker::Docker;
use crate::host::{Host, Mount};
use crate::sdk::{Error, List, Query, Rows, Table, flag, text};

/// The kernel's mount table, and `DockerRootDir` of `GET /info`.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_host_mount",
    description: "Mounts of the engine's host, with the data root's told apart.",
    list: List { name: "listHostMount", call: list_mounts },
    get: None,
    columns: &[
        text("target",          "/target",          "Where it is mounted."),
        text("source",          "/source",          "The device, or what stands for one."),
        text("fstype",          "/fstype",          "Type of the file system."),
        text("options",         "/options",         "Mount options, separated by commas."),
        flag("is_data_root",    "/is_data_root",    "True if the engine's data root is mounted here, and nothing else is kept with it; with remapped users, if the folder around it is."),
        flag("holds_data_root", "/holds_data_root", "True if the data root lies on this mount."),
        text("data_root",       "/data_root",       "The engine's data root, links followed."),
        text("host",            "/host",            "Name of the host."),
        flag("readable",        "/readable",        "False if the mounts cannot be seen; error says why."),
        text("error",           "/error",           "Why the mounts cannot be seen; NULL if they can."),
    ],
};

fn list_mounts<'a>(docker: &'a Docker, _: &'a Query) -> Rows<'a> {
    rows(async move {
        let root = match docker.host().await? {
            Ok(_) => data_root(docker).await?,
            Err(_) => None,
        };
        host_documents(docker, move |host| mounts(host, root)).await
    })
}

async fn data_root(docker: &Docker) -> Result<Option<String>, Error> {
    #[derive(Deserialize)]
    struct Info {
        #[serde(rename = "DockerRootDir")]
        root: Option<String>,
    }
    let reply = fetch(docker, &["info"], &[]).await?;
    let info: Info = serde_json::from_slice(&reply)
        .map_err(|error| Error::new(format!("cannot read the engine's data root: {error}")))?;
    Ok(info.root.filter(|root| !root.is_empty()))
}

fn mounts(host: &Host, root: Option<String>) -> Vec<HostRow> {
    let root = root.map(|root| followed(host, root));
    HostRow::each(host.mounts().map(|mounts| rows_of(mounts, root.as_deref())), |row| row)
}

/// A data root that is a link lies where it leads.
fn followed(host: &Host, root: String) -> String {
    let target = host.file(&root).ok().flatten().and_then(|file| file.target);
    target.unwrap_or(root)
}

fn rows_of(mounts: Vec<Mount>, root: Option<&str>) -> Vec<Value> {
    let holder = root.and_then(|root| holder(&mounts, root)).map(str::to_owned);
    let row = |mount: Mount| {
        json!({
            "is_data_root": root.map(|root| is_data_root(&mount.target, root)),
            "holds_data_root": root.map(|_| holder.as_ref() == Some(&mount.target)),
            "data_root": root,
            "target": mount.target,
            "source": mount.source,
            "fstype": mount.fstype,
            "options": mount.options,
        })
    };
    mounts.into_iter().map(row).collect()
}

/// The mount that is nearest above a path.
fn holder<'a>(mounts: &'a [Mount], path: &str) -> Option<&'a str> {
    let above = mounts.iter().filter(|mount| Path::new(path).starts_with(&mount.target));
    above.map(|mount| mount.target.as_str()).max_by_key(|target| target.len())
}

/// With remapped users the data root is a folder `uid.gid` in the one that was set.
fn is_data_root(target: &str, root: &str) -> bool {
    let (target, root) = (Path::new(target), Path::new(root));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_remapped = root
        .file_name()
        .and_then(|name| name.to_str()?.split_once('.'))
        .is_some_and(|(uid, gid)| is_number(uid) && is_number(gid));
    target == root || (is_remapped && Some(target) == root.parent())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(target: &str) -> Mount {
        Mount {
            target: target.to_owned(),
            source: "/dev/sda".to_owned(),
            fstype: "ext4".to_owned(),
            options: "rw".to_owned(),
        }
    }

    #[test]
    fn the_data_roots_own_mount_is_told_from_the_one_that_holds_it() {
        let targets = ["/", "/var", "/var/lib/docker", "/var/lib/docker/overlay2/x/merged"];
        for (root, own, holder) in [
            (Some("/var/lib/docker"), Some("/var/lib/docker"), Some("/var/lib/docker")),
            (Some("/var/lib/docker/"), Some("/var/lib/docker"), Some("/var/lib/docker")),
            (
                Some("/var/lib/docker/231072.231072"),
                Some("/var/lib/docker"),
                Some("/var/lib/docker"),
            ),
            (Some("/var/lib/docker/231072.x"), None, Some("/var/lib/docker")),
            (Some("/var/lib/dockerx"), None, Some("/var")),
            (Some("/srv/docker"), None, Some("/")),
            (None, None, None),
        ] {
            let rows = rows_of(targets.map(mount).to_vec(), root);
            let of = |name: &str| {
                let row = rows.iter().find(|row| row[name] == true)?;
                row["target"].as_str()
            };
            assert_eq!((of("is_data_root"), of("holds_data_root")), (own, holder), "{root:?}");
            assert_eq!(rows.iter().all(|row| row["is_data_root"].is_null()), root.is_none());
        }
    }
}

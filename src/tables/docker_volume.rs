//! `docker_volume`: the volumes of one engine.

use std::collections::HashMap;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::support::usage::{VOLUME, disk_usage, records};
use super::support::{exact_name, fetch, filters, inspected, rows, unless_unknown, with_member};
use crate::docker::Docker;
use crate::sdk::{Error, Hydrate, List, Query, Reply, Rows, Table, int, json, text, time};

/// `GET /volumes`; what is used of each is only in `GET /system/df`, what its driver says in `GET /volumes/{name}`.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_volume",
    description: "Volumes of the Docker engine.",
    list: List { name: "listVolume", call: list_volumes },
    get: None, // an inspect does not tell what is used
    columns: &[
        text("name",           "/Name",               "Name of the volume; 64 hexadecimal digits if nobody gave it one.").filter("name", exact_name),
        text("driver",         "/Driver",             "Driver that made the volume, such as local."),
        time("created",        "/CreatedAt",          "When the volume was created."),
        json("labels",         "/Labels",             "Labels of the volume."),
        text("mountpoint",     "/Mountpoint",         "Path of its files on the host; empty while a driver other than local does not have it mounted."),
        json("options",        "/Options",            "Options for the driver, such as type, device and o."),
        text("scope",          "/Scope",              "How far the volume reaches: local for one engine, global for the cluster."),
        json("status",         "/Status",             "What the driver says of it, if it says anything; takes one more call a volume.").from(&INSPECT),
        json("usage_data",     "/UsageData",          "Its size and the number of containers that have it, of drivers whose data the engine can see; asking makes the engine walk the disk."),
        // beyond the Go plugin
        int ("usage_size",     "/UsageData/Size",     "Bytes of its files; asking makes the engine walk the disk.").map(unless_unknown),
        int ("ref_count",      "/UsageData/RefCount", "Number of containers that have it, running or not; asking makes the engine walk the disk.").map(unless_unknown),
        json("cluster_volume", "/ClusterVolume",      "What a swarm knows of a volume of the cluster; NULL for others."),
    ],
};

static INSPECT: Hydrate<Docker> =
    Hydrate { name: "getVolumeInspect", key: "/Name", call: inspect_volume };

fn list_volumes<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    rows(async move {
        let filters = filters(docker, query).await?;
        let options: Vec<_> = filters.iter().map(|filters| ("filters", &**filters)).collect();
        let reply = fetch(docker, &["volumes"], &options).await?;
        let volumes = volumes(&reply)?;
        if query.wants(&["usage_data", "usage_size", "ref_count"]) && !volumes.is_empty() {
            with_usage(volumes, &disk_usage(docker, &[VOLUME], true).await?)
        } else {
            Ok(volumes)
        }
    })
}

fn inspect_volume<'a>(docker: &'a Docker, name: &'a str) -> Reply<'a> {
    Box::pin(async move { inspected(docker, &["volumes", name], name).await })
}

/// A list that its engine calls incomplete is an error.
fn volumes(reply: &Bytes) -> Result<Vec<Bytes>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Volumes<'a> {
        #[serde(borrow)]
        volumes: Option<Vec<&'a RawValue>>,
        warnings: Option<Vec<String>>,
    }
    if reply.trim_ascii() == b"null" {
        return Err(Error::new("the engine's reply to /volumes is null"));
    }
    let found: Volumes = serde_json::from_slice(reply).map_err(|error| {
        Error::new(format!("the engine's reply to /volumes has no volumes: {error}"))
    })?;
    let warnings = found.warnings.unwrap_or_default();
    if !warnings.is_empty() {
        return Err(Error::new(format!(
            "the engine cannot list all volumes: {}",
            warnings.join("; ")
        ))
        .hint("repair or disable the volume plugin that it names: `docker plugin ls`"));
    }
    let slice = |volume: &RawValue| reply.slice_ref(volume.get().as_bytes());
    Ok(found.volumes.unwrap_or_default().into_iter().map(slice).collect())
}

/// The volumes, each with its `UsageData` from the reply about the disk, which knows only volumes whose files it sees.
fn with_usage(volumes: Vec<Bytes>, df: &Bytes) -> Result<Vec<Bytes>, Error> {
    #[derive(Deserialize)]
    struct Volume<'a> {
        #[serde(rename = "Name")]
        name: String,
        #[serde(rename = "UsageData", borrow)]
        usage: Option<&'a RawValue>,
    }
    let unreadable = |error| Error::new(format!("cannot read a volume of the list: {error}"));
    let records = records(df, VOLUME)?;
    let mut usages = HashMap::new();
    for record in &records {
        let volume: Volume = serde_json::from_slice(record).map_err(unreadable)?;
        usages.extend(volume.usage.map(|usage| (volume.name, usage)));
    }
    volumes
        .into_iter()
        .map(|volume| {
            let Volume { name, usage } = serde_json::from_slice(&volume).map_err(unreadable)?;
            match usages.get(&name) {
                Some(found) if usage.is_none() => with_member(&volume, "UsageData", found.get()),
                _ => Ok(volume),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(json: &'static str) -> Bytes {
        Bytes::from_static(json.as_bytes())
    }

    #[test]
    fn a_list_of_volumes_is_complete_or_an_error() {
        let found = |reply| volumes(&bytes(reply));
        assert_eq!(found(r#"{"Volumes":[{"Name":"a"}],"Warnings":null}"#).unwrap().len(), 1);
        assert!(found(r#"{"Volumes":null,"Warnings":[]}"#).unwrap().is_empty());
        let error = found(r#"{"Volumes":[],"Warnings":["driver x is gone"]}"#).unwrap_err();
        assert!(error.to_string().contains("driver x is gone"), "{error}");
        for odd in ["[]", "null", r#"{"Volumes":7}"#] {
            assert!(found(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn usage_is_joined_by_name() {
        let df = bytes(r#"{"Volumes":[{"Name":"b","UsageData":{"Size":1,"RefCount":2}}]}"#);
        let volumes = vec![bytes(r#"{"Name":"a"}"#), bytes(r#"{"Name":"b"}"#)];
        assert_eq!(
            with_usage(volumes, &df).unwrap(),
            [
                bytes(r#"{"Name":"a"}"#),
                bytes(r#"{"Name":"b","UsageData":{"Size":1,"RefCount":2}}"#)
            ]
        );
        assert!(with_usage(Vec::new(), &bytes("{}")).is_err());
    }
}

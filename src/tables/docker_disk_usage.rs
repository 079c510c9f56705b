//! `docker_disk_usage`: what the engine's things take of the disk, one row a kind of thing.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::support::rows;
use super::support::usage::{
    BUILD_CACHE, CONTAINER, IMAGE, Kind, Usage, VOLUME, disk_usage, usage,
};
use crate::docker::Docker;
use crate::sdk::{Error, List, Query, Rows, Table, int, text};

/// The sums of `GET /system/df`; those that an engine before API 1.52 leaves to its clients are made here.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_disk_usage",
    description: "Space that images, containers, volumes and the build cache take on the disk of the Docker engine; four rows.",
    list: List { name: "listDiskUsage", call: list_usage },
    get: None,
    columns: &[
        text("type",         "/type",         "Kind of things: image, container, volume or build-cache.").key(),
        int ("total_count",  "/total_count",  "Number of them; NULL if the engine does not tell of such things."),
        int ("active_count", "/active_count", "Number of them in use: images and volumes that a container has, and containers that run, are paused or restart."),
        int ("size",         "/size",         "Bytes they take together, layers that images share counted once; NULL if the engine does not tell."),
        int ("reclaimable",  "/reclaimable",  "Bytes that those not in use take for themselves; what is of unknown size is left out."),
    ],
};

const KINDS: [Kind; 4] = [IMAGE, CONTAINER, VOLUME, BUILD_CACHE];

fn list_usage<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    rows(async move {
        let wanted = query.keys("type");
        let is_wanted =
            |kind: &Kind| wanted.as_ref().is_none_or(|names| names.contains(&kind.name));
        let kinds: Vec<Kind> = KINDS.into_iter().filter(is_wanted).collect();
        let asked = match kinds.len() {
            0 => return Ok(Vec::new()),
            4 => &[],
            _ => kinds.as_slice(),
        };
        documents(&disk_usage(docker, asked, false).await?, &kinds)
    })
}

fn documents(reply: &Bytes, kinds: &[Kind]) -> Result<Vec<Bytes>, Error> {
    let usage = usage(reply)?;
    let document = |kind: &Kind| {
        let sums = sums(&usage, *kind).map_err(|error| {
            let what = format!("cannot read the reply to /system/df about {}s", kind.name);
            Error::new(format!("{what}: {error}"))
        })?;
        let document = sums.map_or_else(
            || json!({"type": kind.name}),
            |sums| {
                json!({
                    "type": kind.name,
                    "total_count": sums.total_count,
                    "active_count": sums.active_count,
                    "size": sums.total_size,
                    "reclaimable": sums.reclaimable,
                })
            },
        );
        Ok(document.to_string().into())
    };
    kinds.iter().map(document).collect()
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Sums {
    total_count: i64,
    active_count: i64,
    /// Unknown if the engine does not say what its images take together.
    total_size: Option<i64>,
    reclaimable: i64,
}

/// What the engine says itself, else the sums of its list; nothing if it does not tell of this kind.
fn sums(usage: &Usage, kind: Kind) -> Result<Option<Sums>, serde_json::Error> {
    /// What is 0 is left out.
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    #[derive(Default)]
    struct Own {
        total_count: i64,
        active_count: i64,
        total_size: i64,
        reclaimable: i64,
    }
    if let Some(raw) = usage.get(kind.sums) {
        let own: Option<Own> = serde_json::from_str(raw.get())?;
        return Ok(own.map(|own| Sums {
            total_count: own.total_count,
            active_count: own.active_count,
            total_size: Some(own.total_size),
            reclaimable: own.reclaimable,
        }));
    }
    let Some(list) = usage.get(kind.list) else { return Ok(None) };
    let sums = match kind {
        IMAGE => {
            let layers = usage.get("LayersSize").map(|raw| serde_json::from_str(raw.get()));
            of_images(&listed(list.get())?, layers.transpose()?)
        }
        CONTAINER => of_containers(&listed(list.get())?),
        VOLUME => of_volumes(&listed(list.get())?),
        _ => of_build_cache(&listed(list.get())?),
    };
    Ok(Some(sums))
}

/// A list, for which Go also writes null.
fn listed<'a, T: Deserialize<'a>>(json: &'a str) -> Result<Vec<T>, serde_json::Error> {
    Ok(serde_json::from_str::<Option<Vec<T>>>(json)?.unwrap_or_default())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    id: String,
    containers: i64,
    size: i64,
    shared_size: i64,
}

/// As engines from 29 on: an unused image gives back what it shares with no other. Podman lists an image once a tag,
/// and does not say what all take together.
fn of_images(images: &[Image], layers_size: Option<i64>) -> Sums {
    let mut seen = BTreeSet::new();
    let mut sums = Sums::default();
    for image in images.iter().filter(|image| seen.insert(image.id.as_str())) {
        sums.total_count += 1;
        sums.active_count += i64::from(image.containers > 0);
        if image.containers == 0 && image.size >= 0 && image.shared_size >= 0 {
            sums.reclaimable += image.size - image.shared_size;
        }
    }
    let is_empty = images.iter().all(|image| image.size == 0);
    sums.total_size = layers_size.filter(|size| *size > 0).or(is_empty.then_some(0));
    sums
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Container {
    state: String,
    /// Left out if it is 0.
    #[serde(default)]
    size_rw: i64,
}

fn of_containers(containers: &[Container]) -> Sums {
    let is_active = |container: &&Container| {
        matches!(container.state.as_str(), "running" | "paused" | "restarting")
    };
    let active = containers.iter().filter(is_active);
    let total = containers.iter().map(|container| container.size_rw).sum();
    Sums {
        total_count: count(containers.len()),
        active_count: count(active.clone().count()),
        total_size: Some(total),
        reclaimable: total - active.map(|container| container.size_rw).sum::<i64>(),
    }
}

#[derive(Deserialize)]
struct Volume {
    #[serde(rename = "UsageData")]
    usage: Option<VolumeUsage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VolumeUsage {
    size: i64,
    ref_count: i64,
}

fn of_volumes(volumes: &[Volume]) -> Sums {
    let used = volumes.iter().filter_map(|volume| volume.usage.as_ref());
    let sized = used.clone().filter(|usage| usage.size > 0);
    Sums {
        total_count: count(volumes.len()),
        active_count: count(used.filter(|usage| usage.ref_count > 0).count()),
        total_size: Some(sized.clone().map(|usage| usage.size).sum()),
        reclaimable: sized.filter(|usage| usage.ref_count == 0).map(|usage| usage.size).sum(),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Cache {
    in_use: bool,
    shared: bool,
    size: i64,
}

/// What is shared with images counts as theirs.
fn of_build_cache(records: &[Cache]) -> Sums {
    let own = records.iter().filter(|record| !record.shared);
    Sums {
        total_count: count(records.len()),
        active_count: count(records.iter().filter(|record| record.in_use).count()),
        total_size: Some(own.clone().map(|record| record.size).sum()),
        reclaimable: own.filter(|record| !record.in_use).map(|record| record.size).sum(),
    }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Total, active, size and reclaimable of one kind.
    fn found(kind: Kind, reply: &str) -> Option<(i64, i64, Option<i64>, i64)> {
        let usage: Usage = serde_json::from_str(reply).unwrap();
        let sums = sums(&usage, kind).unwrap()?;
        Some((sums.total_count, sums.active_count, sums.total_size, sums.reclaimable))
    }

    #[test]
    fn lists_are_summed_as_docker_does() {
        let images = r#"{"LayersSize":100,"Images":[
            {"Id":"a","Containers":2,"Size":60,"SharedSize":50},{"Id":"b","Containers":0,"Size":70,"SharedSize":50},
            {"Id":"c","Containers":-1,"Size":55,"SharedSize":50},{"Id":"d","Containers":0,"Size":-1,"SharedSize":-1}]}"#;
        let containers = r#"{"Containers":[{"State":"running","SizeRw":5},{"State":"exited","SizeRw":7},
            {"State":"paused"},{"State":"restarting"},{"State":"created"}]}"#;
        let volumes = r#"{"Volumes":[{"UsageData":{"Size":9,"RefCount":1}},{"UsageData":{"Size":4,"RefCount":0}},
            {"UsageData":{"Size":-1,"RefCount":0}},{"UsageData":{"Size":2,"RefCount":-1}},{}]}"#;
        let cache = r#"{"BuildCache":[{"InUse":true,"Shared":false,"Size":3},{"InUse":false,"Shared":false,"Size":4},
            {"InUse":false,"Shared":true,"Size":50}]}"#;
        for (kind, reply, expected) in [
            (IMAGE, images, (4, 1, Some(100), 20)),
            (CONTAINER, containers, (5, 3, Some(12), 7)),
            (VOLUME, volumes, (5, 1, Some(15), 4)),
            (BUILD_CACHE, cache, (3, 1, Some(7), 4)),
            (BUILD_CACHE, r#"{"BuildCache":null}"#, (0, 0, Some(0), 0)),
            (IMAGE, r#"{"LayersSize":0,"Images":[]}"#, (0, 0, Some(0), 0)),
        ] {
            assert_eq!(found(kind, reply), Some(expected), "{}", kind.name);
        }
    }

    #[test]
    fn podman_lists_an_image_once_a_tag_and_does_not_tell_the_size_of_all() {
        let image = r#"{"Id":"a","Containers":0,"Size":60,"SharedSize":0}"#;
        let reply = format!(r#"{{"LayersSize":0,"Images":[{image},{image}]}}"#);
        assert_eq!(found(IMAGE, &reply), Some((1, 0, None, 60)));
    }

    #[test]
    fn sums_of_the_engine_go_before_lists_and_what_is_not_told_is_unknown() {
        let reply = r#"{"VolumeUsage":{"TotalCount":2,"TotalSize":9},"Volumes":[],"ImageUsage":{},"ContainerUsage":null}"#;
        assert_eq!(found(VOLUME, reply), Some((2, 0, Some(9), 0)));
        assert_eq!(found(IMAGE, reply), Some((0, 0, Some(0), 0)));
        assert_eq!(found(CONTAINER, reply), None);
        assert_eq!(found(BUILD_CACHE, reply), None);
        let documents = documents(&Bytes::from_static(b"{}"), &[VOLUME]).unwrap();
        assert_eq!(documents, [Bytes::from_static(br#"{"type":"volume"}"#)]);
        let error = super::documents(&Bytes::from_static(br#"{"Images":[{}]}"#), &[IMAGE]);
        assert!(error.unwrap_err().to_string().contains("about images"));
    }
}

//! What the engine says of its disk: `GET /system/df`, in the shapes of its API's versions. It makes the engine walk
//! the disk, so it is asked for no more than a query reads.
//! It must not know any table.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::value::RawValue;

use super::fetch;
use crate::docker::{ApiVersion, Docker};
use crate::sdk::{Error, elements};

/// The first version that can be asked about some kinds of things only.
const TYPES_SINCE: ApiVersion = ApiVersion::new(1, 42);
/// The first version that tells sums, and the things themselves only if it is asked to.
const SUMS_SINCE: ApiVersion = ApiVersion::new(1, 52);

/// Kinds of things on the disk: the API's word, and where a reply has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tables) struct Kind {
    /// The API's word for it.
    pub(in crate::tables) name: &'static str,
    /// The list of such things, up to API 1.51.
    pub(in crate::tables) list: &'static str,
    /// The sums, and perhaps the list, from API 1.52 on.
    pub(in crate::tables) sums: &'static str,
}

pub(in crate::tables) const IMAGE: Kind =
    Kind { name: "image", list: "Images", sums: "ImageUsage" };
pub(in crate::tables) const CONTAINER: Kind =
    Kind { name: "container", list: "Containers", sums: "ContainerUsage" };
pub(in crate::tables) const VOLUME: Kind =
    Kind { name: "volume", list: "Volumes", sums: "VolumeUsage" };
pub(in crate::tables) const BUILD_CACHE: Kind =
    Kind { name: "build-cache", list: "BuildCache", sums: "BuildCacheUsage" };

/// A reply by its fields.
pub(in crate::tables) type Usage<'a> = BTreeMap<String, &'a RawValue>;

/// What the engine says of these kinds, or of more; no kinds are all. `records`: the things themselves are wanted.
pub(in crate::tables) async fn disk_usage(
    docker: &Docker,
    kinds: &[Kind],
    records: bool,
) -> Result<Bytes, Error> {
    let version = docker.engine().await?.api_version;
    let mut options = Vec::new();
    if version >= TYPES_SINCE {
        options.extend(kinds.iter().map(|kind| ("type", kind.name)));
    }
    if records && version >= SUMS_SINCE {
        options.push(("verbose", "true"));
    }
    fetch(docker, &["system", "df"], &options).await
}

/// The fields of a reply.
pub(in crate::tables) fn usage(body: &Bytes) -> Result<Usage<'_>, Error> {
    serde_json::from_slice(body).map_err(|error| unreadable(&error))
}

/// The things of one kind, in whichever shape; an error if the reply does not tell them.
pub(in crate::tables) fn records(body: &Bytes, kind: Kind) -> Result<Vec<Bytes>, Error> {
    let usage = usage(body)?;
    let list = |raw: &RawValue| {
        elements(&body.slice_ref(raw.get().as_bytes())).map_err(|error| unreadable(&error))
    };
    if let Some(raw) = usage.get(kind.list) {
        return list(raw);
    }
    if let Some(sums) = usage.get(kind.sums) {
        let sums: Usage = serde_json::from_str(sums.get()).map_err(|error| unreadable(&error))?;
        // Go leaves out what is empty or 0
        match (sums.get("Items"), sums.get("TotalCount").map(|count| count.get())) {
            (Some(raw), _) => return list(raw),
            (None, None | Some("0")) => return Ok(Vec::new()),
            (None, Some(_)) => {}
        }
    }
    Err(Error::new(format!("the engine's reply to /system/df does not tell its {}s", kind.name))
        .hint("it may be an engine without them"))
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error::new(format!("cannot read the engine's reply to /system/df: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_found_in_old_and_new_shapes() {
        let found = |body: &'static str| {
            records(&Bytes::from_static(body.as_bytes()), VOLUME).map(|found| found.len()).ok()
        };
        for (body, count) in [
            (r#"{"LayersSize":1,"Volumes":[{"Name":"a"},{"Name":"b"}]}"#, Some(2)),
            (r#"{"Volumes":null}"#, Some(0)),
            (r#"{"VolumeUsage":{"TotalCount":1,"Items":[{"Name":"a"}]}}"#, Some(1)),
            (r#"{"VolumeUsage":{}}"#, Some(0)),
            (r#"{"Volumes":[{"Name":"a"}],"VolumeUsage":{"TotalCount":1}}"#, Some(1)),
            (r#"{"VolumeUsage":{"TotalCount":1}}"#, None),
            (r#"{"Images":[]}"#, None),
            (r#"{"Volumes":7}"#, None),
            ("[]", None),
        ] {
            assert_eq!(found(body), count, "{body}");
        }
    }
}

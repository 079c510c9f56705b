//! `docker_build_cache`: what builds left behind to be faster the next time.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::support::rows;
use super::support::usage::{BUILD_CACHE, disk_usage, records};
use crate::docker::Docker;
use crate::sdk::{List, Query, Rows, Table, flag, int, json, text, time};

/// `BuildCache` of `GET /system/df`.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_build_cache",
    description: "Records of the build cache of the Docker engine; asking makes the engine walk the disk.",
    list: List { name: "listBuildCache", call: list_records },
    get: None,
    columns: &[
        text("id",          "/ID",          "ID of the record.").key(),
        text("type",        "/Type",        "Kind of record: internal, frontend, source.local, source.git.checkout, exec.cachemount or regular.").key(),
        text("description", "/Description", "The step of a build that made it."),
        flag("in_use",      "/InUse",       "True if a build uses it now."),
        flag("shared",      "/Shared",      "True if an image has the same layer, so that removing the record gives nothing back."),
        int ("size",        "/Size",        "Bytes it takes."),
        time("created",     "/CreatedAt",   "When it was made."),
        time("last_used",   "/LastUsedAt",  "When a build last used it; NULL if none did."),
        int ("usage_count", "/UsageCount",  "How often builds used it."),
        json("parents",     "",             "IDs of the records it was made from.").map(parents),
    ],
};

fn list_records<'a>(docker: &'a Docker, _: &'a Query) -> Rows<'a> {
    rows(async move { records(&disk_usage(docker, &[BUILD_CACHE], true).await?, BUILD_CACHE) })
}

/// One ID or none up to API 1.41, then a list, whose name engines write with a space before it.
fn parents(record: &RawValue) -> Result<Option<String>, String> {
    #[derive(Deserialize)]
    struct Record {
        #[serde(rename = "Parent")]
        parent: Option<String>,
        #[serde(rename = " Parents", alias = "Parents")]
        parents: Option<Vec<String>>,
    }
    let Record { parent, parents } =
        serde_json::from_str(record.get()).map_err(|error| error.to_string())?;
    let parent = || parent.into_iter().filter(|parent| !parent.is_empty()).collect();
    Ok(Some(serde_json::Value::from(parents.unwrap_or_else(parent)).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_are_a_list_in_every_version() {
        for (record, expected) in [
            (r#"{"Parent":"a"}"#, r#"["a"]"#),
            (r#"{"Parent":""}"#, "[]"),
            (r#"{" Parents":["a","b"]}"#, r#"["a","b"]"#),
            (r#"{"Parents":["a"]}"#, r#"["a"]"#),
            (r#"{"Parents":null}"#, "[]"),
            ("{}", "[]"),
        ] {
            let found = parents(serde_json::from_str(record).unwrap());
            assert_eq!(found, Ok(Some(expected.to_owned())), "{record}");
        }
        assert!(parents(serde_json::from_str(r#"{"Parents":7}"#).unwrap()).is_err());
    }
}

//! `docker_image_layer`: the layers that images are made of.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::support::each_image;
use crate::docker::Docker;
use crate::sdk::{List, Query, Rows, Table, int, json, text};

/// `RootFS.Layers` of `GET /images/{id}/json`.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_image_layer",
    description: "Layers of the images of the Docker engine, one row a layer of an image.",
    list: List { name: "listImageLayer", call: list_layers },
    get: None,
    columns: &[
        text("image_id",  "/image/Id",       "ID of the image.").key(),
        json("repo_tags", "/image/RepoTags", "Names with tags that refer to the image."),
        int ("position",  "/position",       "Place of the layer, from 1 for the lowest."),
        text("diff_id",   "/part",           "Digest of the layer's files, as a tar archive without compression; the same in every image that has the layer."),
    ],
};

fn list_layers<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    each_image(docker, query, "json", layers)
}

fn layers(reply: &Bytes) -> Result<Vec<String>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Inspect<'a> {
        #[serde(rename = "RootFS", borrow)]
        root_fs: RootFs<'a>,
    }
    #[derive(Deserialize)]
    struct RootFs<'a> {
        #[serde(rename = "Layers", borrow)]
        layers: Option<Vec<&'a RawValue>>, // left out if there are none
    }
    let inspect: Inspect = serde_json::from_slice(reply)?;
    let layers = inspect.root_fs.layers.unwrap_or_default();
    Ok(layers.into_iter().map(|layer| layer.get().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_read_or_refused() {
        let found = |reply: &'static str| layers(&Bytes::from_static(reply.as_bytes())).ok();
        assert_eq!(
            found(r#"{"RootFS":{"Type":"layers","Layers":["sha256:a","sha256:b"]}}"#),
            Some(vec!["\"sha256:a\"".to_owned(), "\"sha256:b\"".to_owned()])
        );
        assert_eq!(found(r#"{"RootFS":{"Type":"layers"}}"#), Some(Vec::new()));
        assert_eq!(found("{}"), None);
    }
}

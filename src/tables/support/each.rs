//! Tables with several rows a thing: one call for each thing of a list, and the things that are images.
//! It must not know what the calls return.

use bytes::Bytes;
use futures_util::{StreamExt, TryFutureExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{fetch, not_a_list};
use crate::docker::Docker;
use crate::sdk::{Error, Query, Rows, elements};

/// One call for each of these things, so many at once as the connection allows. One that is gone by the time it is
/// asked about has no rows.
pub(in crate::tables) fn each<'a, T, C>(
    docker: &'a Docker,
    things: impl Future<Output = Result<Vec<T>, Error>> + Send + 'a,
    call: impl Fn(T) -> C + Send + Clone + 'a,
) -> Rows<'a>
where
    T: Send + 'a,
    C: Future<Output = Result<Vec<Bytes>, Error>> + Send + 'a,
{
    let things = things.map_ok(|found| stream::iter(found).map(Ok)).try_flatten_stream();
    let rows = things
        .map_ok(move |thing| {
            let call = call.clone();
            async move {
                match call(thing).await {
                    Err(error) if error.is_not_found() => Ok(Vec::new()),
                    other => other,
                }
            }
        })
        .try_buffered(docker.concurrency())
        .map_ok(|documents| stream::iter(documents).map(|document| Ok(document.into())))
        .try_flatten();
    rows.boxed()
}

/// The key column of tables with several rows an image.
const IMAGE_KEY: &str = "image_id";

/// What a call about one image gives, taken apart: the JSON of each row, in the order of their positions.
pub(in crate::tables) type Parts = fn(&Bytes) -> Result<Vec<String>, serde_json::Error>;

/// The rows of `GET /images/{id}/…` for each image that the query is about: those that `image_id` names, else all that
/// `docker_image` has. A row's document is the image under `image`, its place from 1 under `position`, and its own part
/// under `part`.
pub(in crate::tables) fn each_image<'a>(
    docker: &'a Docker,
    query: &'a Query,
    call: &'static str,
    parts: Parts,
) -> Rows<'a> {
    each(docker, images(docker, query), move |image| async move {
        let reply = fetch(docker, &["images", &image.id, call], &[]).await?;
        let parts = parts(&reply).map_err(|error| {
            Error::new(format!("cannot read what the engine says of image {}: {error}", image.id))
        })?;
        let document = |(index, part): (usize, &String)| {
            let (image, position) = (&image.json, index + 1);
            Bytes::from(format!(r#"{{"image":{image},"position":{position},"part":{part}}}"#))
        };
        Ok(parts.iter().enumerate().map(document).collect())
    })
}

/// An image that a query is about.
struct Image {
    id: String,
    /// Its item of the list.
    json: String,
}

async fn images(docker: &Docker, query: &Query) -> Result<Vec<Image>, Error> {
    #[derive(Deserialize)]
    struct Item {
        #[serde(rename = "Id")]
        id: String,
    }
    let wanted = query.keys(IMAGE_KEY);
    if wanted.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let body = fetch(docker, &["images", "json"], &[]).await?;
    let not_a_list = |error| not_a_list(docker, &["images", "json"], &error);
    let mut found = Vec::new();
    for item in elements(&body).map_err(not_a_list)? {
        let unreadable = |error| Error::new(format!("cannot read an image of the list: {error}"));
        let Item { id } = serde_json::from_slice(&item).map_err(unreadable)?;
        let raw: &RawValue = serde_json::from_slice(&item).map_err(unreadable)?;
        if wanted.as_ref().is_none_or(|ids| ids.contains(&id.as_str())) {
            found.push(Image { id, json: raw.get().to_owned() });
        }
    }
    Ok(found)
}

//! The items of a scan: where they come from, before anything is taken out of them.
//! It must not know rows.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};

use super::{BROKEN, Scan};
use crate::sdk::pick::Picked;
use crate::sdk::{Connection, Error, Get, Listed, Qual};

/// How many keys of `where id in (…)` are fetched at once.
const GETS_AT_ONCE: usize = 16;

/// What the list or a get call gave.
pub(super) struct Item {
    pub(super) document: Document,
    /// How long the call had to wait.
    pub(super) delay: Duration,
}

/// Where the values of an item are found.
pub(super) enum Document {
    Own(Bytes),
    /// The object of this number in a list.
    InList(Arc<Picked>, usize),
}

impl<C: Connection> Scan<C> {
    /// The items: of the get calls, if the conditions name keys, else of the list call.
    pub(super) fn items<'s>(&'s self, connection: &'s C) -> BoxStream<'s, Result<Item, Error>> {
        let Some((get, keys)) = &self.get else {
            let list = async move {
                let delay = self.limits.fetch().await;
                let listed = (self.table.list.call)(connection, &self.query);
                listed.map(move |listed| self.documents(listed?)).map(move |documents| {
                    let documents = match documents {
                        Ok(documents) => documents,
                        Err(error) => return stream::iter([Err(error)]).left_stream(),
                    };
                    let items = documents.map(move |document| Ok(Item { document, delay }));
                    stream::iter(items).right_stream()
                })
            };
            return list.flatten_stream().flatten().boxed();
        };
        let replies = stream::iter(keys).map(move |key| async move {
            let delay = self.limits.fetch().await;
            let document = Document::Own((get.call)(connection, key).await?);
            Ok(Item { document, delay })
        });
        let found = replies.buffered(GETS_AT_ONCE).filter_map(|reply: Result<_, Error>| async {
            match reply {
                Err(error) if error.is_not_found() => None,
                other => Some(other),
            }
        });
        found.boxed()
    }

    /// The items of what a list call gave; a list is looked through here, once for all its items.
    fn documents(&self, listed: Listed) -> Result<impl Iterator<Item = Document> + use<C>, Error> {
        let (own, list) = match listed {
            Listed::Item(document) => (Some(Document::Own(document)), None),
            Listed::List { body, what } => {
                let picked = self.item.picker.pick_each(body);
                let picked = picked.map_err(|error| {
                    Error::new(format!("{what} is no list of objects: {error}")).hint(BROKEN)
                })?;
                (None, Some(Arc::new(picked)))
            }
        };
        let listed = list.into_iter().flat_map(|list| {
            (0..list.count()).map(move |number| Document::InList(Arc::clone(&list), number))
        });
        Ok(own.into_iter().chain(listed))
    }
}

/// The keys to get, if a condition names them all and the call takes each.
pub(super) fn keys<C>(get: &Get<C>, quals: &[Qual]) -> Option<Vec<String>> {
    let qual = quals.iter().find(|qual| qual.column == get.column && qual.texts().is_some())?;
    let mut keys: Vec<String> = Vec::new();
    for key in qual.texts()? {
        if !(get.takes)(key) {
            return None;
        }
        if !keys.iter().any(|known| known == key) {
            keys.push(key.to_owned());
        }
    }
    Some(keys)
}

//! What several tables share: how an engine is asked for a list or one thing, and what may go to it as a filter.
//! It must not know any table.

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use serde_json::value::RawValue;

use crate::docker::Docker;
use crate::sdk::{Connection, Error, Listed, Query, Reply, Rows};

mod compose;
mod container;
mod daemon;
mod each;
mod host;
mod swarm;
pub(in crate::tables) mod usage;
mod worker;

pub(in crate::tables) use compose::{command_line, compose_entries, digits};
pub(in crate::tables) use container::{
    Container, Reach, each_container, is_live, own_name, unreadable,
};
pub(in crate::tables) use daemon::daemon_rows;
pub(in crate::tables) use each::{each, each_image};
pub(in crate::tables) use host::{
    DEFAULT_SOCKET, HostRow, host_documents, host_rows, known, socket,
};
pub(in crate::tables) use swarm::{list_of_manager, only, public_parts, starts_with};
pub(in crate::tables) use worker::on_worker;

/// Asks for one document.
pub(in crate::tables) async fn fetch(
    docker: &Docker,
    path: &[&str],
    options: &[(&str, &str)],
) -> Result<Bytes, Error> {
    docker.get(path, options).await.map_err(Error::from)
}

/// The error of a reply to this path that is no list, or not a whole one.
pub(in crate::tables) fn not_a_list(
    docker: &Docker,
    path: &[&str],
    error: &serde_json::Error,
) -> Error {
    odd(docker, path, &format!("is no list: {error}"))
}

/// The error of a reply to this path that is not what it should be.
fn odd(docker: &Docker, path: &[&str], what: &str) -> Error {
    Error::new(format!("{} {what}", reply_to(docker, path)))
        .hint("run the query again; if it stays, check that it is an engine that answers, and that nothing between changes its replies")
}

/// What to call the reply to this path.
fn reply_to(docker: &Docker, path: &[&str]) -> String {
    let place = docker.place().map_or(String::new(), |place| format!(" of {place}"));
    format!("GET /{}: the reply{place}", path.join("/"))
}

/// A hydrate call: one document about the thing with this key.
pub(in crate::tables) fn inspect<'a>(
    docker: &'a Docker,
    collection: &'static str,
    key: &'a str,
    rest: &'static [&'static str],
) -> Reply<'a> {
    async move {
        let path: Vec<&str> = [collection, key].into_iter().chain(rest.iter().copied()).collect();
        fetch(docker, &path, &[]).await
    }
    .boxed()
}

/// The same, of a reply that names its thing: it must not name another one. Replies that come unasked on a connection
/// are noticed there, but one that comes just after the next question looks like the answer.
pub(in crate::tables) async fn inspected(
    docker: &Docker,
    path: &[&str],
    key: &str,
) -> Result<Bytes, Error> {
    let reply = fetch(docker, path, &[]).await?;
    if reply.trim_ascii_start().starts_with(b"{") && may_be_about(&reply, key) {
        Ok(reply)
    } else {
        Err(odd(docker, path, "is about something else"))
    }
}

/// False if the reply has an ID, but the key is nowhere in it.
fn may_be_about(reply: &[u8], key: &str) -> bool {
    let has = |text: &[u8]| reply.windows(text.len()).any(|part| part == text);
    // others could be spelled in more than one way
    let is_plain = !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    !is_plain || has(key.as_bytes()) || !(has(b"\"Id\"") || has(b"\"Mountpoint\""))
}

/// A list call: the items of one reply, filtered by the engine as far as it can.
pub(in crate::tables) fn list<'a>(
    docker: &'a Docker,
    path: &'static [&'static str],
    options: Vec<(&'static str, &'static str)>,
    query: &'a Query,
) -> Rows<'a> {
    let list = async move {
        let filters = filters(docker, query).await?;
        let filters = filters.iter().map(|filters| ("filters", filters.as_str()));
        let options: Vec<_> = options.into_iter().chain(filters).collect();
        let body = fetch(docker, path, &options).await?;
        Ok(Listed::List { body, what: reply_to(docker, path) })
    };
    list.into_stream().boxed()
}

pub(in crate::tables) fn rows<'a>(
    items: impl Future<Output = Result<Vec<Bytes>, Error>> + Send + 'a,
) -> Rows<'a> {
    let items = items.map(|items| match items {
        Ok(items) => stream::iter(items).map(|item| Ok(item.into())).left_stream(),
        Err(error) => stream::iter([Err(error)]).right_stream(),
    });
    items.flatten_stream().boxed()
}

/// A JSON object with one more member, which must not be there yet.
pub(in crate::tables) fn with_member(
    object: &[u8],
    name: &str,
    json: &str,
) -> Result<Bytes, Error> {
    let no_object = || Error::new("the engine's reply is no JSON object");
    let text = std::str::from_utf8(object).map_err(|_| no_object())?.trim();
    let open = text.strip_suffix('}').filter(|open| open.starts_with('{')).ok_or_else(no_object)?;
    let comma = if open[1..].trim().is_empty() { "" } else { "," };
    Ok(format!("{open}{comma}{}:{json}}}", serde_json::Value::from(name)).into())
}

/// Engines send -1 for a number that they did not find out.
#[expect(clippy::unnecessary_wraps, reason = "the signature of a rewrite")]
pub(in crate::tables) fn unless_unknown(number: &RawValue) -> Result<Option<String>, String> {
    Ok((number.get() != "-1").then(|| number.get().to_owned()))
}

/// Seconds since 1970, but for the zero time of Go, which stands for a moment that nobody wrote down.
#[expect(clippy::unnecessary_wraps, reason = "the signature of a rewrite")]
pub(in crate::tables) fn unless_zero_time(seconds: &RawValue) -> Result<Option<String>, String> {
    Ok((seconds.get() != "-62135596800").then(|| seconds.get().to_owned()))
}

/// The names of variables that are given as a list of `NAME=value`.
pub(in crate::tables) fn variable_names(variables: &RawValue) -> Result<Option<String>, String> {
    let variables: Option<Vec<String>> = serde_json::from_str(variables.get())
        .map_err(|_| "expected a list of texts NAME=value".to_owned())?;
    let name = |variable: &String| variable.split('=').next().unwrap_or_default().to_owned();
    let names = variables.map(|variables| variables.iter().map(name).collect::<Vec<_>>());
    Ok(names.map(|names| serde_json::Value::from(names).to_string()))
}

/// What the engine can filter by, of what the query asks.
pub(in crate::tables) async fn filters(
    docker: &Docker,
    query: &Query,
) -> Result<Option<String>, Error> {
    filters_of(docker, query.filters()).await
}

/// Filters as Docker reads them: JSON, a list of alternatives by name. Podman's mean other things under the same names
/// and refuse states it does not know, so it is not asked to filter.
pub(in crate::tables) async fn filters_of(
    docker: &Docker,
    filters: &[(&str, Vec<String>)],
) -> Result<Option<String>, Error> {
    if filters.is_empty() || docker.engine().await?.is_podman {
        return Ok(None);
    }
    let filters: serde_json::Map<String, serde_json::Value> = filters
        .iter()
        .map(|(name, values)| ((*name).to_owned(), values.as_slice().into()))
        .collect();
    Ok(Some(serde_json::Value::Object(filters).to_string()))
}

/// A whole ID, which engines compare literally: 64 hexadecimal digits.
pub(in crate::tables) fn is_full_id(id: &str) -> bool {
    id.len() == 64 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Filter value for an ID.
pub(in crate::tables) fn full_id(id: &str) -> Option<String> {
    is_full_id(id).then(|| id.to_owned())
}

/// Filter value for a name, which engines take as a regular expression: anchored and escaped. Names that Docker does
/// not allow are left to the comparison.
pub(in crate::tables) fn exact_name(name: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let ok =
        name.starts_with(|first: char| first.is_ascii_alphanumeric()) && name.bytes().all(allowed);
    ok.then(|| format!("^/?{}$", name.replace('.', "\\.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> &RawValue {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_member_is_added_to_an_object_and_to_nothing_else() {
        let with = |object: &str| with_member(object.as_bytes(), "b", "[2]").ok();
        assert_eq!(with(r#"{"a":1}"#).unwrap(), r#"{"a":1,"b":[2]}"#);
        assert_eq!(with("{ }\n").unwrap(), r#"{ "b":[2]}"#);
        for odd in ["[1]", "null", "{", "}", ""] {
            assert_eq!(with(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_reply_that_has_another_id_is_about_something_else() {
        for (reply, key, may_be) in [
            (r#"{"Id":"a1"}"#, "a1", true),
            (r#"{"Id":"a2"}"#, "a1", false),
            (r#"{"State":{}}"#, "a1", true),
            (r#"{"Name":"data","Mountpoint":"/x"}"#, "data", true),
            (r#"{"Name":"other","Mountpoint":"/x"}"#, "data", false),
            (r#"{"Name":"a\/b","Mountpoint":"/x"}"#, "a/b", true),
            ("{}", "", true),
        ] {
            assert_eq!(may_be_about(reply.as_bytes(), key), may_be, "{reply} {key}");
        }
    }

    #[test]
    fn what_stands_for_unknown_is_null() {
        assert_eq!(unless_unknown(raw("-1")), Ok(None));
        assert_eq!(unless_unknown(raw("0")), Ok(Some("0".to_owned())));
        assert_eq!(unless_zero_time(raw("-62135596800")), Ok(None));
        assert_eq!(unless_zero_time(raw("5")), Ok(Some("5".to_owned())));
    }

    #[test]
    fn values_of_variables_are_left_out() {
        let names = |json: &str| variable_names(raw(json));
        assert_eq!(names(r#"["A=b=c","TOKEN="]"#), Ok(Some(r#"["A","TOKEN"]"#.to_owned())));
        assert_eq!(names("null"), Ok(None));
        assert!(names("7").is_err());
    }

    #[test]
    fn only_whole_ids_and_plain_names_go_to_the_engine() {
        assert_eq!(full_id(&"a1".repeat(32)), Some("a1".repeat(32)));
        assert_eq!(full_id("a1"), None);
        assert_eq!(full_id(&"A1".repeat(32)), None);
        assert_eq!(exact_name("web-1.x"), Some("^/?web-1\\.x$".to_owned()));
        for odd in ["", "/web", "a b", "ž", "-x", "a*"] {
            assert_eq!(exact_name(odd), None, "{odd}");
        }
    }
}

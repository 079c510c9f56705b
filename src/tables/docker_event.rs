//! `docker_event`: what happened on one engine in a time.

use jiff::Timestamp as Instant;
use serde_json::value::RawValue;

use super::support::{fetch, filters, not_a_list, rows};
use crate::docker::Docker;
use crate::sdk::{List, Query, Rows, Table, Timestamp, elements, json, text, time};

/// `GET /events`, which ends because it is never asked for more than there was until now.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_event",
    description: "Events of the Docker engine in a time that the query names.",
    list: List { name: "listEvent", call: list_events },
    get: None,
    columns: &[
        time("time",       "/timeNano",                   "When it happened; a query must bound it.").map(of_nanoseconds).range().required(),
        text("type",       "/Type",                       "Kind of thing it happened to, such as container, image, network, volume or daemon.").filter("type", any_text),
        text("action",     "/Action",                     "What happened, such as create, start, die, destroy, pull or exec_start with the command.").filter("event", any_text),
        text("actor_id",   "/Actor/ID",                   "ID or name of the thing it happened to.").key(),
        text("name",       "/Actor/Attributes/name",      "Name of the thing it happened to; NULL if it has none."),
        text("image",      "/Actor/Attributes/image",     "Image of the container it happened to; NULL for other things."),
        text("container",  "/Actor/Attributes/container", "ID of the container that a network or volume event is about; NULL for others."),
        json("attributes", "/Actor/Attributes",           "What the engine says of the thing: labels, exit code and more, by the kind of event."),
        text("scope",      "/scope",                      "How far it reaches: local for one engine, swarm for a cluster."),
    ],
};

fn list_events<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    rows(async move {
        let now = Instant::now();
        let Some((since, until)) = bounds(query.range("time"), now) else { return Ok(Vec::new()) };
        let filters = filters(docker, query).await?;
        // Podman stops to read as soon as `until` has passed, be it before the first event: it is told to stop at its end
        let is_podman = docker.engine().await?.is_podman;
        let end = if is_podman { ("stream", "false") } else { ("until", until.as_str()) };
        let mut options = vec![("since", since.as_str()), end];
        options.extend(filters.iter().map(|filters| ("filters", filters.as_str())));
        let body = fetch(docker, &["events"], &options).await?;
        elements(&body).map_err(|error| not_a_list(docker, &["events"], &error))
    })
}

/// `since` and `until` in seconds, no narrower than the range and no later than now; `None` if nothing can be between.
fn bounds(
    (from, until): (Option<Timestamp>, Option<Timestamp>),
    now: Instant,
) -> Option<(String, String)> {
    let now = Timestamp { seconds: now.as_second(), nanos: now.subsec_nanosecond() };
    let until = until.filter(|until| *until < now);
    let since = from.map_or(0, |from| from.seconds.max(0));
    if from.is_some_and(|from| from > until.unwrap_or(now)) {
        return None;
    }
    let until = match until {
        // rounded up: an engine may read fractions with less precision
        Some(until) => (until.seconds + i64::from(until.nanos > 0)).to_string(),
        None => format!("{}.{:09}", now.seconds, now.nanos),
    };
    Some((since.to_string(), until))
}

/// Nanoseconds since 1970 as RFC 3339.
fn of_nanoseconds(nanoseconds: &RawValue) -> Result<Option<String>, String> {
    let wrong = || format!("expected nanoseconds since 1970, found {}", nanoseconds.get());
    let number: i128 = nanoseconds.get().parse().map_err(|_| wrong())?;
    let instant = Instant::from_nanosecond(number).map_err(|_| wrong())?;
    Ok(Some(format!("\"{instant}\"")))
}

fn any_text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_whole_seconds_around_the_range_and_end_now() {
        let now: Instant = "1970-01-01T00:01:40.5Z".parse().unwrap();
        let at = |seconds, nanos| Some(Timestamp { seconds, nanos });
        let text = |since: &str, until: &str| Some((since.to_owned(), until.to_owned()));
        for (range, expected) in [
            ((at(10, 7), at(20, 1)), text("10", "21")),
            ((at(10, 0), at(20, 0)), text("10", "20")),
            ((at(10, 0), None), text("10", "100.500000000")),
            ((at(10, 0), at(5000, 0)), text("10", "100.500000000")),
            ((None, at(20, 0)), text("0", "20")),
            ((at(-5, 0), at(20, 0)), text("0", "20")),
            ((at(200, 0), None), None),
            ((at(30, 0), at(20, 0)), None),
        ] {
            assert_eq!(bounds(range, now), expected, "{range:?}");
        }
    }

    #[test]
    fn times_keep_their_nanoseconds() {
        let time = |json: &str| of_nanoseconds(serde_json::from_str(json).unwrap());
        let expected = "\"2026-11-23T22:34:15.864043857Z\"";
        assert_eq!(time("1795473255864043857"), Ok(Some(expected.to_owned())));
        assert!(time("\"x\"").is_err());
    }
}

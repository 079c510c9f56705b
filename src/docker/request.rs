//! What is asked of an engine, as one text: a path without version prefix, with its query sorted by name.
//! It must not know who answers; recordings find replies by this text.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::ReplyLimits;

/// Kept as they are, so that recordings can be read: `sha256:…` most of all.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':')
    .remove(b'@')
    .remove(b',');

/// Parameters that make a reply shorter, richer or of another form, but no reply about other things.
const REFINEMENTS: [&str; 12] = [
    "filters",
    "limit",
    "manifests",
    "one-shot",
    "ps_args",
    "shared-size",
    "since",
    "size",
    "status",
    "type",
    "until",
    "verbose",
];
/// Those of them that leave things out.
const NARROWINGS: [&str; 4] = ["filters", "limit", "one-shot", "type"];

/// `/containers/json?all=true` for the path `containers`, `json` and the query `all` = `true`.
pub(super) fn target(path: &[&str], query: &[(&str, &str)]) -> String {
    let length: usize = path.iter().map(|segment| segment.len() + 1).sum();
    let mut target = String::with_capacity(length);
    for segment in path {
        target.push('/');
        target.extend(utf8_percent_encode(segment, ENCODED));
    }
    let mut query: Vec<_> = query.to_vec();
    query.sort_unstable();
    for (index, (name, value)) in query.into_iter().enumerate() {
        target.push(if index == 0 { '?' } else { '&' });
        target.extend(utf8_percent_encode(name, ENCODED));
        target.push('=');
        target.extend(utf8_percent_encode(value, ENCODED));
    }
    target
}

/// How large the reply to this path may be.
pub(super) fn limit(path: &[&str], limits: ReplyLimits) -> usize {
    match path {
        [_] | [_, "json" | "df"] => limits.list,
        _ => limits.object,
    }
}

/// True for what engines before 23 do for one client at a time, and refuse to others: adding up what is on the disk.
pub(super) fn takes_turns(target: &str) -> bool {
    target.split('?').next() == Some("/system/df")
}

/// True for replies of several documents one after the other, of which the last one does not say that it is.
pub(super) fn is_open_ended(target: &str) -> bool {
    target.split('?').next() == Some("/events")
}

/// The same text for a target that a person wrote: with a version prefix, say, or not encoded.
pub(super) fn canonical(written: &str) -> String {
    rewritten(written, &[])
}

/// The target without what only makes a list shorter or richer.
pub(super) fn unrefined(written: &str) -> String {
    rewritten(written, &REFINEMENTS)
}

/// True if the reply to this target may lack things, or parts of things, that there are.
pub(super) fn is_narrowed(target: &str) -> bool {
    let narrows = |pair: &str| match pair.split_once('=') {
        Some(("since", since)) => since != "0",
        Some((name, _)) => NARROWINGS.contains(&name),
        None => false,
    };
    target.split(['?', '&']).skip(1).any(narrows)
}

fn rewritten(written: &str, dropped: &[&str]) -> String {
    let decode = |text| percent_decode_str(text).decode_utf8_lossy();
    let (path, query) = written.split_once('?').unwrap_or((written, ""));
    let mut segments: Vec<_> =
        path.split('/').filter(|segment| !segment.is_empty()).map(decode).collect();
    let is_version = |segment: &str| {
        segment.starts_with('v') && segment.parse::<super::engine::ApiVersion>().is_ok()
    };
    if segments.first().is_some_and(|first| is_version(first)) {
        segments.remove(0);
    }
    let pairs: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .map(
            |(name, value)| {
                if name == "all" && value == "1" { (name, "true".into()) } else { (name, value) }
            },
        )
        .filter(|(name, _)| !dropped.contains(&&**name))
        .collect();
    let segments: Vec<&str> = segments.iter().map(|segment| &**segment).collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
    target(&segments, &pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_encoded_and_its_query_sorted() {
        assert_eq!(target(&["info"], &[]), "/info");
        assert_eq!(target(&["images", "sha256:ab", "json"], &[]), "/images/sha256:ab/json");
        assert_eq!(target(&["volumes", "../a b?x#é"], &[]), "/volumes/..%2Fa%20b%3Fx%23%C3%A9");
        assert_eq!(
            target(
                &["containers", "json"],
                &[("size", "true"), ("filters", r#"{"a":["b&c"]}"#), ("all", "1")]
            ),
            "/containers/json?all=1&filters=%7B%22a%22:%5B%22b%26c%22%5D%7D&size=true"
        );
    }

    #[test]
    fn what_people_write_means_the_same_as_what_is_asked() {
        for (written, asked) in [
            ("/v1.41/info", "/info"),
            ("info", "/info"),
            ("/containers/json?size=1&all=true", "/containers/json?all=true&size=1"),
            ("/containers/json?all=1", "/containers/json?all=true"),
            (
                r#"/networks?filters={"name":["a"]}"#,
                "/networks?filters=%7B%22name%22:%5B%22a%22%5D%7D",
            ),
            ("/volumes/v1.0", "/volumes/v1.0"),
        ] {
            assert_eq!(canonical(written), asked);
            assert_eq!(canonical(asked), asked);
        }
    }

    #[test]
    fn only_the_disk_takes_turns() {
        assert!(takes_turns("/system/df") && takes_turns("/system/df?type=volume"));
        assert!(!takes_turns("/volumes?filters=/system/df") && !takes_turns("/info"));
    }

    #[test]
    fn only_events_are_open_ended() {
        assert!(is_open_ended("/events?since=0"));
        assert!(!is_open_ended("/containers/json?filters=/events"));
    }

    #[test]
    fn only_what_narrows_or_enriches_a_list_is_dropped() {
        assert_eq!(
            unrefined("/containers/json?all=true&filters=x&limit=3&size=true"),
            "/containers/json?all=true"
        );
        assert!(is_narrowed("/containers/json?all=true&limit=3"));
        assert!(is_narrowed("/networks?filters=x"));
        assert!(is_narrowed("/system/df?type=volume&verbose=true"));
        assert!(!is_narrowed("/images/json?shared-size=true"));
        assert_eq!(unrefined("/system/df?type=image&type=volume"), "/system/df");
        assert!(!is_narrowed("/containers/json?all=true&size=true"));
        assert_eq!(unrefined("/containers/a/top?ps_args=aux"), "/containers/a/top");
        // one sample has no use of the processor; events of all time have those of any
        let (one, two) =
            ("/containers/a/stats?one-shot=true&stream=false", "/containers/a/stats?stream=false");
        assert!(is_narrowed(one) && !is_narrowed(two) && unrefined(one) == two);
        assert!(is_narrowed("/events?since=5&until=9") && !is_narrowed("/events?since=0&until=9"));
        assert_eq!(unrefined("/events?since=5&until=9"), "/events");
    }
}

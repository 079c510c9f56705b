//! How a service is built, and what watches its sources.
//! It must not know services.

use super::service::{REFERENCES, SERVICE_HOOK, ULIMITS};
use super::{DISTINCT, Key, LABELS, LIST, Shape, VARIABLES, key, pairs, required, short};

pub(super) const BUILD: Shape = Shape::Under("context", &Shape::Object(&[BUILD_KEYS]));

#[rustfmt::skip] // one key a line, whatever its width
const BUILD_KEYS: &[Key] = &[
    key("additional_contexts", Shape::Pairs(pairs::Kind::Full)),
    key("args",                VARIABLES),
    key("cache_from",          LIST),
    key("cache_to",            LIST),
    key("context",             Shape::Text),
    key("dockerfile",          Shape::Text),
    key("dockerfile_inline",   Shape::Text),
    key("entitlements",        LIST),
    key("extra_hosts",         HOSTS),
    key("isolation",           Shape::Text),
    key("labels",              LABELS),
    key("network",             Shape::Text),
    key("no_cache",            Shape::Flag),
    key("no_cache_filter",     Shape::Texts),
    key("platforms",           LIST),
    key("privileged",          Shape::Flag),
    key("provenance",          Shape::Printed),
    key("pull",                Shape::Flag),
    key("sbom",                Shape::Printed),
    key("secrets",             REFERENCES),
    key("shm_size",            Shape::Bytes),
    key("ssh",                 Shape::Pairs(pairs::Kind::Agents)),
    key("tags",                LIST),
    key("target",              Shape::Text),
    key("ulimits",             ULIMITS),
];

/// Hosts and addresses, each `host=address`.
pub(super) const HOSTS: Shape = Shape::Parsed(short::hosts, &DISTINCT);

pub(super) const DEVELOP: Shape = Shape::OrNull(&Shape::Object(&[DEVELOP_KEYS]));

const DEVELOP_KEYS: &[Key] = &[key("watch", Shape::List(&Shape::Object(&[WATCH_KEYS])))];

#[rustfmt::skip] // one key a line, whatever its width
const WATCH_KEYS: &[Key] = &[
    required("action", Shape::Word(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"])),
    key("exec",         SERVICE_HOOK),
    key("ignore",       Shape::Texts),
    key("include",      Shape::Texts),
    key("initial_sync", Shape::Flag),
    required("path",   Shape::Text),
    key("target",       Shape::Text),
];

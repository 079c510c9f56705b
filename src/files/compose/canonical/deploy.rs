//! How a service is deployed: replicas, updates, resources and placement.
//! It must not know services.

use super::{COUNT, DISTINCT, Key, LABELS, LIST, Shape, key, required};

pub(super) const DEPLOY: Shape = Shape::OrNull(&Shape::Object(&[DEPLOY_KEYS]));

#[rustfmt::skip] // one key a line, whatever its width
const DEPLOY_KEYS: &[Key] = &[
    key("endpoint_mode",   Shape::Text),
    key("labels",          LABELS),
    key("mode",            Shape::Text),
    key("placement",       Shape::Object(&[PLACEMENT])),
    key("replicas",        COUNT),
    key("resources",       Shape::Object(&[RESOURCES])),
    key("restart_policy",  Shape::Object(&[RESTART])),
    key("rollback_config", Shape::Object(&[UPDATE])),
    key("update_config",   Shape::Object(&[UPDATE])),
];

#[rustfmt::skip] // one key a line, whatever its width
const UPDATE: &[Key] = &[
    key("delay",             Shape::Duration),
    key("failure_action",    Shape::Text),
    key("max_failure_ratio", Shape::Number),
    key("monitor",           Shape::Duration),
    key("order",             Shape::Word(&["start-first", "stop-first"])),
    key("parallelism",       COUNT),
];

#[rustfmt::skip] // one key a line, whatever its width
const RESTART: &[Key] = &[
    key("condition",    Shape::Text),
    key("delay",        Shape::Duration),
    key("max_attempts", COUNT),
    key("window",       Shape::Duration),
];

#[rustfmt::skip] // one key a line, whatever its width
const PLACEMENT: &[Key] = &[
    key("constraints",           LIST),
    key("max_replicas_per_node", COUNT),
    key("preferences",           Shape::List(&Shape::Object(&[&[key("spread", Shape::Text)]]))),
];

const RESOURCES: &[Key] =
    &[key("limits", Shape::Object(&[LIMITS])), key("reservations", Shape::Object(&[RESERVATIONS]))];

#[rustfmt::skip] // one key a line, whatever its width
const LIMITS: &[Key] = &[
    key("cpus",   Shape::Number),
    key("memory", Shape::Bytes),
    key("pids",   super::WHOLE),
];

#[rustfmt::skip] // one key a line, whatever its width
const RESERVATIONS: &[Key] = &[
    key("cpus",              Shape::Number),
    key("devices",           Shape::List(&Shape::Object(&[&[required("capabilities", DISTINCT)], DEVICE]))),
    key("generic_resources", Shape::List(&Shape::Object(&[&[key("discrete_resource_spec", Shape::Object(&[DISCRETE]))]]))),
    key("memory",            Shape::Bytes),
];

const DISCRETE: &[Key] = &[key("kind", Shape::Text), key("value", super::WHOLE)];

/// What a request for devices holds besides their capabilities.
#[rustfmt::skip] // one key a line, whatever its width
pub(super) const DEVICE: &[Key] = &[
    key("count",      Shape::Count),
    key("device_ids", DISTINCT),
    key("driver",     Shape::Text),
    key("options",    LABELS),
];

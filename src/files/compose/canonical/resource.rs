//! What a project declares besides its services: networks, volumes, secrets, configs and models.
//! It must not know who uses them.

use super::{DISTINCT, Key, LABELS, LIST, OPTIONS, Shape, WHOLE, key, required, short};

pub(super) static NETWORK: Shape = Shape::Parsed(short::external, &Shape::Object(&[NETWORK_KEYS]));

#[rustfmt::skip] // one key a line, whatever its width
const NETWORK_KEYS: &[Key] = &[
    key("attachable",  Shape::Flag),
    key("driver",      Shape::Text),
    key("driver_opts", OPTIONS),
    key("enable_ipv4", Shape::Flag),
    key("enable_ipv6", Shape::Flag),
    key("external",    Shape::Flag),
    key("internal",    Shape::Flag),
    key("ipam",        Shape::Object(&[IPAM])),
    key("labels",      LABELS),
    key("name",        Shape::Text),
];

#[rustfmt::skip] // one key a line, whatever its width
const IPAM: &[Key] = &[
    key("config",  Shape::List(&Shape::Object(&[POOL]))),
    key("driver",  Shape::Text),
    key("options", Shape::Map(&Shape::Text)),
];

#[rustfmt::skip] // one key a line, whatever its width
const POOL: &[Key] = &[
    key("aux_addresses", Shape::Map(&Shape::Text)),
    key("gateway",       Shape::Text),
    key("ip_range",      Shape::Text),
    key("subnet",        Shape::Text),
];

/// How a service joins a network.
#[rustfmt::skip] // one key a line, whatever its width
pub(super) const JOINED: &[Key] = &[
    key("aliases",                LIST),
    key("driver_opts",            OPTIONS),
    key("gw_priority",            WHOLE),
    key("interface_name",         Shape::Text),
    key("ipv4_address",           Shape::Text),
    key("ipv6_address",           Shape::Text),
    key("link_local_ips",         DISTINCT),
    key("mac_address",            Shape::Text),
    key("priority",               WHOLE),
    key("use_service_name_alias", Shape::Flag),
];

pub(super) static VOLUME: Shape = Shape::Parsed(short::external, &Shape::Object(&[VOLUME_KEYS]));

#[rustfmt::skip] // one key a line, whatever its width
const VOLUME_KEYS: &[Key] = &[
    key("driver",      Shape::Text),
    key("driver_opts", OPTIONS),
    key("external",    Shape::Flag),
    key("labels",      LABELS),
    key("name",        Shape::Text),
];

pub(super) static SECRET: Shape =
    Shape::Parsed(short::external, &Shape::Object(&[SECRET_KEYS, FILE]));

const SECRET_KEYS: &[Key] = &[key("driver", Shape::Text), key("driver_opts", OPTIONS)];

pub(super) static CONFIG: Shape =
    Shape::Parsed(short::external, &Shape::Object(&[CONFIG_KEYS, FILE]));

const CONFIG_KEYS: &[Key] = &[key("content", Shape::Text)];

#[rustfmt::skip] // one key a line, whatever its width
const FILE: &[Key] = &[
    key("environment",     Shape::Text),
    key("external",        Shape::Flag),
    key("file",            Shape::Text),
    key("labels",          LABELS),
    key("name",            Shape::Text),
    key("template_driver", Shape::Text),
];

pub(super) static MODEL: Shape = Shape::Object(&[MODEL_KEYS]);

#[rustfmt::skip] // one key a line, whatever its width
const MODEL_KEYS: &[Key] = &[
    key("context_size",  WHOLE),
    required("model",   Shape::Text),
    key("name",          Shape::Text),
    key("runtime_flags", LIST),
];

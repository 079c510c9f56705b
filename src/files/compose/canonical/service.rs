//! The keys of a service, of a job, and of what else runs a container.
//! It must not know what the keys do.

use super::build::{BUILD, DEVELOP, HOSTS};
use super::deploy::{DEPLOY, DEVICE};
use super::resource::JOINED;
use super::{
    COUNT, DISTINCT, Key, LABELS, LIST, OPTIONS, Shape, VARIABLES, WHOLE, key, mount, pairs, port,
    required, short,
};

pub(super) static SERVICE: Shape = Shape::Object(&[SERVICE_KEYS, WORKLOAD, CONTAINER]);

pub(super) static JOB: Shape = Shape::Object(&[JOB_KEYS, WORKLOAD, CONTAINER]);

/// What only a service has.
#[rustfmt::skip] // one key a line, whatever its width
const SERVICE_KEYS: &[Key] = &[
    key("attach",         Shape::Flag),
    key("container_name", Shape::Like(is_container_name, "a container name: a letter or digit, then letters, digits, `_`, `.` or `-`")),
    key("deploy",         DEPLOY),
    key("develop",        DEVELOP),
    key("extends",        Shape::Under("service", &Shape::Object(&[EXTENDS]))),
    key("external_links", DISTINCT),
    key("links",          LIST),
    key("post_start",     Shape::List(&SERVICE_HOOK)),
    key("pre_start",      Shape::List(&Shape::Object(&[&[key("per_replica", Shape::Flag)], CONTAINER]))),
    key("pre_stop",       Shape::List(&SERVICE_HOOK)),
    key("profiles",       LIST),
    key("provider",       Shape::Object(&[PROVIDER])),
    key("restart",        Shape::Text),
    key("scale",          COUNT),
];

const EXTENDS: &[Key] = &[key("file", Shape::Text), required("service", Shape::Text)];

#[rustfmt::skip] // one key a line, whatever its width
const PROVIDER: &[Key] = &[
    key("options",   Shape::Map(&Shape::Long(short::several, &Shape::List(&Shape::Printed)))),
    required("type", Shape::Text),
];

/// A command that runs in the container when it starts or stops.
pub(super) const SERVICE_HOOK: Shape = Shape::Object(&[HOOK]);

#[rustfmt::skip] // one key a line, whatever its width
const HOOK: &[Key] = &[
    required("command",  Shape::Command),
    key("environment",   VARIABLES),
    key("privileged",    Shape::Flag),
    key("user",          Shape::Text),
    key("working_dir",   Shape::Text),
];

/// What only a job has.
const JOB_KEYS: &[Key] = &[key("profiles", LIST), required("triggers", Shape::Object(&[TRIGGERS]))];

#[rustfmt::skip] // one key a line, whatever its width
const TRIGGERS: &[Key] = &[
    key("manual",   Shape::Flag),
    key("schedule", Shape::List(&Shape::Under("cron", &Shape::Object(&[SCHEDULE])))),
];

#[rustfmt::skip] // one key a line, whatever its width
const SCHEDULE: &[Key] = &[
    key("concurrency",  Shape::Word(&["forbid", "queue"])),
    required("cron",    Shape::Text),
    key("missed_fires", Shape::Word(&["one", "skip"])),
    key("timezone",     Shape::Text),
];

/// What services and jobs have, and a container that only prepares does not.
#[rustfmt::skip] // one key a line, whatever its width
const WORKLOAD: &[Key] = &[
    key("build",       BUILD),
    key("depends_on",  Shape::Parsed(short::dependencies, &Shape::Named(&Shape::Object(&[DEPENDENCY])))),
    key("expose",      Shape::List(&Shape::Printed)),
    key("healthcheck", Shape::Object(&[HEALTHCHECK])),
    key("ports",       Shape::Parsed(port::ports, &Shape::List(&Shape::Object(&[PORT])))),
    key("stdin_open",  Shape::Flag),
    key("tty",         Shape::Flag),
];

#[rustfmt::skip] // one key a line, whatever its width
const DEPENDENCY: &[Key] = &[
    required("condition", Shape::Word(&["service_started", "service_healthy", "service_completed_successfully"])),
    key("required",       Shape::Flag),
    key("restart",        Shape::Flag),
];

#[rustfmt::skip] // one key a line, whatever its width
const HEALTHCHECK: &[Key] = &[
    key("disable",        Shape::Flag),
    key("interval",       Shape::Duration),
    key("retries",        COUNT),
    key("start_interval", Shape::Duration),
    key("start_period",   Shape::Duration),
    key("test",           Shape::Test),
    key("timeout",        Shape::Duration),
];

#[rustfmt::skip] // one key a line, whatever its width
const PORT: &[Key] = &[
    key("app_protocol", Shape::Text),
    key("host_ip",      Shape::Like(port::is_address, "an IP address")),
    key("mode",         Shape::Text),
    key("name",         Shape::Text),
    key("protocol",     Shape::Text),
    key("published",    Shape::Printed),
    required("target",  Shape::Whole(0, 65_535)),
];

/// What everything that runs a container has.
#[rustfmt::skip] // one key a line, whatever its width
const CONTAINER: &[Key] = &[
    key("annotations",         LABELS),
    key("blkio_config",        Shape::Object(&[BLKIO])),
    key("cap_add",             LIST),
    key("cap_drop",            LIST),
    key("cgroup",              Shape::Word(&["host", "private"])),
    key("cgroup_parent",       Shape::Text),
    key("command",             Shape::Command),
    key("configs",             REFERENCES),
    key("cpu_count",           COUNT),
    key("cpu_percent",         Shape::Number),
    key("cpu_period",          WHOLE),
    key("cpu_quota",           WHOLE),
    key("cpu_rt_period",       WHOLE),
    key("cpu_rt_runtime",      WHOLE),
    key("cpu_shares",          WHOLE),
    key("cpus",                Shape::Number),
    key("cpuset",              Shape::Text),
    key("credential_spec",     Shape::Object(&[CREDENTIALS])),
    key("device_cgroup_rules", DISTINCT),
    key("devices",             Shape::List(&Shape::Parsed(mount::device, &Shape::Object(&[DEVICE_MOUNT])))),
    key("dns",                 Shape::Long(short::without_empty, &Shape::Texts)),
    key("dns_opt",             LIST),
    key("dns_search",          Shape::Texts),
    key("domainname",          Shape::Text),
    key("entrypoint",          Shape::Command),
    key("env_file",            Shape::Long(short::env_files, &Shape::List(&Shape::Object(&[ENV_FILE])))),
    key("environment",         VARIABLES),
    key("extra_hosts",         HOSTS),
    key("gpus",                Shape::Parsed(short::gpus, &Shape::List(&Shape::Object(&[&[key("capabilities", DISTINCT)], DEVICE])))),
    key("group_add",           Shape::Distinct(&Shape::Printed)),
    key("hostname",            Shape::Text),
    key("image",               Shape::Text),
    key("init",                Shape::Flag),
    key("ipc",                 Shape::Text),
    key("isolation",           Shape::Text),
    key("label_file",          Shape::Texts),
    key("labels",              LABELS),
    key("logging",             Shape::Object(&[LOGGING])),
    key("mac_address",         Shape::Text),
    key("mem_limit",           Shape::Bytes),
    key("mem_reservation",     Shape::Bytes),
    key("mem_swappiness",      Shape::Bytes),
    key("memswap_limit",       Shape::Bytes),
    key("models",              Shape::Parsed(short::names, &Shape::Named(&Shape::OrNull(&Shape::Object(&[MODEL]))))),
    key("network_mode",        Shape::Text),
    key("networks",            Shape::Parsed(short::names, &Shape::Named(&Shape::OrNull(&Shape::Object(&[JOINED]))))),
    key("oom_kill_disable",    Shape::Flag),
    key("oom_score_adj",       Shape::Whole(-1000, 1000)),
    key("pid",                 Shape::OrNull(&Shape::Text)),
    key("pids_limit",          WHOLE),
    key("platform",            Shape::Text),
    key("privileged",          Shape::Flag),
    key("pull_policy",         Shape::Like(is_pull_policy, "always, never, build, missing, if_not_present, refresh, daily, weekly or such as every_12h")),
    key("pull_refresh_after",  Shape::Text),
    key("read_only",           Shape::Flag),
    key("runtime",             Shape::Text),
    key("secrets",             REFERENCES),
    key("security_opt",        DISTINCT),
    key("shm_size",            Shape::Bytes),
    key("stop_grace_period",   Shape::Duration),
    key("stop_signal",         Shape::Text),
    key("storage_opt",         OPTIONS),
    key("sysctls",             LABELS),
    key("tmpfs",               Shape::Texts),
    key("ulimits",             ULIMITS),
    key("umask",               Shape::OrNull(&Shape::Octal)),
    key("use_api_socket",      Shape::Flag),
    key("user",                Shape::Text),
    key("userns_mode",         Shape::Text),
    key("uts",                 Shape::Text),
    key("volumes",             Shape::List(&Shape::Parsed(mount::volume, &Shape::Object(&[MOUNT])))),
    key("volumes_from",        DISTINCT),
    key("working_dir",         Shape::Text),
];

#[rustfmt::skip] // one key a line, whatever its width
const BLKIO: &[Key] = &[
    key("device_read_bps",   RATES),
    key("device_read_iops",  RATES),
    key("device_write_bps",  RATES),
    key("device_write_iops", RATES),
    key("weight",            COUNT),
    key("weight_device",     Shape::List(&Shape::Object(&[&[key("path", Shape::Text), key("weight", COUNT)]]))),
];

const RATES: Shape =
    Shape::List(&Shape::Object(&[&[key("path", Shape::Text), key("rate", Shape::Bytes)]]));

const CREDENTIALS: &[Key] =
    &[key("config", Shape::Text), key("file", Shape::Text), key("registry", Shape::Text)];

#[rustfmt::skip] // one key a line, whatever its width
const DEVICE_MOUNT: &[Key] = &[
    key("permissions", Shape::Text),
    required("source", Shape::Text),
    required("target", Shape::Text),
];

#[rustfmt::skip] // one key a line, whatever its width
const ENV_FILE: &[Key] = &[
    key("format",    Shape::Text),
    required("path", Shape::Text),
    key("required",  Shape::Flag),
];

const LOGGING: &[Key] = &[key("driver", Shape::Text), key("options", OPTIONS)];

const MODEL: &[Key] = &[key("endpoint_var", Shape::Text), key("model_var", Shape::Text)];

/// Where secrets or configs appear.
pub(super) const REFERENCES: Shape =
    Shape::List(&Shape::Under("source", &Shape::Object(&[REFERENCE])));

#[rustfmt::skip] // one key a line, whatever its width
const REFERENCE: &[Key] = &[
    key("gid",    Shape::Text),
    key("mode",   Shape::Mode),
    key("source", Shape::Text),
    key("target", Shape::Text),
    key("uid",    Shape::Text),
];

pub(super) const ULIMITS: Shape = Shape::Map(&Shape::Either(&WHOLE, &Shape::Object(&[ULIMIT])));

const ULIMIT: &[Key] = &[required("hard", WHOLE), required("soft", WHOLE)];

#[rustfmt::skip] // one key a line, whatever its width
const MOUNT: &[Key] = &[
    key("bind",        Shape::Object(&[BIND])),
    key("consistency", Shape::Text),
    key("image",       Shape::Object(&[&[key("subpath", Shape::Text)]])),
    key("read_only",   Shape::Flag),
    key("source",      Shape::Text),
    required("target", Shape::Text),
    key("tmpfs",       Shape::Object(&[&[key("mode", Shape::Octal), key("size", Shape::Bytes)]])),
    required("type",   Shape::Word(&["bind", "volume", "tmpfs", "cluster", "npipe", "image"])),
    key("volume",      Shape::Object(&[VOLUME_MOUNT])),
];

#[rustfmt::skip] // one key a line, whatever its width
const BIND: &[Key] = &[
    key("create_host_path", Shape::Flag),
    key("propagation",      Shape::Text),
    key("recursive",        Shape::Word(&["enabled", "disabled", "writable", "readonly"])),
    key("selinux",          Shape::Word(&["z", "Z"])),
];

#[rustfmt::skip] // one key a line, whatever its width
const VOLUME_MOUNT: &[Key] = &[
    key("labels",  Shape::Pairs(pairs::Kind::Filled)),
    key("nocopy",  Shape::Flag),
    key("subpath", Shape::Text),
];

/// A letter or digit and one character more somewhere in it, as Compose's pattern asks.
fn is_container_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    bytes.windows(2).any(|pair| pair[0].is_ascii_alphanumeric() && inner(pair[1]))
}

fn is_pull_policy(policy: &str) -> bool {
    const NAMES: [&str; 8] =
        ["always", "never", "build", "if_not_present", "missing", "refresh", "daily", "weekly"];
    NAMES.contains(&policy) || policy.strip_prefix("every_").is_some_and(is_age)
}

/// `1w2d` and the like.
fn is_age(text: &str) -> bool {
    let parts = text.split_inclusive(|unit: char| !unit.is_ascii_digit());
    !text.is_empty()
        && parts.into_iter().all(|part| {
            part.strip_suffix(['w', 'd', 'h', 'm', 's']).is_some_and(|number| !number.is_empty())
        })
}

//! Defaults of settings that depend on the engine or its host.
//! It must not know what a daemon is set to.

use serde_json::{Value, json};

use super::Daemon;
use super::settings::Declared;
use crate::host::Seen;

/// The default of a setting; null if that is to be unset, or to be chosen by the engine when it starts.
pub(super) fn of(daemon: &Daemon<'_>, declared: &Declared) -> Seen<Value> {
    let place = &daemon.place;
    let known = daemon.known;
    let text = |text: String| Value::from(text);
    match declared.key {
        "data-root" => place.data_root().map(text),
        "exec-root" => place.var_run().map(|folder| text(format!("{folder}/docker"))),
        "pidfile" => place.var_run().map(|folder| text(format!("{folder}/docker.pid"))),
        "config-file" => place.config_folder().map(|folder| text(format!("{folder}/daemon.json"))),
        "hosts" => place.var_run().map(|folder| json!([format!("unix://{folder}/docker.sock")])),
        "rootless" => Ok(Value::from(!place.is_system())),
        "tlscacert" => certificate(daemon, "ca.pem"),
        "tlscert" => certificate(daemon, "cert.pem"),
        "tlskey" => certificate(daemon, "key.pem"),
        "cdi-spec-dirs" => Ok(json!(["/etc/cdi", "/var/run/cdi"])),
        "default-cgroupns-mode" => match known.cgroup_version.as_deref() {
            Some("2") => Ok(json!("private")),
            Some("1") => Ok(json!("host")),
            _ => Err("the engine does not tell its version of control groups".to_owned()),
        },
        "ip6tables" => major(daemon).map(|major| Value::from(major >= 27)),
        "seccomp-profile" => {
            major(daemon).map(|major| if major >= 23 { json!("builtin") } else { Value::Null })
        }
        _ => serde_json::from_str(declared.default)
            .map_err(|error| format!("its default is not known: {error}")),
    }
}

fn major(daemon: &Daemon<'_>) -> Seen<u32> {
    daemon.known.major().ok_or_else(|| {
        "its default depends on the engine's version, which the engine does not tell".to_owned()
    })
}

/// Certificates have a default only if a flag switches TLS on.
fn certificate(daemon: &Daemon<'_>, name: &str) -> Seen<Value> {
    let flags = daemon.flags.as_ref().map_err(Clone::clone)?;
    let is_on = |given: &&crate::files::flags::Given| match given.name.as_str() {
        "tls" => given.value.as_deref().and_then(crate::files::flags::truth) == Some(true),
        "tlsverify" => true,
        _ => false,
    };
    if flags.iter().any(|given| is_on(&given)) {
        daemon.place.home().map(|home| Value::from(format!("{home}/.docker/{name}")))
    } else {
        Ok(Value::Null)
    }
}

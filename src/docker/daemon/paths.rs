//! The files and folders that a daemon uses, each for a purpose: where it is told to look, else where it looks by
//! default. It must not know what is there, but where that decides which place is used.

use serde_json::Value;

use super::locate::plain;
use super::units::{Unit, UnitFile};
use super::{Daemon, Setting, Source};
use crate::host::Seen;

mod configuration;
mod containerd;
mod programs;

use containerd::Which;

/// Every purpose, in the order of the rows.
pub const PURPOSES: [&str; 34] = [
    "daemon_binary",
    "cli_binary",
    "containerd_binary",
    "containerd_shim",
    "containerd_shim_runc_v1",
    "containerd_shim_runc_v2",
    "runc_binary",
    "service_unit",
    "socket_unit",
    "containerd_unit",
    "unit_drop_in",
    "environment_file",
    "default_file",
    "sysconfig_file",
    "config_folder",
    "daemon_config",
    "certs_folder",
    "registry_certificate",
    "tls_ca_certificate",
    "tls_certificate",
    "tls_key",
    "socket",
    "pid_file",
    "exec_root",
    "data_root",
    "swarm_state",
    "seccomp_profile",
    "containerd_socket",
    "containerd_run_folder",
    "containerd_data_folder",
    "containerd_config",
    "audit_rules_folder",
    "audit_rules_file",
    "audit_log",
];

/// A path that a daemon uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// One of [`PURPOSES`].
    pub purpose: &'static str,
    /// Where it is, `None` if the daemon uses none, or why that is not known.
    pub path: Seen<Option<String>>,
    /// What names it: a flag, a key of the daemon's file, a unit and so on.
    pub setting: Option<String>,
}

/// A path, or that there is none, with what names it.
type Named = (Seen<Option<String>>, Option<String>);

const DEFAULT: &str = "default";

/// At least one of each purpose.
pub(super) fn of(daemon: &Daemon<'_>) -> Vec<Path> {
    let (settings, units) = (daemon.settings(), daemon.units());
    let which = Err(String::new());
    let mut paths = Paths { daemon, settings, units, which, found: Vec::new() };
    paths.which = paths.choose();
    paths.programs();
    paths.of_units();
    paths.configuration();
    paths.certificates();
    paths.sockets();
    paths.state();
    paths.of_containerd();
    for (purpose, path) in [
        ("audit_rules_folder", "/etc/audit/rules.d"),
        ("audit_rules_file", "/etc/audit/audit.rules"),
        ("audit_log", "/var/log/audit/audit.log"),
    ] {
        paths.default(purpose, path);
    }
    paths.complete()
}

struct Paths<'a> {
    daemon: &'a Daemon<'a>,
    /// Podman has none.
    settings: Seen<Vec<Setting>>,
    units: Vec<Unit>,
    /// The containerd in use, or why it is not known.
    which: Seen<Which>,
    found: Vec<Path>,
}

impl Paths<'_> {
    fn add(&mut self, purpose: &'static str, (path, setting): Named) {
        self.found.push(Path { purpose, path, setting });
    }

    fn default(&mut self, purpose: &'static str, path: &str) {
        self.add(purpose, by_default(Ok(path.to_owned())));
    }

    /// One row at least for each purpose, in order.
    fn complete(mut self) -> Vec<Path> {
        for purpose in PURPOSES {
            if self.found.iter().all(|path| path.purpose != purpose) {
                self.add(purpose, (Ok(None), None));
            }
        }
        self.found.sort_by_key(|path| PURPOSES.iter().position(|known| *known == path.purpose));
        self.found
    }

    fn is_podman(&self) -> bool {
        self.daemon.known.is_podman
    }

    fn setting(&self, key: &str) -> Option<&Setting> {
        self.settings.as_ref().ok()?.iter().find(|setting| setting.key == key)
    }

    /// What a setting is, if it is a text; an engine without the setting has none.
    fn text(&self, key: &str) -> Seen<Option<String>> {
        match self.setting(key).map(|setting| &setting.value) {
            Some(Ok(value)) => Ok(value.as_str().map(str::to_owned)),
            Some(Err(why)) => Err(why.clone()),
            None => Ok(None),
        }
    }

    /// The path that a setting is.
    fn named(&self, key: &str) -> Named {
        (self.text(key), self.setting(key).map(origin))
    }

    fn unit(&self, purpose: &str) -> Option<&Unit> {
        let name = match (purpose, self.is_podman()) {
            ("service_unit", false) => "docker.service",
            ("service_unit", true) => "podman.service",
            ("socket_unit", false) => "docker.socket",
            ("socket_unit", true) => "podman.socket",
            ("containerd_unit", false) => "containerd.service",
            _ => return None,
        };
        self.units.iter().find(|unit| unit.name == name)
    }

    fn unit_file(&self, purpose: &str) -> Option<&UnitFile> {
        self.unit(purpose)?.file.as_ref().ok()?.as_ref()
    }

    fn of_units(&mut self) {
        let mut found = Vec::new();
        for purpose in ["service_unit", "socket_unit", "containerd_unit"] {
            let Some(unit) = self.unit(purpose) else { continue };
            let file = match &unit.file {
                // a unit that is masked has no file of its own
                Ok(file) => Ok(file.as_ref().filter(|file| !file.is_masked)),
                Err(why) => Err(why.clone()),
            };
            let setting = Some(unit.name.clone());
            let fragment = file.clone().map(|file| file.map(|file| file.fragment.clone()));
            found.push((purpose, (fragment, setting.clone())));
            let drop_ins =
                file.ok().flatten().map(|file| file.drop_ins.clone()).unwrap_or_default();
            let drop_ins = drop_ins.into_iter().map(|path| (Ok(Some(path)), setting.clone()));
            found.extend(drop_ins.map(|named| ("unit_drop_in", named)));
        }
        for (purpose, named) in found {
            self.add(purpose, named);
        }
    }

    fn sockets(&mut self) {
        let endpoint = self.daemon.known.socket().map(str::to_owned);
        let of_endpoint = (Ok(endpoint.clone()), Some("the engine's endpoint".to_owned()));
        let Some(setting) = self.setting("hosts") else {
            return self.add("socket", of_endpoint);
        };
        let hosts = match &setting.value {
            Ok(hosts) => hosts.as_array().cloned().unwrap_or_default(),
            // the one that answers is known at any rate; whether there are others is not
            Err(why) => {
                let unknown = (Err(why.clone()), Some("hosts".to_owned()));
                if endpoint.is_some() {
                    self.add("socket", of_endpoint);
                }
                return self.add("socket", unknown);
            }
        };
        let origin = origin(setting);
        let mut sockets: Vec<(String, String)> = Vec::new();
        for host in hosts.iter().filter_map(Value::as_str) {
            if host.starts_with("fd://") {
                sockets.extend(self.streams());
            } else if host.is_empty() || host == "unix://" {
                let folder = self.daemon.place.var_run();
                sockets
                    .extend(folder.map(|folder| (format!("{folder}/docker.sock"), origin.clone())));
            } else if let Some(path) = host.strip_prefix("unix://") {
                sockets.push((path.to_owned(), origin.clone()));
            }
        }
        if let Some(endpoint) = endpoint.filter(|_| sockets.is_empty()) {
            sockets.push((endpoint, "the engine's endpoint".to_owned()));
        }
        for (path, setting) in sockets {
            let is_there = |known: &Path| {
                known.purpose == "socket"
                    && matches!(&known.path, Ok(Some(known)) if plain(known) == plain(&path))
            };
            if !self.found.iter().any(is_there) {
                self.add("socket", (Ok(Some(path)), Some(setting)));
            }
        }
    }

    /// The sockets that systemd opens for the daemon; without a unit that tells, the default one.
    fn streams(&self) -> Vec<(String, String)> {
        let unit = self.unit("socket_unit");
        let streams = unit.map(Unit::listen_streams).unwrap_or_default();
        let mut sockets: Vec<(String, String)> = streams
            .into_iter()
            .filter(|stream| stream.starts_with('/'))
            .map(|stream| (stream, "ListenStream of docker.socket".to_owned()))
            .collect();
        if sockets.is_empty()
            && let Ok(folder) = self.daemon.place.var_run()
        {
            sockets.push((format!("{folder}/docker.sock"), DEFAULT.to_owned()));
        }
        sockets
    }

    fn state(&mut self) {
        for (purpose, key) in [("pid_file", "pidfile"), ("exec_root", "exec-root")] {
            let named = self.named(key);
            self.add(purpose, named);
        }
        let (set, setting) = self.named("data-root");
        let told = self.daemon.known.data_root.clone();
        let root = match &told {
            // what the engine says is in force, whatever its file says by now
            Some(told)
                if set.as_ref().ok().and_then(Option::as_deref) != Some(without_ids(told)) =>
            {
                let setting = "docker_root_dir of docker_info".to_owned();
                (Ok(Some(without_ids(told).to_owned())), Some(setting))
            }
            _ => (set, setting),
        };
        if !self.is_podman() {
            let whole = told.map_or_else(|| root.0.clone(), |told| Ok(Some(told)));
            let state =
                whole.map(|root| root.map(|root| format!("{root}/swarm/docker-state.json")));
            self.add("swarm_state", (state, root.1.clone()));
        }
        self.add("data_root", root);
    }
}

/// Where things are if nobody says otherwise.
fn by_default(path: Seen<String>) -> Named {
    (path.map(Some), Some(DEFAULT.to_owned()))
}

/// What set a setting, in a few words.
fn origin(setting: &Setting) -> String {
    match (setting.source, &setting.flag, &setting.place) {
        (Some(Source::Flag), Some(flag), _) => flag.clone(),
        (Some(Source::File), _, Some((file, _))) => format!("{} in {file}", setting.key),
        (Some(_), ..) => DEFAULT.to_owned(),
        (None, ..) => setting.key.clone(),
    }
}

/// With remapped users, an engine keeps its data in `100000.100000` below the root that it was told.
fn without_ids(root: &str) -> &str {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match root.rsplit_once('/') {
        Some((parent, ids))
            if ids.split_once('.').is_some_and(|(uid, gid)| is_number(uid) && is_number(gid)) =>
        {
            parent
        }
        _ => root,
    }
}

//! The paths of the containerd that a daemon uses: one that it is told, one of the system, or one that it starts
//! itself. It must not know units or programs.

use super::{DEFAULT, Named, Paths};
use crate::docker::daemon::locate::plain;
use crate::files::containerd_toml;
use crate::host::{Process, Seen};

/// Which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Which {
    /// At this address, which someone set.
    Told(String, String),
    /// That of the system, or of the user, at this address.
    System(String),
    /// One that the daemon starts, in this folder.
    Managed(String),
}

impl Paths<'_> {
    pub(super) fn of_containerd(&mut self) {
        if self.is_podman() {
            return;
        }
        let default = || Some(DEFAULT.to_owned());
        match self.which.clone() {
            Err(why) => {
                for purpose in [
                    "containerd_socket",
                    "containerd_run_folder",
                    "containerd_data_folder",
                    "containerd_config",
                ] {
                    self.add(purpose, (Err(why.clone()), Some("containerd".to_owned())));
                }
            }
            Ok(Which::Managed(folder)) => {
                let socket = format!("{folder}/containerd.sock");
                self.add("containerd_socket", (Ok(Some(socket)), default()));
                let config = format!("{folder}/containerd.toml");
                self.add("containerd_config", (Ok(Some(config)), default()));
                self.add("containerd_run_folder", (Ok(Some(folder)), default()));
                let root = self.text("data-root");
                let data = root.map(|root| root.map(|root| format!("{root}/containerd")));
                self.add("containerd_data_folder", (data, default()));
            }
            Ok(Which::Told(address, setting)) => {
                self.add("containerd_socket", (Ok(Some(address)), Some(setting)));
                self.of_system_containerd();
            }
            Ok(Which::System(address)) => {
                self.add("containerd_socket", (Ok(Some(address)), default()));
                self.of_system_containerd();
            }
        }
    }

    fn of_system_containerd(&mut self) {
        let process = self.containerd_process();
        let by_flag = process.as_ref().and_then(config_of);
        let config: Named = match by_flag {
            Some((path, flag)) => (Ok(Some(path)), Some(flag)),
            None => (Ok(Some("/etc/containerd/config.toml".to_owned())), Some(DEFAULT.to_owned())),
        };
        let path = config.0.clone().ok().flatten().unwrap_or_default();
        let text = self.daemon.host.content(&path);
        let paths = match text {
            Ok(text) => containerd_toml::parse(&text.unwrap_or_default())
                .map_err(|why| format!("{path}: {why}")),
            Err(why) => Err(format!("{path} cannot be read: {why}")),
        };
        self.add("containerd_config", config);
        let folder = |found: Seen<Option<String>>, key: &str, default: &str| match found {
            Ok(Some(found)) => (Ok(Some(found)), Some(format!("{key} in {path}"))),
            Ok(None) => (Ok(Some(default.to_owned())), Some(DEFAULT.to_owned())),
            Err(why) => (Err(why), Some(key.to_owned())),
        };
        let (state, root) = match paths {
            Ok(paths) => (Ok(paths.state), Ok(paths.root)),
            Err(why) => (Err(why.clone()), Err(why)),
        };
        let state = folder(state, "state", "/run/containerd");
        let root = folder(root, "root", "/var/lib/containerd");
        self.add("containerd_run_folder", state);
        self.add("containerd_data_folder", root);
    }

    /// Finds out which one it is.
    pub(super) fn choose(&self) -> Seen<Which> {
        let (address, setting) = self.named("containerd");
        let system =
            self.daemon.place.runtime_folder().map(|folder| folder + "/containerd/containerd.sock");
        if address.is_err()
            && let Ok(system) = &system
            && matches!(self.daemon.host.file(system), Ok(Some(_)))
        {
            // another could have been named on a command line that is not known; this one is there to be looked at
            return Ok(Which::System(system.clone()));
        }
        if let (Some(address), Some(setting)) = (address?, setting) {
            let address = address.strip_prefix("unix://").unwrap_or(&address).to_owned();
            return Ok(Which::Told(address, setting));
        }
        let system = system?;
        let Some(managed) = self.managed_folder()? else { return Ok(Which::System(system)) };
        if self.containerds().iter().any(|process| is_managed(process, &managed)) {
            return Ok(Which::Managed(managed));
        }
        // the daemon takes that of the system if it is there when it starts
        let is_there = |path: &str| matches!(self.daemon.host.file(path), Ok(Some(_)));
        if is_there(&format!("{managed}/containerd.sock")) && !is_there(&system) {
            return Ok(Which::Managed(managed));
        }
        Ok(Which::System(system))
    }

    /// Where the daemon would run a containerd of its own.
    fn managed_folder(&self) -> Seen<Option<String>> {
        Ok(self.text("exec-root")?.map(|folder| format!("{folder}/containerd")))
    }

    /// The process of the containerd that the daemon uses, if it can be told.
    pub(super) fn containerd_process(&self) -> Option<Process> {
        let managed = self.managed_folder().ok().flatten();
        let is_managed =
            |process: &Process| managed.as_ref().is_some_and(|folder| is_managed(process, folder));
        let processes = self.containerds();
        let wants_managed = matches!(self.which, Ok(Which::Managed(_)));
        let mut fit = processes.into_iter().filter(|process| is_managed(process) == wants_managed);
        let first = fit.next()?;
        // two of them that are not alike: which one it is cannot be told
        fit.all(|other| (&other.exe, &other.argv) == (&first.exe, &first.argv)).then_some(first)
    }

    fn containerds(&self) -> Vec<Process> {
        let processes = self.daemon.processes.as_deref().unwrap_or_default();
        let is_containerd = |process: &&Process| {
            process.program().trim_end_matches(" (deleted)") == "containerd"
                && process.nested != Some(true)
        };
        processes.iter().filter(is_containerd).cloned().collect()
    }
}

fn is_managed(process: &Process, folder: &str) -> bool {
    config_of(process)
        .is_some_and(|(path, _)| plain(&path).starts_with(&format!("{}/", plain(folder))))
}

/// The configuration that a process was told, and by which flag.
fn config_of(process: &Process) -> Option<(String, String)> {
    let mut words = process.argv.iter().skip(1);
    while let Some(word) = words.next() {
        if let Some(path) = ["--config=", "-c="].iter().find_map(|flag| word.strip_prefix(flag)) {
            return Some((path.to_owned(), word.clone()));
        }
        if matches!(word.as_str(), "--config" | "-c" | "-config") {
            let path = words.next()?;
            return Some((path.clone(), format!("{word} {path}")));
        }
    }
    None
}

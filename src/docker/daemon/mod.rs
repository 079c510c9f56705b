//! The daemon of an engine, as its host shows it: which process it is, how it is set up, which files it uses.
//! It must not know tables; it reads facts of the host, which blocks, so it runs on a worker thread.

mod config_file;
mod defaults;
mod effective;
mod known;
mod locate;
mod paths;
mod place;
mod settings;
#[cfg(test)]
mod tests;
mod units;
mod value;

use crate::files::flags::{self, Flag, Given};
use crate::host::{Host, Process, Seen};

use config_file::ConfigFile;
use place::Place;

pub use effective::{Setting, Source};
pub use known::Known;
pub use paths::{PURPOSES, Path};
pub use units::{Unit, UnitFile};

/// A daemon on a host, seen once.
pub struct Daemon<'a> {
    host: &'a Host,
    known: &'a Known,
    /// Processes of engines on the host.
    processes: Seen<Vec<Process>>,
    /// Its process, or why that is not known.
    process: Seen<Process>,
    /// Its flags, or why they are not known.
    flags: Seen<Vec<Given>>,
    place: Place,
    config: ConfigFile,
}

impl<'a> Daemon<'a> {
    /// Looks for the daemon of an engine on its host.
    pub fn find(host: &'a Host, known: &'a Known) -> Self {
        let processes = host
            .processes()
            .map_err(|why| format!("the processes of the host cannot be listed: {why}"));
        let process = processes
            .as_deref()
            .map_err(Clone::clone)
            .and_then(|processes| locate::process(host, known, processes));
        let flags = process.clone().map(|process| given(&process));
        let place = Place::of(host, known, process.as_ref().ok());
        let config = ConfigFile::read(host, flags.as_deref().unwrap_or_default(), &place);
        Self { host, known, processes, process, flags, place, config }
    }

    /// The host it runs on.
    pub fn host(&self) -> &Host {
        self.host
    }

    /// Its process, if it can be told from others.
    pub fn process(&self) -> Option<&Process> {
        self.process.as_ref().ok()
    }

    /// Its settings in force, by key; of an engine that is no Docker, why there are none.
    pub fn settings(&self) -> Seen<Vec<Setting>> {
        if self.known.is_podman {
            return Err("the engine is Podman, whose service has none of the settings of dockerd"
                .to_owned());
        }
        Ok(effective::settings(self))
    }

    /// Each unit of systemd that can start it or its containerd, there or not.
    pub fn units(&self) -> Vec<Unit> {
        units::NAMES.iter().map(|name| units::find(self.host, name, &self.place)).collect()
    }

    /// Each file and folder it uses, there or not; at least one of each purpose.
    pub fn paths(&self) -> Vec<Path> {
        paths::of(self)
    }
}

/// The flags of a daemon's command line; nothing for a program whose flags are not known.
pub fn flags_of(process: &Process) -> Option<Vec<Given>> {
    match process.program() {
        "dockerd" => Some(given(process)),
        "containerd" | "docker-containerd" => Some(flags::parse(&process.argv, CONTAINERD)),
        _ => None,
    }
}

/// Flags of containerd's daemon.
const CONTAINERD: &[Flag] = &[
    Flag { name: "address", short: Some('a'), is_switch: false },
    Flag { name: "config", short: Some('c'), is_switch: false },
    Flag { name: "log-level", short: Some('l'), is_switch: false },
    Flag { name: "root", short: None, is_switch: false },
    Flag { name: "state", short: None, is_switch: false },
];

fn given(process: &Process) -> Vec<Given> {
    flags::parse(&process.argv, &settings::flags())
}

//! Processes of container engines, from `/proc`.
//! It must not know which of them is the engine that is asked.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use super::{Live, entries, why};
use crate::host::{Process, Seen};

/// Programs whose processes are told of; what others are given as arguments is nobody's business here.
const PROGRAMS: [&str; 7] = [
    "dockerd",
    "docker-proxy",
    "containerd",
    "docker-containerd",
    "podman",
    "rootlesskit",
    "auditd",
];

impl Live {
    pub(in crate::host) fn processes(&self) -> Seen<Vec<Process>> {
        let mut found = Vec::new();
        for pid in self.pids()? {
            let folder = self.outside(&format!("/proc/{pid}"));
            match process(&folder, pid, self.engine) {
                Ok(process) => found.extend(process),
                Err(error) => return Err(format!("/proc/{pid}: {error}")),
            }
        }
        Ok(found)
    }

    /// Numbers of all processes, of which the first is always there unless others are hidden.
    pub(super) fn pids(&self) -> Seen<Vec<u32>> {
        let names = entries(&self.outside("/proc")).map_err(|error| format!("/proc: {error}"))?;
        let mut pids: Vec<u32> = names.iter().filter_map(|name| name.parse().ok()).collect();
        pids.sort_unstable();
        if pids.is_empty() {
            let place = self.outside("/proc");
            return Err(format!("no processes are in {}: mount the host's there", place.display()));
        }
        if pids[0] != 1 {
            return Err("/proc hides the processes of others (option hidepid)".to_owned());
        }
        Ok(pids)
    }

    /// Name of a process's program.
    pub(super) fn program(&self, pid: u32) -> Option<String> {
        let process = process_of(&self.outside(&format!("/proc/{pid}"))).ok()??;
        Some(process.program().to_owned()).filter(|program| !program.is_empty())
    }
}

/// The process, if it is one of an engine's and still there.
fn process(folder: &Path, pid: u32, engine: Option<u32>) -> Seen<Option<Process>> {
    let Some(process) = process_of(folder)? else { return Ok(None) };
    let is_named = PROGRAMS.contains(&process.program());
    if !is_named && engine != Some(pid) {
        return Ok(None);
    }
    // what systemd or ssh hold a socket for is told by other means
    let is_engine = (engine == Some(pid) && is_named).then_some(true);
    let Some(status) = read_unless_gone(&folder.join("status"))? else { return Ok(None) };
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.map(|line| line.split_whitespace().collect::<Vec<_>>())
    };
    Ok(Some(Process {
        pid,
        // real, effective, saved, of the file system
        uid: field("Uid:").and_then(|uids| uids.get(1)?.parse().ok()),
        engine: is_engine,
        nested: field("NSpid:").map(|pids| pids.len() > 1),
        ..process
    }))
}

/// Arguments and file of a process; nothing of the kernel's own, and of those that are gone.
fn process_of(folder: &Path) -> Seen<Option<Process>> {
    let Some(text) = read_unless_gone(&folder.join("cmdline"))? else { return Ok(None) };
    if text.is_empty() {
        return Ok(None);
    }
    let argv = text.strip_suffix('\0').unwrap_or(&text).split('\0').map(str::to_owned).collect();
    let exe = fs::read_link(folder.join("exe")).ok().map(|path| {
        let path = path.to_string_lossy();
        // of a program that was replaced since
        path.strip_suffix(" (deleted)").unwrap_or(&path).to_owned()
    });
    Ok(Some(Process { argv, exe, ..Process::default() }))
}

/// Processes end at any time.
fn read_unless_gone(path: &Path) -> Seen<Option<String>> {
    let mut bytes = Vec::new();
    match fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)) {
        Ok(_) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error)
            if error.kind() == io::ErrorKind::NotFound
                || error.raw_os_error() == Some(NO_SUCH_PROCESS) =>
        {
            Ok(None)
        }
        Err(error) => Err(why(&error)),
    }
}

/// What Linux answers for a process that ended after its file was opened.
const NO_SUCH_PROCESS: i32 = 3;

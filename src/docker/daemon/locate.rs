//! Which process of the host is an engine's daemon. Others can look the same: daemons inside of containers, a second
//! one of a user. Where that cannot be told apart, no process is better than a wrong one.
//! It must not know what a daemon is set to, but for where it listens.

use super::config_file::ConfigFile;
use super::place::Place;
use super::{Known, given};
use crate::files::flags::Given;
use crate::host::{Host, Process, Seen};

pub(super) fn process(host: &Host, known: &Known, processes: &[Process]) -> Seen<Process> {
    let program = if known.is_podman { "podman" } else { "dockerd" };
    let mut candidates: Vec<Process> =
        processes.iter().filter(|process| is_daemon(process, known)).cloned().collect();
    if let Some(marked) = candidates.iter().find(|process| process.engine == Some(true)) {
        return Ok(marked.clone());
    }
    candidates.retain(|process| process.engine != Some(false) && process.nested != Some(true));
    if !known.is_podman {
        candidates = of_docker(host, known, candidates);
    }
    match candidates.as_slice() {
        [] => {
            Err(format!("no process of {program} that listens on {} can be seen", known.endpoint))
        }
        [only] => Ok(only.clone()),
        several => {
            let pids: Vec<String> = several.iter().map(|process| process.pid.to_string()).collect();
            Err(format!(
                "which of the processes {} is the daemon of {} cannot be told",
                pids.join(", "),
                known.endpoint
            ))
        }
    }
}

fn is_daemon(process: &Process, known: &Known) -> bool {
    let program = process.program().trim_end_matches(" (deleted)");
    if known.is_podman {
        let mut words = process.argv.iter().map(String::as_str);
        program == "podman"
            && words.any(|word| word == "system")
            && words.any(|word| word == "service")
    } else {
        program == "dockerd"
    }
}

/// Those that fit best to the endpoint.
fn of_docker(host: &Host, known: &Known, candidates: Vec<Process>) -> Vec<Process> {
    let Some(socket) = known.socket() else { return candidates };
    let mut places = vec![plain(socket).to_owned()];
    if let Ok(Some(target)) = host.file(socket).map(|file| file.and_then(|file| file.target)) {
        places.push(plain(&target).to_owned());
    }
    let fits: Vec<(Fit, Process)> =
        candidates.into_iter().map(|process| (fit(host, &process, &places), process)).collect();
    let Some(best) = fits.iter().map(|(fit, _)| *fit).max().filter(|fit| *fit > Fit::No) else {
        return Vec::new();
    };
    let mut fits: Vec<Process> =
        fits.into_iter().filter(|(fit, _)| *fit == best).map(|(_, process)| process).collect();
    if fits.len() > 1
        && let Some(pid) = pid_of_system(host)
        && let Some(process) = fits.iter().find(|process| process.pid == pid)
    {
        fits = vec![process.clone()];
    }
    fits
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It listens on other sockets.
    No,
    /// It may listen on the engine's socket, by way of systemd or of a file that cannot be read.
    Maybe,
    /// It listens on the engine's socket: it says so, or that is what it does if nothing is said.
    Yes,
}

fn fit(host: &Host, process: &Process, places: &[String]) -> Fit {
    let given = given(process);
    let place = Place::of_process(host, process);
    let mut hosts: Vec<String> = given
        .iter()
        .filter(|given| given.name == "host")
        .filter_map(|given| given.value.clone())
        .collect();
    if hosts.is_empty() {
        match in_file(host, &given, &place) {
            Ok(in_file) => hosts = in_file,
            Err(_) => return Fit::Maybe,
        }
    }
    if hosts.is_empty() {
        hosts.push(String::new());
    }
    let default = place.var_run().map(|folder| format!("{folder}/docker.sock"));
    let fit_of = |text: &String| match (text.as_str(), &default) {
        ("" | "unix://", Ok(default)) => is_one_of(default, places),
        ("" | "unix://", Err(_)) => Fit::Maybe,
        // of systemd, which listens on the default unless its unit was changed
        (text, Ok(default)) if text.starts_with("fd://") => {
            is_one_of(default, places).max(Fit::Maybe)
        }
        (text, Err(_)) if text.starts_with("fd://") => Fit::Maybe,
        // a recording may be of an engine that was reached in another way than it says
        (text, _) if text.starts_with("tcp://") && host.is_recorded() => Fit::Maybe,
        (text, _) => is_one_of(text.strip_prefix("unix://").unwrap_or(text), places),
    };
    hosts.iter().map(fit_of).max().unwrap_or(Fit::No)
}

fn is_one_of(path: &str, places: &[String]) -> Fit {
    if places.iter().any(|place| place == plain(path)) { Fit::Yes } else { Fit::No }
}

/// The hosts of the daemon's file.
fn in_file(host: &Host, given: &[Given], place: &Place) -> Seen<Vec<String>> {
    let file = ConfigFile::read(host, given, place);
    let entries = file.entries?;
    let hosts = entries.iter().rev().find(|entry| entry.key == "hosts");
    let hosts = hosts.and_then(|entry| entry.value.as_array()).map(Vec::as_slice);
    Ok(hosts
        .unwrap_or_default()
        .iter()
        .filter_map(|host| host.as_str().map(str::to_owned))
        .collect())
}

/// `/var/run` is a link to `/run`.
pub(super) fn plain(path: &str) -> &str {
    if path.starts_with("/var/run/") { &path["/var".len()..] } else { path }
}

/// The system's own daemon writes its number here; those in containers do so inside of theirs.
fn pid_of_system(host: &Host) -> Option<u32> {
    host.content("/var/run/docker.pid").ok()??.trim().parse().ok()
}

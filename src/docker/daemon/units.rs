//! The units of systemd that start a daemon, found as systemd finds them: in many folders, with drop-ins.
//! It must not know what a daemon is set to.

use std::collections::BTreeMap;

use super::place::Place;
use crate::files::systemd_unit;
use crate::host::{File, Host, Seen};

/// The units that are looked for.
pub(super) const NAMES: [&str; 5] =
    ["docker.service", "docker.socket", "containerd.service", "podman.service", "podman.socket"];

/// Folders of units of the system, first ones first.
const SYSTEM: [&str; 11] = [
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
    "/etc/systemd/system",
    "/run/systemd/system",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/run/systemd/generator.late",
];

/// A unit, there or not.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Such as `docker.service`.
    pub name: String,
    /// True if a user's own systemd runs it, as for a daemon without root's rights.
    pub is_of_user: bool,
    /// What its files are and say, `None` if there are none, or why that is not known.
    pub file: Seen<Option<UnitFile>>,
    /// The folders that systemd reads, for texts in which a unit names them.
    runtime_folder: Seen<String>,
    home: Seen<String>,
}

/// The files of a unit.
#[derive(Debug, Clone)]
pub struct UnitFile {
    /// The unit's own file.
    pub fragment: String,
    /// True if it leads nowhere, so that nobody can start the unit.
    pub is_masked: bool,
    /// Files that change it.
    pub drop_ins: Vec<String>,
    /// What all of them say.
    pub text: systemd_unit::Unit,
}

impl Unit {
    /// The addresses on which a socket unit listens.
    pub fn listen_streams(&self) -> Vec<String> {
        let Ok(Some(file)) = &self.file else { return Vec::new() };
        let streams = file.text.all("Socket", "ListenStream").into_iter();
        streams.map(|stream| self.expanded(&stream.value)).collect()
    }

    /// With the places that `%t` and `%h` stand for, where these are known.
    fn expanded(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (specifier, place) in [("%t", &self.runtime_folder), ("%h", &self.home)] {
            if let Ok(place) = place {
                text = text.replace(specifier, place);
            }
        }
        text.replace("%%", "%")
    }
}

/// Looks for a unit where the systemd of the system, or of the daemon's user, does.
pub(super) fn find(host: &Host, name: &str, place: &Place) -> Unit {
    Unit {
        name: name.to_owned(),
        is_of_user: !place.is_system(),
        file: folders(place).and_then(|folders| read(host, name, &folders)),
        runtime_folder: place.runtime_folder(),
        home: place.home(),
    }
}

fn folders(place: &Place) -> Seen<Vec<String>> {
    if place.is_system() {
        return Ok(SYSTEM.map(str::to_owned).to_vec());
    }
    let (home, runtime) = (place.home()?, place.runtime_folder()?);
    Ok(vec![
        format!("{home}/.config/systemd/user.control"),
        format!("{runtime}/systemd/user.control"),
        format!("{runtime}/systemd/transient"),
        format!("{runtime}/systemd/generator.early"),
        format!("{home}/.config/systemd/user"),
        "/etc/xdg/systemd/user".to_owned(),
        "/etc/systemd/user".to_owned(),
        format!("{runtime}/systemd/user"),
        "/run/systemd/user".to_owned(),
        format!("{runtime}/systemd/generator"),
        format!("{home}/.local/share/systemd/user"),
        "/usr/local/share/systemd/user".to_owned(),
        "/usr/share/systemd/user".to_owned(),
        "/usr/local/lib/systemd/user".to_owned(),
        "/usr/lib/systemd/user".to_owned(),
        format!("{runtime}/systemd/generator.late"),
    ])
}

fn read(host: &Host, name: &str, folders: &[String]) -> Seen<Option<UnitFile>> {
    let mut found = None;
    for folder in folders {
        let path = format!("{folder}/{name}");
        let seen = host.file(&path).map_err(|why| format!("{path} cannot be seen: {why}"))?;
        // a link that leads nowhere is as good as no file
        if let Some(file) = seen.filter(|file| file.kind != "symlink") {
            found = Some((path, file));
            break;
        }
    }
    let Some((fragment, file)) = found else { return Ok(None) };
    let mut text = systemd_unit::Unit::default();
    if is_null(&file) {
        return Ok(Some(UnitFile { fragment, is_masked: true, drop_ins: Vec::new(), text }));
    }
    let own = content(host, &fragment)?;
    let is_masked = own.is_empty();
    text.add(&fragment, &own);
    let drop_ins = drop_ins(host, name, folders)?;
    for path in &drop_ins {
        text.add(path, &content(host, path)?);
    }
    Ok(Some(UnitFile { fragment, is_masked, drop_ins, text }))
}

/// Files `*.conf` beside the unit, and beside all units of its type; one of a name hides those of later folders.
fn drop_ins(host: &Host, name: &str, folders: &[String]) -> Seen<Vec<String>> {
    let unit_type = name.rsplit('.').next().unwrap_or_default();
    let mut by_name: BTreeMap<String, String> = BTreeMap::new();
    for owner in [name, unit_type] {
        for folder in folders {
            let folder = format!("{folder}/{owner}.d");
            let entries =
                host.folder(&folder).map_err(|why| format!("{folder} cannot be read: {why}"))?;
            for path in entries.unwrap_or_default() {
                let file = path.rsplit('/').next().unwrap_or_default();
                if file.strip_suffix(".conf").is_some_and(|stem| !stem.is_empty()) {
                    by_name.entry(file.to_owned()).or_insert(path);
                }
            }
        }
    }
    let mut files = Vec::new();
    for path in by_name.into_values() {
        let file = host.file(&path).map_err(|why| format!("{path} cannot be seen: {why}"))?;
        if file.is_some_and(|file| file.kind == "file") {
            files.push(path);
        }
    }
    Ok(files)
}

fn is_null(file: &File) -> bool {
    file.target.as_deref() == Some("/dev/null") || file.kind == "character_device"
}

/// A file that vanished meanwhile has no text.
fn content(host: &Host, path: &str) -> Seen<String> {
    let content = host.content(path).map_err(|why| format!("{path} cannot be read: {why}"))?;
    Ok(content.unwrap_or_default())
}

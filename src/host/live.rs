//! The host as it is now, below the folder where its root is mounted.
//! It must not know what is asked for; it reads, and follows links inside that root only.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::fact::{File, Found, Seen, Unreadable};
use super::recorded::not_a;
use super::{AuditEvent, Group, Mount, User, Variable, login, mount_table};
use crate::files::accounts;
use crate::files::login_environment::Syntax;

mod audit;
mod listeners;
mod path;
mod processes;

use path::Place;

/// How much of a file is read, in bytes.
const MOST_CONTENT: u64 = 16 << 20;
/// How many things in a folder are looked at.
const MOST_ENTRIES: usize = 10_000;

pub(super) struct Live {
    root: PathBuf,
    /// The process that holds the engine's socket.
    engine: Option<u32>,
    names: OnceLock<Names>,
}

/// Names of accounts by their numbers, for the owners of files.
#[derive(Default)]
struct Names {
    users: HashMap<u32, String>,
    groups: HashMap<u32, String>,
}

impl Live {
    pub(super) fn new(root: Option<PathBuf>) -> Self {
        let root = root.unwrap_or_else(|| PathBuf::from("/"));
        Self { root, engine: None, names: OnceLock::new() }
    }

    /// The number is one of this process's system; it is of no use where the host counts otherwise.
    pub(super) fn set_engine(&mut self, pid: u32) {
        let own = std::process::id().to_string();
        let counts_alike =
            || fs::read_link(self.outside("/proc/self")).is_ok_and(|to| to == Path::new(&own));
        self.engine = Some(pid).filter(|_| self.is_own_root() || counts_alike());
    }

    pub(super) fn name(&self) -> Seen<String> {
        // the kernel names the host of this process, which may be a container on the host that is meant
        let place = if self.is_own_root() { "/proc/sys/kernel/hostname" } else { "/etc/hostname" };
        let text = self.text(place)?.ok_or_else(|| format!("{place} does not exist"))?;
        match text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')) {
            Some(name) => Ok(name.to_owned()),
            None => Err(format!("{place} is empty")),
        }
    }

    pub(super) fn file(&self, path: &str) -> Seen<Option<File>> {
        let (kind, target, metadata) = match self.place(path)? {
            Place::Absent => return Ok(None),
            Place::Dangling { target, link } => ("symlink", Some(target), link),
            Place::There { path: real, metadata } => {
                (kind(&metadata), (real != path::normal(path)).then_some(real), metadata)
            }
        };
        let names = self.names();
        Ok(Some(File {
            path: path.to_owned(),
            kind: kind.to_owned(),
            uid: Some(metadata.uid()),
            gid: Some(metadata.gid()),
            user: names.users.get(&metadata.uid()).cloned(),
            group: names.groups.get(&metadata.gid()).cloned(),
            mode: (kind != "symlink").then(|| metadata.mode() & 0o7777),
            size: (kind == "file").then_some(metadata.len()),
            target,
        }))
    }

    pub(super) fn content(&self, path: &str) -> Seen<Option<String>> {
        match self.place(path)? {
            Place::There { path: real, metadata } => {
                if !metadata.is_file() {
                    return Err(not_a("file", kind(&metadata)));
                }
                read(&self.outside(&real)).map(Some)
            }
            Place::Absent | Place::Dangling { .. } => Ok(None),
        }
    }

    pub(super) fn folder(&self, path: &str) -> Seen<Option<Vec<String>>> {
        let real = match self.place(path)? {
            Place::There { path, metadata } if metadata.is_dir() => path,
            Place::There { metadata, .. } => return Err(not_a("directory", kind(&metadata))),
            Place::Absent | Place::Dangling { .. } => return Ok(None),
        };
        let folder = path::normal(path);
        let folder = folder.trim_end_matches('/');
        let mut paths: Vec<String> =
            entries(&self.outside(&real))?.iter().map(|name| format!("{folder}/{name}")).collect();
        paths.sort_unstable();
        Ok(Some(paths))
    }

    /// Of the first process, whose view is the host's; else of this one.
    pub(super) fn mounts(&self) -> Seen<Vec<Mount>> {
        let of_host = read(&self.outside("/proc/1/mounts"));
        if let Ok(text) = &of_host
            && !text.is_empty()
        {
            return Ok(mount_table::mounts(text));
        }
        let own = mount_table::mounts(&read(Path::new("/proc/self/mounts"))?);
        if self.is_own_root() {
            return Ok(own);
        }
        let inside = |mount: Mount| {
            let target = Path::new(&mount.target).strip_prefix(&self.root).ok()?;
            Some(Mount { target: format!("/{}", target.display()), ..mount })
        };
        match own.into_iter().filter_map(inside).collect::<Vec<_>>() {
            mounts if mounts.is_empty() => Err(format!(
                "{} is no mount, and the host's own table cannot be read: {}",
                self.root.display(),
                of_host.err().unwrap_or_else(|| "it is empty".to_owned())
            )),
            mounts => Ok(mounts),
        }
    }

    pub(super) fn users(&self) -> Seen<Vec<User>> {
        self.needed("/etc/passwd").map(|text| accounts::users(&text))
    }

    pub(super) fn groups(&self) -> Seen<Vec<Group>> {
        self.needed("/etc/group").map(|text| accounts::groups(&text))
    }

    pub(super) fn audit_events(&self) -> Found<AuditEvent> {
        let mut found = audit::events(self);
        let names = self.names();
        for event in &mut found.items {
            let name = |uid: Option<u32>| names.users.get(&uid?).cloned();
            event.user = event.user.take().or_else(|| name(event.uid));
            event.login = event.login.take().or_else(|| name(event.auid));
        }
        found
    }

    pub(super) fn environment(&self) -> Found<Variable> {
        let unreadable = |path: &str, error| Unreadable {
            kind: "environment".to_owned(),
            path: Some(path.to_owned()),
            error,
        };
        let mut found = Found { items: Vec::new(), unreadable: Vec::new() };
        let mut files: Vec<(String, Syntax)> =
            login::FILES.iter().map(|(path, syntax)| ((*path).to_owned(), *syntax)).collect();
        match self.folder(login::FOLDER) {
            Ok(paths) => {
                let scripts = paths.into_iter().flatten().filter(|path| {
                    Path::new(path).extension().is_some_and(|extension| extension == "sh")
                });
                files.extend(scripts.map(|path| (path, Syntax::Shell)));
            }
            Err(error) => found.unreadable.push(unreadable(login::FOLDER, error)),
        }
        let users = self.users().unwrap_or_default();
        let home = users.into_iter().find(|user| user.uid == 0).and_then(|root| root.home);
        let home = home.unwrap_or_else(|| "/root".to_owned());
        files.extend(login::HOME_FILES.map(|name| (format!("{home}/{name}"), Syntax::Shell)));
        for (path, syntax) in files {
            match self.content(&path) {
                Ok(text) => {
                    let text = text.unwrap_or_default();
                    found.items.extend(login::variables(&text, syntax, &path));
                }
                Err(error) => found.unreadable.push(unreadable(&path, error)),
            }
        }
        found
    }

    fn is_own_root(&self) -> bool {
        self.root == Path::new("/")
    }

    /// Where a path of the host, whose links are followed, lies for this process.
    fn outside(&self, path: &str) -> PathBuf {
        path::outside(&self.root, path)
    }

    fn place(&self, path: &str) -> Seen<Place> {
        path::follow(&self.root, path)
    }

    /// The text of a file of the host or of `/proc`, whatever it claims to be long.
    fn text(&self, path: &str) -> Seen<Option<String>> {
        match self.place(path)? {
            Place::There { path, .. } => read(&self.outside(&path)).map(Some),
            Place::Absent | Place::Dangling { .. } => Ok(None),
        }
    }

    fn needed(&self, path: &str) -> Seen<String> {
        match self.text(path) {
            Ok(text) => text.ok_or_else(|| format!("{path} does not exist")),
            Err(error) => Err(format!("{path}: {error}")),
        }
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| Names {
            users: self
                .users()
                .unwrap_or_default()
                .into_iter()
                .rev()
                .map(|u| (u.uid, u.name))
                .collect(),
            groups: self
                .groups()
                .unwrap_or_default()
                .into_iter()
                .rev()
                .map(|g| (g.gid, g.name))
                .collect(),
        })
    }
}

pub(super) fn kernel_release() -> Seen<String> {
    read(Path::new("/proc/sys/kernel/osrelease")).map(|release| release.trim().to_owned())
}

fn kind(metadata: &fs::Metadata) -> &'static str {
    let kind = metadata.file_type();
    if kind.is_file() {
        "file"
    } else if kind.is_dir() {
        "directory"
    } else if kind.is_symlink() {
        "symlink"
    } else if kind.is_socket() {
        "socket"
    } else if kind.is_fifo() {
        "fifo"
    } else if kind.is_block_device() {
        "block_device"
    } else if kind.is_char_device() {
        "character_device"
    } else {
        "unknown"
    }
}

/// In words, without the number of the error.
fn why(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::PermissionDenied {
        return "permission denied".to_owned();
    }
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.as_str(), |(words, _)| words).to_lowercase()
}

/// A whole text; bytes that are no UTF-8 are replaced.
fn read(path: &Path) -> Seen<String> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|error| why(&error))?;
    file.take(MOST_CONTENT + 1).read_to_end(&mut bytes).map_err(|error| why(&error))?;
    if bytes.len() as u64 > MOST_CONTENT {
        return Err(format!("it is larger than {} MiB", MOST_CONTENT >> 20));
    }
    let lossy =
        |error: std::string::FromUtf8Error| String::from_utf8_lossy(error.as_bytes()).into_owned();
    Ok(String::from_utf8(bytes).unwrap_or_else(lossy))
}

/// Names in a folder, in no order.
#[expect(clippy::disallowed_methods, reason = "the whole host is read on worker threads")]
fn entries(folder: &Path) -> Seen<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| why(&error))? {
        let entry = entry.map_err(|error| why(&error))?;
        if names.len() == MOST_ENTRIES {
            return Err(format!("it holds more than {MOST_ENTRIES} things"));
        }
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}

#[cfg(test)]
mod tests;

//! The facts of one host, as they were at one time.
//! It must not know where they were written.

use std::collections::BTreeMap;

use super::fact::{Fact, File, FileFact, Found, HostFact, Listener, Process, Seen, Unreadable};
use super::{AuditEvent, Group, Mount, User, Variable, login, mount_table};

/// How many symbolic links are followed on one path.
const MOST_LINKS: usize = 40;

/// Facts, ready to be looked up.
///
/// A path without a line is absent, and a kind of fact without any line is empty.
#[derive(Debug, Default)]
pub struct Facts {
    host: Option<HostFact>,
    files: BTreeMap<String, FileFact>,
    processes: Vec<Process>,
    mounts: Vec<Mount>,
    users: Vec<User>,
    groups: Vec<Group>,
    listeners: Vec<Listener>,
    audit_events: Vec<AuditEvent>,
    variables: Vec<Variable>,
    unreadable: Vec<Unreadable>,
}

impl Facts {
    /// Reads lines of JSON, each with a fact or something else.
    ///
    /// # Errors
    /// The line that cannot be read, by its number.
    pub fn from_lines(text: &str) -> Result<Self, String> {
        let mut facts = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() {
                continue;
            }
            let fact =
                Fact::parse(line.as_bytes()).map_err(|error| format!("line {number}: {error}"))?;
            facts.extend(fact);
        }
        Ok(facts)
    }

    /// Adds a fact.
    pub fn add(&mut self, fact: Fact) {
        match fact {
            Fact::Host(host) => self.host = Some(host),
            Fact::File(file) => self.add_file(file),
            Fact::Process(process) => self.processes.push(process),
            Fact::Mount(mount) => self.mounts.push(mount),
            Fact::User(user) => self.users.push(user),
            Fact::Group(group) => self.groups.push(group),
            Fact::Listener(listener) => self.listeners.push(listener),
            Fact::AuditEvent(event) => self.audit_events.push(event),
            Fact::Environment(variable) => self.variables.push(variable),
            Fact::Unreadable(what) => self.unreadable.push(what),
        }
    }

    /// Whose facts they are; without a line that says so, there are none.
    pub fn host(&self) -> Option<&HostFact> {
        self.host.as_ref()
    }

    pub(super) fn name(&self) -> Seen<String> {
        let name = self.host.as_ref().and_then(|host| host.name.clone());
        name.ok_or_else(|| "the recording does not say".to_owned())
    }

    pub(super) fn file(&self, path: &str) -> Seen<Option<File>> {
        let Some(place) = self.place(path)? else { return self.absent(&normal(path)) };
        match (self.files.get(&place), self.children(&place)) {
            (Some(FileFact { kind: None, error: Some(error), .. }), _) => Err(error.clone()),
            (Some(line), _) => {
                let mut file = line.file(path);
                if file.target.is_none() && place != normal(path) && !is_same_place(&place, path) {
                    file.target = Some(place);
                }
                Ok(Some(file))
            }
            (None, Ok(children)) if children.is_empty() => self.absent(&place),
            (None, Ok(_)) => {
                let folder = FileFact { kind: Some("directory".to_owned()), ..FileFact::default() };
                Ok(Some(folder.file(path)))
            }
            (None, Err(error)) => Err(error),
        }
    }

    /// A path without a line of its own: it is not there, unless a line says that it, a folder above it, or all files
    /// could not be looked at.
    fn absent(&self, place: &str) -> Seen<Option<File>> {
        let is_below = |path: &String| {
            let below = place.strip_prefix(normal(path).trim_end_matches('/'));
            below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mut of_files = self.unreadable.iter().filter(|what| what.kind == "file");
        match of_files.find(|what| what.path.as_ref().is_none_or(is_below)) {
            Some(what) => Err(what.error.clone()),
            None => Ok(None),
        }
    }

    pub(super) fn content(&self, path: &str) -> Seen<Option<String>> {
        let Some(file) = self.file(path)? else { return Ok(None) };
        let line = self.place(path)?.and_then(|place| self.files.get(&place));
        match line {
            Some(FileFact { content: Some(content), .. }) => Ok(Some(content.clone())),
            Some(FileFact { error: Some(error), .. }) => Err(error.clone()),
            _ if file.kind == "file" => Err("its text is not in the recording".to_owned()),
            _ => Err(not_a("file", &file.kind)),
        }
    }

    pub(super) fn folder(&self, path: &str) -> Seen<Option<Vec<String>>> {
        let Some(file) = self.file(path)? else { return Ok(None) };
        if !matches!(file.kind.as_str(), "directory" | "unknown") {
            return Err(not_a("directory", &file.kind));
        }
        let Some(place) = self.place(path)? else { return Ok(None) };
        match self.files.get(&place) {
            Some(FileFact { error: Some(error), .. }) => return Err(error.clone()),
            Some(FileFact { listed: Some(false), .. }) => {
                return Err("what lies in it is not in the recording".to_owned());
            }
            _ => {}
        }
        let names = self.children(&place).unwrap_or_default();
        let folder = normal(path);
        let folder = folder.trim_end_matches('/');
        Ok(Some(names.iter().map(|name| format!("{folder}/{name}")).collect()))
    }

    pub(super) fn processes(&self) -> Seen<Vec<Process>> {
        self.all("process", &self.processes)
    }

    pub(super) fn mounts(&self) -> Seen<Vec<Mount>> {
        self.all("mount", &self.mounts).map(mount_table::topmost)
    }

    pub(super) fn users(&self) -> Seen<Vec<User>> {
        self.all("user", &self.users)
    }

    pub(super) fn groups(&self) -> Seen<Vec<Group>> {
        self.all("group", &self.groups)
    }

    pub(super) fn listeners(&self) -> Seen<Vec<Listener>> {
        self.all("listener", &self.listeners)
    }

    pub(super) fn audit_events(&self) -> Found<AuditEvent> {
        let mut found = self.found("audit_event", &self.audit_events);
        found.unreadable.extend(self.refused("audit_event", |path| {
            path == "/var/log/audit" || path.starts_with("/var/log/audit/audit.log")
        }));
        found
    }

    pub(super) fn environment(&self) -> Found<Variable> {
        let mut found = self.found("environment", &self.variables);
        found.unreadable.extend(self.refused("environment", login::is_for_all));
        // a person who writes a recording may give the text of such a file instead of its lines
        for (path, syntax) in login::FILES {
            let is_told = |variable: &Variable| variable.file == path;
            let content = self.files.get(path).and_then(|file| file.content.as_deref());
            if let Some(text) = content.filter(|_| !self.variables.iter().any(is_told)) {
                found.items.extend(login::variables(text, syntax, path));
            }
        }
        found
    }

    /// Files of a kind of fact that a line says could not be read.
    fn refused(&self, kind: &str, is_of_kind: impl Fn(&str) -> bool) -> Vec<Unreadable> {
        let told = |path: &str| {
            self.unreadable
                .iter()
                .any(|what| what.kind == kind && what.path.as_deref() == Some(path))
        };
        let refused = self.files.iter().filter_map(|(path, file)| {
            let error = file.error.clone().filter(|_| is_of_kind(path) && !told(path))?;
            Some(Unreadable { kind: kind.to_owned(), path: Some(path.clone()), error })
        });
        refused.collect()
    }

    fn all<T: Clone>(&self, kind: &str, items: &[T]) -> Seen<Vec<T>> {
        match self.unreadable.iter().find(|what| what.kind == kind) {
            Some(what) => Err(what.error.clone()),
            None => Ok(items.to_vec()),
        }
    }

    fn found<T: Clone>(&self, kind: &str, items: &[T]) -> Found<T> {
        let unreadable = self.unreadable.iter().filter(|what| what.kind == kind).cloned();
        Found { items: items.to_vec(), unreadable: unreadable.collect() }
    }

    /// A later line knows better, but for what it does not speak of.
    fn add_file(&mut self, mut file: FileFact) {
        let path = normal(&file.path);
        if let Some(earlier) = self.files.remove(&path)
            && file.error.is_none()
        {
            if file.content.is_none() && file.listed != Some(true) && earlier.kind.is_some() {
                file.error = earlier.error;
            }
            file.content = file.content.or(earlier.content);
            file.listed = file.listed.max(earlier.listed);
            file.kind = file.kind.or(earlier.kind);
        }
        self.files.insert(path, file);
    }

    /// Where a path leads: to the name of a line, or to a folder of which only parts have lines.
    fn place(&self, path: &str) -> Seen<Option<String>> {
        let mut path = normal(path);
        for _ in 0..MOST_LINKS {
            path = self.spelling(path);
            match self.link(&path) {
                None if self.is_known(&path) => return Ok(Some(path)),
                None => return Ok(None),
                // nothing is known where it leads: a link that dangles
                Some((link, target)) if link == path && !self.leads_on(&target) => {
                    return Ok(Some(path));
                }
                Some((link, target)) => path = normal(&format!("{target}{}", &path[link.len()..])),
            }
        }
        Err("too many symbolic links".to_owned())
    }

    /// The first part of a path that is recorded as a link, and its target.
    fn link(&self, path: &str) -> Option<(String, String)> {
        let ends = path.match_indices('/').map(|(at, _)| at).skip(1).chain([path.len()]);
        ends.into_iter().find_map(|end| {
            let line = self.files.get(&path[..end])?;
            let target =
                line.target.as_ref().filter(|_| line.kind.as_deref() == Some("symlink"))?;
            let folder = path[..end].rsplit_once('/').map_or("", |(folder, _)| folder);
            let target = match target.strip_prefix('/') {
                Some(_) => normal(target),
                None => normal(&format!("{folder}/{target}")),
            };
            Some((path[..end].to_owned(), target))
        })
    }

    fn leads_on(&self, target: &str) -> bool {
        let target = self.spelling(target.to_owned());
        self.is_known(&target) || self.link(&target).is_some()
    }

    /// `/var/run` and `/run` are one place, unless both are recorded.
    fn spelling(&self, path: String) -> String {
        if self.is_known(&path) {
            return path;
        }
        let other = match (path.strip_prefix("/var/run"), path.strip_prefix("/run")) {
            (Some(rest), _) => format!("/run{rest}"),
            (_, Some(rest)) => format!("/var/run{rest}"),
            (None, None) => return path,
        };
        if self.is_known(&other) { other } else { path }
    }

    fn is_known(&self, path: &str) -> bool {
        self.files.contains_key(path) || self.below(path).next().is_some()
    }

    fn below<'a>(&'a self, path: &str) -> impl Iterator<Item = (&'a str, &'a FileFact)> {
        let start = format!("{}/", path.trim_end_matches('/'));
        let files = self.files.range(start.clone()..);
        files.map_while(move |(path, file)| Some((path.strip_prefix(start.as_str())?, file)))
    }

    /// Names of what is recorded directly below a path; an error if all of it could not even be looked at.
    fn children(&self, path: &str) -> Seen<Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        let mut error = None;
        for (rest, file) in self.below(path) {
            if let (None, Some(why)) = (&file.kind, &file.error) {
                error.get_or_insert(why);
            }
            let name = rest.split('/').next().unwrap_or(rest);
            if !name.is_empty() && names.last().is_none_or(|last| last != name) {
                names.push(name.to_owned());
            }
        }
        let is_seen = self.below(path).any(|(_, file)| file.kind.is_some() || file.error.is_none());
        match error {
            Some(why) if !is_seen => Err(why.clone()),
            _ => {
                names.sort_unstable();
                names.dedup();
                Ok(names)
            }
        }
    }
}

impl Extend<Fact> for Facts {
    fn extend<T: IntoIterator<Item = Fact>>(&mut self, facts: T) {
        facts.into_iter().for_each(|fact| self.add(fact));
    }
}

fn is_same_place(one: &str, other: &str) -> bool {
    let plain = |path: &str| normal(path.strip_prefix("/var").unwrap_or(path));
    one != other && plain(one) == plain(other) && plain(one).starts_with("/run")
}

pub(super) fn not_a(wanted: &str, kind: &str) -> String {
    format!("it is no {wanted}, but of kind {kind}")
}

/// A path without doubled or trailing slashes, and without `.` and `..`.
pub(super) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests;

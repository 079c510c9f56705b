//! Facts of this host, read-only: no shell, no process started, nothing changed.
//! It must not know tables or the engine; everything in it blocks, so it runs on a worker thread.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

mod fact;
mod live;
mod login;
pub mod pattern;
mod recorded;

pub use crate::files::accounts::{Group, User};
pub use crate::files::audit_log::AuditEvent;
pub use crate::files::login_environment::Variable;
use crate::files::mount_table;
pub use crate::files::mount_table::Mount;
pub use fact::{Fact, File, FileFact, Found, HostFact, Listener, Process, Seen, Unreadable};
pub use recorded::Facts;

use live::Live;

/// Who is told of each fact that is read.
pub type Sink = Arc<dyn Fn(&Fact) + Send + Sync>;

/// The release of the kernel that runs here, as `uname -r` tells it.
pub fn kernel_release() -> Seen<String> {
    live::kernel_release()
}

/// The facts of one host: as they are now, or as they were recorded.
///
/// Everything blocks. What could not be read says why; what does not exist is `None`.
pub struct Host {
    source: Source,
    sink: Option<Sink>,
    told: Mutex<HashSet<u64>>,
}

enum Source {
    Live(Live),
    Recorded(Facts),
}

impl Host {
    /// The host that this process runs on; `root` is where the host's root is mounted, if that is not `/`.
    pub fn live(root: Option<PathBuf>) -> Self {
        Self::new(Source::Live(Live::new(root)))
    }

    /// A host as it was.
    pub fn recorded(facts: Facts) -> Self {
        Self::new(Source::Recorded(facts))
    }

    /// The same host, of which it is known which process holds the engine's socket.
    #[must_use]
    pub fn with_engine(mut self, pid: u32) -> Self {
        if let Source::Live(live) = &mut self.source {
            live.set_engine(pid);
        }
        self
    }

    /// Tells each distinct fact that is read from now on, once, and first whose facts they are.
    #[must_use]
    pub fn recording_to(self, sink: Sink) -> Self {
        let os = match &self.source {
            Source::Live(_) => Some("linux".to_owned()),
            Source::Recorded(facts) => facts.host().and_then(|host| host.os.clone()),
        };
        let host = Fact::Host(HostFact { name: self.name().ok(), os });
        let recording = Self { sink: Some(sink), ..self };
        recording.tell(&host);
        recording
    }

    /// The host's name for itself.
    pub fn name(&self) -> Seen<String> {
        match &self.source {
            Source::Live(live) => live.name(),
            Source::Recorded(facts) => facts.name(),
        }
    }

    /// True if the facts are played back.
    pub fn is_recorded(&self) -> bool {
        matches!(self.source, Source::Recorded(_))
    }

    /// What lies at a path, links followed inside the host's root; `None` if there is nothing.
    pub fn file(&self, path: &str) -> Seen<Option<File>> {
        let seen = self.look(path);
        match &seen {
            Ok(Some(file)) => self.tell(&Fact::File(file.into())),
            Ok(None) => {}
            Err(error) => self.tell_unreadable(path, error),
        }
        seen
    }

    /// The text of a regular file, of at most 16 MiB.
    pub fn content(&self, path: &str) -> Seen<Option<String>> {
        let seen = match &self.source {
            Source::Live(live) => live.content(path),
            Source::Recorded(facts) => facts.content(path),
        };
        self.tell_inside(path, "file", &seen, |line, content| line.content = Some(content.clone()));
        seen
    }

    /// Whole paths of what lies in a folder, sorted; of at most 10,000 things.
    pub fn folder(&self, path: &str) -> Seen<Option<Vec<String>>> {
        let seen = match &self.source {
            Source::Live(live) => live.folder(path),
            Source::Recorded(facts) => facts.folder(path),
        };
        self.tell_inside(path, "directory", &seen, |line, _| line.listed = Some(true));
        if self.sink.is_some() {
            // played back, a folder holds what is recorded below it
            for path in seen.iter().flatten().flatten() {
                let _ = self.file(path);
            }
        }
        seen
    }

    /// Processes of container engines and of the audit daemon, whichever files they were started from.
    pub fn processes(&self) -> Seen<Vec<Process>> {
        let seen = match &self.source {
            Source::Live(live) => live.processes(),
            Source::Recorded(facts) => facts.processes(),
        };
        self.tell_all("process", &seen, Fact::Process);
        seen
    }

    /// The mounts that can be seen; of several on one target the last.
    pub fn mounts(&self) -> Seen<Vec<Mount>> {
        let seen = match &self.source {
            Source::Live(live) => live.mounts(),
            Source::Recorded(facts) => facts.mounts(),
        };
        self.tell_all("mount", &seen, Fact::Mount);
        seen
    }

    /// Accounts of the host's own file.
    pub fn users(&self) -> Seen<Vec<User>> {
        let seen = match &self.source {
            Source::Live(live) => live.users(),
            Source::Recorded(facts) => facts.users(),
        };
        self.tell_all("user", &seen, Fact::User);
        seen
    }

    /// Groups of the host's own file.
    pub fn groups(&self) -> Seen<Vec<Group>> {
        let seen = match &self.source {
            Source::Live(live) => live.groups(),
            Source::Recorded(facts) => facts.groups(),
        };
        self.tell_all("group", &seen, Fact::Group);
        seen
    }

    /// Sockets that wait for others, in the engine's network as far as it is known, else in the host's.
    pub fn listeners(&self) -> Seen<Vec<Listener>> {
        let seen = match &self.source {
            Source::Live(live) => live.listeners(),
            Source::Recorded(facts) => facts.listeners(),
        };
        self.tell_all("listener", &seen, Fact::Listener);
        seen
    }

    /// What the audit log says about Docker, of its newest 64 MiB.
    pub fn audit_events(&self) -> Found<AuditEvent> {
        let found = match &self.source {
            Source::Live(live) => live.audit_events(),
            Source::Recorded(facts) => facts.audit_events(),
        };
        self.tell_found(&found, Fact::AuditEvent);
        found
    }

    /// Variables for Docker's programs that login files set.
    pub fn environment(&self) -> Found<Variable> {
        let found = match &self.source {
            Source::Live(live) => live.environment(),
            Source::Recorded(facts) => facts.environment(),
        };
        self.tell_found(&found, Fact::Environment);
        found
    }

    fn new(source: Source) -> Self {
        Self { source, sink: None, told: Mutex::default() }
    }

    fn look(&self, path: &str) -> Seen<Option<File>> {
        match &self.source {
            Source::Live(live) => live.file(path),
            Source::Recorded(facts) => facts.file(path),
        }
    }

    fn tell(&self, fact: &Fact) {
        let Some(sink) = &self.sink else { return };
        let mut hasher = DefaultHasher::new();
        fact.hash(&mut hasher);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(hasher.finish()) {
            sink(fact);
        }
    }

    fn tell_unreadable(&self, path: &str, error: &str) {
        self.tell(&Fact::File(FileFact {
            path: path.to_owned(),
            error: Some(error.to_owned()),
            ..FileFact::default()
        }));
    }

    /// Tells of a file whose text, or of a folder whose entries were asked for.
    fn tell_inside<T>(
        &self,
        path: &str,
        kind: &str,
        seen: &Seen<Option<T>>,
        add: impl FnOnce(&mut FileFact, &T),
    ) {
        if self.sink.is_none() {
            return;
        }
        match (self.look(path), seen) {
            (_, Ok(None)) | (Ok(None), _) => {}
            (Err(error), _) => self.tell_unreadable(path, &error),
            // that it is of another kind goes without saying
            (Ok(Some(file)), _) if file.kind != kind => self.tell(&Fact::File((&file).into())),
            (Ok(Some(file)), seen) => {
                let mut line = FileFact { listed: None, ..FileFact::from(&file) };
                match seen {
                    Ok(Some(inside)) => add(&mut line, inside),
                    Ok(None) => {}
                    Err(error) => line.error = Some(error.clone()),
                }
                self.tell(&Fact::File(line));
            }
        }
    }

    fn tell_all<T: Clone>(&self, kind: &str, seen: &Seen<Vec<T>>, fact: fn(T) -> Fact) {
        if self.sink.is_none() {
            return;
        }
        match seen {
            Ok(items) => items.iter().for_each(|item| self.tell(&fact(item.clone()))),
            Err(error) => self.tell(&Fact::Unreadable(Unreadable {
                kind: kind.to_owned(),
                path: None,
                error: error.clone(),
            })),
        }
    }

    fn tell_found<T: Clone>(&self, found: &Found<T>, fact: fn(T) -> Fact) {
        if self.sink.is_some() {
            found.items.iter().for_each(|item| self.tell(&fact(item.clone())));
            found.unreadable.iter().for_each(|what| self.tell(&Fact::Unreadable(what.clone())));
        }
    }
}

#[cfg(test)]
mod tests;

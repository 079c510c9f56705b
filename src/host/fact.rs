//! What is known of a host, in the form that recordings have: one fact a line.
//! It must not know how a fact was found, nor what it is good for.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{AuditEvent, Group, Mount, User, Variable};

/// What was seen, or in words why it could not be, such as `permission denied`.
pub type Seen<T> = Result<T, String>;

/// What was found in several places, some of which could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// What those that could be read hold.
    pub items: Vec<T>,
    /// Those that could not be read.
    pub unreadable: Vec<Unreadable>,
}

/// A kind of fact that could not be read, as a whole or from one place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Unreadable {
    /// Name of the kind, as a fact's line has it.
    pub kind: String,
    /// The file; all of the kind if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Why.
    pub error: String,
}

/// A file, a folder or something else that has a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The path that was asked for.
    pub path: String,
    /// `file`, `directory`, `socket`, `fifo`, `block_device`, `character_device`, `symlink` (one that leads nowhere),
    /// or `unknown`.
    pub kind: String,
    /// Number of the owner.
    pub uid: Option<u32>,
    /// Number of the group.
    pub gid: Option<u32>,
    /// Name of the owner, if the host has one for the number.
    pub user: Option<String>,
    /// Name of the group, if the host has one for the number.
    pub group: Option<String>,
    /// Permission bits, those for set-user-ID and the like included.
    pub mode: Option<u32>,
    /// Bytes of a regular file.
    pub size: Option<u64>,
    /// Where symbolic links on the path lead, all of them followed.
    pub target: Option<String>,
}

/// A file's line in a recording; several lines of one path add up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileFact {
    /// Its path.
    pub path: String,
    /// As in [`File`]; a `symlink` leads to the line of its target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Number of the owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// Number of the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid: Option<u32>,
    /// Name of the owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Name of the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Permission bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// Bytes of a regular file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Where symbolic links lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Text of a regular file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// False for a folder of which nobody asked what lies in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<bool>,
    /// Why it could not be read: its text or what lies in it if there is a kind, else anything about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl From<&File> for FileFact {
    fn from(file: &File) -> Self {
        Self {
            path: file.path.clone(),
            kind: Some(file.kind.clone()),
            uid: file.uid,
            gid: file.gid,
            user: file.user.clone(),
            group: file.group.clone(),
            mode: file.mode,
            size: file.size,
            target: file.target.clone(),
            content: None,
            listed: (file.kind == "directory").then_some(false),
            error: None,
        }
    }
}

impl FileFact {
    /// What the line says of the file asked for as `path`.
    pub(super) fn file(&self, path: &str) -> File {
        let kind = match (&self.kind, &self.content, self.listed) {
            (Some(kind), ..) => kind,
            (None, Some(_), _) => "file",
            (None, None, Some(_)) => "directory",
            (None, None, None) => "unknown",
        };
        File {
            path: path.to_owned(),
            kind: kind.to_owned(),
            uid: self.uid,
            gid: self.gid,
            user: self.user.clone(),
            group: self.group.clone(),
            mode: self.mode,
            size: self.size,
            target: self.target.clone(),
        }
    }
}

/// A process of a container engine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Number of the account whose rights it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// Its name and arguments.
    pub argv: Vec<String>,
    /// The program's file, if it can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exe: Option<String>,
    /// True if it is known to be the daemon that answers; unset if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<bool>,
    /// True if it runs in a container, where processes have numbers of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nested: Option<bool>,
}

impl Process {
    /// Name of the program: that of its file, or what it calls itself.
    pub fn program(&self) -> &str {
        let path = self.exe.as_deref().or(self.argv.first().map(String::as_str));
        path.unwrap_or_default().rsplit('/').next().unwrap_or_default()
    }
}

/// A socket that waits for others to connect, or to send.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Listener {
    /// `tcp`, `tcp6`, `udp` or `udp6`.
    pub protocol: String,
    /// The address it is bound to, without port.
    pub address: String,
    /// The port.
    pub port: u16,
    /// Number of the account that opened it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// A process that holds it, if that can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// That process's program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
}

/// Whose facts they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HostFact {
    /// The host's name for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Kind of operating system, such as `linux`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
}

/// One line of a recording about a host: an object with the kind as its only name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Whose facts they are; without it there are none.
    Host(HostFact),
    /// A file.
    File(FileFact),
    /// A process of a container engine.
    Process(Process),
    /// A mount.
    Mount(Mount),
    /// An account.
    User(User),
    /// A group.
    Group(Group),
    /// A listening socket.
    Listener(Listener),
    /// A line of the audit log.
    AuditEvent(AuditEvent),
    /// A variable of a login environment.
    Environment(Variable),
    /// A kind of fact that could not be read.
    Unreadable(Unreadable),
}

impl Fact {
    /// The fact in a line of JSON; nothing if the line is about something else.
    ///
    /// # Errors
    /// The line is no JSON object, or its fact lacks something.
    pub fn parse(line: &[u8]) -> Result<Option<Self>, String> {
        /// Raw, because a line of another kind may use these names for other things.
        #[derive(Deserialize)]
        struct Line<'a> {
            #[serde(borrow)]
            get: Option<&'a RawValue>,
            #[serde(borrow)]
            host: Option<&'a RawValue>,
            #[serde(borrow)]
            file: Option<&'a RawValue>,
            #[serde(borrow)]
            process: Option<&'a RawValue>,
            #[serde(borrow)]
            mount: Option<&'a RawValue>,
            #[serde(borrow)]
            user: Option<&'a RawValue>,
            #[serde(borrow)]
            group: Option<&'a RawValue>,
            #[serde(borrow)]
            listener: Option<&'a RawValue>,
            #[serde(borrow)]
            audit_event: Option<&'a RawValue>,
            #[serde(borrow)]
            environment: Option<&'a RawValue>,
            #[serde(borrow)]
            unreadable: Option<&'a RawValue>,
        }
        fn read<'a, T: Deserialize<'a>>(
            kind: &str,
            raw: Option<&'a RawValue>,
            fact: fn(T) -> Fact,
        ) -> Result<Option<Fact>, String> {
            let Some(raw) = raw else { return Ok(None) };
            let value = serde_json::from_str(raw.get());
            value.map(fact).map(Some).map_err(|error| format!("`{kind}`: {}", words(&error)))
        }
        let line: Line = serde_json::from_slice(line).map_err(|error| words(&error))?;
        if line.get.is_some() {
            return Ok(None);
        }
        let facts = [
            read("host", line.host, Self::Host)?,
            read("file", line.file, Self::File)?,
            read("process", line.process, Self::Process)?,
            read("mount", line.mount, Self::Mount)?,
            read("user", line.user, Self::User)?,
            read("group", line.group, Self::Group)?,
            read("listener", line.listener, Self::Listener)?,
            read("audit_event", line.audit_event, Self::AuditEvent)?,
            read("environment", line.environment, Self::Environment)?,
            read("unreadable", line.unreadable, Self::Unreadable)?,
        ];
        Ok(facts.into_iter().flatten().next())
    }
}

/// Without the position, whose line would be that within one line.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(words, _)| words).to_owned()
}

//! The log of the kernel's audit: what was done to things that a rule with a key `docker…` names, and `docker exec`.
//! It must not know how much of a log it is given.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// One event of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AuditEvent {
    /// When it was, in RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Its number in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<u64>,
    /// Key of the rule; of several the one that starts with `docker`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The program's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exe: Option<String>,
    /// Name and arguments, of a program that was started.
    #[serde(default)]
    pub argv: Vec<String>,
    /// The system call: its name, or its number where the log has no names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub syscall: Option<String>,
    /// Files that it was about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Number of the process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Number of the account whose rights the process had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// Name of that account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Number of the account that logged in, whatever it became later; unset for what no login started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auid: Option<u32>,
    /// Name of that account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    /// True if the system call succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
}

/// What a `docker exec` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exec {
    /// True with `--privileged`.
    pub privileged: bool,
    /// The user it names; the container's own if it names none.
    pub user: Option<String>,
    /// The container.
    pub container: Option<String>,
}

/// How many events may be incomplete at once; their records lie close together.
const MOST_PENDING: usize = 256;

/// Collects the records of a log, which may be mixed, into events.
#[derive(Default)]
pub struct Reader {
    pending: BTreeMap<u64, Pending>,
    order: VecDeque<u64>,
    events: Vec<AuditEvent>,
}

#[derive(Default)]
struct Pending {
    event: AuditEvent,
    is_call: bool,
    arguments: BTreeMap<usize, String>,
}

impl Reader {
    /// Takes the next line of the log; one that is no record is passed over.
    pub fn line(&mut self, line: &str) {
        let Some(record) = Record::of(line) else { return };
        if record.kind == "EOE" {
            self.complete(record.serial);
            return;
        }
        if !matches!(record.kind, "SYSCALL" | "EXECVE" | "PATH") {
            return;
        }
        if !self.pending.contains_key(&record.serial) {
            self.order.push_back(record.serial);
            if self.pending.len() == MOST_PENDING
                && let Some(oldest) = self.order.pop_front()
            {
                self.complete(oldest);
            }
        }
        self.pending.entry(record.serial).or_default().add(&record);
    }

    /// The events about Docker, in the order of the log.
    pub fn finish(mut self) -> Vec<AuditEvent> {
        while let Some(serial) = self.order.pop_front() {
            self.complete(serial);
        }
        self.events
    }

    fn complete(&mut self, serial: u64) {
        let Some(Pending { mut event, is_call, arguments }) = self.pending.remove(&serial) else {
            return;
        };
        self.order.retain(|other| *other != serial);
        event.argv = arguments.into_values().collect();
        let is_keyed = event.key.as_ref().is_some_and(|key| key.starts_with("docker"));
        if is_call && (is_keyed || exec_of(&event.argv).is_some()) {
            self.events.push(event);
        }
    }
}

impl Pending {
    fn add(&mut self, record: &Record) {
        let event = &mut self.event;
        event.serial = Some(record.serial);
        event.time.clone_from(&record.time);
        match record.kind {
            "SYSCALL" => {
                self.is_call = true;
                let number = |name| record.get(name).and_then(|value| value.parse().ok());
                let name = |name| {
                    record.get(name).and_then(text).filter(|name| name != "unset" && name != "?")
                };
                event.key = record.get("key").and_then(text).map(|keys| of_docker(&keys));
                event.exe = record.get("exe").and_then(text);
                event.pid = number("pid");
                event.uid = number("uid");
                event.auid = number("auid").filter(|&auid| auid != u32::MAX);
                event.user = name("UID");
                event.login = name("AUID");
                event.syscall = record
                    .get("SYSCALL")
                    .or(record.get("syscall"))
                    .map(|name| bare(name).to_owned());
                event.success = match record.get("success") {
                    Some("yes") => Some(true),
                    Some("no") => Some(false),
                    _ => None,
                };
            }
            "EXECVE" => {
                self.is_call = true;
                for (name, value) in &record.fields {
                    let Some(place) = argument(name) else { continue };
                    self.arguments
                        .entry(place)
                        .or_default()
                        .push_str(&text(value).unwrap_or_default());
                }
            }
            _ => {
                if let Some(path) = record.get("name").and_then(text)
                    && !event.paths.contains(&path)
                {
                    event.paths.push(path);
                }
            }
        }
    }
}

/// `type=SYSCALL msg=audit(1700000000.123:42): name=value …`, perhaps with `node=…` before it.
struct Record<'a> {
    kind: &'a str,
    serial: u64,
    time: Option<String>,
    fields: Vec<(&'a str, &'a str)>,
}

impl<'a> Record<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let (_, rest) = line.split_once("type=")?;
        let (kind, rest) = rest.split_once(" msg=audit(")?;
        let (stamp, rest) = rest.split_once("):")?;
        let (time, serial) = stamp.rsplit_once(':')?;
        let time = moment(time);
        Some(Self { kind, serial: serial.parse().ok()?, time, fields: fields(rest) })
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.fields.iter().find(|(found, _)| *found == name).map(|(_, value)| *value)
    }
}

/// `name=value` pairs, of which a value may be quoted; a group separator stands before the names of numbers.
fn fields(text: &str) -> Vec<(&str, &str)> {
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\x1d']);
        let Some((name, after)) = rest.split_once('=') else { return fields };
        let quoted = ['"', '\''].into_iter().find(|quote| after.starts_with(*quote));
        let end = match quoted {
            Some(quote) => after[1..].find(quote).map_or(after.len(), |at| at + 2),
            None => after.find([' ', '\x1d']).unwrap_or(after.len()),
        };
        fields.push((name.rsplit(' ').next().unwrap_or(name), &after[..end]));
        rest = &after[end..];
    }
}

/// Seconds since 1970 with three digits after the point.
fn moment(stamp: &str) -> Option<String> {
    let (seconds, fraction) = stamp.split_once('.').unwrap_or((stamp, "0"));
    let milliseconds: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let all = seconds.parse::<i64>().ok()?.checked_mul(1000)?.checked_add(milliseconds)?;
    jiff::Timestamp::from_millisecond(all).ok().map(|time| time.to_string())
}

/// A text that anybody may have chosen: in quotes, or in hexadecimal digits if it holds anything odd.
fn text(value: &str) -> Option<String> {
    if value.starts_with('"') || value == "(null)" || value.is_empty() {
        return (value != "(null)").then(|| bare(value).to_owned());
    }
    let digit =
        |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| Some(digit(pair.first()?)? * 16 + digit(pair.get(1)?)?);
    let bytes: Option<Vec<u8>> = value.as_bytes().chunks(2).map(pair).collect();
    Some(
        bytes
            .map_or_else(|| value.to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned()),
    )
}

fn bare(value: &str) -> &str {
    value.trim_matches('"')
}

/// The number of an argument by its name, such as `a3`, or `a3[0]` for a part of a long one.
fn argument(name: &str) -> Option<usize> {
    let digits = name.strip_prefix('a')?;
    let digits = digits.split_once('[').map_or(digits, |(digits, _)| digits);
    digits.parse().ok()
}

/// Of several keys, which a byte of 1 separates, the one that is about Docker.
fn of_docker(keys: &str) -> String {
    let found = keys.split('\x01').find(|key| key.starts_with("docker"));
    found.unwrap_or(keys.split('\x01').next().unwrap_or(keys)).to_owned()
}

/// Options of the docker command itself, and of `exec`, that take the next word as their value.
const WITH_VALUE: [&str; 12] = [
    "-H",
    "--host",
    "-c",
    "--context",
    "--config",
    "-l",
    "--log-level",
    "--tlscacert",
    "--tlscert",
    "--tlskey",
    "--url",
    "--connection",
];
const EXEC_WITH_VALUE: [&str; 9] = [
    "-e",
    "--env",
    "--env-file",
    "-w",
    "--workdir",
    "--detach-keys",
    "--preserve-fds",
    "-u",
    "--user",
];

/// What a command line of Docker's or Podman's `exec` asks for; nothing if it is another.
pub fn exec_of(argv: &[String]) -> Option<Exec> {
    let mut words = argv.iter().map(String::as_str);
    let program = words.next()?.rsplit('/').next()?;
    if !matches!(program, "docker" | "podman") {
        return None;
    }
    loop {
        match words.next()? {
            "exec" => break,
            "container" => {}
            option if WITH_VALUE.contains(&option) => {
                words.next();
            }
            option if option.starts_with('-') => {}
            _ => return None,
        }
    }
    let mut exec = Exec { privileged: false, user: None, container: None };
    while let Some(word) = words.next() {
        match word.split_once('=').unwrap_or((word, "")) {
            ("--privileged", "" | "true" | "1" | "t" | "T" | "TRUE" | "True") => {
                exec.privileged = true;
            }
            ("--user", value) if word.contains('=') => exec.user = Some(value.to_owned()),
            ("--user" | "-u", _) => exec.user = words.next().map(str::to_owned),
            _ if EXEC_WITH_VALUE.contains(&word) => {
                words.next();
            }
            ("--", _) => exec.container = words.next().map(str::to_owned),
            _ if word.starts_with("--") => continue,
            _ if word.starts_with('-') && word.len() > 1 => {
                short_options(&word[1..], &mut exec, &mut words);
                continue;
            }
            _ => exec.container = Some(word.to_owned()),
        }
        if exec.container.is_some() {
            break;
        }
    }
    Some(exec)
}

/// Letters in a row, such as `itu0`: the first that takes a value ends them.
fn short_options<'a>(letters: &str, exec: &mut Exec, words: &mut impl Iterator<Item = &'a str>) {
    let Some(at) = letters.find(['u', 'e', 'w']) else { return };
    let given = letters[at + 1..].trim_start_matches('=');
    let value = if given.is_empty() { words.next() } else { Some(given) };
    if letters[at..].starts_with('u') {
        exec.user = value.map(str::to_owned);
    }
}

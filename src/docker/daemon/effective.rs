//! The settings in force: those of the command line, else of the file, else the defaults.
//! What is not known to be unset has no default: it is not known.

use serde_json::Value;

use super::settings::{Declared, SETTINGS};
use super::{Daemon, defaults, value};
use crate::files::flags::Given;
use crate::host::Seen;

/// Who set a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The daemon's command line.
    Flag,
    /// The daemon's file.
    File,
    /// Nobody.
    Default,
}

impl Source {
    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::File => "file",
            Self::Default => "default",
        }
    }
}

/// A setting of a daemon.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// As the file calls it.
    pub key: String,
    /// What is in force, null if nothing is set, or why that is not known.
    pub value: Seen<Value>,
    /// What would be in force if nobody set it; `None` if that is not known.
    pub default: Option<Value>,
    /// Who set it, if that is known.
    pub source: Option<Source>,
    /// The flags that set it, as they stand on the command line.
    pub flag: Option<String>,
    /// The file that names it, and the line.
    pub place: Option<(String, usize)>,
    /// False if no engine that we know of has it.
    pub is_known: bool,
}

pub(super) fn settings(daemon: &Daemon<'_>) -> Vec<Setting> {
    let mut settings: Vec<Setting> = SETTINGS
        .iter()
        .filter_map(|declared| {
            let setting = setting(daemon, declared);
            (is_of_engine(daemon, declared) || is_set(&setting)).then_some(setting)
        })
        .collect();
    imply_tls(&mut settings);
    settings.extend(unknown_flags(daemon));
    settings.extend(unknown_keys(daemon));
    settings
}

fn is_set(setting: &Setting) -> bool {
    matches!(setting.source, Some(Source::Flag | Source::File))
}

/// False for one that only older or newer engines have.
fn is_of_engine(daemon: &Daemon<'_>, declared: &Declared) -> bool {
    daemon.known.major().is_none_or(|major| (declared.since..=declared.until).contains(&major))
}

fn setting(daemon: &Daemon<'_>, declared: &Declared) -> Setting {
    let default = defaults::of(daemon, declared);
    let mut setting = Setting {
        key: declared.key.to_owned(),
        value: Ok(Value::Null),
        default: default.clone().ok(),
        source: None,
        flag: None,
        place: None,
        is_known: true,
    };
    let entry = daemon.config.entry(|key| declared.is_called(key, true));
    if let (Some(entry), Ok(path)) = (entry, &daemon.config.path) {
        setting.place = Some((path.clone(), entry.line));
    }
    let in_file = entry.filter(|entry| !value::is_unset(&entry.value));
    let flags = of_flags(daemon, declared);
    if !flags.is_empty() {
        let texts: Vec<&str> =
            flags.iter().map(|given| given.value.as_deref().unwrap_or_default()).collect();
        let mut set = value::of_flags(declared.kind, &texts);
        // the one setting that both may have: runtimes of the file come before those of flags
        if let (Value::Object(set), Some(Value::Object(in_file))) =
            (&mut set, in_file.map(|entry| &entry.value))
        {
            set.extend(in_file.clone());
        } else {
            setting.place = None;
        }
        setting.value = Ok(set);
        setting.source = Some(Source::Flag);
        setting.flag = Some(joined(&flags));
    } else if let Some(entry) = in_file {
        setting.value = Ok(value::of_file(declared.kind, &entry.value));
        setting.source = Some(Source::File);
    } else {
        setting.value = unset(daemon).and(default);
        setting.source = setting.value.is_ok().then_some(Source::Default);
    }
    setting
}

fn of_flags<'a>(daemon: &'a Daemon<'_>, declared: &Declared) -> Vec<&'a Given> {
    let flags = daemon.flags.as_deref().unwrap_or_default();
    let is_it = |given: &&Given| given.is_known && declared.is_called(&given.name, false);
    flags.iter().filter(is_it).collect()
}

fn joined(flags: &[&Given]) -> String {
    let texts: Vec<&str> = flags.iter().map(|given| given.text.as_str()).collect();
    texts.join(" ")
}

/// Whether both places that could set a setting are known not to.
fn unset(daemon: &Daemon<'_>) -> Seen<()> {
    if let Err(why) = &daemon.config.entries {
        return Err(why.clone());
    }
    match &daemon.flags {
        Ok(_) => Ok(()),
        Err(why) => Err(format!("the daemon's command line is not known: {why}")),
    }
}

/// `tlsverify`, whatever it says, switches `tls` on; and `tls` alone verifies.
fn imply_tls(settings: &mut [Setting]) {
    let at = |settings: &[Setting], key: &str| settings.iter().position(|one| one.key == key);
    let (Some(tls), Some(verify)) = (at(settings, "tls"), at(settings, "tlsverify")) else {
        return;
    };
    let is_on = settings[tls].value == Ok(Value::from(true));
    let (from, to, value) = match (is_set(&settings[tls]), is_set(&settings[verify])) {
        (true, true) if is_on => return,
        (_, true) => (verify, tls, Ok(Value::from(true))),
        (true, false) => (tls, verify, settings[tls].value.clone()),
        (false, false) => return,
    };
    let implied = Setting {
        key: settings[to].key.clone(),
        default: settings[to].default.clone(),
        value,
        ..settings[from].clone()
    };
    settings[to] = implied;
}

/// Flags that no engine we know of has.
fn unknown_flags(daemon: &Daemon<'_>) -> Vec<Setting> {
    let flags = daemon.flags.as_deref().unwrap_or_default();
    let unknown = flags.iter().filter(|given| !given.is_known);
    unknown
        .map(|given| Setting {
            key: given.name.clone(),
            value: Ok(given.value.clone().map_or(Value::Null, Value::from)),
            default: None,
            source: Some(Source::Flag),
            flag: Some(given.text.clone()),
            place: None,
            is_known: false,
        })
        .collect()
}

/// Keys that no engine we know of has.
fn unknown_keys(daemon: &Daemon<'_>) -> Vec<Setting> {
    let entries = daemon.config.entries.as_deref().unwrap_or_default();
    let is_known = |key: &str| SETTINGS.iter().any(|declared| declared.is_called(key, true));
    let unknown = entries.iter().filter(|entry| !is_known(&entry.key));
    unknown
        .map(|entry| Setting {
            key: entry.key.clone(),
            value: Ok(entry.value.clone()),
            default: None,
            source: Some(Source::File),
            flag: None,
            place: daemon.config.path.clone().ok().map(|path| (path, entry.line)),
            is_known: false,
        })
        .collect()
}

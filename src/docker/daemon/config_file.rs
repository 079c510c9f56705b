//! The file that a daemon reads its settings from.
//! It must not know what the settings mean.

use super::place::Place;
use crate::files::daemon_json::{self, Entry};
use crate::files::flags::Given;
use crate::host::{Host, Seen};

/// The file, read once.
#[derive(Debug)]
pub(super) struct ConfigFile {
    /// Where it is, or why that is not known.
    pub(super) path: Seen<String>,
    /// What it says, which is nothing if it is not there, or why that is not known.
    pub(super) entries: Seen<Vec<Entry>>,
}

impl ConfigFile {
    pub(super) fn read(host: &Host, flags: &[Given], place: &Place) -> Self {
        let path = match flags.iter().rev().find(|given| given.name == "config-file") {
            Some(Given { value: Some(path), .. }) => Ok(path.clone()),
            _ => place.config_folder().map(|folder| format!("{folder}/daemon.json")),
        };
        let entries = path.as_deref().map_err(Clone::clone).and_then(|path| entries(host, path));
        Self { path, entries }
    }

    /// The last entry under one of these keys.
    pub(super) fn entry(&self, is_called: impl Fn(&str) -> bool) -> Option<&Entry> {
        self.entries.as_ref().ok()?.iter().rev().find(|entry| is_called(&entry.key))
    }
}

fn entries(host: &Host, path: &str) -> Seen<Vec<Entry>> {
    match host.content(path) {
        Ok(None) => Ok(Vec::new()),
        Ok(Some(text)) => daemon_json::parse(&text).map_err(|problem| format!("{path}: {problem}")),
        Err(why) => Err(format!("{path} cannot be read: {why}")),
    }
}

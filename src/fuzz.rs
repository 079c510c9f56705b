//! What must hold for any bytes: one plain function a target, which panics where it does not.
//!
//! The tests below replay the corpus in `fuzz/corpus` and change it at random; `fuzz/` drives the same functions with
//! cargo-fuzz. Whatever is read ends in a value or in an error in words, soon, and on a stack of 2 MiB.
//! They must not print, and must not touch the disk or the network.
#![expect(clippy::missing_panics_doc, reason = "to panic is how a target tells what it found")]

pub mod audit_log;
pub mod audit_rules;
pub mod compose;
pub mod connection;
pub mod containerd;
pub mod containers;
pub mod daemon;
pub mod dockerfile;
pub mod host_tables;
pub mod login;
pub mod quals;
pub mod recording;
pub mod systemd;
pub mod yaml;

#[cfg(test)]
mod tests;

/// A reader of foreign text, with what must hold for it.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is that of its folder in `fuzz/corpus` and of its file in `fuzz/fuzz_targets`.
    pub name: &'static str,
    /// Reads the bytes.
    pub run: fn(&[u8]),
    /// Words that mean something to the reader.
    pub words: &'static [&'static str],
}

/// Every target.
pub const ALL: &[Target] = &[
    Target { name: "audit_log", run: audit_log::run, words: audit_log::WORDS },
    Target { name: "audit_rules", run: audit_rules::run, words: audit_rules::WORDS },
    Target { name: "compose", run: compose::run, words: compose::WORDS },
    Target { name: "connection", run: connection::run, words: connection::WORDS },
    Target { name: "containerd", run: containerd::run, words: containerd::WORDS },
    Target { name: "containers", run: containers::run, words: containers::WORDS },
    Target { name: "daemon", run: daemon::run, words: daemon::WORDS },
    Target { name: "dockerfile", run: dockerfile::run, words: dockerfile::WORDS },
    Target { name: "host_tables", run: host_tables::run, words: host_tables::WORDS },
    Target { name: "login", run: login::run, words: login::WORDS },
    Target { name: "quals", run: quals::run, words: quals::WORDS },
    Target { name: "recording", run: recording::run, words: recording::WORDS },
    Target { name: "systemd", run: systemd::run, words: systemd::WORDS },
    Target { name: "yaml", run: yaml::run, words: yaml::WORDS },
];

/// How many lines a text has; YAML ends them with a carriage return, too.
struct Lines(usize);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.split(['\n', '\r']).count())
    }

    /// The number is that of a line, or of the end where more was expected.
    fn check(&self, line: usize) {
        assert!((1..=self.0 + 1).contains(&line), "line {line} of {}", self.0);
    }
}

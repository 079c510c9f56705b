//! Rules of the audit system.

use std::collections::HashMap;

use super::Lines;
use crate::files::audit_rules::{self, Rule};

/// Words of a rules file.
pub const WORDS: &[&str] = &[
    "-w /usr/bin/docker",
    " -p wa",
    " -k docker",
    "\n",
    "-a always,exit",
    " -F arch=b64",
    " -S execve,open",
    " -F path=/a",
    " -F dir=/a/",
    " -F perm=rwxa",
    " -F key=a",
    " -F uid>=1000",
    " -C uid!=euid",
    "-D",
    "-W /usr/bin/docker",
    "-d always,exit",
    "-e 2",
    "-A never,exit",
    "# c",
    " ",
    "\t",
    "=",
    "!=",
    "&=",
    "-a exclude,never",
    " -F",
    " -S",
    " -k",
    "-b 8192",
    "--backlog_wait_time 1",
    "-w",
    "//",
    "/../",
];

/// Reads a rules file.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let lines = Lines::of(&text);
    let rules = audit_rules::parse(&text);
    let mut last = 0;
    for rule in &rules {
        assert!(last < rule.line, "one line, one rule");
        lines.check(rule.line);
        last = rule.line;
        assert!(!rule.text.is_empty());
        assert!(rule.removed_by.is_none_or(|by| by > rule.line), "only a later line removes");
        assert!(rule.path.as_ref().is_none_or(|path| !path.is_empty()));
    }
    let texts: Vec<&str> = rules.iter().map(|rule| rule.text.as_str()).collect();
    let again = audit_rules::parse(&texts.join("\n"));
    // lines without comments and blanks are counted otherwise
    let places: HashMap<usize, usize> =
        rules.iter().zip(1..).map(|(rule, place)| (rule.line, place)).collect();
    let place = |line: usize| places[&line];
    let moved = rules.iter().map(|rule| Rule {
        line: place(rule.line),
        removed_by: rule.removed_by.map(place),
        ..rule.clone()
    });
    assert_eq!(again, moved.collect::<Vec<_>>());
}

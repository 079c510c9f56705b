//! Units of systemd.

use std::fmt::Write as _;

use super::Lines;
use crate::files::systemd_unit::{self, Directive, Unit};

/// Words of a unit.
pub const WORDS: &[&str] = &[
    "[Unit]\n",
    "[Service]\n",
    "[Socket]\n",
    "ExecStart=",
    "ExecStart=\n",
    "/usr/bin/dockerd -H fd://\n",
    "Environment=A=b \"C=d e\"\n",
    "EnvironmentFile=-/a\n",
    "ListenStream=/run/docker.sock\n",
    "\\\n",
    "\\x41",
    "\\",
    "\"",
    "'",
    "# c\n",
    "; c\n",
    "=",
    "[",
    "]",
    " ",
    "-@:+!|",
    "%i",
    "\r\n",
];

/// Reads a unit.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let lines = Lines::of(&text);
    let mut unit = Unit::default();
    unit.add("a.service", &text);
    for Directive { line, .. } in &unit.directives {
        lines.check(*line);
    }
    for (_, problem) in &unit.problems {
        lines.check(problem.line);
    }
    assert!(unit.environment().len() <= text.len());
    assert!(unit.environment_files().len() <= unit.directives.len());
    assert!(unit.exec_start().len() <= unit.directives.len());
    assert_eq!(unit.last("Service", "ExecStart").is_some(), ends_set(&unit));
    check_again(&unit);
    assert!(systemd_unit::words(&text).len() <= text.len());
}

/// True if the last `ExecStart=` of a service has a value.
fn ends_set(unit: &Unit) -> bool {
    let mut starts = unit
        .directives
        .iter()
        .filter(|found| found.section == "Service" && found.key == "ExecStart");
    starts.next_back().is_some_and(|found| !found.value.is_empty())
}

/// Directives, written out one by one, mean the same.
fn check_again(unit: &Unit) {
    let mut written = String::new();
    for Directive { section, key, value, .. } in &unit.directives {
        if value.ends_with('\\') || key.starts_with(['#', ';']) || key.is_empty() {
            return; // it stood on a joined line: alone it would be joined with the next one, or be a comment
        }
        let _ = write!(written, "[{section}]\n{key}={value}\n");
    }
    let mut again = Unit::default();
    again.add("a.service", &written);
    let plain = |unit: &Unit| -> Vec<[String; 3]> {
        let of =
            |found: &Directive| [found.section.clone(), found.key.clone(), found.value.clone()];
        unit.directives.iter().map(of).collect()
    };
    assert_eq!(plain(&again), plain(unit), "{written}");
}

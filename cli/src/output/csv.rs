//! The CSV output of a run, and the quoting that queries share.
//! Knows nothing of files; lines come in the order of the mod.

use std::collections::BTreeSet;

use super::Options;
use super::json::control_id;
use crate::report::{ControlRun, Group, Report, Row};

const FIXED: [&str; 10] = [
    "group_id",
    "title",
    "description",
    "control_id",
    "control_title",
    "control_description",
    "reason",
    "resource",
    "status",
    "severity",
];

/// One line for each row, or failed control, in each group that holds it.
pub(super) fn render(report: &Report, options: &Options) -> String {
    let groups = report.root.groups();
    let controls = report.root.controls();
    let dimensions: BTreeSet<&str> = controls
        .iter()
        .flat_map(|run| run.rows())
        .flat_map(|row| &row.dimensions)
        .map(|dimension| dimension.key.as_str())
        .collect();
    let tags: BTreeSet<&str> = controls
        .iter()
        .flat_map(|run| run.tags.keys())
        .chain(groups.iter().flat_map(|group| group.tags.keys()))
        .map(String::as_str)
        .collect();

    let separator = options.separator;
    let mut text = String::new();
    if options.header {
        let names = FIXED.iter().chain(&dimensions).chain(&tags).copied();
        text += &line(names.map(|name| quote(name, separator)), separator);
    }
    for group in groups {
        for run in group.own_controls() {
            for verdict in verdicts(run) {
                let cells = own_cells(report, group, run, &verdict)
                    .into_iter()
                    .chain(dimensions.iter().map(|key| verdict.dimension(key)))
                    .chain(tags.iter().map(|key| run.tags.get(*key).map_or("", String::as_str)));
                // Powerpipe trims its cells after they are quoted
                text +=
                    &line(cells.map(|cell| quote(cell, separator).trim().to_owned()), separator);
            }
        }
    }
    text
}

/// One line of quoted cells, with its line break.
pub(super) fn line(cells: impl Iterator<Item = String>, separator: char) -> String {
    cells.collect::<Vec<String>>().join(separator.encode_utf8(&mut [0; 4])) + "\n"
}

/// A cell by the rules of Go's `encoding/csv`. Those of the `csv` crate differ: it takes separators
/// of one byte only, and leaves a leading space unquoted.
pub(super) fn quote(cell: &str, separator: char) -> String {
    let special = |character| character == separator || "\"\r\n".contains(character);
    // `\.` ends the data in PostgreSQL's copy
    if cell == "\\." || cell.contains(special) || cell.starts_with(char::is_whitespace) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// A row, or the error of a control that has none.
enum Verdict<'a> {
    Row(&'a Row),
    Failure(&'a str),
}

impl<'a> Verdict<'a> {
    fn dimension(&self, key: &str) -> &'a str {
        let Self::Row(row) = self else { return "" };
        let found = row.dimensions.iter().find(|dimension| dimension.key == key);
        found.map_or("", |dimension| &dimension.text)
    }
}

fn verdicts(run: &ControlRun) -> Vec<Verdict<'_>> {
    run.error()
        .map(Verdict::Failure)
        .into_iter()
        .chain(run.rows().iter().map(Verdict::Row))
        .collect()
}

fn own_cells<'a>(
    report: &Report,
    group: &'a Group,
    run: &'a ControlRun,
    verdict: &Verdict<'a>,
) -> [&'a str; FIXED.len()] {
    let (reason, resource, status, severity) = match verdict {
        Verdict::Row(row) => {
            (row.reason.as_str(), row.resource.as_str(), row.status.as_str(), run.severity.as_str())
        }
        Verdict::Failure(message) => (*message, "", "error", ""),
    };
    [
        &group.id,
        &group.title,
        &group.description,
        control_id(report, run),
        &run.title,
        &run.description,
        reason,
        resource,
        status,
        severity,
    ]
}

//! How results are shown: one file a format, and the settings they share.
//! Knows nothing of databases or mods; it turns a finished result into text.

mod csv;
mod documents;
mod json;
pub(crate) mod list;
mod query;
mod references;
pub(crate) mod show;
mod snapshot;
mod terminal;
mod text;
mod yaml;

use std::io::{self, IsTerminal};
use std::str::FromStr;

use terminal_size::{Width, terminal_size_of};

use crate::report::{QueryRun, Report};

/// The output of benchmarks and controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReportFormat {
    Text,
    /// Text with failures only.
    Brief,
    Json,
    Csv,
    /// Also called `pps`.
    Snapshot,
    None,
}

impl FromStr for ReportFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let formats = [
            ("text", Self::Text),
            ("brief", Self::Brief),
            ("json", Self::Json),
            ("csv", Self::Csv),
            ("snapshot", Self::Snapshot),
            ("pps", Self::Snapshot),
            ("none", Self::None),
        ];
        find_format(&formats, name)
    }
}

/// The output of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QueryFormat {
    /// Also called `pps`; what a query gives when nothing is said.
    Snapshot,
    Csv,
    Json,
    /// One line a value.
    Line,
    Table,
    None,
}

impl FromStr for QueryFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let formats = [
            ("snapshot", Self::Snapshot),
            ("csv", Self::Csv),
            ("json", Self::Json),
            ("line", Self::Line),
            ("table", Self::Table),
            ("pps", Self::Snapshot),
            ("none", Self::None),
        ];
        find_format(&formats, name)
    }
}

fn find_format<F: Copy>(formats: &[(&str, F)], name: &str) -> Result<F, String> {
    let found = formats.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, format)| *format).ok_or_else(|| {
        let known: Vec<&str> = formats.iter().map(|(known, _)| *known).collect();
        format!("unknown output format `{name}`: use one of {}", known.join(", "))
    })
}

/// What a format may be told. The default is that of a file or a pipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    /// Columns that text may fill; a deep tree takes more, and none more than 200.
    pub width: usize,
    /// Whether text is coloured.
    pub colour: bool,
    /// Whether CSV and tables begin with the names of the columns.
    pub header: bool,
    /// What separates the cells of CSV.
    pub separator: char,
    /// Whether a snapshot is written without white space, as into a file.
    pub compact: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { width: 100, colour: false, header: true, separator: ',', compact: false }
    }
}

impl Options {
    /// The options of the standard output, given how environment variables are looked up.
    pub(crate) fn for_stdout(variable: impl Fn(&str) -> Option<String>) -> Self {
        let stdout = io::stdout();
        let columns = terminal_size_of(&stdout).map(|(Width(columns), _)| columns);
        let no_colour = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            width: display_width(variable("POWERPIPE_DISPLAY_WIDTH").as_deref(), columns),
            colour: stdout.is_terminal() && !no_colour,
            ..Self::default()
        }
    }
}

/// The setting wins over the terminal; without either, text is as wide as a page.
fn display_width(setting: Option<&str>, terminal: Option<u16>) -> usize {
    let setting = setting.and_then(|columns| columns.trim().parse().ok());
    setting.or(terminal.map(usize::from)).unwrap_or(Options::default().width)
}

/// Reads the value of `--separator`: one character that CSV can be written with; empty is a comma.
pub(crate) fn parse_separator(text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (None, _) => Ok(','),
        (Some('"' | '\r' | '\n'), None) => {
            Err("a quote or a line break cannot separate cells".to_owned())
        }
        (Some(separator), None) => Ok(separator),
        (Some(_), Some(_)) => Err(format!("`{text}` is more than one character")),
    }
}

/// The whole output of a run of benchmarks or of a control.
pub(crate) fn render_report(report: &Report, format: ReportFormat, options: &Options) -> String {
    match format {
        ReportFormat::Text => text::render(report, options, text::Detail::Full),
        ReportFormat::Brief => text::render(report, options, text::Detail::Failures),
        ReportFormat::Json => json::render(report),
        ReportFormat::Csv => csv::render(report, options),
        ReportFormat::Snapshot => snapshot::render(report, options),
        ReportFormat::None => String::new(),
    }
}

/// The whole output of a query. One that failed shows only in a snapshot: its error is the
/// caller's to report.
pub(crate) fn render_query(run: &QueryRun, format: QueryFormat, options: &Options) -> String {
    match (format, &run.result) {
        (QueryFormat::Snapshot, _) => query::snapshot(run, options),
        (QueryFormat::Csv, Ok(result)) => query::csv(result, options),
        (QueryFormat::Json, Ok(result)) => query::json(result),
        (QueryFormat::Line, Ok(result)) => query::line(result),
        (QueryFormat::Table, Ok(result)) => query::table(result, options),
        (QueryFormat::None, _) | (_, Err(_)) => String::new(),
    }
}

#[cfg(test)]
mod tests;

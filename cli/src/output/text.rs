//! The text output of a run: the tree of benchmarks and controls with their rows, then the summary.
//! Knows widths and colours; what a terminal is asked for is in the options.

use std::collections::HashMap;

use unicode_width::UnicodeWidthStr;

use super::Options;
use super::terminal::{Line, Palette, cut, printable, style, thousands};
use crate::report::{ControlRun, Dimension, Group, Node, Report, Row, Status, Summary};

const MAXIMUM_WIDTH: usize = 200;
const MINIMUM_REASON: usize = 10;
const SEGMENTS: usize = 10;
/// The width of the dots behind `CRITICAL` in the summary.
const CRITICAL_DOTS: usize = 4;

/// Which rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    Full,
    /// Alarms and errors only; all headings and the summary stay.
    Failures,
}

/// The tree, the summary unless nothing was run, and blank lines around them.
pub(super) fn render(report: &Report, options: &Options, detail: Detail) -> String {
    let mut tree = Tree {
        palette: Palette { colour: options.colour },
        width: options.width.min(MAXIMUM_WIDTH).max(minimum_width(&report.root)),
        detail,
        dry_run: report.dry_run,
        total: report.root.summary(),
        dimension_colours: dimension_colours(report),
        lines: Vec::new(),
    };
    for child in &report.root.children {
        match child {
            Node::Group(group) => tree.group(group, "", ""),
            Node::Control(run) => tree.control(run, "+ ", "  "),
        }
    }
    let summary = if report.dry_run { String::new() } else { tree.summary(report) };
    format!("\n{}\n{summary}\n", tree.lines.join("\n"))
}

/// What the deepest heading needs: indent, a title's space, severity, counter and graph.
fn minimum_width(root: &Group) -> usize {
    2 * weighted_depth(root, 0) + 1 + "CRITICAL".len() + " n / m ".len() + SEGMENTS
}

/// Powerpipe adds up the levels along the deepest branch, which is more than its depth.
fn weighted_depth(group: &Group, level: usize) -> usize {
    let below = group.own_groups().map(|child| weighted_depth(child, level + 1)).max();
    below.map_or(0, |below| level + below)
}

/// A colour for each value of each dimension, in the order in which they first appear.
fn dimension_colours(report: &Report) -> HashMap<(String, String), String> {
    // the colours of the 256-colour cube that read well on black and mean no status
    const COLOURS: [u8; 18] =
        [75, 141, 180, 109, 176, 68, 137, 146, 67, 133, 173, 110, 140, 179, 103, 139, 216, 183];
    let mut colours = HashMap::new();
    for run in report.root.controls() {
        for dimension in run.rows().iter().flat_map(|row| &row.dimensions) {
            let next = COLOURS[colours.len() % COLOURS.len()];
            colours
                .entry((dimension.key.clone(), dimension.text.clone()))
                .or_insert_with(|| format!("38;5;{next}"));
        }
    }
    colours
}

struct Tree {
    palette: Palette,
    width: usize,
    detail: Detail,
    dry_run: bool,
    /// The sum over the whole run, which counters and graphs are scaled to.
    total: Summary,
    dimension_colours: HashMap<(String, String), String>,
    lines: Vec<String>,
}

impl Tree {
    /// `first` indents the heading, `indent` what is below it.
    fn group(&mut self, group: &Group, first: &str, indent: &str) {
        self.heading(first, &group.title, "", group.summary());
        self.blank(&format!("{indent}| "));
        let last = group.children.len().saturating_sub(1);
        for (index, child) in group.children.iter().enumerate() {
            let first = format!("{indent}+ ");
            let below = format!("{indent}{}", if index == last { "  " } else { "| " });
            match child {
                Node::Group(group) => self.group(group, &first, &below),
                Node::Control(run) => self.control(run, &first, &below),
            }
        }
    }

    fn control(&mut self, run: &ControlRun, first: &str, indent: &str) {
        self.heading(first, &run.title, &run.severity, run.summary());
        self.blank(&if run.rows().is_empty() { indent.to_owned() } else { format!("{indent}| ") });
        let lines_before = self.lines.len();
        if let Some(message) = run.error() {
            self.error(indent, message);
        }
        for row in run.rows() {
            if self.detail == Detail::Full || row.status <= Status::Alarm {
                self.row(indent, row);
            }
        }
        if self.lines.len() > lines_before {
            self.blank(indent);
        }
    }

    fn heading(&mut self, indent: &str, title: &str, severity: &str, summary: Summary) {
        let mut right = Line::new(self.palette);
        if !self.dry_run {
            if ["CRITICAL", "HIGH"].iter().any(|shown| severity.eq_ignore_ascii_case(shown)) {
                right.push(style::SEVERITY, &severity.to_ascii_uppercase()).space();
            }
            let fail_width = thousands(&self.total.failed().to_string()).len();
            self.counter(&mut right, summary, fail_width);
            self.graph(&mut right, style::FAIL, summary.failed(), summary.total());
        }
        let mut left = Line::new(self.palette);
        left.push(style::FAINT, indent);
        let available = self.width.saturating_sub(left.width() + right.width());
        if available > 0 {
            left.push(style::TITLE, &cut(&printable(title, false), available - 1)).space();
        }
        if !self.dry_run {
            left.push_dots(self.width.saturating_sub(left.width() + right.width()));
        }
        left.append(&right);
        self.lines.push(left.into_text());
    }

    fn row(&mut self, indent: &str, row: &Row) {
        let mut left = self.label(indent, row.status);
        let available = self.width.saturating_sub(left.width());
        let right = self.dimensions(&row.dimensions, available.saturating_sub(MINIMUM_REASON));
        let available = available.saturating_sub(right.width());
        let reason = cut(&printable(&row.reason, false), available.saturating_sub(1));
        left.push(style::reason(row.status), &reason).space();
        if !row.dimensions.is_empty() {
            left.push_dots(self.width.saturating_sub(left.width() + right.width()));
        }
        left.append(&right);
        self.lines.push(left.into_text());
    }

    fn error(&mut self, indent: &str, message: &str) {
        let mut line = self.label(indent, Status::Error);
        let available = self.width.saturating_sub(line.width());
        line.push(style::status(Status::Error), &cut(&printable(message, false), available));
        self.lines.push(line.into_text());
    }

    fn blank(&mut self, indent: &str) {
        self.lines.push(self.palette.paint(style::FAINT, indent));
    }

    fn label(&self, indent: &str, status: Status) -> Line {
        let word = format!("{:<5}", status.as_str().to_ascii_uppercase());
        let mut line = Line::new(self.palette);
        line.push(style::FAINT, indent).push(style::status(status), &word);
        line.push(style::FAINT, ":").space();
        line
    }

    /// The values that are not blank. While they do not fit, the first is shortened, then dropped;
    /// of two that do not fit nothing is left. Powerpipe counts bytes here, so that the ellipsis
    /// takes three columns; for plain text the result is the same.
    fn dimensions(&self, mut dimensions: &[Dimension], width: usize) -> Line {
        let mut line = Line::new(self.palette);
        let mut texts: Vec<String> =
            dimensions.iter().map(|dimension| printable(&dimension.text, false)).collect();
        let taken = |text: &String| text.width() + if text.ends_with('…') { 2 } else { 0 };
        while texts.iter().map(taken).sum::<usize>() + texts.len().saturating_sub(1) > width {
            let first = texts[0].width();
            if first > 0 {
                texts[0] = cut(&texts[0], (first - 1).min(width));
            } else if texts.len() > 2 {
                texts.remove(0);
                dimensions = &dimensions[1..];
            } else {
                return line;
            }
        }
        let shown =
            dimensions.iter().zip(&texts).filter(|(whole, _)| !whole.text.trim().is_empty());
        for (index, (dimension, text)) in shown.enumerate() {
            if index > 0 {
                line.space();
            }
            let key = (dimension.key.clone(), dimension.text.clone());
            line.push(&self.dimension_colours[&key], text);
        }
        line
    }

    /// `fails / total `: the fails in so many columns, the total as wide as that of the tree.
    fn counter(&self, line: &mut Line, summary: Summary, fail_width: usize) {
        let fail = format!("{:>fail_width$}", thousands(&summary.failed().to_string()));
        let total_width = thousands(&self.total.total().to_string()).len();
        let total = format!("{:>total_width$}", thousands(&summary.total().to_string()));
        let [fail_style, slash_style, total_style] = style::counter(summary.failed() > 0);
        line.push(fail_style, &fail).space().push(slash_style, "/").space();
        line.push(total_style, &total).space();
    }

    /// A bar of ten cells, each a tenth of all rows: the failed ones, then the rest.
    fn graph(&self, line: &mut Line, fail_style: &str, failed: usize, total: usize) {
        let all = self.total.total().max(1);
        let fail_cells = (failed * SEGMENTS).div_ceil(all);
        let mut cells = (total * SEGMENTS).div_ceil(all);
        if cells == fail_cells && failed < total && cells < SEGMENTS {
            cells += 1; // something passed: show it
        }
        line.push(style::BRACKET, "[").push(fail_style, &"=".repeat(fail_cells));
        line.push(style::PASS, &"=".repeat(cells - fail_cells));
        line.push("", &" ".repeat(SEGMENTS - cells)).push(style::BRACKET, "]");
    }

    /// With a `CRITICAL` row, which is short, every other row is as wide as that.
    fn summary(&self, report: &Report) -> String {
        let severities = ["CRITICAL", "HIGH"].map(|severity| severity_summary(report, severity));
        let mut width = self.width;
        let mut severity_rows = Vec::new();
        if let Some(critical) = severities[0] {
            let row = self.sum_row(style::SEVERITY, "CRITICAL", critical, None);
            width = row.width();
            severity_rows.push(row.into_text());
        }
        if let Some(high) = severities[1] {
            let row = self.sum_row(style::SEVERITY, "HIGH", high, Some(width));
            width = width.max(row.width());
            severity_rows.push(row.into_text());
        }
        let total_row = self.sum_row(style::TITLE, "TOTAL", self.total, Some(width));
        if severity_rows.is_empty() {
            width = total_row.width();
        }

        let mut rows = vec![self.palette.paint(style::TITLE, "Summary"), String::new()];
        for status in [Status::Ok, Status::Skip, Status::Info, Status::Alarm, Status::Error] {
            rows.push(self.status_row(status, width));
        }
        rows.push(String::new());
        if !severity_rows.is_empty() {
            rows.append(&mut severity_rows);
            rows.push(String::new());
        }
        rows.push(total_row.into_text());
        rows.join("\n")
    }

    fn status_row(&self, status: Status, width: usize) -> String {
        let count = self.total.count(status);
        let mut right = Line::new(self.palette);
        right.push(style::status(status), &thousands(&count.to_string())).space();
        self.graph(&mut right, style::graph(status), count, count);
        let mut left = Line::new(self.palette);
        left.push(style::status(status), &status.as_str().to_ascii_uppercase()).space();
        left.push_dots(width.saturating_sub(left.width() + right.width()));
        left.append(&right);
        left.into_text()
    }

    /// A row with fails and total; without a width, its dots are few.
    fn sum_row(&self, name_style: &str, name: &str, sum: Summary, width: Option<usize>) -> Line {
        let mut right = Line::new(self.palette);
        self.counter(&mut right, sum, 0);
        self.graph(&mut right, style::FAIL, sum.failed(), sum.total());
        let mut left = Line::new(self.palette);
        left.push(name_style, name).space();
        left.push_dots(
            width.map_or(CRITICAL_DOTS, |width| width.saturating_sub(left.width() + right.width())),
        );
        left.append(&right);
        left
    }
}

/// The rows of all controls of a severity, if the run has any.
fn severity_summary(report: &Report, severity: &str) -> Option<Summary> {
    let controls = report.root.controls();
    let mut controls =
        controls.iter().filter(|run| run.severity.eq_ignore_ascii_case(severity)).peekable();
    controls.peek()?;
    let mut sum = Summary::default();
    for run in controls {
        sum += run.summary();
    }
    Some(sum)
}

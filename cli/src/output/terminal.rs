//! Text for a terminal: its colours, how many columns it fills, and what must not reach it.
//! Knows nothing of controls but the styles of a status.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The SGR codes of each part, those of Powerpipe's dark scheme.
pub(super) mod style {
    use crate::report::Status;

    pub(crate) const TITLE: &str = "1;97";
    pub(crate) const SEVERITY: &str = "1;93";
    pub(crate) const FAINT: &str = "38;5;238";
    pub(crate) const BRACKET: &str = "38;5;242";
    pub(crate) const FAIL: &str = "91";
    pub(crate) const PASS: &str = "92";
    const STRONG_FAIL: &str = "1;91";
    const INFO: &str = "96";
    const SKIP: &str = "38;5;246";

    /// The label of a row, and a count of such rows.
    pub(crate) fn status(status: Status) -> &'static str {
        match status {
            Status::Error | Status::Alarm => STRONG_FAIL,
            Status::Info => INFO,
            Status::Ok => PASS,
            Status::Skip => SKIP,
        }
    }

    /// The bar of a status in the summary.
    pub(crate) fn graph(status: Status) -> &'static str {
        match status {
            Status::Error | Status::Alarm => FAIL,
            Status::Info | Status::Ok | Status::Skip => self::status(status),
        }
    }

    /// What a row says.
    pub(crate) fn reason(status: Status) -> &'static str {
        match status {
            Status::Ok => "38;5;248",
            Status::Error | Status::Alarm | Status::Info | Status::Skip => graph(status),
        }
    }

    /// The fails, the slash and the total of a counter.
    pub(crate) fn counter(failed: bool) -> [&'static str; 3] {
        if failed { [STRONG_FAIL, BRACKET, "97"] } else { [FAINT, FAINT, "1;92"] }
    }
}

/// Whether styles are used at all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Palette {
    pub colour: bool,
}

impl Palette {
    /// The text in a style, as it is if there are no colours.
    pub(super) fn paint(self, style: &str, text: &str) -> String {
        if self.colour && !style.is_empty() && !text.is_empty() {
            format!("\u{1b}[{style}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// A part of a line, or all of it.
#[derive(Debug)]
pub(super) struct Line {
    palette: Palette,
    painted: String,
    width: usize,
}

impl Line {
    pub(super) fn new(palette: Palette) -> Self {
        Self { palette, painted: String::new(), width: 0 }
    }

    /// The columns that the line fills.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn push(&mut self, style: &str, text: &str) -> &mut Self {
        self.painted += &self.palette.paint(style, text);
        self.width += text.width();
        self
    }

    pub(super) fn space(&mut self) -> &mut Self {
        self.push("", " ")
    }

    /// Fills so many columns: dots and a space, the space alone in one column.
    pub(super) fn push_dots(&mut self, columns: usize) {
        if columns > 0 {
            self.push(style::FAINT, &".".repeat(columns - 1)).space();
        }
    }

    pub(super) fn append(&mut self, other: &Self) {
        self.painted += &other.painted;
        self.width += other.width;
    }

    pub(super) fn into_text(self) -> String {
        self.painted
    }
}

/// The text in so many columns, an ellipsis in place of what does not fit. One column holds none.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    if columns <= 1 {
        return String::new();
    }
    format!("{}…", split_at_width(text, columns - 1).0)
}

/// The longest beginning of the text that fits in so many columns, and the rest.
pub(super) fn split_at_width(text: &str, columns: usize) -> (&str, &str) {
    let mut width = 0;
    let split = text.char_indices().find(|(_, character)| {
        width += character.width().unwrap_or(0);
        width > columns
    });
    text.split_at(split.map_or(text.len(), |(index, _)| index))
}

/// A number with commas between thousands; what is no number stays as it is.
pub(super) fn thousands(number: &str) -> String {
    let unsigned = number.trim_start_matches('-');
    let (sign, _) = number.split_at(number.len() - unsigned.len());
    let (whole, fraction) = unsigned.split_at(unsigned.find('.').unwrap_or(unsigned.len()));
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut text = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

/// Text that a terminal may be given: line breaks and tabs become spaces, and what could move the
/// cursor, colour the text or turn its direction is dropped. Line breaks stay if asked for.
pub(super) fn printable(text: &str, keep_lines: bool) -> String {
    text.chars()
        .filter_map(|character| match character {
            '\n' if keep_lines => Some('\n'),
            '\n' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
            character if character.is_control() => None,
            character => Some(character),
        })
        .collect()
}

//! The lines of a Dockerfile as instructions see them: continued ones joined, comments apart.
//! It must not know what the instructions are.

use super::Error;

/// An instruction's text on one line.
pub(super) struct Line {
    pub(super) text: String,
    /// The comments above, without `#`.
    pub(super) comments: Vec<String>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Reads a text line by line.
pub(super) struct Lines<'t> {
    rest: &'t str,
    number: usize,
    escape: char,
    /// The directives seen so far; none once anything else was seen.
    directives: Option<Vec<String>>,
    comments: Vec<String>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            rest: text.strip_prefix('\u{feff}').unwrap_or(text),
            number: 0,
            escape: '\\',
            directives: Some(Vec::new()),
            comments: Vec::new(),
        }
    }

    /// The character that continues lines and escapes others.
    pub(super) fn escape(&self) -> char {
        self.escape
    }

    /// How many lines were read.
    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// The next line as it is, with its end.
    pub(super) fn raw(&mut self) -> Option<&'t str> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.find('\n').map_or(self.rest.len(), |end| end + 1);
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.number += 1;
        Some(line)
    }

    /// The next line that holds an instruction.
    pub(super) fn next(&mut self) -> Result<Option<Line>, Error> {
        while let Some(raw) = self.raw() {
            let line = raw.trim_end_matches(['\r', '\n']).trim_start();
            let start = self.number;
            self.directive(line).map_err(|problem| Error { line: start, problem })?;
            if let Some(comment) = line.strip_prefix('#') {
                self.comment(comment.trim());
                continue;
            }
            let (line, continued) = self.without_continuation(line);
            if line.is_empty() && !continued {
                continue;
            }
            let mut text = line.to_owned();
            if continued {
                self.join(&mut text);
            }
            let comments = std::mem::take(&mut self.comments);
            return Ok(Some(Line { text, comments, start, end: self.number }));
        }
        Ok(None)
    }

    /// Adds the lines that continue one. Comments and empty lines between them do not end it.
    fn join(&mut self, text: &mut String) {
        while let Some(raw) = self.raw() {
            let line = raw.trim_end_matches(['\r', '\n']);
            let visible = line.trim_start();
            if visible.is_empty() || visible.starts_with('#') {
                continue;
            }
            let (line, continued) = self.without_continuation(line);
            text.push_str(line);
            if !continued {
                return;
            }
        }
    }

    /// An empty comment line parts the comments before it from the instruction.
    fn comment(&mut self, comment: &str) {
        if comment.is_empty() {
            self.comments.clear();
        } else {
            self.comments.push(comment.to_owned());
        }
    }

    /// The line without the character that continues it, and whether it had one. Two of them are an escaped one.
    fn without_continuation<'l>(&self, line: &'l str) -> (&'l str, bool) {
        match line.trim_end_matches([' ', '\t']).strip_suffix(self.escape) {
            Some(before) if !before.ends_with(self.escape) => (before, true),
            _ => (line, false),
        }
    }

    /// Takes `# escape=…` and its like, which must come before anything else.
    fn directive(&mut self, line: &str) -> Result<(), String> {
        let Some(seen) = &mut self.directives else { return Ok(()) };
        let found = line
            .strip_prefix('#')
            .and_then(|comment| comment.split_once('='))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim()))
            .filter(|(name, value)| {
                matches!(name.as_str(), "syntax" | "escape" | "check") && !value.is_empty()
            });
        let Some((name, value)) = found else {
            self.directives = None;
            return Ok(());
        };
        if seen.contains(&name) {
            return Err(format!("the directive `{name}` stands here a second time"));
        }
        if name == "escape" {
            self.escape = match value {
                "\\" => '\\',
                "`" => '`',
                other => {
                    return Err(format!(
                        "the escape character is `{other}`, and can be \\ or ` only"
                    ));
                }
            };
        }
        seen.push(name);
        Ok(())
    }
}

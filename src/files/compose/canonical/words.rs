//! Commands: a text is split into words as Compose does it, which is nearly as a shell would.
//! It must not know variables or programs: nothing is replaced or run.

use serde_json::Value;

use super::check::not;
use super::{Fault, fault, scalar, under};

/// The words of a command; null stays, it is not the same as none.
pub(super) fn command(value: &mut Value) -> Result<(), Fault> {
    match value {
        Value::Null => Ok(()),
        Value::String(text) => {
            let words = split(text)
                .ok_or_else(|| fault(format!("`{text}` is no command line: a quote is open")))?;
            *value = words.into();
            Ok(())
        }
        _ => list(value),
    }
}

/// The test of a health check: a text is for the shell.
pub(super) fn test(value: &mut Value) -> Result<(), Fault> {
    if let Value::String(text) = value {
        *value = vec!["CMD-SHELL", text].into();
    }
    list(value)
}

/// One text or several as a list.
pub(super) fn texts(value: &mut Value) -> Result<(), Fault> {
    if let Value::String(text) = value {
        *value = vec![std::mem::take(text)].into();
    }
    list(value)
}

fn list(value: &Value) -> Result<(), Fault> {
    let Value::Array(items) = value else { return Err(not("a string or a list", value)) };
    for (place, item) in items.iter().enumerate() {
        scalar::text(item).map_err(under(place.to_string()))?;
    }
    Ok(())
}

/// Where the reader of a command line is.
#[derive(Default)]
struct Reader {
    words: Vec<String>,
    word: String,
    /// There is a word, though it may be empty.
    begun: bool,
    single: bool,
    double: bool,
    /// Inside of backquotes, which stay.
    back: bool,
    /// Inside of `$(…)`, which stays.
    dollar: bool,
}

/// The words, or nothing if a quote or a bracket is open. The first operator of a shell (`;`, `&`, `|`, `<`, `>`) that
/// is not quoted ends the command: what follows is lost, as it is in Compose.
fn split(line: &str) -> Option<Vec<String>> {
    let mut reader = Reader::default();
    let mut characters = line.chars();
    let mut escaped = false;
    while let Some(next) = characters.next() {
        match next {
            '\\' if !reader.single => {
                let Some(next) = characters.next() else {
                    escaped = true;
                    break;
                };
                reader.push(next);
            }
            ' ' | '\t' | '\r' | '\n' => reader.space(next),
            ';' | '&' | '|' | '<' | '>' if !reader.quoted() => {
                if next == '>' && reader.word.starts_with(|first: char| first.is_ascii_digit()) {
                    reader.begun = false;
                }
                break;
            }
            _ => reader.read(next)?,
        }
    }
    if escaped || reader.quoted() {
        return None;
    }
    reader.end();
    Some(reader.words)
}

impl Reader {
    fn quoted(&self) -> bool {
        self.single || self.double || self.back || self.dollar
    }

    fn push(&mut self, next: char) {
        self.begun = true;
        self.word.push(next);
    }

    fn space(&mut self, next: char) {
        if self.quoted() { self.word.push(next) } else { self.end() }
    }

    fn end(&mut self) {
        if self.begun {
            self.words.push(std::mem::take(&mut self.word));
        }
        self.begun = false;
    }

    /// A character that is neither escaped, a space nor an operator; nothing if it cannot stand here.
    fn read(&mut self, next: char) -> Option<()> {
        match next {
            '"' if !self.single && !self.dollar => {
                self.begun |= self.double;
                self.double = !self.double;
                return Some(());
            }
            '\'' if !self.double && !self.dollar => {
                self.begun |= self.single;
                self.single = !self.single;
                return Some(());
            }
            '`' if !self.single && !self.double && !self.dollar => self.back = !self.back,
            ')' if !self.single && !self.double && !self.back => self.dollar = !self.dollar,
            '(' if !self.single && !self.double && !self.back => {
                if self.dollar || !self.word.ends_with('$') {
                    return None;
                }
                self.dollar = true;
            }
            _ => {}
        }
        self.push(next);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_compose_splits_them() {
        for (line, expected) in [
            ("", &[][..]),
            ("  ", &[]),
            ("nginx -g 'daemon off;'", &["nginx", "-g", "daemon off;"]),
            ("a\tb\nc\r d", &["a", "b", "c", "d"]),
            (r#"echo "a b" '' "" c"d e"f"#, &["echo", "a b", "", "", "cd ef"]),
            (r"a\ b \' \\", &["a b", "'", r"\"]),
            (r#"'a\b' "c\"d""#, &[r"a\b", "c\"d"]),
            ("echo $HOME ${X} $$", &["echo", "$HOME", "${X}", "$$"]),
            ("echo $(ls -l) `ls -l`", &["echo", "$(ls -l)", "`ls -l`"]),
            ("echo \"$(ls)\" \"a(b)\"", &["echo", "$(ls)", "a(b)"]),
            ("a && b", &["a"]),
            ("a; b", &["a"]),
            ("a 2>err", &["a"]),
            ("a b>err", &["a", "b"]),
            ("a 'x;y' z\\;", &["a", "x;y", "z;"]),
            ("žluťoučký kůň", &["žluťoučký", "kůň"]),
        ] {
            let expected: Vec<String> = expected.iter().map(|&word| word.to_owned()).collect();
            assert_eq!(split(line), Some(expected), "{line}");
        }
        for open in ["'a", "\"a", "a\\", "`a", "$(a", "a)", "(a)", "a(b"] {
            assert_eq!(split(open), None, "{open}");
        }
    }
}

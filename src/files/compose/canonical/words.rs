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
    /// The word that has begun; it may be empty.
    word: Option<String>,
    /// The quote that is open.
    quote: Option<char>,
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
    while let Some(next) = characters.next() {
        match next {
            '\\' if reader.quote != Some('\'') => reader.push(characters.next()?),
            ' ' | '\t' | '\r' | '\n' if reader.quoted() => reader.push(next),
            ' ' | '\t' | '\r' | '\n' => reader.words.extend(reader.word.take()),
            ';' | '&' | '|' | '<' | '>' if !reader.quoted() => {
                // the number of what is redirected is no word
                if next == '>'
                    && reader.ends(|word| word.starts_with(|first: char| first.is_ascii_digit()))
                {
                    reader.word = None;
                }
                break;
            }
            _ => reader.read(next)?,
        }
    }
    if reader.quoted() {
        return None;
    }
    reader.words.extend(reader.word);
    Some(reader.words)
}

impl Reader {
    fn quoted(&self) -> bool {
        self.quote.is_some() || self.back || self.dollar
    }

    fn push(&mut self, next: char) {
        self.word.get_or_insert_default().push(next);
    }

    fn ends(&self, how: impl Fn(&str) -> bool) -> bool {
        self.word.as_deref().is_some_and(how)
    }

    /// A character that is neither escaped, a space nor an operator; nothing if it cannot stand here.
    fn read(&mut self, next: char) -> Option<()> {
        match (next, self.quote) {
            ('"' | '\'', quote) if quote == Some(next) => {
                self.word.get_or_insert_default();
                self.quote = None;
                return Some(());
            }
            ('"' | '\'', None) if !self.dollar => {
                self.quote = Some(next);
                return Some(());
            }
            ('`', None) if !self.dollar => self.back = !self.back,
            (')', None) if !self.back => self.dollar = !self.dollar,
            ('(', None) if !self.back => {
                if self.dollar || !self.ends(|word| word.ends_with('$')) {
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

//! The syntax of `.env` files and of `env_file`, as Docker Compose reads it.
//! It must not know which file a text is from, or where other variables come from.

use std::collections::BTreeMap;

use super::interpolate::interpolate;
use crate::files::yaml::Flaw;

/// Names and values.
pub(super) type Pairs = BTreeMap<String, String>;

/// Reads a text into `found`. Its values may name variables that `outer` knows, and those found so far.
pub(super) fn read(
    text: &str,
    outer: &dyn Fn(&str) -> Option<String>,
    found: &mut Pairs,
) -> Result<(), Flaw> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut reader = Reader { text, rest: text };
    loop {
        reader.skip(char::is_whitespace);
        if reader.rest.is_empty() {
            return Ok(());
        }
        if reader.rest.starts_with('#') {
            reader.line();
            continue;
        }
        let (name, alone) = reader.name()?;
        if alone {
            if let Some(value) = outer(&name) {
                found.insert(name, value);
            }
            continue;
        }
        let start = reader.rest;
        let (value, expands) = reader.value()?;
        let value = if expands {
            let variable = |name: &str| outer(name).or_else(|| found.get(name).cloned());
            interpolate(&value, &variable).map_err(|message| reader.flaw(start, message))?
        } else {
            value
        };
        found.insert(name, value);
    }
}

/// Reads a text as `docker run --env-file` does: no quotes, no variables.
pub(super) fn read_raw(
    text: &str,
    outer: &dyn Fn(&str) -> Option<String>,
    found: &mut Pairs,
) -> Result<(), Flaw> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = match line.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (line, outer(line)),
        };
        let flaw = |message: &str| Flaw { line: index + 1, column: 1, message: message.to_owned() };
        if name.is_empty() {
            return Err(flaw("a name is missing before ="));
        }
        if name.contains(char::is_whitespace) {
            return Err(flaw("a name must not contain spaces"));
        }
        if let Some(value) = value {
            found.insert(name.to_owned(), value);
        }
    }
    Ok(())
}

struct Reader<'t> {
    text: &'t str,
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn skip(&mut self, is_skipped: impl Fn(char) -> bool) {
        self.rest = self.rest.trim_start_matches(is_skipped);
    }

    /// The rest of the line, without its end.
    fn line(&mut self) -> &'t str {
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        line
    }

    fn flaw(&self, place: &str, message: impl Into<String>) -> Flaw {
        let before = &self.text[..self.text.len() - place.len()];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Flaw {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
        }
    }

    /// The name that a line starts with, and whether it stands alone: it then has its value from outside.
    fn name(&mut self) -> Result<(String, bool), Flaw> {
        if let Some(rest) = self.rest.strip_prefix("export")
            && rest.starts_with(char::is_whitespace)
        {
            self.rest = rest;
            self.skip(is_blank);
        }
        let start = self.rest;
        let end = start.find(['=', ':', '\n']).unwrap_or(start.len());
        let written = &start[..end];
        let is_part =
            |part: char| part.is_alphanumeric() || "_.-[]".contains(part) || is_blank(part);
        if let Some(place) = written.find(|part| !is_part(part)) {
            let odd = written[place..].chars().next().unwrap_or_default();
            return Err(self.flaw(
                &start[place..],
                format!("unexpected character {odd:?} in a variable name"),
            ));
        }
        let name = written.trim_end();
        if let Some(place) = name.find(is_blank) {
            return Err(self.flaw(&start[place..], "a variable name must not contain spaces"));
        }
        let alone = !start[end..].starts_with(['=', ':']);
        self.rest = start.get(end + 1..).unwrap_or_default();
        self.skip(is_blank);
        Ok((name.to_owned(), alone))
    }

    /// A value, and whether variables in it are replaced.
    fn value(&mut self) -> Result<(String, bool), Flaw> {
        let Some(quote @ ('"' | '\'')) = self.rest.chars().next() else {
            let line = self.line();
            let value = line.split_once(" #").map_or(line, |(value, _)| value);
            return Ok((value.trim_end().to_owned(), true));
        };
        let start = self.rest;
        let mut value = String::new();
        let mut characters = start.char_indices().skip(1);
        while let Some((place, character)) = characters.next() {
            if character == quote {
                self.rest = &start[place + 1..];
                let double = quote == '"';
                return Ok((if double { unescaped(&value) } else { value }, double));
            }
            if character != '\\' {
                value.push(character);
                continue;
            }
            match characters.next() {
                Some((_, escaped)) if escaped == quote => value.push(quote),
                Some((_, escaped)) => value.extend(['\\', escaped]),
                None => {}
            }
        }
        Err(self.flaw(start, "unterminated quoted value"))
    }
}

/// A space, but no line break.
fn is_blank(character: char) -> bool {
    matches!(character, '\t' | '\u{B}' | '\u{C}' | '\r' | ' ' | '\u{85}' | '\u{A0}')
}

/// The text with its backslashes resolved, but `\$` as `$$` for the variables that are replaced next.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let single = match after.chars().next() {
            Some('a') => "\u{7}",
            Some('b') => "\u{8}",
            Some('f') => "\u{C}",
            Some('n') => "\n",
            Some('r') => "\r",
            Some('t') => "\t",
            Some('v') => "\u{B}",
            Some('"') => "\"",
            Some('\\') => "\\",
            Some('$') => "$$",
            _ => "",
        };
        if single.is_empty() {
            let (octal, length) = octal(after);
            plain.push_str(&octal);
            rest = &after[length..];
        } else {
            plain.push_str(single);
            rest = &after[1..];
        }
    }
    plain.push_str(rest);
    plain
}

/// A character written as `0` and three octal digits after a backslash, and the bytes it takes; else the backslash. A
/// zero that is followed by less is lost, as for Compose.
fn octal(after: &str) -> (String, usize) {
    let digits = after.strip_prefix('0').and_then(|digits| digits.get(..3));
    let code = digits
        .filter(|digits| digits.bytes().all(|digit| matches!(digit, b'0'..=b'7')))
        .and_then(|digits| u8::from_str_radix(digits, 8).ok());
    match code {
        Some(code) => (char::from(code).to_string(), 4),
        None => ("\\".to_owned(), usize::from(after.starts_with('0'))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outer(name: &str) -> Option<String> {
        (name == "OUTER").then(|| "outside".to_owned())
    }

    fn found(text: &str) -> Vec<(String, String)> {
        let mut found = Pairs::new();
        read(text, &outer, &mut found).unwrap_or_else(|flaw| panic!("{text}: {flaw:?}"));
        found.into_iter().collect()
    }

    #[test]
    fn values_are_read_as_compose_does() {
        for (text, expected) in [
            ("A=1", "1"),
            ("A = 1 ", "1"),
            ("A: 1", "1"),
            ("export A=1", "1"),
            ("export\tA=1\r\n", "1"),
            ("# comment\n\nA=1 # comment", "1"),
            ("A=1#no comment", "1#no comment"),
            ("A=", ""),
            ("A=\n", ""),
            ("A=a=b", "a=b"),
            ("A='single $OUTER \\n'", "single $OUTER \\n"),
            ("A='it\\'s'", "it's"),
            ("A=\"double $OUTER\\t\\\"x\\\"\"", "double outside\t\"x\""),
            ("A=\"x\" # comment", "x"),
            ("A=\"a\\\\b\\$OUTER\\q\\0101\"", "a\\b$OUTER\\qA"),
            ("A=\"line\nline\"", "line\nline"),
            ("A='line\nline'", "line\nline"),
            ("A=${OUTER}-${NONE:-no}", "outside-no"),
            ("A=$$5", "$5"),
            ("A=it's", "it's"),
            ("\u{FEFF}A=1", "1"),
        ] {
            assert_eq!(found(text), [("A".to_owned(), expected.to_owned())], "{text}");
        }
    }

    #[test]
    fn earlier_names_are_known_and_outer_ones_win() {
        assert_eq!(found("A=1\nOUTER=x\nC=$OUTER")[1].1, "outside");
        assert_eq!(found("A=1\nB=${A}2")[1].1, "12");
    }

    #[test]
    fn a_name_alone_takes_the_outer_value() {
        assert_eq!(found("OUTER\nNONE\n"), [("OUTER".to_owned(), "outside".to_owned())]);
        assert_eq!(found("OUTER"), [("OUTER".to_owned(), "outside".to_owned())]);
    }

    #[test]
    fn flaws_have_a_place() {
        for (text, line, column, message) in [
            ("A=1\nB!=2", 2, 2, "unexpected character '!' in a variable name"),
            ("A B=1", 1, 2, "a variable name must not contain spaces"),
            ("A=1\n\nB=\"open\n", 3, 3, "unterminated quoted value"),
            ("A=${B:?set B}", 1, 3, "required variable B is missing a value: set B"),
        ] {
            let flaw = read(text, &outer, &mut Pairs::new());
            assert_eq!(flaw, Err(Flaw { line, column, message: message.to_owned() }), "{text}");
        }
    }

    #[test]
    fn raw_values_are_taken_as_they_are() {
        let mut found = Pairs::new();
        read_raw("A=\"$OUTER\" # x\n# no\n\n  B=2 \nOUTER\nNONE", &outer, &mut found).unwrap();
        let expected = [("A", "\"$OUTER\" # x"), ("B", "2 "), ("OUTER", "outside")];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        let flaw = read_raw("A=1\nB C=2", &outer, &mut found).unwrap_err();
        assert_eq!((flaw.line, flaw.message.as_str()), (2, "a name must not contain spaces"));
        assert!(read_raw("=1", &outer, &mut found).is_err());
    }
}

//! Unit files of systemd: sections, keys that can be repeated, and the words of commands.
//! It must not know where units are, nor which units there are.

use std::collections::BTreeMap;
use std::fmt;

/// A line `Key=value`, or several that a backslash joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The file it is in, as the caller called it.
    pub file: String,
    /// Its first line, counted from 1.
    pub line: usize,
    /// The section, without brackets.
    pub section: String,
    /// The key.
    pub key: String,
    /// The value, in one line; empty if it takes back those before it.
    pub value: String,
}

/// A line that systemd would pass over with a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// In words.
    pub problem: String,
    /// Counted from 1.
    pub line: usize,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

/// A unit with its drop-ins.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Unit {
    /// In the order in which systemd reads them.
    pub directives: Vec<Directive>,
    /// What is no directive.
    pub problems: Vec<(String, Problem)>,
}

impl Unit {
    /// Adds a file: first the unit's own, then its drop-ins.
    pub fn add(&mut self, file: &str, text: &str) {
        let mut section = String::new();
        let mut pending: Option<(usize, String)> = None;
        for (index, line) in text.lines().enumerate() {
            let trimmed = line.trim_start();
            // a comment amid joined lines is passed over; the lines go on after it
            if trimmed.starts_with(['#', ';']) || (trimmed.is_empty() && pending.is_none()) {
                continue;
            }
            let (first, mut joined) = pending.take().unwrap_or((index + 1, String::new()));
            if let Some(line) = line.strip_suffix('\\') {
                joined.push_str(line);
                joined.push(' ');
                pending = Some((first, joined));
            } else {
                joined.push_str(line);
                self.line(file, first, joined.trim(), &mut section);
            }
        }
        if let Some((first, joined)) = pending {
            self.line(file, first, joined.trim(), &mut section);
        }
    }

    fn line(&mut self, file: &str, line: usize, text: &str, section: &mut String) {
        if text.is_empty() {
            return;
        }
        if let Some(name) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            name.clone_into(section);
            return;
        }
        match text.split_once('=') {
            Some((key, value)) if !section.is_empty() => self.directives.push(Directive {
                file: file.to_owned(),
                line,
                section: section.clone(),
                key: key.trim().to_owned(),
                value: value.trim().to_owned(),
            }),
            found => {
                let problem = match found {
                    Some(_) => "it is before the first section",
                    None => "it is neither a section nor Key=value",
                };
                self.problems
                    .push((file.to_owned(), Problem { problem: problem.to_owned(), line }));
            }
        }
    }

    /// The directives that are in force for a key of which there can be several: those after the last empty one.
    pub fn all(&self, section: &str, key: &str) -> Vec<&Directive> {
        let mut found = Vec::new();
        for directive in &self.directives {
            if directive.section == section && directive.key == key {
                if directive.value.is_empty() {
                    found.clear();
                } else {
                    found.push(directive);
                }
            }
        }
        found
    }

    /// The value in force of a key of which the last one holds.
    pub fn last(&self, section: &str, key: &str) -> Option<&str> {
        self.directives
            .iter()
            .rev()
            .find(|directive| directive.section == section && directive.key == key)
            .map(|directive| directive.value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The variables that `Environment=` sets; of one that is set twice, the last value holds.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let mut variables = BTreeMap::new();
        for directive in self.all("Service", "Environment") {
            for word in words(&directive.value) {
                if let Some((name, value)) = word.split_once('=') {
                    variables.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        variables
    }

    /// The files of `EnvironmentFile=`, and whether each may be missing.
    pub fn environment_files(&self) -> Vec<(&str, bool)> {
        self.all("Service", "EnvironmentFile")
            .into_iter()
            .map(|directive| match directive.value.strip_prefix('-') {
                Some(path) => (path, true),
                None => (directive.value.as_str(), false),
            })
            .collect()
    }

    /// The commands of `ExecStart=`, each in words, without the marks before a path; variables are left as they are.
    pub fn exec_start(&self) -> Vec<Vec<String>> {
        self.all("Service", "ExecStart")
            .into_iter()
            .map(|directive| {
                words(directive.value.trim_start_matches(['@', '-', ':', '+', '!', '|']))
            })
            .collect()
    }
}

/// The words of a value: quotes keep spaces together, a backslash escapes.
pub fn words(value: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, '"' | '\'') if word.is_none() => {
                quote = Some(character);
                word = Some(String::new());
            }
            (Some(open), _) if open == character => quote = None,
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            (_, '\\') => word.get_or_insert_default().push_str(&escaped(&mut characters)),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

/// What stands for the escape after a backslash; one that is unknown stays as it is.
fn escaped(characters: &mut std::str::Chars<'_>) -> String {
    let Some(character) = characters.next() else { return "\\".to_owned() };
    match character {
        'n' => "\n".to_owned(),
        't' => "\t".to_owned(),
        'r' => "\r".to_owned(),
        's' => " ".to_owned(),
        '"' | '\'' | '\\' => character.to_string(),
        'x' => {
            let digits: String = characters.clone().take(2).collect();
            match u8::from_str_radix(&digits, 16) {
                Ok(byte) if byte.is_ascii() && digits.len() == 2 => {
                    characters.nth(1);
                    char::from(byte).to_string()
                }
                _ => "\\x".to_owned(),
            }
        }
        _ => format!("\\{character}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(texts: &[&str]) -> Unit {
        let mut unit = Unit::default();
        for (index, text) in texts.iter().enumerate() {
            unit.add(&format!("/f{index}"), text);
        }
        unit
    }

    #[test]
    fn lines_are_joined_and_comments_passed_over() {
        let unit = unit(&[
            "# a\n[Unit]\nAfter = x \\\n  y\\\n# amid\n z\n\n[Service]\n; b\nKillMode=process\n",
        ]);
        let shown: Vec<_> = unit
            .directives
            .iter()
            .map(|found| {
                (
                    found.line,
                    found.section.as_str(),
                    found.key.as_str(),
                    found.value.split_whitespace().collect::<Vec<_>>(),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                (3, "Unit", "After", vec!["x", "y", "z"]),
                (10, "Service", "KillMode", vec!["process"])
            ]
        );
        assert_eq!(unit.last("Service", "KillMode"), Some("process"));
        assert!(unit.problems.is_empty());
    }

    #[test]
    fn an_empty_value_takes_back_those_before_it() {
        let service = "[Service]\nExecStart=/usr/bin/dockerd -H fd://\nUser=a\n";
        let drop_in =
            "[Service]\nExecStart=\nExecStart=@-/usr/sbin/dockerd -H \"unix:///a b\"\nUser=\n";
        let unit = unit(&[service, drop_in]);
        assert_eq!(unit.exec_start(), [["/usr/sbin/dockerd", "-H", "unix:///a b"]]);
        assert_eq!(unit.last("Service", "User"), None);
        assert_eq!(unit.all("Service", "ExecStart")[0].file, "/f1");
    }

    #[test]
    fn the_environment_is_what_the_words_say() {
        let unit = unit(&[
            "[Service]\nEnvironment=A=1 \"B=two words\" 'C=x=y'\nEnvironment=A=3 D\nEnvironmentFile=-/etc/default/docker\nEnvironmentFile=/etc/env\n",
        ]);
        let environment = unit.environment();
        let shown: Vec<_> =
            environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(shown, ["A=3", "B=two words", "C=x=y"]);
        assert_eq!(unit.environment_files(), [("/etc/default/docker", true), ("/etc/env", false)]);
    }

    #[test]
    fn words_are_split_as_systemd_splits_them() {
        for (value, expected) in [
            ("", &[][..]),
            ("a  b", &["a", "b"]),
            ("a=\"b c\"", &["a=\"b", "c\""]),
            ("\"a b\" 'c \"d'", &["a b", "c \"d"]),
            (r"a\sb \x41 \q", &["a b", "A", "\\q"]),
            ("''", &[""]),
        ] {
            assert_eq!(words(value), expected, "{value}");
        }
    }

    #[test]
    fn what_is_no_directive_is_told() {
        let unit = unit(&["A=1\n[Service]\nnonsense\n"]);
        let told: Vec<_> =
            unit.problems.iter().map(|(file, problem)| format!("{file}: {problem}")).collect();
        assert_eq!(
            told,
            [
                "/f0: line 1: it is before the first section",
                "/f0: line 3: it is neither a section nor Key=value",
            ]
        );
        assert!(unit.directives.is_empty());
    }
}

//! Files that set up the environment of a login: shell profiles, `/etc/environment`, `pam_env.conf`.
//! It must not know which variables matter; expansions such as `$HOME` stay as they are written.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// A variable that a file sets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Variable {
    /// The file.
    pub file: String,
    /// The line in which its name stands, counted from 1.
    pub line: usize,
    /// Its name.
    pub name: String,
    /// Its value, without the quotes around it.
    pub value: String,
    /// True if programs that are started get it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exported: Option<bool>,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// Commands of a Bourne shell.
    Shell,
    /// `NAME=value`, one a line, as `/etc/environment` has it.
    Assignments,
    /// `NAME DEFAULT=value OVERRIDE=value`, as `pam_env.conf` has it.
    PamEnv,
}

/// The variables that a text sets, in its order; `file` is what it is called.
pub fn variables(text: &str, syntax: Syntax, file: &str) -> Vec<Variable> {
    let variable = |(line, name, value, exported): (usize, String, String, bool)| Variable {
        file: file.to_owned(),
        line,
        name,
        value,
        exported: Some(exported),
    };
    let found = match syntax {
        Syntax::Shell => shell(text),
        Syntax::Assignments => assignments(text),
        Syntax::PamEnv => pam_env(text),
    };
    found.into_iter().map(variable).collect()
}

/// Line, name, value, and whether it is exported.
type Set = (usize, String, String, bool);

fn assignments(text: &str) -> Vec<Set> {
    let set = |(number, line): (usize, &str)| {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        let (name, value) = assignment(line)?;
        let value = value.trim_end();
        let bare = ['"', '\''].iter().find_map(|&quote| {
            value.strip_prefix(quote).map(|rest| rest.strip_suffix(quote).unwrap_or(rest))
        });
        Some((number, name.to_owned(), bare.unwrap_or(value).to_owned(), true))
    };
    (1..).zip(text.lines()).filter_map(set).collect()
}

fn pam_env(text: &str) -> Vec<Set> {
    let set = |command: Vec<Word>| {
        let (name, options) = command.split_first()?;
        let option = |wanted: &str| options.iter().find_map(|word| word.text.strip_prefix(wanted));
        let value = option("OVERRIDE=").filter(|value| !value.is_empty());
        let value = value.or_else(|| option("DEFAULT="))?;
        is_name(&name.text).then(|| (name.line, name.text.clone(), value.to_owned(), true))
    };
    commands(text).into_iter().filter_map(set).collect()
}

/// Words of a shell that stand before a command without being one.
const KEYWORDS: [&str; 11] =
    ["if", "then", "elif", "else", "while", "until", "do", "!", "{", "time", "builtin"];

fn shell(text: &str) -> Vec<Set> {
    let mut found: Vec<Set> = Vec::new();
    // by name, where it is in `found`; of those that are exported the last one will do
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    let mut all_exported = false;
    for command in commands(text) {
        let start = command.iter().position(|word| !KEYWORDS.contains(&word.text.as_str()));
        let command = &command[start.unwrap_or(command.len())..];
        let Some(first) = command.first() else { continue };
        let texts = || command.iter().skip(1).map(|word| word.text.as_str());
        let option =
            |letter: char| texts().any(|word| word.starts_with('-') && word.contains(letter));
        let exports = match first.text.as_str() {
            "set" => {
                all_exported |= texts().any(|word| matches!(word, "-a" | "-ao" | "allexport"));
                all_exported &= !texts().any(|word| word == "+a");
                continue;
            }
            "export" => Some(!option('n')),
            "declare" | "typeset" | "readonly" | "local" => Some(option('x') || all_exported),
            _ if command.iter().all(|word| word.assignment().is_some()) => None,
            // an assignment before a command is for that command alone
            _ => continue,
        };
        for word in command.iter().skip(usize::from(exports.is_some())) {
            match (word.assignment(), exports) {
                (Some((name, value)), exports) => {
                    let places = places.entry(name.to_owned()).or_default();
                    let exported = exports.unwrap_or(all_exported)
                        || places.last().is_some_and(|&before| found[before].3);
                    places.push(found.len());
                    found.push((word.line, name.to_owned(), value.to_owned(), exported));
                }
                (None, Some(true)) => {
                    let Some(places) = places.get_mut(&word.text) else { continue };
                    let last = places.last().copied();
                    places.drain(..).for_each(|place| found[place].3 = true);
                    places.extend(last);
                }
                (None, _) => {}
            }
        }
    }
    found
}

/// `NAME=value`, or `NAME+=value`.
fn assignment(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let name = name.strip_suffix('+').unwrap_or(name);
    is_name(name).then_some((name, value))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A word of a command, without its quotes.
#[derive(Debug)]
struct Word {
    line: usize,
    text: String,
    /// How much of it stood before the first quote.
    plain: usize,
}

impl Word {
    /// A quoted name, or a quoted `=`, makes no assignment.
    fn assignment(&self) -> Option<(&str, &str)> {
        assignment(&self.text).filter(|(name, _)| name.len() < self.plain)
    }
}

/// The commands of a shell text, word by word. Substitutions are kept as text.
fn commands(text: &str) -> Vec<Vec<Word>> {
    let mut reader = Reader { commands: vec![Vec::new()], word: None, line: 1 };
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('\n') => reader.line += 1,
                Some(escaped) => reader.quoted(|text| text.push(escaped)),
                None => {}
            },
            '\'' => {
                reader.quoted(|_| {});
                for inner in characters.by_ref().take_while(|&inner| inner != '\'') {
                    reader.push(inner);
                }
            }
            '"' => {
                reader.quoted(|_| {});
                while let Some(inner) = characters.next().filter(|&inner| inner != '"') {
                    match (inner, characters.peek()) {
                        ('\\', Some('"' | '\\' | '$' | '`')) => {
                            characters.next().into_iter().for_each(|inner| reader.push(inner));
                        }
                        ('\\', Some('\n')) => {
                            characters.next();
                            reader.line += 1;
                        }
                        _ => reader.push(inner),
                    }
                }
            }
            '#' if reader.word.is_none() => {
                while characters.next_if(|&inner| inner != '\n').is_some() {}
            }
            '\n' => {
                reader.end_command();
                reader.line += 1;
            }
            ';' | '&' | '|' | '(' | ')' => reader.end_command(),
            space if space.is_whitespace() => reader.end_word(),
            other => reader.push(other),
        }
    }
    reader.end_command();
    reader.commands
}

struct Reader {
    commands: Vec<Vec<Word>>,
    word: Option<Word>,
    line: usize,
}

impl Reader {
    fn word(&mut self) -> &mut Word {
        let line = self.line;
        self.word.get_or_insert_with(|| Word { line, text: String::new(), plain: usize::MAX })
    }

    fn push(&mut self, character: char) {
        self.word().text.push(character);
        self.line += usize::from(character == '\n');
    }

    fn quoted(&mut self, add: impl FnOnce(&mut String)) {
        let word = self.word();
        word.plain = word.plain.min(word.text.len());
        add(&mut word.text);
    }

    fn end_word(&mut self) {
        if let (Some(word), Some(command)) = (self.word.take(), self.commands.last_mut()) {
            command.push(word);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        if self.commands.last().is_some_and(|command| !command.is_empty()) {
            self.commands.push(Vec::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, syntax: Syntax) -> Vec<String> {
        let show = |found: Variable| {
            let exported = if found.exported == Some(true) { "x" } else { "-" };
            format!("{} {exported} {}={}", found.line, found.name, found.value)
        };
        variables(text, syntax, "/etc/profile").into_iter().map(show).collect()
    }

    #[test]
    fn assignments_of_a_shell_are_read() {
        for (text, expected) in [
            ("export A=1\nB=2 # two\n", vec!["1 x A=1", "2 - B=2"]),
            ("A=1\n\nexport A B\n", vec!["1 x A=1"]),
            ("if true; then export A=\"x y\" B='$z'; fi", vec!["1 x A=x y", "1 x B=$z"]),
            ("#export A=1\necho '\nA=2\n'\n  export A=3", vec!["5 x A=3"]),
            ("A=1 docker pull x\nB=2", vec!["2 - B=2"]),
            ("A=\"\\\"q\\\" \\x\"\\ z", vec!["1 - A=\"q\" \\x z"]),
            ("declare -rx A=1; typeset B=2; export -n A", vec!["1 x A=1", "1 - B=2"]),
            ("set -a\nA=1\nset +a\nB=1", vec!["2 x A=1", "4 - B=1"]),
            ("export A=1\nA=2", vec!["1 x A=1", "2 x A=2"]),
            ("export \\\n  A=http://h/#x", vec!["2 x A=http://h/#x"]),
            ("\"A\"=1; A\\=1; 1A=2; A-B=3; [ x=y ]", vec![]),
            ("A='unclosed\nB=1", vec!["1 - A=unclosed\nB=1"]),
            ("[ -n \"$X\" ] && export A=$X", vec!["1 x A=$X"]),
        ] {
            assert_eq!(found(text, Syntax::Shell), expected, "{text}");
        }
    }

    #[test]
    fn etc_environment_has_one_assignment_a_line() {
        let text = "# A=0\nA=1\n export B=\"x y\" \nC='z\nD\n2=3\nE=a b;c # d\n";
        assert_eq!(
            found(text, Syntax::Assignments),
            ["2 x A=1", "3 x B=x y", "4 x C=z", "7 x E=a b;c # d"]
        );
    }

    #[test]
    fn pam_env_has_defaults_and_overrides() {
        let text = "# X DEFAULT=1\nA DEFAULT=1 OVERRIDE=\nB\tDEFAULT=\"x y\" OVERRIDE=z\nC\n";
        assert_eq!(found(text, Syntax::PamEnv), ["2 x A=1", "3 x B=z"]);
        assert_eq!(found("'' DEFAULT=1\n\"A B\" DEFAULT=1\n", Syntax::PamEnv), [""; 0]);
    }

    #[test]
    fn a_profile_of_many_names_takes_no_long_time() {
        let many =
            (0..100_000).map(|at| format!("A{at}=1\nexport A{at}\n")).collect::<Vec<_>>().concat();
        assert!(
            variables(&many, Syntax::Shell, "x").iter().all(|found| found.exported == Some(true))
        );
    }
}

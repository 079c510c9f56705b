//! Dockerfiles: their instructions, as BuildKit's own parser reads them, unexpanded.
//! It must not know how rows are made of them.
//!
//! Crates for this keep the shell form with its line breaks, leave `ENV` and `LABEL` in one piece and drop comments;
//! what is left to them is less than what is here.

use std::fmt;

use serde_json::Value;

mod data;
mod lines;
#[cfg(test)]
mod tests;
mod words;

use lines::Lines;
use words::Heredoc;

/// One instruction of a Dockerfile.
#[derive(Debug)]
pub struct Instruction {
    /// Its name in lower case.
    pub name: &'static str,
    /// The instruction that `ONBUILD` delays, in lower case.
    pub trigger: Option<&'static str>,
    /// The stage it is in; none before the first `FROM`.
    pub stage: Option<Stage>,
    /// What follows name and flags, split as the instruction splits it; `ONBUILD` starts with the delayed name.
    pub args: Vec<String>,
    /// Flags such as `--from=build`, without their quotes; `ONBUILD` has those of the delayed instruction.
    pub flags: Vec<String>,
    /// The comment lines above, without `#`.
    pub comments: Vec<String>,
    /// The text on one line, without comments, with its here-documents on lines of their own.
    pub source: String,
    /// The line it starts on, from 1.
    pub start_line: usize,
    /// The line it ends on.
    pub end_line: usize,
    /// What it means, in a shape of its own for each name; null where `args` says it all.
    pub data: Value,
}

/// A build stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// From 0.
    pub number: usize,
    /// The name after `AS`, or the number.
    pub name: String,
}

/// Why a text is no Dockerfile.
#[derive(Debug, PartialEq, Eq)]
pub struct Error {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

/// The instructions of a Dockerfile, in order.
///
/// # Errors
/// The first line that BuildKit would refuse, too. Flags are not checked: newer versions know more of them.
pub fn parse(text: &str) -> Result<Vec<Instruction>, Error> {
    let mut lines = Lines::new(text);
    let mut instructions = Vec::new();
    let mut stage: Option<Stage> = None;
    while let Some(line) = lines.next()? {
        let at = |problem: String| Error { line: line.start, problem };
        let mut command = Command::parse(&line.text, lines.escape()).map_err(at)?;
        let mut source = line.text;
        let mut end_line = line.end;
        for heredoc in &mut command.heredocs {
            end_line = heredoc_body(&mut lines, heredoc, &mut source).map_err(at)?;
        }
        let data = data::of(&command).map_err(at)?;
        if command.name == "from" {
            let number = stage.map_or(0, |stage| stage.number + 1);
            let name = command.args.get(2).cloned().unwrap_or_else(|| number.to_string());
            stage = Some(Stage { number, name });
        }
        let (name, trigger, args) = match command.delayed {
            None => (command.name, None, command.args),
            Some(written) => {
                ("onbuild", Some(command.name), [vec![written], command.args].concat())
            }
        };
        instructions.push(Instruction {
            name,
            trigger,
            stage: stage.clone(),
            args,
            flags: command.flags,
            comments: line.comments,
            source,
            start_line: line.start,
            end_line,
            data,
        });
    }
    if instructions.is_empty() {
        return Err(Error {
            line: lines.number().max(1),
            problem: "there is no instruction".to_owned(),
        });
    }
    Ok(instructions)
}

/// Takes the lines up to the end of a here-document; returns the number of its last line.
fn heredoc_body(
    lines: &mut Lines<'_>,
    heredoc: &mut Heredoc,
    source: &mut String,
) -> Result<usize, String> {
    loop {
        let Some(raw) = lines.raw() else {
            return Err(format!("the here-document `{}` has no end", heredoc.name));
        };
        source.push('\n');
        source.push_str(raw.trim_end_matches(['\r', '\n']));
        let chomped = if heredoc.chomp { raw.trim_start_matches('\t') } else { raw };
        if chomped.trim_end_matches(['\r', '\n']) == heredoc.name {
            return Ok(lines.number());
        }
        heredoc.content.push_str(chomped);
    }
}

/// An instruction that a line holds; for `ONBUILD` the delayed one.
struct Command {
    name: &'static str,
    flags: Vec<String>,
    args: Vec<String>,
    /// True if the arguments were written as a JSON list.
    exec: bool,
    heredocs: Vec<Heredoc>,
    /// Its name as written, if it follows `ONBUILD`.
    delayed: Option<String>,
}

/// How the text after the flags becomes arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The whole text.
    Text,
    /// Words between white space.
    Words,
    /// Words that may have quotes.
    Quoted,
    /// `name=value …`, or `name value`.
    Pairs,
    /// A JSON list, or the whole text.
    Shell,
    /// A JSON list, or words between white space.
    List,
    /// A word, then as `Shell`.
    Health,
    /// Another instruction.
    Delayed,
}

const FORMS: [(&str, Form); 18] = [
    ("add", Form::List),
    ("arg", Form::Quoted),
    ("cmd", Form::Shell),
    ("copy", Form::List),
    ("entrypoint", Form::Shell),
    ("env", Form::Pairs),
    ("expose", Form::Words),
    ("from", Form::Words),
    ("healthcheck", Form::Health),
    ("label", Form::Pairs),
    ("maintainer", Form::Text),
    ("onbuild", Form::Delayed),
    ("run", Form::Shell),
    ("shell", Form::Shell),
    ("stopsignal", Form::Text),
    ("user", Form::Text),
    ("volume", Form::List),
    ("workdir", Form::Text),
];

impl Command {
    fn parse(line: &str, escape: char) -> Result<Self, String> {
        let mut command = Self::without_heredocs(line, escape)?;
        if matches!(command.name, "add" | "copy" | "run") && !command.exec {
            command.heredocs = words::heredocs(line);
        }
        Ok(command)
    }

    fn without_heredocs(line: &str, escape: char) -> Result<Self, String> {
        let (written, rest) = words::split_first(line.trim());
        let lower = written.to_ascii_lowercase();
        let Some((name, form)) = FORMS.into_iter().find(|(name, _)| *name == lower) else {
            return Err(format!("unknown instruction `{written}`"));
        };
        let (flags, rest) = words::flags(rest);
        let rest = rest.trim();
        if form == Form::Delayed {
            return Self::delayed(rest, escape);
        }
        let (args, exec) = arguments(form, rest, escape)
            .map_err(|problem| format!("{}: {problem}", name.to_uppercase()))?;
        Ok(Self { name, flags, args, exec, heredocs: Vec::new(), delayed: None })
    }

    fn delayed(rest: &str, escape: char) -> Result<Self, String> {
        let (written, _) = words::split_first(rest);
        match written.to_ascii_uppercase().as_str() {
            "" => Err("ONBUILD: an instruction must follow".to_owned()),
            name @ ("ONBUILD" | "FROM" | "MAINTAINER") => {
                Err(format!("ONBUILD: {name} cannot be delayed"))
            }
            _ => {
                let delayed = Some(written.to_owned());
                Ok(Self { delayed, ..Self::without_heredocs(rest, escape)? })
            }
        }
    }
}

/// The arguments, and whether they were a JSON list.
fn arguments(form: Form, rest: &str, escape: char) -> Result<(Vec<String>, bool), String> {
    if rest.is_empty() {
        return Ok((Vec::new(), false));
    }
    let plain = |args| Ok((args, false));
    match form {
        Form::Text | Form::Delayed => plain(vec![rest.to_owned()]),
        Form::Words => plain(words::spaced(rest)),
        Form::Quoted => plain(words::quoted(rest, escape)),
        Form::Pairs => plain(words::pairs(rest, escape)?),
        Form::Shell => Ok(match words::json(rest)? {
            Some(list) => (list, true),
            None => (vec![rest.to_owned()], false),
        }),
        Form::List => Ok(match words::json(rest)? {
            Some(list) => (list, true),
            None => (words::spaced(rest), false),
        }),
        Form::Health => {
            let (kind, command) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            let (mut args, exec) = arguments(Form::Shell, command.trim_start(), escape)?;
            args.insert(0, kind.to_owned());
            Ok((args, exec))
        }
    }
}

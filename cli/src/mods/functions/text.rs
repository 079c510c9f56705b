//! The functions of strings, of patterns in them, and of the paths they may hold.
//! Must not know files: a path is text here.

use std::borrow::Cow;
use std::path::{Component, Path};

use hcl::Value;
use regex::{Captures, Regex};
use unicode_segmentation::UnicodeSegmentation as _;

use super::arguments::Arguments;
use super::{Function, Outcome};

pub(super) const FUNCTIONS: &[Function] = functions![
    basename(1),
    chomp(1),
    dirname(1),
    endswith(2),
    indent(2),
    join(2..),
    lower(1),
    regex(2),
    regexall(2),
    replace(3),
    split(2),
    startswith(2),
    strcontains(2),
    strrev(1),
    substr(3),
    title(1),
    trim(2),
    trimprefix(2),
    trimspace(1),
    trimsuffix(2),
    upper(1),
];

fn chomp(arguments: Arguments<'_>) -> Outcome {
    Ok(arguments.text(0)?.trim_end_matches(['\r', '\n']).into())
}

fn endswith(arguments: Arguments<'_>) -> Outcome {
    Ok(arguments.text(0)?.ends_with(arguments.text(1)?.as_ref()).into())
}

fn startswith(arguments: Arguments<'_>) -> Outcome {
    Ok(arguments.text(0)?.starts_with(arguments.text(1)?.as_ref()).into())
}

fn strcontains(arguments: Arguments<'_>) -> Outcome {
    Ok(arguments.text(0)?.contains(arguments.text(1)?.as_ref()).into())
}

fn indent(arguments: Arguments<'_>) -> Outcome {
    let spaces = arguments.size(0)?;
    // more would be a mistake that takes all memory
    let spaces =
        u16::try_from(spaces).map_err(|_| format!("argument 1 is too many spaces: {spaces}"))?;
    let margin = format!("\n{}", " ".repeat(spaces.into()));
    Ok(arguments.text(1)?.replace('\n', &margin).into())
}

fn join(arguments: Arguments<'_>) -> Outcome {
    let separator = arguments.text(0)?;
    let lists = (1..arguments.count()).map(|position| arguments.texts(position));
    Ok(lists.collect::<Result<Vec<_>, _>>()?.concat().join(&separator).into())
}

fn split(arguments: Arguments<'_>) -> Outcome {
    let (separator, text) = (arguments.text(0)?, arguments.text(1)?);
    if separator.is_empty() {
        return Ok(text.chars().map(String::from).collect());
    }
    Ok(text.split(separator.as_ref()).collect())
}

fn lower(arguments: Arguments<'_>) -> Outcome {
    let small = |character: char| single(character.to_lowercase(), character);
    Ok(arguments.text(0)?.chars().map(small).collect::<String>().into())
}

fn upper(arguments: Arguments<'_>) -> Outcome {
    Ok(arguments.text(0)?.chars().map(capital).collect::<String>().into())
}

/// The first letter of each word as a capital.
fn title(arguments: Arguments<'_>) -> Outcome {
    let text = arguments.text(0)?;
    let mut inside = false;
    let titled = text.chars().map(|character| {
        let titled = if inside { character } else { capital(character) };
        inside = character.is_alphanumeric() || character == '_';
        titled
    });
    Ok(titled.collect::<String>().into())
}

fn capital(character: char) -> char {
    single(character.to_uppercase(), character)
}

/// The case mapping where it is one character; the character itself where it is several, as for `ß`.
fn single(mut mapped: impl ExactSizeIterator<Item = char>, character: char) -> char {
    if mapped.len() == 1 { mapped.next().unwrap_or(character) } else { character }
}

fn strrev(arguments: Arguments<'_>) -> Outcome {
    Ok(arguments.text(0)?.graphemes(true).rev().collect::<String>().into())
}

/// The characters from an offset, counted from the end where it is negative; a negative length means all of them.
fn substr(arguments: Arguments<'_>) -> Outcome {
    let (text, offset, length) = (arguments.text(0)?, arguments.whole(1)?, arguments.whole(2)?);
    let from_end = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
    let skipped =
        if offset < 0 { text.graphemes(true).count().saturating_sub(from_end) } else { from_end };
    let taken = usize::try_from(length).unwrap_or(usize::MAX);
    Ok(text.graphemes(true).skip(skipped).take(taken).collect::<String>().into())
}

fn trim(arguments: Arguments<'_>) -> Outcome {
    let unwanted = arguments.text(1)?;
    Ok(arguments.text(0)?.trim_matches(|character| unwanted.contains(character)).into())
}

fn trimprefix(arguments: Arguments<'_>) -> Outcome {
    let (text, prefix) = (arguments.text(0)?, arguments.text(1)?);
    Ok(text.strip_prefix(prefix.as_ref()).unwrap_or(&text).into())
}

fn trimsuffix(arguments: Arguments<'_>) -> Outcome {
    let (text, suffix) = (arguments.text(0)?, arguments.text(1)?);
    Ok(text.strip_suffix(suffix.as_ref()).unwrap_or(&text).into())
}

fn trimspace(arguments: Arguments<'_>) -> Outcome {
    Ok(arguments.text(0)?.trim().into())
}

/// A wanted text between slashes is a pattern, and `$1` or `${name}` in the replacement are its groups.
fn replace(arguments: Arguments<'_>) -> Outcome {
    let (text, wanted, replacement) = (arguments.text(0)?, arguments.text(1)?, arguments.text(2)?);
    match wanted.strip_prefix('/').and_then(|wanted| wanted.strip_suffix('/')) {
        Some(wanted) => {
            let replaced = pattern(wanted)?.replace_all(&text, replacement.as_ref()).into_owned();
            Ok(replaced.into())
        }
        None => Ok(text.replace(wanted.as_ref(), &replacement).into()),
    }
}

fn regex(arguments: Arguments<'_>) -> Outcome {
    let (written, text) = (arguments.text(0)?, arguments.text(1)?);
    let pattern = pattern_of_groups(&written)?;
    pattern
        .captures(&text)
        .map(|captures| matched(&pattern, &captures))
        .ok_or_else(|| format!("the pattern {written:?} matches no part of the string"))
}

fn regexall(arguments: Arguments<'_>) -> Outcome {
    let (written, text) = (arguments.text(0)?, arguments.text(1)?);
    let pattern = pattern_of_groups(&written)?;
    Ok(pattern.captures_iter(&text).map(|captures| matched(&pattern, &captures)).collect())
}

fn pattern(written: &str) -> Result<Regex, String> {
    Regex::new(written).map_err(|error| format!("the pattern {written:?} is not valid: {error}"))
}

/// A pattern whose groups all have names, or none.
fn pattern_of_groups(written: &str) -> Result<Regex, String> {
    let pattern = pattern(written)?;
    let named = pattern.capture_names().flatten().count();
    if named != 0 && named + 1 != pattern.captures_len() {
        return Err(format!("the pattern {written:?} mixes groups with and without a name"));
    }
    Ok(pattern)
}

/// The whole match where the pattern has no groups; its groups otherwise, by name where they have one.
fn matched(pattern: &Regex, captures: &Captures<'_>) -> Value {
    let text = |group: Option<regex::Match<'_>>| group.map_or(Value::Null, |it| it.as_str().into());
    if captures.len() == 1 {
        return text(captures.get(0));
    }
    let mut names = pattern.capture_names().flatten().peekable();
    if names.peek().is_none() {
        return captures.iter().skip(1).map(text).collect();
    }
    names.map(|name| (name.to_owned(), text(captures.name(name)))).collect()
}

fn basename(arguments: Arguments<'_>) -> Outcome {
    let path = arguments.text(0)?;
    let name = match path.trim_end_matches('/').rsplit('/').next() {
        Some(name) if !name.is_empty() => name,
        _ if path.is_empty() => ".",
        _ => "/",
    };
    Ok(name.into())
}

fn dirname(arguments: Arguments<'_>) -> Outcome {
    let path = arguments.text(0)?;
    let directory = path.rfind('/').map_or("", |end| &path[..=end]);
    Ok(cleaned(directory).into())
}

/// The shortest path of the same meaning; `.` for none.
fn cleaned(path: &str) -> String {
    let mut parts: Vec<Cow<'_, str>> = Vec::new();
    for component in Path::new(path).components() {
        match component {
            Component::ParentDir if parts.last().is_some_and(|last| last != "..") => {
                parts.pop();
            }
            Component::ParentDir if path.starts_with('/') => {}
            Component::ParentDir | Component::Normal(_) => {
                parts.push(component.as_os_str().to_string_lossy());
            }
            Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
        }
    }
    match (path.starts_with('/'), parts.join("/")) {
        (true, path) => format!("/{path}"),
        (false, path) if path.is_empty() => ".".to_owned(),
        (false, path) => path,
    }
}

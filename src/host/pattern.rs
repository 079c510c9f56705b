//! The files that a list of paths and patterns names, and the text of one.
//! It must not know what the files hold; it blocks, so it runs on a worker thread.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use glob::Pattern;

#[cfg(test)]
mod tests;

/// How many folders deep `**` goes.
const DEPTH: usize = 100;

/// How many entries of folders one pattern may look at; `/**` of a large host has more.
const ENTRIES: usize = 1_000_000;

/// The files that these patterns name, sorted, each once; their paths are absolute.
///
/// `*`, `?` and `[…]` stay within one part of a path, and match names that start with a dot; `**` as a whole part is any
/// number of folders, without following links to folders. `~` is `home`. A folder stands for the files right in it. A path
/// that exists is taken as it is, whatever its characters.
///
/// # Errors
/// A pattern that names no file, a folder that cannot be read, a link to nothing: nothing is left out without a word.
pub fn files(patterns: &[String], home: Option<&Path>) -> Result<Vec<PathBuf>, String> {
    let mut found = BTreeSet::new();
    for pattern in patterns {
        let files = expand(pattern, home)?;
        if files.is_empty() {
            return Err(format!(
                "`{pattern}` names no file: correct it, or leave it out (a relative path starts at the working \
                 directory of the service, {})",
                working_directory()?.display()
            ));
        }
        found.extend(files);
    }
    Ok(found.into_iter().collect())
}

/// The text of a regular file of at most `limit` bytes.
///
/// # Errors
/// It cannot be read, is no regular file, is larger, or is no UTF-8.
pub fn read(path: &Path, limit: u64) -> Result<String, String> {
    let failed = |error: &io::Error| format!("cannot read `{}`: {error}", path.display());
    // asked before it is opened: opening a named pipe waits for a writer
    let metadata = fs::metadata(path).map_err(|error| failed(&error))?;
    if !metadata.is_file() {
        return Err(not_a_file(path, &metadata));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(limit)).unwrap_or(0));
    let file = File::open(path).map_err(|error| failed(&error))?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > limit) {
        return Err(format!(
            "`{}` is larger than {limit} bytes, which is the most that is read: name another file",
            path.display()
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let start = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..start].split(|byte| *byte == b'\n').count();
        format!(
            "`{}` is no UTF-8 text: byte {} (line {line}) belongs to no character; save it as UTF-8, or name text \
             files only",
            path.display(),
            start + 1
        )
    })
}

fn expand(pattern: &str, home: Option<&Path>) -> Result<BTreeSet<PathBuf>, String> {
    refuse_remote(pattern)?;
    let (root, parts) = split(pattern, home)?;
    let whole = parts.iter().fold(root.clone(), |path, part| path.join(part));
    let mut walk = Walk { pattern, looked_at: 0, found: BTreeSet::new() };
    match fs::metadata(&whole) {
        Ok(metadata) if metadata.is_file() => {
            walk.found.insert(whole);
        }
        Ok(metadata) if metadata.is_dir() => {
            walk.step(
                &whole,
                &[Part::Like(Pattern::new("*").map_err(|error| error.to_string())?)],
                0,
            )?;
        }
        Ok(metadata) => return Err(not_a_file(&whole, &metadata)),
        Err(_) if has_wildcard(&parts) => walk.step(&root, &compile(pattern, &parts)?, 0)?,
        Err(_) => walk.take(whole)?,
    }
    Ok(walk.found)
}

/// Other programs fetch what lies elsewhere; this one reads files of this host.
fn refuse_remote(pattern: &str) -> Result<(), String> {
    const HOSTS: [&str; 5] =
        ["github.com/", "gitlab.com/", "bitbucket.org/", "git@", "www.googleapis.com/"];
    let scheme = pattern.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    });
    let forced = pattern.split_once("::").is_some_and(|(getter, _)| {
        !getter.is_empty() && getter.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    let bucket = pattern.split('/').next().is_some_and(|host| host.ends_with(".amazonaws.com"));
    if scheme || forced || bucket || HOSTS.iter().any(|host| pattern.starts_with(host)) {
        return Err(format!(
            "`{pattern}` is an address, and only files of this host are read: fetch it and name the local path (if it \
             is a local path, write `./` before it)"
        ));
    }
    Ok(())
}

/// Where the search starts, and the parts of the path from there.
fn split<'p>(pattern: &'p str, home: Option<&Path>) -> Result<(PathBuf, Vec<&'p str>), String> {
    if pattern.is_empty() {
        return Err("a path is empty: write a file, a folder or a pattern".to_owned());
    }
    let (root, rest) = if pattern == "~" || pattern.starts_with("~/") {
        let home = home.ok_or_else(|| {
            format!("`{pattern}` needs a home folder, and HOME is not set: set it, or write the whole path")
        })?;
        (home.to_owned(), &pattern[1..])
    } else if pattern.starts_with('/') {
        (PathBuf::from("/"), pattern)
    } else {
        (working_directory()?, pattern)
    };
    Ok(without_dots(root, rest, pattern.starts_with('/')))
}

/// Leaves out empty parts and `.`, and takes each `..` at the start off the root. Later ones stay: the folder before may
/// be a link.
fn without_dots(mut root: PathBuf, rest: &str, absolute: bool) -> (PathBuf, Vec<&str>) {
    let mut parts: Vec<&str> = Vec::new();
    for part in rest.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." && parts.is_empty() && !absolute {
            root.pop();
        } else {
            parts.push(part);
        }
    }
    (root, parts)
}

fn working_directory() -> Result<PathBuf, String> {
    std::env::current_dir().map_err(|error| {
        format!(
            "the working directory of the service cannot be told: {error}; write absolute paths"
        )
    })
}

fn has_wildcard(parts: &[&str]) -> bool {
    parts.iter().any(|part| part.contains(['*', '?', '[']))
}

/// One part of a pattern.
enum Part {
    /// This name.
    Name(String),
    /// Every name like this.
    Like(Pattern),
    /// `**`: any number of folders.
    Folders,
}

fn compile(pattern: &str, parts: &[&str]) -> Result<Vec<Part>, String> {
    let mut compiled: Vec<Part> = Vec::new();
    for part in parts {
        match *part {
            // one after the other mean the same as one
            "**" if matches!(compiled.last(), Some(Part::Folders)) => {}
            "**" => compiled.push(Part::Folders),
            like if has_wildcard(&[like]) => compiled.push(Part::Like(like_name(pattern, like)?)),
            name => compiled.push(Part::Name(name.to_owned())),
        }
    }
    if matches!(compiled.last(), Some(Part::Folders)) {
        compiled.push(Part::Like(like_name(pattern, "*")?));
    }
    Ok(compiled)
}

fn like_name(pattern: &str, part: &str) -> Result<Pattern, String> {
    Pattern::new(part).map_err(|error| {
        format!(
            "`{pattern}` is no pattern: {} at character {} of `{part}`; close each `[`, and let `**` stand alone \
             between slashes",
            error.msg,
            error.pos + 1
        )
    })
}

/// The search for one pattern.
struct Walk<'p> {
    pattern: &'p str,
    looked_at: usize,
    found: BTreeSet<PathBuf>,
}

impl Walk<'_> {
    /// Finds what the parts name, from this folder on.
    fn step(&mut self, at: &Path, parts: &[Part], depth: usize) -> Result<(), String> {
        let Some((part, rest)) = parts.split_first() else {
            return self.take(at.to_owned());
        };
        match part {
            Part::Name(name) => self.step(&at.join(name), rest, depth),
            Part::Like(like) => {
                for entry in self.entries(at)? {
                    if like.matches(&entry.file_name().to_string_lossy()) {
                        self.step(&entry.path(), rest, depth)?;
                    }
                }
                Ok(())
            }
            Part::Folders => {
                if depth > DEPTH {
                    return Err(format!(
                        "`{}` is more than {DEPTH} folders below the start of `{}`: use a narrower pattern",
                        at.display(),
                        self.pattern
                    ));
                }
                self.step(at, rest, depth)?;
                for entry in self.entries(at)? {
                    // not a link: links can lead back
                    if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                        self.step(&entry.path(), parts, depth + 1)?;
                    }
                }
                Ok(())
            }
        }
    }

    /// What is in a folder; nothing, if it is none (any more).
    fn entries(&mut self, folder: &Path) -> Result<Vec<fs::DirEntry>, String> {
        let failed = |error: &io::Error| {
            format!(
                "cannot read the folder `{}` for `{}`: {error}; make it readable for the user of the service, or use \
                 a narrower pattern",
                folder.display(),
                self.pattern
            )
        };
        let entries = match read_folder(folder) {
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            entries => entries.map_err(|error| failed(&error))?,
        };
        self.looked_at += entries.len();
        if self.looked_at > ENTRIES {
            return Err(format!(
                "`{}` looks at more than {ENTRIES} files and folders: use a narrower pattern",
                self.pattern
            ));
        }
        Ok(entries)
    }

    /// Keeps a path if it is a file, and leaves out folders and what is not there.
    fn take(&mut self, path: PathBuf) -> Result<(), String> {
        match fs::metadata(&path) {
            Ok(metadata) => {
                if metadata.is_file() {
                    self.found.insert(path);
                }
                Ok(())
            }
            Err(error) if is_absent(&error) => match fs::read_link(&path) {
                Ok(target) => Err(format!(
                    "`{}` is a link to `{}`, which is not there: remove or correct the link",
                    path.display(),
                    target.display()
                )),
                Err(_) => Ok(()),
            },
            Err(error) => Err(format!(
                "cannot read `{}`: {error}; make it readable for the user of the service, or leave it out",
                path.display()
            )),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a search runs on a worker thread as a whole")]
fn read_folder(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    // stops early where a folder alone has too many entries
    fs::read_dir(folder)?.take(ENTRIES + 1).collect()
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn not_a_file(path: &Path, metadata: &fs::Metadata) -> String {
    let kind = if metadata.is_dir() { "a folder" } else { "a pipe, a socket or a device" };
    format!("`{}` is {kind} and no regular file: name a file", path.display())
}

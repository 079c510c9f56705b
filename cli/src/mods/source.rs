//! The files of a mod: a folder on disk, or the list that is compiled into the program.
//! It must not know what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::LoadError;

/// A mod's files by their path relative to its folder, with `/` between.
#[derive(Debug)]
pub(crate) struct Source {
    /// What messages call the folder.
    location: String,
    /// HCL files: name, then text.
    files: BTreeMap<String, String>,
    others: Others,
}

/// Where `file("…")` looks.
#[derive(Debug)]
enum Others {
    Folder(PathBuf),
    Embedded(&'static [(&'static str, &'static str)]),
}

const IGNORE_FILE: &str = ".powerpipeignore";

impl Source {
    /// Reads all `*.pp` and `*.sp` files below a folder, but those in hidden folders and those that
    /// `.powerpipeignore` names.
    #[expect(clippy::disallowed_methods, reason = "runs before anything is asynchronous")]
    pub(crate) fn folder(folder: &Path) -> Result<Self, LoadError> {
        let failed =
            |path: &Path, error| LoadError(format!("cannot read {}: {error}", path.display()));
        let root = folder.canonicalize().map_err(|error| failed(folder, error))?;
        let ignored = match fs::read_to_string(root.join(IGNORE_FILE)) {
            Ok(text) => Ignored::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ignored::default(),
            Err(error) => return Err(failed(&root.join(IGNORE_FILE), error)),
        };
        let mut files = BTreeMap::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(|error| failed(&folder, error))? {
                let entry = entry.map_err(|error| failed(&folder, error))?;
                let path = entry.path();
                let name = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().into_owned();
                let hidden = entry.file_name().to_string_lossy().starts_with('.');
                // the entry's own kind: a link to a folder could lead back to where it lies
                let is_folder = entry.file_type().map_err(|error| failed(&path, error))?.is_dir();
                if hidden || ignored.matches(&name, is_folder) {
                    continue;
                }
                if is_folder {
                    folders.push(path);
                } else if path
                    .extension()
                    .is_some_and(|extension| extension == "pp" || extension == "sp")
                {
                    files.insert(
                        name,
                        fs::read_to_string(&path).map_err(|error| failed(&path, error))?,
                    );
                }
            }
        }
        if !files.contains_key("mod.pp") && !files.contains_key("mod.sp") {
            return Err(LoadError(format!("no mod in {}: there is no mod.pp", root.display())));
        }
        Ok(Self { location: root.display().to_string(), files, others: Others::Folder(root) })
    }

    /// The mod that comes with the program.
    pub(crate) fn embedded(files: &'static [(&'static str, &'static str)]) -> Self {
        let hcl = files.iter().filter(|(name, _)| {
            Path::new(name).extension().is_some_and(|extension| extension == "pp")
        });
        Self {
            location: "embedded".to_owned(),
            files: hcl.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect(),
            others: Others::Embedded(files),
        }
    }

    pub(super) fn location(&self) -> &str {
        &self.location
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// How lists name a file: with its folder, if it has one.
    pub(super) fn display_name(&self, file: &str) -> String {
        match &self.others {
            Others::Folder(root) => root.join(file).display().to_string(),
            Others::Embedded(_) => file.to_owned(),
        }
    }

    /// The bytes of a file that a mod names, relative to its folder. `None` if there is none.
    #[expect(clippy::disallowed_methods, reason = "runs before anything is asynchronous")]
    pub(super) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        match &self.others {
            Others::Embedded(files) => {
                let wanted = normalised(path);
                Ok(files
                    .iter()
                    .find(|(name, _)| *name == wanted)
                    .map(|(_, text)| text.as_bytes().to_vec()))
            }
            Others::Folder(root) => match fs::read(root.join(path)) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(format!("cannot read {path}: {error}")),
            },
        }
    }

    /// The path of the folder, for functions that make absolute paths.
    pub(super) fn root(&self) -> PathBuf {
        match &self.others {
            Others::Folder(root) => root.clone(),
            Others::Embedded(_) => PathBuf::from("/"),
        }
    }

    /// Files of the mod's folder whose path matches a glob, sorted.
    #[expect(clippy::disallowed_methods, reason = "runs before anything is asynchronous")]
    pub(super) fn matching(&self, below: &str, pattern: &str) -> Result<Vec<String>, String> {
        let below = normalised(below);
        let prefix = if below.is_empty() { String::new() } else { format!("{below}/") };
        let mut names: Vec<String> = match &self.others {
            Others::Embedded(files) => files.iter().map(|(name, _)| (*name).to_owned()).collect(),
            Others::Folder(root) => {
                let mut names = Vec::new();
                let mut folders = vec![root.clone()];
                while let Some(folder) = folders.pop() {
                    let entries = fs::read_dir(&folder)
                        .map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
                    for entry in entries {
                        let entry = entry.map_err(|error| error.to_string())?;
                        let path = entry.path();
                        if entry.file_type().map_err(|error| error.to_string())?.is_dir() {
                            folders.push(path);
                        } else if let Ok(name) = path.strip_prefix(root) {
                            names.push(name.to_string_lossy().into_owned());
                        }
                    }
                }
                names
            }
        };
        names =
            names.iter().filter_map(|name| name.strip_prefix(&prefix)).map(str::to_owned).collect();
        names.retain(|name| glob(pattern, name));
        names.sort();
        Ok(names)
    }
}

/// `./a/../b` as `b`.
fn normalised(path: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::ParentDir => drop(parts.pop()),
            _ => {}
        }
    }
    parts.join("/")
}

/// The lines of an ignore file, as git reads them.
#[derive(Debug, Default)]
struct Ignored(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    pattern: String,
    negated: bool,
    folders_only: bool,
}

impl Ignored {
    fn parse(text: &str) -> Self {
        let rules = text
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(
            rules
                .map(|line| {
                    let (negated, line) =
                        line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
                    let (folders_only, line) =
                        line.strip_suffix('/').map_or((false, line), |rest| (true, rest));
                    let anchored = line.contains('/');
                    let line = line.trim_start_matches('/');
                    let pattern = if anchored { line.to_owned() } else { format!("**/{line}") };
                    Rule { pattern, negated, folders_only }
                })
                .collect(),
        )
    }

    fn matches(&self, name: &str, is_folder: bool) -> bool {
        let last = self
            .0
            .iter()
            .rev()
            .find(|rule| (is_folder || !rule.folders_only) && glob(&rule.pattern, name));
        last.is_some_and(|rule| !rule.negated)
    }
}

/// `*` and `?` within a part of the path, `**` over any number of parts.
fn glob(pattern: &str, path: &str) -> bool {
    fn parts(pattern: &[&str], path: &[&str]) -> bool {
        match (pattern.split_first(), path.split_first()) {
            (None, None) => true,
            (Some((&"**", rest)), _) => {
                parts(rest, path)
                    || path.split_first().is_some_and(|(_, path)| parts(pattern, path))
            }
            (Some((first, rest)), Some((name, path))) => {
                part(first.as_bytes(), name.as_bytes()) && parts(rest, path)
            }
            _ => false,
        }
    }
    fn part(pattern: &[u8], name: &[u8]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) => {
                part(rest, name) || name.split_first().is_some_and(|(_, name)| part(pattern, name))
            }
            (Some((b'?', rest)), Some((_, name))) => part(rest, name),
            (Some((first, rest)), Some((byte, name))) => first == byte && part(rest, name),
            _ => false,
        }
    }
    let split = |text| str::split(text, '/').collect::<Vec<&str>>();
    parts(&split(pattern), &split(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignore_files_read_as_git_reads_them() {
        let ignored = Ignored::parse("# a comment\n*.draft.pp\n/old/\nkeep/*.pp\n!keep/this.pp\n");
        for (name, is_folder, expected) in [
            ("a.draft.pp", false, true),
            ("x/y/a.draft.pp", false, true),
            ("old", true, true),
            ("x/old", true, false),
            ("keep/that.pp", false, true),
            ("keep/this.pp", false, false),
            ("a.pp", false, false),
        ] {
            assert_eq!(ignored.matches(name, is_folder), expected, "{name}");
        }
    }

    #[test]
    fn paths_are_normalised_and_globbed() {
        assert_eq!(normalised("./a/../b/./c.md"), "b/c.md");
        assert!(glob("**/*.md", "a/b/c.md") && glob("**/*.md", "c.md") && glob("a?.md", "ab.md"));
        assert!(!glob("*.md", "a/c.md"));
    }
}

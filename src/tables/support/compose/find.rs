//! Which files belong together: an entry of the connection becomes projects, each a list of files.
//! It must not read the files; it blocks, so it runs on a worker thread.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::host::pattern;

/// What Compose looks for, the first that is there.
const DEFAULT: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// What Compose lays over it, the first that is there.
const OVERRIDE: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// The projects of all entries, each once.
///
/// An entry is a path or a pattern; each file it names is a project. Paths joined by colons are one project of several
/// files, later ones override. Compose's own file of a folder takes the folder's override file along, as `docker compose`
/// does without `-f`.
///
/// # Errors
/// An entry that names no file, or a path of several that names more than one.
pub(super) fn projects(
    entries: &[String],
    home: Option<&Path>,
) -> Result<Vec<Vec<PathBuf>>, String> {
    let mut projects: Vec<Vec<PathBuf>> = Vec::new();
    let mut single = BTreeSet::new();
    for entry in entries {
        if is_several(entry) {
            let files = entry.split(':').map(|path| one(entry, path, home));
            projects.push(files.collect::<Result<_, _>>()?);
        } else {
            let entry = default_of_folder(entry, home).unwrap_or_else(|| entry.clone());
            single.extend(pattern::files(&[entry], home)?);
        }
    }
    let mut taken_along = BTreeSet::new();
    for file in single.clone() {
        if let Some(other) = override_of(&file) {
            taken_along.insert(other.clone());
            projects.push(vec![file, other]);
        } else {
            projects.push(vec![file]);
        }
    }
    projects
        .retain(|files| files.len() > 1 || !files.iter().any(|file| taken_along.contains(file)));
    projects.sort();
    projects.dedup();
    Ok(projects)
}

/// `base.yml:prod.yml`, unless a file is called so, or it is an address.
fn is_several(entry: &str) -> bool {
    let is_address = entry.contains("://") || entry.contains("::");
    entry.contains(':') && !is_address && !Path::new(entry).exists()
}

/// The one file that a part of an entry names.
fn one(entry: &str, path: &str, home: Option<&Path>) -> Result<PathBuf, String> {
    let within = |problem: String| format!("in `{entry}`: {problem}");
    let mut files = pattern::files(&[path.to_owned()], home).map_err(within)?;
    match (files.pop(), files.is_empty()) {
        (Some(file), true) => Ok(file),
        _ => Err(within(format!("`{path}` names several files, and one is needed between colons"))),
    }
}

/// A folder stands for the file that Compose finds in it.
fn default_of_folder(entry: &str, home: Option<&Path>) -> Option<String> {
    let folder = match (entry.strip_prefix('~'), home) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            format!("{}{rest}", home.display())
        }
        _ => entry.to_owned(),
    };
    let file = existing(Path::new(&folder), &DEFAULT)?;
    Some(file.to_string_lossy().into_owned())
}

/// The override file that Compose takes along with this file, if this is the one it finds in the folder.
fn override_of(file: &Path) -> Option<PathBuf> {
    let folder = file.parent()?;
    if existing(folder, &DEFAULT)? != file {
        return None;
    }
    existing(folder, &OVERRIDE)
}

fn existing(folder: &Path, names: &[&str]) -> Option<PathBuf> {
    names.iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The projects of some entries in a folder with these files; paths are relative to the folder.
    fn found(files: &[&str], entries: &[&str]) -> Result<Vec<Vec<String>>, String> {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::File::create(path).unwrap();
        }
        let root = folder.path().to_str().unwrap();
        let in_folder = |entry: &str| {
            let paths = entry.split(':').map(|path| match path {
                "~" => path.to_owned(),
                path => format!("{root}/{path}"),
            });
            paths.collect::<Vec<_>>().join(":")
        };
        let entries: Vec<String> = entries.iter().map(|entry| in_folder(entry)).collect();
        let relative =
            |path: PathBuf| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        projects(&entries, Some(folder.path()))
            .map(|projects| {
                projects
                    .into_iter()
                    .map(|files| files.into_iter().map(relative).collect())
                    .collect()
            })
            .map_err(|problem| problem.replace(&format!("{root}/"), ""))
    }

    #[test]
    fn entries_become_projects() {
        let files = [
            "a/compose.yaml",
            "a/compose.override.yaml",
            "a/docker-compose.yml",
            "a/prod.yml",
            "b/docker-compose.yml",
            "b/docker-compose.override.yml",
            "b/.env",
            "c/compose.override.yml",
            "compose.yml",
        ];
        for (entries, expected) in [
            (&["a/compose.yaml"][..], &[&["a/compose.yaml", "a/compose.override.yaml"][..]][..]),
            (&["a"], &[&["a/compose.yaml", "a/compose.override.yaml"]]),
            (&["~"], &[&["compose.yml"]]),
            (
                &["a/docker-compose.yml", "a/prod.yml"],
                &[&["a/docker-compose.yml"], &["a/prod.yml"]],
            ),
            (
                &["**/*.y*ml"],
                &[
                    &["a/compose.yaml", "a/compose.override.yaml"],
                    &["a/docker-compose.yml"],
                    &["a/prod.yml"],
                    &["b/docker-compose.yml", "b/docker-compose.override.yml"],
                    &["c/compose.override.yml"],
                    &["compose.yml"],
                ],
            ),
            (&["a/compose.yaml:a/prod.yml"], &[&["a/compose.yaml", "a/prod.yml"]]),
            (&["a/compose.yaml", "a/*.yaml"], &[&["a/compose.yaml", "a/compose.override.yaml"]]),
            (&["a/compose.override.yaml"], &[&["a/compose.override.yaml"]]),
        ] {
            assert_eq!(found(&files, entries).unwrap(), expected, "{entries:?}");
        }
    }

    #[test]
    fn what_names_nothing_is_an_error() {
        for (entry, words) in [
            ("none.yml", "none.yml"),
            ("*.yml", "names no file"),
            ("a.yaml:none.yml", "in `a.yaml:none.yml`"),
            ("a.yaml:*.yaml", "`*.yaml` names several files"),
        ] {
            let problem = found(&["a.yaml", "b.yaml"], &[entry]).unwrap_err();
            assert!(problem.contains(words), "{entry}: {problem}");
        }
    }
}

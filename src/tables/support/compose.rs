//! The Compose projects that a connection names, and the rows of their sections.
//! It must not know the columns of a table.
//!
//! A row's document holds the entry itself under `entry`, and around it what is known of its project.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::{StreamExt, TryFutureExt, TryStreamExt, stream};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::on_worker;
use crate::docker::Docker;
use crate::files::compose::{self, Context, Project};
use crate::host::pattern;
use crate::sdk::{Error, Query, Rows};

mod find;

/// The most bytes of a file.
const LIMIT: u64 = 64 << 20;

/// How many projects are read at once.
const AT_ONCE: usize = 4;

/// The entries of a section of all projects, one document each.
pub(in crate::tables) fn compose_entries<'a>(
    docker: &'a Docker,
    query: &'a Query,
    section: &'static str,
) -> Rows<'a> {
    let home = docker.environment().home().map(Path::to_owned);
    let read = move |files: Vec<PathBuf>| {
        let home = home.clone();
        on_worker(move || Ok(documents(&load(&files, home)?, section)))
    };
    projects(docker, query)
        .map_ok(move |projects| stream::iter(projects).map(read).buffered(AT_ONCE))
        .try_flatten_stream()
        .map_ok(|rows| stream::iter(rows).map(|row| Ok(row.into())))
        .try_flatten()
        .boxed()
}

/// The files of each project: those of the connection, of which a `path` in the query picks some; without any in the
/// connection, a path in the query is a project.
async fn projects(docker: &Docker, query: &Query) -> Result<Vec<Vec<PathBuf>>, Error> {
    let keys =
        query.keys("path").map(|keys| keys.into_iter().map(str::to_owned).collect::<Vec<_>>());
    let entries = match docker.config().docker_compose_file_paths.as_deref() {
        Some(entries) if !entries.is_empty() => entries.to_vec(),
        _ => keys.clone().ok_or_else(|| {
            Error::new("docker_compose_file_paths is not set: no Compose file is named").hint(
                "set docker_compose_file_paths in the connection, or name files in the query: \
                 where path = '/srv/app/compose.yaml'",
            )
        })?,
    };
    let home = docker.environment().home().map(Path::to_owned);
    let found = on_worker(move || find::projects(&entries, home.as_deref()).map_err(Error::new));
    let mut projects = found.await?;
    if let Some(keys) = keys {
        let is_first =
            |files: &Vec<PathBuf>| files.first().is_some_and(|file| keys.contains(&text(file)));
        projects.retain(is_first);
    }
    Ok(projects)
}

fn load(files: &[PathBuf], home: Option<PathBuf>) -> Result<Project, Error> {
    let read = |path: &Path| {
        // whether it is there at all is for the loader to know
        path.metadata()?;
        pattern::read(path, LIMIT).map_err(io::Error::other)
    };
    let variable = |name: &str| std::env::var(name).ok();
    let context = Context { read: &read, variable: &variable, home };
    compose::load(files, &context).map_err(|problem| {
        Error::new(problem.to_string())
            .hint("correct the file, or leave it out of docker_compose_file_paths")
    })
}

fn documents(project: &Project, section: &str) -> Vec<Bytes> {
    let entries = project.document.get(section).and_then(Value::as_object);
    let files: Vec<String> = project.files.iter().map(|file| text(file)).collect();
    let document = |(key, entry): (&String, &Value)| {
        let begins = project.lines.get(&format!("{section}/{key}"));
        let document = json!({
            "key": key,
            "entry": entry,
            "extensions": extensions(entry),
            "active": project.active.contains(key),
            "project": project.name,
            "path": files.first(),
            "files": files,
            "start_path": begins.map(|(file, _)| text(file)),
            "start_line": begins.map(|(_, line)| line),
        });
        Bytes::from(document.to_string())
    };
    entries.into_iter().flatten().map(document).collect()
}

/// The keys that begin with `x-`; null if there are none.
fn extensions(entry: &Value) -> Option<Map<String, Value>> {
    let keys = entry.as_object()?.iter().filter(|(key, _)| key.starts_with("x-"));
    let keys: Map<String, Value> = keys.map(|(key, value)| (key.clone(), value.clone())).collect();
    (!keys.is_empty()).then_some(keys)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// For a column of numbers: Compose writes bytes as a text of digits.
pub(in crate::tables) fn digits(raw: &RawValue) -> Result<Option<String>, String> {
    let digits = raw.get().trim_matches('"');
    match digits.parse::<i64>() {
        Ok(_) => Ok(Some(digits.to_owned())),
        Err(_) => Err(format!("expected a number of bytes, found {}", raw.get())),
    }
}

/// For a column of text: the words of a command, so that a shell would read the same.
pub(in crate::tables) fn command_line(raw: &RawValue) -> Result<Option<String>, String> {
    let words: Option<Vec<String>> =
        serde_json::from_str(raw.get()).map_err(|error| format!("expected words: {error}"))?;
    let line =
        words.map(|words| words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "));
    Ok(line.map(|line| Value::from(line).to_string()))
}

/// A word as a shell reads it; quoted only if it must be.
fn quoted(word: &str) -> String {
    let plain = |next: char| next.is_alphanumeric() || "_-./:=,@%+^".contains(next);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(map: crate::sdk::Rewrite, json: &str) -> Option<String> {
        map(serde_json::from_str(json).unwrap()).unwrap()
    }

    #[test]
    fn commands_read_as_a_shell_would_take_them() {
        for (words, line) in [
            (r#"["nginx","-g","daemon off;"]"#, r#""nginx -g 'daemon off;'""#),
            (r#"["echo","it's","","$HOME","a=b"]"#, r#""echo 'it'\\''s' '' '$HOME' a=b""#),
            ("[]", r#""""#),
        ] {
            assert_eq!(mapped(command_line, words).as_deref(), Some(line));
        }
        assert_eq!(mapped(command_line, "null"), None);
        assert!(command_line(serde_json::from_str("5").unwrap()).is_err());
    }

    #[test]
    fn bytes_become_numbers() {
        assert_eq!(mapped(digits, r#""64""#).as_deref(), Some("64"));
        assert_eq!(mapped(digits, "-1").as_deref(), Some("-1"));
        assert!(digits(serde_json::from_str("{}").unwrap()).is_err());
    }

    #[test]
    fn a_row_holds_its_entry_and_its_project() {
        let project = Project {
            name: "shop".into(),
            directory: "/srv".into(),
            files: vec!["/srv/a.yml".into(), "/srv/b.yml".into()],
            document: json!({"services": {"web": {"image": "i", "x-a": 1}, "off": {"image": "i"}}, "x-b": 1}),
            active: ["web".to_owned()].into(),
            lines: [("services/web".to_owned(), ("/srv/b.yml".into(), 3))].into(),
        };
        let rows: Vec<Value> = documents(&project, "services")
            .iter()
            .map(|row| serde_json::from_slice(row).unwrap())
            .collect();
        assert_eq!(
            rows,
            [
                json!({"key": "off", "entry": {"image": "i"}, "extensions": null, "active": false, "project": "shop",
                    "path": "/srv/a.yml", "files": ["/srv/a.yml", "/srv/b.yml"], "start_path": null, "start_line": null}),
                json!({"key": "web", "entry": {"image": "i", "x-a": 1}, "extensions": {"x-a": 1}, "active": true, "project": "shop",
                    "path": "/srv/a.yml", "files": ["/srv/a.yml", "/srv/b.yml"], "start_path": "/srv/b.yml", "start_line": 3}),
            ]
        );
        assert!(documents(&project, "volumes").is_empty());
    }
}

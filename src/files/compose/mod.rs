//! Compose projects, as `docker compose config` reads them: variables, `include`, `extends`, several files, profiles.
//! They must not know the disk or the process: what reads files and variables is handed in.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

mod budget;
mod canonical;
mod document;
mod dotenv;
mod environment;
mod extends;
mod include;
mod interpolate;
mod loader;
mod merge;
mod name;
mod normal;
mod path;
mod paths;
mod problem;
mod unique;
mod variables;

use loader::{File, Loader, Scope, unreadable};
use variables::Variables;

pub use problem::{Fault, Problem};

/// The kinds of resources that a project has.
const KINDS: [&str; 7] =
    ["services", "jobs", "networks", "volumes", "secrets", "configs", "models"];

/// A project.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// The folder of its first file.
    pub directory: PathBuf,
    /// Its files, in the order in which they are laid over each other.
    pub files: Vec<PathBuf>,
    /// An object with `services`, `networks`, `volumes`, `secrets`, `configs` and the keys that begin with `x-`.
    pub document: Value,
    /// The names of the services that no profile keeps from running.
    pub active: BTreeSet<String>,
    /// File and line where a resource begins, by kind and name, such as `services/web`.
    pub lines: BTreeMap<String, (PathBuf, usize)>,
}

/// What a project is read with.
pub struct Context<'c> {
    /// Reads a file, which it may refuse because of its size.
    pub read: &'c dyn Fn(&Path) -> io::Result<String>,
    /// A variable of the process.
    pub variable: &'c dyn Fn(&str) -> Option<String>,
    /// What `~` means.
    pub home: Option<PathBuf>,
}

/// Loads one project from its files, later ones over earlier ones. Paths in the project come out absolute if the first
/// file is named by an absolute path.
///
/// # Errors
/// The first thing that is wrong, with file, line and column.
pub fn load(files: &[PathBuf], context: &Context<'_>) -> Result<Project, Problem> {
    let loader = Loader::new(context);
    let first = files.first().cloned().unwrap_or_default();
    let whole = |message: &str| Problem {
        file: first.clone(),
        line: 0,
        column: 0,
        message: message.to_owned(),
    };
    if files.is_empty() {
        return Err(whole("no compose file specified"));
    }
    let directory = paths::parent(&first);
    let mut variables = Variables::of_project(&loader, &directory)?;
    let parsed = files.iter().map(|file| {
        let text = loader.read(file).map_err(|error| unreadable(file, &error))?;
        Loader::parse(file.clone(), &text)
    });
    let parsed: Vec<File> = parsed.collect::<Result<_, _>>()?;
    let name = name::name(&parsed, &directory, &variables)?;
    variables.set_project(&name);
    let scope = Scope {
        directory: &directory,
        variables: &variables,
        trail: &[],
        extended: &RefCell::default(),
    };
    let mut document = loader.model(&parsed, &scope)?;
    if document.as_object().is_none_or(Map::is_empty) {
        return Err(whole("empty compose file"));
    }
    document.as_object_mut().and_then(|keys| keys.remove("name"));
    let folder = paths::Folder { directory: &directory, home: context.home.as_deref() };
    folder.rebase(&mut document);
    environment::fill(&mut document, &variables);
    environment::fill_arguments(&mut document, &variables);
    let active = active(&document, &variables);
    let lines = loader.lines(&document);
    let files = files.to_vec();
    let mut project = Project { name, directory, files, document, active, lines };
    normal::normal(&mut project).map_err(|fault| loader.problem(fault))?;
    let Project { document, active, directory, .. } = &mut project;
    loader.add_files(document, active, directory, &variables)?;
    Ok(project)
}

/// The services without profiles, and those of the profiles that are chosen.
fn active(document: &Value, variables: &Variables<'_>) -> BTreeSet<String> {
    let chosen = variables.get("COMPOSE_PROFILES").unwrap_or_default();
    let chosen: Vec<&str> = chosen.split(',').map(str::trim).collect();
    let runs = |service: &Value| {
        let profiles = service["profiles"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_chosen =
            |profile: &Value| profile.as_str().is_some_and(|profile| chosen.contains(&profile));
        profiles.is_empty() || chosen.contains(&"*") || profiles.iter().any(is_chosen)
    };
    let services = document["services"].as_object().into_iter().flatten();
    services.filter(|(_, service)| runs(service)).map(|(name, _)| name.clone()).collect()
}

#[cfg(test)]
mod tests;

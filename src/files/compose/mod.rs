//! Compose files: the project they describe, as `docker compose config` shows it.
//! It must not know files of the disk, tables or engines: files are read by whoever calls.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

mod canonical;
mod normal;
mod path;
mod problem;

pub use problem::{Fault, Problem};

/// One project, whole.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// The folder that relative paths are seen from.
    pub directory: PathBuf,
    /// The files it was read from, later ones override.
    pub files: Vec<PathBuf>,
    /// Services, networks, volumes, secrets, configs and extensions.
    pub document: serde_json::Value,
    /// Names of the services that no inactive profile keeps out.
    pub active: BTreeSet<String>,
    /// Where services and the like begin, by `services/web`: file and line.
    pub lines: BTreeMap<String, (PathBuf, usize)>,
}

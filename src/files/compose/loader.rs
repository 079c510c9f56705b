//! From files to one merged document: each file is read, made canonical, completed by what it includes and extends,
//! and laid over the files before it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::budget::Budget;
use super::canonical::canonical;
use super::document::{Document, Resets, Way, at};
use super::extends::Services;
use super::merge::merge;
use super::problem::{Fault, Problem};
use super::unique::unique;
use super::variables::Variables;
use super::{Context, KINDS};
use crate::files::yaml::{self, Node};

/// One load.
pub(super) struct Loader<'c> {
    pub(super) context: &'c Context<'c>,
    pub(super) budget: Budget,
    /// The documents of the project and of what it includes, as they were read.
    sources: RefCell<Vec<Origin>>,
}

/// Where a document is from.
#[derive(Clone)]
pub(super) struct Origin {
    pub(super) file: PathBuf,
    pub(super) root: Rc<Node>,
}

/// A file and its documents.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) documents: Vec<Rc<Node>>,
}

/// What the files of one model have in common.
pub(super) struct Scope<'s> {
    /// The folder that relative paths start from.
    pub(super) directory: &'s Path,
    pub(super) variables: &'s Variables<'s>,
    /// The files on the way to this one.
    pub(super) trail: &'s [PathBuf],
    /// Files with services that are extended, read once.
    pub(super) extended: &'s RefCell<BTreeMap<PathBuf, Rc<Services>>>,
}

impl Origin {
    /// The fault as a problem of this document.
    pub(super) fn problem(&self, fault: Fault) -> Problem {
        let Fault { path, message } = fault;
        let place = self.root.place(&path);
        let message = at(&path, &message);
        Problem { file: self.file.clone(), line: place.line, column: place.column, message }
    }

    /// A problem at a place of this document.
    pub(super) fn at(&self, way: &[&str], message: impl Into<String>) -> Problem {
        self.problem(fault(way, message))
    }
}

impl yaml::Flaw {
    /// The flaw as a problem of a file.
    pub(super) fn within(self, file: &Path) -> Problem {
        let Self { line, column, message } = self;
        Problem { file: file.to_owned(), line, column, message }
    }
}

/// A fault at a place.
pub(super) fn fault(way: &[&str], message: impl Into<String>) -> Fault {
    Fault { path: way.iter().map(|&key| key.to_owned()).collect(), message: message.into() }
}

/// Why a file could not be read, in words.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::InvalidData => "it is no UTF-8 text".to_owned(),
        _ => error.to_string(),
    }
}

/// The problem of a file that could not be read.
pub(super) fn unreadable(file: &Path, error: &io::Error) -> Problem {
    let message = format!("cannot read it: {}", reason(error));
    Problem { file: file.to_owned(), line: 0, column: 0, message }
}

impl<'c> Loader<'c> {
    pub(super) fn new(context: &'c Context<'c>) -> Self {
        Self { context, budget: Budget::default(), sources: RefCell::default() }
    }

    /// The text of a file.
    pub(super) fn read(&self, file: &Path) -> io::Result<String> {
        let text = (self.context.read)(file)?;
        self.budget.file(text.len()).map_err(io::Error::other)?;
        Ok(text)
    }

    /// The documents of a text.
    pub(super) fn parse(path: PathBuf, text: &str) -> Result<File, Problem> {
        match yaml::parse(text) {
            Ok(documents) => Ok(File { path, documents }),
            Err(flaw) => Err(flaw.within(&path)),
        }
    }

    /// The files of a model, merged.
    pub(super) fn model(&self, files: &[File], scope: &Scope<'_>) -> Result<Value, Problem> {
        let mut merged = Value::Object(Map::new());
        let mut trail = scope.trail.to_vec();
        for file in files {
            trail.push(file.path.clone());
            for root in &file.documents {
                let origin = Origin { file: file.path.clone(), root: Rc::clone(root) };
                self.sources.borrow_mut().push(origin.clone());
                merged = self.add(merged, &origin, &Scope { trail: &trail, ..*scope })?;
            }
        }
        Ok(merged)
    }

    /// Lays a document over those before it.
    fn add(&self, mut base: Value, origin: &Origin, scope: &Scope<'_>) -> Result<Value, Problem> {
        let (mut document, resets) = self.document(origin, scope)?;
        let included = document.as_object_mut().and_then(|keys| keys.remove("include"));
        canonical(&mut document).map_err(|fault| origin.problem(fault))?;
        for model in self.include(included.as_ref(), origin, scope)? {
            import(model, &mut document, &resets).map_err(|fault| origin.problem(fault))?;
        }
        resets.apply(&[], &mut base);
        for kind in ["services", "jobs"] {
            self.extend(kind, &mut document, &resets, origin, scope)?;
        }
        let over = |fault| origin.problem(fault);
        let mut merged = merge(base, document, &mut Way::new()).map_err(over)?;
        unique(&mut merged).map_err(over)?;
        Ok(merged)
    }

    /// A document with its variables replaced, and without the keys that are the loader's.
    fn document(&self, origin: &Origin, scope: &Scope<'_>) -> Result<(Value, Resets), Problem> {
        let variable = |name: &str| scope.variables.get(name);
        let Document { mut value, resets } = Document::read(&origin.root, &variable, &self.budget)
            .map_err(|flaw| flaw.within(&origin.file))?;
        let Value::Object(keys) = &mut value else {
            return Err(origin.at(&[], "top-level object must be a mapping"));
        };
        check_keys(keys).map_err(|fault| origin.problem(fault))?;
        keys.remove("version");
        adopt(keys).map_err(|fault| origin.problem(fault))?;
        Ok((value, resets))
    }

    /// The place of a fault in the document that says most about it.
    pub(super) fn problem(&self, fault: Fault) -> Problem {
        let sources = self.sources.borrow();
        let nearest = sources.iter().max_by_key(|origin| origin.root.place(&fault.path).steps);
        match nearest {
            Some(origin) => origin.problem(fault),
            None => Problem { file: PathBuf::new(), line: 0, column: 0, message: fault.message },
        }
    }

    /// Where each service, network, volume, secret and config of a document begins.
    pub(super) fn lines(&self, document: &Value) -> BTreeMap<String, (PathBuf, usize)> {
        let mut lines = BTreeMap::new();
        for origin in self.sources.borrow().iter() {
            for kind in KINDS {
                let Some(section) = origin.root.entry(kind) else { continue };
                for entry in section.value.entries() {
                    if document[kind].get(&entry.key).is_some() {
                        lines
                            .entry(format!("{kind}/{}", entry.key))
                            .or_insert_with(|| (origin.file.clone(), entry.line));
                    }
                }
            }
        }
        lines
    }
}

/// Top-level keys other than those of resources.
const OTHER_KEYS: [&str; 3] = ["include", "name", "version"];

fn check_keys(keys: &Map<String, Value>) -> Result<(), Fault> {
    for (key, value) in keys {
        let known = KINDS.contains(&key.as_str()) || OTHER_KEYS.contains(&key.as_str());
        if !known && !key.starts_with("x-") {
            return Err(fault(&[key], "additional properties are not allowed here"));
        }
        if KINDS.contains(&key.as_str()) && !(value.is_object() || value.is_null()) {
            return Err(fault(&[key], "must be a mapping"));
        }
        if matches!(key.as_str(), "name" | "version") && !value.is_string() {
            return Err(fault(&[key], "must be a string"));
        }
    }
    Ok(())
}

/// `develop` was `x-develop` once, and still may be.
fn adopt(document: &mut Map<String, Value>) -> Result<(), Fault> {
    let services = document.get_mut("services").and_then(Value::as_object_mut);
    for (name, service) in services.into_iter().flatten() {
        let Value::Object(service) = service else { continue };
        let Some(extension) = service.remove("x-develop") else { continue };
        let develop = match service.remove("develop") {
            None => extension,
            Some(own) => {
                let way = ["services", name, "develop"].map(str::to_owned);
                merge(extension, own, &mut way.to_vec())?
            }
        };
        service.insert("develop".to_owned(), develop);
    }
    Ok(())
}

/// Lays a document over a model that it includes.
fn import(model: Value, document: &mut Value, resets: &Resets) -> Result<(), Fault> {
    let (Value::Object(mut model), Value::Object(document)) = (model, document) else {
        return Ok(());
    };
    for kind in KINDS {
        let Some(Value::Object(resources)) = model.remove(kind) else { continue };
        let own = document.entry(kind).or_insert_with(|| Value::Object(Map::new()));
        if own.is_null() {
            *own = Value::Object(Map::new());
        }
        let Value::Object(own) = own else { continue };
        for (name, mut resource) in resources {
            let merged = match own.remove(&name) {
                None => resource,
                // reached on two ways
                Some(same) if same == resource => same,
                Some(over) => {
                    resets.apply(&[kind, &name], &mut resource);
                    merge(resource, over, &mut vec![kind.to_owned(), name.clone()])?
                }
            };
            own.insert(name, merged);
        }
    }
    Ok(())
}

//! `include`: other projects whose resources become this one's. They have their own folder and `.env`.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::environment;
use super::loader::{Loader, Origin, Scope, reason};
use super::paths::{Folder, is_remote, join, parent};
use super::problem::Problem;
use super::variables::Variables;

/// An item of `include`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Entry {
    paths: Vec<String>,
    project_directory: Option<String>,
    env_files: Vec<String>,
}

impl Loader<'_> {
    /// The models that a document includes.
    pub(super) fn include(
        &self,
        included: Option<&Value>,
        origin: &Origin,
        scope: &Scope<'_>,
    ) -> Result<Vec<Value>, Problem> {
        let items = match included {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(origin.at(&["include"], "must be a list")),
        };
        let mut models = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let index = index.to_string();
            let entry = Entry::read(item).map_err(|(key, message)| {
                let way: Vec<&str> = ["include", &index].into_iter().chain(key).collect();
                origin.at(&way, message)
            })?;
            models.push(self.include_one(
                &entry,
                &|message| origin.at(&["include", &index], message),
                scope,
            )?);
        }
        Ok(models)
    }

    fn include_one(
        &self,
        entry: &Entry,
        problem: &dyn Fn(String) -> Problem,
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let mut files = Vec::with_capacity(entry.paths.len());
        for path in &entry.paths {
            if is_remote(path) {
                return Err(problem(format!("{path} is not on this machine: it is not read")));
            }
            let path = join(scope.directory, path);
            if scope.trail.contains(&path) {
                return Err(problem(circle(scope.trail, &path)));
            }
            let text = self.read(&path).map_err(|error| {
                problem(format!("cannot read {}: {}", path.display(), reason(&error)))
            })?;
            files.push(Self::parse(path, &text)?);
        }
        let Some(first) = files.first() else {
            return Err(problem("a path is missing".to_owned()));
        };
        let directory = match &entry.project_directory {
            Some(directory) => join(scope.directory, directory),
            None => parent(&first.path),
        };
        let outer = |name: &str| scope.variables.get(name);
        let mut variables = Variables::below(&outer);
        self.add_variables(&mut variables, entry, &directory, problem, scope)?;
        let inner = Scope {
            directory: &directory,
            variables: &variables,
            trail: scope.trail,
            extended: &RefCell::default(),
        };
        let mut model = self.model(&files, &inner)?;
        add_contexts(&mut model);
        Folder { directory: &directory, home: self.context.home.as_deref() }.rebase(&mut model);
        environment::fill(&mut model, &variables);
        Ok(model)
    }

    fn add_variables(
        &self,
        variables: &mut Variables<'_>,
        entry: &Entry,
        directory: &Path,
        problem: &dyn Fn(String) -> Problem,
        scope: &Scope<'_>,
    ) -> Result<(), Problem> {
        if entry.env_files.is_empty() {
            return variables.add_default(self, directory);
        }
        for path in entry.env_files.iter().filter(|path| *path != "/dev/null") {
            let path = join(scope.directory, path);
            let text = self.read(&path).map_err(|error| {
                problem(format!("cannot read env_file {}: {}", path.display(), reason(&error)))
            })?;
            variables.add(&path, &text)?;
        }
        Ok(())
    }
}

/// What is built without a word about its folder is built from the folder of its project.
fn add_contexts(model: &mut Value) {
    for kind in ["services", "jobs"] {
        let services = model.get_mut(kind).and_then(Value::as_object_mut);
        for service in services.into_iter().flat_map(serde_json::Map::values_mut) {
            if let Some(Value::Object(build)) = service.get_mut("build") {
                build.entry("context").or_insert_with(|| ".".into());
            }
        }
    }
}

fn circle(trail: &[PathBuf], path: &Path) -> String {
    let files = trail.iter().map(PathBuf::as_path).chain([path]);
    let files: Vec<String> = files.map(|file| file.display().to_string()).collect();
    format!("include cycle detected: {}", files.join(" includes "))
}

impl Entry {
    /// Reads an item, short or long.
    ///
    /// # Errors
    /// The key and what is wrong with it.
    fn read(item: &Value) -> Result<Self, (Option<&str>, String)> {
        let entries = match item {
            Value::String(path) => {
                return Ok(Self { paths: vec![path.clone()], ..Self::default() });
            }
            Value::Object(entries) => entries,
            _ => return Err((None, "must be a path or a mapping".to_owned())),
        };
        let mut entry = Self::default();
        for (key, value) in entries {
            let fault = |message: &str| (Some(key.as_str()), message.to_owned());
            let paths = || texts(value).ok_or_else(|| fault("must be a path or a list of paths"));
            match key.as_str() {
                "path" => entry.paths = paths()?,
                "env_file" => entry.env_files = paths()?,
                "project_directory" => {
                    let path = value.as_str().ok_or_else(|| fault("must be a path"))?;
                    entry.project_directory = Some(path.to_owned()).filter(|path| !path.is_empty());
                }
                _ => return Err(fault("additional properties are not allowed here")),
            }
        }
        Ok(entry)
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

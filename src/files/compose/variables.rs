//! What `${NAME}` means: the process wins over the `.env` of the project, which wins over those of included ones.
//! It must not know who asks.

use std::io;
use std::path::Path;

use super::dotenv::{self, Pairs};
use super::loader::Loader;
use super::problem::Problem;

/// The name under which a project's own name is known.
const PROJECT_NAME: &str = "COMPOSE_PROJECT_NAME";

/// Variables, and where those come from that are not among them.
pub(super) struct Variables<'v> {
    outer: &'v dyn Fn(&str) -> Option<String>,
    own: Pairs,
    project: Option<String>,
}

impl<'v> Variables<'v> {
    /// The variables of the process, and those of the `.env` file in the folder of the project if there is one.
    pub(super) fn of_project(loader: &Loader<'v>, directory: &Path) -> Result<Self, Problem> {
        let mut variables = Self::below(loader.context.variable);
        if !is_switched_off(loader, directory)? {
            variables.add_default(loader, directory)?;
        }
        Ok(variables)
    }

    /// No variables but those from outside.
    pub(super) fn below(outer: &'v dyn Fn(&str) -> Option<String>) -> Self {
        Self { outer, own: Pairs::new(), project: None }
    }

    /// Names the project.
    pub(super) fn set_project(&mut self, name: &str) {
        self.project = Some(name.to_owned());
    }

    /// The value of a variable that is set.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        if name == PROJECT_NAME && self.project.is_some() {
            return self.project.clone();
        }
        (self.outer)(name).or_else(|| self.own.get(name).cloned())
    }

    /// Adds what `.env` in a folder says, if there is one.
    pub(super) fn add_default(
        &mut self,
        loader: &Loader<'_>,
        directory: &Path,
    ) -> Result<(), Problem> {
        let file = directory.join(".env");
        match loader.read(&file) {
            Ok(text) => self.add(&file, &text),
            Err(error) if is_no_file(&error) => Ok(()),
            Err(error) => Err(super::loader::unreadable(&file, &error)),
        }
    }

    /// Adds what the text of a file says.
    pub(super) fn add(&mut self, file: &Path, text: &str) -> Result<(), Problem> {
        let outer = self.outer;
        dotenv::read(text, outer, &mut self.own).map_err(|flaw| flaw.within(file))
    }
}

/// Whether nothing is there that could be a file of variables.
pub(super) fn is_no_file(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory
    )
}

fn is_switched_off(loader: &Loader<'_>, directory: &Path) -> Result<bool, Problem> {
    const SWITCH: &str = "COMPOSE_DISABLE_ENV_FILE";
    match (loader.context.variable)(SWITCH).as_deref() {
        None | Some("0" | "f" | "F" | "false" | "False" | "FALSE") => Ok(false),
        Some("1" | "t" | "T" | "true" | "True" | "TRUE") => Ok(true),
        Some(other) => Err(Problem {
            file: directory.join(".env"),
            line: 0,
            column: 0,
            message: format!("the variable {SWITCH} must be true or false, not {other:?}"),
        }),
    }
}

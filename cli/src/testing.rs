//! What tests of the whole command share: the repository, its mod, and a database.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use crate::database::{self, Database};
use crate::mods::{self, Mod, Source, VariableInputs};

/// The repository. Where it lies is known at run time, so that a built test can be run on other files.
pub(crate) fn root() -> PathBuf {
    let package =
        env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    Path::new(&package).parent().expect("the package lies in the workspace").to_owned()
}

/// The text of a file of the repository.
#[expect(clippy::disallowed_methods, reason = "a test may block its own thread")]
pub(crate) fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Compares a generated text with a file of the repository: what is wrong. `UPDATE=1` writes the file instead.
#[expect(clippy::disallowed_methods, reason = "a test may block its own thread")]
pub(crate) fn compare(path: impl AsRef<Path>, text: &str) -> Result<(), String> {
    let path = root().join(path);
    if fs::read_to_string(&path).is_ok_and(|known| known == text) {
        return Ok(());
    }
    if env::var_os("UPDATE").is_none() {
        let path = path.display();
        return Err(format!("{path} differs: run with UPDATE=1 and read what changed"));
    }
    fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Ok(())
}

/// The mod with these values of its variables, each as HCL.
pub(crate) fn load(variables: Vec<(String, String)>) -> Mod {
    let source = Source::folder(&root().join("mod")).unwrap_or_else(|error| panic!("{error}"));
    let inputs = VariableInputs { flags: variables, ..VariableInputs::default() };
    mods::load(&source, &inputs).unwrap_or_else(|error| panic!("{error}"))
}

/// The embedded database, or the server at a URL.
pub(crate) fn open(url: Option<&str>) -> Box<dyn Database> {
    let options = database::Options {
        query_timeout: Duration::from_mins(1),
        search_path: Vec::new(),
        search_path_prefix: Vec::new(),
    };
    database::open(url, options).expect("the database opens")
}

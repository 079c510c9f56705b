//! What a project is called.

use std::path::Path;

use serde_json::Value;

use super::interpolate::interpolate;
use super::loader::{File, Origin};
use super::problem::Problem;
use super::variables::Variables;
use crate::files::yaml::Content;

/// The variable that names a project whatever its files say.
const VARIABLE: &str = "COMPOSE_PROJECT_NAME";

/// The name that the environment gives, or the files, or the folder.
pub(super) fn name(
    files: &[File],
    directory: &Path,
    variables: &Variables<'_>,
) -> Result<String, Problem> {
    let problem = |message: String| {
        let file = files.first().map(|file| file.path.clone()).unwrap_or_default();
        Problem { file, line: 0, column: 0, message }
    };
    if let Some(name) = variables.get(VARIABLE).filter(|name| !name.is_empty()) {
        if normalised(&name) != name {
            return Err(problem(format!(
                "invalid project name {name:?} in the variable {VARIABLE}: it must consist of \
                 lowercase letters, digits, hyphens and underscores, and start with a letter or digit"
            )));
        }
        return Ok(name);
    }
    let written = match written(files, variables)? {
        Some(name) => name,
        None => directory.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    };
    match normalised(&written) {
        name if name.is_empty() => {
            Err(problem(format!("project name must not be empty: set `name`, or {VARIABLE}")))
        }
        name => Ok(name),
    }
}

/// The last name that a document gives.
fn written(files: &[File], variables: &Variables<'_>) -> Result<Option<String>, Problem> {
    let mut found = None;
    for file in files {
        for root in &file.documents {
            let Some(entry) = root.entry("name") else { continue };
            let Content::Scalar(Value::String(text)) = &entry.value.content else { continue };
            if !text.is_empty() {
                found = Some((file, root, text));
            }
        }
    }
    let Some((file, root, text)) = found else { return Ok(None) };
    let name = interpolate(text, &|name| variables.get(name)).map_err(|message| {
        Origin { file: file.path.clone(), root: root.clone() }.at(&["name"], message)
    })?;
    Ok(Some(name))
}

/// Lowercase, and without what a name must not have.
fn normalised(name: &str) -> String {
    let is_allowed = |part: &char| matches!(part, 'a'..='z' | '0'..='9' | '_' | '-');
    let kept: String = name.to_lowercase().chars().filter(is_allowed).collect();
    kept.trim_start_matches(['_', '-']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised_as_compose_does() {
        for (name, expected) in
            [("My App", "myapp"), ("_-x_Y-1", "x_y-1"), ("a.b", "ab"), ("ÄÖ", ""), ("1a", "1a")]
        {
            assert_eq!(normalised(name), expected, "{name}");
        }
    }
}

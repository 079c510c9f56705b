//! The files that set up the environment of logins, and what they say of docker.
//! It must not know whether a host is looked at or played back.

use crate::files::login_environment::{self, Syntax, Variable};

/// Beginnings of the names of variables that are read; the others are nobody's business here.
const VARIABLES: &str = "DOCKER_";

/// Files that set up a login for everybody, and how they are written.
pub(super) const FILES: [(&str, Syntax); 9] = [
    ("/etc/environment", Syntax::Assignments),
    ("/etc/security/pam_env.conf", Syntax::PamEnv),
    ("/etc/profile", Syntax::Shell),
    ("/etc/bash.bashrc", Syntax::Shell),
    ("/etc/bashrc", Syntax::Shell),
    ("/etc/zshenv", Syntax::Shell),
    ("/etc/zprofile", Syntax::Shell),
    ("/etc/zsh/zshenv", Syntax::Shell),
    ("/etc/zsh/zprofile", Syntax::Shell),
];
/// The folder of more of them, scripts of the shell.
pub(super) const FOLDER: &str = "/etc/profile.d";
/// The same for one user, in the home folder.
pub(super) const HOME_FILES: [&str; 6] =
    [".profile", ".bash_profile", ".bash_login", ".bashrc", ".zshenv", ".zprofile"];

/// True for a path that a login of everybody reads.
pub(super) fn is_for_all(path: &str) -> bool {
    let below = path.strip_prefix(FOLDER);
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        || FILES.iter().any(|(file, _)| *file == path)
}

/// What a file that a login reads says of docker.
pub(super) fn variables(text: &str, syntax: Syntax, path: &str) -> Vec<Variable> {
    let mut variables = login_environment::variables(text, syntax, path);
    variables.retain(|variable| variable.name.starts_with(VARIABLES));
    variables
}

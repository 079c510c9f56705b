//! Files that set up the environment of a login.

use super::Lines;
use crate::files::login_environment::{Syntax, variables};

/// Words of such files.
pub const WORDS: &[&str] = &[
    "export A=b\n",
    "export A\n",
    "A=b\n",
    "A=b ",
    "A+=c\n",
    "declare -x A=b\n",
    "set -a\n",
    "set +a\n",
    "if true; then\n",
    "fi\n",
    "; ",
    "&& ",
    "\"",
    "'",
    "\\\n",
    "\\",
    "$(",
    "`",
    "<<E\n",
    "\nE\n",
    "# c\n",
    "A DEFAULT=b OVERRIDE=@{HOME}\n",
    "DEFAULT=",
    "(",
    ")",
    "{",
    "}",
    "|",
    "\n",
    "$'",
    "readonly ",
    "export -n A\n",
];

/// Reads the text in each of the three ways that such files are written.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let lines = Lines::of(&text);
    for syntax in [Syntax::Shell, Syntax::Assignments, Syntax::PamEnv] {
        for variable in variables(&text, syntax, "/etc/profile") {
            lines.check(variable.line);
            assert!(!variable.name.is_empty() && !variable.name.contains(['=', ' ', '\n']));
        }
    }
}

//! What is wrong with a Compose file, and where.
//! It must not know how files are found or what the keys mean.

use std::fmt;
use std::path::PathBuf;

/// What is wrong, at a place in a file. Line 0 is no place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// Its line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file.display(), self.message),
            line => write!(f, "{}:{line}:{}: {}", self.file.display(), self.column, self.message),
        }
    }
}

impl std::error::Error for Problem {}

/// Where in a document something is wrong, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The keys that lead there.
    pub path: Vec<String>,
    /// What is wrong.
    pub message: String,
}

//! What failed, in words for the person who runs the query, with what to do about it kept apart.

use std::fmt;

/// A failure of a call, a conversion or a configuration.
///
/// The message is lower case, has no full stop, and names the thing that failed; whoever calls adds table,
/// column and connection once. The hint says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    message: String,
    hint: Option<String>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Failed,
    NotFound,
    Unreachable,
    Panicked,
}

impl Error {
    /// A failure with what failed and why.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: without_texts(message.into()), hint: None, kind: Kind::Failed }
    }

    /// The thing asked for does not exist (any more): a hydrate call that fails so drops its row (R-74).
    pub fn not_found(message: impl Into<String>) -> Self {
        Self { kind: Kind::NotFound, ..Self::new(message) }
    }

    /// There is nothing that could be asked: a connection may be told to take that for having no rows.
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self { kind: Kind::Unreachable, ..Self::new(message) }
    }

    /// The code of a call panicked: a defect of the plugin, told to the one query that met it (R-78).
    pub fn panicked(message: impl Into<String>) -> Self {
        Self { kind: Kind::Panicked, ..Self::new(message) }
    }

    /// Adds what the user can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Puts `context: ` before the message.
    #[must_use]
    pub fn within(mut self, context: impl fmt::Display) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// True if the thing asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        self.kind == Kind::NotFound
    }

    /// The same failure after rows were given: what could be asked then is not unreachable, but lost.
    #[must_use]
    pub(crate) fn after_rows(self) -> Self {
        match self.kind {
            Kind::Unreachable => Self { kind: Kind::Failed, ..self },
            _ => self,
        }
    }

    /// True if there is nothing that could be asked.
    pub fn is_unreachable(&self) -> bool {
        self.kind == Kind::Unreachable
    }

    /// True if code panicked.
    pub fn is_panic(&self) -> bool {
        self.kind == Kind::Panicked
    }
}

/// What is said of a text that stands where something else should, without the text itself, which may be a secret.
fn without_texts(message: String) -> String {
    for found in ["invalid type: string \"", "invalid value: string \""] {
        if let Some(start) = message.find(found).map(|at| at + found.len())
            && let Some(end) = message[start..].rfind("\", expected ")
        {
            return format!("{}…{}", &message[..start], &message[start + end..]);
        }
    }
    message
}

/// Message, then the hint on a line of its own.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_the_wrong_place_is_not_repeated() {
        for json in [r#""A=hunter2""#, r#"["hunter2\", expected x"]"#] {
            let wrong = serde_json::from_str::<Vec<u8>>(json).unwrap_err();
            let text = Error::new(format!("cannot read it: {wrong}")).to_string();
            assert!(!text.contains("hunter2") && text.contains("invalid type: string"), "{text}");
            assert!(text.contains("line 1"), "{text}");
        }
    }
}

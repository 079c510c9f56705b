//! The `where` of a rate limiter: which calls it applies to (protocol section 7).
//! It must not know what a limiter does.

mod parse;
#[cfg(test)]
mod tests;
mod token;

use super::Scope;
use crate::sdk::qual::like;

/// A condition on the scope values of a call. A key without a value compares as an empty text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filter {
    /// `or`
    Any(Vec<Filter>),
    /// `and`
    All(Vec<Filter>),
    /// `=` and `in`, or their opposites.
    OneOf {
        /// The scope key.
        key: String,
        /// Alternatives, at least one.
        values: Vec<String>,
        /// True for `!=`, `<>` and `not in`.
        not: bool,
    },
    /// `like` and `ilike`, or their opposites.
    Like {
        /// The scope key.
        key: String,
        /// A pattern that `like` understands.
        pattern: String,
        /// True for `ilike`.
        any_case: bool,
        /// True for `not like` and `not ilike`.
        not: bool,
    },
}

impl Filter {
    /// Reads the text of a `where`.
    ///
    /// # Errors
    /// It is no such condition; in words, with line and column.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        parse::filter(text)
    }

    /// Whether a call with these values satisfies the condition.
    pub(super) fn matches(&self, scope: Scope<'_>) -> bool {
        match self {
            Self::Any(filters) => filters.iter().any(|filter| filter.matches(scope)),
            Self::All(filters) => filters.iter().all(|filter| filter.matches(scope)),
            Self::OneOf { key, values, not } => {
                let value = scope.value(key).unwrap_or_default();
                values.iter().any(|alternative| alternative == value) != *not
            }
            Self::Like { key, pattern, any_case, not } => {
                let value = scope.value(key).unwrap_or_default();
                let like = if *any_case {
                    like(&value.to_lowercase(), &pattern.to_lowercase())
                } else {
                    like(value, pattern)
                };
                like == Some(!*not)
            }
        }
    }
}

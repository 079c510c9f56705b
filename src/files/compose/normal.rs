//! What a whole project says without writing it.

use super::{Fault, Project};

/// Adds names, defaults and absolute paths.
pub(super) fn normal(_: &mut Project) -> Result<(), Fault> {
    Ok(())
}

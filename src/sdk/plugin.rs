//! What a plugin is: a name, its connection options, how to connect, its tables.
//! It must not know how hosts are spoken to.

use super::config::{Attribute, Settings};
use super::{Error, Limiter, Table};

/// What a plugin needs per connection: its own client, settings and limits; nothing is process-wide.
pub trait Connection: Send + Sync + 'static {
    /// How many hydrate calls of one scan may be under way at once.
    fn concurrency(&self) -> usize;

    /// Whether a scan that failed so, before any row, has no rows instead: it is up to whoever runs the scan, and is
    /// never kept for a later one.
    fn ignores(&self, error: &Error) -> bool {
        let _ = error;
        false
    }

    /// Where rows come from, for messages about what cannot be read; nothing if that is not known.
    fn place(&self) -> Option<String> {
        None
    }

    /// Forgets what it remembers between queries, a client or facts that seldom change.
    fn forget(&self) {}
}

/// A whole plugin, as data.
pub struct Plugin<C: Connection> {
    /// As hosts know it, e.g. `steampipe-plugin-docker`.
    pub name: &'static str,
    /// Semantic version.
    pub version: &'static str,
    /// The options of a connection block.
    pub options: &'static [Attribute],
    /// Makes a connection from its name and its settings. No I/O: an engine that is down is no reason to fail here.
    pub connect: fn(&str, &Settings) -> Result<C, Error>,
    /// Those whose rows are never cached, since they must show every change at once.
    pub uncached: &'static [&'static Table<C>],
    /// In the order of the schema.
    pub tables: &'static [&'static Table<C>],
    /// In force unless the user sets others of the same names.
    pub rate_limiters: &'static [Limiter],
}

impl<C: Connection> Plugin<C> {
    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&'static Table<C>> {
        self.tables.iter().find(|table| table.name == name).copied()
    }

    /// True if rows of this table may be cached.
    pub fn caches(&self, table: &Table<C>) -> bool {
        !self.uncached.iter().any(|uncached| std::ptr::eq(*uncached, table))
    }
}

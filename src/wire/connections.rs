//! The connections that the host has configured: each one a live client, a failure to tell, or an aggregator.
//! It must not run queries.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::proto::steampipe::ConnectionConfig;
use crate::sdk;
use crate::sdk::config::Settings;

/// What a name of the host stands for.
pub(super) enum Entry<C> {
    /// One engine; its number tells it from what the name stood for before.
    Ready(Arc<C>, u64),
    /// A connection block that is no good: its queries fail with this text, the others work.
    Failed(String),
    /// Several connections under one name.
    Aggregator(Vec<String>),
}

impl<C> Clone for Entry<C> {
    fn clone(&self) -> Self {
        match self {
            Self::Ready(connection, number) => Self::Ready(Arc::clone(connection), *number),
            Self::Failed(error) => Self::Failed(error.clone()),
            Self::Aggregator(children) => Self::Aggregator(children.clone()),
        }
    }
}

/// All connections by name.
pub(super) struct Connections<C: 'static + sdk::Connection> {
    plugin: &'static sdk::Plugin<C>,
    entries: RwLock<BTreeMap<String, Entry<C>>>,
    next: AtomicU64,
}

/// What became of connections that were set up, changed or deleted.
#[derive(Default)]
pub(super) struct Change {
    /// Why they cannot be used, by name.
    pub(super) failures: BTreeMap<String, String>,
    /// The numbers of those that are no more.
    pub(super) gone: Vec<u64>,
}

impl<C: sdk::Connection> Connections<C> {
    pub(super) fn new(plugin: &'static sdk::Plugin<C>) -> Self {
        Self { plugin, entries: RwLock::default(), next: AtomicU64::new(0) }
    }

    pub(super) fn get(&self, name: &str) -> Option<Entry<C>> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The one connection's name, if there is exactly one.
    pub(super) fn only(&self) -> Result<String, usize> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        match (entries.len(), entries.keys().next()) {
            (1, Some(name)) => Ok(name.clone()),
            (count, _) => Err(count),
        }
    }

    /// Inserts or replaces each of them.
    pub(super) fn set(&self, configs: Vec<ConnectionConfig>) -> Change {
        let mut change = Change::default();
        for config in configs {
            if config.connection.is_empty() {
                let text = "upsertConnectionData failed - ConnectionConfig contained empty connection name";
                change.failures.insert("unknown".to_owned(), text.to_owned());
                continue;
            }
            let entry = self.entry(&config);
            if let Entry::Failed(error) = &entry {
                tracing::warn!(connection = config.connection, %error, "cannot use a connection");
                change.failures.insert(config.connection.clone(), error.clone());
            }
            let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
            change.gone.extend(number(entries.insert(config.connection, entry).as_ref()));
        }
        change
    }

    /// Deletes, then adds, then changes. A query that is running keeps the connection it has.
    pub(super) fn update(
        &self,
        deleted: &[ConnectionConfig],
        added: Vec<ConnectionConfig>,
        changed: Vec<ConnectionConfig>,
    ) -> Change {
        let mut gone = Vec::new();
        for config in deleted {
            let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
            gone.extend(number(entries.remove(&config.connection).as_ref()));
        }
        let mut change = self.set(added);
        change.gone.extend(gone);
        let (known, unknown): (Vec<_>, Vec<_>) =
            changed.into_iter().partition(|config| self.get(&config.connection).is_some());
        change.failures.extend(unknown.into_iter().map(|config| {
            let text =
                format!("no connection config found for changed connection {}", config.connection);
            (config.connection, text)
        }));
        let Change { failures, gone } = self.set(known);
        change.failures.extend(failures);
        change.gone.extend(gone);
        change
    }

    fn entry(&self, config: &ConnectionConfig) -> Entry<C> {
        if config.r#type == "aggregator" || !config.child_connections.is_empty() {
            return Entry::Aggregator(config.child_connections.clone());
        }
        let name = &config.connection;
        let settings = Settings::parse(self.plugin.options, &config.config).map_err(|error| {
            format!("failed to parse connection config for connection '{name}': {error}")
        });
        let connection = settings.and_then(|settings| {
            (self.plugin.connect)(name, &settings).map_err(|error| {
                format!("failed to use connection config for connection '{name}': {error}")
            })
        });
        connection.map_or_else(Entry::Failed, |connection| {
            Entry::Ready(Arc::new(connection), self.next.fetch_add(1, Ordering::Relaxed))
        })
    }
}

fn number<C>(entry: Option<&Entry<C>>) -> Option<u64> {
    match entry {
        Some(Entry::Ready(_, number)) => Some(*number),
        _ => None,
    }
}

//! The connections that the host has configured: each one a live client, a failure to tell, or an aggregator.
//! It must not run queries.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::proto::steampipe::ConnectionConfig;
use crate::sdk;
use crate::sdk::config::Settings;

/// What a name of the host stands for.
pub(super) enum Entry<C> {
    /// One engine.
    Ready(Arc<C>),
    /// A connection block that is no good: its queries fail with this text, the others work.
    Failed(String),
    /// Several connections under one name.
    Aggregator(Vec<String>),
}

impl<C> Clone for Entry<C> {
    fn clone(&self) -> Self {
        match self {
            Self::Ready(connection) => Self::Ready(Arc::clone(connection)),
            Self::Failed(error) => Self::Failed(error.clone()),
            Self::Aggregator(children) => Self::Aggregator(children.clone()),
        }
    }
}

/// All connections by name.
pub(super) struct Connections<C: 'static + sdk::Connection> {
    plugin: &'static sdk::Plugin<C>,
    entries: RwLock<BTreeMap<String, Entry<C>>>,
}

/// Why connections could not be set up, by name.
pub(super) type Failures = BTreeMap<String, String>;

impl<C: sdk::Connection> Connections<C> {
    pub(super) fn new(plugin: &'static sdk::Plugin<C>) -> Self {
        Self { plugin, entries: RwLock::default() }
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
    pub(super) fn set(&self, configs: Vec<ConnectionConfig>) -> Failures {
        let mut failures = Failures::new();
        for config in configs {
            if config.connection.is_empty() {
                let text = "upsertConnectionData failed - ConnectionConfig contained empty connection name";
                failures.insert("unknown".to_owned(), text.to_owned());
                continue;
            }
            let entry = self.entry(&config);
            if let Entry::Failed(error) = &entry {
                tracing::warn!(connection = config.connection, %error, "cannot use a connection");
                failures.insert(config.connection.clone(), error.clone());
            }
            self.entries
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(config.connection, entry);
        }
        failures
    }

    /// Deletes, then adds, then changes. A query that is running keeps the connection it has.
    pub(super) fn update(
        &self,
        deleted: &[ConnectionConfig],
        added: Vec<ConnectionConfig>,
        changed: Vec<ConnectionConfig>,
    ) -> Failures {
        for config in deleted {
            self.entries.write().unwrap_or_else(PoisonError::into_inner).remove(&config.connection);
        }
        let mut failures = self.set(added);
        let (known, unknown): (Vec<_>, Vec<_>) =
            changed.into_iter().partition(|config| self.get(&config.connection).is_some());
        failures.extend(unknown.into_iter().map(|config| {
            let text =
                format!("no connection config found for changed connection {}", config.connection);
            (config.connection, text)
        }));
        failures.extend(self.set(known));
        failures
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
        connection.map_or_else(Entry::Failed, |connection| Entry::Ready(Arc::new(connection)))
    }
}

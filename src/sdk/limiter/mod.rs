//! Rate limiters: how many calls a second, and how many at once, of which tables, functions and connections (protocol
//! section 7). It must not know what the calls do.

mod bucket;
mod call;
mod definition;
mod filter;
mod line;
mod permits;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bucket::Bucket;
pub(crate) use call::CallLimits;
pub use definition::{Definition, Limiter};
use filter::Filter;
use permits::Permits;

use super::Error;

/// What a call is about; limiters choose and count calls by it.
#[derive(Debug, Clone, Copy)]
struct Scope<'s> {
    connection: &'s str,
    table: &'s str,
    function: &'s str,
}

impl<'s> Scope<'s> {
    /// The value of a scope key, if calls have such a key.
    fn value(self, key: &str) -> Option<&'s str> {
        match key {
            "function_name" => Some(self.function),
            "table" => Some(self.table),
            "connection" => Some(self.connection),
            _ => None,
        }
    }
}

/// The limiters of a process.
pub struct Limiters {
    defaults: &'static [Limiter],
    in_force: Mutex<Arc<InForce>>,
}

impl Limiters {
    /// Those that the plugin brings along.
    pub fn new(defaults: &'static [Limiter]) -> Self {
        Self { defaults, in_force: Mutex::new(Arc::new(InForce::new(rules(defaults)))) }
    }

    /// Puts these in force instead of the user's previous ones, over those of the plugin by name. What was counted so
    /// far is forgotten; scans that run keep the limiters they have.
    ///
    /// # Errors
    /// Some are no good. The others are in force.
    pub fn set(&self, definitions: Vec<Definition>) -> Result<(), Error> {
        let mut rules = rules(self.defaults);
        let mut failures = BTreeSet::new();
        for definition in definitions {
            let name = definition.name.clone();
            match Rule::new(definition) {
                Ok(rule) => {
                    if !rule.definition.limits() {
                        tracing::warn!(limiter = name, "the limiter limits nothing");
                    }
                    rules.insert(name, rule);
                }
                Err(error) => {
                    let text =
                        format!("failed to create rate limiter '{name}' from config: {error}");
                    failures.insert(text);
                }
            }
        }
        *self.in_force.lock().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(InForce::new(rules));
        match failures.len() {
            0 => Ok(()),
            1 => Err(Error::new(failures.into_iter().collect::<String>())),
            _ => Err(Error::new(
                failures.into_iter().fold(String::new(), |all, text| all + "\n\t" + &text),
            )),
        }
    }

    /// Those in force now, for the calls of one connection.
    pub fn of_connection(&self, connection: &str) -> Throttle {
        Throttle { in_force: self.in_force(), connection: connection.to_owned() }
    }

    fn in_force(&self) -> Arc<InForce> {
        Arc::clone(&self.in_force.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn rules(defaults: &[Limiter]) -> BTreeMap<String, Rule> {
    let mut rules = BTreeMap::new();
    for definition in defaults.iter().map(Definition::from) {
        match Rule::new(definition) {
            Ok(rule) => drop(rules.insert(rule.definition.name.clone(), rule)),
            // a test of the plugin finds it first
            Err(error) => tracing::error!(%error, "the plugin has a bad rate limiter"),
        }
    }
    rules
}

/// Why a limiter of a plugin cannot be kept to, if it cannot.
pub(super) fn problem(limiter: &Limiter) -> Option<String> {
    Rule::new(limiter.into()).err()
}

/// What the calls of one connection must keep to.
#[derive(Clone)]
pub struct Throttle {
    in_force: Arc<InForce>,
    connection: String,
}

impl Throttle {
    /// What the calls of a function for a table must keep to. Ask once a scan, not once a row.
    pub(crate) fn of_call(&self, table: &str, function: &str) -> CallLimits {
        self.in_force.of_call(Scope { connection: &self.connection, table, function })
    }
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limiters: Vec<_> = self.in_force.rules.keys().collect();
        f.debug_struct("Throttle")
            .field("connection", &self.connection)
            .field("limiters", &limiters)
            .finish()
    }
}

/// A definition that can be kept to.
struct Rule {
    definition: Definition,
    filter: Option<Filter>,
}

impl Rule {
    fn new(definition: Definition) -> Result<Self, String> {
        definition.check_numbers()?;
        let filter = match definition.filter.as_str() {
            "" => None,
            text => Some(Filter::parse(text)?),
        };
        Ok(Self { definition, filter })
    }

    /// The values of the scope keys, if the limiter is about such calls.
    fn applies(&self, scope: Scope<'_>) -> Option<Vec<String>> {
        let values = self.definition.scope.iter().map(|key| scope.value(key).map(str::to_owned));
        let values = values.collect::<Option<Vec<_>>>()?;
        self.filter.as_ref().is_none_or(|filter| filter.matches(scope)).then_some(values)
    }
}

/// The limiters since they were last set, and what they have counted since.
struct InForce {
    rules: BTreeMap<String, Rule>,
    permits: Arc<Permits>,
    /// By limiter and values of its scope keys. Connections, tables and functions are the values there are, so there
    /// cannot be many, whatever the queries are.
    instances: Mutex<BTreeMap<(String, Vec<String>), Instance>>,
}

/// A limiter for certain values of its scope keys.
#[derive(Clone)]
struct Instance {
    bucket: Option<Arc<Bucket>>,
    /// The number of its semaphore.
    semaphore: Option<usize>,
}

impl InForce {
    fn new(rules: BTreeMap<String, Rule>) -> Self {
        Self { rules, permits: Permits::new(), instances: Mutex::default() }
    }

    fn of_call(&self, scope: Scope<'_>) -> CallLimits {
        let mut names = Vec::new();
        let mut buckets = Vec::new();
        let mut semaphores = Vec::new();
        for (name, rule) in &self.rules {
            let Some(values) = rule.applies(scope) else { continue };
            let instance = self.instance(&rule.definition, values);
            names.push(name.clone());
            buckets.extend(instance.bucket);
            semaphores.extend(instance.semaphore);
        }
        CallLimits::new(names, buckets, &self.permits, semaphores)
    }

    fn instance(&self, definition: &Definition, values: Vec<String>) -> Instance {
        let mut instances = self.instances.lock().unwrap_or_else(PoisonError::into_inner);
        match instances.entry((definition.name.clone(), values)) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => new.insert(Instance::new(definition, &self.permits)).clone(),
        }
    }
}

impl Instance {
    fn new(definition: &Definition, permits: &Permits) -> Self {
        let Definition { fill_rate, bucket_size, max_concurrency, .. } = *definition;
        let count = u64::try_from(max_concurrency).ok().filter(|count| *count > 0);
        Self {
            bucket: (fill_rate > 0.0).then(|| Bucket::new(fill_rate, bucket_size)),
            semaphore: count.map(|count| permits.add(count)),
        }
    }
}

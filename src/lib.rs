//! A Steampipe plugin that exposes Docker engines as SQL tables.
//!
//! [`sdk`] is what any Steampipe plugin needs, [`wire`] speaks to hosts, [`docker`] to engines, [`host`] reads
//! what lies on this host, [`files`] reads what people write for Docker, [`tables`] are the declarations between them.
//! `ARCHITECTURE.md` has the picture.

pub mod docker;
pub mod files;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
pub mod host;
pub mod sdk;
pub mod tables;
pub mod wire;

use docker::{Config, Docker, Environment};
use sdk::config::Settings;
use sdk::{Connection, Error, Limiter, Memory, Plugin};

/// The whole plugin.
pub static PLUGIN: Plugin<Docker> = Plugin {
    name: "steampipe-plugin-docker",
    version: env!("CARGO_PKG_VERSION"),
    options: docker::ATTRIBUTES,
    connect,
    uncached: tables::OF_FILES,
    tables: tables::ALL,
    rate_limiters: &[Limiter {
        // the most that the option max_concurrency allows; what it is set to holds below it
        max_concurrency: 256,
        name: "docker_max_concurrency",
        scope: &["connection"],
        ..Limiter::NONE
    }],
};

fn connect(_: &str, settings: &Settings) -> Result<Docker, Error> {
    let mut config = Config::from_settings(settings)?;
    // what the host lets a plugin take, softly
    if let Some(memory) = std::env::var("GOMEMLIMIT").ok().as_deref().and_then(Memory::parse) {
        config.reply_limits = config.reply_limits.within(memory.budget);
    }
    Ok(Docker::new(config, Environment::of_process()))
}

impl Connection for Docker {
    fn concurrency(&self) -> usize {
        Docker::concurrency(self)
    }

    fn ignores(&self, error: &Error) -> bool {
        self.config().ignore_unreachable && error.is_unreachable()
    }

    fn place(&self) -> Option<String> {
        self.known_endpoint().map(|endpoint| endpoint.to_string())
    }

    fn forget(&self) {
        Docker::forget(self);
    }
}

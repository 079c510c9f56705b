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
use sdk::{Connection, Error, Plugin};

/// The whole plugin.
pub static PLUGIN: Plugin<Docker> = Plugin {
    name: "steampipe-plugin-docker",
    version: env!("CARGO_PKG_VERSION"),
    options: docker::ATTRIBUTES,
    connect,
    tables: tables::ALL,
};

fn connect(_: &str, settings: &Settings) -> Result<Docker, Error> {
    Ok(Docker::new(Config::from_settings(settings)?, Environment::of_process()))
}

impl Connection for Docker {
    fn concurrency(&self) -> usize {
        Docker::concurrency(self)
    }
}

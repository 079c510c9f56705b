//! The engine: which daemon is meant, the one way to ask it, and recordings of what it said.
//! It must not know gRPC, tables or SQL; it reads engines and never changes one.

mod address;
mod client;
mod config;
mod connector;
mod context;
pub mod daemon;
mod endpoint;
mod engine;
mod environment;
mod error;
mod http;
mod live;
mod locality;
mod mask;
mod recorder;
mod recording;
mod request;
mod retry;
mod ssh;
#[cfg(test)]
mod testing;
mod tls;

pub use client::Docker;
pub use config::{ATTRIBUTES, Config, ReplyLimits};
pub use context::ContextEntry;
pub use endpoint::{Endpoint, Origin};
pub use engine::{ApiVersion, Engine};
pub use environment::Environment;
pub use error::{Error, Wait};
#[cfg(any(test, fuzzing))]
pub(crate) use mask::json as masked;
pub(crate) use mask::of_variable;
pub use recorder::Recorder;
pub use recording::Recording;

//! The tests of the library and the plugin binary, in one binary: each test binary links the whole tree again.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests may block, start programs, and fail where something is missing"
)]

mod arrows;
mod cache;
mod columns;
mod compose;
mod containers;
mod containers_engine;
mod contexts;
mod daemon;
mod dockerfile;
mod docs;
mod engine;
mod events;
mod fake;
mod faults;
mod host;
mod install;
mod projects;
mod protocol;
mod rows;
mod scan;
mod schema;
mod secrets;
mod socket;
mod swarm;
mod swarm_calls;
mod tables;

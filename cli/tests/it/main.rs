//! The tests of the command, as a person runs it, in one binary.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests may block, start programs, and fail where something is missing"
)]

mod command;
mod controls;
mod documents;
mod engine;
mod layout;
mod live;
mod run;
mod upstream;

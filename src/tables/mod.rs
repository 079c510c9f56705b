//! The tables: one file each, declaration first, its calls at the foot.
//! They know the SDK and the engine, never the wire.

use crate::docker::Docker;
use crate::sdk::Table;

mod docker_container;
mod docker_container_mount;
mod docker_context;
mod docker_event;
mod docker_info;
mod docker_network;
mod dockerfile_instruction;
mod support;

/// Every table, in the order of the schema.
pub static ALL: &[&Table<Docker>] = &[
    &docker_container::TABLE,
    &docker_container_mount::TABLE,
    &docker_context::TABLE,
    &docker_event::TABLE,
    &docker_info::TABLE,
    &docker_network::TABLE,
    &dockerfile_instruction::TABLE,
];

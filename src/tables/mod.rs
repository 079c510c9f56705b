//! The tables: one file each, declaration first, its calls at the foot.
//! They know the SDK and the engine, never the wire.

use crate::docker::Docker;
use crate::sdk::Table;

mod docker_container;
mod docker_container_change;
mod docker_container_env;
mod docker_container_mount;
mod docker_container_network;
mod docker_container_port;
mod docker_container_process;
mod docker_container_stat;
mod docker_exec;
mod docker_info;
mod docker_network;
mod support;

/// Every table, in the order of the schema.
pub static ALL: &[&Table<Docker>] = &[
    &docker_container::TABLE,
    &docker_container_change::TABLE,
    &docker_container_env::TABLE,
    &docker_container_mount::TABLE,
    &docker_container_network::TABLE,
    &docker_container_port::TABLE,
    &docker_container_process::TABLE,
    &docker_container_stat::TABLE,
    &docker_exec::TABLE,
    &docker_info::TABLE,
    &docker_network::TABLE,
];

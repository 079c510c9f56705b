//! The tables: one file each, declaration first, its calls at the foot.
//! They know the SDK and the engine, never the wire.

use crate::docker::Docker;
use crate::sdk::Table;

mod docker_build_cache;
mod docker_compose_config;
mod docker_compose_network;
mod docker_compose_secret;
mod docker_compose_service;
mod docker_compose_volume;
mod docker_container;
mod docker_container_mount;
mod docker_disk_usage;
mod docker_image;
mod docker_image_history;
mod docker_image_layer;
mod docker_info;
mod docker_network;
mod docker_network_container;
mod docker_plugin;
mod docker_swarm;
mod docker_swarm_config;
mod docker_swarm_node;
mod docker_swarm_secret;
mod docker_swarm_service;
mod docker_swarm_task;
mod docker_version;
mod docker_volume;
mod support;

/// Every table, in the order of the schema.
pub static ALL: &[&Table<Docker>] = &[
    &docker_build_cache::TABLE,
    &docker_compose_config::TABLE,
    &docker_compose_network::TABLE,
    &docker_compose_secret::TABLE,
    &docker_compose_service::TABLE,
    &docker_compose_volume::TABLE,
    &docker_container::TABLE,
    &docker_container_mount::TABLE,
    &docker_disk_usage::TABLE,
    &docker_image::TABLE,
    &docker_image_history::TABLE,
    &docker_image_layer::TABLE,
    &docker_info::TABLE,
    &docker_network::TABLE,
    &docker_network_container::TABLE,
    &docker_plugin::TABLE,
    &docker_swarm::TABLE,
    &docker_swarm_config::TABLE,
    &docker_swarm_node::TABLE,
    &docker_swarm_secret::TABLE,
    &docker_swarm_service::TABLE,
    &docker_swarm_task::TABLE,
    &docker_version::TABLE,
    &docker_volume::TABLE,
];

//! The tables: one file each, declaration first, its calls at the foot.
//! They know the SDK, the engine and its host, never the wire.

use crate::docker::Docker;
use crate::sdk::Table;

mod docker_build_cache;
mod docker_compose_config;
mod docker_compose_network;
mod docker_compose_secret;
mod docker_compose_service;
mod docker_compose_volume;
mod docker_container;
mod docker_container_change;
mod docker_container_env;
mod docker_container_mount;
mod docker_container_network;
mod docker_container_port;
mod docker_container_process;
mod docker_container_stat;
mod docker_context;
mod docker_disk_usage;
mod docker_event;
mod docker_exec;
mod docker_host_audit_event;
mod docker_host_audit_rule;
mod docker_host_daemon_setting;
mod docker_host_environment;
mod docker_host_file;
mod docker_host_listener;
mod docker_host_mount;
mod docker_host_process;
mod docker_host_swarm_state;
mod docker_host_systemd_unit;
mod docker_host_user;
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
mod dockerfile_instruction;
mod support;

/// The tables whose rows come from files that people edit: they are read anew for every query.
pub static OF_FILES: &[&Table<Docker>] = &[
    &docker_compose_config::TABLE,
    &docker_compose_network::TABLE,
    &docker_compose_secret::TABLE,
    &docker_compose_service::TABLE,
    &docker_compose_volume::TABLE,
    &dockerfile_instruction::TABLE,
];

/// Every table, in the order of the schema.
pub static ALL: &[&Table<Docker>] = &[
    &docker_build_cache::TABLE,
    &docker_compose_config::TABLE,
    &docker_compose_network::TABLE,
    &docker_compose_secret::TABLE,
    &docker_compose_service::TABLE,
    &docker_compose_volume::TABLE,
    &docker_container::TABLE,
    &docker_container_change::TABLE,
    &docker_container_env::TABLE,
    &docker_container_mount::TABLE,
    &docker_container_network::TABLE,
    &docker_container_port::TABLE,
    &docker_container_process::TABLE,
    &docker_container_stat::TABLE,
    &docker_context::TABLE,
    &docker_disk_usage::TABLE,
    &docker_event::TABLE,
    &docker_exec::TABLE,
    &docker_host_audit_event::TABLE,
    &docker_host_audit_rule::TABLE,
    &docker_host_daemon_setting::TABLE,
    &docker_host_environment::TABLE,
    &docker_host_file::TABLE,
    &docker_host_listener::TABLE,
    &docker_host_mount::TABLE,
    &docker_host_process::TABLE,
    &docker_host_swarm_state::TABLE,
    &docker_host_systemd_unit::TABLE,
    &docker_host_user::TABLE,
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
    &dockerfile_instruction::TABLE,
];

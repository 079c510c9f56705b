query "docker_info_swarm_minimum_required_manager_nodes" {
  sql = "select 1"
}

query "docker_host_listener_swarm_ports" {
  sql = "select 1"
}

query "docker_network_overlay_encrypted" {
  sql = "select 1"
}

query "docker_swarm_secret_used" {
  sql = "select 1"
}

query "docker_info_swarm_manager_auto_lock_mode" {
  sql = "select 1"
}

query "docker_swarm_autolock_key_rotated" {
  sql = "select 1"
}

query "docker_info_swarm_node_cert_expiry_set" {
  sql = "select 1"
}

query "docker_swarm_ca_rotated" {
  sql = "select 1"
}

query "docker_host_swarm_state_data_path" {
  sql = "select 1"
}

locals {
  docker_host_listener_swarm_ports_sql = "select 1"
}

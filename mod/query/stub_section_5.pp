query "docker_container_apparmor_profile_enabled" {
  sql = "select 1"
}

query "docker_container_capabilities_restricted" {
  sql = "select 1"
}

query "docker_container_health_checked" {
  sql = "select 1"
}

query "docker_container_host_network_namespace_shared" {
  sql = "select 1"
}

query "docker_container_host_system_directories_mounted" {
  sql = "select 1"
}

query "docker_container_latest_image" {
  sql = "select 1"
}

query "docker_container_open_ports" {
  sql = "select 1"
}

query "docker_container_ports_bound_to_interface" {
  sql = "select 1"
}

query "docker_container_privileged" {
  sql = "select 1"
}

query "docker_container_privileged_ports_not_mapped" {
  sql = "select 1"
}

query "docker_container_root_filesystem_mounted" {
  sql = "select 1"
}

query "docker_container_selinux_enabled" {
  sql = "select 1"
}

query "docker_container_sshd_not_running" {
  sql = "select 1"
}


query "docker_info_swarm_mode_enabled" {
  sql = "select 1"
}

query "docker_container_apparmor_profile_enabled" {
  sql = "select 1"
}

query "docker_container_selinux_enabled" {
  sql = "select 1"
}

query "docker_container_capabilities_restricted" {
  sql = "select 1"
}

query "docker_container_privileged" {
  sql = "select 1"
}

query "docker_container_host_system_directories_mounted" {
  sql = "select 1"
}

query "docker_container_sshd_not_running" {
  sql = "select 1"
}

query "docker_container_privileged_ports_not_mapped" {
  sql = "select 1"
}

query "docker_container_open_ports" {
  sql = "select 1"
}

query "docker_container_host_network_namespace_shared" {
  sql = "select 1"
}

query "docker_container_cpu_priority_set" {
  sql = "select 1"
}

query "docker_container_root_filesystem_mounted" {
  sql = "select 1"
}

query "docker_container_ports_bound_to_interface" {
  sql = "select 1"
}

query "docker_container_restart_policy_on_failure" {
  sql = "select 1"
}

query "docker_container_host_process_namespace_shared" {
  sql = "select 1"
}

query "docker_container_host_ipc_namespace_shared" {
  sql = "select 1"
}

query "docker_container_host_devices_exposed" {
  sql = "select 1"
}

query "docker_container_default_ulimit" {
  sql = "select 1"
}

query "docker_container_mount_propagation_mode_shared" {
  sql = "select 1"
}

query "docker_container_host_uts_namespace_shared" {
  sql = "select 1"
}

query "docker_container_default_seccomp_profile_disabled" {
  sql = "select 1"
}

query "docker_exec_privileged" {
  sql = "select 1"
}

query "docker_exec_root_user" {
  sql = "select 1"
}

query "docker_container_cgroup_usage" {
  sql = "select 1"
}

query "docker_container_no_new_privileges" {
  sql = "select 1"
}

query "docker_container_pid_cgroup_limit_used" {
  sql = "select 1"
}

query "docker_container_default_bridge_unused" {
  sql = "select 1"
}

query "docker_container_host_user_namespace_shared" {
  sql = "select 1"
}

query "docker_container_docker_socket_not_mounted" {
  sql = "select 1"
}

locals {
  docker_exec_privileged_sql = "select 1"
  docker_exec_root_user_sql = "select 1"
  docker_container_docker_socket_not_mounted_sql = "select 1"
}

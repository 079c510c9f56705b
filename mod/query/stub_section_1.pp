query "docker_host_mount_data_root_separate" {
  sql = "select 1"
}

query "docker_host_user_trusted" {
  sql = "select 1"
}

query "docker_host_audit_rule_dockerd" {
  sql = "select 1"
}

query "docker_host_audit_rule_run_containerd" {
  sql = "select 1"
}

query "docker_host_audit_rule_data_root" {
  sql = "select 1"
}

query "docker_host_audit_rule_etc_docker" {
  sql = "select 1"
}

query "docker_host_audit_rule_docker_service" {
  sql = "select 1"
}

query "docker_host_audit_rule_containerd_socket" {
  sql = "select 1"
}

query "docker_host_audit_rule_docker_socket" {
  sql = "select 1"
}

query "docker_host_audit_rule_default_docker" {
  sql = "select 1"
}

query "docker_host_audit_rule_daemon_json" {
  sql = "select 1"
}

query "docker_host_audit_rule_containerd_config" {
  sql = "select 1"
}

query "docker_host_audit_rule_sysconfig_docker" {
  sql = "select 1"
}

query "docker_host_audit_rule_containerd" {
  sql = "select 1"
}

query "docker_host_audit_rule_containerd_shim" {
  sql = "select 1"
}

query "docker_host_audit_rule_containerd_shim_runc_v1" {
  sql = "select 1"
}

query "docker_host_audit_rule_containerd_shim_runc_v2" {
  sql = "select 1"
}

query "docker_host_audit_rule_runc" {
  sql = "select 1"
}

query "docker_info_host_hardened" {
  sql = "select 1"
}

query "docker_info_version_current" {
  sql = "select 1"
}

locals {
  docker_host_mount_data_root_separate_sql = "select 1"
  docker_host_audit_rule_dockerd_sql = "select 1"
  docker_host_audit_rule_run_containerd_sql = "select 1"
  docker_host_audit_rule_data_root_sql = "select 1"
  docker_host_audit_rule_etc_docker_sql = "select 1"
  docker_host_audit_rule_docker_service_sql = "select 1"
  docker_host_audit_rule_containerd_socket_sql = "select 1"
  docker_host_audit_rule_docker_socket_sql = "select 1"
  docker_host_audit_rule_default_docker_sql = "select 1"
  docker_host_audit_rule_daemon_json_sql = "select 1"
  docker_host_audit_rule_containerd_config_sql = "select 1"
  docker_host_audit_rule_sysconfig_docker_sql = "select 1"
  docker_host_audit_rule_containerd_sql = "select 1"
  docker_host_audit_rule_containerd_shim_sql = "select 1"
  docker_host_audit_rule_containerd_shim_runc_v1_sql = "select 1"
  docker_host_audit_rule_containerd_shim_runc_v2_sql = "select 1"
  docker_host_audit_rule_runc_sql = "select 1"
}

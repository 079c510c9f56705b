query "docker_host_daemon_setting_base_device_size" {
  sql = "select 1"
}

query "docker_host_daemon_setting_cgroup_parent" {
  sql = "select 1"
}

query "docker_host_daemon_setting_default_ulimits" {
  sql = "select 1"
}

query "docker_host_daemon_setting_iptables" {
  sql = "select 1"
}

query "docker_host_daemon_setting_log_level" {
  sql = "select 1"
}

query "docker_host_daemon_setting_no_new_privileges" {
  sql = "select 1"
}

query "docker_host_daemon_setting_userland_proxy" {
  sql = "select 1"
}

query "docker_info_aufs_storage_driver_unused" {
  sql = "select 1"
}

query "docker_info_authorization_plugin" {
  sql = "select 1"
}

query "docker_info_centralized_and_remote_logging_configured" {
  sql = "select 1"
}

query "docker_info_custom_seccomp_profile_applied" {
  sql = "select 1"
}

query "docker_info_experimental_unused" {
  sql = "select 1"
}

query "docker_info_insecure_registries_unused" {
  sql = "select 1"
}

query "docker_info_live_restore_enabled" {
  sql = "select 1"
}

query "docker_info_rootless" {
  sql = "select 1"
}

query "docker_info_tls_authentication" {
  sql = "select 1"
}

query "docker_info_user_namespace_support_enabled" {
  sql = "select 1"
}

locals {
  docker_host_daemon_setting_base_device_size_sql = "select 1"
  docker_host_daemon_setting_default_ulimits_sql = "select 1"
  docker_host_daemon_setting_iptables_sql = "select 1"
  docker_host_daemon_setting_log_level_sql = "select 1"
  docker_host_daemon_setting_no_new_privileges_sql = "select 1"
  docker_host_daemon_setting_userland_proxy_sql = "select 1"
  docker_info_authorization_plugin_sql = "select 1"
  docker_info_rootless_sql = "select 1"
  docker_info_tls_authentication_sql = "select 1"
}

query "exec_docker_daemon_run_as_root_user" {
  title       = "Daemon runs without root"
  description = "Deprecated: the same as docker_compliance.query.docker_info_rootless, under its former name."
  sql         = local.docker_info_rootless_sql
}

query "exec_logging_level_set_to_info" {
  title       = "Daemon log level is info"
  description = "Deprecated: the same as docker_compliance.query.docker_host_daemon_setting_log_level, under its former name."
  sql         = local.docker_host_daemon_setting_log_level_sql
}

query "exec_docker_iptables_not_set" {
  title       = "Daemon may manage iptables"
  description = "Deprecated: the same as docker_compliance.query.docker_host_daemon_setting_iptables, under its former name."
  sql         = local.docker_host_daemon_setting_iptables_sql
}

query "exec_tls_authentication_docker_daemon_configured" {
  title       = "TCP API is protected by mutual TLS"
  description = "Deprecated: the same as docker_compliance.query.docker_info_tls_authentication, under its former name."
  sql         = local.docker_info_tls_authentication_sql
}

query "exec_default_ulimit_configured" {
  title       = "Default ulimits are configured"
  description = "Deprecated: the same as docker_compliance.query.docker_host_daemon_setting_default_ulimits, under its former name."
  sql         = local.docker_host_daemon_setting_default_ulimits_sql
}

query "exec_base_device_size_changed" {
  title       = "Base device size left at default"
  description = "Deprecated: the same as docker_compliance.query.docker_host_daemon_setting_base_device_size, under its former name."
  sql         = local.docker_host_daemon_setting_base_device_size_sql
}

query "exec_authorization_docker_client_command_enabled" {
  title       = "An authorization plugin guards the API"
  description = "Deprecated: the same as docker_compliance.query.docker_info_authorization_plugin, under its former name."
  sql         = local.docker_info_authorization_plugin_sql
}

query "exec_containers_no_new_privilege_disabled" {
  title       = "New privileges blocked by default"
  description = "Deprecated: the same as docker_compliance.query.docker_host_daemon_setting_no_new_privileges, under its former name."
  sql         = local.docker_host_daemon_setting_no_new_privileges_sql
}

query "exec_userland_proxy_disabled" {
  title       = "Userland proxy is off"
  description = "Deprecated: the same as docker_compliance.query.docker_host_daemon_setting_userland_proxy, under its former name."
  sql         = local.docker_host_daemon_setting_userland_proxy_sql
}

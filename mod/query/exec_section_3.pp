query "exec_ownership_root_root_docker_service" {
  title       = "docker.service unit file is owned by root:root"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_docker_service_owner, under its former name."
  sql         = local.docker_host_file_docker_service_owner_sql
}

query "exec_permissions_644_docker_service" {
  title       = "docker.service unit file mode is 0644 or tighter"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_docker_service_mode, under its former name."
  sql         = local.docker_host_file_docker_service_mode_sql
}

query "exec_ownership_root_root_docker_socket" {
  title       = "docker.socket unit file is owned by root:root"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_docker_socket_unit_owner, under its former name."
  sql         = local.docker_host_file_docker_socket_unit_owner_sql
}

query "exec_permissions_644_docker_socket" {
  title       = "docker.socket unit file mode is 0644 or tighter"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_docker_socket_unit_mode, under its former name."
  sql         = local.docker_host_file_docker_socket_unit_mode_sql
}

query "exec_ownership_root_root_etc_docker" {
  title       = "/etc/docker directory is owned by root:root"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_etc_docker_owner, under its former name."
  sql         = local.docker_host_file_etc_docker_owner_sql
}

query "exec_permissions_755_etc_docker" {
  title       = "/etc/docker directory mode is 0755 or tighter"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_etc_docker_mode, under its former name."
  sql         = local.docker_host_file_etc_docker_mode_sql
}

query "exec_ownership_root_root_registry_certificate" {
  title       = "Each registry certificate file is owned by root:root"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_registry_certificate_owner, under its former name."
  sql         = local.docker_host_file_registry_certificate_owner_sql
}

query "exec_permissions_444_registry_certificate" {
  title       = "Each registry certificate file mode is 0444 or tighter"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_registry_certificate_mode, under its former name."
  sql         = local.docker_host_file_registry_certificate_mode_sql
}

query "exec_ownership_root_root_tls_ca_certificate" {
  title       = "TLS CA certificate file is owned by root:root"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_tls_ca_certificate_owner, under its former name."
  sql         = local.docker_host_file_tls_ca_certificate_owner_sql
}

query "exec_permissions_444_tls_ca_certificate" {
  title       = "TLS CA certificate file mode is 0444 or tighter"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_tls_ca_certificate_mode, under its former name."
  sql         = local.docker_host_file_tls_ca_certificate_mode_sql
}

query "exec_ownership_root_root_docker_server_certificate" {
  title       = "Server certificate file is owned by root:root"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_tls_certificate_owner, under its former name."
  sql         = local.docker_host_file_tls_certificate_owner_sql
}

query "exec_permissions_444_docker_server_certificate" {
  title       = "Server certificate file mode is 0444 or tighter"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_tls_certificate_mode, under its former name."
  sql         = local.docker_host_file_tls_certificate_mode_sql
}

query "exec_ownership_root_root_docker_server_certificate_key" {
  title       = "Server private key file is owned by root:root"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_tls_key_owner, under its former name."
  sql         = local.docker_host_file_tls_key_owner_sql
}

query "exec_permissions_400_docker_server_certificate_key" {
  title       = "Server private key file mode is 0400 or tighter"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_tls_key_mode, under its former name."
  sql         = local.docker_host_file_tls_key_mode_sql
}

query "exec_ownership_root_docker_socket" {
  title       = "Docker socket is owned by root:docker"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_docker_socket_owner, under its former name."
  sql         = local.docker_host_file_docker_socket_owner_sql
}

query "exec_permissions_660_docker_sock" {
  title       = "Docker socket mode is 0660 or tighter"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_docker_socket_mode, under its former name."
  sql         = local.docker_host_file_docker_socket_mode_sql
}

query "exec_ownership_root_root_daemon_json" {
  title       = "daemon.json is owned by root:root"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_daemon_json_owner, under its former name."
  sql         = local.docker_host_file_daemon_json_owner_sql
}

query "exec_permissions_644_daemon_json" {
  title       = "daemon.json mode is 0644 or tighter"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_daemon_json_mode, under its former name."
  sql         = local.docker_host_file_daemon_json_mode_sql
}

query "exec_ownership_root_root_etc_default_docker" {
  title       = "/etc/default/docker is owned by root:root"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_default_docker_owner, under its former name."
  sql         = local.docker_host_file_default_docker_owner_sql
}

query "exec_permissions_644_etc_default_docker" {
  title       = "/etc/default/docker mode is 0644 or tighter"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_default_docker_mode, under its former name."
  sql         = local.docker_host_file_default_docker_mode_sql
}

query "exec_permissions_644_etc_sysconfig_docker" {
  title       = "/etc/sysconfig/docker mode is 0644 or tighter"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_sysconfig_docker_mode, under its former name."
  sql         = local.docker_host_file_sysconfig_docker_mode_sql
}

query "exec_ownership_root_root_etc_sysconfig_docker" {
  title       = "/etc/sysconfig/docker is owned by root:root"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_sysconfig_docker_owner, under its former name."
  sql         = local.docker_host_file_sysconfig_docker_owner_sql
}

query "exec_ownership_root_root_docker_containerd_socket" {
  title       = "containerd socket is owned by root:root"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_containerd_socket_owner, under its former name."
  sql         = local.docker_host_file_containerd_socket_owner_sql
}

query "exec_permissions_600_docker_containerd_socket" {
  title       = "containerd socket mode is 0660 or tighter"
  description = "Deprecated: the same as docker_compliance.query.docker_host_file_containerd_socket_mode, under its former name."
  sql         = local.docker_host_file_containerd_socket_mode_sql
}

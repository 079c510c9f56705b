query "docker_host_file_docker_service_owner" {
  sql = "select 1"
}

query "docker_host_file_docker_service_mode" {
  sql = "select 1"
}

query "docker_host_file_docker_socket_unit_owner" {
  sql = "select 1"
}

query "docker_host_file_docker_socket_unit_mode" {
  sql = "select 1"
}

query "docker_host_file_etc_docker_owner" {
  sql = "select 1"
}

query "docker_host_file_etc_docker_mode" {
  sql = "select 1"
}

query "docker_host_file_registry_certificate_owner" {
  sql = "select 1"
}

query "docker_host_file_registry_certificate_mode" {
  sql = "select 1"
}

query "docker_host_file_tls_ca_certificate_owner" {
  sql = "select 1"
}

query "docker_host_file_tls_ca_certificate_mode" {
  sql = "select 1"
}

query "docker_host_file_tls_certificate_owner" {
  sql = "select 1"
}

query "docker_host_file_tls_certificate_mode" {
  sql = "select 1"
}

query "docker_host_file_tls_key_owner" {
  sql = "select 1"
}

query "docker_host_file_tls_key_mode" {
  sql = "select 1"
}

query "docker_host_file_docker_socket_owner" {
  sql = "select 1"
}

query "docker_host_file_docker_socket_mode" {
  sql = "select 1"
}

query "docker_host_file_daemon_json_owner" {
  sql = "select 1"
}

query "docker_host_file_daemon_json_mode" {
  sql = "select 1"
}

query "docker_host_file_default_docker_owner" {
  sql = "select 1"
}

query "docker_host_file_default_docker_mode" {
  sql = "select 1"
}

query "docker_host_file_sysconfig_docker_mode" {
  sql = "select 1"
}

query "docker_host_file_sysconfig_docker_owner" {
  sql = "select 1"
}

query "docker_host_file_containerd_socket_owner" {
  sql = "select 1"
}

query "docker_host_file_containerd_socket_mode" {
  sql = "select 1"
}

locals {
  docker_host_file_docker_service_owner_sql = "select 1"
  docker_host_file_docker_service_mode_sql = "select 1"
  docker_host_file_docker_socket_unit_owner_sql = "select 1"
  docker_host_file_docker_socket_unit_mode_sql = "select 1"
  docker_host_file_etc_docker_owner_sql = "select 1"
  docker_host_file_etc_docker_mode_sql = "select 1"
  docker_host_file_registry_certificate_owner_sql = "select 1"
  docker_host_file_registry_certificate_mode_sql = "select 1"
  docker_host_file_tls_ca_certificate_owner_sql = "select 1"
  docker_host_file_tls_ca_certificate_mode_sql = "select 1"
  docker_host_file_tls_certificate_owner_sql = "select 1"
  docker_host_file_tls_certificate_mode_sql = "select 1"
  docker_host_file_tls_key_owner_sql = "select 1"
  docker_host_file_tls_key_mode_sql = "select 1"
  docker_host_file_docker_socket_owner_sql = "select 1"
  docker_host_file_docker_socket_mode_sql = "select 1"
  docker_host_file_daemon_json_owner_sql = "select 1"
  docker_host_file_daemon_json_mode_sql = "select 1"
  docker_host_file_default_docker_owner_sql = "select 1"
  docker_host_file_default_docker_mode_sql = "select 1"
  docker_host_file_sysconfig_docker_mode_sql = "select 1"
  docker_host_file_sysconfig_docker_owner_sql = "select 1"
  docker_host_file_containerd_socket_owner_sql = "select 1"
  docker_host_file_containerd_socket_mode_sql = "select 1"
}

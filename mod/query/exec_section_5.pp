query "exec_docker_exec_command_no_privilege_option" {
  title       = "docker exec not used with --privileged"
  description = "Deprecated: the same as docker_compliance.query.docker_exec_privileged, under its former name."
  sql         = local.docker_exec_privileged_sql
}

query "exec_docker_exec_command_no_user_root_option" {
  title       = "docker exec not used as root"
  description = "Deprecated: the same as docker_compliance.query.docker_exec_root_user, under its former name."
  sql         = local.docker_exec_root_user_sql
}

query "exec_docker_socket_not_mounted_inside_containers" {
  title       = "Docker socket not mounted"
  description = "Deprecated: the same as docker_compliance.query.docker_container_docker_socket_not_mounted, under its former name."
  sql         = local.docker_container_docker_socket_not_mounted_sql
}

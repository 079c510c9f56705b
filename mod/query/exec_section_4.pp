query "exec_docker_container_non_root_user" {
  title       = "Container process is not root"
  description = "Deprecated: the same as docker_compliance.query.docker_container_non_root_user, under its former name."
  sql         = local.docker_container_non_root_user_sql
}

query "exec_docker_container_trust_enabled" {
  title       = "Docker content trust is enforced for clients"
  description = "Deprecated: the same as docker_compliance.query.docker_host_environment_content_trust, under its former name."
  sql         = local.docker_host_environment_content_trust_sql
}

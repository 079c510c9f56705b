query "docker_container_healthcheck_instruction" {
  sql = "select 1"
}

query "docker_container_non_root_user" {
  sql = "select 1"
}

query "docker_container_unnecessary_packages" {
  sql = "select 1"
}

query "docker_host_environment_content_trust" {
  sql = "select 1"
}

query "docker_image_history_add" {
  sql = "select 1"
}

query "docker_image_history_update_alone" {
  sql = "select 1"
}

query "docker_image_scanned" {
  sql = "select 1"
}

query "docker_image_secrets" {
  sql = "select 1"
}

query "docker_image_setuid_files" {
  sql = "select 1"
}

query "docker_image_signed" {
  sql = "select 1"
}

query "docker_image_trusted_registry" {
  sql = "select 1"
}

query "docker_image_verified_packages" {
  sql = "select 1"
}

locals {
  docker_container_non_root_user_sql = "select 1"
  docker_host_environment_content_trust_sql = "select 1"
}

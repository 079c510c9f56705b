query "docker_container_health_checked" {
  sql = "select 1"
}

query "docker_container_latest_image" {
  sql = "select 1"
}


query "docker_image_sprawl_avoided" {
  sql = "select 1"
}

query "docker_info_container_sprawl_avoided" {
  sql = "select 1"
}


locals {
  cis_v180_6_common_tags = merge(local.cis_v180_common_tags, {
    cis_section_id = "6"
  })

  # a `for`, since the two sides of a condition would have to be lists of one type
  cis_v180_6_controls = [for item in [
    control.cis_v180_6_1,
    control.cis_v180_6_2
  ] : item if contains(var.benchmark_plugins, "docker")]
}

benchmark "cis_v180_6" {
  title         = "6 Docker Security Operations"
  documentation = file("./cis_v160/docs/cis_v160_6.md")
  children      = local.cis_v180_6_controls

  tags = merge(local.cis_v180_6_common_tags, {
    type = "Benchmark"
  })
}

control "cis_v180_6_1" {
  title         = "6.1 Image sprawl avoided"
  description   = "Images that nobody uses grow old without updates, take space, and can be started by mistake with all their known holes."
  severity      = "low"
  query         = query.docker_image_sprawl_avoided
  documentation = file("./cis_v160/docs/cis_v160_6_1.md")

  tags = merge(local.cis_v180_6_common_tags, {
    cis_item_id = "6.1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_6_2" {
  title         = "6.2 Container sprawl avoided"
  description   = "Stopped containers keep what they wrote, secrets among it, and can be started again long after anybody looked after them."
  severity      = "low"
  query         = query.docker_info_container_sprawl_avoided
  documentation = file("./cis_v160/docs/cis_v160_6_2.md")

  tags = merge(local.cis_v180_6_common_tags, {
    cis_item_id = "6.2"
    cis_type    = "manual"
    service     = "Docker"
  })
}

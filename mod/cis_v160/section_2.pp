locals {
  cis_v160_2_common_tags = merge(local.cis_v160_common_tags, {
    cis_section_id = "2"
  })

  # a `for`, since the two sides of a condition would have to be lists of one type
  cis_v160_2_controls = [for item in [
    control.cis_v160_2_2
  ] : item if contains(var.benchmark_plugins, "docker")]
}

benchmark "cis_v160_2" {
  title         = "2 Docker daemon configuration"
  documentation = file("./cis_v160/docs/cis_v160_2.md")
  children      = local.cis_v160_2_controls

  tags = merge(local.cis_v160_2_common_tags, {
    type = "Benchmark"
  })
}

control "cis_v160_2_2" {
  title         = "2.2 Inter-container traffic on the default bridge is off"
  description   = "Containers on the default bridge reach each other unless the engine runs with icc off. Whoever takes over one container then has the others' ports in front of him."
  query         = query.docker_network_traffic_restricted_between_containers
  documentation = file("./cis_v160/docs/cis_v160_2_2.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.2"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

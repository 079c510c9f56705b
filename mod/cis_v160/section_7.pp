locals {
  cis_v160_7_common_tags = merge(local.cis_v160_common_tags, {
    cis_section_id = "7"
  })

  # a `for`, since the two sides of a condition would have to be lists of one type
  cis_v160_7_controls = [for item in [
    control.cis_v160_7_1,
    control.cis_v160_7_2,
    control.cis_v160_7_3,
    control.cis_v160_7_4,
    control.cis_v160_7_5,
    control.cis_v160_7_6,
    control.cis_v160_7_7,
    control.cis_v160_7_8,
    control.cis_v160_7_9
  ] : item if contains(var.benchmark_plugins, "docker")]
}

benchmark "cis_v160_7" {
  title         = "7 Docker Swarm Configuration"
  documentation = file("./cis_v160/docs/cis_v160_7.md")
  children      = local.cis_v160_7_controls

  tags = merge(local.cis_v160_7_common_tags, {
    type = "Benchmark"
  })
}

control "cis_v160_7_1" {
  title         = "7.1 Number of swarm managers is minimal"
  description   = "To be written."
  severity      = "low"
  query         = query.docker_info_swarm_minimum_required_manager_nodes
  documentation = file("./cis_v160/docs/cis_v160_7_1.md")

  tags = merge(local.cis_v160_7_common_tags, {
    cis_item_id = "7.1"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_7_2" {
  title         = "7.2 Swarm ports bound to one interface"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_host_listener_swarm_ports
  documentation = file("./cis_v160/docs/cis_v160_7_2.md")

  tags = merge(local.cis_v160_7_common_tags, {
    cis_item_id = "7.2"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_7_3" {
  title         = "7.3 Overlay networks are encrypted"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_network_overlay_encrypted
  documentation = file("./cis_v160/docs/cis_v160_7_3.md")

  tags = merge(local.cis_v160_7_common_tags, {
    cis_item_id = "7.3"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_7_4" {
  title         = "7.4 Swarm secrets are used"
  description   = "To be written."
  severity      = "low"
  query         = query.docker_swarm_secret_used
  documentation = file("./cis_v160/docs/cis_v160_7_4.md")

  tags = merge(local.cis_v160_7_common_tags, {
    cis_item_id = "7.4"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_7_5" {
  title         = "7.5 Manager auto-lock is on"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_info_swarm_manager_auto_lock_mode
  documentation = file("./cis_v160/docs/cis_v160_7_5.md")

  tags = merge(local.cis_v160_7_common_tags, {
    cis_item_id = "7.5"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_7_6" {
  title         = "7.6 Auto-lock key is rotated"
  description   = "To be written."
  severity      = "low"
  query         = query.docker_swarm_autolock_key_rotated
  documentation = file("./cis_v160/docs/cis_v160_7_6.md")

  tags = merge(local.cis_v160_7_common_tags, {
    cis_item_id = "7.6"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_7_7" {
  title         = "7.7 Node certificates rotate in time"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_info_swarm_node_cert_expiry_set
  documentation = file("./cis_v160/docs/cis_v160_7_7.md")

  tags = merge(local.cis_v160_7_common_tags, {
    cis_item_id = "7.7"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_7_8" {
  title         = "7.8 Swarm CA certificate is rotated"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_swarm_ca_rotated
  documentation = file("./cis_v160/docs/cis_v160_7_8.md")

  tags = merge(local.cis_v160_7_common_tags, {
    cis_item_id = "7.8"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_7_9" {
  title         = "7.9 Management and data plane are separate"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_host_swarm_state_data_path
  documentation = file("./cis_v160/docs/cis_v160_7_9.md")

  tags = merge(local.cis_v160_7_common_tags, {
    cis_item_id = "7.9"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

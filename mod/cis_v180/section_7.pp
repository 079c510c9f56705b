locals {
  cis_v180_7_common_tags = merge(local.cis_v180_common_tags, {
    cis_section_id = "7"
  })

  # a `for`, since the two sides of a condition would have to be lists of one type
  cis_v180_7_controls = [for item in [
    control.cis_v180_7_1,
    control.cis_v180_7_2,
    control.cis_v180_7_3,
    control.cis_v180_7_4,
    control.cis_v180_7_5,
    control.cis_v180_7_6,
    control.cis_v180_7_7,
    control.cis_v180_7_8,
    control.cis_v180_7_9
  ] : item if contains(var.benchmark_plugins, "docker")]
}

benchmark "cis_v180_7" {
  title         = "7 Docker Swarm Configuration"
  documentation = file("./cis_v160/docs/cis_v160_7.md")
  children      = local.cis_v180_7_controls

  tags = merge(local.cis_v180_7_common_tags, {
    type = "Benchmark"
  })
}

control "cis_v180_7_1" {
  title         = "7.1 Number of swarm managers is minimal"
  description   = "Every manager holds all keys and secrets of the swarm and can change everything in it. More of them than the swarm needs are more places to break in."
  severity      = "low"
  query         = query.docker_info_swarm_minimum_required_manager_nodes
  documentation = file("./cis_v160/docs/cis_v160_7_1.md")

  tags = merge(local.cis_v180_7_common_tags, {
    cis_item_id = "7.1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_7_2" {
  title         = "7.2 Swarm ports bound to one interface"
  description   = "Ports of the swarm that listen on every address of a host can be reached from networks that have nothing to do with the swarm."
  severity      = "medium"
  query         = query.docker_host_listener_swarm_ports
  documentation = file("./cis_v160/docs/cis_v160_7_2.md")

  tags = merge(local.cis_v180_7_common_tags, {
    cis_item_id = "7.2"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_7_3" {
  title         = "7.3 Overlay networks are encrypted"
  description   = "Traffic of an overlay network crosses the network between hosts in the clear, unless the network was made with encryption."
  severity      = "high"
  query         = query.docker_network_overlay_encrypted
  documentation = file("./cis_v160/docs/cis_v160_7_3.md")

  tags = merge(local.cis_v180_7_common_tags, {
    cis_item_id = "7.3"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_7_4" {
  title         = "7.4 Swarm secrets are used"
  description   = "Passwords and keys in environment variables, images or files of the host are seen by many. Secrets of the swarm are encrypted where they lie and are given to those services only that ask for them."
  severity      = "low"
  query         = query.docker_swarm_secret_used
  documentation = file("./cis_v160/docs/cis_v160_7_4.md")

  tags = merge(local.cis_v180_7_common_tags, {
    cis_item_id = "7.4"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_7_5" {
  title         = "7.5 Manager auto-lock is on"
  description   = "Without auto-lock, the key to all secrets and certificates of the swarm lies in the clear on the disk of each manager, and in each of its backups."
  severity      = "high"
  query         = query.docker_info_swarm_manager_auto_lock_mode
  documentation = file("./cis_v160/docs/cis_v160_7_5.md")

  tags = merge(local.cis_v180_7_common_tags, {
    cis_item_id = "7.5"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_7_6" {
  title         = "7.6 Auto-lock key is rotated"
  description   = "A key that unlocks managers and never changes is known to everybody who ever saw it, those who have left among them."
  severity      = "low"
  query         = query.docker_swarm_autolock_key_rotated
  documentation = file("./cis_v160/docs/cis_v160_7_6.md")

  tags = merge(local.cis_v180_7_common_tags, {
    cis_item_id = "7.6"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_7_7" {
  title         = "7.7 Node certificates rotate in time"
  description   = "A stolen certificate lets a stranger pass for a node until it expires. The sooner certificates are renewed, the shorter that lasts."
  severity      = "medium"
  query         = query.docker_info_swarm_node_cert_expiry_set
  documentation = file("./cis_v160/docs/cis_v160_7_7.md")

  tags = merge(local.cis_v180_7_common_tags, {
    cis_item_id = "7.7"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_7_8" {
  title         = "7.8 Swarm CA certificate is rotated"
  description   = "Whoever has the key of the swarm's certificate authority can make nodes at will. Replacing the authority from time to time ends what a stolen key is good for."
  severity      = "medium"
  query         = query.docker_swarm_ca_rotated
  documentation = file("./cis_v160/docs/cis_v160_7_8.md")

  tags = merge(local.cis_v180_7_common_tags, {
    cis_item_id = "7.8"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_7_9" {
  title         = "7.9 Management and data plane are separate"
  description   = "If containers' traffic takes the same path as the management of the swarm, who can listen to or flood the one can do so to the other."
  severity      = "medium"
  query         = query.docker_host_swarm_state_data_path
  documentation = file("./cis_v160/docs/cis_v160_7_9.md")

  tags = merge(local.cis_v180_7_common_tags, {
    cis_item_id = "7.9"
    cis_type    = "manual"
    service     = "Docker"
  })
}

locals {
  cis_v160_2_common_tags = merge(local.cis_v160_common_tags, {
    cis_section_id = "2"
  })

  # a `for`, since the two sides of a condition would have to be lists of one type
  cis_v160_2_controls = [for item in [
    control.cis_v160_2_1,
    control.cis_v160_2_2,
    control.cis_v160_2_3,
    control.cis_v160_2_4,
    control.cis_v160_2_5,
    control.cis_v160_2_6,
    control.cis_v160_2_7,
    control.cis_v160_2_8,
    control.cis_v160_2_9,
    control.cis_v160_2_10,
    control.cis_v160_2_11,
    control.cis_v160_2_12,
    control.cis_v160_2_13,
    control.cis_v160_2_14,
    control.cis_v160_2_15,
    control.cis_v160_2_16,
    control.cis_v160_2_17,
    control.cis_v160_2_18
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

control "cis_v160_2_1" {
  title         = "2.1 Daemon runs without root"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_info_rootless
  documentation = file("./cis_v160/docs/cis_v160_2_1.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.1"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_2_2" {
  title         = "2.2 Inter-container traffic on the default bridge is off"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_network_traffic_restricted_between_containers
  documentation = file("./cis_v160/docs/cis_v160_2_2.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.2"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_2_3" {
  title         = "2.3 Daemon log level is info"
  description   = "To be written."
  severity      = "low"
  query         = query.docker_host_daemon_setting_log_level
  documentation = file("./cis_v160/docs/cis_v160_2_3.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.3"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_2_4" {
  title         = "2.4 Daemon may manage iptables"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_host_daemon_setting_iptables
  documentation = file("./cis_v160/docs/cis_v160_2_4.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.4"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_2_5" {
  title         = "2.5 No insecure registries"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_info_insecure_registries_unused
  documentation = file("./cis_v160/docs/cis_v160_2_5.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.5"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_2_6" {
  title         = "2.6 aufs storage driver not in use"
  description   = "To be written."
  severity      = "low"
  query         = query.docker_info_aufs_storage_driver_unused
  documentation = file("./cis_v160/docs/cis_v160_2_6.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.6"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_2_7" {
  title         = "2.7 TCP API is protected by mutual TLS"
  description   = "To be written."
  severity      = "critical"
  query         = query.docker_info_tls_authentication
  documentation = file("./cis_v160/docs/cis_v160_2_7.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.7"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_2_8" {
  title         = "2.8 Default ulimits are configured"
  description   = "To be written."
  severity      = "low"
  query         = query.docker_host_daemon_setting_default_ulimits
  documentation = file("./cis_v160/docs/cis_v160_2_8.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.8"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_2_9" {
  title         = "2.9 User-namespace remapping is on"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_info_user_namespace_support_enabled
  documentation = file("./cis_v160/docs/cis_v160_2_9.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.9"
    cis_level   = "2"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_2_10" {
  title         = "2.10 Default cgroup parent reviewed"
  description   = "To be written."
  severity      = "low"
  query         = query.docker_host_daemon_setting_cgroup_parent
  documentation = file("./cis_v160/docs/cis_v160_2_10.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.10"
    cis_level   = "2"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_2_11" {
  title         = "2.11 Base device size left at default"
  description   = "To be written."
  severity      = "low"
  query         = query.docker_host_daemon_setting_base_device_size
  documentation = file("./cis_v160/docs/cis_v160_2_11.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.11"
    cis_level   = "2"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_2_12" {
  title         = "2.12 An authorization plugin guards the API"
  description   = "To be written."
  severity      = "critical"
  query         = query.docker_info_authorization_plugin
  documentation = file("./cis_v160/docs/cis_v160_2_12.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.12"
    cis_level   = "2"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_2_13" {
  title         = "2.13 Logs leave the host"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_info_centralized_and_remote_logging_configured
  documentation = file("./cis_v160/docs/cis_v160_2_13.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.13"
    cis_level   = "2"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_2_14" {
  title         = "2.14 New privileges blocked by default"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_host_daemon_setting_no_new_privileges
  documentation = file("./cis_v160/docs/cis_v160_2_14.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.14"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_2_15" {
  title         = "2.15 Live restore is on"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_info_live_restore_enabled
  documentation = file("./cis_v160/docs/cis_v160_2_15.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.15"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_2_16" {
  title         = "2.16 Userland proxy is off"
  description   = "To be written."
  severity      = "low"
  query         = query.docker_host_daemon_setting_userland_proxy
  documentation = file("./cis_v160/docs/cis_v160_2_16.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.16"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_2_17" {
  title         = "2.17 Daemon-wide seccomp profile reviewed"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_info_custom_seccomp_profile_applied
  documentation = file("./cis_v160/docs/cis_v160_2_17.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.17"
    cis_level   = "2"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_2_18" {
  title         = "2.18 Experimental features off"
  description   = "To be written."
  severity      = "low"
  query         = query.docker_info_experimental_unused
  documentation = file("./cis_v160/docs/cis_v160_2_18.md")

  tags = merge(local.cis_v160_2_common_tags, {
    cis_item_id = "2.18"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

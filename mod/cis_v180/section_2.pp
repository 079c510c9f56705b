locals {
  cis_v180_2_common_tags = merge(local.cis_v180_common_tags, {
    cis_section_id = "2"
  })

  # a `for`, since the two sides of a condition would have to be lists of one type
  cis_v180_2_controls = [for item in [
    control.cis_v180_2_1,
    control.cis_v180_2_2,
    control.cis_v180_2_3,
    control.cis_v180_2_4,
    control.cis_v180_2_5,
    control.cis_v180_2_6,
    control.cis_v180_2_7,
    control.cis_v180_2_8,
    control.cis_v180_2_9,
    control.cis_v180_2_10,
    control.cis_v180_2_11,
    control.cis_v180_2_12,
    control.cis_v180_2_13,
    control.cis_v180_2_14,
    control.cis_v180_2_15,
    control.cis_v180_2_16,
    control.cis_v180_2_17,
    control.cis_v180_2_18,
    control.cis_v180_2_19
  ] : item if contains(var.benchmark_plugins, "docker")]
}

benchmark "cis_v180_2" {
  title         = "2 Docker daemon configuration"
  documentation = file("./cis_v160/docs/cis_v160_2.md")
  children      = local.cis_v180_2_controls

  tags = merge(local.cis_v180_2_common_tags, {
    type = "Benchmark"
  })
}

control "cis_v180_2_1" {
  title         = "2.1 Daemon runs without root"
  description   = "A daemon with root's rights makes every hole in it, and every access to its API, a way to become root on the host."
  severity      = "high"
  query         = query.docker_info_rootless
  documentation = file("./cis_v160/docs/cis_v160_2_1.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_2_2" {
  title         = "2.2 Inter-container traffic on the default bridge is off"
  description   = "Containers on the engine's default bridge reach each other unless the engine is told otherwise. One that is taken over is then a door to the rest."
  severity      = "high"
  query         = query.docker_network_traffic_restricted_between_containers
  documentation = file("./cis_v160/docs/cis_v160_2_2.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.2"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_2_3" {
  title         = "2.3 Daemon log level is info"
  description   = "Below info the daemon's log lacks what an investigation needs. In debug mode it drowns that, and can hold secrets of requests."
  severity      = "low"
  query         = query.docker_host_daemon_setting_log_level
  documentation = file("./cis_v160/docs/cis_v160_2_3.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.3"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_2_4" {
  title         = "2.4 Daemon may manage iptables"
  description   = "Without its rules of iptables, published ports and the isolation of networks are left to whoever remembers to write them by hand."
  severity      = "high"
  query         = query.docker_host_daemon_setting_iptables
  documentation = file("./cis_v160/docs/cis_v160_2_4.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.4"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_2_5" {
  title         = "2.5 No insecure registries"
  description   = "From a registry without verified TLS, anybody on the way can hand the engine an image of his own."
  severity      = "high"
  query         = query.docker_info_insecure_registries_unused
  documentation = file("./cis_v160/docs/cis_v160_2_5.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.5"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_2_6" {
  title         = "2.6 aufs storage driver not in use"
  description   = "The storage driver aufs is not part of the Linux kernel, has had no care for years, and newer engines dropped it."
  severity      = "low"
  query         = query.docker_info_aufs_storage_driver_unused
  documentation = file("./cis_v160/docs/cis_v160_2_6.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.6"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_2_7" {
  title         = "2.7 devicemapper storage driver not in use"
  description   = "The devicemapper storage driver is slow and unsafe on loop devices, and engines from 25 on no longer have it."
  severity      = "low"
  query         = query.docker_info_devicemapper_storage_driver_unused
  documentation = file("./cis_v180/docs/cis_v180_2_7.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.7"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_2_8" {
  title         = "2.8 TCP API is protected by mutual TLS"
  description   = "Whoever reaches the API can become root on the host. On TCP, only certificates of clients keep strangers out."
  severity      = "critical"
  query         = query.docker_info_tls_authentication
  documentation = file("./cis_v160/docs/cis_v160_2_7.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.8"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_2_9" {
  title         = "2.9 Default ulimits are configured"
  description   = "Containers without ulimits share those of the daemon, which are high or unlimited. One of them can use up files or processes of the host."
  severity      = "low"
  query         = query.docker_host_daemon_setting_default_ulimits
  documentation = file("./cis_v160/docs/cis_v160_2_8.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.9"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_2_10" {
  title         = "2.10 User-namespace remapping is on"
  description   = "Without remapping, root in a container is root on the host: whoever breaks out of the container has it all."
  severity      = "high"
  query         = query.docker_info_user_namespace_support_enabled
  documentation = file("./cis_v160/docs/cis_v160_2_9.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.10"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_2_11" {
  title         = "2.11 Default cgroup parent reviewed"
  description   = "A cgroup parent of its own takes containers out of the limits and the accounting that the host applies to the usual one."
  severity      = "low"
  query         = query.docker_host_daemon_setting_cgroup_parent
  documentation = file("./cis_v160/docs/cis_v160_2_10.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.11"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_2_12" {
  title         = "2.12 Base device size left at default"
  description   = "A larger base device of devicemapper gives each container and image more room than the pool may have, which then runs full for all."
  severity      = "low"
  query         = query.docker_host_daemon_setting_base_device_size
  documentation = file("./cis_v160/docs/cis_v160_2_11.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.12"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_2_13" {
  title         = "2.13 An authorization plugin guards the API"
  description   = "The API knows no rights: whoever may use it may do everything. Only an authorization plugin can tell requests and people apart."
  severity      = "critical"
  query         = query.docker_info_authorization_plugin
  documentation = file("./cis_v160/docs/cis_v160_2_12.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.13"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_2_14" {
  title         = "2.14 Logs leave the host"
  description   = "Logs that stay on the host are lost with it, and whoever takes over the host can change them."
  severity      = "medium"
  query         = query.docker_info_centralized_and_remote_logging_configured
  documentation = file("./cis_v160/docs/cis_v160_2_13.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.14"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_2_15" {
  title         = "2.15 New privileges blocked by default"
  description   = "A process in a container can gain rights by programs with the setuid bit. The daemon can rule that out for all containers by default."
  severity      = "high"
  query         = query.docker_host_daemon_setting_no_new_privileges
  documentation = file("./cis_v160/docs/cis_v160_2_14.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.15"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_2_16" {
  title         = "2.16 Live restore is on"
  description   = "Without live restore each stop of the daemon, even for an update, stops all containers."
  severity      = "medium"
  query         = query.docker_info_live_restore_enabled
  documentation = file("./cis_v160/docs/cis_v160_2_15.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.16"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_2_17" {
  title         = "2.17 Userland proxy is off"
  description   = "The userland proxy is one more process with the daemon's rights for each published port, and it hides the addresses of clients."
  severity      = "low"
  query         = query.docker_host_daemon_setting_userland_proxy
  documentation = file("./cis_v160/docs/cis_v160_2_16.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.17"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_2_18" {
  title         = "2.18 Daemon-wide seccomp profile reviewed"
  description   = "The seccomp profile decides which system calls containers may use. Without one, every hole in the kernel is in reach."
  severity      = "high"
  query         = query.docker_info_custom_seccomp_profile_applied
  documentation = file("./cis_v160/docs/cis_v160_2_17.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.18"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_2_19" {
  title         = "2.19 Experimental features off"
  description   = "Experimental features may change or break at any time and are not fit for what must be relied on."
  severity      = "low"
  query         = query.docker_info_experimental_unused
  documentation = file("./cis_v160/docs/cis_v160_2_18.md")

  tags = merge(local.cis_v180_2_common_tags, {
    cis_item_id = "2.19"
    cis_type    = "manual"
    service     = "Docker"
  })
}

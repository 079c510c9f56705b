locals {
  cis_v160_5_common_tags = merge(local.cis_v160_common_tags, {
    cis_section_id = "5"
  })

  # a `for`, since the two sides of a condition would have to be lists of one type
  cis_v160_5_controls = [for item in [
    control.cis_v160_5_1,
    control.cis_v160_5_2,
    control.cis_v160_5_3,
    control.cis_v160_5_4,
    control.cis_v160_5_5,
    control.cis_v160_5_6,
    control.cis_v160_5_7,
    control.cis_v160_5_8,
    control.cis_v160_5_9,
    control.cis_v160_5_10,
    control.cis_v160_5_11,
    control.cis_v160_5_12,
    control.cis_v160_5_13,
    control.cis_v160_5_14,
    control.cis_v160_5_15,
    control.cis_v160_5_16,
    control.cis_v160_5_17,
    control.cis_v160_5_18,
    control.cis_v160_5_19,
    control.cis_v160_5_20,
    control.cis_v160_5_21,
    control.cis_v160_5_22,
    control.cis_v160_5_23,
    control.cis_v160_5_24,
    control.cis_v160_5_25,
    control.cis_v160_5_26,
    control.cis_v160_5_27,
    control.cis_v160_5_28,
    control.cis_v160_5_29,
    control.cis_v160_5_30,
    control.cis_v160_5_31,
    control.cis_v160_5_32
  ] : item if contains(var.benchmark_plugins, "docker")]
}

benchmark "cis_v160_5" {
  title         = "5 Container Runtime Configuration"
  documentation = file("./cis_v160/docs/cis_v160_5.md")
  children      = local.cis_v160_5_controls

  tags = merge(local.cis_v160_5_common_tags, {
    type = "Benchmark"
  })
}

control "cis_v160_5_1" {
  title         = "5.1 Swarm mode off unless needed"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_info_swarm_mode_enabled
  documentation = file("./cis_v160/docs/cis_v160_5_1.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.1"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_2" {
  title         = "5.2 AppArmor confines the container"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_container_apparmor_profile_enabled
  documentation = file("./cis_v160/docs/cis_v160_5_2.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.2"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_3" {
  title         = "5.3 SELinux confines the container"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_container_selinux_enabled
  documentation = file("./cis_v160/docs/cis_v160_5_3.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.3"
    cis_level   = "2"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_4" {
  title         = "5.4 Capabilities are restricted"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_container_capabilities_restricted
  documentation = file("./cis_v160/docs/cis_v160_5_4.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.4"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_5" {
  title         = "5.5 No privileged containers"
  description   = "To be written."
  severity      = "critical"
  query         = query.docker_container_privileged
  documentation = file("./cis_v160/docs/cis_v160_5_5.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.5"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_6" {
  title         = "5.6 No sensitive host directory mounted"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_container_host_system_directories_mounted
  documentation = file("./cis_v160/docs/cis_v160_5_6.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.6"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_7" {
  title         = "5.7 No sshd in containers"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_container_sshd_not_running
  documentation = file("./cis_v160/docs/cis_v160_5_7.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.7"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_8" {
  title         = "5.8 No privileged host ports mapped"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_container_privileged_ports_not_mapped
  documentation = file("./cis_v160/docs/cis_v160_5_8.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.8"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_9" {
  title         = "5.9 Only needed ports are open"
  description   = "To be written."
  severity      = "low"
  query         = query.docker_container_open_ports
  documentation = file("./cis_v160/docs/cis_v160_5_9.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.9"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_10" {
  title         = "5.10 Host network namespace not shared"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_container_host_network_namespace_shared
  documentation = file("./cis_v160/docs/cis_v160_5_10.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.10"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_11" {
  title         = "5.11 Memory is limited"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_container_memory_usage_limit
  documentation = file("./cis_v160/docs/cis_v160_5_11.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.11"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_12" {
  title         = "5.12 CPU shares are set"
  description   = "To be written."
  severity      = "low"
  query         = query.docker_container_cpu_priority_set
  documentation = file("./cis_v160/docs/cis_v160_5_12.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.12"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_13" {
  title         = "5.13 Root file system is read-only"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_container_root_filesystem_mounted
  documentation = file("./cis_v160/docs/cis_v160_5_13.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.13"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_14" {
  title         = "5.14 Published ports are bound to one interface"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_container_ports_bound_to_interface
  documentation = file("./cis_v160/docs/cis_v160_5_14.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.14"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_15" {
  title         = "5.15 Restart policy is on-failure with at most 5 tries"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_container_restart_policy_on_failure
  documentation = file("./cis_v160/docs/cis_v160_5_15.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.15"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_16" {
  title         = "5.16 Host PID namespace not shared"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_container_host_process_namespace_shared
  documentation = file("./cis_v160/docs/cis_v160_5_16.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.16"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_17" {
  title         = "5.17 Host IPC namespace not shared"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_container_host_ipc_namespace_shared
  documentation = file("./cis_v160/docs/cis_v160_5_17.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.17"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_18" {
  title         = "5.18 No host devices exposed"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_container_host_devices_exposed
  documentation = file("./cis_v160/docs/cis_v160_5_18.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.18"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_19" {
  title         = "5.19 Default ulimits overridden only where needed"
  description   = "To be written."
  severity      = "low"
  query         = query.docker_container_default_ulimit
  documentation = file("./cis_v160/docs/cis_v160_5_19.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.19"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_20" {
  title         = "5.20 Mount propagation is not shared"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_container_mount_propagation_mode_shared
  documentation = file("./cis_v160/docs/cis_v160_5_20.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.20"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_21" {
  title         = "5.21 Host UTS namespace not shared"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_container_host_uts_namespace_shared
  documentation = file("./cis_v160/docs/cis_v160_5_21.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.21"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_22" {
  title         = "5.22 Seccomp filter is active"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_container_default_seccomp_profile_disabled
  documentation = file("./cis_v160/docs/cis_v160_5_22.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.22"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_23" {
  title         = "5.23 docker exec not used with --privileged"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_exec_privileged
  documentation = file("./cis_v160/docs/cis_v160_5_23.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.23"
    cis_level   = "2"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_24" {
  title         = "5.24 docker exec not used as root"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_exec_root_user
  documentation = file("./cis_v160/docs/cis_v160_5_24.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.24"
    cis_level   = "2"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_25" {
  title         = "5.25 Container stays in the default cgroup"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_container_cgroup_usage
  documentation = file("./cis_v160/docs/cis_v160_5_25.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.25"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_26" {
  title         = "5.26 Container cannot gain privileges"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_container_no_new_privileges
  documentation = file("./cis_v160/docs/cis_v160_5_26.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.26"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_27" {
  title         = "5.27 Health is checked at run time"
  description   = "A container whose health is not checked keeps getting work after it stopped doing any."
  severity      = "low"
  query         = query.docker_container_health_checked
  documentation = file("./cis_v160/docs/cis_v160_5_27.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.27"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_28" {
  title         = "5.28 Latest image version in use"
  description   = "A container keeps the image it was created from. A newer image under the same tag changes nothing until the container is made anew."
  severity      = "low"
  query         = query.docker_container_latest_image
  documentation = file("./cis_v160/docs/cis_v160_5_28.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.28"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_29" {
  title         = "5.29 PIDs limit is set"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_container_pid_cgroup_limit_used
  documentation = file("./cis_v160/docs/cis_v160_5_29.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.29"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_30" {
  title         = "5.30 Default bridge docker0 not used"
  description   = "To be written."
  severity      = "medium"
  query         = query.docker_container_default_bridge_unused
  documentation = file("./cis_v160/docs/cis_v160_5_30.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.30"
    cis_level   = "2"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_31" {
  title         = "5.31 Host user namespace not shared"
  description   = "To be written."
  severity      = "high"
  query         = query.docker_container_host_user_namespace_shared
  documentation = file("./cis_v160/docs/cis_v160_5_31.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.31"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v160_5_32" {
  title         = "5.32 Docker socket not mounted"
  description   = "To be written."
  severity      = "critical"
  query         = query.docker_container_docker_socket_not_mounted
  documentation = file("./cis_v160/docs/cis_v160_5_32.md")

  tags = merge(local.cis_v160_5_common_tags, {
    cis_item_id = "5.32"
    cis_level   = "1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

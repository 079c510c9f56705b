locals {
  cis_v180_5_common_tags = merge(local.cis_v180_common_tags, {
    cis_section_id = "5"
  })

  # a `for`, since the two sides of a condition would have to be lists of one type
  cis_v180_5_controls = [for item in [
    control.cis_v180_5_1,
    control.cis_v180_5_2,
    control.cis_v180_5_3,
    control.cis_v180_5_4,
    control.cis_v180_5_5,
    control.cis_v180_5_6,
    control.cis_v180_5_7,
    control.cis_v180_5_8,
    control.cis_v180_5_9,
    control.cis_v180_5_10,
    control.cis_v180_5_11,
    control.cis_v180_5_12,
    control.cis_v180_5_13,
    control.cis_v180_5_14,
    control.cis_v180_5_15,
    control.cis_v180_5_16,
    control.cis_v180_5_17,
    control.cis_v180_5_18,
    control.cis_v180_5_19,
    control.cis_v180_5_20,
    control.cis_v180_5_21,
    control.cis_v180_5_22,
    control.cis_v180_5_23,
    control.cis_v180_5_24,
    control.cis_v180_5_25,
    control.cis_v180_5_26,
    control.cis_v180_5_27,
    control.cis_v180_5_28,
    control.cis_v180_5_29,
    control.cis_v180_5_30,
    control.cis_v180_5_31,
    control.cis_v180_5_32
  ] : item if contains(var.benchmark_plugins, "docker")]
}

benchmark "cis_v180_5" {
  title         = "5 Container Runtime Configuration"
  documentation = file("./cis_v160/docs/cis_v160_5.md")
  children      = local.cis_v180_5_controls

  tags = merge(local.cis_v180_5_common_tags, {
    type = "Benchmark"
  })
}

control "cis_v180_5_1" {
  title         = "5.1 Swarm mode off unless needed"
  description   = "A swarm opens ports to other hosts, keeps certificates and keys, and lets managers start containers on the engine. An engine that needs none of that is easier to guard without it."
  severity      = "medium"
  query         = query.docker_info_swarm_mode_enabled
  documentation = file("./cis_v160/docs/cis_v160_5_1.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_2" {
  title         = "5.2 AppArmor confines the container"
  description   = "AppArmor keeps what a container may do within a profile, even if another barrier falls. Where the engine has it, every container should have a profile."
  severity      = "high"
  query         = query.docker_container_apparmor_profile_enabled
  documentation = file("./cis_v160/docs/cis_v160_5_2.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.2"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_3" {
  title         = "5.3 SELinux confines the container"
  description   = "SELinux keeps a container away from files and processes of others by its label. Where the engine has it, labels should not be disabled."
  severity      = "medium"
  query         = query.docker_container_selinux_enabled
  documentation = file("./cis_v160/docs/cis_v160_5_3.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.3"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_4" {
  title         = "5.4 Capabilities are restricted"
  description   = "Capabilities are parts of root's power; some are enough to take over the host. A container should have no more than the defaults, and not NET_RAW unless it needs it."
  severity      = "high"
  query         = query.docker_container_capabilities_restricted
  documentation = file("./cis_v160/docs/cis_v160_5_4.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.4"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_5" {
  title         = "5.5 No privileged containers"
  description   = "A privileged container has all capabilities and devices, and no confinement. Root in it is root on the host."
  severity      = "critical"
  query         = query.docker_container_privileged
  documentation = file("./cis_v160/docs/cis_v160_5_5.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.5"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_6" {
  title         = "5.6 No sensitive host directory mounted"
  description   = "Who may write a directory such as /etc or /usr of the host owns the host. Such directories should not be mounted in containers."
  severity      = "high"
  query         = query.docker_container_host_system_directories_mounted
  documentation = file("./cis_v160/docs/cis_v160_5_6.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.6"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_7" {
  title         = "5.7 No sshd in containers"
  description   = "An SSH server in a container is one more way in, with keys and accounts that nobody looks after. The engine's own commands do its job."
  severity      = "medium"
  query         = query.docker_container_sshd_not_running
  documentation = file("./cis_v160/docs/cis_v160_5_7.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.7"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_8" {
  title         = "5.8 No privileged host ports mapped"
  description   = "Ports below 1024 are reserved for root on a host, but any container may have them published. It can pose as a service of the host."
  severity      = "medium"
  query         = query.docker_container_privileged_ports_not_mapped
  documentation = file("./cis_v160/docs/cis_v160_5_8.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.8"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_9" {
  title         = "5.9 Only needed ports are open"
  description   = "Each published port is a way in from outside. A person must judge which are needed."
  severity      = "low"
  query         = query.docker_container_open_ports
  documentation = file("./cis_v160/docs/cis_v160_5_9.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.9"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_10" {
  title         = "5.10 Host network namespace not shared"
  description   = "A container on the host's network reaches services that listen for the host only, and opens ports past the engine. It should have a network namespace of its own."
  severity      = "high"
  query         = query.docker_container_host_network_namespace_shared
  documentation = file("./cis_v160/docs/cis_v160_5_10.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.10"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_11" {
  title         = "5.11 Memory is limited"
  description   = "A container without a memory limit can take all memory of the host, so that other containers, or the host itself, run out of it."
  severity      = "medium"
  query         = query.docker_container_memory_usage_limit
  documentation = file("./cis_v160/docs/cis_v160_5_11.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.11"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_12" {
  title         = "5.12 CPU shares are set"
  description   = "Without CPU shares of its own a container weighs as much as every other when processors are busy, so that unimportant work slows important work down."
  severity      = "low"
  query         = query.docker_container_cpu_priority_set
  documentation = file("./cis_v160/docs/cis_v160_5_12.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.12"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_13" {
  title         = "5.13 Root file system is read-only"
  description   = "If the root file system is read-only, an intruder cannot change programs or leave new ones behind."
  severity      = "medium"
  query         = query.docker_container_root_filesystem_mounted
  documentation = file("./cis_v160/docs/cis_v160_5_13.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.13"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_14" {
  title         = "5.14 Published ports are bound to one interface"
  description   = "A port published without an address is open on every interface of the host, the public one as well. Each should be bound to one address."
  severity      = "medium"
  query         = query.docker_container_ports_bound_to_interface
  documentation = file("./cis_v160/docs/cis_v160_5_14.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.14"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_15" {
  title         = "5.15 Restart policy is on-failure with at most 5 tries"
  description   = "A container that is restarted without end hides its failures and can exhaust the host. It should be restarted on failure only, and at most five times."
  severity      = "medium"
  query         = query.docker_container_restart_policy_on_failure
  documentation = file("./cis_v160/docs/cis_v160_5_15.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.15"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_16" {
  title         = "5.16 Host PID namespace not shared"
  description   = "A container in the host's PID namespace sees all processes of the host, and can signal or inspect them."
  severity      = "high"
  query         = query.docker_container_host_process_namespace_shared
  documentation = file("./cis_v160/docs/cis_v160_5_16.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.16"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_17" {
  title         = "5.17 Host IPC namespace not shared"
  description   = "A container in the host's IPC namespace can read and change the shared memory, semaphores and message queues of processes of the host."
  severity      = "high"
  query         = query.docker_container_host_ipc_namespace_shared
  documentation = file("./cis_v160/docs/cis_v160_5_17.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.17"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_18" {
  title         = "5.18 No host devices exposed"
  description   = "A device of the host inside a container reaches hardware and kernel around the walls of the container; a disk's holds all files of the host."
  severity      = "high"
  query         = query.docker_container_host_devices_exposed
  documentation = file("./cis_v160/docs/cis_v160_5_18.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.18"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_19" {
  title         = "5.19 Default ulimits overridden only where needed"
  description   = "Ulimits of its own take a container out of the limits that the daemon gives to all. They should be there only where they are needed."
  severity      = "low"
  query         = query.docker_container_default_ulimit
  documentation = file("./cis_v160/docs/cis_v160_5_19.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.19"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_20" {
  title         = "5.20 Mount propagation is not shared"
  description   = "Through a mount with shared propagation, what a container mounts appears on the host and in other containers."
  severity      = "high"
  query         = query.docker_container_mount_propagation_mode_shared
  documentation = file("./cis_v160/docs/cis_v160_5_20.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.20"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_21" {
  title         = "5.21 Host UTS namespace not shared"
  description   = "A container in the host's UTS namespace sees the host's name as its own, and may change it."
  severity      = "medium"
  query         = query.docker_container_host_uts_namespace_shared
  documentation = file("./cis_v160/docs/cis_v160_5_21.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.21"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_22" {
  title         = "5.22 Seccomp filter is active"
  description   = "Seccomp keeps containers from system calls that they do not need. Without the filter, the whole of the kernel's interface can be attacked."
  severity      = "high"
  query         = query.docker_container_default_seccomp_profile_disabled
  documentation = file("./cis_v160/docs/cis_v160_5_22.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.22"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_23" {
  title         = "5.23 docker exec not used with --privileged"
  description   = "A privileged exec gives a process all capabilities in a container that was made without them, and with them a way out to the host."
  severity      = "high"
  query         = query.docker_exec_privileged
  documentation = file("./cis_v160/docs/cis_v160_5_23.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.23"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_24" {
  title         = "5.24 docker exec not used as root"
  description   = "An exec as root undoes what a container gains from running as another user."
  severity      = "medium"
  query         = query.docker_exec_root_user
  documentation = file("./cis_v160/docs/cis_v160_5_24.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.24"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_25" {
  title         = "5.25 Container stays in the default cgroup"
  description   = "A container under another cgroup parent shares that one's limits, or escapes those that were meant for it."
  severity      = "medium"
  query         = query.docker_container_cgroup_usage
  documentation = file("./cis_v160/docs/cis_v160_5_25.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.25"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_26" {
  title         = "5.26 Container cannot gain privileges"
  description   = "Without no-new-privileges a process can become root inside the container through a set-user-ID program."
  severity      = "high"
  query         = query.docker_container_no_new_privileges
  documentation = file("./cis_v160/docs/cis_v160_5_26.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.26"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_27" {
  title         = "5.27 Health is checked at run time"
  description   = "A container whose health is not checked keeps getting work after it stopped doing any."
  severity      = "low"
  query         = query.docker_container_health_checked
  documentation = file("./cis_v160/docs/cis_v160_5_27.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.27"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_28" {
  title         = "5.28 Latest image version in use"
  description   = "A container keeps the image it was created from. A newer image under the same tag changes nothing until the container is made anew."
  severity      = "low"
  query         = query.docker_container_latest_image
  documentation = file("./cis_v160/docs/cis_v160_5_28.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.28"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_29" {
  title         = "5.29 PIDs limit is set"
  description   = "A container that may start any number of processes can fill the host's process table, so that nothing else starts any more."
  severity      = "medium"
  query         = query.docker_container_pid_cgroup_limit_used
  documentation = file("./cis_v160/docs/cis_v160_5_29.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.29"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_30" {
  title         = "5.30 Default bridge docker0 not used"
  description   = "Containers that ask for no network share the default bridge, where each reaches the ports of all others unless the engine restricts it."
  severity      = "medium"
  query         = query.docker_container_default_bridge_unused
  documentation = file("./cis_v160/docs/cis_v160_5_30.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.30"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_31" {
  title         = "5.31 Host user namespace not shared"
  description   = "A container in the host's user namespace has root of the host as its root, even if the daemon remaps users."
  severity      = "high"
  query         = query.docker_container_host_user_namespace_shared
  documentation = file("./cis_v160/docs/cis_v160_5_31.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.31"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_5_32" {
  title         = "5.32 Docker socket not mounted"
  description   = "A container that has the engine's socket can start any other container, and with it becomes root on the host."
  severity      = "critical"
  query         = query.docker_container_docker_socket_not_mounted
  documentation = file("./cis_v160/docs/cis_v160_5_32.md")

  tags = merge(local.cis_v180_5_common_tags, {
    cis_item_id = "5.32"
    cis_type    = "manual"
    service     = "Docker"
  })
}

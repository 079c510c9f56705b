locals {
  cis_v180_1_common_tags = merge(local.cis_v180_common_tags, {
    cis_section_id = "1"
  })

  # a `for`, since the two sides of a condition would have to be lists of one type
  cis_v180_1_1_controls = [for item in [
    control.cis_v180_1_1_1,
    control.cis_v180_1_1_2,
    control.cis_v180_1_1_3,
    control.cis_v180_1_1_4,
    control.cis_v180_1_1_5,
    control.cis_v180_1_1_6,
    control.cis_v180_1_1_7,
    control.cis_v180_1_1_8,
    control.cis_v180_1_1_9,
    control.cis_v180_1_1_10,
    control.cis_v180_1_1_11,
    control.cis_v180_1_1_12,
    control.cis_v180_1_1_13,
    control.cis_v180_1_1_14,
    control.cis_v180_1_1_15,
    control.cis_v180_1_1_16,
    control.cis_v180_1_1_17,
    control.cis_v180_1_1_18
  ] : item if contains(var.benchmark_plugins, "docker")]

  cis_v180_1_2_controls = [for item in [
    control.cis_v180_1_2_1,
    control.cis_v180_1_2_2
  ] : item if contains(var.benchmark_plugins, "docker")]
}

benchmark "cis_v180_1" {
  title         = "1 Host Configuration"
  documentation = file("./cis_v160/docs/cis_v160_1.md")
  children      = [
    benchmark.cis_v180_1_1,
    benchmark.cis_v180_1_2
  ]

  tags = merge(local.cis_v180_1_common_tags, {
    type = "Benchmark"
  })
}

benchmark "cis_v180_1_1" {
  title         = "1.1 Linux Hosts Specific Configuration"
  documentation = file("./cis_v160/docs/cis_v160_1_1.md")
  children      = local.cis_v180_1_1_controls

  tags = merge(local.cis_v180_1_common_tags, {
    type = "Benchmark"
  })
}

benchmark "cis_v180_1_2" {
  title         = "1.2 General Configuration"
  documentation = file("./cis_v160/docs/cis_v160_1_2.md")
  children      = local.cis_v180_1_2_controls

  tags = merge(local.cis_v180_1_common_tags, {
    type = "Benchmark"
  })
}

control "cis_v180_1_1_1" {
  title         = "1.1.1 Docker data root sits on its own mount"
  description   = "Without a mount of its own, the data of containers shares a disk with the host, and one container that fills it stops both."
  severity      = "medium"
  query         = query.docker_host_mount_data_root_separate
  documentation = file("./cis_v160/docs/cis_v160_1_1_1.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.1.1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_1_1_2" {
  title         = "1.1.2 Only trusted accounts can reach the daemon socket"
  description   = "Whoever may write to the daemon's socket has root's rights on the host. Only accounts that are meant to have them should be let in."
  severity      = "high"
  query         = query.docker_host_user_trusted
  documentation = file("./cis_v160/docs/cis_v160_1_1_2.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.1.2"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_1_1_3" {
  title         = "1.1.3 Audit rule covers /usr/bin/dockerd"
  description   = "The daemon runs with all rights of the host. An audit rule leaves a trace of who changes or starts its program."
  severity      = "medium"
  query         = query.docker_host_audit_rule_dockerd
  documentation = file("./cis_v160/docs/cis_v160_1_1_3.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.1.3"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_1_1_4" {
  title         = "1.1.4 Audit rule covers /run/containerd"
  description   = "Who can write to the state of containerd can control containers past the engine. An audit rule leaves a trace of it."
  severity      = "medium"
  query         = query.docker_host_audit_rule_run_containerd
  documentation = file("./cis_v160/docs/cis_v160_1_1_4.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.1.4"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_1_1_5" {
  title         = "1.1.5 Audit rule covers /var/lib/docker"
  description   = "The data root holds images, volumes and secrets of a swarm. An audit rule leaves a trace of changes that bypass the engine."
  severity      = "medium"
  query         = query.docker_host_audit_rule_data_root
  documentation = file("./cis_v160/docs/cis_v160_1_1_5.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.1.5"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_1_1_6" {
  title         = "1.1.6 Audit rule covers /etc/docker"
  description   = "This folder decides how the daemon runs and which registries it trusts. An audit rule leaves a trace of changes."
  severity      = "medium"
  query         = query.docker_host_audit_rule_etc_docker
  documentation = file("./cis_v160/docs/cis_v160_1_1_6.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.1.6"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_1_1_7" {
  title         = "1.1.7 Audit rule covers docker.service unit file"
  description   = "The unit decides with which options the daemon starts. An audit rule leaves a trace of changes."
  severity      = "medium"
  query         = query.docker_host_audit_rule_docker_service
  documentation = file("./cis_v160/docs/cis_v160_1_1_7.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.1.7"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_1_1_8" {
  title         = "1.1.8 Audit rule covers containerd.sock"
  description   = "The socket of containerd controls containers past the engine. An audit rule leaves a trace of changes to it."
  severity      = "medium"
  query         = query.docker_host_audit_rule_containerd_socket
  documentation = file("./cis_v160/docs/cis_v160_1_1_8.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.1.8"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_1_1_9" {
  title         = "1.1.9 Audit rule covers docker.socket / docker.sock"
  description   = "The daemon's socket gives root's rights, and its unit decides who may use it. An audit rule leaves a trace of changes."
  severity      = "medium"
  query         = query.docker_host_audit_rule_docker_socket
  documentation = file("./cis_v160/docs/cis_v160_1_1_9.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.1.9"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_1_1_10" {
  title         = "1.1.10 Audit rule covers /etc/default/docker"
  description   = "This file can set variables and options of the daemon. An audit rule leaves a trace of changes."
  severity      = "medium"
  query         = query.docker_host_audit_rule_default_docker
  documentation = file("./cis_v160/docs/cis_v160_1_1_10.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.1.10"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_1_1_11" {
  title         = "1.1.11 Audit rule covers /etc/docker/daemon.json"
  description   = "Most settings of the daemon are in this file. An audit rule leaves a trace of who changed them."
  severity      = "medium"
  query         = query.docker_host_audit_rule_daemon_json
  documentation = file("./cis_v160/docs/cis_v160_1_1_11.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.1.11"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_1_1_12" {
  title         = "1.1.12 Audit rule covers /etc/containerd/config.toml"
  description   = "This file sets the runtimes and plugins of containerd, which run as root. An audit rule leaves a trace of changes."
  severity      = "medium"
  query         = query.docker_host_audit_rule_containerd_config
  documentation = file("./cis_v160/docs/cis_v160_1_1_12.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.1.12"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_1_1_13" {
  title         = "1.1.13 Audit rule covers /etc/sysconfig/docker"
  description   = "This file can set options of the daemon. An audit rule leaves a trace of changes."
  severity      = "medium"
  query         = query.docker_host_audit_rule_sysconfig_docker
  documentation = file("./cis_v160/docs/cis_v160_1_1_13.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.1.13"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_1_1_14" {
  title         = "1.1.14 Audit rule covers /usr/bin/containerd"
  description   = "containerd runs each container, as root. An audit rule leaves a trace of who changes its program."
  severity      = "medium"
  query         = query.docker_host_audit_rule_containerd
  documentation = file("./cis_v160/docs/cis_v160_1_1_14.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.1.14"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_1_1_15" {
  title         = "1.1.15 Audit rule covers /usr/bin/containerd-shim"
  description   = "A shim sees all that a container reads and writes. An audit rule leaves a trace of who changes its program."
  severity      = "medium"
  query         = query.docker_host_audit_rule_containerd_shim
  documentation = file("./cis_v160/docs/cis_v160_1_1_15.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.1.15"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_1_1_16" {
  title         = "1.1.16 Audit rule covers /usr/bin/containerd-shim-runc-v1"
  description   = "A shim sees all that a container reads and writes. An audit rule leaves a trace of who changes its program."
  severity      = "medium"
  query         = query.docker_host_audit_rule_containerd_shim_runc_v1
  documentation = file("./cis_v160/docs/cis_v160_1_1_16.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.1.16"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_1_1_17" {
  title         = "1.1.17 Audit rule covers /usr/bin/containerd-shim-runc-v2"
  description   = "A shim sees all that a container reads and writes. An audit rule leaves a trace of who changes its program."
  severity      = "medium"
  query         = query.docker_host_audit_rule_containerd_shim_runc_v2
  documentation = file("./cis_v160/docs/cis_v160_1_1_17.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.1.17"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_1_1_18" {
  title         = "1.1.18 Audit rule covers /usr/bin/runc"
  description   = "runc makes each container, as root, and was overwritten from inside of one before. An audit rule leaves a trace of that."
  severity      = "medium"
  query         = query.docker_host_audit_rule_runc
  documentation = file("./cis_v160/docs/cis_v160_1_1_18.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.1.18"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_1_2_1" {
  title         = "1.2.1 Host operating system is hardened"
  description   = "Containers share the kernel of their host, so they are no safer than it is."
  severity      = "medium"
  query         = query.docker_info_host_hardened
  documentation = file("./cis_v160/docs/cis_v160_1_2_1.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.2.1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_1_2_2" {
  title         = "1.2.2 Engine version is current"
  description   = "Old engines have holes that are public, and get no corrections."
  severity      = "high"
  query         = query.docker_info_version_current
  documentation = file("./cis_v160/docs/cis_v160_1_2_2.md")

  tags = merge(local.cis_v180_1_common_tags, {
    cis_item_id = "1.2.2"
    cis_type    = "manual"
    service     = "Docker"
  })
}

locals {
  cis_v180_3_common_tags = merge(local.cis_v180_common_tags, {
    cis_section_id = "3"
  })

  # a `for`, since the two sides of a condition would have to be lists of one type
  cis_v180_3_controls = [for item in [
    control.cis_v180_3_1,
    control.cis_v180_3_2,
    control.cis_v180_3_3,
    control.cis_v180_3_4,
    control.cis_v180_3_5,
    control.cis_v180_3_6,
    control.cis_v180_3_7,
    control.cis_v180_3_8,
    control.cis_v180_3_9,
    control.cis_v180_3_10,
    control.cis_v180_3_11,
    control.cis_v180_3_12,
    control.cis_v180_3_13,
    control.cis_v180_3_14,
    control.cis_v180_3_15,
    control.cis_v180_3_16,
    control.cis_v180_3_17,
    control.cis_v180_3_18,
    control.cis_v180_3_19,
    control.cis_v180_3_20,
    control.cis_v180_3_21,
    control.cis_v180_3_22,
    control.cis_v180_3_23,
    control.cis_v180_3_24
  ] : item if contains(var.benchmark_plugins, "docker")]
}

benchmark "cis_v180_3" {
  title         = "3 Docker daemon configuration files"
  documentation = file("./cis_v160/docs/cis_v160_3.md")
  children      = local.cis_v180_3_controls

  tags = merge(local.cis_v180_3_common_tags, {
    type = "Benchmark"
  })
}

control "cis_v180_3_1" {
  title         = "3.1 docker.service unit file is owned by root:root"
  description   = "Systemd runs what the unit file of docker.service says, as root. If it belongs to another account, that account decides what root runs."
  severity      = "high"
  query         = query.docker_host_file_docker_service_owner
  documentation = file("./cis_v160/docs/cis_v160_3_1.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.1"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_3_2" {
  title         = "3.2 docker.service unit file mode is 0644 or tighter"
  description   = "Systemd runs what the unit file of docker.service says, as root. If others than its owner can write to it, they decide what root runs."
  severity      = "high"
  query         = query.docker_host_file_docker_service_mode
  documentation = file("./cis_v160/docs/cis_v160_3_2.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.2"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_3_3" {
  title         = "3.3 docker.socket unit file is owned by root:root"
  description   = "The unit file of docker.socket says who may reach the engine. If it belongs to another account than root, that account can open the engine to everybody."
  severity      = "high"
  query         = query.docker_host_file_docker_socket_unit_owner
  documentation = file("./cis_v160/docs/cis_v160_3_3.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.3"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_3_4" {
  title         = "3.4 docker.socket unit file mode is 0644 or tighter"
  description   = "The unit file of docker.socket says who may reach the engine. If others than its owner can write to it, they can open the engine to everybody."
  severity      = "high"
  query         = query.docker_host_file_docker_socket_unit_mode
  documentation = file("./cis_v160/docs/cis_v160_3_4.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.4"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_3_5" {
  title         = "3.5 /etc/docker directory is owned by root:root"
  description   = "The folder /etc/docker holds the daemon's settings and certificates. Its owner can replace any of them."
  severity      = "high"
  query         = query.docker_host_file_etc_docker_owner
  documentation = file("./cis_v160/docs/cis_v160_3_5.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.5"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_3_6" {
  title         = "3.6 /etc/docker directory mode is 0755 or tighter"
  description   = "The folder /etc/docker holds the daemon's settings and certificates. Whoever can write to the folder can replace any of them."
  severity      = "high"
  query         = query.docker_host_file_etc_docker_mode
  documentation = file("./cis_v160/docs/cis_v160_3_6.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.6"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_3_7" {
  title         = "3.7 Each registry certificate file is owned by root:root"
  description   = "Files below certs.d say which registries are trusted. Whoever owns one can make the engine trust a registry of his own."
  severity      = "medium"
  query         = query.docker_host_file_registry_certificate_owner
  documentation = file("./cis_v160/docs/cis_v160_3_7.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.7"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_3_8" {
  title         = "3.8 Each registry certificate file mode is 0444 or tighter"
  description   = "Files below certs.d say which registries are trusted, and hold keys. They change seldom, and nobody needs to write to them or run them."
  severity      = "medium"
  query         = query.docker_host_file_registry_certificate_mode
  documentation = file("./cis_v160/docs/cis_v160_3_8.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.8"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_3_9" {
  title         = "3.9 TLS CA certificate file is owned by root:root"
  description   = "Clients that this authority has signed may use the engine. Whoever owns the file can let in clients of his own."
  severity      = "medium"
  query         = query.docker_host_file_tls_ca_certificate_owner
  documentation = file("./cis_v160/docs/cis_v160_3_9.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.9"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_3_10" {
  title         = "3.10 TLS CA certificate file mode is 0444 or tighter"
  description   = "Clients that this authority has signed may use the engine. Nobody needs to write to its certificate, and whoever can lets in clients of his own."
  severity      = "medium"
  query         = query.docker_host_file_tls_ca_certificate_mode
  documentation = file("./cis_v160/docs/cis_v160_3_10.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.10"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_3_11" {
  title         = "3.11 Server certificate file is owned by root:root"
  description   = "With this certificate the engine shows clients who it is. Whoever owns the file can replace it."
  severity      = "medium"
  query         = query.docker_host_file_tls_certificate_owner
  documentation = file("./cis_v160/docs/cis_v160_3_11.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.11"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_3_12" {
  title         = "3.12 Server certificate file mode is 0444 or tighter"
  description   = "With this certificate the engine shows clients who it is. It changes seldom, and nobody needs to write to it."
  severity      = "medium"
  query         = query.docker_host_file_tls_certificate_mode
  documentation = file("./cis_v160/docs/cis_v160_3_12.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.12"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_3_13" {
  title         = "3.13 Server private key file is owned by root:root"
  description   = "Whoever has the daemon's TLS key can pass for the engine. Its owner can read it, whatever its mode."
  severity      = "high"
  query         = query.docker_host_file_tls_key_owner
  documentation = file("./cis_v160/docs/cis_v160_3_13.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.13"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_3_14" {
  title         = "3.14 Server private key file mode is 0400 or tighter"
  description   = "Whoever has the daemon's TLS key can pass for the engine. Only root needs to read it, and nobody to write to it."
  severity      = "critical"
  query         = query.docker_host_file_tls_key_mode
  documentation = file("./cis_v160/docs/cis_v160_3_14.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.14"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_3_15" {
  title         = "3.15 Docker socket is owned by root:docker"
  description   = "Whoever may use the engine's socket is root on the host. Its owner can open it to others."
  severity      = "critical"
  query         = query.docker_host_file_docker_socket_owner
  documentation = file("./cis_v160/docs/cis_v160_3_15.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.15"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_3_16" {
  title         = "3.16 Docker socket mode is 0660 or tighter"
  description   = "Whoever may write to the engine's socket is root on the host. It should be open to its owner and to its group, and to nobody else."
  severity      = "critical"
  query         = query.docker_host_file_docker_socket_mode
  documentation = file("./cis_v160/docs/cis_v160_3_16.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.16"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_3_17" {
  title         = "3.17 daemon.json is owned by root:root"
  description   = "daemon.json decides how the daemon runs, which program starts containers included. Its owner is root at the daemon's next start."
  severity      = "high"
  query         = query.docker_host_file_daemon_json_owner
  documentation = file("./cis_v160/docs/cis_v160_3_17.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.17"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_3_18" {
  title         = "3.18 daemon.json mode is 0644 or tighter"
  description   = "daemon.json decides how the daemon runs, which program starts containers included. Whoever can write to it is root at the daemon's next start."
  severity      = "high"
  query         = query.docker_host_file_daemon_json_mode
  documentation = file("./cis_v160/docs/cis_v160_3_18.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.18"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_3_19" {
  title         = "3.19 /etc/default/docker is owned by root:root"
  description   = "On Debian hosts /etc/default/docker sets flags of the daemon. Its owner decides how the daemon starts."
  severity      = "medium"
  query         = query.docker_host_file_default_docker_owner
  documentation = file("./cis_v160/docs/cis_v160_3_19.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.19"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_3_20" {
  title         = "3.20 /etc/default/docker mode is 0644 or tighter"
  description   = "On Debian hosts /etc/default/docker sets flags of the daemon. Whoever can write to it decides how the daemon starts."
  severity      = "medium"
  query         = query.docker_host_file_default_docker_mode
  documentation = file("./cis_v160/docs/cis_v160_3_20.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.20"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_3_21" {
  title         = "3.21 /etc/sysconfig/docker mode is 0644 or tighter"
  description   = "On hosts of the Red Hat family /etc/sysconfig/docker sets flags of the daemon. Whoever can write to it decides how the daemon starts."
  severity      = "medium"
  query         = query.docker_host_file_sysconfig_docker_mode
  documentation = file("./cis_v160/docs/cis_v160_3_21.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.21"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_3_22" {
  title         = "3.22 /etc/sysconfig/docker is owned by root:root"
  description   = "On hosts of the Red Hat family /etc/sysconfig/docker sets flags of the daemon. Its owner decides how the daemon starts."
  severity      = "medium"
  query         = query.docker_host_file_sysconfig_docker_owner
  documentation = file("./cis_v160/docs/cis_v160_3_22.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.22"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_3_23" {
  title         = "3.23 containerd socket is owned by root:root"
  description   = "Containerd starts containers for whoever can write to its socket, past the Docker daemon. Its owner can open it to others."
  severity      = "high"
  query         = query.docker_host_file_containerd_socket_owner
  documentation = file("./cis_v160/docs/cis_v160_3_23.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.23"
    cis_type    = "automated"
    service     = "Docker"
  })
}

control "cis_v180_3_24" {
  title         = "3.24 containerd socket mode is 0660 or tighter"
  description   = "Containerd starts containers for whoever can write to its socket, past the Docker daemon. Nobody but root needs it."
  severity      = "high"
  query         = query.docker_host_file_containerd_socket_mode
  documentation = file("./cis_v160/docs/cis_v160_3_24.md")

  tags = merge(local.cis_v180_3_common_tags, {
    cis_item_id = "3.24"
    cis_type    = "automated"
    service     = "Docker"
  })
}

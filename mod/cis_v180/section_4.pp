locals {
  cis_v180_4_common_tags = merge(local.cis_v180_common_tags, {
    cis_section_id = "4"
  })

  # a `for`, since the two sides of a condition would have to be lists of one type
  cis_v180_4_controls = [for item in [
    control.cis_v180_4_1,
    control.cis_v180_4_2,
    control.cis_v180_4_3,
    control.cis_v180_4_4,
    control.cis_v180_4_5,
    control.cis_v180_4_6,
    control.cis_v180_4_7,
    control.cis_v180_4_8,
    control.cis_v180_4_9,
    control.cis_v180_4_10,
    control.cis_v180_4_11,
    control.cis_v180_4_12
  ] : item if contains(var.benchmark_plugins, "docker")]
}

benchmark "cis_v180_4" {
  title         = "4 Container Images and Build File Configuration"
  documentation = file("./cis_v160/docs/cis_v160_4.md")
  children      = local.cis_v180_4_controls

  tags = merge(local.cis_v180_4_common_tags, {
    type = "Benchmark"
  })
}

control "cis_v180_4_1" {
  title         = "4.1 Container process is not root"
  description   = "A process that is root inside a container is root on the host once it breaks out, unless user namespaces are on."
  severity      = "high"
  query         = query.docker_container_non_root_user
  documentation = file("./cis_v160/docs/cis_v160_4_1.md")

  tags = merge(local.cis_v180_4_common_tags, {
    cis_item_id = "4.1"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_4_2" {
  title         = "4.2 Base images come from trusted sources"
  description   = "An image brings all its files and programs with it. Whoever publishes it decides what runs on the host."
  severity      = "medium"
  query         = query.docker_image_trusted_registry
  documentation = file("./cis_v160/docs/cis_v160_4_2.md")

  tags = merge(local.cis_v180_4_common_tags, {
    cis_item_id = "4.2"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_4_3" {
  title         = "4.3 No unnecessary packages in containers"
  description   = "Each package in a container may have flaws, and is a tool for whoever breaks in."
  severity      = "low"
  query         = query.docker_container_unnecessary_packages
  documentation = file("./cis_v160/docs/cis_v160_4_3.md")

  tags = merge(local.cis_v180_4_common_tags, {
    cis_item_id = "4.3"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_4_4" {
  title         = "4.4 Images are scanned and rebuilt"
  description   = "Flaws become known after an image is built. Only a scan shows them, and only a rebuild removes them."
  severity      = "medium"
  query         = query.docker_image_scanned
  documentation = file("./cis_v160/docs/cis_v160_4_4.md")

  tags = merge(local.cis_v180_4_common_tags, {
    cis_item_id = "4.4"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_4_5" {
  title         = "4.5 Docker content trust is enforced for clients"
  description   = "Without content trust the client takes whatever a tag refers to, whoever put it there."
  severity      = "medium"
  query         = query.docker_host_environment_content_trust
  documentation = file("./cis_v160/docs/cis_v160_4_5.md")

  tags = merge(local.cis_v180_4_common_tags, {
    cis_item_id = "4.5"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_4_6" {
  title         = "4.6 Image defines a health check"
  description   = "Without a health check the engine sees only that a process exists, not that it works."
  severity      = "medium"
  query         = query.docker_container_healthcheck_instruction
  documentation = file("./cis_v160/docs/cis_v160_4_6.md")

  tags = merge(local.cis_v180_4_common_tags, {
    cis_item_id = "4.6"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_4_7" {
  title         = "4.7 No lone package-index update layer"
  description   = "A step that only updates the package index is taken from the cache later, so that old packages are installed."
  severity      = "low"
  query         = query.docker_image_history_update_alone
  documentation = file("./cis_v160/docs/cis_v160_4_7.md")

  tags = merge(local.cis_v180_4_common_tags, {
    cis_item_id = "4.7"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_4_8" {
  title         = "4.8 setuid/setgid bits removed"
  description   = "Programs with setuid or setgid bits give a process more rights than it was started with."
  severity      = "medium"
  query         = query.docker_image_setuid_files
  documentation = file("./cis_v160/docs/cis_v160_4_8.md")

  tags = merge(local.cis_v180_4_common_tags, {
    cis_item_id = "4.8"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_4_9" {
  title         = "4.9 COPY instead of ADD"
  description   = "ADD fetches from the network and unpacks archives without being told to. COPY only copies."
  severity      = "low"
  query         = query.docker_image_history_add
  documentation = file("./cis_v160/docs/cis_v160_4_9.md")

  tags = merge(local.cis_v180_4_common_tags, {
    cis_item_id = "4.9"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_4_10" {
  title         = "4.10 No secrets baked into images"
  description   = "What is in an image can be read by everybody who can pull it, also what later steps delete."
  severity      = "high"
  query         = query.docker_image_secrets
  documentation = file("./cis_v160/docs/cis_v160_4_10.md")

  tags = merge(local.cis_v180_4_common_tags, {
    cis_item_id = "4.10"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_4_11" {
  title         = "4.11 Only verified packages installed"
  description   = "A package whose signature was not checked may come from anybody."
  severity      = "medium"
  query         = query.docker_image_verified_packages
  documentation = file("./cis_v160/docs/cis_v160_4_11.md")

  tags = merge(local.cis_v180_4_common_tags, {
    cis_item_id = "4.11"
    cis_type    = "manual"
    service     = "Docker"
  })
}

control "cis_v180_4_12" {
  title         = "4.12 Signed artifacts are validated"
  description   = "An image whose signature is not checked may have been replaced on its way."
  severity      = "medium"
  query         = query.docker_image_signed
  documentation = file("./cis_v160/docs/cis_v160_4_12.md")

  tags = merge(local.cis_v180_4_common_tags, {
    cis_item_id = "4.12"
    cis_type    = "manual"
    service     = "Docker"
  })
}

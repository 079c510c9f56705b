mod "docker_compliance" {
  title         = "Docker Compliance"
  description   = "Checks Docker engines and containers against the CIS Docker Benchmark."
  color         = "#0db7ed"
  documentation = file("./docs/index.md")
  icon          = "/images/mods/turbot/docker-compliance.svg"
  categories    = ["docker", "cis", "compliance", "iac"]

  opengraph {
    title       = "Powerpipe Mod for Docker Compliance"
    description = "Checks Docker engines and containers against the CIS Docker Benchmark."
    image       = "/images/mods/turbot/docker-compliance-social-graphic.png"
  }

  require {
    plugin "docker" {
      min_version = "0.1.0"
    }
  }
}

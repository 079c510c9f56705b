# A connection to one Docker engine. Every option is optional; without any, the engine is found as the docker
# command finds it: DOCKER_HOST, DOCKER_CONTEXT, the current context, then the default socket. The environment is
# that of the Steampipe service, not of whoever runs a query.

connection "docker" {
  plugin = "docker"

  # Where the engine listens: unix://, tcp://, http://, https:// or ssh://[user@]host[:port][/path/of/socket].
  # host = "unix:///var/run/docker.sock"
  # host = "tcp://192.0.2.10:2376"
  # host = "ssh://admin@web-1"

  # Or a context of the docker command, by name. Not together with host.
  # context = "production"

  # Folder of ca.pem, cert.pem and key.pem, for engines that speak TLS.
  # cert_path = "/etc/docker/client"

  # Whether the engine's certificate is verified.
  # tls_verify = true

  # The newest API version to use. The engine and the plugin agree on one by themselves.
  # api_version = "1.41"

  # Seconds to wait for the engine: to connect, for an answer to begin, and between its parts. A whole request takes
  # ten times as long at most.
  # timeout = 60

  # For inventories of many engines, of which some are always down: one that cannot be reached has no rows and a warning
  # in the log, instead of an error. Not for audits: a dead engine then looks like one with nothing on it, and a control
  # reads that as compliant.
  # ignore_unreachable = false

  # How many requests may be under way at the engine at once, 1 to 256.
  # max_concurrency = 128

  # Whether docker_container_env shows the values of environment variables, which often are secrets.
  # show_secrets = false

  # Where the root of the engine's host is mounted, if the plugin runs in a container of that host.
  # host_root = "/host"

  # Dockerfiles and Compose files for the tables that read them. `*`, `**` and `~` work. Paths are relative to the
  # working directory of the Steampipe service, so absolute ones are better.
  # dockerfile_paths          = ["/srv/**/Dockerfile", "~/src/*/*.dockerfile"]
  # docker_compose_file_paths = ["/srv/**/compose.yaml"]
  # paths                     = []
}

# Several engines under one name:
#
# connection "docker_all" {
#   plugin      = "docker"
#   type        = "aggregator"
#   connections = ["docker_*"]
# }

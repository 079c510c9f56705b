variable "benchmark_plugins" {
  type        = list(string)
  description = "Benchmarks hold the controls that read these plugins' tables. Every control reads docker's now; exec is still understood and selects nothing."
  default     = ["docker", "exec"]
}

variable "common_dimensions" {
  type        = list(string)
  description = "Columns that every control adds to its rows: connection_name, host (the name of the engine's host), both or none."
  default     = ["connection_name"]
}

variable "exempt_container_labels" {
  type        = list(string)
  description = "Containers with one of these labels are skipped by the controls over containers. A label is a key, or key=value."
  default     = []
}

variable "sensitive_host_directories" {
  type        = list(string)
  description = "Directories of the host that no container should have mounted (5.6)."
  default     = ["/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr"]
}

variable "allowed_registries" {
  type        = list(string)
  description = "Registries that images may come from, such as registry.example.com:5000 or docker.io; a path below one, such as docker.io/library, narrows it (4.2). Empty: a person must judge."
  default     = []
}

variable "trusted_users" {
  type        = list(string)
  description = "Accounts that may reach the engine's socket (1.1.2). Empty: a person must judge."
  default     = []
}

variable "minimum_engine_version" {
  type        = string
  description = "The oldest version of the engine that counts as current, such as 28.0.1 (1.2.2). Empty: a person must judge."
  default     = ""
}

variable "proxied_engines" {
  type        = list(string)
  description = "Engines, by host name or ID, whose API is reached through a proxy that authorizes each request, so that no authorization plugin is needed (2.12)."
  default     = []
}

variable "swarm_wanted" {
  type        = bool
  description = "True if engines are meant to be in a swarm (5.1)."
  default     = false
}

variable "stopped_container_limit" {
  type        = number
  description = "How many stopped containers are too many (6.2)."
  default     = 25
}

variable "swarm_manager_limit" {
  type        = number
  description = "The most managers that a swarm should have (7.1)."
  default     = 7
}

variable "swarm_node_cert_expiry_limit_hours" {
  type        = number
  description = "The longest life of a swarm node's certificate, in hours (7.7)."
  default     = 2160
}

variable "benchmark_plugins" {
  type        = list(string)
  description = "Benchmarks hold the controls that read these plugins' tables. Every control reads docker's now; exec is still understood and selects nothing."
  default     = ["docker", "exec"]
}

variable "common_dimensions" {
  type        = list(string)
  description = "Columns that every control adds to its rows: connection_name, or none."
  default     = ["connection_name"]
}

locals {
  docker_compliance_common_tags = {
    category = "Compliance"
    plugin   = "docker"
    service  = "Docker"
  }

  # The columns of var.common_dimensions as the end of a select list. __QUALIFIER__ stands for a table's name and a
  # dot, in queries that read several tables.
  common_dimensions_qualifier_sql = <<-EOQ
  %{~if contains(var.common_dimensions, "connection_name")}, __QUALIFIER___ctx ->> 'connection_name' as connection_name%{endif~}
  EOQ

  common_dimensions_sql = replace(local.common_dimensions_qualifier_sql, "__QUALIFIER__", "")
}

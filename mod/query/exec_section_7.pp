query "exec_swarm_services_bound_to_specific_host_interface" {
  title       = "Swarm ports bound to one interface"
  description = "Deprecated: the same as docker_compliance.query.docker_host_listener_swarm_ports, under its former name."
  sql         = local.docker_host_listener_swarm_ports_sql
}

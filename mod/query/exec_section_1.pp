query "exec_separate_partition_for_containers_created" {
  title       = "Docker data root sits on its own mount"
  description = "Deprecated: the same as docker_compliance.query.docker_host_mount_data_root_separate, under its former name."
  sql         = local.docker_host_mount_data_root_separate_sql
}

query "exec_auditing_configured_docker_daemon" {
  title       = "Audit rule covers /usr/bin/dockerd"
  description = "Deprecated: the same as docker_compliance.query.docker_host_audit_rule_dockerd, under its former name."
  sql         = local.docker_host_audit_rule_dockerd_sql
}

query "exec_auditing_configured_run_containerd" {
  title       = "Audit rule covers /run/containerd"
  description = "Deprecated: the same as docker_compliance.query.docker_host_audit_rule_run_containerd, under its former name."
  sql         = local.docker_host_audit_rule_run_containerd_sql
}

query "exec_auditing_configured_var_lib_docker" {
  title       = "Audit rule covers /var/lib/docker"
  description = "Deprecated: the same as docker_compliance.query.docker_host_audit_rule_data_root, under its former name."
  sql         = local.docker_host_audit_rule_data_root_sql
}

query "exec_auditing_configured_etc_docker" {
  title       = "Audit rule covers /etc/docker"
  description = "Deprecated: the same as docker_compliance.query.docker_host_audit_rule_etc_docker, under its former name."
  sql         = local.docker_host_audit_rule_etc_docker_sql
}

query "exec_auditing_configured_docker_service" {
  title       = "Audit rule covers docker.service unit file"
  description = "Deprecated: the same as docker_compliance.query.docker_host_audit_rule_docker_service, under its former name."
  sql         = local.docker_host_audit_rule_docker_service_sql
}

query "exec_auditing_configured_containerd_sock" {
  title       = "Audit rule covers containerd.sock"
  description = "Deprecated: the same as docker_compliance.query.docker_host_audit_rule_containerd_socket, under its former name."
  sql         = local.docker_host_audit_rule_containerd_socket_sql
}

query "exec_auditing_configured_docker_socket" {
  title       = "Audit rule covers docker.socket / docker.sock"
  description = "Deprecated: the same as docker_compliance.query.docker_host_audit_rule_docker_socket, under its former name."
  sql         = local.docker_host_audit_rule_docker_socket_sql
}

query "exec_auditing_configured_etc_default_docker" {
  title       = "Audit rule covers /etc/default/docker"
  description = "Deprecated: the same as docker_compliance.query.docker_host_audit_rule_default_docker, under its former name."
  sql         = local.docker_host_audit_rule_default_docker_sql
}

query "exec_auditing_configured_etc_docker_daemon" {
  title       = "Audit rule covers /etc/docker/daemon.json"
  description = "Deprecated: the same as docker_compliance.query.docker_host_audit_rule_daemon_json, under its former name."
  sql         = local.docker_host_audit_rule_daemon_json_sql
}

query "exec_auditing_configured_etc_containerd_config" {
  title       = "Audit rule covers /etc/containerd/config.toml"
  description = "Deprecated: the same as docker_compliance.query.docker_host_audit_rule_containerd_config, under its former name."
  sql         = local.docker_host_audit_rule_containerd_config_sql
}

query "exec_auditing_configured_etc_sysconfig_docker" {
  title       = "Audit rule covers /etc/sysconfig/docker"
  description = "Deprecated: the same as docker_compliance.query.docker_host_audit_rule_sysconfig_docker, under its former name."
  sql         = local.docker_host_audit_rule_sysconfig_docker_sql
}

query "exec_auditing_configured_usr_bin_containerd" {
  title       = "Audit rule covers /usr/bin/containerd"
  description = "Deprecated: the same as docker_compliance.query.docker_host_audit_rule_containerd, under its former name."
  sql         = local.docker_host_audit_rule_containerd_sql
}

query "exec_auditing_configured_usr_bin_containerd_shim" {
  title       = "Audit rule covers /usr/bin/containerd-shim"
  description = "Deprecated: the same as docker_compliance.query.docker_host_audit_rule_containerd_shim, under its former name."
  sql         = local.docker_host_audit_rule_containerd_shim_sql
}

query "exec_auditing_configured_usr_bin_containerd_shim_runc_v1" {
  title       = "Audit rule covers /usr/bin/containerd-shim-runc-v1"
  description = "Deprecated: the same as docker_compliance.query.docker_host_audit_rule_containerd_shim_runc_v1, under its former name."
  sql         = local.docker_host_audit_rule_containerd_shim_runc_v1_sql
}

query "exec_auditing_configured_usr_bin_containerd_shim_runc_v2" {
  title       = "Audit rule covers /usr/bin/containerd-shim-runc-v2"
  description = "Deprecated: the same as docker_compliance.query.docker_host_audit_rule_containerd_shim_runc_v2, under its former name."
  sql         = local.docker_host_audit_rule_containerd_shim_runc_v2_sql
}

query "exec_auditing_configured_usr_bin_runc" {
  title       = "Audit rule covers /usr/bin/runc"
  description = "Deprecated: the same as docker_compliance.query.docker_host_audit_rule_runc, under its former name."
  sql         = local.docker_host_audit_rule_runc_sql
}

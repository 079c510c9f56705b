# Owner and mode of the files that the daemon uses: where they are is found as the daemon finds them. A query is about the
# files of one purpose; each has a row. The resource is the host, or the path where there can be several files.
locals {
  docker_host_file_sql = <<-EOQ
    with file as (
      select
        sp_connection_name,
        purpose,
        path,
        path || coalesce(' (which leads to ' || symlink_target || ')', '') as place,
        exists,
        uid,
        gid,
        owner,
        group_name,
        coalesce(owner, uid::text, 'nobody knows whom') || ':' || coalesce(group_name, gid::text, 'nobody knows which') as owners,
        mode,
        mode_int,
        readable,
        rtrim(error, '.') as error,
        count(path) over (partition by sp_connection_name) as files
      from
        docker_host_file
      where
        purpose = '__PURPOSE__'
        or purpose is null
    ), verdict as (
      select
        case
          when f.path is not null and (f.files > 1 or f.purpose = 'registry_certificate') then f.path
          else ${local.host_resource_sql}
        end as resource,
        ${local.engine_subject_sql} as subject,
        case
          when e.os_type = 'windows' then array['skip', 'a Windows engine has no __WHAT__ with an owner and a mode of Unix.']
          when e.engine = 'Podman' then array['skip', 'Podman does not use the __WHAT__ of Docker.']
          when f.purpose is null then array['skip', 'facts of the host are not available: ' || coalesce(f.error, 'nothing is known of it') || '.']
          when f.readable is not true then array['error', coalesce(f.error, 'the __WHAT__ cannot be seen') || '.']
          when f.path is null then array['skip', 'the daemon uses no __WHAT__.']
          when f.exists is false then array['skip', f.path || ' does not exist.']
          __JUDGE__
        end as finding,
        e.name as host,
        e._ctx
      from
        docker_info as e
        left join file as f on f.sp_connection_name = e.sp_connection_name
    )
    ${local.rows_sql}
  EOQ

  # The user of a rootless daemon owns its files: only those of root can be told to be wrong.
  docker_host_file_owner_sql = replace(local.docker_host_file_sql, "__JUDGE__", chomp(<<-EOQ
          when coalesce(f.uid = 0, f.owner = 'root') and coalesce(__GROUP__) then array['ok', f.place || ' is owned by ' || f.owners || '.']
          when coalesce(f.uid::text, f.owner) is null or coalesce(f.gid::text, f.group_name) is null then array['error', 'who owns ' || f.place || ' is not known.']
          when e.security_options @? '$[*] ? (@ like_regex "^name=rootless(,|$)")' and f.uid <> 0 then array['skip', 'the engine is rootless, and ' || f.place || ' is owned by its user, ' || f.owners || '.']
          else array['alarm', f.place || ' is owned by ' || f.owners || ', not by root:__GROUP_NAME__.']
  EOQ
  ))

  docker_host_file_mode_sql = replace(local.docker_host_file_sql, "__JUDGE__", chomp(<<-EOQ
          when f.mode_int & ~__MODE_INT__ = 0 then array['ok', f.place || ' has mode ' || coalesce(f.mode, f.mode_int::text) || '; at most __MODE__ is expected.']
          when f.mode_int is null then array['error', 'the mode of ' || f.place || ' is not known.']
          else array['alarm', f.place || ' has mode ' || coalesce(f.mode, f.mode_int::text) || ', which allows more than __MODE__.']
  EOQ
  ))

  # Root's group by its number, docker's by its name.
  docker_host_file_root_sql   = replace(replace(local.docker_host_file_owner_sql, "__GROUP_NAME__", "root"), "__GROUP__", "f.gid = 0, f.group_name = 'root'")
  docker_host_file_docker_sql = replace(replace(local.docker_host_file_owner_sql, "__GROUP_NAME__", "docker"), "__GROUP__", "f.group_name = 'docker'")

  docker_host_file_docker_service_owner_sql       = replace(replace(local.docker_host_file_root_sql, "__PURPOSE__", "service_unit"), "__WHAT__", "unit file of docker.service")
  docker_host_file_docker_socket_unit_owner_sql   = replace(replace(local.docker_host_file_root_sql, "__PURPOSE__", "socket_unit"), "__WHAT__", "unit file of docker.socket")
  docker_host_file_etc_docker_owner_sql           = replace(replace(local.docker_host_file_root_sql, "__PURPOSE__", "config_folder"), "__WHAT__", "folder of configuration")
  docker_host_file_registry_certificate_owner_sql = replace(replace(local.docker_host_file_root_sql, "__PURPOSE__", "registry_certificate"), "__WHAT__", "certificate of a registry")
  docker_host_file_tls_ca_certificate_owner_sql   = replace(replace(local.docker_host_file_root_sql, "__PURPOSE__", "tls_ca_certificate"), "__WHAT__", "certificate of a TLS authority")
  docker_host_file_tls_certificate_owner_sql      = replace(replace(local.docker_host_file_root_sql, "__PURPOSE__", "tls_certificate"), "__WHAT__", "TLS certificate")
  docker_host_file_tls_key_owner_sql              = replace(replace(local.docker_host_file_root_sql, "__PURPOSE__", "tls_key"), "__WHAT__", "TLS key")
  docker_host_file_docker_socket_owner_sql        = replace(replace(local.docker_host_file_docker_sql, "__PURPOSE__", "socket"), "__WHAT__", "Unix socket")
  docker_host_file_daemon_json_owner_sql          = replace(replace(local.docker_host_file_root_sql, "__PURPOSE__", "daemon_config"), "__WHAT__", "file of settings")
  docker_host_file_default_docker_owner_sql       = replace(replace(local.docker_host_file_root_sql, "__PURPOSE__", "default_file"), "__WHAT__", "file /etc/default/docker")
  docker_host_file_sysconfig_docker_owner_sql     = replace(replace(local.docker_host_file_root_sql, "__PURPOSE__", "sysconfig_file"), "__WHAT__", "file /etc/sysconfig/docker")
  docker_host_file_containerd_socket_owner_sql    = replace(replace(local.docker_host_file_root_sql, "__PURPOSE__", "containerd_socket"), "__WHAT__", "socket of containerd")

  docker_host_file_docker_service_mode_sql       = replace(replace(replace(replace(local.docker_host_file_mode_sql, "__PURPOSE__", "service_unit"), "__WHAT__", "unit file of docker.service"), "__MODE_INT__", "420"), "__MODE__", "0644")
  docker_host_file_docker_socket_unit_mode_sql   = replace(replace(replace(replace(local.docker_host_file_mode_sql, "__PURPOSE__", "socket_unit"), "__WHAT__", "unit file of docker.socket"), "__MODE_INT__", "420"), "__MODE__", "0644")
  docker_host_file_etc_docker_mode_sql           = replace(replace(replace(replace(local.docker_host_file_mode_sql, "__PURPOSE__", "config_folder"), "__WHAT__", "folder of configuration"), "__MODE_INT__", "493"), "__MODE__", "0755")
  docker_host_file_registry_certificate_mode_sql = replace(replace(replace(replace(local.docker_host_file_mode_sql, "__PURPOSE__", "registry_certificate"), "__WHAT__", "certificate of a registry"), "__MODE_INT__", "292"), "__MODE__", "0444")
  docker_host_file_tls_ca_certificate_mode_sql   = replace(replace(replace(replace(local.docker_host_file_mode_sql, "__PURPOSE__", "tls_ca_certificate"), "__WHAT__", "certificate of a TLS authority"), "__MODE_INT__", "292"), "__MODE__", "0444")
  docker_host_file_tls_certificate_mode_sql      = replace(replace(replace(replace(local.docker_host_file_mode_sql, "__PURPOSE__", "tls_certificate"), "__WHAT__", "TLS certificate"), "__MODE_INT__", "292"), "__MODE__", "0444")
  docker_host_file_tls_key_mode_sql              = replace(replace(replace(replace(local.docker_host_file_mode_sql, "__PURPOSE__", "tls_key"), "__WHAT__", "TLS key"), "__MODE_INT__", "256"), "__MODE__", "0400")
  docker_host_file_docker_socket_mode_sql        = replace(replace(replace(replace(local.docker_host_file_mode_sql, "__PURPOSE__", "socket"), "__WHAT__", "Unix socket"), "__MODE_INT__", "432"), "__MODE__", "0660")
  docker_host_file_daemon_json_mode_sql          = replace(replace(replace(replace(local.docker_host_file_mode_sql, "__PURPOSE__", "daemon_config"), "__WHAT__", "file of settings"), "__MODE_INT__", "420"), "__MODE__", "0644")
  docker_host_file_default_docker_mode_sql       = replace(replace(replace(replace(local.docker_host_file_mode_sql, "__PURPOSE__", "default_file"), "__WHAT__", "file /etc/default/docker"), "__MODE_INT__", "420"), "__MODE__", "0644")
  docker_host_file_sysconfig_docker_mode_sql     = replace(replace(replace(replace(local.docker_host_file_mode_sql, "__PURPOSE__", "sysconfig_file"), "__WHAT__", "file /etc/sysconfig/docker"), "__MODE_INT__", "420"), "__MODE__", "0644")
  docker_host_file_containerd_socket_mode_sql    = replace(replace(replace(replace(local.docker_host_file_mode_sql, "__PURPOSE__", "containerd_socket"), "__WHAT__", "socket of containerd"), "__MODE_INT__", "432"), "__MODE__", "0660")
}

query "docker_host_file_docker_service_owner" {
  title       = "Owner of the unit file of docker.service"
  description = "One row an engine: is the unit file of docker.service owned by root:root?"
  sql         = local.docker_host_file_docker_service_owner_sql
}

query "docker_host_file_docker_service_mode" {
  title       = "Mode of the unit file of docker.service"
  description = "One row an engine: is the mode of the unit file of docker.service 0644 or tighter?"
  sql         = local.docker_host_file_docker_service_mode_sql
}

query "docker_host_file_docker_socket_unit_owner" {
  title       = "Owner of the unit file of docker.socket"
  description = "One row an engine: is the unit file of docker.socket owned by root:root?"
  sql         = local.docker_host_file_docker_socket_unit_owner_sql
}

query "docker_host_file_docker_socket_unit_mode" {
  title       = "Mode of the unit file of docker.socket"
  description = "One row an engine: is the mode of the unit file of docker.socket 0644 or tighter?"
  sql         = local.docker_host_file_docker_socket_unit_mode_sql
}

query "docker_host_file_etc_docker_owner" {
  title       = "Owner of the folder of configuration"
  description = "One row an engine: is the folder of configuration owned by root:root?"
  sql         = local.docker_host_file_etc_docker_owner_sql
}

query "docker_host_file_etc_docker_mode" {
  title       = "Mode of the folder of configuration"
  description = "One row an engine: is the mode of the folder of configuration 0755 or tighter?"
  sql         = local.docker_host_file_etc_docker_mode_sql
}

query "docker_host_file_registry_certificate_owner" {
  title       = "Owner of the certificate of a registry"
  description = "One row a certificate: is it owned by root:root?"
  sql         = local.docker_host_file_registry_certificate_owner_sql
}

query "docker_host_file_registry_certificate_mode" {
  title       = "Mode of the certificate of a registry"
  description = "One row a certificate: is the mode of it 0444 or tighter?"
  sql         = local.docker_host_file_registry_certificate_mode_sql
}

query "docker_host_file_tls_ca_certificate_owner" {
  title       = "Owner of the certificate of a TLS authority"
  description = "One row an engine: is the certificate of a TLS authority owned by root:root?"
  sql         = local.docker_host_file_tls_ca_certificate_owner_sql
}

query "docker_host_file_tls_ca_certificate_mode" {
  title       = "Mode of the certificate of a TLS authority"
  description = "One row an engine: is the mode of the certificate of a TLS authority 0444 or tighter?"
  sql         = local.docker_host_file_tls_ca_certificate_mode_sql
}

query "docker_host_file_tls_certificate_owner" {
  title       = "Owner of the TLS certificate"
  description = "One row an engine: is the TLS certificate owned by root:root?"
  sql         = local.docker_host_file_tls_certificate_owner_sql
}

query "docker_host_file_tls_certificate_mode" {
  title       = "Mode of the TLS certificate"
  description = "One row an engine: is the mode of the TLS certificate 0444 or tighter?"
  sql         = local.docker_host_file_tls_certificate_mode_sql
}

query "docker_host_file_tls_key_owner" {
  title       = "Owner of the TLS key"
  description = "One row an engine: is the TLS key owned by root:root?"
  sql         = local.docker_host_file_tls_key_owner_sql
}

query "docker_host_file_tls_key_mode" {
  title       = "Mode of the TLS key"
  description = "One row an engine: is the mode of the TLS key 0400 or tighter?"
  sql         = local.docker_host_file_tls_key_mode_sql
}

query "docker_host_file_docker_socket_owner" {
  title       = "Owner of the Unix socket"
  description = "One row a socket: is it owned by root:docker?"
  sql         = local.docker_host_file_docker_socket_owner_sql
}

query "docker_host_file_docker_socket_mode" {
  title       = "Mode of the Unix socket"
  description = "One row a socket: is the mode of it 0660 or tighter?"
  sql         = local.docker_host_file_docker_socket_mode_sql
}

query "docker_host_file_daemon_json_owner" {
  title       = "Owner of the file of settings"
  description = "One row an engine: is the file of settings owned by root:root?"
  sql         = local.docker_host_file_daemon_json_owner_sql
}

query "docker_host_file_daemon_json_mode" {
  title       = "Mode of the file of settings"
  description = "One row an engine: is the mode of the file of settings 0644 or tighter?"
  sql         = local.docker_host_file_daemon_json_mode_sql
}

query "docker_host_file_default_docker_owner" {
  title       = "Owner of the file /etc/default/docker"
  description = "One row an engine: is the file /etc/default/docker owned by root:root?"
  sql         = local.docker_host_file_default_docker_owner_sql
}

query "docker_host_file_default_docker_mode" {
  title       = "Mode of the file /etc/default/docker"
  description = "One row an engine: is the mode of the file /etc/default/docker 0644 or tighter?"
  sql         = local.docker_host_file_default_docker_mode_sql
}

query "docker_host_file_sysconfig_docker_owner" {
  title       = "Owner of the file /etc/sysconfig/docker"
  description = "One row an engine: is the file /etc/sysconfig/docker owned by root:root?"
  sql         = local.docker_host_file_sysconfig_docker_owner_sql
}

query "docker_host_file_sysconfig_docker_mode" {
  title       = "Mode of the file /etc/sysconfig/docker"
  description = "One row an engine: is the mode of the file /etc/sysconfig/docker 0644 or tighter?"
  sql         = local.docker_host_file_sysconfig_docker_mode_sql
}

query "docker_host_file_containerd_socket_owner" {
  title       = "Owner of the socket of containerd"
  description = "One row an engine: is the socket of containerd owned by root:root?"
  sql         = local.docker_host_file_containerd_socket_owner_sql
}

query "docker_host_file_containerd_socket_mode" {
  title       = "Mode of the socket of containerd"
  description = "One row an engine: is the mode of the socket of containerd 0660 or tighter?"
  sql         = local.docker_host_file_containerd_socket_mode_sql
}

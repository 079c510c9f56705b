# Whether files of an engine are audited. A file is covered by a rule on its path, or by one on a folder above it that
# holds for all below. What keeps events out of the log covers nothing. What a query audits are its rows `target`:
#   path, paths      the path, and all its spellings
#   purpose          null if the host cannot be seen
#   exists           false if there is nothing to audit
locals {
  # The files of one purpose.
  audited_file_sql = <<-EOQ
      select
        sp_connection_name,
        purpose,
        path,
        array[path, symlink_target] as paths,
        exists,
        readable,
        error
      from
        docker_host_file
      where
        purpose = '__PURPOSE__'
        or purpose is null
  EOQ

  # A daemon that answers has a program, wherever that is and whoever may see it: only its path must be known.
  audited_daemon_sql = <<-EOQ
      select
        sp_connection_name,
        purpose,
        path,
        array[path, symlink_target] as paths,
        true as exists,
        path is not null as readable,
        error
      from
        docker_host_file
      where
        purpose = 'daemon_binary'
        or purpose is null
  EOQ

  # Each Unix socket of the daemon. That which systemd opens is audited by its unit's file as well. If there is no
  # socket, the unit's file is what is left to audit.
  audited_socket_sql = <<-EOQ
      select
        f.sp_connection_name,
        f.purpose,
        f.path,
        array[f.path, f.symlink_target] || case
          when f.purpose = 'socket' and (f.setting like 'ListenStream%' or regexp_replace(f.path, '^/var/run/', '/run/') = '/run/docker.sock') then u.paths
        end as paths,
        f.exists,
        f.readable,
        f.error
      from
        socket_file as f
        left join (
          select
            sp_connection_name,
            bool_or(purpose = 'socket' and path is not null and (exists or not readable)) as has_socket,
            bool_or(purpose = 'socket' and not readable) as has_unseen_socket,
            bool_or(purpose = 'socket_unit' and (exists or not readable)) as has_unit,
            array_agg(path) filter (where purpose = 'socket_unit' and exists)
              || array_agg(symlink_target) filter (where purpose = 'socket_unit' and exists) as paths
          from
            socket_file
          group by
            sp_connection_name
        ) as u on u.sp_connection_name = f.sp_connection_name
      where
        f.purpose is null
        or case
          when u.has_socket then f.purpose = 'socket' and f.path is not null and f.exists is not false
          when u.has_unit and not u.has_unseen_socket then f.purpose = 'socket_unit'
          else f.purpose = 'socket'
        end
  EOQ

  socket_file_sql = <<-EOQ
      select
        sp_connection_name,
        purpose,
        setting,
        path,
        symlink_target,
        exists,
        readable,
        error
      from
        docker_host_file
      where
        purpose in ('socket', 'socket_unit')
        or purpose is null
  EOQ

  # Rules of the audit system. `is_off` switches all of it off; `covers` and `keeps_out` are about the rule's path.
  audit_rule_columns_sql = <<-EOQ
        sp_connection_name,
        kind,
        rule,
        'rule `' || rule || '` (' || file || ', line ' || line || ')' as place,
        file <> '/etc/audit/audit.rules' as is_source,
        file,
        line,
        exists,
        readable,
        error,
        array[path, resolved_path] as paths,
        coalesce(is_recursive, kind = 'watch') as is_recursive,
        is_active and not is_exclusion and list = 'exit' and action = 'always' as covers,
        is_active and list = 'exit' and action = 'never'
          and not fields @? '$[*] ? (@.name != "path" && @.name != "dir" && @.name != "perm" && @.name != "arch")' as keeps_out,
        is_active and list = 'task' and action = 'never' and fields = '[]'::jsonb as is_off
  EOQ

  # `/var/run` is a link to `/run`.
  plain_path_sql = "regexp_replace(regexp_replace(__PATH__, '/+', '/', 'g'), '^/var/run(/|$)', '/run\\1')"

  docker_host_audit_rule_sql = <<-EOQ
    with __BEFORE__target as (
      __TARGET__
    ), rule as (
      select
        ${local.audit_rule_columns_sql}
      from
        docker_host_audit_rule
    ), rules as (
      select
        sp_connection_name,
        count(distinct rule) filter (where kind in ('watch', 'syscall')) as rules,
        bool_or(kind = 'source' and exists) as has_files,
        (array_agg(place order by is_source desc, file, line) filter (where is_off))[1] as off_by,
        bool_or(kind = 'control' and rule ~ '^-e\s+0$') and not bool_or(kind = 'control' and rule ~ '^-e\s+[12]$') as is_disabled,
        (array_agg(error order by file, line) filter (where not readable))[1] as error
      from
        rule
      group by
        sp_connection_name
    ), target_path as (
      select distinct
        t.sp_connection_name,
        t.path,
        ${replace(local.plain_path_sql, "__PATH__", "p.path")} as plain
      from
        target as t
        cross join lateral unnest(t.paths) as p(path)
      where
        p.path is not null
    ), rule_path as (
      select distinct
        r.sp_connection_name,
        r.place,
        r.is_source,
        r.file,
        r.line,
        r.is_recursive,
        r.covers,
        r.keeps_out,
        ${replace(local.plain_path_sql, "__PATH__", "p.path")} as plain
      from
        rule as r
        cross join lateral unnest(r.paths) as p(path)
      where
        p.path is not null
        and (r.covers or r.keeps_out)
    ), watched as (
      select
        t.sp_connection_name,
        t.path,
        (array_agg(r.place order by r.is_source desc, r.file, r.line) filter (where r.covers and not r.is_below))[1] as covered_by,
        (array_agg(r.place order by r.is_source desc, r.file, r.line) filter (where r.keeps_out and not r.is_below))[1] as kept_out_by,
        string_agg(distinct r.plain, ', ' order by r.plain) filter (where r.covers and r.is_below) as below
      from
        target_path as t
        join lateral (
          select
            place,
            is_source,
            file,
            line,
            covers,
            keeps_out,
            plain,
            starts_with(plain, t.plain || '/') as is_below
          from
            rule_path
          where
            sp_connection_name = t.sp_connection_name
            and (
              plain = t.plain
              or (is_recursive and starts_with(t.plain, rtrim(plain, '/') || '/'))
              or starts_with(plain, t.plain || '/')
            )
        ) as r on true
      group by
        t.sp_connection_name,
        t.path
    ), verdict as (
      select
        ${local.host_columns_sql},
        case
          when e.os_type = 'windows' then array['skip', 'a Windows engine has no Linux audit rules.']
          when e.engine = 'Podman' then array['skip', 'Podman does not use __NAME__ of Docker.']
          when t.purpose is null then array['skip', 'facts of the host are not available: ' || coalesce(t.error, 'nothing is known of it') || '.']
          when t.readable is not true then array['error', coalesce(t.error, '__NAME__ cannot be seen') || '.']
          when not t.exists then array['skip', coalesce(t.path, '__NAME__') || ' does not exist, so there is nothing to audit.']
          when w.covered_by is not null and r.off_by is not null then array['alarm', t.path || ' has ' || w.covered_by || ', but ' || r.off_by || ' switches the audit of system calls off.']
          when w.covered_by is not null and r.is_disabled then array['alarm', t.path || ' has ' || w.covered_by || ', but `-e 0` switches auditing off.']
          when w.covered_by is not null and w.kept_out_by is not null then array['info', t.path || ' has ' || w.covered_by || ', but ' || w.kept_out_by || ' keeps events out of the log: their order decides.']
          when w.covered_by is not null then array['ok', t.path || ' is audited by ' || w.covered_by || '.']
          when r.error is not null then array['error', 'whether ' || t.path || ' is audited is not known: ' || r.error || '.']
          when not r.has_files then array['alarm', 'no audit rule covers ' || t.path || ': neither /etc/audit/rules.d nor /etc/audit/audit.rules is there.']
          when w.below is not null then array['alarm', 'no audit rule covers ' || t.path || ', only what lies below it: ' || w.below || '.']
          else array['alarm', 'no audit rule covers ' || t.path || ' or a folder above it (rules seen: ' || r.rules || ').']
        end as finding
      from
        docker_info as e
        left join target as t on t.sp_connection_name = e.sp_connection_name
        left join rules as r on r.sp_connection_name = e.sp_connection_name
        left join watched as w on w.sp_connection_name = t.sp_connection_name and w.path = t.path
    )
    ${local.rows_sql}
  EOQ

  audited_file_rules_sql = replace(replace(local.docker_host_audit_rule_sql, "__BEFORE__", ""), "__TARGET__", chomp(local.audited_file_sql))

  docker_host_audit_rule_dockerd_sql = replace(replace(replace(local.docker_host_audit_rule_sql, "__BEFORE__", ""), "__TARGET__", chomp(local.audited_daemon_sql)), "__NAME__", "the program dockerd")

  docker_host_audit_rule_docker_socket_sql = replace(replace(replace(local.docker_host_audit_rule_sql, "__BEFORE__", "socket_file as (\n${chomp(local.socket_file_sql)}\n    ), "), "__TARGET__", chomp(local.audited_socket_sql)), "__NAME__", "the socket")

  docker_host_audit_rule_run_containerd_sql          = replace(replace(local.audited_file_rules_sql, "__PURPOSE__", "containerd_run_folder"), "__NAME__", "the state folder of containerd")
  docker_host_audit_rule_data_root_sql               = replace(replace(local.audited_file_rules_sql, "__PURPOSE__", "data_root"), "__NAME__", "the data root")
  docker_host_audit_rule_etc_docker_sql              = replace(replace(local.audited_file_rules_sql, "__PURPOSE__", "config_folder"), "__NAME__", "the folder of configuration")
  docker_host_audit_rule_docker_service_sql          = replace(replace(local.audited_file_rules_sql, "__PURPOSE__", "service_unit"), "__NAME__", "the unit file of docker.service")
  docker_host_audit_rule_containerd_socket_sql       = replace(replace(local.audited_file_rules_sql, "__PURPOSE__", "containerd_socket"), "__NAME__", "the socket of containerd")
  docker_host_audit_rule_default_docker_sql          = replace(replace(local.audited_file_rules_sql, "__PURPOSE__", "default_file"), "__NAME__", "the file /etc/default/docker")
  docker_host_audit_rule_daemon_json_sql             = replace(replace(local.audited_file_rules_sql, "__PURPOSE__", "daemon_config"), "__NAME__", "the file daemon.json")
  docker_host_audit_rule_containerd_config_sql       = replace(replace(local.audited_file_rules_sql, "__PURPOSE__", "containerd_config"), "__NAME__", "the configuration of containerd")
  docker_host_audit_rule_sysconfig_docker_sql        = replace(replace(local.audited_file_rules_sql, "__PURPOSE__", "sysconfig_file"), "__NAME__", "the file /etc/sysconfig/docker")
  docker_host_audit_rule_containerd_sql              = replace(replace(local.audited_file_rules_sql, "__PURPOSE__", "containerd_binary"), "__NAME__", "the program containerd")
  docker_host_audit_rule_containerd_shim_sql         = replace(replace(local.audited_file_rules_sql, "__PURPOSE__", "containerd_shim"), "__NAME__", "the program containerd-shim")
  docker_host_audit_rule_containerd_shim_runc_v1_sql = replace(replace(local.audited_file_rules_sql, "__PURPOSE__", "containerd_shim_runc_v1"), "__NAME__", "the program containerd-shim-runc-v1")
  docker_host_audit_rule_containerd_shim_runc_v2_sql = replace(replace(local.audited_file_rules_sql, "__PURPOSE__", "containerd_shim_runc_v2"), "__NAME__", "the program containerd-shim-runc-v2")
  docker_host_audit_rule_runc_sql                    = replace(replace(local.audited_file_rules_sql, "__PURPOSE__", "runc_binary"), "__NAME__", "the program runc")
}

query "docker_host_audit_rule_dockerd" {
  title       = "The program of the daemon is audited"
  description = "One row an engine: is the program of the daemon audited?"
  sql         = local.docker_host_audit_rule_dockerd_sql
}

query "docker_host_audit_rule_run_containerd" {
  title       = "The state of containerd is audited"
  description = "One row an engine: is the folder of containerd's state audited?"
  sql         = local.docker_host_audit_rule_run_containerd_sql
}

query "docker_host_audit_rule_data_root" {
  title       = "The data root is audited"
  description = "One row an engine: is the engine's data root audited?"
  sql         = local.docker_host_audit_rule_data_root_sql
}

query "docker_host_audit_rule_etc_docker" {
  title       = "The folder of configuration is audited"
  description = "One row an engine: is the daemon's folder of configuration audited?"
  sql         = local.docker_host_audit_rule_etc_docker_sql
}

query "docker_host_audit_rule_docker_service" {
  title       = "The unit of docker.service is audited"
  description = "One row an engine: is the unit file of docker.service audited?"
  sql         = local.docker_host_audit_rule_docker_service_sql
}

query "docker_host_audit_rule_containerd_socket" {
  title       = "The socket of containerd is audited"
  description = "One row an engine: is the socket of containerd audited?"
  sql         = local.docker_host_audit_rule_containerd_socket_sql
}

query "docker_host_audit_rule_docker_socket" {
  title       = "The socket of the daemon is audited"
  description = "One row a Unix socket of an engine: is the socket, or the unit that opens it, audited?"
  sql         = local.docker_host_audit_rule_docker_socket_sql
}

query "docker_host_audit_rule_default_docker" {
  title       = "/etc/default/docker is audited"
  description = "One row an engine: is the file of the daemon's variables audited?"
  sql         = local.docker_host_audit_rule_default_docker_sql
}

query "docker_host_audit_rule_daemon_json" {
  title       = "daemon.json is audited"
  description = "One row an engine: is the daemon's configuration audited?"
  sql         = local.docker_host_audit_rule_daemon_json_sql
}

query "docker_host_audit_rule_containerd_config" {
  title       = "The configuration of containerd is audited"
  description = "One row an engine: is the configuration of containerd audited?"
  sql         = local.docker_host_audit_rule_containerd_config_sql
}

query "docker_host_audit_rule_sysconfig_docker" {
  title       = "/etc/sysconfig/docker is audited"
  description = "One row an engine: is the file of the daemon's variables audited?"
  sql         = local.docker_host_audit_rule_sysconfig_docker_sql
}

query "docker_host_audit_rule_containerd" {
  title       = "The program containerd is audited"
  description = "One row an engine: is the program audited?"
  sql         = local.docker_host_audit_rule_containerd_sql
}

query "docker_host_audit_rule_containerd_shim" {
  title       = "The program containerd-shim is audited"
  description = "One row an engine: is the program audited?"
  sql         = local.docker_host_audit_rule_containerd_shim_sql
}

query "docker_host_audit_rule_containerd_shim_runc_v1" {
  title       = "The program containerd-shim-runc-v1 is audited"
  description = "One row an engine: is the program audited?"
  sql         = local.docker_host_audit_rule_containerd_shim_runc_v1_sql
}

query "docker_host_audit_rule_containerd_shim_runc_v2" {
  title       = "The program containerd-shim-runc-v2 is audited"
  description = "One row an engine: is the program audited?"
  sql         = local.docker_host_audit_rule_containerd_shim_runc_v2_sql
}

query "docker_host_audit_rule_runc" {
  title       = "The program runc is audited"
  description = "One row an engine: is the program audited?"
  sql         = local.docker_host_audit_rule_runc_sql
}

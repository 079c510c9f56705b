locals {
  # True if the engine (`e`) reports the security option __OPTION__.
  security_option_sql = <<-EOQ
          exists (
            select
            from
              jsonb_array_elements_text(case jsonb_typeof(e.security_options) when 'array' then e.security_options end) as o
            where
              split_part(o, ',', 1) = 'name=__OPTION__'
          )
  EOQ

  docker_info_rootless_sql = <<-EOQ
    with verdict as (
      select
        ${local.host_columns_sql},
        case
          when e.os_type = 'windows' then array['skip', 'a Windows engine has no rootless mode.']
          when ${replace(local.security_option_sql, "__OPTION__", "rootless")} then array['ok', 'the daemon runs without root (SecurityOptions has name=rootless).']
          else array['alarm', 'the daemon runs as root (SecurityOptions lacks name=rootless).']
        end as finding
      from
        docker_info as e
    )
    ${local.rows_sql}
  EOQ

  docker_info_tls_authentication_sql = <<-EOQ
    with setting as (
      select
        s.sp_connection_name,
        max(
          (
            select
              string_agg(a, ', ' order by a)
            from
              jsonb_array_elements_text(case jsonb_typeof(s.value) when 'array' then s.value end) as a
            where
              a <> ''
              and a !~* '^(unix|fd|npipe)://'
          )
        ) filter (where s.key = 'hosts') as addresses,
        bool_or(s.value = 'true'::jsonb) filter (where s.key = 'tlsverify' and s.readable) as is_verified,
        bool_and(s.readable) filter (where s.key = 'tlsverify') as is_known
      from
        docker_host_daemon_setting as s
      where
        s.key in ('hosts', 'tlsverify')
      group by
        s.sp_connection_name
    ), socket as (
      select
        u.sp_connection_name,
        string_agg(a, ', ' order by a) as addresses
      from
        docker_host_systemd_unit as u,
        jsonb_array_elements_text(case jsonb_typeof(u.listen_streams) when 'array' then u.listen_streams end) as a
      where
        u.name = 'docker.socket'
        and u.is_masked is not true
        and a !~ '^[/@%]'
        and a !~ '^vsock:'
        and a <> ''
      group by
        u.sp_connection_name
    ), warning as (
      select
        e.sp_connection_name,
        min(substring(w from '(?i)API is accessible on (https?://[^ ]+)')) as address,
        min(case when w ~* 'API is accessible on http://' then 'without encryption' else 'without TLS client verification' end) as how
      from
        docker_info as e,
        jsonb_array_elements_text(case jsonb_typeof(e.warnings) when 'array' then e.warnings end) as w
      where
        w ~* 'API is accessible on http'
      group by
        e.sp_connection_name
    ), verdict as (
      select
        ${local.host_columns_sql},
        case
          when w.how is not null then array['alarm', 'the engine warns that its API is accessible on ' || coalesce(w.address, 'TCP') || ' ' || w.how || ', expected TLS with client verification.']
          when e.endpoint ~* '^(tcp|http)://' and e.endpoint_tls is false then array['alarm', 'the API answers on ' || e.endpoint || ' without TLS, expected TLS with client verification.']
          when e.engine = 'Podman' then array['skip', 'Podman does not warn of an open API.']
          when u.addresses is not null and s.is_known is not true then array['error', 'docker.socket listens on TCP (ListenStream ' || u.addresses || '), and whether the daemon verifies clients there (tlsverify) cannot be told.']
          when u.addresses is not null and s.is_verified is not true then array['alarm', 'docker.socket listens on TCP (ListenStream ' || u.addresses || '), and the daemon does not verify clients there (tlsverify is not true).']
          when s.addresses is not null and s.is_known and s.is_verified is not true then array['alarm', 'the daemon is set to listen on ' || s.addresses || ' without TLS client verification (tlsverify is not true).']
          else array['ok', 'the engine does not warn of an API that is reachable without verified TLS.']
        end as finding
      from
        docker_info as e
        left join warning as w on w.sp_connection_name = e.sp_connection_name
        left join setting as s on s.sp_connection_name = e.sp_connection_name
        left join socket as u on u.sp_connection_name = e.sp_connection_name
    )
    ${local.rows_sql}
  EOQ

  docker_info_authorization_plugin_sql = <<-EOQ
    with verdict as (
      select
        ${local.host_columns_sql},
        case
          when e.engine = 'Podman' then array['skip', 'Podman has no authorization plugins.']
          when e.name = any (${local.proxied_engines_sql}) or e.id = any (${local.proxied_engines_sql}) then array['skip', 'exempt: its API is reached through a proxy that authorizes requests (variable proxied_engines).']
          when e.plugins is null then array['error', 'the engine does not tell its plugins.']
          when jsonb_typeof(e.plugins -> 'Authorization') = 'array' and e.plugins -> 'Authorization' <> '[]'::jsonb then array[
            'ok',
            'requests are authorized by ' || coalesce((
              select
                string_agg(p, ', ' order by p)
              from
                jsonb_array_elements_text(case jsonb_typeof(e.plugins -> 'Authorization') when 'array' then e.plugins -> 'Authorization' end) as p
            ), 'a plugin') || ' (Plugins.Authorization).'
          ]
          else array['alarm', 'no authorization plugin is in use (Plugins.Authorization is empty), expected one.']
        end as finding
      from
        docker_info as e
    )
    ${local.rows_sql}
  EOQ

  proxied_engines_sql = "array[${join(", ", [for item in var.proxied_engines : "'${replace(item, "'", "''")}'"])}]::text[]"

  # __DRIVER__ stands for a storage driver.
  storage_driver_unused_sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        case
          when coalesce(e.driver, '') = '' then array['error', 'the engine does not tell its storage driver.']
          when lower(e.driver) = '__DRIVER__' then array['alarm', 'the storage driver is ' || e.driver || ', expected another one.']
          else array['ok', 'the storage driver is ' || e.driver || ', not __DRIVER__.']
        end as finding
      from
        docker_info as e
    )
    ${local.rows_sql}
  EOQ

  loopback_range_sql = "'^127([.](25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}(/([89]|[12][0-9]|3[0-2]))?$'"
  loopback_host_sql  = "'^(localhost|127([.](25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}|::1|[[]::1[]])(:[0-9]+)?$'"
}

query "docker_info_rootless" {
  title       = "Rootless mode"
  description = "One row an engine: does its daemon run without root?"
  sql         = local.docker_info_rootless_sql
}

query "docker_info_insecure_registries_unused" {
  title       = "Insecure registries"
  description = "One row an engine: does it reach registries without verified TLS?"
  sql = <<-EOQ
    with insecure as (
      select
        e.sp_connection_name,
        (
          select
            string_agg(r, ', ' order by r)
          from
            (
              select
                r
              from
                jsonb_array_elements_text(case jsonb_typeof(e.registry_config -> 'InsecureRegistryCIDRs') when 'array' then e.registry_config -> 'InsecureRegistryCIDRs' end) as r
              where
                r !~ ${local.loopback_range_sql}
                and lower(r) not in ('::1', '::1/128', '0:0:0:0:0:0:0:1', '0:0:0:0:0:0:0:1/128')
              union
              select
                i.key
              from
                jsonb_each(case jsonb_typeof(e.registry_config -> 'IndexConfigs') when 'object' then e.registry_config -> 'IndexConfigs' end) as i
              where
                lower(case jsonb_typeof(i.value) when 'object' then i.value ->> 'Secure' end) = 'false'
                and i.key !~* ${local.loopback_host_sql}
            ) as found
        ) as registries
      from
        docker_info as e
    ), verdict as (
      select
        ${local.engine_columns_sql},
        case
          when i.registries is not null then array['alarm', 'registries are reached without verified TLS: ' || i.registries || '.']
          when jsonb_typeof(e.registry_config) = 'object' then array['ok', 'no registry but those of the loopback is reached without verified TLS.']
          else array['error', 'the engine does not tell its registries (RegistryConfig).']
        end as finding
      from
        docker_info as e
        left join insecure as i on i.sp_connection_name = e.sp_connection_name
    )
    ${local.rows_sql}
  EOQ
}

query "docker_info_aufs_storage_driver_unused" {
  title       = "Storage driver aufs"
  description = "One row an engine: is its storage driver another one than aufs?"
  sql         = replace(local.storage_driver_unused_sql, "__DRIVER__", "aufs")
}

query "docker_info_devicemapper_storage_driver_unused" {
  title       = "Storage driver devicemapper"
  description = "One row an engine: is its storage driver another one than devicemapper?"
  sql         = replace(local.storage_driver_unused_sql, "__DRIVER__", "devicemapper")
}

query "docker_info_tls_authentication" {
  title       = "TLS of the API"
  description = "One row an engine: is its API, where it is reached by TCP, protected by TLS that verifies clients?"
  sql         = local.docker_info_tls_authentication_sql
}

query "docker_info_user_namespace_support_enabled" {
  title       = "User-namespace remapping"
  description = "One row an engine: do its containers have users of their own?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        case
          when e.os_type = 'windows' then array['skip', 'a Windows engine has no user namespaces.']
          when ${replace(local.security_option_sql, "__OPTION__", "userns")} then array['ok', 'users of containers are remapped (SecurityOptions has name=userns).']
          when ${replace(local.security_option_sql, "__OPTION__", "rootless")} then array['ok', 'the whole daemon lives in a user namespace (SecurityOptions has name=rootless).']
          else array['alarm', 'root of a container is root of the host (SecurityOptions lacks name=userns).']
        end as finding
      from
        docker_info as e
    )
    ${local.rows_sql}
  EOQ
}

query "docker_info_authorization_plugin" {
  title       = "Authorization plugins"
  description = "One row an engine: does a plugin authorize requests to its API?"
  sql         = local.docker_info_authorization_plugin_sql
}

query "docker_info_centralized_and_remote_logging_configured" {
  title       = "Central logs"
  description = "One row an engine: do logs of containers leave its host?"
  sql = <<-EOQ
    with setting as (
      select
        sp_connection_name,
        case jsonb_typeof(value) when 'object' then value ->> 'syslog-address' end as address
      from
        docker_host_daemon_setting
      where
        key = 'log-opts'
        and readable
    ), verdict as (
      select
        ${local.engine_columns_sql},
        case
          when e.logging_driver = '' or (e.logging_driver is null and e.engine = 'Podman') then array['skip', 'the engine has no default logging driver.']
          when e.logging_driver is null then array['error', 'the engine does not tell its logging driver.']
          when e.logging_driver in ('json-file', 'local') then array['alarm', 'the logging driver is ' || e.logging_driver || ', which keeps logs on the host.']
          when e.logging_driver = 'none' then array['alarm', 'the logging driver is none, which keeps no logs.']
          when e.logging_driver = 'syslog' and s.address ~* '^(tcp|udp|tcp[+]tls)://[^:/]' and s.address !~* '^[a-z+]+://(localhost|127[.][0-9.]+|0[.]0[.]0[.]0|[[]::1?[]])(:|/|$)' then array['ok', 'the logging driver is syslog, and logs go to ' || s.address || '.']
          when e.logging_driver = 'syslog' then array['info', 'the logging driver is syslog' || coalesce(' at ' || s.address, '') || ', and whether its logs leave the host is not in view.']
          when e.logging_driver in ('journald', 'etwlogs') then array['info', 'the logging driver is ' || e.logging_driver || ', and whether the host passes its logs on is not in view.']
          else array['ok', 'the logging driver is ' || e.logging_driver || ', which sends logs away from the engine.']
        end as finding
      from
        docker_info as e
        left join setting as s on s.sp_connection_name = e.sp_connection_name
    )
    ${local.rows_sql}
  EOQ
}

query "docker_info_live_restore_enabled" {
  title       = "Live restore"
  description = "One row an engine: do containers go on while it is down?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        case
          when e.engine = 'Podman' then array['skip', 'Podman has no daemon that containers depend on.']
          when e.os_type = 'windows' then array['skip', 'a Windows engine has no live restore.']
          when e.swarm_state in ('active', 'locked', 'pending') then array['skip', 'the engine is in a swarm (' || e.swarm_state || '), which rules out live restore.']
          when e.live_restore_enabled then array['ok', 'live restore is on (LiveRestoreEnabled = true).']
          when not e.live_restore_enabled then array['alarm', 'live restore is off (LiveRestoreEnabled = false), expected true.']
          else array['error', 'the engine does not tell whether live restore is on.']
        end as finding
      from
        docker_info as e
    )
    ${local.rows_sql}
  EOQ
}

query "docker_info_custom_seccomp_profile_applied" {
  title       = "Seccomp profile of the daemon"
  description = "One row an engine: which seccomp profile do its containers get by default?"
  sql = <<-EOQ
    with engine as (
      select
        ${local.engine_columns_sql},
        e.os_type,
        (
          select
            min(coalesce(substring(o from ',profile=(.*)$'), ''))
          from
            jsonb_array_elements_text(case jsonb_typeof(e.security_options) when 'array' then e.security_options end) as o
          where
            split_part(o, ',', 1) = 'name=seccomp'
        ) as profile
      from
        docker_info as e
    ), verdict as (
      select
        resource,
        subject,
        host,
        _ctx,
        case
          when os_type = 'windows' then array['skip', 'a Windows engine has no seccomp.']
          when profile is null then array['alarm', 'containers run without seccomp (SecurityOptions has no name=seccomp).']
          when profile = 'unconfined' then array['alarm', 'the default seccomp profile is unconfined, expected one that filters.']
          when profile = '' then array['info', 'seccomp is on, but the engine does not name its profile.']
          when profile in ('default', 'builtin', '/usr/share/containers/seccomp.json') then array['info', 'the seccomp profile is the engine''s own (' || profile || '); a person must judge whether it is enough.']
          else array['ok', 'the seccomp profile is ' || profile || '.']
        end as finding
      from
        engine
    )
    ${local.rows_sql}
  EOQ
}

query "docker_info_experimental_unused" {
  title       = "Experimental features"
  description = "One row an engine: are experimental features off?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        case
          when e.engine = 'Podman' then array['skip', 'Podman always reports experimental features.']
          when e.experimental_build then array['alarm', 'experimental features are on (ExperimentalBuild = true), expected false.']
          when not e.experimental_build then array['ok', 'experimental features are off (ExperimentalBuild = false).']
          else array['error', 'the engine does not tell whether experimental features are on.']
        end as finding
      from
        docker_info as e
    )
    ${local.rows_sql}
  EOQ
}

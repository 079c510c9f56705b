# What an engine (`docker_info as e`) tells about its daemon.
locals {
  # The security options of an engine, as `s`: always one row.
  security_options_from_sql = <<-EOQ
        docker_info as e
        cross join lateral (
          select
            coalesce(bool_or(lower(o) ~ '(^|,)name=rootless(,|$)'), false) as is_rootless,
            coalesce(bool_or(lower(o) ~ '(^|,)name=userns(,|$)'), false) as is_remapped,
            coalesce(bool_or(lower(o) ~ '(^|,)name=no-new-privileges(,|$)'), false) as is_no_new_privileges,
            coalesce(bool_or(lower(o) ~ '(^|,)name=seccomp(,|$)'), false) as is_seccomp,
            nullif(btrim(min(substring(o from ',profile=(.*)$')) filter (where lower(o) ~ '^name=seccomp(,|$)')), '') as seccomp_profile,
            coalesce(string_agg(o, ', ' order by o) filter (where o <> ''), 'none') as options
          from
            jsonb_array_elements_text(case jsonb_typeof(e.security_options) when 'array' then e.security_options end) as o
        ) as s
  EOQ

  # An engine that has none sends none, so that only where nothing at all is told they are unknown.
  security_options_branches_sql = <<-EOQ
          when lower(e.os_type) = 'windows' then array['skip', '__WINDOWS__']
          when e.security_options is null and coalesce(e.os_type, '') = '' then array['error', 'the engine tells neither its kind of operating system (OSType) nor its security options (SecurityOptions).']
  EOQ

  docker_info_rootless_sql = <<-EOQ
    with verdict as (
      select
        ${local.host_columns_sql},
        case
          ${replace(local.security_options_branches_sql, "__WINDOWS__", "a Windows engine has no mode without root.")}
          when s.is_rootless then array['ok', 'the daemon runs without root''s rights (SecurityOptions has name=rootless).']
          else array['alarm', 'the daemon runs with root''s rights: SecurityOptions has no name=rootless (it has: ' || s.options || ').']
        end as finding
      from
        ${local.security_options_from_sql}
    )
    ${local.rows_sql}
  EOQ

  docker_info_storage_driver_unused_sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        case
          when coalesce(btrim(e.driver), '') = '' then array['error', 'the engine does not tell its storage driver (Driver).']
          when lower(btrim(e.driver)) = '__DRIVER__' then array['alarm', 'the storage driver is __DRIVER__, which newer engines no longer have.']
          else array['ok', 'the storage driver is ' || btrim(e.driver) || ', not __DRIVER__.']
        end as finding
      from
        docker_info as e
    )
    ${local.rows_sql}
  EOQ

  proxied_engines_sql = "array[${join(", ", [for item in var.proxied_engines : "'${replace(lower(trimspace(item)), "'", "''")}'"])}]::text[]"

  docker_info_authorization_plugin_sql = <<-EOQ
    with verdict as (
      select
        ${local.host_columns_sql},
        case
          when e.engine = 'Podman' then array['skip', 'Podman has no authorization plugins.']
          when a.plugins is not null then array['ok', 'requests pass authorization plugins: ' || a.plugins || '.']
          when lower(e.name) = any (${local.proxied_engines_sql}) or lower(e.id) = any (${local.proxied_engines_sql}) then array['skip', 'exempt by var.proxied_engines: a proxy authorizes requests.']
          when e.plugins is null or jsonb_typeof(e.plugins -> 'Authorization') not in ('array', 'null') then array['error', 'the engine does not tell its plugins (Plugins.Authorization).']
          else array['alarm', 'no authorization plugin is in use (Plugins.Authorization is empty): whoever reaches the API may do everything.']
        end as finding
      from
        docker_info as e
        cross join lateral (
          select
            string_agg(p, ', ' order by p) filter (where p <> '') as plugins
          from
            jsonb_array_elements_text(case jsonb_typeof(e.plugins -> 'Authorization') when 'array' then e.plugins -> 'Authorization' end) as p
        ) as a
    )
    ${local.rows_sql}
  EOQ

  # Warnings tell of the addresses that the daemon itself listens on. Of a socket that systemd opens for it (fd://) they
  # do not, so docker.socket is looked at, and the connection that this answer came by.
  docker_info_tls_authentication_sql = <<-EOQ
    with setting as (
      select
        sp_connection_name,
        bool_or(value = 'true'::jsonb) filter (where key = 'tlsverify' and readable) as is_verified,
        min(error) filter (where key = 'tlsverify' and not readable) as error,
        min(value::text) filter (where key = 'hosts' and readable)::jsonb as hosts
      from
        docker_host_daemon_setting
      where
        key in ('hosts', 'tlsverify')
      group by
        sp_connection_name
    ), socket as (
      select
        sp_connection_name,
        readable,
        error,
        case when exists and is_masked is not true then listen_streams end as listen_streams
      from
        docker_host_systemd_unit
      where
        name = 'docker.socket'
    ), engine as (
      select
        ${local.host_columns_sql},
        e.engine,
        coalesce(jsonb_typeof(e.warnings), 'null') not in ('array', 'null') or e.warnings is null and coalesce(e.id, e.name, e.os_type, e.server_version, '') = '' as is_untold,
        e.endpoint,
        e.endpoint_tls,
        w.warning,
        h.addresses,
        h.is_socket,
        d.is_verified,
        d.error as setting_error,
        u.streams,
        k.readable,
        k.error as unit_error
      from
        docker_info as e
        left join setting as d on d.sp_connection_name = e.sp_connection_name
        left join socket as k on k.sp_connection_name = e.sp_connection_name
        cross join lateral (
          select
            string_agg(distinct substring(t from '(?i)(API is accessible on http.*?)(?:\.\s|\.?\s*$)'), '; ') as warning
          from
            jsonb_array_elements_text(case jsonb_typeof(e.warnings) when 'array' then e.warnings end) as t
        ) as w
        cross join lateral (
          select
            string_agg(a, ', ' order by a) filter (where a ~* '^tcp://' or a ~ '^[^/@]*:[0-9]+$') as addresses,
            bool_or(a ~* '^fd:') as is_socket
          from
            jsonb_array_elements_text(case jsonb_typeof(d.hosts) when 'array' then d.hosts end) as a
        ) as h
        cross join lateral (
          select
            string_agg(l, ', ' order by l) filter (where l ~ '^[0-9]+$' or l ~ '^[^/@%].*:[0-9]+$' and l !~* '^vsock') as streams
          from
            jsonb_array_elements_text(case jsonb_typeof(k.listen_streams) when 'array' then k.listen_streams end) as l
        ) as u
    ), verdict as (
      select
        resource,
        subject,
        case
          when warning is not null then array['alarm', 'the engine warns: ' || warning || '.']
          when not endpoint_tls then array['alarm', 'the engine answers without TLS on ' || coalesce(endpoint, 'TCP') || '.']
          when engine = 'Podman' then array['skip', 'Podman does not tell whether its API is open on TCP.']
          when is_untold then array['error', 'the engine does not tell its warnings (Warnings).']
          when addresses is not null and not is_verified then array['alarm', 'the daemon is set to listen on ' || addresses || ' without verifying clients (tlsverify is false).']
          when is_socket is false or streams is null and readable is not false then array['ok', 'the engine warns of no address that is open without verified TLS.']
          when streams is null then array['error', 'whether docker.socket listens on TCP cannot be seen: ' || coalesce(rtrim(unit_error, '.'), 'nobody knows why') || '.']
          when is_verified then array['ok', 'systemd listens on ' || streams || ' for the daemon, which verifies clients (tlsverify is true).']
          when not is_verified then array['alarm', 'systemd listens on ' || streams || ' for the daemon (docker.socket), which does not verify clients (tlsverify is false).']
          else array['error', 'systemd listens on ' || streams || ' for the daemon, and whether it verifies clients cannot be seen: ' || coalesce(rtrim(setting_error, '.'), 'tlsverify is not known') || '.']
        end as finding,
        host,
        _ctx
      from
        engine
    )
    ${local.rows_sql}
  EOQ
}

query "docker_info_rootless" {
  title       = "Daemon runs without root"
  description = "One row an engine: does its daemon run without root's rights?"
  sql         = local.docker_info_rootless_sql
}

query "docker_info_insecure_registries_unused" {
  title       = "Insecure registries"
  description = "One row an engine: may it talk to registries beyond its host without verified TLS?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        case
          when coalesce(jsonb_typeof(e.registry_config), 'null') <> 'object' then array['error', 'the engine does not tell its registries (RegistryConfig).']
          when not e.registry_config ?| array['InsecureRegistryCIDRs', 'IndexConfigs'] then array['error', 'the engine does not tell which registries are insecure (RegistryConfig has neither InsecureRegistryCIDRs nor IndexConfigs).']
          when coalesce(jsonb_typeof(e.registry_config -> 'InsecureRegistryCIDRs'), 'null') not in ('array', 'null') or coalesce(jsonb_typeof(e.registry_config -> 'IndexConfigs'), 'null') not in ('object', 'null') then array['error', 'the engine''s list of insecure registries cannot be read (RegistryConfig).']
          when r.insecure is not null then array['alarm', 'registries may be used without verified TLS: ' || r.insecure || '.']
          when r.unknown is not null then array['info', 'whether registries are used with verified TLS is not told: ' || r.unknown || '.']
          else array['ok', 'registries are used with verified TLS' || coalesce(', but for those of the host itself: ' || r.loopback, '') || '.']
        end as finding
      from
        docker_info as e
        cross join lateral (
          select
            string_agg(distinct i.name, ', ') filter (where not i.is_loopback and i.is_secure is false) as insecure,
            string_agg(distinct i.name, ', ') filter (where not i.is_loopback and i.is_secure is null) as unknown,
            string_agg(distinct i.name, ', ') filter (where i.is_loopback and i.is_secure is not true) as loopback
          from
            (
              select
                coalesce(c, 'null') as name,
                false as is_secure,
                coalesce(btrim(c) ~ '^127(\.[0-9]{1,3}){3}(/(8|9|[12][0-9]|3[0-2]))?$' or btrim(c) ~ '^(::1|(0{1,4}:){7}0{0,3}1)(/128)?$', false) as is_loopback
              from
                jsonb_array_elements_text(case jsonb_typeof(e.registry_config -> 'InsecureRegistryCIDRs') when 'array' then e.registry_config -> 'InsecureRegistryCIDRs' end) as c
              union all
              select
                x.key,
                case lower(x.value ->> 'Secure') when 'true' then true when 'false' then false end,
                btrim(x.key) ~* '^(localhost|127(\.[0-9]{1,3}){3}|::1|\[(::1|(0{1,4}:){7}0{0,3}1)\])(:[0-9]+)?$'
              from
                jsonb_each(case jsonb_typeof(e.registry_config -> 'IndexConfigs') when 'object' then e.registry_config -> 'IndexConfigs' end) as x
            ) as i
        ) as r
    )
    ${local.rows_sql}
  EOQ
}

query "docker_info_aufs_storage_driver_unused" {
  title       = "Storage driver aufs"
  description = "One row an engine: is its storage driver another one than aufs?"
  sql         = replace(local.docker_info_storage_driver_unused_sql, "__DRIVER__", "aufs")
}

query "docker_info_devicemapper_storage_driver_unused" {
  title       = "Storage driver devicemapper"
  description = "One row an engine: is its storage driver another one than devicemapper?"
  sql         = replace(local.docker_info_storage_driver_unused_sql, "__DRIVER__", "devicemapper")
}

query "docker_info_tls_authentication" {
  title       = "TLS of the API"
  description = "One row an engine: is its API open on TCP only to clients that it verifies?"
  sql         = local.docker_info_tls_authentication_sql
}

query "docker_info_user_namespace_support_enabled" {
  title       = "User namespaces"
  description = "One row an engine: do containers run in a user namespace, where root is not the host's root?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        case
          ${replace(local.security_options_branches_sql, "__WINDOWS__", "a Windows engine has no user namespaces.")}
          when s.is_remapped then array['ok', 'users of containers are remapped (SecurityOptions has name=userns).']
          when s.is_rootless then array['ok', 'the whole daemon runs in a user namespace (SecurityOptions has name=rootless).']
          else array['alarm', 'root in a container is root of the host: SecurityOptions has neither name=userns nor name=rootless (it has: ' || s.options || ').']
        end as finding
      from
        ${local.security_options_from_sql}
    )
    ${local.rows_sql}
  EOQ
}

query "docker_info_authorization_plugin" {
  title       = "Authorization plugins"
  description = "One row an engine: does a plugin decide who may do what with its API?"
  sql         = local.docker_info_authorization_plugin_sql
}

query "docker_info_centralized_and_remote_logging_configured" {
  title       = "Default logging driver"
  description = "One row an engine: do logs of its containers leave the host?"
  sql = <<-EOQ
    with engine as (
      select
        ${local.engine_columns_sql},
        e.engine,
        lower(btrim(e.logging_driver)) as driver,
        nullif(a.address, '') as address,
        lower(substring(a.address from '(?i)^(?:tcp|udp|tcp\+tls)://(\[[^]]+\]|[^:/]+)')) as remote
      from
        docker_info as e
        left join docker_host_daemon_setting as h on h.sp_connection_name = e.sp_connection_name and h.key = 'log-opts'
        cross join lateral (
          select btrim(case jsonb_typeof(h.value) when 'object' then h.value ->> 'syslog-address' end) as address
        ) as a
    ), verdict as (
      select
        resource,
        subject,
        case
          when driver = '' or driver is null and engine = 'Podman' then array['skip', 'the engine has no default logging driver to tell of (LoggingDriver is empty).']
          when driver is null then array['error', 'the engine does not tell its default logging driver (LoggingDriver).']
          when driver = 'none' then array['alarm', 'the default logging driver is none: logs of containers are thrown away.']
          when driver in ('json-file', 'local', 'k8s-file', 'passthrough', 'passthrough-tty') then array['alarm', 'the default logging driver is ' || driver || ', which keeps logs on the host.']
          when driver in ('journald', 'etwlogs') then array['info', 'the default logging driver is ' || driver || '; whether the host forwards what it logs, a person must judge.']
          when driver <> 'syslog' then array['ok', 'the default logging driver is ' || driver || ', which sends logs away.']
          when remote is null then array['info', 'the default logging driver is syslog, ' || coalesce('to ' || address, 'and no remote address is in view') || '; whether the host forwards it, a person must judge.']
          when remote in ('localhost', '[::1]', '0.0.0.0', '[::]', lower(host)) or remote ~ '^127\.' then array['info', 'the default logging driver is syslog, to ' || address || ', the host itself; whether it forwards that, a person must judge.']
          else array['ok', 'the default logging driver is syslog, to ' || address || '.']
        end as finding,
        host,
        _ctx
      from
        engine
    )
    ${local.rows_sql}
  EOQ
}

query "docker_info_live_restore_enabled" {
  title       = "Live restore"
  description = "One row an engine: do containers go on while its daemon is down?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        case
          when e.engine = 'Podman' then array['skip', 'containers of Podman do not depend on a daemon.']
          when lower(e.os_type) = 'windows' then array['skip', 'a Windows engine has no live restore.']
          when e.live_restore_enabled then array['ok', 'containers go on while the daemon is down (LiveRestoreEnabled is true).']
          when coalesce(lower(e.swarm_state), '') not in ('', 'inactive') then array['skip', 'the engine is part of a swarm (LocalNodeState is ' || lower(e.swarm_state) || '), which rules out live restore.']
          when not e.live_restore_enabled then array['alarm', 'containers stop with the daemon (LiveRestoreEnabled is false).']
          else array['error', 'the engine does not tell whether live restore is on (LiveRestoreEnabled).']
        end as finding
      from
        docker_info as e
    )
    ${local.rows_sql}
  EOQ
}

query "docker_info_custom_seccomp_profile_applied" {
  title       = "Seccomp profile of the daemon"
  description = "One row an engine: which seccomp profile do containers get that ask for none?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        case
          ${replace(local.security_options_branches_sql, "__WINDOWS__", "a Windows engine has no seccomp.")}
          when not s.is_seccomp then array['alarm', 'the engine does not use seccomp: SecurityOptions has no name=seccomp (it has: ' || s.options || ').']
          when s.seccomp_profile is null then array['info', 'the engine uses seccomp, but does not tell which profile (SecurityOptions has name=seccomp without profile=).']
          when lower(s.seccomp_profile) = 'unconfined' then array['alarm', 'containers are not confined by seccomp unless they ask for it (profile=unconfined).']
          when lower(s.seccomp_profile) in ('default', 'builtin') then array['info', 'the engine''s own seccomp profile applies (profile=' || s.seccomp_profile || '); whether it is enough, a person must judge.']
          else array['ok', 'a seccomp profile of your own applies (profile=' || s.seccomp_profile || ').']
        end as finding
      from
        ${local.security_options_from_sql}
    )
    ${local.rows_sql}
  EOQ
}

query "docker_info_experimental_unused" {
  title       = "Experimental features"
  description = "One row an engine: are its experimental features off?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        case
          when e.engine = 'Podman' then array['skip', 'Podman always says that experimental features are on, and has no switch for them.']
          when e.experimental_build then array['alarm', 'experimental features are on (ExperimentalBuild is true).']
          when not e.experimental_build then array['ok', 'experimental features are off (ExperimentalBuild is false).']
          else array['error', 'the engine does not tell whether experimental features are on (ExperimentalBuild).']
        end as finding
      from
        docker_info as e
    )
    ${local.rows_sql}
  EOQ
}

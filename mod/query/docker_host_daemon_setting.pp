# What the daemon of an engine (`docker_info as e`) is set to: one setting (`h`) an engine. Without facts of the host
# `h.host` is null.
locals {
  daemon_setting_from_sql = <<-EOQ
        docker_info as e
        left join docker_host_daemon_setting as h on h.sp_connection_name = e.sp_connection_name
        and coalesce(h.key, '__KEY__') = '__KEY__'
  EOQ

  # The same setting for queries about other things: at most one row an engine.
  daemon_setting_sql = <<-EOQ
      select distinct on (sp_connection_name)
        sp_connection_name,
        host,
        readable,
        error,
        value
      from
        docker_host_daemon_setting
      where
        key = '__KEY__'
        or key is null
      order by
        sp_connection_name,
        key nulls last
  EOQ

  # The first branches of a finding about a setting of Docker's daemon; __WINDOWS__ says why there is none on Windows.
  daemon_setting_docker_branches_sql = <<-EOQ
          when e.engine = 'Podman' then array['skip', 'Podman has no settings of a daemon.']
          when lower(e.os_type) = 'windows' then array['skip', '__WINDOWS__']
  EOQ

  daemon_setting_host_branches_sql = <<-EOQ
          when h.host is null then array['skip', 'facts of the engine''s host are not configured.']
          ${local.daemon_setting_error_branch_sql}
  EOQ

  daemon_setting_error_branch_sql = <<-EOQ
          when h.readable is not true or h.key is null then array['error', 'the setting __KEY__ cannot be seen: ' || coalesce(rtrim(h.error, '.'), 'nobody knows why') || '.']
  EOQ

  # A file with a value of another kind than __TYPE__ (boolean, object) is one that the daemon would not start with.
  daemon_setting_type_branch_sql = <<-EOQ
          when coalesce(jsonb_typeof(h.value), 'null') not in ('__TYPE__', 'null') then array['error', 'the setting __KEY__ is ' || h.value::text || ${local.daemon_setting_place_sql} || ', which the daemon would not start with.']
  EOQ

  # Where a setting comes from, in parentheses.
  daemon_setting_place_sql = "(case when h.source = 'flag' and h.flag is not null then ' (' || h.flag || ')' when h.source = 'file' and h.file is not null then ' (' || h.file || coalesce(':' || h.line, '') || ')' when h.source = 'default' then ' (the default)' else '' end)"

  # A flag beats the file, and debug mode beats the log level.
  docker_host_daemon_setting_log_level_sql = <<-EOQ
    with setting as (
      select
        h.sp_connection_name,
        max(h.host) as seen_host,
        bool_or(h.value = 'true'::jsonb) filter (where h.key = 'debug' and h.readable) as is_debug,
        max(${local.daemon_setting_place_sql}) filter (where h.key = 'debug') as debug_place,
        bool_or(h.readable) filter (where h.key = 'log-level') as is_level_readable,
        max(h.value_text) filter (where h.key = 'log-level') as level,
        max(${local.daemon_setting_place_sql}) filter (where h.key = 'log-level') as level_place,
        max(h.error) as error
      from
        docker_host_daemon_setting as h
      where
        h.key in ('debug', 'log-level')
        or h.key is null
      group by
        h.sp_connection_name
    ), engine as (
      select
        ${local.host_columns_sql},
        e.engine,
        e.debug,
        s.seen_host,
        s.is_debug,
        s.debug_place,
        s.is_level_readable,
        coalesce(nullif(lower(btrim(s.level)), ''), 'info') as level,
        s.level_place,
        s.error
      from
        docker_info as e
        left join setting as s on s.sp_connection_name = e.sp_connection_name
    ), verdict as (
      select
        resource,
        subject,
        case
          when debug then array['alarm', 'the engine is in debug mode (Debug is true), which logs more than info.']
          when engine = 'Podman' then array['skip', 'Podman has no log level of a daemon.']
          when is_debug then array['alarm', 'the daemon is set to debug mode' || debug_place || ', which logs more than info.']
          when is_level_readable and level <> 'info' then array['alarm', 'the daemon''s log level is ' || level || level_place || ', not info.']
          when seen_host is null and debug is null then array['info', 'the engine does not tell whether it is in debug mode (Debug), and its log level is not in view: facts of its host are not configured.']
          when seen_host is null then array['info', 'the daemon is not in debug mode (Debug is false), but its log level is not in view: facts of the engine''s host are not configured.']
          when is_level_readable is not true or coalesce(debug, is_debug) is null then array['error', 'the settings log-level and debug cannot be seen: ' || coalesce(rtrim(error, '.'), 'nobody knows why') || '.']
          else array['ok', 'the daemon''s log level is info' || level_place || '.']
        end as finding,
        host,
        _ctx
      from
        engine
    )
    ${local.rows_sql}
  EOQ

  # The daemon refuses to start with both icc and iptables false, so that a default bridge without icc proves iptables;
  # with live restore it keeps such a bridge, so that settings that are seen count more.
  docker_host_daemon_setting_iptables_sql = <<-EOQ
    with default_bridge as (
      ${local.default_bridge_sql}
    ), verdict as (
      select
        ${local.host_columns_sql},
        case
          ${replace(local.daemon_setting_docker_branches_sql, "__WINDOWS__", "a Windows engine has no iptables.")}
          when h.host is null and lower(b.icc) in ('0', 'f', 'false') then array['ok', 'the daemon manages iptables: without, it would not restrict traffic of network ' || b.network || ' (enable_icc is ' || b.icc || ').']
          when h.host is null then array['info', 'whether the daemon manages iptables is not in view: facts of the engine''s host are not configured, and ' || coalesce('network ' || b.network || ' proves nothing (enable_icc is ' || coalesce(b.icc, 'not set') || ').', 'there is no default bridge that would prove it.')]
          ${replace(local.daemon_setting_error_branch_sql, "__KEY__", "iptables")}
          ${replace(replace(local.daemon_setting_type_branch_sql, "__KEY__", "iptables"), "__TYPE__", "boolean")}
          when h.value = 'false'::jsonb then array['alarm', 'the daemon does not manage iptables: iptables is false' || ${local.daemon_setting_place_sql} || '.']
          else array['ok', 'the daemon manages iptables: iptables is ' || coalesce(h.value_text, 'not set') || ${local.daemon_setting_place_sql} || '.']
        end as finding
      from
        ${replace(local.daemon_setting_from_sql, "__KEY__", "iptables")}
        left join default_bridge as b on b.sp_connection_name = e.sp_connection_name
    )
    ${local.rows_sql}
  EOQ

  docker_host_daemon_setting_default_ulimits_sql = <<-EOQ
    with verdict as (
      select
        ${local.host_columns_sql},
        case
          ${replace(local.daemon_setting_docker_branches_sql, "__WINDOWS__", "a Windows engine has no ulimits.")}
          ${replace(local.daemon_setting_host_branches_sql, "__KEY__", "default-ulimits")}
          ${replace(replace(local.daemon_setting_type_branch_sql, "__KEY__", "default-ulimits"), "__TYPE__", "object")}
          when u.limits is null then array['alarm', 'no default ulimits are set (default-ulimits is empty), so containers get those of the daemon.']
          else array['ok', 'default ulimits are set: ' || u.limits || ${local.daemon_setting_place_sql} || '.']
        end as finding
      from
        ${replace(local.daemon_setting_from_sql, "__KEY__", "default-ulimits")}
        cross join lateral (
          select
            string_agg(l.key || coalesce(' ' || (l.value ->> 'Soft') || ':' || (l.value ->> 'Hard'), ''), ', ' order by l.key) as limits
          from
            jsonb_each(case jsonb_typeof(h.value) when 'object' then h.value end) as l
        ) as u
    )
    ${local.rows_sql}
  EOQ

  docker_host_daemon_setting_base_device_size_sql = <<-EOQ
    with verdict as (
      select
        ${local.host_columns_sql},
        case
          when coalesce(btrim(e.driver), '') = '' then array['error', 'the engine does not tell its storage driver (Driver).']
          when lower(btrim(e.driver)) <> 'devicemapper' then array['skip', 'the storage driver is ' || btrim(e.driver) || '; only devicemapper has a base device size.']
          when h.host is null then array['info', 'whether the base device size was changed is not in view: facts of the engine''s host are not configured' || coalesce('; the engine says ' || (e.driver_status ->> 'Base Device Size'), '') || '.']
          ${replace(local.daemon_setting_error_branch_sql, "__KEY__", "storage-opts")}
          when o.options is not null then array['alarm', 'the base device size was changed: ' || o.options || ${local.daemon_setting_place_sql} || '.']
          else array['ok', 'the base device size is left at its default (storage-opts has no dm.basesize).']
        end as finding
      from
        ${replace(local.daemon_setting_from_sql, "__KEY__", "storage-opts")}
        cross join lateral (
          select
            string_agg(btrim(t), ', ' order by t) as options
          from
            jsonb_array_elements_text(case jsonb_typeof(h.value) when 'array' then h.value end) as t
          where
            t ~* '^\s*dm\.basesize\s*='
        ) as o
    )
    ${local.rows_sql}
  EOQ

  # Engines tell of it from 24.0 on; before that a missing entry means nothing.
  docker_host_daemon_setting_no_new_privileges_sql = <<-EOQ
    with verdict as (
      select
        ${local.host_columns_sql},
        case
          ${replace(local.daemon_setting_docker_branches_sql, "__WINDOWS__", "a Windows engine has no such setting.")}
          when s.is_no_new_privileges then array['ok', 'new privileges are blocked (SecurityOptions has name=no-new-privileges).']
          when v.major >= 24 and (e.security_options is not null or coalesce(e.os_type, '') <> '') then array['alarm', 'new privileges are not blocked: SecurityOptions has no name=no-new-privileges (it has: ' || s.options || '), which engine version ' || v.version || ' would tell' || case when h.value = 'true'::jsonb then '; the setting' || ${local.daemon_setting_place_sql} || ' is not in force yet' else '' end || '.']
          when h.host is null then array['info', 'whether new privileges are blocked is not in view: engine version ' || v.version || ' need not tell, and facts of its host are not configured.']
          ${replace(local.daemon_setting_error_branch_sql, "__KEY__", "no-new-privileges")}
          ${replace(replace(local.daemon_setting_type_branch_sql, "__KEY__", "no-new-privileges"), "__TYPE__", "boolean")}
          when h.value = 'true'::jsonb then array['ok', 'new privileges are blocked: no-new-privileges is true' || ${local.daemon_setting_place_sql} || '.']
          else array['alarm', 'new privileges are not blocked: no-new-privileges is ' || coalesce(h.value_text, 'not set') || ${local.daemon_setting_place_sql} || '.']
        end as finding
      from
        ${local.security_options_from_sql}
        left join docker_host_daemon_setting as h on h.sp_connection_name = e.sp_connection_name
        and coalesce(h.key, 'no-new-privileges') = 'no-new-privileges'
        cross join lateral (
          select
            coalesce(nullif(e.server_version, ''), 'unknown') as version,
            substring(e.server_version from '^v?([0-9]{1,4})')::int as major
        ) as v
    )
    ${local.rows_sql}
  EOQ

  docker_host_daemon_setting_userland_proxy_sql = <<-EOQ
    with verdict as (
      select
        ${local.host_columns_sql},
        case
          ${replace(local.daemon_setting_docker_branches_sql, "__WINDOWS__", "a Windows engine has no userland proxy.")}
          ${replace(local.daemon_setting_host_branches_sql, "__KEY__", "userland-proxy")}
          ${replace(replace(local.daemon_setting_type_branch_sql, "__KEY__", "userland-proxy"), "__TYPE__", "boolean")}
          when h.value = 'false'::jsonb then array['ok', 'the userland proxy is off: userland-proxy is false' || ${local.daemon_setting_place_sql} || '.']
          else array['alarm', 'the userland proxy is on: userland-proxy is ' || coalesce(h.value_text, 'not set') || ${local.daemon_setting_place_sql} || '.']
        end as finding
      from
        ${replace(local.daemon_setting_from_sql, "__KEY__", "userland-proxy")}
    )
    ${local.rows_sql}
  EOQ
}

query "docker_host_daemon_setting_log_level" {
  title       = "Log level of the daemon"
  description = "One row an engine: does its daemon log what info asks for, no more and no less?"
  sql         = local.docker_host_daemon_setting_log_level_sql
}

query "docker_host_daemon_setting_iptables" {
  title       = "Rules of iptables"
  description = "One row an engine: may its daemon manage iptables?"
  sql         = local.docker_host_daemon_setting_iptables_sql
}

query "docker_host_daemon_setting_default_ulimits" {
  title       = "Default ulimits"
  description = "One row an engine: do containers that ask for no ulimits get some?"
  sql         = local.docker_host_daemon_setting_default_ulimits_sql
}

query "docker_host_daemon_setting_cgroup_parent" {
  title       = "Default cgroup parent"
  description = "One row an engine: are containers put under a cgroup of your own?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        case
          ${replace(local.daemon_setting_docker_branches_sql, "__WINDOWS__", "a Windows engine has no cgroups.")}
          ${replace(local.daemon_setting_host_branches_sql, "__KEY__", "cgroup-parent")}
          when coalesce(btrim(h.value_text), '') = '' then array['ok', 'no default cgroup parent is set (cgroup-parent).']
          else array['info', 'the default cgroup parent is ' || btrim(h.value_text) || ${local.daemon_setting_place_sql} || '; whether it is meant, a person must judge.']
        end as finding
      from
        ${replace(local.daemon_setting_from_sql, "__KEY__", "cgroup-parent")}
    )
    ${local.rows_sql}
  EOQ
}

query "docker_host_daemon_setting_base_device_size" {
  title       = "Base device size of devicemapper"
  description = "One row an engine: is the base device size of its devicemapper driver left alone?"
  sql         = local.docker_host_daemon_setting_base_device_size_sql
}

query "docker_host_daemon_setting_no_new_privileges" {
  title       = "New privileges"
  description = "One row an engine: are new privileges blocked in containers that do not say otherwise?"
  sql         = local.docker_host_daemon_setting_no_new_privileges_sql
}

query "docker_host_daemon_setting_userland_proxy" {
  title       = "Userland proxy"
  description = "One row an engine: are published ports left to the kernel?"
  sql         = local.docker_host_daemon_setting_userland_proxy_sql
}

locals {
  # Engines with one setting of theirs; __KEY__ stands for its name in daemon.json, __ENGINE__ for the columns of the
  # engine, __FIRST__ and __FINDINGS__ for conditions before and after those on what could be seen, __UNSEEN__ for what
  # follows if the host cannot be seen.
  daemon_setting_sql = <<-EOQ
    with setting as (
      select
        sp_connection_name,
        value,
        value_text,
        host,
        readable,
        error,
        case source
          when 'flag' then coalesce('flag ' || flag, 'a flag')
          when 'file' then coalesce(file || ':' || line, file, 'daemon.json')
          else 'default'
        end as place
      from
        docker_host_daemon_setting
      where
        key = '__KEY__'
        or key is null
    ), verdict as (
      select
        __ENGINE__,
        case
          __FIRST__
          when h.host is null then __UNSEEN__
          when h.readable is not true then array['error', '__KEY__ cannot be told: ' || coalesce(h.error, 'the setting cannot be read') || '.']
          __FINDINGS__
        end as finding
      from
        docker_info as e
        left join setting as h on h.sp_connection_name = e.sp_connection_name
    )
    ${local.rows_sql}
  EOQ

  daemon_setting_podman_sql  = "when e.engine = 'Podman' then array['skip', 'Podman has no daemon with this setting.']"
  daemon_setting_windows_sql = "when e.os_type = 'windows' then array['skip', 'the setting does not apply to a Windows engine.']"
  daemon_setting_unseen_sql  = "array['skip', 'facts of the engine''s host are not configured, and only they tell __KEY__.']"

  docker_host_daemon_setting_log_level_sql = <<-EOQ
    with setting as (
      select
        sp_connection_name,
        max(host) as host,
        bool_and(readable) as readable,
        max(error) as error,
        max(value_text) filter (where key = 'log-level') as log_level,
        bool_or(value = 'true'::jsonb) filter (where key = 'debug') as debug,
        max(
          case source
            when 'flag' then coalesce('flag ' || flag, 'a flag')
            when 'file' then coalesce(file || ':' || line, file, 'daemon.json')
            else 'default'
          end
        ) filter (where key = 'log-level') as place
      from
        docker_host_daemon_setting
      where
        key in ('log-level', 'debug')
        or key is null
      group by
        sp_connection_name
    ), verdict as (
      select
        ${local.host_columns_sql},
        case
          ${local.daemon_setting_podman_sql}
          when e.debug then array['alarm', 'the daemon runs in debug mode (Debug = true), expected the log level info.']
          when h.debug then array['alarm', 'the daemon is set to debug mode (debug = true), expected the log level info.']
          when lower(h.log_level) <> 'info' then array['alarm', 'the log level is ' || h.log_level || ' (' || h.place || '), expected info.']
          when h.host is null then array['info', 'the log level is not told by the engine, which ' || case when e.debug is null then 'does not tell its debug mode either' else 'is not in debug mode' end || '; facts of its host are not configured.']
          when h.readable is not true then array['error', 'log-level cannot be told: ' || coalesce(h.error, 'the setting cannot be read') || '.']
          else array['ok', 'the log level is ' || coalesce(h.log_level, 'not set, which is info') || ' (' || coalesce(h.place, 'default') || ').']
        end as finding
      from
        docker_info as e
        left join setting as h on h.sp_connection_name = e.sp_connection_name
    )
    ${local.rows_sql}
  EOQ

  docker_host_daemon_setting_iptables_sql = <<-EOQ
    with setting as (
      select
        sp_connection_name,
        value,
        host,
        readable,
        error,
        case source
          when 'flag' then coalesce('flag ' || flag, 'a flag')
          when 'file' then coalesce(file || ':' || line, file, 'daemon.json')
          else 'default'
        end as place
      from
        docker_host_daemon_setting
      where
        key = 'iptables'
        or key is null
    ), default_bridge as (
      select distinct on (sp_connection_name)
        sp_connection_name,
        options ->> 'com.docker.network.bridge.enable_icc' as icc
      from
        docker_network
      where
        name = 'bridge'
        or lower(options ->> 'com.docker.network.bridge.default_bridge') in ('1', 't', 'true')
      order by
        sp_connection_name,
        lower(options ->> 'com.docker.network.bridge.default_bridge') in ('1', 't', 'true') desc nulls last
    ), verdict as (
      select
        ${local.host_columns_sql},
        case
          ${local.daemon_setting_windows_sql}
          ${local.daemon_setting_podman_sql}
          when h.host is not null and h.readable is not true then array['error', 'iptables cannot be told: ' || coalesce(h.error, 'the setting cannot be read') || '.']
          when h.host is not null and h.value = 'false'::jsonb then array['alarm', 'the daemon may not manage iptables (iptables = false, ' || h.place || '), expected true.']
          when h.host is not null and coalesce(h.value, 'true'::jsonb) = 'true'::jsonb then array['ok', 'the daemon manages iptables (iptables = true, ' || h.place || ').']
          when h.host is not null then array['error', 'iptables has a value that is no truth value: ' || h.value::text || '.']
          when lower(b.icc) in ('0', 'f', 'false') then array['ok', 'the default bridge restricts traffic (enable_icc is ' || b.icc || '), which the daemon refuses without iptables.']
          else array['info', 'the engine does not tell whether it manages iptables (enable_icc of the default bridge is ' || coalesce(b.icc, 'not set') || '); facts of its host are not configured.']
        end as finding
      from
        docker_info as e
        left join setting as h on h.sp_connection_name = e.sp_connection_name
        left join default_bridge as b on b.sp_connection_name = e.sp_connection_name
    )
    ${local.rows_sql}
  EOQ

  docker_host_daemon_setting_default_ulimits_sql = replace(replace(replace(replace(replace(local.daemon_setting_sql,
    "__FIRST__", "${local.daemon_setting_windows_sql} ${local.daemon_setting_podman_sql}"),
    "__ENGINE__", local.host_columns_sql),
    "__UNSEEN__", local.daemon_setting_unseen_sql),
    "__FINDINGS__", <<-EOQ
          when jsonb_typeof(h.value) = 'object' and h.value <> '{}'::jsonb then array[
            'ok',
            'default ulimits are set (' || h.place || '): ' || (
              select
                string_agg(u.key || '=' || coalesce(u.value ->> 'Soft', u.value ->> 'soft', '?') || ':' || coalesce(u.value ->> 'Hard', u.value ->> 'hard', '?'), ', ' order by u.key)
              from
                jsonb_each(case jsonb_typeof(h.value) when 'object' then h.value end) as u
            ) || '.'
          ]
          else array['alarm', 'no default ulimit is set (default-ulimits), expected at least one.']
    EOQ
    ),
    "__KEY__", "default-ulimits"
  )

  docker_host_daemon_setting_base_device_size_sql = replace(replace(replace(replace(replace(local.daemon_setting_sql,
    "__FIRST__", <<-EOQ
          when lower(e.driver) <> 'devicemapper' then array['skip', 'the storage driver is ' || e.driver || ', and only devicemapper has a base device size.']
          when e.driver is null then array['error', 'the engine does not tell its storage driver.']
    EOQ
    ),
    "__ENGINE__", local.host_columns_sql),
    "__UNSEEN__", "array['info', 'the storage driver is devicemapper (Base Device Size ' || coalesce(e.driver_status ->> 'Base Device Size', 'not told') || '), and whether dm.basesize is set cannot be told: facts of the engine''s host are not configured.']"),
    "__FINDINGS__", <<-EOQ
          when exists (
            select
            from
              jsonb_array_elements_text(case jsonb_typeof(h.value) when 'array' then h.value end) as o
            where
              lower(o) like 'dm.basesize=%'
          ) then array['alarm', 'the base device size is changed (' || h.value::text || ', ' || h.place || '), expected no dm.basesize.']
          else array['ok', 'dm.basesize is not set, so the base device size is the default.']
    EOQ
    ),
    "__KEY__", "storage-opts"
  )

  docker_host_daemon_setting_no_new_privileges_sql = replace(replace(replace(replace(replace(local.daemon_setting_sql,
    "__FIRST__", <<-EOQ
          ${local.daemon_setting_windows_sql}
          ${local.daemon_setting_podman_sql}
          when ${replace(local.security_option_sql, "__OPTION__", "no-new-privileges")} then array['ok', 'new privileges are blocked by default (SecurityOptions has name=no-new-privileges).']
          when substring(e.server_version from '^v?([0-9]{1,4})')::int >= 24 then array['alarm', 'new privileges are not blocked by default (SecurityOptions of engine ' || e.server_version || ' lacks name=no-new-privileges).']
    EOQ
    ),
    "__ENGINE__", local.host_columns_sql),
    "__UNSEEN__", "array['info', 'engine version ' || coalesce(nullif(e.server_version, ''), 'unknown') || ' does not tell no-new-privileges, and facts of its host are not configured.']"),
    "__FINDINGS__", <<-EOQ
          when h.value = 'true'::jsonb then array['ok', 'new privileges are blocked by default (no-new-privileges = true, ' || h.place || ').']
          else array['alarm', 'new privileges are not blocked by default (no-new-privileges = ' || coalesce(h.value::text, 'not set') || ', ' || h.place || '), expected true.']
    EOQ
    ),
    "__KEY__", "no-new-privileges"
  )

  docker_host_daemon_setting_userland_proxy_sql = replace(replace(replace(replace(replace(local.daemon_setting_sql,
    "__FIRST__", "${local.daemon_setting_windows_sql} ${local.daemon_setting_podman_sql}"),
    "__ENGINE__", local.host_columns_sql),
    "__UNSEEN__", local.daemon_setting_unseen_sql),
    "__FINDINGS__", <<-EOQ
          when h.value = 'false'::jsonb then array['ok', 'the userland proxy is off (userland-proxy = false, ' || h.place || ').']
          else array['alarm', 'the userland proxy is on (userland-proxy = ' || coalesce(h.value::text, 'not set') || ', ' || h.place || '), expected false.']
    EOQ
    ),
    "__KEY__", "userland-proxy"
  )
}

query "docker_host_daemon_setting_log_level" {
  title       = "Log level of the daemon"
  description = "One row an engine: is its log level info?"
  sql         = local.docker_host_daemon_setting_log_level_sql
}

query "docker_host_daemon_setting_iptables" {
  title       = "Daemon and iptables"
  description = "One row an engine: may its daemon manage iptables?"
  sql         = local.docker_host_daemon_setting_iptables_sql
}

query "docker_host_daemon_setting_default_ulimits" {
  title       = "Default ulimits"
  description = "One row an engine: does its daemon set default ulimits?"
  sql         = local.docker_host_daemon_setting_default_ulimits_sql
}

query "docker_host_daemon_setting_cgroup_parent" {
  title       = "Default cgroup parent"
  description = "One row an engine: is another cgroup parent set for its containers?"
  sql = replace(replace(replace(replace(replace(local.daemon_setting_sql,
    "__FIRST__", "${local.daemon_setting_windows_sql} ${local.daemon_setting_podman_sql}"),
    "__ENGINE__", local.engine_columns_sql),
    "__UNSEEN__", local.daemon_setting_unseen_sql),
    "__FINDINGS__", <<-EOQ
          when coalesce(h.value_text, h.value::text, '') = '' then array['ok', 'no cgroup parent is set (cgroup-parent).']
          else array['info', 'the cgroup parent is ' || coalesce(h.value_text, h.value::text) || ' (' || h.place || '); a person must judge whether its limits are meant.']
    EOQ
    ),
    "__KEY__", "cgroup-parent"
  )
}

query "docker_host_daemon_setting_base_device_size" {
  title       = "Base device size"
  description = "One row an engine: is the base device size of devicemapper left as it is?"
  sql         = local.docker_host_daemon_setting_base_device_size_sql
}

query "docker_host_daemon_setting_no_new_privileges" {
  title       = "New privileges"
  description = "One row an engine: are new privileges blocked by default?"
  sql         = local.docker_host_daemon_setting_no_new_privileges_sql
}

query "docker_host_daemon_setting_userland_proxy" {
  title       = "Userland proxy"
  description = "One row an engine: is the userland proxy off?"
  sql         = local.docker_host_daemon_setting_userland_proxy_sql
}

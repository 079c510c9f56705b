query "docker_container_memory_usage_limit" {
  title       = "Memory limits"
  description = "One row a container: may it use all memory of the host?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.container_columns_sql},
        case
          when c.memory > 0 then array['ok', 'memory is limited to ' || c.memory || ' bytes (HostConfig.Memory).']
          else array['alarm', 'memory limit is not set (HostConfig.Memory = ' || coalesce(c.memory::text, 'nothing') || ').']
        end as finding
      from
        ${local.container_from_sql}
    )
    ${local.container_rows_sql}
  EOQ
}

query "docker_container_cpu_priority_set" {
  title       = "CPU shares"
  description = "One row a container: was its weight for processor time chosen?"
  sql = <<-EOQ
    with container as (
      select
        ${local.container_columns_sql},
        c.cpu_shares,
        'HostConfig.CpuShares = ' || coalesce(c.cpu_shares::text, 'nothing') as shares,
        nullif(concat_ws(', ',
          case when c.nano_cpus > 0 then 'NanoCpus = ' || c.nano_cpus end,
          case when c.cpu_quota > 0 then 'CpuQuota = ' || c.cpu_quota end,
          case when trim(c.cpuset_cpus) <> '' then 'CpusetCpus = ' || c.cpuset_cpus end
        ), '') as other_limits
      from
        ${local.container_from_sql}
    ), verdict as (
      select
        *,
        case
          when cpu_shares > 0 and cpu_shares <> 1024 then array['ok', 'CPU shares are set (' || shares || ').']
          when other_limits is not null then array['info', 'CPU shares are left at the default (' || shares || '), but processor time is limited in another way (' || other_limits || '); judge whether that is enough.']
          else array['alarm', 'CPU shares are left at the default (' || shares || '; neither 0 nor 1024 was expected) and processor time is not limited in another way.']
        end as finding
      from
        container
    )
    ${local.container_rows_sql}
  EOQ
}

query "docker_container_default_ulimit" {
  title       = "Ulimits of containers"
  description = "One row a container: does it have ulimits that are not the daemon's defaults?"
  sql = <<-EOQ
    with setting as (
      ${replace(local.daemon_setting_sql, "__KEY__", "default-ulimits")}
    ), daemon as (
      select
        sp_connection_name,
        host is not null and readable as is_known,
        case
          when host is null then 'host facts are not configured'
          when not readable then coalesce(error, 'the setting could not be read')
        end as unknown_because,
        case jsonb_typeof(value) when 'object' then value end as ulimits
      from
        setting
    ), container as (
      select
        ${local.container_columns_sql},
        ${local.container_is_windows_sql} as is_windows,
        e.engine as product,
        coalesce(d.is_known, false) as is_known,
        coalesce(d.unknown_because, 'the daemon''s settings are not known') as unknown_because,
        own.number,
        own.listed,
        own.overrides
      from
        ${local.container_from_sql}
        left join daemon as d on d.sp_connection_name = e.sp_connection_name
        cross join lateral (
          select
            count(*) as number,
            string_agg(u.entry, ', ' order by u.entry collate "C") as listed,
            string_agg(u.entry, ', ' order by u.entry collate "C") filter (where not u.is_default) as overrides
          from
            (
              select
                regexp_replace(lower(coalesce(item ->> 'Name', '?')), '^rlimit_', '') || '=' || coalesce(item ->> 'Soft', '0') || ':' || coalesce(item ->> 'Hard', '0') as entry,
                exists (
                  select
                  from
                    jsonb_each(d.ulimits) as k
                  where
                    lower(coalesce(nullif(k.value ->> 'Name', ''), k.key)) = lower(item ->> 'Name')
                    and coalesce(k.value -> 'Soft', '0') = coalesce(item -> 'Soft', '0')
                    and coalesce(k.value -> 'Hard', '0') = coalesce(item -> 'Hard', '0')
                ) as is_default
              from
                jsonb_array_elements(case jsonb_typeof(c.ulimits) when 'array' then c.ulimits end) as item
            ) as u
        ) as own
    ), verdict as (
      select
        *,
        case
          when is_windows then array['skip', 'a Windows container has no ulimits.']
          when number = 0 then array['ok', 'it has no ulimits of its own (HostConfig.Ulimits is empty).']
          when product = 'Podman' then array['info', 'ulimits are ' || listed || '; Podman lists its defaults here too, so judge whether they were raised on purpose.']
          when not is_known then array['info', 'ulimits are ' || listed || '; whether they are the daemon''s defaults cannot be told (' || unknown_because || ').']
          when overrides is null then array['ok', 'ulimits are the daemon''s defaults (' || listed || ').']
          else array['info', 'ulimits ' || overrides || ' are not among the daemon''s defaults (default-ulimits); judge whether the container needs them.']
        end as finding
      from
        container
    )
    ${local.container_rows_sql}
  EOQ
}

query "docker_container_cgroup_usage" {
  title       = "Cgroup parents of containers"
  description = "One row a container: is its cgroup where the engine puts it by default?"
  sql = <<-EOQ
    with container as (
      select
        ${local.container_columns_sql},
        ${local.container_is_windows_sql} as is_windows,
        e.engine as product,
        coalesce(nullif(e.cgroup_driver, ''), 'unknown') as driver,
        coalesce(e.security_options @> '["name=rootless"]', false) as is_rootless,
        c.cgroup_parent,
        trim(both '/' from c.cgroup_parent) as parent
      from
        ${local.container_from_sql}
    ), verdict as (
      select
        *,
        case
          when is_windows then array['skip', 'a Windows container has no cgroup.']
          when cgroup_parent is null then array['error', 'the engine does not tell HostConfig.CgroupParent.']
          when cgroup_parent = '' then array['ok', 'its cgroup is where the engine puts it by default (HostConfig.CgroupParent is empty).']
          when parent ~ '(^|/)kubepods([./-]|$)' then array['info', 'its cgroup parent is ' || cgroup_parent || ' (HostConfig.CgroupParent), a pod''s of Kubernetes; judge whether the kubelet manages this container.']
          when driver <> 'systemd' and parent = 'docker' and product is distinct from 'Podman'
            or driver <> 'cgroupfs' and parent = 'system.slice'
            or driver <> 'cgroupfs' and parent = 'user.slice' and is_rootless
            or driver <> 'systemd' and parent = 'libpod_parent' and product = 'Podman'
            or driver <> 'cgroupfs' and parent = 'machine.slice' and product = 'Podman'
          then array['info', 'its cgroup parent is set to ' || cgroup_parent || ' (HostConfig.CgroupParent), which is ' || case driver when 'unknown' then 'a default of engines' else 'the default of cgroup driver ' || driver end || '; it need not be set.']
          else array['alarm', 'its cgroup parent is set to ' || cgroup_parent || ' (HostConfig.CgroupParent); nothing was expected, so that it stays in the default cgroup.']
        end as finding
      from
        container
    )
    ${local.container_rows_sql}
  EOQ
}

query "docker_container_pid_cgroup_limit_used" {
  title       = "Limits of processes"
  description = "One row a container: may it start as many processes as the host can bear?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.container_columns_sql},
        case
          when ${local.container_is_windows_sql} then array['skip', 'the number of processes of a Windows container cannot be limited.']
          when c.pids_limit > 0 then array['ok', 'the number of its processes is limited to ' || c.pids_limit || ' (HostConfig.PidsLimit).']
          else array['alarm', 'the number of its processes is not limited (HostConfig.PidsLimit = ' || coalesce(c.pids_limit::text, 'nothing') || ', more than 0 was expected).']
        end as finding
      from
        ${local.container_from_sql}
    )
    ${local.container_rows_sql}
  EOQ
}

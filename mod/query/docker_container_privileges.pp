locals {
  # What a container has if nobody says otherwise.
  default_capabilities_sql = "array['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'NET_RAW', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT']"

  # The same of Podman since 4.0. It reports the difference to these, and never ALL.
  podman_default_capabilities_sql = "array['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT']"

  # Names of capabilities as a sorted array: CAP_NET_RAW and net_raw are NET_RAW.
  capability_names_sql = <<-EOQ
        array(
          select distinct
            regexp_replace(upper(btrim(k.name)), '^CAP_', '') as name
          from
            jsonb_array_elements_text(case jsonb_typeof(__LIST__) when 'array' then __LIST__ end) as k(name)
          where
            btrim(k.name) <> ''
          order by
            name
        )
  EOQ
}

query "docker_container_capabilities_restricted" {
  title       = "Capabilities"
  description = "One row a container: has it capabilities beyond the engine's defaults, or the default NET_RAW?"
  sql = <<-EOQ
    with container as (
      select
        ${local.container_columns_sql},
        e.engine = 'Podman' as is_podman,
        ${local.container_or_engine_is_windows_sql} as is_windows,
        c.privileged,
        ${replace(local.capability_names_sql, "__LIST__", "c.cap_add")} as added,
        ${replace(local.capability_names_sql, "__LIST__", "c.cap_drop")} as dropped
      from
        ${local.container_from_sql}
    ), judged as (
      select
        *,
        array(select a.name from unnest(added) as a(name) where a.name <> all (${local.default_capabilities_sql}) order by a.name) as beyond,
        'ALL' = any (dropped) or (is_podman and dropped @> ${local.podman_default_capabilities_sql}) as all_dropped
      from
        container
    ), verdict as (
      select
        *,
        case
          when is_windows then array['skip', 'Windows has no capabilities.']
          when privileged then array['alarm', 'it is privileged and so has all capabilities (HostConfig.Privileged = true).']
          when 'ALL' = any (added) then array['alarm', 'it has all capabilities (HostConfig.CapAdd has ALL).']
          when cardinality(beyond) > 0 then array['alarm', 'it has capabilities beyond the defaults: ' || array_to_string(beyond, ', ') || ' (HostConfig.CapAdd).']
          when privileged is null then array['error', 'the engine does not tell whether it is privileged.']
          when 'NET_RAW' = any (added) then array['info', 'NET_RAW is added (HostConfig.CapAdd), so it may forge packets: a person must judge whether it needs to.']
          when all_dropped then array['ok', 'all capabilities are dropped' || case when cardinality(added) = 0 then '' else ', and only defaults added again: ' || array_to_string(added, ', ') end || '.']
          when 'NET_RAW' = any (dropped) then array['ok', 'NET_RAW is dropped, and nothing beyond the defaults is added (HostConfig.CapDrop has ' || array_to_string(dropped, ', ') || ').']
          when is_podman then array['info', 'nothing beyond the defaults is added; whether NET_RAW is among them depends on Podman''s version and containers.conf: a person must judge.']
          else array['info', 'nothing beyond the defaults is added, but NET_RAW is kept (HostConfig.CapDrop has ' || coalesce(nullif(array_to_string(dropped, ', '), ''), 'nothing') || '): a person must judge whether it is needed.']
        end as finding
      from
        judged
    )
    ${local.container_rows_sql}
  EOQ
}

query "docker_container_privileged" {
  title       = "Privileged containers"
  description = "One row a container: is it privileged?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.container_columns_sql},
        case
          when c.privileged then array['alarm', 'it is privileged (HostConfig.Privileged = true).']
          when not c.privileged then array['ok', 'it is not privileged (HostConfig.Privileged = false).']
          else array['error', 'the engine does not tell whether it is privileged.']
        end as finding
      from
        ${local.container_from_sql}
    )
    ${local.container_rows_sql}
  EOQ
}

query "docker_container_host_devices_exposed" {
  title       = "Host devices in containers"
  description = "One row a container: was it given devices of the host?"
  sql = <<-EOQ
    with container as (
      select
        ${local.container_columns_sql},
        c.privileged,
        nullif(concat_ws('; ',
          case when c.privileged then 'it is privileged and reaches every device' end,
          'devices ' || given.devices,
          'device requests ' || asked.requests,
          'device cgroup rules ' || ruled.rules
        ), '') as exposed,
        coalesce(c.mounts_detail, c.mounts) is not null as has_mounts,
        bound.sources
      from
        ${local.container_from_sql}
        cross join lateral (
          select
            string_agg(device, ', ' order by device collate "C") as devices
          from
            (
              select
                coalesce(nullif(item ->> 'PathOnHost', ''), nullif(item ->> 'Path', ''), item::text) as device
              from
                jsonb_array_elements(case jsonb_typeof(c.devices) when 'array' then c.devices end) as item
            ) as d
        ) as given
        cross join lateral (
          select
            string_agg(request, ', ' order by request collate "C") as requests
          from
            (
              select
                coalesce(
                  nullif(concat_ws(' ',
                    nullif(item ->> 'Driver', ''),
                    (select string_agg(name #>> '{}', '+') from jsonb_path_query(item, 'lax $.Capabilities[*][*]') as name),
                    (select string_agg(name #>> '{}', '+') from jsonb_path_query(item, 'lax $.DeviceIDs[*]') as name where name <> 'null')
                  ), ''),
                  item::text
                ) as request
              from
                jsonb_array_elements(case jsonb_typeof(c.device_requests) when 'array' then c.device_requests end) as item
            ) as r
        ) as asked
        cross join lateral (
          select
            string_agg(rule, ', ' order by rule collate "C") as rules
          from
            (
              select
                item #>> '{}' as rule
              from
                jsonb_array_elements(case jsonb_typeof(c.device_cgroup_rules) when 'array' then c.device_cgroup_rules end) as item
            ) as r
        ) as ruled
        cross join lateral (
          select
            string_agg(source, ', ' order by source collate "C") as sources
          from
            (
              select distinct
                item ->> 'Source' as source
              from
                jsonb_array_elements(case jsonb_typeof(coalesce(c.mounts_detail, c.mounts)) when 'array' then coalesce(c.mounts_detail, c.mounts) end) as item
              where
                lower(item ->> 'Type') = 'bind'
                and item ->> 'Source' ~ '^/+dev(/|$)'
            ) as b
        ) as bound
    ), verdict as (
      select
        *,
        case
          when exposed is not null then array['alarm', 'devices of the host are exposed: ' || exposed || '.']
          when sources is not null then array['info', 'it has ' || sources || ' of the host mounted; the device cgroup keeps device nodes there from use, so judge whether it needs them.']
          when privileged is null then array['error', 'the engine does not tell HostConfig.Privileged.']
          when not has_mounts then array['error', 'the engine does not tell the container''s mounts.']
          else array['ok', 'no devices of the host are exposed (HostConfig.Devices is empty).']
        end as finding
      from
        container
    )
    ${local.container_rows_sql}
  EOQ
}

query "docker_container_mount_propagation_mode_shared" {
  title       = "Mount propagation"
  description = "One row a container: does a mount of it pass on to the host what is mounted below it?"
  sql = <<-EOQ
    with container as (
      select
        ${local.container_columns_sql},
        ${local.container_is_windows_sql} as is_windows,
        jsonb_typeof(coalesce(c.mounts_detail, c.mounts)) = 'array' as has_mounts,
        mounted.number,
        mounted.shared
      from
        ${local.container_from_sql}
        cross join lateral (
          select
            count(*) as number,
            string_agg(mount, ', ' order by mount collate "C") filter (where propagation in ('shared', 'rshared')) as shared
          from
            (
              select
                coalesce(nullif(item ->> 'Source', ''), nullif(item ->> 'Name', ''), '?') || ' at ' || coalesce(item ->> 'Destination', '?') || ' (' || coalesce(item ->> 'Propagation', '') || ')' as mount,
                lower(item ->> 'Propagation') as propagation
              from
                jsonb_array_elements(case jsonb_typeof(coalesce(c.mounts_detail, c.mounts)) when 'array' then coalesce(c.mounts_detail, c.mounts) end) as item
            ) as m
        ) as mounted
    ), verdict as (
      select
        *,
        case
          when is_windows then array['skip', 'mounts of a Windows container have no propagation.']
          when shared is not null then array['alarm', 'mounts with shared propagation: ' || shared || '; private or slave was expected.']
          when has_mounts is not true then array['error', 'the engine does not tell the container''s mounts.']
          when number = 0 then array['ok', 'it has no mounts.']
          else array['ok', 'none of its mounts has shared propagation (mounts: ' || number || ').']
        end as finding
      from
        container
    )
    ${local.container_rows_sql}
  EOQ
}

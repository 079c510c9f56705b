locals {
  sensitive_host_directories_sql = "array[${join(", ", [for item in var.sensitive_host_directories : "'${replace(item, "'", "''")}'"])}]::text[]"

  # A path without //, /./, /../ and a slash at its end. A part survives if no later `..` reaches it: the depth after it
  # never falls below its own again.
  normal_path_sql = <<-EOQ
        case
          when __PATH__ not like '/%' then nullif(__PATH__, '')
          when __PATH__ ~ '/\.\.?(/|$)' then (
            select
              '/' || coalesce(string_agg(w.part, '/' order by w.at) filter (where w.part <> '..' and w.depth <= coalesce(w.least, w.depth)), '')
            from
              (
                select
                  d.part,
                  d.at,
                  d.depth,
                  min(d.depth) over (order by d.at desc rows between unbounded preceding and 1 preceding) as least
                from
                  (
                    select
                      p.part,
                      p.at,
                      sum(case when p.part = '..' then -1 else 1 end) over (order by p.at) as depth
                    from
                      unnest(string_to_array(__PATH__, '/')) with ordinality as p(part, at)
                    where
                      p.part not in ('', '.')
                  ) as d
              ) as w
          )
          else '/' || btrim(regexp_replace(__PATH__, '/+', '/', 'g'), '/')
        end
  EOQ
}

query "docker_container_host_system_directories_mounted" {
  title       = "Sensitive directories of the host"
  description = "One row a container: is a sensitive directory of the host mounted in it?"
  sql = <<-EOQ
    with directory as (
      select
        coalesce(array_agg(n.path), array[]::text[]) as paths
      from
        (
          select
            ${replace(local.normal_path_sql, "__PATH__", "s.path")} as path
          from
            unnest(${local.sensitive_host_directories_sql}) as s(path)
        ) as n
    ), bind_volume as (
      select
        v.sp_connection_name,
        v.name,
        v.options ->> 'device' as device,
        'ro' = any (regexp_split_to_array(lower(coalesce(v.options ->> 'o', '')), '\s*,\s*')) as is_read_only
      from
        docker_volume as v
      where
        coalesce(v.driver, 'local') = 'local'
        and v.options ->> 'device' <> ''
        and (
          regexp_split_to_array(lower(coalesce(v.options ->> 'o', '')), '\s*,\s*') && array['bind', 'rbind']
          or lower(v.options ->> 'type') in ('none', 'bind')
        )
    ), container as (
      select
        ${local.container_columns_sql},
        e.sp_connection_name,
        ${local.container_or_engine_is_windows_sql} as is_windows,
        case
          when jsonb_typeof(c.mounts_detail) = 'array' then c.mounts_detail
          when jsonb_typeof(c.mounts) = 'array' then c.mounts
        end as mounts
      from
        ${local.container_from_sql}
    ), mount as (
      select
        c.sp_connection_name,
        c.id,
        v.name as volume,
        coalesce(v.device, m.mount ->> 'Source') as source,
        m.mount ->> 'Destination' as destination,
        not (
          coalesce(v.is_read_only, false)
          or coalesce(lower(m.mount ->> 'RW') = 'false', false)
          or (
            m.mount ->> 'RW' is null
            and 'ro' = any (string_to_array(coalesce(m.mount ->> 'Mode', ''), ','))
          )
        ) as is_writable
      from
        container as c
        cross join lateral jsonb_array_elements(c.mounts) as m(mount)
        left join bind_volume as v on v.sp_connection_name = c.sp_connection_name
        and v.name = m.mount ->> 'Name'
        and lower(m.mount ->> 'Type') = 'volume'
      where
        v.name is not null
        or lower(coalesce(m.mount ->> 'Type', case when coalesce(m.mount ->> 'Name', '') = '' then 'bind' end)) = 'bind'
    ), normal_mount as (
      select
        m.sp_connection_name,
        m.id,
        m.is_writable,
        ${replace(local.normal_path_sql, "__PATH__", "m.source")} as path,
        coalesce(' at ' || m.destination, '') || coalesce(', through volume ' || m.volume, '') as place
      from
        mount as m
    ), graded_mount as (
      select
        m.sp_connection_name,
        m.id,
        case
          when m.path is null then 'unknown'
          when g.is_whole and m.is_writable then 'alarm'
          when g.is_whole or (g.is_part and m.is_writable) then 'info'
          else 'ok'
        end as grade,
        coalesce(m.path, 'a path that is not told') || case when m.is_writable then ' read-write' else ' read-only' end || m.place as text
      from
        normal_mount as m
        cross join directory as d
        cross join lateral (
          select
            coalesce(bool_or(p.path = m.path or starts_with(p.path, case m.path when '/' then '/' else m.path || '/' end)), false) as is_whole,
            coalesce(bool_or(p.path <> '/' and starts_with(m.path, p.path || '/')), false) as is_part
          from
            unnest(d.paths) as p(path)
        ) as g
    ), container_mounts as (
      select
        sp_connection_name,
        id,
        count(*) as mounts,
        string_agg(text, ', ' order by text) as all_texts,
        string_agg(text, ', ' order by text) filter (where grade = 'alarm') as alarm,
        string_agg(text, ', ' order by text) filter (where grade = 'info') as info,
        string_agg(text, ', ' order by text) filter (where grade = 'unknown') as unknown
      from
        graded_mount
      group by
        sp_connection_name,
        id
    ), verdict as (
      select
        c.*,
        case
          when c.mounts is null then array['error', 'the engine does not tell its mounts.']
          when m.mounts is null then array['ok', 'no directory of the host is mounted.']
          when c.is_windows then array['info', 'directories of a Windows host are mounted, and the list of sensitive ones is for Linux: ' || m.all_texts || '.']
          when m.alarm is not null then array['alarm', 'sensitive directories of the host are mounted read-write: ' || m.alarm || coalesce('; also to be judged: ' || m.info, '') || '.']
          when m.unknown is not null then array['error', 'the engine does not tell the host''s path of a mount: ' || m.unknown || '.']
          when m.info is not null then array['info', 'sensitive directories of the host, or paths below one, are mounted: ' || m.info || '; a person must judge.']
          else array['ok', 'no sensitive directory of the host is mounted, only ' || m.all_texts || '.']
        end as finding
      from
        container as c
        left join container_mounts as m on m.sp_connection_name = c.sp_connection_name
        and m.id = c.id
    )
    ${local.container_rows_sql}
  EOQ
}

query "docker_container_root_filesystem_mounted" {
  title       = "Read-only root file systems"
  description = "One row a container: is its root file system read-only?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.container_columns_sql},
        case
          when ${local.container_or_engine_is_windows_sql} then array['skip', 'Windows has no read-only root file systems.']
          when c.readonly_rootfs then array['ok', 'the root file system is read-only (HostConfig.ReadonlyRootfs = true).']
          when not c.readonly_rootfs then array['alarm', 'the root file system is writable (HostConfig.ReadonlyRootfs = false).']
          else array['error', 'the engine does not tell whether the root file system is read-only.']
        end as finding
      from
        ${local.container_from_sql}
    )
    ${local.container_rows_sql}
  EOQ
}

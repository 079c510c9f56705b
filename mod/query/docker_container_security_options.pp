locals {
  # The value of a security option of a container (`c`), as the engine reads it: the last one counts, `=` and, of old,
  # `:` stand between name and value, and an option of one word has the value ''.
  container_security_option_sql = <<-EOQ
        cross join lateral (
          select
            (array_agg(
              case
                when position('=' in opt.text) > 0 then substr(opt.text, position('=' in opt.text) + 1)
                when position(':' in opt.text) > 0 then substr(opt.text, position(':' in opt.text) + 1)
                else ''
              end
              order by opt.place desc
            ))[1] as value
          from
            (
              select
                item #>> '{}' as text,
                place
              from
                jsonb_array_elements(case jsonb_typeof(c.security_opt) when 'array' then c.security_opt end) with ordinality as o (item, place)
            ) as opt
          where
            lower(trim(split_part(case when position('=' in opt.text) > 0 then opt.text else replace(opt.text, ':', '=') end, '=', 1))) = '__OPTION__'
        ) as chosen
  EOQ

  # The major version of an engine (`e`); builds of developers have 0, which says nothing.
  engine_major_sql = "nullif(substring(e.server_version from '^v?([0-9]{1,4})[.]')::int, 0)"
}

query "docker_container_default_seccomp_profile_disabled" {
  title       = "Seccomp filters"
  description = "One row a container: are its system calls filtered by seccomp?"
  sql = <<-EOQ
    with engine as (
      select
        e.sp_connection_name,
        e.id,
        e.name,
        e.os_type,
        e.engine,
        e._ctx,
        coalesce(nullif(e.server_version, ''), 'unknown') as version,
        ${local.engine_major_sql} as major,
        coalesce(listed.has_seccomp, false) as has_seccomp,
        listed.profile
      from
        docker_info as e
        cross join lateral (
          select
            bool_or(true) as has_seccomp,
            max(substring(opt #>> '{}' from ',profile=([^,]*)')) as profile
          from
            jsonb_array_elements(case jsonb_typeof(e.security_options) when 'array' then e.security_options end) as opt
          where
            opt #>> '{}' ~ '^(name=)?seccomp(,|$)'
        ) as listed
    ), container as (
      select
        ${local.container_columns_sql},
        ${local.container_is_windows_sql} as is_windows,
        e.engine as product,
        e.version,
        e.major,
        e.has_seccomp,
        e.profile as daemon_profile,
        c.privileged,
        nullif(trim(chosen.value), '') as chosen_profile,
        case
          when trim(chosen.value) ~ '^\{' then 'a custom profile'
          else 'profile ' || trim(chosen.value)
        end as chosen_name
      from
        engine as e
        left join docker_container as c on c.sp_connection_name = e.sp_connection_name
        ${replace(local.container_security_option_sql, "__OPTION__", "seccomp")}
    ), verdict as (
      select
        *,
        case
          when is_windows then array['skip', 'a Windows container has no seccomp.']
          when lower(chosen_profile) = 'unconfined' then array['alarm', 'the seccomp filter is switched off (HostConfig.SecurityOpt: seccomp=' || chosen_profile || ').']
          when not has_seccomp then array['alarm', 'the engine lists no seccomp among its security options, so no filter is applied.']
          when privileged and chosen_profile is null then array['alarm', 'it is privileged and names no seccomp profile, so no filter is applied.']
          when privileged and product is distinct from 'Podman' and major < 27 then array['alarm', 'it is privileged, and engine version ' || version || ' then applies no seccomp filter, though the container names ' || chosen_name || '.']
          when privileged and product is distinct from 'Podman' and major is null then array['info', 'it is privileged and names ' || chosen_name || ' for seccomp, but whether engine version ' || version || ' applies that cannot be told; 27 and later do.']
          when privileged is null and (chosen_profile is null or product is distinct from 'Podman' and coalesce(major, 0) < 27) then array['error', 'the engine does not tell HostConfig.Privileged.']
          when chosen_profile is not null then array['ok', 'seccomp filters its system calls with ' || chosen_name || ' (HostConfig.SecurityOpt).']
          when lower(daemon_profile) = 'unconfined' then array['alarm', 'the daemon''s seccomp profile is unconfined, and the container names none of its own.']
          else array['ok', 'seccomp filters its system calls with the engine''s profile (' || coalesce(daemon_profile, 'not named') || ').']
        end as finding
      from
        container
    )
    ${local.container_rows_sql}
  EOQ
}

query "docker_container_no_new_privileges" {
  title       = "New privileges"
  description = "One row a container: may its processes gain privileges, as through a set-user-ID program?"
  sql = <<-EOQ
    with daemon as (
      ${replace(local.daemon_setting_sql, "__KEY__", "no-new-privileges")}
    ), engine as (
      select
        e.sp_connection_name,
        e.id,
        e.name,
        e.os_type,
        e.engine,
        e._ctx,
        coalesce(nullif(e.server_version, ''), 'unknown') as version,
        ${local.engine_major_sql} as major,
        case when jsonb_typeof(e.security_options) = 'array' then e.security_options ?| array['name=no-new-privileges', 'no-new-privileges'] end as is_listed,
        d.host is not null as has_host,
        d.readable,
        d.error,
        d.value
      from
        docker_info as e
        left join daemon as d on d.sp_connection_name = e.sp_connection_name
    ), container as (
      select
        ${local.container_columns_sql},
        ${local.container_is_windows_sql} as is_windows,
        c.privileged,
        chosen.value as chosen,
        case
          when chosen.value in ('', '1', 't', 'T', 'TRUE', 'true', 'True') then true
          when chosen.value in ('0', 'f', 'F', 'FALSE', 'false', 'False') then false
        end as is_on,
        -- whether the daemon's default is on: engines from 24 on list it, of others only the host can tell
        case
          when e.is_listed then 'on'
          when e.engine = 'Podman' then 'off'
          when e.major >= 24 then 'off'
          when e.has_host and not e.readable then 'unreadable'
          when e.has_host and e.value = 'true' then 'on'
          when e.has_host then 'off'
          else 'unknown'
        end as daemon_default,
        e.version,
        coalesce(e.error, 'the reason is not known') as daemon_error
      from
        engine as e
        left join docker_container as c on c.sp_connection_name = e.sp_connection_name
        ${replace(local.container_security_option_sql, "__OPTION__", "no-new-privileges")}
    ), verdict as (
      select
        *,
        case
          when is_windows then array['skip', 'a Windows container has no such switch.']
          when is_on then array['ok', 'its processes cannot gain privileges (HostConfig.SecurityOpt: no-new-privileges' || coalesce('=' || nullif(chosen, ''), '') || ').']
          when not is_on then array['alarm', 'its processes may gain privileges (HostConfig.SecurityOpt: no-new-privileges=' || chosen || ').']
          when chosen is not null then array['info', 'no-new-privileges is ' || chosen || ' (HostConfig.SecurityOpt), which is no truth value.']
          when daemon_default = 'on' and privileged then array['info', 'it is privileged and does not set no-new-privileges; the daemon''s default is on, but the container may be older than that default.']
          when daemon_default = 'on' then array['info', 'it does not set no-new-privileges; the daemon''s default is on, but the container may be older than that default.']
          when daemon_default = 'off' then array['alarm', 'its processes may gain privileges (HostConfig.SecurityOpt has no no-new-privileges, and the engine''s default is off).']
          when daemon_default = 'unreadable' then array['error', 'it does not set no-new-privileges, and the daemon''s default could not be read: ' || daemon_error || '.']
          else array['alarm', 'its processes may gain privileges (HostConfig.SecurityOpt has no no-new-privileges; engine version ' || version || ' does not tell the daemon''s default, and host facts are not configured).']
        end as finding
      from
        container
    )
    ${local.container_rows_sql}
  EOQ
}

locals {
  # The state of a container (`c`) in a word.
  container_state_sql = "lower(coalesce(nullif(c.state_detail ->> 'Status', ''), case c.state_detail ->> 'Running' when 'true' then 'running' when 'false' then 'exited' end, c.state))"

  docker_container_non_root_user_sql = <<-EOQ
    with process as (
      select
        container_id,
        pid,
        uid,
        user_name,
        container_user,
        elapsed,
        sp_connection_name
      from
        docker_container_process
      where
        pid is not null
    ), container as (
      select
        ${local.container_columns_sql},
        e.sp_connection_name as connection,
        c.pid,
        ${local.container_state_sql} as state,
        c.config is null as is_unknown,
        coalesce(c.config ->> 'User', '') as config_user,
        lower(split_part(btrim(coalesce(c.config ->> 'User', '')), ':', 1)) as lower_user,
        split_part(btrim(coalesce(c.config ->> 'User', '')), ':', 1) as only_user,
        e.os_type = 'windows' or c.platform = 'windows' as is_windows,
        e.security_options::text like '%name=rootless%' or (e.security_options::text like '%name=userns%' and c.userns_mode is distinct from 'host') as is_mapped
      from
        ${local.container_from_sql}
    ), first_process as (
      select distinct on (c.connection, c.id)
        c.*,
        c.only_user in ('', 'root') or c.only_user ~ '^[+]?0+$' or (c.is_windows and c.lower_user in ('containeradministrator', 'administrator')) as is_root_user,
        p.uid,
        coalesce(p.user_name, p.uid::text) as seen_user,
        p.container_user,
        case
          when p.container_user <> '' then p.container_user in ('root', '0')
          when p.uid = 0 or (p.uid is null and p.user_name = 'root') then true
          when c.is_mapped or c.is_windows then null
          when p.uid > 0 or p.user_name <> '' then false
        end as is_root
      from
        container as c
        left join process as p on p.sp_connection_name = c.connection and p.container_id = c.id
      order by
        c.connection,
        c.id,
        p.pid = c.pid desc nulls last,
        p.elapsed desc nulls last,
        p.pid
    ), verdict as (
      select
        *,
        case
          when state is null then array['error', 'the engine does not tell whether it runs.']
          when state not in ('running', 'paused', 'restarting') then array['skip', 'it does not run (' || state || '), so it has no process.']
          when is_root then array['alarm', 'its first process runs as root (user ' || coalesce(nullif(container_user, '') || ' inside', seen_user || ' on the host') || ', Config.User is "' || config_user || '").']
          when not is_root then array['ok', 'its first process runs as user ' || coalesce(nullif(container_user, '') || ' inside', seen_user || ' on the host') || ' (Config.User is "' || config_user || '").']
          when is_unknown then array['error', 'neither its first process nor its Config.User is known.']
          when is_root_user then array['alarm', 'it runs as root (Config.User is "' || config_user || '"); a user without rights was expected.']
          else array['ok', 'it runs as user ' || config_user || ' (Config.User).']
        end as finding
      from
        first_process
    )
    ${local.container_rows_sql}
  EOQ
}

query "docker_container_non_root_user" {
  title       = "Users of containers"
  description = "One row a container: does its first process run as another user than root?"
  sql         = local.docker_container_non_root_user_sql
}

query "docker_container_unnecessary_packages" {
  title       = "Packages in containers"
  description = "One row a container: a person must look at the packages of those that run."
  sql = <<-EOQ
    with verdict as (
      select
        ${local.container_columns_sql},
        case
          when c.state is null then array['error', 'the engine does not tell whether it runs.']
          when lower(c.state) not in ('running', 'paused', 'restarting') then array['skip', 'it does not run (' || c.state || ').']
          else array['info', 'the engine does not tell what is installed in it (image ' || coalesce(nullif(c.image, ''), c.image_id, 'unknown') || '); list its packages and judge which it needs.']
        end as finding
      from
        ${local.container_from_sql}
    )
    ${local.container_rows_sql}
  EOQ
}

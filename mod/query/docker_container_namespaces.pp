locals {
  # One row a container: whose namespace of a kind is it in? A container that joins another one's is followed to the
  # end. __COLUMN__ has the mode, __FIELD__ is its name in the inspect, __KIND__ for people; __OWN__ are the modes that
  # give a container its own, as a list of SQL texts, and __OWN_REASON__ what follows from one.
  container_namespace_sql = <<-EOQ
    with recursive container as (
      select
        ${local.container_columns_sql},
        e.sp_connection_name,
        ${local.container_is_windows_sql} as is_windows,
        c.__COLUMN__ as mode,
        ltrim(substring(c.__COLUMN__ from '^container:(.*)$'), '/') as joined,
        coalesce(starts_with(c.__COLUMN__, 'container:'), false) as is_joined
      from
        ${local.container_from_sql}
    ), ${trimspace(local.container_link_sql)}, judged as (
      select
        c.*,
        o.id is not null as is_found,
        o.mode as origin_mode,
        l.target,
        'HostConfig.__FIELD__ ' || coalesce('= ' || nullif(c.mode, ''), 'is empty') as seen,
        coalesce('container ' || l.target_name, 'container ' || coalesce(nullif(c.joined, ''), '(no name)')) as target_name
      from
        container as c
        left join link as l on l.sp_connection_name = c.sp_connection_name
          and l.id = c.id
        left join origin as o on o.sp_connection_name = c.sp_connection_name
          and o.id = c.id
    ), verdict as (
      select
        *,
        case
          when is_windows then array['skip', 'a Windows container has no __KIND__ namespace.']
          when mode is null then array['error', 'the engine does not tell HostConfig.__FIELD__.']
          when mode = 'host' then array['alarm', 'it shares the host''s __KIND__ namespace (' || seen || ').']
          when is_joined and target is null then array['info', 'it shares the __KIND__ namespace of ' || target_name || ', which the engine does not list, so whether that is the host''s cannot be told (' || seen || ').']
          when is_joined and not is_found then array['info', 'it shares the __KIND__ namespace of ' || target_name || ', from where no end is found, so whether that is the host''s cannot be told (' || seen || ').']
          when is_joined and origin_mode is null then array['error', 'it shares the __KIND__ namespace of ' || target_name || ', of which the engine does not tell HostConfig.__FIELD__.']
          when is_joined and origin_mode = 'host' then array['alarm', 'it shares the __KIND__ namespace of ' || target_name || ', which is the host''s (' || seen || ').']
          when is_joined and split_part(origin_mode, ':', 1) = any (array[__OWN__]) then array['ok', 'it shares the __KIND__ namespace of ' || target_name || ', not the host''s (' || seen || ').']
          when is_joined then array['info', 'it shares the __KIND__ namespace of ' || target_name || ', and whose that is cannot be told (' || seen || ', and there ' || origin_mode || ').']
          when split_part(mode, ':', 1) = any (array[__OWN__]) then array['ok', '__OWN_REASON__ (' || seen || ').']
          else array['info', 'whose __KIND__ namespace it is in cannot be told (' || seen || ').']
        end as finding
      from
        judged
    )
    ${local.container_rows_sql}
  EOQ

  container_process_namespace_sql = replace(replace(replace(replace(replace(local.container_namespace_sql,
    "__COLUMN__", "pid_mode"), "__FIELD__", "PidMode"), "__KIND__", "PID"), "__OWN__", "'', 'private'"),
    "__OWN_REASON__", "it has a PID namespace of its own")

  container_ipc_namespace_sql = replace(replace(replace(replace(replace(local.container_namespace_sql,
    "__COLUMN__", "ipc_mode"), "__FIELD__", "IpcMode"), "__KIND__", "IPC"), "__OWN__", "'', 'private', 'shareable', 'none'"),
    "__OWN_REASON__", "it has an IPC namespace of its own")

  container_uts_namespace_sql = replace(replace(replace(replace(replace(local.container_namespace_sql,
    "__COLUMN__", "uts_mode"), "__FIELD__", "UTSMode"), "__KIND__", "UTS"), "__OWN__", "'', 'private'"),
    "__OWN_REASON__", "it has a UTS namespace of its own")

  container_user_namespace_sql = replace(replace(replace(replace(replace(local.container_namespace_sql,
    "__COLUMN__", "userns_mode"), "__FIELD__", "UsernsMode"), "__KIND__", "user"), "__OWN__", "'', 'private', 'auto', 'keep-id', 'nomap'"),
    "__OWN_REASON__", "it does not ask for the host''s user namespace; whether the engine remaps users is 2.9")
}

query "docker_container_host_process_namespace_shared" {
  title       = "PID namespaces"
  description = "One row a container: does it share the host's PID namespace, itself or through another container?"
  sql         = local.container_process_namespace_sql
}

query "docker_container_host_ipc_namespace_shared" {
  title       = "IPC namespaces"
  description = "One row a container: does it share the host's IPC namespace, itself or through another container?"
  sql         = local.container_ipc_namespace_sql
}

query "docker_container_host_uts_namespace_shared" {
  title       = "UTS namespaces"
  description = "One row a container: does it share the host's UTS namespace?"
  sql         = local.container_uts_namespace_sql
}

query "docker_container_host_user_namespace_shared" {
  title       = "User namespaces"
  description = "One row a container: does it ask for the host's user namespace?"
  sql         = local.container_user_namespace_sql
}

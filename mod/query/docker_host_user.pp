locals {
  trusted_users_sql = "array[${join(", ", [for item in var.trusted_users : "'${replace(item, "'", "''")}'"])}]::text[]"
}

query "docker_host_user_trusted" {
  title       = "Accounts that may reach the engine's socket"
  description = "One row an engine: are all accounts besides root that may reach its socket trusted?"
  sql = <<-EOQ
    with accounts as (
      select
        sp_connection_name,
        bool_or(host is not null or readable) as is_seen,
        string_agg(distinct name, ', ' order by name) filter (where is_let_in) as names,
        string_agg(distinct name, ', ' order by name) filter (where is_let_in and name <> all (${local.trusted_users_sql})) as strangers,
        string_agg(distinct group_name, ', ' order by group_name) filter (where is_let_in) as groups,
        min(error) filter (where not readable) as error
      from
        (
          select
            sp_connection_name,
            host,
            name,
            group_name,
            readable,
            error,
            readable and via <> 'root' and owns_socket is not false as is_let_in
          from
            docker_host_user
        ) as u
      group by
        sp_connection_name
    ), engine as (
      select
        ${local.host_columns_sql},
        e.os_type,
        a.is_seen,
        a.error,
        a.names,
        a.strangers,
        case
          when a.names is null then 'no account besides root may reach the socket'
          else 'these accounts may reach the socket' || coalesce(' (group ' || a.groups || ')', '') || ': ' || a.names
        end as seen
      from
        docker_info as e
        left join accounts as a on a.sp_connection_name = e.sp_connection_name
    ), verdict as (
      select
        resource,
        subject,
        case
          when os_type = 'windows' then array['skip', 'a Windows engine has no Unix socket.']
          when is_seen is false then array['skip', 'facts of the host are not available: ' || coalesce(error, 'nothing is known of it') || '.']
          when is_seen is null then array['error', 'no account of the host can be seen, not even root.']
          when ${length(var.trusted_users) > 0} and strangers is not null then array['alarm', 'accounts that are not in trusted_users may reach the socket: ' || strangers || '.']
          when error is not null then array['error', 'who may reach the socket is not known: ' || error || '.']
          when ${length(var.trusted_users) == 0} then array['info', seen || '; trusted_users is not set.']
          else array['ok', seen || case when names is null then '.' else '; trusted_users has all of them.' end]
        end as finding,
        host,
        _ctx
      from
        engine
    )
    ${local.rows_sql}
  EOQ
}

locals {
  # A manager listens on 2377/tcp, or on the port of --listen-addr, and every node on 7946/tcp and udp. Listeners of
  # other programs, such as that of a container with a published port, are left out. Where no listener tells,
  # docker-state.json does, but not on a worker: its ListenAddr names a port that is not open. A locked node is a manager.
  docker_host_listener_swarm_ports_sql = <<-EOQ
    with state as (
      select
        sp_connection_name,
        nullif(btrim(listen_addr), '') as listen_addr,
        ${replace(local.address_host_sql, "__ADDRESS__", "listen_addr")} in ('', '*', '0.0.0.0', '::') as is_wildcard,
        substring(listen_addr from ':([0-9]{1,5})$')::bigint as port,
        host,
        error
      from
        docker_host_swarm_state
    ), listener as (
      select
        l.sp_connection_name,
        l.protocol || ' ' || case when l.address like '%:%' then '[' || l.address || ']' else l.address end || ':' || l.port as socket,
        l.port <> 7946 as is_manager_port,
        coalesce(l.is_wildcard, l.address in ('', '*')) as is_wildcard,
        l.host,
        l.error
      from
        docker_host_listener as l
        left join state as t on t.sp_connection_name = l.sp_connection_name
      where
        l.readable is not true
        or (l.is_engine is not false or coalesce(l.program, 'dockerd') like '%dockerd%')
        and (
          l.port = 7946 and l.protocol in ('tcp', 'tcp6', 'udp', 'udp6')
          or l.port in (2377, t.port) and l.protocol in ('tcp', 'tcp6')
        )
    ), seen as (
      select
        sp_connection_name,
        string_agg(distinct socket, ', ' order by socket) filter (where is_wildcard) as wildcard,
        string_agg(distinct socket, ', ' order by socket) filter (where not is_wildcard) as specific,
        bool_or(is_manager_port) as is_manager_port_seen,
        max(host) as host,
        max(error) as error
      from
        listener
      group by
        sp_connection_name
    ), engine as (
      select
        ${local.host_columns_sql},
        ${local.swarm_state_sql} as state,
        coalesce(t.host, l.host) as seen_host,
        l.wildcard,
        l.specific,
        l.error,
        -- these are null where docker-state.json tells nothing
        case when (s.control_available is not false or ${local.swarm_state_sql} = 'locked') and l.is_manager_port_seen is not true then t.listen_addr end as listen_addr,
        case when s.control_available is not false then t.error end as state_error,
        t.is_wildcard,
        case
          ${local.swarm_member_branches_sql}
        end as not_judged
      from
        ${local.swarm_from_sql}
        left join state as t on t.sp_connection_name = e.sp_connection_name
        left join seen as l on l.sp_connection_name = e.sp_connection_name
    ), verdict as (
      select
        resource,
        subject,
        case
          when not_judged is not null then not_judged
          when seen_host is null then array['skip', 'facts of the engine''s host are not configured.']
          when state is null then array['error', 'the engine does not tell its state in a swarm (Swarm.LocalNodeState).']
          when wildcard is not null then array['alarm', 'the swarm listens on all addresses of the host: ' || wildcard || '.']
          when listen_addr is not null and is_wildcard then array['alarm', 'the swarm is set to listen on all addresses of the host (docker-state.json: ListenAddr is ' || listen_addr || ').']
          when error is not null and listen_addr is null then array['error', 'the listening sockets of the host cannot be seen: ' || rtrim(error, '.') || '.']
          when specific is not null then array['ok', 'the swarm listens on single addresses only: ' || specific || '.']
          when listen_addr is not null then array['ok', 'the swarm is set to listen on a single address (docker-state.json: ListenAddr is ' || listen_addr || ').']
          when state <> 'active' then array['skip', 'the engine''s state in its swarm is ' || state || ', and no port of the swarm is open.']
          when state_error is not null then array['error', 'no port of the swarm was seen open, and ' || rtrim(state_error, '.') || '.']
          else array['info', 'the engine is in a swarm, but none of its ports (2377, 7946) was seen open.']
        end as finding,
        host,
        _ctx
      from
        engine
    )
    ${local.rows_sql}
  EOQ
}

query "docker_host_listener_swarm_ports" {
  title       = "Swarm ports bound to one interface"
  description = "One row a host: do the ports of its swarm listen on single addresses only?"
  sql         = local.docker_host_listener_swarm_ports_sql
}

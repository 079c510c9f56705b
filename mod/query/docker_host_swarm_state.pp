locals {
  # The host of an address with or without a port: 10.0.0.5:2377, [fd00::5]:2377, eth0, or nothing. __ADDRESS__ is a text.
  address_host_sql = <<-EOQ
        regexp_replace(
          lower(btrim(case when __ADDRESS__ ~ '^([^:]*|\[[^]]*\]):[0-9]*$' then regexp_replace(__ADDRESS__, ':[0-9]*$', '') else __ADDRESS__ end, '[] ')),
          '^::ffff:([0-9]+[.])',
          '\1'
        )
  EOQ

  # Is a host an IP address, and not the name of an interface? __HOST__ is a text.
  is_address_sql = "__HOST__ ~ '^([0-9]+[.]){3}[0-9]+$|:'"
}

query "docker_host_swarm_state_data_path" {
  title       = "Data path of the swarm"
  description = "One row an engine: has the traffic of overlay networks another address than that of the swarm's management?"
  sql = <<-EOQ
    with path as (
      select
        sp_connection_name,
        path,
        exists,
        nullif(${replace(local.address_host_sql, "__ADDRESS__", "data_path_addr")}, '') as data,
        nullif(${replace(local.address_host_sql, "__ADDRESS__", "advertise_addr")}, '') as advertised,
        nullif(${replace(local.address_host_sql, "__ADDRESS__", "local_addr")}, '') as local_address,
        host,
        readable,
        error
      from
        docker_host_swarm_state
    ), engine as (
      select
        ${local.engine_columns_sql},
        ${local.swarm_state_sql} as state,
        h.host as seen_host,
        h.readable,
        h.error,
        h.exists,
        coalesce(h.path, 'docker-state.json') as path,
        h.data,
        -- an interface's name says less than the address that the engine tells other nodes
        coalesce(
          case when ${replace(local.is_address_sql, "__HOST__", "h.advertised")} then h.advertised end,
          nullif(${replace(local.address_host_sql, "__ADDRESS__", "s.node_addr")}, ''),
          h.advertised,
          h.local_address
        ) as advertised,
        h.advertised as interface,
        case
          ${local.swarm_member_branches_sql}
        end as not_judged
      from
        ${local.swarm_from_sql}
        left join path as h on h.sp_connection_name = e.sp_connection_name
    ), verdict as (
      select
        resource,
        subject,
        case
          when not_judged is not null then not_judged
          when seen_host is null then array['skip', 'facts of the engine''s host are not configured.']
          when state is null then array['error', 'the engine does not tell its state in a swarm (Swarm.LocalNodeState).']
          when readable is not true then array['error', coalesce(rtrim(error, '.'), path || ' cannot be read') || '.']
          when exists is not true and state <> 'active' then array['skip', 'the engine''s state in its swarm is ' || state || ', and it has no ' || path || ' yet.']
          when exists is not true then array['error', path || ' does not exist, though the engine is in a swarm.']
          when data is null then array['alarm', 'overlay networks share the address of management' || coalesce(' ' || advertised, '') || ' (DataPathAddr is not set).']
          when data in ('0.0.0.0', '::') then array['alarm', 'overlay networks use every address of the host (DataPathAddr is ' || data || ').']
          when data in (advertised, interface) then array['alarm', 'overlay networks share the address of management ' || data || ' (DataPathAddr is the same).']
          when advertised is null then array['error', 'DataPathAddr is ' || data || ', but the address of management is not told.']
          when (${replace(local.is_address_sql, "__HOST__", "data")}) <> (${replace(local.is_address_sql, "__HOST__", "advertised")}) then array['info', 'DataPathAddr is ' || data || ' and the address of management ' || advertised || ': whether these are one interface cannot be told.']
          else array['ok', 'overlay networks use ' || data || ', management uses ' || advertised || '.']
        end as finding,
        host,
        _ctx
      from
        engine
    )
    ${local.rows_sql}
  EOQ
}

locals {
  # What the controls over published ports share: __PORTS__ are columns that aggregate bindings (`b`: container_port,
  # host_ip, host_port, is_everywhere, text), __FINDINGS__ are the cases of a running container, whose ports (`p`) are known.
  published_ports_sql = <<-EOQ
    with recursive container as (
      select
        ${local.container_columns_sql},
        e.sp_connection_name,
        ${trimspace(local.network_columns_sql)},
        lower(coalesce(c.state_detail ->> 'Status', c.state)) as state,
        jsonb_typeof(c.ports_detail) = 'object' or jsonb_typeof(c.ports) = 'array' as has_ports,
        case jsonb_typeof(c.ports_detail) when 'object' then c.ports_detail end as ports_detail,
        case when jsonb_typeof(c.ports_detail) is distinct from 'object' and jsonb_typeof(c.ports) = 'array' then c.ports end as ports
      from
        ${local.container_from_sql}
    ), ${trimspace(local.network_chain_sql)}, published as (
      select
        c.sp_connection_name,
        c.id,
        d.key as container_port,
        coalesce(b.binding ->> 'HostIp', '') as host_ip,
        coalesce(b.binding ->> 'HostPort', '') as host_port
      from
        container as c
        cross join lateral jsonb_each(c.ports_detail) as d
        cross join lateral jsonb_array_elements(case jsonb_typeof(d.value) when 'array' then d.value end) as b(binding)
      union
      select
        c.sp_connection_name,
        c.id,
        coalesce(l.port ->> 'PrivatePort', '') || '/' || coalesce(l.port ->> 'Type', 'tcp') as container_port,
        coalesce(l.port ->> 'IP', '') as host_ip,
        l.port ->> 'PublicPort' as host_port
      from
        container as c
        cross join lateral jsonb_array_elements(c.ports) as l(port)
      where
        coalesce(l.port ->> 'PublicPort', '0') <> '0'
    ), binding as (
      select
        sp_connection_name,
        id,
        host_ip ~* '^\[?(::ffff:)?[0:.*]*\]?$' as is_everywhere,
        case when host_port ~ '^[0-9]{1,5}$' then nullif(host_port::int, 0) end as host_port,
        case when strpos(host_ip, ':') > 0 and host_ip not like '[%' then '[' || host_ip || ']' else coalesce(nullif(host_ip, ''), '*') end
          || ':' || coalesce(nullif(host_port, ''), '?') || ' to ' || container_port as text
      from
        published
    ), container_ports as (
      select
        sp_connection_name,
        id,
        string_agg(text, ', ' order by text) as texts,
        string_agg(text, ', ' order by text) filter (where host_port < 1024) as privileged,
        string_agg(text, ', ' order by text) filter (where host_port is null) as unknown,
        string_agg(text, ', ' order by text) filter (where is_everywhere) as everywhere
      from
        binding
      group by
        sp_connection_name,
        id
    ), verdict as (
      select
        c.*,
        case
          when c.state is null then array['error', 'the engine does not tell its state.']
          when c.state not in ('running', 'paused') then array['skip', 'it does not run (' || c.state || '), so none of its ports is open.']
          when c.network_mode = 'host' then array['skip', 'it is on the host''s network, where ports are not published (HostConfig.NetworkMode = host).']
          when n.mode = 'host' then array['skip', 'it is on the host''s network through container /' || n.target_name || ', where ports are not published.']
          when c.has_ports is not true then array['error', 'the engine does not tell its ports.']
          __FINDINGS__
          when p.texts is not null then array['ok', '__PASSED__: ' || p.texts || '.']
          when n.id is null then array['ok', 'it publishes no port.']
          when n.mode is null then array['info', 'it publishes no port of its own; it shares the network of ' || coalesce('/' || n.target_name, n.reference) || ', and whether that is the host''s cannot be told.']
          else array['ok', 'it publishes no port of its own; those of its network are container /' || n.target_name || '''s.']
        end as finding
      from
        container as c
        left join container_ports as p on p.sp_connection_name = c.sp_connection_name
        and p.id = c.id
        left join network as n on n.sp_connection_name = c.sp_connection_name
        and n.id = c.id
    )
    ${local.container_rows_sql}
  EOQ

  privileged_ports_findings_sql = <<-EOQ
    when p.privileged is not null then array['alarm', 'it publishes ports of the host below 1024: ' || p.privileged || '.']
    when p.unknown is not null then array['info', 'the engine does not tell the port of the host: ' || p.unknown || '.']
  EOQ

  open_ports_findings_sql = <<-EOQ
    when p.texts is not null then array['info', 'it publishes ports, and a person must judge whether they are needed: ' || p.texts || '.']
  EOQ

  interface_findings_sql = <<-EOQ
    when p.everywhere is not null then array['alarm', 'it publishes ports on all interfaces of the host: ' || p.everywhere || '.']
  EOQ
}

query "docker_container_privileged_ports_not_mapped" {
  title       = "Privileged ports of the host"
  description = "One row a container: does it publish a port of the host below 1024?"
  sql         = replace(replace(local.published_ports_sql, "__FINDINGS__", trimspace(local.privileged_ports_findings_sql)), "__PASSED__", "it publishes no port of the host below 1024")
}

query "docker_container_open_ports" {
  title       = "Published ports"
  description = "One row a container: which ports does it publish?"
  sql         = replace(replace(local.published_ports_sql, "__FINDINGS__", trimspace(local.open_ports_findings_sql)), "__PASSED__", "it publishes")
}

query "docker_container_ports_bound_to_interface" {
  title       = "Interfaces of published ports"
  description = "One row a container: does it publish ports on all interfaces of the host?"
  sql         = replace(replace(local.published_ports_sql, "__FINDINGS__", trimspace(local.interface_findings_sql)), "__PASSED__", "each of its ports is published on one address")
}

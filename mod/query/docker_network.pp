locals {
  # The default bridge of each engine, and its option `icc`.
  default_bridge_sql = <<-EOQ
      select distinct on (sp_connection_name)
        sp_connection_name,
        id,
        name,
        coalesce(name, id) as network,
        enable_ipv6,
        options ->> 'com.docker.network.bridge.enable_icc' as icc
      from
        docker_network
      where
        name = 'bridge'
        or lower(options ->> 'com.docker.network.bridge.default_bridge') in ('1', 't', 'true')
      order by
        sp_connection_name,
        lower(options ->> 'com.docker.network.bridge.default_bridge') in ('1', 't', 'true') desc nulls last
  EOQ
}

query "docker_network_traffic_restricted_between_containers" {
  title       = "Traffic between containers on the default bridge"
  description = "One row an engine: is traffic between containers of its default bridge restricted?"
  sql = <<-EOQ
    with default_bridge as (
      ${local.default_bridge_sql}
    ), engine as (
      select
        ${local.engine_columns_sql},
        e.os_type,
        e.engine,
        e.bridge_nf_ip_tables,
        coalesce(nullif(e.server_version, ''), 'unknown') as version,
        substring(e.server_version from '^v?([0-9]{1,4})')::int as major,
        b.id as network_id,
        b.network,
        b.enable_ipv6,
        'enable_icc is ' || coalesce(b.icc, 'not set') as icc,
        case
          when lower(b.icc) in ('1', 't', 'true') then true
          when lower(b.icc) in ('0', 'f', 'false') then false
        end as is_open
      from
        docker_info as e
        left join default_bridge as b on b.sp_connection_name = e.sp_connection_name
    ), verdict as (
      select
        coalesce(network_id, resource) as resource,
        subject,
        case
          when os_type = 'windows' then array['skip', 'a Windows engine has no default bridge.']
          when engine = 'Podman' then array['skip', 'Podman has no switch for traffic between containers of its default network.']
          when network_id is null then array['skip', 'the engine has no default bridge network.']
          when is_open then array['alarm', 'network ' || network || ' lets containers reach each other (' || icc || ').']
          when is_open is null then array['info', 'network ' || network || ' does not tell whether containers reach each other (' || icc || ').']
          when not bridge_nf_ip_tables and major < 27 then array['alarm', 'network ' || network || ' restricts traffic (' || icc || '), but the host does not pass bridged traffic to iptables (bridge-nf-call-iptables is off), so containers reach each other.']
          when bridge_nf_ip_tables is null and major < 27 then array['info', 'network ' || network || ' restricts traffic (' || icc || '), but the engine does not tell whether bridged traffic passes iptables.']
          when bridge_nf_ip_tables is not true and major is null then array['info', 'network ' || network || ' restricts traffic (' || icc || '), but whether the host filters bridged traffic cannot be told for engine version ' || version || '.']
          when enable_ipv6 and coalesce(major, 0) < 27 then array['info', 'network ' || network || ' restricts IPv4 (' || icc || '), but has IPv6, which engine version ' || version || ' does not filter by default.']
          else array['ok', 'network ' || network || ' restricts traffic between containers (' || icc || '); raw sockets get around it, see 5.4.']
        end as finding,
        host,
        _ctx
      from
        engine
    )
    ${local.rows_sql}
  EOQ
}

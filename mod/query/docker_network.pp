query "docker_network_traffic_restricted_between_containers" {
  title       = "Traffic between containers on the default bridge"
  description = "One row an engine: is traffic between containers of its default bridge restricted?"
  sql = <<-EOQ
    with engine as (
      select
        id,
        name,
        os_type,
        engine,
        server_version,
        bridge_nf_ip_tables,
        sp_connection_name,
        _ctx,
        substring(server_version from '^v?([0-9]{1,4})')::int as major
      from
        docker_info
    ), default_bridge as (
      select distinct on (sp_connection_name)
        sp_connection_name,
        id,
        name,
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
    ), verdict as (
      select
        e.*,
        b.id as network_id,
        coalesce(b.name, b.id) as network_name,
        b.icc,
        case
          when e.os_type = 'windows' then 'windows'
          when e.engine = 'Podman' then 'podman'
          when b.id is null then 'no bridge'
          when lower(b.icc) in ('1', 't', 'true') then 'open'
          when b.icc is null or lower(b.icc) not in ('0', 'f', 'false') then 'unknown'
          when not e.bridge_nf_ip_tables and e.major < 27 then 'not filtered'
          when e.bridge_nf_ip_tables is null and e.major < 27 then 'filter unknown'
          when e.bridge_nf_ip_tables is not true and e.major is null then 'version unknown'
          when b.enable_ipv6 and (e.major < 27 or e.major is null) then 'ipv6'
          else 'restricted'
        end as finding
      from
        engine as e
        left join default_bridge as b on b.sp_connection_name = e.sp_connection_name
    )
    select
      coalesce(network_id, nullif(id, ''), name, 'engine') as resource,
      case
        when finding in ('windows', 'podman', 'no bridge') then 'skip'
        when finding in ('open', 'not filtered') then 'alarm'
        when finding in ('unknown', 'filter unknown', 'version unknown', 'ipv6') then 'info'
        when finding = 'restricted' then 'ok'
        else 'error'
      end as status,
      coalesce(nullif(name, ''), nullif(id, ''), 'the engine') || ': ' || case finding
        when 'windows' then 'a Windows engine has no default bridge.'
        when 'podman' then 'Podman has no switch for traffic between containers of its default network.'
        when 'no bridge' then 'the engine has no default bridge network.'
        when 'open' then 'network ' || network_name || ' lets containers reach each other (enable_icc is ' || icc || ').'
        when 'unknown' then 'network ' || network_name || ' does not tell whether containers reach each other (enable_icc is ' || coalesce(icc, 'not set') || ').'
        when 'not filtered' then 'network ' || network_name || ' has enable_icc ' || icc || ', but the host does not pass bridged traffic to iptables (bridge-nf-call-iptables is off), so containers reach each other.'
        when 'filter unknown' then 'network ' || network_name || ' has enable_icc ' || icc || ', but the engine does not tell whether bridged traffic passes iptables.'
        when 'version unknown' then 'network ' || network_name || ' has enable_icc ' || icc || ', but whether the host filters bridged traffic cannot be told for engine version ' || coalesce(nullif(server_version, ''), 'unknown') || '.'
        when 'ipv6' then 'network ' || network_name || ' restricts IPv4 (enable_icc is ' || icc || '), but has IPv6, which engine ' || coalesce(nullif(server_version, ''), 'of unknown version') || ' does not filter by default.'
        when 'restricted' then 'network ' || network_name || ' restricts traffic between containers (enable_icc is ' || icc || '); raw sockets get around it, see 5.4.'
      end as reason
      ${local.common_dimensions_sql}
    from
      verdict
  EOQ
}

query "docker_container_default_bridge_unused" {
  title       = "Containers on the default bridge"
  description = "One row a container: is it on the engine's default bridge, itself or through a container whose network it shares?"
  sql = <<-EOQ
    with recursive found_bridge as (
      ${local.default_bridge_sql}
    ), default_bridge as (
      select
        sp_connection_name,
        lower(id) as id,
        coalesce(name, 'bridge') as network
      from
        found_bridge
    ), container as (
      select
        ${local.container_columns_sql},
        e.sp_connection_name,
        e.engine as program,
        e.os_type = 'windows' or c.platform = 'windows' as is_windows,
        c.networks,
        ${trimspace(local.network_columns_sql)},
        b.network as bridge,
        n.names,
        n.is_on_bridge
      from
        ${local.container_from_sql}
        left join default_bridge as b on b.sp_connection_name = e.sp_connection_name
        left join lateral (
          select
            string_agg(key, ', ' order by key) as names,
            -- a container that does not run has no network's ID yet
            bool_or(
              case
                when coalesce(value ->> 'NetworkID', '') = '' then key = b.network
                else lower(value ->> 'NetworkID') = b.id
              end
            ) as is_on_bridge
          from
            jsonb_each(case jsonb_typeof(c.networks) when 'object' then c.networks end)
        ) as n on true
    ), ${trimspace(local.container_link_sql)}, verdict as (
      select
        c.*,
        case
          when c.is_windows then array['skip', 'a Windows engine has no default bridge docker0.']
          when c.program = 'Podman' then array['skip', 'Podman has no default bridge docker0.']
          when c.bridge is null then array['ok', 'the engine has no default bridge.']
          when c.is_joined and o.id is null then array['info', 'it shares the network of ' || coalesce('container ' || l.target_name, 'a container that the engine does not list') || ', so whether that is on the default bridge cannot be told (NetworkMode = ' || c.network_mode || ').']
          when t.networks is null then array['error', 'the engine does not tell its networks (NetworkSettings.Networks).']
          when t.is_on_bridge and c.is_joined then array['alarm', 'it shares the network of container ' || l.target_name || ', which is on the default bridge ' || c.bridge || '.']
          when t.is_on_bridge then array['alarm', 'it is on the default bridge ' || c.bridge || ' (networks: ' || t.names || ').']
          when t.names is null then array['ok', 'it is on no network.']
          else array['ok', 'it is not on the default bridge (networks: ' || t.names || ').']
        end as finding
      from
        container as c
        left join link as l on l.sp_connection_name = c.sp_connection_name
          and l.id = c.id
        left join origin as o on o.sp_connection_name = c.sp_connection_name
          and o.id = c.id
        left join container as t on t.sp_connection_name = o.sp_connection_name
          and t.id = o.origin_id
    )
    ${local.container_rows_sql}
  EOQ
}

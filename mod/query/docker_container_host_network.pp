locals {
  # Containers (`container`, see local.container_link_sql) that use another one's network: `network` has what they name,
  # the container that this is, and the network mode at the end of the chain, null if there is no end.
  network_columns_sql = <<-EOQ
        c.network_mode,
        c.network_mode as mode,
        ltrim(substring(c.network_mode from '^container:(.*)$'), '/') as joined,
        coalesce(starts_with(c.network_mode, 'container:'), false) as is_joined
  EOQ

  network_chain_sql = <<-EOQ
    ${trimspace(local.container_link_sql)}, network as (
      select
        c.sp_connection_name,
        c.id,
        c.joined as reference,
        l.target_name,
        o.mode
      from
        container as c
        left join link as l on l.sp_connection_name = c.sp_connection_name
          and l.id = c.id
        left join origin as o on o.sp_connection_name = c.sp_connection_name
          and o.id = c.id
      where
        c.is_joined
    )
  EOQ
}

query "docker_container_host_network_namespace_shared" {
  title       = "The host's network namespace"
  description = "One row a container: is it in the host's network namespace, by itself or through another container?"
  sql = <<-EOQ
    with recursive container as (
      select
        ${local.container_columns_sql},
        e.sp_connection_name,
        ${trimspace(local.network_columns_sql)}
      from
        ${local.container_from_sql}
    ), ${trimspace(local.network_chain_sql)}, verdict as (
      select
        c.*,
        case
          when c.network_mode is null then array['error', 'the engine does not tell its network mode.']
          when c.network_mode = 'host' then array['alarm', 'it is in the host''s network namespace (HostConfig.NetworkMode = host).']
          when c.network_mode not like 'container:%' then array['ok', 'it is not in the host''s network namespace (HostConfig.NetworkMode = ' || coalesce(nullif(c.network_mode, ''), 'empty, which is the default') || ').']
          when n.target_name is null then array['info', 'it shares the network namespace of ' || n.reference || ', which is not there, perhaps removed: whether that is the host''s cannot be told.']
          when n.mode = 'host' then array['alarm', 'it is in the host''s network namespace, through container /' || n.target_name || ' (HostConfig.NetworkMode = ' || c.network_mode || ').']
          when n.mode is null then array['info', 'it shares the network namespace of /' || n.target_name || ', and whether that leads to the host''s cannot be told.']
          else array['ok', 'it shares the network namespace of /' || n.target_name || ', which is not the host''s (HostConfig.NetworkMode = ' || c.network_mode || ').']
        end as finding
      from
        container as c
        left join network as n on n.sp_connection_name = c.sp_connection_name
        and n.id = c.id
    )
    ${local.container_rows_sql}
  EOQ
}

locals {
  # Common tables for `with recursive`: `target` has, for each container that is in another one's network namespace,
  # that other one; `network` has for each container the mode at the end of the chain, which is null if a container of
  # the chain is not there. It reads `container`: sp_connection_name, id, name, network_mode.
  network_chain_sql = <<-EOQ
    reference as (
      select
        sp_connection_name,
        id,
        substring(network_mode from '^container:(.*)$') as reference
      from
        container
      where
        network_mode like 'container:%'
    ), target as (
      select distinct on (r.sp_connection_name, r.id)
        r.sp_connection_name,
        r.id,
        r.reference,
        coalesce(by_id.id, by_name.id, by_short_id.id) as target_id,
        coalesce(by_id.name, by_name.name, by_short_id.name) as target_name,
        coalesce(by_id.network_mode, by_name.network_mode, by_short_id.network_mode) as target_mode
      from
        reference as r
        left join container as by_id on by_id.sp_connection_name = r.sp_connection_name
        and lower(by_id.id) = lower(r.reference)
        left join container as by_name on by_name.sp_connection_name = r.sp_connection_name
        and by_name.name = ltrim(r.reference, '/')
        left join container as by_short_id on by_short_id.sp_connection_name = r.sp_connection_name
        and left(lower(by_short_id.id), 12) = case when length(r.reference) between 12 and 63 then left(lower(r.reference), 12) end
        and starts_with(lower(by_short_id.id), lower(r.reference))
      order by
        r.sp_connection_name,
        r.id
    ), chain as (
      select
        sp_connection_name,
        id,
        target_id,
        target_mode,
        1 as depth
      from
        target
      union all
      select
        c.sp_connection_name,
        c.id,
        t.target_id,
        t.target_mode,
        c.depth + 1
      from
        chain as c
        join target as t on t.sp_connection_name = c.sp_connection_name
        and t.id = c.target_id
      where
        c.depth < 16
    ), network as (
      select distinct on (t.sp_connection_name, t.id)
        t.sp_connection_name,
        t.id,
        t.reference,
        coalesce(t.target_name, t.target_id) as target_name,
        case when c.target_mode not like 'container:%' then c.target_mode end as mode
      from
        target as t
        join chain as c on c.sp_connection_name = t.sp_connection_name
        and c.id = t.id
      order by
        t.sp_connection_name,
        t.id,
        c.depth desc
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
        c.network_mode
      from
        ${local.container_from_sql}
    ), ${trimspace(local.network_chain_sql)}, verdict as (
      select
        c.id,
        c.name,
        c.exempt_label,
        c.engine,
        c.engine_name,
        c.host,
        c._ctx,
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

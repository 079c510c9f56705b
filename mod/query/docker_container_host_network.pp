locals {
  # Common tables for `with recursive`: `target` has, for each container that is in another one's network namespace,
  # that other one; `network` has for each container the mode at the end of the chain, which is null if a container of
  # the chain is not there. It reads `container`: sp_connection_name, id, name, network_mode. A reference is an ID, a name
  # or the first 12 digits of an ID, in this order. It is found by a window over references and containers together and
  # not by joins, which a planner that expects few rows makes nested loops of.
  network_chain_sql = <<-EOQ
    name_key as (
      select
        c.sp_connection_name,
        c.id,
        c.name,
        c.network_mode,
        k.key,
        k.rank
      from
        container as c
        cross join lateral (
          values
            (lower(c.id), 1),
            ('/' || c.name, 2),
            (left(lower(c.id), 12) || '…', 3)
        ) as k(key, rank)
      where
        c.id is not null
        -- asked once: where no container joins another one, nothing has to be sought
        and exists (select from container where network_mode like 'container:%')
    ), reference as (
      select
        c.sp_connection_name,
        c.id,
        r.reference,
        k.key,
        k.rank
      from
        container as c
        cross join lateral (
          select
            substring(c.network_mode from '^container:/?(.*)$') as reference
        ) as r
        cross join lateral (
          values
            (lower(r.reference), 1),
            ('/' || r.reference, 2),
            (case when length(r.reference) between 12 and 63 then left(lower(r.reference), 12) || '…' end, 3)
        ) as k(key, rank)
      where
        r.reference is not null
    ), sought as (
      select
        sp_connection_name,
        id,
        reference,
        rank,
        min(target) over (partition by sp_connection_name, rank, key) as target
      from
        (
          select
            sp_connection_name,
            null as id,
            null as reference,
            key,
            rank,
            array[id, name, network_mode] as target
          from
            name_key
          union all
          select
            sp_connection_name,
            id,
            reference,
            key,
            rank,
            null
          from
            reference
        ) as u
    ), target as (
      select distinct on (sp_connection_name, id)
        sp_connection_name,
        id,
        reference,
        target[1] as target_id,
        target[2] as target_name,
        target[3] as target_mode
      from
        sought
      where
        id is not null
      order by
        sp_connection_name,
        id,
        target is null,
        rank
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

query "docker_network_overlay_encrypted" {
  title       = "Encryption of overlay networks"
  description = "One row an overlay network: is its traffic between nodes encrypted?"
  sql = <<-EOQ
    with overlay as (
      select
        sp_connection_name,
        id,
        coalesce(nullif(name, ''), id) as network,
        ingress,
        case jsonb_typeof(options) when 'object' then options ? 'encrypted' else false end as is_encrypted
      from
        docker_network
      where
        driver = 'overlay'
        and config_only is not true
    ), engine as (
      select
        ${local.engine_columns_sql},
        n.id as network_id,
        case when n.ingress then 'the ingress network ' else 'network ' end || n.network as network,
        n.is_encrypted,
        case
          ${local.swarm_member_branches_sql}
          when n.id is null then array['skip', 'the engine has no overlay network' || coalesce(' (its state in its swarm is ' || nullif(${local.swarm_state_sql}, 'active') || ')', '') || '.']
        end as not_judged
      from
        ${local.swarm_from_sql}
        left join overlay as n on n.sp_connection_name = e.sp_connection_name and ${local.swarm_state_sql} is distinct from 'inactive'
    ), verdict as (
      select
        coalesce(network_id, resource) as resource,
        subject,
        case
          when not_judged is not null then not_judged
          when is_encrypted then array['ok', network || ' is encrypted (it has the option encrypted).']
          when not is_encrypted then array['alarm', network || ' is not encrypted (it lacks the option encrypted).']
        end as finding,
        host,
        _ctx
      from
        engine
    )
    ${local.rows_sql}
  EOQ
}

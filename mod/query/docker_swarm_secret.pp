query "docker_swarm_secret_used" {
  title       = "Secrets of the swarm"
  description = "One row an engine: how many secrets does its swarm keep?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        case
          ${local.swarm_manager_branches_sql}
          when s.secrets is null then array['error', 'the engine does not tell how many secrets its swarm keeps' || ${local.swarm_error_sql} || '.']
          when s.secrets = 0 then array['info', 'the swarm keeps no secrets: passwords and keys of its services, if they have any, are elsewhere.']
          else array['info', 'the swarm keeps ' || s.secrets || case when s.secrets = 1 then ' secret' else ' secrets' end || ': whether every password and key of its services is among them, a person must say.']
        end as finding
      from
        ${local.swarm_from_sql}
    )
    ${local.rows_sql}
  EOQ
}

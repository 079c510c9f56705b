# What the queries about a swarm share: an engine (`docker_info as e`) with its part in a swarm (`docker_swarm as s`).
locals {
  swarm_from_sql = <<-EOQ
        docker_info as e
        left join docker_swarm as s on s.sp_connection_name = e.sp_connection_name
  EOQ

  # The state, or null if the engine does not tell.
  swarm_state_sql = "nullif(lower(btrim(s.local_node_state)), '')"

  # What keeps the engine from taking part, in parentheses; nothing if nothing does. Other states than error say enough.
  swarm_error_sql       = "coalesce(' (' || nullif(rtrim(s.error, '. '), '') || ')', '')"
  swarm_state_error_sql = "(case when ${local.swarm_state_sql} = 'error' then ${local.swarm_error_sql} else '' end)"

  # The first branches of a finding that only an engine in a swarm has.
  swarm_member_branches_sql = <<-EOQ
          when e.engine = 'Podman' and coalesce(${local.swarm_state_sql}, 'inactive') = 'inactive' then array['skip', 'Podman has no swarm mode.']
          when ${local.swarm_state_sql} = 'inactive' then array['skip', 'swarm mode is inactive.']
  EOQ

  # The first branches of a finding that only a manager of a swarm has.
  swarm_manager_branches_sql = <<-EOQ
          ${local.swarm_member_branches_sql}
          when ${local.swarm_state_sql} is null then array['error', 'the engine does not tell its state in a swarm (Swarm.LocalNodeState).']
          when ${local.swarm_state_sql} <> 'active' then array['skip', 'the engine''s state in its swarm is ' || ${local.swarm_state_sql} || ${local.swarm_state_error_sql} || ': only an active manager knows the settings of the swarm.']
          when s.control_available is false then array['skip', 'the engine is a worker of its swarm: only managers know the settings of the swarm.']
  EOQ

  # A length of time for people; __NANOSECONDS__ is a number, above zero.
  duration_sql = <<-EOQ
        case
          when __NANOSECONDS__ >= 259200000000000 and __NANOSECONDS__ % 86400000000000 = 0 then div(__NANOSECONDS__, 86400000000000) || ' days'
          when __NANOSECONDS__ = 3600000000000 then '1 hour'
          else trim_scale(round(__NANOSECONDS__ / 3600000000000, 6)) || ' hours'
        end
  EOQ

  node_cert_expiry_sql       = "s.node_cert_expiry::numeric"
  node_cert_expiry_limit_sql = "(${var.swarm_node_cert_expiry_limit_hours}::numeric * 3600000000000)"
}

query "docker_info_swarm_mode_enabled" {
  title       = "Swarm mode"
  description = "One row an engine: is swarm mode off, or declared to be wanted?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        case
          when ${local.swarm_state_sql} is null and e.engine = 'Podman' then array['skip', 'Podman has no swarm mode.']
          when ${local.swarm_state_sql} is null then array['error', 'the engine does not tell its state in a swarm (Swarm.LocalNodeState).']
          when ${local.swarm_state_sql} = 'inactive' then array['ok', 'swarm mode is off (LocalNodeState is inactive).']
          when ${local.swarm_state_sql} = 'active' and ${var.swarm_wanted} then array['ok', 'swarm mode is on (LocalNodeState is active), as var.swarm_wanted says.']
          when ${local.swarm_state_sql} = 'active' then array['alarm', 'swarm mode is on (LocalNodeState is active' || case s.control_available when true then ', the engine is a manager' when false then ', the engine is a worker' else '' end || ').']
          else array['alarm', 'swarm mode is not off: LocalNodeState is ' || ${local.swarm_state_sql} || ${local.swarm_state_error_sql} || '.']
        end as finding
      from
        ${local.swarm_from_sql}
    )
    ${local.rows_sql}
  EOQ
}

query "docker_info_swarm_minimum_required_manager_nodes" {
  title       = "Managers of the swarm"
  description = "One row an engine: has its swarm an odd number of managers, and not too many?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        case
          ${local.swarm_manager_branches_sql}
          when coalesce(s.managers, 0) < 1 then array['error', 'the engine does not tell how many managers its swarm has' || ${local.swarm_error_sql} || '.']
          when s.managers > ${var.swarm_manager_limit} then array['alarm', 'the swarm has ' || s.managers || ' managers, more than the limit of ${var.swarm_manager_limit}.']
          when s.managers % 2 = 0 then array['info', 'the swarm has ' || s.managers || ' managers, an even number: no more of them may fail than of ' || s.managers - 1 || '.']
          when s.managers = 1 then array['ok', 'the swarm has 1 manager, an odd number and at most ${var.swarm_manager_limit}, and nobody to take over from it.']
          else array['ok', 'the swarm has ' || s.managers || ' managers, an odd number and at most ${var.swarm_manager_limit}.']
        end as finding
      from
        ${local.swarm_from_sql}
    )
    ${local.rows_sql}
  EOQ
}

query "docker_info_swarm_manager_auto_lock_mode" {
  title       = "Auto-lock of managers"
  description = "One row an engine: must a manager of its swarm be unlocked with a key after a restart?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        case
          ${local.swarm_manager_branches_sql}
          when s.autolock_managers then array['ok', 'managers of the swarm lock themselves (AutoLockManagers is true).']
          when not s.autolock_managers then array['alarm', 'managers of the swarm do not lock themselves (AutoLockManagers is false).']
          else array['error', 'the engine does not tell whether managers of the swarm lock themselves (AutoLockManagers)' || ${local.swarm_error_sql} || '.']
        end as finding
      from
        ${local.swarm_from_sql}
    )
    ${local.rows_sql}
  EOQ
}

query "docker_swarm_autolock_key_rotated" {
  title       = "Rotation of the auto-lock key"
  description = "One row an engine: is there a key for locked managers, whose age a person must know?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        case
          ${local.swarm_manager_branches_sql}
          when s.autolock_managers then array['info', 'managers of the swarm lock themselves (AutoLockManagers is true); no engine records when the key was last rotated.']
          when not s.autolock_managers then array['skip', 'managers of the swarm do not lock themselves (AutoLockManagers is false), so there is no key, see 7.5.']
          else array['error', 'the engine does not tell whether managers of the swarm lock themselves (AutoLockManagers)' || ${local.swarm_error_sql} || '.']
        end as finding
      from
        ${local.swarm_from_sql}
    )
    ${local.rows_sql}
  EOQ
}

query "docker_info_swarm_node_cert_expiry_set" {
  title       = "Life of node certificates"
  description = "One row an engine: are certificates of its swarm's nodes renewed soon enough?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        case
          ${local.swarm_manager_branches_sql}
          when coalesce(s.node_cert_expiry, 0) <= 0 then array['error', 'the engine does not tell how long certificates of nodes are valid (CAConfig.NodeCertExpiry)' || ${local.swarm_error_sql} || '.']
          when ${local.node_cert_expiry_sql} <= ${local.node_cert_expiry_limit_sql} then array['ok', 'certificates of nodes are valid for ' || ${replace(local.duration_sql, "__NANOSECONDS__", local.node_cert_expiry_sql)} || ', at most ' || ${replace(local.duration_sql, "__NANOSECONDS__", local.node_cert_expiry_limit_sql)} || '.']
          else array['alarm', 'certificates of nodes are valid for ' || ${replace(local.duration_sql, "__NANOSECONDS__", local.node_cert_expiry_sql)} || ', longer than ' || ${replace(local.duration_sql, "__NANOSECONDS__", local.node_cert_expiry_limit_sql)} || '.']
        end as finding
      from
        ${local.swarm_from_sql}
    )
    ${local.rows_sql}
  EOQ
}

query "docker_swarm_ca_rotated" {
  title       = "Rotation of the swarm's certificate authority"
  description = "One row an engine: since when is the root certificate of its swarm valid, and is it being replaced?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        case
          ${local.swarm_manager_branches_sql}
          when s.root_ca_not_before is null and s.root_rotation_in_progress is null then array['error', 'the engine tells neither since when the root certificate is valid nor whether it is being rotated' || ${local.swarm_error_sql} || '.']
          else array[
            'info',
            coalesce('the root certificate is valid since ' || to_char(s.root_ca_not_before at time zone 'UTC', 'YYYY-MM-DD'), 'since when the root certificate is valid is not told')
            || coalesce(' and until ' || to_char(s.root_ca_not_after at time zone 'UTC', 'YYYY-MM-DD'), '')
            || case s.root_rotation_in_progress
              when true then '; a rotation is under way'
              when false then '; no rotation is under way'
              else '; whether a rotation is under way is not told'
            end
            || case when s.force_rotate > 0 then ', ForceRotate is ' || s.force_rotate else '' end
            || '.'
          ]
        end as finding
      from
        ${local.swarm_from_sql}
    )
    ${local.rows_sql}
  EOQ
}

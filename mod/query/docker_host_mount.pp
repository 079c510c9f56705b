locals {
  docker_host_mount_data_root_separate_sql = <<-EOQ
    with mounts as (
      select
        sp_connection_name,
        bool_or(host is not null or readable) as is_seen,
        (array_agg(target order by target) filter (where is_data_root))[1] as own,
        (array_agg(target order by target) filter (where holds_data_root))[1] as holder,
        min(data_root) as data_root,
        min(error) filter (where not readable) as error
      from
        docker_host_mount
      group by
        sp_connection_name
    ), verdict as (
      select
        ${local.host_columns_sql},
        case
          when e.os_type = 'windows' then array['skip', 'a Windows engine has no mounts as Linux has them.']
          when not m.is_seen then array['skip', 'facts of the host are not available: ' || coalesce(m.error, 'nothing is known of it') || '.']
          when m.error is not null then array['error', 'the mounts of the host cannot be read: ' || m.error || '.']
          when nullif(coalesce(m.data_root, e.docker_root_dir), '') is null then array['error', 'the engine does not tell its data root (DockerRootDir).']
          when m.own is not null then array['ok', 'data root ' || m.data_root || ' has a mount of its own (' || m.own || ').']
          else array['alarm', 'data root ' || coalesce(m.data_root, e.docker_root_dir) || ' has no mount of its own, it lies on ' || coalesce(m.holder, 'a mount that is not listed') || '.']
        end as finding
      from
        docker_info as e
        left join mounts as m on m.sp_connection_name = e.sp_connection_name
    )
    ${local.rows_sql}
  EOQ
}

query "docker_host_mount_data_root_separate" {
  title       = "The data root has a mount of its own"
  description = "One row an engine: is its data root a mount of its own?"
  sql         = local.docker_host_mount_data_root_separate_sql
}

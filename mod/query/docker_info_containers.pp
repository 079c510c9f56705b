query "docker_info_container_sprawl_avoided" {
  title       = "Stopped containers"
  description = "One row an engine: how many stopped containers does it keep?"
  sql = <<-EOQ
    with engine as (
      select
        ${local.engine_columns_sql},
        e.containers_stopped as stopped,
        coalesce(e.containers_running || ' running, ', '') || coalesce(e.containers_paused || ' paused, ', '') || e.containers_stopped || ' stopped' as counts
      from
        docker_info as e
    ), verdict as (
      select
        resource,
        subject,
        case
          when stopped is null then array['error', 'the engine does not tell how many of its containers are stopped (ContainersStopped).']
          when stopped <= 0 then array['ok', 'no container is stopped.']
          when stopped > ${var.stopped_container_limit} then array['alarm', 'more containers are stopped than the limit of ${var.stopped_container_limit} (' || counts || ').']
          else array['info', 'stopped containers are within the limit of ${var.stopped_container_limit} (' || counts || ').']
        end as finding,
        host,
        _ctx
      from
        engine
    )
    ${local.rows_sql}
  EOQ
}

query "docker_container_memory_usage_limit" {
  title       = "Memory limits"
  description = "One row a container: may it use all memory of the host?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.container_columns_sql},
        case
          when c.memory > 0 then array['ok', 'memory is limited to ' || c.memory || ' bytes (HostConfig.Memory).']
          else array['alarm', 'memory limit is not set (HostConfig.Memory = ' || coalesce(c.memory::text, 'nothing') || ').']
        end as finding
      from
        ${local.container_from_sql}
    )
    ${local.container_rows_sql}
  EOQ
}

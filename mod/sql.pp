# Pieces of SQL that many queries share. A query names what it judges `verdict`: rows with
#   resource, subject  what a row is about, for programs and for people
#   finding            array[status, reason]: each condition is written once, with what follows from it
#   host, _ctx         the engine's host and its connection
# and ends with one of the *_rows_sql. A finding that is NULL, because something is not known that nobody thought of, is an error.
locals {
  docker_compliance_common_tags = {
    category = "Compliance"
    plugin   = "docker"
    service  = "Docker"
  }

  # The columns of var.common_dimensions as the end of a select list. __QUALIFIER__ stands for a table's name and a
  # dot, in queries that read several tables.
  common_dimensions_qualifier_sql = <<-EOQ
  %{~if contains(var.common_dimensions, "connection_name")}, __QUALIFIER___ctx ->> 'connection_name' as connection_name%{endif~}
  %{~if contains(var.common_dimensions, "host")}, __QUALIFIER__host as host%{endif~}
  EOQ

  common_dimensions_sql = replace(local.common_dimensions_qualifier_sql, "__QUALIFIER__", "")

  # The rows of a control, from `verdict`.
  rows_sql = <<-EOQ
    select
      resource,
      coalesce(finding[1], 'error') as status,
      subject || ': ' || coalesce(finding[2], 'too little is known to judge.') as reason
      ${local.common_dimensions_sql}
    from
      verdict
  EOQ

  # An engine (`docker_info as e`) as what a row is about; the controls that were about a shell's host before name the
  # host as their resource.
  engine_columns_sql = <<-EOQ
        coalesce(nullif(e.id, ''), nullif(e.name, ''), e.sp_connection_name) as resource,
        coalesce(nullif(e.name, ''), nullif(e.id, ''), 'the engine') as subject,
        e.name as host,
        e._ctx
  EOQ

  host_columns_sql = <<-EOQ
        coalesce(nullif(e.name, ''), e.sp_connection_name) as resource,
        coalesce(nullif(e.name, ''), nullif(e.id, ''), 'the engine') as subject,
        e.name as host,
        e._ctx
  EOQ

  # Containers (`c`), each with its engine (`e`). An engine without containers has one row, in which `c.id` is null.
  container_from_sql = <<-EOQ
        docker_info as e
        left join docker_container as c on c.sp_connection_name = e.sp_connection_name
  EOQ

  container_columns_sql = <<-EOQ
        c.id,
        c.name,
        ${local.exempt_label_sql} as exempt_label,
        coalesce(nullif(e.id, ''), nullif(e.name, ''), e.sp_connection_name) as engine,
        coalesce(nullif(e.name, ''), nullif(e.id, ''), 'the engine') as engine_name,
        e.name as host,
        e._ctx
  EOQ

  # The label that exempts a container (`c`), or null.
  exempt_label_sql = length(var.exempt_container_labels) == 0 ? "null::text" : <<-EOQ
        (
          select
            min(l.key)
          from
            jsonb_each_text(case jsonb_typeof(c.labels) when 'object' then c.labels end) as l
          where
            l.key = any (${local.exempt_container_labels_sql})
            or l.key || '=' || l.value = any (${local.exempt_container_labels_sql})
        )
  EOQ

  exempt_container_labels_sql = "array[${join(", ", [for item in var.exempt_container_labels : "'${replace(item, "'", "''")}'"])}]::text[]"

  # The rows of a control over containers, from `verdict`.
  container_rows_sql = <<-EOQ
    select
      coalesce(id, engine) as resource,
      case
        when id is null or exempt_label is not null then 'skip'
        else coalesce(finding[1], 'error')
      end as status,
      case
        when id is null then engine_name || ': the engine has no containers.'
        when exempt_label is not null then '/' || name || ': exempt by its label ' || exempt_label || '.'
        else '/' || coalesce(name, id) || ': ' || coalesce(finding[2], 'too little is known to judge.')
      end as reason
      ${local.common_dimensions_sql}
    from
      verdict
  EOQ
}

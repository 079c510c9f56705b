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

  # An engine (`docker_info as e`) as what a row is about, for programs and for people; the controls that were about a
  # shell's host before name the host as their resource.
  engine_resource_sql = "coalesce(nullif(e.id, ''), nullif(e.name, ''), e.sp_connection_name)"
  engine_subject_sql  = "coalesce(nullif(e.name, ''), nullif(e.id, ''), 'the engine')"
  host_resource_sql   = "coalesce(nullif(e.name, ''), e.sp_connection_name)"

  engine_columns_sql = <<-EOQ
        ${local.engine_resource_sql} as resource,
        ${local.engine_subject_sql} as subject,
        e.name as host,
        e._ctx
  EOQ

  host_columns_sql = <<-EOQ
        ${local.host_resource_sql} as resource,
        ${local.engine_subject_sql} as subject,
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
        ${local.engine_resource_sql} as engine,
        ${local.engine_subject_sql} as engine_name,
        e.name as host,
        e._ctx
  EOQ

  # Is a container (`c`) of an engine (`e`) a Windows one? Engines of before containers told take the engine's word.
  container_is_windows_sql = "coalesce(nullif(c.platform, ''), e.os_type) = 'windows'"

  # The same, and true of each container of a Windows engine.
  container_or_engine_is_windows_sql = "lower(e.os_type) = 'windows' or lower(c.platform) = 'windows'"

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

  # Common tables for `with recursive`, of containers that use another one's namespace. `link` has for each the other one,
  # named by its ID, the start of it, or its name; `origin` has for each container the one at the end of such a chain and its
  # mode, and lacks those whose chain has no end. They read `container`: sp_connection_name, id, name, mode, joined (what is named),
  # is_joined. The last is a column, since PostgreSQL takes `is null` for rare and would loop over all containers for each.
  container_link_sql = <<-EOQ
    link as (
      select distinct on (c.sp_connection_name, c.id)
        c.sp_connection_name,
        c.id,
        coalesce(by_id.id, by_name.id) as target,
        coalesce(by_id.name, by_name.name, by_id.id, by_name.id) as target_name
      from
        container as c
        left join container as by_id on by_id.sp_connection_name = c.sp_connection_name
          and left(lower(by_id.id), 12) = left(lower(c.joined), 12)
          and starts_with(lower(by_id.id), lower(c.joined))
          and length(c.joined) >= 12
        left join container as by_name on by_name.sp_connection_name = c.sp_connection_name
          and by_name.name = c.joined
      where
        c.is_joined
      order by
        c.sp_connection_name,
        c.id,
        by_id.id,
        by_name.id
    ), origin as (
      select
        sp_connection_name,
        id,
        id as origin_id,
        mode
      from
        container
      where
        id is not null
        and not is_joined
      union all
      select
        l.sp_connection_name,
        l.id,
        o.origin_id,
        o.mode
      from
        origin as o
        join link as l on l.sp_connection_name = o.sp_connection_name
          and l.target = o.id
    )
  EOQ
}

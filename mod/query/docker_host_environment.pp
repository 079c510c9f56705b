locals {
  docker_host_environment_content_trust_sql = <<-EOQ
    with setting as (
      select
        sp_connection_name,
        name,
        value,
        file,
        line,
        is_exported,
        host,
        readable,
        error,
        row_number() over () as place
      from
        docker_host_environment
    ), trust as (
      select
        sp_connection_name,
        bool_or(host is null and not readable) as is_unseen,
        min(coalesce(file, 'a file') || ' cannot be read: ' || coalesce(error, 'unknown error')) filter (where host is not null and not readable) as unreadable,
        (array_agg(value order by place desc) filter (where readable and name = 'DOCKER_CONTENT_TRUST'))[1] as value,
        (array_agg(file || coalesce(':' || line, '') order by place desc) filter (where readable and name = 'DOCKER_CONTENT_TRUST'))[1] as file,
        bool_or(is_exported) filter (where readable and name = 'DOCKER_CONTENT_TRUST') as is_exported
      from
        setting
      group by
        sp_connection_name
    ), verdict as (
      select
        ${local.host_columns_sql},
        case
          when e.engine = 'Podman' then array['skip', 'Podman does not know content trust.']
          when t.is_unseen then array['skip', 'host facts are not configured.']
          when t.unreadable is not null then array['error', t.unreadable || '.']
          when t.file is null then array['alarm', 'DOCKER_CONTENT_TRUST is not set for logins, expected 1.']
          when t.is_exported is not true then array['alarm', 'DOCKER_CONTENT_TRUST is set in ' || t.file || ', but not exported.']
          when t.value = '1' then array['ok', 'DOCKER_CONTENT_TRUST is 1 (' || t.file || ').']
          else array['alarm', 'DOCKER_CONTENT_TRUST is "' || coalesce(t.value, '') || '" (' || t.file || '), expected 1.']
        end as finding
      from
        docker_info as e
        left join trust as t on t.sp_connection_name = e.sp_connection_name
    )
    ${local.rows_sql}
  EOQ
}

query "docker_host_environment_content_trust" {
  title       = "Content trust for clients"
  description = "One row a host: do its logins ask for content trust?"
  sql         = local.docker_host_environment_content_trust_sql
}

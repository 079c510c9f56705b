locals {
  docker_host_environment_content_trust_sql = <<-EOQ
    with setting as (
      select
        sp_connection_name,
        bool_or(host is null) as is_remote,
        min(error) filter (where host is null) as why,
        -- what is in a home folder holds for its owner only
        min(file || ': ' || error) filter (where host is not null and not readable and file like '/etc/%') as error,
        count(*) filter (where name = 'DOCKER_CONTENT_TRUST' and is_exported is not false and value = '1' and file like '/etc/%') as for_all,
        count(*) filter (where name = 'DOCKER_CONTENT_TRUST' and is_exported is not false and value = '1' and file not like '/etc/%') as for_some,
        string_agg(name || '=' || value || ' in ' || file || coalesce(' line ' || line, ''), ', ' order by file, line)
          filter (where name = 'DOCKER_CONTENT_TRUST' and is_exported is not false and value <> '1') as others,
        string_agg(file || coalesce(' line ' || line, ''), ', ' order by file, line)
          filter (where name = 'DOCKER_CONTENT_TRUST' and is_exported is not false and value = '1') as places
      from
        docker_host_environment
      group by
        sp_connection_name
    ), verdict as (
      select
        ${local.host_columns_sql},
        case
          when e.engine = 'Podman' then array['skip', 'Podman knows no content trust.']
          when e.os_type = 'windows' then array['skip', 'the login environment of a Windows host is not looked at.']
          when s.is_remote then array['skip', 'facts of the host are not available: ' || coalesce(rtrim(s.why, '.'), 'nothing is known of it') || '.']
          when s.others is not null then array['alarm', 'content trust is not enforced: ' || s.others || '; 1 is expected.']
          when s.error is not null then array['error', 'whether logins enforce content trust is not known: ' || rtrim(s.error, '.') || '.']
          when s.for_all > 0 then array['ok', 'logins enforce content trust (DOCKER_CONTENT_TRUST=1 in ' || s.places || ').']
          when s.for_some > 0 then array['info', 'content trust is enforced for one account only (' || s.places || '): a person must judge whether others pull or build.']
          else array['alarm', 'content trust is not enforced: no file that a login reads sets DOCKER_CONTENT_TRUST to 1.']
        end as finding
      from
        docker_info as e
        left join setting as s on s.sp_connection_name = e.sp_connection_name
    )
    ${local.rows_sql}
  EOQ
}

query "docker_host_environment_content_trust" {
  title       = "Content trust of logins"
  description = "One row a host: do logins enforce Docker's content trust?"
  sql         = local.docker_host_environment_content_trust_sql
}

# Sessions of `docker exec`: those that the engine still knows, and those in the audit log. A log without any says
# something only if a rule of the audit system covers each start of the docker command.
locals {
  docker_exec_sql = <<-EOQ
    with session as (
      select
        sp_connection_name,
        container_id,
        container_name,
        left(id, 12) as id,
        coalesce(nullif(entrypoint, ''), 'a command') as program,
        case
          when running then 'runs'
          when exit_code is not null then 'ran'
          else 'is to run'
        end as verb,
        __SESSION_DETAIL__ as detail,
        __SESSION__ as is_finding
      from
        docker_exec
    ), sessions as (
      select
        sp_connection_name,
        count(*) as sessions,
        count(*) filter (where is_finding) as findings,
        count(*) filter (where is_finding is null) as unknown
      from
        session
      group by
        sp_connection_name
    ), event as (
      select
        sp_connection_name,
        time,
        coalesce('container ' || exec_container, 'a container that is not named') as container,
        coalesce(login_name, user_name, 'user ' || coalesce(auid, uid), 'somebody') as account,
        __EVENT_DETAIL__ as detail,
        is_exec and success is not false as is_exec,
        is_exec and success is not false and __EVENT__ as is_finding,
        readable,
        case
          when file is null or strpos(error, file) > 0 then error
          else file || ' cannot be read: ' || error
        end as error
      from
        docker_host_audit_event
    ), events as (
      select
        sp_connection_name,
        count(*) filter (where is_exec) as execs,
        count(*) filter (where is_finding) as findings,
        min(error) filter (where not readable) as error
      from
        event
      group by
        sp_connection_name
    ), traced as (
      select
        sp_connection_name,
        account,
        container,
        detail,
        count(*) as times,
        to_char(max(time) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as last
      from
        event
      where
        is_finding
      group by
        sp_connection_name,
        account,
        container,
        detail
    ), cli as (
      select
        f.sp_connection_name,
        min(f.path) filter (where f.purpose = 'cli_binary') as path,
        array_agg(${replace(local.plain_path_sql, "__PATH__", "p.path")}) filter (where f.purpose = 'cli_binary' and p.path is not null) as paths,
        min(f.error) filter (where f.purpose = 'cli_binary' and f.path is null) as error,
        min(f.error) filter (where f.purpose = 'audit_log' and not f.readable) as log_error
      from
        docker_host_file as f
        cross join lateral unnest(array[f.path, f.symlink_target]) as p(path)
      where
        f.purpose in ('cli_binary', 'audit_log')
      group by
        f.sp_connection_name
    ), rule as (
      select
        ${local.audit_rule_columns_sql},
        host,
        path,
        fields,
        is_active and list in ('exit', 'exclude') and is_exclusion as is_exclusion,
        list,
        case
          when kind = 'watch' or permission is not null then permission like '%x%'
          else syscalls = '[]'::jsonb or syscalls ?| array['all', 'execve']
        end as is_of_start
      from
        docker_host_audit_rule
    ), cli_rule as (
      select
        r.sp_connection_name,
        r.kind,
        r.rule,
        r.place,
        r.is_source,
        r.file,
        r.line,
        r.host,
        r.readable,
        r.error,
        r.covers
          and r.is_of_start
          and (l.is_on_cli or (r.path is null and r.kind = 'syscall'))
          -- who starts it, and with what result, may only be told in these ways
          and not r.fields @? '$[*] ? (!((@.operator == "=" && (@.name == "path" || @.name == "dir" || @.name == "perm" || @.name == "exe")) || (@.name == "arch" && @.operator == "=" && @.value != "b32" && @.value != "i386" && @.value != "i686") || (@.name == "auid" && (@.operator == "!=" || @.operator == ">=" || @.operator == ">")) || (@.name == "success" && @.operator == "=" && @.value == "1")))'
          and l.is_exe_of_cli as covers,
        r.is_off
          or (r.list = 'exclude' and r.is_exclusion and r.fields @? '$[*] ? (@.name == "msgtype" && (@.value == "EXECVE" || @.value == "SYSCALL"))')
          or (r.list = 'exit' and r.is_exclusion and r.is_of_start and (l.is_on_cli or r.path is null) and l.is_exe_of_cli) as keeps_out
      from
        rule as r
        left join cli as c on c.sp_connection_name = r.sp_connection_name
        cross join lateral (
          select
            coalesce(
              bool_or(q.path = p.path or (r.is_recursive and starts_with(p.path, rtrim(q.path, '/') || '/'))),
              false
            ) as is_on_cli,
            not r.fields @? '$[*] ? (@.name == "exe")'
              or coalesce(bool_or(jsonb_path_query_array(r.fields, '$[*] ? (@.name == "exe" && @.operator == "=").value') ? p.path), false) as is_exe_of_cli
          from
            (
              select
                ${replace(local.plain_path_sql, "__PATH__", "path")} as path
              from
                unnest(r.paths) as path
            ) as q
            cross join unnest(c.paths) as p(path)
        ) as l
    ), rules as (
      select
        sp_connection_name,
        bool_or(host is not null or readable) as is_seen,
        (array_agg(place order by is_source desc, file, line) filter (where covers))[1] as covered_by,
        coalesce(
          (array_agg(place order by is_source desc, file, line) filter (where keeps_out))[1],
          case
            when bool_or(kind = 'control' and rule ~ '^-e\s+0$') and not bool_or(kind = 'control' and rule ~ '^-e\s+[12]$') then 'the rule `-e 0`'
          end
        ) as kept_out_by,
        (array_agg(error order by file, line) filter (where not readable))[1] as error
      from
        cli_rule
      group by
        sp_connection_name
    ), engine as (
      select
        ${local.host_columns_sql},
        e.os_type,
        e.sp_connection_name,
        lower(coalesce(e.engine, 'docker')) || ' exec' as command
      from
        docker_info as e
    ), summary as (
      select
        e.resource,
        e.subject,
        e.host,
        e._ctx,
        e.os_type,
        e.command,
        s.sessions,
        coalesce(s.unknown, 0) as unknown,
        case
          when s.sessions > 0 then 'none of the exec sessions that the engine knows (' || s.sessions || ') runs __WORDS__'
          else 'the engine knows no exec session'
        end as live,
        case
          when v.execs > 0 then 'of ' || v.execs || ' ' || e.command || ' in the audit log none ran __WORDS__'
          else 'the audit log has no ' || e.command
        end as logged,
        coalesce(v.error, c.log_error) as log_error,
        coalesce(r.is_seen, false) as is_seen,
        r.covered_by,
        r.kept_out_by,
        r.error as rule_error,
        c.error as cli_error,
        coalesce(c.path, 'the command') as cli
      from
        engine as e
        left join sessions as s on s.sp_connection_name = e.sp_connection_name
        left join events as v on v.sp_connection_name = e.sp_connection_name
        left join rules as r on r.sp_connection_name = e.sp_connection_name
        left join cli as c on c.sp_connection_name = e.sp_connection_name
      where
        e.os_type = 'windows'
        or coalesce(s.findings, 0) + coalesce(v.findings, 0) = 0
    ), verdict as (
      select
        s.container_id as resource,
        '/' || coalesce(s.container_name, s.container_id) as subject,
        array['alarm', 'exec session ' || s.id || ' ' || s.verb || ' ' || s.program || ' __WORDS__ (' || s.detail || ').'] as finding,
        e.host,
        e._ctx
      from
        engine as e
        join session as s on s.sp_connection_name = e.sp_connection_name
      where
        s.is_finding
        and e.os_type is distinct from 'windows'
      union all
      select
        e.resource,
        e.subject,
        array['alarm', t.account || ' used ' || e.command || ' __WORDS__ (' || t.detail || ') in ' || t.container || ', ' || case t.times when 1 then 'once' else t.times || ' times' end || coalesce(', last at ' || t.last || ' UTC', '') || '.'] as finding,
        e.host,
        e._ctx
      from
        engine as e
        join traced as t on t.sp_connection_name = e.sp_connection_name
      where
        e.os_type is distinct from 'windows'
      union all
      select
        resource,
        subject,
        case
          when os_type = 'windows' then array['skip', 'a Windows engine has no such sessions.']
          when unknown > 0 then array['info', 'not each exec session tells whether it runs __WORDS__ (' || unknown || ' of ' || sessions || ' do not).']
          when not is_seen then array['info', live || '; what ran before is not known, as facts of the host are not available.']
          when log_error is not null then array['error', live || ', but what ran before is not known: ' || log_error || '.']
          when kept_out_by is not null then array['info', live || '; what ran before is not known, as ' || kept_out_by || ' keeps it out of the audit log.']
          when covered_by is not null then array['ok', live || '; ' || logged || ', and ' || covered_by || ' covers ' || cli || '.']
          when coalesce(rule_error, cli_error) is not null then array['error', live || ', but whether the audit log would tell is not known: ' || coalesce(rule_error, cli_error) || '.']
          else array['info', live || '; ' || logged || ', but no audit rule covers the start of ' || cli || '.']
        end as finding,
        host,
        _ctx
      from
        summary
    )
    ${local.rows_sql}
  EOQ

  docker_exec_privileged_sql = replace(replace(replace(replace(replace(local.docker_exec_sql,
    "__SESSION__", "privileged"),
    "__SESSION_DETAIL__", "'ProcessConfig.privileged is true'"),
    "__EVENT__", "exec_privileged"),
    "__EVENT_DETAIL__", "'--privileged'"),
    "__WORDS__", "with all privileges"
  )

  # Who an exec is asked to run as: root by name or number, or nobody, but a group.
  is_root_sql = "coalesce(split_part(__USER__, ':', 1) = 'root' or split_part(__USER__, ':', 1) ~ '^[+-]?0+$' or __USER__ like ':%', false)"

  docker_exec_root_user_sql = replace(replace(replace(replace(replace(local.docker_exec_sql,
    "__SESSION__", replace(local.is_root_sql, "__USER__", "user_name")),
    "__SESSION_DETAIL__", "'ProcessConfig.user is ' || user_name"),
    "__EVENT__", replace(local.is_root_sql, "__USER__", "exec_user")),
    "__EVENT_DETAIL__", "'--user ' || exec_user"),
    "__WORDS__", "as root"
  )
}

query "docker_exec_privileged" {
  title       = "Exec sessions with all privileges"
  description = "One row an exec session with all privileges, else one an engine: has docker exec been used with --privileged?"
  sql         = local.docker_exec_privileged_sql
}

query "docker_exec_root_user" {
  title       = "Exec sessions as root"
  description = "One row an exec session as root, else one an engine: has docker exec been used with --user root?"
  sql         = local.docker_exec_root_user_sql
}

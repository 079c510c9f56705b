query "docker_container_sshd_not_running" {
  title       = "SSH servers"
  description = "One row a container: does an SSH server run in it?"
  sql = <<-EOQ
    with process as (
      select
        p.sp_connection_name,
        p.container_id,
        p.pid,
        p.problem,
        coalesce(p.command, p.fields ->> 'CMD', p.fields ->> 'COMMAND', p.fields ->> 'Name') as command
      from
        docker_container_process as p
    ), container_processes as (
      select
        sp_connection_name,
        container_id,
        min(problem) as problem,
        count(*) filter (where problem is null) as processes,
        count(*) filter (where problem is null and command is null) as unknown,
        string_agg(btrim(command) || coalesce(' (process ' || pid || ')', ''), ', ' order by pid, command) filter (where btrim(command) ~* '^(\S*[/\\])?sshd(-session|-auth)?(\.exe)?(:|\s|$)') as servers
      from
        process
      group by
        sp_connection_name,
        container_id
    ), verdict as (
      select
        ${local.container_columns_sql},
        case
          when c.state is null then array['error', 'the engine does not tell its state.']
          when lower(c.state) not in ('running', 'paused') then array['skip', 'it does not run (' || c.state || '), so it has no processes.']
          when p.servers is not null then array['alarm', 'an SSH server runs in it: ' || p.servers || '.']
          when p.problem is not null then array['error', 'its processes are not known: ' || rtrim(p.problem, '.') || '.']
          when coalesce(p.processes, 0) = 0 then array['error', 'it runs, but the engine tells no process of it.']
          when p.unknown > 0 then array['error', 'the engine does not tell the commands of its processes.']
          else array['ok', 'none of its processes is an SSH server (' || p.processes || ' seen).']
        end as finding
      from
        ${local.container_from_sql}
        left join container_processes as p on p.sp_connection_name = c.sp_connection_name
        and p.container_id = c.id
    )
    ${local.container_rows_sql}
  EOQ
}

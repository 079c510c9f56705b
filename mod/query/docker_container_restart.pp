query "docker_container_restart_policy_on_failure" {
  title       = "Restart policies"
  description = "One row a container: is it restarted on failure only, and at most five times?"
  sql = <<-EOQ
    with swarm as (
      select distinct on (sp_connection_name)
        sp_connection_name,
        case jsonb_typeof(service_restart_policies) when 'object' then service_restart_policies end as policies
      from
        docker_swarm
      order by
        sp_connection_name
    ), container as (
      select
        ${local.container_columns_sql},
        e.sp_connection_name,
        case jsonb_typeof(c.restart_policy) when 'object' then c.restart_policy end as policy,
        coalesce(
          case jsonb_typeof(c.config -> 'Labels') when 'object' then c.config -> 'Labels' end,
          case jsonb_typeof(c.labels) when 'object' then c.labels end,
          '{}'
        ) as container_labels
      from
        ${local.container_from_sql}
    ), task as (
      select
        c.*,
        c.policy ->> 'Name' as policy_name,
        c.policy ->> 'MaximumRetryCount' as local_tries,
        c.container_labels ?| array['com.docker.swarm.service.id', 'com.docker.swarm.task.id'] as is_task,
        nullif(c.container_labels ->> 'com.docker.swarm.service.id', '') as service_id,
        'service ' || coalesce(
          nullif(c.container_labels ->> 'com.docker.swarm.service.name', ''),
          nullif(c.container_labels ->> 'com.docker.swarm.service.id', ''),
          'unknown'
        ) as service,
        s.policies
      from
        container as c
        left join swarm as s on s.sp_connection_name = c.sp_connection_name
    ), known as (
      select
        t.*,
        policies ? service_id as is_listed,
        coalesce(nullif(p.service_policy ->> 'Condition', ''), 'any') as condition,
        case
          when is_task then coalesce(p.service_policy ->> 'MaxAttempts', '0')
          else coalesce(local_tries, '0')
        end as tries
      from
        task as t
        cross join lateral (
          select
            case jsonb_typeof(policies -> service_id) when 'object' then policies -> service_id end as service_policy
        ) as p
    ), counted as (
      select
        *,
        case when tries ~ '^-?[0-9]{1,30}$' then tries::numeric end as number
      from
        known
    ), verdict as (
      select
        *,
        case
          when is_task and policies is null then array['info', 'it is a task of ' || service || ', and what its policy is only a manager of the swarm can tell; ask one: docker service inspect.']
          when is_task and service_id is null then array['info', 'it is a task of a swarm, but has no label com.docker.swarm.service.id, so its service and that one''s restart policy are not known.']
          when is_task and not is_listed then array['info', 'it is a task of ' || service || ', which the swarm no longer has, so its restart policy is not known.']
          when is_task and condition = 'none' then array['info', service || ' does not restart its tasks (Condition = none): secure, but judge whether it should come back after a failure.']
          when is_task and number is null then array['info', service || ' has MaxAttempts = ' || tries || ', which is no number.']
          when is_task and number <= 0 then array['alarm', service || ' restarts its tasks without end (Condition = ' || condition || ', MaxAttempts = ' || tries || '; 1 to 5 was expected).']
          when is_task and number > 5 then array['alarm', service || ' restarts its tasks up to ' || tries || ' times (Condition = ' || condition || '; at most 5 was expected).']
          when is_task then array['ok', service || ' restarts its tasks at most ' || tries || ' times (Condition = ' || condition || ').']
          when policy is null then array['error', 'the engine does not tell HostConfig.RestartPolicy.']
          when coalesce(policy_name, '') in ('', 'no') then array['info', 'it is not restarted (RestartPolicy.Name = ' || coalesce(nullif(policy_name, ''), 'nothing') || '): secure, but judge whether it should come back after a failure.']
          when policy_name in ('always', 'unless-stopped') then array['alarm', 'it is restarted without end (RestartPolicy.Name = ' || policy_name || '; on-failure with at most 5 tries was expected).']
          when policy_name <> 'on-failure' or number is null then array['info', 'its restart policy is not known here (RestartPolicy.Name = ' || policy_name || ', MaximumRetryCount = ' || tries || ').']
          when number <= 0 then array['alarm', 'it is restarted on failure without end (RestartPolicy.MaximumRetryCount = ' || tries || '; 1 to 5 was expected).']
          when number > 5 then array['alarm', 'it is restarted on failure up to ' || tries || ' times (RestartPolicy.MaximumRetryCount; at most 5 was expected).']
          else array['ok', 'it is restarted on failure at most ' || tries || ' times (RestartPolicy).']
        end as finding
      from
        counted
    )
    ${local.container_rows_sql}
  EOQ
}

query "docker_container_health_checked" {
  title       = "Health of containers"
  description = "One row a container: does the engine check the health of those that run?"
  sql = <<-EOQ
    with container as (
      select
        ${local.container_columns_sql},
        c.state_detail is null as is_unknown,
        ${local.container_state_sql} as state,
        coalesce(lower(c.state_detail -> 'Health' ->> 'Status'), '') as health
      from
        ${local.container_from_sql}
    ), verdict as (
      select
        *,
        case
          when state is null or is_unknown then array['error', 'the engine does not tell its state.']
          when state not in ('running', 'paused', 'restarting') then array['skip', 'it does not run (' || state || ').']
          when health in ('healthy', 'starting') then array['ok', 'its health is checked (State.Health.Status = ' || health || ').']
          when health = 'unhealthy' then array['info', 'its health is checked, and it is unhealthy; look at its log.']
          when health in ('', 'none') then array['alarm', 'its health is not checked (State.Health.Status is ' || coalesce(nullif(health, ''), 'not set') || ').']
          else array['info', 'its health is checked with an unknown outcome (State.Health.Status = ' || health || ').']
        end as finding
      from
        container
    )
    ${local.container_rows_sql}
  EOQ
}

query "docker_container_latest_image" {
  title       = "Images of containers"
  description = "One row a container: is its image still the one that its tag refers to?"
  sql = <<-EOQ
    with tag as (
      select
        i.sp_connection_name as connection,
        ${replace(local.image_tag_sql, "__REF__", "t.tag")} as tag,
        min(lower(regexp_replace(i.id, '^sha256:', ''))) as image_id
      from
        docker_image as i,
        jsonb_array_elements_text(case jsonb_typeof(i.repo_tags) when 'array' then i.repo_tags end) as t(tag)
      where
        t.tag <> '<none>:<none>'
      group by
        1,
        2
    ), container as (
      select
        ${local.container_columns_sql},
        e.sp_connection_name as connection,
        lower(regexp_replace(c.image_id, '^sha256:', '')) as image_id,
        coalesce(nullif(c.config ->> 'Image', ''), c.image) as image
      from
        ${local.container_from_sql}
    ), reference as (
      select
        image,
        ${replace(local.image_tag_sql, "__REF__", "image")} as tag
      from (
        select distinct
          image
        from
          container
      ) as images
    ), verdict as (
      select
        c.*,
        case
          when c.image is null or c.image = '' or c.image_id is null or c.image_id = '' then array['info', 'the engine does not tell which image it was created from.']
          when c.image like '%@%' then array['info', 'it was created from the digest ' || c.image || ', which never moves; only the registry knows whether there is a newer one.']
          when c.image ~* '^(sha256:)?[0-9a-f]{64}$' or (t.image_id is null and c.image ~* '^[0-9a-f]{4,}$' and starts_with(c.image_id, lower(c.image))) then array['info', 'it was created from an image by its ID (' || c.image || '); only the registry knows whether there is a newer one.']
          when t.image_id is null then array['info', 'its tag ' || c.image || ' is on no local image any more; only the registry knows the newest.']
          when t.image_id <> c.image_id then array['alarm', 'it runs an older image (' || left(c.image_id, 12) || ') than ' || c.image || ' now refers to (' || left(t.image_id, 12) || ').']
          else array['info', 'it has the image that ' || c.image || ' refers to here (' || left(c.image_id, 12) || '); only the registry knows whether there is a newer one.']
        end as finding
      from
        container as c
        left join reference as r on r.image = c.image
        left join tag as t on t.connection = c.connection
          and t.tag = r.tag
    )
    ${local.container_rows_sql}
  EOQ
}

locals {
  # A reference with its registry and tag, as engines fill in what it leaves out.
  image_tag_sql = <<-EOQ
        ${local.image_repository_sql} || case
          when __REF__ !~ ':[^/]*$' then ':latest'
          else ''
        end
  EOQ
}

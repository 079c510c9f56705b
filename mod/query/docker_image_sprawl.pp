query "docker_image_sprawl_avoided" {
  title       = "Images that no container uses"
  description = "One row an engine: how many of its images does a container use?"
  sql = <<-EOQ
    with used as (
      select distinct
        sp_connection_name,
        regexp_replace(lower(image_id), '^sha256:', '') as id
      from
        docker_container
      where
        image_id <> ''
    ), image as (
      select
        i.sp_connection_name,
        coalesce(
          (case jsonb_typeof(i.repo_tags) when 'array' then nullif(i.repo_tags ->> 0, '<none>:<none>') end),
          left(regexp_replace(i.id, '^sha256:', ''), 12)
        ) as name,
        u.id is not null as is_used
      from
        docker_image as i
        left join used as u
          on u.sp_connection_name = i.sp_connection_name
          and u.id = regexp_replace(lower(i.id), '^sha256:', '')
    ), total as (
      select
        sp_connection_name,
        count(*) as images,
        count(*) filter (where is_used) as used,
        count(*) filter (where not is_used) as unused,
        array_to_string((array_agg(name order by name) filter (where not is_used))[1:10], ', ') as names
      from
        image
      group by
        sp_connection_name
    ), verdict as (
      select
        ${local.engine_columns_sql},
        case
          when t.images is null then array['skip', 'the engine has no images.']
          when t.unused = 0 and t.images = 1 then array['ok', 'a container uses the only image.']
          when t.unused = 0 then array['ok', 'containers use all ' || t.images || ' images.']
          else array['info', 'containers use ' || t.used || ' of ' || t.images || ' images; none uses ' || t.names || case when t.unused > 10 then ' and ' || t.unused - 10 || ' more' else '' end || '.']
        end as finding
      from
        docker_info as e
        left join total as t on t.sp_connection_name = e.sp_connection_name
    )
    ${local.rows_sql}
  EOQ
}

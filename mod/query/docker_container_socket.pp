locals {
  # A path without doubled slashes, dots and an end slash; /var/run is a link to /run. __PATH__ is a text.
  clean_path_sql = <<-EOQ
            regexp_replace(
              regexp_replace(regexp_replace(__PATH__ || '/', '/(\.?/)+', '/', 'g'), '(.)/$', '\1'),
              '^/var/run(/|$)',
              '/run\1'
            )
  EOQ

  docker_container_docker_socket_not_mounted_sql = <<-EOQ
    with engine as (
      select
        sp_connection_name,
        case
          when endpoint like 'unix:///%' then ${replace(local.clean_path_sql, "__PATH__", "substr(endpoint, 8)")}
          else '/run/docker.sock'
        end as socket
      from
        docker_info
    ), verdict as (
      select
        ${local.container_columns_sql},
        case
          when c.mounts_detail is null then array['error', 'the engine does not tell what is mounted (Mounts).']
          when m.sockets is not null then array['alarm', 'a socket that gives control of the engine is mounted: ' || m.sockets || '.']
          when m.folders is not null then array['alarm', 'a folder that holds the engine''s socket is mounted: ' || m.folders || '.']
          else array['ok', 'neither the engine''s socket nor a folder that holds it is mounted.']
        end as finding
      from
        ${local.container_from_sql}
        left join engine as s on s.sp_connection_name = e.sp_connection_name
        left join lateral (
          select
            string_agg(source || ' at ' || destination, ', ' order by source, destination) filter (where is_socket) as sockets,
            string_agg(source || ' at ' || destination, ', ' order by source, destination) filter (where not is_socket and is_folder) as folders
          from (
            select
              source,
              coalesce(mount ->> 'Destination', 'a place that is not told') as destination,
              path = s.socket
                or path ~ '(docker|podman|containerd)\.sock$'
                or lower(translate(source, '\', '/')) ~ '^//[^/]+/pipe/(docker_|podman)' as is_socket,
              path = '/'
                or starts_with(s.socket, path || '/')
                or starts_with('/run/docker.sock', path || '/')
                or starts_with('/run/containerd/containerd.sock', path || '/')
                or starts_with('/run/podman/podman.sock', path || '/') as is_folder
            from
              jsonb_array_elements(case jsonb_typeof(c.mounts_detail) when 'array' then c.mounts_detail end) as mount
              cross join lateral (
                select
                  mount ->> 'Source' as source,
                  ${replace(local.clean_path_sql, "__PATH__", "(mount ->> 'Source')")} as path
              ) as p
            where
              source <> ''
              and coalesce(mount ->> 'Type', 'bind') in ('bind', 'npipe')
          ) as mounts
        ) as m on true
    )
    ${local.container_rows_sql}
  EOQ
}

query "docker_container_docker_socket_not_mounted" {
  title       = "Sockets of the engine in containers"
  description = "One row a container: is the engine's socket mounted in it, or a folder that holds it?"
  sql         = local.docker_container_docker_socket_not_mounted_sql
}

query "docker_info_host_hardened" {
  title       = "What the host is"
  description = "One row an engine: which operating system and kernel must be hardened?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.engine_columns_sql},
        array['info', 'the host runs ' || coalesce(nullif(e.operating_system, ''), 'an operating system that the engine does not name') || ', kernel ' || coalesce(nullif(e.kernel_version, ''), 'unknown') || '; whether it is hardened, a person must judge.'] as finding
      from
        docker_info as e
    )
    ${local.rows_sql}
  EOQ
}

locals {
  minimum_engine_version_sql = "'${replace(trim(var.minimum_engine_version, " \""), "'", "''")}'"

  # Numbers of a version as an array that compares, without zeros at its end; null if it is no version, as those of
  # builds between releases are not.
  version_numbers_sql = "nullif(string_to_array(regexp_replace(substring(__VERSION__ from '^\\s*v?([0-9]+(?:\\.[0-9]+)*)(?:[-+~ ].*)?$'), '(\\.0+)+$', ''), '.')::numeric[], array[0]::numeric[])"

  # True for what came before the version of the same numbers.
  is_preview_sql = "__VERSION__ ~* '^\\s*v?[0-9.]+[-~](alpha|beta|dev|pre|rc|tp)'"
}

query "docker_info_version_current" {
  title       = "Version of the engine"
  description = "One row an engine: is its version at least minimum_engine_version?"
  sql = <<-EOQ
    with engine as (
      select
        ${local.engine_columns_sql},
        e.engine,
        coalesce(nullif(e.server_version, ''), 'unknown') as version,
        ${replace(local.version_numbers_sql, "__VERSION__", "e.server_version")} as numbers,
        ${replace(local.is_preview_sql, "__VERSION__", "e.server_version")} as is_preview,
        m.minimum,
        ${replace(local.version_numbers_sql, "__VERSION__", "m.minimum")} as minimum_numbers,
        ${replace(local.is_preview_sql, "__VERSION__", "m.minimum")} as is_minimum_preview
      from
        docker_info as e
        cross join (select ${local.minimum_engine_version_sql}::text as minimum) as m
    ), verdict as (
      select
        resource,
        subject,
        case
          when minimum = '' then array['info', 'the engine has version ' || version || '; minimum_engine_version is not set.']
          when engine = 'Podman' then array['info', 'the engine is Podman ' || version || '; minimum_engine_version (' || minimum || ') is about Docker.']
          when minimum_numbers is null then array['info', 'the engine has version ' || version || '; minimum_engine_version (' || minimum || ') is no version such as 28.0.1.']
          when numbers is null then array['info', 'the engine''s version (' || version || ') cannot be compared with ' || minimum || '.']
          when numbers < minimum_numbers then array['alarm', 'the engine has version ' || version || ', older than ' || minimum || '.']
          when numbers > minimum_numbers or version = minimum then array['ok', 'the engine has version ' || version || ', at least ' || minimum || '.']
          when is_preview and is_minimum_preview then array['info', 'which of the previews ' || version || ' and ' || minimum || ' is newer cannot be told.']
          when is_preview then array['alarm', 'the engine has version ' || version || ', a preview of ' || minimum || '.']
          else array['ok', 'the engine has version ' || version || ', at least ' || minimum || '.']
        end as finding,
        host,
        _ctx
      from
        engine
    )
    ${local.rows_sql}
  EOQ
}

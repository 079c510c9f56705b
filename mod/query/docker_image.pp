# Images (`i`), each with its engine (`e`). An engine without images has one row, in which `i.id` is null.
locals {
  image_from_sql = <<-EOQ
        docker_info as e
        left join docker_image as i on i.sp_connection_name = e.sp_connection_name
  EOQ

  image_columns_sql = <<-EOQ
        i.id,
        coalesce(
          (
            select
              string_agg(t.tag, ', ' order by t.tag)
            from
              jsonb_array_elements_text(case jsonb_typeof(i.repo_tags) when 'array' then i.repo_tags end) as t(tag)
            where
              t.tag <> '<none>:<none>'
          ),
          left(regexp_replace(i.id, '^[^:]*:', ''), 12)
        ) as image,
        ${local.engine_resource_sql} as engine,
        ${local.engine_subject_sql} as engine_name,
        e.name as host,
        e._ctx
  EOQ

  # The rows of a control over images, from `verdict`.
  image_rows_sql = <<-EOQ
    select
      coalesce(id, engine) as resource,
      case
        when id is null then 'skip'
        else coalesce(finding[1], 'error')
      end as status,
      case
        when id is null then engine_name || ': the engine has no images.'
        else image || ': ' || coalesce(finding[2], 'too little is known to judge.')
      end as reason
      ${local.common_dimensions_sql}
    from
      verdict
  EOQ

  # The digests of an image as text, or null.
  image_digests_sql = <<-EOQ
        (
          select
            string_agg(d.digest, ', ' order by d.digest)
          from
            jsonb_array_elements_text(case jsonb_typeof(i.repo_digests) when 'array' then i.repo_digests end) as d(digest)
          where
            d.digest <> '<none>@<none>'
        )
  EOQ

  # The repository (__REF__ without tag and digest) with its registry, Docker Hub if it names none.
  image_repository_sql = <<-EOQ
        regexp_replace(
          regexp_replace(
            case
              when split_part(__REF__, '/', 1) ~ '[.:]' and __REF__ like '%/%' or __REF__ like 'localhost/%' then __REF__
              else 'docker.io/' || __REF__
            end,
            '^index[.]docker[.]io/',
            'docker.io/'
          ),
          '^docker[.]io/([^/]+)$',
          'docker.io/library/\1'
        )
  EOQ

  allowed_registries_sql = "array[${join(", ", [for item in var.allowed_registries : "'${replace(item, "'", "''")}'"])}]::text[]"
}

query "docker_image_trusted_registry" {
  title       = "Registries of images"
  description = "One row an image: does it come from a registry that is trusted?"
  sql = <<-EOQ
    with origin as (
      select
        ${local.image_columns_sql},
        ${local.image_digests_sql} as digests,
        r.*
      from
        ${local.image_from_sql}
        left join lateral (
          select
            count(*) filter (where is_local) as local_names,
            string_agg(distinct n.repository, ', ' order by n.repository) filter (where not n.is_local) as repositories,
            string_agg(distinct n.repository, ', ' order by n.repository) filter (
              where
                not n.is_local
                and not exists (
                  select
                  from
                    unnest(${local.allowed_registries_sql}) as a(registry)
                  where
                    n.repository = rtrim(a.registry, '/')
                    or starts_with(n.repository, rtrim(a.registry, '/') || '/')
                )
            ) as others
          from
            (
              select
                ${replace(local.image_repository_sql, "__REF__", "m.name")} as repository,
                m.name like 'localhost/%' or not (m.has_digest or split_part(m.name, '/', 1) ~ '[.:]' and m.name like '%/%') as is_local
              from
                (
                  select
                    regexp_replace(t.tag, ':[^/:]*$', '') as name,
                    jsonb_typeof(i.repo_digests) = 'array' and i.repo_digests <> '[]' and i.repo_digests <> '["<none>@<none>"]' as has_digest
                  from
                    jsonb_array_elements_text(case jsonb_typeof(i.repo_tags) when 'array' then i.repo_tags end) as t(tag)
                  where
                    t.tag <> '<none>:<none>'
                  union all
                  select
                    split_part(d.digest, '@', 1),
                    true
                  from
                    jsonb_array_elements_text(case jsonb_typeof(i.repo_digests) when 'array' then i.repo_digests end) as d(digest)
                  where
                    d.digest <> '<none>@<none>'
                ) as m
            ) as n
        ) as r on true
    ), verdict as (
      select
        *,
        case
          when repositories is null then array['info', 'it names no registry and has no digest of one, so it was built or loaded here; look at what it was built from.']
          when cardinality(${local.allowed_registries_sql}) = 0 then array['info', 'it comes from ' || repositories || ' (' || coalesce('digest ' || digests, 'no digest of a registry is known') || '); a person must judge whether that is trusted, or set allowed_registries.']
          when others is not null then array['alarm', 'it comes from ' || others || ', which allowed_registries does not allow.']
          when local_names > 0 then array['info', 'it comes from ' || repositories || ', which is allowed, and has names without a registry as well.']
          else array['ok', 'it comes from ' || repositories || ', which allowed_registries allows.']
        end as finding
      from
        origin
    )
    ${local.image_rows_sql}
  EOQ
}

query "docker_image_scanned" {
  title       = "Age of images"
  description = "One row an image: how old is it, and was it scanned for flaws?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.image_columns_sql},
        case
          when i.created is null then array['info', 'when it was built is not known; look at the report of your scanner, and rebuild it regularly.']
          else array['info', 'it was built on ' || to_char(i.created at time zone 'UTC', 'YYYY-MM-DD') || coalesce(
            ', ' || greatest(0, extract(epoch from case when e.system_time ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}' then e.system_time::timestamptz - i.created end) / 86400)::bigint || ' days ago',
            ''
          ) || '; look at the report of your scanner, and rebuild it if it is old.']
        end as finding
      from
        ${local.image_from_sql}
    )
    ${local.image_rows_sql}
  EOQ
}

query "docker_container_healthcheck_instruction" {
  title       = "Health checks of images"
  description = "One row an image: does it define a health check?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.image_columns_sql},
        case
          when jsonb_typeof(i.config) is distinct from 'object' then array['info', 'the engine tells no configuration of it, so a health check cannot be seen.']
          when i.config -> 'Healthcheck' -> 'Test' ->> 0 in ('CMD', 'CMD-SHELL') then array['ok', 'it defines a health check (' || (i.config -> 'Healthcheck' -> 'Test' ->> 0) || ').']
          when i.config -> 'Healthcheck' -> 'Test' ->> 0 = 'NONE' then array['alarm', 'its health check is switched off (Healthcheck.Test is NONE).']
          when i.config -> 'Healthcheck' -> 'Test' ->> 0 is not null then array['alarm', 'its health check is of a kind that engines do not run (Healthcheck.Test starts with "' || (i.config -> 'Healthcheck' -> 'Test' ->> 0) || '", expected CMD or CMD-SHELL).']
          else array['alarm', 'it defines no health check (Healthcheck.Test is not set).']
        end as finding
      from
        ${local.image_from_sql}
    )
    ${local.image_rows_sql}
  EOQ
}

query "docker_image_setuid_files" {
  title       = "Files with setuid or setgid bits in images"
  description = "One row an image: a person must look at its files."
  sql = <<-EOQ
    with verdict as (
      select
        ${local.image_columns_sql},
        array['info', 'the engine does not tell the modes of its files; look for setuid and setgid bits inside it.'] as finding
      from
        ${local.image_from_sql}
    )
    ${local.image_rows_sql}
  EOQ
}

query "docker_image_secrets" {
  title       = "Names of secrets in images"
  description = "One row an image: which names of variables and build arguments look like credentials?"
  sql = <<-EOQ
    with found as (
      select
        ${local.image_columns_sql},
        n.names
      from
        ${local.image_from_sql}
        left join lateral (
          select
            string_agg(distinct m.name, ', ' order by m.name) as names
          from
            (
              select
                v.name
              from
                jsonb_array_elements_text(case jsonb_typeof(i.env_names) when 'array' then i.env_names end) as v(name)
              union all
              select
                r.parts[1]
              from
                jsonb_array_elements(case jsonb_typeof(i.history) when 'array' then i.history end) as h(step),
                regexp_matches(h.step ->> 'CreatedBy', '(?:^|[[:space:];&("''-])([A-Za-z_][A-Za-z0-9_]*)=', 'g') as r(parts)
              union all
              select
                r.parts[1]
              from
                jsonb_array_elements(case jsonb_typeof(i.history) when 'array' then i.history end) as h(step),
                regexp_matches(h.step ->> 'CreatedBy', '^(?:[^#]*#[(]nop[)][[:space:]]+)?(?:ARG|ENV)[[:space:]]+([A-Za-z_][A-Za-z0-9_]*)') as r(parts)
            ) as m
          where
            m.name ~* '(password|passwd|passphrase|secret|token|credential|api_?key|access_?key|private_?key|(^|_)(pass|pat|pw)$|[a-z0-9]_pwd$)'
        ) as n on true
    ), verdict as (
      select
        *,
        case
          when names is not null then array['info', 'these names look like credentials: ' || names || '; look whether their values are secret.']
          else array['info', 'no name of a variable or build argument looks like a credential; its files were not looked at.']
        end as finding
      from
        found
    )
    ${local.image_rows_sql}
  EOQ
}

query "docker_image_verified_packages" {
  title       = "Packages of images"
  description = "One row an image: how many steps of it install packages, and did they skip verification?"
  sql = <<-EOQ
    with step as (
      select
        ${local.image_columns_sql},
        s.*
      from
        ${local.image_from_sql}
        left join lateral (
          select
            count(*) filter (where h.step ->> 'CreatedBy' ~ '${replace(local.package_command_pattern, "__VERB__", local.package_install_verbs)}') as installs,
            count(*) filter (where h.step ->> 'CreatedBy' ~ '(--allow-unauthenticated|--allow-insecure-repositories|--force-yes|--nogpgcheck|--no-gpg-checks?|--allow-untrusted|trusted=yes|gpgcheck=0)') as unverified
          from
            jsonb_array_elements(case jsonb_typeof(i.history) when 'array' then i.history end) as h(step)
        ) as s on true
    ), verdict as (
      select
        *,
        array['info', installs || ' of its steps install packages, ' || unverified || ' switch off the check of signatures; a person must judge where the packages came from.'] as finding
      from
        step
    )
    ${local.image_rows_sql}
  EOQ
}

query "docker_image_signed" {
  title       = "Signatures of images"
  description = "One row an image: by which digests can its signature be checked?"
  sql = <<-EOQ
    with verdict as (
      select
        ${local.image_columns_sql},
        case
          when ${trimspace(local.image_digests_sql)} is null then array['info', 'no digest of a registry is known, so it was built or loaded here and there is no signature to check.']
          else array['info', 'the engine does not tell whether a signature was checked; check that of ' || ${trimspace(local.image_digests_sql)} || '.']
        end as finding
      from
        ${local.image_from_sql}
    )
    ${local.image_rows_sql}
  EOQ
}

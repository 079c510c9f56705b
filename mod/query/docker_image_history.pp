# Commands of package managers in the steps of images. Options may stand before the verb.
locals {
  package_command_pattern = "(^|[^[:alnum:]_.-])(apt-get|apt|aptitude|apk|yum|dnf|dnf5|microdnf|tdnf|zypper)([[:space:]]+-(o|c|-repository|-root)[[:space:]]+[^[:space:]]+|[[:space:]]+-[^[:space:];&|]+)*[[:space:]]+(__VERB__)([[:space:];&|)]|$)"
  package_index_verbs     = "update|makecache|refresh|ref"
  package_install_verbs   = "install|add|upgrade|dist-upgrade|full-upgrade|safe-upgrade|reinstall|build-dep|localinstall|groupinstall|distro-sync|dup|in|up"

  # The command of a step (`h`) of an image.
  step_text_sql = "btrim(regexp_replace(coalesce(h.step ->> 'CreatedBy', ''), '[[:space:]]*# buildkit[[:space:]]*$', ''))"

  # A step (`t.text`) without the values of build arguments and variables, which may be secret.
  masked_command_sql = <<-EOQ
        regexp_replace(
          regexp_replace(
            regexp_replace(t.text, '^(RUN[[:space:]]+)?[|][0-9]+[[:space:]].*?[[:space:]](/[^[:space:]]+[[:space:]]+-[a-z]*c[[:space:]])', '\2'),
            '([A-Za-z_][A-Za-z0-9_]*)=("[^"]*"|''[^'']*''|[^[:space:]]+)',
            '\1=…',
            'g'
          ),
          '//[^/@[:space:]]*@',
          '//…@',
          'g'
        )
  EOQ
}

query "docker_image_history_update_alone" {
  title       = "Updates of the package index"
  description = "One row an image: does a step update the index of packages without installing any?"
  sql = <<-EOQ
    with step as (
      select
        ${local.image_columns_sql},
        s.*
      from
        ${local.image_from_sql}
        left join lateral (
          select
            count(*) filter (where t.text <> '') as told,
            string_agg('"' || left(${local.masked_command_sql}, 120) || '"', ', ' order by t.position desc) filter (
              where
                t.text !~ '#[(]nop[)]'
                and t.text !~ '^(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)[[:space:]]'
                and (
                  t.text ~ '${replace(local.package_command_pattern, "__VERB__", local.package_index_verbs)}'
                  or t.text ~ '(^|[^[:alnum:]_.-])pacman([[:space:]]+--[^[:space:];&|]+)*[[:space:]]+-S?y+S?y*([[:space:]]+--[^[:space:];&|]+)*[[:space:]]*([;&|)]|$)'
                )
                and t.text !~ '${replace(local.package_command_pattern, "__VERB__", local.package_install_verbs)}'
                and t.text !~ '(^|[^[:alnum:]_.-])(yum|dnf|dnf5|microdnf|tdnf)([[:space:]]+-[^[:space:];&|]+)*[[:space:]]+update([[:space:]]+-[^[:space:];&|]+)*[[:space:]]+[[:alnum:]]'
                and t.text !~ '(^|[^[:alnum:]_.-])pacman([[:space:]]+--[^[:space:];&|]+)*[[:space:]]+-S[a-z]*([[:space:]]+--[^[:space:];&|]+)*[[:space:]]+[[:alnum:]]'
            ) as lone
          from
            (
              select
                h.position,
                ${local.step_text_sql} as text
              from
                jsonb_array_elements(case jsonb_typeof(i.history) when 'array' then i.history end) with ordinality as h(step, position)
            ) as t
        ) as s on true
    ), verdict as (
      select
        *,
        case
          when told = 0 then array['info', 'its history does not tell how it was made.']
          when lone is not null then array['alarm', 'the package index is updated without installing in the same step: ' || regexp_replace(lone, '[[:space:]]+', ' ', 'g') || '.']
          else array['ok', 'none of its ' || told || ' known steps updates the package index alone.']
        end as finding
      from
        step
    )
    ${local.image_rows_sql}
  EOQ
}

query "docker_image_history_add" {
  title       = "ADD in images"
  description = "One row an image: does a step other than the import of its base use ADD?"
  sql = <<-EOQ
    with step as (
      select
        ${local.image_columns_sql},
        s.*
      from
        ${local.image_from_sql}
        left join lateral (
          select
            count(*) filter (where t.text <> '') as told,
            count(*) filter (where t.is_add and not t.is_base) as adds,
            string_agg('"' || left(regexp_replace(regexp_replace(regexp_replace(t.text, '^[^#]*#[(]nop[)][[:space:]]+', ''), '//[^/@[:space:]]*@', '//…@', 'g'), '[?][^[:space:]]*', '?…', 'g'), 120) || '"', ', ' order by t.position desc) filter (where t.is_add and not t.is_base) as added
          from
            (
              select
                n.*,
                n.position = max(n.position) filter (where n.has_files) over () as is_base
              from
                (
                  select
                    h.position,
                    c.text,
                    c.text ~ '^([^#]*#[(]nop[)][[:space:]]+)?ADD[[:space:]]' as is_add,
                    case
                      when c.text ~ '^([^#]*#[(]nop[)][[:space:]]+)?ADD[[:space:]]' then true
                      when jsonb_typeof(h.step -> 'Size') = 'number' then (h.step ->> 'Size')::numeric > 0
                      else c.text !~ '^([^#]*#[(]nop[)][[:space:]]+)?(ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)[[:space:]]'
                    end as has_files
                  from
                    jsonb_array_elements(case jsonb_typeof(i.history) when 'array' then i.history end) with ordinality as h(step, position),
                    lateral (
                      select
                        ${local.step_text_sql} as text
                    ) as c
                ) as n
            ) as t
        ) as s on true
    ), verdict as (
      select
        *,
        case
          when told = 0 then array['info', 'its history does not tell how it was made.']
          when adds > 0 then array['alarm', adds || case adds when 1 then ' step uses' else ' steps use' end || ' ADD where COPY was expected: ' || regexp_replace(added, '[[:space:]]+', ' ', 'g') || '.']
          else array['ok', 'none of its ' || told || ' known steps uses ADD, but for the import of its base.']
        end as finding
      from
        step
    )
    ${local.image_rows_sql}
  EOQ
}

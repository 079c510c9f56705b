locals {
  # Engines, and whether each lists a security option: __OPTION__ is its name.
  engine_lists_option_sql = <<-EOQ
      select
        e.sp_connection_name,
        count(*) filter (where lower(o.option) ~ '^(name=)?__OPTION__(,|$)') > 0 as is_listed
      from
        docker_info as e
        left join lateral jsonb_array_elements_text(case jsonb_typeof(e.security_options) when 'array' then e.security_options end) as o(option) on true
      group by
        e.sp_connection_name
  EOQ
}

query "docker_container_apparmor_profile_enabled" {
  title       = "AppArmor profiles"
  description = "One row a container: is it confined by an AppArmor profile, where the engine has AppArmor?"
  sql = <<-EOQ
    with engine as (
      ${replace(local.engine_lists_option_sql, "__OPTION__", "apparmor")}
    ), container as (
      select
        ${local.container_columns_sql},
        a.is_listed,
        ${local.container_or_engine_is_windows_sql} as is_windows,
        coalesce(c.state_detail ->> 'Status', c.state) as state,
        c.apparmor_profile as profile,
        (
          select
            min(o.option)
          from
            jsonb_array_elements_text(case jsonb_typeof(c.security_opt) when 'array' then c.security_opt end) as o(option)
          where
            lower(o.option) ~ '^apparmor[=:]unconfined$'
        ) as unconfined_option
      from
        ${local.container_from_sql}
        join engine as a on a.sp_connection_name = e.sp_connection_name
    ), verdict as (
      select
        *,
        case
          when is_windows then array['skip', 'Windows has no AppArmor.']
          when not is_listed then array['skip', 'the engine does not list AppArmor among its security options (no name=apparmor).']
          when lower(btrim(profile)) = 'unconfined' then array['alarm', 'no AppArmor profile confines it (AppArmorProfile = ' || profile || ').']
          when coalesce(btrim(profile), '') = '' and unconfined_option is not null then array['alarm', 'no AppArmor profile confines it (HostConfig.SecurityOpt has ' || unconfined_option || ').']
          when btrim(profile) <> '' then array['ok', 'AppArmor profile ' || profile || ' confines it.']
          when state = 'created' then array['skip', 'it was never started, and its AppArmor profile is set at the first start.']
          when profile is null then array['error', 'the engine does not tell its AppArmor profile.']
          else array['alarm', 'no AppArmor profile confines it (AppArmorProfile is empty), although the engine has AppArmor.']
        end as finding
      from
        container
    )
    ${local.container_rows_sql}
  EOQ
}

query "docker_container_selinux_enabled" {
  title       = "SELinux labels"
  description = "One row a container: is it confined by an SELinux label, where the engine has SELinux?"
  sql = <<-EOQ
    with engine as (
      ${replace(local.engine_lists_option_sql, "__OPTION__", "selinux")}
    ), container as (
      select
        ${local.container_columns_sql},
        a.is_listed,
        ${local.container_or_engine_is_windows_sql} as is_windows,
        coalesce(c.state_detail ->> 'Status', c.state) as state,
        c.process_label as label,
        case
          when c.privileged then 'privileged'
          when c.pid_mode = 'host' then 'in the host''s process namespace'
          when c.ipc_mode = 'host' then 'in the host''s IPC namespace'
        end as trust,
        s.disabling_option,
        s.label_option
      from
        ${local.container_from_sql}
        join engine as a on a.sp_connection_name = e.sp_connection_name
        left join lateral (
          select
            min(o.option) filter (where lower(o.option) ~ '^label[=:]disable$') as disabling_option,
            min(o.option) filter (where lower(o.option) ~ '^label[=:]') as label_option
          from
            jsonb_array_elements_text(case jsonb_typeof(c.security_opt) when 'array' then c.security_opt end) as o(option)
        ) as s on true
    ), verdict as (
      select
        *,
        case
          when is_windows then array['skip', 'Windows has no SELinux.']
          when not is_listed then array['skip', 'the engine does not list SELinux among its security options (no name=selinux).']
          when disabling_option is not null then array['alarm', 'SELinux labels are disabled (HostConfig.SecurityOpt has ' || disabling_option || coalesce('; the container is ' || trust, '') || ').']
          when coalesce(btrim(label), '') = '' and trust is not null and label_option is null then array['alarm', 'SELinux labels are disabled, since it is ' || trust || ' and has no label of its own.']
          when label is null then array['error', 'the engine does not tell its SELinux label.']
          when btrim(label) <> '' and label ~ ':(spc_t|unconfined_t|unconfined_service_t)(:|$)' then array['info', 'its SELinux label ' || label || ' has a type that confines nothing: a person must judge.']
          when btrim(label) <> '' then array['ok', 'SELinux label ' || label || ' confines it.']
          when state = 'created' then array['ok', 'it was never started, and its SELinux labels are not disabled.']
          when state is null then array['error', 'it has no SELinux label, and the engine does not tell whether it was ever started.']
          else array['alarm', 'no SELinux label confines it (ProcessLabel is empty), although the engine has SELinux.']
        end as finding
      from
        container
    )
    ${local.container_rows_sql}
  EOQ
}

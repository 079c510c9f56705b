//! `docker_host_audit_rule`: the rules of the host's audit system, as its files have them.

use serde_json::{Value, json};

use super::support::{HostRow, host_rows};
use crate::docker::Docker;
use crate::files::audit_rules::{self, Kind, Rule};
use crate::host::Host;
use crate::sdk::{List, Query, Rows, Table, flag, int, json, text};

const FOLDER: &str = "/etc/audit/rules.d";
const FILE: &str = "/etc/audit/audit.rules";

/// `/etc/audit/rules.d` and `/etc/audit/audit.rules`.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_host_audit_rule",
    description: "Audit rules in the files of the engine's host, and a row of kind source for each file or folder that is looked at.",
    list: List { name: "listHostAuditRule", call: list_rules },
    get: None,
    columns: &[
        text("file",         "/file",         "The file, or the folder of files."),
        int ("line",         "/line",         "The line, counted from 1; NULL in rows of kind source."),
        text("rule",         "/rule",         "The line's text; NULL in rows of kind source."),
        text("kind",         "/kind",         "One word: watch or syscall for a rule, control for a setting such as -e 2, source for a place that is looked at."),
        flag("exists",       "/exists",       "False for a place that is looked at and is not there."),
        text("path",         "/path",         "The path that the rule is about."),
        text("resolved_path", "/resolved_path", "The path, with links followed as far as they can be seen now."),
        flag("is_recursive", "/is_recursive", "True if the rule holds for all below the path; NULL if that depends on a path that is not there or cannot be seen."),
        text("permission",   "/permission",   "Kinds of access: of r, w, x and a."),
        text("key",          "/key",          "The first key, by which events are found."),
        json("keys",         "/keys",         "All keys."),
        text("list",         "/list",         "The list of the kernel that the rule is in, such as exit."),
        text("action",       "/action",       "What is done: always or never."),
        json("syscalls",     "/syscalls",     "Names or numbers of system calls."),
        json("fields",       "/fields",       "What the rule compares, each with name, operator and value."),
        flag("is_exclusion", "/is_exclusion", "True if the rule keeps events out of the log."),
        flag("is_active",    "/is_active",    "False if a later line of the same file removes the rule."),
        text("host",         "/host",         "Name of the host."),
        flag("readable",     "/readable",     "False if the line, the place or the whole host cannot be read."),
        text("error",        "/error",        "Why it cannot be read; NULL if it can."),
    ],
};

fn list_rules<'a>(docker: &'a Docker, _: &'a Query) -> Rows<'a> {
    host_rows(docker, rules)
}

fn rules(host: &Host) -> Vec<HostRow> {
    let mut rows = Vec::new();
    let files = match host.folder(FOLDER) {
        Ok(files) => {
            rows.push(source(FOLDER, files.is_some()));
            files.unwrap_or_default()
        }
        Err(why) => {
            rows.push(unreadable_source(FOLDER, &why));
            Vec::new()
        }
    };
    let files = files.into_iter().filter(|file| file.strip_suffix(".rules").is_some());
    for file in files.chain([FILE.to_owned()]) {
        match host.content(&file) {
            Ok(text) => {
                rows.push(source(&file, text.is_some()));
                let rules = audit_rules::parse(&text.unwrap_or_default());
                rows.extend(rules.iter().map(|rule| row(host, &file, rule)));
            }
            Err(why) => rows.push(unreadable_source(&file, &why)),
        }
    }
    rows
}

fn source(file: &str, exists: bool) -> HostRow {
    HostRow::readable(json!({"file": file, "kind": "source", "exists": exists}))
}

fn unreadable_source(file: &str, why: &str) -> HostRow {
    let fields = json!({"file": file, "kind": "source"});
    HostRow::unreadable(fields, format!("{file} cannot be read: {why}"))
}

fn row(host: &Host, file: &str, rule: &Rule) -> HostRow {
    let seen = rule.path.as_deref().and_then(|path| host.file(path).ok().flatten());
    let is_recursive = match rule.kind {
        Kind::Syscall => rule.path.is_some().then_some(rule.is_tree),
        Kind::Watch => seen.as_ref().map(|file| file.kind == "directory"),
        Kind::Control => None,
    };
    let fields: Vec<Value> = rule
        .fields
        .iter()
        .map(|field| json!({"name": field.name, "operator": field.operator, "value": field.value}))
        .collect();
    let problem =
        rule.problem.as_ref().map(|problem| format!("{file}, line {}: {problem}", rule.line));
    let fields = json!({
        "file": file,
        "line": rule.line,
        "rule": rule.text,
        "kind": rule.kind.word(),
        "exists": true,
        "path": rule.path,
        "resolved_path": seen.and_then(|file| file.target).or_else(|| rule.path.clone()),
        "is_recursive": is_recursive,
        "permission": rule.permission,
        "key": rule.keys.first(),
        "keys": rule.keys,
        "list": rule.list,
        "action": rule.action,
        "syscalls": rule.syscalls,
        "fields": fields,
        "is_exclusion": rule.is_exclusion,
        "is_active": rule.removed_by.is_none() && problem.is_none(),
    });
    match problem {
        None => HostRow::readable(fields),
        Some(problem) => HostRow::unreadable(fields, problem),
    }
}

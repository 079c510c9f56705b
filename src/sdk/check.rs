//! The rules that every table obeys, whatever the plugin: a test loops over them and names the culprit.
//! It must not know any table.

use std::collections::BTreeSet;

use super::{ColumnType, Key, Limiter, Table, limiter};

/// Names that the SDK itself adds to every table.
pub const CONTEXT_COLUMNS: [&str; 3] = ["sp_connection_name", "sp_ctx", "_ctx"];

/// What is wrong with the declarations, one line a finding.
pub fn findings<C>(tables: &[&'static Table<C>]) -> Vec<String> {
    let mut findings = Vec::new();
    let mut names = BTreeSet::new();
    for table in tables {
        if !names.insert(table.name) {
            findings.push(format!("{}: declared twice", table.name));
        }
        check_table(table, &mut findings);
    }
    findings
}

/// What is wrong with the plugin's own rate limiters, one line a finding.
pub fn limiter_findings(limiters: &[Limiter]) -> Vec<String> {
    let mut findings = Vec::new();
    let mut names = BTreeSet::new();
    for limiter in limiters {
        let mut find = |what: &str| findings.push(format!("limiter {}: {what}", limiter.name));
        if !names.insert(limiter.name) {
            find("declared twice");
        }
        if !is_label(limiter.name) {
            find("the name is not of letters, digits, _ and -, or starts with a digit");
        }
        if limiter.max_concurrency == 0 && (limiter.fill_rate == 0.0 || limiter.bucket_size == 0) {
            find("has neither fill_rate with bucket_size nor max_concurrency");
        }
        if let Some(problem) = limiter::problem(limiter) {
            find(&problem);
        }
    }
    findings
}

fn check_table<C>(table: &Table<C>, findings: &mut Vec<String>) {
    let mut find = |name: &str, what: &str| findings.push(format!("{}{name}: {what}", table.name));
    let mut check_names = |place: &str, name: &str, description: &str| {
        if !is_snake_case(name) || name.len() > 63 {
            find(place, "the name is not snake_case of at most 63 letters");
        }
        if !is_sentence(description) {
            find(place, "the description is not a sentence with a full stop");
        }
    };
    check_names("", table.name, table.description);
    for column in table.columns {
        check_names(&format!(".{}", column.name), column.name, column.description);
    }
    let mut columns = BTreeSet::new();
    for column in table.columns {
        let place = format!(".{}", column.name);
        if !columns.insert(column.name) {
            find(&place, "declared twice");
        }
        if CONTEXT_COLUMNS.contains(&column.name)
            || column.name.starts_with("sp_")
            || column.name.starts_with("_spc_")
        {
            find(&place, "the name belongs to the SDK (R-48)");
        }
        if column.key == Key::Exact
            && matches!(column.column_type, ColumnType::Timestamp | ColumnType::Double)
        {
            find(&place, "a key column of this type is not compared exactly (R-59)");
        }
        if column.key == Key::Range && column.column_type != ColumnType::Timestamp {
            find(&place, "only a timestamp can be a range");
        }
        if column.required && column.key == Key::No {
            find(&place, "required, but no key column");
        }
        if !column.pointer.is_empty() && !column.pointer.starts_with('/') {
            find(&place, "the pointer neither is empty nor starts with a slash");
        }
    }
    if table.columns.is_empty() {
        find("", "has no columns (R-54)");
    }
    if let Some(get) = &table.get
        && !table.column(get.column).is_some_and(|column| column.key == Key::Exact)
    {
        find("", "the column of its get call is not a key column (R-51)");
    }
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|character| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_'
        })
}

fn is_label(name: &str) -> bool {
    name.starts_with(|first: char| !first.is_ascii_digit())
        && name.chars().all(|character| {
            character.is_ascii_alphanumeric() || character == '_' || character == '-'
        })
}

fn is_sentence(text: &str) -> bool {
    text.ends_with('.')
        && text.starts_with(|first: char| !first.is_lowercase())
        && !text.contains('\0')
}

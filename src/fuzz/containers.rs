//! The engine's list of containers, and what each table makes of a reply.

use bytes::Bytes;
use serde_json::value::RawValue;

use crate::PLUGIN;
use crate::docker::Docker;
use crate::sdk::{Cell, Column, Picker, elements};

/// Words of a reply.
pub const WORDS: &[&str] = &[
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "null",
    "true",
    "\"Id\":\"a\"",
    "\"Names\":[\"/a\"]",
    "\"Created\":1700000000",
    "\"State\":",
    "\"Labels\":{\"a\":\"b\"}",
    "\"Ports\":[{\"PrivatePort\":80}]",
    "\"Config\":{\"Env\":[\"A=b\"]}",
    "\"HostConfig\":{",
    "\"StartedAt\":\"2026-11-23T23:34:15.864043857+01:00\"",
    "\"0001-01-01T00:00:00Z\"",
    "-1",
    "1e400",
    "9223372036854775808",
    "\\u0000",
    "\\ud800",
    "\"",
    "\\",
    "\u{feff}",
    " ",
    "\"Mounts\":[]",
    "{\"a\":",
    "[[[[",
    "\"NetworkSettings\":{\"Networks\":{\"a\":{}}}",
    "-9223372036854775808",
    "0.1",
];

/// Reads a list; the first item also as the reply to every other call.
pub fn run(bytes: &[u8]) {
    let body = Bytes::copy_from_slice(bytes);
    let Ok(items) = elements(&body) else { return };
    let container = PLUGIN.table("docker_container").expect("the plugin has containers");
    for item in &items {
        assert_slice(item, &body);
        cells(container.columns, item);
    }
    for table in PLUGIN.tables {
        items.iter().take(1).for_each(|item| cells(table.columns, item));
    }
}

/// Takes the cells of all columns out of one document.
fn cells(columns: &'static [Column<Docker>], document: &Bytes) {
    let picker = Picker::new(columns.iter().map(|column| column.pointer));
    let Ok(found) = picker.pick(document) else { return };
    for (column, raw) in columns.iter().zip(found) {
        let Some(raw) = raw else { continue };
        match column.cell(raw, document) {
            Ok(cell) => check(column, &cell, document),
            Err(problem) => assert!(!problem.is_empty() && problem.len() < 1000, "{problem}"),
        }
    }
}

fn check(column: &Column<Docker>, cell: &Cell, document: &Bytes) {
    match cell {
        Cell::Json(json) => {
            let valid = serde_json::from_slice::<&RawValue>(json).is_ok();
            assert!(valid, "{} holds JSON", column.name);
            if column.map.is_none() {
                assert_slice(json, document);
            }
        }
        Cell::Text(text) => assert!(!text.contains('\0'), "PostgreSQL takes no NUL"),
        Cell::Timestamp(at) => {
            assert!((-62_135_596_800..=253_402_300_799).contains(&at.seconds));
            assert!((0..1_000_000_000).contains(&at.nanos));
        }
        _ => {}
    }
}

/// What was found was not copied.
fn assert_slice(part: &Bytes, whole: &Bytes) {
    let (part, whole) = (part.as_ptr_range(), whole.as_ptr_range());
    assert!(whole.start <= part.start && part.end <= whole.end);
}

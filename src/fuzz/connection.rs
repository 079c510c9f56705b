//! The block of a connection: HCL or JSON to settings, settings to a checked configuration.

use std::fmt::Write as _;

use crate::docker::{ATTRIBUTES, Config};
use crate::sdk::config::{Kind, Settings};

/// Words of a block.
pub const WORDS: &[&str] = &[
    "host = \"tcp://a:2376\"\n",
    "paths = [\"a\"]\n",
    "timeout = 5\n",
    "show_secrets = true\n",
    "b {\n",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "${",
    "%{ if true }",
    "%{",
    "%{ endif }",
    "<<E\n",
    "\nE\n",
    "!",
    "-",
    " ? ",
    " : ",
    "1 + ",
    "a.",
    "[0]",
    "for x in ",
    "f(",
    ",",
    "{\"host\":",
    "null",
    "# c\n",
    "/*",
    "//",
    "\\u",
    "\u{feff}",
    "e9",
    "...",
    "a1 = 1\n",
    "[*]",
    "context = \"c\"\n",
    " && ",
    "{ a = ",
    "=>",
    "host",
];

/// Reads a block.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let settings = match Settings::parse(ATTRIBUTES, &text) {
        Ok(settings) => settings,
        Err(problem) => return assert!(!problem.trim().is_empty(), "it says what is wrong"),
    };
    let written = write(&settings);
    assert_eq!(Settings::parse(ATTRIBUTES, &written), Ok(settings.clone()), "{written}");
    match Config::from_settings(&settings) {
        Ok(config) => {
            assert!(config.timeout.as_secs() >= 1);
            assert!((1..=256).contains(&config.max_concurrency));
            assert!(config.host.is_none() || config.context.is_none());
        }
        Err(error) => assert!(error.to_string().starts_with("connection option `"), "{error}"),
    }
}

/// The block that sets the same.
fn write(settings: &Settings) -> String {
    let mut block = String::new();
    for attribute in ATTRIBUTES {
        let name = attribute.name;
        let value = match attribute.kind {
            Kind::Text => settings.text(name).map(quoted),
            Kind::Flag => settings.flag(name).map(|flag| flag.to_string()),
            Kind::Int => settings.int(name).map(|int| format!("\"{int}\"")),
            Kind::TextList => settings.list(name).map(|list| {
                format!("[{}]", list.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(","))
            }),
        };
        if let Some(value) = value {
            let _ = writeln!(block, "{name} = {value}");
        }
    }
    block
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '$' | '%' if characters.peek() == Some(&'{') => quoted.extend([character, character]),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

//! YAML of a JSON document, in block style.
//! Knows nothing of what is in it.

use std::fmt::Write as _;

use serde_json::Value;

/// The document, which ends with a line break.
pub(super) fn render(document: &Value) -> String {
    let mut text = String::new();
    write(document, 0, &mut text);
    text
}

/// Writes a value that begins at the cursor; what follows its first line stands `indent` deep.
fn write(value: &Value, indent: usize, text: &mut String) {
    let break_line = |first: bool, text: &mut String| {
        if !first {
            text.extend(std::iter::repeat_n(' ', indent));
        }
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (place, item) in items.iter().enumerate() {
                break_line(place == 0, text);
                text.push_str("- ");
                write(item, indent + 2, text);
            }
        }
        Value::Object(fields) if !fields.is_empty() => {
            for (place, (name, field)) in fields.iter().enumerate() {
                break_line(place == 0, text);
                let _ = write!(text, "{}:", scalar(name));
                write_field(field, indent, text);
            }
        }
        Value::String(string) if is_block(string) => write_block(string, indent, text),
        Value::String(string) => text.extend([scalar(string).as_str(), "\n"]),
        other => {
            let _ = writeln!(text, "{other}");
        }
    }
}

/// Writes what follows the colon of a key. A list stands no deeper than its key.
fn write_field(field: &Value, indent: usize, text: &mut String) {
    let deeper = match field {
        Value::Array(items) if !items.is_empty() => 0,
        Value::Object(fields) if !fields.is_empty() => 2,
        _ => {
            text.push(' ');
            return write(field, indent + 2, text);
        }
    };
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', indent + deeper));
    write(field, indent + deeper, text);
}

/// Whether a text can stand as it is, one line a line.
fn is_block(string: &str) -> bool {
    string.contains('\n')
        && !string.starts_with([' ', '\n'])
        && !string.ends_with("\n\n")
        && string.chars().all(|character| character == '\n' || !needs_escape(character))
}

fn write_block(string: &str, indent: usize, text: &mut String) {
    text.push_str(if string.ends_with('\n') { "|\n" } else { "|-\n" });
    for line in string.lines() {
        if !line.is_empty() {
            text.extend(std::iter::repeat_n(' ', indent));
        }
        text.extend([line, "\n"]);
    }
}

/// A text of one line: bare if no reader could take it for anything else, else with quotes.
fn scalar(string: &str) -> String {
    if is_bare(string) {
        return string.to_owned();
    }
    // JSON escapes less than YAML wants
    let mut quoted = String::new();
    for character in Value::from(string).to_string().chars() {
        if needs_escape(character) {
            let _ = write!(quoted, "\\u{:04x}", u32::from(character));
        } else {
            quoted.push(character);
        }
    }
    quoted
}

fn is_bare(string: &str) -> bool {
    /// What some version of YAML reads as a truth or as nothing.
    const WORDS: [&str; 11] =
        ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "~", ""];
    let letter_first = string
        .starts_with(|first: char| first.is_alphabetic() || matches!(first, '/' | '_' | '$' | '('));
    letter_first
        && !string.ends_with([' ', ':'])
        && !string.contains(": ")
        && !string.contains(" #")
        && !string.contains(needs_escape)
        && !string.contains('\n')
        && !WORDS.contains(&string.to_lowercase().as_str())
}

fn needs_escape(character: char) -> bool {
    character.is_control() && character != '\n'
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::render;

    #[test]
    fn documents_are_in_block_style() {
        let document = json!([
            {"args": {}, "list": ["a", ["b"]], "none": null, "number": 7, "tags": {"level": "1"}},
            {"children": []},
        ]);
        let expected = "\
- args: {}
  list:
  - a
  - - b
  none: null
  number: 7
  tags:
    level: \"1\"
- children: []
";
        assert_eq!(render(&document), expected);
    }

    #[test]
    fn texts_that_could_be_read_as_something_else_are_quoted() {
        for text in [
            "", "true", "No", "12", "1e3", "~", "- a", "a: b", "a #b", " a", "a ", "a:", "@a",
            "[a", "\"a\"", "a\tb",
        ] {
            assert_eq!(render(&json!(text)), format!("{}\n", json!(text)), "{text:?}");
        }
        assert_eq!(render(&json!("a\u{7f}\u{2028}b")), "\"a\\u007f\\u2028b\"\n");
        for text in
            ["a", "/srv/a.pp", "layout.control.x", "select $1, 'a' as \"b\"", "$1", "a:b", "é"]
        {
            assert_eq!(render(&json!(text)), format!("{text}\n"));
        }
    }

    #[test]
    fn texts_of_many_lines_stand_as_blocks() {
        assert_eq!(
            render(&json!({"sql": "select 1\n\n  as a\n"})),
            "sql: |\n  select 1\n\n    as a\n"
        );
        assert_eq!(render(&json!({"sql": "a\nb"})), "sql: |-\n  a\n  b\n");
        assert_eq!(render(&json!([["a\nb"]])), "- - |-\n    a\n    b\n");
        assert_eq!(render(&json!("  a\nb")), "\"  a\\nb\"\n");
    }
}

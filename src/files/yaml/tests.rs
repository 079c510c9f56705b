use serde_json::json;

use super::*;

fn value(node: &Node) -> Value {
    match &node.content {
        Content::Scalar(value) => value.clone(),
        Content::Sequence(items) => items.iter().map(|item| value(item)).collect(),
        Content::Mapping(entries) => {
            entries.iter().map(|entry| (entry.key.clone(), value(&entry.value))).collect()
        }
    }
}

fn read(text: &str) -> Value {
    let documents = parse(text).unwrap_or_else(|flaw| panic!("{text}: {flaw}"));
    assert_eq!(documents.len(), 1, "{text}");
    value(&documents[0])
}

fn error(text: &str) -> String {
    match parse(text) {
        Ok(documents) => panic!("{text} has no flaw: {documents:?}"),
        Err(flaw) => flaw.to_string(),
    }
}

#[test]
fn plain_words_have_the_types_of_compose() {
    for (text, expected) in [
        ("true", json!(true)),
        ("False", json!(false)),
        ("yes", json!("yes")),
        ("on", json!("on")),
        ("~", json!(null)),
        ("Null", json!(null)),
        ("none", json!("none")),
        ("0", json!(0)),
        ("-12", json!(-12)),
        ("+12", json!(12)),
        ("0x1F", json!(31)),
        ("0o17", json!(15)),
        ("017", json!(15)),
        ("0b101", json!(5)),
        ("08", json!(8.0)),
        ("1_000", json!(1000)),
        ("9223372036854775807", json!(i64::MAX)),
        ("18446744073709551615", json!(u64::MAX)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("18446744073709551616", json!("18446744073709551616")),
        ("123456789012345678901234567890", json!("123456789012345678901234567890")),
        ("1.5", json!(1.5)),
        (".5", json!(0.5)),
        ("1.", json!(1.0)),
        ("-1.5e3", json!(-1500.0)),
        ("1e999", json!("1e999")),
        ("1.2.3", json!("1.2.3")),
        ("1e", json!("1e")),
        ("10:20", json!("10:20")),
        ("--5", json!("--5")),
        ("0x-1", json!("0x-1")),
        ("64m", json!("64m")),
        (".", json!(".")),
        ("./data", json!("./data")),
        ("-", json!([null])),
        ("2024-1-2", json!("2024-01-02 00:00:00 +0000 UTC")),
        ("2024-01-02T03:04:05Z", json!("2024-01-02 03:04:05 +0000 UTC")),
        ("2024-01-02T03:04:05.25+01:30", json!("2024-01-02 03:04:05.25 +0130 +0130")),
        ("2024-01-02 3:04:05", json!("2024-01-02 03:04:05 +0000 UTC")),
        ("2024-13-02", json!("2024-13-02")),
        ("2024-01", json!("2024-01")),
        ("'1'", json!("1")),
        ("\"true\"", json!("true")),
        ("!!str 1", json!("1")),
        ("!!int 1", json!(1)),
        ("!own 1", json!("1")),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn collections_keep_their_order_and_their_places() {
    let documents = parse("a: 1\nlist:\n  - x\n  - FOO=bar\n").unwrap();
    let place = |way: &[&str]| {
        let way: Vec<String> = way.iter().map(|&step| step.to_owned()).collect();
        let Place { line, column, steps } = documents[0].place(&way);
        (line, column, steps)
    };
    assert_eq!(place(&[]), (1, 1, 0));
    assert_eq!(place(&["list"]), (2, 1, 1));
    assert_eq!(place(&["list", "1"]), (4, 5, 2));
    assert_eq!(place(&["list", "FOO"]), (4, 5, 2));
    assert_eq!(place(&["list", "7", "x"]), (2, 1, 1));
    assert_eq!(place(&["none"]), (1, 1, 0));
}

#[test]
fn anchors_and_merges_are_found() {
    let text = "x: &x {a: 1, b: 2}\ny:\n  <<: [*x, {a: 3, c: 4}]\n  b: 5\nz: *x\n";
    let documents = parse(text).unwrap();
    let y = documents[0].entry("y").unwrap();
    let found = |key| y.value.entry(key).map(|entry| value(&entry.value));
    assert_eq!(
        [found("a"), found("b"), found("c")],
        [Some(json!(1)), Some(json!(5)), Some(json!(4))]
    );
    let keys: Vec<&str> = y.value.entries().iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(keys, ["b", "a", "c", "a", "b"]);
    assert_eq!(
        documents[0].entry("z").map(|entry| value(&entry.value)),
        Some(json!({"a": 1, "b": 2}))
    );
}

#[test]
fn a_text_may_have_no_document_or_several() {
    for (text, count) in
        [("", 0), ("# nothing\n", 0), ("---\na: 1\n---\na: 2\n", 2), ("\u{FEFF}a: 1", 1)]
    {
        assert_eq!(parse(text).map(|documents| documents.len()), Ok(count), "{text:?}");
    }
}

#[test]
fn flaws_have_a_place() {
    for (text, expected) in [
        ("a: 1\nb: 2\na: 3\n", "3:1: mapping key \"a\" already defined at line 1"),
        ("a:\n  1: x\n", "2:3: the key 1 is no text: put it in quotes"),
        (
            "2024-01-02: x\n",
            "1:1: the key \"2024-01-02 00:00:00 +0000 UTC\" is no text: put it in quotes",
        ),
        ("? [a]\n: 1\n", "1:3: a key must be a text"),
        ("a: &a [*a]\n", "1:8: the alias is inside its own anchor, or in another document"),
        (
            "a: &a 1\n---\nb: *a\n",
            "3:4: the alias is inside its own anchor, or in another document",
        ),
        ("a:\n  <<: 1\n", "2:3: only a mapping or a list of mappings can be merged"),
        ("a: !!int x\n", "1:4: \"x\" does not fit its tag !!int"),
        ("a: .nan\n", "1:4: .nan is not a finite number"),
    ] {
        assert_eq!(error(text), expected, "{text}");
    }
    // what the syntax forbids is told by the scanner: only the place is ours
    for (text, place) in [
        ("a:\n\tb: 1\n", "2:"),
        ("a: b: c\n", "1:"),
        ("a:\n    b: 1\n  c: 1\n", "3:"),
        ("a: [1\n", "2:"),
        ("a: *none\n", "1:"),
    ] {
        assert!(error(text).starts_with(place), "{text}: {}", error(text));
    }
}

#[test]
fn chains_of_aliases_are_refused_or_searched_in_vain() {
    let chain = |link: fn(usize) -> String| {
        let links: String = (1..=40).map(link).collect();
        format!("k0: &k0 {{a: 1}}\n{links}")
    };
    let doubled = chain(|at| format!("k{at}: &k{at} {{<<: [*k{0}, *k{0}]}}\n", at - 1));
    let documents = parse(&doubled).unwrap();
    let last = documents[0].entry("k40").unwrap();
    assert!(last.value.entry("a").is_some());
    assert!(last.value.entry("b").is_none());
    let deep = (1..200).map(|at| format!("- &k{at} [*k{}]\n", at - 1)).collect::<Vec<_>>().concat();
    assert!(error(&format!("- &k0 1\n{deep}")).contains("deeper than 100"));
}

#[test]
fn hostile_texts_are_refused_at_once() {
    let start = std::time::Instant::now();
    for (text, expected) in [
        ("[".repeat(1_100_000), "commas and brackets"),
        ("[".repeat(900_000), "recursion limit"),
        (format!("{}1", "- ".repeat(1_000_000)), "deeper than 100"),
        (format!("{}{}", "{a: ".repeat(200), "}".repeat(200)), "deeper than 100"),
        ("a: 1\n".repeat(300_000), "already defined"),
        (
            (0..300_000).map(|key| format!("k{key}: 1\n")).collect::<Vec<_>>().concat(),
            "more than 100000 values",
        ),
        ("- x\n".repeat(1_000_000), "more than 100000 values"),
        (format!("[{}]", "a,".repeat(900_000)), "more than 100000 values"),
        ("--- 1\n".repeat(200_000), "more than 100 documents"),
    ] {
        let error = error(&text);
        assert!(error.contains(expected), "{}…: {error}", &text[..20]);
    }
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

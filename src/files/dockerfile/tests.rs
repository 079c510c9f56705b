use super::*;

/// The error of a text as `line: problem`.
fn error(text: &str) -> String {
    match parse(text) {
        Ok(_) => panic!("{text:?} is a Dockerfile"),
        Err(error) => format!("{}: {}", error.line, error.problem),
    }
}

/// The first instruction after `FROM a`.
fn one(text: &str) -> Instruction {
    parse(&format!("FROM a\n{text}\n")).unwrap().swap_remove(1)
}

#[test]
fn what_is_no_dockerfile_says_where_and_why() {
    for (text, expected) in [
        ("", "1: there is no instruction"),
        ("# a\n\n# b\n", "3: there is no instruction"),
        ("FROM a\n\n# x\nFORM b\n", "4: unknown instruction `FORM`"),
        ("FROM a\n\\\n\n", "2: unknown instruction ``"),
        ("FROM a\nRUN <<EOF\nhi\n", "2: the here-document `EOF` has no end"),
        ("# escape=x\nFROM a\n", "1: the escape character is `x`"),
        ("# syntax=a\n# syntax=b\nFROM a\n", "2: the directive `syntax`"),
        ("FROM\n", "1: FROM: it takes an image"),
        ("FROM a b\n", "1: FROM: it takes an image"),
        ("FROM a AS 1st\n", "1: FROM: `1st` is no name for a stage"),
        ("FROM a\nENV\n", "2: ENV: it takes an argument"),
        ("FROM a\nENV A\n", "2: ENV: `A` has no value"),
        ("FROM a\nLABEL A=1 B\n", "2: LABEL: `B` has no `=`"),
        ("FROM a\nENV =1\n", "2: ENV: a name is empty"),
        ("ARG =1\nFROM a\n", "1: ARG: a name is empty"),
        ("FROM a\nCOPY x\n", "2: COPY: it takes one source or more"),
        ("FROM a\nADD\n", "2: ADD: it takes one source or more"),
        ("FROM a\nCOPY a <<EOF\nEOF\n", "2: COPY: a here-document cannot be the destination"),
        ("FROM a\nONBUILD\n", "2: ONBUILD: an instruction must follow"),
        ("FROM a\nONBUILD ONBUILD RUN x\n", "2: ONBUILD: ONBUILD cannot be delayed"),
        ("FROM a\nonbuild from x\n", "2: ONBUILD: FROM cannot be delayed"),
        ("FROM a\nONBUILD FOO x\n", "2: unknown instruction `FOO`"),
        ("FROM a\nHEALTHCHECK\n", "2: HEALTHCHECK: it takes CMD and a command, or NONE"),
        ("FROM a\nHEALTHCHECK TCP 80\n", "2: HEALTHCHECK: it takes CMD or NONE, not `TCP`"),
        ("FROM a\nHEALTHCHECK NONE x\n", "2: HEALTHCHECK: nothing can follow NONE"),
        ("FROM a\nHEALTHCHECK CMD\n", "2: HEALTHCHECK: a command must follow CMD"),
        ("FROM a\nHEALTHCHECK --interval=soon CMD x\n", "2: HEALTHCHECK: --interval=soon"),
        ("FROM a\nHEALTHCHECK --timeout=1us CMD x\n", "2: HEALTHCHECK: --timeout=1us"),
        ("FROM a\nHEALTHCHECK --retries=-1 CMD x\n", "2: HEALTHCHECK: --retries=-1"),
        ("FROM a\nSHELL bash -c\n", "2: SHELL: it takes a list in JSON"),
        ("FROM a\nSHELL []\n", "2: SHELL: it takes a list in JSON"),
        ("FROM a\nCMD [\"a\", 1]\n", "2: CMD: a list in JSON can hold texts only"),
        ("FROM a\nUSER\n", "2: USER: it takes an argument"),
        ("FROM a\nVOLUME [\"\"]\n", "2: VOLUME: a path is empty"),
        ("FROM a\nEXPOSE\n", "2: EXPOSE: it takes an argument"),
    ] {
        let error = error(text);
        assert!(error.starts_with(expected), "{text:?}: {error}");
    }
}

#[test]
fn the_line_of_an_error_counts_continued_lines_and_bodies() {
    let text = "\u{feff}FROM a\r\nRUN a \\\r\n # x\r\n\r\n b\r\nRUN <<A <<B\r\nNO x\r\nA\r\nNO y\r\nB\r\nNO z\r\n";
    assert_eq!(error(text), "11: unknown instruction `NO`");
}

#[test]
fn an_image_has_its_parts_and_variables_stay_whole() {
    for (image, expected) in [
        ("a", r#"{"image":"a"}"#),
        ("x:5000/a", r#"{"image":"x:5000/a"}"#),
        ("x:5000/a/b:1@sha256:2", r#"{"digest":"sha256:2","image":"x:5000/a/b","tag":"1"}"#),
        ("${A:-x/y:2}", r#"{"image":"${A:-x/y:2}"}"#),
        ("${A:-x:1/y}/b:${T:-2}", r#"{"image":"${A:-x:1/y}/b","tag":"${T:-2}"}"#),
    ] {
        let data = parse(&format!("FROM {image}")).unwrap().swap_remove(0).data;
        assert_eq!(data, serde_json::from_str::<Value>(expected).unwrap(), "{image}");
    }
}

#[test]
fn times_of_a_health_check_are_nanoseconds() {
    for (time, expected) in [
        ("1h2m3s4ms5us6ns", Some(3_723_004_005_006_u64)),
        ("1.5h", Some(5_400_000_000_000)),
        ("+1m30s", Some(90_000_000_000)),
        ("0", None),
        ("0s", None),
    ] {
        let data = one(&format!("HEALTHCHECK --interval={time} CMD x")).data;
        assert_eq!(data.get("Interval").and_then(Value::as_u64), expected, "{time}");
    }
    for bad in ["1", "s", "1x", "-1s", "1s2", "."] {
        assert!(parse(&format!("HEALTHCHECK --interval={bad} CMD x")).is_err(), "{bad}");
    }
}

#[test]
fn commands_end_at_unquoted_ands() {
    for (text, expected) in [
        ("a&&b  &&   c", vec!["a", "b", "c"]),
        ("a & b && c", vec!["a & b", "c"]),
        (r#"echo "x && \"y" && 'p && q'"#, vec![r#"echo "x && \"y""#, "'p && q'"]),
        (r"echo it\'s && b", vec![r"echo it\'s", "b"]),
        ("echo it's && b", vec!["echo it's", "b"]),
    ] {
        assert_eq!(words::commands(text), expected, "{text}");
    }
}

#[test]
fn here_documents_are_words_with_a_name() {
    let names = |line: &str| {
        words::heredocs(line)
            .into_iter()
            .map(|heredoc| (heredoc.name, heredoc.expand, heredoc.chomp))
            .collect::<Vec<_>>()
    };
    let only = |name: &str, expand, chomp| vec![(name.to_owned(), expand, chomp)];
    assert_eq!(names("RUN <<EOF cat"), only("EOF", true, false));
    assert_eq!(names("RUN 3<<-'E F'"), only("E F", false, true));
    assert_eq!(names("RUN <<$NAME"), only("$NAME", true, false));
    for none in
        ["RUN <<<EOF", "RUN << EOF", "RUN a<<EOF", "RUN '<<EOF'", "RUN it's <<EOF", "RUN <<''"]
    {
        assert_eq!(names(none), [], "{none}");
    }
}

#[test]
fn a_large_file_is_read() {
    let text = format!("FROM a\n{}", "RUN echo one && \\\n  echo two\n".repeat(100_000));
    assert_eq!(parse(&text).unwrap().len(), 100_001);
}

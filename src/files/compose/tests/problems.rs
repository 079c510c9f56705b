//! What is refused, and the place it is told at.

use super::*;

#[test]
fn problems_have_file_line_and_column() {
    for (text, expected) in [
        ("", "compose.yaml: empty compose file"),
        ("# nothing\n", "compose.yaml: empty compose file"),
        ("- a\n", "compose.yaml:1:1: top-level object must be a mapping"),
        (
            "services: {}\nfoo: 1\n",
            "compose.yaml:2:1: foo: additional properties are not allowed here",
        ),
        ("services: [a]\n", "compose.yaml:1:1: services: must be a mapping"),
        ("name: 1\n", "compose.yaml:1:1: name: must be a string"),
        (
            "services:\n  a:\n    image: $${X} ${X\n",
            "compose.yaml:3:12: services.a.image: invalid interpolation format \"$${X} ${X\": write $$ where a dollar sign is meant",
        ),
        (
            "services:\n\ta: 1\n",
            "compose.yaml:2:2: tabs disallowed within this context (block indentation)",
        ),
        ("include: a\n", "compose.yaml:1:1: include: must be a list"),
        ("include:\n  - 1\n", "compose.yaml:2:5: include.0: must be a path or a mapping"),
        (
            "include:\n  - {path: a, foo: 1}\n",
            "compose.yaml:2:15: include.0.foo: additional properties are not allowed here",
        ),
        (
            "include:\n  - {path: {}}\n",
            "compose.yaml:2:6: include.0.path: must be a path or a list of paths",
        ),
        ("include:\n  - {}\n", "compose.yaml:2:5: include.0: a path is missing"),
        (
            "include:\n  - none.yaml\n",
            "compose.yaml:2:5: include.0: cannot read none.yaml: there is no such file",
        ),
        (
            "include: ['https://x/y.git']\n",
            "compose.yaml:1:11: include.0: https://x/y.git is not on this machine: it is not read",
        ),
        (
            "include: [compose.yaml]\n",
            "compose.yaml:1:11: include.0: include cycle detected: compose.yaml includes compose.yaml",
        ),
        (
            "services:\n  a:\n    extends: {service: b}\n",
            "compose.yaml:3:5: services.a.extends: service \"b\" not found in compose.yaml",
        ),
        (
            "services:\n  a:\n    extends: {service: a}\n",
            "compose.yaml:3:5: services.a.extends: Circular reference: a in compose.yaml extends a in compose.yaml",
        ),
        (
            "services:\n  a:\n    extends: {service: b, file: none.yaml}\n",
            "compose.yaml:3:5: services.a.extends: cannot read none.yaml: there is no such file",
        ),
        (
            "services:\n  a:\n    extends: {service: b, file: 'git@x:y'}\n",
            "compose.yaml:3:5: services.a.extends: git@x:y is not on this machine: it is not read",
        ),
        (
            "services:\n  a:\n    image: a\n    env_file:\n      - {path: x.env, format: toml}\n",
            "compose.yaml:5:9: services.a.env_file.0: cannot read x.env: there is no such file",
        ),
        (
            "services:\n  a:\n    image: a\n    label_file: [x]\n",
            "compose.yaml:4:18: services.a.label_file.0: cannot read x: there is no such file",
        ),
    ] {
        assert_eq!(error(&[("compose.yaml", text)]).replace("/srv/app/", ""), expected, "{text}");
    }
}

#[test]
fn problems_of_other_files_are_told_with_their_place() {
    for (disk, expected) in [
        (
            vec![("compose.yaml", WEB), (".env", "A=1\nB='\n")],
            ".env:2:3: unterminated quoted value",
        ),
        (
            vec![
                ("compose.yaml", "include: [a/b.yaml]\n"),
                ("a/b.yaml", "services:\n  b:\n    image: ${X?}\n"),
            ],
            "a/b.yaml:3:12: services.b.image: required variable X is missing a value",
        ),
        (
            vec![
                ("compose.yaml", "include: [a/b.yaml]\n"),
                ("a/b.yaml", "services:\n b:\n   image: x\n  c: 1\n"),
            ],
            "a/b.yaml:4:",
        ),
        (
            vec![
                ("compose.yaml", "include:\n  - {path: b.yaml, env_file: none.env}\n"),
                ("b.yaml", WEB),
            ],
            "compose.yaml:2:5: include.0: cannot read env_file none.env: there is no such file",
        ),
        (
            vec![
                ("compose.yaml", "services:\n  web: {image: web, cap_add: [A]}\n"),
                ("compose.over.yaml", "services:\n  web: {cap_add: {}}\n"),
            ],
            "compose.over.yaml:2:",
        ),
        (
            vec![
                ("compose.yaml", "services:\n  a:\n    extends: {service: b, file: o.yaml}\n"),
                ("o.yaml", "services:\n  c: {image: c}\n"),
            ],
            "compose.yaml:3:5: services.a.extends: service \"b\" not found in o.yaml",
        ),
        (
            vec![
                ("compose.yaml", "services:\n  a:\n    extends: {service: b, file: o.yaml}\n"),
                ("o.yaml", "volumes: {}\n"),
            ],
            "compose.yaml:3:5: services.a.extends: o.yaml has no services",
        ),
        (
            vec![
                ("compose.yaml", "services:\n  a:\n    extends: {service: b, file: o.yaml}\n"),
                ("o.yaml", "services:\n  b:\n    extends: {service: a, file: compose.yaml}\n"),
            ],
            "compose.yaml:3:5: services.a.extends: Circular reference: a in compose.yaml extends b in o.yaml extends a in compose.yaml",
        ),
        (
            vec![
                (
                    "compose.yaml",
                    "services:\n  web:\n    image: web\n    env_file: [{path: x.env}]\n",
                ),
                ("x.env", "A=${B:?set B}"),
            ],
            "x.env:1:3: required variable B is missing a value: set B",
        ),
        (
            vec![
                (
                    "compose.yaml",
                    "services:\n  web:\n    image: web\n    env_file: [{path: x.env, format: toml}]\n",
                ),
                ("x.env", "A=1"),
            ],
            "compose.yaml:4:16: services.web.env_file.0: unsupported env_file format \"toml\": use raw, or none",
        ),
    ] {
        let error = error(&disk).replace("/srv/app/", "");
        assert!(error.starts_with(expected), "{error}\n{expected}");
    }
    let none =
        load(&[], &Context { read: &|_| Ok(String::new()), variable: &|_| None, home: None });
    assert_eq!(none.unwrap_err().message, "no compose file specified");
}

#[test]
fn a_main_file_that_is_not_there_is_told() {
    let context = Context {
        read: &|_| Err(io::ErrorKind::PermissionDenied.into()),
        variable: &|_| None,
        home: None,
    };
    let problem = load(&[PathBuf::from("/x/compose.yaml")], &context).unwrap_err();
    assert_eq!(problem.to_string(), "/x/.env: cannot read it: permission denied");
}

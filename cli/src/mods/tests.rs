//! Whole mods of a few lines, loaded.
#![expect(clippy::disallowed_methods, reason = "a test may block")]

use std::fs;
use std::path::Path;

use super::*;

/// Writes the files into a folder and loads it.
fn load_files(files: &[(&str, &str)], inputs: &VariableInputs) -> Result<Mod, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        fs::write(path, text).unwrap();
    }
    let source = Source::folder(folder.path()).map_err(|error| error.to_string())?;
    load(&source, inputs)
        .map_err(|error| error.to_string().replace(&format!("{}/", folder.path().display()), ""))
}

fn with_mod(text: &str) -> Result<Mod, String> {
    load_files(&[("mod.pp", &format!("mod \"m\" {{}}\n{text}"))], &VariableInputs::default())
}

const CONTROL: &str = "control \"c\" { sql = \"select 1\" }\n";

#[test]
fn files_of_all_folders_are_one_scope_and_order_is_free() {
    let loaded = load_files(
        &[
            ("z/control.pp", "control \"c\" {\n  title = local.title\n  query = query.q\n  tags = merge(local.tags, { b = 2 })\n}"),
            ("mod.pp", "mod \"m\" { title = \"M\" }\nlocals {\n  title = \"${local.word}: ${var.region}\"\n}"),
            ("a/deep/query.sp", "query \"q\" {\n  sql = <<-EOQ\n    select $1\n      as x\n  EOQ\n  param \"p\" { default = 1 }\n}"),
            ("locals.pp", "locals {\n  word = upper(\"t\")\n  tags = { a = \"1\" }\n}\nvariable \"region\" { default = \"eu\" }"),
            (".hidden/bad.pp", "this is no HCL"),
            ("old/bad.pp", "nor this"),
            (".powerpipeignore", "old/\n"),
        ],
        &VariableInputs::default(),
    )
    .unwrap();
    let control = loaded.control("c").unwrap();
    assert_eq!(control.resource.title.as_deref(), Some("T: eu"));
    assert_eq!(control.resource.tags.iter().collect::<Vec<_>>().len(), 2);
    assert_eq!(control.resource.tags["b"], "2");
    let statement = loaded.control_statement(control, &[]).unwrap();
    assert_eq!(
        statement,
        Statement { sql: "select $1\n  as x\n".to_owned(), arguments: vec![Some("1".to_owned())] }
    );
}

#[test]
fn names_have_three_forms_and_a_missing_one_says_where() {
    let loaded = with_mod(CONTROL).unwrap();
    for name in ["c", "control.c", "m.control.c"] {
        assert!(loaded.control(name).is_ok(), "{name}");
    }
    let missing = loaded.benchmark("m.benchmark.nosuch").unwrap_err().to_string();
    assert!(missing.starts_with("'benchmark.nosuch' not found in mod.m (/"), "{missing}");
}

#[test]
fn arguments_are_named_positional_default_or_the_users() {
    let query =
        "query \"q\" {\n sql = \"s\"\n param \"a\" { default = \"x\" }\n param \"b\" {}\n}\n";
    let arguments = |args: &str, given: &[(&str, &str)]| {
        let given: Vec<(String, String)> =
            given.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let loaded =
            with_mod(&format!("{query} control \"c\" {{\n query = query.q\n {args}\n}}")).unwrap();
        let statement = loaded.control_statement(loaded.control("c").unwrap(), &given);
        statement.map(|statement| statement.arguments).map_err(|error| error.to_string())
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(arguments("args = { b = 5 }", &[]), Ok(vec![some("x"), some("5")]));
    assert_eq!(
        arguments("args = [\"p\", [1, \"a,b\"]]", &[]),
        Ok(vec![some("p"), some("{\"1\",\"a,b\"}")])
    );
    assert_eq!(arguments("args = { b = null }", &[("a", "u")]), Ok(vec![some("u"), None]));
    assert!(arguments("", &[]).unwrap_err().contains("'b' has neither argument nor default"));
    assert!(arguments("args = { b = 1 }", &[("z", "u")]).unwrap_err().contains("no parameter 'z'"));
    assert!(arguments("args = { z = 1 }", &[]).unwrap_err().contains("'z'"));
}

#[test]
fn mistakes_are_told_with_file_and_line() {
    for (text, expected) in [
        (
            "control \"c\" {\n  sqll = 1\n}",
            "mod.pp:3: a control has no attribute 'sqll'; allowed: title, ",
        ),
        (
            "control \"c\" {\n  nosuch {}\n}",
            "mod.pp:3: blocks of type 'nosuch' are not expected here; allowed: param",
        ),
        ("controls \"c\" {}", "mod.pp:2: blocks of type 'controls' are not expected here"),
        ("query \"q\" {}", "mod.pp:2: query 'q' has no sql"),
        ("query {}", "mod.pp:2: a query needs a name"),
        ("control \"c\" {}", "mod.pp:2: control 'c' has neither sql nor query"),
        (
            "query \"q\" { sql = \"\" }\ncontrol \"c\" {\n sql = \"\"\n query = query.q\n}",
            "mod.pp:3: control 'c' has both sql and query",
        ),
        ("control \"c\" { sql = var.nosuch }", "mod.pp:2: sql: "),
        ("control \"c\" { sql = list(1) }", "deprecated"),
        (
            "control \"c\" { sql = \"\" }\ncontrol \"c\" { sql = \"\" }",
            "mod.pp:3: control 'c' is declared twice: first in mod.pp:2",
        ),
        (
            "locals {\n a = local.b\n b = local.a\n}",
            "mod.pp:3: these locals refer to each other in a circle: a, b",
        ),
        ("benchmark \"b\" { children = [benchmark.b] }", "m.benchmark.b is its own child"),
        ("benchmark \"b\" { children = [control.nosuch] }", "mod.pp:2: children: "),
        (
            "variable \"v\" {\n type = list(strings)\n}",
            "mod.pp:3: variable 'v': `strings` is no type",
        ),
        (
            "variable \"v\" {\n type = number\n default = \"x\"\n}",
            "mod.pp:4: variable 'v': default: a number is required",
        ),
        ("variable \"v\" { type = string }", "variable 'v' has no value: give it with --var v="),
        ("x = 1", "mod.pp:2: the attribute 'x' stands outside of any block"),
        ("control \"c\" {", "mod.pp:"),
    ] {
        let error = with_mod(text).unwrap_err();
        assert!(error.contains(expected), "{text}\n  gives    {error}\n  expected {expected}");
    }
    assert!(
        load_files(&[("x.pp", "")], &VariableInputs::default())
            .unwrap_err()
            .contains("there is no mod.pp")
    );
}

#[test]
fn files_are_read_and_only_what_is_needed_is_evaluated() {
    let loaded = load_files(
        &[
            ("mod.pp", "mod \"m\" { documentation = file(\"./docs/m.md\") }"),
            ("docs/m.md", "text"),
            (
                "c.pp",
                "control \"c\" {\n sql = fileexists(\"nosuch\") ? file(\"nosuch\") : \"got ${file(\"docs/m.md\")}\"\n \
                 title = try(local.nosuch, \"fallback\")\n description = can(local.nosuch) ? \"yes\" : \"no\"\n \
                 tags = { n = length(fileset(\"docs\", \"*.md\")) }\n}",
            ),
        ],
        &VariableInputs::default(),
    )
    .unwrap();
    let control = loaded.control("c").unwrap();
    assert_eq!(control.sql.as_deref(), Some("got text"));
    assert_eq!(control.resource.title.as_deref(), Some("fallback"));
    assert_eq!(
        (control.resource.description.as_deref(), control.resource.tags["n"].as_str()),
        (Some("no"), "1")
    );
}

#[test]
fn a_base_fills_what_a_control_leaves_out() {
    let loaded = with_mod(
        "control \"b\" {\n sql = \"select 1\"\n title = \"B\"\n severity = \"high\"\n}\n\
         control \"c\" {\n base = control.b\n title = \"C\"\n}",
    )
    .unwrap();
    let control = loaded.control("c").unwrap();
    assert_eq!(
        (control.sql.as_deref(), control.severity.as_deref()),
        (Some("select 1"), Some("high"))
    );
    assert_eq!(control.resource.title.as_deref(), Some("C"));
    assert!(
        with_mod("control \"c\" { base = control.c }").unwrap_err().contains("is its own base")
    );
}

#[test]
fn children_may_be_chosen_by_a_variable() {
    let text = "variable \"on\" { default = [\"a\"] }\n\
        locals { list = [for item in [control.c] : item if contains(var.on, \"a\")] }\n\
        benchmark \"b\" { children = local.list }\n";
    let children = |value: &str| {
        let inputs = VariableInputs {
            flags: vec![("on".into(), value.into())],
            ..VariableInputs::default()
        };
        let files = [("mod.pp", format!("mod \"m\" {{}}\n{CONTROL}{text}"))];
        let files: Vec<(&str, &str)> =
            files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        load_files(&files, &inputs).unwrap().benchmarks[0].children.clone()
    };
    assert_eq!(children("[\"a\"]"), ["m.control.c"]);
    assert!(children("[]").is_empty());
}

#[test]
fn variables_take_the_last_value_given_and_their_own_type() {
    let files = [
        (
            "mod.pp",
            "mod \"m\" {}\nvariable \"n\" {\n type = number\n default = 1\n}\nvariable \"s\" {\n type = string\n default = \"d\"\n}\nvariable \"o\" {\n type = object({ a = string, b = optional(number) })\n default = { a = 1 }\n}",
        ),
        ("powerpipe.ppvars", "n = 3\nnosuch = 1"),
        ("x.auto.ppvars", "n = 4"),
    ];
    let value = |inputs: &VariableInputs, name: &str| {
        let loaded = load_files(&files, inputs).unwrap();
        (loaded.variable(name).unwrap().value.clone(), loaded.warnings)
    };
    let pair = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let environment =
        VariableInputs { environment: pair("PP_VAR_n", "2"), ..VariableInputs::default() };
    let (number, warnings) = value(&environment, "n");
    assert_eq!(number, 4);
    assert!(warnings[0].contains("no variable 'nosuch'"), "{warnings:?}");
    let flags = VariableInputs { flags: pair("n", "5"), ..environment };
    assert_eq!(value(&flags, "var.n").0, 5);
    let full = VariableInputs { flags: pair("m.n", "6"), ..VariableInputs::default() };
    assert_eq!(value(&full, "n").0, 6);
    let old = VariableInputs { environment: pair("SP_VAR_s", "7"), ..VariableInputs::default() };
    let (text, warnings) = value(&old, "variable.s");
    assert_eq!(text, "7");
    assert!(warnings.iter().any(|warning| warning.contains("PP_VAR_s")), "{warnings:?}");
    assert_eq!(value(&old, "o").0, serde_json::json!({"a": "1", "b": null}));
    let undeclared = VariableInputs { flags: pair("nosuch", "1"), ..VariableInputs::default() };
    assert!(load_files(&files, &undeclared).unwrap_err().contains("it has: n, s, o"));
    let wrong = VariableInputs { flags: pair("n", "many"), ..VariableInputs::default() };
    assert!(load_files(&files, &wrong).unwrap_err().starts_with("variable 'n': "));
}

#[test]
fn dashboards_are_loaded_with_all_they_hold() {
    let loaded = with_mod(
        "query \"q\" { sql = \"\" }\ndashboard \"d\" {\n title = \"D\"\n container {\n  card {\n   query = query.q\n  }\n  \
         chart {\n   type = \"donut\"\n   sql = \"\"\n   axes {\n    x {\n     title {\n      value = \"X\"\n     }\n    }\n   }\n  }\n  \
         table {\n   sql = \"\"\n   args = [self.input.i.value]\n   column \"a\" {\n    wrap = \"all\"\n   }\n  }\n }\n \
         input \"i\" {\n  type = \"select\"\n  option \"a\" {\n   label = \"A\"\n  }\n }\n}",
    )
    .unwrap();
    assert_eq!(loaded.dashboards[0].full_name, "m.dashboard.d");
    let error = with_mod("dashboard \"d\" {\n card { nosuch = 1 }\n}").unwrap_err();
    assert!(error.starts_with("mod.pp:3: a card has no attribute 'nosuch'"), "{error}");
}

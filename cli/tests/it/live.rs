//! The live cases of the table of verdicts, each set up on a real engine and judged by the command.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Command;

use serde_json::Value;

use crate::engine::variable;
use crate::run::root;

/// Live cases that a machine may not be able to show, and why; verdicts on recordings have them all.
const ELSEWHERE: [(&str, &str); 2] = [
    ("5.2b", "needs a kernel with AppArmor"),
    ("5.3e", "needs a kernel with SELinux and a policy, on which no engine of .ci/run is"),
];

/// What a script of tests/lab prints.
fn script(name: &str, arguments: &[&str]) -> String {
    let output = Command::new(root().join("tests/lab").join(name))
        .args(arguments)
        .env("COMPLIANCE", env!("CARGO_BIN_EXE_docker-compliance"))
        .env_remove("COMPLIANCE_OPTIONS")
        .env("DOCKER_HOST", variable("DOCKER_CASES"))
        .env("LAB_DIR", "/nonexistent")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8(output.stdout), String::from_utf8(output.stderr));
    let (out, err) = (out.unwrap(), err.unwrap());
    assert!(output.status.success(), "{name}: {out}{err}");
    out
}

/// Status and reason by case, from lines of the judge.
fn verdicts(lines: &str) -> BTreeMap<String, (String, String)> {
    let verdict = |line: &str| {
        let [case, status, reason] = line.splitn(3, '\t').collect::<Vec<_>>()[..] else {
            panic!("no line of the judge: {line}")
        };
        (case.to_owned(), (status.to_owned(), reason.to_owned()))
    };
    lines.lines().map(verdict).collect()
}

/// The cases that are live, with the status that is right.
fn live() -> BTreeMap<String, String> {
    let table = std::fs::read_to_string(root().join("tests/verdicts/table.json")).unwrap();
    let table: Vec<Value> = serde_json::from_str(&table).unwrap();
    let text = |case: &Value, key: &str| case[key].as_str().unwrap().to_owned();
    table
        .iter()
        .filter(|case| case["live"] == true)
        .map(|case| (text(case, "case"), text(case, "expected")))
        .collect()
}

/// Told although the test passes: what `eprintln!` writes is kept back then.
#[expect(clippy::explicit_write, reason = "a macro's words are kept back")]
fn skipped(case: &str, why: &str) {
    writeln!(std::io::stderr(), "SKIPPED: case {case}: {why}").unwrap();
}

#[test]
#[ignore = "needs Docker engines, and root to start more"]
fn live_cases_are_right_on_real_engines() {
    let objects = script("cases.sh", &["list"]);
    let host = variable("DOCKER_CASES");
    let arguments: Vec<&str> = std::iter::once(&*host).chain(objects.lines()).collect();
    let mut found = verdicts(&script("judge.py", &arguments));
    let folder = tempfile::tempdir().unwrap();
    found.extend(verdicts(&script("daemons.sh", &[folder.path().to_str().unwrap()])));

    let expected = live();
    let mut wrong = Vec::new();
    for (case, expected) in &expected {
        match found.remove(case) {
            Some((status, reason)) if status == "SKIPPED" => {
                skipped(case, &reason);
            }
            Some((status, reason)) if status != *expected => {
                wrong.push(format!("case {case}: {status}, not {expected}: {reason}"));
            }
            Some(_) => {}
            None => match ELSEWHERE.iter().find(|(name, _)| name == case) {
                Some((_, why)) => skipped(case, why),
                None => wrong.push(format!("case {case} is set up nowhere")),
            },
        }
    }
    wrong.extend(found.keys().map(|case| format!("case {case} is set up, but is not live")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

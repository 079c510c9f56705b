//! What the documents tell people to type: every SQL example runs, every command of README does what it says.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::{Ran, command, root, run};

/// The fenced blocks of a language in a document.
fn blocks(path: &Path, language: &str) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let fence = format!("```{language}\n");
    text.split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().trim().to_owned())
        .collect()
}

/// SQL that Steampipe's PostgreSQL 14 does not have.
#[test]
fn mod_and_documents_keep_to_postgresql_14() {
    let newer = [
        "regexp_count",
        "regexp_like",
        "regexp_instr",
        "regexp_substr",
        "any_value(",
        "is json",
        "json_table",
        "merge into",
    ];
    let mut folders = vec![root().join("mod"), root().join("docs/tables")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap().to_lowercase();
            let found: Vec<_> = newer.iter().filter(|word| text.contains(*word)).collect();
            assert!(found.is_empty(), "{}: {found:?}", path.display());
            files += 1;
        }
    }
    assert!(files > 8);
}

/// The commands of README, one a line.
fn readme_commands() -> Vec<String> {
    let blocks = blocks(&root().join("README.md"), "sh");
    blocks.iter().flat_map(|block| block.lines()).map(str::to_owned).collect()
}

/// Commands that build or test are what runs this very test; the others are run here.
#[test]
fn readme_has_no_command_that_nobody_runs() {
    let known = |line: &str| {
        matches!(
            line,
            "cargo test --workspace --locked" | "cargo build --release --workspace --locked"
        ) || line.starts_with("cargo run --locked --bin docker-compliance -- ")
            || line.starts_with("target/release/docker-compliance ")
            || line.starts_with("target/release/steampipe-plugin-docker ")
    };
    let unknown: Vec<_> = readme_commands().into_iter().filter(|line| !known(line)).collect();
    assert_eq!(unknown, [""; 0]);
}

#[test]
fn the_first_command_of_readme_prints_what_readme_shows() {
    let line = readme_commands().remove(0);
    let arguments = line.strip_prefix("cargo run --locked --bin docker-compliance -- ").unwrap();
    let ran = run(&arguments.split(' ').collect::<Vec<_>>());
    let shown = blocks(&root().join("README.md"), "")
        .into_iter()
        .find(|block| block.starts_with("+ 2.2 "))
        .unwrap();
    // the editors of documents cut blanks at line ends
    let tidy = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert!(
        tidy(&ran.stdout).contains(&tidy(&shown)),
        "README shows\n{shown}\nand it prints\n{}",
        ran.stdout
    );
}

/// How many errors the summary of a report counts.
fn errors(ran: &Ran) -> u64 {
    if ran.stdout.starts_with('{') {
        return ran.json()["summary"]["status"]["error"].as_u64().unwrap();
    }
    let line = ran.stdout.lines().find(|line| line.starts_with("ERROR .")).unwrap();
    line.split_whitespace().nth(2).unwrap().parse().unwrap()
}

#[test]
#[ignore = "needs a Docker engine"]
fn the_commands_of_readme_run_on_a_real_engine() {
    let folder = tempfile::tempdir().unwrap();
    let engine = std::env::var("DOCKER_ICC_ON").unwrap();
    let mut count = 0;
    for line in readme_commands() {
        let Some(arguments) = line.strip_prefix("target/release/docker-compliance ") else {
            continue;
        };
        let arguments = shell_words(arguments);
        let ran: Ran = command(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
            .env("DOCKER_HOST", &engine)
            .current_dir(folder.path())
            .output()
            .unwrap()
            .into();
        // a whole benchmark asks for what the host of the engine may not have, such as an audit log: that is an error
        let expected = if line.contains("benchmark run cis_") && errors(&ran) > 0 {
            2
        } else {
            i32::from(line.contains(" run cis_"))
        };
        assert_eq!(ran.code, expected, "{line}\n{}{}", ran.stdout, ran.stderr);
        count += 1;
    }
    assert_eq!(count, 9, "commands on an engine in README");
}

#[test]
#[ignore = "needs the plugin's binary"]
fn the_install_command_of_readme_installs() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = std::env::var("PLUGIN").unwrap();
    let output = Command::new(plugin)
        .arg("install")
        .env("STEAMPIPE_INSTALL_DIR", folder.path())
        .output()
        .unwrap();
    let ran = Ran::from(output);
    assert!(
        ran.code == 0 && ran.stdout.contains("config/docker.spc"),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
}

/// Words with double quotes around those that have blanks.
fn shell_words(line: &str) -> Vec<String> {
    line.split('"')
        .enumerate()
        .flat_map(|(place, part)| match place % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

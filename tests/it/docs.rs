//! The pages: what is generated in them is up to date, and every path they name exists.
//! `UPDATE=1` rewrites the generated parts, and starts the page of a new table.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use steampipe_plugin_docker::docker::ATTRIBUTES;
use steampipe_plugin_docker::sdk::docs;
use steampipe_plugin_docker::tables::ALL;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares what stands between the markers with what should.
pub(crate) fn check_between(path: &Path, name: &str, expected: &str) {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->"));
    let (before, rest) =
        text.split_once(&begin).unwrap_or_else(|| panic!("{} has no {begin}", path.display()));
    let (between, after) =
        rest.split_once(&end).unwrap_or_else(|| panic!("{} has no {end}", path.display()));
    if between == expected {
        return;
    }
    assert!(
        std::env::var_os("UPDATE").is_some(),
        "{} is out of date: run with UPDATE=1",
        path.display()
    );
    fs::write(path, format!("{before}{begin}{expected}{end}{after}")).unwrap();
}

fn page(table: &str) -> PathBuf {
    root().join(format!("docs/tables/{table}.md"))
}

#[test]
fn every_table_has_a_page_with_its_columns() {
    for table in ALL {
        let path = page(table.name);
        if !path.exists() && std::env::var_os("UPDATE").is_some() {
            let start = format!(
                "# {}\n\n{}\n\n## Examples\n\n## Columns\n\n",
                table.name, table.description
            );
            fs::write(&path, start + "<!-- columns:begin -->\n<!-- columns:end -->\n").unwrap();
        }
        check_between(&path, "columns", &docs::columns(table));
    }
}

#[test]
fn every_page_has_five_examples_or_more() {
    for table in ALL {
        let text = fs::read_to_string(page(table.name)).unwrap();
        let examples = text.matches("```sql\n").count();
        assert!(examples >= 5, "docs/tables/{}.md has {examples} examples", table.name);
    }
}

#[test]
fn the_plugin_page_lists_every_option_and_table() {
    let mut options = String::from("| Option | Meaning |\n| --- | --- |\n");
    for option in ATTRIBUTES {
        let _ = writeln!(options, "| `{}` | {} |", option.name, option.description);
    }
    check_between(&root().join("docs/index.md"), "options", &options);
    let index = fs::read_to_string(root().join("docs/index.md")).unwrap();
    for table in ALL {
        assert!(
            index.contains(&format!("(tables/{}.md)", table.name)),
            "docs/index.md does not link {}",
            table.name
        );
    }
}

#[test]
fn the_sample_connection_has_every_option() {
    let sample = fs::read_to_string(root().join("config/docker.spc")).unwrap();
    for option in ATTRIBUTES {
        let line = format!("# {} ", option.name);
        assert!(
            sample.lines().any(|found| found.trim().starts_with(&line)),
            "config/docker.spc lacks {}",
            option.name
        );
    }
}

#[test]
fn every_path_in_the_map_exists() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut seen = 0;
    for path in text.split('`').skip(1).step_by(2) {
        let first = path.split('/').next().unwrap();
        let is_path = ["src", "cli", "mod", "tests", "benches", "proto", "docs", "config"]
            .contains(&first)
            && path.contains('/')
            || Path::new(path).extension().is_some_and(|extension| extension == "rs");
        if is_path && !path.contains(['*', ' ']) {
            let candidates =
                ["", "src", "src/sdk", "cli/src"].map(|folder| root().join(folder).join(path));
            assert!(
                candidates.iter().any(|candidate| candidate.exists()),
                "ARCHITECTURE.md names {path}"
            );
            seen += 1;
        }
    }
    assert!(seen > 10, "only {seen} paths were found");
}

//! The mod as a catalogue: the names that users rely on, what every control must have, and the pages made of both.
//! `UPDATE=1` rewrites the generated parts of `docs/controls.md` and `docs/coverage.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;

use crate::mods::{Control, Mod};
use crate::testing::{compare, load, open, read};
use crate::{collect, reads};

/// Sections that the page of a control has.
const SECTIONS: [&str; 6] = [
    "## Why\n",
    "## How it is judged\n",
    "## Check by hand\n",
    "## How to fix\n",
    "## What may break\n",
    "## Limits of this check\n",
];

/// The names of the mod before ours, and facts about the recommendations.
#[derive(Deserialize)]
struct Parity {
    variables: Vec<String>,
    benchmarks: Vec<Former>,
    recommendations: Vec<Recommendation>,
}

#[derive(Deserialize)]
struct Former {
    name: String,
    title: String,
    children: Vec<String>,
}

#[derive(Deserialize)]
struct Recommendation {
    /// Number in v1.6.0.
    id: String,
    /// Number in v1.8.0.
    v180: String,
    /// Name of the query, if the mod before ours has one.
    query: Option<String>,
    /// Levels in v1.6.0.
    level: Vec<u8>,
    assessment: String,
    assessment_v180: String,
    /// What answers it in the mod before ours.
    upstream: String,
    /// What answers it in docker-bench-security.
    bench: String,
}

fn parity() -> Parity {
    serde_json::from_str(&read("tests/parity/mod.json")).expect("the names can be read")
}

/// The mod with one variable set.
fn load_with(name: &str, value: &str) -> Mod {
    load(vec![(name.to_owned(), value.to_owned())])
}

fn control<'m>(loaded: &'m Mod, version: &str, id: &str) -> &'m Control {
    let name = format!("cis_{version}_{}", id.replace('.', "_"));
    loaded.control(&name).unwrap_or_else(|error| panic!("{error}"))
}

/// The query of a control: its short name and SQL.
fn query<'m>(loaded: &'m Mod, control: &Control) -> (&'m str, &'m str) {
    let name = control.query.as_deref().expect("every control has a query");
    let query = loaded.query(name).unwrap_or_else(|error| panic!("{error}"));
    (&query.resource.name, &query.sql)
}

/// The part of a benchmark's name, or a control's, behind the mod and the type.
fn short(full_name: &str) -> &str {
    full_name.rsplit('.').next().unwrap_or(full_name)
}

#[test]
fn every_name_of_the_former_mod_is_here_and_means_the_same() {
    let (parity, loaded) = (parity(), load(Vec::new()));
    assert_eq!(loaded.name, "docker_compliance");
    for name in &parity.variables {
        assert!(loaded.variable(name).is_ok(), "variable {name}");
    }
    for former in &parity.benchmarks {
        let ours = loaded.benchmark(&former.name).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(ours.resource.title.as_ref(), Some(&former.title));
        let children = ours.children.iter().map(|child| short(child));
        let kept: Vec<&str> =
            children.filter(|child| former.children.iter().any(|name| name == child)).collect();
        assert_eq!(kept, former.children, "children of {}", former.name);
    }
    for known in &parity.recommendations {
        let Some(former) = &known.query else { continue };
        let former = loaded.query(former).unwrap_or_else(|error| panic!("{error}"));
        let (name, sql) = query(&loaded, control(&loaded, "v160", &known.id));
        assert_eq!(former.sql, sql, "{} is {name} under its former name", former.resource.name);
    }
}

#[test]
fn every_recommendation_has_a_control_in_both_versions_with_the_right_tags() {
    let (parity, loaded) = (parity(), load(Vec::new()));
    for known in &parity.recommendations {
        let old = control(&loaded, "v160", &known.id);
        let new = control(&loaded, "v180", &known.v180);
        let tags = |control: &Control, names: &[&str]| -> Vec<String> {
            let tag = |name: &&str| control.resource.tags.get(*name).cloned().unwrap_or_default();
            names.iter().map(tag).collect()
        };
        let names = ["cis_version", "cis_item_id", "cis_section_id", "cis_type", "cis_level"];
        let section = known.id.split('.').next().unwrap_or_default();
        let level = known.level[0].to_string();
        assert_eq!(tags(old, &names), ["v1.6.0", &known.id, section, &known.assessment, &level]);
        assert_eq!(tags(new, &names), ["v1.8.0", &known.v180, section, &known.assessment_v180, ""]);
        for control in [old, new] {
            let rest = tags(control, &["category", "plugin", "service", "cis"]);
            assert_eq!(rest, ["Compliance", "docker", "Docker", "true"]);
        }
        assert_eq!(query(&loaded, old), query(&loaded, new), "{}", known.id);
        assert_eq!(old.severity, new.severity, "{}", known.id);
        assert_eq!(old.resource.description, new.resource.description, "{}", known.id);
    }
    let count = |version: &str| {
        let of = |control: &&Control| control.resource.name.starts_with(version);
        loaded.controls.iter().filter(of).count()
    };
    assert_eq!((count("cis_v160_"), count("cis_v180_")), (117, 118));
}

#[test]
fn every_control_says_what_it_is_about() {
    let loaded = load(Vec::new());
    let mut wrong = Vec::new();
    for control in &loaded.controls {
        let resource = &control.resource;
        let (title, name) = (resource.title.clone().unwrap_or_default(), &resource.name);
        let id = &resource.tags["cis_item_id"];
        if !title.starts_with(&format!("{id} ")) {
            wrong.push(format!("{name}: the title is {title}"));
        }
        let description = resource.description.clone().unwrap_or_default();
        if description.len() < 40 || !description.ends_with('.') {
            wrong.push(format!("{name}: the description is {description}"));
        }
        if !["critical", "high", "medium", "low"]
            .contains(&control.severity.as_deref().unwrap_or_default())
        {
            wrong.push(format!("{name}: the severity is {:?}", control.severity));
        }
        let page = resource.documentation.clone().unwrap_or_default();
        for section in SECTIONS {
            if !page.contains(section) {
                wrong.push(format!("{name}: the page lacks {}", section.trim()));
            }
        }
    }
    for query in &loaded.queries {
        let resource = &query.resource;
        if resource.title.is_none() || resource.description.is_none() {
            wrong.push(format!("{} has no title or description", resource.name));
        }
    }
    for benchmark in &loaded.benchmarks {
        if benchmark.resource.documentation.as_ref().is_none_or(|page| page.len() < 80) {
            wrong.push(format!("{} has no page", benchmark.resource.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn variables_take_every_sensible_value() {
    let columns = |dimensions: &str| {
        let loaded = load_with("common_dimensions", dimensions);
        let (_, sql) = query(&loaded, control(&loaded, "v160", "5.11"));
        (
            sql.contains(" as connection_name"),
            sql.ends_with(" as host\n") || sql.contains("host as host"),
        )
    };
    assert_eq!(columns("[]"), (false, false));
    assert_eq!(columns(r#"["connection_name"]"#), (true, false));
    assert_eq!(columns(r#"["host"]"#), (false, true));
    assert_eq!(columns(r#"["connection_name", "host"]"#), (true, true));
    for (plugins, children) in
        [("[]", 0), (r#"["docker"]"#, 18), (r#"["exec"]"#, 0), (r#"["docker", "exec"]"#, 18)]
    {
        let loaded = load_with("benchmark_plugins", plugins);
        let section = loaded.benchmark("cis_v160_2").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(section.children.len(), children, "{plugins}");
    }
}

/// Writes the generated part of a page, or compares it.
fn check_between(path: &str, name: &str, generated: &str) {
    let text = read(path);
    let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->"));
    let (before, rest) = text.split_once(&begin).expect("the page has a begin mark");
    let (_, after) = rest.split_once(&end).expect("the page has an end mark");
    let new = format!("{before}{begin}{generated}{end}{after}");
    compare(path, &new).unwrap_or_else(|wrong| panic!("{wrong}"));
}

#[test]
fn the_page_of_controls_lists_them_all() {
    let loaded = load(Vec::new());
    let parity = parity();
    let former: BTreeMap<&str, &str> = parity
        .recommendations
        .iter()
        .filter_map(|known| Some((known.id.as_str(), known.query.as_deref()?)))
        .collect();
    let old_ids: BTreeMap<&str, &str> = parity
        .recommendations
        .iter()
        .map(|known| (known.v180.as_str(), known.id.as_str()))
        .collect();
    let mut page = String::from(
        "| v1.6.0 | v1.8.0 | subject | severity | query | former name of the query |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    let new =
        loaded.controls.iter().filter(|control| control.resource.name.starts_with("cis_v180_"));
    let mut new: Vec<&Control> = new.collect();
    let number = |control: &&Control| -> Vec<u32> {
        control.resource.tags["cis_item_id"]
            .split('.')
            .filter_map(|part| part.parse().ok())
            .collect()
    };
    new.sort_by_key(number);
    for control in new {
        let id = control.resource.tags["cis_item_id"].as_str();
        let title = control.resource.title.as_deref().unwrap_or_default();
        let subject = title.split_once(' ').map_or(title, |(_, subject)| subject);
        let (name, _) = query(&loaded, control);
        let old = old_ids.get(id).copied();
        let alias = old.and_then(|old| former.get(old)).filter(|former| **former != name);
        let _ = writeln!(
            page,
            "| {} | {id} | {subject} | {} | `{name}` | {} |",
            old.unwrap_or("–"),
            control.severity.as_deref().unwrap_or_default(),
            alias.map_or_else(String::new, |alias| format!("`{alias}`")),
        );
    }
    check_between("docs/controls.md", "controls", &page);
}

#[test]
fn the_page_of_coverage_is_made_of_the_mod() {
    let (parity, loaded) = (parity(), load(Vec::new()));
    let mut page = String::from(
        "| id | subject | here | upstream | docker-bench-security |\n| --- | --- | --- | --- | --- |\n",
    );
    for known in &parity.recommendations {
        let control = control(&loaded, "v160", &known.id);
        let title = control.resource.title.as_deref().unwrap_or_default();
        let subject = title.split_once(' ').map_or(title, |(_, subject)| subject);
        let (_, sql) = query(&loaded, control);
        let source = if sql.contains("docker_host_") { "engine, host" } else { "engine" };
        let judges = if sql.contains("'ok'") { "" } else { "; a person judges" };
        let _ = writeln!(
            page,
            "| {} | {subject} | {source}{judges} | {} | {} |",
            known.id, known.upstream, known.bench
        );
    }
    check_between("docs/coverage.md", "coverage", &page);
}

#[test]
fn what_the_queries_read_is_known() {
    let loaded = load(Vec::new());
    let mut database = open(None);
    let queries: BTreeSet<&str> = loaded.queries.iter().map(|query| query.sql.as_str()).collect();
    let all: Vec<&str> = queries.iter().copied().collect();
    collect::create_tables(database.as_mut(), &all).expect("the tables can be created");
    let mut lines: Vec<String> = Vec::new();
    for sql in queries {
        let reads = database.reads(sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
        lines.push(reads::written(sql, &reads.expect("PostgreSQL can tell")));
    }
    lines.sort();
    compare("cli/src/reads.txt", &lines.concat()).unwrap_or_else(|wrong| panic!("{wrong}"));
}

//! The former mod's verdicts on the lab, and ours: they differ where docs/differences.md says so, and nowhere else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::engine::variable;
use crate::run::{root, run};

/// Control, status upstream, status here.
type Difference = [String; 3];

/// What the former mod said of the lab: control, container (empty: the engine), status.
fn upstream() -> Vec<[String; 3]> {
    let text = std::fs::read_to_string(root().join("tests/parity/upstream-verdicts.csv")).unwrap();
    let row = |line: &str| -> [String; 3] {
        let cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        cells.try_into().unwrap_or_else(|_| panic!("no three cells: {line}"))
    };
    text.lines().skip(1).map(row).collect()
}

/// The table of docs/differences.md about the lab. Its last column is for people.
fn listed() -> Vec<Difference> {
    let text = std::fs::read_to_string(root().join("docs/differences.md")).unwrap();
    let rows =
        text.lines().skip_while(|line| *line != "| control | upstream | here | when, and case |");
    rows.skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let mut cells =
                line.split('|').skip(1).map(|cell| cell.trim().trim_matches('`').to_owned());
            std::array::from_fn(|_| cells.next().unwrap())
        })
        .collect()
}

/// The verdicts of one run.
struct Report {
    /// Status and reason of each row, by control; none of a control that failed.
    rows: BTreeMap<String, Vec<(String, String)>>,
    /// Image by container.
    images: BTreeMap<String, String>,
}

impl Report {
    fn of(controls: &BTreeSet<&str>, engine: &[&str]) -> Self {
        let names: Vec<&str> = controls.iter().copied().collect();
        let ran = run(&[&["control", "run"], &names[..], &["--output", "json"], engine].concat());
        let rows = |control: &Value| {
            let rows = control["results"].as_array().map_or(&[][..], Vec::as_slice);
            rows.iter().map(|row| (text(&row["status"]), text(&row["reason"]))).collect()
        };
        let report = ran.json();
        let controls = report["controls"].as_array().unwrap().iter();
        let rows = controls.map(|control| {
            let name = text(&control["control_id"]);
            (name.trim_start_matches("control.").to_owned(), rows(control))
        });
        let query = "select name, image from docker_container";
        let images = run(&[&["query", "run", query, "--output", "json"], engine].concat()).json();
        let images = images["rows"].as_array().unwrap().iter();
        Self {
            rows: rows.collect(),
            images: images.map(|row| (text(&row["name"]), text(&row["image"]))).collect(),
        }
    }

    /// The status here of what the former mod had a row for: a container's row, its image's, or the engine's only one.
    fn status(&self, control: &str, container: &str) -> String {
        let rows = self.rows.get(control).map_or(&[][..], Vec::as_slice);
        let own = format!("/{container}: ");
        let image = self.images.get(container);
        let found = rows.iter().find(|(_, reason)| reason.starts_with(&own)).or_else(|| {
            rows.iter()
                .find(|(_, reason)| image.is_some_and(|image| reason.contains(image.as_str())))
        });
        match (found, rows) {
            (Some((status, _)), _) => status.clone(),
            (None, [(status, _)]) if container.is_empty() => status.clone(),
            (None, rows) => format!("none of {} rows", rows.len()),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// Compares what differs on an engine with what is listed, of the rows that `is_shown` names.
fn compare(engine: &[&str], is_shown: impl Fn(&str, &str) -> bool) {
    let upstream = upstream();
    let shown = upstream.iter().filter(|[control, container, _]| is_shown(control, container));
    let upstream: Vec<_> = shown.collect();
    let controls: BTreeSet<&str> = upstream.iter().map(|[control, ..]| control.as_str()).collect();
    let report = Report::of(&controls, engine);
    let mut found: BTreeMap<Difference, Vec<&str>> = BTreeMap::new();
    for [control, container, theirs] in upstream {
        let ours = report.status(control, container);
        if ours != *theirs {
            found.entry([control.clone(), theirs.clone(), ours]).or_default().push(container);
        }
    }
    let all = listed();
    let listed: BTreeSet<&Difference> =
        all.iter().filter(|[control, ..]| controls.contains(control.as_str())).collect();
    let missing = found.iter().filter(|(difference, _)| !listed.contains(difference));
    let missing = missing.map(|([control, theirs, ours], containers)| {
        format!("| `{control}` | `{theirs}` | `{ours}` | is missing: {} |", containers.join(", "))
    });
    let idle = listed.iter().filter(|difference| !found.contains_key(**difference));
    let idle = idle.map(|[control, theirs, ours]| {
        format!("| `{control}` | `{theirs}` | `{ours}` | does not occur |")
    });
    let wrong: Vec<String> = missing.chain(idle).collect();
    assert!(wrong.is_empty(), "docs/differences.md:\n{}", wrong.join("\n"));
}

#[test]
fn containers_of_the_sample_differ_as_listed() {
    // its engine is in a swarm, unlike that of the lab, and one container is missing
    compare(&["--sample"], |_, container| !["", "lab-sshd"].contains(&container));
}

#[test]
#[ignore = "needs a Docker engine with the lab"]
fn the_lab_differs_as_listed() {
    let host = variable("DOCKER_ICC_ON");
    let engine = ["--host", &host];
    let query = "select security_options::text like '%name=apparmor%' as confined from docker_info";
    let seen = run(&[&["query", "run", query, "--output", "json"], &engine[..]].concat()).json();
    // what the former mod said was said on a kernel without AppArmor
    let has_apparmor = seen["rows"][0]["confined"] == true;
    compare(&engine, |control, _| control != "cis_v160_5_2" || !has_apparmor);
}

#[test]
fn no_difference_is_listed_twice_or_of_an_unknown_control() {
    let controls: BTreeSet<String> = upstream().into_iter().map(|[control, ..]| control).collect();
    let mut seen = BTreeSet::new();
    for difference in listed() {
        assert!(
            controls.contains(&difference[0]),
            "{difference:?}: no control of the former mod's"
        );
        assert!(seen.insert(difference.clone()), "{difference:?} is there twice");
    }
}

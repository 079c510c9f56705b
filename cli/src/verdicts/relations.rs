//! What must not matter to a verdict, and what must: the whole sample under another order, with other names and IDs,
//! and with more containers; an engine with nothing but a hardened container, and one with the worst.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::case::{self, Case};
use super::{Row, load_case, rows};
use crate::database::Database;
use crate::reads::Reads;
use crate::testing::{load, open};

/// The sample, as lines.
const SAMPLE: &str = include_str!("../../sample/host.jsonl");

/// Controls over containers: the SQL of each by its number.
struct Controls(BTreeMap<String, String>);

impl Controls {
    fn find() -> Self {
        let loaded = load(Vec::new());
        let controls = loaded.controls.iter().filter_map(|control| {
            let sql = loaded.control_statement(control, &[]).expect("the control has a query").sql;
            let is_wanted =
                control.resource.name.starts_with("cis_v160_") && sql.contains("docker_container");
            is_wanted.then(|| (control.resource.tags["cis_item_id"].clone(), sql))
        });
        Self(controls.collect())
    }

    /// The rows of each control on each of the recordings.
    async fn judge(
        &self,
        database: &mut dyn Database,
        recordings: &[(&str, String)],
    ) -> BTreeMap<(String, String), Vec<Row>> {
        let queries: Vec<&str> = self.0.values().map(String::as_str).collect();
        let mut reads = Reads::default();
        reads.add_queries(database, &queries).expect("PostgreSQL can tell");
        for (name, recording) in recordings {
            let case = Case::whole(name, recording);
            let loaded = load_case(database, &case, &reads).await;
            loaded.unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let mut found: BTreeMap<(String, String), Vec<Row>> = BTreeMap::new();
        for (id, sql) in &self.0 {
            for (connection, row) in
                rows(database, sql).unwrap_or_else(|error| panic!("{id}: {error}"))
            {
                found.entry((connection, id.clone())).or_default().push(row);
            }
        }
        found
    }
}

/// The sample with its replies to some paths changed.
fn changed(change: impl Fn(&str, &mut Value)) -> String {
    let line = |text: &str| {
        let mut line: Value = serde_json::from_str(text).expect("a line of JSON");
        if let Some(path) = line["get"].as_str().map(str::to_owned) {
            change(&path, &mut line["body"]);
        }
        format!("{line}\n")
    };
    SAMPLE.lines().map(line).collect()
}

fn is_inspect(path: &str) -> bool {
    path.starts_with("/containers/") && path.ends_with("/json") && path.matches('/').count() == 3
}

/// IDs of the containers of the sample.
fn ids() -> Vec<String> {
    let paths = SAMPLE.lines().filter_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        let path = line["get"].as_str()?.to_owned();
        is_inspect(&path).then(|| path.split('/').nth(2).unwrap_or_default().to_owned())
    });
    paths.collect()
}

fn in_another_order() -> String {
    changed(|path, body| {
        if path.starts_with("/containers/json") || path == "/images/json" || path == "/networks" {
            body.as_array_mut().expect("a list").reverse();
        }
    })
}

fn with_other_names() -> String {
    changed(|path, body| {
        if path.starts_with("/containers/json") {
            for item in body.as_array_mut().expect("a list") {
                for name in item["Names"].as_array_mut().expect("names") {
                    *name =
                        name.as_str().unwrap_or_default().replace("/lab-", "/other \"'\\ ").into();
                }
            }
        } else if is_inspect(path) {
            body["Name"] =
                body["Name"].as_str().unwrap_or_default().replace("/lab-", "/other \"'\\ ").into();
        }
    })
}

fn with_upper_case_ids() -> String {
    let mut text = SAMPLE.to_owned();
    for id in ids() {
        text = text.replace(&id, &id.to_uppercase());
    }
    text
}

fn with_more_containers() -> String {
    let more = case::read("whole/worst.yaml");
    let lines = more[0].recording.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    let lines: Vec<Value> = lines.collect();
    let items = lines.iter().find(|line| line["get"] == "/containers/json?all=true");
    let items = items.expect("a list of containers")["body"].clone();
    let own = lines.iter().filter(|line| {
        let path = line["get"].as_str().unwrap_or_default();
        path.starts_with("/exec/")
            || (path.starts_with("/containers/") && path != "/containers/json?all=true")
    });
    let own: Vec<String> = own.map(Value::to_string).collect();
    let with_items = changed(|path, body| {
        if path.starts_with("/containers/json") {
            let list = body.as_array_mut().expect("a list");
            list.splice(0..0, items.as_array().expect("a list").iter().cloned());
        }
    });
    with_items + &own.join("\n")
}

/// Status of each row, by what it is about.
fn statuses(rows: &[Row]) -> BTreeMap<String, BTreeSet<&str>> {
    let mut found: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for row in rows {
        found.entry(row.resource.to_lowercase()).or_default().insert(&row.status);
    }
    found
}

#[tokio::test(flavor = "current_thread")]
async fn order_names_ids_and_neighbours_do_not_matter() {
    let mut database = open(None);
    let controls = Controls::find();
    let recordings = [
        ("plain", SAMPLE.to_owned()),
        ("reordered", in_another_order()),
        ("renamed", with_other_names()),
        ("upper", with_upper_case_ids()),
        ("more", with_more_containers()),
    ];
    let found = controls.judge(database.as_mut(), &recordings).await;
    let containers: BTreeSet<String> = ids().into_iter().collect();
    let mut wrong = Vec::new();
    for id in controls.0.keys() {
        let plain = statuses(&found[&("plain".to_owned(), id.clone())]);
        for (other, _) in &recordings[1..] {
            let statuses = statuses(&found[&((*other).to_owned(), id.clone())]);
            for (resource, status) in
                plain.iter().filter(|(resource, _)| containers.contains(*resource))
            {
                if statuses.get(resource) != Some(status) {
                    wrong.push(format!(
                        "{id} {other} {resource}: {status:?}, then {:?}",
                        statuses.get(resource)
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "current_thread")]
async fn nothing_alarms_on_the_hardened_container_and_everything_on_the_worst() {
    let mut database = open(None);
    let controls = Controls::find();
    let recordings = ["hardened", "worst"].map(|name| {
        let mut cases = case::read(&format!("whole/{name}.yaml"));
        (name, cases.remove(0).recording)
    });
    let found = controls.judge(database.as_mut(), &recordings).await;
    let can_alarm: BTreeSet<String> = super::sections()
        .into_values()
        .flatten()
        .filter(|case| case.expect.iter().any(|status| status == "alarm"))
        .map(|case| case.control)
        .collect();
    let mut wrong = Vec::new();
    for id in controls.0.keys() {
        let rows =
            |name: &str| found.get(&(name.to_owned(), id.clone())).cloned().unwrap_or_default();
        let alarms = |rows: &[Row]| rows.iter().any(|row| row.status == "alarm");
        let (hardened, worst) = (rows("hardened"), rows("worst"));
        if hardened.is_empty()
            || alarms(&hardened)
            || hardened.iter().any(|row| row.status == "error")
        {
            wrong.push(format!("{id} on the hardened one: {hardened:?}"));
        }
        if can_alarm.contains(id) && !alarms(&worst) {
            wrong.push(format!("{id} on the worst: {worst:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

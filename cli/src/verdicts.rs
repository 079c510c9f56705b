//! The verdicts of the mod: each case is the recording of a set-up with the statuses that are right for it.
//! In one process and one database, in which each case is a connection of its own: so a query that mixes connections
//! up is found, too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::{env, fs};

use serde_json::Value;
use steampipe_plugin_docker::docker::{Config, Docker, Environment, Recording};

use self::case::Case;
use crate::collect;
use crate::database::Database;
use crate::mods::Mod;
use crate::reads::Reads;
use crate::testing::{compare, load, open, read, root};

mod case;
mod relations;

/// Controls that never pass: only a person can judge what they show.
const FOR_PEOPLE: [&str; 15] = [
    "1.2.1", "2.10", "4.3", "4.4", "4.8", "4.10", "4.11", "4.12", "5.19", "5.28", "5.9", "6.1",
    "7.4", "7.6", "7.8",
];

/// A row of a control.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    resource: String,
    status: String,
    reason: String,
}

/// The files of cases, each with its cases.
#[expect(clippy::disallowed_methods, reason = "a test may block its own thread")]
fn sections() -> BTreeMap<String, Vec<Case>> {
    let folder = root().join("tests/verdicts");
    let names = fs::read_dir(&folder).expect("the cases are there").map(|entry| {
        entry.expect("the folder can be read").file_name().to_string_lossy().into_owned()
    });
    let only = env::var("SECTION").ok();
    names
        .filter_map(|name| Some(name.strip_suffix(".yaml")?.to_owned()))
        .filter(|name| only.as_ref().is_none_or(|only| only == name))
        .map(|name| (name.clone(), case::read(&format!("{name}.yaml"))))
        .collect()
}

/// Values of the mod's variables, by name.
type Variables<'a> = &'a [(String, String)];

/// The rows that each case gets, by its name.
async fn judge(database: &mut dyn Database, cases: &[&Case]) -> BTreeMap<String, Vec<Row>> {
    let mut groups: BTreeMap<(&str, Variables<'_>), Vec<&Case>> = BTreeMap::new();
    for case in cases {
        groups.entry((&case.control, &case.variables)).or_default().push(case);
    }
    let mut mods: BTreeMap<Variables<'_>, Mod> = BTreeMap::new();
    let plain = mods.entry(&[]).or_insert_with(|| load(Vec::new()));
    let queries: Vec<&str> = plain.queries.iter().map(|query| query.sql.as_str()).collect();
    collect::create_tables(database, &queries).expect("the tables can be created");
    let mut outcomes = BTreeMap::new();
    for ((control, variables), cases) in groups {
        let loaded = mods.entry(variables).or_insert_with(|| load(variables.to_vec()));
        let name = match control.strip_prefix("cis_") {
            Some(_) => control.to_owned(),
            None => format!("cis_v160_{}", control.replace('.', "_")),
        };
        let found = loaded.control(&name).unwrap_or_else(|error| panic!("{error}"));
        let statement = loaded.control_statement(found, &[]).expect("the control has a query");
        let mut reads = Reads::default();
        reads.add_queries(database, &[&statement.sql]).expect("PostgreSQL can tell");
        for case in &cases {
            let rows = load_case(database, case, &reads).await;
            outcomes.insert(case.id.clone(), rows);
        }
        let rows = rows(database, &statement.sql).unwrap_or_else(|error| panic!("{name}: {error}"));
        for (connection, row) in rows {
            let case = cases.iter().find(|case| case.id == connection);
            if let Some(Ok(rows)) = case.and_then(|case| outcomes.get_mut(&case.id)) {
                rows.push(row);
            }
        }
    }
    let with_errors = outcomes.into_iter().map(|(case, rows)| {
        let mut rows = rows.unwrap_or_else(|reason| {
            vec![Row { resource: String::new(), status: "error".to_owned(), reason }]
        });
        rows.sort();
        (case, rows)
    });
    with_errors.collect()
}

/// Loads what the case's engine says: no rows yet, or the error that stands for them.
async fn load_case(
    database: &mut dyn Database,
    case: &Case,
    reads: &Reads,
) -> Result<Vec<Row>, String> {
    let recording = Recording::read(case.recording.as_bytes(), &case.id)
        .unwrap_or_else(|error| panic!("case {}: {error}", case.id));
    let docker = Docker::from_recording(recording, Config::default(), Environment::of_process());
    for (table, scanned) in collect::scan_all(&docker, &case.id, reads).await {
        let data = scanned?;
        let name = data.name.clone();
        database.load(data).unwrap_or_else(|error| panic!("case {}: {name}: {error}", case.id));
        assert_eq!(name, table);
    }
    Ok(Vec::new())
}

/// The rows of a control, each with its connection.
fn rows(database: &mut dyn Database, sql: &str) -> Result<Vec<(String, Row)>, String> {
    let result = database.query(sql, &[]).map_err(|error| format!("{error}\n{sql}"))?;
    let column = |name: &str| {
        result.columns.iter().position(|column| column.name == name).ok_or(format!("no {name}"))
    };
    let (resource, status) = (column("resource")?, column("status")?);
    let (reason, connection) = (column("reason")?, column("connection_name")?);
    let rows = result.rows.into_iter().map(|row| {
        let text = |at: usize| row[at].clone().unwrap_or_else(|| "NULL".to_owned());
        let (resource, status, reason) = (text(resource), text(status), text(reason));
        (text(connection), Row { resource, status, reason })
    });
    Ok(rows.collect())
}

/// What is wrong with the rows of a case; nothing if they are right.
fn complaint(case: &Case, rows: &[Row]) -> Option<String> {
    let mut expected = case.expect.clone();
    expected.sort();
    let mut statuses: Vec<&str> = rows.iter().map(|row| row.status.as_str()).collect();
    statuses.sort_unstable();
    let told = rows.is_empty() || rows.iter().any(|row| row.reason.contains(&case.reason));
    let whole = rows.iter().all(|row| row.resource != "NULL" && row.reason != "NULL");
    (statuses != expected || !told || !whole)
        .then(|| format!("{}: {expected:?} {:?}, not {rows:#?}", case.id, case.reason))
}

async fn verdicts(mut database: Box<dyn Database>) {
    let sections = sections();
    let cases: Vec<&Case> = sections.values().flatten().collect();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(names.len(), cases.len(), "each case has a name of its own");
    let outcomes = judge(database.as_mut(), &cases).await;
    let mut wrong = Vec::new();
    for (section, cases) in &sections {
        let mut snapshot = String::new();
        for case in cases {
            let rows = &outcomes[&case.id];
            wrong.extend(complaint(case, rows));
            for row in rows {
                let reason = row.reason.replace('\n', " ");
                let _ = writeln!(snapshot, "{:12} {:5} {reason}", case.id, row.status);
            }
        }
        wrong.extend(compare(format!("tests/verdicts/{section}.txt"), &snapshot).err());
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "current_thread")]
async fn every_case_has_the_verdict_that_is_right() {
    verdicts(open(None)).await;
}

#[tokio::test(flavor = "current_thread")]
#[ignore = "needs PostgreSQL in TEST_DATABASE_URL"]
async fn every_verdict_is_the_same_on_a_server() {
    verdicts(open(Some(&env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL")))).await;
}

/// The published table: what each set-up's verdict is, and what the mod before ours said.
fn table() -> Vec<Value> {
    serde_json::from_str(&read("tests/verdicts/table.json")).expect("the table is JSON")
}

#[test]
fn no_case_of_the_table_is_missing() {
    let sections = sections();
    let cases: BTreeMap<&str, &Case> =
        sections.values().flatten().map(|case| (case.id.as_str(), case)).collect();
    let worst = |case: &Case| {
        ["error", "alarm", "info", "skip", "ok"]
            .into_iter()
            .find(|status| case.expect.iter().any(|row| row == status))
            .unwrap_or_else(|| panic!("case {} expects nothing", case.id))
    };
    let wrong: Vec<String> = table()
        .iter()
        .filter_map(|row| {
            let (id, expected) = (row["case"].as_str()?, row["expected"].as_str()?);
            match cases.get(id) {
                None => Some(format!("{id} is missing")),
                Some(case) if worst(case) != expected => {
                    Some(format!("{id}: {}, not {expected}", worst(case)))
                }
                Some(_) => None,
            }
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_control_has_a_passing_a_failing_and_an_unknown_case() {
    let sections = sections();
    let mut statuses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for case in sections.values().flatten() {
        let found = statuses.entry(&case.control).or_default();
        found.extend(case.expect.iter().map(String::as_str));
    }
    let loaded = load(Vec::new());
    let wrong: Vec<String> = loaded
        .controls
        .iter()
        .filter(|control| control.resource.name.starts_with("cis_v160_"))
        .filter_map(|control| {
            let id = control.resource.tags.get("cis_item_id")?;
            let known = statuses.get(id.as_str()).cloned().unwrap_or_default();
            let unknown = ["error", "skip", "info"].iter().any(|status| known.contains(status));
            let judged = known.contains("ok") && known.contains("alarm");
            let for_people = FOR_PEOPLE.contains(&id.as_str()) && known.contains("info");
            (!unknown || !(judged || for_people)).then(|| format!("{id}: {known:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Cases on which the mod before ours says something else, each in the line of its control.
#[test]
fn every_difference_of_the_table_is_explained() {
    let page = read("docs/differences.md");
    let (_, controls) = page.split_once("\n## Controls\n").expect("the page has a section");
    let explained: BTreeSet<&str> = controls
        .lines()
        .filter_map(|line| line.strip_suffix(" |")?.rsplit(" | ").next())
        .flat_map(|cases| cases.split([',', ';']).map(str::trim))
        .collect();
    let table = table();
    let differ = table.iter().filter_map(|row| {
        let (case, upstream) = (row["case"].as_str()?, row["upstream"].as_str()?);
        (!["-", "n/a"].contains(&upstream) && row["expected"] != upstream).then_some(case)
    });
    let missing: Vec<&str> = differ.filter(|case| !explained.contains(case)).collect();
    assert!(missing.is_empty(), "not in docs/differences.md: {missing:?}");
}

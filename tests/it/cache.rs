//! The query cache as a host meets it, and what the tables must declare for it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;
use steampipe_plugin_docker::PLUGIN;
use steampipe_plugin_docker::docker::Docker;
use steampipe_plugin_docker::sdk::{Cell, Key, Operator, Table, Value};
use steampipe_plugin_docker::tables::ALL;

use crate::columns::{playback, recordings};
use crate::fake::Fake;
use crate::protocol::proto::{
    ConnectionConfig, ExecuteRequest, SetCacheOptionsRequest, UpdateConnectionConfigsRequest,
    column,
};
use crate::protocol::{Plugin, filtered, select, text, value};
use crate::rows::{qual, request, scanned};
use crate::scan::id;

/// The rows of a table under a condition, each as one text, sorted.
async fn rows(
    docker: &Docker,
    table: &'static Table<Docker>,
    key: Option<(&str, &Value)>,
) -> Result<Vec<Vec<Cell>>, String> {
    let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    let quals = key.map(|(column, value)| qual(column, Operator::Equal, value.clone()));
    scanned(docker, table, request(&names, quals.into_iter().collect())).await
}

/// What the values of a column are: the `id` of a container is the `container_id` of other tables.
fn meaning(table: &Table<Docker>, column: &str) -> String {
    match column {
        "id" => format!("{}_id", table.name.trim_start_matches("docker_")),
        name => name.to_owned(),
    }
}

/// Cached rows of a query without a condition answer one with a condition, unless the column says `exact`. So a
/// condition must only ever rule rows out.
#[tokio::test]
async fn conditions_rule_rows_out_and_add_none_unless_they_say_so() {
    let mut wrong = BTreeMap::new();
    let mut exact_needed = BTreeSet::new();
    for path in recordings() {
        let docker = playback(&path);
        let mut all = Vec::new();
        let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for &table in ALL {
            // a recording may lack what a table reads, and some conditions are required
            let Ok(rows) = rows(&docker, table, None).await else { continue };
            for (place, column) in table.columns.iter().enumerate() {
                let texts = rows.iter().filter_map(|row| match &row[place] {
                    Cell::Text(text) => Some(text.clone()),
                    _ => None,
                });
                values.entry(meaning(table, column.name)).or_default().extend(texts);
            }
            all.push((table, rows));
        }
        for (table, all) in all {
            for (place, column) in table.columns.iter().enumerate() {
                if column.key != Key::Exact || !PLUGIN.caches(table) {
                    continue;
                }
                for value in values.get(&meaning(table, column.name)).into_iter().flatten() {
                    let key = Value::Text(value.clone());
                    let Ok(some) = rows(&docker, table, Some((column.name, &key))).await else {
                        continue;
                    };
                    let kept = all.iter().filter(|row| row[place] == Cell::Text(value.clone()));
                    if kept.count() != some.len() {
                        let name = format!("{}.{}", table.name, column.name);
                        if column.exact {
                            exact_needed.insert(name);
                        } else {
                            wrong.insert(name, value.clone());
                        }
                    }
                }
            }
        }
    }
    assert_eq!(wrong, BTreeMap::new(), "cached rows would lack some: add `.exact()`");
    assert!(
        exact_needed.len() > 1,
        "the recordings have no container that shows it: {exact_needed:?}"
    );
}

/// A plugin with its cache on, an engine of three networks, and one that is none.
async fn plugin(engine: &Fake) -> Plugin {
    let mut plugin = Plugin::start(&[("docker", &engine.config())]).await;
    let options = SetCacheOptionsRequest { enabled: true, ttl: 300, max_size_mb: 10 };
    plugin.client.set_cache_options(options).await.unwrap();
    plugin
}

fn networks() -> Fake {
    let (a, b) = (id("a"), id("b"));
    let network = |id: &str, name: &str| json!({"Id": id, "Name": name, "Driver": "bridge"});
    let list = json!([network(&a, "one"), network(&b, "two")]).to_string();
    Fake::start(&[
        ("/networks", 200, &list),
        (&format!("/networks/{a}"), 200, &network(&a, "one").to_string()),
    ])
}

/// The query with the cache wanted, for rows no older than some seconds.
fn cached(mut request: ExecuteRequest, seconds: i64) -> ExecuteRequest {
    for data in request.execute_connection_data.values_mut() {
        (data.cache_enabled, data.cache_ttl) = (true, seconds);
    }
    request
}

/// Names, and whether they came from the cache.
async fn names(plugin: &mut Plugin, request: ExecuteRequest) -> (Vec<String>, bool) {
    let rows = plugin.query(request).await.unwrap();
    let hit = rows.last().is_some_and(|row| row.metadata.unwrap().cache_hit);
    let name = |row| match value(row, "name") {
        column::Value::StringValue(name) => name,
        other => panic!("{other:?}"),
    };
    (rows.iter().map(name).collect(), hit)
}

#[tokio::test]
async fn a_query_that_asks_for_no_more_makes_no_call() {
    let engine = networks();
    let mut plugin = plugin(&engine).await;
    let all = |columns: &[&str], limit| select("docker_network", columns, &[("docker", limit)]);
    let both = || vec!["one".to_owned(), "two".to_owned()];
    for (request, expected, hit) in [
        (cached(all(&["name", "id"], None), 300), both(), false),
        (cached(all(&["name", "id"], None), 300), both(), true),
        (cached(all(&["name"], None), 300), both(), true),
        (cached(all(&["name"], Some(1)), 300), vec!["one".to_owned()], true),
        (
            cached(filtered(all(&["name"], None), "name", "=", text("two")), 300),
            vec!["two".to_owned()],
            true,
        ),
        (
            cached(filtered(all(&["name", "id"], None), "id", "=", text(&id("a"))), 300),
            vec!["one".to_owned()],
            true,
        ),
        (cached(all(&["name", "driver"], None), 300), both(), false),
        (cached(all(&["name"], None), 0), both(), false),
        (all(&["name"], None), both(), false),
    ] {
        let before = engine.requests().len();
        assert_eq!(names(&mut plugin, request.clone()).await, (expected, hit), "{request:?}");
        assert_eq!(engine.requests().len() - before, usize::from(!hit), "{request:?}");
    }
    let config = ConnectionConfig {
        connection: "docker".to_owned(),
        config: format!("{}\ntimeout = 5", engine.config()),
        ..ConnectionConfig::default()
    };
    let change = UpdateConnectionConfigsRequest { changed: vec![config], ..Default::default() };
    plugin.client.update_connection_configs(change).await.unwrap();
    assert_eq!(names(&mut plugin, cached(all(&["name"], None), 300)).await, (both(), false));
    assert_eq!(names(&mut plugin, cached(all(&["name"], None), 300)).await, (both(), true));
    let off = SetCacheOptionsRequest::default();
    plugin.client.set_cache_options(off).await.unwrap();
    for _ in 0..2 {
        assert_eq!(names(&mut plugin, cached(all(&["name"], None), 300)).await, (both(), false));
    }
}

#[tokio::test]
async fn what_failed_is_asked_again() {
    let broken = id("c");
    let inspect = format!("/networks/{broken}");
    let replies = [(inspect.as_str(), 500, r#"{"message":"boom"}"#), ("/networks", 500, "{}")];
    let engine = Fake::start(&replies);
    let mut plugin = plugin(&engine).await;
    let all = || cached(select("docker_network", &["name"], &[("docker", None)]), 300);
    let get = || filtered(all(), "id", "=", text(&broken));
    for request in [all(), all(), get(), get()] {
        let before = engine.requests().len();
        let answer = tokio::time::timeout(Duration::from_secs(30), plugin.query(request)).await;
        let error = answer.expect("the query hangs").unwrap_err();
        assert!(error.message().contains("(500)"), "{error}");
        assert!(engine.requests().len() > before, "the engine is asked again");
    }
}

#[tokio::test]
async fn queries_at_the_same_time_share_one_scan() {
    let network = json!([{"Id": id("a"), "Name": "one", "Driver": "bridge"}]).to_string();
    let engine = Fake::slow(&[("/networks", 200, &network)], Duration::from_millis(300));
    let plugin = plugin(&engine).await;
    let ask = || {
        let mut client = plugin.client.clone();
        let request = cached(select("docker_network", &["name"], &[("docker", None)]), 300);
        tokio::spawn(async move {
            let mut stream = client.execute(request).await.unwrap().into_inner();
            let row = stream.message().await.unwrap().unwrap();
            (value(&row, "name"), row.metadata.unwrap())
        })
    };
    let first = ask();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let (second, third) = (ask(), ask());
    tokio::time::sleep(Duration::from_millis(50)).await;
    first.abort(); // the others still want the rows
    for other in [second, third] {
        let (name, metadata) = other.await.unwrap();
        assert_eq!(name, column::Value::StringValue("one".to_owned()));
        assert_eq!((metadata.cache_hit, metadata.hydrate_calls), (true, 0));
    }
    assert_eq!(engine.requests(), ["/networks"]);
}

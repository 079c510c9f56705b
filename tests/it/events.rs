//! `docker_event`: what is asked of the engine for a range of time, and what its stream of objects becomes.

use serde_json::json;
use steampipe_plugin_docker::docker::{Config, Docker, Environment, Recording};
use steampipe_plugin_docker::sdk::{Cell, Operator, Qual, Timestamp, Value};

use crate::fake::Fake;
use crate::rows::{one_of, qual, rows};

/// A container that started and a network it joined, as engines send them: one object after the other.
fn stream() -> String {
    let start = json!({
        "Type": "container", "Action": "start", "scope": "local", "time": 5, "timeNano": 5_000_000_007_i64,
        "Actor": {"ID": "a1", "Attributes": {"name": "web", "image": "nginx", "k": "v"}},
    });
    let connect = json!({
        "Type": "network", "Action": "connect", "scope": "local", "time": 6, "timeNano": 6_000_000_000_i64,
        "Actor": {"ID": "n1", "Attributes": {"name": "bridge", "container": "a1"}},
    });
    format!("{start}\n{connect}\n")
}

fn at(operator: Operator, seconds: i64) -> Qual {
    qual("time", operator, Value::Timestamp(Timestamp { seconds, nanos: 0 }))
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

#[tokio::test]
async fn a_range_is_one_call_that_ends() {
    let engine = Fake::start(&[("/events", 200, &stream())]);
    let quals = vec![at(Operator::Greater, 5), at(Operator::LessOrEqual, 7)];
    let columns = ["time", "type", "action", "name", "image", "container"];
    let found = rows(&engine.docker(), "docker_event", &columns, quals).await.unwrap();
    let time = |seconds, nanos| Cell::Timestamp(Timestamp { seconds, nanos });
    let first =
        [time(5, 7), text("container"), text("start"), text("web"), text("nginx"), Cell::Null];
    let second =
        [time(6, 0), text("network"), text("connect"), text("bridge"), Cell::Null, text("a1")];
    assert_eq!(found, [first, second]);
    assert_eq!(engine.requests(), ["/events?since=5&until=7"]);
}

#[tokio::test]
async fn conditions_go_to_the_engine_and_are_compared_again() {
    let engine = Fake::start(&[("/events", 200, &stream())]);
    let quals = vec![
        at(Operator::GreaterOrEqual, 5),
        at(Operator::Less, 7),
        one_of("type", &["container"]),
        one_of("action", &["start", "die"]),
        one_of("actor_id", &["a1"]),
    ];
    let found = rows(&engine.docker(), "docker_event", &["name"], quals).await.unwrap();
    assert_eq!(found, [[text("web")]]);
    let filters = r#"{"event":["die","start"],"type":["container"]}"#;
    let requests = engine.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    let alternatives = filters.replace(r#"["die","start"]"#, r#"["start","die"]"#);
    assert!(
        [filters, &alternatives]
            .iter()
            .any(|filters| { *request == format!("/events?filters={filters}&since=5&until=7") }),
        "{request}"
    );
}

#[tokio::test]
async fn a_range_without_end_ends_now_and_one_in_the_future_asks_nothing() {
    let engine = Fake::start(&[("/events", 200, "")]);
    let now = jiff::Timestamp::now().as_second();
    for quals in [
        vec![at(Operator::Greater, now - 60)],
        vec![at(Operator::Greater, now - 60), at(Operator::Less, now + 3600)],
    ] {
        let found = rows(&engine.docker(), "docker_event", &["type"], quals).await.unwrap();
        assert!(found.is_empty());
    }
    let future = vec![at(Operator::Greater, now + 3600)];
    assert!(rows(&engine.docker(), "docker_event", &["type"], future).await.unwrap().is_empty());
    let requests = engine.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        let start = format!("/events?since={}&until=", now - 60);
        let until: f64 = request.strip_prefix(&start).unwrap().parse().unwrap();
        let until = until.round();
        assert!(
            (0.0..=60.0).contains(&(until - f64::from(i32::try_from(now).unwrap()))),
            "{request}"
        );
    }
}

#[tokio::test]
async fn without_a_range_the_query_is_refused() {
    let engine = Fake::start(&[("/events", 200, &stream())]);
    let quals = vec![one_of("type", &["container"])];
    let error = rows(&engine.docker(), "docker_event", &["type"], quals).await.unwrap_err();
    assert!(error.contains("missing 1 required qual"), "{error}");
    assert_eq!(engine.requests(), [""; 0]);
}

#[tokio::test]
async fn a_reply_that_is_cut_off_is_an_error() {
    let engine = Fake::start(&[("/events", 200, &stream()[..300])]);
    let quals = vec![at(Operator::Greater, 5), at(Operator::Less, 7)];
    let error = rows(&engine.docker(), "docker_event", &["type"], quals).await.unwrap_err();
    assert!(error.starts_with("docker_event: "), "{error}");
}

#[tokio::test]
async fn a_recording_holds_them_as_a_list_or_as_they_came() {
    let list = stream().trim().replace('\n', ",");
    let as_text = json!(stream());
    for (target, body) in [
        ("/events?since=0&until=1795473255.5", format!("[{list}]")),
        ("/events", as_text.to_string()),
    ] {
        let file = format!(
            "{}\n{}\n{{\"get\":\"{target}\",\"body\":{body}}}\n",
            r#"{"recording":1,"name":"e"}"#,
            r#"{"get":"/_ping","headers":{"Api-Version":"1.41"},"body":"OK"}"#
        );
        let recording = Recording::read(file.as_bytes(), "e.jsonl").unwrap();
        let docker =
            Docker::from_recording(recording, Config::default(), Environment::from_pairs(&[]));
        let found = rows(&docker, "docker_event", &["type"], vec![at(Operator::Greater, 1)]).await;
        assert_eq!(found.unwrap().len(), 2, "{target}");
    }
}

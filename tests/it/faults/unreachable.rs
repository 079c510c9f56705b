//! The option `ignore_unreachable`: what it turns into no rows, and what stays an error.

use std::sync::Arc;
use std::time::Duration;

use steampipe_plugin_docker::docker::Docker;
use steampipe_plugin_docker::sdk::{Cell, Connection as _, Request};
use steampipe_plugin_docker::tables::ALL;

use super::cases::{self, Query, no_fault, reply, sound};
use super::engine::{Engine, Step, send};
use super::{client, in_own_time};
use crate::rows::{sent, table};

/// What a scan sent, how it ended, and what it ignored.
struct Ended {
    rows: Vec<Vec<Cell>>,
    result: Result<(), String>,
    ignored: Option<String>,
}

async fn ended(docker: &Docker, name: &str, request: Request) -> Ended {
    let (rows, result) = sent(docker, table(name), request).await;
    match result {
        // as a query does
        Err(error) if docker.ignores(&error) => {
            Ended { rows, result: Ok(()), ignored: Some(error.to_string()) }
        }
        result => Ended { rows, result: result.map_err(|error| error.to_string()), ignored: None },
    }
}

#[test]
fn what_cannot_be_reached_has_no_rows_if_the_connection_says_so() {
    in_own_time(|| async {
        let silent = Engine::start(Arc::new(|_, _| vec![Step::Hang]));
        for engine in [Engine::absent(), Engine::dead(), silent] {
            let strict = ended(&client(&engine, false), "docker_info", Query::Info.request()).await;
            let error = strict.result.unwrap_err();
            assert_eq!(strict.ignored, None);
            let lenient = ended(&client(&engine, true), "docker_info", Query::Info.request()).await;
            assert_eq!((lenient.result, lenient.rows.len()), (Ok(()), 0));
            assert_eq!(lenient.ignored, Some(error), "the log says what is ignored");
        }
    });
}

#[test]
fn no_table_fails_over_what_is_ignored() {
    in_own_time(|| async {
        let docker = client(&Engine::dead(), true);
        let mut ignored = 0;
        let asks =
            |name: &str| !name.starts_with("docker_compose_") && name != "dockerfile_instruction";
        for table in ALL.iter().filter(|table| asks(table.name)) {
            let columns = table.columns.iter().map(|column| column.name.to_owned()).collect();
            let request =
                Request { columns, whole: true, max_concurrency: 8, ..Request::default() };
            let ended = ended(&docker, table.name, request).await;
            assert_eq!(ended.result, Ok(()), "{}", table.name);
            assert!(ended.ignored.is_none() || ended.rows.is_empty(), "{}", table.name);
            ignored += usize::from(ended.ignored.is_some());
        }
        assert!(ignored > 30, "only {ignored} tables asked the engine");
    });
}

#[test]
fn what_refuses_or_answers_oddly_is_an_error_all_the_same() {
    in_own_time(|| async {
        let always = |steps: Vec<Step>| Engine::start(Arc::new(move |_, _| steps.clone()));
        for engine in [
            Engine::rude(),
            always(vec![send(reply(403, "", "Forbidden"))]),
            always(vec![send(reply(502, "", "<html>"))]),
            always(vec![send("%%%\r\n\r\n")]),
            always(vec![send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nO"), Step::Hang]),
        ] {
            let ended = ended(&client(&engine, true), "docker_info", Query::Info.request()).await;
            assert!(ended.result.is_err() && ended.ignored.is_none(), "{:?}", engine.requests());
        }
    });
}

#[test]
fn an_engine_that_was_reached_and_keeps_silent_later_is_an_error() {
    in_own_time(|| async {
        let engine = Engine::start(Arc::new(|target, _| match target {
            "/_ping" => vec![send(reply(200, "", "OK"))],
            _ => vec![Step::Hang],
        }));
        let ended = ended(&client(&engine, true), "docker_info", Query::Info.request()).await;
        assert!(ended.result.unwrap_err().contains("no reply within 60 s"));
    });
}

/// An engine that ends for good when this container is inspected.
fn dies_at(number: usize) -> Engine {
    let target = format!("/containers/{}/json", cases::id(number));
    Engine::start(Arc::new(move |asked, _| {
        if asked == target {
            // the others have had time
            return vec![Step::Wait(Duration::from_secs(1)), Step::Die];
        }
        vec![send(reply(200, "", sound(asked)))]
    }))
}

#[test]
fn a_part_is_never_taken_for_the_whole() {
    in_own_time(|| async {
        // rows keep their order: the first is out when the engine ends at the second
        let name = Query::Inspect.table();
        let part = ended(&client(&dies_at(2), true), name, Query::Inspect.request()).await;
        assert_eq!(part.rows.len(), 1);
        assert!(part.result.unwrap_err().contains("no engine is running"));
        assert_eq!(part.ignored, None);

        let none = ended(&client(&dies_at(1), true), name, Query::Inspect.request()).await;
        assert_eq!((none.rows.len(), none.result), (0, Ok(())));
        assert!(none.ignored.unwrap().contains("no engine is running"));
    });
}

#[test]
fn an_engine_that_is_there_is_not_ignored() {
    in_own_time(|| async {
        let engine = Engine::start(no_fault());
        let ended = ended(&client(&engine, true), "docker_info", Query::Info.request()).await;
        assert_eq!((ended.rows.len(), ended.result, ended.ignored), (1, Ok(()), None));
    });
}

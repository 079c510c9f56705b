use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::*;
use crate::docker::ReplyLimits;
use crate::docker::live::Live;
use crate::docker::testing::{Answer, Engine as Fake, Folder, Seen, ping, reply, reply_text};
use crate::sdk;

/// Long enough for any test that is not about time.
const LONG: Duration = Duration::from_secs(20);

fn config(host: &str, timeout: Duration) -> Config {
    Config { host: Some(host.to_owned()), timeout, ..Config::default() }
}

fn docker(fake: &Fake, timeout: Duration) -> Docker {
    Docker::new(config(&fake.host(), timeout), Environment::from_pairs(&[]))
}

/// An engine of version 1.41 that gives the same answer to everything.
fn answering(status: u16, body: &'static str) -> Fake {
    Fake::start(move |path| if path == "/_ping" { ping("1.41") } else { reply(status, "", body) })
}

async fn error_of(answer: impl Fn() -> Answer + Send + Sync + 'static, timeout: Duration) -> Error {
    let fake = Fake::start(move |path| if path == "/_ping" { ping("1.41") } else { answer() });
    docker(&fake, timeout)
        .get(&["containers", "a", "json"], &[])
        .await
        .expect_err("the engine misbehaves")
}

#[tokio::test]
async fn calls_share_one_ping_and_one_connection() {
    let fake = answering(200, "{}");
    let docker = docker(&fake, LONG);
    assert_eq!(fake.seen.connections(), 0, "nothing happens before the first call");
    for _ in 0..3 {
        assert_eq!(docker.get(&["containers", "json"], &[("all", "true")]).await.unwrap(), "{}");
    }
    let list = "/v1.41/containers/json?all=true";
    assert_eq!(fake.seen.requests(), ["/_ping", list, list, list]);
    assert_eq!(fake.seen.connections(), 1);
}

#[tokio::test]
async fn one_picture_asks_nothing_twice() {
    let fake = Fake::start(|path| match path {
        "/_ping" => ping("1.41"),
        _ => reply(200, "", "[]"),
    });
    let config = Config { ask_once: true, ..config(&fake.host(), LONG) };
    let docker = Docker::new(config, Environment::from_pairs(&[]));
    let (one, two) = tokio::join!(docker.get(&["images"], &[]), docker.get(&["images"], &[]));
    assert_eq!((one.unwrap(), two.unwrap()), ("[]".into(), "[]".into()));
    docker.get(&["images"], &[]).await.unwrap();
    docker.get(&["networks"], &[]).await.unwrap();
    assert_eq!(fake.seen.requests(), ["/_ping", "/v1.41/images", "/v1.41/networks"]);
}

#[tokio::test]
async fn the_engine_tells_what_it_is() {
    let fake = Fake::start(|_| {
        reply(200, "Api-Version: 1.41\r\nLibpod-API-Version: 5.2.0\r\nOSType: linux\r\n", "OK")
    });
    let docker = docker(&fake, LONG);
    let engine = docker.engine().await.unwrap();
    assert_eq!(
        (engine.api_version.to_string().as_str(), engine.is_podman, engine.os_type.as_str()),
        ("1.41", true, "linux")
    );
    assert_eq!(
        docker.endpoint().await.unwrap().to_string(),
        format!("{} (option host)", fake.host())
    );
    assert_eq!(docker.concurrency(), 128);
}

#[tokio::test]
async fn a_cap_is_kept_and_a_bad_one_named() {
    let fake = answering(200, "{}");
    let capped = Config { api_version: "1.40".parse().ok(), ..config(&fake.host(), LONG) };
    let environment = Environment::from_pairs(&[("DOCKER_API_VERSION", "new")]);
    Docker::new(capped, environment.clone()).get(&["info"], &[]).await.unwrap();
    assert_eq!(fake.seen.requests(), ["/_ping", "/v1.40/info"]);
    let error =
        Docker::new(config(&fake.host(), LONG), environment).get(&["info"], &[]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "environment variable DOCKER_API_VERSION: `new` is not a version such as 1.41"
    );
}

#[tokio::test]
async fn what_is_gone_is_not_found() {
    let error = error_of(|| reply(404, "", r#"{"message":"No such container: a"}"#), LONG).await;
    assert_eq!(error.status(), Some(404));
    let error = sdk::Error::from(error);
    assert!(error.is_not_found());
    let text = error.to_string();
    assert!(text.starts_with("GET /containers/a/json: the engine at unix://"), "{text}");
    assert!(text.ends_with("(option host) says: No such container: a"), "{text}");
}

#[tokio::test]
async fn a_failure_of_the_engine_is_told_in_its_words() {
    let error = error_of(|| reply(500, "", r#"{"message":"disk on fire"}"#), LONG).await;
    assert_eq!(error.status(), Some(500));
    assert!(error.to_string().ends_with("says (500): disk on fire"), "{error}");
}

#[tokio::test]
async fn a_reply_that_ends_early_is_no_reply() {
    let error = error_of(
        || Answer::Close("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":".to_owned()),
        LONG,
    )
    .await;
    assert!(matches!(error, Error::Broken { .. }), "{error}");
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n";
    let error = error_of(move || Answer::Close(chunked.to_owned()), LONG).await;
    assert!(matches!(error, Error::Broken { .. }), "{error}");
}

#[tokio::test]
async fn a_reply_without_end_is_refused() {
    let error = error_of(
        || Answer::Reply("HTTP/1.1 200 OK\r\nContent-Length: 70000000\r\n\r\n".to_owned()),
        LONG,
    )
    .await;
    assert!(error.to_string().ends_with("is larger than 64 MiB"), "{error}");
    let fake = answering(200, "[1, 2, 3]");
    let reply_limits = ReplyLimits { list: 8, object: 9 };
    let limited = Config { reply_limits, ..config(&fake.host(), LONG) };
    let docker = Docker::new(limited, Environment::from_pairs(&[]));
    assert!(docker.get(&["images", "json"], &[]).await.is_err());
    assert!(docker.get(&["images", "x", "history"], &[]).await.is_ok());

    let chunk = format!("100000\r\n{}\r\n", " ".repeat(1 << 20));
    let parts = std::iter::once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned())
        .chain(std::iter::repeat_n(chunk, 65))
        .collect::<Vec<_>>();
    let error = error_of(move || Answer::Parts(Duration::ZERO, parts.clone()), LONG).await;
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn replies_under_way_are_bounded_together() {
    let fake = Fake::start(|path| match path {
        "/_ping" => ping("1.41"),
        _ => Answer::Parts(
            Duration::from_millis(20),
            vec!["HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n[1, 2, 3,".into(), " 4]".into()],
        ),
    });
    let reply_limits = ReplyLimits { list: 20, object: 20 };
    let limited = Config { reply_limits, ..config(&fake.host(), LONG) };
    let docker = Docker::new(limited, Environment::from_pairs(&[]));
    let ask = || docker.get(&["images", "json"], &[]);
    assert!(ask().await.is_ok());
    let (first, second, third) = tokio::join!(ask(), ask(), ask());
    let failures: Vec<_> = [first, second, third].into_iter().filter_map(Result::err).collect();
    assert!(!failures.is_empty(), "36 bytes are under way");
    for error in failures {
        assert!(error.to_string().contains("together"), "{error}");
    }
    assert!(ask().await.is_ok(), "what is no longer under way is not counted");
}

#[tokio::test]
async fn what_is_not_json_is_named() {
    let error = error_of(|| reply(200, "", "<html>Welcome"), LONG).await;
    assert!(error.to_string().ends_with("is not JSON: it starts with `<html>Welcome`"), "{error}");
}

#[tokio::test]
async fn an_engine_that_keeps_silent_is_given_up() {
    let short = Duration::from_millis(50);
    let error = error_of(|| Answer::Hang, short).await;
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert!(error.hint().unwrap().contains("`timeout`"));
    let parts = || {
        Answer::Parts(
            Duration::from_millis(1),
            vec!["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".to_owned()],
        )
    };
    assert!(matches!(error_of(parts, short).await, Error::Timeout { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_slow_reply_that_goes_on_is_waited_for() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{".to_owned();
    let parts: Vec<_> =
        std::iter::once(head).chain("        }".chars().map(String::from)).collect();
    let fake = Fake::start(move |path| {
        if path == "/_ping" {
            ping("1.41")
        } else {
            Answer::Parts(Duration::from_millis(100), parts.clone())
        }
    });
    let since = tokio::time::Instant::now();
    assert_eq!(
        docker(&fake, Duration::from_millis(600)).get(&["info"], &[]).await.unwrap(),
        "{        }"
    );
    assert!(
        since.elapsed() > Duration::from_millis(900),
        "the whole reply took longer than the timeout"
    );
}

#[tokio::test]
async fn a_dropped_call_ends_its_request() {
    let fake = Fake::start(|path| if path == "/_ping" { ping("1.41") } else { Answer::Hang });
    let docker = docker(&fake, LONG);
    docker.engine().await.unwrap();
    let call = tokio::time::timeout(Duration::from_millis(50), docker.get(&["info"], &[]));
    assert!(call.await.is_err());
    wait_until(|| fake.seen.closed() == 1).await;
}

async fn wait_until(condition: impl Fn() -> bool) {
    let since = Instant::now();
    while !condition() {
        assert!(since.elapsed() < LONG, "this takes too long");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn no_more_calls_are_in_flight_than_allowed() {
    let fake = Fake::start(|path| match path {
        "/_ping" => ping("1.41"),
        _ => Answer::Late(Duration::from_millis(5), reply_text(200, "", "{}")),
    });
    let config = Config { max_concurrency: 3, ..config(&fake.host(), LONG) };
    let docker = Arc::new(Docker::new(config, Environment::from_pairs(&[])));
    let calls: Vec<_> = (0..30)
        .map(|_| {
            let docker = Arc::clone(&docker);
            tokio::spawn(async move { docker.get(&["info"], &[]).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(fake.seen.most_in_flight(), 3);
    assert_eq!(fake.seen.requests().len(), 31, "one ping, thirty calls");
}

const TOO_NEW: &str =
    r#"{"message":"client version 1.52 is too new. Maximum supported API version is 1.41"}"#;

#[tokio::test]
async fn an_engine_that_was_replaced_is_asked_for_its_version_again() {
    let pings = Mutex::new(VecDeque::from(["1.52", "1.41"]));
    let fake = Fake::start(move |path| match path {
        "/_ping" => ping(pings.lock().unwrap().pop_front().expect("two pings are enough")),
        path if path.starts_with("/v1.41/") => reply(200, "", "{}"),
        _ => reply(400, "", TOO_NEW),
    });
    let docker = docker(&fake, LONG);
    assert_eq!(docker.engine().await.unwrap().api_version.to_string(), "1.52");
    docker.get(&["info"], &[]).await.unwrap();
    assert_eq!(docker.engine().await.unwrap().api_version.to_string(), "1.41");
    assert_eq!(fake.seen.requests(), ["/_ping", "/v1.52/info", "/_ping", "/v1.41/info"]);
}

#[tokio::test]
async fn a_version_that_stays_refused_is_told_once() {
    let error = error_of(|| reply(400, "", TOO_NEW), LONG).await;
    assert!(matches!(error, Error::VersionRefused { .. }), "{error}");
    assert!(error.to_string().contains("Maximum supported API version is 1.41"), "{error}");
    assert!(error.hint().unwrap().contains("`api_version`"));
}

#[tokio::test]
async fn a_connection_that_the_engine_closed_meanwhile_is_no_failure() {
    let hang_up = Mutex::new(true);
    let fake = Fake::start(move |path| match path {
        "/_ping" => Answer::Close(reply_text(200, "Api-Version: 1.41\r\n", "OK")),
        // reads the request, and then hangs up without a word
        "/v1.41/info" if std::mem::take(&mut *hang_up.lock().unwrap()) => {
            Answer::Close(String::new())
        }
        _ => reply(200, "", "{}"),
    });
    let docker = docker(&fake, LONG);
    docker.engine().await.unwrap();
    docker.get(&["version"], &[]).await.unwrap();
    docker.get(&["info"], &[]).await.unwrap();
    assert_eq!(fake.seen.requests(), ["/_ping", "/v1.41/version", "/v1.41/info", "/v1.41/info"]);
}

#[tokio::test]
async fn a_missing_engine_is_told_and_looked_for_again() {
    let folder = Folder::new();
    let host = format!("unix://{}/docker.sock", folder.path().display());
    let docker = Docker::new(config(&host, LONG), Environment::from_pairs(&[]));
    let error = docker.get(&["info"], &[]).await.unwrap_err();
    assert!(matches!(error, Error::NotRunning { .. }), "{error}");
    assert_eq!(error.to_string(), format!("no engine is running at {host} (option host)"));
    assert!(sdk::Error::from(error).to_string().contains("No such file"));

    let fake =
        Fake::start_in(
            folder,
            |path| if path == "/_ping" { ping("1.41") } else { reply(200, "", "{}") },
        );
    docker.get(&["info"], &[]).await.unwrap();
    assert_eq!(fake.host(), host);
}

#[tokio::test]
async fn calls_that_wait_for_a_silent_engine_fail_together() {
    let fake = Fake::start(|_| Answer::Hang);
    let docker = Arc::new(docker(&fake, Duration::from_millis(200)));
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let docker = Arc::clone(&docker);
            tokio::spawn(async move { docker.get(&["info"], &[]).await })
        })
        .collect();
    for call in calls {
        assert!(matches!(call.await.unwrap(), Err(Error::Timeout { .. })));
    }
    assert_eq!(fake.seen.requests(), ["/_ping"]);
}

#[tokio::test]
async fn an_engine_behind_tcp_is_asked_by_its_name() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("tcp://{}/engines/one", listener.local_addr().unwrap());
    let seen = Arc::new(Seen::default());
    let shared = Arc::clone(&seen);
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("somebody connects");
        let answer =
            |path: &str| if path.ends_with("/_ping") { ping("1.41") } else { reply(200, "", "{}") };
        shared.serve(stream, &answer).await;
    });
    Docker::new(config(&host, LONG), Environment::from_pairs(&[]))
        .get(&["info"], &[])
        .await
        .unwrap();
    assert_eq!(seen.requests(), ["/engines/one/_ping", "/engines/one/v1.41/info"]);
}

#[tokio::test]
async fn plain_http_to_a_port_with_tls_is_told() {
    for answer in [
        "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
        "\x15\x03\x01\0\x02\x02",
    ] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = format!("tcp://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.expect("somebody connects");
            Seen::default().serve(stream, &|_: &str| Answer::Close(answer.to_owned())).await;
        });
        let error = Docker::new(config(&host, LONG), Environment::from_pairs(&[]))
            .get(&["info"], &[])
            .await
            .unwrap_err();
        assert!(matches!(error, Error::TlsExpected { .. }), "{error}");
        assert!(error.hint().unwrap().contains("tls_verify = true"));
    }
}

#[tokio::test]
async fn a_head_without_end_is_no_sign_of_tls() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("tcp://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("somebody connects");
        let head = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(1 << 20));
        Seen::default().serve(stream, &|_: &str| Answer::Close(head.clone())).await;
    });
    let error = Docker::new(config(&host, LONG), Environment::from_pairs(&[]))
        .get(&["info"], &[])
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotHttp { .. }), "{error}");
}

#[tokio::test]
async fn an_engine_behind_ssh_is_asked_through_a_child() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    // both are written before either runs: a child of the first would keep the second open for writing
    let works = folder.write(
        "works",
        "#!/bin/sh\necho \"$@\" > \"$(dirname \"$0\")/arguments\"\n\
         while read -r method path rest; do\n\
         while read -r line && [ ${#line} -gt 1 ]; do :; done\n\
         printf 'HTTP/1.1 200 OK\\r\\nApi-Version: 1.41\\r\\nContent-Length: 2\\r\\n\\r\\n{}'\n\
         done\n",
    );
    let fails =
        folder.write("fails", "#!/bin/sh\necho 'Permission denied (publickey).' >&2\nexit 255\n");
    for program in [&works, &fails] {
        std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let docker = |program: &str| {
        let live = Live::new(config("ssh://ann@build", LONG), Environment::from_pairs(&[]));
        Docker {
            source: Source::Live(Arc::new(live.with_ssh_program(program)), Arc::default()),
            config: Config::default(),
            environment: Environment::from_pairs(&[]),
            recorder: None,
        }
    };
    let error = docker(fails.to_str().unwrap()).get(&["info"], &[]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot reach the engine at ssh://ann@build (option host): Permission denied (publickey)."
    );
    let error = docker("/no/such/ssh").get(&["info"], &[]).await.unwrap_err();
    assert!(error.to_string().contains("cannot start `/no/such/ssh`"), "{error}");

    assert_eq!(docker(works.to_str().unwrap()).get(&["info"], &[]).await.unwrap(), "{}");
    let arguments = std::fs::File::open(folder.path().join("arguments"))
        .and_then(std::io::read_to_string)
        .unwrap();
    assert_eq!(
        arguments.trim(),
        "-l ann -o ConnectTimeout=30 -T -- build docker system dial-stdio"
    );
}

#[tokio::test]
async fn a_recording_answers_as_the_engine_did() {
    let fake = Fake::start(|path| match path {
        "/_ping" => ping("1.41"),
        "/v1.41/info" => reply(200, "", r#"{"Name":"web-1","HttpProxy":"http://ann:pw@proxy"}"#),
        "/v1.41/containers/json?all=true" => reply(200, "", r#"[{"Id":"a"}]"#),
        _ => reply(404, "", r#"{"message":"No such container: b"}"#),
    });
    let folder = Folder::new();
    let path = folder.path().join("web-1.jsonl");
    let recorder = Recorder::create(&path).unwrap();
    let live = docker(&fake, LONG).recording_to(recorder.clone());
    live.get(&["containers", "json"], &[("all", "true")]).await.unwrap();
    let lost = live.get(&["containers", "b", "json"], &[]).await.unwrap_err();
    recorder.finish().unwrap();

    let file = std::io::BufReader::new(std::fs::File::open(&path).unwrap());
    let recording = Recording::read(file, "web-1.jsonl").unwrap();
    assert_eq!((recording.name(), recording.endpoint()), ("web-1", fake.host().as_str()));
    let played = Docker::from_recording(recording, Config::default(), Environment::from_pairs(&[]));
    assert_eq!(played.engine().await.unwrap(), live.engine().await.unwrap());
    assert_eq!(played.get(&["_ping"], &[]).await.unwrap(), "OK");
    assert_eq!(
        played.get(&["info"], &[]).await.unwrap(),
        r#"{"Name":"web-1","HttpProxy":"http://***@proxy"}"#
    );
    let filtered = [("all", "true"), ("filters", r#"{"status":["running"]}"#)];
    assert_eq!(played.get(&["containers", "json"], &filtered).await.unwrap(), r#"[{"Id":"a"}]"#);
    let again = played.get(&["containers", "b", "json"], &[]).await.unwrap_err();
    assert_eq!(again.to_string(), lost.to_string().replace("(option host)", "(recording)"));
    let missing = played.get(&["volumes"], &[]).await.unwrap_err();
    assert_eq!(missing.to_string(), "GET /volumes is not in this recording: `web-1.jsonl`");
    assert!(!sdk::Error::from(missing).is_not_found());
}

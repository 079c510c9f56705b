//! What faults do to a query: the matrix of `docs/reliability.md`, run through whole scans of real tables.
//! `UPDATE=1` rewrites the table there.
//!
//! Time is the runtime's own and jumps on whenever everybody waits, so that a time-out of a minute takes none, and no
//! case depends on how busy the machine is.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use steampipe_plugin_docker::docker::{Config, Docker, Environment, ReplyLimits};
use steampipe_plugin_docker::sdk::{self, Operator, Request};
use tokio::time::Instant;

use self::cases::{Case, LARGEST, Outcome, Query, Setup, TIMEOUT, no_fault};
use self::engine::Engine;
use self::matrix::groups;
use crate::docs::check_between;
use crate::rows::{qual, request, scanned, show, table};

mod cases;
mod engine;
mod matrix;
mod unreachable;

/// How long all the cases together may take on the slowest of machines.
const REAL_TIME: Duration = Duration::from_mins(3);

/// Runs a test with a time of its own, and fails if it hangs: then no clock of the runtime would tell.
fn in_own_time<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send + 'static) {
    let (done, finished) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build().unwrap();
        runtime.block_on(test());
        drop(runtime);
        done.send(()).unwrap();
    });
    let hangs = finished.recv_timeout(REAL_TIME) == Err(RecvTimeoutError::Timeout);
    assert!(!hangs, "it hangs");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

fn client(engine: &Engine, ignore_unreachable: bool) -> Docker {
    let config = Config {
        host: Some(format!("unix://{}", engine.socket().display())),
        timeout: TIMEOUT,
        ignore_unreachable,
        reply_limits: ReplyLimits { list: LARGEST, object: LARGEST },
        ..Config::default()
    };
    Docker::new(config, Environment::from_pairs(&[]))
}

impl Query {
    fn table(self) -> &'static str {
        match self {
            Self::List | Self::Inspect => "docker_container",
            Self::Info => "docker_info",
            Self::Events => "docker_event",
            Self::Disk => "docker_disk_usage",
        }
    }

    fn request(self) -> Request {
        match self {
            Self::List => request(&["id", "names", "created"], vec![]),
            Self::Inspect => request(&["id", "names", "privileged", "inspect"], vec![]),
            Self::Info => request(&["id", "name", "containers"], vec![]),
            Self::Events => {
                let from = sdk::Value::Timestamp(sdk::Timestamp { seconds: 0, nanos: 0 });
                request(&["action"], vec![qual("time", Operator::GreaterOrEqual, from)])
            }
            Self::Disk => request(&["type", "total_count"], vec![]),
        }
    }

    async fn run(self, docker: &Docker) -> Result<Vec<Vec<String>>, String> {
        let rows = scanned(docker, table(self.table()), self.request()).await?;
        Ok(rows.iter().map(|cells| cells.iter().map(show).collect()).collect())
    }
}

/// What became of a case.
struct Observed {
    result: Result<Vec<Vec<String>>, String>,
    again: usize,
    took: Duration,
    socket: String,
}

async fn observe(case: &Case) -> Observed {
    let engine = match &case.setup {
        Setup::Absent => Engine::absent(),
        Setup::Dead => Engine::dead(),
        Setup::Rude => Engine::rude(),
        Setup::Hasty => Engine::hasty(cases::reply(200, "", "OK")),
        Setup::Engine(script) => Engine::start(script.clone()),
        Setup::Restarted(_) => Engine::start(no_fault()),
    };
    let docker = client(&engine, false);
    let mut before = 1;
    if let Setup::Restarted(away) = case.setup {
        case.query.run(&docker).await.unwrap();
        engine.restart(away).await;
        before = 2;
    }
    let since = Instant::now();
    let result = tokio::time::timeout(TIMEOUT * 100, case.query.run(&docker)).await;
    Observed {
        result: result.unwrap_or_else(|_| panic!("{}: it hangs", case.fault)),
        again: engine.most_asked().saturating_sub(before),
        took: since.elapsed(),
        socket: engine.socket().display().to_string(),
    }
}

/// Holds what was observed against what is right, and tells it in words; or what is wrong with it.
fn judge(case: &Case, observed: &Observed, sound: &[Vec<String>]) -> Result<String, String> {
    let Observed { result, again, took, socket } = observed;
    // the shortest pauses before so many attempts, of which the first may have none
    let pauses = [0, 0, 450, 1_800].map(Duration::from_millis);
    let is_right = if case.unseen { *took >= pauses[case.again] } else { *again == case.again };
    if !is_right {
        return Err(format!("asked again {again} times: {result:?}"));
    }
    if *took > case.within {
        return Err(format!("it took {took:?}: {result:?}"));
    }
    match (&case.outcome, result) {
        (Outcome::Rows, Ok(rows)) if rows == sound => Ok("right rows".to_owned()),
        (Outcome::Differs(words, holds), Ok(rows)) if holds(rows) => Ok((*words).to_owned()),
        (Outcome::Error(words), Err(error)) => {
            // where, what to do, and what this fault is about
            let always = [socket.as_str(), "\nhint: "];
            let told = always.iter().chain(*words);
            let untold: Vec<_> = told.filter(|words| !error.contains(**words)).collect();
            let is_plain = !error.replacen('\n', "", 1).contains(char::is_control);
            if untold.is_empty() && is_plain {
                Ok(in_short(error, socket))
            } else {
                Err(format!("{error:?} lacks {untold:?}"))
            }
        }
        (_, result) => Err(format!("{result:?}")),
    }
}

/// The message of an error, without what differs from run to run and the IDs of cases.
fn in_short(error: &str, socket: &str) -> String {
    let message = error.split('\n').next().unwrap();
    let mut text = message.replace(&format!("unix://{socket} (option host)"), "HOST");
    for number in 1..=3 {
        text = text.replace(&cases::id(number), "ID");
    }
    if let Some((before, after)) = text.split_once("until=") {
        let end = after.trim_start_matches(|digit: char| digit.is_ascii_digit() || digit == '.');
        text = format!("{before}until=NOW{end}");
    }
    format!("error: {}", text.split_once(": ").unwrap().1.replace('|', "\\|"))
}

/// How long it took, as a user should expect it.
fn in_words(took: Duration) -> String {
    let timeouts = took.as_secs_f64() / TIMEOUT.as_secs_f64();
    if took < Duration::from_millis(500) {
        "at once".to_owned()
    } else if timeouts < 0.5 {
        "seconds".to_owned()
    } else if (timeouts - timeouts.round()).abs() < 0.05 && timeouts.round() < 2.0 {
        "`timeout`".to_owned()
    } else if (timeouts - timeouts.round()).abs() < 0.05 {
        format!("{} × `timeout`", timeouts.round())
    } else {
        "as long as it takes".to_owned()
    }
}

#[test]
fn the_matrix_of_faults_is_what_the_page_says() {
    in_own_time(|| async {
        let mut text = String::new();
        let (mut seen, mut wrong) = (BTreeSet::new(), Vec::new());
        for group in groups() {
            let _ = write!(text, "\n### {}\n\n", group.title);
            text.push_str(
                "| fault | what a query says | asked again | takes |\n| --- | --- | --- | --- |\n",
            );
            for case in &group.cases {
                assert!(seen.insert(case.fault), "{} stands twice", case.fault);
                let healthy = Engine::start(no_fault());
                let sound = case.query.run(&client(&healthy, false)).await.unwrap();
                let observed = observe(case).await;
                let outcome = judge(case, &observed, &sound).unwrap_or_else(|problem| {
                    wrong.push(format!("{}: {problem}", case.fault));
                    String::new()
                });
                let again = match case.again {
                    0 => "no".to_owned(),
                    1 => "once".to_owned(),
                    times => format!("{times} times"),
                };
                let took = in_words(observed.took);
                let _ = writeln!(text, "| {} | {outcome} | {again} | {took} |", case.fault);
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
        text.push('\n');
        let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reliability.md");
        check_between(&page, "faults", &text);
    });
}

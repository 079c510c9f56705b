//! Which limiters a call keeps to, what becomes of definitions, and scans that are limited.

mod scans;

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::*;
use crate::sdk::check;

static NONE: &[Limiter] = &[];
static DEFAULTS: &[Limiter] =
    &[Limiter { name: "own", max_concurrency: 7, scope: &["connection"], ..Limiter::NONE }];

/// A limiter of so many calls at once.
fn at_once(name: &str, max_concurrency: i64, scope: &[&str], filter: &str) -> Definition {
    Definition {
        name: name.to_owned(),
        max_concurrency,
        scope: scope.iter().map(|&key| key.to_owned()).collect(),
        filter: filter.to_owned(),
        ..Definition::default()
    }
}

/// A limiter of so many calls a second.
fn a_second(name: &str, fill_rate: f32, bucket_size: i64, scope: &[&str]) -> Definition {
    Definition { fill_rate, bucket_size, max_concurrency: 0, ..at_once(name, 0, scope, "") }
}

fn limiters(definitions: Vec<Definition>) -> Limiters {
    let limiters = Limiters::new(NONE);
    limiters.set(definitions).unwrap();
    limiters
}

fn names(limiters: &Limiters, connection: &str, table: &str, function: &str) -> Vec<String> {
    limiters.of_connection(connection).of_call(table, function).names().to_vec()
}

#[test]
fn a_limiter_applies_if_its_scope_has_values_and_its_condition_holds() {
    let limiters = limiters(vec![
        at_once("everything", 1, &[], ""),
        at_once("each_connection", 1, &["connection"], ""),
        at_once("images", 1, &["connection", "table"], "table = 't_image'"),
        at_once("lists", 1, &[], "function_name like 'list%' and connection <> 'dev'"),
        at_once("regions", 1, &["region"], ""),
        at_once("no_region", 1, &[], "region = ''"),
    ]);
    let everything = ["each_connection", "everything", "no_region"];
    assert_eq!(names(&limiters, "dev", "t", "listT"), everything);
    assert_eq!(
        names(&limiters, "prod", "t_image", "listImages"),
        ["each_connection", "everything", "images", "lists", "no_region"]
    );
    assert_eq!(names(&Limiters::new(NONE), "dev", "t", "listT"), [""; 0]);
}

#[tokio::test]
async fn instances_are_told_apart_by_the_values_of_the_scope() {
    let limiters = limiters(vec![at_once("l", 1, &["connection", "table"], "")]);
    let call = |connection: &str, table: &str, function: &str| {
        limiters.of_connection(connection).of_call(table, function)
    };
    let held = call("a", "t", "f").hydrate().now_or_never().unwrap();
    assert!(call("a", "t", "g").hydrate().now_or_never().is_none());
    assert!(call("a", "u", "f").hydrate().now_or_never().is_some());
    assert!(call("b", "t", "f").hydrate().now_or_never().is_some());
    drop(held);
    assert!(call("a", "t", "g").hydrate().now_or_never().is_some());
}

#[test]
fn the_users_limiters_replace_those_of_the_plugin_by_name() {
    let max = |limiters: &Limiters| -> Vec<(String, i64)> {
        let rules = &limiters.in_force().rules;
        let of = |(name, rule): (&String, &Rule)| (name.clone(), rule.definition.max_concurrency);
        rules.iter().map(of).collect()
    };
    let own = |count| ("own".to_owned(), count);
    let limiters = Limiters::new(DEFAULTS);
    assert_eq!(max(&limiters), [own(7)]);
    limiters.set(vec![at_once("own", 3, &[], ""), at_once("other", 1, &[], "")]).unwrap();
    assert_eq!(max(&limiters), [("other".to_owned(), 1), own(3)]);
    limiters.set(Vec::new()).unwrap();
    assert_eq!(max(&limiters), [own(7)]);
    // one that is no good leaves the plugin's in force, and does not touch the others
    let bad = at_once("own", 3, &[], "table < 'a'");
    limiters.set(vec![bad, at_once("other", 1, &[], "")]).unwrap_err();
    assert_eq!(max(&limiters), [("other".to_owned(), 1), own(7)]);
}

#[test]
fn errors_name_the_limiters() {
    let limiters = Limiters::new(DEFAULTS);
    let error = |definitions: Vec<Definition>| limiters.set(definitions).unwrap_err().to_string();
    let bad = || at_once("b", 1, &[], "table is null");
    assert_eq!(
        error(vec![bad(), at_once("good", 1, &[], ""), bad()]),
        "failed to create rate limiter 'b' from config: invalid scope filter operator 'is'"
    );
    assert_eq!(
        error(vec![bad(), at_once("a", 1, &[], "table")]),
        "\n\tfailed to create rate limiter 'a' from config: failed to parse 'where' property: \
         line 1, column 6: expected an operator\
         \n\tfailed to create rate limiter 'b' from config: invalid scope filter operator 'is'"
    );
    for (definition, problem) in [
        (a_second("n", f32::NAN, 1, &[]), "fill_rate must be a number of calls a second, not NaN"),
        (
            a_second("n", f32::INFINITY, 1, &[]),
            "fill_rate must be a number of calls a second, not inf",
        ),
        (a_second("n", -1.5, 1, &[]), "fill_rate must be a number of calls a second, not -1.5"),
        (a_second("n", 0.0, -2, &[]), "bucket_size must not be negative, as -2 is"),
        (a_second("n", 2.5, 0, &[]), "with fill_rate 2.5, bucket_size must be 1 or more"),
        (
            at_once("n", i64::MIN, &[], ""),
            "max_concurrency must not be negative, as -9223372036854775808 is",
        ),
    ] {
        let expected = format!("failed to create rate limiter 'n' from config: {problem}");
        assert_eq!(error(vec![definition]), expected);
    }
    // one that limits nothing is no harm
    limiters.set(vec![Definition { name: "idle".to_owned(), ..Definition::default() }]).unwrap();
}

#[test]
fn a_plugin_with_bad_limiters_is_told_so() {
    let bad = [
        Limiter { name: "1st", max_concurrency: 1, ..Limiter::NONE },
        Limiter { name: "two words", max_concurrency: -1, ..Limiter::NONE },
        Limiter { name: "idle", fill_rate: 2.0, ..Limiter::NONE },
        Limiter { name: "twice", fill_rate: 2.0, bucket_size: 1, filter: "a", ..Limiter::NONE },
        Limiter { name: "twice", max_concurrency: 1, ..Limiter::NONE },
    ];
    assert_eq!(
        check::limiter_findings(&bad),
        [
            "limiter 1st: the name is not of letters, digits, _ and -, or starts with a digit",
            "limiter two words: the name is not of letters, digits, _ and -, or starts with a digit",
            "limiter two words: max_concurrency must not be negative, as -1 is",
            "limiter idle: has neither fill_rate with bucket_size nor max_concurrency",
            "limiter idle: with fill_rate 2, bucket_size must be 1 or more",
            "limiter twice: failed to parse 'where' property: line 1, column 2: expected an operator",
            "limiter twice: declared twice",
        ]
    );
    assert_eq!(check::limiter_findings(DEFAULTS), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_the_slowest_of_its_limiters() {
    let limiters =
        limiters(vec![a_second("fast", 10.0, 5, &[]), a_second("slow", 1.0, 2, &["table"])]);
    let call = limiters.of_connection("c").of_call("t", "f");
    let delays = join_all((0..4).map(|_| call.fetch())).await;
    assert_eq!(delays.iter().map(Duration::as_millis).collect::<Vec<_>>(), [0, 0, 1000, 2000]);
    // of the fast one's tokens, four are gone: another table has the rest at once, then its rate
    let other = limiters.of_connection("c").of_call("u", "f");
    let delays = join_all((0..2).map(|_| other.hydrate())).await;
    assert!(delays.iter().all(|started| started.delay.is_zero()));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_gives_all_back() {
    let limiters =
        limiters(vec![a_second("fast", 0.001, 1, &[]), a_second("slow", 1.0, 1, &["table"])]);
    let (one, other) = (
        limiters.of_connection("c").of_call("t", "f"),
        limiters.of_connection("c").of_call("u", "f"),
    );
    let slow_only = limiters.of_connection("c").of_call("t", "f");
    slow_only.buckets()[1].take().await.spend();
    // it has the token of the fast one and waits for that of the slow one
    let mut waiting = Box::pin(one.fetch());
    assert!((&mut waiting).now_or_never().is_none());
    assert!(other.buckets()[0].try_take().is_none());
    drop(waiting);
    assert_eq!(other.fetch().await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_tokens_holds_no_permit() {
    let limiters = limiters(vec![
        a_second("rate", 1.0, 1, &["table"]),
        at_once("at_once", 1, &["connection"], ""),
    ]);
    let (slow, quick) = (
        limiters.of_connection("c").of_call("slow", "f"),
        limiters.of_connection("c").of_call("t", "f"),
    );
    drop(slow.hydrate().await);
    let mut waiting = Box::pin(slow.hydrate());
    assert!((&mut waiting).now_or_never().is_none());
    drop(quick.hydrate().now_or_never().expect("the permit is free"));
    assert_eq!(waiting.await.delay, Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn calls_that_waited_for_permits_do_not_start_in_a_burst() {
    let limiters = limiters(vec![a_second("rate", 1.0, 1, &[]), at_once("at_once", 1, &[], "")]);
    let call = limiters.of_connection("c").of_call("t", "f");
    let since = Instant::now();
    let one = async |work: u64| {
        let started = call.hydrate().await;
        let at = since.elapsed().as_millis();
        sleep(Duration::from_millis(work)).await;
        drop(started);
        at
    };
    // the first takes ten seconds, the others no time
    let starts = join_all([10_000, 0, 0, 0, 0].map(one)).await;
    assert_eq!(starts, [0, 10_000, 11_000, 12_000, 13_000]);
}

#[tokio::test(start_paused = true)]
async fn whatever_the_mix_of_limits_all_calls_end() {
    let limiters = limiters(vec![
        a_second("rate_all", 100.0, 1, &[]),
        a_second("rate_table", 50.0, 3, &["table"]),
        at_once("at_once_all", 3, &[], ""),
        at_once("at_once_table", 2, &["table"], "table <> 'free'"),
        at_once("at_once_function", 1, &["function_name"], "function_name = 'g'"),
    ]);
    let run = async |number: usize| {
        let (table, function) = (["a", "b", "free"][number % 3], ["f", "g"][number % 2]);
        let call = limiters.of_connection("c").of_call(table, function);
        let started = call.hydrate().await;
        sleep(Duration::from_millis(number as u64 * 13 % 40)).await;
        drop(started);
    };
    let all = join_all((0..300).map(run));
    tokio::time::timeout(Duration::from_mins(1), all).await.expect("all calls end");
}

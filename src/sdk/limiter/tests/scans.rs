//! Scans of a table whose calls take a while and count themselves.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::stream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;
use crate::sdk::{
    Connection, Get, Hydrate, List, Query, Reply, Request, Row, Rows, Scan, Table, text,
};

/// How long a hydrate call takes.
const WORK: Duration = Duration::from_millis(10);

/// Counts the hydrate calls that are under way.
#[derive(Default)]
struct Counter {
    running: AtomicUsize,
    most: AtomicUsize,
}

impl Connection for Counter {
    fn concurrency(&self) -> usize {
        50
    }
}

static TABLE: Table<Counter> = Table {
    name: "t",
    description: "A table.",
    list: List { name: "listT", call: list },
    get: Some(Get { column: "id", call: &GET, takes: |_| true }),
    columns: &[
        text("id", "/id", "Its number.").key(),
        text("more", "/more", "What takes one more call.").from(&MORE),
        text("other", "/more", "What takes another call.").from(&OTHER),
    ],
};

static GET: Hydrate<Counter> = Hydrate { name: "getT", key: "/id", call: work };
static MORE: Hydrate<Counter> = Hydrate { name: "getMore", key: "/id", call: work };
static OTHER: Hydrate<Counter> = Hydrate { name: "getOther", key: "/id", call: work };

fn list<'a>(_: &'a Counter, _: &'a Query) -> Rows<'a> {
    Box::pin(stream::iter((0..60).map(|id| Ok(format!(r#"{{"id":"{id}"}}"#).into()))))
}

fn work<'a>(counter: &'a Counter, id: &'a str) -> Reply<'a> {
    Box::pin(async move {
        let now = counter.running.fetch_add(1, Ordering::Relaxed) + 1;
        counter.most.fetch_max(now, Ordering::Relaxed);
        sleep(WORK).await;
        counter.running.fetch_sub(1, Ordering::Relaxed);
        Ok(format!(r#"{{"id":"{id}","more":"yes"}}"#).into())
    })
}

/// Starts a scan, whose reader takes a row when it likes.
fn start(
    limiters: &Limiters,
    connection: &str,
    counter: &Arc<Counter>,
    columns: &[&str],
) -> (mpsc::Receiver<Row>, JoinHandle<Result<(), Error>>) {
    let request = Request {
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
        max_concurrency: 500,
        throttle: Some(limiters.of_connection(connection)),
        ..Request::default()
    };
    scan(request, counter)
}

fn scan(
    request: Request,
    counter: &Arc<Counter>,
) -> (mpsc::Receiver<Row>, JoinHandle<Result<(), Error>>) {
    let scan = Scan::new(&TABLE, request);
    let (sender, receiver) = mpsc::channel(1);
    let counter = Arc::clone(counter);
    (receiver, tokio::spawn(async move { scan.run(&*counter, &sender).await }))
}

async fn rows(mut receiver: mpsc::Receiver<Row>) -> Vec<Row> {
    let mut rows = Vec::new();
    while let Some(row) = receiver.recv().await {
        rows.push(row);
    }
    rows
}

fn counter() -> Arc<Counter> {
    Arc::default()
}

fn most(counter: &Counter) -> usize {
    counter.most.load(Ordering::Relaxed)
}

#[tokio::test(start_paused = true)]
async fn no_more_hydrate_calls_run_than_each_instance_allows() {
    let limiters = limiters(vec![at_once("l", 4, &["connection"], "function_name <> 'listT'")]);
    let (one, other) = (counter(), counter());
    // two scans of one connection share it, another connection has its own
    let scans = [
        start(&limiters, "a", &one, &["more", "other"]).0,
        start(&limiters, "a", &one, &["more"]).0,
        start(&limiters, "b", &other, &["more"]).0,
    ];
    let rows = join_all(scans.map(rows)).await;
    assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [60, 60, 60]);
    assert_eq!((most(&one), most(&other)), (4, 4));
    let limited = |call: &crate::sdk::CallRecord| (call.name, call.limiters.to_vec());
    let expected = |name, limiters: &[&str]| {
        (name, limiters.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(
        rows[0][0].calls.iter().map(limited).collect::<Vec<_>>(),
        [expected("listT", &[]), expected("getMore", &["l"]), expected("getOther", &["l"])]
    );
    assert!(rows[0][0].calls[1].delay.is_zero());
    assert!(rows[0][59].calls[1].delay > WORK);
}

#[tokio::test(start_paused = true)]
async fn without_limiters_the_connection_alone_decides() {
    let counter = counter();
    let rows = rows(start(&Limiters::new(NONE), "a", &counter, &["more"]).0).await;
    assert_eq!((rows.len(), most(&counter)), (60, 50));
    let call = &rows[59].calls[1];
    assert_eq!((call.kind, call.limiters.len(), call.delay), ("hydrate", 0, Duration::ZERO));
}

/// Their calls hold permits when nobody takes their rows; those calls must end all the same.
#[tokio::test(start_paused = true)]
async fn readers_that_pause_do_not_starve_others() {
    let limiters = limiters(vec![at_once("l", 2, &[], ""), a_second("r", 1000.0, 1, &[])]);
    let counter = counter();
    let mut paused = [(); 2].map(|()| start(&limiters, "a", &counter, &["more", "other"]).0);
    for reader in &mut paused {
        assert!(reader.recv().await.is_some());
    }
    sleep(Duration::from_secs(10)).await;
    assert_eq!(counter.running.load(Ordering::Relaxed), 0, "what was started has ended");
    let third = rows(start(&limiters, "b", &counter, &["more"]).0);
    assert_eq!(timeout(Duration::from_secs(10), third).await.expect("it hangs").len(), 60);
    let resumed = join_all(paused.map(rows)).await;
    assert_eq!(resumed.iter().map(Vec::len).collect::<Vec<_>>(), [59, 59]);
    assert_eq!(most(&counter), 2);
}

#[tokio::test(start_paused = true)]
async fn a_scan_that_is_dropped_gives_its_permits_back() {
    let limiters = limiters(vec![at_once("l", 2, &[], "")]);
    let counter = counter();
    let (mut reader, scan) = start(&limiters, "a", &counter, &["more"]);
    assert!(reader.recv().await.is_some());
    scan.abort();
    assert!(scan.await.unwrap_err().is_cancelled());
    let other = rows(start(&limiters, "a", &counter, &["more"]).0);
    assert_eq!(timeout(Duration::from_secs(10), other).await.expect("it hangs").len(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_running_scan_keeps_its_limiters_when_others_are_set() {
    let limiters = limiters(vec![at_once("l", 3, &[], "")]);
    let (before, after) = (counter(), counter());
    let (mut reader, _scan) = start(&limiters, "a", &before, &["more"]);
    assert!(reader.recv().await.is_some());
    limiters.set(vec![at_once("l", 1, &[], ""), at_once("m", 9, &[], "")]).unwrap();
    let new = start(&limiters, "a", &after, &["more"]).0;
    let (old, new) = tokio::join!(rows(reader), rows(new));
    assert_eq!((old.len(), most(&before)), (59, 3));
    assert_eq!((new.len(), most(&after)), (60, 1));
    assert_eq!(*old[0].calls[1].limiters, ["l"]);
    assert_eq!(*new[0].calls[1].limiters, ["l", "m"]);
}

#[tokio::test(start_paused = true)]
async fn lists_and_gets_take_tokens_but_no_permits() {
    let limiters = limiters(vec![a_second("r", 1.0, 1, &[]), at_once("l", 1, &[], "")]);
    let counter = counter();
    let since = Instant::now();
    let first = rows(start(&limiters, "a", &counter, &["id"]).0).await;
    let second = rows(start(&limiters, "a", &counter, &["id"]).0).await;
    assert_eq!((first.len(), second.len(), since.elapsed().as_millis()), (60, 60, 1000));
    let delays =
        |row: &Row| row.calls.iter().map(|call| call.delay.as_millis()).collect::<Vec<_>>();
    assert_eq!((delays(&first[0]), delays(&second[0])), (vec![0], vec![1000]));

    let quals = ["7", "8", "9"].map(|id| crate::sdk::Value::Text(id.to_owned())).to_vec();
    let request = Request {
        columns: vec!["id".to_owned()],
        quals: vec![crate::sdk::Qual {
            column: "id".to_owned(),
            operator: crate::sdk::Operator::Equal,
            value: crate::sdk::Value::List(quals),
        }],
        max_concurrency: 500,
        throttle: Some(limiters.of_connection("a")),
        ..Request::default()
    };
    let got = rows(scan(request, &counter).0).await;
    let calls: Vec<_> =
        got.iter().map(|row| (row.calls[0].kind, row.calls[0].name, delays(row))).collect();
    let get = |delay| ("get", "getT", vec![delay]);
    assert_eq!(calls, [get(1000), get(2000), get(3000)]);
}

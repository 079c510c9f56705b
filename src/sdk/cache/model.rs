//! The cache against none at all: whatever is asked, in whatever order, the rows are the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;
use tokio::sync::mpsc;

use super::*;
use crate::sdk::{
    Cell, Connection, Get, Hydrate, List, Operator, Qual, Query, Reply, Request, Row, Rows, Scan,
    Sink, Table, Value, int, text,
};

/// A connection whose things change: their number, and what each says.
struct Things {
    version: AtomicU64,
    calls: AtomicU64,
}

impl Connection for Things {
    fn concurrency(&self) -> usize {
        3
    }
}

/// `hidden` things are shown only to those who name their kind.
static TABLE: Table<Things> = Table {
    name: "thing",
    description: "Things.",
    list: List { name: "listThing", call: list },
    get: Some(Get { column: "id", call: &DETAIL, takes: is_plain_to_see }),
    columns: &[
        text("id", "/id", "Its name.").key(),
        text("kind", "/kind", "Its kind.").key().exact(),
        int("size", "/size", "Its size.").key(),
        int("version", "/version", "When it was looked at."),
        int("detail", "/detail", "More of it.").from(&DETAIL),
    ],
};

static DETAIL: Hydrate<Things> = Hydrate { name: "getDetail", key: "/id", call: detail };

/// A get would show what is hidden.
fn is_plain_to_see(id: &str) -> bool {
    id.parse::<u64>().is_ok_and(|number| number % 3 != 2)
}

fn thing(number: u64, version: u64) -> String {
    let kind = ["plain", "odd", "hidden"][usize::try_from(number % 3).unwrap()];
    format!(
        r#"{{"id":"{number}","kind":"{kind}","size":{},"version":{version},"detail":{}}}"#,
        number * 7 % 5,
        number + 1000 * version
    )
}

fn list<'a>(things: &'a Things, query: &'a Query) -> Rows<'a> {
    let version = things.version.load(Ordering::SeqCst);
    things.calls.fetch_add(1, Ordering::SeqCst);
    let shows_hidden = query.keys("kind").is_some();
    let shown = (0..9 + version % 4).filter(move |number| shows_hidden || number % 3 != 2);
    stream::iter(shown)
        .then(move |number| async move {
            tokio::task::yield_now().await;
            Ok(thing(number, version).into())
        })
        .boxed()
}

fn detail<'a>(things: &'a Things, id: &'a str) -> Reply<'a> {
    let version = things.version.load(Ordering::SeqCst);
    Box::pin(async move {
        tokio::task::yield_now().await;
        match id.parse::<u64>() {
            Ok(number) if number < 9 + version % 4 => Ok(thing(number, version).into()),
            _ => Err(Error::not_found("no such thing")),
        }
    })
}

#[derive(Debug, Clone)]
enum Step {
    /// Asks, and reads so many rows at first; at the end the rest is read, or not.
    Ask { request: Asked, max_age: u64, at_first: usize, goes_on: bool },
    /// The things change, and the connection with them.
    Update,
    /// The host wants another cache.
    Reset { largest: usize },
    /// Time goes by, in seconds.
    Wait(u64),
}

#[derive(Debug, Clone)]
struct Asked {
    columns: Vec<&'static str>,
    quals: Vec<Qual>,
    limit: Option<u64>,
}

impl Asked {
    fn scan(&self) -> Scan<Things> {
        let columns = self.columns.iter().map(|&column| column.to_owned()).collect();
        Scan::new(
            &TABLE,
            Request {
                columns,
                quals: self.quals.clone(),
                limit: self.limit,
                max_concurrency: 3,
                ..Request::default()
            },
        )
    }
}

fn quals() -> impl Strategy<Value = Vec<Qual>> {
    let qual = |column: &str, operator, value| Qual { column: column.to_owned(), operator, value };
    let text = |text: &str| Value::Text(text.to_owned());
    let ids = vec(0..12_u64, 1..4).prop_map(move |mut ids| {
        ids.sort_unstable(); // gets come in this order, as the list does
        let mut ids: Vec<Value> = ids.into_iter().map(|id| text(&id.to_string())).collect();
        let value = if ids.len() == 1 { ids.remove(0) } else { Value::List(ids) };
        qual("id", Operator::Equal, value)
    });
    let kind = prop::sample::select(vec!["plain", "odd", "hidden"])
        .prop_map(move |kind| qual("kind", Operator::Equal, text(kind)));
    let operator = prop::sample::select(vec![
        Operator::Equal,
        Operator::NotEqual,
        Operator::Less,
        Operator::LessOrEqual,
        Operator::Greater,
        Operator::GreaterOrEqual,
        Operator::IsNotNull,
        Operator::Other,
    ]);
    let size = (operator, 0..5_i64)
        .prop_map(move |(operator, size)| qual("size", operator, Value::Int(size)));
    vec(prop_oneof![ids, kind, size], 0..3)
}

fn step() -> impl Strategy<Value = Step> {
    let columns = subsequence(vec!["id", "kind", "size", "version", "detail"], 0..=5);
    let asked =
        (columns, quals(), prop::option::of(0..6_u64)).prop_map(|(mut columns, quals, limit)| {
            // hosts ask for the columns of conditions, too (R-58)
            for qual in &quals {
                let column = TABLE.column(&qual.column).unwrap().name;
                if !columns.contains(&column) {
                    columns.push(column);
                }
            }
            Asked { columns, quals, limit }
        });
    let ask = (asked, 0..40_u64, 0..8_usize, any::<bool>()).prop_map(
        |(request, max_age, at_first, goes_on)| Step::Ask { request, max_age, at_first, goes_on },
    );
    prop_oneof![
        12 => ask,
        1 => Just(Step::Update),
        1 => (0..800_usize).prop_map(|largest| Step::Reset { largest }),
        2 => (1..30_u64).prop_map(Step::Wait),
    ]
}

/// A row as a host compares it.
#[derive(Debug, Clone, PartialEq)]
struct Kept(Vec<(&'static str, Cell)>);

impl Weight for Kept {
    fn weight(&self) -> usize {
        10
    }
}

struct Keeping<'s> {
    scan: &'s Scan<Things>,
    writer: &'s Writer<Kept>,
}

impl Sink for Keeping<'_> {
    async fn send(&self, row: Row) -> bool {
        self.writer.push(kept(self.scan, row)).await
    }
}

fn kept(scan: &Scan<Things>, row: Row) -> Kept {
    Kept(scan.columns().iter().map(|column| column.name).zip(row.cells).collect())
}

/// What the database makes of rows: conditions, then the limit, then the columns.
fn seen(request: &Asked, rows: &[Kept]) -> Vec<Vec<Cell>> {
    let cell = |row: &Kept, name: &str| {
        row.0.iter().find(|(column, _)| *column == name).map(|(_, cell)| cell.clone())
    };
    let kept = rows.iter().filter(|row| {
        request
            .quals
            .iter()
            .all(|qual| qual.matches(&cell(row, &qual.column).unwrap()) != Some(false))
    });
    // a limit comes with conditions that are all decided here (R-60)
    let is_decided = !request.quals.iter().any(|qual| qual.operator == Operator::Other);
    let limit = request.limit.filter(|_| is_decided).unwrap_or(u64::MAX);
    kept.take(usize::try_from(limit).unwrap_or(usize::MAX))
        .map(|row| request.columns.iter().map(|name| cell(row, name).unwrap()).collect())
        .collect()
}

async fn without_cache(things: &Things, request: &Asked) -> Vec<Vec<Cell>> {
    let scan = request.scan();
    let (sender, mut receiver) = mpsc::channel(100);
    scan.run(things, &sender).await.unwrap();
    drop(sender);
    let mut rows = Vec::new();
    while let Some(row) = receiver.recv().await {
        rows.push(kept(&scan, row));
    }
    seen(request, &rows)
}

/// A query that is being read.
struct Reading {
    request: Asked,
    rows: Reader<Kept>,
    so_far: Vec<Kept>,
    expected: Vec<Vec<Cell>>,
}

impl Reading {
    async fn read(&mut self, most: usize) {
        for _ in 0..most {
            match self.rows.next().await.unwrap() {
                Some(row) => self.so_far.push(row),
                None => return,
            }
        }
    }
}

async fn play(steps: Vec<Step>) {
    let cache: Arc<Cache<Kept>> = Arc::new(Cache::new(None));
    let options =
        |largest| Options { enabled: true, longest: Some(Duration::from_mins(1)), largest };
    cache.set_options(options(Some(2000)));
    let start = Moment::now();
    let mut waited = 0;
    let mut version = 0;
    let connect =
        |version| Arc::new(Things { version: AtomicU64::new(version), calls: AtomicU64::new(0) });
    let mut things = connect(version);
    let mut readings = Vec::new();
    for step in steps {
        match step {
            Step::Update => {
                cache.forget(version);
                version += 1;
                things = connect(version);
            }
            Step::Reset { largest } => cache.set_options(options(Some(largest))),
            Step::Wait(seconds) => waited += seconds,
            Step::Ask { request, max_age, at_first, goes_on } => {
                let expected = without_cache(&things, &request).await;
                let scan = request.scan();
                let Some(question) = scan.question() else { continue };
                let now = Moment {
                    steady: start.steady + Duration::from_secs(waited),
                    wall: start.wall + Duration::from_secs(waited),
                };
                let place = Place { connection: version, table: TABLE.name };
                let rows = match cache.ask(place, question, Duration::from_secs(max_age), now) {
                    Answer::Kept { rows, .. } => rows,
                    Answer::New { writer, rows } => {
                        let things = Arc::clone(&things);
                        let task = tokio::spawn(async move {
                            let result =
                                scan.run(&*things, &Keeping { scan: &scan, writer: &writer }).await;
                            writer.end(result);
                        });
                        rows.fed_by(task.abort_handle());
                        rows
                    }
                };
                let mut reading = Reading { request, rows, so_far: Vec::new(), expected };
                reading.read(at_first).await;
                if goes_on {
                    readings.push(reading);
                }
            }
        }
    }
    // in the other order, so that some wait for rows while others have not begun
    while let Some(mut reading) = readings.pop() {
        reading.read(usize::MAX).await;
        assert_eq!(
            seen(&reading.request, &reading.so_far),
            reading.expected,
            "{:?}",
            reading.request
        );
    }
    drop(readings);
    cache.set_options(Options { enabled: false, longest: None, largest: None });
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(cache.bytes(), 0, "nothing is left behind");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rows_are_those_of_no_cache(steps in vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            tokio::time::timeout(Duration::from_secs(30), play(steps)).await.expect("it hangs");
        });
    }
}

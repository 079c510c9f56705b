//! Age, room and failure; which question covers which is tested where it is decided.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;

const HOUR: Duration = Duration::from_hours(1);

/// A row of 1,000 bytes.
#[derive(Debug, Clone, PartialEq)]
struct Heavy(u32);

impl Weight for Heavy {
    fn weight(&self) -> usize {
        1000
    }
}

fn place(table: &'static str) -> Place {
    Place { connection: 1, table }
}

fn all() -> Question {
    Question { columns: vec!["a"], quals: Vec::new(), exact: Vec::new(), limit: None }
}

fn cache(largest: Option<usize>, memory: Option<Memory>) -> Arc<Cache<Heavy>> {
    let cache = Arc::new(Cache::new(memory));
    cache.set_options(Options { enabled: true, longest: None, largest });
    cache
}

/// A moment so many seconds after another one, by both clocks.
fn after(moment: Moment, seconds: u64) -> Moment {
    let later = Duration::from_secs(seconds);
    Moment { steady: moment.steady + later, wall: moment.wall + later }
}

/// Stores some rows for a table, as a scan that began at that moment; how many its reader got.
async fn store(cache: &Arc<Cache<Heavy>>, table: &'static str, rows: u32, now: Moment) -> usize {
    let Answer::New { writer, rows: mut reader } = cache.ask(place(table), all(), HOUR, now) else {
        panic!("{table} is there already")
    };
    let write = async {
        for row in 0..rows {
            assert!(writer.push(Heavy(row)).await);
        }
        writer.end(Ok(()));
    };
    let read = async {
        let mut count = 0;
        while let Some(Heavy(row)) = reader.next().await.unwrap() {
            assert_eq!(usize::try_from(row), Ok(count));
            count += 1;
        }
        count
    };
    tokio::join!(write, read).1
}

/// True if rows are there that are no older than this.
fn is_kept(cache: &Arc<Cache<Heavy>>, table: &'static str, max_age: Duration, now: Moment) -> bool {
    matches!(cache.ask(place(table), all(), max_age, now), Answer::Kept { .. })
}

#[tokio::test]
async fn rows_are_as_old_as_the_start_of_their_scan_by_the_clock_that_says_more() {
    let cache = cache(None, None);
    let start = Moment::now();
    store(&cache, "t", 3, start).await;
    let five = Duration::from_secs(5);
    assert!(is_kept(&cache, "t", five, after(start, 5)));
    assert!(is_kept(&cache, "t", HOUR, after(start, 300)), "five minutes are the default");
    assert!(!is_kept(&cache, "t", Duration::ZERO, start));
    let slept = Moment { wall: after(start, 6).wall, ..start };
    assert!(!is_kept(&cache, "t", five, slept), "a machine that slept has an older cache");
    let set_back = Moment { wall: start.wall - HOUR, ..after(start, 6) };
    assert!(!is_kept(&cache, "t", five, set_back), "a clock that was set back makes nothing new");
    cache.sweep(after(start, 301));
    assert_eq!(cache.bytes(), 0);
}

#[tokio::test]
async fn the_oldest_rows_make_room() {
    let cache = cache(Some(10_000), None);
    let start = Moment::now();
    for (seconds, table) in [(0, "a"), (1, "b"), (2, "c")] {
        assert_eq!(store(&cache, table, 4, after(start, seconds)).await, 4);
    }
    let now = after(start, 5);
    assert!(cache.bytes() <= 10_000);
    assert!(is_kept(&cache, "c", HOUR, now) && is_kept(&cache, "b", HOUR, now));
    assert!(!is_kept(&cache, "a", HOUR, now));
}

#[tokio::test]
async fn a_result_that_does_not_fit_is_read_whole_and_not_kept() {
    let cache = cache(Some(10_000), None);
    let start = Moment::now();
    store(&cache, "small", 2, start).await;
    assert_eq!(store(&cache, "large", 500, start).await, 500);
    assert_eq!(cache.bytes(), 0);
    assert!(!is_kept(&cache, "large", HOUR, start));
}

#[tokio::test]
async fn rows_that_are_being_read_stay() {
    let cache = cache(Some(10_000), None);
    let start = Moment::now();
    store(&cache, "a", 6, start).await;
    let Answer::Kept { rows: mut reader, .. } = cache.ask(place("a"), all(), HOUR, start) else {
        panic!("it is not kept")
    };
    store(&cache, "b", 6, start).await;
    assert!(!is_kept(&cache, "b", HOUR, start), "there was no room");
    for row in 0..6 {
        assert_eq!(reader.next().await, Ok(Some(Heavy(row))));
    }
    drop(reader);
    assert!(is_kept(&cache, "a", HOUR, start));
}

#[tokio::test]
async fn rows_go_before_the_process_takes_its_budget() {
    /// What the process takes besides rows.
    static USED: AtomicUsize = AtomicUsize::new(0);
    let memory = Memory { budget: 100_000_000, used: || Some(USED.load(Ordering::SeqCst)) };
    let cache = cache(None, Some(memory));
    let start = Moment::now();
    store(&cache, "a", 2000, start).await;
    cache.sweep(start);
    assert!(is_kept(&cache, "a", HOUR, start));
    USED.store(80_500_000, Ordering::SeqCst);
    cache.sweep(start);
    assert!(!is_kept(&cache, "a", HOUR, start));
    // and a scan finds out by itself
    USED.store(90_000_000, Ordering::SeqCst);
    assert_eq!(store(&cache, "b", 3000, start).await, 3000);
    assert_eq!(cache.bytes(), 0);
    // half of the budget is for rows at most
    USED.store(0, Ordering::SeqCst);
    store(&cache, "c", 60_000, start).await;
    assert_eq!(cache.bytes(), 0);
}

#[tokio::test]
async fn what_fails_or_is_given_up_leaves_nothing_behind() {
    let cache = cache(None, None);
    let now = Moment::now();
    for failure in [true, false] {
        let Answer::New { writer, rows: mut first } = cache.ask(place("t"), all(), HOUR, now)
        else {
            panic!("it is kept")
        };
        let Answer::Kept { rows: mut second, .. } = cache.ask(place("t"), all(), HOUR, now) else {
            panic!("a scan that runs is shared")
        };
        assert!(writer.push(Heavy(0)).await);
        if failure {
            writer.end(Err(Error::new("boom")));
        } else {
            drop(writer);
        }
        for reader in [&mut first, &mut second] {
            assert_eq!(reader.next().await, Ok(Some(Heavy(0))));
            let error = reader.next().await.unwrap_err().to_string();
            assert!(error.contains(if failure { "boom" } else { "stopped" }), "{error}");
        }
    }
    assert!(!is_kept(&cache, "t", HOUR, now));
    assert_eq!(cache.bytes(), 0);
}

#[tokio::test]
async fn a_connection_that_changed_is_forgotten_and_others_are_not() {
    let cache = cache(None, None);
    let now = Moment::now();
    store(&cache, "t", 1, now).await;
    cache.forget(2);
    assert!(is_kept(&cache, "t", HOUR, now));
    cache.forget(1);
    assert!(!is_kept(&cache, "t", HOUR, now));
}

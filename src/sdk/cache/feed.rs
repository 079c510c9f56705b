//! The rows of one scan, for all who want them: those that came so far, then those that still come.
//! It must not know what was asked, nor how long rows are kept.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::sdk::Error;

/// How many rows a scan may be ahead of its quickest reader: more would be asked for in vain if that one stops.
const AHEAD: usize = 64;
/// How many rows a reader takes at a time.
const BATCH: usize = 32;

/// A row that is kept, or its share of the memory.
pub trait Weight: Clone + Send + Sync + 'static {
    /// How many bytes it takes.
    fn weight(&self) -> usize;
}

/// The rows of one scan.
pub(super) struct Feed<T: Weight> {
    state: Mutex<State<T>>,
    /// A row came, or the end.
    grown: Notify,
    /// A reader took rows, or left.
    taken: Notify,
    /// The bytes of all feeds.
    total: Arc<AtomicUsize>,
}

struct State<T> {
    /// Those from number `first` on.
    rows: VecDeque<T>,
    first: usize,
    bytes: usize,
    /// False once there is no room for all of them: then only those are kept that a reader has yet to take.
    is_whole: bool,
    end: Option<Result<(), Error>>,
    /// What each reader takes next.
    readers: BTreeMap<u64, usize>,
    next_reader: u64,
    scan: Option<AbortHandle>,
}

impl<T: Weight> Feed<T> {
    pub(super) fn new(total: Arc<AtomicUsize>) -> Self {
        let state = State {
            rows: VecDeque::new(),
            first: 0,
            bytes: 0,
            is_whole: true,
            end: None,
            readers: BTreeMap::new(),
            next_reader: 0,
            scan: None,
        };
        Self { state: Mutex::new(state), grown: Notify::new(), taken: Notify::new(), total }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A reader from the first row on; none if rows are gone, the scan failed, or it is being given up.
    pub(super) fn reader(self: &Arc<Self>) -> Option<Reader<T>> {
        let mut state = self.state();
        let is_given_up = state.end.is_none() && state.readers.is_empty() && state.next_reader > 0;
        if !state.is_whole || is_given_up || matches!(state.end, Some(Err(_))) {
            return None;
        }
        Some(self.join(&mut state))
    }

    fn join(self: &Arc<Self>, state: &mut State<T>) -> Reader<T> {
        let id = state.next_reader;
        state.next_reader += 1;
        state.readers.insert(id, state.first);
        Reader { feed: Arc::clone(self), id, batch: VecDeque::new() }
    }

    /// True if somebody still reads, or the scan still runs.
    pub(super) fn is_busy(&self) -> bool {
        let state = self.state();
        state.end.is_none() || !state.readers.is_empty()
    }

    /// The scan that fills it, which ends when its last reader leaves.
    pub(super) fn filled_by(&self, scan: AbortHandle) {
        let mut state = self.state();
        if state.readers.is_empty() {
            scan.abort();
        }
        state.scan = Some(scan);
    }

    /// Adds a row when there is room; false if nobody reads any more.
    pub(super) async fn push(&self, row: T) -> bool {
        loop {
            let room = self.taken.notified();
            let mut room = std::pin::pin!(room);
            room.as_mut().enable();
            {
                let mut state = self.state();
                let Some(&quickest) = state.readers.values().max() else { return false };
                let slowest = state.readers.values().min().copied().unwrap_or(quickest);
                let end = state.first + state.rows.len();
                let waits_for = if state.is_whole { quickest } else { slowest };
                if end - waits_for < AHEAD {
                    let weight = row.weight();
                    state.bytes += weight;
                    state.rows.push_back(row);
                    self.total.fetch_add(weight, Ordering::Relaxed);
                    drop(state);
                    self.grown.notify_waiters();
                    return true;
                }
            }
            room.await;
        }
    }

    /// Keeps from now on only what a reader has yet to take.
    pub(super) fn shrink(&self) {
        let mut state = self.state();
        state.is_whole = false;
        self.drop_taken(&mut state);
    }

    fn drop_taken(&self, state: &mut State<T>) {
        if state.is_whole {
            return;
        }
        let slowest = state.readers.values().min().copied().unwrap_or(usize::MAX);
        while state.first < slowest
            && let Some(row) = state.rows.pop_front()
        {
            state.first += 1;
            state.bytes -= row.weight();
            self.total.fetch_sub(row.weight(), Ordering::Relaxed);
        }
    }

    /// Ends it, once.
    pub(super) fn end(&self, result: Result<(), Error>) {
        let mut state = self.state();
        state.end.get_or_insert(result);
        state.scan = None;
        drop(state);
        self.grown.notify_waiters();
    }
}

impl<T: Weight> Drop for Feed<T> {
    fn drop(&mut self) {
        self.total.fetch_sub(self.state().bytes, Ordering::Relaxed);
    }
}

/// One of those who read a scan's rows. When the last one leaves, the scan stops.
pub struct Reader<T: Weight> {
    feed: Arc<Feed<T>>,
    id: u64,
    batch: VecDeque<T>,
}

impl<T: Weight> Reader<T> {
    /// The one for whom the scan runs.
    pub(super) fn first(feed: &Arc<Feed<T>>) -> Self {
        feed.join(&mut feed.state())
    }

    /// Tells which task runs the scan: it is aborted when nobody reads its rows any more.
    pub fn fed_by(&self, task: AbortHandle) {
        self.feed.filled_by(task);
    }

    /// The next row, or none at the end.
    ///
    /// # Errors
    /// The scan failed; the rows before were right.
    pub async fn next(&mut self) -> Result<Option<T>, Error> {
        loop {
            if let Some(row) = self.batch.pop_front() {
                return Ok(Some(row));
            }
            let feed = Arc::clone(&self.feed);
            let grown = feed.grown.notified();
            let mut grown = std::pin::pin!(grown);
            grown.as_mut().enable();
            {
                let mut state = feed.state();
                let at = state.readers.get(&self.id).copied().unwrap_or_default();
                let start = at - state.first;
                self.batch.extend(state.rows.iter().skip(start).take(BATCH).cloned());
                if !self.batch.is_empty() {
                    state.readers.insert(self.id, at + self.batch.len());
                    feed.drop_taken(&mut state);
                    drop(state);
                    feed.taken.notify_waiters();
                    continue;
                }
                if let Some(end) = &state.end {
                    return end.clone().map(|()| None);
                }
            }
            grown.await;
        }
    }
}

impl<T: Weight> Drop for Reader<T> {
    fn drop(&mut self) {
        let mut state = self.feed.state();
        state.readers.remove(&self.id);
        let scan =
            if state.readers.is_empty() && state.end.is_none() { state.scan.take() } else { None };
        self.feed.drop_taken(&mut state);
        drop(state);
        if let Some(scan) = scan {
            scan.abort();
        }
        self.feed.taken.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt;
    use tokio::time::timeout;

    use super::*;

    impl Weight for u32 {
        fn weight(&self) -> usize {
            10
        }
    }

    fn feed() -> (Arc<Feed<u32>>, Arc<AtomicUsize>) {
        let total = Arc::new(AtomicUsize::new(0));
        (Arc::new(Feed::new(Arc::clone(&total))), total)
    }

    async fn rest(mut reader: Reader<u32>) -> Vec<u32> {
        let mut rows = Vec::new();
        while let Some(row) = reader.next().await.unwrap() {
            rows.push(row);
        }
        rows
    }

    /// Pushes until the feed is full.
    async fn fill(feed: &Feed<u32>, from: u32) -> u32 {
        let mut next = from;
        while timeout(Duration::from_millis(1), feed.push(next)).await.is_ok() {
            next += 1;
        }
        next
    }

    #[tokio::test(start_paused = true)]
    async fn a_scan_is_little_ahead_of_the_quickest_reader_and_a_late_one_gets_all() {
        let (feed, _) = feed();
        let mut first = feed.reader().unwrap();
        assert_eq!(fill(&feed, 0).await, 64);
        assert_eq!(first.next().await.unwrap(), Some(0));
        assert_eq!(fill(&feed, 64).await, 96, "it took a batch");
        let slow = feed.reader().unwrap();
        feed.end(Ok(()));
        assert_eq!(rest(first).await, (1..96).collect::<Vec<_>>());
        assert_eq!(rest(slow).await, (0..96).collect::<Vec<_>>());
        assert_eq!(rest(feed.reader().unwrap()).await.len(), 96);
    }

    #[tokio::test(start_paused = true)]
    async fn without_room_only_what_is_still_wanted_is_kept() {
        let (feed, total) = feed();
        let (mut quick, slow) = (feed.reader().unwrap(), feed.reader().unwrap());
        fill(&feed, 0).await;
        for row in 0..64 {
            assert_eq!(quick.next().await.unwrap(), Some(row));
        }
        feed.shrink();
        assert_eq!(total.load(Ordering::Relaxed), 640, "the slow one has yet to take them");
        assert!(feed.reader().is_none(), "nobody can start any more");
        assert_eq!(fill(&feed, 64).await, 64, "and none come until it did");
        drop(slow);
        assert_eq!(total.load(Ordering::Relaxed), 0);
        assert_eq!(fill(&feed, 64).await, 128);
        feed.end(Ok(()));
        assert_eq!(rest(quick).await, (64..128).collect::<Vec<_>>());
        drop(feed);
        assert_eq!(total.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_reader_stops_the_scan() {
        let (feed, _) = feed();
        let (first, second) = (feed.reader().unwrap(), feed.reader().unwrap());
        let scan = tokio::spawn(std::future::pending::<()>());
        feed.filled_by(scan.abort_handle());
        drop(first);
        tokio::task::yield_now().await;
        assert!(!scan.is_finished());
        drop(second);
        assert!(scan.await.unwrap_err().is_cancelled());
        assert!(feed.reader().is_none(), "nobody joins what was given up");
        assert!(!feed.push(1).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_told_to_all_who_read_and_ends_it() {
        let (feed, _) = feed();
        let (mut first, mut second) = (feed.reader().unwrap(), feed.reader().unwrap());
        assert!(feed.push(7).await);
        feed.end(Err(Error::new("boom")));
        feed.end(Ok(()));
        for reader in [&mut first, &mut second] {
            assert_eq!(reader.next().now_or_never(), Some(Ok(Some(7))));
            assert_eq!(reader.next().await, Err(Error::new("boom")));
        }
        assert!(feed.reader().is_none());
    }
}

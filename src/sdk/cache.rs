//! The query cache: rows of scans, kept for later scans that ask for no more (protocol section 6).
//! It must not know what a row is, nor run a scan.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use feed::Feed;
pub use feed::{Reader, Weight};
pub use question::Question;

use super::{Error, Memory};

mod feed;
#[cfg(test)]
mod model;
mod question;
#[cfg(test)]
mod tests;

/// How long rows are kept at most, unless the host says otherwise.
const LONGEST: Duration = Duration::from_mins(5);
/// After how many more bytes the memory of the process is looked at again.
const LOOK_EVERY: usize = 1 << 20;

/// What the host wants of the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whether there is one.
    pub enabled: bool,
    /// How long rows are kept at most; none for five minutes.
    pub longest: Option<Duration>,
    /// How many bytes of rows are kept at most; none for as many as memory allows.
    pub largest: Option<usize>,
}

/// Whose rows: one connection of this number, one of its tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The number of the connection; a changed connection has another one.
    pub connection: u64,
    /// The table's name.
    pub table: &'static str,
}

/// A moment, by the clock that runs steadily and by the one on the wall.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    steady: Instant,
    wall: SystemTime,
}

impl Moment {
    /// This one.
    pub fn now() -> Self {
        Self { steady: Instant::now(), wall: SystemTime::now() }
    }

    /// How long ago another one was, by the clock that says more: the steady one stops while a machine sleeps.
    fn since(self, other: Self) -> Duration {
        let wall = self.wall.duration_since(other.wall).unwrap_or_default();
        self.steady.saturating_duration_since(other.steady).max(wall)
    }
}

/// The rows of all connections.
///
/// Its own index and not a cache crate under it: what is looked up is not a key but a question that an earlier one may
/// cover, what runs is shared while it runs, and the oldest goes first.
pub struct Cache<T: Weight> {
    stock: Mutex<Stock<T>>,
    /// The bytes of all rows, those included that are no longer found and still read.
    bytes: Arc<AtomicUsize>,
    memory: Option<Memory>,
    looked_at: AtomicUsize,
}

struct Stock<T: Weight> {
    options: Options,
    /// By age: numbers grow.
    items: BTreeMap<u64, Item<T>>,
    /// The numbers of a place's items.
    places: BTreeMap<Place, Vec<u64>>,
    next: u64,
}

struct Item<T: Weight> {
    place: Place,
    question: Question,
    /// When its scan began: rows are as old as that.
    since: Moment,
    feed: Arc<Feed<T>>,
}

/// Who answers a question.
pub enum Answer<T: Weight> {
    /// A scan that ran, or runs: its rows hold all that is asked for.
    Kept {
        /// Its rows.
        rows: Reader<T>,
        /// True if they are no others than those asked for, but for the limit.
        is_exact: bool,
    },
    /// Nobody yet: whoever asked has to run the scan.
    New {
        /// Where its rows go.
        writer: Writer<T>,
        /// Its rows.
        rows: Reader<T>,
    },
}

impl<T: Weight> Cache<T> {
    /// A cache that is off until the host sets its options.
    pub fn new(memory: Option<Memory>) -> Self {
        let options = Options { enabled: false, longest: None, largest: None };
        let stock = Stock { options, items: BTreeMap::new(), places: BTreeMap::new(), next: 0 };
        Self {
            stock: Mutex::new(stock),
            bytes: Arc::default(),
            memory,
            looked_at: AtomicUsize::new(0),
        }
    }

    fn stock(&self) -> MutexGuard<'_, Stock<T>> {
        self.stock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Empties it, and keeps to these options from now on.
    pub fn set_options(&self, options: Options) {
        let old = {
            let mut stock = self.stock();
            stock.options = options;
            stock.places.clear();
            std::mem::take(&mut stock.items)
        };
        drop(old); // rows are let go where nobody waits for the stock
    }

    /// True if the host wants one.
    pub fn is_enabled(&self) -> bool {
        self.stock().options.enabled
    }

    /// Bytes of rows in memory.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Who answers this question with rows that are no older than `max_age`.
    pub fn ask(
        self: &Arc<Self>,
        place: Place,
        question: Question,
        max_age: Duration,
        now: Moment,
    ) -> Answer<T> {
        self.drop_old(now);
        let mut stock = self.stock();
        if !max_age.is_zero()
            && let Some(answer) = stock.find(place, &question, max_age, now)
        {
            return answer;
        }
        let feed = Arc::new(Feed::new(Arc::clone(&self.bytes)));
        let number = stock.next;
        stock.next += 1;
        stock.places.entry(place).or_default().push(number);
        stock.items.insert(number, Item { place, question, since: now, feed: Arc::clone(&feed) });
        drop(stock);
        let rows = Reader::first(&feed);
        let writer = Writer {
            cache: Arc::clone(self),
            feed,
            number,
            is_kept: AtomicBool::new(true),
            is_ended: false,
        };
        Answer::New { writer, rows }
    }

    /// Lets go what is too old for any question, and what takes more memory than there is.
    pub fn sweep(&self, now: Moment) {
        self.drop_old(now);
        self.relieve();
    }

    fn drop_old(&self, now: Moment) {
        let old: Vec<Item<T>> = {
            let mut stock = self.stock();
            let longest = stock.options.longest.unwrap_or(LONGEST);
            let mut old = Vec::new();
            while let Some((&number, item)) = stock.items.first_key_value()
                && now.since(item.since) > longest
            {
                old.extend(stock.take(number));
            }
            old
        };
        drop(old);
    }

    /// Lets go all rows of a connection: it has changed, or what it reads has.
    pub fn forget(&self, connection: u64) {
        let forgotten: Vec<Item<T>> = {
            let mut stock = self.stock();
            let items = stock.items.iter();
            let numbers: Vec<u64> = items
                .filter(|(_, item)| item.place.connection == connection)
                .map(|(&number, _)| number)
                .collect();
            numbers.into_iter().filter_map(|number| stock.take(number)).collect()
        };
        drop(forgotten);
    }

    /// Makes room, the oldest first; false if there is still too much, because it is being read or written.
    fn make_room(&self) -> bool {
        let of_memory = self.memory.as_ref().map_or(usize::MAX, |memory| memory.budget / 2);
        let largest = self.stock().options.largest.unwrap_or(usize::MAX).min(of_memory);
        let bytes = self.bytes();
        if bytes > largest && !self.let_go(bytes - largest) {
            return false;
        }
        if bytes.abs_diff(self.looked_at.load(Ordering::Relaxed)) < LOOK_EVERY {
            return true;
        }
        self.looked_at.store(bytes, Ordering::Relaxed);
        self.relieve()
    }

    /// Makes room if the process comes near its budget; false if it could not make enough.
    fn relieve(&self) -> bool {
        let Some(memory) = &self.memory else { return true };
        let near = memory.budget - memory.budget / 5;
        let excess = (memory.used)().unwrap_or_default().saturating_sub(near);
        excess == 0 || self.let_go(excess)
    }

    /// Lets go at least so many bytes of rows that nobody reads, and some more, so that it is not soon called again;
    /// false if there are not so many.
    fn let_go(&self, excess: usize) -> bool {
        let enough = self.bytes().saturating_sub(excess);
        let goal = enough - enough / 16;
        let mut stock = self.stock();
        let idle = stock.items.iter().filter(|(_, item)| !item.feed.is_busy());
        let idle: Vec<u64> = idle.map(|(&number, _)| number).collect();
        for number in idle {
            if self.bytes() <= goal {
                break;
            }
            drop(stock.take(number));
        }
        drop(stock);
        self.bytes() <= enough
    }
}

impl<T: Weight> Stock<T> {
    fn find(
        &self,
        place: Place,
        question: &Question,
        max_age: Duration,
        now: Moment,
    ) -> Option<Answer<T>> {
        let longest = self.options.longest.unwrap_or(LONGEST).min(max_age);
        // the newest first
        self.places.get(&place)?.iter().rev().find_map(|number| {
            let item = self.items.get(number)?;
            if now.since(item.since) > longest || !item.question.covers(question) {
                return None;
            }
            let is_exact = item.question.same_quals(question);
            item.feed.reader().map(|rows| Answer::Kept { rows, is_exact })
        })
    }

    fn take(&mut self, number: u64) -> Option<Item<T>> {
        let item = self.items.remove(&number)?;
        if let Some(numbers) = self.places.get_mut(&item.place) {
            numbers.retain(|&other| other != number);
            if numbers.is_empty() {
                self.places.remove(&item.place);
            }
        }
        Some(item)
    }
}

/// Where the rows of a scan go that the cache keeps. Dropped before its end, it is as if the scan had failed.
pub struct Writer<T: Weight> {
    cache: Arc<Cache<T>>,
    feed: Arc<Feed<T>>,
    number: u64,
    /// False once there was no room for its rows.
    is_kept: AtomicBool,
    is_ended: bool,
}

impl<T: Weight> Writer<T> {
    /// Adds a row, when there is room; false if nobody wants any more.
    pub async fn push(&self, row: T) -> bool {
        if !self.feed.push(row).await {
            return false;
        }
        if self.is_kept.load(Ordering::Relaxed) && !self.cache.make_room() {
            self.is_kept.store(false, Ordering::Relaxed);
            self.give_up();
            self.feed.shrink();
        }
        true
    }

    /// The end of the scan. A scan that failed leaves nothing behind.
    pub fn end(mut self, result: Result<(), Error>) {
        self.is_ended = true;
        if result.is_err() {
            self.give_up();
        }
        self.feed.end(result);
    }

    /// It is no longer found.
    fn give_up(&self) {
        drop(self.cache.stock().take(self.number));
    }
}

impl<T: Weight> Drop for Writer<T> {
    fn drop(&mut self) {
        if !self.is_ended {
            self.give_up();
            self.feed.end(Err(Error::new("the scan was stopped").hint("run the query again")));
        }
    }
}

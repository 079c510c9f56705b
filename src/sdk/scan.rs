//! How one table is read for one connection: which calls run, with what, and what becomes of their replies.
//! It must not know what the calls are, or how rows are sent.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt};
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use items::{Document, Item, keys};

use super::cache::Question;
use super::in_order::InOrder;
use super::limiter::{CallLimits, Throttle};
use super::pick::Picker;
use super::{Cell, Column, Connection, Error, Hydrate, Key, Qual, Query, Table};

mod items;

/// What is asked of a table.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Names of the wanted columns; names the table does not have are left out of the rows.
    pub columns: Vec<String>,
    /// Conditions; those on key columns are applied, the others are left to Postgres.
    pub quals: Vec<Qual>,
    /// Stop after so many rows; only sent by hosts when every condition is on a key column.
    pub limit: Option<u64>,
    /// How many items may be hydrated at once, whatever the connection allows.
    pub max_concurrency: usize,
    /// The conditions of the query are not known here: every row that some condition could select is wanted, and a
    /// required one is not asked for.
    pub whole: bool,
    /// What the calls must keep to besides; nothing if unset.
    pub throttle: Option<Throttle>,
}

/// One row: the wanted columns' values, in the order of [`Scan::columns`].
#[derive(Debug)]
pub struct Row {
    /// The values.
    pub cells: Vec<Cell>,
    /// The calls it took: list or get, then the hydrate calls.
    pub calls: Vec<CallRecord>,
}

/// A call that a row took, for diagnostics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// `list`, `get` or `hydrate`.
    pub kind: &'static str,
    /// The function's name.
    pub name: &'static str,
    /// The rate limiters it kept to.
    pub limiters: Arc<[String]>,
    /// How long they made it wait.
    pub delay: Duration,
}

/// Where the rows of a scan go.
pub trait Sink: Sync {
    /// Takes a row, when there is room for it; false if no more are wanted.
    fn send(&self, row: Row) -> impl Future<Output = bool> + Send;
}

impl Sink for mpsc::Sender<Row> {
    async fn send(&self, row: Row) -> bool {
        mpsc::Sender::send(self, row).await.is_ok()
    }
}

/// The plan of one scan, made from the declaration of the table and the request alone.
pub struct Scan<C: 'static> {
    table: &'static Table<C>,
    columns: Vec<&'static Column<C>>,
    query: Query,
    quals: Vec<Qual>,
    limit: Option<u64>,
    max_concurrency: usize,
    item: Source<C>,
    /// What the list or get call must keep to.
    limits: CallLimits,
    hydrates: Vec<Step<C>>,
    get: Option<(&'static Hydrate<C>, Vec<String>)>,
    hydrate_calls: AtomicI64,
}

/// A hydrate call that every row takes.
struct Step<C: 'static> {
    call: &'static Hydrate<C>,
    source: Source<C>,
    limits: CallLimits,
}

/// What is taken out of one kind of document.
struct Source<C: 'static> {
    picker: Picker,
    /// For each of the picker's first slots: the column, and its place in the row (none if only a condition reads it).
    columns: Vec<(&'static Column<C>, Option<usize>)>,
}

impl<C: Connection> Scan<C> {
    /// Plans the scan.
    pub fn new(table: &'static Table<C>, request: Request) -> Self {
        let columns: Vec<_> = table
            .columns
            .iter()
            .filter(|column| request.columns.iter().any(|name| name == column.name))
            .collect();
        let quals: Vec<Qual> = request
            .quals
            .into_iter()
            .filter(|qual| table.column(&qual.column).is_some_and(|column| column.key != Key::No))
            .collect();
        // key columns of conditions are read even if the query does not show them
        let mut read: Vec<(&'static Column<C>, Option<usize>)> =
            columns.iter().enumerate().map(|(place, column)| (*column, Some(place))).collect();
        for column in table.columns {
            let shown = columns.iter().any(|shown| shown.name == column.name);
            if !shown && quals.iter().any(|qual| qual.column == column.name) {
                read.push((column, None));
            }
        }
        let get = table.get.as_ref().and_then(|get| keys(get, &quals).map(|keys| (get.call, keys)));
        // a get's reply has the columns of the item and of its own call
        let in_item = |column: &Column<C>| match (column.from, &get) {
            (None, _) => true,
            (Some(call), Some((get, _))) => std::ptr::eq(call, *get),
            (Some(_), None) => false,
        };
        let mut calls: Vec<&'static Hydrate<C>> = Vec::new();
        for (column, _) in &read {
            if let Some(call) = column.from
                && !in_item(column)
                && !calls.iter().any(|known| std::ptr::eq(*known, call))
            {
                calls.push(call);
            }
        }
        let item = Source::new(
            read.iter().filter(|(column, _)| in_item(column)).copied().collect(),
            calls.iter().map(|call| call.key),
        );
        let limits = |function| {
            let throttle = request.throttle.as_ref();
            throttle
                .map_or_else(CallLimits::none, |throttle| throttle.of_call(table.name, function))
        };
        let hydrates = calls
            .into_iter()
            .map(|call| {
                let of_call = |(column, _): &&(&'static Column<C>, _)| {
                    column.from.is_some_and(|from| std::ptr::eq(from, call))
                };
                let source = Source::new(read.iter().filter(of_call).copied().collect(), []);
                Step { call, source, limits: limits(call.name) }
            })
            .collect();
        let wanted = read.iter().map(|(column, _)| column.name).collect();
        Self {
            table,
            columns,
            query: Query::new(table, wanted, &quals, request.whole),
            quals,
            limit: request.limit,
            max_concurrency: request.max_concurrency,
            item,
            limits: limits(get.as_ref().map_or(table.list.name, |(get, _)| get.name)),
            hydrates,
            get,
            hydrate_calls: AtomicI64::new(0),
        }
    }

    /// What it is asked, for the cache; none if a condition is not fully understood.
    pub fn question(&self) -> Option<Question> {
        let exact = self.table.columns.iter().filter(|column| column.exact);
        let question = Question {
            columns: self.columns.iter().map(|column| column.name).collect(),
            quals: self.quals.clone(),
            exact: exact.map(|column| column.name).collect(),
            limit: self.limit,
        };
        question.is_understood().then_some(question)
    }

    /// The table's name.
    pub fn table(&self) -> &'static str {
        self.table.name
    }

    /// The columns of the rows, in the table's order.
    pub fn columns(&self) -> &[&'static Column<C>] {
        &self.columns
    }

    /// Hydrate calls made so far.
    pub fn hydrate_calls(&self) -> i64 {
        self.hydrate_calls.load(Ordering::Relaxed)
    }

    /// Runs the scan and sends its rows, in the order of the list. Ends early, without error, at the limit or when no
    /// more are wanted; dropping the future stops every call that is under way.
    ///
    /// # Errors
    /// The first failure, with the table and the call or column it happened in. Rows before it are sent; one that
    /// [`Error::is_unreachable`] was before any row, so that no part is taken for the whole if it is ignored.
    pub async fn run(&self, connection: &C, rows: &impl Sink) -> Result<(), Error> {
        if !self.query.is_whole() {
            self.check_required().map_err(|error| error.within(self.table.name))?;
        }
        if self.limit == Some(0) {
            return Ok(());
        }
        let has_sent = AtomicBool::new(false);
        let scan = self.stream_rows(connection, rows, &has_sent);
        let scan = AssertUnwindSafe(scan).catch_unwind().await;
        let (kind, name) = self.first_call();
        scan.unwrap_or_else(|panic| Err(panicked(&format!("{kind} call {name}"), &*panic)))
            .map_err(|error| if has_sent.into_inner() { error.after_rows() } else { error })
            .map_err(|error| error.within(self.table.name))
    }

    /// Fails if a condition is missing that the table cannot be read without.
    fn check_required(&self) -> Result<(), Error> {
        let bounded = |column: &Column<C>| {
            self.quals.iter().any(|qual| qual.column == column.name && qual.narrows())
        };
        let missing: Vec<_> = self
            .table
            .columns
            .iter()
            .filter(|column| column.required && !bounded(column))
            .collect();
        let [first, ..] = missing.as_slice() else { return Ok(()) };
        let list: Vec<String> = missing
            .iter()
            .map(|column| {
                format!("column:'{}' operator: {}", column.name, column.key.operators().join(","))
            })
            .collect();
        let (plural, list) = match list.as_slice() {
            [only] => ("", only.clone()),
            several => ("s", format!("\n    {}", several.join("\n    "))),
        };
        Err(Error::new(format!(
            "'List' call for table '{}' is missing {} required qual{plural}: {list}",
            self.table.name,
            missing.len()
        ))
        .hint(format!("add a condition on {} to the query", first.name)))
    }

    async fn stream_rows(
        &self,
        connection: &C,
        rows: &impl Sink,
        has_sent: &AtomicBool,
    ) -> Result<(), Error> {
        let mut concurrency = connection.concurrency().min(self.max_concurrency).max(1);
        let hydrated_quals = self.quals.iter().any(|qual| {
            self.hydrates.iter().any(|step| {
                step.source.columns.iter().any(|(column, _)| column.name == qual.column)
            })
        });
        if let (Some(limit), false) = (self.limit, hydrated_quals) {
            concurrency = concurrency.min(usize::try_from(limit).unwrap_or(usize::MAX)); // no call that may not be needed
        }
        let items = self.items(connection).enumerate();
        let started = items.filter_map(|(index, item)| async move {
            // a long list of items that are ruled out must let others have a turn
            tokio::task::consume_budget().await;
            let (_, call) = self.first_call();
            let odd = |error| odd(connection, &format!("item {} of {call}", index + 1), &error);
            item.and_then(|item| self.start(&item).map_err(odd)).transpose()
        });
        let finished = started.map(|row| async {
            match row {
                Ok(row) => self.finish(connection, row).await,
                Err(error) => Err(error),
            }
        });
        let mut finished = InOrder::new(finished.boxed(), concurrency);
        let mut left = self.limit;
        while let Some(row) = finished.next().await {
            let Some((row, exact)) = row? else { continue };
            has_sent.store(true, Ordering::Relaxed);
            let wanted = tokio::select! {
                biased;
                wanted = rows.send(row) => wanted,
                // a reader that pauses must not hold what other scans wait for
                () = finished.drive() => true,
            };
            if !wanted {
                return Ok(());
            }
            // a row that Postgres may yet drop does not count
            if let (Some(left), true) = (&mut left, exact) {
                *left -= 1;
                if *left == 0 {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Takes a row's values out of its item. `None` if a condition rules it out.
    fn start(&self, item: &Item) -> Result<Option<Started>, Error> {
        let cells = vec![Cell::Null; self.columns.len()];
        let mut row = Started { cells, exact: true, keys: Vec::new(), delay: item.delay };
        let (found, body) = match &item.document {
            Document::InList(list, number) => (list.of(*number), list.body()),
            Document::Own(document) if !document.trim_ascii_start().starts_with(b"{") => {
                return Err(Error::new("an item is no object"));
            }
            Document::Own(document) => {
                let found = self.item.picker.pick(document);
                let unreadable = |error| Error::new(format!("cannot read an item: {error}"));
                (found.map_err(unreadable)?, document)
            }
        };
        if !self.take(&self.item, &found, body, &mut row)? {
            return Ok(None);
        }
        for (Step { call, .. }, raw) in self.hydrates.iter().zip(&found[self.item.columns.len()..])
        {
            let key = raw.and_then(|json| serde_json::from_str(json).ok());
            row.keys.push(key.ok_or_else(|| {
                Error::new(format!("an item has no text at {} for {}", call.key, call.name))
            })?);
        }
        Ok(Some(row))
    }

    /// Runs the row's hydrate calls. `None` if its thing is gone by now, or a condition rules it out.
    async fn finish(&self, connection: &C, mut row: Started) -> Result<Option<(Row, bool)>, Error> {
        let keys = std::mem::take(&mut row.keys);
        let calls = self.hydrates.iter().zip(&keys).map(|(step, key)| {
            AssertUnwindSafe(self.hydrate(step, connection, key)).catch_unwind()
        });
        let replies = join_all(calls).await;
        let mut calls = Vec::with_capacity(1 + self.hydrates.len());
        let (kind, name) = self.first_call();
        let mut record = |kind, name, limits: &CallLimits, delay| {
            calls.push(CallRecord { kind, name, limiters: Arc::clone(limits.names()), delay });
        };
        record(kind, name, &self.limits, row.delay);
        for ((step, key), reply) in self.hydrates.iter().zip(&keys).zip(replies) {
            let Step { call, source, limits } = step;
            let (reply, delay) = reply
                .map_err(|panic| panicked(&format!("hydrate function {}", call.name), &*panic))?;
            let reply = match reply {
                Err(error) if error.is_not_found() => {
                    tracing::info!(table = self.table.name, %error, "gone since it was listed");
                    return Ok(None);
                }
                reply => reply?,
            };
            record("hydrate", call.name, limits, delay);
            let odd = |error| odd(connection, &format!("{} of {key}", call.name), &error);
            let found = source
                .picker
                .pick(&reply)
                .map_err(|error| odd(Error::new(format!("cannot read a reply: {error}"))))?;
            if !self.take(source, &found, &reply, &mut row).map_err(odd)? {
                return Ok(None);
            }
        }
        Ok(Some((Row { cells: row.cells, calls }, row.exact)))
    }

    /// Makes one call, when it may start, and tells how long it waited for that.
    async fn hydrate(
        &self,
        step: &Step<C>,
        connection: &C,
        key: &str,
    ) -> (Result<Bytes, Error>, Duration) {
        let started = step.limits.hydrate().await;
        self.hydrate_calls.fetch_add(1, Ordering::Relaxed);
        let reply = (step.call.call)(connection, key).await;
        (reply, started.delay)
    }

    /// Converts what was found in one document; false if a condition rules the row out.
    fn take(
        &self,
        source: &Source<C>,
        found: &[Option<&str>],
        document: &Bytes,
        row: &mut Started,
    ) -> Result<bool, Error> {
        for ((column, place), raw) in source.columns.iter().zip(found) {
            let cell =
                raw.map_or(Ok(Cell::Null), |raw| column.cell(raw, document)).map_err(|error| {
                    Error::new(format!("{}: {error} at {}", column.name, column.pointer))
                })?;
            for qual in self.quals.iter().filter(|qual| qual.column == column.name) {
                match qual.matches(&cell).filter(|_| column.key == Key::Exact) {
                    Some(true) => {}
                    Some(false) => return Ok(false),
                    None => row.exact = false,
                }
            }
            if let Some(place) = place {
                row.cells[*place] = cell;
            }
        }
        Ok(true)
    }

    /// The list or get call: its kind and its function's name.
    fn first_call(&self) -> (&'static str, &'static str) {
        self.get.as_ref().map_or(("list", self.table.list.name), |(get, _)| ("get", get.name))
    }
}

/// A row whose item was read.
struct Started {
    cells: Vec<Cell>,
    /// False if only Postgres can tell whether the row satisfies the conditions.
    exact: bool,
    /// One for each hydrate call.
    keys: Vec<String>,
    /// How long its list or get call had to wait.
    delay: Duration,
}

impl<C> Source<C> {
    fn new(
        columns: Vec<(&'static Column<C>, Option<usize>)>,
        keys: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        let picker = Picker::new(columns.iter().map(|(column, _)| column.pointer).chain(keys));
        Self { picker, columns }
    }
}

impl<C> Column<C> {
    pub(crate) fn cell(&self, json: &str, document: &Bytes) -> Result<Cell, String> {
        let Some(map) = self.map else {
            return Cell::from_json(self.column_type, self.unix, json, document);
        };
        let raw = |json| serde_json::from_str::<&RawValue>(json).map_err(|error| error.to_string());
        let Some(mapped) = map(raw(json)?)? else { return Ok(Cell::Null) };
        let mapped = Bytes::from(mapped);
        let json = str::from_utf8(&mapped).map_err(|error| error.to_string())?;
        Cell::from_json(self.column_type, self.unix, raw(json)?.get(), &mapped)
    }
}

/// What to do about a reply that is odd.
const BROKEN: &str = "what was sent is broken, or is not what its API documents: check that nothing else answers there, and nothing between changes it";

/// What was sent, but is not what it should be: which thing it is about, and where it came from.
fn odd(connection: &impl Connection, what: &str, error: &Error) -> Error {
    let place = connection.place().map_or(String::new(), |place| format!(", from {place}"));
    Error::new(format!("{error} ({what}{place})")).hint(BROKEN)
}

fn panicked(what: &str, panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a value that is no text".to_owned());
    Error::panicked(format!("{what} failed with panic {text}"))
}

//! How one table is read for one connection: which calls run, with what, and what becomes of their replies.
//! It must not know what the calls are, or how rows are sent.

use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt, stream};
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use super::pick::Picker;
use super::{Cell, Column, Connection, Error, Get, Hydrate, Key, Qual, Query, Table};

/// How many keys of `where id in (…)` are fetched at once.
const GETS_AT_ONCE: usize = 16;

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
}

/// One row: the wanted columns' values, in the order of [`Scan::columns`].
#[derive(Debug)]
pub struct Row {
    /// The values.
    pub cells: Vec<Cell>,
    /// The hydrate calls of this row, by name.
    pub calls: Vec<&'static str>,
}

/// A call that a scan made, for diagnostics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallRecord {
    /// `list`, `get` or `hydrate`.
    pub kind: &'static str,
    /// The function's name.
    pub name: &'static str,
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
    hydrates: Vec<(&'static Hydrate<C>, Source<C>)>,
    get: Option<(&'static Hydrate<C>, Vec<String>)>,
    hydrate_calls: AtomicI64,
    first_call: Mutex<Option<CallRecord>>,
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
        let hydrates = calls
            .into_iter()
            .map(|call| {
                let of_call = |(column, _): &&(&'static Column<C>, _)| {
                    column.from.is_some_and(|from| std::ptr::eq(from, call))
                };
                (call, Source::new(read.iter().filter(of_call).copied().collect(), []))
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
            hydrates,
            get,
            hydrate_calls: AtomicI64::new(0),
            first_call: Mutex::new(None),
        }
    }

    /// The columns of the rows, in the table's order.
    pub fn columns(&self) -> &[&'static Column<C>] {
        &self.columns
    }

    /// Hydrate calls made so far.
    pub fn hydrate_calls(&self) -> i64 {
        self.hydrate_calls.load(Ordering::Relaxed)
    }

    /// The list or get call, once it was made.
    pub fn first_call(&self) -> Option<CallRecord> {
        *self.first_call.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Runs the scan and sends its rows, converted, in the order of the list. Ends early, without error, at the limit
    /// or when nobody receives any more; dropping the future stops every call that is under way.
    ///
    /// # Errors
    /// The first failure, with the table and the call or column it happened in. Rows before it are sent.
    pub async fn run<T>(
        &self,
        connection: &C,
        rows: &mpsc::Sender<T>,
        convert: impl Fn(Row) -> T,
    ) -> Result<(), Error> {
        if !self.query.is_whole() {
            self.check_required().map_err(|error| error.within(self.table.name))?;
        }
        if self.limit == Some(0) {
            return Ok(());
        }
        let scan =
            AssertUnwindSafe(self.stream_rows(connection, rows, convert)).catch_unwind().await;
        scan.unwrap_or_else(|panic| Err(panicked(&self.call_in_words(), &*panic)))
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

    async fn stream_rows<T>(
        &self,
        connection: &C,
        rows: &mpsc::Sender<T>,
        convert: impl Fn(Row) -> T,
    ) -> Result<(), Error> {
        let mut concurrency = connection.concurrency().min(self.max_concurrency).max(1);
        let hydrated_quals = self.quals.iter().any(|qual| {
            self.hydrates.iter().any(|(_, source)| {
                source.columns.iter().any(|(column, _)| column.name == qual.column)
            })
        });
        if let (Some(limit), false) = (self.limit, hydrated_quals) {
            concurrency = concurrency.min(usize::try_from(limit).unwrap_or(usize::MAX)); // no call that may not be needed
        }
        let items = self.items(connection);
        let started = items.filter_map(|item| async {
            // a long list of items that are ruled out must let others have a turn
            tokio::task::consume_budget().await;
            item.and_then(|item| self.start(&item)).transpose()
        });
        let mut finished = started
            .map(|row| async {
                match row {
                    Ok(row) => self.finish(connection, row).await,
                    Err(error) => Err(error),
                }
            })
            .buffered(concurrency)
            .boxed();
        let mut left = self.limit;
        while let Some(row) = finished.next().await {
            let Some((row, exact)) = row? else { continue };
            if rows.send(convert(row)).await.is_err() {
                return Ok(()); // the query has enough
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

    /// The items: of the get calls, if the conditions name keys, else of the list call.
    fn items<'s>(&'s self, connection: &'s C) -> super::Rows<'s> {
        let made = |kind, name| {
            *self.first_call.lock().unwrap_or_else(std::sync::PoisonError::into_inner) =
                Some(CallRecord { kind, name });
        };
        let Some((get, keys)) = &self.get else {
            made("list", self.table.list.name);
            return (self.table.list.call)(connection, &self.query);
        };
        made("get", get.name);
        let replies = stream::iter(keys).map(move |key| (get.call)(connection, key));
        Box::pin(replies.buffered(GETS_AT_ONCE).filter_map(|reply| async {
            match reply {
                Err(error) if error.is_not_found() => None,
                other => Some(other),
            }
        }))
    }

    /// Takes a row's values out of its item. `None` if a condition rules it out.
    fn start(&self, item: &Bytes) -> Result<Option<Started>, Error> {
        let mut row =
            Started { cells: vec![Cell::Null; self.columns.len()], exact: true, keys: Vec::new() };
        let found = self
            .item
            .picker
            .pick(item)
            .map_err(|error| Error::new(format!("cannot read an item: {error}")))?;
        if !self.take(&self.item, &found, item, &mut row)? {
            return Ok(None);
        }
        for ((call, _), raw) in self.hydrates.iter().zip(&found[self.item.columns.len()..]) {
            let key = raw.and_then(|raw| serde_json::from_str(raw.get()).ok());
            row.keys.push(key.ok_or_else(|| {
                Error::new(format!("an item has no text at {} for {}", call.key, call.name))
            })?);
        }
        Ok(Some(row))
    }

    /// Runs the row's hydrate calls. `None` if its thing is gone by now, or a condition rules it out.
    async fn finish(&self, connection: &C, mut row: Started) -> Result<Option<(Row, bool)>, Error> {
        let calls = self.hydrates.iter().zip(&row.keys).map(|((call, _), key)| {
            self.hydrate_calls.fetch_add(1, Ordering::Relaxed);
            AssertUnwindSafe((call.call)(connection, key)).catch_unwind()
        });
        let replies = join_all(calls).await;
        for ((call, source), reply) in self.hydrates.iter().zip(replies) {
            let reply = match reply {
                Ok(Ok(reply)) => reply,
                Ok(Err(error)) if error.is_not_found() => {
                    tracing::info!(table = self.table.name, %error, "gone since it was listed");
                    return Ok(None);
                }
                Ok(Err(error)) => return Err(error),
                Err(panic) => {
                    return Err(panicked(&format!("hydrate function {}", call.name), &*panic));
                }
            };
            let found = source.picker.pick(&reply).map_err(|error| {
                Error::new(format!("cannot read the reply of {}: {error}", call.name))
            })?;
            if !self.take(source, &found, &reply, &mut row)? {
                return Ok(None);
            }
        }
        let calls = self.hydrates.iter().map(|(call, _)| call.name).collect();
        Ok(Some((Row { cells: row.cells, calls }, row.exact)))
    }

    /// Converts what was found in one document; false if a condition rules the row out.
    fn take(
        &self,
        source: &Source<C>,
        found: &[Option<&RawValue>],
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

    fn call_in_words(&self) -> String {
        match self.first_call() {
            Some(call) => format!("{} call {}", call.kind, call.name),
            None => "scan".to_owned(),
        }
    }
}

/// A row whose item was read.
struct Started {
    cells: Vec<Cell>,
    /// False if only Postgres can tell whether the row satisfies the conditions.
    exact: bool,
    /// One for each hydrate call.
    keys: Vec<String>,
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
    pub(crate) fn cell(&self, raw: &RawValue, document: &Bytes) -> Result<Cell, String> {
        let Some(map) = self.map else {
            return Cell::from_json(self.column_type, self.unix, raw, document);
        };
        let Some(mapped) = map(raw)? else { return Ok(Cell::Null) };
        let mapped = Bytes::from(mapped);
        let raw: &RawValue = serde_json::from_slice(&mapped).map_err(|error| error.to_string())?;
        Cell::from_json(self.column_type, self.unix, raw, &mapped)
    }
}

/// The keys to get, if a condition names them all and the call takes each.
fn keys<C>(get: &Get<C>, quals: &[Qual]) -> Option<Vec<String>> {
    let qual = quals.iter().find(|qual| qual.column == get.column && qual.texts().is_some())?;
    let mut keys: Vec<String> = Vec::new();
    for key in qual.texts()? {
        if !(get.takes)(key) {
            return None;
        }
        if !keys.iter().any(|known| known == key) {
            keys.push(key.to_owned());
        }
    }
    Some(keys)
}

fn panicked(what: &str, panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a value that is no text".to_owned());
    Error::panicked(format!("{what} failed with panic {text}"))
}

//! One connection's part of a query: its scan, or the rows that the cache has of an earlier one (protocol sections 4 and
//! 6). It must not know of the other connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tracing::Instrument;

use super::execute::{CONNECTION_COLUMN, Context, Failure, Query, Rows};
use super::proto::steampipe::{ExecuteResponse, QueryMetadata};
use super::row::EncodedRow;
use crate::sdk::cache::{Answer, Moment, Place, Reader, Writer};
use crate::sdk::{self, Cell, Request, Scan, Sink};

/// The context columns of the host, besides the connection's name.
const CONTEXT_COLUMNS: [&str; 2] = ["sp_ctx", "_ctx"];

/// A connection that takes part in a query.
pub(super) struct Child<C> {
    pub(super) name: String,
    /// What it is, with its number; or why it is nothing.
    pub(super) connection: Result<(Arc<C>, u64), String>,
    pub(super) limit: Option<u64>,
    /// How old cached rows may be; none if they are not wanted.
    pub(super) max_age: Option<Duration>,
}

impl<C: sdk::Connection> Child<C> {
    /// Sends its rows, until their end or until the host has enough.
    pub(super) async fn run(self, query: &Query<C>, rows: &Rows) -> Result<(), Failure> {
        // every row of a connection has the same name, so a condition on it can spare the whole scan
        let about_name = query.quals.iter().filter(|qual| qual.column == CONNECTION_COLUMN);
        let named = sdk::matches_text(&self.name, about_name);
        if named == Some(false) {
            return Ok(());
        }
        let (connection, number) =
            self.connection.map_err(|text| Failure { text, panicked: false })?;
        let limit = if named.is_some() { self.limit } else { None };
        let scan = Scan::new(
            query.table,
            Request {
                columns: query.columns.clone(),
                quals: query.quals.clone(),
                limit,
                max_concurrency: query.shared.limits.rows,
                whole: false,
                throttle: Some(query.shared.limiters.of_connection(&self.name)),
            },
        );
        let context = Context::new(&self.name, query.shared.limits.diagnostics);
        let scanning = Arc::new(Scanning { scan, context, name: self.name });
        let failed = |error: sdk::Error| Failure {
            panicked: error.is_panic(),
            text: error.within(&scanning.name).to_string(),
        };
        let question = self
            .max_age
            .filter(|_| query.shared.cache.is_enabled() && query.plugin.caches(query.table))
            .and_then(|max_age| Some((scanning.scan.question()?, max_age)));
        let asked = Arc::clone(&connection);
        let ended = |result: Result<(), sdk::Error>| match result {
            Err(error) if asked.ignores(&error) => {
                let (connection, table) = (&scanning.name, query.table.name);
                tracing::warn!(connection, table, %error, "an engine is ignored, so there are no rows");
                Ok(())
            }
            result => result.map_err(failed),
        };
        let Some((question, max_age)) = question else {
            let sink = Sending { scanning: &scanning, rows, sent: AtomicI64::new(0) };
            return ended(scanning.scan.run(&*connection, &sink).await);
        };
        let place = Place { connection: number, table: query.table.name };
        let sent = match query.shared.cache.ask(place, question, max_age, Moment::now()) {
            Answer::Kept { rows: mut kept, is_exact: true } => {
                send(&mut kept, limit, |_| true, hit, &scanning, rows).await
            }
            // what ruled rows out there is less than what rules them out here, so the limit is Postgres's to apply
            Answer::Kept { rows: mut kept, is_exact: false } => {
                let may_satisfy = |row: &EncodedRow| row.may_satisfy(&query.quals);
                send(&mut kept, None, may_satisfy, hit, &scanning, rows).await
            }
            Answer::New { writer, rows: mut new } => {
                let task =
                    tokio::spawn(fill(Arc::clone(&scanning), connection, writer).in_current_span());
                new.fed_by(task.abort_handle());
                send(&mut new, None, |_| true, |count| scanning.metadata(count), &scanning, rows)
                    .await
            }
        };
        ended(sent)
    }
}

/// Runs a scan whose rows the cache keeps; it goes on while anybody reads them.
async fn fill<C: sdk::Connection>(
    scanning: Arc<Scanning<C>>,
    connection: Arc<C>,
    writer: Writer<EncodedRow>,
) {
    let sink = Keeping { scanning: &scanning, writer: &writer };
    let result = scanning.scan.run(&*connection, &sink).await;
    writer.end(result);
}

/// Sends what is read, as far as it may satisfy the conditions, and no more than the limit.
async fn send<C: sdk::Connection>(
    read: &mut Reader<EncodedRow>,
    limit: Option<u64>,
    may_satisfy: impl Fn(&EncodedRow) -> bool,
    metadata: impl Fn(i64) -> QueryMetadata,
    scanning: &Scanning<C>,
    rows: &Rows,
) -> Result<(), sdk::Error> {
    let mut sent = 0_i64;
    while limit.is_none_or(|limit| sent.unsigned_abs() < limit)
        && let Some(row) = read.next().await?
    {
        // a long list of rows that are ruled out must let others have a turn
        tokio::task::consume_budget().await;
        if !may_satisfy(&row) {
            continue;
        }
        sent += 1;
        if rows.send(Ok(scanning.response(row, metadata(sent)))).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// A scan, and what its rows are called.
struct Scanning<C: sdk::Connection> {
    scan: Scan<C>,
    context: Context,
    name: String,
}

impl<C: sdk::Connection> Scanning<C> {
    fn encode(&self, row: sdk::Row) -> EncodedRow {
        let context = self.context.of_row(&row.calls, self.scan.table());
        let own = self.scan.columns().iter().map(|column| column.name).zip(row.cells);
        let context = CONTEXT_COLUMNS.map(|name| (name, Cell::Json(context.clone())));
        let name = (CONNECTION_COLUMN, Cell::Text(self.name.clone()));
        EncodedRow::new(own.chain(context).chain([name]))
    }

    fn response(&self, row: EncodedRow, metadata: QueryMetadata) -> ExecuteResponse {
        ExecuteResponse { row: row.0, metadata: Some(metadata), connection: self.name.clone() }
    }

    fn metadata(&self, rows_fetched: i64) -> QueryMetadata {
        QueryMetadata { hydrate_calls: self.scan.hydrate_calls(), rows_fetched, cache_hit: false }
    }
}

/// Rows of another scan cost this query no calls.
fn hit(rows_fetched: i64) -> QueryMetadata {
    QueryMetadata { hydrate_calls: 0, rows_fetched, cache_hit: true }
}

/// Sends each row to the host.
struct Sending<'s, C: sdk::Connection> {
    scanning: &'s Scanning<C>,
    rows: &'s Rows,
    sent: AtomicI64,
}

impl<C: sdk::Connection> Sink for Sending<'_, C> {
    async fn send(&self, row: sdk::Row) -> bool {
        let metadata = self.scanning.metadata(self.sent.fetch_add(1, Ordering::Relaxed) + 1);
        let row = self.scanning.encode(row);
        self.rows.send(Ok(self.scanning.response(row, metadata))).await.is_ok()
    }
}

/// Gives each row to the cache, and so to all who read it.
struct Keeping<'s, C: sdk::Connection> {
    scanning: &'s Scanning<C>,
    writer: &'s Writer<EncodedRow>,
}

impl<C: sdk::Connection> Sink for Keeping<'_, C> {
    async fn send(&self, row: sdk::Row) -> bool {
        self.writer.push(self.scanning.encode(row)).await
    }
}

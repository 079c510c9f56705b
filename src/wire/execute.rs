//! One query of the host: a scan for each connection, fanned out, its rows told apart (protocol section 4).
//! It must not know how a scan finds its rows.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Response, Status};
use tracing::Instrument;

use super::connections::{Connections, Entry};
use super::convert::{self, SDK_VERSION, internal, unknown};
use super::handshake::Environment;
use super::proto::steampipe::{ExecuteRequest, ExecuteResponse, QueryMetadata, Row};
use crate::sdk::{self, CallRecord, Cell, Limiters, Qual, Request, Scan, Sink, Table};

/// Rows that wait for a slow host; more would only use memory.
const ROWS_AHEAD: usize = 64;
/// The context columns of the host.
const CONNECTION_COLUMN: &str = "sp_connection_name";
const CONTEXT_COLUMNS: [&str; 2] = ["sp_ctx", "_ctx"];

/// What the environment limits (protocol section 1.2).
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    connections: usize,
    rows: usize,
    diagnostics: bool,
}

impl Limits {
    pub(super) fn new(environment: &Environment) -> Self {
        let level = environment
            .get("STEAMPIPE_DIAGNOSTIC_LEVEL")
            .or_else(|| environment.get("STEAMPIPE_DIAGNOSTICS_LEVEL"));
        Self {
            connections: environment.count("STEAMPIPE_MAX_CONCURRENT_CONNECTIONS", 25),
            rows: environment.count("STEAMPIPE_MAX_CONCURRENT_ROWS", 500),
            diagnostics: level.is_some_and(|level| level.eq_ignore_ascii_case("ALL")),
        }
    }
}

type Rows = mpsc::Sender<Result<ExecuteResponse, Status>>;

/// The rows as the host receives them.
pub(super) type RowStream = Pin<Box<dyn Stream<Item = Result<ExecuteResponse, Status>> + Send>>;

/// Starts the query and answers with the stream of its rows. Dropping the stream stops it.
pub(super) fn execute<C: sdk::Connection>(
    plugin: &'static sdk::Plugin<C>,
    connections: &Connections<C>,
    limiters: &Arc<Limiters>,
    limits: Limits,
    request: ExecuteRequest,
) -> Result<Response<RowStream>, Status> {
    let children = children(connections, &request)?;
    let Some(table) = plugin.table(&request.table) else {
        return Err(unknown(format!(
            "plugin {} does not provide table {}",
            plugin.name, request.table
        )));
    };
    let context = request.query_context.unwrap_or_default();
    let quals = convert::quals(context.quals)?;
    let limiters = Arc::clone(limiters);
    let query = Query { table, columns: context.columns, quals, limiters, limits };
    let (rows, receiver) = mpsc::channel(ROWS_AHEAD);
    let span = tracing::info_span!(
        "execute",
        connection = request.connection,
        table = request.table,
        call_id = request.call_id.as_str()
    );
    let run = async move {
        tokio::select! {
            biased;
            () = rows.closed() => tracing::debug!("the host has enough"),
            result = AssertUnwindSafe(query.run(children, limits.connections, &rows)).catch_unwind() => {
                // a stream that just ended would read as a complete answer
                let result = result.unwrap_or_else(|_| Err(internal("the query failed with panic")));
                if let Err(status) = result {
                    tracing::error!(error = status.message(), "query failed");
                    // the host may have left by now
                    let _ = rows.send(Err(status)).await;
                }
            }
        }
    };
    tokio::spawn(run.instrument(span));
    Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
}

/// A connection that takes part in the query.
struct Child<C> {
    name: String,
    connection: Result<Arc<C>, String>,
    limit: Option<u64>,
}

/// The connections to run: those the host lists, else the one it names.
fn children<C: sdk::Connection>(
    connections: &Connections<C>,
    request: &ExecuteRequest,
) -> Result<Vec<Child<C>>, Status> {
    let named: BTreeMap<&str, Option<i64>> = if request.execute_connection_data.is_empty() {
        BTreeMap::from([(request.connection.as_str(), None)])
    } else {
        let data = request.execute_connection_data.iter();
        data.map(|(name, data)| (name.as_str(), data.limit.as_ref().map(|limit| limit.value)))
            .collect()
    };
    if named.contains_key("") {
        return Err(unknown("either ExecuteConnectionData or Connection must be provided"));
    }
    let mut children = Vec::new();
    for (name, limit) in named {
        let limit = limit.and_then(|limit| u64::try_from(limit).ok());
        let mut add = |name: &str, entry| match entry {
            Some(Entry::Ready(connection)) => {
                children.push(Child { name: name.to_owned(), connection: Ok(connection), limit });
                Ok(())
            }
            Some(Entry::Failed(error)) => {
                children.push(Child { name: name.to_owned(), connection: Err(error), limit });
                Ok(())
            }
            Some(Entry::Aggregator(_)) | None => Err(unknown(format!(
                "plugin execute failed - no connection data loaded for connection '{name}'"
            ))),
        };
        match connections.get(name) {
            Some(Entry::Aggregator(members)) => {
                members.iter().try_for_each(|member| add(member, connections.get(member)))?;
            }
            entry => add(name, entry)?,
        }
    }
    Ok(children)
}

/// What is asked of every child.
struct Query<C: 'static> {
    table: &'static Table<C>,
    columns: Vec<String>,
    quals: Vec<Qual>,
    limiters: Arc<Limiters>,
    limits: Limits,
}

impl<C: sdk::Connection> Query<C> {
    /// Runs every child to its end, so that the error names all that failed.
    async fn run(
        &self,
        children: Vec<Child<C>>,
        at_once: usize,
        rows: &Rows,
    ) -> Result<(), Status> {
        let failures: Vec<Failure> = stream::iter(children)
            .map(|child| async move { self.run_child(child, rows).await.err() })
            .buffer_unordered(at_once)
            .filter_map(std::future::ready)
            .collect()
            .await;
        let panicked = !failures.is_empty() && failures.iter().all(|failure| failure.panicked);
        let texts: BTreeSet<String> = failures.into_iter().map(|failure| failure.text).collect();
        let text = match texts.len() {
            0 => return Ok(()),
            1 => texts.into_iter().collect(),
            _ => texts.into_iter().fold(String::new(), |all, text| all + "\n\t" + &text),
        };
        Err(if panicked { internal(text) } else { unknown(text) })
    }

    async fn run_child(&self, child: Child<C>, rows: &Rows) -> Result<(), Failure> {
        // every row of a connection has the same name, so a condition on it can spare the whole scan
        let about_name = self.quals.iter().filter(|qual| qual.column == CONNECTION_COLUMN);
        let named = sdk::matches_text(&child.name, about_name);
        if named == Some(false) {
            return Ok(());
        }
        let connection = child.connection.map_err(|text| Failure { text, panicked: false })?;
        let scan = Scan::new(
            self.table,
            Request {
                columns: self.columns.clone(),
                quals: self.quals.clone(),
                limit: if named.is_some() { child.limit } else { None },
                max_concurrency: self.limits.rows,
                whole: false,
                throttle: Some(self.limiters.of_connection(&child.name)),
            },
        );
        let context = Context::new(&child.name, self.limits.diagnostics);
        let fetched = AtomicI64::new(0);
        let convert = |row: sdk::Row| {
            let rows_fetched = fetched.fetch_add(1, Ordering::Relaxed) + 1;
            let mut columns: BTreeMap<String, _> = scan
                .columns()
                .iter()
                .zip(row.cells)
                .map(|(column, cell)| (column.name.to_owned(), convert::column(cell)))
                .collect();
            let described = context.of_row(&row.calls, self.table.name);
            for name in CONTEXT_COLUMNS {
                columns.insert(name.to_owned(), convert::column(Cell::Json(described.clone())));
            }
            columns.insert(
                CONNECTION_COLUMN.to_owned(),
                convert::column(Cell::Text(child.name.clone())),
            );
            Ok(ExecuteResponse {
                row: Some(Row { columns }),
                metadata: Some(QueryMetadata {
                    hydrate_calls: scan.hydrate_calls(),
                    rows_fetched,
                    cache_hit: false,
                }),
                connection: child.name.clone(),
            })
        };
        let sink = Sending { rows, convert };
        scan.run(&*connection, &sink).await.map_err(|error| Failure {
            panicked: error.is_panic(),
            text: error.within(&child.name).to_string(),
        })
    }
}

/// Sends each row to the host.
struct Sending<'r, F> {
    rows: &'r Rows,
    convert: F,
}

impl<F: Fn(sdk::Row) -> Result<ExecuteResponse, Status> + Sync> Sink for Sending<'_, F> {
    async fn send(&self, row: sdk::Row) -> bool {
        self.rows.send((self.convert)(row)).await.is_ok()
    }
}

struct Failure {
    text: String,
    panicked: bool,
}

/// Makes `sp_ctx` and `_ctx` (protocol section 4.2).
struct Context<'c> {
    connection: &'c str,
    diagnostics: bool,
    plain: Bytes,
}

impl<'c> Context<'c> {
    fn new(connection: &'c str, diagnostics: bool) -> Self {
        let plain =
            json!({"connection_name": connection, "steampipe": {"sdk_version": SDK_VERSION}});
        Self { connection, diagnostics, plain: plain.to_string().into() }
    }

    /// The context of one row; with the calls behind it if the user wants diagnostics.
    fn of_row(&self, calls: &[CallRecord], table: &str) -> Bytes {
        if !self.diagnostics {
            return self.plain.clone();
        }
        let call = |call: &CallRecord| {
            let CallRecord { kind, name, limiters, delay } = call;
            json!({
                "type": kind,
                "function_name": name,
                "scope_values": {"connection": self.connection, "function_name": name, "table": table},
                "rate_limiters": &**limiters,
                "rate_limiter_delay_ms": u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
            })
        };
        let calls: Vec<_> = calls.iter().map(call).collect();
        let context = json!({
            "connection_name": self.connection,
            "steampipe": {"sdk_version": SDK_VERSION},
            "diagnostics": {"calls": calls},
        });
        context.to_string().into()
    }
}

//! One query of the host: a scan for each connection, fanned out, its rows told apart (protocol section 4).
//! It must not know how a scan finds its rows.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Response, Status};
use tracing::Instrument;

use super::child::Child;
use super::connections::{Connections, Entry};
use super::convert::{self, SDK_VERSION, internal, unknown};
use super::handshake::Environment;
use super::proto::steampipe::{ExecuteConnectionData, ExecuteRequest, ExecuteResponse};
use super::row::EncodedRow;
use crate::sdk::cache::Cache;
use crate::sdk::{self, CallRecord, Limiters, Qual, Table};

/// Rows that wait for a slow host; more would only use memory.
const ROWS_AHEAD: usize = 64;
/// The column that tells the rows of connections apart.
pub(super) const CONNECTION_COLUMN: &str = "sp_connection_name";

/// What the environment limits (protocol section 1.2).
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) connections: usize,
    pub(super) rows: usize,
    pub(super) diagnostics: bool,
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

/// What all queries share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) cache: Arc<Cache<EncodedRow>>,
    pub(super) limiters: Arc<Limiters>,
    pub(super) limits: Limits,
}

/// Where rows go: to the host, which may be slow.
pub(super) type Rows = mpsc::Sender<Result<ExecuteResponse, Status>>;

/// The rows as the host receives them.
pub(super) type RowStream = Pin<Box<dyn Stream<Item = Result<ExecuteResponse, Status>> + Send>>;

/// Starts the query and answers with the stream of its rows. Dropping the stream stops it.
pub(super) fn execute<C: sdk::Connection>(
    plugin: &'static sdk::Plugin<C>,
    connections: &Connections<C>,
    shared: &Shared,
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
    let shared = shared.clone();
    let query = Query { plugin, table, columns: context.columns, quals, shared };
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
            result = AssertUnwindSafe(query.run(children, &rows)).catch_unwind() => {
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

/// The connections to run: those the host lists, else the one it names.
fn children<C: sdk::Connection>(
    connections: &Connections<C>,
    request: &ExecuteRequest,
) -> Result<Vec<Child<C>>, Status> {
    let legacy = ExecuteConnectionData {
        limit: None,
        cache_enabled: request.cache_enabled,
        cache_ttl: request.cache_ttl,
    };
    let named: BTreeMap<&str, &ExecuteConnectionData> = if request
        .execute_connection_data
        .is_empty()
    {
        BTreeMap::from([(request.connection.as_str(), &legacy)])
    } else {
        request.execute_connection_data.iter().map(|(name, data)| (name.as_str(), data)).collect()
    };
    if named.contains_key("") {
        return Err(unknown("either ExecuteConnectionData or Connection must be provided"));
    }
    let mut children = Vec::new();
    for (name, data) in named {
        let mut add = |name: &str, entry| {
            let connection = match entry {
                Some(Entry::Ready(connection, number)) => Ok((connection, number)),
                Some(Entry::Failed(error)) => Err(error),
                Some(Entry::Aggregator(_)) | None => {
                    return Err(unknown(format!(
                        "plugin execute failed - no connection data loaded for connection '{name}'"
                    )));
                }
            };
            let max_age = u64::try_from(data.cache_ttl).unwrap_or_default();
            children.push(Child {
                name: name.to_owned(),
                connection,
                limit: data.limit.as_ref().and_then(|limit| u64::try_from(limit.value).ok()),
                max_age: data.cache_enabled.then(|| Duration::from_secs(max_age)),
            });
            Ok(())
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
pub(super) struct Query<C: sdk::Connection> {
    pub(super) plugin: &'static sdk::Plugin<C>,
    pub(super) table: &'static Table<C>,
    pub(super) columns: Vec<String>,
    pub(super) quals: Vec<Qual>,
    pub(super) shared: Shared,
}

impl<C: sdk::Connection> Query<C> {
    /// Runs every child to its end, so that the error names all that failed.
    async fn run(&self, children: Vec<Child<C>>, rows: &Rows) -> Result<(), Status> {
        let failures: Vec<Failure> = stream::iter(children)
            .map(|child| async move { child.run(self, rows).await.err() })
            .buffer_unordered(self.shared.limits.connections)
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
}

/// Why a connection has no rows, or no more.
pub(super) struct Failure {
    pub(super) text: String,
    pub(super) panicked: bool,
}

/// Makes `sp_ctx` and `_ctx` (protocol section 4.2).
pub(super) struct Context {
    connection: String,
    diagnostics: bool,
    plain: Bytes,
}

impl Context {
    pub(super) fn new(connection: &str, diagnostics: bool) -> Self {
        let plain =
            json!({"connection_name": connection, "steampipe": {"sdk_version": SDK_VERSION}});
        Self { connection: connection.to_owned(), diagnostics, plain: plain.to_string().into() }
    }

    /// The context of one row; with the calls behind it if the user wants diagnostics.
    pub(super) fn of_row(&self, calls: &[CallRecord], table: &str) -> Bytes {
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

//! A PostgreSQL server that is already there, reached by its `postgres://` URL.
//! It must not know what is loaded or asked.

use std::pin::pin;

use bytes::Bytes;
use futures_util::SinkExt;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use super::session::{Connection, Statement};
use super::{Column, DatabaseError, Row};

struct Server {
    client: Client,
    runtime: Runtime,
}

/// Connects. The password may also be in `PGPASSWORD`, where other users of the machine do not see it.
pub(super) fn connect(url: &str) -> Result<Box<dyn Connection>, DatabaseError> {
    let mut config: Config = url.parse().map_err(|error| failed("understand the URL", &error))?;
    if config.get_ssl_mode() == SslMode::Require {
        let why = "sslmode=require is not supported; connect through a tunnel or a Unix socket, and say sslmode=disable";
        return Err(DatabaseError::Failed(format!(
            "cannot connect to the PostgreSQL server: {why}"
        )));
    }
    if config.get_password().is_none()
        && let Ok(password) = std::env::var("PGPASSWORD")
    {
        config.password(password);
    }
    config.application_name("docker-compliance");
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed("start", &error))?;
    let (client, connection) =
        runtime.block_on(config.connect(NoTls)).map_err(|error| failed("connect", &error))?;
    // if it ends in an error, whatever is asked next fails with it
    runtime.spawn(connection);
    Ok(Box::new(Server { client, runtime }))
}

impl Connection for Server {
    fn execute(&mut self, sql: &str) -> Result<Vec<Row>, DatabaseError> {
        let messages = self
            .runtime
            .block_on(self.client.simple_query(sql))
            .map_err(|error| failure(&error))?;
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|index| row.get(index).map(str::to_owned)).collect())
            }
            _ => None,
        });
        Ok(rows.collect())
    }

    fn describe(&mut self, sql: &str) -> Result<Statement, DatabaseError> {
        let statement =
            self.runtime.block_on(self.client.prepare(sql)).map_err(|error| failure(&error))?;
        let parameters = statement.params().iter().map(|kind| kind.name().to_owned()).collect();
        let columns = statement.columns().iter();
        let columns = columns.map(|column| Column {
            name: column.name().to_owned(),
            data_type: column.type_().name().to_owned(),
        });
        Ok(Statement { parameters, columns: columns.collect() })
    }

    fn copy(&mut self, target: &str, rows: Vec<u8>) -> Result<(), DatabaseError> {
        let copied = self.runtime.block_on(async {
            let sink = self.client.copy_in(&format!("copy {target} from stdin")).await?;
            let mut sink = pin!(sink);
            // a message may not be larger than 1 GB
            let mut rows = Bytes::from(rows);
            while !rows.is_empty() {
                sink.send(rows.split_to(rows.len().min(1 << 20))).await?;
            }
            sink.finish().await
        });
        copied.map(drop).map_err(|error| failure(&error))
    }
}

fn failure(error: &tokio_postgres::Error) -> DatabaseError {
    match error.as_db_error() {
        Some(refusal) => {
            let (message, code) = (refusal.message().to_owned(), refusal.code().code().to_owned());
            DatabaseError::Refused { message, code }
        }
        None => failed("answer", error),
    }
}

/// The crate says what failed and keeps the reason apart.
fn failed(what: &str, error: &dyn std::error::Error) -> DatabaseError {
    let reason = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    DatabaseError::Failed(format!("the PostgreSQL server could not {what}: {error}{reason}"))
}

//! PostgreSQL in process: the engine `pglite-oxide`, its cache and its files.
//! It must not know what is loaded or asked.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::Path;

use pglite_oxide::{BackendMessage, ExecProtocolOptions, Pglite, PgliteError, QueryOptions};
use tempfile::TempDir;

use super::session::{Connection, Statement};
use super::{Column, DatabaseError, ResultSet, Row, cache};

struct Embedded {
    // dropped before its folder
    database: Pglite,
    types: HashMap<i32, String>,
    _folder: TempDir,
}

/// Opens an empty database; its files lie in the cache folder and go with it.
pub(super) fn open() -> Result<Box<dyn Connection>, DatabaseError> {
    let cache = cache::folder()
        .ok_or_else(|| failed("find its cache folder", &"there is no home folder"))?;
    let runs = cache.join("docker-compliance");
    fs::create_dir_all(&runs).map_err(|error| failed("create its cache folder", &error))?;
    // One process at a time: two that fill the cache at once take the files from each other.
    let lock = File::create(runs.join("lock")).map_err(|error| failed("lock its cache", &error))?;
    lock.lock().map_err(|error| failed("lock its cache", &error))?;
    let others = sweep(&runs);
    let opening = runs.join("opening");
    if opening.exists() && !others {
        // whoever opened last did not get to the end, and may have left half of a file
        for part in ["runtime", "wasmer-aot", "pgdata-template"] {
            let _ = fs::remove_dir_all(cache.join(part));
        }
    }
    File::create(&opening).map_err(|error| failed("write to its cache", &error))?;
    let folder =
        cache::temporary_folder(&runs, RUN).map_err(|error| failed("create its files", &error))?;
    let builder = Pglite::builder().path(folder.path());
    let database = builder.open().map_err(|error| {
        failed("start (its cache is made anew at the next run)", &format!("{error:#}"))
    })?;
    let _ = fs::remove_file(&opening);
    Ok(Box::new(Embedded { database, types: HashMap::new(), _folder: folder }))
}

const RUN: &str = "run-";

/// Removes what killed runs have left: it holds copies of what the engine said. True if other runs are alive.
#[expect(clippy::disallowed_methods, reason = "the thread of the database may block")]
fn sweep(runs: &Path) -> bool {
    let mut others = false;
    for entry in fs::read_dir(runs).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(RUN) {
            continue;
        }
        // the engine locks the folder it works in
        let lock = File::open(entry.path().join(".pglite-oxide.lock"));
        if lock.is_ok_and(|lock| lock.try_lock().is_err()) {
            others = true;
        } else {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    others
}

impl Embedded {
    /// Sends messages of PostgreSQL's protocol; gives the answers, or the first error among them.
    fn send(&mut self, messages: &[u8]) -> Result<Vec<BackendMessage>, DatabaseError> {
        let options =
            ExecProtocolOptions { throw_on_error: false, ..ExecProtocolOptions::no_sync() };
        let reply = self.database.exec_protocol(messages, options);
        let messages = reply.map_err(|error| failed("answer", &format!("{error:#}")))?.messages;
        match messages.iter().find_map(|message| {
            if let BackendMessage::Error(error) = message { Some(error) } else { None }
        }) {
            Some(error) => Err(refused(error)),
            None => Ok(messages),
        }
    }

    /// The columns that a reply tells of.
    fn columns(&mut self, messages: &[BackendMessage]) -> Result<Vec<Column>, DatabaseError> {
        let fields = messages.iter().flat_map(|message| match message {
            BackendMessage::RowDescription(found) => found.fields.as_slice(),
            _ => &[],
        });
        let columns = fields.map(|field| {
            Ok(Column { name: field.name.clone(), data_type: self.type_name(field.data_type_id)? })
        });
        columns.collect()
    }

    fn type_name(&mut self, oid: i32) -> Result<String, DatabaseError> {
        if !self.types.contains_key(&oid) {
            let name = self.execute(&format!("select typname from pg_type where oid = {oid}"))?;
            let name =
                name.into_iter().flatten().flatten().next().unwrap_or_else(|| oid.to_string());
            self.types.insert(oid, name);
        }
        Ok(self.types[&oid].clone())
    }
}

/// The rows of a reply.
fn rows(messages: Vec<BackendMessage>) -> Vec<Row> {
    let row = |message| {
        if let BackendMessage::DataRow(row) = message { Some(row.fields) } else { None }
    };
    messages.into_iter().filter_map(row).collect()
}

impl Connection for Embedded {
    fn execute(&mut self, sql: &str) -> Result<Vec<Row>, DatabaseError> {
        Ok(rows(self.send(&message(b'Q', &[&text(sql)?])?)?))
    }

    fn describe(&mut self, sql: &str) -> Result<Statement, DatabaseError> {
        // the unnamed statement, its parameters' types left to the server
        let parse = message(b'P', &[b"\0", &text(sql)?, &[0, 0]])?;
        let describe = message(b'D', &[b"S\0"])?;
        let sync = message(b'S', &[])?;
        let messages = self.send(&[parse, describe, sync].concat())?;
        let parameters = messages.iter().flat_map(|message| match message {
            BackendMessage::ParameterDescription(found) => found.data_type_ids.as_slice(),
            _ => &[],
        });
        let parameters = parameters.map(|oid| self.type_name(*oid)).collect::<Result<_, _>>()?;
        Ok(Statement { parameters, columns: self.columns(&messages)? })
    }

    fn read(&mut self, sql: &str) -> Result<ResultSet, DatabaseError> {
        // parsed once, and described on the way
        let parse = message(b'P', &[b"\0", &text(sql)?, &[0, 0]])?;
        let describe = message(b'D', &[b"S\0"])?;
        // the unnamed portal: no parameters, all columns as text
        let bind = message(b'B', &[b"\0\0", &[0, 0], &[0, 0], &[0, 0]])?;
        let execute = message(b'E', &[b"\0", &[0, 0, 0, 0]])?;
        let sync = message(b'S', &[])?;
        let messages = self.send(&[parse, describe, bind, execute, sync].concat())?;
        Ok(ResultSet { columns: self.columns(&messages)?, rows: rows(messages) })
    }

    fn copy(&mut self, target: &str, rows: Vec<u8>) -> Result<(), DatabaseError> {
        let sql = format!("copy {target} from '/dev/blob'");
        let options = QueryOptions { blob: Some(rows), ..QueryOptions::default() };
        let copied = self.database.exec(&sql, Some(&options));
        copied.map(drop).map_err(|error| match error.downcast::<PgliteError>() {
            Ok(error) => refused(error.database_error()),
            Err(error) => failed("load", &format!("{error:#}")),
        })
    }
}

/// A message of the protocol: its kind, its length, its parts.
fn message(kind: u8, parts: &[&[u8]]) -> Result<Vec<u8>, DatabaseError> {
    let body = parts.concat();
    let length = i32::try_from(body.len() + 4).map_err(|error| failed("take the query", &error))?;
    Ok([&[kind], length.to_be_bytes().as_slice(), &body].concat())
}

/// A text of the protocol, which a NUL ends.
fn text(sql: &str) -> Result<Vec<u8>, DatabaseError> {
    if sql.contains('\0') {
        return Err(failed("take the query", &"it contains a NUL character"));
    }
    Ok([sql.as_bytes(), b"\0"].concat())
}

fn refused(error: &pglite_oxide::DatabaseError) -> DatabaseError {
    let message = error.message.clone();
    match error.code.clone() {
        Some(code) => DatabaseError::Refused { message, code },
        None => DatabaseError::Failed(message),
    }
}

fn failed(what: &str, why: &dyn std::fmt::Display) -> DatabaseError {
    let why = why.to_string();
    // the engine adds the stack of its machine code
    let why = why.lines().next().unwrap_or_default();
    DatabaseError::Failed(format!("the embedded PostgreSQL could not {what}: {why}"))
}

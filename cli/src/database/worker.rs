//! The thread on which a database lives, and the clock that watches its queries.
//! It must not know SQL, nor which database it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::session::Session;
use super::{Database, DatabaseError, ResultSet, TableData, TableRead};

type Job = Box<dyn FnOnce(&mut Session) + Send>;

/// A handle on a database that lives on its own thread: the embedded engine may not change threads, and it cannot be
/// interrupted either, so a query past its limit is left behind there.
pub(super) struct Worker {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    limit: Option<Duration>,
    provides_tables: bool,
    sent: u64,
    done: Arc<AtomicU64>,
    /// how many jobs were sent when the last one was left behind
    left_behind: u64,
}

impl Worker {
    /// Starts the thread and opens the database on it. A query may run for `limit`; without one the database watches itself.
    pub(super) fn start(
        limit: Option<Duration>,
        open: impl FnOnce() -> Result<Session, DatabaseError> + Send + 'static,
    ) -> Result<Self, DatabaseError> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let (opened, ready) = mpsc::channel();
        let done = Arc::new(AtomicU64::new(0));
        let finished = Arc::clone(&done);
        let work = move || {
            let mut session = match open() {
                Ok(session) => session,
                Err(error) => return drop(opened.send(Err(error))),
            };
            // whoever started the thread may be gone already: then the queue is closed too
            let _ = opened.send(Ok(session.provides_tables()));
            for job in queue {
                job(&mut session);
                finished.fetch_add(1, Ordering::Release);
            }
        };
        // PostgreSQL guards its own stack, but the host's part of a deep call is ours to give
        let thread =
            thread::Builder::new().name("database".to_owned()).stack_size(16 << 20).spawn(work);
        let thread = thread
            .map_err(|error| DatabaseError::Failed(format!("cannot start a thread: {error}")))?;
        let provides_tables = ready.recv().map_err(|_| gone())??;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
            limit,
            provides_tables,
            sent: 0,
            done,
            left_behind: 0,
        })
    }

    fn is_busy(&self) -> bool {
        self.done.load(Ordering::Acquire) < self.left_behind
    }

    fn run<T: Send + 'static>(
        &mut self,
        limit: Option<Duration>,
        job: impl FnOnce(&mut Session) -> T + Send + 'static,
    ) -> Result<T, DatabaseError> {
        if limit.is_some() && self.is_busy() {
            let text =
                "the database is still busy with an earlier query that ran past its time limit";
            return Err(DatabaseError::Failed(text.to_owned()));
        }
        let (answer, answered) = mpsc::channel();
        // nobody waits any more for a query that was left behind
        self.send(move |session| drop(answer.send(job(session))));
        let Some(limit) = limit else { return answered.recv().map_err(|_| gone()) };
        answered.recv_timeout(limit).map_err(|error| match error {
            RecvTimeoutError::Timeout => {
                self.left_behind = self.sent;
                DatabaseError::timeout()
            }
            RecvTimeoutError::Disconnected => gone(),
        })
    }

    /// Queues a job. If the thread has ended, the job is dropped, and with it whatever it would answer on.
    fn send(&mut self, job: impl FnOnce(&mut Session) + Send + 'static) {
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(Box::new(job)).is_ok());
        self.sent += u64::from(sent);
    }
}

impl Database for Worker {
    fn provides_tables(&self) -> bool {
        self.provides_tables
    }

    fn create(&mut self, tables: Vec<TableData>) -> Result<(), DatabaseError> {
        self.run(None, move |session| session.create(&tables))?
    }

    fn load(&mut self, table: TableData) -> Result<(), DatabaseError> {
        self.run(None, move |session| session.load(table))?
    }

    fn fail_table(&mut self, name: &str, error: &str) {
        let (name, error) = (name.to_owned(), error.to_owned());
        // queued even behind a query that was left behind: no later query may overtake it
        self.send(move |session| session.fail_table(name, DatabaseError::Failed(error)));
    }

    fn reads(&mut self, sql: &str) -> Result<Option<Vec<TableRead>>, DatabaseError> {
        let sql = sql.to_owned();
        // the query is parsed, not run: no time limit may leave a table out of the picture
        self.run(None, move |session| session.reads(&sql))?
    }

    fn query(
        &mut self,
        sql: &str,
        arguments: &[Option<String>],
    ) -> Result<ResultSet, DatabaseError> {
        let (sql, arguments) = (sql.to_owned(), arguments.to_vec());
        self.run(self.limit, move |session| session.query(&sql, &arguments))?
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs = None;
        // its files go with it, unless a query keeps it busy: then the next run sweeps them
        if let Some(thread) = self.thread.take().filter(|_| !self.is_busy()) {
            let _ = thread.join();
        }
    }
}

fn gone() -> DatabaseError {
    DatabaseError::Failed("the database has stopped".to_owned())
}

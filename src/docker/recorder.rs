//! A recording while it is made: a header line, then each distinct reply and fact once, secrets masked.
//! It must not know where they come from, nor who will play them.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::value::RawValue;

use super::recording::Reply;
use super::{Endpoint, Error, mask};
use crate::host::Fact;

/// Writes a recording; clones write to the same one, from any thread.
#[derive(Clone)]
pub struct Recorder {
    file: Arc<str>,
    state: Arc<Mutex<State>>,
}

struct State {
    /// `None` once finished.
    writer: Option<Box<dyn Write + Send>>,
    has_begun: bool,
    /// What was written, by target.
    written: HashMap<String, Reply>,
    /// Why a fact could not be written: whoever reads facts cannot be told.
    failure: Option<io::Error>,
}

impl Recorder {
    /// Creates the file, or empties it.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        match File::create(path) {
            Ok(file) => Ok(Self::new(BufWriter::new(file), &name)),
            Err(error) => Err(Error::Record { name, source: Arc::new(error) }),
        }
    }

    /// Writes to anything; `file` is what messages call it.
    pub fn new(writer: impl Write + Send + 'static, file: &str) -> Self {
        let state = State {
            writer: Some(Box::new(writer)),
            has_begun: false,
            written: HashMap::new(),
            failure: None,
        };
        Self { file: file.into(), state: Arc::new(Mutex::new(state)) }
    }

    /// Writes what is left and closes the file; to be called once, after the last reply.
    ///
    /// # Errors
    /// The recording cannot be written, or is finished already.
    pub fn finish(&self) -> Result<(), Error> {
        self.with_state(|state| {
            let flushed = state.writer.take().ok_or_else(finished)?.flush();
            state.failure.take().map_or(flushed, Err)
        })
    }

    /// Writes the header, unless it is written already.
    pub(super) fn begin(&self, name: &str, endpoint: Option<&Endpoint>) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Header<'a> {
            recording: u8,
            name: &'a str,
            collected_at: String,
            endpoint: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            encrypted: Option<bool>,
        }
        self.with_state(|state| {
            if std::mem::replace(&mut state.has_begun, true) {
                return Ok(());
            }
            let collected_at = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            let name = if name.is_empty() { "engine" } else { name };
            state.write(&serde_json::to_string(&Header {
                recording: 1,
                name,
                collected_at,
                endpoint: endpoint.map_or("", Endpoint::host),
                encrypted: endpoint.and_then(Endpoint::is_encrypted),
            })?)
        })
    }

    /// Writes a reply, unless there is one for this target already, and gives back the one that is written: a run must
    /// see what its recording holds, and an engine changes between two calls.
    pub(super) fn reply(&self, target: &str, reply: Reply) -> Result<Reply, Error> {
        #[derive(Serialize)]
        struct Line<'a> {
            get: &'a str,
            status: u16,
            #[serde(skip_serializing_if = "BTreeMap::is_empty")]
            headers: &'a BTreeMap<String, String>,
            body: Box<RawValue>,
        }
        let known = self.with_state(|state| {
            let known = state.written.get(target).cloned();
            if known.is_none() {
                state.written.insert(target.to_owned(), reply.clone());
            }
            Ok(known)
        })?;
        if let Some(known) = known {
            return Ok(known);
        }
        // not under the lock: a long list takes a while
        let line = mask::json(&reply.body)
            .and_then(RawValue::from_string)
            .and_then(|body| {
                serde_json::to_string(&Line {
                    get: target,
                    status: reply.status,
                    headers: &reply.headers,
                    body,
                })
            })
            .map_err(|error| self.fail(error.into()))?;
        self.begin("", None)?;
        self.with_state(|state| state.write(&line))?;
        Ok(reply)
    }

    /// Writes a fact of the host; a failure is told at the end.
    pub(super) fn fact(&self, fact: &Fact) {
        let line = serde_json::to_string(&mask::fact(fact)).map_err(io::Error::from);
        let begun = self.begin("", None);
        let _ = self.with_state(|state| {
            let written = match (line, begun) {
                (Ok(line), Ok(())) => state.write(&line),
                (Err(error), _) => Err(error),
                (Ok(_), Err(error)) => Err(io::Error::other(error)),
            };
            if let Err(error) = written {
                state.failure.get_or_insert(error);
            }
            Ok(())
        });
    }

    fn with_state<T>(&self, act: impl FnOnce(&mut State) -> io::Result<T>) -> Result<T, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut state).map_err(|error| self.fail(error))
    }

    fn fail(&self, error: io::Error) -> Error {
        Error::Record { name: self.file.to_string(), source: Arc::new(error) }
    }
}

impl State {
    fn write(&mut self, line: &str) -> io::Result<()> {
        let writer = self.writer.as_mut().ok_or_else(finished)?;
        writer.write_all(line.as_bytes())?;
        writer.write_all(b"\n")
    }
}

fn finished() -> io::Error {
    io::Error::other("it is finished")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docker::{Origin, Recording};

    /// Keeps what is written, for a look at it.
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no test panics while it writes").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Shared {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().expect("as above").clone()).expect("UTF-8")
        }
    }

    fn reply(status: u16, body: &str) -> Reply {
        Reply { status, headers: BTreeMap::new(), body: body.to_owned().into() }
    }

    #[test]
    fn what_is_recorded_can_be_read_back() {
        let shared = Shared::default();
        let recorder = Recorder::new(shared.clone(), "x");
        let endpoint = Endpoint::new("unix:///run/e.sock", Origin::Default);
        recorder.begin("web-1", Some(&endpoint)).unwrap();
        let headers = BTreeMap::from([("Api-Version".to_owned(), "1.41".to_owned())]);
        recorder.reply("/_ping", Reply { headers, ..reply(200, "OK") }).unwrap();
        recorder
            .reply("/info", reply(200, "{\"Big\": 12345678901234567890123,\n \"A\": null}"))
            .unwrap();
        recorder
            .reply("/containers/b/json", reply(404, r#"{"message":"No such container: b"}"#))
            .unwrap();
        recorder.finish().unwrap();

        let recording = Recording::read(shared.text().as_bytes(), "x").unwrap();
        assert_eq!((recording.name(), recording.endpoint()), ("web-1", "unix:///run/e.sock"));
        assert!(
            recording.collected_at().parse::<jiff::Timestamp>().is_ok(),
            "{}",
            recording.collected_at()
        );
        assert_eq!(recording.engine().api_version.to_string(), "1.41");
        assert_eq!(recording.reply("/_ping").unwrap().body, "OK");
        assert_eq!(
            recording.reply("/info").unwrap().body,
            r#"{"Big":12345678901234567890123,"A":null}"#
        );
        assert_eq!(recording.reply("/containers/b/json").unwrap().status, 404);
        assert_eq!(shared.text().lines().count(), 4);
    }

    #[test]
    fn each_reply_is_written_once_and_the_header_first() {
        let shared = Shared::default();
        let recorder = Recorder::new(shared.clone(), "x");
        recorder.reply("/info", reply(200, "{}")).unwrap();
        let kept = recorder.clone().reply("/info", reply(200, r#"{"later":true}"#)).unwrap();
        assert_eq!(kept.body, "{}", "a run sees what its recording holds");
        let text = shared.text();
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].starts_with(r#"{"recording":1,"name":"engine","#), "{text}");
        assert_eq!(lines[1..], [r#"{"get":"/info","status":200,"body":{}}"#]);
    }

    #[test]
    fn a_disk_that_is_full_is_an_error() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let error = Recorder::new(Full, "x.jsonl").reply("/info", reply(200, "{}")).unwrap_err();
        assert_eq!(error.to_string(), "cannot write the recording `x.jsonl`");
    }

    #[test]
    fn nothing_is_written_after_the_end() {
        let recorder = Recorder::new(Shared::default(), "x");
        recorder.finish().unwrap();
        assert!(recorder.reply("/info", reply(200, "{}")).is_err());
    }
}

//! The one way to ask an engine, live or recorded: raw JSON in, for a path and a query.
//! It must not know what the JSON means, nor keep anything that another connection could see.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use serde_json::value::RawValue;
use tokio::task::JoinSet;

use super::context::{self, ContextEntry};
use super::endpoint::{Endpoint, Origin};
use super::engine::Engine;
use super::http::asked;
use super::live::{self, Live};
use super::locality::{self, Known};
use super::recorder::Recorder;
use super::recording::Recording;
use super::{Config, Environment, Error, mask, request};
use crate::host::{Facts, Host};

#[cfg(test)]
mod tests;

/// An engine, asked for one Steampipe connection.
///
/// All calls share its connections, its API version and its limit of calls in flight; dropping a call's future ends the
/// call. Share it by reference or in an [`Arc`].
pub struct Docker {
    source: Source,
    config: Config,
    environment: Environment,
    recorder: Option<Recorder>,
}

enum Source {
    Live(Arc<Live>, Arc<Known>),
    Recording(Box<Recorded>),
}

/// A recording, the facts of its host, and the host that they become.
struct Recorded {
    recording: Recording,
    facts: Mutex<Facts>,
    host: OnceLock<Result<Arc<Host>, String>>,
}

impl Docker {
    /// An engine that is found at the first call, and asked for its version then; nothing happens before.
    ///
    /// A failure is not kept: the next call tries again.
    pub fn new(config: Config, environment: Environment) -> Self {
        let live = Live::new(config.clone(), environment.clone());
        let source = Source::Live(Arc::new(live), Arc::default());
        Self { source, config, environment, recorder: None }
    }

    /// An engine that says what it said once. Of the options, only those that are not about the engine matter.
    pub fn from_recording(
        mut recording: Recording,
        config: Config,
        environment: Environment,
    ) -> Self {
        let facts = Mutex::new(recording.take_facts());
        let recorded = Recorded { recording, facts, host: OnceLock::new() };
        let source = Source::Recording(Box::new(recorded));
        Self { source, config, environment, recorder: None }
    }

    /// Records every reply and every fact of the host from now on, errors of the engine included.
    #[must_use]
    pub fn recording_to(self, recorder: Recorder) -> Self {
        Self { recorder: Some(recorder), ..self }
    }

    /// What the connection sets.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What the surroundings of the process say.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The whole reply to `GET` of a path, given by its segments, with a query; both are encoded here. Events, which
    /// engines send one after the other, are a list.
    ///
    /// # Errors
    /// The engine cannot be found, reached or understood, or it answers with another status than success.
    pub async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Bytes, Error> {
        let target = request::target(path, query);
        let recorder = self.recorder.as_ref();
        let (endpoint, mut reply) = match &self.source {
            Source::Live(live, _) => {
                let (live, target) = (Arc::clone(live), target.clone());
                let limit = request::limit(path, self.config.reply_limits);
                let recorder = self.recorder.clone();
                on_its_own(async move { live.get(&target, limit, recorder.as_ref()).await }).await?
            }
            Source::Recording(played) => {
                let recording = &played.recording;
                if let Some(recorder) = recorder {
                    recorder.begin(recording.name(), Some(&recorded_endpoint(recording)))?;
                }
                (recorded_endpoint(recording), recording.reply(&target)?.clone())
            }
        };
        if path == ["events"]
            && (200..300).contains(&reply.status)
            && let Some(list) = listed(&reply.body)
        {
            reply.body = list;
        }
        if let Some(recorder) = recorder {
            reply = recorder.reply(&target, reply)?;
        }
        if !(200..300).contains(&reply.status) {
            return Err(live::refusal(&endpoint, &target, reply.status, &reply.body));
        }
        if path != ["_ping"] && !starts_as_json(&reply.body) {
            let start = String::from_utf8_lossy(&reply.body[..reply.body.len().min(80)]);
            let start = mask::text(&start).replace(char::is_control, " ");
            return Err(Error::NotJson { endpoint, asked: asked(&target), start });
        }
        Ok(reply.body)
    }

    /// What the engine said of itself.
    ///
    /// # Errors
    /// It cannot be found, reached or understood.
    pub async fn engine(&self) -> Result<Arc<Engine>, Error> {
        match &self.source {
            Source::Live(live, _) => {
                let (live, recorder) = (Arc::clone(live), self.recorder.clone());
                on_its_own(async move { live.engine(recorder.as_ref()).await }).await
            }
            Source::Recording(played) => Ok(Arc::new(played.recording.engine())),
        }
    }

    /// The host that the engine runs on, or in words why nothing but the engine can be seen of it.
    ///
    /// # Errors
    /// The engine cannot be found, reached or understood.
    pub async fn host(&self) -> Result<Result<Arc<Host>, String>, Error> {
        let recorder = self.recorder.clone();
        match &self.source {
            Source::Live(live, known) => {
                let (live, known) = (Arc::clone(live), Arc::clone(known));
                let root = self.config.host_root.clone();
                on_its_own(async move { locality::host(&live, &known, root, recorder).await }).await
            }
            Source::Recording(played) => {
                let Recorded { recording, facts, host } = &**played;
                if let Some(recorder) = &recorder {
                    recorder.begin(recording.name(), Some(&recorded_endpoint(recording)))?;
                }
                let host = host.get_or_init(|| {
                    let mut facts = facts.lock().unwrap_or_else(PoisonError::into_inner);
                    locality::recorded(std::mem::take(&mut facts), recording.file(), recorder)
                });
                Ok(host.clone())
            }
        }
    }

    /// Which engine is asked; it need not be running.
    ///
    /// # Errors
    /// What names it cannot be read or used.
    pub async fn endpoint(&self) -> Result<Arc<Endpoint>, Error> {
        match &self.source {
            Source::Live(live, _) => live.endpoint().await,
            Source::Recording(played) => Ok(recorded_endpoint(&played.recording)),
        }
    }

    /// Which engine is asked, if that is known without looking for it.
    pub fn known_endpoint(&self) -> Option<Arc<Endpoint>> {
        match &self.source {
            Source::Live(live, _) => live.known_endpoint(),
            Source::Recording(played) => Some(recorded_endpoint(&played.recording)),
        }
    }

    /// The contexts of the docker command, where this process runs: they are the user's, even if the engine is a
    /// recording.
    ///
    /// # Errors
    /// Their folder or the command's settings cannot be read.
    pub async fn contexts(&self) -> Result<Vec<ContextEntry>, Error> {
        let environment = self.environment.clone();
        let listed = tokio::task::spawn_blocking(move || context::list(&environment)).await;
        listed.unwrap_or_else(|error| Err(Error::Interrupted { problem: error.to_string() }))
    }

    /// Forgets which engine was found and whose host it is: the next call looks again.
    pub fn forget(&self) {
        if let Source::Live(live, known) = &self.source {
            live.forget_all();
            known.forget();
        }
    }

    /// How many calls may be in flight at once; more wait for their turn.
    pub fn concurrency(&self) -> usize {
        match &self.source {
            Source::Live(live, _) => live.concurrency(),
            Source::Recording(_) => self.config.max_concurrency,
        }
    }
}

/// Runs a call as a task, which ends with this future. A scan whose reader pauses does not poll its calls; those must
/// go on all the same, since they hold permits and locks that other scans wait for.
async fn on_its_own<T: Send + 'static>(
    call: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    let mut task = JoinSet::new();
    task.spawn(call);
    match task.join_next().await {
        Some(Ok(result)) => result,
        Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Some(Err(error)) => Err(Error::Interrupted { problem: error.to_string() }),
        None => Err(Error::Interrupted { problem: "it was never started".to_owned() }),
    }
}

fn recorded_endpoint(recording: &Recording) -> Arc<Endpoint> {
    let endpoint = Endpoint::new(recording.endpoint(), Origin::Recording);
    Arc::new(endpoint.with_encryption(recording.is_encrypted()))
}

/// Events come as one object after the other, and become a list such as other replies are; `None` if they are no JSON.
fn listed(body: &Bytes) -> Option<Bytes> {
    if body.trim_ascii_start().starts_with(b"[") {
        return Some(body.clone());
    }
    let text = std::str::from_utf8(body).ok()?;
    let mut list = String::with_capacity(text.len() + 2);
    for item in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>() {
        list.push(if list.is_empty() { '[' } else { ',' });
        list.push_str(item.ok()?.get());
    }
    list.push_str(if list.is_empty() { "[]" } else { "]" });
    Some(list.into())
}

/// Every reply of an engine is an object or an array, or a null where that is empty.
fn starts_as_json(body: &[u8]) -> bool {
    let body = body.trim_ascii_start();
    body.starts_with(b"{") || body.starts_with(b"[") || body.starts_with(b"null")
}

//! An engine that misbehaves as a test tells it: it answers on a unix socket with the very bytes of a script.
//! It must not know what is asked for, nor what should come of it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// What an engine does next on a connection.
#[derive(Clone)]
pub(super) enum Step {
    Send(Vec<u8>),
    Wait(Duration),
    /// Sends the same again and again, after a pause each.
    Repeat(Vec<u8>, Duration),
    /// Closes the connection.
    Close,
    /// Says nothing more, until the other side goes away.
    Hang,
    /// The engine ends, its connections and its socket file with it, and is there again after so long.
    Restart(Duration),
    /// The engine ends.
    Die,
}

pub(super) fn send(bytes: impl Into<Vec<u8>>) -> Step {
    Step::Send(bytes.into())
}

/// What happens to a request: by its target without version, and how often that was asked before.
pub(super) type Script = Arc<dyn Fn(&str, usize) -> Vec<Step> + Send + Sync>;

/// Things that happen to the engine as a whole.
enum Event {
    Away(Duration),
    Gone,
}

#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<String>>,
}

impl Seen {
    /// Takes a request down, and counts those like it before.
    fn note(&self, target: &str) -> usize {
        let mut requests = self.requests.lock().unwrap();
        let before = requests.iter().filter(|request| *request == target).count();
        requests.push(target.to_owned());
        before
    }
}

pub(super) struct Engine {
    folder: tempfile::TempDir,
    seen: Arc<Seen>,
    events: mpsc::UnboundedSender<Event>,
}

impl Engine {
    /// An engine that follows the script.
    pub(super) fn start(script: Script) -> Self {
        let (engine, events) = Self::prepare();
        let listener = UnixListener::bind(engine.socket()).unwrap();
        let (seen, socket, sender) =
            (Arc::clone(&engine.seen), engine.socket(), engine.events.clone());
        let serve = move |stream| {
            let (script, seen, events) = (Arc::clone(&script), Arc::clone(&seen), sender.clone());
            async move { answer(stream, &*script, &seen, &events).await }
        };
        tokio::spawn(run(listener, socket, serve, events));
        engine
    }

    /// No engine, and no socket file.
    pub(super) fn absent() -> Self {
        Self::prepare().0
    }

    /// A socket file that an engine left behind.
    pub(super) fn dead() -> Self {
        let engine = Self::prepare().0;
        drop(UnixListener::bind(engine.socket()).unwrap());
        engine
    }

    /// A connection is taken and closed before a word is said.
    pub(super) fn rude() -> Self {
        let (engine, events) = Self::prepare();
        let listener = UnixListener::bind(engine.socket()).unwrap();
        let seen = Arc::clone(&engine.seen);
        let serve = move |stream: UnixStream| {
            seen.note("connection");
            drop(stream);
            std::future::ready(())
        };
        tokio::spawn(run(listener, engine.socket(), serve, events));
        engine
    }

    /// A reply is there before anything was asked.
    pub(super) fn hasty(reply: Vec<u8>) -> Self {
        let (engine, events) = Self::prepare();
        let listener = UnixListener::bind(engine.socket()).unwrap();
        let seen = Arc::clone(&engine.seen);
        let serve = move |mut stream: UnixStream| {
            seen.note("connection");
            let reply = reply.clone();
            async move {
                while stream.write_all(&reply).await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        };
        tokio::spawn(run(listener, engine.socket(), serve, events));
        engine
    }

    fn prepare() -> (Self, mpsc::UnboundedReceiver<Event>) {
        let (events, receiver) = mpsc::unbounded_channel();
        (Self { folder: tempfile::tempdir().unwrap(), seen: Arc::default(), events }, receiver)
    }

    /// Ends the engine and starts it again after so long; waits until it has ended.
    pub(super) async fn restart(&self, away: Duration) {
        self.events.send(Event::Away(away)).unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.folder.path().join("e.sock")
    }

    /// Targets without version, in the order they were asked for.
    pub(super) fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// The target that was asked for most, and how often: what a fault makes a client ask again.
    pub(super) fn most_asked(&self) -> usize {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for request in self.requests() {
            *counts.entry(request).or_default() += 1;
        }
        counts.into_values().max().unwrap_or_default()
    }
}

/// Takes connections until the engine ends, which cuts them.
async fn run<F: Future<Output = ()> + Send + 'static>(
    listener: UnixListener,
    socket: PathBuf,
    serve: impl Fn(UnixStream) -> F,
    mut events: mpsc::UnboundedReceiver<Event>,
) {
    let mut listener = Some(listener);
    let mut connections = JoinSet::new();
    loop {
        let taken = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(_) = connections.join_next() => {}
            event = events.recv() => {
                drop(listener.take());
                connections.shutdown().await;
                let _ = std::fs::remove_file(&socket);
                match event {
                    Some(Event::Away(away)) => {
                        tokio::time::sleep(away).await;
                        // those who waited with it heard of this end, not of the next
                        while events.try_recv().is_ok() {}
                        listener = UnixListener::bind(&socket).ok();
                    }
                    Some(Event::Gone) | None => return,
                }
            }
            taken = taken => {
                if let Ok((stream, _)) = taken {
                    connections.spawn(serve(stream));
                }
            }
        }
    }
}

/// Answers the requests of one connection.
async fn answer(
    mut stream: UnixStream,
    script: &(dyn Fn(&str, usize) -> Vec<Step> + Send + Sync),
    seen: &Seen,
    events: &mpsc::UnboundedSender<Event>,
) {
    while let Some(target) = next_request(&mut stream).await {
        let before = seen.note(&target);
        for step in script(&target, before) {
            let goes_on = match step {
                Step::Send(bytes) => stream.write_all(&bytes).await.is_ok(),
                Step::Wait(pause) => {
                    tokio::time::sleep(pause).await;
                    true
                }
                Step::Repeat(bytes, pause) => {
                    while stream.write_all(&bytes).await.is_ok() {
                        tokio::time::sleep(pause).await;
                    }
                    false
                }
                Step::Close => false,
                Step::Hang => {
                    let _ = stream.read_u8().await;
                    false
                }
                Step::Restart(away) => {
                    let _ = events.send(Event::Away(away));
                    std::future::pending().await
                }
                Step::Die => {
                    let _ = events.send(Event::Gone);
                    std::future::pending().await
                }
            };
            if !goes_on {
                return;
            }
        }
    }
}

/// The target of the next request, without version.
async fn next_request(stream: &mut UnixStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let text = String::from_utf8(head).unwrap();
    let target = text.split(' ').nth(1).unwrap();
    Some(target.strip_prefix("/v1.41").unwrap_or(target).to_owned())
}

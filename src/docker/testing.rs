//! Engines for the tests of this folder: they listen on a socket and answer what a test tells them.
//! It must not know the client.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::task::JoinHandle;

/// A folder of one test's own, which goes with it.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name =
            format!("docker-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("the temporary folder can be written");
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, with the folders it lies in.
    #[expect(clippy::disallowed_methods, reason = "a test may block its own thread")]
    pub(super) fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("it lies in a folder"))
            .expect("the folder can be made");
        std::fs::write(&path, content).expect("the file can be written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What an engine does with a request.
pub(super) enum Answer {
    Reply(String),
    /// Replies after a while.
    Late(Duration, String),
    /// Writes a part at a time, each after a while.
    Parts(Duration, Vec<String>),
    /// Writes this and hangs up.
    Close(String),
    Hang,
}

/// A whole reply.
pub(super) fn reply(status: u16, headers: &str, body: &str) -> Answer {
    Answer::Reply(reply_text(status, headers, body))
}

pub(super) fn reply_text(status: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// The reply to `/_ping` of an engine with this API version.
pub(super) fn ping(version: &str) -> Answer {
    reply(
        200,
        &format!("Api-Version: {version}\r\nOSType: linux\r\nServer: Docker/29.0.0 (linux)\r\n"),
        "OK",
    )
}

/// What an engine saw.
#[derive(Default)]
pub(super) struct Seen {
    requests: Mutex<Vec<String>>,
    connections: AtomicUsize,
    closed: AtomicUsize,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl Seen {
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no test panics while it holds this").clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(super) fn closed(&self) -> usize {
        self.closed.load(Ordering::SeqCst)
    }

    pub(super) fn most_in_flight(&self) -> usize {
        self.most_in_flight.load(Ordering::SeqCst)
    }

    /// Answers on one connection until either side closes it.
    pub(super) async fn serve<S>(
        &self,
        mut stream: S,
        answer: &(dyn Fn(&str) -> Answer + Send + Sync),
    ) where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.connections.fetch_add(1, Ordering::SeqCst);
        let mut head = Vec::new();
        while let Ok(byte) = stream.read_u8().await {
            head.push(byte);
            if !head.ends_with(b"\r\n\r\n") {
                continue;
            }
            let text = String::from_utf8(std::mem::take(&mut head)).expect("a request is ASCII");
            let path = text.split(' ').nth(1).expect("a request line has a path").to_owned();
            self.requests.lock().expect("no test panics while it holds this").push(path.clone());
            let in_flight = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_in_flight.fetch_max(in_flight, Ordering::SeqCst);
            let goes_on = respond(&mut stream, answer(&path)).await;
            self.in_flight.fetch_sub(1, Ordering::SeqCst);
            if !goes_on {
                break;
            }
        }
        self.closed.fetch_add(1, Ordering::SeqCst);
    }
}

/// False if the connection is to be closed.
async fn respond<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, answer: Answer) -> bool {
    let (text, goes_on) = match answer {
        Answer::Reply(text) => (text, true),
        Answer::Close(text) => (text, false),
        Answer::Late(delay, text) => {
            tokio::time::sleep(delay).await;
            (text, true)
        }
        Answer::Parts(delay, parts) => {
            for part in parts {
                tokio::time::sleep(delay).await;
                if stream.write_all(part.as_bytes()).await.is_err() {
                    return false;
                }
            }
            return true;
        }
        Answer::Hang => {
            // until the client goes away
            let _ = stream.read_u8().await;
            return false;
        }
    };
    stream.write_all(text.as_bytes()).await.is_ok() && goes_on
}

/// An engine on a Unix socket.
pub(super) struct Engine {
    folder: Folder,
    pub(super) seen: Arc<Seen>,
    task: JoinHandle<()>,
}

impl Engine {
    pub(super) fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_in(Folder::new(), answer)
    }

    pub(super) fn start_in(
        folder: Folder,
        answer: impl Fn(&str) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener =
            UnixListener::bind(folder.path().join("docker.sock")).expect("the socket is free");
        let (seen, answer) = (Arc::new(Seen::default()), Arc::new(answer));
        let shared = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, answer) = (Arc::clone(&shared), Arc::clone(&answer));
                tokio::spawn(async move { seen.serve(stream, &*answer).await });
            }
        });
        Self { folder, seen, task }
    }

    pub(super) fn host(&self) -> String {
        format!("unix://{}/docker.sock", self.folder.path().display())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.task.abort();
    }
}

//! Recordings: what is read of one, and what is written of it again, masked.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use serde_json::value::RawValue;

use crate::docker::{Config, Docker, Environment, Recorder, Recording, masked};
use crate::host::Host;

/// Words of a recording.
pub const WORDS: &[&str] = &[
    "{\"recording\":1,\"name\":\"a\",\"endpoint\":\"tcp://a:2376\"}\n",
    "{\"get\":\"/info\",\"body\":{}}\n",
    "{\"get\":\"/v1.41/containers/json?all=1\",\"body\":[]}\n",
    "\"status\":404,",
    "\"headers\":{\"Api-Version\":\"1.41\"},",
    "{\"host\":{\"name\":\"a\",\"os\":\"linux\"}}\n",
    "{\"file\":{\"path\":\"/etc/docker/daemon.json\",\"kind\":\"file\",\"content\":\"{}\"}}\n",
    "{\"process\":{\"pid\":1,\"argv\":[\"dockerd\"]}}\n",
    "{\"environment\":{\"file\":\"/a\",\"line\":1,\"name\":\"TOKEN\",\"value\":\"b\"}}\n",
    "\"Env\":[\"A=b\"]",
    "\"Password\":",
    "\"Cmd\":[\"--token\",\"a\"]",
    "http://a:b@c",
    "password=x ",
    "-e A=b",
    "\"",
    "{",
    "}",
    "[",
    "]",
    "\\",
    "\n",
    "%2F",
    "?filters=",
    "&",
    "\\\"",
    "'",
    "=",
    "\"Data\":\"a\"",
    "{\"file\":{\"path\":\"/a\",\"kind\":\"symlink\",\"target\":\"/a\"}}\n",
    "://",
    "@",
    " ",
    "token=",
    "{\"file\":{\"path\":\"/etc\",\"error\":\"permission denied\"}}\n",
];

/// What is asked of each recording.
const PATHS: [&[&str]; 8] = [
    &["_ping"],
    &["version"],
    &["info"],
    &["containers", "json"],
    &["containers", "a", "json"],
    &["networks"],
    &["events"],
    &["volumes"],
];

/// Reads a recording, plays it to a recorder, and reads that.
pub fn run(bytes: &[u8]) {
    check_mask(bytes);
    let Ok(recording) = Recording::read(bytes, "x") else { return };
    let written = Shared::default();
    let docker = play(recording).recording_to(Recorder::new(written.clone(), "y"));
    let replies = PATHS.map(|path| get(&docker, path));
    if let Some(Ok(Ok(host))) = docker.host().now_or_never() {
        look(&host);
    }
    let again = Recording::read(&written.take()[..], "y");
    let Ok(again) = again else { return assert!(replies.iter().all(Option::is_none)) };
    let again = play(again);
    for (path, reply) in PATHS.iter().zip(replies) {
        let Some(reply) = reply else { continue };
        let masked = masked(&reply).expect("a recorded reply can be masked");
        let played = get(&again, path).expect("what is written is read");
        let same = if path == &["_ping"] {
            played.is_empty() == reply.is_empty()
        } else {
            played == masked.as_bytes()
        };
        assert!(same, "{path:?}");
    }
}

/// What is masked is JSON, whatever it was before, and no mask is much longer than what it hides.
fn check_mask(bytes: &[u8]) {
    let Ok(masked) = masked(bytes) else { return };
    assert!(serde_json::from_str::<&RawValue>(&masked).is_ok(), "{masked}");
    assert!(masked.len() <= 8 * bytes.len() + 16);
}

fn play(recording: Recording) -> Docker {
    Docker::from_recording(recording, Config::default(), Environment::from_pairs(&[]))
}

/// The reply to a request, if there is one with success; nothing waits in a recording.
fn get(docker: &Docker, path: &[&str]) -> Option<Vec<u8>> {
    let query: &[(&str, &str)] =
        if path == ["containers", "json"] { &[("all", "true")] } else { &[] };
    let reply = docker.get(path, query).now_or_never().expect("a recording answers at once");
    reply.ok().map(|body| body.to_vec())
}

/// Looks at all kinds of facts.
fn look(host: &Host) {
    let _ = (host.name(), host.processes(), host.mounts(), host.users(), host.groups());
    let _ = (host.listeners(), host.audit_events(), host.environment());
    for path in ["/etc/docker/daemon.json", "/a", "/etc", "/", "/a/../etc/./x"] {
        let _ = (host.file(path), host.content(path), host.folder(path));
    }
}

/// Keeps what is written.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

//! An engine of a few replies on a unix socket, which remembers what it was asked.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use steampipe_plugin_docker::docker::{ATTRIBUTES, Config, Docker, Environment};
use steampipe_plugin_docker::sdk::config::Settings;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

/// Replies by path without version and query; the socket's file goes with it.
pub(crate) struct Fake {
    folder: tempfile::TempDir,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// An engine that gives these replies, and 404 for every other path.
    pub(crate) fn start(replies: &[(&str, u16, &str)]) -> Self {
        Self::slow(replies, Duration::ZERO)
    }

    /// The same, waiting before each reply but that of `/_ping`.
    pub(crate) fn slow(replies: &[(&str, u16, &str)], delay: Duration) -> Self {
        Self::of_version("1.41", replies, delay)
    }

    /// The same, speaking this version of the API.
    pub(crate) fn of_version(
        version: &'static str,
        replies: &[(&str, u16, &str)],
        delay: Duration,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("e.sock")).unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let replies: Arc<BTreeMap<String, (u16, String)>> = Arc::new(
            replies
                .iter()
                .map(|(path, status, body)| ((*path).to_owned(), (*status, (*body).to_owned())))
                .collect(),
        );
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (replies, seen) = (Arc::clone(&replies), Arc::clone(&seen));
                tokio::spawn(answer(stream, version, replies, seen, delay));
            }
        });
        Self { folder, requests }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("e.sock")
    }

    /// The connection block that names it.
    pub(crate) fn config(&self) -> String {
        format!("host = \"unix://{}\"", self.socket().display())
    }

    /// A client of it.
    pub(crate) fn docker(&self) -> Docker {
        let settings = Settings::parse(ATTRIBUTES, &self.config()).unwrap();
        Docker::new(Config::from_settings(&settings).unwrap(), Environment::from_pairs(&[]))
    }

    /// What was asked so far, but for `/_ping`, without the version.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests
            .lock()
            .unwrap()
            .iter()
            .filter(|request| *request != "/_ping")
            .cloned()
            .collect()
    }
}

async fn answer(
    stream: UnixStream,
    version: &'static str,
    replies: Arc<BTreeMap<String, (u16, String)>>,
    requests: Arc<Mutex<Vec<String>>>,
    delay: Duration,
) {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    while let Ok(Some(first)) = lines.next_line().await {
        while lines.next_line().await.is_ok_and(|line| line.is_some_and(|line| !line.is_empty())) {}
        let target = first.split(' ').nth(1).unwrap().to_owned();
        let target = match target.strip_prefix("/v").and_then(|rest| rest.split_once('/')) {
            Some((version, rest)) if version.starts_with(|first: char| first.is_ascii_digit()) => {
                format!("/{rest}")
            }
            _ => target,
        };
        let target = percent_encoding::percent_decode_str(&target).decode_utf8_lossy().into_owned();
        let path = target.split('?').next().unwrap().to_owned();
        let (status, body) = match path.as_str() {
            "/_ping" => (200, "OK".to_owned()),
            path => replies
                .get(path)
                .cloned()
                .unwrap_or((404, r#"{"message":"No such thing"}"#.to_owned())),
        };
        if path != "/_ping" {
            tokio::time::sleep(delay).await;
        }
        requests.lock().unwrap().push(target);
        let reply = format!(
            "HTTP/1.1 {status} x\r\nApi-Version: {version}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if writer.write_all(reply.as_bytes()).await.is_err() {
            return;
        }
    }
}

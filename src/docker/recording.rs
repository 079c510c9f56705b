//! An engine's replies, read from a file and given again: JSON Lines, one reply a line.
//! Facts of the engine's host may lie between them.
//! It must not know how they were made, nor what they mean; lines of unknown kinds are for others.

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;

use bytes::Bytes;
use hyper::Response;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::engine::Engine;
use super::http::asked;
use super::{Error, request};
use crate::host::{Fact, Facts};

/// What an engine answered to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// Only those of a ping are kept.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Bytes,
}

impl Reply {
    /// With those of the headers that are there.
    pub(super) fn with_headers(response: Response<Bytes>, names: &[&str]) -> Self {
        let header = |name: &&str| {
            let value = response.headers().get(*name)?.to_str().ok()?;
            Some(((*name).to_owned(), value.to_owned()))
        };
        Self { headers: names.iter().filter_map(header).collect(), ..response.into() }
    }
}

impl From<Response<Bytes>> for Reply {
    fn from(response: Response<Bytes>) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: BTreeMap::new(),
            body: response.into_body(),
        }
    }
}

/// The replies of one engine, as they were at one time.
#[derive(Debug)]
pub struct Recording {
    file: String,
    name: String,
    endpoint: String,
    collected_at: String,
    encrypted: Option<bool>,
    replies: HashMap<String, Reply>,
    /// For a list that was recorded with sizes only: its target without them, and the one it is found by.
    richer: HashMap<String, String>,
    facts: Facts,
}

impl Recording {
    /// Reads a recording; `file` is what messages call it.
    ///
    /// # Errors
    /// The file and line that cannot be read, or are no recording.
    pub fn read(mut from: impl BufRead, file: &str) -> Result<Self, Error> {
        let mut recording: Option<Self> = None;
        for number in 1.. {
            let fail = |problem| Error::Recording { name: file.to_owned(), line: number, problem };
            let mut line = Vec::new();
            let length =
                from.read_until(b'\n', &mut line).map_err(|error| fail(error.to_string()))?;
            if length == 0 {
                break;
            }
            line.shrink_to_fit();
            if line.trim_ascii().is_empty() {
                continue;
            }
            match &mut recording {
                None => recording = Some(Self::from_header(&line, file).map_err(fail)?),
                Some(recording) => recording.add(&line.into()).map_err(fail)?,
            }
        }
        recording.ok_or_else(|| Error::Recording {
            name: file.to_owned(),
            line: 1,
            problem: "it is empty".to_owned(),
        })
    }

    /// The engine's name for itself, or what the recording was called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the engine listened.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// When the recording was made, in RFC 3339; empty if it does not say.
    pub fn collected_at(&self) -> &str {
        &self.collected_at
    }

    /// Whether TLS was spoken with the engine. One that does not say had TLS, or had none, on the ports that stand for it.
    pub(super) fn is_encrypted(&self) -> Option<bool> {
        self.encrypted.or_else(|| {
            let port =
                self.endpoint.strip_prefix("tcp://")?.trim_end_matches('/').rsplit(':').next()?;
            match port {
                "2375" => Some(false),
                "2376" => Some(true),
                _ => None,
            }
        })
    }

    /// What messages call the file.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// What was recorded of the engine's host, once.
    pub(super) fn take_facts(&mut self) -> Facts {
        std::mem::take(&mut self.facts)
    }

    /// What the engine answered to this target, or to the same without filters, limit and size.
    pub(super) fn reply(&self, target: &str) -> Result<&Reply, Error> {
        let unrefined = || {
            let plain = request::unrefined(target);
            self.replies.get(&plain).or_else(|| self.replies.get(self.richer.get(&plain)?))
        };
        self.replies
            .get(target)
            .or_else(unrefined)
            .ok_or_else(|| Error::NotRecorded { name: self.file.clone(), asked: asked(target) })
    }

    /// What the recorded ping tells. One that was written by hand may lack it, or its headers: then `/version` tells
    /// what it can.
    pub(super) fn engine(&self) -> Engine {
        let ping = self.reply("/_ping").ok();
        let version = self.reply("/version").ok().and_then(|reply| Version::of(&reply.body));
        let header = |wanted: &str| {
            let mut headers = ping.into_iter().flat_map(|ping| &ping.headers);
            let found = headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            let told = version.as_ref().and_then(|version| version.header(wanted));
            found.map(|(_, value)| value.as_str()).or(told)
        };
        Engine::from_ping(header, None)
    }

    fn from_header(line: &[u8], file: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Header {
            recording: Option<u64>,
            #[serde(default)]
            name: String,
            #[serde(default)]
            endpoint: String,
            #[serde(default)]
            collected_at: String,
            encrypted: Option<bool>,
        }
        let header: Header = serde_json::from_slice(line).map_err(|error| problem(&error))?;
        match header.recording {
            Some(1) => {}
            Some(version) => {
                return Err(format!("version {version} of recordings is not known, only 1 is"));
            }
            None => return Err("a recording starts with a line {\"recording\":1,…}".to_owned()),
        }
        Ok(Self {
            file: file.to_owned(),
            name: header.name,
            endpoint: header.endpoint,
            collected_at: header.collected_at,
            encrypted: header.encrypted,
            replies: HashMap::new(),
            richer: HashMap::new(),
            facts: Facts::default(),
        })
    }

    fn add(&mut self, line: &Bytes) -> Result<(), String> {
        /// All raw, because other kinds of lines may use these names for other things.
        #[derive(Deserialize)]
        struct Line<'a> {
            #[serde(borrow)]
            get: Option<&'a RawValue>,
            #[serde(borrow)]
            status: Option<&'a RawValue>,
            #[serde(borrow)]
            headers: Option<&'a RawValue>,
            #[serde(borrow, default, deserialize_with = "present")]
            body: Option<&'a RawValue>,
        }
        /// `null` is a body, too: Go's engines send it for an empty list.
        fn present<'a, D: serde::Deserializer<'a>>(
            body: D,
        ) -> Result<Option<&'a RawValue>, D::Error> {
            <&RawValue>::deserialize(body).map(Some)
        }
        fn field<'a, T: Deserialize<'a>>(name: &str, raw: &'a RawValue) -> Result<T, String> {
            serde_json::from_str(raw.get())
                .map_err(|error| format!("`{name}`: {}", problem(&error)))
        }
        let fields: Line = serde_json::from_slice(line).map_err(|error| problem(&error))?;
        let Some(get) = fields.get else {
            self.facts.extend(Fact::parse(line)?);
            return Ok(());
        };
        let target = request::canonical(&field::<String>("get", get)?);
        let reply = Reply {
            status: fields.status.map_or(Ok(200), |status| field("status", status))?,
            headers: fields
                .headers
                .map_or(Ok(BTreeMap::new()), |headers| field("headers", headers))?,
            body: match fields.body {
                None => Bytes::new(),
                // a text is the body itself, everything else is the body's JSON: as it was, and not copied
                Some(body) if body.get().starts_with('"') => field::<String>("body", body)?.into(),
                Some(body) => line.slice_ref(body.get().as_bytes()),
            },
        };
        if !request::is_narrowed(&target) {
            self.richer.insert(request::unrefined(&target), target.clone());
        }
        self.replies.insert(target, reply);
        Ok(())
    }
}

/// What `/version` tells of what a ping has in its headers.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Version {
    #[serde(rename = "ApiVersion")]
    api: Option<String>,
    os: Option<String>,
    components: Option<Vec<Component>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Component {
    name: String,
    version: String,
}

impl Version {
    fn of(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    fn header(&self, name: &str) -> Option<&str> {
        match name {
            "Api-Version" => self.api.as_deref(),
            "OSType" => self.os.as_deref(),
            "Libpod-API-Version" => {
                let podman =
                    self.components.iter().flatten().find(|part| part.name == "Podman Engine");
                podman.map(|part| part.version.as_str())
            }
            _ => None,
        }
    }
}

/// Without the position, whose line would be that within one line.
fn problem(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let words = text.rsplit_once(" at line ").map_or(text.as_str(), |(words, _)| words);
    format!("{words}, at column {}", error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = r#"{"recording":1,"name":"web-1","collected_at":"2026-11-23T10:00:00Z","endpoint":"unix:///run/e.sock","later":true}
{"get":"/_ping","status":200,"headers":{"api-version":"1.41","Server":"Libpod/5.0.0 (linux)"},"body":"OK"}

{"file":{"path":"/etc/docker/daemon.json"},"status":"odd","body":{}}
{"get":"/v1.41/containers/json?all=true","body":[ {"Id":"a", "Big":12345678901234567890123} ]}
{"get":"/images/json?size=true&all=true","body":["sizes"]}
{"get":"/networks?filters={\"name\":[\"a\"]}","body":["one"]}
{"get":"/containers/b/json","status":404,"body":{"message":"No such container: b"}}
"#;

    fn recording() -> Recording {
        Recording::read(LINES.as_bytes(), "web-1.jsonl").expect("it is well-formed")
    }

    fn body(target: &str) -> String {
        let reply = recording().reply(target).expect(target).clone();
        String::from_utf8(reply.body.to_vec()).expect("UTF-8")
    }

    #[test]
    fn the_header_tells_name_place_and_time() {
        let recording = recording();
        assert_eq!(recording.name(), "web-1");
        assert_eq!(recording.endpoint(), "unix:///run/e.sock");
        assert_eq!(recording.collected_at(), "2026-11-23T10:00:00Z");
    }

    #[test]
    fn the_ping_tells_version_and_podman() {
        let engine = recording().engine();
        assert_eq!(engine.api_version.to_string(), "1.41");
        assert!(engine.is_podman);
        assert_eq!(body("/_ping"), "OK");
    }

    #[test]
    fn encryption_is_told_or_follows_from_the_port() {
        let encrypted = |endpoint: &str, rest: &str| {
            let lines = format!("{{\"recording\":1,\"endpoint\":\"{endpoint}\"{rest}}}\n");
            Recording::read(lines.as_bytes(), "x").expect("it is well-formed").is_encrypted()
        };
        for (endpoint, known) in [
            ("unix:///run/e.sock", None),
            ("tcp://a:2375", Some(false)),
            ("tcp://[::1]:2376/", Some(true)),
            ("tcp://a:4243", None),
            ("tcp://a", None),
        ] {
            assert_eq!(encrypted(endpoint, ""), known, "{endpoint}");
        }
        assert_eq!(encrypted("tcp://a:2375", ",\"encrypted\":true"), Some(true));
    }

    #[test]
    fn without_a_ping_the_version_tells() {
        let told = |lines: &str| {
            let lines = format!("{{\"recording\":1}}\n{lines}\n");
            Recording::read(lines.as_bytes(), "x").expect("it is well-formed").engine()
        };
        let podman = told(
            r#"{"get":"/version","body":{"ApiVersion":"1.41","Os":"linux","Components":[{"Name":"Podman Engine","Version":"4.3.1"}]}}"#,
        );
        assert!(podman.is_podman);
        assert_eq!(
            (podman.api_version.to_string(), podman.os_type.as_str()),
            ("1.41".to_owned(), "linux")
        );
        assert!(!told(r#"{"get":"/version","body":{"Os":"windows"}}"#).is_podman);
        assert!(!told("").is_podman);
    }

    #[test]
    fn bodies_are_the_very_bytes_that_were_recorded() {
        assert_eq!(
            body("/containers/json?all=true"),
            r#"[ {"Id":"a", "Big":12345678901234567890123} ]"#
        );
    }

    #[test]
    fn a_filter_may_give_too_much_but_never_too_little() {
        let all = body("/containers/json?all=true");
        assert_eq!(body("/containers/json?all=true&filters=%7B%7D&limit=1&size=true"), all);
        assert_eq!(body("/images/json?all=true"), r#"["sizes"]"#);
        assert_eq!(body("/networks?filters=%7B%22name%22:%5B%22a%22%5D%7D"), r#"["one"]"#);
        assert!(recording().reply("/networks").is_err());
        assert!(
            recording().reply("/containers/json").is_err(),
            "running ones only were not recorded"
        );
    }

    #[test]
    fn what_was_not_recorded_is_named() {
        let error = recording().reply("/volumes").unwrap_err();
        assert_eq!(error.to_string(), "GET /volumes is not in this recording: `web-1.jsonl`");
        assert_eq!(recording().reply("/containers/b/json").unwrap().status, 404);
    }

    #[test]
    fn a_bad_line_is_named() {
        for (text, words) in [
            ("", "line 1: it is empty"),
            ("{}", "line 1: a recording starts with"),
            ("{\"recording\":2}", "line 1: version 2"),
            ("{\"recording\":1}\n\n{\"get\":", "line 3: EOF while parsing a value, at column"),
            ("{\"recording\":1}\n{\"get\":1}", "line 2: `get`: invalid type"),
            (
                "{\"recording\":1}\n{\"get\":\"/x\",\"status\":\"ok\"}",
                "line 2: `status`: invalid type",
            ),
        ] {
            let error = Recording::read(text.as_bytes(), "x.jsonl").expect_err(text).to_string();
            assert!(
                error.starts_with("recording `x.jsonl`, ") && error.contains(words),
                "{text}: {error}"
            );
        }
    }
}

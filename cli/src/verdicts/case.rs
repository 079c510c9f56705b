//! A case of the table of verdicts: a set-up in few words, and the recording that these words stand for.
//! It must not know controls.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use steampipe_plugin_docker::files::yaml::{self, Content, Node};

use crate::testing;

/// What a case may say besides its set-up: see `tests/verdicts/README.md`.
const KEYS: [&str; 16] = [
    "case",
    "control",
    "setup",
    "expect",
    "live",
    "variables",
    "engine",
    "info",
    "version",
    "networks",
    "containers",
    "images",
    "volumes",
    "replies",
    "host",
    "reason",
];

/// A set-up and the verdict that is right for it.
#[derive(Debug)]
pub(super) struct Case {
    /// Its name in the table of verdicts, or our own: the recommendation's number, then letters.
    pub(super) id: String,
    /// Number of the recommendation.
    pub(super) control: String,
    /// The statuses of its rows, in order.
    pub(super) expect: Vec<String>,
    /// Words that stand in one of its reasons.
    pub(super) reason: String,
    /// Values of the mod's variables that the case is about, as HCL.
    pub(super) variables: Vec<(String, String)>,
    /// What the engine and its host say: a recording.
    pub(super) recording: String,
}

/// The text of a file of `tests/verdicts`.
fn text_of(name: &str) -> String {
    testing::read(format!("tests/verdicts/{name}"))
}

/// Reads the cases of a file.
pub(super) fn read(name: &str) -> Vec<Case> {
    let text = text_of(name);
    let documents =
        yaml::parse(&text).unwrap_or_else(|flaw| panic!("{name}:{}: {}", flaw.line, flaw.message));
    let cases = documents.iter().flat_map(|document| match value(document) {
        Value::Array(cases) => cases,
        other => panic!("{name} is a list of cases, not {other}"),
    });
    cases.map(|case| Case::of(&case)).collect()
}

fn value(node: &Node) -> Value {
    match &node.content {
        Content::Scalar(value) => value.clone(),
        Content::Sequence(items) => items.iter().map(|item| value(item)).collect(),
        Content::Mapping(entries) => {
            let entries = entries.iter().map(|entry| (entry.key.clone(), value(&entry.value)));
            Value::Object(entries.collect())
        }
    }
}

impl Case {
    /// A recording as it is.
    pub(super) fn whole(name: &str, recording: &str) -> Self {
        Self {
            id: name.to_owned(),
            control: String::new(),
            expect: Vec::new(),
            reason: String::new(),
            variables: Vec::new(),
            recording: recording.to_owned(),
        }
    }

    fn of(case: &Value) -> Self {
        let id = text(&case["case"]);
        for key in case.as_object().expect("a case is a mapping").keys() {
            assert!(KEYS.contains(&key.as_str()), "case {id}: what is `{key}`?");
        }
        assert!(!text(&case["setup"]).is_empty(), "case {id} has no setup");
        let end =
            id.find(|character: char| !matches!(character, '0'..='9' | '.')).unwrap_or(id.len());
        let control = match &case["control"] {
            Value::Null => id[..end].to_owned(),
            control => text(control),
        };
        let expect = match &case["expect"] {
            Value::Array(rows) => rows.iter().map(text).collect(),
            one => vec![text(one)],
        };
        let variables = object(&case["variables"]).into_iter();
        Self {
            control,
            expect,
            reason: text(&case["reason"]),
            variables: variables.map(|(name, value)| (name, text(&value))).collect(),
            recording: Lines::of(&id, case).finish(),
            id,
        }
    }
}

/// A text, or a number as it is written; nothing for null.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// RFC 7396: null removes a field, objects merge, everything else replaces.
fn patch(target: &mut Value, changes: &Value) {
    let Value::Object(changes) = changes else {
        target.clone_from(changes);
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, change) in changes {
        if change.is_null() {
            target.as_object_mut().map(|fields| fields.remove(name));
        } else {
            patch(&mut target[name], change);
        }
    }
}

fn lines(kind: &str, name: &str) -> Vec<Value> {
    let text = text_of(&format!("{kind}/{name}.jsonl"));
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// The lines of the recording.
struct Lines(Vec<Value>);

impl Lines {
    fn of(id: &str, case: &Value) -> Self {
        let engine = case["engine"].as_str().unwrap_or("default");
        let mut lines = Self(lines("engines", engine));
        lines.0[0]["name"] = id.into();
        for (key, path) in [("info", "/info"), ("version", "/version")] {
            if !case[key].is_null() {
                patch(&mut lines.line(path)["body"], &case[key]);
            }
        }
        for (key, path) in [("networks", "/networks"), ("volumes", "/volumes")] {
            if !case[key].is_null() {
                let body = match key {
                    "volumes" => json!({"Volumes": case[key], "Warnings": null}),
                    _ => case[key].clone(),
                };
                lines.line(path)["body"] = body;
            }
        }
        for (index, image) in case["images"].as_array().into_iter().flatten().enumerate() {
            lines.image(index, image);
        }
        for (index, container) in case["containers"].as_array().into_iter().flatten().enumerate() {
            lines.container(index, container);
        }
        lines.host(&case["host"]);
        for (path, reply) in object(&case["replies"]) {
            lines.0.retain(|line| line["get"] != json!(path));
            if !reply.is_null() {
                let mut line = json!({"get": path, "status": 200});
                patch(&mut line, &reply);
                // a body may have nulls, which a patch takes for nothing
                line["body"] = reply["body"].clone();
                lines.0.push(line);
            }
        }
        lines
    }

    fn line(&mut self, path: &str) -> &mut Value {
        let found = self.0.iter_mut().find(|line| line["get"] == path);
        found.unwrap_or_else(|| panic!("the engine has no {path}"))
    }

    fn reply(&mut self, path: &str, body: &Value) {
        self.0.push(json!({"get": path, "status": 200, "body": body}));
    }

    fn item(&mut self, path: &str, item: Value) {
        self.line(path)["body"].as_array_mut().expect("the reply is a list").push(item);
    }

    /// An image: its tags, its configuration as a patch of an empty one, its history, the newest step first.
    fn image(&mut self, index: usize, image: &Value) {
        let id = image["id"].as_str().map_or_else(|| hex(0xa, index), str::to_owned);
        let id = format!("sha256:{}", id.trim_start_matches("sha256:"));
        let tags = &image["tags"];
        let item = json!({
            "Id": id, "ParentId": "", "RepoTags": tags, "RepoDigests": image["digests"], "Labels": image["config"]["Labels"],
            "Created": 1_795_000_000, "Size": 1_437_000, "VirtualSize": 1_437_000, "SharedSize": -1, "Containers": -1,
        });
        self.item("/images/json", item);
        let mut inspect = json!({
            "Id": id, "RepoTags": tags, "RepoDigests": image["digests"], "Created": "2026-11-18T10:26:40Z", "Os": "linux",
            "Architecture": "amd64",
            "Config": {"User": "", "Env": null, "Cmd": ["/bin/sleep", "9"], "Healthcheck": null, "Labels": {}},
        });
        patch(&mut inspect["Config"], &Value::Object(object(&image["config"])));
        self.reply(&format!("/images/{id}/json"), &inspect);
        let history = match &image["history"] {
            Value::Null => {
                json!([{"Id": id, "Created": 1_795_000_000, "CreatedBy": "", "Comment": "Imported from -", "Size": 1_437_000}])
            }
            steps => steps.clone(),
        };
        self.reply(&format!("/images/{id}/history"), &history);
    }

    /// A container: a patch of one that `docker create` made without options, `base` names another one.
    fn container(&mut self, index: usize, changes: &Value) {
        let mut changes = object(changes);
        let base = changes.remove("base").map_or_else(|| "plain".to_owned(), |base| text(&base));
        let text = text_of(&format!("containers/{base}.json"));
        let mut inspect: Value = serde_json::from_str(&text).expect("a container's JSON");
        inspect["Id"] = hex(0xc, index).into();
        inspect["Name"] = format!("/c{index}").into();
        let top = changes.remove("top");
        let list = changes.remove("list");
        if changes.remove("running").is_some_and(|running| running == json!(true)) {
            patch(&mut inspect, &running());
        }
        patch(&mut inspect, &Value::Object(changes));
        let id = inspect["Id"].as_str().expect("an ID").to_owned();
        let mut item = json!({
            "Id": id, "Names": [inspect["Name"]], "Image": inspect["Config"]["Image"], "ImageID": inspect["Image"],
            "Command": "/bin/sleep 9", "Created": 1_795_000_000, "State": inspect["State"]["Status"],
            "Status": inspect["State"]["Status"], "Ports": [], "Labels": inspect["Config"]["Labels"],
            "Mounts": inspect["Mounts"], "HostConfig": {"NetworkMode": inspect["HostConfig"]["NetworkMode"]},
            "NetworkSettings": {"Networks": inspect["NetworkSettings"]["Networks"]},
        });
        if let Some(list) = list {
            patch(&mut item, &list);
        }
        self.item("/containers/json?all=true", item);
        if let Some(top) = top {
            self.reply(&format!("/containers/{id}/top"), &top);
        }
        self.reply(&format!("/containers/{id}/json"), &inspect);
    }

    /// The engine's host: a name, or `base` with `files` (a patch of each, null for none), the daemon's `argv`, the
    /// text or object of its `daemon_json`, kinds of facts to leave out (`without`), and further lines (`facts`).
    fn host(&mut self, host: &Value) {
        let Some(base) = host.as_str().or_else(|| host["base"].as_str()) else {
            assert!(host.is_null(), "a host has a base, not {host}");
            return;
        };
        let mut facts = lines("hosts", base);
        for kind in host["without"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            facts.retain(|fact| fact.get(kind).is_none());
        }
        if !host["argv"].is_null() {
            let daemon = facts.iter_mut().find(|fact| fact["process"]["engine"] == json!(true));
            daemon.expect("the host has a daemon")["process"]["argv"] = host["argv"].clone();
        }
        let mut files = object(&host["files"]);
        if let Some(content) = host.get("daemon_json") {
            let text = content.as_str().map_or_else(|| content.to_string(), str::to_owned);
            let file = files.entry("/etc/docker/daemon.json").or_insert_with(|| json!({}));
            file["content"] = text.into();
        }
        for (path, changes) in files {
            let found = facts.iter().position(|fact| fact["file"]["path"] == json!(path));
            let mut file = found.map_or_else(|| new_file(&path), |at| facts.remove(at));
            if !changes.is_null() {
                if !changes["error"].is_null() {
                    file = json!({"file": {"path": path}});
                }
                patch(&mut file["file"], &changes);
                facts.push(file);
            }
        }
        facts.extend(host["facts"].as_array().cloned().unwrap_or_default());
        self.0.extend(facts);
    }

    fn finish(self) -> String {
        let mut text = String::new();
        for line in &self.0 {
            let _ = writeln!(text, "{line}");
        }
        text
    }
}

fn new_file(path: &str) -> Value {
    json!({"file": {"path": path, "kind": "file", "uid": 0, "gid": 0, "user": "root", "group": "root", "mode": 0o644}})
}

fn running() -> Value {
    json!({
        "State": {"Status": "running", "Running": true, "Pid": 4711, "StartedAt": "2026-11-24T09:00:00.5Z"},
        "NetworkSettings": {"SandboxID": "5b1e", "SandboxKey": "/var/run/docker/netns/5b1e"},
    })
}

/// 64 hexadecimal digits.
fn hex(kind: usize, index: usize) -> String {
    format!("{kind:x}{index:063x}")
}

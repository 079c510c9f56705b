//! What a case of the fault matrix is, and the replies that cases are made of.
//! It must not know which cases there are.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::engine::{Script, Step, send};

/// The time-out of each case. Time is the runtime's own: nothing waits that long.
pub(super) const TIMEOUT: Duration = Duration::from_mins(1);
/// The largest reply of each case.
pub(super) const LARGEST: usize = 2 << 20;

/// Faults with one thing in common.
pub(super) struct Group {
    pub(super) title: &'static str,
    pub(super) cases: Vec<Case>,
}

/// A fault.
pub(super) struct Case {
    pub(super) fault: &'static str,
    pub(super) setup: Setup,
    pub(super) query: Query,
    pub(super) outcome: Outcome,
    /// How often the same is asked again.
    pub(super) again: usize,
    /// True if nobody is there to see that.
    pub(super) unseen: bool,
    /// How long it takes at most.
    pub(super) within: Duration,
}

/// What there is at the socket.
pub(super) enum Setup {
    /// No file.
    Absent,
    /// A file that nobody listens on.
    Dead,
    /// Somebody who closes each connection.
    Rude,
    /// Somebody who replies before a question.
    Hasty,
    Engine(Script),
    /// An engine that is restarted after a first query, and away for so long.
    Restarted(Duration),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Query {
    /// `docker_container`, columns of the list.
    List,
    /// `docker_container`, with columns of each inspect.
    Inspect,
    /// `docker_info`.
    Info,
    /// `docker_event`.
    Events,
    /// `docker_disk_usage`.
    Disk,
}

/// What comes of it.
pub(super) enum Outcome {
    /// The rows of an engine without faults.
    Rows,
    /// Rows that differ, in these words.
    Differs(&'static str, fn(&[Vec<String>]) -> bool),
    /// An error with these words.
    Error(&'static [&'static str]),
}

impl Case {
    pub(super) fn new(fault: &'static str, query: Query, setup: Setup, outcome: Outcome) -> Self {
        Self {
            fault,
            setup,
            query,
            outcome,
            again: 0,
            unseen: false,
            within: Duration::from_secs(10),
        }
    }

    pub(super) fn again(self, again: usize) -> Self {
        Self { again, ..self }
    }

    /// The pauses tell that it was asked again, since part of that met nobody.
    pub(super) fn again_unseen(self, again: usize) -> Self {
        Self { again, unseen: true, ..self }
    }

    pub(super) fn within(self, timeouts: u32) -> Self {
        Self { within: TIMEOUT * timeouts + Duration::from_secs(5), ..self }
    }
}

pub(super) const LIST: &str = "/containers/json?all=true";

pub(super) fn id(number: usize) -> String {
    format!("{number:064x}")
}

/// An item of the list.
fn item(number: usize) -> String {
    json!({"Id": id(number), "Names": [format!("/c{number}")], "State": "running", "Created": 5})
        .to_string()
}

pub(super) fn list(count: usize) -> String {
    list_with(count, usize::MAX, "")
}

/// A list with something else in the place of one item, counted from 1.
pub(super) fn list_with(count: usize, place: usize, other: &str) -> String {
    let item = |number| if number == place { other.to_owned() } else { item(number) };
    format!("[{}]", (1..=count).map(item).collect::<Vec<_>>().join(","))
}

pub(super) fn inspect(number: usize, rest: &str) -> String {
    format!(
        r#"{{"Id":"{}","Name":"/c{number}","HostConfig":{{"Privileged":{}}}{rest}}}"#,
        id(number),
        number == 2
    )
}

/// What an engine without faults has.
pub(super) fn sound(target: &str) -> String {
    match target {
        "/_ping" => "OK".to_owned(),
        "/info" => json!({"ID": "x", "Name": "web-1", "Containers": 3}).to_string(),
        "/system/df" => json!({"LayersSize": 5, "Images": [], "Containers": [], "Volumes": [], "BuildCache": []}).to_string(),
        target if target.starts_with("/events") => {
            json!({"Type": "container", "Action": "start", "timeNano": 1_000_000_000}).to_string()
        }
        LIST => list(3),
        target => {
            let number = (1..=3).find(|&number| target == format!("/containers/{}/json", id(number)));
            inspect(number.unwrap_or_else(|| panic!("nobody should ask for {target}")), "")
        }
    }
}

/// A whole reply.
pub(super) fn reply(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut text = format!(
        "HTTP/1.1 {status} X\r\nApi-Version: 1.41\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    text.extend_from_slice(body);
    text
}

pub(super) fn healthy(target: &str) -> Vec<Step> {
    vec![send(reply(200, "Content-Type: application/json\r\n", sound(target)))]
}

pub(super) fn no_fault() -> Script {
    Arc::new(|target, _| healthy(target))
}

/// What happens to a request of this target, as often as it is made.
pub(super) fn always(target: &str, steps: impl Fn() -> Vec<Step> + Send + Sync + 'static) -> Setup {
    let wanted = target.to_owned();
    Setup::Engine(Arc::new(
        move |target, _| {
            if target == wanted { steps() } else { healthy(target) }
        },
    ))
}

/// What happens the first time.
pub(super) fn once(target: &str, steps: impl Fn() -> Vec<Step> + Send + Sync + 'static) -> Setup {
    let wanted = target.to_owned();
    Setup::Engine(Arc::new(
        move |target, before| {
            if target == wanted && before == 0 { steps() } else { healthy(target) }
        },
    ))
}

pub(super) fn of_second() -> String {
    format!("/containers/{}/json", id(2))
}

/// The same reply always, whole.
pub(super) fn replying(
    target: &str,
    status: u16,
    headers: &'static str,
    body: impl Into<Vec<u8>>,
) -> Setup {
    let body = body.into();
    always(target, move || vec![send(reply(status, headers, &body))])
}

pub(super) const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

pub(super) fn half_a_chunk() -> Vec<Step> {
    vec![send(format!("{CHUNKED}400\r\n[{{\"Id\":")), Step::Close]
}

pub(super) fn half_a_list() -> Step {
    let whole = reply(200, "", list(3));
    send(&whole[..whole.len() / 2])
}

/// A head that promises this many bytes.
pub(super) fn promise(length: usize) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n")
}

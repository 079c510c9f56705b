//! The fault matrix: each fault that an engine, or what lies before it, can show, and what must come of it.
//! It must not know how a case is run.

use std::sync::Arc;
use std::time::Duration;

use super::cases::Outcome::{Differs, Error, Rows};
use super::cases::Query::{Disk, Events, Info, Inspect, List};
use super::cases::{
    CHUNKED, Case, Group, LARGEST, LIST, Setup, always, half_a_chunk, half_a_list, healthy, id,
    inspect, list, list_with, of_second, once, promise, reply, replying, sound,
};
use super::engine::{Step, send};

const SECOND: Duration = Duration::from_secs(1);

pub(super) fn groups() -> Vec<Group> {
    vec![
        Group { title: "No engine, or not the same any more", cases: connections() },
        Group { title: "Replies that come too slowly, or never end", cases: times() },
        Group { title: "Replies that break off or are not HTTP", cases: frames() },
        Group { title: "Refusals", cases: refusals() },
        Group { title: "Replies that say odd things", cases: contents() },
        Group { title: "Replies to another question", cases: mixed_up() },
    ]
}

#[rustfmt::skip] // one case a line, whatever its width
fn connections() -> Vec<Case> {
    vec![
        Case::new("no socket file", Info, Setup::Absent, Error(&["no engine is running", "start the engine"])),
        Case::new("a socket file that nobody listens on", Info, Setup::Dead, Error(&["no engine is running", "refused"])),
        Case::new("each connection is closed at once", Info, Setup::Rude, Error(&["broke"])).again(3),
        Case::new("a kept connection was closed meanwhile", List, once(LIST, || vec![Step::Close]), Rows).again(1),
        Case::new("the engine was restarted since the last query: another socket file", Info, Setup::Restarted(Duration::ZERO), Rows),
        Case::new("the engine is being restarted when a query begins", Info, Setup::Restarted(SECOND), Rows).again_unseen(3),
        Case::new("the engine is restarted in the middle of a list", List, once(LIST, move || vec![half_a_list(), Step::Restart(SECOND)]), Rows).again_unseen(3),
        Case::new("the engine is restarted while containers are inspected", Inspect, once(&of_second(), move || vec![Step::Restart(SECOND)]), Rows).again_unseen(3),
        Case::new("the engine ends in the middle of a list, and stays away", List, always(LIST, || vec![half_a_list(), Step::Die]), Error(&["no engine is running"])).again_unseen(3),
        Case::new("the connection is cut in the middle of a list, each time", List, always(LIST, || vec![half_a_list(), Step::Close]), Error(&["broke", "closed before"])).again(3),
    ]
}

#[rustfmt::skip] // one case a line, whatever its width
fn times() -> Vec<Case> {
    let drip = |start: String, bytes: &'static str, pause| {
        move || vec![send(start.clone()), Step::Repeat(bytes.into(), pause)]
    };
    let without_end = |kibibytes: usize, pause| {
        let chunk = format!("{:x}\r\n{}\r\n", 1024 * kibibytes, " ".repeat(1024 * kibibytes));
        move || vec![send(CHUNKED), Step::Repeat(chunk.clone().into_bytes(), pause)]
    };
    let slow_link = || {
        let text = list(3) + &" ".repeat(1 << 20);
        let parts = text.as_bytes().chunks(4096).flat_map(|part| [Step::Wait(SECOND), send(part)]);
        std::iter::once(send(promise(text.len()))).chain(parts).collect()
    };
    let clock_behind = Setup::Engine(Arc::new(|target, _| {
        if target.starts_with("/events") { vec![send(CHUNKED), Step::Hang] } else { healthy(target) }
    }));
    let head = || "HTTP/1.1 200 OK\r\nX: ".to_owned();
    let late = || vec![Step::Wait(SECOND * 50), send(reply(200, "", list(3)))];
    let go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    vec![
        Case::new("nothing is said to the first question", Info, always("/_ping", || vec![Step::Hang]), Error(&["GET /_ping", "no reply within 60 s", "timeout"])).within(1),
        Case::new("nothing is said to a later question", List, always(LIST, || vec![Step::Hang]), Error(&["no reply within 60 s"])).within(1),
        Case::new("a reply begins after 50 s", List, always(LIST, late), Rows).within(1),
        Case::new("silence in the middle of a reply", List, always(LIST, || vec![half_a_list(), Step::Hang]), Error(&["kept silent for 60 s in the middle"])).within(1),
        Case::new("a head of one byte a second", List, always(LIST, drip(head(), "x", SECOND)), Error(&["no reply within 60 s"])).within(1),
        Case::new("a body of one byte a second", List, always(LIST, drip(promise(LARGEST), " ", SECOND)), Error(&["too slowly"])).within(2),
        Case::new("a body of 4 KiB a second: 1 MiB over a slow link", List, always(LIST, slow_link), Rows).within(5),
        Case::new("a body without end, 2 KiB a second", List, always(LIST, without_end(2, SECOND)), Error(&["too slowly"])).within(10),
        Case::new("a body without end, fast", List, always(LIST, without_end(64, Duration::from_millis(1))), Error(&["is larger than 2 MiB"])),
        Case::new("a head without end", List, always(LIST, drip(head(), "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", Duration::from_micros(10))), Error(&["proper HTTP", "too large"])),
        Case::new("`100 Continue` without end", List, always(LIST, drip(String::new(), go_on, Duration::from_millis(50))), Error(&["no reply within 60 s"])).within(1),
        Case::new("`100 Continue` a hundred times, then the reply", List, always(LIST, || vec![send(go_on.repeat(100)), send(reply(200, "", list(3)))]), Rows),
        Case::new("events without end: the engine's clock is behind this host's", Events, clock_behind, Error(&["kept silent"])).within(1),
    ]
}

#[rustfmt::skip] // one case a line, whatever its width
fn frames() -> Vec<Case> {
    let too_long = |last: Step| move || vec![send(promise(5000)), send(list(3)), last.clone()];
    let page = "<html><h1>Welcome</h1></html>";
    let huge = || vec![send(promise(100 << 20)), Step::Repeat(vec![b' '; 1 << 16], Duration::from_millis(1))];
    vec![
        Case::new("half a chunk, once", List, once(LIST, half_a_chunk), Rows).again(1),
        Case::new("half a chunk, each time", List, always(LIST, half_a_chunk), Error(&["broke", "closed before"])).again(3),
        Case::new("half a chunk of the disk's usage, which costs the engine much", Disk, always("/system/df", half_a_chunk), Error(&["broke"])),
        Case::new("a chunk whose size is no number", List, always(LIST, || vec![send(CHUNKED), send("zz\r\n[]\r\n0\r\n\r\n")]), Error(&["broke"])).again(3),
        Case::new("a Content-Length that is too long, then the end", List, always(LIST, too_long(Step::Close)), Error(&["broke"])).again(3),
        Case::new("a Content-Length that is too long, then nothing", List, always(LIST, too_long(Step::Hang)), Error(&["kept silent"])).within(1),
        Case::new("a Content-Length that is too short", List, always(LIST, || vec![send(promise(100)), send(list(3))]), Error(&["is no list", "EOF"])),
        Case::new("a Content-Length that is no number", List, always(LIST, || vec![send("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n[]")]), Error(&["proper HTTP", "content-length"])),
        Case::new("no length, and the end in the middle of the list", List, always(LIST, || vec![send("HTTP/1.1 200 OK\r\n\r\n"), send(&list(3)[..90]), Step::Close]), Error(&["is no list", "EOF"])),
        Case::new("no length, and the end between two events", Events, endless_events(), Error(&["no end", "part"])),
        Case::new("garbage before the status line", List, always(LIST, || vec![send("%%%\r\n"), send(reply(200, "", list(3)))]), Error(&["proper HTTP"])),
        Case::new("an empty reply", Info, replying("/info", 200, "", ""), Error(&["is not JSON"])),
        Case::new("status 204 and nothing", Info, always("/info", || vec![send("HTTP/1.1 204 No Content\r\n\r\n")]), Error(&["is not JSON"])),
        Case::new("a page of a web server", Info, replying("/info", 200, "Content-Type: text/html\r\n", page), Error(&["is not JSON", "Welcome", "check `host`"])),
        Case::new("JSON with another content type", Info, replying("/info", 200, "Content-Type: text/plain\r\n", sound("/info")), Rows),
        Case::new("a list that is said to have 100 MB", List, always(LIST, || vec![send(promise(100 << 20)), Step::Hang]), Error(&["is larger than 2 MiB"])),
        Case::new("an inspect of 100 MB", Inspect, always(&of_second(), huge), Error(&["is larger than 2 MiB"])),
    ]
}

/// Events of which nobody can tell whether they are all.
fn endless_events() -> Setup {
    Setup::Engine(Arc::new(|target, _| {
        if target.starts_with("/events") {
            vec![send("HTTP/1.1 200 OK\r\n\r\n"), send(sound(target)), Step::Close]
        } else {
            healthy(target)
        }
    }))
}

#[rustfmt::skip] // one case a line, whatever its width
fn refusals() -> Vec<Case> {
    let page = "<html><head><title>Bad Gateway</title></head><body><hr>nginx</body></html>";
    let other_host = "Location: http://elsewhere/info\r\n";
    vec![
        Case::new("500 of the engine", List, replying(LIST, 500, "", r#"{"message":"disk on fire"}"#), Error(&["says (500): disk on fire", "log"])),
        Case::new("500 with HTML", List, replying(LIST, 500, "", page), Error(&["says (500): Bad Gateway nginx"])),
        Case::new("502 with HTML, each time", List, replying(LIST, 502, "", page), Error(&["says (502): Bad Gateway nginx", "gets through"])).again(3),
        Case::new("502 with HTML, once", List, once(LIST, move || vec![send(reply(502, "", page))]), Rows).again(1),
        Case::new("503 of the engine", List, replying(LIST, 503, "", r#"{"message":"not now"}"#), Error(&["says (503): not now"])),
        Case::new("403 with HTML", List, replying(LIST, 403, "", "<html>Forbidden</html>"), Error(&["says (403): Forbidden", "forbids"])),
        Case::new("a redirection", Info, replying("/info", 301, other_host, "<a href=x>Moved</a>"), Error(&["says (301): Moved", "redirection"])),
        Case::new("404 for one container that was listed", Inspect, replying(&of_second(), 404, "", r#"{"message":"No such container"}"#), Differs("rows without it: it was removed", |rows| rows.len() == 2)),
        Case::new("500 for one container", Inspect, replying(&of_second(), 500, "", r#"{"message":"no such layer"}"#), Error(&["GET /containers/0000", "2/json", "no such layer"])),
    ]
}

#[rustfmt::skip] // one case a line, whatever its width
fn contents() -> Vec<Case> {
    let inspected = |body: String| replying(&of_second(), 200, "", body);
    let deep = |depth| inspected(inspect(2, &format!(r#","Deep":{}{}"#, "[".repeat(depth), "]".repeat(depth))));
    let listed = |item: &str| replying(LIST, 200, "", list_with(3, 2, item));
    let long = |item: &str| replying(LIST, 200, "", list_with(600, 500, item));
    let id = id(2);
    vec![
        Case::new("invalid UTF-8", List, replying(LIST, 200, "", *b"[{\"Id\":\"\xff\xfe\"}]"), Error(&["is no list", "utf-8"])),
        Case::new("JSON of 1,000 levels", Inspect, deep(1_000), Differs("right rows, the JSON as it is", |rows| rows.len() == 3 && rows[1][2].len() > 2_000)),
        Case::new("JSON of 100,000 levels", Inspect, deep(100_000), Differs("right rows, the JSON as it is", |rows| rows.len() == 3 && rows[1][2].len() > 200_000)),
        Case::new("keys twice in an item", List, listed(&format!(r#"{{"Id":"{id}","Names":["/a"],"Created":1,"Names":["/c2"],"Created":5}}"#)), Rows),
        Case::new("keys twice in an inspect", Inspect, inspected(format!(r#"{{"Id":"{id}","HostConfig":{{"Privileged":false}},"HostConfig":{{"Privileged":true}}}}"#)), Differs("the last counts, as in PostgreSQL", |rows| rows[1].contains(&"true".to_owned()))),
        Case::new("a number beyond 64 bits", List, listed(&format!(r#"{{"Id":"{id}","Created":123456789012345678901234567890}}"#)), Error(&["item 2", "created", "expected"])),
        Case::new("NUL in a text", List, listed(&format!(r#"{{"Id":"{id}\u0000","Names":["/c2"],"Created":5}}"#)), Rows),
        Case::new("an object where a list should be", List, replying(LIST, 200, "", r#"{"message":"hello"}"#), Error(&["is no list"])),
        Case::new("the 500th item of a list is no JSON", List, long(r#"{"Id":}"#), Error(&["is no list", "column"])),
        Case::new("the 500th item of a list is a number", List, long("7"), Error(&["is no list of objects", "expected an object"])),
        Case::new("the 500th item of a list has a wrong type", List, long(r#"{"Id":"x","Created":"yesterday"}"#), Error(&["item 500", "created"])),
        Case::new("an item without its ID", List, listed(r#"{"Names":["/c2"],"Created":5}"#), Differs("its ID is NULL", |rows| rows.len() == 3 && rows[1].contains(&"NULL".to_owned()))),
        Case::new("an item without its ID, which is needed to inspect it", Inspect, listed(r#"{"Names":["/c2"],"Created":5}"#), Error(&["item 2", "no text at /Id"])),
        Case::new("an inspect with a wrong type", Inspect, inspected(format!(r#"{{"Id":"{id}","HostConfig":{{"Privileged":"yes"}}}}"#)), Error(&["getContainerInspect of 0000", "privileged"])),
        Case::new("an inspect that is no JSON", Inspect, inspected(format!(r#"{{"Id":"{id}","HostConfig":"#)), Error(&["getContainerInspect of 0000", "cannot read a reply"])),
        Case::new("words that steer a terminal", Info, replying("/info", 500, "", "\u{1b}[2Jred"), Error(&["says (500): [2Jred"])),
    ]
}

#[rustfmt::skip] // one case a line, whatever its width
fn mixed_up() -> Vec<Case> {
    let doubled = || vec![send(reply(200, "", list(3)).repeat(2))];
    let flood = || vec![send(reply(200, "", list(3))), Step::Repeat(reply(200, "", "[]"), Duration::from_millis(1))];
    let late_copy = || vec![send(reply(200, "", list(3))), send(reply(200, "", sound(&of_second())))];
    vec![
        Case::new("replies without end that nobody asked for", Info, Setup::Hasty, Error(&["is not JSON"])),
        Case::new("a reply that comes twice", Inspect, always(LIST, doubled), Rows),
        Case::new("a reply that is followed by others without end", Inspect, always(LIST, flood), Rows),
        Case::new("a second copy of the list just after the next question", Inspect, always(&of_second(), late_copy), Error(&["2/json", "about something else"])),
        Case::new("the inspect of another container", Inspect, replying(&of_second(), 200, "", inspect(1, "")), Error(&["2/json", "about something else"])),
    ]
}

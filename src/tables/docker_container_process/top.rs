//! The lines of `ps` as engines send them, told apart by their titles, which differ by engine and host.
//! It must not know how they were asked for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What an engine says of one container's processes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Top {
    titles: Vec<String>,
    processes: Option<Vec<Vec<String>>>,
}

/// A process as it is shown; NULL is what this engine does not tell.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Process<'a> {
    pid: Option<i64>,
    ppid: Option<i64>,
    uid: Option<i64>,
    user_name: Option<&'a str>,
    container_pid: Option<i64>,
    container_user: Option<&'a str>,
    cpu_percent: Option<f64>,
    memory_percent: Option<f64>,
    vsz: Option<i64>,
    rss: Option<i64>,
    stat: Option<&'a str>,
    tty: Option<&'a str>,
    start_time: Option<&'a str>,
    elapsed: Option<f64>,
    cpu_time: Option<f64>,
    command: Option<&'a str>,
    fields: BTreeMap<&'a str, &'a str>,
}

impl Top {
    pub(super) fn processes(&self) -> Vec<Process<'_>> {
        let lines: Vec<Line> =
            self.processes.iter().flatten().map(|line| self.line(line)).collect();
        lines.iter().map(|line| line.process(&lines)).collect()
    }

    /// True if these are all processes of the host: Podman tells those of the process namespace, which a container may
    /// share with it, and then has no numbers for them besides.
    pub(super) fn is_of_host(&self) -> bool {
        let mut lines = self.processes.iter().flatten().map(|line| self.line(line)).peekable();
        let has_one_number = |line: Line| {
            let on_host = line.text(&["HPID"]);
            on_host == Some("?") || (on_host.is_some() && on_host == line.text(&["PID"]))
        };
        lines.peek().is_some() && lines.all(has_one_number)
    }

    fn line<'a>(&'a self, texts: &'a [String]) -> Line<'a> {
        Line(self.titles.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect())
    }
}

/// The texts of one line by title.
struct Line<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Line<'a> {
    fn process(&self, all: &[Self]) -> Process<'a> {
        let number = |titles: &[&str]| self.text(titles).and_then(|text| text.parse().ok());
        let process = Process {
            pid: number(&["PID"]),
            ppid: number(&["PPID"]),
            // without options, ps puts a name under this title
            uid: number(&["UID"]),
            user_name: self.text(&["USER", "UID"]),
            cpu_percent: self.double("%CPU"),
            memory_percent: self.double("%MEM"),
            vsz: number(&["VSZ"]),
            rss: number(&["RSS"]),
            stat: self.text(&["STAT", "STATE", "S"]),
            tty: self.text(&["TTY", "TT"]),
            start_time: self.text(&["STIME", "START", "STARTED"]),
            elapsed: self.text(&["ELAPSED"]).and_then(seconds),
            cpu_time: self.text(&["TIME"]).and_then(seconds),
            // that of Windows is called Name
            command: self.text(&["COMMAND", "CMD", "Name"]),
            fields: self.0.clone(),
            ..Process::default()
        };
        if !self.0.contains_key("HPID") {
            return process;
        }
        // Podman's are numbers and names of the container, and those of the host beside them
        let user_name = self.text(&["HUSER"]).filter(|name| *name != "?");
        Process {
            pid: number(&["HPID"]),
            ppid: all
                .iter()
                .find(|parent| parent.text(&["PID"]) == self.text(&["PPID"]))
                .and_then(|parent| parent.text(&["HPID"])?.parse().ok()),
            uid: user_name.and_then(|name| name.parse().ok()),
            user_name,
            container_pid: number(&["PID"]),
            container_user: self.text(&["USER"]),
            ..process
        }
    }

    /// What is under the first of these titles that there is.
    fn text(&self, titles: &[&str]) -> Option<&'a str> {
        titles.iter().find_map(|title| self.0.get(title)).copied()
    }

    fn double(&self, title: &str) -> Option<f64> {
        self.text(&[title])?.parse().ok().filter(|number: &f64| number.is_finite())
    }
}

/// Seconds, of what is written as `39`, as `[[days-]hours:]minutes:seconds`, or by Go: `1h2m3.4s`.
fn seconds(text: &str) -> Option<f64> {
    if text.contains(':') {
        return clock(text);
    }
    match text.parse::<f64>() {
        Ok(seconds) => Some(seconds).filter(|seconds| seconds.is_finite()),
        Err(_) if text.is_empty() => None,
        Err(_) => go_duration(text),
    }
}

fn clock(text: &str) -> Option<f64> {
    let (days, time) = text.split_once('-').unwrap_or(("0", text));
    let mut parts = time.rsplit(':').map(|part| part.parse::<u32>().ok().map(f64::from));
    let (seconds, minutes) = (parts.next()??, parts.next()??);
    let hours = parts.next().unwrap_or(Some(0.0))?;
    let days = f64::from(days.parse::<u32>().ok()?);
    let is_all = parts.next().is_none();
    is_all.then_some(((days * 24.0 + hours) * 60.0 + minutes) * 60.0 + seconds)
}

fn go_duration(mut text: &str) -> Option<f64> {
    let mut seconds = 0.0;
    while !text.is_empty() {
        let is_of_number = |character: char| character == '.' || character.is_ascii_digit();
        let (number, rest) = text.split_at(text.find(|character| !is_of_number(character))?);
        let (unit, rest) = rest.split_at(rest.find(is_of_number).unwrap_or(rest.len()));
        let in_seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "µs" | "us" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * in_seconds;
        text = rest;
    }
    Some(seconds)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rows(top: &Value) -> Vec<Value> {
        let top: Top = serde_json::from_value(top.clone()).unwrap();
        top.processes().iter().map(|process| serde_json::to_value(process).unwrap()).collect()
    }

    /// The row without what is NULL and without the line.
    fn known(row: &Value) -> Value {
        let mut known = row.as_object().unwrap().clone();
        known.retain(|name, value| !value.is_null() && name != "fields");
        known.into()
    }

    #[test]
    fn docker_tells_what_ps_was_asked_for() {
        let titles = "PID PPID UID USER %CPU %MEM VSZ RSS STAT TT STIME ELAPSED TIME COMMAND";
        let top = json!({
            "Titles": titles.split(' ').collect::<Vec<_>>(),
            "Processes": [["9155", "2435", "1000", "ann", "13.3", "0.1", "2268", "1444", "Ss", "?", "03:08", "39", "1-00:00:02", "sleep 1000"]],
        });
        let row = &rows(&top)[0];
        let expected = json!({
            "pid": 9155, "ppid": 2435, "uid": 1000, "user_name": "ann", "cpu_percent": 13.3, "memory_percent": 0.1,
            "vsz": 2268, "rss": 1444, "stat": "Ss", "tty": "?", "start_time": "03:08", "elapsed": 39.0,
            "cpu_time": 86402.0, "command": "sleep 1000",
        });
        assert_eq!(known(row), expected);
        assert_eq!(row["fields"]["%CPU"], "13.3");
        assert_eq!(row["fields"].as_object().unwrap().len(), 14);
    }

    #[test]
    fn without_options_there_is_less() {
        let unix = json!({
            "Titles": ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"],
            "Processes": [["root", "24", "2", "0", "03:08", "?", "00:01:00", "sleep 1"]],
        });
        let expected = json!({
            "pid": 24, "ppid": 2, "user_name": "root", "start_time": "03:08", "tty": "?", "cpu_time": 60.0,
            "command": "sleep 1",
        });
        assert_eq!(known(&rows(&unix)[0]), expected);
        let windows = json!({
            "Titles": ["Name", "PID", "CPU", "Private Working Set"],
            "Processes": [["smss.exe", "5512", "00:00:00.031", "225.3kB"]],
        });
        assert_eq!(known(&rows(&windows)[0]), json!({"pid": 5512, "command": "smss.exe"}));
    }

    #[test]
    fn podman_tells_numbers_of_host_and_container() {
        let top = json!({
            "Titles": ["HPID", "PID", "PPID", "HUSER", "USER", "STATE", "ELAPSED", "TIME"],
            "Processes": [
                ["2330", "1", "0", "root", "root", "S", "1m2.5s", "0s"],
                ["10107", "7", "1", "100999", "app", "S", "1h1.5ms", "10ms"],
                ["?", "9", "7", "?", "app", "R", "odd", "x:y"],
            ],
        });
        let expected = [
            json!({
                "pid": 2330, "user_name": "root", "container_pid": 1, "container_user": "root", "stat": "S",
                "elapsed": 62.5, "cpu_time": 0.0,
            }),
            json!({
                "pid": 10107, "ppid": 2330, "uid": 100_999, "user_name": "100999", "container_pid": 7,
                "container_user": "app", "stat": "S", "elapsed": 3600.0015, "cpu_time": 0.01,
            }),
            json!({"ppid": 10107, "container_pid": 9, "container_user": "app", "stat": "R"}),
        ];
        assert_eq!(rows(&top).iter().map(known).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn processes_with_one_number_are_those_of_the_host() {
        for (lines, expected) in [
            (json!([["?", "1"], ["?", "7"]]), true),
            (json!([["1", "1"], ["7", "7"]]), true),
            (json!([["2330", "1"], ["?", "9"]]), false),
            (json!([]), false),
            (json!(null), false),
        ] {
            let top = json!({"Titles": ["HPID", "PID"], "Processes": lines});
            assert_eq!(serde_json::from_value::<Top>(top).unwrap().is_of_host(), expected);
        }
        let docker = json!({"Titles": ["PID", "CMD"], "Processes": [["7", "x"]]});
        assert!(!serde_json::from_value::<Top>(docker).unwrap().is_of_host());
    }

    #[test]
    fn lines_may_be_missing_or_short() {
        assert!(rows(&json!({"Titles": ["PID"], "Processes": null})).is_empty());
        let rows = rows(&json!({"Titles": ["PID", "USER"], "Processes": [["1"], []]}));
        assert_eq!(rows.iter().map(known).collect::<Vec<_>>(), [json!({"pid": 1}), json!({})]);
    }

    #[test]
    fn times_are_read_in_every_spelling() {
        for (text, expected) in [
            ("39", Some(39.0)),
            ("0.5", Some(0.5)),
            ("01:02", Some(62.0)),
            ("01:00:02", Some(3602.0)),
            ("2-00:00:01", Some(172_801.0)),
            ("0s", Some(0.0)),
            ("47.5s", Some(47.5)),
            ("1h2m3s", Some(3723.0)),
            ("250ms", Some(0.25)),
            ("1µs", Some(1e-6)),
            ("1:2:3:4", None),
            ("a:b", None),
            ("5", Some(5.0)),
            ("5x", None),
            ("s", None),
            ("", None),
            ("inf", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}

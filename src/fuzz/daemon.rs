//! `daemon.json` and the flags of `dockerd`, and the settings that they come to.

use serde_json::{Value, json};

use super::Lines;
use crate::docker::daemon::{Daemon, Known};
use crate::files::{daemon_json, systemd_unit};
use crate::host::{Facts, Host};

/// Words of the file and of command lines; a line that starts with `$ ` is the command line.
pub const WORDS: &[&str] = &[
    "$ dockerd ",
    "-H fd://",
    " -D",
    " --icc=false",
    " --log-opt a=b",
    " --default-ulimit nofile=1:2",
    " --config-file=/a",
    " --default-address-pool base=10.0.0.0/8,size=24",
    " --add-runtime a=/b",
    " -l",
    " -",
    " --",
    " --feature a=false",
    " --mtu 5",
    " --tlsverify",
    " --default-network-opt a=b=c",
    " --shm-size 64M",
    "\n",
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "\"hosts\": [\"fd://\"]",
    "\"log-opts\": {\"a\": \"b\"}",
    "\"icc\": false",
    "\"proxies\": {\"http-proxy\": \"a\"}",
    "\"default-ulimits\": {\"a\": {\"Soft\": 1}}",
    "\"data-root\": \"/a\"",
    "\"a\":1,",
    "1e400",
    "-0",
    "9999999999999999999999",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "\u{feff}",
    "\"features\": {\"a\": true}",
    "\"max-concurrent-downloads\": 3",
    "\"default-shm-size\": \"9999999999999g\"",
];

/// Reads the file and the flags.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (commands, file): (Vec<&str>, Vec<&str>) =
        text.split_inclusive('\n').partition(|line| line.starts_with("$ "));
    let file = file.concat();
    check_file(&file);
    let argv: Vec<String> =
        commands.iter().flat_map(|line| systemd_unit::words(&line[2..])).collect();
    check_settings(&file, &argv);
}

fn check_file(text: &str) {
    let lines = Lines::of(text);
    let entries = match daemon_json::parse(text) {
        Ok(entries) => entries,
        Err(problem) => {
            assert!(!problem.problem.is_empty());
            return lines.check(problem.line);
        }
    };
    let mut last = 1;
    for entry in &entries {
        lines.check(entry.line);
        assert!(last <= entry.line, "keys are told in their order");
        last = entry.line;
    }
    // the settings of an object inside stand on their own, and would be read so again
    if entries.iter().any(|entry| entry.value.is_object()) {
        return;
    }
    let written = entries.iter().map(|entry| format!("{}:{}", json!(entry.key), entry.value));
    let written = format!("{{{}}}", written.collect::<Vec<_>>().join(",\n"));
    let again = daemon_json::parse(&written).expect("what is written is read");
    let values = |entries: &[daemon_json::Entry]| -> Vec<(String, Value)> {
        entries.iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect()
    };
    assert_eq!(values(&again), values(&entries), "{written}");
}

/// A daemon with this file and these flags has settings, paths and units.
fn check_settings(file: &str, argv: &[String]) {
    let argv: Vec<&str> =
        ["/usr/bin/dockerd"].into_iter().chain(argv.iter().skip(1).map(String::as_str)).collect();
    let facts = [
        json!({"host": {"name": "h", "os": "linux"}}),
        json!({"process": {"pid": 7, "uid": 0, "argv": argv}}),
        json!({"file": {"path": "/etc/docker/daemon.json", "kind": "file", "uid": 0, "gid": 0, "mode": 0o644, "content": file}}),
    ];
    let facts = facts.map(|fact| fact.to_string()).join("\n");
    let host = Host::recorded(Facts::from_lines(&facts).expect("these are facts"));
    let known = Known::default();
    let daemon = Daemon::find(&host, &known);
    for setting in daemon.settings().expect("it is no Podman") {
        assert!(!setting.key.contains('\n') || !setting.is_known);
        if let Err(why) = &setting.value {
            assert!(!why.is_empty());
        }
    }
    assert!(!daemon.paths().is_empty() && !daemon.units().is_empty());
}

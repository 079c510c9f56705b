//! The log of the audit system.

use crate::files::audit_log::{AuditEvent, Reader, exec_of};

/// Words of a log.
pub const WORDS: &[&str] = &[
    "type=SYSCALL msg=audit(1700000000.123:7): ",
    "type=EXECVE msg=audit(1700000000.123:7): ",
    "type=PATH msg=audit(1700000000.123:7): ",
    "type=EOE msg=audit(1700000000.123:7): \n",
    "argc=3 a0=\"docker\" a1=\"exec\" a2=\"--privileged\"",
    "a1[0]=6578",
    "a1_len=4",
    " key=\"docker\"",
    " exe=\"/usr/bin/docker\"",
    " pid=1 uid=0 auid=4294967295",
    " success=yes",
    "\u{1d}",
    " UID=\"root\"",
    "\n",
    " name=2F",
    " key=(null)",
    " key=646F636B6572",
    "node=a ",
    "\"",
    "=",
    "99999999999999999999",
    " a9999999999=1",
    "syscall=59",
];

/// Reads a log.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader::default();
    text.lines().for_each(|line| reader.line(line));
    for event in reader.finish() {
        let keyed = event.key.as_ref().is_some_and(|key| key.starts_with("docker"));
        assert!(keyed || exec_of(&event.argv).is_some(), "only events about Docker are told");
        let written = serde_json::to_string(&event).expect("an event is JSON");
        let again: AuditEvent = serde_json::from_str(&written).expect("what is written is read");
        assert_eq!(again, event);
    }
}

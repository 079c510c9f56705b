//! The audit daemon's log and those it was rotated to: the newest part, up to a limit.
//! It must not know what an event means.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use super::path::Place;
use super::{Live, why};
use crate::files::audit_log::Reader;
use crate::host::{AuditEvent, Found, Unreadable};

/// How much of the log is read, in bytes: the end of it.
pub(super) const MOST_LOG: u64 = 64 << 20;
/// A line longer than this is no record.
const LONGEST_LINE: u64 = 1 << 20;
const LOG: &str = "/var/log/audit/audit.log";
const SETTINGS: &str = "/etc/audit/auditd.conf";

pub(super) fn events(live: &Live) -> Found<AuditEvent> {
    let mut unreadable = Vec::new();
    let mut refuse = |path: &str, error: String| {
        unreadable.push(Unreadable {
            kind: "audit_event".to_owned(),
            path: Some(path.to_owned()),
            error,
        });
    };
    let log = log_file(live).unwrap_or_else(|error| {
        refuse(SETTINGS, error);
        LOG.to_owned()
    });
    let mut parts: Vec<(String, File, u64)> = Vec::new();
    let mut left = MOST_LOG;
    for number in 0.. {
        let path = if number == 0 { log.clone() } else { format!("{log}.{number}") };
        match live.place(&path).and_then(|place| open(live, place)) {
            Ok(Some((file, length))) => {
                let part = length.min(left);
                left -= part;
                parts.push((path, file, length - part));
            }
            Ok(None) if number == 0 => {
                refuse(&path, "it does not exist: no audit daemon keeps a log here".to_owned());
                break;
            }
            Ok(None) => break,
            Err(error) => {
                refuse(&path, error);
                break;
            }
        }
        if left == 0 {
            break;
        }
    }
    let mut reader = Reader::default();
    for (path, file, start) in parts.into_iter().rev() {
        if let Err(error) = feed(&mut reader, file, start) {
            refuse(&path, why(&error));
        }
    }
    Found { items: reader.finish(), unreadable }
}

/// Where the daemon's settings say that the log is.
fn log_file(live: &Live) -> Result<String, String> {
    let text = live.text(SETTINGS)?.unwrap_or_default();
    let path = text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == "log_file").then(|| value.trim().to_owned())
    });
    Ok(path.filter(|path| path.starts_with('/')).unwrap_or_else(|| LOG.to_owned()))
}

fn open(live: &Live, place: Place) -> Result<Option<(File, u64)>, String> {
    match place {
        Place::There { path, metadata } if metadata.is_file() => {
            let file = File::open(live.outside(&path)).map_err(|error| why(&error))?;
            Ok(Some((file, metadata.len())))
        }
        Place::There { .. } => Err("it is no regular file".to_owned()),
        Place::Absent | Place::Dangling { .. } => Ok(None),
    }
}

/// Reads a log from a place in it, and from its start only if that is the place: the first line is else a part of one.
fn feed(reader: &mut Reader, mut file: File, start: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(start))?;
    let mut file = BufReader::new(file);
    let mut line = Vec::new();
    let mut is_whole = start == 0;
    loop {
        line.clear();
        if file.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let ends = line.ends_with(b"\n");
        if is_whole {
            reader.line(String::from_utf8_lossy(&line).trim_end());
        }
        is_whole = ends;
    }
}

//! Sockets that wait for others, from `/proc/…/net`, and who holds them.
//! It must not know which ports are whose.

use std::collections::HashMap;
use std::fs;

use super::{Live, entries, read};
use crate::files::socket_table::{self, Socket};
use crate::host::{Listener, Seen};

const PROTOCOLS: [&str; 4] = ["tcp", "tcp6", "udp", "udp6"];

impl Live {
    pub(in crate::host) fn listeners(&self) -> Seen<Vec<Listener>> {
        let mut sockets: Vec<(&str, Socket)> = Vec::new();
        let folder = format!("/proc/{}/net", self.network());
        for protocol in PROTOCOLS {
            let path = format!("{folder}/{protocol}");
            let place = self.outside(&path);
            // without IPv6, its tables are not there
            if protocol.ends_with('6') && !place.exists() {
                continue;
            }
            let text = read(&place).map_err(|error| format!("{path}: {error}"))?;
            let waiting =
                socket_table::waiting(&text).map_err(|error| format!("{path}: {error}"))?;
            sockets.extend(waiting.into_iter().map(|socket| (protocol, socket)));
        }
        let holders = self.holders(sockets.iter().map(|(_, socket)| socket.inode));
        let listener = |(protocol, socket): (&str, Socket)| {
            let pid = holders.get(&socket.inode).copied();
            Listener {
                protocol: protocol.to_owned(),
                address: socket.address.to_string(),
                port: socket.port,
                uid: Some(socket.uid),
                pid,
                program: pid.and_then(|pid| self.program(pid)),
            }
        };
        Ok(sockets.into_iter().map(listener).collect())
    }

    /// The process in whose network the engine listens: its own, else that of the only daemon that is in no container,
    /// else the first process of the host.
    fn network(&self) -> u32 {
        let processes = self.processes().unwrap_or_default();
        let engine = processes.iter().find(|process| process.engine == Some(true));
        let mut daemons = processes
            .iter()
            .filter(|process| process.program() == "dockerd" && process.nested != Some(true));
        let only = || daemons.next().filter(|_| daemons.next().is_none());
        engine.or_else(only).map_or(1, |process| process.pid)
    }

    /// For sockets, a process that has it open, of those whose files may be looked at.
    fn holders(&self, inodes: impl Iterator<Item = u64>) -> HashMap<u64, u32> {
        let wanted: HashMap<String, u64> = inodes
            .filter(|&inode| inode != 0)
            .map(|inode| (format!("socket:[{inode}]"), inode))
            .collect();
        let mut holders = HashMap::new();
        for pid in self.pids().unwrap_or_default() {
            if holders.len() == wanted.len() {
                break;
            }
            let folder = self.outside(&format!("/proc/{pid}/fd"));
            for name in entries(&folder).unwrap_or_default() {
                let link = fs::read_link(folder.join(name)).unwrap_or_default();
                if let Some(inode) = link.to_str().and_then(|link| wanted.get(link)) {
                    holders.entry(*inode).or_insert(pid);
                }
            }
        }
        holders
    }
}

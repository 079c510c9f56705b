//! Small tables of a host: accounts, mounts, sockets, certificates.

use crate::files::{accounts, certificate, mount_table, socket_table};

/// Words of such tables.
pub const WORDS: &[&str] = &[
    "root:x:0:0:root:/root:/bin/sh\n",
    "docker:x:998:ann,bob\n",
    ":",
    ",",
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n",
    " - ",
    "\\040",
    "\\0",
    "  sl  local_address rem_address   st\n",
    "   0: 0100007F:0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234\n",
    "0A",
    "/",
    "-----BEGIN CERTIFICATE-----\n",
    "-----END CERTIFICATE-----\n",
    "MIIB",
    "=\n",
    "\n",
    " ",
    "99999999999",
    "-1",
];

/// Reads the text as each of the tables.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().count();
    assert!(accounts::users(&text).len() <= lines);
    assert!(accounts::groups(&text).len() <= lines);
    let mounts = mount_table::mounts(&text);
    assert!(mounts.len() <= lines);
    let seen = mount_table::topmost(mounts.clone());
    assert!(seen.iter().all(|mount| mounts.contains(mount)), "what is on top was mounted");
    if let Err(problem) = socket_table::waiting(&text) {
        assert!(!problem.is_empty());
    }
    if let Err(problem) = certificate::validity(&text) {
        assert!(!problem.is_empty());
    }
}

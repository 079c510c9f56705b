//! The kernel's table of mounts, as in `/proc/mounts`.
//! It must not know which of them matter.

use serde::{Deserialize, Serialize};

/// What is mounted where.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mount {
    /// The folder, or file, that it lies over.
    pub target: String,
    /// The device, the folder of another host, or a word for what has neither.
    pub source: String,
    /// Type of the file system.
    pub fstype: String,
    /// Options, separated by commas.
    pub options: String,
}

/// The mounts that can be seen: where several lie over each other, the one on top.
pub fn mounts(text: &str) -> Vec<Mount> {
    let mount = |line: &str| {
        let mut fields = line.split(' ').map(unescaped);
        Some(Mount {
            source: fields.next()?,
            target: fields.next()?,
            fstype: fields.next()?,
            options: fields.next()?,
        })
    };
    topmost(text.lines().filter_map(mount))
}

/// Of several mounts on one target the last, in the order of the last ones.
pub fn topmost(mounts: impl IntoIterator<Item = Mount>) -> Vec<Mount> {
    let mut top: Vec<Mount> = Vec::new();
    for mount in mounts {
        top.retain(|below| below.target != mount.target);
        top.push(mount);
    }
    top
}

/// Spaces, tabs, line feeds, backslashes and hashes are written as three octal digits.
fn unescaped(field: &str) -> String {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field.as_bytes();
    while let [first, after @ ..] = rest {
        let (byte, after) = match (first, after) {
            (b'\\', [high @ b'0'..=b'3', middle @ b'0'..=b'7', low @ b'0'..=b'7', after @ ..]) => {
                ((high - b'0') * 64 + (middle - b'0') * 8 + (low - b'0'), after)
            }
            (byte, after) => (*byte, after),
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octal_escapes_are_read_and_the_topmost_mount_wins() {
        let text = "/dev/sda1 / ext4 rw,relatime 0 0\n\
                    proc /proc proc rw 0 0\n\
                    /dev/sdb1 /srv/my\\040disk ext4 ro 0 0\n\
                    //nas/a\\134b\\303\\251 /mnt cifs rw,x=\\x 0 0\n\
                    tmpfs /proc tmpfs ro 0 0\n\
                    broken\n";
        let found: Vec<_> = mounts(text)
            .into_iter()
            .map(|mount| [mount.target, mount.source, mount.fstype, mount.options])
            .collect();
        assert_eq!(
            found,
            [
                ["/", "/dev/sda1", "ext4", "rw,relatime"],
                ["/srv/my disk", "/dev/sdb1", "ext4", "ro"],
                ["/mnt", "//nas/a\\bé", "cifs", "rw,x=\\x"],
                ["/proc", "tmpfs", "tmpfs", "ro"],
            ]
        );
    }
}

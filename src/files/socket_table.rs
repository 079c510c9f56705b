//! The kernel's tables of sockets, such as `/proc/net/tcp`: those that wait for others.
//! It must not know whose they are.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A socket that listens, or a datagram socket that takes from anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socket {
    /// Where it is bound to.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
    /// Number of the account that opened it.
    pub uid: u32,
    /// Number by which a process's open files name it; 0 if it is the kernel's own.
    pub inode: u64,
}

/// States of a listening TCP socket, and of a UDP socket that is connected to nobody.
const WAITING: [&str; 2] = ["0A", "07"];

/// The waiting sockets of a table.
///
/// # Errors
/// A line, other than the heading, that is no socket.
pub fn waiting(text: &str) -> Result<Vec<Socket>, String> {
    let mut sockets = Vec::new();
    for line in text.lines().skip(1).filter(|line| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let socket =
            socket(&fields).ok_or_else(|| format!("cannot read the line `{}`", line.trim()))?;
        if WAITING.contains(&fields[3]) {
            sockets.push(socket);
        }
    }
    Ok(sockets)
}

/// `0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 12345 …`
fn socket(fields: &[&str]) -> Option<Socket> {
    let (address, port) = fields.get(1)?.split_once(':')?;
    fields.get(3)?;
    Some(Socket {
        address: address_of(address)?,
        port: u16::from_str_radix(port, 16).ok()?,
        uid: fields.get(7)?.parse().ok()?,
        inode: fields.get(9)?.parse().ok()?,
    })
}

/// Words of 32 bits, each printed as the processor of the host reads it.
fn address_of(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        let digits = hex.get(at..at + 8)?;
        Some(u32::from_str_radix(digits, 16).ok()?.to_ne_bytes())
    };
    match hex.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let words = [word(0)?, word(8)?, word(16)?, word(24)?];
            let mut bytes = [0; 16];
            bytes.iter_mut().zip(words.iter().flatten()).for_each(|(to, from)| *to = *from);
            Some(Ipv6Addr::from(bytes).into())
        }
        _ => None,
    }
}

#[cfg(test)]
#[cfg(target_endian = "little")]
mod tests {
    use super::*;

    const HEADING: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    fn found(lines: &str) -> Result<Vec<(String, u16, u32, u64)>, String> {
        let sockets = waiting(&format!("{HEADING}{lines}"))?;
        let plain =
            |socket: Socket| (socket.address.to_string(), socket.port, socket.uid, socket.inode);
        Ok(sockets.into_iter().map(plain).collect())
    }

    #[test]
    fn listening_sockets_are_found_and_connections_are_not() {
        let lines = "   0: 0100007F:0947 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 23456 1 0000000000000000 100 0 0 10 0\n\
             \x20  1: 0100007F:A3F2 0100007F:0947 01 00000000:00000000 00:00000000 00000000     0        0 7 1\n\
             \x20 12: 00000000:1F0A 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 99 2 0000 0\n";
        assert_eq!(
            found(lines).unwrap(),
            [("127.0.0.1".to_owned(), 2375, 1000, 23456), ("0.0.0.0".to_owned(), 7946, 0, 99)]
        );
    }

    #[test]
    fn addresses_of_version_6_are_read_word_by_word() {
        let line = |address: &str| {
            format!(
                "   0: {address}:0949 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 5 1\n"
            )
        };
        for (hex, address) in [
            ("00000000000000000000000000000000", "::"),
            ("00000000000000000000000001000000", "::1"),
            ("B80D01200000000067452301EFCDAB89", "2001:db8::123:4567:89ab:cdef"),
            ("0000000000000000FFFF00000100007F", "::ffff:127.0.0.1"),
        ] {
            assert_eq!(found(&line(hex)).unwrap(), [(address.to_owned(), 2377, 0, 5)]);
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_is_an_error() {
        for line in ["0: 0100:1F90 x 0A", "0: zz00007F:1F90 0:0 0A 0 0 0 0 0 1", "nonsense"] {
            assert!(found(line).unwrap_err().contains(line), "{line}");
        }
        assert_eq!(waiting("").unwrap(), []);
    }
}

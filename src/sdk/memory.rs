//! How much memory a plugin may take, and takes (protocol section 1.2, `GOMEMLIMIT`).
//! It must not know what takes it.

/// How much memory the process may take, softly: what goes beyond is given back as soon as it can be.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// The budget in bytes.
    pub budget: usize,
    /// How many bytes the process takes now, if that can be told.
    pub used: fn() -> Option<usize>,
}

impl Memory {
    /// A budget in the form that Go's runtime takes: bytes, with or without one of its units. `off`, and what is no
    /// number, are none.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
        let shift = match &text[digits.len()..] {
            "" | "B" => 0,
            "KiB" => 10,
            "MiB" => 20,
            "GiB" => 30,
            "TiB" => 40,
            _ => return None,
        };
        let budget = digits.parse::<usize>().ok()?.checked_mul(1 << shift)?;
        Some(Self { budget, used })
    }
}

/// The bytes of this process that lie in memory, where the kernel tells.
#[expect(clippy::disallowed_methods, reason = "the kernel answers from memory")]
fn used() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<usize>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_read_as_go_reads_it() {
        for (text, expected) in [
            ("1073741824", Some(1 << 30)),
            ("200MiB", Some(200 << 20)),
            ("2GiB", Some(2 << 30)),
            ("512B", Some(512)),
            ("off", None),
            ("", None),
            ("1GB", None),
            ("-1", None),
            ("99999999999TiB", None),
        ] {
            assert_eq!(Memory::parse(text).map(|memory| memory.budget), expected, "{text}");
        }
    }

    #[test]
    fn this_process_takes_memory() {
        let used = used().expect("the kernel tells");
        assert!(used > 1 << 20 && used < 1 << 34, "{used}");
    }
}

//! What an engine says of itself in the headers of its reply to a ping.
//! It must not know how the ping was sent, nor which version is then used.

use std::fmt;
use std::str::FromStr;

/// A version of the engine's API, such as 1.41.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion {
    major: u16,
    minor: u16,
}

impl ApiVersion {
    /// The newest version this crate knows.
    pub const NEWEST: Self = Self { major: 1, minor: 55 };
    /// The version of engines that do not tell theirs.
    pub const OLDEST: Self = Self { major: 1, minor: 24 };

    /// The version `major.minor`.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

/// As in a path, without the `v`.
impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Reads `1.41` and `v1.41`.
impl FromStr for ApiVersion {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = |digits: &str| {
            if digits.bytes().all(|byte| byte.is_ascii_digit()) {
                digits.parse().map_err(|_| ())
            } else {
                Err(())
            }
        };
        let (major, minor) = text.strip_prefix('v').unwrap_or(text).split_once('.').ok_or(())?;
        Ok(Self { major: number(major)?, minor: number(minor)? })
    }
}

/// An engine that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    /// The API version its calls use: the newest that the engine, this crate and the connection allow.
    pub api_version: ApiVersion,
    /// True for Podman's service, which answers as Docker but differs in places.
    pub is_podman: bool,
    /// The operating system of its containers, such as `linux`; empty if it does not tell.
    pub os_type: String,
}

impl Engine {
    /// The headers that [`Engine::from_ping`] reads.
    pub(super) const HEADERS: [&str; 4] = ["Api-Version", "Libpod-API-Version", "OSType", "Server"];

    /// Reads the headers of a ping; `cap` is the newest version the connection allows.
    pub(super) fn from_ping<'a>(
        header: impl Fn(&str) -> Option<&'a str>,
        cap: Option<ApiVersion>,
    ) -> Self {
        let theirs =
            header("Api-Version").and_then(|text| text.parse().ok()).unwrap_or(ApiVersion::OLDEST);
        let ours = cap.unwrap_or(ApiVersion::NEWEST).min(ApiVersion::NEWEST);
        Self {
            api_version: theirs.min(ours),
            is_podman: header("Libpod-API-Version").is_some()
                || header("Server").is_some_and(|server| server.starts_with("Libpod/")),
            os_type: header("OSType").unwrap_or_default().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ping(headers: &[(&str, &'static str)], cap: Option<&str>) -> Engine {
        let header = |wanted: &str| {
            headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value)
        };
        Engine::from_ping(header, cap.map(|cap| cap.parse().expect("a version")))
    }

    #[test]
    fn the_version_used_is_the_oldest_of_engine_crate_and_cap() {
        for (theirs, cap, used) in [
            ("1.41", None, "1.41"),
            ("1.99", None, "1.55"),
            ("1.99", Some("1.60"), "1.55"),
            ("1.52", Some("1.44"), "1.44"),
            ("1.41", Some("v1.44"), "1.41"),
            ("1.9", None, "1.9"),
            ("odd", None, "1.24"),
        ] {
            assert_eq!(
                ping(&[("Api-Version", theirs)], cap).api_version.to_string(),
                used,
                "{theirs} {cap:?}"
            );
        }
        assert_eq!(ping(&[], None).api_version, ApiVersion::OLDEST);
    }

    #[test]
    fn podman_is_told_by_either_header() {
        assert!(ping(&[("Server", "Libpod/5.2.0 (linux)")], None).is_podman);
        assert!(ping(&[("Libpod-API-Version", "5.2.0")], None).is_podman);
        let docker = ping(&[("Server", "Docker/29.0.0 (linux)"), ("OSType", "linux")], None);
        assert!(!docker.is_podman);
        assert_eq!(docker.os_type, "linux");
    }

    #[test]
    fn odd_versions_are_refused() {
        for text in ["", "1", "1.", ".1", "1.x", "+1.2", "1.2.3", "v", "1.99999"] {
            assert!(text.parse::<ApiVersion>().is_err(), "{text}");
        }
    }
}

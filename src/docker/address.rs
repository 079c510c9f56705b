//! Host texts such as `tcp://build:2376`, taken apart as `docker` does.
//! It must not know where a text came from, nor open anything.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use super::environment::SYSTEM_SOCKET;
use super::ssh;

/// The schemes a host can have, for messages.
pub(super) const SCHEMES: &str = "unix://, tcp://, http://, https:// or ssh://";

/// Where an engine listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    Unix(PathBuf),
    Tcp(Tcp),
    Ssh(ssh::Destination),
}

/// A network address, with or without TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tcp {
    /// Name or IP address; an IPv6 address without its brackets.
    pub(super) host: String,
    port: Option<u16>,
    scheme: Scheme,
    /// What stands before every path, without a slash at its end; usually empty.
    pub(super) base_path: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Tcp,
    Http,
    Https,
}

impl Tcp {
    /// The port, which by default depends on whether TLS is spoken.
    pub(super) fn port(&self, tls: bool) -> u16 {
        self.port.unwrap_or(match (self.scheme, tls) {
            (Scheme::Tcp, false) => 2375,
            (Scheme::Tcp, true) => 2376,
            (_, false) => 80,
            (_, true) => 443,
        })
    }

    /// What the header `Host` says.
    pub(super) fn host_header(&self, tls: bool) -> String {
        let port = self.port(tls);
        if self.host.contains(':') {
            format!("[{}]:{port}", self.host)
        } else {
            format!("{}:{port}", self.host)
        }
    }

    /// True if the scheme itself asks for TLS.
    pub(super) fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }
}

/// Takes a host text apart; the error says what is wrong with it, without repeating it.
pub(super) fn parse(text: &str) -> Result<Address, String> {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None if text.starts_with('/') => return Err(format!("a socket is written unix://{text}")),
        // as for `docker`: HOST:PORT alone means tcp
        None => ("tcp", text),
    };
    if rest.contains(|c: char| c.is_control() || c == ' ') {
        return Err("it holds a space or a control character".to_owned());
    }
    match scheme {
        "unix" if rest.is_empty() => Ok(Address::Unix(PathBuf::from(SYSTEM_SOCKET))),
        "unix" => Ok(Address::Unix(PathBuf::from(rest))),
        "tcp" => parse_tcp(Scheme::Tcp, rest),
        "http" => parse_tcp(Scheme::Http, rest),
        "https" => parse_tcp(Scheme::Https, rest),
        "ssh" => parse_ssh(rest),
        "npipe" => Err("named pipes can be reached on Windows only".to_owned()),
        "fd" => {
            Err("fd:// is how systemd hands a socket to the engine; clients use unix://".to_owned())
        }
        _ => Err(format!("`{scheme}://` is not known, it must be {SCHEMES}")),
    }
}

/// The text with everything in it hidden that could be a password.
pub(super) fn redact(text: &str) -> String {
    let start = text.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = text.split_at(start);
    let shown = match rest.rsplit_once('@') {
        // a password may hold any character, so everything up to the last @ counts
        Some((user, host)) => match user.split_once(':') {
            Some((user, _)) => format!("{scheme}{user}:***@{host}"),
            None => text.to_owned(),
        },
        None => text.to_owned(),
    };
    match shown.split_once('?') {
        Some((before, _)) => format!("{before}?***"),
        None => shown,
    }
}

fn parse_tcp(scheme: Scheme, rest: &str) -> Result<Address, String> {
    let parts = Parts::new(rest)?;
    if parts.user.is_some() {
        return Err("user names and passwords are not supported here".to_owned());
    }
    let host = if parts.host.is_empty() { "localhost" } else { parts.host };
    Ok(Address::Tcp(Tcp {
        host: host.to_owned(),
        port: parts.port,
        scheme,
        base_path: parts.path.trim_end_matches('/').to_owned(),
    }))
}

fn parse_ssh(rest: &str) -> Result<Address, String> {
    let parts = Parts::new(rest)?;
    let user = match parts.user.map(|user| user.split_once(':').ok_or(user)) {
        Some(Ok(_)) => {
            return Err("a password cannot be given; ssh has keys and agents for that".to_owned());
        }
        Some(Err(user)) => Some(decode(user)?),
        None => None,
    };
    if parts.host.is_empty() {
        return Err("the host is missing".to_owned());
    }
    // ssh would read these as options
    if parts.host.starts_with('-')
        || user.as_deref().is_some_and(|user| user.is_empty() || user.starts_with('-'))
    {
        return Err("user and host must not be empty or start with `-`".to_owned());
    }
    let socket = decode(parts.path.trim_end_matches('/'))?;
    let socket = (!socket.is_empty()).then_some(socket);
    Ok(Address::Ssh(ssh::Destination {
        user,
        host: parts.host.to_owned(),
        port: parts.port,
        socket,
    }))
}

/// `[user@]host[:port][/path]`.
struct Parts<'a> {
    user: Option<&'a str>,
    host: &'a str,
    port: Option<u16>,
    path: &'a str,
}

impl<'a> Parts<'a> {
    fn new(rest: &'a str) -> Result<Self, String> {
        if rest.contains(['?', '#']) {
            return Err("a query (?) or a fragment (#) is not supported".to_owned());
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, authority),
        };
        let (host, port) = match place.strip_prefix('[') {
            Some(bracketed) => {
                let (host, after) = bracketed.split_once(']').ok_or("a bracket `]` is missing")?;
                match after.strip_prefix(':') {
                    Some(port) => (host, Some(port)),
                    None if after.is_empty() => (host, None),
                    None => return Err("there is something odd after `]`".to_owned()),
                }
            }
            None => match place.split_once(':') {
                Some((_, port)) if port.contains(':') => {
                    return Err(
                        "an IPv6 address is written in brackets, as in tcp://[::1]:2375".to_owned()
                    );
                }
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            },
        };
        let port = match port {
            None | Some("") => None,
            Some(port) => match port.parse() {
                Ok(0) | Err(_) => {
                    return Err(format!("the port `{port}` is not a number from 1 to 65535"));
                }
                Ok(port) => Some(port),
            },
        };
        Ok(Self { user, host, port, path })
    }
}

fn decode(text: &str) -> Result<String, String> {
    let decoded = percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| "it is not UTF-8 when decoded".to_owned())?;
    if decoded.contains(char::is_control) {
        return Err("it holds a control character".to_owned());
    }
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn tcp(text: &str) -> Tcp {
        match parse(text) {
            Ok(Address::Tcp(tcp)) => tcp,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn ports_have_the_defaults_of_docker() {
        for (text, plain, tls) in [
            ("tcp://build", 2375, 2376),
            ("tcp://build:99", 99, 99),
            ("http://build", 80, 443),
            ("https://build", 80, 443),
            ("build:2375", 2375, 2375),
        ] {
            let address = tcp(text);
            assert_eq!((address.port(false), address.port(true)), (plain, tls), "{text}");
            assert_eq!(address.host, "build", "{text}");
        }
    }

    #[test]
    fn network_addresses_are_taken_apart() {
        assert_eq!(tcp("tcp://").host, "localhost");
        assert_eq!(tcp("tcp://:2380").port(false), 2380);
        assert_eq!(tcp("tcp://[::1]:2375").host, "::1");
        assert_eq!(tcp("tcp://[::1]").port(true), 2376);
        assert_eq!(tcp("https://proxy/engines/one/").base_path, "/engines/one");
        assert_eq!(tcp("tcp://build:2375/").base_path, "");
        assert_eq!(tcp("tcp://[::1]").host_header(false), "[::1]:2375");
        assert_eq!(tcp("tcp://build").host_header(true), "build:2376");
        assert!(tcp("https://build").is_https());
        assert!(!tcp("http://build").is_https());
    }

    #[test]
    fn sockets_are_paths() {
        assert_eq!(parse("unix:///run/e.sock"), Ok(Address::Unix("/run/e.sock".into())));
        assert_eq!(parse("unix://"), Ok(Address::Unix("/var/run/docker.sock".into())));
    }

    #[test]
    fn ssh_hosts_are_taken_apart() {
        let full = ssh::Destination {
            user: Some("ann@corp".to_owned()),
            host: "build".to_owned(),
            port: Some(2222),
            socket: Some("/run/user/1000/docker.sock".to_owned()),
        };
        assert_eq!(
            parse("ssh://ann%40corp@build:2222/run/user/1000/docker.sock"),
            Ok(Address::Ssh(full))
        );
        let bare =
            ssh::Destination { user: None, host: "build".to_owned(), port: None, socket: None };
        assert_eq!(parse("ssh://build/"), Ok(Address::Ssh(bare)));
    }

    #[test]
    fn what_is_wrong_with_a_host_is_said() {
        for (text, problem) in [
            ("ftp://build", "unix://, tcp://, http://, https:// or ssh://"),
            ("/run/e.sock", "unix:///run/e.sock"),
            ("npipe:////./pipe/docker_engine", "Windows"),
            ("fd://", "unix://"),
            ("tcp://ann:secret@build", "user names"),
            ("tcp://build:port", "`port`"),
            ("tcp://build:70000", "`70000`"),
            ("tcp://::1:2375", "brackets"),
            ("tcp://[::1", "`]`"),
            ("tcp://build?x=1", "query"),
            ("ssh://ann:secret@build", "password"),
            ("ssh://build?x=1", "query"),
            ("ssh://build#x", "fragment"),
            ("ssh://", "missing"),
            ("ssh://-oProxyCommand=x", "`-`"),
            ("ssh://-lx@build", "`-`"),
            ("ssh://build/a%0ab", "control"),
            ("tcp://a b", "space"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(problem), "{text}: {error}");
            assert!(!error.contains("secret"), "{text}: {error}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for (text, shown) in [
            ("tcp://ann:p@ss/w?rd@build:1", "tcp://ann:***@build:1"),
            ("ann:pw@build", "ann:***@build"),
            ("https://build/x?token=abc", "https://build/x?***"),
            ("ssh://ann@build:22", "ssh://ann@build:22"),
            ("unix:///run/e.sock", "unix:///run/e.sock"),
        ] {
            assert_eq!(redact(text), shown);
        }
    }
}

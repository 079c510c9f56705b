//! Whose daemon it is, root's or a user's, and where such a one keeps things if nobody says otherwise.
//! It must not know what a daemon is set to.

use super::Known;
use crate::host::{Host, Process, Seen};

/// The account of a daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    System,
    User {
        uid: u32,
        home: Seen<String>,
    },
    /// Without root's rights, but nobody knows whose.
    Somebody(String),
}

impl Place {
    pub(super) fn system() -> Self {
        Self { kind: Kind::System }
    }

    pub(super) fn of(host: &Host, known: &Known, process: Option<&Process>) -> Self {
        let of_process = process.and_then(|process| process.uid);
        let of_socket = known.socket().and_then(owner_of_socket);
        let is_rootless = known
            .is_rootless
            .unwrap_or_else(|| of_process.or(of_socket).is_some_and(|uid| uid != 0));
        if !is_rootless {
            return Self::system();
        }
        match of_process.filter(|uid| *uid != 0).or(of_socket) {
            Some(uid) => Self { kind: Kind::User { uid, home: home(host, uid) } },
            None => Self {
                kind: Kind::Somebody(
                    "the daemon runs without root's rights, and its account is not known"
                        .to_owned(),
                ),
            },
        }
    }

    pub(super) fn of_process(host: &Host, process: &Process) -> Self {
        match process.uid {
            None | Some(0) => Self::system(),
            Some(uid) => Self { kind: Kind::User { uid, home: home(host, uid) } },
        }
    }

    pub(super) fn is_system(&self) -> bool {
        self.kind == Kind::System
    }

    /// A folder of the system, or one below the home of the user.
    fn either(&self, system: &str, below_home: &str) -> Seen<String> {
        match &self.kind {
            Kind::System => Ok(system.to_owned()),
            Kind::User { home, .. } => home.clone().map(|home| format!("{home}/{below_home}")),
            Kind::Somebody(why) => Err(why.clone()),
        }
    }

    /// Where configuration is.
    pub(super) fn config_folder(&self) -> Seen<String> {
        self.either("/etc/docker", ".config/docker")
    }

    /// Where data is.
    pub(super) fn data_root(&self) -> Seen<String> {
        self.either("/var/lib/docker", ".local/share/docker")
    }

    /// Its home folder.
    pub(super) fn home(&self) -> Seen<String> {
        self.either("/root", "").map(|home| home.trim_end_matches('/').to_owned())
    }

    /// Where things are that last until the next boot: `/run`, or the user's part of it.
    pub(super) fn runtime_folder(&self) -> Seen<String> {
        match &self.kind {
            Kind::System => Ok("/run".to_owned()),
            Kind::User { uid, .. } => Ok(format!("/run/user/{uid}")),
            Kind::Somebody(why) => Err(why.clone()),
        }
    }

    /// The same, as Docker spells it.
    pub(super) fn var_run(&self) -> Seen<String> {
        if self.is_system() { Ok("/var/run".to_owned()) } else { self.runtime_folder() }
    }
}

fn home(host: &Host, uid: u32) -> Seen<String> {
    let users =
        host.users().map_err(|why| format!("the users of the host cannot be read: {why}"))?;
    let user = users.into_iter().find(|user| user.uid == uid);
    user.and_then(|user| user.home)
        .map(|home| home.trim_end_matches('/').to_owned())
        .filter(|home| home.starts_with('/'))
        .ok_or_else(|| format!("the home of user {uid}, whose daemon it is, is not known"))
}

/// `/run/user/1000/docker.sock` is that of user 1000.
fn owner_of_socket(path: &str) -> Option<u32> {
    let path = path.strip_prefix("/var").unwrap_or(path);
    path.strip_prefix("/run/user/")?.split('/').next()?.parse().ok().filter(|uid| *uid != 0)
}

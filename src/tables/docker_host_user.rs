//! `docker_host_user`: who may use the engine's socket on its host, and so has the rights of the engine.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::{DEFAULT_SOCKET, HostRow, host_documents, rows, socket};
use crate::docker::Docker;
use crate::host::{File, Group, Host, User};
use crate::sdk::{List, Query, Rows, Table, flag, int, text};

/// `/etc/passwd` and `/etc/group` of the host, and the owner of the engine's socket.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_host_user",
    description: "Accounts of the engine's host that may use its socket, which gives them the engine's rights; root is always one.",
    list: List { name: "listHostUser", call: list_users },
    get: None,
    columns: &[
        text("name",         "/name",         "Name of the account."),
        int ("uid",          "/uid",          "Its number; NULL if the group names an account that the host does not have."),
        int ("gid",          "/gid",          "Number of its primary group."),
        text("home",         "/home",         "Its home folder."),
        text("shell",        "/shell",        "The program that a login starts."),
        text("via",          "/via",          "What lets it in: root, owner of the socket, member of a group, or primary group."),
        text("group_name",   "/group_name",   "The group that lets it in; NULL for root and owner."),
        int ("group_gid",    "/group_gid",    "Number of that group."),
        flag("owns_socket",  "/owns_socket",  "True if the engine's socket belongs to that group; false for a group docker to which it does not, NULL if the socket cannot be seen."),
        text("socket",       "/socket",       "The engine's socket."),
        text("host",         "/host",         "Name of the host."),
        flag("readable",     "/readable",     "False if accounts, groups or the socket cannot be read; error says why."),
        text("error",        "/error",        "Why something cannot be read; NULL if all can."),
    ],
};

fn list_users<'a>(docker: &'a Docker, _: &'a Query) -> Rows<'a> {
    rows(async move {
        let path = socket(docker).await?;
        host_documents(docker, move |host| accounts(host, path)).await
    })
}

/// Groups of this name are let in by the engine's packages.
const GROUP: &str = "docker";

fn accounts(host: &Host, path: Option<String>) -> Vec<HostRow> {
    let mut found = Vec::new();
    // in a container, the socket may lie elsewhere than on the host
    let candidates = path.into_iter().chain([DEFAULT_SOCKET.to_owned()]);
    let mut socket = None;
    for path in candidates.collect::<BTreeSet<_>>() {
        match host.file(&path) {
            Ok(file) => socket = socket.or(file.filter(|file| file.kind == "socket")),
            Err(error) => {
                found
                    .push(HostRow::unreadable(json!({"socket": path}), format!("{path}: {error}")));
            }
        }
    }
    match (host.users(), host.groups()) {
        (Ok(users), Ok(groups)) => {
            let accounts = let_in(&users, &groups, socket.as_ref());
            found.extend(accounts.into_iter().map(HostRow::readable));
        }
        (users, groups) => {
            let errors = [users.err(), groups.err()].into_iter().flatten();
            found.extend(errors.map(|error| HostRow::unreadable(Value::Null, error)));
        }
    }
    found
}

fn let_in(users: &[User], groups: &[Group], socket: Option<&File>) -> Vec<Value> {
    let path = socket.map(|socket| &socket.path);
    let row = |user: Option<&User>, name: &str, via: &str, group: Option<&Group>| {
        json!({
            "name": name,
            "uid": user.map(|user| user.uid),
            "gid": user.map(|user| user.gid),
            "home": user.and_then(|user| user.home.as_ref()),
            "shell": user.and_then(|user| user.shell.as_ref()),
            "via": via,
            "group_name": group.map(|group| &group.name),
            "group_gid": group.map(|group| group.gid),
            "owns_socket": group.and_then(|group| Some(socket?.gid? == group.gid)),
            "socket": path,
        })
    };
    let mut rows: Vec<Value> = Vec::new();
    for user in users {
        if user.uid == 0 {
            rows.push(row(Some(user), &user.name, "root", None));
        } else if socket.and_then(|socket| socket.uid) == Some(user.uid) {
            rows.push(row(Some(user), &user.name, "owner", None));
        }
    }
    let owner = socket.and_then(|socket| socket.gid);
    let lets_in = |group: &&Group| {
        // the group of root, which owns sockets that nobody else may use, lets no more in
        (group.name == GROUP || owner == Some(group.gid)) && group.gid != 0
    };
    for group in groups.iter().filter(lets_in) {
        for name in &group.members {
            let user = users.iter().find(|user| user.name == *name);
            rows.push(row(user, name, "member", Some(group)));
        }
        let primary = users.iter().filter(|user| user.gid == group.gid);
        for user in primary.filter(|user| !group.members.contains(&user.name)) {
            rows.push(row(Some(user), &user.name, "primary group", Some(group)));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::accounts::{groups, users};

    fn socket(uid: u32, gid: u32) -> File {
        File {
            path: "/run/docker.sock".to_owned(),
            kind: "socket".to_owned(),
            uid: Some(uid),
            gid: Some(gid),
            user: None,
            group: None,
            mode: Some(0o660),
            size: None,
            target: None,
        }
    }

    fn found(socket: Option<&File>) -> Vec<String> {
        let users = users("root:x:0:0::/root:/bin/sh\nann:x:1:1\nbob:x:2:998\ncid:x:3:7\n");
        let groups = groups("root:x:0:ann\ndocker:x:998:ann,bob,gone\nops:x:7:ann\n");
        let show = |row: Value| {
            format!("{} {} {} {}", row["name"], row["uid"], row["via"], row["owns_socket"])
                .replace('"', "")
        };
        let_in(&users, &groups, socket).into_iter().map(show).collect()
    }

    #[test]
    fn members_primary_groups_owner_and_root_may_use_the_socket() {
        assert_eq!(
            found(Some(&socket(0, 998))),
            ["root 0 root null", "ann 1 member true", "bob 2 member true", "gone null member true"]
        );
        assert_eq!(
            found(Some(&socket(3, 7)))[1..],
            [
                "cid 3 owner null",
                "ann 1 member false",
                "bob 2 member false",
                "gone null member false",
                "ann 1 member true",
                "cid 3 primary group true",
            ]
        );
        assert_eq!(found(Some(&socket(0, 0)))[1], "ann 1 member false");
        assert_eq!(found(None)[1], "ann 1 member null");
    }
}

//! `/etc/passwd` and `/etc/group`: who is behind a number.
//! It must not know passwords; lines that are no account, such as those of NIS, are passed over as the C library does.

use serde::{Deserialize, Serialize};

/// An account of the host.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct User {
    /// Name to log in with.
    pub name: String,
    /// Its number.
    pub uid: u32,
    /// Number of its primary group.
    pub gid: u32,
    /// Home folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// The program that a login starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shell: Option<String>,
}

/// A group of the host.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its number.
    pub gid: u32,
    /// Accounts that it lists; those whose primary group it is need not be among them.
    #[serde(default)]
    pub members: Vec<String>,
}

/// The accounts of a file like `/etc/passwd`.
pub fn users(text: &str) -> Vec<User> {
    let user = |line: &str| {
        let mut fields = line.split(':');
        let name = name(fields.next()?)?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        let home = fields.nth(1).and_then(filled);
        Some(User { name, uid, gid, home, shell: fields.next().and_then(filled) })
    };
    text.lines().filter_map(user).collect()
}

/// The groups of a file like `/etc/group`.
pub fn groups(text: &str) -> Vec<Group> {
    let group = |line: &str| {
        let mut fields = line.split(':');
        let name = name(fields.next()?)?;
        let gid = fields.nth(1)?.parse().ok()?;
        let members = fields.next().unwrap_or_default().split(',').filter_map(filled).collect();
        Some(Group { name, gid, members })
    };
    text.lines().filter_map(group).collect()
}

fn name(field: &str) -> Option<String> {
    filled(field).filter(|name| !name.starts_with(['#', '+', '-']))
}

fn filled(field: &str) -> Option<String> {
    let field = field.trim();
    (!field.is_empty()).then(|| field.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_have_numbers_homes_and_shells_but_no_passwords() {
        let text = "root:x:0:0:root:/root:/bin/bash\n# comment:x:1:1\nbad:x:one:1::/:\n+nis\n\nann:$6$x:1000:998:Ann,,,::\n";
        let root = User {
            name: "root".to_owned(),
            uid: 0,
            gid: 0,
            home: Some("/root".to_owned()),
            shell: Some("/bin/bash".to_owned()),
        };
        let ann = User { name: "ann".to_owned(), uid: 1000, gid: 998, home: None, shell: None };
        assert_eq!(users(text), [root, ann]);
    }

    #[test]
    fn groups_list_their_members() {
        let text = "root:x:0:\ndocker:x:998:ann, bob,\nshort:x:7\nbroken:x:\n";
        let group = |name: &str, gid, members: &[&str]| Group {
            name: name.to_owned(),
            gid,
            members: members.iter().map(|&member| member.to_owned()).collect(),
        };
        assert_eq!(
            groups(text),
            [group("root", 0, &[]), group("docker", 998, &["ann", "bob"]), group("short", 7, &[])]
        );
    }
}

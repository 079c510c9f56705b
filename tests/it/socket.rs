//! Where the plugin listens: on one socket that only its user can open, and on no port.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use crate::fake::Fake;
use crate::protocol::{Plugin, command, select};

/// The sockets that a process holds, by inode.
fn held(pid: u32) -> BTreeSet<String> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let links = entries.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
    let inode = |link: std::path::PathBuf| {
        Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
    };
    links.filter_map(inode).collect()
}

/// The inodes of all sockets of the internet that this system knows, listening or not.
fn internet() -> BTreeSet<String> {
    ["tcp", "tcp6", "udp", "udp6", "raw", "raw6"]
        .iter()
        .filter_map(|table| fs::read_to_string(format!("/proc/net/{table}")).ok())
        .flat_map(|table| {
            let inode = |line: &str| line.split_whitespace().nth(9).map(str::to_owned);
            table.lines().skip(1).filter_map(inode).collect::<Vec<_>>()
        })
        .collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn no_port_is_opened() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let own = held(std::process::id());
    assert!(own.intersection(&internet()).next().is_some(), "a port would be seen: {listener:?}");

    let engine = Fake::start(&[("/networks", 200, "[]")]);
    let mut plugin = Plugin::spawn(command()).await;
    plugin.configure(&[("docker", &engine.config())]).await;
    plugin.query(select("docker_network", &["name"], &[("docker", None)])).await.unwrap();
    let held = held(plugin.process.id());
    assert!(!held.is_empty(), "its own socket is seen");
    let open: Vec<_> = held.intersection(&internet()).cloned().collect();
    assert_eq!(open, [""; 0]);
}

#[tokio::test]
async fn the_socket_is_its_users_whatever_the_umask() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command();
    command.env("PLUGIN_UNIX_SOCKET_DIR", folder.path());
    let plugin = Plugin::spawn(command).await;
    assert_eq!(mode(&plugin.socket), 0o600);
    assert_eq!(plugin.socket.parent(), Some(folder.path()));
    let name = plugin.socket.file_name().unwrap().to_str().unwrap();
    assert!(name.strip_prefix("plugin").unwrap().bytes().all(|byte| byte.is_ascii_digit()));
    let left: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [name], "nothing else stays");
}

#[tokio::test]
async fn a_group_that_the_host_names_may_open_it() {
    let folder = tempfile::tempdir().unwrap();
    let group = fs::metadata(folder.path()).unwrap().gid();
    let mut command = command();
    command
        .env("PLUGIN_UNIX_SOCKET_DIR", folder.path())
        .env("PLUGIN_UNIX_SOCKET_GROUP", group.to_string());
    let plugin = Plugin::spawn(command).await;
    assert_eq!(mode(&plugin.socket), 0o660);
    assert_eq!(fs::metadata(&plugin.socket).unwrap().gid(), group);
}

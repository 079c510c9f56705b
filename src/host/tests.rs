//! What is told while a host is read is all that it takes to read it again.

use std::fs;
use std::path::Path;

use super::*;

#[expect(clippy::disallowed_methods, reason = "a test may block its own thread")]
fn write(root: &Path, path: &str, text: &str) {
    let place = root.join(path);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(place, text).unwrap();
}

/// Everything there is to see, in words.
fn all(host: &Host) -> Vec<String> {
    let mut seen = vec![format!("{:?}", host.name())];
    for path in ["/etc/docker", "/etc/docker/daemon.json", "/gone", "/etc/link", "/etc/hostname"] {
        seen.push(format!("{:?}", host.file(path)));
        seen.push(format!("{:?}", host.content(path)));
        seen.push(format!("{:?}", host.folder(path)));
    }
    seen.push(format!("{:?}", host.processes()));
    seen.push(format!("{:?}", host.mounts()));
    seen.push(format!("{:?}", host.users()));
    seen.push(format!("{:?}", host.groups()));
    seen.push(format!("{:?}", host.listeners()));
    seen.push(format!("{:?}", host.audit_events()));
    seen.push(format!("{:?}", host.environment()));
    seen
}

#[test]
fn what_was_told_plays_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "etc/hostname", "web-1\n");
    write(root, "etc/passwd", "root:x:0:0::/root:/bin/sh\n");
    write(root, "etc/docker/daemon.json", "{}");
    write(root, "etc/docker/certs.d/r/ca.crt", "x");
    write(root, "etc/environment", "DOCKER_HOST=x\n");
    write(root, "proc/1/mounts", "/dev/sda / ext4 rw 0 0\n");
    write(root, "proc/1/cmdline", "dockerd\0-D\0");
    write(root, "proc/1/status", "Uid:\t0\t0\t0\t0\nNSpid:\t1\n");
    std::os::unix::fs::symlink("docker/daemon.json", root.join("etc/link")).unwrap();

    let lines = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&lines);
    let live = Host::live(Some(root.to_owned())).recording_to(Arc::new(move |fact| {
        told.lock().unwrap().push(serde_json::to_string(fact).unwrap());
    }));
    let seen = all(&live);
    let lines = lines.lock().unwrap().clone();
    assert_eq!(lines[0], r#"{"host":{"name":"web-1","os":"linux"}}"#);
    assert_eq!(lines.iter().collect::<HashSet<_>>().len(), lines.len(), "{lines:#?}");

    let facts = Facts::from_lines(&lines.join("\n")).unwrap();
    assert_eq!(all(&Host::recorded(facts)), seen, "{lines:#?}");
}

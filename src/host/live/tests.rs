//! Hosts made in a temporary folder, and this one.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::host::{Listener, Process};

struct Root(tempfile::TempDir);

impl Root {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("the temporary folder can be written"))
    }

    #[expect(clippy::disallowed_methods, reason = "a test may block its own thread")]
    fn write(&self, path: &str, text: &str) {
        let place = self.0.path().join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
    }

    fn link(&self, path: &str, target: &str) {
        let place = self.0.path().join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        symlink(target, place).unwrap();
    }

    fn live(&self) -> Live {
        Live::new(Some(self.0.path().to_owned()))
    }
}

#[test]
fn links_are_followed_inside_the_root() {
    let root = Root::new();
    root.write("etc/hosts", "inside");
    root.write("srv/docker/daemon.json", "{}");
    root.link("absolute", "/etc/hosts");
    root.link("etc/relative", "./../etc/./hosts");
    root.link("above", "../../../../../etc/hosts");
    root.link("folder", "/srv");
    root.link("etc/docker", "/folder/docker/");
    root.link("chain", "absolute");
    root.link("dangling", "etc/gone/x");
    root.link("loop", "loop2");
    root.link("loop2", "/loop");
    root.link("root", "/");
    let live = root.live();
    for (path, kind, target) in [
        ("/etc/hosts", "file", None),
        ("//etc/./hosts", "file", None),
        ("/absolute", "file", Some("/etc/hosts")),
        ("/etc/relative", "file", Some("/etc/hosts")),
        ("/above", "file", Some("/etc/hosts")),
        ("/chain", "file", Some("/etc/hosts")),
        ("/folder", "directory", Some("/srv")),
        ("/etc/docker/daemon.json", "file", Some("/srv/docker/daemon.json")),
        ("/etc/docker/../../etc/hosts", "file", None),
        ("/dangling", "symlink", Some("/etc/gone/x")),
        ("/root", "directory", Some("/")),
        ("/", "directory", None),
    ] {
        let file = live.file(path).unwrap().unwrap_or_else(|| panic!("{path}"));
        assert_eq!((file.kind.as_str(), file.target.as_deref()), (kind, target), "{path}");
        assert_eq!(file.path, path);
    }
    for path in ["/gone", "/etc/hosts/below", "/dangling/below", "/folder/gone"] {
        assert_eq!(live.file(path), Ok(None), "{path}");
        assert_eq!(live.content(path), Ok(None), "{path}");
        assert_eq!(live.folder(path), Ok(None), "{path}");
    }
    for path in ["/loop", "/loop/x"] {
        assert_eq!(live.file(path), Err("too many symbolic links".to_owned()), "{path}");
    }
    assert_eq!(live.content("/above").unwrap().as_deref(), Some("inside"));
    assert_eq!(live.content("/dangling"), Ok(None));
    let paths = live.folder("/etc/docker/").unwrap().unwrap();
    assert_eq!(paths, ["/etc/docker/daemon.json"]);
}

#[test]
fn files_have_modes_owners_and_sizes() {
    let root = Root::new();
    root.write("etc/passwd", "root:x:0:0::/root:/bin/sh\nme:x:4242:4242::/:\n");
    root.write("etc/group", "root:x:0:\n");
    root.write("x", "12345");
    let place = root.0.path().join("x");
    fs::set_permissions(&place, fs::Permissions::from_mode(0o4711)).unwrap();
    let socket = root.0.path().join("s");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let live = root.live();
    let file = live.file("/x").unwrap().unwrap();
    assert_eq!((file.mode, file.size), (Some(0o4711), Some(5)));
    let owner = fs::metadata(&place).unwrap();
    assert_eq!((file.uid, file.gid), (Some(owner.uid()), Some(owner.gid())));
    let name = (owner.uid() == 0).then(|| "root".to_owned());
    assert_eq!(file.user, name);
    assert_eq!(live.file("/s").unwrap().unwrap().kind, "socket");
    assert_eq!(live.content("/s"), Err("it is no file, but of kind socket".to_owned()));
    assert_eq!(live.folder("/x"), Err("it is no directory, but of kind file".to_owned()));
}

#[test]
fn a_text_that_is_too_large_is_refused() {
    let root = Root::new();
    root.write("x", "");
    let file = fs::File::options().write(true).open(root.0.path().join("x")).unwrap();
    file.set_len(MOST_CONTENT + 1).unwrap();
    assert_eq!(root.live().content("/x"), Err("it is larger than 16 MiB".to_owned()));
    file.set_len(3).unwrap();
    assert_eq!(root.live().content("/x"), Ok(Some("\0\0\0".to_owned())));
}

/// A process as `/proc` shows it.
fn process(root: &Root, pid: u32, argv: &[&str], exe: Option<&str>, status: &str) {
    let argv: String = argv.iter().flat_map(|word| [word, "\0"]).collect();
    root.write(&format!("proc/{pid}/cmdline"), &argv);
    root.write(&format!("proc/{pid}/status"), status);
    if let Some(exe) = exe {
        root.link(&format!("proc/{pid}/exe"), exe);
    }
}

#[test]
fn only_processes_of_engines_are_told_of() {
    let root = Root::new();
    assert!(root.live().processes().unwrap_err().starts_with("/proc: "));
    let status = "Name:\tx\nUid:\t1000\t0\t0\t0\nNSpid:\t7\n";
    process(&root, 1, &["/sbin/init"], Some("/usr/lib/systemd/systemd"), status);
    process(&root, 2, &[], None, status);
    process(&root, 7, &["dockerd", "-H", "fd://", ""], Some("/opt/dockerd (deleted)"), status);
    let inner = "Uid:\t0\t0\t0\t0\nNSpid:\t8\t1\n";
    process(&root, 8, &["/usr/local/bin/dockerd"], None, inner);
    process(&root, 9, &["vi", "dockerd"], Some("/usr/bin/vi"), status);
    process(&root, 10, &["dockerd"], Some("/usr/bin/sleep"), status);
    root.write("proc/version", "");
    let argv = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let outer = Process {
        pid: 7,
        uid: Some(0),
        argv: argv(&["dockerd", "-H", "fd://", ""]),
        exe: Some("/opt/dockerd".to_owned()),
        engine: None,
        nested: Some(false),
    };
    let inner = Process {
        pid: 8,
        uid: Some(0),
        argv: argv(&["/usr/local/bin/dockerd"]),
        exe: None,
        engine: None,
        nested: Some(true),
    };
    let mut live = root.live();
    assert_eq!(live.processes().unwrap(), [outer.clone(), inner.clone()]);
    live.set_engine(7);
    assert_eq!(live.processes().unwrap()[0].engine, None, "this process counts otherwise");
    root.link("proc/self", &std::process::id().to_string());
    live.set_engine(7);
    assert_eq!(live.processes().unwrap()[0], Process { engine: Some(true), ..outer.clone() });
    // with socket activation the first process holds the socket, and is no engine
    live.set_engine(1);
    let first = &live.processes().unwrap()[0];
    assert_eq!((first.pid, first.engine), (1, None));
    fs::remove_dir_all(root.0.path().join("proc/1")).unwrap();
    assert!(live.processes().unwrap_err().contains("hidepid"));
}

#[test]
fn listeners_are_those_of_the_daemons_network_with_their_holders() {
    let root = Root::new();
    let status = "Uid:\t0\t0\t0\t0\nNSpid:\t7\n";
    process(&root, 1, &["/sbin/init"], None, status);
    process(&root, 7, &["/usr/bin/dockerd"], None, status);
    let line = |address: &str, inode: u32| {
        format!("heading\n 0: {address} 0:0 0A 0:0 00:0 0 0 0 {inode} 1\n")
    };
    root.write("proc/1/net/tcp", &line("00000000:0016", 1));
    root.write("proc/7/net/tcp", &line("00000000:0949", 55));
    root.write("proc/7/net/udp", "heading\n");
    root.link("proc/7/fd/3", "socket:[55]");
    root.link("proc/7/fd/0", "/dev/null");
    let expected = Listener {
        protocol: "tcp".to_owned(),
        address: "0.0.0.0".to_owned(),
        port: 2377,
        uid: Some(0),
        pid: Some(7),
        program: Some("dockerd".to_owned()),
    };
    assert_eq!(root.live().listeners().unwrap(), [expected]);
    fs::remove_file(root.0.path().join("proc/7/net/udp")).unwrap();
    let error = root.live().listeners().unwrap_err();
    assert!(error.starts_with("/proc/7/net/udp: no such file"), "{error}");
}

#[test]
fn mounts_are_those_of_the_hosts_first_process() {
    let root = Root::new();
    root.write("proc/1/mounts", "/dev/sda / ext4 rw 0 0\n");
    assert_eq!(root.live().mounts().unwrap()[0].source, "/dev/sda");
    let none = Root::new();
    assert!(none.live().mounts().unwrap_err().contains("is no mount"));
    assert!(Live::new(None).mounts().unwrap().iter().any(|mount| mount.target == "/"));
}

#[test]
fn login_files_tell_the_variables_of_docker_and_no_others() {
    let root = Root::new();
    root.write("etc/passwd", "root:x:0:0::/home/root:/bin/sh\n");
    root.write("etc/environment", "PATH=/bin\nDOCKER_HOST=tcp://h\n");
    root.write("etc/profile.d/b.sh", "export DOCKER_CONTENT_TRUST=1\nSECRET=x\n");
    root.write("etc/profile.d/c.csh", "setenv DOCKER_X 1\n");
    root.write("home/root/.profile", "DOCKER_CONTENT_TRUST=0\n");
    root.write("etc/bash.bashrc/odd", "");
    let found = root.live().environment();
    let show = |set: &Variable| format!("{}:{} {}={}", set.file, set.line, set.name, set.value);
    assert_eq!(
        found.items.iter().map(show).collect::<Vec<_>>(),
        [
            "/etc/environment:2 DOCKER_HOST=tcp://h",
            "/etc/profile.d/b.sh:1 DOCKER_CONTENT_TRUST=1",
            "/home/root/.profile:1 DOCKER_CONTENT_TRUST=0",
        ]
    );
    let unreadable: Vec<_> = found.unreadable.iter().map(|what| what.path.as_deref()).collect();
    assert_eq!(unreadable, [Some("/etc/bash.bashrc")]);
}

#[test]
fn the_audit_log_is_read_with_what_it_was_rotated_to() {
    let root = Root::new();
    let line = |number: u32| {
        format!("type=SYSCALL msg=audit(1.000:{number}): syscall=2 auid=7 uid=0 key=\"docker\"\n")
    };
    let found = root.live().audit_events();
    assert_eq!(found.items, []);
    assert_eq!(found.unreadable[0].path.as_deref(), Some("/var/log/audit/audit.log"));
    root.write("etc/passwd", "root:x:0:0::/:\nann:x:7:7::/:\n");
    root.write("var/log/audit/audit.log", &line(3));
    root.write("var/log/audit/audit.log.1", &(line(1) + &line(2)));
    root.write("var/log/audit/audit.log.3", &line(9));
    let found = root.live().audit_events();
    let serials: Vec<_> = found.items.iter().filter_map(|event| event.serial).collect();
    assert_eq!((serials.as_slice(), found.unreadable.len()), ([1, 2, 3].as_slice(), 0));
    let event = &found.items[0];
    assert_eq!((event.user.as_deref(), event.login.as_deref()), (Some("root"), Some("ann")));
    root.write("etc/audit/auditd.conf", "# x\nlog_file = /srv/a.log\n");
    root.write("srv/a.log", &line(5));
    let serials = root.live().audit_events().items.into_iter().filter_map(|event| event.serial);
    assert_eq!(serials.collect::<Vec<_>>(), [5]);
}

#[test]
fn of_a_long_log_the_end_is_read() {
    let root = Root::new();
    let record = "type=SYSCALL msg=audit(1.000:1): key=\"docker\"\n";
    root.write("var/log/audit/audit.log.1", record);
    let place = root.0.path().join("var/log/audit/audit.log");
    let mut file = fs::File::create(place).unwrap();
    io::Write::write_all(&mut file, record.as_bytes()).unwrap();
    file.set_len(audit::MOST_LOG).unwrap();
    io::Seek::seek(&mut file, io::SeekFrom::End(0)).unwrap();
    io::Write::write_all(&mut file, format!("\n{}", record.replace(":1)", ":2)")).as_bytes())
        .unwrap();
    let serials: Vec<_> =
        root.live().audit_events().items.into_iter().filter_map(|event| event.serial).collect();
    assert_eq!(serials, [2]);
}

#[test]
fn this_host_has_a_name_and_processes() {
    let live = Live::new(None);
    assert!(!live.name().unwrap().is_empty());
    assert!(!kernel_release().unwrap().is_empty());
    assert!(live.users().unwrap().iter().any(|user| user.uid == 0));
    assert!(live.listeners().is_ok());
    assert!(live.pids().unwrap().contains(&std::process::id()));
}

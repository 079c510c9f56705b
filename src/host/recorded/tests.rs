//! Recordings as people write them.

use super::*;

fn facts(lines: &str) -> Facts {
    Facts::from_lines(lines).expect("the lines are well-formed")
}

const HAND_WRITTEN: &str = r#"{"recording":1,"name":"web-1"}
{"get":"/info","status":200,"body":{"file":{}}}
{"host":{"name":"web-1","os":"linux","later":1}}
{"file":{"path":"/etc/docker/daemon.json","kind":"file","uid":0,"gid":0,"user":"root","group":"root","mode":420,"content":"{}"}}
{"file":{"path":"/etc/docker/certs.d","error":"permission denied"}}
{"file":{"path":"/etc/docker/key.json","kind":"file","mode":384}}
{"file":{"path":"/run/docker.sock","kind":"socket","mode":432}}
{"file":{"path":"/var/run/both","kind":"file","content":"var"}}
{"file":{"path":"/run/both","kind":"file","content":"run"}}
{"file":{"path":"/lib","kind":"symlink","target":"usr/lib"}}
{"file":{"path":"/usr/lib/systemd/system/docker.service","kind":"file","content":"[Unit]"}}
{"file":{"path":"/opt/app/ca.pem","error":"permission denied"}}
{"file":{"path":"/a","kind":"symlink","target":"/b"}}
{"file":{"path":"/b","kind":"symlink","target":"/a"}}
{"file":{"path":"/gone","kind":"symlink","target":"/nowhere"}}
{"file":{"path":"/quiet","kind":"directory","listed":false}}
{"process":{"pid":812,"uid":0,"argv":["/usr/bin/dockerd","-H","fd://"]}}
{"mount":{"target":"/var/lib/docker","source":"/dev/sdb1","fstype":"ext4","options":"rw,nodev"}}
{"user":{"name":"app","uid":1000,"gid":1000}}
{"group":{"name":"docker","gid":998,"members":["app"]}}
{"listener":{"protocol":"tcp","address":"0.0.0.0","port":2377,"pid":812}}
{"audit_event":{"time":"2026-11-23T09:00:00Z","key":"docker","exe":"/usr/bin/docker","argv":["docker","exec","--privileged","web"]}}
{"environment":{"file":"/etc/environment","line":3,"name":"DOCKER_CONTENT_TRUST","value":"1"}}
{"unreadable":{"kind":"environment","path":"/root/.profile","error":"permission denied"}}
"#;

#[test]
fn a_hand_written_recording_plays_back() {
    let facts = facts(HAND_WRITTEN);
    assert_eq!(facts.name(), Ok("web-1".to_owned()));
    let file = facts.file("/etc/docker/daemon.json").unwrap().unwrap();
    assert_eq!((file.mode, file.user.as_deref()), (Some(0o644), Some("root")));
    assert_eq!(facts.content("/etc/docker/daemon.json"), Ok(Some("{}".to_owned())));
    assert_eq!(facts.processes().unwrap()[0].program(), "dockerd");
    assert_eq!(facts.mounts().unwrap()[0].options, "rw,nodev");
    assert_eq!(facts.users().unwrap()[0].home, None);
    assert_eq!(facts.groups().unwrap()[0].members, ["app"]);
    assert_eq!(facts.listeners().unwrap()[0].port, 2377);
    assert_eq!(facts.audit_events().items[0].argv.len(), 4);
    let environment = facts.environment();
    assert_eq!((environment.items.len(), environment.unreadable.len()), (1, 1));
}

#[test]
fn files_that_could_not_be_looked_at_are_not_absent() {
    let all = facts(r#"{"unreadable":{"kind":"file","error":"no permission"}}"#);
    assert_eq!(all.file("/etc/docker"), Err("no permission".to_owned()));
    let some = facts(
        r#"{"unreadable":{"kind":"file","path":"/etc/audit/","error":"no permission"}}
{"file":{"path":"/etc/audit/audit.rules","kind":"file","content":""}}"#,
    );
    assert_eq!(some.content("/etc/audit/audit.rules"), Ok(Some(String::new())));
    assert!(some.file("/etc/audit/rules.d").is_err());
    assert_eq!(some.file("/etc/audits"), Ok(None));
}

#[test]
fn texts_and_errors_of_files_say_what_facts_of_them_would() {
    let facts = facts(
        r#"{"file":{"path":"/etc/environment","kind":"file","content":"DOCKER_CONTENT_TRUST=1\nLANG=C\n"}}
{"file":{"path":"/etc/profile","error":"permission denied"}}
{"file":{"path":"/var/log/audit/audit.log","error":"permission denied"}}"#,
    );
    let environment = facts.environment();
    let names: Vec<&str> = environment.items.iter().map(|set| set.name.as_str()).collect();
    assert_eq!(names, ["DOCKER_CONTENT_TRUST"]);
    assert_eq!(environment.unreadable[0].path.as_deref(), Some("/etc/profile"));
    assert_eq!(facts.audit_events().unreadable[0].error, "permission denied");
}

#[test]
fn a_path_without_a_line_is_absent_and_one_with_an_error_is_unreadable() {
    let facts = facts(HAND_WRITTEN);
    let denied = || Err("permission denied".to_owned());
    assert_eq!(facts.file("/etc/default/docker"), Ok(None));
    assert_eq!(facts.content("/etc/default/docker"), Ok(None));
    assert_eq!(facts.folder("/etc/default"), Ok(None));
    assert_eq!(facts.file("/etc/docker/certs.d"), denied().map(|()| None));
    assert_eq!(facts.folder("/etc/docker/certs.d"), denied().map(|()| None));
    assert_eq!(facts.folder("/opt/app"), denied().map(|()| None), "only what is in it was tried");
    assert!(facts.content("/etc/docker/key.json").unwrap_err().contains("not in the recording"));
    assert!(facts.folder("/quiet").unwrap_err().contains("not in the recording"));
    assert!(facts.folder("/etc/docker/daemon.json").unwrap_err().contains("of kind file"));
}

#[test]
fn folders_hold_what_is_recorded_below_them() {
    let facts = facts(HAND_WRITTEN);
    let docker = facts.file("/etc/docker/").unwrap().unwrap();
    assert_eq!((docker.kind.as_str(), docker.mode), ("directory", None));
    assert_eq!(
        facts.folder("/etc/docker").unwrap().unwrap(),
        ["/etc/docker/certs.d", "/etc/docker/daemon.json", "/etc/docker/key.json"]
    );
    assert_eq!(facts.folder("/etc").unwrap().unwrap(), ["/etc/docker"]);
    assert_eq!(facts.folder("/lib/systemd").unwrap().unwrap(), ["/lib/systemd/system"]);
}

#[test]
fn links_and_the_two_names_of_run_are_followed() {
    let facts = facts(HAND_WRITTEN);
    assert_eq!(facts.file("/var/run/docker.sock").unwrap().unwrap().kind, "socket");
    assert_eq!(facts.content("/var/run/both").unwrap().as_deref(), Some("var"));
    assert_eq!(facts.content("/run/both").unwrap().as_deref(), Some("run"));
    let unit = facts.file("/lib/systemd/system/docker.service").unwrap().unwrap();
    assert_eq!(unit.target.as_deref(), Some("/usr/lib/systemd/system/docker.service"));
    assert_eq!(unit.path, "/lib/systemd/system/docker.service");
    assert_eq!(facts.file("/a"), Err("too many symbolic links".to_owned()));
    let gone = facts.file("/gone").unwrap().unwrap();
    assert_eq!((gone.kind.as_str(), gone.target.as_deref()), ("symlink", Some("/nowhere")));
}

#[test]
fn later_lines_of_a_path_add_to_it() {
    let facts = facts(
        r#"{"file":{"path":"/x","kind":"file","mode":1,"content":"text"}}
{"file":{"path":"/x","kind":"file","mode":2}}
{"file":{"path":"/d","kind":"directory","listed":true}}
{"file":{"path":"/d","kind":"directory","listed":false}}
{"file":{"path":"/e","kind":"directory","error":"permission denied"}}
{"file":{"path":"/e","kind":"directory","listed":false}}"#,
    );
    assert_eq!(facts.folder("/e"), Err("permission denied".to_owned()));
    assert_eq!(facts.file("/x").unwrap().unwrap().mode, Some(2));
    assert_eq!(facts.content("/x").unwrap().as_deref(), Some("text"));
    assert_eq!(facts.folder("/d"), Ok(Some(vec![])));
}

#[test]
fn a_kind_that_could_not_be_read_is_not_empty() {
    let facts = facts(r#"{"unreadable":{"kind":"process","error":"permission denied"}}"#);
    assert_eq!(facts.processes(), Err("permission denied".to_owned()));
    assert_eq!(facts.mounts(), Ok(vec![]));
    assert!(facts.host().is_none());
}

#[test]
fn a_line_that_lacks_something_is_an_error() {
    for (line, words) in [
        (r#"{"file":{}}"#, "line 1: `file`: missing field `path`"),
        (r#"{"process":"x"}"#, "`process`: invalid type"),
        (r#"{"mount":{"target":"/"}}"#, "`mount`: missing field `source`"),
        ("{", "EOF"),
    ] {
        let error = Facts::from_lines(line).expect_err(line);
        assert!(error.contains(words), "{line}: {error}");
    }
}

//! Records as kernels and audit daemons write them.

use super::*;

fn events(log: &str) -> Vec<AuditEvent> {
    let mut reader = Reader::default();
    log.lines().for_each(|line| reader.line(line));
    reader.finish()
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

#[test]
fn records_of_one_event_come_together() {
    let log = "type=DAEMON_START msg=audit(1700000000.001:1): op=start ver=3.0\n\
        type=SYSCALL msg=audit(1700000000.123:42): arch=c000003e syscall=59 success=yes exit=0 a0=55 items=2 ppid=9 pid=77 auid=1000 uid=0 gid=0 comm=\"docker\" exe=\"/usr/bin/docker\" subj=unconfined key=\"docker\"\x1dARCH=x86_64 SYSCALL=execve AUID=\"ann\" UID=\"root\"\n\
        type=SYSCALL msg=audit(1700000000.124:43): arch=c000003e syscall=257 success=no exit=-13 pid=78 auid=4294967295 uid=33 exe=2F746D702F6120622E7368 key=\"docker-files\"\n\
        type=EXECVE msg=audit(1700000000.123:42): argc=5 a0=\"docker\" a1=\"exec\" a2=\"--privileged\" a3=\"web\" a4=6C73202D6C\n\
        type=PATH msg=audit(1700000000.124:43): item=0 name=\"/etc/docker/daemon.json\" inode=1 nametype=NORMAL\n\
        type=PROCTITLE msg=audit(1700000000.123:42): proctitle=646F636B6572\n\
        type=EOE msg=audit(1700000000.123:42): \n";
    let exec = AuditEvent {
        time: Some("2023-11-14T22:13:20.123Z".to_owned()),
        serial: Some(42),
        key: Some("docker".to_owned()),
        exe: Some("/usr/bin/docker".to_owned()),
        argv: ["docker", "exec", "--privileged", "web", "ls -l"].map(str::to_owned).to_vec(),
        syscall: Some("execve".to_owned()),
        paths: vec![],
        pid: Some(77),
        uid: Some(0),
        user: Some("root".to_owned()),
        auid: Some(1000),
        login: Some("ann".to_owned()),
        success: Some(true),
    };
    let touched = AuditEvent {
        time: Some("2023-11-14T22:13:20.124Z".to_owned()),
        serial: Some(43),
        key: Some("docker-files".to_owned()),
        exe: Some("/tmp/a b.sh".to_owned()),
        syscall: Some("257".to_owned()),
        paths: vec!["/etc/docker/daemon.json".to_owned()],
        pid: Some(78),
        uid: Some(33),
        success: Some(false),
        ..AuditEvent::default()
    };
    assert_eq!(events(log), [exec, touched]);
}

#[test]
fn what_is_not_about_docker_is_left_out() {
    let log = "node=web-1 type=SYSCALL msg=audit(1.000:1): syscall=59 success=yes exe=\"/bin/ls\" key=(null)\n\
        node=web-1 type=EXECVE msg=audit(1.000:1): argc=1 a0=\"ls\"\n\
        node=web-1 type=SYSCALL msg=audit(2.000:2): syscall=59 success=yes exe=\"/usr/bin/docker\" key=(null)\n\
        node=web-1 type=EXECVE msg=audit(2.000:2): argc=2 a0=\"docker\" a1=\"ps\"\n\
        node=web-1 type=CONFIG_CHANGE msg=audit(3.000:3): op=add_rule key=\"docker\" list=4 res=1\n\
        node=web-1 type=SYSCALL msg=audit(4.000:4): syscall=59 exe=\"/usr/bin/docker\" key=(null)\n\
        node=web-1 type=EXECVE msg=audit(4.000:4): argc=3 a0=\"docker\" a1=\"exec\" a2=\"web\"\n\
        nonsense\n";
    let found: Vec<_> = events(log).into_iter().map(|event| event.serial).collect();
    assert_eq!(found, [Some(4)]);
}

#[test]
fn of_several_keys_the_one_of_docker_counts() {
    let log = "type=SYSCALL msg=audit(1.000:1): syscall=2 key=726F6F740164 6F\n\
        type=SYSCALL msg=audit(1.000:2): syscall=2 key=726F6F7401646F636B65722D66696C6573\n";
    let keys: Vec<_> = events(log).into_iter().map(|event| event.key).collect();
    assert_eq!(keys, [Some("docker-files".to_owned())]);
}

#[test]
fn long_arguments_are_put_together() {
    let log = "type=SYSCALL msg=audit(1.000:1): syscall=59 key=\"docker\"\n\
        type=EXECVE msg=audit(1.000:1): argc=12 a0=\"docker\" a1_len=6 a1[0]=\"abc\"\n\
        type=EXECVE msg=audit(1.000:1): a1[1]=646566 a2=\"\" a10=\"k\" a11=\"l\"\n";
    assert_eq!(events(log)[0].argv, ["docker", "abcdef", "", "k", "l"]);
}

#[test]
fn many_events_under_way_are_all_kept() {
    let line = |number: u32| format!("type=SYSCALL msg=audit(1.000:{number}): key=\"docker\"\n");
    let log: String = (0..1000).map(line).collect();
    let found: Vec<_> = events(&log).into_iter().filter_map(|event| event.serial).collect();
    assert_eq!(found, (0..1000).collect::<Vec<u64>>());
}

#[test]
fn the_options_of_an_exec_are_read_as_docker_reads_them() {
    let exec = |privileged, user: Option<&str>, container: Option<&str>| {
        let (user, container) = (user.map(str::to_owned), container.map(str::to_owned));
        Some(Exec { privileged, user, container })
    };
    for (line, expected) in [
        ("docker exec web ls", exec(false, None, Some("web"))),
        ("/usr/bin/docker -H tcp://h exec --privileged web", exec(true, None, Some("web"))),
        (
            "docker container exec --privileged=false -u root web",
            exec(false, Some("root"), Some("web")),
        ),
        ("docker exec -it --user=0:0 -e A=b web sh -u x", exec(false, Some("0:0"), Some("web"))),
        ("docker exec -ituann web", exec(false, Some("ann"), Some("web"))),
        ("docker exec -itu 0 --privileged web", exec(true, Some("0"), Some("web"))),
        ("docker exec -e --privileged web", exec(false, None, Some("web"))),
        ("docker exec web run --privileged", exec(false, None, Some("web"))),
        ("podman exec -w /x --privileged web", exec(true, None, Some("web"))),
        ("docker exec", exec(false, None, None)),
        ("docker run web exec", None),
        ("docker ps", None),
        ("exec docker", None),
    ] {
        assert_eq!(exec_of(&words(line)), expected, "{line}");
    }
}

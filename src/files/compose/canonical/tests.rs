//! Short forms in, long forms out, key by key; and what is refused.

use serde_json::{Value, json};

use super::*;

/// The canonical form of one key of a service.
fn service(key: &str, value: &Value) -> Result<Value, String> {
    let mut document = json!({"services": {"web": {key: value}}});
    canonical(&mut document).map(|()| document["services"]["web"][key].take()).map_err(|fault| {
        let path = fault.path.join(".");
        format!("{}: {}", path.trim_start_matches("services.web."), fault.message)
    })
}

/// The canonical form of one entry of a section.
fn entry(section: &str, value: &Value) -> Result<Value, String> {
    let mut document = json!({section: {"x": value}});
    canonical(&mut document)
        .map(|()| document[section]["x"].take())
        .map_err(|fault| format!("{}: {}", fault.path.join("."), fault.message))
}

#[test]
fn short_forms_become_long_ones() {
    for (key, given, expected) in [
        ("build", json!("./app"), json!({"context": "./app"})),
        ("extends", json!("base"), json!({"service": "base"})),
        ("env_file", json!("a.env"), json!([{"path": "a.env", "required": true}])),
        (
            "env_file",
            json!(["a.env", {"path": "b.env", "required": "no", "format": "raw"}]),
            json!([{"path": "a.env", "required": true}, {"path": "b.env", "required": false, "format": "raw"}]),
        ),
        ("label_file", json!("a.labels"), json!(["a.labels"])),
        ("networks", json!(["front", "back"]), json!({"front": null, "back": null})),
        ("models", json!(["llm"]), json!({"llm": null})),
        (
            "depends_on",
            json!(["db"]),
            json!({"db": {"condition": "service_started", "required": true}}),
        ),
        ("depends_on", json!({"db": {"restart": "true"}}), json!({"db": {"restart": true}})),
        (
            "devices",
            json!(["/dev/a"]),
            json!([{"source": "/dev/a", "target": "/dev/a", "permissions": "rwm"}]),
        ),
        (
            "devices",
            json!(["/dev/a:/dev/b:r", {"source": "vendor.com/gpu=0", "target": "x"}]),
            json!([{"source": "/dev/a", "target": "/dev/b", "permissions": "r"}, {"source": "vendor.com/gpu=0", "target": "x"}]),
        ),
        ("secrets", json!(["token"]), json!([{"source": "token"}])),
        (
            "configs",
            json!([{"source": "c", "mode": 288, "uid": "5"}]),
            json!([{"source": "c", "mode": "0440", "uid": "5"}]),
        ),
        ("gpus", json!("all"), json!([{"count": -1}])),
        (
            "gpus",
            json!([{"driver": "nvidia", "count": "2", "options": ["a=1"]}]),
            json!([{"driver": "nvidia", "count": 2, "options": {"a": "1"}}]),
        ),
        ("dns", json!("1.1.1.1"), json!(["1.1.1.1"])),
        ("dns", json!(""), json!([])),
        ("dns", json!(["", "1.1.1.1"]), json!(["1.1.1.1"])),
        ("dns_search", json!("example.com"), json!(["example.com"])),
        ("tmpfs", json!("/run:size=1"), json!(["/run:size=1"])),
        ("command", json!("nginx -g 'daemon off;'"), json!(["nginx", "-g", "daemon off;"])),
        ("command", json!(""), json!([])),
        ("command", json!([]), json!([])),
        ("command", json!(null), json!(null)),
        ("entrypoint", json!(["/bin/sh", "-c"]), json!(["/bin/sh", "-c"])),
        (
            "healthcheck",
            json!({"test": "curl -f localhost", "interval": "90s", "retries": "3", "disable": "false"}),
            json!({"test": ["CMD-SHELL", "curl -f localhost"], "interval": "1m30s", "retries": 3, "disable": false}),
        ),
        ("healthcheck", json!({"test": ["CMD", "true"]}), json!({"test": ["CMD", "true"]})),
        ("expose", json!([80, "443/tcp"]), json!(["80", "443/tcp"])),
        ("group_add", json!([5, "docker"]), json!(["5", "docker"])),
        ("cap_add", json!(["A", "B"]), json!(["A", "B"])),
        (
            "post_start",
            json!([{"command": "echo hi", "privileged": "true", "environment": ["A=1"]}]),
            json!([{"command": ["echo", "hi"], "privileged": true, "environment": {"A": "1"}}]),
        ),
        (
            "pre_start",
            json!([{"image": "x", "per_replica": "true", "networks": ["a"]}]),
            json!([{"image": "x", "per_replica": true, "networks": {"a": null}}]),
        ),
        (
            "provider",
            json!({"type": "awesomecloud", "options": {"size": 256, "zone": ["a", 2], "on": true}}),
            json!({"type": "awesomecloud", "options": {"size": ["256"], "zone": ["a", "2"], "on": ["true"]}}),
        ),
        (
            "develop",
            json!({"watch": [{"path": "src", "action": "sync", "target": "/src", "ignore": "node_modules"}]}),
            json!({"watch": [{"path": "src", "action": "sync", "target": "/src", "ignore": ["node_modules"]}]}),
        ),
    ] {
        let found = service(key, &given);
        assert_eq!(found, Ok(expected.clone()), "{key}: {given}");
        assert_eq!(service(key, &expected), Ok(expected), "{key} again");
    }
}

#[test]
fn lists_of_pairs_become_mappings_of_texts() {
    let list = json!(["A=1", "B=", "C", "D=x=y"]);
    for (key, c) in [
        ("environment", json!(null)),
        ("labels", json!("")),
        ("annotations", json!("")),
        ("sysctls", json!("")),
    ] {
        let expected = json!({"A": "1", "B": "", "C": c, "D": "x=y"});
        assert_eq!(service(key, &list), Ok(expected), "{key}");
        let map = json!({"I": 5, "F": 1.50, "B": true, "S": "s", "N": null});
        let expected = json!({"I": "5", "F": "1.5", "B": "true", "S": "s", "N": c});
        assert_eq!(service(key, &map), Ok(expected), "{key}");
    }
    for (key, given, expected) in [
        (
            "logging",
            json!({"driver": "syslog", "options": {"max-file": 3, "tag": null}}),
            json!({"driver": "syslog", "options": {"max-file": "3", "tag": ""}}),
        ),
        ("storage_opt", json!({"size": "1G"}), json!({"size": "1G"})),
        (
            "build",
            json!({"args": ["A=1", "B"], "labels": ["l"], "additional_contexts": ["a=../b"], "ssh": ["default", "k=/k"]}),
            json!({"args": {"A": "1", "B": null}, "labels": {"l": ""}, "additional_contexts": {"a": "../b"}, "ssh": {"default": null, "k": "/k"}}),
        ),
        (
            "networks",
            json!({"a": {"driver_opts": {"com.x": 5}, "aliases": ["w"], "priority": "10"}}),
            json!({"a": {"driver_opts": {"com.x": "5"}, "aliases": ["w"], "priority": 10}}),
        ),
        (
            "extra_hosts",
            json!(["b=10.0.0.2", "a:10.0.0.1", "v6=[::1]", "c:::1"]),
            json!(["a=10.0.0.1", "b=10.0.0.2", "c=::1", "v6=::1"]),
        ),
        (
            "extra_hosts",
            json!({"a": "10.0.0.1", "b": ["::1", "10.0.0.2"], "h": "host-gateway"}),
            json!(["a=10.0.0.1", "b=10.0.0.2", "b=::1", "h=host-gateway"]),
        ),
    ] {
        assert_eq!(service(key, &given), Ok(expected), "{key}: {given}");
    }
}

#[test]
fn values_get_the_type_of_their_key() {
    for (key, given, expected) in [
        ("privileged", json!("true"), json!(true)),
        ("read_only", json!("no"), json!(false)),
        ("init", json!("1" == "2"), json!(false)),
        ("cpus", json!("0.5"), json!(0.5)),
        ("cpu_shares", json!("512"), json!(512)),
        ("cpu_percent", json!("12.5"), json!(12.5)),
        ("oom_score_adj", json!("-500"), json!(-500)),
        ("pids_limit", json!(-1), json!(-1)),
        ("scale", json!("3"), json!(3)),
        ("mem_limit", json!("64m"), json!("67108864")),
        ("memswap_limit", json!(-1), json!("-1")),
        ("shm_size", json!(1024), json!("1024")),
        ("mem_swappiness", json!(60), json!("60")),
        ("stop_grace_period", json!("1m30s"), json!("1m30s")),
        ("umask", json!("022"), json!(18)),
        ("umask", json!(null), json!(null)),
        ("pid", json!(null), json!(null)),
        (
            "ulimits",
            json!({"nproc": "65535", "nofile": {"soft": 1, "hard": "2"}}),
            json!({"nproc": 65535, "nofile": {"soft": 1, "hard": 2}}),
        ),
        (
            "blkio_config",
            json!({"weight": "300", "device_read_bps": [{"path": "/dev/sda", "rate": "12mb"}]}),
            json!({"weight": 300, "device_read_bps": [{"path": "/dev/sda", "rate": "12582912"}]}),
        ),
        (
            "deploy",
            json!({"replicas": "2", "labels": ["a=b"], "resources": {"limits": {"cpus": "0.5", "memory": "50M", "pids": 1}, "reservations": {"devices": [{"capabilities": ["gpu"], "count": "all"}]}},
                "restart_policy": {"delay": "5s", "max_attempts": "3"}, "update_config": {"parallelism": 2, "max_failure_ratio": "0.1", "order": "stop-first"}}),
            json!({"replicas": 2, "labels": {"a": "b"}, "resources": {"limits": {"cpus": 0.5, "memory": "52428800", "pids": 1}, "reservations": {"devices": [{"capabilities": ["gpu"], "count": -1}]}},
                "restart_policy": {"delay": "5s", "max_attempts": 3}, "update_config": {"parallelism": 2, "max_failure_ratio": 0.1, "order": "stop-first"}}),
        ),
        ("deploy", json!(null), json!(null)),
        ("credential_spec", json!({"file": "f.json"}), json!({"file": "f.json"})),
        ("pull_policy", json!("every_1w2d"), json!("every_1w2d")),
        ("x-anything", json!({"a": [1]}), json!({"a": [1]})),
        (
            "build",
            json!({"no_cache": "true", "shm_size": "1k", "provenance": true, "tags": ["a:1"], "ulimits": {"nofile": 5}, "x-b": 1}),
            json!({"no_cache": true, "shm_size": "1024", "provenance": "true", "tags": ["a:1"], "ulimits": {"nofile": 5}, "x-b": 1}),
        ),
    ] {
        assert_eq!(service(key, &given), Ok(expected), "{key}: {given}");
    }
}

#[test]
fn ports_are_taken_apart() {
    let port = |target: u16, rest: Value| {
        let mut port = json!({"mode": "ingress", "protocol": "tcp", "target": target});
        for (key, value) in rest.as_object().unwrap() {
            port[key] = value.clone();
        }
        port
    };
    for (given, expected) in [
        (json!("80"), vec![port(80, json!({}))]),
        (json!(80), vec![port(80, json!({}))]),
        (json!("8080:80"), vec![port(80, json!({"published": "8080"}))]),
        (json!("8080:80/UDP"), vec![port(80, json!({"published": "8080", "protocol": "udp"}))]),
        (
            json!("127.0.0.1:8080:80"),
            vec![port(80, json!({"published": "8080", "host_ip": "127.0.0.1"}))],
        ),
        (json!("127.0.0.1::80"), vec![port(80, json!({"host_ip": "127.0.0.1"}))]),
        (json!("[::1]:8080:80"), vec![port(80, json!({"published": "8080", "host_ip": "::1"}))]),
        (json!("9-10"), vec![port(9, json!({})), port(10, json!({}))]),
        (
            json!("19-20:9-10"),
            vec![port(9, json!({"published": "19"})), port(10, json!({"published": "20"}))],
        ),
        (json!("8000-9000:80"), vec![port(80, json!({"published": "8000-9000"}))]),
        (
            json!({"target": "80", "published": 8080, "app_protocol": "http"}),
            vec![json!({"target": 80, "published": "8080", "app_protocol": "http"})],
        ),
    ] {
        assert_eq!(service("ports", &json!([given])), Ok(Value::Array(expected)), "{given}");
    }
    for (bad, words) in [
        (json!("80:x"), "ports.0: invalid container port in `80:x`: x"),
        (json!("x:80"), "ports.0: invalid host port in `x:80`: x"),
        (json!("80:"), "ports.0: no container port in `80:`"),
        (json!("70000"), "ports.0: invalid container port in `70000`: 70000"),
        (json!("20-10"), "ports.0: invalid container port in `20-10`: 20-10"),
        (json!("1-2:1-3"), "ports.0: ranges of different lengths in `1-2:1-3`: 1-2 and 1-3"),
        (json!("80/icmp"), "ports.0: invalid protocol in `80/icmp`: icmp"),
        (json!("127.0.1:80:80"), "ports.0: invalid IP address in `127.0.1:80:80`: 127.0.1"),
        (json!("::1:80:80"), "ports.0: invalid IP address in `::1:80:80`: ::1"),
        (json!(80.5), "ports.0: invalid container port in `80.5`: 80.5"),
        (
            json!(true),
            "ports.0: must be a port: a string, a number or a mapping, not the boolean true",
        ),
        (json!({"target": 80, "host_ip": "x"}), "ports.0.host_ip: `x` is not an IP address"),
        (
            json!({"target": 80, "port": 1}),
            "ports.0.port: additional properties 'port' not allowed",
        ),
    ] {
        assert_eq!(service("ports", &json!([bad])), Err(words.to_owned()));
    }
}

#[test]
fn volumes_are_taken_apart() {
    let bind = |source: &str, target: &str| json!({"type": "bind", "source": source, "target": target, "bind": {"create_host_path": true}});
    let volume = |source: &str, target: &str| json!({"type": "volume", "source": source, "target": target, "volume": {}});
    let with = |mut mount: Value, pointer: &str, value: Value| {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        mount.pointer_mut(parent).unwrap()[key] = value;
        mount
    };
    for (given, expected) in [
        ("/data", json!({"type": "volume", "target": "/data", "volume": {}})),
        ("/a", json!({"type": "volume", "target": "/a", "volume": {}})),
        ("db:/data/", volume("db", "/data")),
        ("db:/data:ro", with(volume("db", "/data"), "/read_only", json!(true))),
        (
            "db:/data:nocopy,rw",
            with(
                with(volume("db", "/data"), "/volume/nocopy", json!(true)),
                "/read_only",
                json!(false),
            ),
        ),
        ("./x:/x", bind("./x", "/x")),
        ("~/x:/x", bind("~/x", "/x")),
        ("/x:/y:z", with(bind("/x", "/y"), "/bind/selinux", json!("z"))),
        (
            "/x:/y:ro,Z,rslave,cached",
            with(
                with(
                    with(bind("/x", "/y"), "/bind/selinux", json!("Z")),
                    "/bind/propagation",
                    json!("rslave"),
                ),
                "/read_only",
                json!(true),
            ),
        ),
        (r"C:\x:/y", bind(r"C:\x", "/y")),
        (r"c:\x:d:\y:ro", with(bind(r"c:\x", r"d:\y"), "/read_only", json!(true))),
        (r"\\.\pipe\x:/y", bind(r"\\.\pipe\x", "/y")),
    ] {
        assert_eq!(service("volumes", &json!([given])), Ok(json!([expected])), "{given}");
    }
    let long = json!([{"type": "tmpfs", "target": "/t", "tmpfs": {"size": "1m", "mode": "01777"}, "read_only": "true"}]);
    assert_eq!(
        service("volumes", &long),
        Ok(
            json!([{"type": "tmpfs", "target": "/t", "tmpfs": {"size": "1048576", "mode": 1023}, "read_only": true}])
        )
    );
    for (bad, words) in [
        (json!(""), "volumes.0: a volume is empty"),
        (json!("aa::/b"), "volumes.0: invalid volume `aa::/b`: nothing between colons"),
        (json!("aa:/b:ro:x"), "volumes.0: invalid volume `aa:/b:ro:x`: too many colons"),
        (
            json!({"type": "disk", "target": "/x"}),
            "volumes.0.type: `disk` is none of bind, volume, tmpfs, cluster, npipe, image",
        ),
        (json!(5), "volumes.0: must be a mapping, not the number 5"),
    ] {
        assert_eq!(service("volumes", &json!([bad])), Err(words.to_owned()));
    }
}

#[test]
fn resources_have_their_own_keys() {
    for (section, given, expected) in [
        ("networks", json!(null), json!(null)),
        ("networks", json!({"external": {"name": "up"}}), json!({"external": true, "name": "up"})),
        ("networks", json!({"external": {}}), json!({"external": true})),
        (
            "networks",
            json!({"external": "true", "attachable": "yes"}),
            json!({"external": true, "attachable": true}),
        ),
        (
            "networks",
            json!({"driver_opts": {"com.docker.network.driver.mtu": 1400}, "labels": ["a"], "enable_ipv6": "false"}),
            json!({"driver_opts": {"com.docker.network.driver.mtu": "1400"}, "labels": {"a": ""}, "enable_ipv6": false}),
        ),
        (
            "networks",
            json!({"ipam": {"driver": "default", "config": [{"subnet": "10.0.0.0/24", "aux_addresses": {"a": "10.0.0.5"}}], "options": {"o": "1"}}}),
            json!({"ipam": {"driver": "default", "config": [{"subnet": "10.0.0.0/24", "aux_addresses": {"a": "10.0.0.5"}}], "options": {"o": "1"}}}),
        ),
        (
            "volumes",
            json!({"driver": "local", "driver_opts": {"o": "size=1", "n": 5}}),
            json!({"driver": "local", "driver_opts": {"o": "size=1", "n": "5"}}),
        ),
        (
            "secrets",
            json!({"file": "./s", "labels": {"a": 1}}),
            json!({"file": "./s", "labels": {"a": "1"}}),
        ),
        (
            "configs",
            json!({"content": "x", "template_driver": "golang"}),
            json!({"content": "x", "template_driver": "golang"}),
        ),
        (
            "models",
            json!({"model": "ai/x", "context_size": 1024, "runtime_flags": ["-a"]}),
            json!({"model": "ai/x", "context_size": 1024, "runtime_flags": ["-a"]}),
        ),
    ] {
        assert_eq!(entry(section, &given), Ok(expected), "{section}: {given}");
    }
    for (section, given, words) in [
        (
            "networks",
            json!({"drivr": 1}),
            "networks.x.drivr: additional properties 'drivr' not allowed",
        ),
        (
            "networks",
            json!({"external": {"name": "a"}, "name": "b"}),
            "networks.x: name and external.name conflict; only use name",
        ),
        (
            "networks",
            json!({"external": {"nam": "a"}}),
            "networks.x.external.nam: additional properties 'nam' not allowed",
        ),
        (
            "networks",
            json!({"internal": 1}),
            "networks.x.internal: must be a boolean, not the number 1",
        ),
        ("networks", json!([]), "networks.x: must be a mapping, not a list"),
        ("volumes", json!({"driver": 5}), "volumes.x.driver: must be a string, not the number 5"),
        (
            "volumes",
            json!({"driver_opts": ["a=b"]}),
            "volumes.x.driver_opts: must be a mapping, not a list",
        ),
        (
            "secrets",
            json!({"content": "x"}),
            "secrets.x.content: additional properties 'content' not allowed",
        ),
        (
            "configs",
            json!({"driver": "x"}),
            "configs.x.driver: additional properties 'driver' not allowed",
        ),
    ] {
        assert_eq!(entry(section, &given), Err(words.to_owned()));
    }
}

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    for (key, given, words) in [
        ("foo", json!(1), "foo: additional properties 'foo' not allowed"),
        ("image", json!(5), "image: must be a string, not the number 5"),
        ("cap_add", json!("x"), "cap_add: must be a list, not the text `x`"),
        ("cap_add", json!([1]), "cap_add.0: must be a string, not the number 1"),
        ("privileged", json!("maybe"), "privileged: `maybe` is neither true nor false"),
        (
            "oom_score_adj",
            json!(2000),
            "oom_score_adj: must be less than or equal to 1000, not 2000",
        ),
        ("scale", json!(-1), "scale: must be greater than or equal to 0, not -1"),
        (
            "mem_limit",
            json!("64x"),
            "mem_limit: must be a number of bytes such as 64m, not the text `64x`",
        ),
        (
            "stop_grace_period",
            json!("1x"),
            "stop_grace_period: `1x` is not a duration such as 1m30s",
        ),
        (
            "environment",
            json!("A=1"),
            "environment: must be a mapping or a list, not the text `A=1`",
        ),
        ("environment", json!(null), "environment: must be a mapping or a list, not null"),
        ("environment", json!(["A =1"]), "environment.0: the name of `A =1` ends with a space"),
        (
            "environment",
            json!({"A": [1]}),
            "environment.A: must be a string, a number, a boolean or null, not a list",
        ),
    ] {
        assert_eq!(service(key, &given), Err(words.to_owned()));
    }
}

#[test]
fn what_does_not_fit_into_a_long_form_is_refused_with_its_place() {
    for (key, given, words) in [
        (
            "build",
            json!({"contxt": "."}),
            "build.contxt: additional properties 'contxt' not allowed",
        ),
        (
            "build",
            json!({"additional_contexts": ["a"]}),
            "build.additional_contexts.0: `a` is not of the form key=value",
        ),
        ("build", json!({"ssh": ["key"]}), "build.ssh.0: `key` is not of the form key=value"),
        ("build", json!(5), "build: must be a mapping, not the number 5"),
        (
            "depends_on",
            json!({"db": {"condition": "up"}}),
            "depends_on.db.condition: `up` is none of service_started, service_healthy, service_completed_successfully",
        ),
        ("depends_on", json!(["db", "db"]), "depends_on: \"db\" is there twice"),
        ("depends_on", json!([1]), "depends_on.0: must be a string, not the number 1"),
        ("networks", json!({"a b": null}), "networks.a b: additional properties 'a b' not allowed"),
        (
            "pull_policy",
            json!("sometimes"),
            "pull_policy: `sometimes` is not always, never, build, missing, if_not_present, refresh, daily, weekly or such as every_12h",
        ),
        (
            "pull_policy",
            json!("every_h"),
            "pull_policy: `every_h` is not always, never, build, missing, if_not_present, refresh, daily, weekly or such as every_12h",
        ),
        (
            "container_name",
            json!("-"),
            "container_name: `-` is not a container name: a letter or digit, then letters, digits, `_`, `.` or `-`",
        ),
        ("cgroup", json!("shared"), "cgroup: `shared` is none of host, private"),
        ("command", json!("echo 'a"), "command: `echo 'a` is no command line: a quote is open"),
        ("command", json!([1]), "command.0: must be a string, not the number 1"),
        (
            "devices",
            json!(["a:b:c:d"]),
            "devices.0: invalid device `a:b:c:d`: too many colons; use the long form",
        ),
        ("extra_hosts", json!(["a"]), "extra_hosts.0: `a` lacks an IP address"),
        ("extra_hosts", json!(["=1.1.1.1"]), "extra_hosts.0: `` is no host name"),
        ("gpus", json!("some"), "gpus: `some` is neither all nor a list"),
        (
            "ulimits",
            json!({"nofile": "many"}),
            "ulimits.nofile: must be a whole number, not the text `many`",
        ),
        (
            "ulimits",
            json!({"nofile": {"sft": 1}}),
            "ulimits.nofile.sft: additional properties 'sft' not allowed",
        ),
        (
            "deploy",
            json!({"resources": {"limits": {"memory": "x"}}}),
            "deploy.resources.limits.memory: must be a number of bytes such as 64m, not the text `x`",
        ),
        (
            "healthcheck",
            json!({"interval": 5}),
            "healthcheck.interval: must be a string, not the number 5",
        ),
        (
            "logging",
            json!({"option": {}}),
            "logging.option: additional properties 'option' not allowed",
        ),
    ] {
        assert_eq!(service(key, &given), Err(words.to_owned()));
    }
}

#[test]
fn a_document_has_known_sections() {
    for (mut document, words) in [
        (json!([]), "must be a mapping, not a list"),
        (json!({"services": []}), "services: must be a mapping, not a list"),
        (
            json!({"services": {"my web": {}}}),
            "services: my web: additional properties 'my web' not allowed",
        ),
        (json!({"sevices": {}}), "sevices: additional properties 'sevices' not allowed"),
    ] {
        let fault = canonical(&mut document).unwrap_err();
        let found = fault.path.into_iter().chain([fault.message]).collect::<Vec<_>>();
        assert_eq!(found.join(": "), words);
    }
}

#[test]
fn another_file_may_give_what_is_missing_until_the_project_is_complete() {
    for (mut document, words) in [
        (json!({"services": {"web": null}}), "services.web: must be a mapping, not null"),
        (
            json!({"services": {"web": {"ports": null}}}),
            "services.web.ports: must be a list, not null",
        ),
        (
            json!({"services": {"web": {"ulimits": {"nofile": {"soft": 1}}}}}),
            "services.web.ulimits.nofile: missing property 'hard'",
        ),
        (
            json!({"services": {"web": {"depends_on": {"db": {}}}}}),
            "services.web.depends_on.db: missing property 'condition'",
        ),
        (
            json!({"services": {"web": {"volumes": [{"type": "bind"}]}}}),
            "services.web.volumes.0: missing property 'target'",
        ),
        (
            json!({"services": {"web": {"security_opt": ["a", "a"]}}}),
            "services.web.security_opt: \"a\" is there twice",
        ),
        (json!({"models": {"llm": {"context_size": 5}}}), "models.llm: missing property 'model'"),
        (json!({"secrets": {"s": null}}), "secrets.s: must be a mapping, not null"),
    ] {
        assert_eq!(canonical(&mut document), Ok(()), "{document}");
        let fault = complete(&mut document).unwrap_err();
        assert_eq!(format!("{}: {}", fault.path.join("."), fault.message), words);
    }
    let mut document = json!({
        "version": "3.8", "name": "x", "include": ["a"], "x-y": 1, "networks": {"a": null}, "volumes": {"b": null},
        "services": {"web": {"command": null, "networks": {"a": null}, "deploy": null}},
        "jobs": {"backup": {"image": "x", "triggers": {"schedule": ["0 3 * * *"]}}},
    });
    assert_eq!(complete(&mut document), Ok(()));
    assert_eq!(document["jobs"]["backup"]["triggers"]["schedule"], json!([{"cron": "0 3 * * *"}]));
}

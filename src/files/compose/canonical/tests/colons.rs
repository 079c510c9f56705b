//! Ports and volumes: short forms with colons.

use serde_json::{Value, json};

use super::service;

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

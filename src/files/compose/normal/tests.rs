//! Merged projects in, complete ones out; and what does not fit together.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::*;
use crate::files::compose::canonical::canonical;

/// The completed document of a project named `shop` in `/srv/shop`; services named `off…` are kept out by a profile.
fn complete(document: &Value) -> Result<Value, String> {
    let mut document = document.clone();
    canonical(&mut document).expect("the test's document is well formed");
    let names = entries(&document, "services").map(|(name, _)| name.clone());
    let active: BTreeSet<String> = names.filter(|name| !name.starts_with("off")).collect();
    let mut project = Project {
        name: "shop".to_owned(),
        directory: PathBuf::from("/srv/shop"),
        files: vec![PathBuf::from("/srv/shop/compose.yaml")],
        document,
        active,
        lines: std::collections::BTreeMap::new(),
    };
    normal(&mut project)
        .map(|()| project.document)
        .map_err(|fault| format!("{}: {}", fault.path.join("."), fault.message))
}

/// The same for one service with an image, without what every service gets.
fn service(service: Value) -> Result<Value, String> {
    let mut service = service;
    set_default(&mut service, "image", "i");
    set_default(&mut service, "network_mode", "none");
    let mut rest = json!({"image": "i", "build": "."});
    set_default(&mut rest, "network_mode", "none");
    let declared = json!({
        "services": {"web": service, "db": rest, "off": {"image": "i", "network_mode": "none"}},
        "volumes": {"data": null}, "secrets": {"token": {"file": "t"}}, "configs": {"c": {"content": "x"}},
        "models": {"llm": {"model": "m"}},
    });
    let mut document = complete(&declared)?;
    let mut web = document["services"]["web"].take();
    for key in ["image", "network_mode"] {
        web.as_object_mut().unwrap().remove(key);
    }
    Ok(web)
}

#[test]
fn what_is_left_out_is_filled_in() {
    for (given, expected) in [
        (
            json!({"build": {}}),
            json!({"build": {"context": "/srv/shop", "dockerfile": "Dockerfile"}}),
        ),
        (
            json!({"build": {"dockerfile_inline": "FROM x"}}),
            json!({"build": {"context": "/srv/shop", "dockerfile_inline": "FROM x"}}),
        ),
        (
            json!({"ports": [{"target": 80}]}),
            json!({"ports": [{"target": 80, "mode": "ingress", "protocol": "tcp"}]}),
        ),
        (
            json!({"secrets": ["token"]}),
            json!({"secrets": [{"source": "token", "target": "/run/secrets/token"}]}),
        ),
        (json!({"configs": ["c"]}), json!({"configs": [{"source": "c"}]})),
        (json!({"gpus": [{"driver": "x"}]}), json!({"gpus": [{"driver": "x", "count": -1}]})),
        (
            json!({"deploy": {"resources": {"reservations": {"devices": [{"capabilities": ["gpu"]}]}}}}),
            json!({"deploy": {"resources": {"reservations": {"devices": [{"capabilities": ["gpu"], "count": -1}]}}}}),
        ),
        (
            json!({"depends_on": {"db": {"condition": "service_healthy"}}}),
            json!({"depends_on": {"db": {"condition": "service_healthy", "required": true}}}),
        ),
        (
            json!({"depends_on": {"off": {"condition": "service_started", "required": false}}}),
            json!({"depends_on": {"off": {"condition": "service_started", "required": false}}}),
        ),
        (
            json!({"links": ["db:database"]}),
            json!({"links": ["db:database"], "depends_on": {"db": {"condition": "service_started", "required": true, "restart": true}}}),
        ),
        (
            json!({"ipc": "service:db", "pid": "host"}),
            json!({"ipc": "service:db", "pid": "host", "depends_on": {"db": {"condition": "service_started", "required": true, "restart": true}}}),
        ),
        (
            json!({"volumes_from": ["db:ro", "container:x"]}),
            json!({"volumes_from": ["db:ro", "container:x"], "depends_on": {"db": {"condition": "service_started", "required": true, "restart": false}}}),
        ),
        (json!({"pull_policy": "if_not_present"}), json!({"pull_policy": "missing"})),
        (json!({"scale": 2, "deploy": {}}), json!({"scale": 2, "deploy": {"replicas": 2}})),
        (
            json!({"volumes": [{"type": "bind", "source": "x", "target": "/x/", "bind": {}}]}),
            json!({"volumes": [{"type": "bind", "source": "x", "target": "/x", "bind": {"create_host_path": true}}]}),
        ),
    ] {
        assert_eq!(service(given.clone()), Ok(expected), "{given}");
    }
}

#[test]
fn resources_are_named_after_the_project() {
    let document = json!({
        "services": {},
        "secrets": {"a": {"file": "/a"}, "b": {"environment": "B", "name": "n"}},
        "configs": {"c": {"external": true}},
        "volumes": {"d": null, "e": {"external": true, "x-f": 1}},
    });
    assert_eq!(
        complete(&document),
        Ok(json!({
            "services": {},
            "secrets": {"a": {"file": "/a", "name": "shop_a"}, "b": {"environment": "B", "name": "n"}},
            "configs": {"c": {"external": true, "name": "c"}},
            "volumes": {"d": {"name": "shop_d"}, "e": {"external": true, "name": "e", "x-f": 1}},
        }))
    );
}

#[test]
fn the_default_network_is_there_if_a_service_is_in_it() {
    for (given, expected) in [
        (json!({"services": {"a": {"image": "i"}}}), json!({"default": {"name": "shop_default"}})),
        (
            json!({"services": {"a": {"image": "i", "networks": {}}}}),
            json!({"default": {"name": "shop_default"}}),
        ),
        (
            json!({"services": {"a": {"image": "i"}}, "networks": {"default": {"driver": "x", "name": "n"}}}),
            json!({"default": {"driver": "x", "name": "n"}}),
        ),
        (
            json!({"services": {"a": {"image": "i", "networks": ["b"]}}, "networks": {"b": null, "c": {"external": true}}}),
            json!({"b": {"name": "shop_b"}, "c": {"external": true, "name": "c"}}),
        ),
        (json!({"services": {"a": {"image": "i", "network_mode": "host"}}}), json!(null)),
        (json!({"services": {"a": {"provider": {"type": "x"}}}}), json!(null)),
    ] {
        let mut document = complete(&given).unwrap();
        assert_eq!(document["networks"].take(), expected, "{given}");
    }
    let document = complete(&json!({"services": {"a": {"image": "i"}}})).unwrap();
    assert_eq!(document["services"]["a"]["networks"], json!({"default": null}));
}

#[test]
fn what_does_not_fit_together_is_refused() {
    for (given, words) in [
        (json!({"image": ""}), "services.web: has neither an image nor a build context"),
        (
            json!({"networks": ["x"], "network_mode": ""}),
            "services.web.networks.x: refers to undefined network x: add it under networks",
        ),
        (
            json!({"networks": ["default"], "network_mode": "host"}),
            "services.web.networks: network_mode and networks exclude each other",
        ),
        (
            json!({"volumes": ["xx:/x"]}),
            "services.web.volumes.0: refers to undefined volume xx: add it under volumes",
        ),
        (
            json!({"volumes": [{"type": "bind", "target": "/x"}]}),
            "services.web.volumes.0: a mount of type bind needs a source",
        ),
        (
            json!({"volumes": ["data:/x"], "tmpfs": "/x"}),
            "services.web.volumes.0: something else is already mounted at /x",
        ),
        (
            json!({"secrets": ["x"]}),
            "services.web.secrets.0: refers to undefined secret x: add it under secrets",
        ),
        (
            json!({"configs": ["x"]}),
            "services.web.configs.0: refers to undefined config x: add it under configs",
        ),
        (
            json!({"models": ["x"]}),
            "services.web.models.x: refers to undefined model x: add it under models",
        ),
        (
            json!({"build": {"secrets": ["x"]}}),
            "services.web.build.secrets.0: refers to undefined secret x: add it under secrets",
        ),
        (
            json!({"build": {"dockerfile": "x", "dockerfile_inline": "FROM x"}}),
            "services.web.build: dockerfile and dockerfile_inline exclude each other",
        ),
        (
            json!({"build": {"additional_contexts": {"a": "service:x"}}}),
            "services.web.build.additional_contexts.a: refers to undefined service x",
        ),
        (
            json!({"build": {"additional_contexts": {"a": "service:off"}}}),
            "services.web.build.additional_contexts.a: the service off is not built",
        ),
        (
            json!({"build": {"platforms": ["linux/arm64"]}, "platform": "linux/amd64"}),
            "services.web.build.platforms: must include linux/amd64",
        ),
        (json!({"depends_on": ["x"]}), "services.web.depends_on: depends on undefined service x"),
        (
            json!({"depends_on": ["off"]}),
            "services.web.depends_on: depends on service off, which no active profile includes",
        ),
        (
            json!({"network_mode": "service:x"}),
            "services.web.depends_on: depends on undefined service x",
        ),
        (json!({"depends_on": ["web"]}), "services.web.depends_on: dependency cycle: web -> web"),
    ] {
        assert_eq!(service(given), Err(words.to_owned()));
    }
}

#[test]
fn keys_that_contradict_each_other_are_refused() {
    for (given, words) in [
        (
            json!({"healthcheck": {"test": ["curl", "x"]}}),
            "services.web.healthcheck.test: must begin with CMD, CMD-SHELL or NONE",
        ),
        (
            json!({"scale": 2, "deploy": {"replicas": 3}}),
            "services.web.scale: is not the same as deploy.replicas",
        ),
        (
            json!({"mem_limit": "1m", "deploy": {"resources": {"limits": {"memory": "2m"}}}}),
            "services.web.mem_limit: is not the same as deploy.resources.limits.memory",
        ),
        (
            json!({"cpus": 1, "deploy": {"resources": {"limits": {"cpus": "2"}}}}),
            "services.web.cpus: is not the same as deploy.resources.limits.cpus",
        ),
        (
            json!({"scale": 2, "container_name": "web1"}),
            "services.web.container_name: a container's name is unique: several replicas cannot have it",
        ),
        (
            json!({"gpus": [{"count": 1, "device_ids": ["a"]}]}),
            "services.web.gpus.0: count and device_ids exclude each other",
        ),
        (
            json!({"develop": {"watch": [{"path": "x", "action": "sync"}]}}),
            "services.web.develop.watch.0: target is required for this action",
        ),
    ] {
        assert_eq!(service(given), Err(words.to_owned()));
    }
}

#[test]
fn resources_that_say_too_much_or_too_little_are_refused() {
    for (given, words) in [
        (
            json!({"volumes": {"a": {"external": true, "driver": "x"}}}),
            "volumes.a: `external` and `driver` exclude each other",
        ),
        (json!({"configs": {"a": {}}}), "configs.a: one of file, environment, content must be set"),
        (
            json!({"configs": {"a": {"file": "x", "content": "y"}}}),
            "configs.a: file, environment, content exclude each other",
        ),
        (
            json!({"secrets": {"a": {"driver": "x"}}}),
            "secrets.a: must declare either file or environment",
        ),
        (
            json!({"secrets": {"a": {"file": "x", "environment": "y"}}}),
            "secrets.a: file, environment exclude each other",
        ),
        (
            json!({"services": {
            "a": {"image": "i", "depends_on": ["b"]}, "b": {"image": "i", "depends_on": ["c", "d"]}, "d": {"image": "i"}, "c": {"image": "i", "depends_on": ["b"]}}}),
            "services.b.depends_on: dependency cycle: b -> c -> b",
        ),
    ] {
        assert_eq!(complete(&given), Err(words.to_owned()));
    }
}

#[test]
fn services_that_a_profile_keeps_out_may_refer_to_anything() {
    let document = json!({"services": {"web": {"image": "i"}, "off": {"image": "i", "networks": ["x"], "depends_on": ["y"]}}});
    assert!(complete(&document).is_ok());
}

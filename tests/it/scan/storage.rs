//! What images, volumes, networks' containers, plugins and the disk cost to ask for.

use std::time::Duration;

use serde_json::json;

use super::{ask, id};
use crate::fake::Fake;

/// Two images, of which the second is gone by the time it is asked about.
fn images() -> Fake {
    let (a, b) = (format!("sha256:{}", id("a")), format!("sha256:{}", id("b")));
    let list = json!([
        {"Id": a, "Created": 5, "RepoTags": ["web:1"], "Containers": -1, "SharedSize": -1, "Size": 9},
        {"Id": b, "Created": -62_135_596_800_i64, "RepoTags": [], "Containers": 2, "SharedSize": 4},
    ]);
    let inspect = json!({"Id": a, "Config": {"User": "app", "Env": ["TOKEN=x"]}, "RootFS": {"Layers": ["l1", "l2"]}});
    let history = json!([
        {"Id": a, "Created": 5, "CreatedBy": "RUN make # buildkit", "Size": 3},
        {"Id": "<missing>", "Created": 4, "CreatedBy": "/bin/sh -c #(nop) ADD x in / ", "Size": 6},
    ]);
    Fake::start(&[
        ("/images/json", 200, &list.to_string()),
        (&format!("/images/{a}/json"), 200, &inspect.to_string()),
        (&format!("/images/{a}/history"), 200, &history.to_string()),
    ])
}

#[tokio::test]
async fn images_cost_one_call_and_what_is_unknown_is_null() {
    let engine = images();
    let columns = ["created", "dangling", "containers", "size"];
    let rows = ask("docker_image", &columns).run(&engine).await.unwrap();
    assert_eq!(rows[0], ["1970-01-01T00:00:05Z", "9", "false", "NULL"]);
    assert_eq!(rows[1], ["NULL", "NULL", "true", "2"]);
    assert_eq!(engine.requests(), ["/images/json"]);
}

#[tokio::test]
async fn an_image_is_inspected_once_and_its_history_asked_for_only_if_it_is_read() {
    let engine = images();
    let rows = ask("docker_image", &["config_user", "env_names", "layers"]).run(&engine).await;
    assert_eq!(rows.unwrap(), [["app", r#"["TOKEN"]"#, r#"["l1","l2"]"#]], "the other is gone");
    assert_eq!(engine.requests().len(), 3);
    let engine = images();
    let wanted = format!("sha256:{}", id("a"));
    let rows = ask("docker_image", &["history"]).equal("id", &[&wanted]).run(&engine).await;
    assert_eq!(rows.unwrap().len(), 1);
    assert_eq!(engine.requests(), ["/images/json".to_owned(), format!("/images/{wanted}/history")]);
}

#[tokio::test]
async fn shared_sizes_and_manifests_are_asked_for_only_when_they_are_read() {
    let engine = images();
    let rows = ask("docker_image", &["shared_size"]).run(&engine).await.unwrap();
    assert_eq!(rows, [["NULL"], ["4"]]);
    ask("docker_image", &["manifests"]).run(&engine).await.unwrap();
    assert_eq!(engine.requests(), ["/images/json?shared-size=true", "/images/json?manifests=true"]);
}

#[tokio::test]
async fn steps_and_layers_of_images_cost_a_call_each() {
    let engine = images();
    let columns = ["position", "instruction", "step_id"];
    let rows = ask("docker_image_history", &columns).run(&engine).await.unwrap();
    assert_eq!(rows[0], ["1", "ADD", "NULL"]);
    assert_eq!(rows[1], ["2".to_owned(), "RUN".to_owned(), format!("sha256:{}", id("a"))]);
    assert_eq!(rows.len(), 2, "the second image is gone: no row, no error");
    assert_eq!(engine.requests().len(), 3);

    let engine = images();
    let wanted = format!("sha256:{}", id("a"));
    let asked = ask("docker_image_layer", &["position", "diff_id"]);
    let rows = asked.equal("image_id", &[&wanted, "web:1"]).run(&engine).await.unwrap();
    assert_eq!(rows, [["1", "l1"], ["2", "l2"]]);
    assert_eq!(engine.requests(), ["/images/json".to_owned(), format!("/images/{wanted}/json")]);
}

#[tokio::test]
async fn an_image_that_cannot_be_read_is_an_error() {
    let list = json!([{"Id": "sha256:x", "RepoTags": null}]).to_string();
    let answers = [
        ("/images/sha256:x/history", "docker_image_history"),
        ("/images/sha256:x/json", "docker_image_layer"),
    ];
    for (path, table) in answers {
        for (status, body) in [(500, r#"{"message":"disk is gone"}"#), (200, r#"{"Layers": 7}"#)] {
            let engine = Fake::start(&[("/images/json", 200, &list), (path, status, body)]);
            let error = ask(table, &["position"]).run(&engine).await.unwrap_err();
            assert!(error.starts_with(&format!("{table}: ")), "{error}");
            assert!(error.contains("disk is gone") || error.contains("sha256:x"), "{error}");
        }
    }
}

const DF: &str = r#"{"LayersSize":7,"Images":[],"Containers":null,
    "Volumes":[{"Name":"b","UsageData":{"Size":3,"RefCount":-1}}],
    "BuildCache":[{"ID":"x","Parent":"","InUse":false,"Shared":false,"Size":4}]}"#;
const DF_WITH_SUMS: &str = r#"{"ImageUsage":{},"ContainerUsage":{},
    "VolumeUsage":{"TotalCount":1,"TotalSize":3,"Items":[{"Name":"b","UsageData":{"Size":3,"RefCount":-1}}]},
    "BuildCacheUsage":{"TotalCount":1,"TotalSize":4,"Reclaimable":4,"Items":[{"ID":"x"," Parents":["y"],"InUse":false,"Size":4}]}}"#;

/// An engine of this API version with two volumes and something in its build cache.
fn disk(version: &'static str, df: &str) -> Fake {
    let volumes =
        r#"{"Volumes":[{"Name":"a","Driver":"local"},{"Name":"b","Driver":"x"}],"Warnings":null}"#;
    let replies = [
        ("/volumes", 200, volumes),
        ("/volumes/a", 200, r#"{"Name":"a"}"#),
        ("/volumes/b", 200, r#"{"Name":"b","Status":{"full":"no"}}"#),
        ("/system/df", 200, df),
    ];
    Fake::of_version(version, &replies, Duration::ZERO)
}

#[tokio::test]
async fn volumes_cost_one_call_and_their_usage_another_one() {
    let engine = disk("1.41", DF);
    ask("docker_volume", &["name", "driver", "mountpoint"]).run(&engine).await.unwrap();
    assert_eq!(engine.requests(), ["/volumes"]);
    for (version, df, asked) in [
        ("1.41", DF, "/system/df"),
        ("1.44", DF, "/system/df?type=volume"),
        ("1.52", DF_WITH_SUMS, "/system/df?type=volume&verbose=true"),
    ] {
        let engine = disk(version, df);
        let rows = ask("docker_volume", &["name", "usage_size", "ref_count"]).run(&engine).await;
        assert_eq!(rows.unwrap(), [["a", "NULL", "NULL"], ["b", "3", "NULL"]], "{version}");
        assert_eq!(engine.requests(), ["/volumes", asked]);
    }
}

#[tokio::test]
async fn what_drivers_say_of_volumes_costs_a_call_each() {
    let engine = disk("1.41", DF);
    let rows = ask("docker_volume", &["name", "status"]).run(&engine).await.unwrap();
    assert_eq!(rows, [["a", "NULL"], ["b", r#"{"full":"no"}"#]]);
    let asked = ask("docker_volume", &["name", "status"]).equal("name", &["b"]);
    assert_eq!(asked.run(&engine).await.unwrap().len(), 1);
    let filtered = r#"/volumes?filters={"name":["^/?b$"]}"#;
    assert_eq!(engine.requests()[3..], [filtered, "/volumes/b"]);
}

#[tokio::test]
async fn the_disk_is_asked_about_no_more_than_is_wanted() {
    let columns = ["type", "total_count", "size", "reclaimable"];
    for (version, df, some) in [
        ("1.41", DF, "/system/df"),
        ("1.44", DF, "/system/df?type=build-cache&type=volume"),
        ("1.52", DF_WITH_SUMS, "/system/df?type=build-cache&type=volume"),
    ] {
        let engine = disk(version, df);
        let all = ask("docker_disk_usage", &columns).run(&engine).await.unwrap();
        assert_eq!(all[3], ["build-cache", "1", "4", "4"], "{version}");
        assert_eq!(all.len(), 4);
        let asked = ask("docker_disk_usage", &columns);
        let asked = asked.equal("type", &["volume", "build-cache", "socks"]);
        assert_eq!(asked.run(&engine).await.unwrap(), all[2..], "{version}");
        assert_eq!(engine.requests(), ["/system/df", some]);
        let none = disk(version, df);
        let asked = ask("docker_disk_usage", &columns).equal("type", &["socks"]);
        assert!(asked.run(&none).await.unwrap().is_empty());
        assert_eq!(none.requests(), [""; 0]);
    }
}

#[tokio::test]
async fn the_build_cache_is_read_in_old_and_new_shapes() {
    for (version, df, asked, parents) in [
        ("1.41", DF, "/system/df", "[]"),
        ("1.44", DF, "/system/df?type=build-cache", "[]"),
        ("1.52", DF_WITH_SUMS, "/system/df?type=build-cache&verbose=true", r#"["y"]"#),
    ] {
        let engine = disk(version, df);
        let rows = ask("docker_build_cache", &["id", "size", "parents"]).run(&engine).await;
        assert_eq!(rows.unwrap(), [["x", "4", parents]], "{version}");
        assert_eq!(engine.requests(), [asked]);
    }
    let engine = disk("1.41", "{}");
    let error = ask("docker_build_cache", &["id"]).run(&engine).await.unwrap_err();
    assert!(error.contains("does not tell its build-caches"), "{error}");
}

#[tokio::test]
async fn an_engine_without_plugins_is_an_error_that_says_so() {
    let engine = Fake::start(&[("/plugins", 404, r#"{"message":"Path is not supported"}"#)]);
    let error = ask("docker_plugin", &["name"]).run(&engine).await.unwrap_err();
    assert!(error.starts_with("docker_plugin: GET /plugins: "), "{error}");
    assert!(error.contains("manages no plugins"), "{error}");
    let engine = Fake::start(&[(
        "/plugins",
        200,
        r#"[{"Id":"p","Name":"x:1","Settings":{"Env":["DEBUG=1"]}},{"Id":"q","Name":"y:1"}]"#,
    )]);
    let asked = ask("docker_plugin", &["name", "env_names"]).equal("name", &["x:1"]);
    assert_eq!(asked.run(&engine).await.unwrap(), [["x:1", r#"["DEBUG"]"#]]);
    assert_eq!(engine.requests(), ["/plugins"]);
}

#[tokio::test]
async fn containers_of_networks_cost_a_call_a_network() {
    let (a, b, web) = (id("a"), id("b"), id("c"));
    let list = json!([{"Id": a, "Name": "bridge"}, {"Id": b, "Name": "gone"}]).to_string();
    let bridge = json!({"Id": a, "Name": "bridge", "Driver": "bridge", "Containers": {&web: {"Name": "web", "IPv4Address": "172.17.0.2/16"}}});
    let engine = Fake::start(&[
        ("/networks", 200, &list),
        (&format!("/networks/{a}"), 200, &bridge.to_string()),
    ]);
    let columns = ["network_name", "container_id", "ipv4_address"];
    let rows = ask("docker_network_container", &columns).run(&engine).await.unwrap();
    assert_eq!(rows, [["bridge", &web, "172.17.0.2/16"]]);
    assert_eq!(engine.requests().len(), 3);
    let asked = ask("docker_network_container", &columns).equal("network_id", &[&a]);
    assert_eq!(asked.run(&engine).await.unwrap().len(), 1);
    let asked = ask("docker_network_container", &columns).equal("network_id", &["bridge"]);
    assert!(asked.run(&engine).await.unwrap().is_empty(), "SQL compares whole IDs");
    assert_eq!(engine.requests()[3..], [format!("/networks/{a}"), "/networks".to_owned()]);
}

#[tokio::test]
async fn the_version_costs_one_call() {
    let version = r#"{"Version":"27.1.0","ApiVersion":"1.46","Components":[{"Name":"runc","Version":"1.1.5"}]}"#;
    let engine = Fake::of_version("1.46", &[("/version", 200, version)], Duration::ZERO);
    let columns =
        ["engine", "version", "used_api_version", "endpoint", "runc_version", "build_time"];
    let rows = ask("docker_version", &columns).run(&engine).await.unwrap();
    let endpoint = format!("unix://{}", engine.socket().display());
    assert_eq!(rows, [["Docker", "27.1.0", "1.46", &endpoint, "NULL", "1.1.5"]]);
    assert_eq!(engine.requests(), ["/version"]);
}

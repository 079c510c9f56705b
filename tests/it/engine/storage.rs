//! Images, volumes, versions and the disk of real engines.

use bollard::query_parameters::{ListImagesOptions, ListVolumesOptions};

use super::*;

/// The tables of this file, but for `docker_plugin`, which Podman does not have.
const TABLES: [&str; 8] = [
    "docker_build_cache",
    "docker_disk_usage",
    "docker_image",
    "docker_image_history",
    "docker_image_layer",
    "docker_network_container",
    "docker_version",
    "docker_volume",
];

#[tokio::test]
#[ignore = "needs a Docker engine"]
async fn images_and_volumes_are_what_bollard_says() {
    let _alone = ALONE.lock().await;
    let url = url("DOCKER_ICC_ON");
    let (docker, bollard) = (docker(&url), bollard(&url).await);

    let images = table("docker_image");
    let ours = rows(&docker, images, &names(images), Vec::new()).await;
    let theirs = bollard.list_images(None::<ListImagesOptions>).await.unwrap();
    assert_eq!(ours.len(), theirs.len());
    assert!(ours.len() >= 2, "the lab has images");
    for image in theirs {
        let row = ours.iter().find(|row| row["id"] == image.id).unwrap();
        let inspect = bollard.inspect_image(&image.id).await.unwrap();
        let history = bollard.image_history(&image.id).await.unwrap();
        let wanted = [image.id.as_str()];
        let steps = rows(
            &docker,
            table("docker_image_history"),
            &["position", "created_by", "size"],
            equal("image_id", &wanted),
        )
        .await;
        assert_eq!(steps.len(), history.len());
        for (step, theirs) in steps.iter().zip(history.iter().rev()) {
            assert_eq!(step["created_by"], theirs.created_by);
            assert_eq!(step["size"], theirs.size);
        }
        let layers =
            rows(&docker, table("docker_image_layer"), &["diff_id"], equal("image_id", &wanted))
                .await;
        let layers: Vec<_> = layers.iter().map(|row| row["diff_id"].as_str().unwrap()).collect();
        assert_eq!(layers, inspect.root_fs.clone().unwrap().layers.unwrap());
        let inspect = serde_json::to_value(inspect).unwrap();
        let image = serde_json::to_value(image).unwrap();
        assert!(compare(images, row, &image, &inspect) > 15);
    }

    let volumes = table("docker_volume");
    let ours = rows(&docker, volumes, &names(volumes), Vec::new()).await;
    let theirs = bollard.list_volumes(None::<ListVolumesOptions>).await.unwrap().volumes.unwrap();
    assert_eq!(ours.len(), theirs.len());
    for volume in theirs {
        let row = ours.iter().find(|row| row["name"] == volume.name).unwrap();
        let volume = serde_json::to_value(volume).unwrap();
        assert!(compare(volumes, row, &volume, &volume) > 5);
        assert!(row["usage_size"].is_i64() && row["ref_count"].is_i64(), "{row:?}");
    }
}

#[tokio::test]
#[ignore = "needs a Docker engine"]
async fn the_version_and_the_disk_are_what_bollard_says() {
    let _alone = ALONE.lock().await;
    let url = url("DOCKER_ICC_ON");
    let (docker, bollard) = (docker(&url), bollard(&url).await);

    let versions = table("docker_version");
    let ours = rows(&docker, versions, &names(versions), Vec::new()).await;
    let theirs = serde_json::to_value(bollard.version().await.unwrap()).unwrap();
    assert!(compare(versions, &ours[0], &theirs, &Value::Null) > 8);
    assert_eq!(ours[0]["engine"], "Docker");
    assert_eq!(ours[0]["endpoint"], url);

    let columns = names(table("docker_disk_usage"));
    let ours = rows(&docker, table("docker_disk_usage"), &columns, Vec::new()).await;
    let images = bollard.list_images(None::<ListImagesOptions>).await.unwrap();
    let all = ListContainersOptionsBuilder::default().all(true).build();
    let containers = bollard.list_containers(Some(all)).await.unwrap();
    let volumes = bollard.list_volumes(None::<ListVolumesOptions>).await.unwrap().volumes.unwrap();
    let counts = [images.len(), containers.len(), volumes.len()];
    for (row, count) in ours.iter().zip(counts) {
        assert_eq!(row["total_count"], count, "{row:?}");
        assert!(row["active_count"].as_i64() > Some(0), "the lab uses some: {row:?}");
        assert!(row["size"].as_i64() >= row["reclaimable"].as_i64(), "{row:?}");
    }
    assert_eq!(ours.len(), 4);
}

#[tokio::test]
#[ignore = "needs a Docker engine"]
async fn every_network_has_the_containers_that_run_in_it() {
    let _alone = ALONE.lock().await;
    let docker = docker(&url("DOCKER_ICC_ON"));
    let columns = ["container_id", "network_name", "ipv4_address"];
    let ours = rows(&docker, table("docker_network_container"), &columns, Vec::new()).await;
    let containers =
        rows(&docker, table("docker_container"), &["id", "networks"], equal("state", &["running"]))
            .await;
    let mut joined = 0;
    for container in &containers {
        for (network, endpoint) in container["networks"].as_object().unwrap() {
            let row = ours.iter().find(|row| {
                row["container_id"] == container["id"] && row["network_name"] == *network
            });
            let row = row.unwrap_or_else(|| panic!("{} is not in {network}", container["id"]));
            let address = row["ipv4_address"].as_str().unwrap().split('/').next();
            assert_eq!(address, endpoint["IPAddress"].as_str());
            joined += 1;
        }
    }
    assert!(joined > 20 && ours.len() >= joined, "{joined}");
}

#[tokio::test]
#[ignore = "needs Podman and Docker engines"]
async fn every_engine_answers_tables_of_its_storage() {
    let _alone = ALONE.lock().await;
    for engine in ["DOCKER_ICC_ON", "DOCKER_ICC_OFF", "DOCKER_PODMAN"] {
        let docker = docker(&url(engine));
        for name in TABLES {
            let found = rows(&docker, table(name), &names(table(name)), Vec::new()).await;
            let may_be_empty = engine == "DOCKER_ICC_OFF" || name == "docker_build_cache";
            assert!(may_be_empty || !found.is_empty(), "{engine}: {name}");
        }
    }
}

/// The engine adds up its disk for one client at a time.
#[tokio::test]
#[ignore = "needs a Docker engine"]
async fn tables_of_the_disk_can_be_read_at_once() {
    let _alone = ALONE.lock().await;
    let docker = docker(&url("DOCKER_ICC_ON"));
    let usage = ["usage_size"];
    let (volumes, disk, cache, again) = tokio::join!(
        rows(&docker, table("docker_volume"), &usage, Vec::new()),
        rows(&docker, table("docker_disk_usage"), &["size"], Vec::new()),
        rows(&docker, table("docker_build_cache"), &["size"], Vec::new()),
        rows(&docker, table("docker_volume"), &usage, Vec::new()),
    );
    assert_eq!((disk.len(), volumes), (4, again));
    assert!(cache.iter().all(|record| record["size"].is_i64()));
}

#[tokio::test]
#[ignore = "needs Podman"]
async fn podman_has_no_plugins_and_says_so() {
    let docker = docker(&url("DOCKER_PODMAN"));
    let asked = request(&["name"], Vec::new());
    let error = scanned(&docker, table("docker_plugin"), asked).await.unwrap_err();
    assert!(error.contains("manages no plugins"), "{error}");
}

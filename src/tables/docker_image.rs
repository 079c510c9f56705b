//! `docker_image`: the images of one engine, but for those that are only steps of others.

use serde_json::value::RawValue;

use super::support::{inspect, list, unless_unknown, unless_zero_time, variable_names};
use crate::docker::Docker;
use crate::sdk::{
    Hydrate, List, Query, Reply, Rows, Table, flag, int, json, text, time, unix_time,
};

/// `GET /images/json`; what only an inspect knows comes from `GET /images/{id}/json`, the history from
/// `GET /images/{id}/history`.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_image",
    description: "Images of the Docker engine, but for those that are only steps of others.",
    list: List { name: "listImage", call: list_images },
    get: None, // an inspect lacks columns of the list, such as labels and containers
    columns: &[
        text     ("id",                "/Id",                   "ID of the image, with its algorithm, such as sha256:….").key(),
        unix_time("created",           "/Created",              "When the image was created; NULL if its builder did not write it down.").map(unless_zero_time),
        json     ("labels",            "/Labels",               "Labels of the image."),
        text     ("parent_id",         "/ParentId",             "ID of the image it was built upon; empty unless the classic builder of this engine built it."),
        json     ("repo_digests",      "/RepoDigests",          "Digests of its manifest by repository, known if it was pulled or pushed."),
        json     ("repo_tags",         "/RepoTags",             "Names with tags that refer to it."),
        int      ("size",              "/Size",                 "Bytes of all its layers."),
        int      ("virtual_size",      "/VirtualSize",          "The same as size; engines do not say it to clients of API 1.44 and newer."),
        // beyond the Go plugin
        flag     ("dangling",          "/RepoTags",             "True if no name with a tag refers to it.").map(is_dangling),
        int      ("containers",        "/Containers",           "Number of containers that use it, running or not; NULL on engines before API 1.51, which do not count them.").map(unless_unknown),
        int      ("shared_size",       "/SharedSize",           "Bytes of the layers that other images have, too; engines from API 1.42 on say; asking makes the engine walk its layers.").map(unless_unknown),
        json     ("descriptor",        "/Descriptor",           "Media type, digest and size of what the name refers to, on engines whose images lie in containerd."),
        json     ("manifests",         "/Manifests",            "Manifests of the platforms and attestations it has here, on engines whose images lie in containerd."),
        json     ("inspect",           "",                      "The whole reply of the inspect call.").from(&INSPECT),
        json     ("config",            "/Config",               "What containers of it start with: user, command, environment, health check and more.").from(&INSPECT),
        text     ("config_user",       "/Config/User",          "User, or user and group, of the process; empty or NULL is root.").from(&INSPECT),
        json     ("healthcheck",       "/Config/Healthcheck",   "The health check; NULL if there is none, its Test is NONE if it was switched off.").from(&INSPECT),
        json     ("env_names",         "/Config/Env",           "Names of the environment variables; their values are in config.").map(variable_names).from(&INSPECT),
        json     ("entrypoint",        "/Config/Entrypoint",    "Entry point as a list.").from(&INSPECT),
        json     ("cmd",               "/Config/Cmd",           "Command as a list.").from(&INSPECT),
        text     ("working_dir",       "/Config/WorkingDir",    "Directory that the process starts in; empty or NULL is the root.").from(&INSPECT),
        json     ("exposed_ports",     "/Config/ExposedPorts",  "Ports it declares, such as 80/tcp.").from(&INSPECT),
        json     ("volumes",           "/Config/Volumes",       "Paths that get a volume of their own in every container.").from(&INSPECT),
        json     ("shell",             "/Config/Shell",         "Shell of the instructions in shell form; NULL for the default.").from(&INSPECT),
        text     ("stop_signal",       "/Config/StopSignal",    "Signal that asks the process to end; NULL for SIGTERM.").from(&INSPECT),
        json     ("on_build",          "/Config/OnBuild",       "Instructions that run when another image is built upon it.").from(&INSPECT),
        text     ("architecture",      "/Architecture",         "Processor architecture it is for, such as amd64.").from(&INSPECT),
        text     ("variant",           "/Variant",              "Variant of the architecture, such as v8.").from(&INSPECT),
        text     ("os",                "/Os",                   "Operating system it is for.").from(&INSPECT),
        text     ("os_version",        "/OsVersion",            "Version of the operating system it is for; on Windows.").from(&INSPECT),
        text     ("author",            "/Author",               "Author, as the builder was told.").from(&INSPECT),
        text     ("comment",           "/Comment",              "Comment of whoever committed or imported it.").from(&INSPECT),
        text     ("docker_version",    "/DockerVersion",        "Version of the engine whose classic builder built it.").from(&INSPECT),
        json     ("layers",            "/RootFS/Layers",        "Digests of its layers, the lowest first.").from(&INSPECT),
        json     ("root_fs",           "/RootFS",               "Kind of its root file system, and the layers.").from(&INSPECT),
        json     ("graph_driver",      "/GraphDriver",          "Storage driver, and where its data lies on the host; NULL on engines whose images lie in containerd.").from(&INSPECT),
        time     ("last_tag_time",     "/Metadata/LastTagTime", "When this engine last gave it a tag; NULL if never.").from(&INSPECT),
        json     ("identity",          "/Identity",             "Where it came from and who signed it, as the engine verified; engines from API 1.53 on say.").from(&INSPECT),
        json     ("history",           "",                      "Steps that made it, the newest first; docker_image_history has one row for each.").from(&HISTORY),
    ],
};

static INSPECT: Hydrate<Docker> =
    Hydrate { name: "getImageInspect", key: "/Id", call: inspect_image };

static HISTORY: Hydrate<Docker> = Hydrate { name: "getImageHistory", key: "/Id", call: history };

/// Engines ignore what they do not know: `shared-size` before API 1.42, `manifests` before 1.47.
fn list_images<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    let mut options = Vec::new();
    if query.wants(&["shared_size"]) {
        options.push(("shared-size", "true"));
    }
    if query.wants(&["manifests"]) {
        options.push(("manifests", "true"));
    }
    list(docker, &["images", "json"], options, query)
}

fn inspect_image<'a>(docker: &'a Docker, id: &'a str) -> Reply<'a> {
    inspect(docker, "images", id, &["json"])
}

fn history<'a>(docker: &'a Docker, id: &'a str) -> Reply<'a> {
    inspect(docker, "images", id, &["history"])
}

/// Engines before API 1.43 name an image without tags `<none>:<none>`.
fn is_dangling(tags: &RawValue) -> Result<Option<String>, String> {
    let tags: Option<Vec<String>> =
        serde_json::from_str(tags.get()).map_err(|_| "expected a list of names".to_owned())?;
    let is_none = tags.unwrap_or_default().iter().all(|tag| tag == "<none>:<none>");
    Ok(Some(is_none.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_without_tags_is_dangling() {
        let dangling = |tags: &str| is_dangling(serde_json::from_str(tags).unwrap());
        for (tags, expected) in [
            ("null", "true"),
            ("[]", "true"),
            (r#"["<none>:<none>"]"#, "true"),
            (r#"["web:1"]"#, "false"),
        ] {
            assert_eq!(dangling(tags), Ok(Some(expected.to_owned())), "{tags}");
        }
        assert!(dangling(r#""web:1""#).is_err());
    }
}

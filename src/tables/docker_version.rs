//! `docker_version`: one row about the programs that make up the engine, and the API they speak.

use serde::Deserialize;
use serde_json::json as object;
use serde_json::value::RawValue;

use super::support::{fetch, rows, with_member};
use crate::docker::Docker;
use crate::sdk::{Error, List, Query, Rows, Table, flag, json, text};

/// `GET /version`, and under `connection` how the engine is reached.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_version",
    description: "Versions of the Docker engine, its components and its API; one row.",
    list: List { name: "listVersion", call: list_version },
    get: None,
    columns: &[
        text("engine",             "/connection/Engine",     "What answers: Docker or Podman."),
        text("version",            "/Version",               "Version of the engine."),
        text("platform",           "/Platform/Name",         "Product that the engine is part of; empty if it is none."),
        text("api_version",        "/ApiVersion",            "Newest version of the API that the engine speaks."),
        text("min_api_version",    "/MinAPIVersion",         "Oldest version of the API that the engine speaks."),
        text("used_api_version",   "/connection/ApiVersion", "Version of the API that this plugin speaks with the engine."),
        text("endpoint",           "/connection/Endpoint",   "Where the engine was reached, such as unix:///var/run/docker.sock."),
        text("os",                 "/Os",                    "Operating system of the engine."),
        text("arch",               "/Arch",                  "Processor architecture the engine was built for, such as amd64."),
        text("kernel_version",     "/KernelVersion",         "Version of the kernel."),
        flag("experimental",       "/Components",            "True if experimental features are on.").map(experimental),
        text("git_commit",         "/GitCommit",             "Commit that the engine was built from."),
        text("go_version",         "/GoVersion",             "Version of Go that the engine was built with."),
        text("build_time",         "/BuildTime",             "When the engine was built, as its builder wrote it."),
        text("containerd_version", "/Components",            "Version of containerd; NULL without it.").map(containerd),
        text("runc_version",       "/Components",            "Version of runc; NULL without it.").map(runc),
        text("init_version",       "/Components",            "Version of the program that runs as init in containers that ask for one.").map(init),
        json("components",         "/Components",            "The engine and its components, with name, version and details."),
    ],
};

fn list_version<'a>(docker: &'a Docker, _: &'a Query) -> Rows<'a> {
    rows(async move {
        let reply = fetch(docker, &["version"], &[]).await?;
        let (engine, endpoint) =
            (docker.engine().await?, docker.endpoint().await.map_err(Error::from)?);
        let connection = object!({
            "Engine": if engine.is_podman { "Podman" } else { "Docker" },
            "ApiVersion": engine.api_version.to_string(),
            "Endpoint": endpoint.host(),
        });
        Ok(vec![with_member(&reply, "connection", &connection.to_string())?])
    })
}

/// What columns are made of; a component without one of these has nothing to tell.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Component {
    name: String,
    version: String,
    details: Option<Details>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Details {
    experimental: Option<String>,
}

fn components(json: &RawValue) -> Result<Vec<Component>, String> {
    let components: Option<Vec<Component>> = serde_json::from_str(json.get())
        .map_err(|error| format!("expected a list of components: {error}"))?;
    Ok(components.unwrap_or_default())
}

fn version(json: &RawValue, name: &str) -> Result<Option<String>, String> {
    let found = components(json)?.into_iter().find(|component| component.name == name);
    Ok(found.map(|component| serde_json::Value::from(component.version).to_string()))
}

fn containerd(components: &RawValue) -> Result<Option<String>, String> {
    version(components, "containerd")
}

fn runc(components: &RawValue) -> Result<Option<String>, String> {
    version(components, "runc")
}

fn init(components: &RawValue) -> Result<Option<String>, String> {
    version(components, "docker-init")
}

/// Beside the components, the engine says so only if they are on.
fn experimental(json: &RawValue) -> Result<Option<String>, String> {
    let details =
        components(json)?.into_iter().find_map(|component| component.details?.experimental);
    Ok(details.filter(|text| matches!(text.as_str(), "true" | "false")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_tell_versions_and_experiments() {
        let docker: &RawValue = serde_json::from_str(
            r#"[{"Name":"Engine","Version":"29.0.1","Details":{"Experimental":"false"}},
                {"Name":"containerd","Version":"v2.1.5","Details":{"GitCommit":"x"}},{"Name":"docker-init","Version":"0.19.0"}]"#,
        )
        .unwrap();
        assert_eq!(containerd(docker), Ok(Some("\"v2.1.5\"".to_owned())));
        assert_eq!(init(docker), Ok(Some("\"0.19.0\"".to_owned())));
        assert_eq!(runc(docker), Ok(None));
        assert_eq!(experimental(docker), Ok(Some("false".to_owned())));
        let none: &RawValue = serde_json::from_str("null").unwrap();
        assert_eq!(experimental(none), Ok(None));
        assert!(containerd(serde_json::from_str("{}").unwrap()).is_err());
    }
}

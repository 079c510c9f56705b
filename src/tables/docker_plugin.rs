//! `docker_plugin`: the plugins that the engine itself manages, running or only installed.

use futures_util::StreamExt;

use super::support::{list, variable_names};
use crate::docker::Docker;
use crate::sdk::{Error, List, Query, Rows, Table, flag, json, text};

/// `GET /plugins`.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_plugin",
    description: "Plugins that the Docker engine manages, running or only installed.",
    list: List { name: "listPlugin", call: list_plugins },
    get: None,
    columns: &[
        text("id",                "/Id",                            "ID of the plugin.").key(),
        text("name",              "/Name",                          "Name of the plugin, with its tag.").key(),
        flag("enabled",           "/Enabled",                       "True if it runs."),
        text("plugin_reference",  "/PluginReference",               "Where it was pulled from."),
        text("description",       "/Config/Description",            "What its makers say it does."),
        text("documentation",     "/Config/Documentation",          "Where its makers describe it."),
        json("interface_types",   "/Config/Interface/Types",        "What it does for the engine, such as docker.volumedriver/1.0, docker.networkdriver/1.0 or docker.authz/1.0."),
        text("interface_socket",  "/Config/Interface/Socket",       "Name of the socket that the engine speaks with it through."),
        json("entrypoint",        "/Config/Entrypoint",             "Its program, as a list."),
        text("work_dir",          "/Config/WorkDir",                "Directory that its program starts in."),
        json("run_as",            "/Config/User",                   "User and group of its program, by number; an empty object is root."),
        text("network_type",      "/Config/Network/Type",           "Network it runs in: host, bridge or none."),
        json("capabilities",      "/Config/Linux/Capabilities",     "Capabilities it has beyond the usual ones."),
        flag("allow_all_devices", "/Config/Linux/AllowAllDevices",  "True if it may use every device of the host."),
        flag("pid_host",          "/Config/PidHost",                "True if it sees the processes of the host."),
        flag("ipc_host",          "/Config/IpcHost",                "True if it shares the IPC namespace of the host."),
        text("propagated_mount",  "/Config/PropagatedMount",        "Path inside whose mounts the host sees; empty if none."),
        json("mounts",            "/Settings/Mounts",               "Paths of the host it has, with their options."),
        json("devices",           "/Settings/Devices",              "Devices of the host it has."),
        json("args",              "/Settings/Args",                 "Arguments of its program."),
        json("env_names",         "/Settings/Env",                  "Names of its environment variables; their values are in settings.").map(variable_names),
        json("settings",          "/Settings",                      "What the user can set: mounts, variables, arguments and devices."),
        json("config",            "/Config",                        "What its makers set."),
    ],
};

/// A list that the engine does not know is a feature that it does not have: Podman has no such plugins.
fn list_plugins<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    let plugins = list(docker, &["plugins"], Vec::new(), query);
    plugins.map(|plugin| plugin.map_err(without_plugins)).boxed()
}

fn without_plugins(error: Error) -> Error {
    if error.is_not_found() {
        error.hint("this engine manages no plugins, as Podman does not: the table cannot be read")
    } else {
        error
    }
}

//! Makes the paths of a project absolute.
//! It must not look at the disk: a link stays a link.

use std::path::Path;

use serde_json::{Map, Value};

use super::{Fault, entries_mut, fault, items, workloads};
use crate::files::compose::path;

/// Paths are seen from the project's folder.
pub(super) fn absolute(
    document: &mut Value,
    folder: &Path,
    home: Option<&Path>,
) -> Result<(), Fault> {
    let seen = Seen { folder, home };
    for service in workloads(document) {
        seen.service(service);
    }
    for section in ["configs", "secrets"] {
        for (_, entry) in entries_mut(document, section) {
            seen.under(entry, "file");
        }
    }
    for (_, volume) in entries_mut(document, "volumes") {
        let local = volume.get("driver").is_some_and(|driver| driver == "local");
        if let Some(options) = volume.get_mut("driver_opts")
            && local
            && options.get("o").is_some_and(|o| o == "bind")
        {
            seen.under(options, "device");
        }
    }
    without_source(document)
}

/// Where paths are seen from.
#[derive(Clone, Copy)]
struct Seen<'p> {
    folder: &'p Path,
    home: Option<&'p Path>,
}

impl Seen<'_> {
    fn service(self, service: &mut Map<String, Value>) {
        if let Some(build) = service.get_mut("build") {
            self.build(build);
        }
        for file in items(service, "env_file") {
            self.under(file, "path");
        }
        for file in items(service, "label_file") {
            self.path(file);
        }
        for mount in items(service, "volumes") {
            self.mount(mount);
        }
        for hook in items(service, "pre_start").filter_map(Value::as_object_mut) {
            self.service(hook);
        }
        let watch = service.get_mut("develop").and_then(|develop| develop.get_mut("watch"));
        for trigger in watch.and_then(Value::as_array_mut).into_iter().flatten() {
            self.under(trigger, "path");
        }
    }

    fn build(self, build: &mut Value) {
        if let Some(context) = build.get_mut("context") {
            self.context(context);
        }
        for (_, context) in entries_mut(build, "additional_contexts") {
            self.context(context);
        }
        for (_, agent) in entries_mut(build, "ssh") {
            self.path(agent);
        }
    }

    fn mount(self, mount: &mut Value) {
        if mount.get("type").is_some_and(|kind| kind == "bind") {
            self.under(mount, "source");
        }
    }

    /// A folder to build in, unless it is elsewhere.
    fn context(self, context: &mut Value) {
        const ELSEWHERE: [&str; 4] = ["service:", "github.com/", "git@", "docker-image:"];
        let text = context.as_str().unwrap_or_default();
        let elsewhere =
            text.contains("://") || ELSEWHERE.iter().any(|prefix| text.starts_with(prefix));
        if !elsewhere {
            self.path(context);
        }
    }

    fn under(self, value: &mut Value, key: &str) {
        if let Some(path) = value.get_mut(key) {
            self.path(path);
        }
    }

    fn path(self, value: &mut Value) {
        if let Value::String(text) = value
            && !text.is_empty()
        {
            *text = path::absolute(self.folder, self.home, text);
        }
    }
}

/// A bind mount must say what it binds.
fn without_source(document: &Value) -> Result<(), Fault> {
    for (name, service) in super::entries(document, "services") {
        let mounts = service.get("volumes").and_then(Value::as_array);
        for (place, mount) in mounts.into_iter().flatten().enumerate() {
            let source = mount.get("source").and_then(Value::as_str).unwrap_or_default();
            if mount.get("type").is_some_and(|kind| kind == "bind") && source.is_empty() {
                let path = ["services", name, "volumes", &place.to_string()];
                return Err(fault(&path, "a mount of type bind needs a source"));
            }
        }
    }
    Ok(())
}

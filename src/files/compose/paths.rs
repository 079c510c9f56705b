//! The paths in a document, taken from one folder: files that are included or extended mean their own.
//! It must not know whether anything is there.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::path::{absolute, clean};

/// What relative paths start from.
#[derive(Clone, Copy)]
pub(super) struct Folder<'f> {
    /// The folder.
    pub(super) directory: &'f Path,
    /// What `~` means.
    pub(super) home: Option<&'f Path>,
}

/// The path of another file, as seen from a folder.
pub(super) fn join(directory: &Path, path: &str) -> PathBuf {
    PathBuf::from(clean(&absolute(directory, None, path)))
}

/// The folder of a file.
pub(super) fn parent(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Whether a file that is included or extended is on another machine.
pub(super) fn is_remote(path: &str) -> bool {
    is_repository(path) || path.starts_with("oci://")
}

fn is_repository(path: &str) -> bool {
    let starts = ["https://", "http://", "git://", "ssh://", "github.com/", "git@"];
    starts.iter().any(|start| path.starts_with(start))
}

impl Folder<'_> {
    /// Makes the relative paths of a document start from the folder.
    pub(super) fn rebase(self, document: &mut Value) {
        for kind in ["services", "jobs"] {
            for service in children(document.get_mut(kind)) {
                self.rebase_service(service);
            }
        }
        for kind in ["configs", "secrets"] {
            for resource in children(document.get_mut(kind)) {
                self.texts(resource.get_mut("file"));
            }
        }
        for volume in children(document.get_mut("volumes")) {
            let options = &volume["driver_opts"];
            if volume["driver"] == "local" && options["o"] == "bind" {
                self.texts(volume.pointer_mut("/driver_opts/device"));
            }
        }
    }

    fn rebase_service(self, service: &mut Value) {
        self.rebase_container(service);
        for hook in children(service.get_mut("pre_start")) {
            self.rebase_container(hook);
        }
        for rule in children(service.pointer_mut("/develop/watch")) {
            self.texts(rule.get_mut("path"));
        }
        let Some(build) = service.get_mut("build") else { return };
        self.contexts(build.get_mut("context"));
        self.contexts(build.get_mut("additional_contexts"));
        self.texts(build.get_mut("ssh"));
    }

    fn rebase_container(self, container: &mut Value) {
        for file in children(container.get_mut("env_file")) {
            self.texts(file.get_mut("path"));
        }
        self.texts(container.get_mut("label_file"));
        for mount in children(container.get_mut("volumes")) {
            if mount["type"] == "bind" {
                self.texts(mount.get_mut("source"));
            }
        }
    }

    fn texts(self, value: Option<&mut Value>) {
        replace(value, &|path| absolute(self.directory, self.home, path));
    }

    /// What is built from: a folder, a repository, an image or another service.
    fn contexts(self, value: Option<&mut Value>) {
        replace(value, &|context| {
            let elsewhere = context.contains("://")
                || context.starts_with("service:")
                || is_repository(context);
            if elsewhere {
                return context.to_owned();
            }
            absolute(self.directory, self.home, context)
        });
    }
}

/// What stands in a mapping or list.
fn children(value: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    let (entries, items) = value.map_or((None, None), |value| match value {
        Value::Object(entries) => (Some(entries.values_mut()), None),
        Value::Array(items) => (None, Some(items.iter_mut())),
        _ => (None, None),
    });
    entries.into_iter().flatten().chain(items.into_iter().flatten())
}

/// Replaces a text, or the texts in a mapping or list; an empty one stays.
fn replace(value: Option<&mut Value>, with: &dyn Fn(&str) -> String) {
    match value {
        Some(Value::String(text)) if !text.is_empty() => *text = with(text),
        value => {
            for child in children(value) {
                if let Value::String(text) = child
                    && !text.is_empty()
                {
                    *text = with(text);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_path_starts_from_the_folder() {
        let mut document = json!({
            "services": {"web": {
                "build": {"context": ".", "additional_contexts": {"a": "../a", "b": "https://x/y.git", "c": "service:db"}, "ssh": {"default": null, "key": "k"}},
                "env_file": [{"path": "./web.env"}, {"path": "/etc/web.env"}],
                "label_file": ["labels"],
                "develop": {"watch": [{"path": "src"}]},
                "volumes": [{"type": "bind", "source": "~/x", "target": "/x"}, {"type": "volume", "source": "x", "target": "/y"}],
                "pre_start": [{"env_file": [{"path": "hook.env"}]}],
            }, "none": null},
            "jobs": {"j": {"build": {"context": "git@github.com:a/b.git"}}},
            "configs": {"c": {"file": "c.conf"}, "d": {"content": "./x"}},
            "secrets": {"s": {"file": "C:\\s"}, "e": {"environment": "E"}},
            "volumes": {
                "v": {"driver": "local", "driver_opts": {"o": "bind", "device": "./v"}},
                "n": {"driver": "local", "driver_opts": {"o": "nfs", "device": ":/v"}},
                "z": null,
            },
        });
        let home = Path::new("/home/ann");
        Folder { directory: Path::new("/srv/app"), home: Some(home) }.rebase(&mut document);
        assert_eq!(
            document,
            json!({
                "services": {"web": {
                    "build": {"context": "/srv/app", "additional_contexts": {"a": "/srv/a", "b": "https://x/y.git", "c": "service:db"}, "ssh": {"default": null, "key": "/srv/app/k"}},
                    "env_file": [{"path": "/srv/app/web.env"}, {"path": "/etc/web.env"}],
                    "label_file": ["/srv/app/labels"],
                    "develop": {"watch": [{"path": "/srv/app/src"}]},
                    "volumes": [{"type": "bind", "source": "/home/ann/x", "target": "/x"}, {"type": "volume", "source": "x", "target": "/y"}],
                    "pre_start": [{"env_file": [{"path": "/srv/app/hook.env"}]}],
                }, "none": null},
                "jobs": {"j": {"build": {"context": "git@github.com:a/b.git"}}},
                "configs": {"c": {"file": "/srv/app/c.conf"}, "d": {"content": "./x"}},
                "secrets": {"s": {"file": "C:\\s"}, "e": {"environment": "E"}},
                "volumes": {
                    "v": {"driver": "local", "driver_opts": {"o": "bind", "device": "/srv/app/v"}},
                    "n": {"driver": "local", "driver_opts": {"o": "nfs", "device": ":/v"}},
                    "z": null,
                },
            })
        );
    }

    #[test]
    fn files_are_joined_to_the_folder() {
        for (directory, path, expected) in [
            ("/srv", "a.yml", "/srv/a.yml"),
            ("/srv/app", "../b.yml", "/srv/b.yml"),
            ("/srv", "/etc/./c.yml", "/etc/c.yml"),
            (".", "d.yml", "d.yml"),
        ] {
            assert_eq!(join(Path::new(directory), path), Path::new(expected), "{directory} {path}");
        }
        assert_eq!(parent(Path::new("compose.yml")), Path::new("."));
        assert_eq!(parent(Path::new("/a/compose.yml")), Path::new("/a"));
    }
}

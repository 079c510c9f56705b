//! The files that set a daemon up: its configuration, variables of its service, certificates.
//! It must not know what is in them.

use super::{Named, Paths, by_default, origin};
use crate::docker::daemon::Source;
use crate::host::Seen;

/// How deep certificates can lie below their folder; engines look one folder down.
const DEPTH: usize = 8;

impl Paths<'_> {
    pub(super) fn configuration(&mut self) {
        let folder = self.config_folder();
        let file = self.config_file(&folder);
        let certs = folder.clone().map(|folder| format!("{folder}/certs.d"));
        self.add("config_folder", by_default(folder));
        self.add("daemon_config", file);
        self.add("certs_folder", by_default(certs.clone()));
        match certs {
            Ok(folder) => self.registry_certificates(folder),
            Err(why) => self.add("registry_certificate", (Err(why), None)),
        }
        if !self.is_podman() {
            self.default("default_file", "/etc/default/docker");
            self.default("sysconfig_file", "/etc/sysconfig/docker");
            self.environment_files();
        }
    }

    fn config_folder(&self) -> Seen<String> {
        let place = &self.daemon.place;
        match (self.is_podman(), place.is_system()) {
            (false, _) => place.config_folder(),
            (true, true) => Ok("/etc/containers".to_owned()),
            (true, false) => place.home().map(|home| format!("{home}/.config/containers")),
        }
    }

    fn config_file(&self, folder: &Seen<String>) -> Named {
        if self.is_podman() {
            return by_default(folder.clone().map(|folder| format!("{folder}/containers.conf")));
        }
        let by_flag = self.setting("config-file");
        let by_flag = by_flag.filter(|setting| setting.source == Some(Source::Flag)).map(origin);
        let (path, default) = by_default(self.daemon.config.path.clone());
        (path, by_flag.or(default))
    }

    /// Those that the service names beside the usual ones.
    fn environment_files(&mut self) {
        let Some(unit) = self.unit_file("service_unit") else { return };
        let files = unit.text.environment_files().into_iter().map(|(path, _)| path);
        let others: Vec<String> = files
            .filter(|path| !matches!(*path, "/etc/default/docker" | "/etc/sysconfig/docker"))
            .map(str::to_owned)
            .collect();
        for path in others {
            let setting = Some("EnvironmentFile of docker.service".to_owned());
            self.add("environment_file", (Ok(Some(path)), setting));
        }
    }

    fn registry_certificates(&mut self, folder: String) {
        let mut folders = vec![(folder, 0)];
        while let Some((folder, depth)) = folders.pop() {
            let entries = match self.daemon.host.folder(&folder) {
                Ok(entries) => entries.unwrap_or_default(),
                Err(why) => {
                    let why = format!("{folder} cannot be read: {why}");
                    self.add("registry_certificate", (Err(why), Some(folder)));
                    continue;
                }
            };
            for path in entries {
                let seen = self.daemon.host.file(&path).ok().flatten();
                let path = match seen.filter(|file| file.kind == "directory") {
                    None => Ok(Some(path)),
                    // links below the first folders can lead in circles
                    Some(file) if depth < DEPTH && (depth == 0 || file.target.is_none()) => {
                        folders.push((path, depth + 1));
                        continue;
                    }
                    Some(_) => Err(format!("{path} lies too deep, or behind a link, to be read")),
                };
                self.add("registry_certificate", (path, Some(folder.clone())));
            }
        }
    }

    pub(super) fn certificates(&mut self) {
        for (purpose, key) in [
            ("tls_ca_certificate", "tlscacert"),
            ("tls_certificate", "tlscert"),
            ("tls_key", "tlskey"),
        ] {
            let named = self.named(key);
            self.add(purpose, named);
        }
        let (profile, setting) = self.named("seccomp-profile");
        let is_path =
            |name: &String| !matches!(name.as_str(), "builtin" | "unconfined" | "default");
        self.add("seccomp_profile", (profile.map(|profile| profile.filter(is_path)), setting));
    }
}

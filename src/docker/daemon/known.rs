//! What an engine itself says that tells more about its daemon.
//! It must not know the host.

use serde::Deserialize;

use crate::docker::{Docker, Error, Origin};

/// What is known before the host is looked at.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Known {
    /// Where the engine listens, such as `unix:///var/run/docker.sock`.
    pub endpoint: String,
    /// True for Podman's service.
    pub is_podman: bool,
    /// Version of the engine.
    pub version: Option<String>,
    /// Where it keeps its data, in a folder of its own if user namespaces are remapped.
    pub data_root: Option<String>,
    /// True if its daemon runs without root's rights.
    pub is_rootless: Option<bool>,
    /// Version of control groups, 1 or 2.
    pub cgroup_version: Option<String>,
}

impl Known {
    /// Asks the engine.
    ///
    /// # Errors
    /// It does not answer, or not as an engine does.
    pub async fn ask(docker: &Docker) -> Result<Self, Error> {
        let is_podman = docker.engine().await?.is_podman;
        let endpoint = docker.endpoint().await?;
        let endpoint = match endpoint.host() {
            "unix://" if *endpoint.origin() != Origin::Recording => "unix:///var/run/docker.sock",
            host => host,
        }
        .to_owned();
        let info = docker.get(&["info"], &[]).await?;
        Ok(Self { endpoint, is_podman, ..Self::of_info(&info) })
    }

    /// What is not there, or is not what an engine sends, is not known.
    fn of_info(info: &[u8]) -> Self {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Info {
            server_version: Option<String>,
            docker_root_dir: Option<String>,
            security_options: Option<Vec<String>>,
            cgroup_version: Option<String>,
        }
        let Ok(info) = serde_json::from_slice::<Info>(info) else { return Self::default() };
        let is_rootless = info.security_options.map(|options| {
            options.iter().any(|option| option.split(',').any(|part| part == "name=rootless"))
        });
        Self {
            version: info.server_version.filter(|version| !version.is_empty()),
            data_root: info.docker_root_dir.filter(|path| !path.is_empty()),
            is_rootless,
            cgroup_version: info.cgroup_version.filter(|version| !version.is_empty()),
            ..Self::default()
        }
    }

    /// The number before the first dot of the version.
    pub(super) fn major(&self) -> Option<u32> {
        let version = self.version.as_deref()?.trim_start_matches('v');
        version.split('.').next()?.parse().ok().filter(|_| version.contains('.'))
    }

    /// The path of its socket, if it listens on one.
    pub(super) fn socket(&self) -> Option<&str> {
        self.endpoint.strip_prefix("unix://").filter(|path| path.starts_with('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_tells_its_version_and_mode() {
        let known = Known::of_info(
            br#"{"ServerVersion": "20.10.24+dfsg1", "DockerRootDir": "/var/lib/docker", "SecurityOptions": ["name=seccomp,profile=default", "name=rootless"], "CgroupVersion": "2"}"#,
        );
        assert_eq!((known.major(), known.is_rootless), (Some(20), Some(true)));
        assert_eq!(known.data_root.as_deref(), Some("/var/lib/docker"));
        assert_eq!(Known::of_info(br#"{"SecurityOptions": null}"#), Known::default());
        assert_eq!(Known::of_info(b"[]"), Known::default());
        let dev = Known { version: Some("dev".to_owned()), ..Known::default() };
        assert_eq!(dev.major(), None);
    }
}

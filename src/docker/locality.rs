//! Whether the engine's host can be seen from here: it must be this very machine.
//! It must not know which facts are wanted; a doubt means that the host cannot be seen.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::net::UnixStream;
use tokio::sync::Mutex;

use super::endpoint::Endpoint;
use super::live::{self, Live};
use super::recorder::Recorder;
use super::{Error, request};
use crate::host::{Facts, Host, kernel_release};

/// How long a host that was found is taken for the engine's: as long as the tables of one query take.
const KNOWN_FOR: Duration = Duration::from_secs(5);

/// The host that was found last.
#[derive(Default)]
pub(super) struct Known(Mutex<Option<Last>>);

impl Known {
    /// The next query looks again; one that looks right now does so anyhow.
    pub(super) fn forget(&self) {
        if let Ok(mut last) = self.0.try_lock() {
            *last = None;
        }
    }
}

struct Last {
    since: Instant,
    endpoint: Arc<Endpoint>,
    host: Arc<Host>,
}

/// What an engine says of its host.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Info {
    name: Option<String>,
    kernel_version: Option<String>,
    #[serde(rename = "OSType")]
    os_type: Option<String>,
}

/// The host of a live engine, if it is this one.
pub(super) async fn host(
    live: &Live,
    known: &Known,
    root: Option<PathBuf>,
    recorder: Option<Recorder>,
) -> Result<Result<Arc<Host>, String>, Error> {
    let mut known = known.0.lock().await;
    let (endpoint, socket) = live.socket(recorder.as_ref()).await?;
    if let Some(last) = &*known
        && last.endpoint == endpoint
        // a recording shows one moment
        && (recorder.is_some() || last.since.elapsed() < KNOWN_FOR)
    {
        return Ok(Ok(Arc::clone(&last.host)));
    }
    *known = None;
    let Some(socket) = socket else {
        return Ok(Err(unseen(
            &endpoint,
            "this plugin must run on it, and use the engine's socket",
        )));
    };
    let info = info(live, recorder.as_ref()).await?;
    let peer = peer(&socket).await;
    let place = Arc::clone(&endpoint);
    let looked = tokio::task::spawn_blocking(move || {
        let seen = look(&info, peer, root).map_err(|why| unseen(&place, &why))?;
        Ok(Arc::new(with_recorder(seen, recorder)))
    });
    let host = looked.await.map_err(|error| Error::Interrupted { problem: error.to_string() })?;
    if let Ok(host) = &host {
        *known = Some(Last { since: Instant::now(), endpoint, host: Arc::clone(host) });
    }
    Ok(host)
}

/// The host of a recording, if facts of it were recorded; `file` is what messages call the recording.
pub(super) fn recorded(
    facts: Facts,
    file: &str,
    recorder: Option<Recorder>,
) -> Result<Arc<Host>, String> {
    let Some(host) = facts.host() else {
        return Err(format!("the recording `{file}` holds no facts of the host"));
    };
    match host.os.as_deref() {
        None | Some("linux") => Ok(Arc::new(with_recorder(Host::recorded(facts), recorder))),
        Some(other) => Err(format!("the host runs {other}: only Linux is looked at")),
    }
}

fn with_recorder(host: Host, recorder: Option<Recorder>) -> Host {
    match recorder {
        Some(recorder) => host.recording_to(Arc::new(move |fact| recorder.fact(fact))),
        None => host,
    }
}

async fn info(live: &Live, recorder: Option<&Recorder>) -> Result<Info, Error> {
    let target = request::target(&["info"], &[]);
    let (endpoint, mut reply) = live.get(&target, live.limit(&["info"]), recorder).await?;
    if let Some(recorder) = recorder {
        reply = recorder.reply(&target, reply)?;
    }
    if !(200..300).contains(&reply.status) {
        return Err(live::refusal(&endpoint, &target, reply.status, &reply.body));
    }
    // what is missing or odd is as good as a name that differs
    Ok(serde_json::from_slice(&reply.body).unwrap_or_default())
}

/// The process at the other end of a socket: 0 if it is where no process of this system is seen.
async fn peer(socket: &Path) -> Option<u32> {
    let stream = UnixStream::connect(socket).await.ok()?;
    u32::try_from(stream.peer_cred().ok()?.pid()?).ok()
}

/// Compares what the engine says of its host with what is here.
fn look(info: &Info, peer: Option<u32>, root: Option<PathBuf>) -> Result<Host, String> {
    if let Some(os) = info.os_type.as_deref().filter(|&os| os != "linux") {
        return Err(format!("it runs {os}, and only Linux is looked at"));
    }
    let kernel = kernel_release().map_err(|why| format!("the kernel here is not known: {why}"))?;
    let is_mounted = root.as_deref().is_some_and(|root| root != Path::new("/"));
    if let Some(root) = root.as_deref().filter(|root| !root.is_dir()) {
        return Err(format!("host_root {} is no folder", root.display()));
    }
    let host = Host::live(root);
    let name = match host.name() {
        Ok(name) => Some(name),
        Err(_) if is_mounted => None,
        Err(why) => return Err(format!("the name of this machine is not known: {why}")),
    };
    let (Some(its_name), Some(its_kernel)) = (&info.name, &info.kernel_version) else {
        return Err("it does not say which host it runs on".to_owned());
    };
    if *its_kernel != kernel || name.as_ref().is_some_and(|name| name != its_name) {
        let name = name.map_or(String::new(), |name| format!("`{name}` with "));
        return Err(format!(
            "it is `{its_name}` with kernel {its_kernel}, and here is {name}kernel {kernel}"
        ));
    }
    match peer {
        _ if !is_mounted && !has_hosts_root() => Err(IN_CONTAINER.to_owned()),
        Some(0) if !is_mounted => Err(IN_CONTAINER.to_owned()),
        Some(pid) if pid > 0 => Ok(host.with_engine(pid)),
        _ => Ok(host),
    }
}

const IN_CONTAINER: &str = "the engine runs outside of the container that this plugin runs in: mount its host's root and name it in host_root";

/// False if the first process of the system has another root, as it has for a container that sees all processes. Who
/// may not look at it is taken to be outside of containers.
fn has_hosts_root() -> bool {
    let place = |path: &str| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.dev(), metadata.ino()))
    };
    place("/proc/1/root/").is_none_or(|first| place("/") == Some(first))
}

fn unseen(endpoint: &Endpoint, why: &str) -> String {
    format!("the host of {} cannot be seen from here: {why}", endpoint.host())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(name: &str, kernel: &str) -> Info {
        Info {
            name: Some(name.to_owned()),
            kernel_version: Some(kernel.to_owned()),
            os_type: Some("linux".to_owned()),
        }
    }

    fn why(info: &Info, peer: Option<u32>, root: Option<&str>) -> String {
        look(info, peer, root.map(PathBuf::from)).err().unwrap_or_else(|| "seen".to_owned())
    }

    #[test]
    fn only_the_very_machine_is_looked_at() {
        let name = Host::live(None).name().unwrap();
        let kernel = kernel_release().unwrap();
        let here = info(&name, &kernel);
        assert_eq!(why(&here, Some(7), None), "seen");
        assert_eq!(why(&here, None, None), "seen");
        assert!(why(&here, Some(0), None).contains("host_root"));
        assert!(why(&info("elsewhere", &kernel), None, None).contains("it is `elsewhere`"));
        assert!(why(&info(&name, "6.0.0-x"), None, None).contains("kernel 6.0.0-x"));
        assert!(why(&Info::default(), None, None).contains("does not say"));
        let windows = Info { os_type: Some("windows".to_owned()), ..info(&name, &kernel) };
        assert!(why(&windows, None, None).contains("windows"));
    }

    #[test]
    fn a_mounted_root_is_compared_by_its_own_name() {
        let folder = crate::docker::testing::Folder::new();
        folder.write("etc/hostname", "web-1\n");
        let root = folder.path().to_str();
        let kernel = kernel_release().unwrap();
        assert_eq!(why(&info("web-1", &kernel), Some(0), root), "seen");
        assert!(why(&info("web-2", &kernel), Some(0), root).contains("here is `web-1`"));
        assert!(why(&info("web-1", &kernel), None, Some("/no/such")).contains("/no/such"));
    }
}

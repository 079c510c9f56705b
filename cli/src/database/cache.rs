//! Where the embedded PostgreSQL unpacks itself, and what to do where nothing can be written.
//! It must not know SQL, nor what the run is for.

use std::env;
use std::fs::{self, Permissions};
use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus};

use directories::ProjectDirs;
use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

use super::DatabaseError;

/// Set for the process we start with a private cache folder: it must not start another one.
const PRIVATE: &str = "DOCKER_COMPLIANCE_PRIVATE_CACHE";

/// Makes sure that the embedded PostgreSQL can unpack itself: call it before anything else, outside async code.
///
/// Where its cache folder cannot be written (no home, another user, a read-only root) the whole command runs once more,
/// as a child with a private temporary cache folder that is removed at the end. Then its exit code is given, and there
/// is nothing left to do but to return it.
pub(crate) fn prepare_cache() -> Result<Option<ExitCode>, DatabaseError> {
    let folder = folder();
    // without a home folder the engine does not even look at XDG_CACHE_HOME
    let variable = if folder.is_some() { "XDG_CACHE_HOME" } else { "HOME" };
    let problem = match &folder {
        None => "there is no home folder".to_owned(),
        Some(folder) => match check(folder) {
            Ok(()) => return Ok(None),
            Err(problem) => format!("`{}` cannot be used: {problem}", folder.display()),
        },
    };
    let failed = |problem: &str| {
        DatabaseError::Failed(format!(
            "the embedded PostgreSQL has no place to unpack itself: {problem}; set {variable} to a folder with 120 MB of room"
        ))
    };
    if env::var_os(PRIVATE).is_some() {
        return Err(failed(&problem));
    }
    let private = private_folder()
        .map_err(|error| failed(&format!("{problem}, and no temporary folder: {error}")))?;
    let path = private.path().display();
    // nobody to tell if stderr is closed
    let _ = writeln!(
        io::stderr(),
        "note: {problem}; this run unpacks the embedded PostgreSQL (99 MB) in `{path}` and removes it at the end\n\
         hint: set {variable} to a folder to keep it in"
    );
    let status = run_again(private.path(), folder.is_none());
    let status = status.map_err(|error| {
        failed(&format!("{problem}, and the command cannot be started again: {error}"))
    })?;
    // what a shell gives for a process that a signal has ended
    let code = status.code().unwrap_or(128 + status.signal().unwrap_or_default());
    Ok(Some(ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))))
}

/// The folder in which the engine keeps its unpacked files; it decides so itself. `None` without a home folder.
pub(super) fn folder() -> Option<PathBuf> {
    let folders = ProjectDirs::from("dev", "pglite-oxide", "pglite-oxide")?;
    Some(folders.cache_dir().to_owned())
}

/// Machine code is run from this folder: nobody but us and root may own it, and it must be writable.
fn check(folder: &Path) -> io::Result<()> {
    let existing = folder.ancestors().find_map(|folder| fs::metadata(folder).ok());
    let owner = existing.map_or(0, |folder| folder.uid());
    if owner != 0 && owner != geteuid().as_raw() {
        return Err(io::Error::other("it belongs to another user"));
    }
    fs::create_dir_all(folder)?;
    tempfile::tempfile_in(folder).map(drop)
}

/// A folder that only we can look into, removed when dropped.
pub(super) fn temporary_folder(parent: &Path, prefix: &str) -> io::Result<TempDir> {
    tempfile::Builder::new()
        .prefix(prefix)
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(parent)
}

fn private_folder() -> io::Result<TempDir> {
    let create = |parent: &Path| temporary_folder(parent, "docker-compliance-");
    // a container with a read-only root has at least /dev/shm
    create(&env::temp_dir()).or_else(|error| create(Path::new("/dev/shm")).map_err(|_| error))
}

fn run_again(cache: &Path, homeless: bool) -> io::Result<ExitStatus> {
    let mut arguments = env::args_os();
    let name = arguments.next().unwrap_or_default();
    let mut command = Command::new(env::current_exe()?);
    command.arg0(name).args(arguments).env("XDG_CACHE_HOME", cache).env(PRIVATE, "1");
    if homeless {
        command.env("HOME", cache);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangup = signal(SignalKind::hangup())?;
        let mut child = command.spawn()?;
        loop {
            tokio::select! {
                status = child.wait() => return status,
                // a terminal has told the child as well
                _ = interrupt.recv() => if !io::stdin().is_terminal() { forward(&child, Signal::INT) },
                _ = terminate.recv() => forward(&child, Signal::TERM),
                _ = hangup.recv() => forward(&child, Signal::HUP),
            }
        }
    })
}

fn forward(child: &Child, signal: Signal) {
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // it may have ended by now
        let _ = kill_process(pid, signal);
    }
}

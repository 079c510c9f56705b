//! Puts the plugin where Steampipe looks for it, and takes it away (protocol section 1.1, R-108).
//! It must not touch anything else below Steampipe's folder.
#![expect(clippy::disallowed_methods, reason = "a command for one person: nothing else runs")]

use std::fmt::Write;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where Steampipe looks for `plugin = "docker"`, below its folder.
const FOLDER: &str = "plugins/hub.steampipe.io/plugins/turbot/docker@latest";
const BINARY: &str = "steampipe-plugin-docker.plugin";
const CONFIG: &str = "config/docker.spc";
const SAMPLE: &str = include_str!("../config/docker.spc");

/// Copies this program to its place by rename, so that a running plugin keeps its file, and writes a sample of the
/// connection file if there is none. Returns what was done.
pub(crate) fn install(folder: Option<PathBuf>) -> Result<String, String> {
    let root = root(folder)?;
    let place = root.join(FOLDER);
    fs::create_dir_all(&place).map_err(|error| failed("create", &place, &error))?;
    let binary = place.join(BINARY);
    if let Some(other) = other_plugin(&place)? {
        return Err(format!(
            "{} lies beside it, and Steampipe takes none of two plugins in one folder: remove it first",
            other.display()
        ));
    }
    let replaced = binary.exists();
    put(&binary)?;
    let mut done =
        format!("{} {}\n", if replaced { "Replaced" } else { "Installed" }, binary.display());

    let config = root.join(CONFIG);
    if config.exists() {
        let _ = writeln!(done, "Kept {}", config.display());
    } else {
        let parent = config.parent().unwrap_or(&root);
        fs::create_dir_all(parent).map_err(|error| failed("create", parent, &error))?;
        fs::write(&config, SAMPLE).map_err(|error| failed("write", &config, &error))?;
        let _ = writeln!(done, "Wrote {}", config.display());
    }
    if replaced {
        done.push_str(
            "A plugin that runs goes on with the old file until `steampipe service restart`.\n",
        );
    }
    Ok(done)
}

/// Removes the program; the connection file is the user's.
pub(crate) fn uninstall(folder: Option<PathBuf>) -> Result<String, String> {
    let root = root(folder)?;
    let place = root.join(FOLDER);
    let binary = place.join(BINARY);
    match fs::remove_file(&binary) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(format!("{} is not there", binary.display()));
        }
        Err(error) => return Err(failed("remove", &binary, &error)),
    }
    // another file of the user's may keep the folder
    let _ = fs::remove_dir(&place);
    let mut done = format!("Removed {}\n", binary.display());
    let config = root.join(CONFIG);
    if config.exists() {
        let _ = writeln!(done, "Kept {}", config.display());
    }
    Ok(done)
}

fn root(folder: Option<PathBuf>) -> Result<PathBuf, String> {
    let set =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    folder
        .or_else(|| set("STEAMPIPE_INSTALL_DIR"))
        .or_else(|| set("HOME").map(|home| home.join(".steampipe")))
        .ok_or_else(|| {
            "no folder to install to: set --dir, STEAMPIPE_INSTALL_DIR or HOME".to_owned()
        })
}

/// Writes beside the target and renames: a running binary cannot be written to, and nobody sees half a file.
fn put(binary: &Path) -> Result<(), String> {
    let own = std::env::current_exe()
        .map_err(|error| format!("cannot find this program's own file: {error}"))?;
    let new = binary.with_extension(format!("{}.tmp", std::process::id()));
    let written = fs::copy(&own, &new)
        .and_then(|_| fs::set_permissions(&new, PermissionsExt::from_mode(0o755)))
        .and_then(|()| fs::File::open(&new)?.sync_all())
        .and_then(|()| fs::rename(&new, binary));
    written.map_err(|error| {
        let _ = fs::remove_file(&new);
        failed("write", binary, &error)
    })
}

/// A `*.plugin` file in the folder that is not ours.
fn other_plugin(place: &Path) -> Result<Option<PathBuf>, String> {
    let entries = fs::read_dir(place).map_err(|error| failed("read", place, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| failed("read", place, &error))?.path();
        if path.extension().is_some_and(|extension| extension == "plugin")
            && path.file_name() != Some(BINARY.as_ref())
        {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

fn failed(what: &str, path: &Path, error: &io::Error) -> String {
    format!("cannot {what} {}: {error}", path.display())
}

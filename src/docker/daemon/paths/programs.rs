//! The programs of an engine: of a process that runs, of a unit, else where a service looks for programs.
//! It must not know settings.

use super::{DEFAULT, Named, Paths};
use crate::host::Process;

/// Where a service of systemd looks for programs.
const FOLDERS: [&str; 6] =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

impl Paths<'_> {
    pub(super) fn programs(&mut self) {
        let (daemon, cli) =
            if self.is_podman() { ("podman", "podman") } else { ("dockerd", "docker") };
        let process = self.daemon.process.clone().ok();
        let named = self.program(daemon, process.as_ref(), "service_unit", &[]);
        let beside = folder_of(&named);
        self.add("daemon_binary", named);
        let named = self.searched(cli, &[]);
        self.add("cli_binary", named);
        if self.is_podman() {
            return;
        }
        let process = self.containerd_process();
        let named =
            self.program("containerd", process.as_ref(), "containerd_unit", beside.as_slice());
        let folders: Vec<String> = beside.into_iter().chain(folder_of(&named)).collect();
        self.add("containerd_binary", named);
        for (purpose, program) in [
            ("containerd_shim", "containerd-shim"),
            ("containerd_shim_runc_v1", "containerd-shim-runc-v1"),
            ("containerd_shim_runc_v2", "containerd-shim-runc-v2"),
            ("runc_binary", "runc"),
        ] {
            let named = self.searched(program, &folders);
            self.add(purpose, named);
        }
    }

    /// The program of a process; if there is none, or its file cannot be seen, that which its unit starts.
    fn program(
        &self,
        program: &str,
        process: Option<&Process>,
        unit: &str,
        folders: &[String],
    ) -> Named {
        let of_process = process.and_then(|process| {
            let first = process.argv.first().filter(|word| word.starts_with('/'));
            process
                .exe
                .as_ref()
                .or(first)
                .map(|path| path.trim_end_matches(" (deleted)").to_owned())
        });
        if let Some(path) = of_process {
            return (Ok(Some(path)), Some("process".to_owned()));
        }
        let of_unit = self.unit_file(unit).and_then(|unit| {
            let command = unit.text.exec_start().into_iter().next_back()?;
            let path = command.into_iter().next()?;
            path.ends_with(&format!("/{program}")).then_some(path)
        });
        match (of_unit, self.unit(unit)) {
            (Some(path), Some(unit)) => {
                (Ok(Some(path)), Some(format!("ExecStart of {}", unit.name)))
            }
            _ => self.searched(program, folders),
        }
    }

    /// Where a program would be found; the usual place if it is nowhere.
    fn searched(&self, program: &str, more: &[String]) -> Named {
        let is_system = self.daemon.place.is_system();
        let usual = FOLDERS.iter().map(|folder| (*folder).to_owned());
        let more = more.iter().cloned();
        // a user's daemon is often installed in that user's home, with all its programs
        let folders: Vec<String> =
            if is_system { usual.chain(more).collect() } else { more.chain(usual).collect() };
        for folder in folders {
            let path = format!("{folder}/{program}");
            match self.daemon.host.file(&path) {
                Ok(Some(file)) if file.kind != "directory" && file.kind != "symlink" => {
                    return (Ok(Some(path)), Some("search path".to_owned()));
                }
                Ok(_) => {}
                Err(why) => {
                    let why = format!("{path} cannot be seen: {why}");
                    return (Err(why), Some("search path".to_owned()));
                }
            }
        }
        (Ok(Some(format!("/usr/bin/{program}"))), Some(DEFAULT.to_owned()))
    }
}

fn folder_of((path, _): &Named) -> Option<String> {
    let path = path.as_ref().ok()?.as_ref()?;
    path.rsplit_once('/').map(|(folder, _)| folder.to_owned())
}

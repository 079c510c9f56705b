//! The plugin binary: serves a Steampipe host, or helps the person who starts it.
//! Everything else is in the library.

use std::io::{self, Write};
use std::process::ExitCode;

use steampipe_plugin_docker::{PLUGIN, sdk, wire};

mod install;

const HELP: &str = "\
A Steampipe plugin that exposes Docker engines as SQL tables.

Usage: steampipe-plugin-docker COMMAND

Commands:
  install [--dir DIR] [--uninstall]  Put this plugin where Steampipe finds it, or take it away again
  schema [--output json|md]          Print the tables and their columns

Options:
  --dir DIR      Steampipe's folder (default: $STEAMPIPE_INSTALL_DIR, else ~/.steampipe)
  -V, --version  Print the version
  -h, --help     Print this help
";

fn main() -> ExitCode {
    if wire::started_by_host() {
        return wire::serve(&PLUGIN);
    }
    if std::env::args_os().len() < 2 {
        let _ = io::stderr().write_all(wire::NOT_A_HOST.as_bytes());
        return ExitCode::FAILURE;
    }
    match run(lexopt::Parser::from_env()) {
        Ok(text) => {
            // a reader that has seen enough is no failure
            let _ = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "Error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut arguments: lexopt::Parser) -> Result<String, lexopt::Error> {
    use lexopt::Arg::{Long, Short, Value};
    match arguments.next()? {
        Some(Short('h') | Long("help")) | None => Ok(HELP.to_owned()),
        Some(Short('V') | Long("version")) => Ok(version()),
        Some(Value(command)) if command == "schema" => schema(arguments),
        Some(Value(command)) if command == "install" => {
            let mut folder = None;
            let mut uninstall = false;
            while let Some(argument) = arguments.next()? {
                match argument {
                    Long("dir") => folder = Some(arguments.value()?.into()),
                    Long("uninstall") => uninstall = true,
                    other => return Err(other.unexpected()),
                }
            }
            let result =
                if uninstall { install::uninstall(folder) } else { install::install(folder) };
            result.map_err(lexopt::Error::from)
        }
        Some(other) => Err(other.unexpected()),
    }
}

fn version() -> String {
    match env!("COMMIT") {
        "" => format!("{} v{}\n", PLUGIN.name, PLUGIN.version),
        commit => format!("{} v{} ({commit})\n", PLUGIN.name, PLUGIN.version),
    }
}

fn schema(mut arguments: lexopt::Parser) -> Result<String, lexopt::Error> {
    let mut markdown = true;
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("output") => {
                let format = arguments.value()?;
                markdown = match format.to_str() {
                    Some("md") => true,
                    Some("json") => false,
                    _ => {
                        return Err(
                            format!("--output is json or md, not {}", format.display()).into()
                        );
                    }
                };
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(if markdown {
        sdk::docs::markdown(PLUGIN.tables)
    } else {
        format!("{:#}\n", sdk::docs::schema(PLUGIN.tables))
    })
}

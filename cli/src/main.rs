//! `docker-compliance`: runs the controls of a Powerpipe mod on Docker engines, with a PostgreSQL of its own.

mod args;
#[cfg(test)]
mod catalogue;
mod collect;
mod database;
mod engine;
#[cfg(test)]
mod examples;
mod mods;
mod output;
mod reads;
mod report;
mod run;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod verdicts;

use std::fmt::Display;
use std::io::{self, Write as _};
use std::process::ExitCode;

use args::{
    Arguments, BenchmarkCommand, Command, ControlCommand, CsvArguments, ListCommand, ModArguments,
    QueryCommand, RunArguments, TableCommand,
};
use clap::Parser as _;
use mods::{Mod, Source, VariableInputs};
use output::{Options, list, render_query, render_report, show};
use run::Target;
use steampipe_plugin_docker::tables::ALL;

/// The mod that comes with the program: file names and texts.
static MOD: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/mod.rs"));

/// A run that came to no report: exit code, and what to say.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// Cannot start: no engine, no such control, a mod that does not load.
    pub(crate) fn start(message: impl Display) -> Self {
        Self { code: 250, message: message.to_string() }
    }

    /// Input that is missing or makes no sense.
    pub(crate) fn input(message: impl Display) -> Self {
        Self { code: 254, message: message.to_string() }
    }

    /// A query that failed.
    fn query(message: impl Display) -> Self {
        Self { code: 41, message: message.to_string() }
    }
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let asked_for = error.exit_code() == 0;
            // nobody may be reading
            let _ = error.print();
            return ExitCode::from(if asked_for { 0 } else { 255 });
        }
    };
    let result = prepare(&arguments.command).and_then(|started_again| {
        if let Some(code) = started_again {
            return Ok((code, String::new()));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let (code, text) =
            runtime.map_err(Failure::start)?.block_on(execute(&arguments.command))?;
        Ok((ExitCode::from(code), text))
    });
    match result {
        Ok((code, text)) => match io::stdout()
            .write_all(text.as_bytes())
            .and_then(|()| io::stdout().flush())
        {
            // a reader that has seen enough is no failure
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => fail(&Failure::start(error)),
            _ => code,
        },
        Err(failure) => fail(&failure),
    }
}

fn fail(failure: &Failure) -> ExitCode {
    let _ = writeln!(io::stderr(), "Error: {}", failure.message);
    ExitCode::from(failure.code)
}

/// Makes room for the embedded database, where one is needed. An exit code means that the command has run already, as
/// a child with a place of its own to write to.
fn prepare(command: &Command) -> Result<Option<ExitCode>, Failure> {
    let source = match command {
        Command::Benchmark(BenchmarkCommand::Run { run, dry_run: false })
        | Command::Control(ControlCommand::Run { run, .. }) => &run.source,
        Command::Query(QueryCommand::Run { source, .. }) => source,
        _ => return Ok(None),
    };
    match source.database {
        Some(_) => Ok(None),
        None => database::prepare_cache().map_err(Failure::start),
    }
}

/// The exit code, and what to print.
async fn execute(command: &Command) -> Result<(u8, String), Failure> {
    let listed = |text: String| Ok((0, text));
    match command {
        Command::Benchmark(BenchmarkCommand::Run { run, dry_run }) => {
            let loaded = load(&run.source.mods)?;
            let targets = benchmarks(&loaded, &run.names)?;
            report(&loaded, &targets, &[], run, *dry_run).await
        }
        Command::Control(ControlCommand::Run { run, arguments }) => {
            let loaded = load(&run.source.mods)?;
            let targets = run.names.iter().map(|name| loaded.control(name).map(Target::Control));
            let targets = targets.collect::<Result<Vec<_>, _>>().map_err(Failure::start)?;
            report(&loaded, &targets, arguments, run, false).await
        }
        Command::Query(QueryCommand::Run { query, arguments, output, csv, source }) => {
            let loaded = load(&source.mods)?;
            let run = run::query(&loaded, query, arguments, source).await?;
            match &run.result {
                Ok(_) => Ok((0, render_query(&run, *output, &options(csv)))),
                Err(error) => Err(Failure::query(error)),
            }
        }
        Command::Benchmark(BenchmarkCommand::List(given)) => {
            listed(list::benchmarks(&load(&given.mods)?, given.output))
        }
        Command::Control(ControlCommand::List(given)) => {
            listed(list::controls(&load(&given.mods)?, given.output))
        }
        Command::Query(QueryCommand::List(given)) => {
            listed(list::queries(&load(&given.mods)?, given.output))
        }
        Command::Variable(ListCommand::List(given)) => {
            listed(list::variables(&load(&given.mods)?, given.output))
        }
        Command::Dashboard(ListCommand::List(given)) => {
            listed(list::dashboards(&load(&given.mods)?, given.output))
        }
        Command::Table(TableCommand::List { output }) => listed(list::tables(ALL, *output)),
        Command::Benchmark(BenchmarkCommand::Show(given)) => {
            let loaded = load(&given.mods)?;
            let found = loaded.benchmark(&given.name).map_err(Failure::start)?;
            listed(show::benchmark(&loaded, found, given.output))
        }
        Command::Control(ControlCommand::Show(given)) => {
            let loaded = load(&given.mods)?;
            let found = loaded.control(&given.name).map_err(Failure::start)?;
            listed(show::control(&loaded, found, given.output))
        }
        Command::Query(QueryCommand::Show(given)) => {
            let loaded = load(&given.mods)?;
            let found = loaded.query(&given.name).map_err(Failure::start)?;
            listed(show::query(&loaded, found, given.output))
        }
        Command::Variable(ListCommand::Show(given)) => {
            let loaded = load(&given.mods)?;
            let found = loaded.variable(&given.name).map_err(Failure::start)?;
            listed(show::variable(&loaded, found, given.output))
        }
        Command::Dashboard(ListCommand::Show(given)) => {
            let loaded = load(&given.mods)?;
            let found = loaded.dashboard(&given.name).map_err(Failure::start)?;
            listed(show::dashboard(&loaded, found, given.output))
        }
        Command::Table(TableCommand::Show { name, output }) => {
            let found = ALL.iter().find(|table| table.name == *name);
            let found = found
                .ok_or_else(|| Failure::start(format!("no table '{name}'; see table list")))?;
            listed(show::table(found, *output))
        }
    }
}

/// The mod with the user's variables; its warnings go to stderr.
fn load(given: &ModArguments) -> Result<Mod, Failure> {
    let source = match &given.mod_location {
        Some(folder) => Source::folder(folder).map_err(Failure::start)?,
        None => Source::embedded(MOD),
    };
    let inputs = VariableInputs {
        flags: given.variables.clone(),
        files: given.variable_files.clone(),
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
    };
    let loaded = mods::load(&source, &inputs).map_err(Failure::start)?;
    for warning in &loaded.warnings {
        let _ = writeln!(io::stderr(), "Warning: {warning}");
    }
    Ok(loaded)
}

/// The benchmarks of these names; `all` is every one of the mod.
fn benchmarks<'m>(loaded: &'m Mod, names: &[String]) -> Result<Vec<Target<'m>>, Failure> {
    let mut targets = Vec::new();
    for name in names {
        if name == "all" {
            targets.extend(loaded.benchmarks.iter().map(Target::Benchmark));
        } else {
            targets.push(Target::Benchmark(loaded.benchmark(name).map_err(Failure::start)?));
        }
    }
    Ok(targets)
}

async fn report(
    loaded: &Mod,
    targets: &[Target<'_>],
    arguments: &[(String, String)],
    given: &RunArguments,
    dry_run: bool,
) -> Result<(u8, String), Failure> {
    let report = run::targets(loaded, targets, arguments, &given.source, dry_run).await?;
    Ok((report.exit_code(), render_report(&report, given.output, &options(&given.csv))))
}

fn options(csv: &CsvArguments) -> Options {
    let variable = |name: &str| std::env::var(name).ok();
    Options { header: csv.header, separator: csv.separator, ..Options::for_stdout(variable) }
}

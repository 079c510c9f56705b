//! The command line: verbs and flags as Powerpipe has them, and those that name an engine.
//! It must not do anything.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

use crate::output::list::ListFormat;
use crate::output::{QueryFormat, ReportFormat, parse_separator};

/// Checks Docker engines with the controls of a Powerpipe mod, on a PostgreSQL of its own.
#[derive(Debug, Parser)]
#[command(name = "docker-compliance", version = version(), arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

fn version() -> &'static str {
    concat!("v", env!("CARGO_PKG_VERSION"))
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run, list or show benchmarks
    #[command(subcommand)]
    Benchmark(BenchmarkCommand),
    /// Run, list or show controls
    #[command(subcommand)]
    Control(ControlCommand),
    /// Run, list or show queries
    #[command(subcommand)]
    Query(QueryCommand),
    /// List or show the variables of the mod
    #[command(subcommand)]
    Variable(ListCommand),
    /// List or show the dashboards of the mod
    #[command(subcommand)]
    Dashboard(ListCommand),
    /// List or show the tables that queries can read
    #[command(subcommand)]
    Table(TableCommand),
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one of them")]
pub(crate) enum BenchmarkCommand {
    /// Run benchmarks: all their controls
    Run {
        #[command(flatten)]
        run: RunArguments,
        /// Show what would run, and run nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// List the benchmarks
    List(ListArguments),
    /// Show one benchmark
    Show(ShowArguments),
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one of them")]
pub(crate) enum ControlCommand {
    /// Run controls
    Run {
        #[command(flatten)]
        run: RunArguments,
        /// An argument of the control, as name=value
        #[arg(long = "arg", value_name = "NAME=VALUE", value_parser = parse_pair)]
        arguments: Vec<(String, String)>,
    },
    /// List the controls
    List(ListArguments),
    /// Show one control
    Show(ShowArguments),
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one of them")]
pub(crate) enum QueryCommand {
    /// Run a query of the mod, or SQL
    Run {
        /// Name of a query, or SQL
        #[arg(value_name = "NAME|SQL")]
        query: String,
        /// An argument of the query, as name=value
        #[arg(long = "arg", value_name = "NAME=VALUE", value_parser = parse_pair)]
        arguments: Vec<(String, String)>,
        /// snapshot, pps, csv, json, line, table or none
        #[arg(long, default_value = "snapshot", value_name = "FORMAT")]
        output: QueryFormat,
        #[command(flatten)]
        csv: CsvArguments,
        #[command(flatten)]
        source: SourceArguments,
    },
    /// List the queries
    List(ListArguments),
    /// Show one query
    Show(ShowArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ListCommand {
    /// List them
    List(ListArguments),
    /// Show one
    Show(ShowArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum TableCommand {
    /// List the tables
    List {
        /// pretty, plain, yaml or json
        #[arg(long, default_value = "pretty", value_name = "FORMAT")]
        output: ListFormat,
    },
    /// Show the columns of a table
    Show {
        /// Name of the table
        name: String,
        /// pretty, plain, yaml or json
        #[arg(long, default_value = "pretty", value_name = "FORMAT")]
        output: ListFormat,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// Names, as x, control.x or mod.control.x; `benchmark run all` is every benchmark
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// text, brief, csv, json, snapshot, pps or none
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    pub(crate) output: ReportFormat,
    #[command(flatten)]
    pub(crate) csv: CsvArguments,
    #[command(flatten)]
    pub(crate) source: SourceArguments,
}

#[derive(Debug, Args)]
pub(crate) struct CsvArguments {
    /// Whether CSV begins with the names of the columns
    #[arg(long, default_value_t = true, action = ArgAction::Set, num_args = 0..=1, default_missing_value = "true", require_equals = true, value_name = "BOOL")]
    pub(crate) header: bool,
    /// What separates the cells of CSV
    #[arg(long, default_value = ",", value_parser = parse_separator, value_name = "CHARACTER")]
    pub(crate) separator: char,
}

/// Where mod, rows and database come from.
#[derive(Debug, Args)]
pub(crate) struct SourceArguments {
    #[command(flatten)]
    pub(crate) engine: EngineArguments,
    #[command(flatten)]
    pub(crate) mods: ModArguments,
    /// Run on an existing PostgreSQL: a running Steampipe as it is, any other with our tables as temporary ones
    #[arg(long, value_name = "URL", help_heading = "Database")]
    pub(crate) database: Option<String>,
    /// Seconds that one query may take
    #[arg(long, default_value_t = 300,
        value_parser = clap::value_parser!(u64).range(1..=2_147_483), value_name = "SECONDS", help_heading = "Database")]
    pub(crate) query_timeout: u64,
    /// Schemas to search instead of the server's, in order
    #[arg(
        long,
        value_delimiter = ',',
        conflicts_with = "search_path_prefix",
        value_name = "SCHEMAS",
        help_heading = "Database"
    )]
    pub(crate) search_path: Vec<String>,
    /// Schemas to search before the server's, in order
    #[arg(long, value_delimiter = ',', value_name = "SCHEMAS", help_heading = "Database")]
    pub(crate) search_path_prefix: Vec<String>,
    /// Whether progress is shown, on stderr if it is a terminal
    #[arg(long, help_heading = "Database", default_value_t = true, action = ArgAction::Set, num_args = 0..=1, default_missing_value = "true", require_equals = true, value_name = "BOOL")]
    pub(crate) progress: bool,
}

/// The engine to ask: as the docker command finds it, unless one of these says otherwise.
#[derive(Debug, Args)]
#[command(next_help_heading = "Engine")]
pub(crate) struct EngineArguments {
    /// Where the engine listens: unix://, tcp://, https:// or ssh://
    #[arg(long, short = 'H', value_name = "URL", group = "engine")]
    pub(crate) host: Option<String>,
    /// A context of the docker command
    #[arg(long, value_name = "NAME", group = "engine")]
    pub(crate) context: Option<String>,
    /// Play back a recording instead of asking an engine
    #[arg(long, value_name = "FILE", group = "engine")]
    pub(crate) from: Option<PathBuf>,
    /// Play back the sample host that comes with this program
    #[arg(long, group = "engine")]
    pub(crate) sample: bool,
    /// Record what the engine says, with secrets masked
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "sample"])]
    pub(crate) record: Option<PathBuf>,
    /// Where the root of the engine's host is mounted, if this runs in a container of it
    #[arg(long, value_name = "DIR")]
    pub(crate) host_root: Option<PathBuf>,
    /// Show the values of containers' environment variables, which often are secrets
    #[arg(long)]
    pub(crate) show_secrets: bool,
    /// Dockerfiles for the table that reads them; * and ** work
    #[arg(long = "dockerfile", value_name = "GLOB", help_heading = "Files")]
    pub(crate) dockerfiles: Vec<String>,
    /// Compose files for the tables that read them; * and ** work
    #[arg(long = "compose-file", value_name = "GLOB", help_heading = "Files")]
    pub(crate) compose_files: Vec<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Mod")]
pub(crate) struct ModArguments {
    /// Folder of a mod, instead of the one that comes with this program
    #[arg(long, value_name = "DIR")]
    pub(crate) mod_location: Option<PathBuf>,
    /// A variable of the mod, as name=value
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = parse_pair)]
    pub(crate) variables: Vec<(String, String)>,
    /// A file of variables
    #[arg(long = "var-file", value_name = "FILE")]
    pub(crate) variable_files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// pretty, plain, yaml or json
    #[arg(long, default_value = "pretty", value_name = "FORMAT")]
    pub(crate) output: ListFormat,
    #[command(flatten)]
    pub(crate) mods: ModArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Its name, as x, type.x or mod.type.x
    pub(crate) name: String,
    /// pretty, plain, yaml or json
    #[arg(long, default_value = "pretty", value_name = "FORMAT")]
    pub(crate) output: ListFormat,
    #[command(flatten)]
    pub(crate) mods: ModArguments,
}

fn parse_pair(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(name, value)| (name.trim().to_owned(), value.to_owned()))
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| format!("`{text}` is not name=value"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_declaration_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn pairs_keep_what_follows_the_first_equals_sign() {
        assert_eq!(parse_pair("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(parse_pair("a").is_err() && parse_pair("=a").is_err());
    }
}

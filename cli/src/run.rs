//! A run: which queries the targets need, the picture of the engine they read, and the report of what they gave.
//! It must not know formats, nor how tables are scanned.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use jiff::Timestamp;
use steampipe_plugin_docker::sdk;

use crate::Failure;
use crate::args::SourceArguments;
use crate::collect::{self, Scanned};
use crate::database::{self, Database, DatabaseError};
use crate::engine::{self, Engine};
use crate::mods::{Benchmark, Control, Mod, Statement};
use crate::reads::Reads;
use crate::report::{
    Column, ControlRun, Group, Node, Outcome, QueryParam, QueryRun, Report, ResultSet,
};

/// What the user asked to run.
#[derive(Clone, Copy)]
pub(crate) enum Target<'m> {
    Benchmark(&'m Benchmark),
    Control(&'m Control),
}

/// Runs the targets, each control once; or only lists them.
pub(crate) async fn targets(
    loaded: &Mod,
    targets: &[Target<'_>],
    arguments: &[(String, String)],
    source: &SourceArguments,
    dry_run: bool,
) -> Result<Report, Failure> {
    let start = Timestamp::now();
    let mut controls = BTreeMap::new();
    for target in targets {
        match target {
            Target::Control(control) => {
                controls.insert(control.resource.full_name.as_str(), *control);
            }
            Target::Benchmark(benchmark) => find_controls(loaded, benchmark, &mut controls),
        }
    }
    let outcomes = if dry_run {
        BTreeMap::new()
    } else {
        run_controls(loaded, &controls, arguments, source).await?
    };
    let mut root = Group::root(match targets {
        [Target::Benchmark(only)] => only.resource.title.clone().unwrap_or_default(),
        [Target::Control(only)] => only.resource.title.clone().unwrap_or_default(),
        _ => String::new(),
    });
    for target in targets {
        root.add(match target {
            Target::Benchmark(benchmark) => Node::Group(group(loaded, benchmark, &outcomes)),
            Target::Control(control) => Node::Control(control_run(control, &outcomes)),
        });
    }
    Ok(Report {
        root,
        mod_name: loaded.name.clone(),
        variables: loaded
            .variables
            .iter()
            .map(|found| (found.resource.name.clone(), found.value.clone()))
            .collect(),
        start,
        end: Timestamp::now(),
        dry_run,
    })
}

/// Runs a query of the mod, or SQL as it is typed.
pub(crate) async fn query(
    loaded: &Mod,
    name: &str,
    arguments: &[(String, String)],
    source: &SourceArguments,
) -> Result<QueryRun, Failure> {
    let (title, statement, params) = match loaded.query(name) {
        Ok(query) => {
            let params = query.params.iter().map(|param| QueryParam {
                name: param.name.clone(),
                description: param.description.clone(),
                default: param.default.clone().unwrap_or_default(),
            });
            let statement = query.statement(arguments).map_err(Failure::input)?;
            (query.resource.title.clone().unwrap_or_default(), statement, params.collect())
        }
        // a name has no space, SQL has
        Err(error) if !name.contains(char::is_whitespace) => return Err(Failure::start(error)),
        Err(_) => {
            let statement = Statement { sql: name.to_owned(), arguments: Vec::new() };
            (String::new(), statement, Vec::new())
        }
    };
    let start = Timestamp::now();
    let mut session = Session::open(&[&statement.sql], source).await?;
    let result = session.query(&statement).map_err(|error| error.to_string());
    session.close()?;
    Ok(QueryRun {
        title,
        args: statement.arguments.into_iter().map(Into::into).collect(),
        sql: statement.sql,
        params,
        start,
        end: Timestamp::now(),
        result,
    })
}

fn find_controls<'m>(
    loaded: &'m Mod,
    benchmark: &Benchmark,
    controls: &mut BTreeMap<&'m str, &'m Control>,
) {
    for child in &benchmark.children {
        if let Ok(control) = loaded.control(child) {
            controls.insert(&control.resource.full_name, control);
        } else if let Ok(benchmark) = loaded.benchmark(child) {
            find_controls(loaded, benchmark, controls);
        }
    }
}

type Outcomes = BTreeMap<String, Outcome>;

async fn run_controls(
    loaded: &Mod,
    controls: &BTreeMap<&str, &Control>,
    arguments: &[(String, String)],
    source: &SourceArguments,
) -> Result<Outcomes, Failure> {
    let statements: Vec<(&str, Result<Statement, String>)> = controls
        .iter()
        .map(|(name, control)| {
            (*name, loaded.control_statement(control, arguments).map_err(|error| error.to_string()))
        })
        .collect();
    // a mistake of the user's is told as such; one of the mod's is an error of its control
    if let (false, Some((_, Err(error)))) =
        (arguments.is_empty(), statements.iter().find(|(_, statement)| statement.is_err()))
    {
        return Err(Failure::input(error));
    }
    let sql: Vec<&str> = statements
        .iter()
        .filter_map(|(_, statement)| Some(statement.as_ref().ok()?.sql.as_str()))
        .collect();
    let mut session = Session::open(&sql, source).await?;
    let mut outcomes = Outcomes::new();
    for (done, (name, statement)) in statements.iter().enumerate() {
        session.progress.show(&format!("Running control {} of {}", done + 1, statements.len()));
        let answer = match statement {
            Ok(statement) => session.query(statement).map_err(|error| error.to_string()),
            Err(error) => Err(error.clone()),
        };
        outcomes.insert((*name).to_owned(), Outcome::from_query(answer));
    }
    session.close()?;
    Ok(outcomes)
}

fn group(loaded: &Mod, benchmark: &Benchmark, outcomes: &Outcomes) -> Group {
    let resource = &benchmark.resource;
    let mut group = Group {
        id: resource.full_name.clone(),
        title: resource.title.clone().unwrap_or_default(),
        description: resource.description.clone().unwrap_or_default(),
        documentation: resource.documentation.clone().unwrap_or_default(),
        tags: resource.tags.clone(),
        properties: benchmark.properties.clone(),
        children: Vec::new(),
    };
    for child in &benchmark.children {
        if let Ok(control) = loaded.control(child) {
            group.add(Node::Control(control_run(control, outcomes)));
        } else if let Ok(benchmark) = loaded.benchmark(child) {
            group.add(Node::Group(self::group(loaded, benchmark, outcomes)));
        }
    }
    group
}

fn control_run(control: &Control, outcomes: &Outcomes) -> ControlRun {
    let resource = &control.resource;
    ControlRun {
        name: resource.full_name.clone(),
        title: resource.title.clone().unwrap_or_default(),
        description: resource.description.clone().unwrap_or_default(),
        documentation: resource.documentation.clone().unwrap_or_default(),
        severity: control.severity.clone().unwrap_or_default(),
        tags: resource.tags.clone(),
        outcome: outcomes.get(&resource.full_name).cloned().unwrap_or(Outcome::Pending),
    }
}

/// A database with all that the queries of this run read.
struct Session {
    database: Box<dyn Database>,
    engine: Option<Engine>,
    progress: Progress,
}

impl Session {
    /// Opens the database, finds out what the queries read, and collects just that from the engine.
    async fn open(sql: &[&str], source: &SourceArguments) -> Result<Self, Failure> {
        let progress = Progress { enabled: source.progress && std::io::stderr().is_terminal() };
        let recording = source.engine.record.is_some();
        let options = database::Options {
            query_timeout: Duration::from_secs(source.query_timeout),
            search_path: source.search_path.clone(),
            search_path_prefix: source.search_path_prefix.clone(),
        };
        let url = source.database.clone();
        let opening = tokio::task::spawn_blocking(move || database::open(url.as_deref(), options));
        // the embedded one takes a while to start: what is known to be read is asked of the engine meanwhile
        let known = if source.database.is_none() { Reads::known(sql) } else { None };
        let (opened, early) = if let Some(reads) = known {
            let asking = Self::ask(reads, source, &progress);
            let (opened, picture) = tokio::join!(opening, asking);
            (opened, Some(picture))
        } else {
            progress.show("Opening the database");
            (opening.await, None)
        };
        let database = opened.map_err(Failure::start)?.map_err(Failure::start)?;
        let mut session = Self { database, engine: None, progress };
        if session.database.provides_tables() {
            if recording {
                return Err(Failure::input(
                    "--record needs an engine, and a running Steampipe is asked here",
                ));
            }
            return Ok(session);
        }
        let picture = if let Some(picture) = early {
            picture?
        } else {
            let mut reads = Reads::default();
            reads.add_queries(session.database.as_mut(), sql).map_err(Failure::start)?;
            Self::ask(reads, source, &session.progress).await?
        };
        let Some((engine, scanned)) = picture else { return Ok(session) };
        let failures = collect::load(session.database.as_mut(), scanned);
        session.progress.clear();
        if recording {
            for (what, error) in failures {
                let _ = writeln!(std::io::stderr(), "Warning: the recording lacks {what}: {error}");
            }
        }
        session.engine = Some(engine);
        Ok(session)
    }

    /// Asks the engine for what is read, and for everything if it is recorded; nothing if no engine is needed.
    async fn ask(
        mut reads: Reads,
        source: &SourceArguments,
        progress: &Progress,
    ) -> Result<Option<(Engine, Scanned)>, Failure> {
        let recording = source.engine.record.is_some();
        if recording {
            reads.add_all(Reads::everything());
        }
        // queries of constants need no engine
        if reads.is_empty() && source.engine.from.is_none() && !recording {
            return Ok(None);
        }
        progress.clear();
        let engine = engine::open(&source.engine).await?;
        progress.show("Asking the engine");
        let scanned = collect::scan_all(&engine.docker, collect::CONNECTION, &reads).await;
        Ok(Some((engine, scanned)))
    }

    fn query(&mut self, statement: &Statement) -> Result<ResultSet, DatabaseError> {
        let result = self.database.query(&statement.sql, &statement.arguments)?;
        let columns =
            result.columns.iter().map(|column| Column::new(&column.name, &column.data_type));
        Ok(ResultSet { columns: columns.collect(), rows: result.rows })
    }

    fn close(self) -> Result<(), Failure> {
        self.progress.clear();
        match self.engine.and_then(|engine| engine.recorder) {
            Some(recorder) => recorder.finish().map_err(sdk::Error::from).map_err(Failure::start),
            None => Ok(()),
        }
    }
}

/// One line on stderr that replaces itself, if a person watches.
struct Progress {
    enabled: bool,
}

impl Progress {
    fn show(&self, text: &str) {
        if self.enabled {
            // a terminal that is gone is no reason to stop
            let _ = write!(std::io::stderr(), "\r\x1b[K{text}");
        }
    }

    fn clear(&self) {
        self.show("");
    }
}

//! The mod: HCL files in, benchmarks, controls, queries and variables out.
//! It must not run anything, nor know how a list or a report looks.

mod build;
mod calls;
mod evaluate;
mod functions;
mod operators;
mod source;
mod syntax;
mod template;
mod variables;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use source::Source;
pub(crate) use variables::VariableInputs;

/// The types of resources that expressions can name.
pub(crate) const KINDS: [&str; 22] = [
    "mod",
    "query",
    "control",
    "benchmark",
    "dashboard",
    "container",
    "card",
    "chart",
    "flow",
    "graph",
    "hierarchy",
    "image",
    "input",
    "table",
    "text",
    "with",
    "node",
    "edge",
    "category",
    "param",
    "detection",
    "detection_benchmark",
];

/// Why a mod cannot be loaded, or a name in it not be found: with file and line where there is one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct LoadError(pub(crate) String);

impl LoadError {
    fn at(file: &str, line: usize, what: impl std::fmt::Display) -> Self {
        Self(format!("{file}:{line}: {what}"))
    }
}

/// Reads, checks and evaluates a mod.
pub(crate) fn load(source: &Source, inputs: &VariableInputs) -> Result<Mod, LoadError> {
    build::build(source, inputs)
}

/// A loaded mod. Resources are in the order of the files' names, then of their place in the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mod {
    /// Its short name.
    pub(crate) name: String,
    /// Its folder, or what stands for one.
    pub(crate) location: String,
    pub(crate) queries: Vec<Query>,
    pub(crate) controls: Vec<Control>,
    pub(crate) benchmarks: Vec<Benchmark>,
    pub(crate) variables: Vec<Variable>,
    /// Loaded and listed, not drawn.
    pub(crate) dashboards: Vec<Resource>,
    /// What the user should know about, such as a variable of the environment under its old name.
    pub(crate) warnings: Vec<String>,
}

/// What every block with a name has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Resource {
    /// As the block is labelled.
    pub(crate) name: String,
    /// `<mod>.<type>.<name>`.
    pub(crate) full_name: String,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) documentation: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    /// The file, as the source names it.
    pub(crate) file: String,
    pub(crate) start_line: usize,
    pub(crate) end_line: usize,
    /// The block as it is written.
    pub(crate) definition: String,
}

/// SQL with its parameters.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) resource: Resource,
    pub(crate) sql: String,
    pub(crate) params: Vec<Param>,
}

impl Query {
    /// What it runs with the user's arguments.
    pub(crate) fn statement(&self, given: &[(String, String)]) -> Result<Statement, LoadError> {
        statement(&self.resource.full_name, &self.sql, &self.params, &Args::None, given)
    }
}

/// A parameter: `$1` is the first one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Param {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) default: Option<Value>,
}

/// What a control or a user gives for the parameters.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Args {
    #[default]
    None,
    Named(BTreeMap<String, Value>),
    Positional(Vec<Value>),
}

/// A check: SQL of its own, or a query with arguments.
#[derive(Debug, Clone)]
pub(crate) struct Control {
    pub(crate) resource: Resource,
    pub(crate) severity: Option<String>,
    /// SQL of its own.
    pub(crate) sql: Option<String>,
    /// Full name of the query it runs.
    pub(crate) query: Option<String>,
    pub(crate) params: Vec<Param>,
    pub(crate) args: Args,
}

/// Benchmarks and controls under one title.
#[derive(Debug, Clone)]
pub(crate) struct Benchmark {
    pub(crate) resource: Resource,
    /// Full names, in order.
    pub(crate) children: Vec<String>,
    /// `type`, `display` and `width`, if they are set.
    pub(crate) properties: serde_json::Map<String, Value>,
}

/// A variable and its value in this run.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    pub(crate) resource: Resource,
    /// The type constraint as it is written.
    pub(crate) type_string: String,
    pub(crate) default: Option<Value>,
    pub(crate) value: Value,
}

/// SQL that is ready to run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    /// Texts for `$1`, `$2` …; `None` is NULL.
    pub(crate) arguments: Vec<Option<String>>,
}

impl Mod {
    /// The query of this name: `x`, `query.x` or `<mod>.query.x`.
    pub(crate) fn query(&self, name: &str) -> Result<&Query, LoadError> {
        self.find("query", name, &self.queries, |query| &query.resource)
    }

    /// The control of this name, in any of the three forms.
    pub(crate) fn control(&self, name: &str) -> Result<&Control, LoadError> {
        self.find("control", name, &self.controls, |control| &control.resource)
    }

    /// The benchmark of this name, in any of the three forms.
    pub(crate) fn benchmark(&self, name: &str) -> Result<&Benchmark, LoadError> {
        self.find("benchmark", name, &self.benchmarks, |benchmark| &benchmark.resource)
    }

    /// The variable of this name, in any of the three forms.
    pub(crate) fn variable(&self, name: &str) -> Result<&Variable, LoadError> {
        self.find(
            "var",
            name.strip_prefix("variable.").unwrap_or(name),
            &self.variables,
            |variable| &variable.resource,
        )
    }

    /// The dashboard of this name, in any of the three forms.
    pub(crate) fn dashboard(&self, name: &str) -> Result<&Resource, LoadError> {
        self.find("dashboard", name, &self.dashboards, |dashboard| dashboard)
    }

    /// Benchmarks that are no other benchmark's child.
    pub(crate) fn top_benchmarks(&self) -> impl Iterator<Item = &Benchmark> {
        self.benchmarks.iter().filter(|benchmark| {
            let name = &benchmark.resource.full_name;
            !self.benchmarks.iter().any(|parent| parent.children.contains(name))
        })
    }

    /// What a control runs; `given` are the user's arguments, which win over the control's.
    pub(crate) fn control_statement(
        &self,
        control: &Control,
        given: &[(String, String)],
    ) -> Result<Statement, LoadError> {
        let (sql, params) = match (&control.sql, &control.query) {
            (Some(sql), _) => (sql, &control.params),
            (None, Some(query)) => {
                let query = self.query(query)?;
                (&query.sql, &query.params)
            }
            (None, None) => {
                return Err(LoadError(format!(
                    "{} has neither sql nor query",
                    control.resource.full_name
                )));
            }
        };
        statement(&control.resource.full_name, sql, params, &control.args, given)
    }

    fn find<'m, T>(
        &self,
        kind: &str,
        name: &str,
        resources: &'m [T],
        resource: impl Fn(&T) -> &Resource,
    ) -> Result<&'m T, LoadError> {
        let own = format!("{}.", self.name);
        let short = name.strip_prefix(&own).unwrap_or(name);
        let short = short.strip_prefix(&format!("{kind}.")).unwrap_or(short);
        resources.iter().find(|found| resource(found).name == short).ok_or_else(|| {
            LoadError(format!(
                "'{kind}.{short}' not found in mod.{} ({})",
                self.name, self.location
            ))
        })
    }
}

/// Fills the parameters in their order: the user's argument, else the control's, else the default.
fn statement(
    owner: &str,
    sql: &str,
    params: &[Param],
    args: &Args,
    given: &[(String, String)],
) -> Result<Statement, LoadError> {
    for (name, _) in given {
        if !params.iter().any(|param| param.name == *name) {
            return Err(LoadError(format!("{owner} has no parameter '{name}'")));
        }
    }
    if let Args::Named(args) = args
        && let Some(name) =
            args.keys().find(|name| !params.iter().any(|param| param.name == **name))
    {
        return Err(LoadError(format!(
            "{owner} is given an argument '{name}', which its query does not have"
        )));
    }
    if params.is_empty()
        && let Args::Positional(args) = args
    {
        // a query without `param` blocks may still count its arguments
        return Ok(Statement { sql: sql.to_owned(), arguments: args.iter().map(text).collect() });
    }
    let arguments = params.iter().enumerate().map(|(place, param)| {
        if let Some((_, value)) = given.iter().rev().find(|(name, _)| *name == param.name) {
            return Ok(Some(value.clone()));
        }
        let own = match args {
            Args::Named(args) => args.get(&param.name),
            Args::Positional(args) => args.get(place),
            Args::None => None,
        };
        own.or(param.default.as_ref()).map(text).ok_or_else(|| {
            LoadError(format!(
                "{owner}: the parameter '{}' has neither argument nor default",
                param.name
            ))
        })
    });
    Ok(Statement { sql: sql.to_owned(), arguments: arguments.collect::<Result<_, _>>()? })
}

/// A value as a text for PostgreSQL: a list of scalars is an array, everything else that is no scalar is JSON.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| match text(item) {
                    None => "NULL".to_owned(),
                    Some(text) => {
                        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
                    }
                })
                .collect();
            Some(format!("{{{}}}", items.join(",")))
        }
        other => Some(other.to_string()),
    }
}

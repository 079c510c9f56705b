//! From blocks to a mod: variables first, then locals, then everything that may refer to them.
//! It must not read files itself.

use std::collections::{BTreeMap, BTreeSet};

use hcl::Value;

use super::evaluate::{Scope, json, names};
use super::source::Source;
use super::syntax::{self, Attribute, Block};
use super::variables::{self, Type, VariableInputs};
use super::{Args, Benchmark, Control, KINDS, LoadError, Mod, Param, Query, Resource, Variable};

pub(super) fn build(source: &Source, inputs: &VariableInputs) -> Result<Mod, LoadError> {
    let mut blocks = Vec::new();
    for (file, text) in source.files() {
        blocks.extend(syntax::parse(file, text)?);
    }
    let builder = Builder::new(source, &blocks)?;
    builder.build(inputs)
}

struct Builder<'b> {
    source: &'b Source,
    blocks: &'b [Block],
    mod_block: &'b Block,
}

impl<'b> Builder<'b> {
    fn new(source: &'b Source, blocks: &'b [Block]) -> Result<Self, LoadError> {
        let mut mods = blocks.iter().filter(|block| block.kind == "mod");
        let Some(mod_block) = mods.next() else {
            return Err(LoadError(format!("no mod block in {}", source.location())));
        };
        if let Some(second) = mods.next() {
            return Err(twice(second, mod_block));
        }
        let mut seen: BTreeMap<(&str, &str), &Block> = BTreeMap::new();
        for block in blocks.iter().filter(|block| !block.name.is_empty()) {
            if let Some(first) = seen.insert((&block.kind, &block.name), block) {
                return Err(twice(block, first));
            }
        }
        Ok(Self { source, blocks, mod_block })
    }

    fn build(&self, inputs: &VariableInputs) -> Result<Mod, LoadError> {
        let mut scope = Scope::new(self.source);
        let mut loaded = Mod {
            name: self.mod_block.name.clone(),
            location: self.source.location().to_owned(),
            ..Mod::default()
        };
        self.read_variables(inputs, &mut scope, &mut loaded)?;
        let own: hcl::value::Map<String, Value> =
            KINDS.iter().map(|kind| ((*kind).to_owned(), self.full_names(kind))).collect();
        for (kind, names) in &own {
            scope.declare(kind, names.clone());
        }
        scope.declare(&loaded.name, Value::Object(own));
        self.read_locals(&mut scope)?;
        // the mod's own attributes show nowhere here, but must be sound
        for (name, attribute) in &self.mod_block.attributes {
            value(&scope, self.mod_block, name, attribute)?;
        }
        for block in self.blocks {
            match block.kind.as_str() {
                "query" => loaded.queries.push(self.query(&scope, block)?),
                "control" => {
                    let control = self.control(&scope, block, &mut BTreeSet::new())?;
                    loaded.controls.push(control);
                }
                "benchmark" => {
                    let benchmark = self.benchmark(&scope, block, &mut BTreeSet::new())?;
                    loaded.benchmarks.push(benchmark);
                }
                "dashboard" => {
                    check_all(&scope, block)?;
                    loaded.dashboards.push(self.resource(&scope, block)?);
                }
                "mod" | "variable" | "locals" => {}
                _ => check_all(&scope, block)?,
            }
        }
        check_references(&loaded, self.source)?;
        Ok(loaded)
    }

    fn of_kind(&self, kind: &str) -> impl Iterator<Item = &'b Block> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }

    fn full_name(&self, block: &Block) -> String {
        let kind = if block.kind == "variable" { "var" } else { &block.kind };
        format!("{}.{kind}.{}", self.mod_block.name, block.name)
    }

    /// What `control.x` and its like stand for: the full name.
    fn full_names(&self, kind: &str) -> Value {
        Value::Object(
            self.of_kind(kind)
                .map(|block| (block.name.clone(), self.full_name(block).into()))
                .collect(),
        )
    }

    fn read_variables(
        &self,
        inputs: &VariableInputs,
        scope: &mut Scope<'_>,
        loaded: &mut Mod,
    ) -> Result<(), LoadError> {
        let declared: Vec<&str> =
            self.of_kind("variable").map(|block| block.name.as_str()).collect();
        let given = variables::given(self.source, inputs, &self.mod_block.name, &declared, scope)?;
        loaded.warnings = given.warnings;
        let mut values = hcl::value::Map::new();
        for block in self.of_kind("variable") {
            let failed = |line, what: String| {
                LoadError::at(&block.place.file, line, format!("variable '{}': {what}", block.name))
            };
            let (wanted, type_string) = match block.attributes.get("type") {
                None => (Type::Any, "any".to_owned()),
                Some(attribute) => {
                    let wanted = Type::parse(&attribute.expression.clone().into());
                    let text = attribute.expression.to_string().trim().to_owned();
                    (wanted.map_err(|error| failed(attribute.line, error))?, text)
                }
            };
            let default = match block.attributes.get("default") {
                None => None,
                Some(attribute) => {
                    let value = value(scope, block, "default", attribute)?;
                    Some(
                        wanted
                            .convert(value)
                            .map_err(|error| failed(attribute.line, format!("default: {error}")))?,
                    )
                }
            };
            let chosen = given.values.iter().rev().find(|(name, _)| *name == block.name);
            let value = match (chosen, &default) {
                (Some((_, chosen)), _) => variables::convert(chosen, &wanted, scope)
                    .map_err(|error| LoadError(format!("variable '{}': {error}", block.name)))?,
                (None, Some(default)) => default.clone(),
                (None, None) => {
                    return Err(LoadError(format!(
                        "variable '{0}' has no value: give it with --var {0}=…",
                        block.name
                    )));
                }
            };
            loaded.variables.push(Variable {
                resource: self.resource(scope, block)?,
                type_string,
                default: default.as_ref().map(json),
                value: json(&value),
            });
            values.insert(block.name.clone(), value);
        }
        scope.declare("var", Value::Object(values));
        Ok(())
    }

    /// Locals may refer to each other in any order, but not in a circle.
    fn read_locals(&self, scope: &mut Scope<'_>) -> Result<(), LoadError> {
        let mut waiting: BTreeMap<&str, (&Block, &Attribute)> = BTreeMap::new();
        for block in self.of_kind("locals") {
            for (name, attribute) in &block.attributes {
                if let Some((first, _)) = waiting.insert(name, (block, attribute)) {
                    let what = format!("the local '{name}' is set in {}, too", first.place.file);
                    return Err(LoadError::at(&block.place.file, attribute.line, what));
                }
            }
        }
        let mut values = hcl::value::Map::new();
        scope.declare("local", Value::Object(values.clone()));
        while !waiting.is_empty() {
            let ready: Vec<&str> = waiting
                .iter()
                .filter(|(_, (_, attribute))| {
                    names(&attribute.expression).iter().all(|name| {
                        name[0] != "local"
                            || name.get(1).is_none_or(|local| !waiting.contains_key(local.as_str()))
                    })
                })
                .map(|(name, _)| *name)
                .collect();
            if ready.is_empty() {
                let circle: Vec<&str> = waiting.keys().copied().collect();
                let (block, attribute) = waiting[circle[0]];
                let what =
                    format!("these locals refer to each other in a circle: {}", circle.join(", "));
                return Err(LoadError::at(&block.place.file, attribute.line, what));
            }
            for name in ready {
                if let Some((block, attribute)) = waiting.remove(name) {
                    values.insert(name.to_owned(), value(scope, block, name, attribute)?);
                }
            }
            scope.declare("local", Value::Object(values.clone()));
        }
        Ok(())
    }

    fn resource(&self, scope: &Scope<'_>, block: &Block) -> Result<Resource, LoadError> {
        let tags = match get(scope, block, "tags")? {
            None => BTreeMap::new(),
            Some(value) => {
                let line = block.attributes["tags"].line;
                let failed =
                    |error| LoadError::at(&block.place.file, line, format!("tags: {error}"));
                match Type::Map(Box::new(Type::String)).convert(value).map_err(failed)? {
                    Value::Object(tags) => tags
                        .into_iter()
                        .filter_map(|(key, value)| Some((key, value.as_str()?.to_owned())))
                        .collect(),
                    _ => BTreeMap::new(),
                }
            }
        };
        Ok(Resource {
            name: block.name.clone(),
            full_name: self.full_name(block),
            title: text(scope, block, "title")?,
            description: text(scope, block, "description")?,
            documentation: text(scope, block, "documentation")?,
            tags,
            file: self.source.display_name(&block.place.file),
            start_line: block.place.start_line,
            end_line: block.place.end_line,
            definition: block.place.text.clone(),
        })
    }

    fn query(&self, scope: &Scope<'_>, block: &Block) -> Result<Query, LoadError> {
        let sql = text(scope, block, "sql")?.ok_or_else(|| {
            LoadError::at(
                &block.place.file,
                block.place.start_line,
                format!("query '{}' has no sql", block.name),
            )
        })?;
        Ok(Query { resource: self.resource(scope, block)?, sql, params: params(scope, block)? })
    }

    fn control(
        &self,
        scope: &Scope<'_>,
        block: &Block,
        above: &mut BTreeSet<String>,
    ) -> Result<Control, LoadError> {
        let line = block.place.start_line;
        let failed = |what: String| {
            LoadError::at(&block.place.file, line, format!("control '{}' {what}", block.name))
        };
        if !above.insert(block.name.clone()) {
            return Err(failed("is its own base".to_owned()));
        }
        let base = match text(scope, block, "base")? {
            None => None,
            Some(base) => {
                let found = self.of_kind("control").find(|other| self.full_name(other) == base);
                let found = found
                    .ok_or_else(|| failed(format!("has the base '{base}', which is no control")))?;
                Some(self.control(scope, found, above)?)
            }
        };
        let mut control = Control {
            resource: self.resource(scope, block)?,
            severity: text(scope, block, "severity")?,
            sql: text(scope, block, "sql")?,
            query: text(scope, block, "query")?,
            params: params(scope, block)?,
            args: args(scope, block)?,
        };
        if control.sql.is_some() && control.query.is_some() {
            return Err(failed("has both sql and query; one of them is allowed".to_owned()));
        }
        if let Some(base) = base {
            inherit(&mut control, base);
        }
        if control.sql.is_none() && control.query.is_none() {
            return Err(failed("has neither sql nor query".to_owned()));
        }
        Ok(control)
    }

    fn benchmark(
        &self,
        scope: &Scope<'_>,
        block: &Block,
        above: &mut BTreeSet<String>,
    ) -> Result<Benchmark, LoadError> {
        let failed = |what: &str| {
            let what = format!("benchmark '{}' {what}", block.name);
            LoadError::at(&block.place.file, block.place.start_line, what)
        };
        if !above.insert(block.name.clone()) {
            return Err(failed("is its own base"));
        }
        let base = match text(scope, block, "base")? {
            None => None,
            Some(base) => {
                let found = self.of_kind("benchmark").find(|other| self.full_name(other) == base);
                let found = found.ok_or_else(|| failed("has a base that is no benchmark"))?;
                Some(self.benchmark(scope, found, above)?)
            }
        };
        let children = match get(scope, block, "children")? {
            None => Vec::new(),
            Some(value) => {
                let line = block.attributes["children"].line;
                let wrong = || {
                    LoadError::at(
                        &block.place.file,
                        line,
                        "children: a list of benchmarks and controls is required",
                    )
                };
                let Value::Array(items) = value else { return Err(wrong()) };
                items
                    .iter()
                    .map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong))
                    .collect::<Result<_, _>>()?
            }
        };
        let mut properties = serde_json::Map::new();
        for name in ["display", "type", "width"] {
            if let Some(value) = get(scope, block, name)? {
                properties.insert(name.to_owned(), json(&value));
            }
        }
        let mut benchmark =
            Benchmark { resource: self.resource(scope, block)?, children, properties };
        if let Some(base) = base {
            if benchmark.children.is_empty() {
                benchmark.children = base.children;
            }
            for (name, value) in base.properties {
                benchmark.properties.entry(name).or_insert(value);
            }
            inherit_resource(&mut benchmark.resource, base.resource);
        }
        Ok(benchmark)
    }
}

fn value(
    scope: &Scope<'_>,
    block: &Block,
    name: &str,
    attribute: &Attribute,
) -> Result<Value, LoadError> {
    scope.evaluate(&attribute.expression).map_err(|error| {
        LoadError::at(&block.place.file, attribute.line, format!("{name}: {error}"))
    })
}

fn get(scope: &Scope<'_>, block: &Block, name: &str) -> Result<Option<Value>, LoadError> {
    let Some(attribute) = block.attributes.get(name) else { return Ok(None) };
    Ok(Some(value(scope, block, name, attribute)?).filter(|value| !value.is_null()))
}

fn text(scope: &Scope<'_>, block: &Block, name: &str) -> Result<Option<String>, LoadError> {
    let Some(value) = get(scope, block, name)? else { return Ok(None) };
    match Type::String.convert(value) {
        Ok(Value::String(text)) => Ok(Some(text)),
        Ok(_) => Ok(None),
        Err(error) => Err(LoadError::at(
            &block.place.file,
            block.attributes[name].line,
            format!("{name}: {error}"),
        )),
    }
}

fn params(scope: &Scope<'_>, block: &Block) -> Result<Vec<Param>, LoadError> {
    let params = block.blocks.iter().filter(|inner| inner.kind == "param");
    params
        .map(|param| {
            Ok(Param {
                name: param.name.clone(),
                description: text(scope, param, "description")?,
                default: get(scope, param, "default")?.as_ref().map(json),
            })
        })
        .collect()
}

fn args(scope: &Scope<'_>, block: &Block) -> Result<Args, LoadError> {
    Ok(match get(scope, block, "args")? {
        None => Args::None,
        Some(Value::Object(args)) => {
            Args::Named(args.iter().map(|(name, value)| (name.clone(), json(value))).collect())
        }
        Some(Value::Array(args)) => Args::Positional(args.iter().map(json).collect()),
        Some(other) => {
            let what = format!("args: a map or a list is required, not {other}");
            return Err(LoadError::at(&block.place.file, block.attributes["args"].line, what));
        }
    })
}

/// Evaluates what nobody reads yet, so that its mistakes show. Expressions that look at what a query gave, or what
/// a person typed, have no value before a dashboard runs.
fn check_all(scope: &Scope<'_>, block: &Block) -> Result<(), LoadError> {
    for (name, attribute) in &block.attributes {
        let at_run_time = names(&attribute.expression).iter().any(|name| {
            matches!(name[0].as_str(), "self" | "with" | "input" | "each") || name.get(2).is_some()
        });
        if !at_run_time {
            value(scope, block, name, attribute)?;
        }
    }
    block.blocks.iter().try_for_each(|inner| check_all(scope, inner))
}

/// What a control leaves out is its base's.
fn inherit(control: &mut Control, base: Control) {
    if control.sql.is_none() && control.query.is_none() {
        control.sql = base.sql;
        control.query = base.query;
    }
    if control.params.is_empty() {
        control.params = base.params;
    }
    if control.args == Args::None {
        control.args = base.args;
    }
    control.severity = control.severity.take().or(base.severity);
    inherit_resource(&mut control.resource, base.resource);
}

fn inherit_resource(own: &mut Resource, base: Resource) {
    own.title = own.title.take().or(base.title);
    own.description = own.description.take().or(base.description);
    own.documentation = own.documentation.take().or(base.documentation);
    if own.tags.is_empty() {
        own.tags = base.tags;
    }
}

/// Every child and every query that is named must be there, and no benchmark may be in itself.
fn check_references(loaded: &Mod, source: &Source) -> Result<(), LoadError> {
    let missing = |from: &Resource, name: &str| {
        LoadError(format!(
            "{}:{}: {} names {name}, which is not in mod.{} ({})",
            from.file,
            from.start_line,
            from.full_name,
            loaded.name,
            source.location()
        ))
    };
    for control in &loaded.controls {
        if let Some(query) = &control.query
            && !loaded.queries.iter().any(|found| found.resource.full_name == *query)
        {
            return Err(missing(&control.resource, query));
        }
    }
    for benchmark in &loaded.benchmarks {
        for child in &benchmark.children {
            let known = loaded.controls.iter().any(|control| control.resource.full_name == *child)
                || loaded.benchmarks.iter().any(|benchmark| benchmark.resource.full_name == *child);
            if !known {
                return Err(missing(&benchmark.resource, child));
            }
        }
        let mut below = BTreeSet::new();
        if contains(loaded, benchmark, &benchmark.resource.full_name, &mut below) {
            let from = &benchmark.resource;
            return Err(LoadError(format!(
                "{}:{}: {} is its own child",
                from.file, from.start_line, from.full_name
            )));
        }
    }
    Ok(())
}

fn contains<'m>(
    loaded: &'m Mod,
    benchmark: &'m Benchmark,
    name: &str,
    seen: &mut BTreeSet<&'m str>,
) -> bool {
    benchmark.children.iter().any(|child| {
        child == name
            || seen.insert(child)
                && loaded
                    .benchmarks
                    .iter()
                    .find(|found| found.resource.full_name == *child)
                    .is_some_and(|found| contains(loaded, found, name, seen))
    })
}

fn twice(second: &Block, first: &Block) -> LoadError {
    let what = format!(
        "{} '{}' is declared twice: first in {}:{}",
        second.kind, second.name, first.place.file, first.place.start_line
    );
    LoadError::at(&second.place.file, second.place.start_line, what)
}

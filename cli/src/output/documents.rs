//! Resources of a mod as documents: what `list` and `show` give as JSON and YAML.
//! Must not know how tables and texts look.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::references::{Reference, references};
use crate::mods::{Args, Benchmark, Control, Mod, Param, Query, Resource, Variable};

/// A resource of any kind, with its fields in the order of their names, as Powerpipe prints them.
#[derive(Serialize)]
pub(super) struct Document<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<ArgsDocument<'m>>,
    auto_generated: bool,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    children: &'m [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<&'m Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    documentation: Option<&'m str>,
    end_line_number: usize,
    file_name: &'m str,
    is_anonymous: bool,
    mod_name: &'m str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    params: Vec<ParamDocument<'m>>,
    path: Vec<Vec<String>>,
    qualified_name: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<&'m str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    references: Vec<Reference<'m>>,
    resource_name: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<&'m str>,
    source_definition: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sql: Option<&'m str>,
    start_line_number: usize,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: &'m BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'m Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    type_string: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'m Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_default: Option<&'m Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<&'m Value>,
}

/// Arguments are texts: what is none is written as JSON.
#[derive(Serialize)]
struct ArgsDocument<'m> {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    args: BTreeMap<&'m str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    args_list: Vec<Option<String>>,
}

#[derive(Serialize)]
struct ParamDocument<'m> {
    default: Option<String>,
    description: Option<&'m str>,
    name: &'m str,
}

pub(super) fn benchmark<'m>(loaded: &'m Mod, benchmark: &'m Benchmark) -> Document<'m> {
    Document {
        children: &benchmark.children,
        display: benchmark.properties.get("display"),
        r#type: benchmark.properties.get("type"),
        width: benchmark.properties.get("width"),
        ..document(loaded, &benchmark.resource)
    }
}

pub(super) fn control<'m>(loaded: &'m Mod, control: &'m Control) -> Document<'m> {
    Document {
        args: Some(args(&control.args)),
        params: params(&control.params),
        query: control.query.as_deref(),
        severity: control.severity.as_deref(),
        sql: control.sql.as_deref(),
        ..document(loaded, &control.resource)
    }
}

pub(super) fn query<'m>(loaded: &'m Mod, query: &'m Query) -> Document<'m> {
    Document {
        params: params(&query.params),
        sql: Some(&query.sql),
        ..document(loaded, &query.resource)
    }
}

pub(super) fn variable<'m>(loaded: &'m Mod, variable: &'m Variable) -> Document<'m> {
    let mut document = document(loaded, &variable.resource);
    // Powerpipe puts a variable into its mod twice, and who compares the two finds them the same
    let again = document.path.clone();
    document.path.extend(again);
    Document {
        description: Some(variable.resource.description.as_deref().unwrap_or_default()),
        type_string: Some(&variable.type_string),
        value: Some(&variable.value),
        value_default: Some(variable.default.as_ref().unwrap_or(&Value::Null)),
        ..document
    }
}

pub(super) fn dashboard<'m>(loaded: &'m Mod, dashboard: &'m Resource) -> Document<'m> {
    Document { url_path: Some(format!("/{}", dashboard.full_name)), ..document(loaded, dashboard) }
}

fn document<'m>(loaded: &'m Mod, resource: &'m Resource) -> Document<'m> {
    Document {
        args: None,
        auto_generated: false,
        children: &[],
        description: resource.description.as_deref(),
        display: None,
        documentation: resource.documentation.as_deref(),
        end_line_number: resource.end_line,
        file_name: &resource.file,
        is_anonymous: false,
        mod_name: &loaded.name,
        params: Vec::new(),
        path: paths(loaded, &resource.full_name),
        qualified_name: &resource.full_name,
        query: None,
        references: references(loaded, resource),
        resource_name: &resource.name,
        severity: None,
        source_definition: &resource.definition,
        sql: None,
        start_line_number: resource.start_line,
        tags: &resource.tags,
        title: resource.title.as_deref(),
        r#type: None,
        type_string: None,
        url_path: None,
        value: None,
        value_default: None,
        width: None,
    }
}

/// The ways from the mod down to a resource, through the benchmarks that hold it.
fn paths(loaded: &Mod, full_name: &str) -> Vec<Vec<String>> {
    let parents = loaded
        .benchmarks
        .iter()
        .filter(|parent| parent.children.iter().any(|child| child == full_name));
    let mut paths: Vec<Vec<String>> =
        parents.flat_map(|parent| paths(loaded, &parent.resource.full_name)).collect();
    if paths.is_empty() {
        paths.push(vec![format!("mod.{}", loaded.name)]);
    }
    for path in &mut paths {
        path.push(full_name.to_owned());
    }
    paths
}

fn args(args: &Args) -> ArgsDocument<'_> {
    let (mut named, mut positional) = (BTreeMap::new(), Vec::new());
    match args {
        Args::None => {}
        Args::Named(args) => {
            named.extend(args.iter().map(|(name, value)| (name.as_str(), text(value))));
        }
        Args::Positional(args) => {
            positional.extend(args.iter().map(|value| (!value.is_null()).then(|| text(value))));
        }
    }
    ArgsDocument { args: named, args_list: positional }
}

fn params(params: &[Param]) -> Vec<ParamDocument<'_>> {
    let documents = params.iter().map(|param| ParamDocument {
        default: param.default.as_ref().map(text),
        description: param.description.as_deref(),
        name: &param.name,
    });
    documents.collect()
}

/// A value as Powerpipe keeps it: texts as they are, all else as JSON.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

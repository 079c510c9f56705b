//! What `list` prints of a mod's resources and of the tables.
//! Must not know how one of them is shown in full.

use std::fmt::Write as _;
use std::str::FromStr;

use serde::Serialize;
use steampipe_plugin_docker::docker::Docker;
use steampipe_plugin_docker::sdk::Table;
use steampipe_plugin_docker::sdk::docs::schema;

use super::documents::{self, Document};
use super::{find_format, json::pretty, yaml};
use crate::mods::{Mod, Resource};

/// The output of `list` and `show`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListFormat {
    /// Plain, with colours on a terminal.
    Pretty,
    Plain,
    Yaml,
    Json,
}

impl FromStr for ListFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let formats = [
            ("pretty", Self::Pretty),
            ("plain", Self::Plain),
            ("yaml", Self::Yaml),
            ("json", Self::Json),
        ];
        find_format(&formats, name)
    }
}

/// The benchmarks of a mod: for people only those that are in no other one.
pub(crate) fn benchmarks(loaded: &Mod, format: ListFormat) -> String {
    let top = loaded
        .top_benchmarks()
        .map(|benchmark| [&*loaded.name, &*benchmark.resource.full_name, "control"]);
    let all = loaded.benchmarks.iter().map(|benchmark| documents::benchmark(loaded, benchmark));
    list(["MOD", "NAME", "TYPE"], top, all, format)
}

/// The controls of a mod.
pub(crate) fn controls(loaded: &Mod, format: ListFormat) -> String {
    let names = names(loaded, loaded.controls.iter().map(|control| &control.resource));
    let all = loaded.controls.iter().map(|control| documents::control(loaded, control));
    list(["MOD", "NAME"], names, all, format)
}

/// The queries of a mod.
pub(crate) fn queries(loaded: &Mod, format: ListFormat) -> String {
    let names = names(loaded, loaded.queries.iter().map(|query| &query.resource));
    let all = loaded.queries.iter().map(|query| documents::query(loaded, query));
    list(["MOD", "NAME"], names, all, format)
}

/// The variables of a mod.
pub(crate) fn variables(loaded: &Mod, format: ListFormat) -> String {
    let names = names(loaded, loaded.variables.iter().map(|variable| &variable.resource));
    let all = loaded.variables.iter().map(|variable| documents::variable(loaded, variable));
    list(["MOD", "NAME"], names, all, format)
}

/// The dashboards of a mod.
pub(crate) fn dashboards(loaded: &Mod, format: ListFormat) -> String {
    let all = loaded.dashboards.iter().map(|dashboard| documents::dashboard(loaded, dashboard));
    list(["MOD", "NAME"], names(loaded, loaded.dashboards.iter()), all, format)
}

/// The tables that queries can read.
pub(crate) fn tables(tables: &[&'static Table<Docker>], format: ListFormat) -> String {
    let rows = tables.iter().map(|table| [table.name, table.description]);
    let all = schema(tables);
    list(["NAME", "DESCRIPTION"], rows, all.as_array().into_iter().flatten(), format)
}

fn names<'m>(
    loaded: &'m Mod,
    resources: impl Iterator<Item = &'m Resource>,
) -> impl Iterator<Item = [&'m str; 2]> {
    resources.map(|resource| [&*loaded.name, &*resource.full_name])
}

fn list<'m, const WIDTH: usize>(
    header: [&'m str; WIDTH],
    rows: impl Iterator<Item = [&'m str; WIDTH]>,
    documents: impl Iterator<Item = impl Serialize>,
    format: ListFormat,
) -> String {
    match format {
        ListFormat::Json | ListFormat::Yaml => document(&documents.collect::<Vec<_>>(), format),
        ListFormat::Pretty | ListFormat::Plain => {
            let mut rows: Vec<_> = rows.collect();
            if rows.is_empty() {
                return "\n".to_owned();
            }
            rows.sort_unstable();
            rows.insert(0, header);
            align(&rows)
        }
    }
}

/// One document as JSON or YAML. JSON ends without a line break, as Powerpipe's does.
pub(super) fn document(value: &impl Serialize, format: ListFormat) -> String {
    let text = pretty(value, "  ");
    match format {
        // read again, because the fields' own order is that of their names either way
        ListFormat::Yaml => {
            serde_json::from_str(&text).map(|value| yaml::render(&value)).unwrap_or(text)
        }
        _ => text,
    }
}

/// One resource, in a list of its own, as Powerpipe shows it.
pub(super) fn single(shown: Document<'_>, format: ListFormat) -> String {
    document(&[shown], format)
}

/// Columns as wide as their widest cell and four blanks; the last one as wide as it is.
pub(super) fn align<const WIDTH: usize>(rows: &[[&str; WIDTH]]) -> String {
    let widths: [usize; WIDTH] = std::array::from_fn(|column| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0) + 4
    });
    let mut text = String::new();
    for row in rows {
        for (cell, width) in row.iter().zip(widths).take(WIDTH - 1) {
            let _ = write!(text, "{cell:width$}");
        }
        text.push_str(row[WIDTH - 1]);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;
    use steampipe_plugin_docker::tables::ALL;

    use super::*;
    use crate::mods::{Source, VariableInputs, load};
    use crate::output::show;

    /// The mod whose lists Powerpipe 1.5.2 printed, in the place where it lay then.
    fn layout_mod() -> Mod {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/layout-mod");
        let mut loaded =
            load(&Source::folder(&folder).unwrap(), &VariableInputs::default()).unwrap();
        let there = |resource: &mut Resource| {
            let name = Path::new(&resource.file).file_name().unwrap().to_str().unwrap();
            resource.file = format!("/srv/layout-mod/{name}");
        };
        loaded.benchmarks.iter_mut().for_each(|benchmark| there(&mut benchmark.resource));
        loaded.controls.iter_mut().for_each(|control| there(&mut control.resource));
        loaded.queries.iter_mut().for_each(|query| there(&mut query.resource));
        loaded.variables.iter_mut().for_each(|variable| there(&mut variable.resource));
        loaded
    }

    #[test]
    fn plain_lists_are_powerpipes() {
        let loaded = layout_mod();
        for format in [ListFormat::Plain, ListFormat::Pretty] {
            assert_eq!(
                benchmarks(&loaded, format),
                include_str!("../../tests/layout/benchmark.list.plain")
            );
            assert_eq!(
                controls(&loaded, format),
                include_str!("../../tests/layout/control.list.plain")
            );
            assert_eq!(
                queries(&loaded, format),
                include_str!("../../tests/layout/query.list.plain")
            );
            assert_eq!(
                variables(&loaded, format),
                include_str!("../../tests/layout/variable.list.plain")
            );
            assert_eq!(dashboards(&loaded, format), "\n");
        }
    }

    #[test]
    fn json_lists_are_powerpipes() {
        let loaded = layout_mod();
        assert_eq!(
            queries(&loaded, ListFormat::Json),
            include_str!("../../tests/layout/query.list.json")
        );
        assert_eq!(
            variables(&loaded, ListFormat::Json),
            include_str!("../../tests/layout/variable.list.json")
        );
        assert_eq!(dashboards(&loaded, ListFormat::Json), "[]");
        let pairs = [
            (
                benchmarks(&loaded, ListFormat::Json),
                include_str!("../../tests/layout/benchmark.list.json"),
            ),
            (
                controls(&loaded, ListFormat::Json),
                include_str!("../../tests/layout/control.list.json"),
            ),
        ];
        for (ours, theirs) in pairs {
            assert_eq!(by_name(&ours), by_name(theirs));
            // a value that was read again has its keys in order, as theirs are
            let read: Value = serde_json::from_str(&ours).unwrap();
            assert_eq!(pretty(&read, "  "), ours);
        }
    }

    /// Powerpipe lists in an order that changes from run to run, and often ends a path with the name of a sibling.
    fn by_name(json: &str) -> Vec<Value> {
        let mut items: Vec<Value> = serde_json::from_str(json).unwrap();
        items.sort_by_key(|item| item["qualified_name"].to_string());
        for item in &mut items {
            let name = item["qualified_name"].clone();
            for path in item["path"].as_array_mut().unwrap() {
                *path.as_array_mut().unwrap().last_mut().unwrap() = name.clone();
            }
        }
        items
    }

    #[test]
    fn tables_are_listed_by_name_and_with_their_columns_in_documents() {
        let plain = tables(ALL, ListFormat::Plain);
        let names = plain.lines().skip(1).map(|line| line.split(' ').next().unwrap());
        assert!(names.is_sorted());
        assert_eq!(plain.lines().count(), ALL.len() + 1);
        let listed: Value = serde_json::from_str(&tables(ALL, ListFormat::Json)).unwrap();
        for (table, listed) in ALL.iter().zip(listed.as_array().unwrap()) {
            assert_eq!(listed["name"], table.name);
            assert_eq!(listed["columns"].as_array().unwrap().len(), table.columns.len());
        }
    }

    #[test]
    fn formats_are_named_in_any_case_and_all_named_when_there_is_none() {
        assert_eq!("YAML".parse(), Ok(ListFormat::Yaml));
        let error = "text".parse::<ListFormat>().unwrap_err();
        assert!(error.ends_with("pretty, plain, yaml, json"), "{error}");
    }

    #[test]
    fn a_path_ends_with_the_resource_it_leads_to() {
        let controls: Value =
            serde_json::from_str(&controls(&layout_mod(), ListFormat::Json)).unwrap();
        for control in controls.as_array().unwrap() {
            for path in control["path"].as_array().unwrap() {
                assert_eq!(path.as_array().unwrap().last(), Some(&control["qualified_name"]));
            }
        }
    }

    #[test]
    fn shows_are_powerpipes() {
        let loaded = layout_mod();
        let format = ListFormat::Plain;
        let benchmark = loaded.benchmark("all_kinds").unwrap();
        let theirs = include_str!("../../tests/layout/benchmark.show.plain");
        assert_eq!(show::benchmark(&loaded, benchmark, format), theirs);
        let control = loaded.control("ok").unwrap();
        assert_eq!(
            show::control(&loaded, control, format),
            include_str!("../../tests/layout/control.show.plain")
        );
        let query = loaded.query("ok_rows").unwrap();
        assert_eq!(
            show::query(&loaded, query, format),
            include_str!("../../tests/layout/query.show.plain")
        );
        let variable = loaded.variable("region").unwrap();
        let theirs = include_str!("../../tests/layout/variable.show.plain");
        assert_eq!(show::variable(&loaded, variable, format), theirs);
    }

    #[test]
    fn what_is_shown_as_a_document_is_a_list_of_one() {
        let loaded = layout_mod();
        let listed: Vec<Value> =
            serde_json::from_str(&controls(&loaded, ListFormat::Json)).unwrap();
        let control = loaded.control("ok").unwrap();
        let shown = show::control(&loaded, control, ListFormat::Json);
        let shown: Vec<Value> = serde_json::from_str(&shown).unwrap();
        assert_eq!(shown.len(), 1);
        assert!(listed.contains(&shown[0]));
        let yaml = show::control(&loaded, control, ListFormat::Yaml);
        assert!(
            yaml.starts_with("- args:\n    args:\n      region: eu\n  auto_generated: false\n"),
            "{yaml}"
        );
    }
}

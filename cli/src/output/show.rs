//! What `show` prints of one resource of a mod, or of a table: its fields, one below the other.
//! Must not know how many of them are listed.

use std::fmt::Write as _;

use steampipe_plugin_docker::docker::Docker;
use steampipe_plugin_docker::sdk::Table;
use steampipe_plugin_docker::sdk::docs::schema;

use super::Options;
use super::documents::{self, text};
use super::list::{ListFormat, align, document, single};
use crate::mods::{Args, Benchmark, Control, Mod, Param, Query, Resource, Variable};

/// A benchmark and the names of its children.
pub(crate) fn benchmark(loaded: &Mod, benchmark: &Benchmark, format: ListFormat) -> String {
    let mut fields = common(loaded, &benchmark.resource);
    fields.push(("Children", Shown::texts(&benchmark.children)));
    show(&fields, format, || single(documents::benchmark(loaded, benchmark), format))
}

/// A control, and the query that it runs.
pub(crate) fn control(loaded: &Mod, control: &Control, format: ListFormat) -> String {
    let query = control.query.as_ref().and_then(|name| loaded.query(name).ok());
    let mut fields = common(loaded, &control.resource);
    fields.extend([
        ("SQL", Shown::text(control.sql.as_deref())),
        (
            "Query",
            Shown::Fields(query.map(|query| query_fields(loaded, query)).unwrap_or_default()),
        ),
        ("Args", args(&control.args)),
        ("Params", params(&control.params)),
        ("Severity", Shown::text(control.severity.as_deref())),
    ]);
    show(&fields, format, || single(documents::control(loaded, control), format))
}

/// A query and its parameters.
pub(crate) fn query(loaded: &Mod, query: &Query, format: ListFormat) -> String {
    show(&query_fields(loaded, query), format, || single(documents::query(loaded, query), format))
}

/// A variable.
pub(crate) fn variable(loaded: &Mod, variable: &Variable, format: ListFormat) -> String {
    let fields = common(loaded, &variable.resource);
    show(&fields, format, || single(documents::variable(loaded, variable), format))
}

/// A dashboard.
pub(crate) fn dashboard(loaded: &Mod, dashboard: &Resource, format: ListFormat) -> String {
    show(&common(loaded, dashboard), format, || {
        single(documents::dashboard(loaded, dashboard), format)
    })
}

/// A table and its columns; the key column says which operator the plugin itself compares by.
pub(crate) fn table(table: &'static Table<Docker>, format: ListFormat) -> String {
    let keys: Vec<String> =
        table.columns.iter().map(|column| column.key.operators().join(" ")).collect();
    let mut rows = vec![["NAME", "TYPE", "KEY", "DESCRIPTION"]];
    rows.extend(table.columns.iter().zip(&keys).map(|(column, key)| {
        [column.name, column.column_type.sql(), key.as_str(), column.description]
    }));
    let columns: Vec<String> = align(&rows).lines().map(str::to_owned).collect();
    let fields = [
        ("Name", Shown::text(Some(table.name))),
        ("Description", Shown::text(Some(table.description))),
        ("Columns", Shown::texts(&columns)),
    ];
    show(&fields, format, || document(&schema(&[table]), format))
}

/// A value of a field. Empty ones are left out, with their names.
enum Shown {
    Text(String),
    List(Vec<Shown>),
    Fields(Vec<(&'static str, Shown)>),
    Map(Vec<(String, Shown)>),
}

impl Shown {
    fn text(text: Option<&str>) -> Self {
        Self::Text(text.unwrap_or_default().to_owned())
    }

    fn texts(texts: &[String]) -> Self {
        Self::List(texts.iter().map(|text| Self::text(Some(text))).collect())
    }

    fn map<'m>(entries: impl Iterator<Item = (&'m String, String)>) -> Self {
        Self::Map(entries.map(|(name, text)| (name.clone(), Self::Text(text))).collect())
    }
}

fn common(loaded: &Mod, resource: &Resource) -> Vec<(&'static str, Shown)> {
    vec![
        ("Name", Shown::text(Some(&resource.name))),
        ("Title", Shown::text(resource.title.as_deref())),
        ("Description", Shown::text(resource.description.as_deref())),
        ("Documentation", Shown::text(resource.documentation.as_deref())),
        ("Tags", Shown::map(resource.tags.iter().map(|(name, tag)| (name, tag.clone())))),
        ("Mod", Shown::text(Some(&loaded.name))),
    ]
}

fn query_fields(loaded: &Mod, query: &Query) -> Vec<(&'static str, Shown)> {
    let mut fields = common(loaded, &query.resource);
    fields.extend([("SQL", Shown::text(Some(&query.sql))), ("Params", params(&query.params))]);
    fields
}

fn params(params: &[Param]) -> Shown {
    let fields = params.iter().map(|param| {
        Shown::Fields(vec![
            ("Name", Shown::Text(format!("param.{}", param.name))),
            ("Description", Shown::text(param.description.as_deref())),
            ("Default", Shown::Text(param.default.as_ref().map(text).unwrap_or_default())),
        ])
    });
    Shown::List(fields.collect())
}

fn args(args: &Args) -> Shown {
    let (named, positional) = match args {
        Args::None => (Shown::Map(Vec::new()), Vec::new()),
        Args::Named(args) => {
            (Shown::map(args.iter().map(|(name, value)| (name, text(value)))), Vec::new())
        }
        Args::Positional(args) => {
            let given = args.iter().filter(|value| !value.is_null());
            (Shown::Map(Vec::new()), given.map(text).collect())
        }
    };
    // Powerpipe has a third field here, always empty, and aligns with it
    Shown::Fields(vec![
        ("ArgMap", named),
        ("ArgList", Shown::texts(&positional)),
        ("References", Shown::text(None)),
    ])
}

fn show(
    fields: &[(&'static str, Shown)],
    format: ListFormat,
    document: impl FnOnce() -> String,
) -> String {
    let colour = match format {
        ListFormat::Json | ListFormat::Yaml => return document(),
        ListFormat::Plain => false,
        ListFormat::Pretty => Options::for_stdout(|name| std::env::var(name).ok()).colour,
    };
    let place = Place { indent: 0, in_list: false, colour };
    place.fields(fields.iter().map(|(name, value)| (*name, value)))
}

/// Where a value stands: how deep, and whether as an item of a list.
#[derive(Clone, Copy)]
struct Place {
    indent: usize,
    in_list: bool,
    colour: bool,
}

impl Place {
    /// Each field on a line of its own, with the values below each other.
    fn fields<'s>(self, fields: impl Iterator<Item = (&'s str, &'s Shown)> + Clone) -> String {
        let width = fields.clone().map(|(name, _)| name.len()).max().unwrap_or(0) + 2;
        let indent = " ".repeat(self.indent + if self.in_list { 2 } else { 0 });
        let (blue, reset) = if self.colour { ("\u{1b}[34m", "\u{1b}[0m") } else { ("", "") };
        let mut shown = String::new();
        for (name, value) in fields {
            let value = self.value(value);
            if !value.is_empty() {
                let name = format!("{name}:");
                let _ = write!(shown, "{indent}{blue}{name:width$}{reset}{value}");
            }
        }
        if shown.is_empty() || self.in_list || self.indent == 0 {
            shown
        } else {
            format!("\n{shown}")
        }
    }

    /// The value, with a line break at its end.
    fn value(self, value: &Shown) -> String {
        let deeper = if self.in_list { self.indent } else { self.indent + 2 };
        match value {
            Shown::Text(text) if text.is_empty() => String::new(),
            Shown::Text(text) => {
                let indent = if self.in_list { self.indent } else { 0 };
                format!("{:indent$}{text}\n", "")
            }
            Shown::List(items) => {
                let place = Self { indent: self.indent + 2, in_list: true, ..self };
                let shown: String = items.iter().map(|item| place.value(item)).collect();
                if shown.is_empty() || self.in_list { shown } else { format!("\n{shown}") }
            }
            Shown::Fields(fields) => Self { indent: deeper, ..self }
                .fields(fields.iter().map(|(name, value)| (*name, value))),
            Shown::Map(entries) => {
                let place = Self { indent: deeper, in_list: false, ..self };
                place.fields(entries.iter().map(|(name, value)| (name.as_str(), value)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use steampipe_plugin_docker::tables::ALL;

    use super::*;

    #[test]
    fn names_are_blue_where_there_are_colours() {
        let place = Place { indent: 0, in_list: false, colour: true };
        let (name, title) = (Shown::text(Some("ok")), Shown::text(None));
        let shown = place.fields([("Name", &name), ("Title", &title)].into_iter());
        assert_eq!(shown, "\u{1b}[34mName:  \u{1b}[0mok\n");
    }

    #[test]
    fn positional_arguments_stand_below_each_other() {
        let given = args(&Args::Positional(vec![json!("a"), Value::Null, json!([1, 2])]));
        let place = Place { indent: 0, in_list: false, colour: false };
        assert_eq!(
            place.fields([("Args", &given)].into_iter()),
            "Args: \n  ArgList:    \n    a\n    [1,2]\n"
        );
    }

    #[test]
    fn a_tables_columns_stand_below_each_other() {
        let found = ALL.iter().find(|table| table.name == "docker_container").unwrap();
        let shown = table(found, ListFormat::Plain);
        let mut lines = shown.lines();
        assert_eq!(lines.next(), Some("Name:        docker_container"));
        assert_eq!(lines.next(), Some(format!("Description: {}", found.description).as_str()));
        assert_eq!(lines.next(), Some("Columns:     "));
        let header = lines.next().unwrap();
        assert_eq!(
            header.split_whitespace().collect::<Vec<_>>(),
            ["NAME", "TYPE", "KEY", "DESCRIPTION"]
        );
        let at = |name| header.find(name).unwrap();
        for column in found.columns {
            let line = lines.next().unwrap();
            assert_eq!(line[at("NAME")..at("TYPE")].trim_end(), column.name);
            assert_eq!(line[at("TYPE")..at("KEY")].trim_end(), column.column_type.sql());
            assert_eq!(
                &line[at("KEY")..=at("KEY")] == "=",
                column.key != steampipe_plugin_docker::sdk::Key::No,
                "{line}"
            );
            assert_eq!(&line[at("DESCRIPTION")..], column.description);
        }
        assert_eq!(lines.next(), None);
    }

    #[test]
    fn a_table_is_a_list_of_one_in_json() {
        let found = ALL[0];
        let shown: Value = serde_json::from_str(&table(found, ListFormat::Json)).unwrap();
        let columns = shown[0]["columns"].as_array().unwrap();
        let types = columns.iter().map(|column| column["type"].as_str().unwrap());
        assert!(types.eq(found.columns.iter().map(|column| column.column_type.sql())));
        assert_eq!(shown.as_array().unwrap().len(), 1);
    }
}

//! The blocks of a mod's files, checked against what each may hold; nothing is evaluated.
//! It must not know what attributes mean.

use std::collections::BTreeMap;
use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Body, Structure};

use super::LoadError;

/// A block with its attributes unevaluated.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// `control`, `param` …
    pub(super) kind: String,
    /// Its label, or nothing.
    pub(super) name: String,
    pub(super) attributes: BTreeMap<String, Attribute>,
    pub(super) blocks: Vec<Block>,
    pub(super) place: Place,
}

/// An attribute's expression and where it is written.
#[derive(Debug, Clone)]
pub(super) struct Attribute {
    pub(super) expression: Expression,
    pub(super) line: usize,
}

/// Where a block is written.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) start_line: usize,
    pub(super) end_line: usize,
    pub(super) text: String,
}

/// The blocks of one file.
pub(super) fn parse(file: &str, text: &str) -> Result<Vec<Block>, LoadError> {
    let body = hcl_edit::parser::parse_body(text).map_err(|error| {
        LoadError::at(
            file,
            error.location().line(),
            format!("{}, in column {}", error.message(), error.location().column()),
        )
    })?;
    let reader = Reader { file, text };
    let mut blocks = Vec::new();
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => {
                let line = reader.line(attribute.span());
                let what = format!(
                    "the attribute '{}' stands outside of any block",
                    attribute.key.as_str()
                );
                return Err(LoadError::at(file, line, what));
            }
            Structure::Block(block) => blocks.push(reader.block(block, None)?),
        }
    }
    Ok(blocks)
}

struct Reader<'f> {
    file: &'f str,
    text: &'f str,
}

impl Reader<'_> {
    fn block(
        &self,
        block: hcl_edit::structure::Block,
        parent: Option<&str>,
    ) -> Result<Block, LoadError> {
        let span = block.span().unwrap_or_default();
        let place = Place {
            file: self.file.to_owned(),
            start_line: self.line(Some(span.clone())),
            end_line: self.line(Some(span.end..span.end)),
            text: self.text.get(span).unwrap_or_default().trim_end().to_owned(),
        };
        let kind = block.ident.as_str().to_owned();
        let Some(rule) = rule(&kind, parent) else {
            let what = format!(
                "blocks of type '{kind}' are not expected here; allowed: {}",
                allowed_blocks(parent)
            );
            return Err(LoadError::at(self.file, place.start_line, what));
        };
        let labels: Vec<&str> =
            block.labels.iter().map(hcl_edit::structure::BlockLabel::as_str).collect();
        let name = match (labels.as_slice(), rule.label) {
            ([], Label::None | Label::Optional) => String::new(),
            ([name], Label::Required | Label::Optional) => (*name).to_owned(),
            ([], Label::Required) => {
                return Err(LoadError::at(
                    self.file,
                    place.start_line,
                    format!("a {kind} needs a name: {kind} \"…\" {{"),
                ));
            }
            _ => {
                return Err(LoadError::at(
                    self.file,
                    place.start_line,
                    format!("a {kind} has too many labels"),
                ));
            }
        };
        let mut read = Block { kind, name, attributes: BTreeMap::new(), blocks: Vec::new(), place };
        self.content(block.body, rule, &mut read)?;
        Ok(read)
    }

    fn content(&self, body: Body, rule: &Rule, block: &mut Block) -> Result<(), LoadError> {
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => {
                    let line = self.line(attribute.span());
                    let name = attribute.key.as_str().to_owned();
                    if !rule.any_attribute && !rule.attributes().any(|known| known == name) {
                        let allowed: Vec<&str> = rule.attributes().collect();
                        let what = format!(
                            "a {} has no attribute '{name}'; allowed: {}",
                            block.kind,
                            allowed.join(", ")
                        );
                        return Err(LoadError::at(self.file, line, what));
                    }
                    let attribute = Attribute { expression: attribute.value, line };
                    if block.attributes.insert(name.clone(), attribute).is_some() {
                        return Err(LoadError::at(
                            self.file,
                            line,
                            format!("'{name}' is set twice"),
                        ));
                    }
                }
                Structure::Block(inner) => {
                    let inner = self.block(inner, Some(&block.kind))?;
                    block.blocks.push(inner);
                }
            }
        }
        Ok(())
    }

    /// The line, from 1, where a piece of text begins.
    fn line(&self, span: Option<Range<usize>>) -> usize {
        let end = span.map_or(0, |span| span.start).min(self.text.len());
        self.text.get(..end).map_or(1, |before| before.matches('\n').count() + 1)
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Label {
    None,
    Optional,
    Required,
}

/// What a block may hold.
struct Rule {
    kind: &'static str,
    label: Label,
    /// Beyond those that every resource has.
    own: &'static [&'static str],
    resource: bool,
    any_attribute: bool,
    blocks: &'static [&'static str],
}

const COMMON: [&str; 4] = ["title", "description", "documentation", "tags"];
const TOP: &str =
    "mod, variable, locals, query, control, benchmark, dashboard, and the elements of dashboards";
const QUERY: &[&str] = &["sql", "query", "args", "search_path", "search_path_prefix", "database"];
/// Blocks that draw something, in a dashboard or on their own.
const ELEMENTS: &[&str] = &[
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
    "benchmark",
    "control",
    "with",
    "detection",
    "detection_benchmark",
];

impl Rule {
    const fn new(
        kind: &'static str,
        label: Label,
        own: &'static [&'static str],
        blocks: &'static [&'static str],
    ) -> Self {
        Self { kind, label, own, resource: true, any_attribute: false, blocks }
    }

    /// A block that only belongs to another one.
    const fn part(
        kind: &'static str,
        label: Label,
        own: &'static [&'static str],
        blocks: &'static [&'static str],
    ) -> Self {
        Self { kind, label, own, resource: false, any_attribute: false, blocks }
    }

    fn attributes(&self) -> impl Iterator<Item = &'static str> {
        let common = if self.resource { &COMMON[..] } else { &[] };
        let query = if self.runs_query() { QUERY } else { &[] };
        common.iter().chain(query).chain(self.own).copied()
    }

    /// True for blocks that take SQL or a query.
    fn runs_query(&self) -> bool {
        matches!(
            self.kind,
            "query"
                | "control"
                | "card"
                | "chart"
                | "flow"
                | "graph"
                | "hierarchy"
                | "image"
                | "input"
                | "table"
                | "with"
                | "node"
                | "edge"
                | "detection"
        )
    }
}

static RULES: &[Rule] = &[
    Rule::new(
        "mod",
        Label::Required,
        &["categories", "color", "icon", "database", "search_path", "search_path_prefix"],
        &["opengraph", "require"],
    ),
    Rule::part("opengraph", Label::None, &["title", "description", "image"], &[]),
    Rule::part("require", Label::None, &[], &["plugin", "mod", "powerpipe", "steampipe"]),
    Rule::part("plugin", Label::Required, &["min_version", "version"], &[]),
    Rule::part("powerpipe", Label::None, &["min_version"], &[]),
    Rule::part("steampipe", Label::None, &["min_version"], &[]),
    Rule::new("variable", Label::Required, &["type", "default", "format", "enum"], &[]),
    Rule { any_attribute: true, ..Rule::part("locals", Label::None, &[], &[]) },
    Rule::new("query", Label::Required, &[], &["param"]),
    Rule::part("param", Label::Required, &["description", "default"], &[]),
    Rule::new(
        "control",
        Label::Optional,
        &["severity", "base", "width", "type", "display"],
        &["param"],
    ),
    Rule::new("benchmark", Label::Optional, &["children", "base", "width", "type", "display"], &[]),
    Rule::new(
        "detection",
        Label::Required,
        &[
            "severity",
            "base",
            "width",
            "type",
            "display",
            "author",
            "references",
            "display_columns",
        ],
        &["param"],
    ),
    Rule::new(
        "detection_benchmark",
        Label::Required,
        &["children", "base", "width", "type", "display"],
        &[],
    ),
    Rule::new("dashboard", Label::Required, &["width", "display", "base"], ELEMENTS),
    Rule::new("container", Label::Optional, &["width", "display", "base"], ELEMENTS),
    Rule::new(
        "card",
        Label::Optional,
        &["type", "icon", "href", "label", "value", "width", "display", "base"],
        &["param", "with"],
    ),
    Rule::new(
        "chart",
        Label::Optional,
        &["type", "width", "display", "base", "grouping", "transform"],
        &["param", "with", "series", "axes", "legend"],
    ),
    Rule { any_attribute: true, ..Rule::part("series", Label::Required, &[], &["point"]) },
    Rule { any_attribute: true, ..Rule::part("point", Label::Required, &[], &[]) },
    Rule { any_attribute: true, ..Rule::part("legend", Label::None, &[], &[]) },
    Rule { any_attribute: true, ..Rule::part("axes", Label::None, &[], &["x", "y"]) },
    Rule { any_attribute: true, ..Rule::part("x", Label::None, &[], &["title", "labels"]) },
    Rule { any_attribute: true, ..Rule::part("y", Label::None, &[], &["title", "labels"]) },
    Rule { any_attribute: true, ..Rule::part("title", Label::None, &[], &[]) },
    Rule { any_attribute: true, ..Rule::part("labels", Label::None, &[], &[]) },
    Rule::new(
        "flow",
        Label::Optional,
        &["type", "width", "display", "base", "direction", "nodes", "edges"],
        &["param", "with", "node", "edge", "category"],
    ),
    Rule::new(
        "graph",
        Label::Optional,
        &["type", "width", "display", "base", "direction", "nodes", "edges"],
        &["param", "with", "node", "edge", "category"],
    ),
    Rule::new(
        "hierarchy",
        Label::Optional,
        &["type", "width", "display", "base", "direction", "nodes", "edges"],
        &["param", "with", "node", "edge", "category"],
    ),
    Rule::new("node", Label::Optional, &["base", "category"], &["param", "category"]),
    Rule::new("edge", Label::Optional, &["base", "category"], &["param", "category"]),
    Rule::new(
        "category",
        Label::Required,
        &["color", "depth", "icon", "href", "base"],
        &["fold", "property"],
    ),
    Rule { any_attribute: true, ..Rule::part("fold", Label::None, &[], &[]) },
    Rule { any_attribute: true, ..Rule::part("property", Label::Required, &[], &[]) },
    Rule::new(
        "image",
        Label::Optional,
        &["src", "alt", "width", "display", "base"],
        &["param", "with"],
    ),
    Rule::new(
        "input",
        Label::Required,
        &["type", "label", "placeholder", "value", "width", "display", "base"],
        &["param", "with", "option"],
    ),
    Rule::part("option", Label::Required, &["label"], &[]),
    Rule::new(
        "table",
        Label::Optional,
        &["type", "width", "display", "base"],
        &["param", "with", "column"],
    ),
    Rule::part("column", Label::Required, &["display", "href", "wrap"], &[]),
    Rule::new("text", Label::Optional, &["value", "type", "width", "display", "base"], &[]),
    Rule::new("with", Label::Required, &[], &["param"]),
];

fn rule(kind: &str, parent: Option<&str>) -> Option<&'static Rule> {
    let allowed = match parent {
        None => {
            RULES.iter().any(|rule| rule.kind == kind && (rule.resource || kind == "locals"))
                && kind != "with"
        }
        Some(parent) => RULES.iter().any(|rule| rule.kind == parent && rule.blocks.contains(&kind)),
    };
    // a `mod` in `require` is not the mod's own block
    if kind == "mod" && parent.is_some() {
        return REQUIRED_MOD.first().filter(|_| allowed);
    }
    RULES.iter().find(|rule| rule.kind == kind).filter(|_| allowed)
}

static REQUIRED_MOD: &[Rule] = &[Rule {
    any_attribute: false,
    ..Rule::part("mod", Label::Required, &["version", "args", "path", "branch", "tag"], &[])
}];

fn allowed_blocks(parent: Option<&str>) -> String {
    match parent.and_then(|parent| RULES.iter().find(|rule| rule.kind == parent)) {
        None => TOP.to_owned(),
        Some(rule) if rule.blocks.is_empty() => "none".to_owned(),
        Some(rule) => rule.blocks.join(", "),
    }
}

//! The places where a block refers to other resources or to variables, read out of its text.
//! Must not know what the references lead to.

use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::structure::{Attribute, Block};
use hcl_edit::visit::{Visit, visit_traversal};
use md5::{Digest as _, Md5};
use serde::Serialize;

use crate::mods::{KINDS, Mod, Resource};

/// One reference, with its fields in the order of their names.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are those of the document")]
pub(super) struct Reference<'m> {
    auto_generated: bool,
    end_line_number: usize,
    file_name: &'m str,
    from_attribute: String,
    from_block_name: String,
    from_block_type: String,
    is_anonymous: bool,
    mod_name: &'m str,
    reference_from: String,
    reference_to: String,
    resource_name: String,
    source_definition: String,
    start_line_number: usize,
}

/// The references of a resource, in the order in which they are written.
pub(super) fn references<'m>(loaded: &'m Mod, resource: &'m Resource) -> Vec<Reference<'m>> {
    let mut found = Vec::new();
    // the text has been parsed as a part of its file, so that it does parse
    if let Ok(body) = hcl_edit::parser::parse_body(&resource.definition)
        && let Some(block) = body.blocks().next()
    {
        add(loaded, resource, block, &mut found);
        // an element of a dashboard has its own references; a parameter has not
        for param in block.body.get_blocks("param") {
            add(loaded, resource, param, &mut found);
        }
    }
    found
}

fn add<'m>(loaded: &'m Mod, resource: &'m Resource, block: &Block, found: &mut Vec<Reference<'m>>) {
    let from =
        resource.full_name.split_once('.').map_or(resource.full_name.as_str(), |(_, name)| name);
    let kind = block.ident.as_str();
    let name = block.labels.first().map_or("", |label| label.as_str());
    for attribute in block.body.attributes() {
        let lines = lines(&resource.definition, attribute);
        let source: Vec<&str> =
            resource.definition.lines().skip(lines.start).take(lines.len()).collect();
        let key = attribute.key.as_str();
        for to in names(&attribute.value) {
            let identity = format!(
                "To: {to}\nFrom: {from}\nBlockType: {kind}\nBlockName: {name}\nAttribute: {key}"
            );
            found.push(Reference {
                auto_generated: false,
                end_line_number: resource.start_line + lines.end - 1,
                file_name: &resource.file,
                from_attribute: key.to_owned(),
                from_block_name: name.to_owned(),
                from_block_type: kind.to_owned(),
                is_anonymous: false,
                mod_name: &loaded.name,
                reference_from: from.to_owned(),
                reference_to: to,
                resource_name: short_hash(&identity),
                source_definition: source.join("\n"),
                start_line_number: resource.start_line + lines.start,
            });
        }
    }
}

/// The lines of an attribute, counted from 0 within the block's text.
fn lines(text: &str, attribute: &Attribute) -> Range<usize> {
    let span = attribute.span().unwrap_or_default();
    let before = |end: usize| text.get(..end).map_or(0, |text| text.matches('\n').count());
    // a heredoc ends behind its last line break
    let end = text
        .get(span.clone())
        .map_or(span.end, |attribute| span.start + attribute.trim_end().len());
    before(span.start)..before(end) + 1
}

/// The name that Powerpipe gives a reference: 8 digits of the hash of what it is.
fn short_hash(identity: &str) -> String {
    let [a, b, c, d, ..] = <[u8; 16]>::from(Md5::digest(identity));
    format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
}

/// What an expression refers to, as it is written: `var.x`, `control.x` or `<mod>.control.x`.
fn names(expression: &Expression) -> Vec<String> {
    let mut names = Names(Vec::new());
    names.visit_expr(expression);
    names.0
}

struct Names(Vec<String>);

impl Visit for Names {
    fn visit_traversal(&mut self, traversal: &Traversal) {
        if let Expression::Variable(root) = &traversal.expr {
            let attributes =
                traversal.operators.iter().map_while(|operator| match operator.value() {
                    TraversalOperator::GetAttr(name) => Some(name.as_str()),
                    _ => None,
                });
            let path: Vec<&str> = std::iter::once(root.as_str()).chain(attributes).collect();
            let length = match path.as_slice() {
                ["var", ..] => path.len(),
                [kind, _, ..] if KINDS.contains(kind) => 2,
                [_, kind, _, ..] if KINDS.contains(kind) => 3,
                _ => 0,
            };
            if length > 1 {
                self.0.push(path[..length].join("."));
            }
        }
        visit_traversal(self, traversal);
    }
}

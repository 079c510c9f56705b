//! Templates: texts with `${…}` and `%{…}` in them.
//! It must not know what names stand for.

use hcl_edit::template::{Directive, Element, ForDirective, IfDirective, Strip, Template};

use super::evaluate::{Evaluator, Over};
use super::operators;

/// How a template is written, which tells how far `~` reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// In quotes: over all white space.
    Quoted,
    /// Between delimiters: to the end of the line. So many blanks go from the start of each line, and are gone
    /// already where no directive is around.
    Heredoc { indent: usize },
}

/// Whether the white space at the start and at the end of a template goes.
#[derive(Debug, Clone, Copy, Default)]
struct Ends {
    start: bool,
    end: bool,
}

/// The text of a template.
pub(super) fn render(
    evaluator: Evaluator<'_>,
    template: &Template,
    kind: Kind,
) -> Result<String, String> {
    let mut text = String::new();
    write(evaluator, template, kind, None, &mut text)?;
    Ok(text)
}

fn write(
    evaluator: Evaluator<'_>,
    template: &Template,
    kind: Kind,
    directive: Option<Ends>,
    text: &mut String,
) -> Result<(), String> {
    let ends = directive.unwrap_or_default();
    let elements: Vec<&Element> = template.iter().collect();
    for (place, element) in elements.iter().enumerate() {
        match element {
            Element::Literal(literal) => {
                let before =
                    place.checked_sub(1).map_or(ends.start, |before| strips(elements[before]).end);
                let after = elements.get(place + 1).map_or(ends.end, |after| strips(after).start);
                let mut literal = literal.as_str();
                if before {
                    literal = strip_start(literal, kind);
                }
                if after {
                    literal = strip_end(literal, kind);
                }
                match kind {
                    Kind::Heredoc { indent } if directive.is_some() => {
                        push_dedented(literal, indent, text);
                    }
                    _ => text.push_str(literal),
                }
            }
            Element::Interpolation(interpolation) => {
                let value = evaluator.value(&interpolation.expr)?;
                text.push_str(
                    &operators::text(&value).map_err(|error| format!("in a template {error}"))?,
                );
            }
            Element::Directive(directive) => match &**directive {
                Directive::If(directive) => write_if(evaluator, directive, kind, text)?,
                Directive::For(directive) => write_for(evaluator, directive, kind, text)?,
            },
        }
    }
    Ok(())
}

fn write_if(
    evaluator: Evaluator<'_>,
    directive: &IfDirective,
    kind: Kind,
    text: &mut String,
) -> Result<(), String> {
    let (yes, no, end) =
        (&directive.if_expr, directive.else_expr.as_ref(), directive.endif_expr.strip);
    if operators::truth(&evaluator.value(&yes.cond_expr)?)? {
        let next = no.map_or(end, |no| no.strip);
        let ends = Ends { start: yes.strip.strip_end(), end: next.strip_start() };
        write(evaluator, &yes.template, kind, Some(ends), text)
    } else if let Some(no) = no {
        let ends = Ends { start: no.strip.strip_end(), end: end.strip_start() };
        write(evaluator, &no.template, kind, Some(ends), text)
    } else {
        Ok(())
    }
}

fn write_for(
    evaluator: Evaluator<'_>,
    directive: &ForDirective,
    kind: Kind,
    text: &mut String,
) -> Result<(), String> {
    let each = &directive.for_expr;
    let over = Over {
        key: each.key_var.as_ref().map(|name| name.as_str()),
        value: each.value_var.as_str(),
        collection: &each.collection_expr,
    };
    let ends =
        Ends { start: each.strip.strip_end(), end: directive.endfor_expr.strip.strip_start() };
    evaluator.turns(&over, |turn| write(turn, &each.template, kind, Some(ends), text))
}

/// Adds a text without its lines' indentation. Where it begins, a line has begun already.
fn push_dedented(literal: &str, indent: usize, text: &mut String) {
    for (place, line) in literal.split_inclusive('\n').enumerate() {
        let blanks = line
            .bytes()
            .take(if place == 0 { 0 } else { indent })
            .take_while(|byte| *byte == b' ')
            .count();
        text.push_str(&line[blanks..]);
    }
}

/// Which of its neighbours an element strips.
fn strips(element: &Element) -> Ends {
    let ends =
        |first: Strip, last: Strip| Ends { start: first.strip_start(), end: last.strip_end() };
    match element {
        Element::Literal(_) => Ends::default(),
        Element::Interpolation(interpolation) => ends(interpolation.strip, interpolation.strip),
        Element::Directive(directive) => match &**directive {
            Directive::If(directive) => ends(directive.if_expr.strip, directive.endif_expr.strip),
            Directive::For(directive) => {
                ends(directive.for_expr.strip, directive.endfor_expr.strip)
            }
        },
    }
}

fn strip_start(literal: &str, kind: Kind) -> &str {
    let line = match literal.find('\n') {
        Some(end) if kind != Kind::Quoted => end + 1,
        _ => literal.len(),
    };
    let blank = line - literal[..line].trim_start().len();
    &literal[blank..]
}

fn strip_end(literal: &str, kind: Kind) -> &str {
    let before_last = literal.len().saturating_sub(1);
    let line = match literal[..literal.floor_char_boundary(before_last)].rfind('\n') {
        Some(end) if kind != Kind::Quoted => end + 1,
        _ => 0,
    };
    &literal[..line + literal[line..].trim_end().len()]
}

//! Expressions of a mod: what names stand for.
//! It must not know blocks.

use hcl::Value;
use hcl::eval::Context;
use hcl_edit::expr::{Expression, ForExpr, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::visit::{Visit, visit_traversal};

use super::functions;
use super::source::Source;
use super::{operators, template};

/// What names stand for.
pub(super) struct Scope<'s> {
    pub(super) source: &'s Source,
    pub(super) functions: Context<'static>,
    names: hcl::Map<String, Value>,
}

impl<'s> Scope<'s> {
    pub(super) fn new(source: &'s Source) -> Self {
        let mut context = Context::new();
        functions::declare(&mut context);
        Self { source, functions: context, names: hcl::Map::new() }
    }

    /// From now on `name` stands for the value.
    pub(super) fn declare(&mut self, name: &str, value: Value) {
        self.names.insert(name.to_owned(), value);
    }

    pub(super) fn evaluate(&self, expression: &Expression) -> Result<Value, String> {
        Evaluator { scope: self, inner: None }.value(expression)
    }
}

/// Evaluates within a scope, and within the loops around an expression.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'e> {
    pub(super) scope: &'e Scope<'e>,
    inner: Option<&'e Loop<'e>>,
}

/// The names of one turn of a loop.
struct Loop<'e> {
    names: [Option<(&'e str, Value)>; 2],
    outer: Option<&'e Loop<'e>>,
}

/// The loop of a `for`: what it runs over, and what it calls key and value.
pub(super) struct Over<'e> {
    pub(super) key: Option<&'e str>,
    pub(super) value: &'e str,
    pub(super) collection: &'e Expression,
}

impl Evaluator<'_> {
    // the depth of an expression is bounded by the parser
    pub(super) fn value(self, expression: &Expression) -> Result<Value, String> {
        match expression {
            Expression::Null(_) => Ok(Value::Null),
            Expression::Bool(value) => Ok(Value::Bool(*value.value())),
            Expression::Number(number) => Ok(Value::Number(*number.value())),
            Expression::String(text) => Ok(Value::String(text.value().clone())),
            Expression::Array(items) => items
                .iter()
                .map(|item| self.value(item))
                .collect::<Result<_, _>>()
                .map(Value::Array),
            Expression::Object(object) => {
                let mut entries = hcl::Map::new();
                for (key, value) in object {
                    entries.insert(self.key(key)?, self.value(value.expr())?);
                }
                Ok(object_of(entries))
            }
            Expression::StringTemplate(text) => {
                match text.as_single_element().and_then(|only| only.as_interpolation()) {
                    // `"${x}"` is x itself, whatever it is
                    Some(only) => self.value(&only.expr),
                    None => template::render(self, text, template::Kind::Quoted).map(Value::String),
                }
            }
            Expression::HeredocTemplate(text) => {
                let kind = template::Kind::Heredoc { indent: text.indent().unwrap_or(0) };
                template::render(self, &text.template, kind).map(Value::String)
            }
            Expression::Parenthesis(inner) => self.value(inner.inner()),
            Expression::Variable(name) => self.name(name.as_str()),
            Expression::Conditional(conditional) => self.conditional(conditional),
            Expression::FuncCall(call) => self.call(call),
            Expression::Traversal(traversal) => self.traversal(traversal),
            Expression::UnaryOp(operation) => {
                operators::unary(*operation.operator.value(), &self.value(&operation.expr)?)
            }
            Expression::BinaryOp(operation) => {
                let (left, right) =
                    (self.value(&operation.lhs_expr)?, self.value(&operation.rhs_expr)?);
                operators::binary(&left, *operation.operator.value(), &right)
            }
            Expression::ForExpr(each) => self.each(each),
        }
    }

    /// What a name stands for, in the innermost loop that has it, else in the scope.
    fn known(&self, name: &str) -> Option<&Value> {
        let mut inner = self.inner;
        while let Some(turn) = inner {
            if let Some((_, value)) = turn.names.iter().flatten().find(|(known, _)| *known == name)
            {
                return Some(value);
            }
            inner = turn.outer;
        }
        self.scope.names.get(name)
    }

    fn name(self, name: &str) -> Result<Value, String> {
        self.known(name).cloned().ok_or_else(|| {
            let known: Vec<&str> = self.scope.names.keys().map(String::as_str).collect();
            match known.as_slice() {
                [] => format!("nothing is called '{name}'; a text stands in quotes"),
                known => format!("nothing is called '{name}'; known: {}", known.join(", ")),
            }
        })
    }

    fn key(self, key: &ObjectKey) -> Result<String, String> {
        match key {
            ObjectKey::Ident(name) | ObjectKey::Expression(Expression::Variable(name)) => {
                Ok(name.as_str().to_owned())
            }
            ObjectKey::Expression(Expression::Null(_)) => Ok("null".to_owned()),
            ObjectKey::Expression(expression) => {
                operators::text(&self.value(expression)?).map_err(|error| format!("a key: {error}"))
            }
        }
    }

    /// The branch that is not taken may name a file that is not there; if it has a value, both are of one kind.
    fn conditional(self, conditional: &hcl_edit::expr::Conditional) -> Result<Value, String> {
        let (taken, other) = if operators::truth(&self.value(&conditional.cond_expr)?)? {
            (&conditional.true_expr, &conditional.false_expr)
        } else {
            (&conditional.false_expr, &conditional.true_expr)
        };
        let taken = self.value(taken)?;
        match self.value(other) {
            Ok(other) => operators::unify(taken, &other),
            Err(_) => Ok(taken),
        }
    }

    fn traversal(self, traversal: &Traversal) -> Result<Value, String> {
        // `local.x` is one of many, which need not be copied for it
        if let (Expression::Variable(name), Some((first, rest))) =
            (&traversal.expr, traversal.operators.split_first())
            && let TraversalOperator::GetAttr(attribute) = first.value()
            && let Some(Value::Object(entries)) = self.known(name.as_str())
            && let Some(value) = entries.get(attribute.as_str())
        {
            return self.steps(value.clone(), rest);
        }
        let value = self.value(&traversal.expr)?;
        self.steps(value, &traversal.operators)
    }

    fn steps(
        self,
        mut value: Value,
        steps: &[hcl_edit::Decorated<TraversalOperator>],
    ) -> Result<Value, String> {
        let mut steps = steps;
        while let Some((step, rest)) = steps.split_first() {
            steps = rest;
            value = match step.value() {
                TraversalOperator::GetAttr(name) => operators::attribute(value, name.as_str())?,
                TraversalOperator::Index(index) => operators::index(value, &self.value(index)?)?,
                TraversalOperator::LegacyIndex(index) => {
                    operators::index(value, &Value::from(*index.value()))?
                }
                TraversalOperator::AttrSplat(_) => {
                    let attributes = steps
                        .iter()
                        .take_while(|step| matches!(step.value(), TraversalOperator::GetAttr(_)))
                        .count();
                    let (each, after) = steps.split_at(attributes);
                    steps = after;
                    self.splat(value, each)?
                }
                TraversalOperator::FullSplat(_) => {
                    return self.splat(value, std::mem::take(&mut steps));
                }
            };
        }
        Ok(value)
    }

    fn splat(
        self,
        value: Value,
        steps: &[hcl_edit::Decorated<TraversalOperator>],
    ) -> Result<Value, String> {
        let items = match value {
            Value::Array(items) => items,
            Value::Null => Vec::new(),
            other => vec![other],
        };
        items
            .into_iter()
            .map(|item| self.steps(item, steps))
            .collect::<Result<_, _>>()
            .map(Value::Array)
    }

    fn each(self, each: &ForExpr) -> Result<Value, String> {
        let intro = &each.intro;
        let over = Over {
            key: intro.key_var.as_ref().map(|name| name.as_str()),
            value: intro.value_var.as_str(),
            collection: &intro.collection_expr,
        };
        let mut items = Vec::new();
        let mut entries: hcl::Map<String, Value> = hcl::Map::new();
        self.turns(&over, |turn| {
            if let Some(condition) = &each.cond
                && !operators::truth(&turn.value(&condition.expr)?)?
            {
                return Ok(());
            }
            let value = turn.value(&each.value_expr)?;
            let Some(key) = &each.key_expr else {
                items.push(value);
                return Ok(());
            };
            let key =
                operators::text(&turn.value(key)?).map_err(|error| format!("a key: {error}"))?;
            if each.grouping {
                let group = entries.entry(key).or_insert_with(|| Value::Array(Vec::new()));
                group.as_array_mut().into_iter().for_each(|group| group.push(value.clone()));
                Ok(())
            } else if entries.contains_key(&key) {
                Err(format!(
                    "two items have the key '{key}'; write `...` behind the value to group them"
                ))
            } else {
                entries.insert(key, value);
                Ok(())
            }
        })?;
        Ok(if each.key_expr.is_some() { object_of(entries) } else { Value::Array(items) })
    }

    /// Runs a loop: calls `body` for each item, with the names of the loop standing for key and value.
    pub(super) fn turns(
        self,
        over: &Over<'_>,
        mut body: impl FnMut(Evaluator<'_>) -> Result<(), String>,
    ) -> Result<(), String> {
        let items: Vec<(Value, Value)> = match self.value(over.collection)? {
            Value::Array(items) => {
                items.into_iter().enumerate().map(|(place, item)| (place.into(), item)).collect()
            }
            Value::Object(entries) => {
                entries.into_iter().map(|(key, value)| (key.into(), value)).collect()
            }
            other => {
                return Err(format!(
                    "a loop runs over a list or a map, not over {}",
                    operators::kind(&other)
                ));
            }
        };
        items.into_iter().try_for_each(|(key, value)| {
            let names = [over.key.map(|name| (name, key)), Some((over.value, value))];
            let turn = Loop { names, outer: self.inner };
            body(Evaluator { scope: self.scope, inner: Some(&turn) })
        })
    }
}

/// An object in the order of its keys, as everyone else has it.
pub(super) fn object_of(mut entries: hcl::Map<String, Value>) -> Value {
    entries.sort_keys();
    Value::Object(entries)
}

/// The names that an expression refers to, as `root.name` or `root.type.name`, each once and in order.
pub(super) fn names(expression: &Expression) -> Vec<Vec<String>> {
    let mut found = Names(Vec::new());
    found.visit_expr(expression);
    found.0
}

struct Names(Vec<Vec<String>>);

impl Visit for Names {
    fn visit_traversal(&mut self, node: &Traversal) {
        if let Expression::Variable(root) = &node.expr {
            let attributes = node.operators.iter().map_while(|operator| match operator.value() {
                TraversalOperator::GetAttr(name) => Some(name.as_str().to_owned()),
                _ => None,
            });
            let name: Vec<String> =
                std::iter::once(root.as_str().to_owned()).chain(attributes).collect();
            if !self.0.contains(&name) {
                self.0.push(name);
            }
        }
        visit_traversal(self, node);
    }
}

/// A value as JSON.
pub(super) fn json(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    static FILES: &[(&str, &str)] = &[("mod.pp", ""), ("docs/a.md", "# A\n"), ("docs/b.md", "B")];

    fn evaluate(text: &str) -> Result<serde_json::Value, String> {
        let expression =
            hcl_edit::parser::parse_expr(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        Scope::new(&Source::embedded(FILES)).evaluate(&expression).map(|value| json(&value))
    }

    /// The answers are those of Powerpipe 1.5.2, but for the words of errors.
    #[test]
    fn expressions_have_the_values_that_powerpipe_gives_them() {
        for case in include_str!("expressions.txt").lines() {
            let (expression, expected) = case.rsplit_once(" => ").unwrap();
            match (expected.strip_prefix("error: "), evaluate(expression)) {
                (Some(words), Err(error)) => assert!(error.contains(words), "{case}: {error}"),
                (None, Ok(value)) => assert_eq!(value.to_string(), expected, "{case}"),
                (_, found) => panic!("{case}: {found:?}"),
            }
        }
    }

    #[test]
    fn heredocs_lose_what_powerpipe_takes_from_them() {
        for (template, expected) in [
            ("<<EOT\nhello ${1}\nEOT\n", "hello 1\n"),
            ("<<-EOT\n    a\n      b\n    ${1}\n  EOT\n", "a\n  b\n1\n"),
            (
                "<<-EOT\n    %{ for v in [1,2] ~}\n    ${v}\n    %{ endfor ~}\n  EOT\n",
                "    1\n    2\n",
            ),
            ("<<EOT\n%{ if true }\nyes\n%{ else }\nno\n%{ endif }\nEOT\n", "\nyes\n\n"),
            ("<<EOT\n%{ if false ~}\nyes\n%{ else ~}\nno\n%{ endif ~}\nEOT\n", "no\n"),
            ("<<EOT\na\n  ${~ 1 ~}  \n  b\nEOT\n", "a\n1  b\n"),
            ("<<EOT\nback\\nslash $${x} %%{y} \"q\"\nEOT\n", "back\\nslash ${x} %{y} \"q\"\n"),
            ("<<-EOT\n\ta\n\t\tb\n\tEOT\n", "a\n\tb\n"),
            ("<<-EOT\n    a\n\n    b\n    EOT\n", "a\n\nb\n"),
        ] {
            assert_eq!(evaluate(&format!("({template})")), Ok(expected.into()), "{template}");
        }
        assert_eq!(evaluate(r#""a\n  ${~ 1 ~}  \n b""#), Ok("a1b".into()));
    }

    #[test]
    fn an_expression_as_deep_as_the_parser_takes_is_evaluated() {
        let nested = format!("{}1{}", "(".repeat(60), ")".repeat(60));
        assert_eq!(evaluate(&nested), Ok(1.into()));
        assert_eq!(evaluate(&["1"; 120].join(" + ")), Ok(120.into()));
    }
}

//! Expressions of a mod: what names stand for, and the functions that need files or look before they evaluate.
//! It must not know blocks.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hcl::Value;
use hcl::eval::{Context, ErrorKind, Evaluate as _};
use hcl_edit::expr::{Expression, ForExpr, FuncCall, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::visit::{Visit, visit_traversal};

use super::functions;
use super::source::Source;
use super::{operators, template};

/// What names stand for.
pub(super) struct Scope<'s> {
    source: &'s Source,
    functions: Context<'static>,
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
    scope: &'e Scope<'e>,
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

    fn call(self, call: &FuncCall) -> Result<Value, String> {
        let name = call.name.name.as_str();
        if call.name.is_namespaced() {
            return Err(format!("there is no function '{name}' with a namespace"));
        }
        match name {
            "try" => {
                let mut last = "it is given nothing to try".to_owned();
                for argument in &call.args {
                    match self.value(argument) {
                        Ok(value) => return Ok(value),
                        Err(error) => last = error,
                    }
                }
                return Err(format!("try: no argument can be evaluated; the last one: {last}"));
            }
            "can" => {
                let mut arguments = call.args.iter();
                return match (arguments.next(), arguments.next()) {
                    (Some(only), None) => Ok(Value::Bool(self.value(only).is_ok())),
                    _ => Err("can takes one argument".to_owned()),
                };
            }
            _ => {}
        }
        let mut arguments: Vec<Value> =
            call.args.iter().map(|argument| self.value(argument)).collect::<Result<_, _>>()?;
        if call.args.expand_final() {
            match arguments.pop() {
                Some(Value::Array(items)) => arguments.extend(items),
                other => {
                    let kind = operators::kind(&other.unwrap_or_default());
                    return Err(format!("{name}: `...` stands behind a list, not behind {kind}"));
                }
            }
        }
        self.call_own(name, &arguments).unwrap_or_else(|| self.call_declared(name, arguments))
    }

    /// A function of files, of the environment or of steps. `None` if it is another one.
    fn call_own(self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        const OWN: [(&str, usize); 9] = [
            ("file", 1),
            ("filebase64", 1),
            ("fileexists", 1),
            ("fileset", 2),
            ("abspath", 1),
            ("pathexpand", 1),
            ("env", 1),
            ("is_error", 1),
            ("error_message", 1),
        ];
        let (_, wanted) = OWN.iter().find(|(own, _)| *own == name)?;
        if arguments.len() != *wanted {
            return Some(Err(format!(
                "{name} takes {wanted} argument(s), not {}",
                arguments.len()
            )));
        }
        let errors =
            arguments[0].as_object().and_then(|step| step.get("errors")).and_then(Value::as_array);
        Some(match name {
            "is_error" => Ok(Value::Bool(errors.is_some_and(|errors| !errors.is_empty()))),
            "error_message" => {
                let first = errors.and_then(|errors| {
                    errors.first()?.as_object()?.get("error")?.as_object()?.get("detail")
                });
                Ok(first.cloned().unwrap_or_else(|| Value::from("")))
            }
            _ => {
                let texts: Result<Vec<String>, String> =
                    arguments.iter().map(operators::text).collect();
                texts
                    .and_then(|texts| self.call_with_texts(name, &texts))
                    .map_err(|error| format!("{name}: {error}"))
            }
        })
    }

    fn call_with_texts(self, name: &str, arguments: &[String]) -> Result<Value, String> {
        let source = self.scope.source;
        let read = |path: &str| {
            let bytes = source.read(path)?;
            bytes.ok_or_else(|| format!("no file {path} in {}", source.location()))
        };
        let path = &arguments[0];
        match name {
            "file" => String::from_utf8(read(path)?)
                .map(Value::from)
                .map_err(|_| format!("{path} is no UTF-8 text")),
            "filebase64" => Ok(Value::from(STANDARD.encode(read(path)?))),
            "fileexists" => Ok(Value::Bool(source.read(path)?.is_some())),
            "fileset" => {
                let found = source.matching(path, arguments.get(1).map_or("", String::as_str))?;
                Ok(Value::Array(found.into_iter().map(Value::from).collect()))
            }
            "abspath" => Ok(Value::from(absolute(&source.root(), path))),
            "pathexpand" => {
                let home =
                    std::env::var("HOME").ok().filter(|_| path == "~" || path.starts_with("~/"));
                Ok(Value::from(home.map_or_else(|| path.clone(), |home| home + &path[1..])))
            }
            _ => Ok(Value::from(std::env::var(path).unwrap_or_default())),
        }
    }

    fn call_declared(self, name: &str, arguments: Vec<Value>) -> Result<Value, String> {
        let identifier = hcl::Identifier::new(name).map_err(|error| error.to_string())?;
        let arguments = arguments.into_iter().map(hcl::Expression::from);
        let call = arguments
            .fold(hcl::expr::FuncCall::builder(identifier), hcl::expr::FuncCallBuilder::arg)
            .build();
        match call.evaluate(&self.scope.functions) {
            // functions leave the order of a map to us
            Ok(value) => Ok(sorted(value)),
            Err(error) => Err(match error.kind() {
                ErrorKind::UndefinedFunc(_) => format!("there is no function '{name}'"),
                ErrorKind::FuncCall(_, message) => format!("{name}: {message}"),
                other => format!("{name}: {other}"),
            }),
        }
    }
}

fn absolute(root: &Path, path: &str) -> String {
    root.join(path.trim_start_matches("./")).display().to_string()
}

/// An object in the order of its keys, as everyone else has it.
fn object_of(mut entries: hcl::Map<String, Value>) -> Value {
    entries.sort_keys();
    Value::Object(entries)
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        Value::Object(entries) => {
            object_of(entries.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        other => other,
    }
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

//! Expressions of a mod: what names stand for, and the functions that need files or look before they evaluate.
//! It must not know blocks.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hcl::Value;
use hcl::eval::{Context, Evaluate as _};
use hcl::expr::{Expression, FuncCall, TraversalOperator};
use hcl::template::{Directive, Element, Template};
use hcl_edit::visit::{Visit, visit_traversal};

use super::functions;
use super::source::Source;

/// Functions that this evaluator runs itself: of files, and those that may not evaluate all they are given.
const OWN_FUNCTIONS: [&str; 10] = [
    "file",
    "filebase64",
    "fileexists",
    "fileset",
    "abspath",
    "pathexpand",
    "env",
    "try",
    "can",
    "is_error",
];

/// What names stand for.
pub(super) struct Scope<'s> {
    source: &'s Source,
    context: Context<'static>,
}

impl<'s> Scope<'s> {
    pub(super) fn new(source: &'s Source) -> Self {
        let mut context = Context::new();
        functions::declare(&mut context);
        Self { source, context }
    }

    /// From now on `name` stands for the value.
    pub(super) fn declare(&mut self, name: &str, value: Value) {
        if let Ok(name) = hcl::Identifier::new(name) {
            self.context.declare_var(name, value);
        }
    }

    pub(super) fn evaluate(
        &self,
        expression: &hcl_edit::expr::Expression,
    ) -> Result<Value, String> {
        self.value(&Expression::from(expression.clone()))
    }

    fn value(&self, expression: &Expression) -> Result<Value, String> {
        let mut expression = expression.clone();
        self.expand(&mut expression)?;
        expression.evaluate(&self.context).map_err(|error| error.to_string())
    }

    /// Puts the values of our own functions in the place of their calls. True if there was one.
    fn expand(&self, expression: &mut Expression) -> Result<bool, String> {
        let mut expanded = false;
        match expression {
            Expression::FuncCall(call) if is_own(call) => {
                let value = self.call(call)?;
                *expression = Expression::from(value);
                return Ok(true);
            }
            Expression::FuncCall(call) => {
                for argument in &mut call.args {
                    expanded |= self.expand(argument)?;
                }
            }
            Expression::Array(items) => {
                for item in items {
                    expanded |= self.expand(item)?;
                }
            }
            Expression::Object(object) => {
                for (_, value) in object.iter_mut() {
                    expanded |= self.expand(value)?;
                }
            }
            Expression::TemplateExpr(template) => {
                let mut parsed =
                    Template::from_expr(template).map_err(|error| error.to_string())?;
                if self.expand_template(&mut parsed)? {
                    let text = parsed.evaluate(&self.context).map_err(|error| error.to_string())?;
                    *expression = Expression::String(text);
                    return Ok(true);
                }
            }
            Expression::Traversal(traversal) => {
                expanded |= self.expand(&mut traversal.expr)?;
                for operator in &mut traversal.operators {
                    if let TraversalOperator::Index(index) = operator {
                        expanded |= self.expand(index)?;
                    }
                }
            }
            Expression::Parenthesis(inner) => expanded |= self.expand(inner)?,
            Expression::Conditional(conditional) => {
                expanded |= self.expand(&mut conditional.cond_expr)?;
                // the branch that is not taken may name a file that is not there
                let taken = conditional
                    .cond_expr
                    .evaluate(&self.context)
                    .map_err(|error| error.to_string())?;
                let branch = if taken == Value::Bool(true) || taken == Value::from("true") {
                    &mut conditional.true_expr
                } else {
                    &mut conditional.false_expr
                };
                expanded |= self.expand(branch)?;
            }
            Expression::Operation(operation) => match &mut **operation {
                hcl::expr::Operation::Unary(unary) => expanded |= self.expand(&mut unary.expr)?,
                hcl::expr::Operation::Binary(binary) => {
                    expanded |= self.expand(&mut binary.lhs_expr)?;
                    expanded |= self.expand(&mut binary.rhs_expr)?;
                }
            },
            // names of the loop are not known yet below it
            Expression::ForExpr(each) => expanded |= self.expand(&mut each.collection_expr)?,
            _ => {}
        }
        Ok(expanded)
    }

    fn expand_template(&self, template: &mut Template) -> Result<bool, String> {
        let mut expanded = false;
        for element in template.elements_mut() {
            match element {
                Element::Literal(_) => {}
                Element::Interpolation(interpolation) => {
                    expanded |= self.expand(&mut interpolation.expr)?;
                }
                Element::Directive(directive) => match &mut **directive {
                    Directive::If(directive) => {
                        expanded |= self.expand(&mut directive.cond_expr)?;
                        expanded |= self.expand_template(&mut directive.true_template)?;
                        if let Some(template) = &mut directive.false_template {
                            expanded |= self.expand_template(template)?;
                        }
                    }
                    Directive::For(directive) => {
                        expanded |= self.expand(&mut directive.collection_expr)?;
                    }
                },
            }
        }
        Ok(expanded)
    }

    fn call(&self, call: &FuncCall) -> Result<Value, String> {
        let name = call.name.name.as_str();
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
            "can" | "is_error" => {
                let [argument] = call.args.as_slice() else {
                    return Err(format!("{name} takes one argument"));
                };
                let fine = self.value(argument).is_ok();
                return Ok(Value::Bool(fine == (name == "can")));
            }
            _ => {}
        }
        let arguments: Vec<String> = call
            .args
            .iter()
            .map(|argument| match self.value(argument)? {
                Value::String(text) => Ok(text),
                other => Err(format!("{name} takes texts, not {other}")),
            })
            .collect::<Result<_, _>>()?;
        match (name, arguments.as_slice()) {
            ("file", [path]) => String::from_utf8(self.read(path)?)
                .map(Value::from)
                .map_err(|_| format!("{path} is no UTF-8 text")),
            ("filebase64", [path]) => Ok(Value::from(STANDARD.encode(self.read(path)?))),
            ("fileexists", [path]) => Ok(Value::Bool(self.source.read(path)?.is_some())),
            ("fileset", [folder, pattern]) => Ok(Value::Array(
                self.source.matching(folder, pattern)?.into_iter().map(Value::from).collect(),
            )),
            ("abspath", [path]) => Ok(Value::from(absolute(&self.source.root(), path))),
            ("pathexpand", [path]) => {
                let home =
                    std::env::var("HOME").ok().filter(|_| path == "~" || path.starts_with("~/"));
                Ok(Value::from(home.map_or_else(|| path.clone(), |home| home + &path[1..])))
            }
            ("env", [variable]) => Ok(Value::from(std::env::var(variable).unwrap_or_default())),
            _ => Err(format!(
                "{name} is given {} arguments, which it does not take",
                arguments.len()
            )),
        }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.source
            .read(path)?
            .ok_or_else(|| format!("no file {path} in {}", self.source.location()))
    }
}

fn is_own(call: &FuncCall) -> bool {
    call.name.namespace.is_empty() && OWN_FUNCTIONS.contains(&call.name.name.as_str())
}

fn absolute(root: &Path, path: &str) -> String {
    root.join(path.trim_start_matches("./")).display().to_string()
}

/// The names that an expression refers to, as `root.name` or `root.type.name`, each once and in order.
pub(super) fn names(expression: &hcl_edit::expr::Expression) -> Vec<Vec<String>> {
    let mut found = Names(Vec::new());
    found.visit_expr(expression);
    found.0
}

struct Names(Vec<Vec<String>>);

impl Visit for Names {
    fn visit_traversal(&mut self, node: &hcl_edit::expr::Traversal) {
        if let hcl_edit::expr::Expression::Variable(root) = &node.expr {
            let attributes = node.operators.iter().map_while(|operator| match operator.value() {
                hcl_edit::expr::TraversalOperator::GetAttr(name) => Some(name.as_str().to_owned()),
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

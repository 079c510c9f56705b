//! Calls of functions in a mod's expressions: those that need files or look before they evaluate are here, the others
//! in `functions`. It must not know blocks.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hcl::Value;
use hcl::eval::{ErrorKind, Evaluate as _};
use hcl_edit::expr::FuncCall;

use super::evaluate::{Evaluator, object_of};
use super::operators;

impl Evaluator<'_> {
    pub(super) fn call(self, call: &FuncCall) -> Result<Value, String> {
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

fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        Value::Object(entries) => {
            object_of(entries.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        other => other,
    }
}

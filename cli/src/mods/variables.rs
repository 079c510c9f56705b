//! Variables: type constraints, and where values come from.
//! It must not know who reads them.

use std::path::PathBuf;

use hcl::Value;
use hcl::expr::{Expression, ObjectKey};

use super::LoadError;
use super::evaluate::Scope;
use super::source::Source;

/// Values that the user gives. Later ones win: environment, files of the mod, `--var-file`, `--var`.
#[derive(Debug, Clone, Default)]
pub(crate) struct VariableInputs {
    /// `--var name=value`.
    pub(crate) flags: Vec<(String, String)>,
    /// `--var-file`.
    pub(crate) files: Vec<PathBuf>,
    /// The environment; `PP_VAR_x`, else `SP_VAR_x`.
    pub(crate) environment: Vec<(String, String)>,
}

/// What a variable may be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Type {
    Any,
    String,
    Number,
    Bool,
    List(Box<Type>),
    Map(Box<Type>),
    /// Name, type, and whether it may be missing.
    Object(Vec<(String, Type, bool)>),
    Tuple(Vec<Type>),
}

impl Type {
    /// Reads a constraint such as `list(string)`.
    pub(super) fn parse(expression: &Expression) -> Result<Self, String> {
        let unknown = || {
            format!(
                "`{expression}` is no type; allowed: string, number, bool, any, list(…), set(…), map(…), object({{…}}), tuple([…])"
            )
        };
        match expression {
            Expression::Variable(name) => match name.as_str() {
                "string" => Ok(Self::String),
                "number" => Ok(Self::Number),
                "bool" => Ok(Self::Bool),
                "any" => Ok(Self::Any),
                "list" | "set" => Ok(Self::List(Box::new(Self::Any))),
                "map" => Ok(Self::Map(Box::new(Self::Any))),
                _ => Err(unknown()),
            },
            // the old form with quotes
            Expression::String(name) => match name.as_str() {
                "string" => Ok(Self::String),
                "number" => Ok(Self::Number),
                "bool" => Ok(Self::Bool),
                _ => Err(unknown()),
            },
            Expression::FuncCall(call) => match (call.name.name.as_str(), call.args.as_slice()) {
                ("list" | "set", [item]) => Ok(Self::List(Box::new(Self::parse(item)?))),
                ("map", [item]) => Ok(Self::Map(Box::new(Self::parse(item)?))),
                ("tuple", [Expression::Array(items)]) => {
                    Ok(Self::Tuple(items.iter().map(Self::parse).collect::<Result<_, _>>()?))
                }
                ("object", [Expression::Object(fields)]) => {
                    let fields = fields.iter().map(|(key, value)| {
                        let name = match key {
                            ObjectKey::Identifier(name) => name.as_str().to_owned(),
                            ObjectKey::Expression(Expression::String(name)) => name.clone(),
                            _ => return Err(unknown()),
                        };
                        match value {
                            Expression::FuncCall(call)
                                if call.name.name.as_str() == "optional"
                                    && !call.args.is_empty() =>
                            {
                                Ok((name, Self::parse(&call.args[0])?, true))
                            }
                            value => Ok((name, Self::parse(value)?, false)),
                        }
                    });
                    Ok(Self::Object(fields.collect::<Result<_, _>>()?))
                }
                _ => Err(unknown()),
            },
            _ => Err(unknown()),
        }
    }

    /// The value as this type, converted where Terraform converts it.
    pub(super) fn convert(&self, value: Value) -> Result<Value, String> {
        let wrong = |wanted: &str, value: &Value| Err(format!("{wanted} is required, not {value}"));
        Ok(match (self, value) {
            (_, Value::Null) => Value::Null,
            (Self::Any, value) => value,
            (Self::String, Value::String(text)) => Value::String(text),
            (Self::String, Value::Number(number)) => Value::String(number.to_string()),
            (Self::String, Value::Bool(flag)) => Value::String(flag.to_string()),
            (Self::String, value) => return wrong("a string", &value),
            (Self::Number, Value::Number(number)) => Value::Number(number),
            (Self::Number, Value::String(text)) => match number(&text) {
                Some(number) => Value::Number(number),
                None => return wrong("a number", &Value::String(text)),
            },
            (Self::Number, value) => return wrong("a number", &value),
            (Self::Bool, Value::Bool(flag)) => Value::Bool(flag),
            (Self::Bool, Value::String(text)) if text == "true" || text == "false" => {
                Value::Bool(text == "true")
            }
            (Self::Bool, value) => return wrong("a bool", &value),
            (Self::List(item), Value::Array(items)) => Value::Array(
                items.into_iter().map(|value| item.convert(value)).collect::<Result<_, _>>()?,
            ),
            (Self::List(_), value) => return wrong("a list", &value),
            (Self::Map(item), Value::Object(entries)) => {
                let entries =
                    entries.into_iter().map(|(key, value)| Ok((key, item.convert(value)?)));
                Value::Object(entries.collect::<Result<_, String>>()?)
            }
            (Self::Map(_), value) => return wrong("a map", &value),
            (Self::Object(fields), Value::Object(mut entries)) => {
                let mut converted = hcl::value::Map::new();
                for (name, field, optional) in fields {
                    let value = match entries.shift_remove(name) {
                        Some(value) => {
                            field.convert(value).map_err(|error| format!("{name}: {error}"))?
                        }
                        None if *optional => Value::Null,
                        None => return Err(format!("the attribute {name} is required")),
                    };
                    converted.insert(name.clone(), value);
                }
                Value::Object(converted)
            }
            (Self::Object(_), value) => return wrong("an object", &value),
            (Self::Tuple(types), Value::Array(items)) if types.len() == items.len() => {
                let items = types.iter().zip(items).map(|(item, value)| item.convert(value));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            (Self::Tuple(types), value) => {
                return wrong(&format!("a list of {} items", types.len()), &value);
            }
        })
    }
}

fn number(text: &str) -> Option<hcl::Number> {
    let whole = text.parse::<i64>().ok().map(hcl::Number::from);
    whole.or_else(|| text.parse::<f64>().ok().and_then(hcl::Number::from_f64))
}

/// The values given for variables: name, value as written, and whether a name that no variable has is an error.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// Later ones win.
    pub(super) values: Vec<(String, GivenValue)>,
    pub(super) warnings: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) enum GivenValue {
    /// As typed: read as an expression unless the variable is a string.
    Text(String),
    /// From a file.
    Value(Value),
}

/// Collects what the user gives for the variables of these names.
pub(super) fn given(
    source: &Source,
    inputs: &VariableInputs,
    mod_name: &str,
    declared: &[&str],
    scope: &Scope<'_>,
) -> Result<Given, LoadError> {
    let mut given = Given::default();
    for name in declared {
        let find = |prefix: &str| {
            inputs
                .environment
                .iter()
                .find(|(key, _)| key.strip_prefix(prefix) == Some(name))
                .map(|(_, value)| value)
        };
        match (find("PP_VAR_"), find("SP_VAR_")) {
            (Some(value), _) => {
                given.values.push(((*name).to_owned(), GivenValue::Text(value.clone())));
            }
            (None, Some(value)) => {
                given
                    .warnings
                    .push(format!("SP_VAR_{name} is read, but its name is old: set PP_VAR_{name}"));
                given.values.push(((*name).to_owned(), GivenValue::Text(value.clone())));
            }
            (None, None) => {}
        }
    }
    // the old names, of Steampipe, come first, so that the new ones win
    let mut files = vec!["steampipe.spvars".to_owned(), "powerpipe.ppvars".to_owned()];
    for pattern in ["*.auto.spvars", "*.auto.ppvars"] {
        files.extend(source.matching("", pattern).map_err(LoadError)?);
    }
    for name in files {
        if let Some(bytes) = source.read(&name).map_err(LoadError)? {
            read_file(&name, &bytes, declared, scope, &mut given)?;
        }
    }
    for path in &inputs.files {
        let name = path.display().to_string();
        #[expect(clippy::disallowed_methods, reason = "runs before anything is asynchronous")]
        let bytes = std::fs::read(path)
            .map_err(|error| LoadError(format!("cannot read {name}: {error}")))?;
        read_file(&name, &bytes, declared, scope, &mut given)?;
    }
    let own = format!("{mod_name}.");
    for (name, value) in &inputs.flags {
        let name = name.strip_prefix(&own).unwrap_or(name);
        if !declared.contains(&name) {
            let declared =
                if declared.is_empty() { "none".to_owned() } else { declared.join(", ") };
            return Err(LoadError(format!(
                "--var {name}: the mod has no variable of this name; it has: {declared}"
            )));
        }
        given.values.push((name.to_owned(), GivenValue::Text(value.clone())));
    }
    Ok(given)
}

fn read_file(
    name: &str,
    bytes: &[u8],
    declared: &[&str],
    scope: &Scope<'_>,
    given: &mut Given,
) -> Result<(), LoadError> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| LoadError(format!("{name} is no UTF-8 text")))?;
    let body = hcl_edit::parser::parse_body(text)
        .map_err(|error| LoadError::at(name, error.location().line(), error.message()))?;
    for attribute in body.attributes() {
        let key = attribute.key.as_str();
        if !declared.contains(&key) {
            given.warnings.push(format!("{name}: the mod has no variable '{key}'"));
            continue;
        }
        let value = scope
            .evaluate(&attribute.value)
            .map_err(|error| LoadError(format!("{name}: {key}: {error}")))?;
        given.values.push((key.to_owned(), GivenValue::Value(value)));
    }
    Ok(())
}

/// The value that was given, as the variable's type.
pub(super) fn convert(
    given: &GivenValue,
    wanted: &Type,
    scope: &Scope<'_>,
) -> Result<Value, String> {
    match (given, wanted) {
        (GivenValue::Text(text), Type::String) => Ok(Value::from(text.as_str())),
        (GivenValue::Text(text), wanted) => {
            let value = match hcl_edit::parser::parse_expr(text.trim()) {
                Ok(expression) => scope.evaluate(&expression),
                Err(error) => Err(error.message().to_owned()),
            };
            match (value, wanted) {
                (Ok(value), wanted) => wanted.convert(value),
                (Err(_), Type::Any) => Ok(Value::from(text.as_str())),
                (Err(error), _) => Err(format!("`{text}`: {error}")),
            }
        }
        (GivenValue::Value(value), wanted) => wanted.convert(value.clone()),
    }
}

//! The connection block as hosts hand it over: HCL text in, typed settings out (protocol section 5).
//! It must not know which options there are: a plugin declares them.

use std::collections::{BTreeMap, HashSet};

use hcl::eval::{Context, Evaluate};
use hcl::{Body, Expression, Structure};

mod guard;

/// What kind of value an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string; numbers and booleans are printed.
    Text,
    /// A boolean, or the texts `true` and `false`.
    Flag,
    /// A whole number, or a text that is one.
    Int,
    /// A list of strings.
    TextList,
}

impl Kind {
    fn in_words(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Flag => "true or false",
            Self::Int => "a whole number",
            Self::TextList => "a list of strings",
        }
    }
}

/// One option of the connection block.
#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    /// Its name, `snake_case`.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// A sentence, for the docs.
    pub description: &'static str,
}

/// A value that was set.
#[derive(Debug, Clone, PartialEq)]
enum Setting {
    Text(String),
    Flag(bool),
    Int(i64),
    TextList(Vec<String>),
}

/// The options that a connection sets; one that is unset, or null, is not in it (R-90).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings(BTreeMap<&'static str, Setting>);

impl Settings {
    /// The value of a [`Kind::Text`] option.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name)? {
            Setting::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a [`Kind::Flag`] option.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.0.get(name)? {
            Setting::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The value of a [`Kind::Int`] option.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.0.get(name)? {
            Setting::Int(int) => Some(*int),
            _ => None,
        }
    }

    /// The value of a [`Kind::TextList`] option.
    pub fn list(&self, name: &str) -> Option<&[String]> {
        match self.0.get(name)? {
            Setting::TextList(list) => Some(list),
            _ => None,
        }
    }

    /// Reads a connection block's body: HCL, else JSON (R-86 to R-90).
    ///
    /// # Errors
    /// One problem as it is; several a line each: in the words of hosts (R-88), then what is allowed.
    ///
    /// ```
    /// use steampipe_plugin_docker::sdk::config::{Attribute, Kind, Settings};
    /// let options = [Attribute { name: "host", kind: Kind::Text, description: "Where the engine listens." }];
    /// let settings = Settings::parse(&options, r#"host = "unix:///run/e.sock""#).unwrap();
    /// assert_eq!(settings.text("host"), Some("unix:///run/e.sock"));
    /// assert!(Settings::parse(&options, "hots = 1").unwrap_err().starts_with("Unsupported argument"));
    /// ```
    pub fn parse(attributes: &[Attribute], text: &str) -> Result<Self, String> {
        let invalid = |problem: String| format!("Invalid connection config: {problem}");
        guard::check(text).map_err(invalid)?;
        let body = match hcl::parse(text) {
            Ok(body) => body,
            Err(error) => parse_json(text).ok_or_else(|| invalid(in_words(&error)))?,
        };
        let mut problems = unsupported(attributes, &body);
        let mut settings = Self::default();
        for attribute in attributes {
            let Some(given) = body.attributes().find(|given| given.key.as_str() == attribute.name)
            else {
                continue;
            };
            match evaluate(given.expr()).and_then(|value| convert(attribute.kind, &value)) {
                Ok(Some(setting)) => {
                    settings.0.insert(attribute.name, setting);
                }
                Ok(None) => {}
                Err(problem) => {
                    problems.push(format!(
                        "{problem} ({} takes {})",
                        attribute.name,
                        attribute.kind.in_words()
                    ));
                }
            }
        }
        let mut seen = HashSet::new();
        problems.retain(|problem| seen.insert(problem.clone()));
        match problems.len() {
            0 => Ok(settings),
            1 => Err(problems.remove(0)),
            _ => Err(problems.into_iter().map(|problem| problem + "\n").collect()),
        }
    }
}

/// Arguments and blocks that no option declares.
fn unsupported(attributes: &[Attribute], body: &Body) -> Vec<String> {
    let allowed: Vec<_> = attributes.iter().map(|known| known.name).collect();
    let allowed = allowed.join(", ");
    body.iter()
        .filter_map(|structure| match structure {
            Structure::Attribute(given) if attributes.iter().any(|known| known.name == given.key.as_str()) => None,
            Structure::Attribute(given) => Some(format!(
                "Unsupported argument: An argument named \"{}\" is not expected here. (allowed: {allowed})",
                given.key.as_str()
            )),
            Structure::Block(block) => Some(format!(
                "Unsupported block type: Blocks of type \"{}\" are not expected here. (allowed: {allowed})",
                block.identifier.as_str()
            )),
        })
        .collect()
}

/// Where and what is wrong, without the line itself: it may hold a password.
fn in_words(error: &hcl::Error) -> String {
    match error {
        hcl::Error::Parse(error) => {
            let place = error.location();
            format!("line {}, column {}: {}", place.line(), place.column(), error.message())
        }
        _ => "it is no HCL".to_owned(),
    }
}

/// The same body written as a JSON object.
fn parse_json(text: &str) -> Option<Body> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).ok()?;
    let structures = object.into_iter().map(|(name, value)| {
        let value: hcl::Value = serde_json::from_value(value).ok()?;
        Some(Structure::Attribute(hcl::Attribute::new(hcl::Identifier::new(name).ok()?, value)))
    });
    structures.collect::<Option<Vec<_>>>().map(Body::from)
}

/// Neither variables nor functions exist here: the host has evaluated them already.
fn evaluate(expression: &Expression) -> Result<hcl::Value, String> {
    expression.evaluate(&Context::new()).map_err(|error| match error.kind() {
        hcl::eval::ErrorKind::UndefinedVar(_) => {
            "Variables not allowed: Variables may not be used here.".to_owned()
        }
        hcl::eval::ErrorKind::UndefinedFunc(_) => {
            "Function calls not allowed: Functions may not be called here.".to_owned()
        }
        // the error itself repeats the expression, which may hold a password
        _ => "Invalid expression: Its value cannot be computed.".to_owned(),
    })
}

fn convert(kind: Kind, value: &hcl::Value) -> Result<Option<Setting>, String> {
    use hcl::Value;
    let unsuitable =
        |wanted: &str| Err(format!("Unsuitable value type: Unsuitable value: {wanted}"));
    Ok(Some(match (kind, value) {
        (_, Value::Null) => return Ok(None),
        (Kind::Text, value) => match print(value) {
            Some(text) => Setting::Text(text),
            None => return unsuitable("string required"),
        },
        (Kind::Flag, Value::Bool(flag)) => Setting::Flag(*flag),
        (Kind::Flag, Value::String(text)) => match text.as_str() {
            "true" | "1" => Setting::Flag(true),
            "false" | "0" => Setting::Flag(false),
            _ => return unsuitable("a bool is required"),
        },
        (Kind::Flag, _) => return unsuitable("bool required"),
        (Kind::Int, Value::Number(_) | Value::String(_)) => {
            let text = print(value).unwrap_or_default();
            match (text.parse(), text.parse::<f64>()) {
                (Ok(int), _) => Setting::Int(int),
                (Err(_), Ok(_)) => {
                    return unsuitable(&format!(
                        "value must be a whole number, between {} and {}",
                        i64::MIN,
                        i64::MAX
                    ));
                }
                (Err(_), Err(_)) => return unsuitable("a number is required"),
            }
        }
        (Kind::Int, _) => return unsuitable("number required"),
        (Kind::TextList, Value::Array(items)) => {
            match items.iter().position(|item| print(item).is_none()) {
                None => Setting::TextList(items.iter().filter_map(print).collect()),
                Some(place) => return unsuitable(&format!("element {place}: string required")),
            }
        }
        (Kind::TextList, _) => return unsuitable("list of string required"),
    }))
}

/// A scalar as a string, as HCL converts it.
fn print(value: &hcl::Value) -> Option<String> {
    match value {
        hcl::Value::String(text) => Some(text.clone()),
        hcl::Value::Bool(flag) => Some(flag.to_string()),
        hcl::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: &[Attribute] = &[
        Attribute { name: "host", kind: Kind::Text, description: "" },
        Attribute { name: "verify", kind: Kind::Flag, description: "" },
        Attribute { name: "timeout", kind: Kind::Int, description: "" },
        Attribute { name: "paths", kind: Kind::TextList, description: "" },
    ];

    fn error(text: &str) -> String {
        Settings::parse(OPTIONS, text).unwrap_err()
    }

    #[test]
    fn what_hosts_emit_is_read() {
        let settings = Settings::parse(
            OPTIONS,
            "host    = \"a$${b}%%{c}\\n\\u00e9\"\npaths   = [\"x\", 5]\ntimeout = 7\nverify  = false\n",
        )
        .unwrap();
        assert_eq!(settings.text("host"), Some("a${b}%{c}\né"));
        assert_eq!(settings.list("paths"), Some(&["x".to_owned(), "5".to_owned()][..]));
        assert_eq!(settings.int("timeout"), Some(7));
        assert_eq!(settings.flag("verify"), Some(false));
    }

    #[test]
    fn empty_and_comments_set_nothing_and_null_is_unset() {
        for text in ["", " \n", "# nothing\n/* here */\n", "host = null"] {
            assert_eq!(Settings::parse(OPTIONS, text).unwrap(), Settings::default(), "{text:?}");
        }
        let empty = Settings::parse(OPTIONS, "paths = []\nhost = \"\"").unwrap();
        assert_eq!((empty.list("paths"), empty.text("host")), (Some(&[][..]), Some("")));
    }

    #[test]
    fn scalars_convert_as_hcl_converts_them() {
        let settings =
            Settings::parse(OPTIONS, "host = 5\nverify = \"true\"\ntimeout = \"12\"").unwrap();
        assert_eq!(settings.text("host"), Some("5"));
        assert_eq!(settings.flag("verify"), Some(true));
        assert_eq!(settings.int("timeout"), Some(12));
        assert_eq!(Settings::parse(OPTIONS, "host = true").unwrap().text("host"), Some("true"));
        assert_eq!(Settings::parse(OPTIONS, "host = 1.5").unwrap().text("host"), Some("1.5"));
    }

    #[test]
    fn templates_and_for_are_allowed_but_neither_variables_nor_functions() {
        let settings = Settings::parse(OPTIONS, "paths = [for x in [1, 2] : \"p${x}\"]").unwrap();
        assert_eq!(settings.list("paths"), Some(&["p1".to_owned(), "p2".to_owned()][..]));
        assert!(
            error("host = var.x")
                .starts_with("Variables not allowed: Variables may not be used here.")
        );
        assert!(
            error("host = upper(\"x\")")
                .starts_with("Function calls not allowed: Functions may not be called here.")
        );
    }

    #[test]
    fn json_is_the_second_language() {
        let settings = Settings::parse(OPTIONS, r#"{"host": "h", "paths": ["p"]}"#).unwrap();
        assert_eq!(
            (settings.text("host"), settings.list("paths")),
            (Some("h"), Some(&["p".to_owned()][..]))
        );
        assert!(
            error("host = ").starts_with("Invalid connection config: line 1, column "),
            "{}",
            error("host = ")
        );
    }

    #[test]
    fn problems_are_told_in_the_words_of_hosts_with_what_is_allowed() {
        for (text, expected) in [
            (
                "unknown = 1",
                "Unsupported argument: An argument named \"unknown\" is not expected here. (allowed: host, verify, timeout, paths)",
            ),
            (
                "blk {}",
                "Unsupported block type: Blocks of type \"blk\" are not expected here. (allowed: host, verify, timeout, paths)",
            ),
            (
                "timeout = \"x\"",
                "Unsuitable value type: Unsuitable value: a number is required (timeout takes a whole number)",
            ),
            (
                "paths = \"x\"",
                "Unsuitable value type: Unsuitable value: list of string required (paths takes a list of strings)",
            ),
            (
                "paths = [[]]",
                "Unsuitable value type: Unsuitable value: element 0: string required (paths takes a list of strings)",
            ),
            (
                "host = []",
                "Unsuitable value type: Unsuitable value: string required (host takes a string)",
            ),
            (
                "verify = \"maybe\"",
                "Unsuitable value type: Unsuitable value: a bool is required (verify takes true or false)",
            ),
            (
                "timeout = 1.5",
                "Unsuitable value type: Unsuitable value: value must be a whole number, between -9223372036854775808 and 9223372036854775807 (timeout takes a whole number)",
            ),
        ] {
            assert_eq!(error(text), expected, "{text}");
        }
    }

    #[test]
    fn a_value_is_not_repeated_whatever_is_wrong() {
        for text in [
            "host = \"hunter2",
            "host = \"hunter2\" x",
            "host = \"hunter2\" + 1",
            "timeout = \"hunter2\"",
            "verify = \"hunter2\"",
            "host = -\"hunter2\"",
            "host = \"hunter2\"[0]",
            "{\"host\": \"hunter2\",}",
        ] {
            assert!(!error(text).contains("hunter2"), "{text}: {}", error(text));
        }
    }

    #[test]
    fn what_would_exhaust_stack_or_time_is_refused() {
        for text in ["host = [", "a {", "host = !", "host = (", "host = \"${"] {
            assert!(
                error(&text.repeat(100_000)).starts_with("Invalid connection config: "),
                "{text}"
            );
        }
        let many = (0..50_000).map(|at| format!("a{at} = 1\n")).collect::<Vec<_>>().concat();
        assert_eq!(error(&many).lines().count(), 50_000);
    }

    #[test]
    fn several_problems_stand_a_line_each_and_none_twice() {
        let text = error("a = 1\nblk {}\nblk {}\npaths = 1");
        assert_eq!(text.lines().count(), 3);
        assert!(text.ends_with('\n'));
    }
}

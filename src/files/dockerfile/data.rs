//! What an instruction means, as JSON with the Go plugin's keys; and what makes it wrong.
//! It must not know lines or files.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Command;
use super::words::{self, Heredoc, outside_variables, split_outside_variables};

/// The value of the column `data`.
pub(super) fn of(command: &Command) -> Result<Value, String> {
    let args = command.args.as_slice();
    let data = match command.name {
        "add" | "copy" => copied(command),
        "arg" => arguments(args),
        "cmd" | "entrypoint" => Ok(started(command, args)),
        "env" | "label" => pairs(args),
        "expose" => ports(args),
        "from" => image(args),
        "healthcheck" => check(command),
        "run" if command.exec => Ok(started(command, args)),
        "run" => {
            let commands: Vec<_> = args.iter().flat_map(|text| words::commands(text)).collect();
            Ok(started(command, &commands))
        }
        "shell" if !command.exec || args.is_empty() => {
            Err("it takes a list in JSON, such as [\"/bin/sh\", \"-c\"]".to_owned())
        }
        "user" => one(args).map(user),
        "volume" => volumes(args),
        "workdir" => one(args).map(|path| json!({"path": path})),
        "maintainer" | "stopsignal" => one(args).map(|_| Value::Null),
        _ => Ok(Value::Null),
    };
    data.map_err(|problem| format!("{}: {problem}", command.name.to_uppercase()))
}

fn one(args: &[String]) -> Result<&str, String> {
    args.first().map(String::as_str).ok_or_else(|| "it takes an argument".to_owned())
}

fn copied(command: &Command) -> Result<Value, String> {
    let Some((dest, sources)) = command.args.split_last().filter(|(_, rest)| !rest.is_empty())
    else {
        return Err("it takes one source or more, and a destination".to_owned());
    };
    if !command.exec && words::heredoc(dest).is_some() {
        return Err("a here-document cannot be the destination".to_owned());
    }
    let sources: Vec<&String> =
        sources.iter().filter(|source| command.exec || words::heredoc(source).is_none()).collect();
    let mut data = json!({"sources": sources, "dest": dest});
    for name in ["chown", "chmod"] {
        if let Some(value) = flag(command, name).filter(|value| !value.is_empty()) {
            data[name] = value.into();
        }
    }
    Ok(with_heredocs(data, &command.heredocs))
}

fn started(command: &Command, commands: &[String]) -> Value {
    let mut data = json!({"commands": commands});
    if !command.exec {
        data["prepend_shell"] = true.into();
    }
    with_heredocs(data, &command.heredocs)
}

fn with_heredocs(mut data: Value, heredocs: &[Heredoc]) -> Value {
    let list: Vec<Value> = heredocs
        .iter()
        .map(|heredoc| json!({"name": heredoc.name, "expand": heredoc.expand, "content": heredoc.content}))
        .collect();
    if !list.is_empty() {
        data["heredocs"] = list.into();
    }
    data
}

fn arguments(args: &[String]) -> Result<Value, String> {
    one(args)?;
    let named = args.iter().map(|arg| match arg.split_once('=') {
        Some(("", _)) => Err("a name is empty".to_owned()),
        Some((name, value)) => Ok(json!({"name": name, "value": value})),
        None => Ok(json!({"name": arg})),
    });
    Ok(json!({"args": named.collect::<Result<Vec<_>, _>>()?}))
}

fn pairs(args: &[String]) -> Result<Value, String> {
    one(args)?;
    let mut data = Map::new();
    for pair in args.chunks(2) {
        let [name, value] = pair else { continue };
        if name.is_empty() {
            return Err("a name is empty".to_owned());
        }
        data.insert(name.clone(), value.as_str().into());
    }
    Ok(data.into())
}

/// A range is each of its ports; what names no port in figures, such as a variable, has the text and a null port.
fn ports(args: &[String]) -> Result<Value, String> {
    one(args)?;
    let mut args = args.to_vec();
    args.sort();
    let mut ports: Vec<Value> = Vec::new();
    for arg in &args {
        let (port, protocol) = split_outside_variables(arg, '/').unwrap_or((arg, "tcp"));
        let protocol = protocol.to_lowercase();
        match range(port) {
            Some(range) => {
                ports.extend(range.map(|port| json!({"port": port, "protocol": protocol})));
            }
            None => ports.push(json!({"port": null, "protocol": protocol, "text": arg})),
        }
    }
    Ok(ports.into())
}

fn range(ports: &str) -> Option<std::ops::RangeInclusive<u16>> {
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some(first..=last)
}

/// The parts of a name: registry and path, tag, digest.
fn image(args: &[String]) -> Result<Value, String> {
    let (name, stage) = match args {
        [name] => (name, None),
        [name, keyword, stage] if keyword.eq_ignore_ascii_case("as") => (name, Some(stage)),
        _ => return Err("it takes an image, and after it nothing or AS and a name".to_owned()),
    };
    let (name, digest) = match split_outside_variables(name, '@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (name.as_str(), None),
    };
    // a colon before the last slash belongs to the port of a registry
    let path_end = outside_variables(name, '/').last().map_or(0, |slash| slash + 1);
    let (image, tag) = match split_outside_variables(&name[path_end..], ':') {
        Some((last, tag)) => (&name[..path_end + last.len()], Some(tag)),
        None => (name, None),
    };
    let mut data = json!({"image": image});
    for (key, value) in
        [("tag", tag), ("digest", digest), ("stage_name", stage.map(String::as_str))]
    {
        if let Some(value) = value {
            data[key] = value.into();
        }
    }
    if let Some(stage) = stage
        && !is_stage_name(stage)
    {
        return Err(format!(
            "`{stage}` is no name for a stage: it starts with a letter, and has letters, digits, `-`, `_` and `.`"
        ));
    }
    Ok(data)
}

fn is_stage_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn user(text: &str) -> Value {
    match split_outside_variables(text, ':') {
        Some((user, group)) => json!({"user": user, "group": group}),
        None => json!({"user": text}),
    }
}

fn volumes(args: &[String]) -> Result<Value, String> {
    one(args)?;
    let volumes: Vec<&str> = args.iter().map(|volume| volume.trim()).collect();
    if volumes.contains(&"") {
        return Err("a path is empty".to_owned());
    }
    Ok(json!({"volumes": volumes}))
}

/// As an image's configuration has it: the test, and times in nanoseconds.
fn check(command: &Command) -> Result<Value, String> {
    let (kind, test) = match command.args.split_first() {
        Some((kind, test)) => (kind.to_uppercase(), test),
        None => return Err("it takes CMD and a command, or NONE".to_owned()),
    };
    let test: Vec<&str> = test.iter().map(String::as_str).collect();
    let words = match (kind.as_str(), test.is_empty()) {
        ("NONE", true) => return Ok(json!({"Test": ["NONE"]})),
        ("NONE", false) => return Err("nothing can follow NONE".to_owned()),
        ("CMD", true) => return Err("a command must follow CMD".to_owned()),
        ("CMD", false) => [vec![if command.exec { "CMD" } else { "CMD-SHELL" }], test].concat(),
        _ => return Err(format!("it takes CMD or NONE, not `{}`", command.args[0])),
    };
    let mut data = json!({"Test": words});
    let times = [
        ("interval", "Interval"),
        ("timeout", "Timeout"),
        ("start-period", "StartPeriod"),
        ("start-interval", "StartInterval"),
    ];
    for (name, key) in times {
        let Some(given) = flag(command, name).filter(|given| !given.is_empty()) else { continue };
        let time = duration(given)
            .filter(|time| time.is_zero() || *time >= Duration::from_millis(1))
            .ok_or_else(|| format!("--{name}={given} is no time of at least 1ms, such as 1m30s"))?;
        if !time.is_zero() {
            data[key] = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).into();
        }
    }
    if let Some(given) = flag(command, "retries").filter(|given| !given.is_empty()) {
        let retries: u32 = given.parse().map_err(|_| format!("--retries={given} is no count"))?;
        if retries > 0 {
            data["Retries"] = retries.into();
        }
    }
    Ok(data)
}

/// Reads a time as Go writes them: `1h30m`, `1.5s`, `500ms`.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let unit_end = rest[end..]
            .find(|character: char| character.is_ascii_digit() || character == '.')
            .map_or(rest.len(), |length| end + length);
        let unit = match &rest[end..unit_end] {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        seconds += number * unit;
        rest = &rest[unit_end..];
    }
    (!text.is_empty()).then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()
}

fn flag<'c>(command: &'c Command, name: &str) -> Option<&'c str> {
    command
        .flags
        .iter()
        .find_map(|flag| flag.strip_prefix("--")?.strip_prefix(name)?.strip_prefix('='))
}

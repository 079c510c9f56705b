//! Secrets out of facts of the host: texts of files, command lines, variables.
//! It must not know what a file is for, only how it is written; lines stay where they are.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

use super::{MASK, Place, command_word, is_secret, of_variable, text, url, variable};
use crate::host::Fact;

/// The fact as a recording may hold it.
pub(in crate::docker) fn fact(fact: &Fact) -> Fact {
    let mut fact = fact.clone();
    match &mut fact {
        Fact::File(file) => {
            if let Some(content) = &mut file.content {
                *content = file_text(&file.path, content);
            }
        }
        Fact::Process(process) => process.argv = command(&process.argv),
        Fact::AuditEvent(event) => event.argv = command(&event.argv),
        Fact::Environment(variable) => {
            variable.value = of_variable(&variable.name, &variable.value).into_owned();
        }
        Fact::Mount(mount) => {
            mount.source = url(&mount.source);
            mount.options = text(&mount.options).into_owned();
        }
        Fact::Host(_)
        | Fact::User(_)
        | Fact::Group(_)
        | Fact::Listener(_)
        | Fact::Unreadable(_) => {}
    }
    fact
}

fn command(argv: &[String]) -> Vec<String> {
    let before = [None].into_iter().chain(argv.iter().map(|word| Some(word.as_str())));
    argv.iter().zip(before).map(|(word, before)| command_word(before, word).into_owned()).collect()
}

fn file_text(path: &str, content: &str) -> String {
    if content.contains("PRIVATE KEY-----") {
        return MASK.to_owned();
    }
    let is_json = Path::new(path).extension().is_some_and(|extension| extension == "json");
    if is_json || content.trim_start_matches(['\u{feff}', ' ', '\n']).starts_with('{') {
        return document(content);
    }
    content.split_inclusive('\n').map(line).collect()
}

/// A line of settings: `Environment=` of a unit, `name = value`, or anything else.
fn line(whole: &str) -> String {
    let plain = whole.trim_end_matches(['\r', '\n']);
    let end = &whole[plain.len()..];
    let masked = match plain.split_once('=') {
        Some((name, values)) if name.trim() == "Environment" => {
            Cow::Owned(format!("{name}={}", assignments(values)))
        }
        Some((name, value))
            if is_secret(name) && !name.trim().contains(' ') && !value.trim().is_empty() =>
        {
            Cow::Owned(format!("{name}={MASK}"))
        }
        _ => text(plain),
    };
    format!("{masked}{end}")
}

/// `A=x "B=y z"`: only what Docker's own programs and proxies are told stays.
fn assignments(values: &str) -> String {
    let mut out = String::new();
    let mut rest = values;
    while !rest.is_empty() {
        let word_at = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
        out.push_str(&rest[..word_at]);
        rest = &rest[word_at..];
        let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''));
        let (open, inner, close, after) = if let Some(quote) = quote {
            let inner = &rest[1..];
            let end = inner.find(quote).unwrap_or(inner.len());
            let after = inner.get(end + 1..).unwrap_or_default();
            (&rest[..1], &inner[..end], inner.get(end..=end).unwrap_or_default(), after)
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            ("", &rest[..end], "", &rest[end..])
        };
        out.push_str(open);
        match inner.split_once('=') {
            Some((name, value)) if is_for_docker(name) => {
                let _ = write!(out, "{name}={}", of_variable(name, value));
            }
            Some(_) => out.push_str(&variable(inner)),
            None => out.push_str(inner),
        }
        out.push_str(close);
        rest = after;
    }
    out
}

fn is_for_docker(name: &str) -> bool {
    name.starts_with("DOCKER") || name.to_ascii_lowercase().ends_with("_proxy")
}

/// A JSON text, right or wrong, with all its line feeds.
fn document(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut places = vec![Place::Plain];
    let mut place = Place::Plain;
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let around = places.last().copied().unwrap_or(Place::Plain);
        let length = match first {
            '"' => string_end(rest),
            other => other.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        match first {
            '{' | '[' => places.push(place),
            '}' | ']' => {
                places.pop();
                place = places.last().copied().unwrap_or(Place::Plain);
            }
            ',' => place = around,
            '"' => {
                let plain: String = serde_json::from_str(token)
                    .unwrap_or_else(|_| token.trim_matches('"').to_owned());
                if rest.trim_start().starts_with(':') {
                    place = around.under(&plain);
                } else {
                    out.push_str(&string(token, &plain, place));
                    continue;
                }
            }
            _ => {}
        }
        out.push_str(token);
    }
    out
}

/// Where the string that a text starts with ends; at the end of the line if nothing closes it.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '\n' => return at,
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// A string as it was written, or its mask.
fn string<'a>(token: &'a str, plain: &str, place: Place) -> Cow<'a, str> {
    let masked = match place {
        Place::Secret if !plain.is_empty() => Cow::Borrowed(MASK),
        Place::Environment => variable(plain),
        _ => text(plain),
    };
    if masked == plain {
        return Cow::Borrowed(token);
    }
    serde_json::to_string(&masked).map_or(Cow::Borrowed("\"***\""), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_file_keeps_its_lines_and_loses_its_secrets() {
        let json = "\u{feff}{\n  \"icc\": false,\n  \"log-opts\": {\"splunk-token\": \"s\", \"tag\":\"x\"},\n  \"proxies\": {\n    \"http-proxy\": \"http://ann:pw@proxy:1\"\n  },\n  \"hosts\": [\"fd://\", \"tcp://0.0.0.0:2376\"], // \"no\n  \"password\": [\"a\", {\"b\": \"c\"}], \"tlskey\": \"/k.pem\"\n";
        let expected = json
            .replace("\"s\"", "\"***\"")
            .replace("ann:pw@", "***@")
            .replace("[\"a\", {\"b\": \"c\"}]", "[\"***\", {\"b\": \"***\"}]");
        assert_eq!(file_text("/etc/docker/daemon.json", json), expected);
    }

    #[test]
    fn units_and_settings_keep_what_is_needed() {
        for (text, expected) in [
            (
                "[Service]\nEnvironment=A=1 \"B=x y\" DOCKER_OPTS=--icc=false 'HTTP_PROXY=http://u:p@h'\n",
                "[Service]\nEnvironment=A=*** \"B=***\" DOCKER_OPTS=--icc=false 'HTTP_PROXY=http://***@h'\n",
            ),
            (
                "ExecStart=/usr/bin/dockerd -H fd:// --log-opt splunk-token=s\r\n",
                "ExecStart=/usr/bin/dockerd -H fd:// --log-opt splunk-token=***\r\n",
            ),
            ("  password = \"s\"\n  root = \"/var\"\n", "  password =***\n  root = \"/var\"\n"),
            ("-w /usr/bin/docker -p wa -k docker", "-w /usr/bin/docker -p wa -k docker"),
            ("-----BEGIN PRIVATE KEY-----\nMII\n", "***"),
        ] {
            assert_eq!(file_text("/x", text), expected);
        }
    }

    #[test]
    fn command_lines_are_masked_word_by_word() {
        let argv = ["dockerd", "--log-opt", "splunk-token=s", "--password", "p q", "-H", "fd://"];
        assert_eq!(
            command(&argv.map(str::to_owned)),
            ["dockerd", "--log-opt", "splunk-token=***", "--password", "***", "-H", "fd://"]
        );
    }
}

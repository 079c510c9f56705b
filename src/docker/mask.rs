//! Secrets out of an engine's replies and of facts of its host: values go, names and the shape of the JSON stay.
//! It must not know which reply it sees; it would rather mask too much than too little.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::files::object::Entries;

mod fact;

pub(super) use fact::fact;

/// What stands in a secret's place.
const MASK: &str = "***";

/// How deep a reply may be nested; engines stay below 20.
const DEPTH: u8 = 128;

/// Ends of names, in lower case without punctuation, of what is secret: `splunk-token`, `AWS_SECRET_ACCESS_KEY`.
const SECRET_ENDS: [&str; 17] = [
    "password",
    "passwd",
    "passphrase",
    "pass",
    "pwd",
    "secret",
    "token",
    "tokens",
    "auth",
    "credential",
    "credentials",
    "accesskey",
    "apikey",
    "privatekey",
    "secretkey",
    "unlockkey",
    "signingcakey",
];

/// Arrays or texts under these names are commands, in which a flag's value can be the next word.
const COMMANDS: [&str; 10] = [
    "args",
    "arguments",
    "cmd",
    "command",
    "createdby",
    "entrypoint",
    "onbuild",
    "processes",
    "shell",
    "test",
];

/// The value of a variable, unless its name calls it secret; users in URLs are masked, too.
pub(crate) fn of_variable<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    if is_secret(name) && !value.is_empty() { Cow::Borrowed(MASK) } else { text(value) }
}

/// Masks a reply; one that is not JSON becomes a JSON text.
pub(crate) fn json(body: &[u8]) -> Result<String, serde_json::Error> {
    match serde_json::from_slice::<&RawValue>(body) {
        Ok(raw) => {
            let mut out = String::with_capacity(body.len());
            value(raw, Place::Plain, DEPTH, &mut out)?;
            Ok(out)
        }
        Err(_) => serde_json::to_string(&text(&String::from_utf8_lossy(body))),
    }
}

/// What the names above a value say about it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Plain,
    /// All texts are secret.
    Secret,
    /// Texts are `NAME=value`, or objects hold a `Value`.
    Environment,
    /// Texts are commands, or words of one.
    Command,
    /// A text is what a config or a secret of a swarm holds; an object is something else, such as a driver's data.
    Payload,
}

impl Place {
    fn under(self, name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        match self {
            Self::Secret => Self::Secret,
            Self::Environment if lower == "value" => Self::Secret,
            _ if is_secret(name) => Self::Secret,
            _ if lower == "env" => Self::Environment,
            _ if lower == "data" => Self::Payload,
            _ if COMMANDS.contains(&lower.as_str()) => Self::Command,
            _ => Self::Plain,
        }
    }
}

/// Copies a value, masked. What is not masked keeps its spelling: large numbers, order, doubled names.
fn value(
    raw: &RawValue,
    place: Place,
    depth: u8,
    out: &mut String,
) -> Result<(), serde_json::Error> {
    let json = raw.get();
    let depth = depth
        .checked_sub(1)
        .ok_or_else(|| serde::de::Error::custom("a reply is nested too deeply"))?;
    match json.as_bytes().first() {
        Some(b'{') => {
            let Entries(entries) = serde_json::from_str(json)?;
            out.push('{');
            for (index, (name, raw)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&serde_json::to_string(&name)?);
                out.push(':');
                value(raw, place.under(&name), depth, out)?;
            }
            out.push('}');
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(json)?;
            out.push('[');
            let mut before = None;
            for (index, raw) in items.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                match (place, word(raw)?) {
                    (Place::Command, Some(word)) => {
                        out.push_str(&serde_json::to_string(&command_word(
                            before.as_deref(),
                            &word,
                        ))?);
                        before = Some(word);
                    }
                    _ => value(raw, place, depth, out)?,
                }
            }
            out.push(']');
        }
        Some(b'"') => {
            let plain: String = serde_json::from_str(json)?;
            let masked = match place {
                Place::Secret | Place::Payload if plain.is_empty() => Cow::Borrowed(""),
                Place::Secret | Place::Payload => Cow::Borrowed(MASK),
                Place::Environment => variable(&plain),
                Place::Command if plain.contains("ENV ") || plain.contains("ARG ") => {
                    variable(&plain)
                }
                Place::Plain | Place::Command => text(&plain),
            };
            // most texts hold no secret, and keep even the spelling of their escapes
            if masked == plain {
                out.push_str(json);
            } else {
                out.push_str(&serde_json::to_string(&masked)?);
            }
        }
        _ => out.push_str(json),
    }
    Ok(())
}

/// `NAME=***`.
fn variable(assignment: &str) -> Cow<'_, str> {
    match assignment.split_once('=') {
        Some((name, value)) if !value.is_empty() => Cow::Owned(format!("{name}={MASK}")),
        _ => Cow::Borrowed(assignment),
    }
}

/// A word of a command, after the word before it.
fn command_word<'a>(before: Option<&str>, word: &'a str) -> Cow<'a, str> {
    match before {
        Some("-e" | "--env") => return variable(word),
        Some(flag) if takes_secret(flag) && !word.starts_with('-') => return Cow::Borrowed(MASK),
        _ => {}
    }
    match word.split_once('=') {
        // here the value may hold spaces
        Some((flag, value)) if flag.starts_with('-') && is_secret(flag) && !value.is_empty() => {
            Cow::Owned(format!("{flag}={MASK}"))
        }
        _ => text(word),
    }
}

fn takes_secret(word: &str) -> bool {
    word.starts_with('-') && !word.contains([' ', '=']) && is_secret(word)
}

/// Any text: users in URLs, `…password=x`, `--password x`, `-e NAME=x`, and JSON in it.
pub(super) fn text(plain: &str) -> Cow<'_, str> {
    if !plain.contains(['=', '@', ' ', '"']) {
        return Cow::Borrowed(plain);
    }
    if plain.starts_with(['{', '['])
        && let Ok(masked) = serde_json::from_str::<&RawValue>(plain).and_then(|raw| {
            let mut masked = String::with_capacity(plain.len());
            value(raw, Place::Plain, DEPTH, &mut masked).map(|()| masked)
        })
    {
        return if masked.contains(MASK) { Cow::Owned(masked) } else { Cow::Borrowed(plain) };
    }
    let mut out = String::with_capacity(plain.len());
    let mut before: Option<&str> = None;
    let mut rest = plain;
    while !rest.is_empty() {
        let (space, after) =
            rest.split_at(rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len()));
        let (word, after) = after.split_at(word_end(after));
        out.push_str(space);
        out.push_str(&shell_word(before, word));
        before = (!word.is_empty()).then_some(word);
        rest = after;
    }
    if out == plain { Cow::Borrowed(plain) } else { Cow::Owned(out) }
}

fn shell_word(before: Option<&str>, word: &str) -> String {
    match before {
        Some("-e" | "--env") => return variable(word).into_owned(),
        Some(flag) if takes_secret(flag) && !word.is_empty() && !word.starts_with('-') => {
            return MASK.to_owned();
        }
        _ => {}
    }
    let mut start = 0;
    while let Some(at) = word[start..].find('=') {
        let (left, value) = word.split_at(start + at + 1);
        let name_at = left[..left.len() - 1].rfind(|c: char| !is_of_name(c)).map_or(0, |at| at + 1);
        let name = left.get(name_at..left.len() - 1).unwrap_or_default();
        if !value.is_empty() && (is_secret(name) || name == "--env") {
            return url(left) + MASK;
        }
        start = left.len();
    }
    url(word)
}

/// Where a shell's word ends: at a space outside of quotes.
fn word_end(text: &str) -> usize {
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match quote {
            // a lone apostrophe, as in "don't", must not swallow what follows it
            None if matches!(character, '"' | '\'') && text[at + 1..].contains(character) => {
                quote = Some(character);
            }
            None if character.is_whitespace() => return at,
            Some(open) if open == character => quote = None,
            _ => {}
        }
    }
    text.len()
}

/// `http://ann:secret@proxy` becomes `http://***@proxy`; a lone user name stays, but in http, where it can be a token.
fn url(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    // one after the other: a text may hold thousands of them
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let authority = &after[..after.find(['/', '?', '#', ' ', ',']).unwrap_or(after.len())];
        rest = match authority.rsplit_once('@') {
            Some((user, _))
                if user.contains(':') || before.ends_with("http") || before.ends_with("https") =>
            {
                out.push_str(MASK);
                &after[user.len()..]
            }
            _ => after,
        };
    }
    out + rest
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.')
}

fn is_secret(name: &str) -> bool {
    let letters: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    SECRET_ENDS.iter().any(|end| letters.ends_with(end))
}

fn word(raw: &RawValue) -> Result<Option<String>, serde_json::Error> {
    if raw.get().starts_with('"') { serde_json::from_str(raw.get()).map(Some) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[track_caller]
    fn assert_masked(body: &str, expected: &str) {
        assert_eq!(json(body.as_bytes()).expect("it is JSON"), expected);
    }

    #[test]
    fn values_of_variables_go_and_names_stay() {
        assert_masked(
            r#"{"Config":{"Env":["PATH=/bin","EMPTY=","BARE","A=b=c"]},"ContainerConfig":{"Env":null}}"#,
            r#"{"Config":{"Env":["PATH=***","EMPTY=","BARE","A=***"]},"ContainerConfig":{"Env":null}}"#,
        );
        assert_masked(
            r#"{"TaskTemplate":{"ContainerSpec":{"Env":["A=1"]}}}"#,
            r#"{"TaskTemplate":{"ContainerSpec":{"Env":["A=***"]}}}"#,
        );
        assert_masked(
            r#"{"Env":[{"Name":"A","Value":"1","Description":"d","Settable":["value"]}]}"#,
            r#"{"Env":[{"Name":"A","Value":"***","Description":"d","Settable":["value"]}]}"#,
        );
    }

    #[test]
    fn what_a_name_calls_secret_is_masked() {
        assert_masked(
            r#"{"LogConfig":{"Config":{"splunk-token":"s","splunk-url":"https://x"}},"Password":"s","registrytoken":"s"}"#,
            r#"{"LogConfig":{"Config":{"splunk-token":"***","splunk-url":"https://x"}},"Password":"***","registrytoken":"***"}"#,
        );
        assert_masked(
            r#"{"JoinTokens":{"Worker":"s","Manager":"s"},"UnlockKey":"s","identityToken":"","AUTH":[1,"s",null]}"#,
            r#"{"JoinTokens":{"Worker":"***","Manager":"***"},"UnlockKey":"***","identityToken":"","AUTH":[1,"***",null]}"#,
        );
        assert_masked(
            r#"{"Labels":{"aws.secret_access_key":"s","client-secret":"s"}}"#,
            r#"{"Labels":{"aws.secret_access_key":"***","client-secret":"***"}}"#,
        );
    }

    #[test]
    fn what_a_config_of_a_swarm_holds_is_masked() {
        assert_masked(
            r#"[{"ID":"c","Spec":{"Name":"web.conf","Labels":{},"Data":"cGFzc3dvcmQ="}},{"Spec":{"Data":""}}]"#,
            r#"[{"ID":"c","Spec":{"Name":"web.conf","Labels":{},"Data":"***"}},{"Spec":{"Data":""}}]"#,
        );
        let body =
            r#"{"GraphDriver":{"Data":{"LowerDir":"/a:/b","MergedDir":"/c"},"Name":"overlay2"}}"#;
        assert_masked(body, body);
    }

    #[test]
    fn what_only_sounds_secret_stays() {
        let body = r#"{"Author":"ann","Plugins":{"Authorization":["opa"]},"Secrets":[{"SecretID":"i","SecretName":"n"}],"SecurityOptions":["name=seccomp,profile=default"],"PidsLimit":1,"Auth":true}"#;
        assert_masked(body, body);
    }

    #[test]
    fn users_in_urls_are_masked() {
        assert_masked(
            r#"{"HttpProxy":"http://ann:p@ss@proxy:3128","NoProxy":"a,b","HttpsProxy":""}"#,
            r#"{"HttpProxy":"http://***@proxy:3128","NoProxy":"a,b","HttpsProxy":""}"#,
        );
        assert_masked(
            r#"["https://ghp_x@github.com/a","ssh://git@host/a","redis://:pw@db/0","mail ann@example.org"]"#,
            r#"["https://***@github.com/a","ssh://git@host/a","redis://***@db/0","mail ann@example.org"]"#,
        );
        assert_masked(r#"["a://u:p@h,b://u:p@h"]"#, r#"["a://***@h,b://***@h"]"#);
    }

    #[test]
    fn secret_words_of_commands_are_masked() {
        assert_masked(
            r#"{"Cmd":["db","--password=a b","--requirepass","s","--port","1","-e","X=y","--env=Z=y"]}"#,
            r#"{"Cmd":["db","--password=***","--requirepass","***","--port","1","-e","X=***","--env=***"]}"#,
        );
        assert_masked(
            r#"{"Args":["-c","export API_KEY='a b' && run --token s --verbose"],"Path":"sh"}"#,
            r#"{"Args":["-c","export API_KEY=*** && run --token *** --verbose"],"Path":"sh"}"#,
        );
        assert_masked(
            r#"{"Command":"run -e A=b --password s it's","Entrypoint":["run","--auth","--quiet"]}"#,
            r#"{"Command":"run -e A=*** --password *** it's","Entrypoint":["run","--auth","--quiet"]}"#,
        );
        assert_masked(
            r#"{"Processes":[["1","db --password s"]],"Healthcheck":{"Test":["CMD-SHELL","curl -H x?token=s"]}}"#,
            r#"{"Processes":[["1","db --password ***"]],"Healthcheck":{"Test":["CMD-SHELL","curl -H x?token=***"]}}"#,
        );
        assert_masked(
            r#"{"ProcessConfig":{"entrypoint":"db","arguments":["--password","s","-v"]}}"#,
            r#"{"ProcessConfig":{"entrypoint":"db","arguments":["--password","***","-v"]}}"#,
        );
    }

    #[test]
    fn an_image_history_keeps_its_commands_but_no_values() {
        assert_masked(
            r#"[{"CreatedBy":"/bin/sh -c #(nop)  ENV A=x y"},{"CreatedBy":"|1 NPM_TOKEN=s /bin/sh -c apk add curl"}]"#,
            r#"[{"CreatedBy":"/bin/sh -c #(nop)  ENV A=***"},{"CreatedBy":"|1 NPM_TOKEN=*** /bin/sh -c apk add curl"}]"#,
        );
    }

    #[test]
    fn options_and_json_in_texts_are_masked() {
        assert_masked(
            r#"{"Options":{"o":"username=ann,password=p,vers=3"},"Labels":{"meta":"{\"db\": {\"password\": \"s\"}}"}}"#,
            r#"{"Options":{"o":"username=ann,password=***"},"Labels":{"meta":"{\"db\":{\"password\":\"***\"}}"}}"#,
        );
    }

    #[test]
    fn numbers_order_escapes_and_doubled_names_stay() {
        assert_masked(
            r#" {"b" : 12345678901234567890.10, "a":"\u00e9 \/", "b":[ ] , "c":{}, "d":[true,null]} "#,
            r#"{"b":12345678901234567890.10,"a":"\u00e9 \/","b":[],"c":{},"d":[true,null]}"#,
        );
    }

    #[test]
    fn what_is_not_json_becomes_a_text() {
        assert_masked("OK", r#""OK""#);
        assert_masked("page not found: password=s\n", r#""page not found: password=***\n""#);
    }

    #[test]
    fn as_many_urls_as_there_are_take_no_stack() {
        let many = json(&b"http://a:b@c".repeat(100_000)).unwrap();
        assert!(!many.contains("a:b"));
    }

    #[test]
    fn a_bottomless_reply_is_an_error() {
        let nested = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(json(nested.as_bytes()).is_err());
    }

    #[test]
    fn the_shape_of_a_reply_stays() {
        fn same_shape(left: &Value, right: &Value) -> bool {
            match (left, right) {
                (Value::Object(left), Value::Object(right)) => {
                    left.len() == right.len()
                        && left.iter().all(|(name, value)| {
                            right.get(name).is_some_and(|other| same_shape(value, other))
                        })
                }
                (Value::Array(left), Value::Array(right)) => {
                    left.len() == right.len()
                        && left.iter().zip(right).all(|(left, right)| same_shape(left, right))
                }
                (Value::String(_), Value::String(_)) => true,
                (left, right) => left == right,
            }
        }
        let body = serde_json::json!({
            "Env": ["A=b", 1, {"Value": {"x": "y"}}], "Password": {"a": ["b", 2, null]}, "Cmd": "a --token b",
            "Token": null, "Auth": false, "Args": [["--token", "x"], null], "é": "password=\u{e9}=\u{1f600}",
        });
        let masked: Value =
            serde_json::from_str(&json(body.to_string().as_bytes()).unwrap()).unwrap();
        assert!(same_shape(&body, &masked), "{masked}");
        assert_ne!(body, masked);
    }
}

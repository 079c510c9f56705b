//! `docker_image_history`: the steps that made images, as their builders wrote them down.

use bytes::Bytes;
use serde_json::value::RawValue;

use super::support::{each_image, unless_zero_time};
use crate::docker::Docker;
use crate::sdk::{List, Query, Rows, Table, int, json, text, unix_time};

/// `GET /images/{id}/history`.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_image_history",
    description: "Steps that made the images of the Docker engine, one row a step.",
    list: List { name: "listImageHistory", call: list_steps },
    get: None,
    columns: &[
        text     ("image_id",    "/image/Id",       "ID of the image.").key(),
        json     ("repo_tags",   "/image/RepoTags", "Names with tags that refer to the image."),
        int      ("position",    "/position",       "Place of the step, from 1 for the first."),
        text     ("instruction", "/part/CreatedBy", "Instruction of the Dockerfile, such as RUN or COPY; NULL if the step does not tell.").map(instruction),
        text     ("created_by",  "/part/CreatedBy", "What the builder wrote down: the instruction or the command."),
        unix_time("created",     "/part/Created",   "When the step was done; NULL if its builder did not write it down.").map(unless_zero_time),
        int      ("size",        "/part/Size",      "Bytes that the step added; 0 if it only changed settings."),
        text     ("comment",     "/part/Comment",   "What made the step, such as buildkit.dockerfile.v0."),
        text     ("step_id",     "/part/Id",        "ID of the image that the step made; NULL if the engine does not have that image.").map(unless_missing),
        json     ("tags",        "/part/Tags",      "Names with tags that refer to the image that the step made."),
    ],
};

fn list_steps<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    each_image(docker, query, "history", steps)
}

/// The engine sends the newest step first.
fn steps(reply: &Bytes) -> Result<Vec<String>, serde_json::Error> {
    let steps: Option<Vec<&RawValue>> = serde_json::from_slice(reply)?;
    Ok(steps.unwrap_or_default().into_iter().rev().map(|step| step.get().to_owned()).collect())
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of a rewrite")]
fn unless_missing(id: &RawValue) -> Result<Option<String>, String> {
    Ok((id.get() != r#""<missing>""#).then(|| id.get().to_owned()))
}

/// The words that a Dockerfile's instructions begin with.
const INSTRUCTIONS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// `BuildKit` writes the instruction. The classic builder writes it after a shell and `#(nop)`, or for RUN, only the
/// command: after the shell, or after `|` and the build arguments.
fn instruction(created_by: &RawValue) -> Result<Option<String>, String> {
    let text: Option<String> =
        serde_json::from_str(created_by.get()).map_err(|_| "expected a text".to_owned())?;
    let text = text.unwrap_or_default();
    let settings = text.split_once("#(nop)").map(|(_, instruction)| instruction);
    let first = settings.unwrap_or(&text).split_whitespace().next().unwrap_or_default();
    let is_command = settings.is_none() && (text.starts_with("/bin/sh -") || is_counted(first));
    let word = INSTRUCTIONS.into_iter().find(|word| *word == first);
    let word = word.or_else(|| is_command.then_some("RUN"));
    Ok(word.map(|word| serde_json::Value::from(word).to_string()))
}

/// `|2 A=b C=d /bin/sh -c …`: a command with the number of its build arguments.
fn is_counted(word: &str) -> bool {
    word.strip_prefix('|').is_some_and(|number| number.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_told_by_both_builders() {
        for (created_by, expected) in [
            ("/bin/sh -c #(nop)  ENV A=b", Some("ENV")),
            ("/bin/sh -c #(nop) ADD file:1 in / ", Some("ADD")),
            ("/bin/sh -c #(nop)  HEALTHCHECK &{[\"CMD\"]}", Some("HEALTHCHECK")),
            ("/bin/sh -c apt-get update", Some("RUN")),
            ("/bin/sh -ec true", Some("RUN")),
            ("|1 VERSION=2 /bin/sh -c make", Some("RUN")),
            ("RUN /bin/sh -c make # buildkit", Some("RUN")),
            ("COPY . /app # buildkit", Some("COPY")),
            ("ENTRYPOINT [\"/app\"]", Some("ENTRYPOINT")),
            ("jib-maven-plugin:3.4.0", None),
            ("/bin/sh -c #(nop) something", None),
            ("| more", None),
            ("", None),
        ] {
            let raw = serde_json::value::to_raw_value(created_by).unwrap();
            let expected = expected.map(|word| format!("\"{word}\""));
            assert_eq!(instruction(&raw), Ok(expected), "{created_by}");
        }
        assert!(instruction(serde_json::from_str("7").unwrap()).is_err());
    }

    #[test]
    fn the_first_step_comes_first() {
        let reply = Bytes::from_static(br#"[{"Id":"new"},{"Id":"old"}]"#);
        assert_eq!(steps(&reply).unwrap(), [r#"{"Id":"old"}"#, r#"{"Id":"new"}"#]);
        assert!(steps(&Bytes::from_static(b"null")).unwrap().is_empty());
        assert!(steps(&Bytes::from_static(b"{}")).is_err());
    }
}

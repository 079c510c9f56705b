//! `dockerfile_instruction`: the instructions of Dockerfiles on this host.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::{StreamExt, TryFutureExt, TryStreamExt, stream};
use serde_json::json;

use super::support::on_worker;
use crate::docker::Docker;
use crate::files::dockerfile::{self, Instruction};
use crate::host::pattern;
use crate::sdk::{Error, List, Query, Rows, Table, int, json, text};

/// The files of `dockerfile_paths`, or those that `path` names.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "dockerfile_instruction",
    description: "Instructions of the Dockerfiles that dockerfile_paths names.",
    list: List { name: "listDockerfileInstruction", call: list_instructions },
    get: None,
    columns: &[
        text("path",            "/path",            "Path of the file; absolute, unless the query names another.").key(),
        text("stage",           "/stage",           "Name of the build stage, else its number; NULL before the first FROM."),
        text("instruction",     "/instruction",     "The instruction in lower case, such as from or run."),
        json("data",            "/data",            "What the instruction says, by a shape for each; NULL where args is all there is."),
        json("args",            "/args",            "What follows the instruction and its flags, as a list of texts."),
        int ("end_line",        "/end_line",        "Line that the instruction ends on, here-documents included."),
        json("flags",           "/flags",           "Flags such as --from=build, as a list of texts."),
        json("prev_comment",    "/prev_comment",    "The comment lines above, as a list of texts; NULL without any."),
        text("source",          "/source",          "The instruction as written, with continued lines joined, without the comments between them."),
        int ("stage_number",    "/stage_number",    "Number of the build stage, from 0; NULL before the first FROM."),
        int ("start_line",      "/start_line",      "Line that the instruction starts on, from 1."),
        text("sub_instruction", "/sub_instruction", "The instruction that ONBUILD delays, in lower case; NULL for others."),
    ],
};

/// The most bytes of a Dockerfile.
const LIMIT: u64 = 64 << 20;

/// How many files are read at once.
const AT_ONCE: usize = 4;

fn list_instructions<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    let read = |path: PathBuf| on_worker(move || instructions(&path));
    paths(docker, query)
        .map_ok(move |paths| stream::iter(paths).map(read).buffered(AT_ONCE))
        .try_flatten_stream()
        .map_ok(|rows| stream::iter(rows).map(|row| Ok(row.into())))
        .try_flatten()
        .boxed()
}

/// The files to read. A path of the query is taken as it is: patterns could never equal the column.
async fn paths(docker: &Docker, query: &Query) -> Result<Vec<PathBuf>, Error> {
    if let Some(paths) = query.keys("path") {
        return Ok(paths.into_iter().map(PathBuf::from).collect());
    }
    let config = docker.config();
    // the old name wins where both are set, as in the Go plugin
    let patterns = config.paths.as_ref().or(config.dockerfile_paths.as_ref()).ok_or_else(|| {
        Error::new("no Dockerfile is named: the connection sets no dockerfile_paths").hint(
            "set dockerfile_paths in the connection, or name files in the query: where path = '/srv/app/Dockerfile'",
        )
    })?;
    let (patterns, home) = (patterns.clone(), docker.environment().home().map(Path::to_owned));
    on_worker(move || pattern::files(&patterns, home.as_deref()).map_err(Error::new)).await
}

fn instructions(path: &Path) -> Result<Vec<Bytes>, Error> {
    let text = pattern::read(path, LIMIT).map_err(Error::new)?;
    let instructions = dockerfile::parse(&text).map_err(|error| {
        Error::new(format!("{}:{}: {}", path.display(), error.line, error.problem))
            .hint("correct the file, or leave it out of dockerfile_paths")
    })?;
    Ok(instructions.iter().map(|instruction| row(path, instruction)).collect())
}

fn row(path: &Path, instruction: &Instruction) -> Bytes {
    let stage = instruction.stage.as_ref();
    let comments = (!instruction.comments.is_empty()).then_some(&instruction.comments);
    let row = json!({
        "path": path.to_string_lossy(),
        "stage": stage.map(|stage| &stage.name),
        "stage_number": stage.map(|stage| stage.number),
        "instruction": instruction.name,
        "sub_instruction": instruction.trigger,
        "data": instruction.data,
        "args": instruction.args,
        "flags": instruction.flags,
        "prev_comment": comments,
        "source": instruction.source,
        "start_line": instruction.start_line,
        "end_line": instruction.end_line,
    });
    row.to_string().into()
}

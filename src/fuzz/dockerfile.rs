//! Dockerfiles.

use super::Lines;
use crate::files::dockerfile;

/// Words of a Dockerfile.
pub const WORDS: &[&str] = &[
    "FROM a AS b\n",
    "RUN ",
    "COPY --from=a b c\n",
    "ADD ",
    "ENV A=b C d\n",
    "ARG A=b\n",
    "LABEL a=\"b c\"\n",
    "ONBUILD ",
    "HEALTHCHECK --interval=1s CMD x\n",
    "HEALTHCHECK NONE\n",
    "SHELL [\"a\", \"b\"]\n",
    "EXPOSE 80/tcp 1-2\n",
    "USER a:b\n",
    "VOLUME [\"/a\"]\n",
    "CMD [\"a\"",
    "]",
    "ENTRYPOINT a\n",
    "WORKDIR /a\n",
    "STOPSIGNAL 9\n",
    "MAINTAINER a\n",
    "RUN <<E\na\nE\n",
    "<<-\"E\" <<F",
    "\nE\n",
    "\\\n",
    "`\n",
    "# escape=`\n",
    "# syntax=a\n",
    "# check=skip=all\n",
    "# c\n",
    "--mount=type=secret,id=a ",
    "--network=none ",
    "${A:-b}",
    "$A",
    "\"",
    "'",
    "\\",
    "\t",
    "\r\n",
    "\u{feff}",
    " && ",
    "; ",
    "|",
];

/// Reads a Dockerfile.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let lines = Lines::of(&text);
    let instructions = match dockerfile::parse(&text) {
        Ok(instructions) => instructions,
        Err(error) => {
            assert!(!error.problem.is_empty());
            return lines.check(error.line);
        }
    };
    assert!(!instructions.is_empty());
    let (mut last_line, mut last_stage) = (0, None);
    for instruction in &instructions {
        assert!(last_line < instruction.start_line, "instructions stand one after the other");
        assert!(instruction.start_line <= instruction.end_line);
        lines.check(instruction.end_line);
        last_line = instruction.end_line;
        let stage = instruction.stage.as_ref().map(|stage| stage.number);
        let starts = instruction.name == "from";
        assert_eq!(
            stage,
            if starts { Some(last_stage.map_or(0, |last| last + 1)) } else { last_stage }
        );
        last_stage = stage;
        assert!(!instruction.name.is_empty() && !instruction.source.is_empty());
        assert_eq!(instruction.trigger.is_some(), instruction.name == "onbuild");
    }
}

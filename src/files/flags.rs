//! Flags of a Go program, such as `dockerd`, as its flag library reads them from the command line.
//! It must not know which flags there are: the caller tells their names and which of them take a value.

/// A flag that the program knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag {
    /// Without dashes, such as `log-level`.
    pub name: &'static str,
    /// Its one letter, if it has one.
    pub short: Option<char>,
    /// True if it is a switch: `--icc` is `--icc=true`, and the next word is not its value.
    pub is_switch: bool,
}

/// A flag on a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Its long name if it is known, else as it was given, without dashes.
    pub name: String,
    /// What it was set to; `true` for a bare switch, nothing for a flag whose value is missing.
    pub value: Option<String>,
    /// As it stands on the command line, such as `-l debug`.
    pub text: String,
    /// False if the program has no such flag, as far as the caller knows.
    pub is_known: bool,
}

/// The flags of a command line, in order, repeated ones repeatedly. The first word is the program; words that are
/// neither flags nor their values are passed over, and `--` ends the flags.
pub fn parse(argv: &[String], known: &[Flag]) -> Vec<Given> {
    let mut given = Vec::new();
    let mut rest = argv.get(1..).unwrap_or_default();
    while let [word, after @ ..] = rest {
        rest = after;
        if word == "--" {
            break;
        }
        let next = after.first().map(String::as_str);
        let has_taken = if let Some(long) = word.strip_prefix("--") {
            long_flag(word, long, next, known, &mut given)
        } else if let Some(letters) = word.strip_prefix('-') {
            short_flags(word, letters, next, known, &mut given)
        } else {
            false
        };
        if has_taken {
            rest = after.get(1..).unwrap_or_default();
        }
    }
    given
}

/// `--name`, `--name=value` or `--name value`; true if the next word is the value.
fn long_flag(
    word: &str,
    long: &str,
    next: Option<&str>,
    known: &[Flag],
    given: &mut Vec<Given>,
) -> bool {
    let (name, value) = match long.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (long, None),
    };
    let flag = known.iter().find(|flag| flag.name == name);
    given_flag(word, name, flag, value, next, given)
}

/// `-D`, `-l debug`, `-ldebug`, `-l=debug`, or several letters, of which the last may take a value.
fn short_flags(
    word: &str,
    letters: &str,
    next: Option<&str>,
    known: &[Flag],
    given: &mut Vec<Given>,
) -> bool {
    let mut rest = letters;
    while let Some(letter) = rest.chars().next() {
        let flag = known.iter().find(|flag| flag.short == Some(letter));
        let after = &rest[letter.len_utf8()..];
        let name = flag.map_or(&rest[..letter.len_utf8()], |flag| flag.name);
        if let Some(value) = after.strip_prefix('=') {
            return given_flag(word, name, flag, Some(value), next, given);
        }
        let takes_rest = flag.is_none_or(|flag| !flag.is_switch);
        if takes_rest {
            let value = (!after.is_empty()).then_some(after);
            return given_flag(word, name, flag, value, next, given);
        }
        given_flag(&format!("-{letter}"), name, flag, None, None, given);
        rest = after;
    }
    false
}

fn given_flag(
    word: &str,
    name: &str,
    flag: Option<&Flag>,
    value: Option<&str>,
    next: Option<&str>,
    given: &mut Vec<Given>,
) -> bool {
    let taken = match (value, flag) {
        (Some(_), _) => None,
        (None, Some(flag)) if flag.is_switch => None,
        (None, Some(_)) => next,
        // whether an unknown flag takes a value is unknown, too: what looks like one is one
        (None, None) => next.filter(|next| !next.starts_with('-')),
    };
    let is_bare_switch = value.is_none() && flag.is_some_and(|flag| flag.is_switch);
    given.push(Given {
        name: name.to_owned(),
        value: if is_bare_switch {
            Some("true".to_owned())
        } else {
            value.or(taken).map(str::to_owned)
        },
        text: taken.map_or_else(|| word.to_owned(), |taken| format!("{word} {taken}")),
        is_known: flag.is_some(),
    });
    taken.is_some()
}

/// What Go takes for a truth value, in any of its spellings.
pub fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Flag] = &[
        Flag { name: "host", short: Some('H'), is_switch: false },
        Flag { name: "debug", short: Some('D'), is_switch: true },
        Flag { name: "log-level", short: Some('l'), is_switch: false },
        Flag { name: "icc", short: None, is_switch: true },
        Flag { name: "label", short: None, is_switch: false },
    ];

    /// `name=value` for each flag, `?` before unknown names.
    fn shown(line: &str) -> Vec<String> {
        let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
        parse(&argv, KNOWN)
            .into_iter()
            .map(|given| {
                let mark = if given.is_known { "" } else { "?" };
                format!("{mark}{}={}", given.name, given.value.as_deref().unwrap_or("-"))
            })
            .collect()
    }

    #[test]
    fn every_spelling_of_a_flag_is_read() {
        for (line, expected) in [
            ("dockerd", &[][..]),
            ("dockerd --host=fd://", &["host=fd://"]),
            ("dockerd --host fd://", &["host=fd://"]),
            ("dockerd -H fd://", &["host=fd://"]),
            ("dockerd -Hfd://", &["host=fd://"]),
            ("dockerd -H=fd://", &["host=fd://"]),
            ("dockerd -D", &["debug=true"]),
            ("dockerd -D=false", &["debug=false"]),
            ("dockerd -Dl debug", &["debug=true", "log-level=debug"]),
            ("dockerd -Dlwarn -H a", &["debug=true", "log-level=warn", "host=a"]),
            ("dockerd --icc", &["icc=true"]),
            ("dockerd --icc=false", &["icc=false"]),
            ("dockerd --icc false", &["icc=true"]),
            ("dockerd --label a=b --label c=d", &["label=a=b", "label=c=d"]),
            ("dockerd --label=", &["label="]),
            ("dockerd --label -D", &["label=-D"]),
            ("dockerd --label", &["label=-"]),
            ("dockerd --new x -D", &["?new=x", "debug=true"]),
            ("dockerd --new -D", &["?new=-", "debug=true"]),
            ("dockerd -x", &["?x=-"]),
            ("dockerd -D -- --icc=false", &["debug=true"]),
            ("dockerd word - -D", &["debug=true"]),
        ] {
            assert_eq!(shown(line), expected, "{line}");
        }
        assert!(parse(&[], KNOWN).is_empty());
    }

    #[test]
    fn the_text_is_what_stands_there() {
        let argv = ["dockerd", "-l", "debug", "--icc=false", "-DHx"].map(str::to_owned);
        let texts: Vec<String> = parse(&argv, KNOWN).into_iter().map(|given| given.text).collect();
        assert_eq!(texts, ["-l debug", "--icc=false", "-D", "-DHx"]);
    }

    #[test]
    fn truth_is_spelled_as_in_go() {
        assert_eq!(truth("T"), Some(true));
        assert_eq!(truth("0"), Some(false));
        assert_eq!(truth("yes"), None);
    }
}

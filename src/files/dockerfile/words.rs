//! How the text of an instruction is split: flags, words, pairs, JSON lists, names of here-documents.
//! It must not know which instruction the text belongs to; variables are left as they are.

/// A here-document.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Heredoc {
    pub(super) name: String,
    /// True if variables in it are replaced: no part of the name was quoted.
    pub(super) expand: bool,
    /// True for `<<-`: tabs at the start of its lines do not count.
    pub(super) chomp: bool,
    pub(super) content: String,
}

/// White space within a line; others, such as the no-break space, belong to words here.
const SPACE: [char; 5] = ['\t', '\u{b}', '\u{c}', '\r', ' '];

/// The first word, and the rest after the white space behind it.
pub(super) fn split_first(text: &str) -> (&str, &str) {
    match text.split_once(SPACE) {
        Some((first, rest)) => (first, rest.trim_start_matches(SPACE)),
        None => (text, ""),
    }
}

/// Words between white space; quotes have no meaning.
pub(super) fn spaced(text: &str) -> Vec<String> {
    text.split(SPACE).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The strings of a JSON list at the start of the text; `None` if there is none.
pub(super) fn json(text: &str) -> Result<Option<Vec<String>>, String> {
    if !text.starts_with('[') {
        return Ok(None);
    }
    let list =
        serde_json::Deserializer::from_str(text).into_iter::<Vec<serde_json::Value>>().next();
    let Some(Ok(list)) = list else { return Ok(None) };
    let strings: Option<_> =
        list.into_iter().map(|value| value.as_str().map(str::to_owned)).collect();
    strings.map(Some).ok_or_else(|| "a list in JSON can hold texts only".to_owned())
}

/// The flags at the start, without quotes and escapes, and the rest. A word `--` ends them.
pub(super) fn flags(text: &str) -> (Vec<String>, &str) {
    let mut flags = Vec::new();
    let mut rest = text.trim_start();
    while rest.starts_with("--") {
        let (flag, after) = flag(rest);
        if flag == "--" {
            return (flags, after);
        }
        flags.push(flag);
        rest = after.trim_start();
    }
    (flags, rest)
}

fn flag(text: &str) -> (String, &str) {
    let mut flag = String::new();
    let mut quote = None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match (character, quote) {
            ('\\', _) => flag.extend(characters.next().map(|(_, escaped)| escaped)),
            (_, Some(open)) if character == open => quote = None,
            ('\'' | '"', None) => quote = Some(character),
            (_, None) if character.is_whitespace() => return (flag, &text[at..]),
            _ => flag.push(character),
        }
    }
    (flag, "")
}

/// Words that may have quotes, which stay in them, as do escapes.
pub(super) fn quoted(text: &str, escape: char) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == escape && quote != Some('\'') {
            // one at the end escapes nothing
            if let Some(escaped) = characters.next() {
                word.extend([character, escaped]);
            }
            continue;
        }
        match quote {
            Some(open) if character == open => quote = None,
            None if character.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            None if matches!(character, '\'' | '"') => quote = Some(character),
            Some(_) | None => {}
        }
        word.push(character);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Name, value, name, value, … of `name=value …`, or of the old `name value`.
pub(super) fn pairs(text: &str, escape: char) -> Result<Vec<String>, String> {
    let words = quoted(text, escape);
    if words.first().is_some_and(|word| !word.contains('=')) {
        return match split_first(text) {
            (name, "") => Err(format!("`{name}` has no value; write it as {name}=…")),
            (name, value) => Ok(vec![name.to_owned(), value.to_owned()]),
        };
    }
    let mut pairs = Vec::with_capacity(words.len() * 2);
    for word in words {
        let Some((name, value)) = word.split_once('=') else {
            return Err(format!(
                "`{word}` has no `=`; write name=value, with quotes if the value has spaces"
            ));
        };
        pairs.extend([name.to_owned(), value.to_owned()]);
    }
    Ok(pairs)
}

/// The here-documents that a line announces, still empty.
pub(super) fn heredocs(line: &str) -> Vec<Heredoc> {
    let Some(words) = shell_words(line) else { return Vec::new() };
    words.iter().filter_map(|word| heredoc(word)).collect()
}

/// A word such as `<<EOF`, `3<<-"EOF"`.
pub(super) fn heredoc(word: &str) -> Option<Heredoc> {
    let name = word.trim_start_matches(|digit: char| digit.is_ascii_digit()).strip_prefix("<<")?;
    let (name, chomp) = match name.strip_prefix('-') {
        Some(name) => (name, true),
        None => (name, false),
    };
    if name.contains('<') {
        return None;
    }
    let plain = unquoted(name)?;
    (!plain.is_empty()).then(|| Heredoc {
        expand: !name.contains(['\'', '"']),
        name: plain,
        chomp,
        content: String::new(),
    })
}

/// The words of a shell command with quotes and escapes; `None` if a quote stays open.
fn shell_words(line: &str) -> Option<Vec<String>> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let word = words.last_mut()?;
        match (character, quote) {
            ('\\', None | Some('"')) => {
                word.push(character);
                word.extend(characters.next());
                continue;
            }
            (_, Some(open)) if character == open => quote = None,
            ('\'' | '"', None) => quote = Some(character),
            (_, None) if character.is_whitespace() => {
                words.push(String::new());
                continue;
            }
            _ => {}
        }
        word.push(character);
    }
    quote.is_none().then_some(words)
}

/// The word without its quotes and escapes; `None` if it is more than one word, or a quote stays open.
fn unquoted(word: &str) -> Option<String> {
    let mut plain = String::new();
    let mut quote = None;
    let mut characters = word.chars();
    while let Some(character) = characters.next() {
        match (character, quote) {
            ('\\', None) => plain.extend(characters.next()),
            (_, Some(open)) if character == open => quote = None,
            ('\'' | '"', None) => quote = Some(character),
            (_, None) if character.is_whitespace() => return None,
            _ => plain.push(character),
        }
    }
    quote.is_none().then_some(plain)
}

/// Splits at the first of these characters that is in no `${…}`.
pub(super) fn split_outside_variables(text: &str, separator: char) -> Option<(&str, &str)> {
    let at = *outside_variables(text, separator).first()?;
    Some((&text[..at], &text[at + separator.len_utf8()..]))
}

/// Where a character is that is in no `${…}`.
pub(super) fn outside_variables(text: &str, wanted: char) -> Vec<usize> {
    let mut depth = 0_usize;
    let mut places = Vec::new();
    for (at, character) in text.char_indices() {
        match character {
            '{' if text[..at].ends_with('$') => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if character == wanted && depth == 0 => places.push(at),
            _ => {}
        }
    }
    places
}

/// The commands that `&&` joins, unless it is quoted.
pub(super) fn commands(text: &str) -> Vec<String> {
    let mut starts = vec![0];
    let mut quote = None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match (character, quote) {
            ('\\', None | Some('"')) => {
                characters.next();
            }
            (_, Some(open)) if character == open => quote = None,
            ('\'' | '"', None) => quote = Some(character),
            ('&', None) if text[at..].starts_with("&&") => {
                characters.next();
                starts.push(at + 2);
            }
            _ => {}
        }
    }
    if quote.is_some() {
        // an apostrophe, such as that of a here-document's text: no quote to respect
        return text.split("&&").map(|command| command.trim().to_owned()).collect();
    }
    let ends = starts.iter().skip(1).map(|start| start - 2).chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| text[*start..end].trim().to_owned()).collect()
}

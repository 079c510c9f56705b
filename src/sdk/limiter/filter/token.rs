//! Words, texts and signs of a `where`, each with its place.
//! It must not know how they go together.

use std::fmt;

/// One piece of a `where`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A bare word, in small letters: a key or a keyword.
    Word(String),
    /// A key in double quotes.
    Quoted(String),
    /// A text in single quotes.
    Text(String),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// `=`, `!=` and the like.
    Sign(&'static str),
}

/// As the user wrote it, or near to it.
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Quoted(name) => write!(f, "\"{name}\""),
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Open => f.write_str("("),
            Self::Close => f.write_str(")"),
            Self::Comma => f.write_str(","),
            Self::Sign(sign) => f.write_str(sign),
        }
    }
}

/// The signs; of two that start alike, the longer one first.
const SIGNS: [&str; 8] = ["<=", "<>", ">=", "!=", "->", "<", "=", ">"];

/// The tokens of a text and the byte each starts at.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, String> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (token, length) = match first {
            ' ' | '\n' | '\t' | '\r' => {
                at += 1;
                continue;
            }
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            '\'' | '"' => {
                let (value, length) = quoted(rest, first)
                    .ok_or_else(|| format!("{}: no {first} ends this text", place(text, at)))?;
                (if first == '"' { Token::Quoted(value) } else { Token::Text(value) }, length)
            }
            'A'..='Z' | 'a'..='z' | '_' => {
                let other = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
                let word = &rest[..rest.find(other).unwrap_or(rest.len())];
                (Token::Word(word.to_ascii_lowercase()), word.len())
            }
            other => {
                let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
                let sign = sign.ok_or_else(|| {
                    format!("{}: did not expect {}", place(text, at), other.escape_debug())
                })?;
                (Token::Sign(sign), sign.len())
            }
        };
        tokens.push((at, token));
        at += length;
    }
    Ok(tokens)
}

/// What stands between the quotes, a doubled one being one, and how many bytes it takes with them.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return Some((value, at + quote.len_utf8()));
        }
        value.push(character);
    }
    None
}

/// Line and column, both counted from one.
pub(super) fn place(text: &str, at: usize) -> String {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |start| start.chars().count()) + 1;
    format!("line {line}, column {column}")
}

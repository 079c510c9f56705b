//! Whether a text may go to the HCL parser, which takes stack for each bracket and operator and knows no limit.
//! It must not know what the text means: hosts have evaluated it, so plain values are all that is in it.

/// Brackets and operators of one block; lists of texts have one each.
const MOST: usize = 64;

/// Brackets and operators that the parser would come to.
fn structure(text: &str) -> usize {
    // where code can be in a text, all that looks like code counts
    if text.contains("<<") || has_template(text) {
        return text.bytes().filter(counts).count();
    }
    let (mut many, mut place) = (0, Place::Code);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        place = match (place, byte, bytes.peek()) {
            (Place::Code, b'"', _) => Place::Text,
            (Place::Code, b'#', _) | (Place::Code, b'/', Some(b'/')) => Place::Line,
            (Place::Code, b'/', Some(b'*')) => {
                bytes.next();
                Place::Comment
            }
            (Place::Code, ..) => {
                many += usize::from(counts(&byte));
                Place::Code
            }
            (Place::Text, b'\\', _) => {
                bytes.next();
                Place::Text
            }
            (Place::Comment, b'*', Some(b'/')) => {
                bytes.next();
                Place::Code
            }
            (Place::Text, b'"', _) | (Place::Line, b'\n', _) => Place::Code,
            (place, ..) => place,
        };
    }
    many
}

#[derive(Clone, Copy)]
enum Place {
    Code,
    Text,
    /// A comment to the end of its line.
    Line,
    /// A comment with an end of its own.
    Comment,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "a filter of an iterator")]
fn counts(byte: &u8) -> bool {
    b"[({!?+-*/%&|<>".contains(byte)
}

/// True if a text may hold `${` or `%{` that is code: it is text where the mark is doubled, and only then.
fn has_template(text: &str) -> bool {
    ["$", "%"].iter().any(|mark| {
        text.match_indices(&format!("{mark}{{")).any(|(at, _)| {
            let before = &text[..at];
            before.len() - before.trim_end_matches(mark).len() != 1
        })
    })
}

/// Refuses a text that nests or computes more than the options of a connection can need.
pub(super) fn check(text: &str) -> Result<(), String> {
    match structure(text) {
        0..=MOST => Ok(()),
        many => Err(format!(
            "it has {many} brackets and operators, and at most {MOST} are read: write plain values"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_texts_and_comments_does_not_count() {
        let paths = vec!["\"/srv/a-b/[c]*/$${x}\\\"(\""; 1_000].join(", ");
        assert_eq!(check(&format!("paths = [{paths}]\n# ((\n// ((\n/* \" (( */ a = -1")), Ok(()));
        assert_eq!(structure("a = \"((\" + (\"[\\\\\")"), 2);
        assert_eq!(structure("a = \"open (("), 0);
    }

    #[test]
    fn what_may_be_code_counts() {
        for text in ["[", "(", "{", "!", "-", "1 ? 1 :", "1+", "\"${", "\"%{", "<<E\n"] {
            assert!(check(&text.repeat(1_000)).is_err(), "{text}");
        }
        let hidden = format!("a = <<E\n\"\nE\nb = {}", "[".repeat(1_000));
        assert!(check(&hidden).is_err());
        let hidden = format!("a = \"${{\"{}", "(".repeat(1_000));
        assert!(check(&hidden).is_err());
    }
}

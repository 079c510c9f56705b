//! `${VARIABLE}` in texts, as Docker Compose replaces it.
//! It must not know where variables come from.

/// Nested defaults.
const DEEPEST: usize = 50;

/// The text with its variables replaced. A variable that is not set is nothing, as for Compose.
///
/// # Errors
/// What is written wrong, or which required variable is missing, with its own message.
pub(super) fn interpolate(
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<String, String> {
    if !text.contains('$') {
        return Ok(text.to_owned());
    }
    let mut replaced = String::with_capacity(text.len());
    append(&mut replaced, text, variable, 0)?;
    Ok(replaced)
}

fn append(
    replaced: &mut String,
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
    depth: usize,
) -> Result<(), String> {
    if depth > DEEPEST {
        return Err(format!("variables are nested deeper than {DEEPEST} levels"));
    }
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        replaced.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            replaced.push('$');
            rest = after;
        } else if let Some(inside) = after.strip_prefix('{') {
            let (expression, after) = braced(inside).ok_or_else(|| invalid(text))?;
            append_expression(replaced, expression, variable, depth)?;
            rest = after;
        } else {
            let name = &after[..name_length(after)];
            if name.is_empty() {
                replaced.push('$'); // as in `$1`: no variable
            } else {
                replaced.push_str(&variable(name).unwrap_or_default());
            }
            rest = &after[name.len()..];
        }
    }
    replaced.push_str(rest);
    Ok(())
}

fn invalid(text: &str) -> String {
    let shown: String = text.chars().take(100).collect();
    format!("invalid interpolation format {shown:?}: write $$ where a dollar sign is meant")
}

/// The bytes of a name at the start of a text.
fn name_length(text: &str) -> usize {
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return 0;
    }
    text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}

/// What stands between an opening brace and its closing one, and what follows. Both are on one line.
fn braced(inside: &str) -> Option<(&str, &str)> {
    let length = name_length(inside);
    if length == 0 {
        return None;
    }
    let after = &inside[length..];
    let after = after.strip_prefix(':').unwrap_or(after);
    if inside.as_bytes().get(length) != Some(&b'}') && !after.starts_with(['-', '+', '?']) {
        return None;
    }
    let end = closing_brace(inside).or_else(|| last_brace(inside))?;
    Some((&inside[..end], &inside[end + 1..]))
}

/// The brace that closes, on the first line of a text.
fn closing_brace(text: &str) -> Option<usize> {
    let mut open = 1;
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => open += 1,
            b'}' => open -= 1,
            b'\n' => return None,
            _ => continue,
        }
        if open == 0 {
            return Some(place);
        }
    }
    None
}

/// The last brace of the first line, where more are opened than closed.
fn last_brace(text: &str) -> Option<usize> {
    text[..text.find('\n').unwrap_or(text.len())].rfind('}')
}

fn append_expression(
    replaced: &mut String,
    expression: &str,
    variable: &dyn Fn(&str) -> Option<String>,
    depth: usize,
) -> Result<(), String> {
    let (name, rest) = expression.split_at(name_length(expression));
    let value = variable(name);
    let (rest, set) = match rest.strip_prefix(':') {
        Some(rest) => (rest, value.as_ref().is_some_and(|value| !value.is_empty())),
        None => (rest, value.is_some()),
    };
    let word = rest.get(1..).unwrap_or_default();
    match (rest.chars().next(), set) {
        (Some('-'), false) | (Some('+'), true) => append(replaced, word, variable, depth + 1),
        (Some('+'), false) => Ok(()),
        (Some('?'), false) => {
            let mut message = format!("required variable {name} is missing a value");
            if !word.is_empty() {
                message.push_str(": ");
                append(&mut message, word, variable, depth + 1)?;
            }
            Err(message)
        }
        _ => {
            replaced.push_str(&value.unwrap_or_default());
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Option<String> {
        match name {
            "SET" => Some("value".to_owned()),
            "EMPTY" => Some(String::new()),
            "DOLLAR" => Some("$SET".to_owned()),
            "_x1" => Some("low".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn variables_are_replaced() {
        for (text, expected) in [
            ("plain", "plain"),
            ("$SET", "value"),
            ("${SET}", "value"),
            ("a${SET}b$SET-c", "avaluebvalue-c"),
            ("$NONE|${NONE}|", "||"),
            ("$_x1 ${_x1}", "low low"),
            ("$DOLLAR", "$SET"),
            ("$$SET $$$SET $$", "$SET $value $"),
            ("$1 5$ $-x $é", "$1 5$ $-x $é"),
            ("${NONE:-x}${EMPTY:-x}${SET:-x}", "xxvalue"),
            ("${NONE-x}${EMPTY-x}${SET-x}", "xvalue"),
            ("${NONE:+x}${EMPTY:+x}${SET:+x}", "x"),
            ("${NONE+x}${EMPTY+x}${SET+x}", "xx"),
            ("${SET:?no}${SET?no}${EMPTY?no}", "valuevalue"),
            ("${NONE:-}", ""),
            ("${NONE:-${NONE:-$SET}}!", "value!"),
            ("${NONE:-a} and ${NONE:-b}", "a and b"),
            ("${NONE:-{\"a\": {\"b\": 1}}}", "{\"a\": {\"b\": 1}}"),
            ("${NONE:-{}", "{"),
            ("${SET:-${NONE:?not used}}", "value"),
            ("${NONE:-a:-b?c}", "a:-b?c"),
            ("${NONE:-https://x:80/?a=b}", "https://x:80/?a=b"),
            ("${NONE:-$$x}", "$x"),
            ("{$SET}", "{value}"),
            ("a\n${NONE:-b}\nc", "a\nb\nc"),
        ] {
            assert_eq!(interpolate(text, &variable), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, expected) in [
            ("${NONE:?set it}", "required variable NONE is missing a value: set it"),
            ("${EMPTY:?}", "required variable EMPTY is missing a value"),
            ("${NONE?}", "required variable NONE is missing a value"),
            ("${NONE:?to $SET}", "required variable NONE is missing a value: to value"),
            ("${NONE:-${NONE:?deep}}", "required variable NONE is missing a value: deep"),
        ] {
            assert_eq!(interpolate(text, &variable), Err(expected.to_owned()), "{text}");
        }
        for text in [
            "${",
            "${}",
            "${1}",
            "${SET",
            "${SET ",
            "${a b}",
            "${SET:x}",
            "${NONE:-a\n}",
            "${NONE:-${}}",
        ] {
            let error = interpolate(text, &variable).unwrap_err();
            assert!(error.starts_with("invalid interpolation format"), "{text}: {error}");
        }
    }

    #[test]
    fn deep_or_long_texts_are_no_harm() {
        let deep = format!("{}{}", "${N:-".repeat(10_000), "}".repeat(10_000));
        assert!(interpolate(&deep, &variable).unwrap_err().contains("deeper"));
        let open = "${N:-".repeat(200_000);
        assert!(interpolate(&open, &variable).is_err());
        let long = "${N:-x}".repeat(200_000);
        assert_eq!(interpolate(&long, &variable), Ok("x".repeat(200_000)));
    }
}

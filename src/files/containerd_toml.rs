//! The few keys of containerd's `config.toml` that tell its paths.
//! It must not know the rest of the file, nor TOML beyond texts: other values are passed over.

/// Where containerd keeps what; each is `None` if the file does not say.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Persistent data: `root`.
    pub root: Option<String>,
    /// What lasts until the next boot: `state`.
    pub state: Option<String>,
    /// The socket: `address` of `[grpc]`.
    pub address: Option<String>,
}

/// Reads the keys.
///
/// # Errors
/// One of them is not a text that this reader understands; told with its line.
pub fn parse(text: &str) -> Result<Paths, String> {
    let mut paths = Paths::default();
    let mut section = String::new();
    let mut open: Option<&str> = None;
    for (index, line) in text.lines().enumerate() {
        if let Some(quotes) = open {
            // inside a text of several lines, which none of the keys has
            open = if line.matches(quotes).count() % 2 == 1 { None } else { open };
            continue;
        }
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            header.split(']').next().unwrap_or_default().trim().clone_into(&mut section);
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let (key, value) = (key.trim(), value.trim());
        let name = if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
        let place = match name.replace([' ', '"', '\''], "").as_str() {
            "root" => &mut paths.root,
            "state" => &mut paths.state,
            "grpc.address" => &mut paths.address,
            "grpc" => {
                return Err(format!("line {}: a table in one line is not understood", index + 1));
            }
            _ => {
                open = ["\"\"\"", "'''"]
                    .into_iter()
                    .find(|quotes| value.matches(quotes).count() % 2 == 1);
                continue;
            }
        };
        *place = Some(quoted(value).map_err(|problem| format!("line {}: {problem}", index + 1))?);
    }
    for path in [&mut paths.root, &mut paths.state, &mut paths.address] {
        // an empty text is as good as none
        path.take_if(|path| path.is_empty());
    }
    Ok(paths)
}

/// A basic text or a literal one.
fn quoted(value: &str) -> Result<String, String> {
    let problem = || format!("`{value}` is no text in quotes");
    if let Some(rest) = value.strip_prefix('\'') {
        return rest.split_once('\'').map(|(text, _)| text.to_owned()).ok_or_else(problem);
    }
    let rest = value.strip_prefix('"').ok_or_else(problem)?;
    let mut text = String::new();
    let mut characters = rest.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return Ok(text),
            '\\' => match characters.next() {
                Some(escaped @ ('"' | '\\')) => text.push(escaped),
                Some('t') => text.push('\t'),
                _ => return Err(format!("an escape of `{value}` is not understood")),
            },
            _ => text.push(character),
        }
    }
    Err(problem())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_where_they_belong() {
        let text = r#"
# root = "/no"
version = 2
root = "/data/containerd" # here
state = '/run/c'
imports = ["/a", "/b"]
note = """
state = "/no"
"""
[grpc]
  address = "/run/c/c.sock"
  uid = 0
[debug]
  address = "/run/debug.sock"
[plugins."io.containerd.grpc.v1.cri"]
  root = "/no"
"#;
        let paths = parse(text).unwrap();
        assert_eq!(paths.root.as_deref(), Some("/data/containerd"));
        assert_eq!(paths.state.as_deref(), Some("/run/c"));
        assert_eq!(paths.address.as_deref(), Some("/run/c/c.sock"));
        assert_eq!(parse("grpc.address = \"/a\\\\b\"").unwrap().address.as_deref(), Some("/a\\b"));
        assert_eq!(parse("disabled_plugins = [\"cri\"]\nroot = \"\"").unwrap(), Paths::default());
    }

    #[test]
    fn what_is_not_understood_has_a_line() {
        for text in [
            "\nroot = 7",
            "\ngrpc = {address = \"x\"}",
            "\nstate = \"/run\\u0041\"",
            "\nroot = '/x",
        ] {
            let problem = parse(text).expect_err(text);
            assert!(problem.starts_with("line 2: "), "{problem}");
        }
    }
}

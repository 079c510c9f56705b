//! Paths as text: joined and cleaned without a look at the disk.
//! It must not know which keys hold paths.

use std::path::Path;

/// The shortest path of the same meaning: no `.`, no `..` behind a name, no empty part. Empty becomes `.`.
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match (part, parts.last()) {
            ("" | ".", _) => {}
            ("..", Some(&last)) if last != ".." => {
                parts.pop();
            }
            ("..", None) if rooted => {}
            _ => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

/// The path as seen from a folder; a home folder is `~`.
pub(super) fn absolute(folder: &Path, home: Option<&Path>, path: &str) -> String {
    let path = match (path.strip_prefix('~'), home) {
        (Some(rest), Some(home)) => return clean(&format!("{}/{rest}", home.display())),
        _ => path,
    };
    if path.starts_with('/') || is_windows(path) {
        return path.to_owned();
    }
    clean(&format!("{}/{path}", folder.display()))
}

/// An absolute path of Windows, with a drive or a host.
fn is_windows(path: &str) -> bool {
    let mut bytes = path.bytes();
    let (first, second, third) = (bytes.next(), bytes.next(), bytes.next());
    let separator = |byte| matches!(byte, Some(b'\\' | b'/'));
    first == Some(b'\\') && separator(second)
        || first.is_some_and(|first| first.is_ascii_alphabetic())
            && second == Some(b':')
            && separator(third)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_text() {
        for (path, expected) in [
            ("", "."),
            (".", "."),
            ("/", "/"),
            ("//a///b/", "/a/b"),
            ("a/./b/..", "a"),
            ("..", ".."),
            ("../../a", "../../a"),
            ("/../a", "/a"),
            ("a/..", "."),
            ("a/../..", ".."),
            ("./x", "x"),
        ] {
            assert_eq!(clean(path), expected, "{path}");
        }
    }

    #[test]
    fn paths_are_joined_to_the_folder_unless_they_are_absolute() {
        let (folder, home) = (Path::new("/srv/app"), Some(Path::new("/home/ann")));
        for (path, expected) in [
            (".", "/srv/app"),
            ("./data", "/srv/app/data"),
            ("../x/", "/srv/x"),
            ("/etc/x", "/etc/x"),
            ("~", "/home/ann"),
            ("~/x", "/home/ann/x"),
            (r"C:\x", r"C:\x"),
            ("c:/x", "c:/x"),
            (r"\\host\share", r"\\host\share"),
            ("c:x", "/srv/app/c:x"),
        ] {
            assert_eq!(absolute(folder, home, path), expected, "{path}");
        }
        assert_eq!(absolute(folder, None, "~/x"), "/srv/app/~/x");
    }
}

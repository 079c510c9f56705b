#![allow(clippy::disallowed_methods, reason = "tests may block")]

use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use tempfile::TempDir;

use super::*;

/// A folder with these files; a name that ends in a slash is a folder.
fn tree(names: &[&str]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for name in names {
        let path = root.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(&path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "FROM a\n").unwrap();
        }
    }
    root
}

/// What a pattern below the folder names, as paths below it.
fn found(root: &TempDir, pattern: &str) -> Result<Vec<String>, String> {
    let pattern = format!("{}/{pattern}", root.path().display());
    let files = files(&[pattern], None)?;
    let below = |path: &PathBuf| path.strip_prefix(root.path()).unwrap().display().to_string();
    Ok(files.iter().map(below).collect())
}

#[test]
fn patterns_name_files() {
    let names = [
        "Dockerfile",
        "Dockerfile.dev",
        ".dockerfile",
        "a/Dockerfile",
        "a/b/Dockerfile",
        "a/b/x.dockerfile",
        "a[1]",
        "c/.hidden/Dockerfile",
        "empty/",
    ];
    let root = tree(&names);
    let cases: &[(&str, &[&str])] = &[
        ("Dockerfile", &["Dockerfile"]),
        ("./a//Dockerfile", &["a/Dockerfile"]),
        ("Dockerfile*", &["Dockerfile", "Dockerfile.dev"]),
        ("Dockerfile.?e[vw]", &["Dockerfile.dev"]),
        ("Dockerfile.[!x]*", &["Dockerfile.dev"]),
        ("*.none", &[]),
        ("*dockerfile", &[".dockerfile"]),
        ("*/Dockerfile", &["a/Dockerfile"]),
        ("a/*/Dockerfile", &["a/b/Dockerfile"]),
        (
            "**/Dockerfile",
            &["Dockerfile", "a/Dockerfile", "a/b/Dockerfile", "c/.hidden/Dockerfile"],
        ),
        ("**/**/*.dockerfile", &[".dockerfile", "a/b/x.dockerfile"]),
        ("**/b/**/Dockerfile", &["a/b/Dockerfile"]),
        ("a/**", &["a/Dockerfile", "a/b/Dockerfile", "a/b/x.dockerfile"]),
        ("a/**/Dockerfile", &["a/Dockerfile", "a/b/Dockerfile"]),
        // a folder stands for its own files
        ("a", &["a/Dockerfile"]),
        ("a/", &["a/Dockerfile"]),
        ("c/.hidden", &["c/.hidden/Dockerfile"]),
        // one that exists is no pattern
        ("a[1]", &["a[1]"]),
        ("a/b/../Dockerfile", &["a/b/../Dockerfile"]),
    ];
    for (pattern, expected) in cases {
        match found(&root, pattern) {
            Ok(files) => assert_eq!(files, *expected, "{pattern}"),
            Err(error) => {
                assert!(expected.is_empty(), "{pattern}: {error}");
                assert!(error.contains("names no file"), "{error}");
            }
        }
    }
}

#[test]
fn several_patterns_name_each_file_once_and_all_must_name_some() {
    let root = tree(&["b", "a"]);
    let pattern = |name: &str| format!("{}/{name}", root.path().display());
    let all = files(&[pattern("*"), pattern("b")], None).unwrap();
    assert_eq!(all, [root.path().join("a"), root.path().join("b")]);
    let error = files(&[pattern("*"), pattern("none*")], None).unwrap_err();
    assert!(error.contains("none*` names no file"), "{error}");
    assert_eq!(files(&[], None), Ok(Vec::new()));
}

#[test]
fn a_tilde_is_the_home_folder() {
    let root = tree(&["x/Dockerfile"]);
    for pattern in ["~/x/Dockerfile", "~/*/Dockerfile", "~/x"] {
        let files = files(&[pattern.to_owned()], Some(root.path())).unwrap();
        assert_eq!(files, [root.path().join("x/Dockerfile")], "{pattern}");
    }
    let error = files(&["~/x".to_owned()], None).unwrap_err();
    assert!(error.contains("HOME is not set"), "{error}");
}

#[test]
fn a_relative_path_starts_at_the_working_directory() {
    let here = std::env::current_dir().unwrap();
    assert_eq!(split("a/./b", None).unwrap(), (here.clone(), vec!["a", "b"]));
    assert_eq!(
        split("../a/../b", None).unwrap(),
        (here.parent().unwrap().to_owned(), vec!["a", "..", "b"])
    );
    assert_eq!(files(&["Cargo.toml".to_owned()], None).unwrap(), [here.join("Cargo.toml")]);
    let error = files(&["none/*".to_owned()], None).unwrap_err();
    assert!(error.contains(&here.display().to_string()), "{error}");
}

#[test]
fn patterns_that_cannot_be_right_say_what_to_do() {
    let root = tree(&["a"]);
    for (pattern, part) in [("a**", "stand alone"), ("[a", "close each `[`")] {
        let error = found(&root, pattern).unwrap_err();
        assert!(error.contains("is no pattern") && error.contains(part), "{pattern}: {error}");
    }
    assert!(files(&[String::new()], None).unwrap_err().contains("empty"));
}

#[test]
fn addresses_are_refused() {
    for pattern in [
        "git::https://example.com/a.git//Dockerfile",
        "github.com/turbot/steampipe-plugin-docker//*.dockerfile",
        "gitlab.com/a/b",
        "bitbucket.org/a/b",
        "git@github.com:a/b.git",
        "s3::https://bucket.s3.amazonaws.com/a",
        "bucket.s3.us-east-1.amazonaws.com/a",
        "https://example.com/Dockerfile",
        "file:///etc/Dockerfile",
    ] {
        let error = files(&[pattern.to_owned()], None).unwrap_err();
        assert!(error.starts_with(&format!("`{pattern}` is an address")), "{error}");
    }
    for pattern in ["/a::b", "./github.com/a", "a b://c"] {
        assert!(
            files(&[pattern.to_owned()], None).unwrap_err().contains("names no file"),
            "{pattern}"
        );
    }
}

#[test]
fn links_lead_to_files_and_never_around_in_circles() {
    let root = tree(&["a/Dockerfile", "out/"]);
    let link = |target: &str, name: &str| {
        symlink(root.path().join(target), root.path().join(name)).unwrap();
    };
    link("a", "a/again");
    link("", "a/up");
    link("a/Dockerfile", "out/Dockerfile");
    assert_eq!(found(&root, "**/Dockerfile").unwrap(), ["a/Dockerfile", "out/Dockerfile"]);
    assert_eq!(found(&root, "*/again/Dockerfile").unwrap(), ["a/again/Dockerfile"]);
    link("nowhere", "out/dangling");
    for pattern in ["out/dangling", "out/*", "out", "**/dang*"] {
        let error = found(&root, pattern).unwrap_err();
        assert!(
            error.contains("out/dangling` is a link to") && error.contains("nowhere"),
            "{pattern}: {error}"
        );
    }
    link("out/loop", "out/loop");
    assert!(found(&root, "out/loop").unwrap_err().contains("out/loop"));
}

#[test]
fn what_is_no_file_is_left_out_of_patterns_and_an_error_by_name() {
    let root = tree(&["a"]);
    let _socket = UnixListener::bind(root.path().join("s")).unwrap();
    assert_eq!(found(&root, "*").unwrap(), ["a"]);
    assert!(found(&root, "s").unwrap_err().contains("no regular file"));
}

#[test]
fn a_tree_that_is_too_deep_is_an_error() {
    let deep = "d/".repeat(DEPTH + 2);
    let root = tree(&[&deep]);
    assert!(found(&root, "**/Dockerfile").unwrap_err().contains("narrower pattern"));
}

/// Root reads everything, so there this only shows that the file is found.
#[test]
fn a_folder_that_cannot_be_read_is_an_error() {
    let root = tree(&["a/closed/Dockerfile"]);
    let closed = root.path().join("a/closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let readable = fs::read_dir(&closed).is_ok();
    let result = found(&root, "**/Dockerfile");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    if readable {
        assert_eq!(result.unwrap(), ["a/closed/Dockerfile"]);
    } else {
        assert!(result.unwrap_err().contains("a/closed"));
    }
}

#[test]
fn text_is_read_up_to_a_limit() {
    let root = tree(&[]);
    let path = root.path().join("text");
    fs::write(&path, "grün\n").unwrap();
    assert_eq!(read(&path, 6), Ok("grün\n".to_owned()));
    let error = read(&path, 5).unwrap_err();
    assert!(error.contains("larger than 5 bytes"), "{error}");
    let large = "x".repeat(50 << 20);
    fs::write(&path, &large).unwrap();
    assert_eq!(read(&path, 64 << 20), Ok(large));
    // a file of the kernel, which says that it has no bytes
    assert!(read(Path::new("/proc/self/status"), 1 << 20).unwrap().starts_with("Name:"));
}

#[test]
fn what_is_no_text_says_where() {
    let root = tree(&["a/"]);
    let path = root.path().join("latin");
    fs::write(&path, b"FROM a\nLABEL x=gr\xfcn\n").unwrap();
    let error = read(&path, 100).unwrap_err();
    assert!(error.contains("byte 18 (line 2)") && error.contains("latin"), "{error}");
    assert!(read(&root.path().join("none"), 100).unwrap_err().contains("cannot read"));
    assert!(read(&root.path().join("a"), 100).unwrap_err().contains("is a folder"));
    let _socket = UnixListener::bind(root.path().join("s")).unwrap();
    assert!(read(&root.path().join("s"), 100).unwrap_err().contains("no regular file"));
}

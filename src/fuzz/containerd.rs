//! The configuration of containerd.

use crate::files::containerd_toml;

/// Words of `config.toml`.
pub const WORDS: &[&str] = &[
    "root = \"/a\"\n",
    "state = '/b'\n",
    "[grpc]\n",
    "address = \"/c\"\n",
    "grpc.address = \"/d\"\n",
    "version = 2\n",
    "\"\"\"",
    "'''",
    "\\u0041",
    "\\\"",
    "# c\n",
    "[",
    "]",
    "=",
    "grpc = {address = \"x\"}\n",
    "\"",
    "'",
    "\n",
    "[plugins.\"a\"]\n",
    "root",
];

/// Reads the file.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let paths = match containerd_toml::parse(&text) {
        Ok(paths) => paths,
        Err(problem) => return assert!(problem.starts_with("line "), "{problem}"),
    };
    let quoted = |path: &Option<String>| match path {
        Some(path) => format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\"")),
        None => "\"\"".to_owned(),
    };
    let written = format!(
        "root = {}\nstate = {}\n[grpc]\naddress = {}\n",
        quoted(&paths.root),
        quoted(&paths.state),
        quoted(&paths.address)
    );
    assert_eq!(containerd_toml::parse(&written), Ok(paths), "{written}");
}

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::*;

mod hostile;
mod problems;

/// Loads the files whose names begin with `compose`, in this order, from a disk that has these files in `/srv/app`.
fn try_load(disk: &[(&str, &str)], variables: &[(&str, &str)]) -> Result<Project, String> {
    let folder = Path::new("/srv/app");
    let texts: HashMap<PathBuf, &str> =
        disk.iter().map(|(name, text)| (paths::join(folder, name), *text)).collect();
    let files: Vec<PathBuf> = disk
        .iter()
        .filter(|(name, _)| name.starts_with("compose"))
        .map(|(name, _)| folder.join(name))
        .collect();
    let context = Context {
        read: &|path| match texts.get(path) {
            Some(text) => Ok((*text).to_owned()),
            None => Err(io::ErrorKind::NotFound.into()),
        },
        variable: &|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        },
        home: Some(PathBuf::from("/home/ann")),
    };
    load(&files, &context).map_err(|problem| problem.to_string().replace("/srv/app/", ""))
}

fn loaded(disk: &[(&str, &str)]) -> Project {
    try_load(disk, &[]).unwrap_or_else(|problem| panic!("{problem}"))
}

fn error(disk: &[(&str, &str)]) -> String {
    match try_load(disk, &[]) {
        Ok(project) => panic!("no problem: {:?}", project.document),
        Err(problem) => problem,
    }
}

fn at<'p>(project: &'p Project, pointer: &str) -> &'p Value {
    project.document.pointer(pointer).unwrap_or(&Value::Null)
}

const WEB: &str = "services:\n  web:\n    image: web\n";

#[test]
fn names_come_from_the_environment_the_files_or_the_folder() {
    let name = |text: &str, variables: &[(&str, &str)], env: &str| {
        try_load(&[("compose.yaml", &format!("{text}{WEB}")), (".env", env)], variables)
            .map(|project| project.name)
    };
    let own = |name: &str| Ok(name.to_owned());
    assert_eq!(name("", &[], ""), own("app"));
    assert_eq!(name("name: My-${X:-Shop}\n", &[], ""), own("my-shop"));
    assert_eq!(name("name: shop\n", &[("COMPOSE_PROJECT_NAME", "outer")], ""), own("outer"));
    assert_eq!(name("name: shop\n", &[], "COMPOSE_PROJECT_NAME=dotenv"), own("dotenv"));
    assert!(
        name("", &[("COMPOSE_PROJECT_NAME", "Outer")], "")
            .unwrap_err()
            .contains("invalid project name")
    );
    assert_eq!(
        name("name: ${X:?set X}\n", &[], ""),
        Err("compose.yaml:1:1: name: required variable X is missing a value: set X".to_owned())
    );
    assert!(name("name: '@'\n", &[], "").unwrap_err().contains("must not be empty"));
}

#[test]
fn the_process_wins_over_dotenv_which_can_be_switched_off() {
    let files = [
        ("compose.yaml", "services:\n  web:\n    image: ${A}${B}\n"),
        (".env", "A=file\nB=${A}b\n"),
    ];
    let image = |variables: &[(&str, &str)]| {
        at(&try_load(&files, variables).unwrap(), "/services/web/image").clone()
    };
    assert_eq!(image(&[]), "filefileb");
    assert_eq!(image(&[("A", "p")]), "ppb");
    assert_eq!(image(&[("A", "p"), ("COMPOSE_DISABLE_ENV_FILE", "true")]), "p");
    assert!(try_load(&files, &[("COMPOSE_DISABLE_ENV_FILE", "maybe")]).is_err());
}

#[test]
fn lines_are_those_of_the_first_file_that_has_the_resource() {
    let project = loaded(&[
        (
            "compose.yaml",
            "include: [inner.yaml]\nservices:\n  web:\n    image: web\nvolumes:\n  data:\n",
        ),
        ("compose.over.yaml", "services:\n  web:\n    user: '1'\n  db:\n    image: db\nx-own: 1\n"),
        ("inner.yaml", "# comment\nservices:\n  inner:\n    image: inner\n  web:\n    user: '2'\n"),
    ]);
    let lines: Vec<(&str, &str, usize)> = project
        .lines
        .iter()
        .filter(|(name, _)| name.as_str() != "networks/default")
        .map(|(name, (file, line))| {
            (name.as_str(), file.file_name().unwrap().to_str().unwrap(), *line)
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("services/db", "compose.over.yaml", 4),
            ("services/inner", "inner.yaml", 3),
            ("services/web", "compose.yaml", 3),
            ("volumes/data", "compose.yaml", 6),
        ]
    );
    assert_eq!(project.files.len(), 2);
    assert_eq!(at(&project, "/services/web/user"), "1");
    assert_eq!(at(&project, "/x-own"), 1);
}

#[test]
fn profiles_tell_which_services_are_active() {
    let text = "services:\n  a: {image: a}\n  b: {image: b, profiles: [x]}\n  c: {image: c, profiles: [y, z]}\n";
    for (profiles, expected) in
        [("", "a"), ("x", "a b"), ("z,x", "a b c"), (" y ", "a c"), ("*", "a b c"), ("none", "a")]
    {
        let project =
            try_load(&[("compose.yaml", text)], &[("COMPOSE_PROFILES", profiles)]).unwrap();
        assert_eq!(Vec::from_iter(project.active).join(" "), expected, "{profiles:?}");
    }
}

#[test]
fn a_resource_that_is_included_twice_is_one_and_own_words_win() {
    let project = loaded(&[
        ("compose.yaml", "include: [a.yaml, b.yaml]\nservices:\n  web:\n    labels: {by: main}\n"),
        ("a.yaml", "include: [base.yaml]\nservices:\n  web: {image: a, labels: {by: a, a: '1'}}\n"),
        ("b.yaml", "include: [base.yaml]\nservices:\n  web: {image: b, user: '1'}\n"),
        ("base.yaml", "services:\n  base: {image: base, cap_add: [A]}\n"),
    ]);
    assert_eq!(at(&project, "/services/base/cap_add"), &json!(["A"]));
    assert_eq!(at(&project, "/services/web/image"), "a");
    assert_eq!(at(&project, "/services/web/user"), "1");
    assert_eq!(at(&project, "/services/web/labels"), &json!({"by": "main", "a": "1"}));
}

#[test]
fn what_is_extended_may_be_included() {
    let project = loaded(&[
        (
            "compose.yaml",
            "include: [sub/a.yaml]\nservices:\n  web:\n    extends: {service: base}\n    user: '1'\n",
        ),
        (
            "sub/a.yaml",
            "services:\n  base:\n    image: base\n    volumes:\n      - {type: bind, source: ./x, target: /x}\n",
        ),
    ]);
    assert_eq!(at(&project, "/services/web/image"), "base");
    assert_eq!(at(&project, "/services/web/user"), "1");
    assert_eq!(at(&project, "/services/web/volumes/0/source"), "/srv/app/sub/x");
}

#[test]
fn a_raw_file_of_variables_is_not_interpreted() {
    let project = loaded(&[
        (
            "compose.yaml",
            "services:\n  web:\n    image: web\n    env_file:\n      - {path: raw.env, format: raw}\n",
        ),
        ("raw.env", "A=\"$B\" # all\n"),
    ]);
    assert_eq!(at(&project, "/services/web/environment/A"), "\"$B\" # all");
}

#[test]
fn a_name_alone_is_a_project_and_old_names_of_keys_are_known() {
    let project = loaded(&[("compose.yaml", "name: shop\n")]);
    assert_eq!((project.name.as_str(), at(&project, "/name")), ("shop", &Value::Null));
    let project = loaded(&[(
        "compose.yaml",
        "services:\n  a:\n    image: a\n    x-develop: {watch: [{path: ., action: rebuild}]}\n",
    )]);
    assert_eq!(at(&project, "/services/a/develop/watch/0/path"), "/srv/app");
}

#[test]
fn the_home_folder_and_the_version_are_resolved() {
    let project = loaded(&[(
        "compose.yaml",
        "version: '3.8'\nservices:\n  web:\n    image: web\n    volumes:\n      - {type: bind, source: ~/x, target: /x}\n",
    )]);
    assert_eq!(at(&project, "/services/web/volumes/0/source"), "/home/ann/x");
    assert_eq!(at(&project, "/version"), &Value::Null);
}

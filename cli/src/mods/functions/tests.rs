//! The cases of every function: the files of this folder hold one a line, `expression => answer` or `=> error: words`.
//! Must not know how a function is written.

use std::collections::BTreeSet;
use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hcl::eval::{Context, Evaluate as _};
use hcl::{Expression, Value};
use regex::Regex;

use super::{KINDS, declare};

const CASES: [&str; 11] = [
    include_str!("tests/collections.txt"),
    include_str!("tests/conversions.txt"),
    include_str!("tests/digests.txt"),
    include_str!("tests/encoding.txt"),
    include_str!("tests/format.txt"),
    include_str!("tests/network.txt"),
    include_str!("tests/numbers.txt"),
    include_str!("tests/sets.txt"),
    include_str!("tests/text.txt"),
    include_str!("tests/time.txt"),
    include_str!("tests/yaml.txt"),
];

/// Every function a mod may call.
const ALL: &str = "
    abs abspath alltrue anytrue base64decode base64encode base64gzip base64sha256 base64sha512 basename bcrypt can ceil
    chomp chunklist cidrhost cidrnetmask cidrsubnet cidrsubnets coalesce coalescelist compact concat contains csvdecode
    dirname distinct element endswith env error_message file filebase64 fileexists fileset flatten floor format
    formatdate formatlist indent index is_error join jsondecode jsonencode keys length list log lookup lower map
    matchkeys max md5 merge min nonsensitive one parseint pathexpand pow range regex regexall replace reverse sensitive
    setintersection setproduct setsubtract setunion sha1 sha256 sha512 signum slice sort split startswith strcontains
    strrev substr sum textdecodebase64 textencodebase64 timeadd timecmp timestamp title tobool tolist tomap tonumber
    toset tostring transpose trim trimprefix trimspace trimsuffix try upper urlencode uuid uuidv5 values yamldecode
    yamlencode zipmap";

/// Those of them that need files, the environment, or arguments that are not yet evaluated.
const ELSEWHERE: &str =
    "abspath can env error_message file filebase64 fileexists fileset is_error pathexpand try";

fn answer(expression: &str) -> Result<Value, String> {
    let mut context = Context::new();
    declare(&mut context);
    let expression: Expression = expression.parse().expect("an expression");
    expression.evaluate(&context).map_err(|error| error.to_string())
}

fn cases() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = CASES.iter().flat_map(|cases| cases.lines());
    lines.map(|line| line.rsplit_once(" => ").expect("an expression and its answer"))
}

#[test]
fn every_case_has_its_answer() {
    let wrong: Vec<_> = cases()
        .filter_map(|(expression, expected)| {
            let found = answer(expression);
            let right = match (expected.strip_prefix("error: "), &found) {
                (Some(words), Err(error)) => error.contains(words),
                (None, Ok(value)) => answer(expected).as_ref() == Ok(value),
                _ => false,
            };
            (!right).then(|| format!("{expression}: expected {expected}, got {found:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_function_has_several_cases() {
    for function in KINDS.into_iter().flatten() {
        let call = Regex::new(&format!(r"\b{}\(", function.name)).expect("a pattern");
        let count = cases().filter(|(expression, _)| call.is_match(expression)).count();
        assert!(count > 1, "{} has {count} cases", function.name);
    }
}

#[test]
fn every_function_of_a_mod_is_declared_here_or_elsewhere() {
    let declared: Vec<_> = KINDS.into_iter().flatten().map(|function| function.name).collect();
    let names: BTreeSet<_> = declared.iter().copied().chain(ELSEWHERE.split_whitespace()).collect();
    assert_eq!(names, ALL.split_whitespace().collect());
    assert_eq!(names.len(), declared.len() + ELSEWHERE.split_whitespace().count());
}

#[test]
fn a_compressed_text_is_read_back() {
    let packed = answer(r#"base64gzip("héllo, héllo, héllo")"#).expect("a text");
    let packed = STANDARD.decode(packed.as_str().expect("a string")).expect("Base64");
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("gzip");
    assert_eq!(text, "héllo, héllo, héllo");
}

#[test]
fn a_password_hash_knows_its_password() {
    let hash = answer(r#"bcrypt("hello", 4)"#).expect("a hash");
    let hash = hash.as_str().expect("a string");
    assert!(bcrypt::verify("hello", hash).expect("a hash"));
    assert!(!bcrypt::verify("other", hash).expect("a hash"));
}

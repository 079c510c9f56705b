//! Files made to exhaust time, memory or stack end in an error soon.

use super::*;

#[test]
fn includes_without_end_are_stopped() {
    // each file includes the next one twice, in other folders, so that nothing is the same
    let names: Vec<String> = (0..30).map(|at| format!("f{at}.yaml")).collect();
    let texts: Vec<String> = (1..=30)
        .map(|at| format!("include:\n  - {{path: f{at}.yaml, project_directory: a}}\n  - {{path: ../f{at}.yaml, project_directory: b}}\n"))
        .collect();
    let mut disk = vec![("compose.yaml", "include: [f0.yaml]\n")];
    disk.extend(names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)));
    let start = std::time::Instant::now();
    assert!(!error(&disk).is_empty());
    assert!(start.elapsed().as_secs() < 60);
}

#[test]
fn a_large_service_that_many_extend_is_stopped() {
    let list = (0..5_000).map(|item| format!("      - c{item:040}\n")).collect::<Vec<_>>().concat();
    let many = (0..5_000)
        .map(|at| format!("  s{at}:\n    extends: {{service: base}}\n"))
        .collect::<Vec<_>>()
        .concat();
    let text = format!("services:\n  base:\n    image: x\n    cap_add:\n{list}{many}");
    let error = error(&[("compose.yaml", &text)]);
    assert!(error.contains("64 MiB"), "{error}");
}

#[test]
fn a_chain_of_extends_is_stopped() {
    let many = (0..5_000)
        .map(|at| format!("  s{at}:\n    extends: {{service: s{}}}\n", at + 1))
        .collect::<Vec<_>>()
        .concat();
    let error = error(&[("compose.yaml", &format!("services:\n{many}  s5000:\n    image: x\n"))]);
    assert!(error.contains("extend each other"), "{error}");
}

#[test]
fn a_file_of_variables_that_is_read_again_and_again_is_stopped() {
    let large = format!("A={}", "x".repeat(2 << 20));
    let many = (0..300)
        .map(|at| format!("  s{at}:\n    image: x\n    env_file: [{{path: large.env}}]\n"))
        .collect::<Vec<_>>()
        .concat();
    let error = error(&[("compose.yaml", &format!("services:\n{many}")), ("large.env", &large)]);
    assert!(error.contains("256 MiB"), "{error}");
}

//! Compiles `proto/` without `protoc`, and stamps the commit into the version.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let files = protox::compile(
        [
            "steampipe.proto",
            "goplugin/broker.proto",
            "goplugin/controller.proto",
            "goplugin/stdio.proto",
        ],
        ["proto"],
    )?;
    tonic_prost_build::configure()
        // JSON columns are slices of the engine's reply
        .bytes(".proto.Column")
        // and rows are encoded once, to be sent and to be cached
        .bytes(".proto.ExecuteResponse")
        // rows are encoded in the order their columns were put in
        .btree_map(".")
        .build_client(true)
        .compile_fds(files)?;

    println!("cargo::rustc-env=COMMIT={}", commit().unwrap_or_default());
    // at a fixed address, the tables need no relocation: a tenth less memory when idle, and a quicker start; static builds
    // start with code that takes them for movable
    let target = |part| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bin=steampipe-plugin-docker=-no-pie");
    }
    Ok(())
}

/// The commit that is checked out, shortened; read from the repository's files, so no `git` is needed.
#[expect(clippy::disallowed_methods, reason = "a build script has nothing to block")]
fn commit() -> Option<String> {
    let head = std::fs::read_to_string(".git/HEAD").ok()?;
    println!("cargo::rerun-if-changed=.git/HEAD");
    let hash = match head.trim().strip_prefix("ref: ") {
        None => head.trim().to_owned(),
        Some(branch) => {
            let hash = std::fs::read_to_string(format!(".git/{branch}")).ok()?;
            println!("cargo::rerun-if-changed=.git/{branch}");
            hash
        }
    };
    hash.get(..9).map(str::to_owned)
}

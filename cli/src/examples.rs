//! The tables as people meet them first: every example of their pages, and `select *`, on the sample host.
//! In one process and one database, since each start of either takes a while.

use std::collections::BTreeSet;

use steampipe_plugin_docker::tables::ALL;

use crate::args::EngineArguments;
use crate::collect;
use crate::database::Database;
use crate::engine;
use crate::reads::Reads;
use crate::testing::{open, read, root};

/// Tables without a row on the sample, and why.
const EMPTY: [(&str, &str); 2] =
    [("docker_build_cache", "nothing was built on it"), ("docker_plugin", "it has none")];

/// All tables with all columns, as the sample and the fixtures of the tests have them.
async fn sample() -> Box<dyn Database> {
    let fixture = |path: &str| vec![root().join(path).display().to_string()];
    let arguments = EngineArguments {
        host: None,
        context: None,
        from: None,
        sample: true,
        record: None,
        host_root: None,
        show_secrets: false,
        dockerfiles: fixture("cli/sample/Dockerfile"),
        compose_files: fixture("cli/sample/compose.yaml"),
    };
    let mut database = open(None);
    let engine = engine::open(&arguments).await.map_err(|failure| failure.message);
    let engine = engine.expect("the sample can be read");
    let everything = Reads::of(|_, _| true);
    let scanned = collect::scan_all(&engine.docker, collect::CONNECTION, &everything).await;
    let failures = collect::load(database.as_mut(), scanned);
    assert_eq!(failures, [], "tables that the sample lacks");
    database
}

/// The SQL examples of a page.
fn examples(page: &str) -> Vec<String> {
    let text = read(page);
    let blocks = text.split("```sql\n").skip(1);
    blocks.filter_map(|block| Some(block.split_once("```")?.0.to_owned())).collect()
}

#[tokio::test(flavor = "current_thread")]
async fn every_table_has_rows_on_the_sample_and_every_example_runs() {
    let mut database = sample().await;
    let mut empty = BTreeSet::new();
    let mut wrong = Vec::new();
    for table in ALL {
        let rows = database.query(&format!("select * from {}", table.name), &[]);
        if rows.expect("a whole table can be read").rows.is_empty() {
            empty.insert(table.name);
        }
        let page = format!("docs/tables/{}.md", table.name);
        for example in examples(&page) {
            if let Err(error) = database.query(&example, &[]) {
                wrong.push(format!("{}: {error}\n{example}", table.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(empty, EMPTY.iter().map(|(table, _)| *table).collect(), "tables without a row");
}

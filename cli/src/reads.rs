//! What a run reads: tables and the columns of each, as PostgreSQL tells of its queries.
//! It must not know how tables are scanned or loaded.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use steampipe_plugin_docker::docker::Docker;
use steampipe_plugin_docker::sdk::Table;
use steampipe_plugin_docker::tables::ALL;

use crate::collect;
use crate::database::{Database, DatabaseError, TableRead};

/// What the queries of the mod read, by the start of their hash: PostgreSQL takes long to tell, and tells the same each
/// time. A test asks it again.
const KNOWN: &str = include_str!("reads.txt");

/// PostgreSQL's code for a statement that ran past its time limit.
const TIMED_OUT: &str = "57014";

/// Tables and the columns of each that the run reads.
#[derive(Debug, Default)]
pub(crate) struct Reads(BTreeMap<&'static str, BTreeSet<String>>);

impl Reads {
    /// What a recording holds: all that the engine and its host say, but what makes the engine walk its disk.
    pub(crate) fn everything() -> Self {
        Self::of(|table, column| !is_local(table) && !is_slow(table, column))
    }

    /// The columns of all tables that are wanted, by the names of table and column.
    pub(crate) fn of(wanted: impl Fn(&str, &str) -> bool) -> Self {
        let mut reads = Self::default();
        for table in ALL {
            let columns = table.columns.iter().map(|column| column.name);
            let wanted: Vec<_> = columns.filter(|column| wanted(table.name, column)).collect();
            if !wanted.is_empty() {
                reads.add(table, wanted.into_iter().map(str::to_owned));
            }
        }
        reads
    }

    /// What the queries read, if that is known of all of them.
    pub(crate) fn known(queries: &[&str]) -> Option<Self> {
        let mut reads = Self::default();
        reads.add_known(queries).is_empty().then_some(reads)
    }

    /// Adds what the queries read. Those that are not known are looked into together, on tables without rows, and each by
    /// itself only if that fails.
    pub(crate) fn add_queries(
        &mut self,
        database: &mut dyn Database,
        queries: &[&str],
    ) -> Result<(), DatabaseError> {
        let unknown = self.add_known(queries);
        if unknown.is_empty() {
            return Ok(());
        }
        collect::create_tables(database, &unknown)?;
        // each on lines of its own, since it may end in a comment
        match database.reads(&unknown.join("\n;\n")) {
            Ok(Some(tables)) => self.add_tables(tables),
            _ => unknown.iter().for_each(|sql| self.add_query(database, sql)),
        }
        Ok(())
    }

    /// Adds what is known of the queries, and gives back those of which nothing is.
    fn add_known<'q>(&mut self, queries: &[&'q str]) -> Vec<&'q str> {
        let known: BTreeMap<&str, &str> =
            KNOWN.lines().filter_map(|line| line.split_once(' ')).collect();
        let mut unknown = Vec::new();
        for sql in queries {
            match known.get(hash(sql).as_str()) {
                Some(reads) => self.add_tables(parse(reads)),
                None => unknown.push(*sql),
            }
        }
        unknown
    }

    /// The tables, each with its columns.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &BTreeSet<String>)> {
        self.0.iter().map(|(table, columns)| (*table, columns))
    }

    /// Adds what a query reads. If that cannot be told, it is everything; but what PostgreSQL refuses reads nothing,
    /// and fails in the same words when it runs.
    fn add_query(&mut self, database: &mut dyn Database, sql: &str) {
        match database.reads(sql) {
            Ok(Some(tables)) => self.add_tables(tables),
            // a time limit says nothing of what the query reads
            Err(DatabaseError::Refused { code, .. }) if code != TIMED_OUT => {}
            Ok(None) | Err(_) => self.add_all(Self::of(|_, _| true)),
        }
    }

    fn add_tables(&mut self, tables: Vec<TableRead>) {
        for read in tables {
            if let Some(table) = ALL.iter().find(|table| table.name == read.table) {
                self.add(table, read.columns);
            }
        }
    }

    pub(crate) fn add_all(&mut self, other: Self) {
        for (table, columns) in other.0 {
            self.0.entry(table).or_default().extend(columns);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, table: &Table<Docker>, columns: impl IntoIterator<Item = String>) {
        self.0.entry(table.name).or_default().extend(columns);
    }
}

fn hash(sql: &str) -> String {
    let digest = Sha256::digest(sql.as_bytes());
    digest.iter().take(8).fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"))
}

/// Reads a line's tables and columns, as the catalogue's test writes them.
fn parse(reads: &str) -> Vec<TableRead> {
    let tables = reads.split(' ').filter_map(|table| table.split_once(':'));
    let columns = |text: &str| {
        text.split(',').filter(|column| !column.is_empty()).map(str::to_owned).collect()
    };
    tables
        .map(|(table, text)| TableRead { table: table.to_owned(), columns: columns(text) })
        .collect()
}

/// A query's line of the known ones.
#[cfg(test)]
pub(crate) fn written(sql: &str, reads: &[TableRead]) -> String {
    let tables = reads.iter().map(|read| format!(" {}:{}", read.table, read.columns.join(",")));
    format!("{}{}\n", hash(sql), tables.collect::<String>())
}

/// Tables about files of whoever runs the command, which are no part of an engine's recording.
fn is_local(table: &str) -> bool {
    table.starts_with("docker_compose_")
        || ["docker_context", "dockerfile_instruction"].contains(&table)
}

/// True for what takes the engine long, most of it walks of its disk: recordings leave it out unless the run reads it.
fn is_slow(table: &str, column: &str) -> bool {
    match table {
        "docker_container" => ["size_rw", "size_root_fs"].contains(&column),
        "docker_container_stat" => column == "cpu_percent",
        "docker_image" => column == "shared_size",
        "docker_volume" => ["usage_data", "usage_size", "ref_count"].contains(&column),
        _ => {
            ["docker_build_cache", "docker_container_change", "docker_disk_usage"].contains(&table)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{ResultSet, TableData};

    /// A database that only ever tells why it cannot tell.
    struct Silent(DatabaseError);

    impl Database for Silent {
        fn provides_tables(&self) -> bool {
            false
        }

        fn create(&mut self, _: Vec<TableData>) -> Result<(), DatabaseError> {
            Err(self.0.clone())
        }

        fn load(&mut self, _: TableData) -> Result<(), DatabaseError> {
            Err(self.0.clone())
        }

        fn fail_table(&mut self, _: &str, _: &str) {}

        fn reads(&mut self, _: &str) -> Result<Option<Vec<TableRead>>, DatabaseError> {
            Err(self.0.clone())
        }

        fn query(&mut self, _: &str, _: &[Option<String>]) -> Result<ResultSet, DatabaseError> {
            Err(self.0.clone())
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let reads =
            [("docker_info", "id,name"), ("docker_image", "")].map(|(table, columns)| TableRead {
                table: table.to_owned(),
                columns: columns
                    .split(',')
                    .filter(|name| !name.is_empty())
                    .map(str::to_owned)
                    .collect(),
            });
        let line = written("select 1", &reads);
        let (hash, text) = line.trim_end().split_once(' ').expect("a hash and tables");
        assert_eq!(hash, "822ae07d4783158b");
        assert_eq!(parse(text), reads);
    }

    #[test]
    fn a_query_that_cannot_be_looked_into_reads_every_table() {
        let refused =
            |code: &str| DatabaseError::Refused { message: String::new(), code: code.to_owned() };
        let tables = |error: DatabaseError| {
            let mut reads = Reads::default();
            reads.add_query(&mut Silent(error), "select 1");
            reads.0.len()
        };
        assert_eq!(tables(DatabaseError::Failed("busy".to_owned())), ALL.len());
        assert_eq!(tables(refused("57014")), ALL.len());
        assert_eq!(tables(refused("42P01")), 0, "it fails in the same words when it runs");
    }
}

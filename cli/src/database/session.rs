//! One session of PostgreSQL, whichever it is: loading, telling what a query reads, and running queries that leave no trace.
//! It must not know how the server is reached; both back ends differ in `Connection` only, so their answers are the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{Column, DatabaseError, Options, ResultSet, Row, TableData, TableRead};

/// A way to one PostgreSQL session.
pub(super) trait Connection {
    /// Runs SQL, several statements if need be, in the simple protocol: all values come as text.
    fn execute(&mut self, sql: &str) -> Result<Vec<Row>, DatabaseError>;

    /// What one statement takes and gives, without running it.
    fn describe(&mut self, sql: &str) -> Result<Statement, DatabaseError>;

    /// Runs one statement without parameters that does nothing but read: its columns and rows.
    fn read(&mut self, sql: &str) -> Result<ResultSet, DatabaseError> {
        let columns = self.describe(sql)?.columns;
        Ok(ResultSet { columns, rows: self.execute(sql)? })
    }

    /// Appends rows to `target`, a quoted table with its columns.
    fn copy(&mut self, target: &str, rows: Vec<u8>) -> Result<(), DatabaseError>;
}

/// What one statement takes and gives.
pub(super) struct Statement {
    /// The short names of the types of `$1`, `$2`…
    pub(super) parameters: Vec<String>,
    /// The columns of its rows.
    pub(super) columns: Vec<Column>,
}

/// A session, and what was loaded into it.
pub(super) struct Session {
    connection: Box<dyn Connection>,
    begin: String,
    created: BTreeSet<String>,
    failed: BTreeMap<String, DatabaseError>,
    provides_tables: bool,
}

/// The name of the statement or function of the moment.
const NAME: &str = "docker_compliance_query";

impl Session {
    /// Takes over a fresh connection.
    pub(super) fn new(
        mut connection: Box<dyn Connection>,
        options: &Options,
    ) -> Result<Self, DatabaseError> {
        // the settings that change how a value prints: the same text everywhere
        let mut settings = "set timezone to 'UTC'; set datestyle to 'ISO, MDY'; set intervalstyle to 'postgres'; \
                            set extra_float_digits to 1; set bytea_output to 'hex'; set standard_conforming_strings to on"
            .to_owned();
        if !options.search_path.is_empty() {
            let _ = write!(
                settings,
                "; select set_config('search_path', {}, false)",
                path(&options.search_path)
            );
        }
        if !options.search_path_prefix.is_empty() {
            let prefix = path(&options.search_path_prefix);
            let _ = write!(
                settings,
                "; select set_config('search_path', {prefix} || coalesce(', ' || nullif(current_setting('search_path'), ''), ''), false)"
            );
        }
        connection.execute(&settings)?;
        // only a running Steampipe has this schema
        let steampipe =
            connection.execute("select from pg_namespace where nspname = 'steampipe_internal'")?;
        // local: our own statements, such as a long load, have no limit
        let begin =
            format!("begin; set local statement_timeout to {}", options.query_timeout.as_millis());
        Ok(Self {
            connection,
            begin,
            created: BTreeSet::new(),
            failed: BTreeMap::new(),
            provides_tables: !steampipe.is_empty(),
        })
    }

    pub(super) fn provides_tables(&self) -> bool {
        self.provides_tables
    }

    pub(super) fn load(&mut self, table: TableData) -> Result<(), DatabaseError> {
        let name = table.name.clone();
        let loaded = self.create_and_fill(table);
        if let Err(error) = &loaded {
            self.fail_table(name, error.clone());
        }
        loaded
    }

    /// Creates the tables, all in one go, without their rows.
    pub(super) fn create(&mut self, tables: &[TableData]) -> Result<(), DatabaseError> {
        let mut sql = "set client_min_messages to warning".to_owned();
        for table in tables {
            let name = identifier(&table.name);
            let columns = table.columns.iter();
            let columns =
                columns.map(|column| format!("{} {}", identifier(&column.name), column.sql_type));
            let columns = columns.collect::<Vec<_>>().join(", ");
            // temporary: on a server of the user nothing stays behind, and no search path hides it
            let _ = write!(sql, "; create temporary table if not exists {name} ({columns})");
            if !table.description.is_empty() {
                let _ = write!(sql, "; comment on table {name} is {}", literal(&table.description));
            }
        }
        self.connection.execute(&sql)?;
        self.created.extend(tables.iter().map(|table| table.name.clone()));
        Ok(())
    }

    fn create_and_fill(&mut self, table: TableData) -> Result<(), DatabaseError> {
        if !self.created.contains(&table.name) {
            self.create(std::slice::from_ref(&table))?;
        }
        if table.copy.is_empty() {
            return Ok(());
        }
        let columns: Vec<String> =
            table.columns.iter().map(|column| identifier(&column.name)).collect();
        let target = format!("{} ({})", identifier(&table.name), columns.join(", "));
        self.connection.copy(&target, table.copy)
    }

    pub(super) fn fail_table(&mut self, name: String, error: DatabaseError) {
        self.failed.insert(name, error);
    }

    /// PostgreSQL itself tells: a function whose body is the query depends on just the columns the query names. Unlike a
    /// view it may have parameters and two columns of one name.
    pub(super) fn reads(&mut self, sql: &str) -> Result<Option<Vec<TableRead>>, DatabaseError> {
        // few queries have parameters: what these are is only asked if it must be
        if let Some(found) = self.dependencies(sql, "")? {
            return Ok(Some(found));
        }
        let parameters = self.connection.describe(sql)?.parameters;
        if parameters.is_empty() {
            return Ok(None);
        }
        let parameters: Vec<String> = parameters.iter().map(|name| identifier(name)).collect();
        self.dependencies(sql, &parameters.join(", "))
    }

    /// Nothing for what runs, but is no body of a function, as `show` and `explain`, and for what does not even run.
    fn dependencies(
        &mut self,
        sql: &str,
        parameters: &str,
    ) -> Result<Option<Vec<TableRead>>, DatabaseError> {
        // on a line of its own: the query may end in a comment
        let create = format!(
            "create function pg_temp.{NAME}({parameters}) returns setof record language sql begin atomic {sql}\n; end"
        );
        let found = self.connection.execute(&format!("begin; {create}; {DEPENDENCIES}; rollback"));
        if found.is_err() {
            self.connection.execute("rollback")?;
        }
        Ok(found.ok().map(table_reads))
    }

    pub(super) fn query(
        &mut self,
        sql: &str,
        arguments: &[Option<String>],
    ) -> Result<ResultSet, DatabaseError> {
        if let Some(error) = self.failure_behind(sql) {
            return Err(error);
        }
        self.connection.execute(&self.begin)?;
        let result = self.run(sql, arguments);
        // after an error the session is whole again, after a success its tables are as they were
        self.connection.execute("rollback")?;
        if !arguments.is_empty() {
            // absent if it could not be prepared
            let _ = self.connection.execute(&format!("deallocate {NAME}"));
        }
        result
    }

    fn run(&mut self, sql: &str, arguments: &[Option<String>]) -> Result<ResultSet, DatabaseError> {
        if arguments.is_empty() && only_reads(sql) {
            return self.connection.read(sql);
        }
        let statement = self.connection.describe(sql)?;
        let (expected, got) = (statement.parameters.len(), arguments.len());
        if expected != got {
            return Err(DatabaseError::Failed(format!("expected {expected} arguments, got {got}")));
        }
        let rows = if statement.columns.is_empty() {
            // It has nothing to say, and what it changes would not stay. (COPY would even end the embedded engine.)
            Vec::new()
        } else if arguments.is_empty() {
            self.connection.execute(sql)?
        } else {
            self.connection.execute(&format!("prepare {NAME} as {sql}"))?;
            let values =
                arguments.iter().map(|value| value.as_deref().map_or("null".to_owned(), literal));
            let values = values.collect::<Vec<_>>().join(", ");
            self.connection.execute(&format!("execute {NAME}({values})"))?
        };
        Ok(ResultSet { columns: statement.columns, rows })
    }

    /// The error of a failed table that the query reads.
    fn failure_behind(&mut self, sql: &str) -> Option<DatabaseError> {
        if self.failed.is_empty() {
            return None;
        }
        let reads = self.reads(sql).ok().flatten();
        let words = sql.to_lowercase();
        let is_read = |name: &str| match &reads {
            Some(reads) => reads.iter().any(|read| read.table == name),
            // it cannot be told, or the table is not even there: rather one failure too many than an empty table
            // taken for the truth
            None => words.contains(name),
        };
        self.failed.iter().find(|(name, _)| is_read(name)).map(|(_, error)| error.clone())
    }
}

/// True for what needs no look at what it takes and gives before it runs: a query without parameters.
fn only_reads(sql: &str) -> bool {
    let first = sql.split_whitespace().next().unwrap_or_default();
    let is_query = first.eq_ignore_ascii_case("select") || first.eq_ignore_ascii_case("with");
    is_query && !sql.contains("$1")
}

/// The tables and columns our function depends on. A whole row (`to_jsonb(t)`) depends on its table only, so that it
/// reads all columns shows in the parsed body alone: as attribute number 0. That body is long: it is looked through once.
const DEPENDENCIES: &str = "
    with query as materialized (
      select
        oid,
        prosqlbody::text like '%:varattno 0 %' as has_whole_row
      from
        pg_proc
      where
        oid = 'pg_temp.docker_compliance_query'::regproc
    )
    select
      c.relname,
      a.attname
    from
      query as q
      join pg_depend as d on d.classid = 'pg_proc'::regclass and d.objid = q.oid and d.refclassid = 'pg_class'::regclass
      join pg_class as c on c.oid = d.refobjid and c.relnamespace = pg_my_temp_schema()
      left join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
        and (a.attnum = d.refobjsubid or q.has_whole_row)
    group by
      c.relname,
      a.attname,
      a.attnum
    order by
      c.relname,
      a.attnum";

fn table_reads(rows: Vec<Row>) -> Vec<TableRead> {
    let mut reads: Vec<TableRead> = Vec::new();
    for row in rows {
        let mut row = row.into_iter().flatten();
        let Some(table) = row.next() else { continue };
        if reads.last().is_none_or(|read| read.table != table) {
            reads.push(TableRead { table, columns: Vec::new() });
        }
        if let Some(read) = reads.last_mut() {
            read.columns.extend(row);
        }
    }
    reads
}

/// A list of schemas as one literal.
fn path(schemas: &[String]) -> String {
    let schemas: Vec<String> = schemas.iter().map(|name| identifier(name)).collect();
    literal(&schemas.join(", "))
}

fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

//! What both back ends must do alike: each check runs on the embedded engine, and on a server where one is given.
//! It must not know how a back end works.

use std::time::Duration;

use super::*;

/// Makes two tests of each check.
macro_rules! on_both {
    ($($check:ident),* $(,)?) => {
        mod embedded {
            $(#[test] fn $check() { super::$check(&mut *super::open_embedded()); })*
        }
        mod server {
            $(#[test] #[ignore = "needs a PostgreSQL server"] fn $check() { super::$check(&mut *super::open_server()); })*
        }
    };
}

on_both!(
    values_print_the_same,
    errors_read_as_powerpipe_shows_them,
    an_error_does_not_break_the_session,
    nothing_a_query_changes_stays,
    arguments_are_texts_that_take_the_type_asked_for,
    rows_come_back_as_they_were_loaded,
    ten_thousand_rows_load_in_one_go,
    reads_names_the_columns_a_query_needs,
    a_failed_table_fails_every_query_that_reads_it,
    rows_that_do_not_fit_fail_their_table,
    a_query_past_its_limit_is_an_error,
);

fn options() -> Options {
    Options {
        query_timeout: Duration::from_secs(2),
        search_path: Vec::new(),
        search_path_prefix: Vec::new(),
    }
}

fn open_embedded() -> Box<dyn Database> {
    open(None, options()).expect("the embedded engine opens")
}

fn open_server() -> Box<dyn Database> {
    let url = std::env::var("TEST_DATABASE_URL")
        .expect("TEST_DATABASE_URL is the postgres:// URL of a server");
    open(Some(&url), options()).expect("the server answers")
}

fn table(name: &str, columns: &[(&str, &'static str)], rows: &[&[Value<'_>]]) -> TableData {
    let mut copy = Vec::new();
    for row in rows {
        push_row(&mut copy, row.iter().copied());
    }
    let columns =
        columns.iter().map(|&(name, sql_type)| ColumnData { name: name.to_owned(), sql_type });
    TableData {
        name: name.to_owned(),
        description: "It's a test.".to_owned(),
        columns: columns.collect(),
        copy,
    }
}

fn error(database: &mut dyn Database, sql: &str) -> String {
    database.query(sql, &[]).expect_err(sql).to_string()
}

fn values(database: &mut dyn Database, sql: &str) -> Vec<Row> {
    database.query(sql, &[]).expect(sql).rows
}

#[expect(clippy::unnecessary_wraps, reason = "a value as a row has it")]
fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

#[rustfmt::skip] // one value a line
const VALUES: &[(&str, &str, &str)] = &[
    ("true", "bool", "t"),
    ("1 > 2", "bool", "f"),
    ("32767::int2", "int2", "32767"),
    ("-2147483648", "int4", "-2147483648"),
    ("9223372036854775807", "int8", "9223372036854775807"),
    ("count(*)", "int8", "1"),
    ("0.1::float4", "float4", "0.1"),
    ("0.1::float8 + 0.2", "float8", "0.30000000000000004"),
    ("1e300::float8", "float8", "1e+300"),
    ("'NaN'::float8", "float8", "NaN"),
    ("'-inf'::float8", "float8", "-Infinity"),
    ("1.50", "numeric", "1.50"),
    ("12345678901234567890.123456789", "numeric", "12345678901234567890.123456789"),
    ("'NaN'::numeric", "numeric", "NaN"),
    ("round(2.0 / 3, 4)", "numeric", "0.6667"),
    ("'Ünïcödé 🐳'", "text", "Ünïcödé 🐳"),
    ("E'a\\tb\\nc\\\\d'", "text", "a\tb\nc\\d"),
    ("''", "text", ""),
    ("'it''s'::varchar", "varchar", "it's"),
    ("'ab'::char(4)", "bpchar", "ab  "),
    ("'ab'::name", "name", "ab"),
    (r#"'{"b": 1,  "a":[null]}'::json"#, "json", r#"{"b": 1,  "a":[null]}"#),
    (r#"'{"b": 1,  "a":[null], "b":1.50}'::jsonb"#, "jsonb", r#"{"a": [null], "b": 1.50}"#),
    (r#"'"caf\u00e9\n"'::jsonb"#, "jsonb", r#""café\n""#),
    (r#"'{"a": "x"}'::jsonb ->> 'a'"#, "text", "x"),
    ("jsonb_agg(1)", "jsonb", "[1]"),
    ("'2026-01-02T03:04:05.678901+02:00'::timestamptz", "timestamptz", "2026-01-02 01:04:05.678901+00"),
    ("'0001-01-01T00:00:00Z'::timestamptz", "timestamptz", "0001-01-01 00:00:00+00"),
    ("'infinity'::timestamptz", "timestamptz", "infinity"),
    ("'2026-01-02 03:04:05'::timestamp", "timestamp", "2026-01-02 03:04:05"),
    ("'2026-01-02'::date", "date", "2026-01-02"),
    ("'03:04:05'::time", "time", "03:04:05"),
    ("'1 year 2 days 3 hours'::interval", "interval", "1 year 2 days 03:00:00"),
    ("'10.0.0.1'::inet", "inet", "10.0.0.1"),
    ("'10.0.0.1/8'::inet", "inet", "10.0.0.1/8"),
    ("'::1/128'::inet", "inet", "::1"),
    ("'10.0.0.0/8'::cidr", "cidr", "10.0.0.0/8"),
    ("'02:42:AC:11:00:02'::macaddr", "macaddr", "02:42:ac:11:00:02"),
    ("'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid", "uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("array['a', null, 'b c', '']", "_text", r#"{a,NULL,"b c",""}"#),
    ("array[[1, 2], [3, 4]]", "_int4", "{{1,2},{3,4}}"),
    ("array[]::jsonb[]", "_jsonb", "{}"),
    (r"'\x00ff'::bytea", "bytea", r"\x00ff"),
    ("'[1,3)'::int4range", "int4range", "[1,3)"),
    ("row(1, 'a b', null)", "record", r#"(1,"a b",)"#),
    ("'pg_class'::regclass", "regclass", "pg_class"),
    ("format('%s of %L', 1, 'x')", "text", "1 of 'x'"),
];

fn values_print_the_same(database: &mut dyn Database) {
    for (expression, data_type, expected) in VALUES {
        let result = database
            .query(&format!("select {expression} as value, null as nothing"), &[])
            .expect(expression);
        assert_eq!(
            result.columns[0],
            Column { name: "value".to_owned(), data_type: (*data_type).to_owned() }
        );
        assert_eq!(result.rows, [[text(expected), None]], "{expression}");
    }
    let twice = database
        .query("select 1 as a, 'x' as a where false -- nothing\n;", &[])
        .expect("two columns of one name");
    assert_eq!(
        twice.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(),
        ["a", "a"]
    );
    assert!(twice.rows.is_empty());
}

fn errors_read_as_powerpipe_shows_them(database: &mut dyn Database) {
    for (sql, expected) in [
        (
            "select * from no_such_table",
            r#"relation "no_such_table" does not exist (SQLSTATE 42P01)"#,
        ),
        ("select x", r#"column "x" does not exist (SQLSTATE 42703)"#),
        ("select 1 / 0", "division by zero (SQLSTATE 22012)"),
        ("select", ""),
        ("selec 1", r#"syntax error at or near "selec" (SQLSTATE 42601)"#),
        (
            "select 1; select 2",
            "cannot insert multiple commands into a prepared statement (SQLSTATE 42601)",
        ),
        ("select $1", "expected 1 arguments, got 0"),
    ] {
        let text = database.query(sql, &[]).err().map(|error| error.to_string());
        assert_eq!(text.unwrap_or_default(), expected, "{sql}");
    }
}

fn an_error_does_not_break_the_session(database: &mut dyn Database) {
    for sql in [
        "select 1 / 0",
        "select '[1'::jsonb",
        "select no_such_column",
        "begin",
        "commit",
        "rollback",
        "copy pg_class from stdin",
        "copy (select 1) to stdout",
        "do $$ begin raise exception 'no'; end $$",
        "select set_config('search_path', 'nowhere', false), 1 / 0",
        "",
        "select 'unfinished",
        "select 1 \0",
    ] {
        let _ = database.query(sql, &[]);
        let _ = database.query(sql, &[text("1")]);
        assert_eq!(values(database, "select 1 + 1"), [[text("2")]], "after {sql}");
    }
}

fn nothing_a_query_changes_stays(database: &mut dyn Database) {
    database
        .load(table("docker_network", &[("id", "text")], &[&[Value::Text("a")]]))
        .expect("a table");
    values(database, "delete from docker_network returning id");
    values(database, "drop table docker_network");
    values(database, "set timezone to 'Asia/Tokyo'");
    values(database, "select set_config('timezone', 'Asia/Tokyo', false)");
    assert_eq!(values(database, "select id from docker_network"), [[text("a")]]);
    assert_eq!(values(database, "show timezone"), [[text("UTC")]]);
}

fn arguments_are_texts_that_take_the_type_asked_for(database: &mut dyn Database) {
    let arguments = ["41", "it's \\ $1", r#"{"a": [1]}"#].map(text);
    let sql = "select $1 + 1 as n, $2 as t, $3::jsonb -> 'a' as j, $4::text is null as missing -- the end";
    let result = database.query(sql, &[&arguments[..], &[None]].concat()).expect("a row");
    assert_eq!(result.rows, [["42", "it's \\ $1", "[1]", "t"].map(text)]);
    assert_eq!(
        result.columns.iter().map(|column| column.data_type.as_str()).collect::<Vec<_>>(),
        ["int4", "text", "jsonb", "bool"]
    );
    let error = database.query("select $1::int", &[text("many")]).expect_err("not a number");
    assert_eq!(
        error.to_string(),
        r#"invalid input syntax for type integer: "many" (SQLSTATE 22P02)"#
    );
    let error = database.query("select 1", &[text("1")]).expect_err("too many");
    assert_eq!(error.to_string(), "expected 0 arguments, got 1");
}

fn rows_come_back_as_they_were_loaded(database: &mut dyn Database) {
    let columns = [
        ("b", "boolean"),
        ("i", "bigint"),
        ("d", "double precision"),
        ("t", "text"),
        ("j", "jsonb"),
        ("w", "timestamptz"),
    ];
    database.load(table("every_type", &columns, &[])).expect("an empty table");
    assert_eq!(values(database, "select * from every_type"), Vec::<Row>::new());
    let json = r#"{"a\"\\b\n\u00e9\ud83d\ude00": [1e400, -0, "x\ty", 1e999999, "\u0000\ud800"]}"#;
    let time = Value::Timestamp("2026-01-02T03:04:05.123456789Z");
    let full = [
        Value::Bool(true),
        Value::Int(i64::MIN),
        Value::Double(f64::NEG_INFINITY),
        Value::Text("a\tb\\N\n\0c\r"),
        Value::Json(json),
        time,
    ];
    database.load(table("every_type", &columns, &[&full, &[Value::Null; 6]])).expect("two rows");
    // the columns that were read, in their own order
    let some = [Value::Text("\\."), Value::Double(f64::NAN)];
    database
        .load(table("every_type", &[("t", "text"), ("d", "double precision")], &[&some]))
        .expect("one more row");
    let rows =
        values(database, "select b, i, d, t, j -> jsonb_object_keys(j) -> 3, w from every_type");
    let first = [
        "t",
        "-9223372036854775808",
        "-Infinity",
        "a\tb\\N\nc\r",
        r#""1e999999""#,
        "2026-01-02 03:04:05.123457+00",
    ];
    assert_eq!(rows[0], first.map(text));
    let rows = values(database, "select t, d, j from every_type where i is null order by t");
    assert_eq!(rows, [[text("\\."), text("NaN"), None], [None, None, None]]);
    let keys = values(
        database,
        "select jsonb_object_keys(j), j -> jsonb_object_keys(j) ->> 4 from every_type",
    );
    assert_eq!(keys, [["a\"\\b\né😀", "\u{FFFD}"].map(text)]);
    let comment = "select obj_description('every_type'::regclass)";
    assert_eq!(values(database, comment), [[text("It's a test.")]]);
}

fn ten_thousand_rows_load_in_one_go(database: &mut dyn Database) {
    let inspect =
        format!(r#"{{"Id": "{}", "HostConfig": {{"Privileged": true}}}}"#, "é\\n".repeat(1500));
    let row = [Value::Int(7), Value::Json(&inspect)];
    let rows = vec![&row[..]; 10_000];
    database
        .load(table("docker_container", &[("pid", "bigint"), ("inspect", "jsonb")], &rows))
        .expect("ten thousand rows");
    let sql = "select count(*), sum(pid) from docker_container where inspect -> 'HostConfig' ->> 'Privileged' = 'true'";
    assert_eq!(values(database, sql), [["10000", "70000"].map(text)]);
}

fn reads_names_the_columns_a_query_needs(database: &mut dyn Database) {
    let container = [("id", "text"), ("names", "jsonb"), ("state", "text"), ("inspect", "jsonb")];
    database.load(table("docker_container", &container, &[])).expect("a table");
    database
        .load(table("docker_network", &[("id", "text"), ("containers", "jsonb")], &[]))
        .expect("a table");
    let all = "docker_container(id, names, state, inspect)";
    for (sql, expected) in [
        ("select id from docker_container", "docker_container(id)"),
        (
            "select inspect, id as x, id as x from docker_container where state = $1",
            "docker_container(id, state, inspect)",
        ),
        ("select count(*) from docker_container", "docker_container()"),
        ("select * from docker_container", all),
        ("select c.* from docker_container as c", all),
        ("select to_jsonb(c) from docker_container as c", all),
        ("select count(c) from docker_container as c", all),
        ("select 1 from docker_container order by state; -- names", "docker_container(state)"),
        ("with c as (select * from docker_container) select id from c", all),
        (
            "select n.id from docker_network as n join docker_container as c on n.containers ? c.id",
            "docker_container(id) docker_network(id, containers)",
        ),
        (
            "select id from docker_container natural join docker_network",
            "docker_container(id) docker_network(id)",
        ),
        (
            "select id from docker_container union all select id from docker_network",
            "docker_container(id) docker_network(id)",
        ),
        (
            "select exists (select from docker_container where names ->> 0 = 'x')",
            "docker_container(names)",
        ),
        (
            "select x from docker_container, jsonb_array_elements_text(names) as x",
            "docker_container(names)",
        ),
        ("select 1 where $1 + 1 > 2", ""),
        ("select relname from pg_class", ""),
    ] {
        let reads = database.reads(sql).expect(sql).expect(sql);
        let reads = reads.iter().map(|read| format!("{}({})", read.table, read.columns.join(", ")));
        assert_eq!(reads.collect::<Vec<_>>().join(" "), expected, "{sql}");
    }
    assert_eq!(database.reads("explain select id from docker_container"), Ok(None));
    let error =
        database.reads("select no_such_column from docker_container").expect_err("no such column");
    assert_eq!(error.to_string(), r#"column "no_such_column" does not exist (SQLSTATE 42703)"#);
    assert_eq!(values(database, "select count(*) from docker_container"), [[text("0")]]);
}

fn a_failed_table_fails_every_query_that_reads_it(database: &mut dyn Database) {
    database.load(table("docker_container", &[("id", "text")], &[])).expect("a table");
    database
        .load(table("docker_network", &[("id", "text")], &[&[Value::Text("a")]]))
        .expect("a table");
    let why = "docker_container: cannot reach the engine at `unix:///var/run/docker.sock`: permission denied";
    database.fail_table("docker_container", why);
    database.fail_table("docker_never_created", why);
    for sql in [
        "select id from docker_container",
        "select count(*) from DOCKER_CONTAINER where false",
        "select id from docker_network where exists (select from docker_container)",
        "select id from docker_network union all select c.id from docker_container as c limit 0",
        "explain select * from docker_container",
        "select x from docker_container",
        "select * from docker_never_created",
    ] {
        assert_eq!(error(database, sql), why, "{sql}");
    }
    assert_eq!(
        values(database, "select id from docker_network where id <> 'docker_container'"),
        [[text("a")]]
    );
    assert_eq!(error(database, "select x"), r#"column "x" does not exist (SQLSTATE 42703)"#);
}

fn rows_that_do_not_fit_fail_their_table(database: &mut dyn Database) {
    let rows: &[&[Value<'_>]] = &[&[Value::Int(1)], &[Value::Text("many")]];
    let refused =
        database.load(table("docker_info", &[("n", "bigint")], rows)).expect_err("not a number");
    assert_eq!(
        refused.to_string(),
        r#"invalid input syntax for type bigint: "many" (SQLSTATE 22P02)"#
    );
    assert_eq!(error(database, "select n from docker_info"), refused.to_string());
    assert_eq!(values(database, "select 1"), [[text("1")]]);
}

fn a_query_past_its_limit_is_an_error(database: &mut dyn Database) {
    database.load(table("docker_info", &[("id", "text")], &[])).expect("a table");
    assert_eq!(
        error(database, "select pg_sleep(3)"),
        "canceling statement due to statement timeout (SQLSTATE 57014)"
    );
    database.fail_table("docker_info", "no answer");
    // the embedded engine cannot be interrupted: until it is done it says so at once, and then it is as good as new
    let busy = "the database is still busy with an earlier query that ran past its time limit";
    while error(database, "select id from docker_info") == busy {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(error(database, "select id from docker_info"), "no answer");
    assert_eq!(values(database, "select 1"), [[text("1")]]);
}

#[test]
#[ignore = "needs a PostgreSQL server"]
fn the_search_path_is_set_for_the_session() {
    let url = std::env::var("TEST_DATABASE_URL")
        .expect("TEST_DATABASE_URL is the postgres:// URL of a server");
    for (path, prefix, expected) in [
        (vec![], vec!["b \"x\"".to_owned()], r#""b ""x""", "$user", public"#),
        (vec!["a".to_owned(), "public".to_owned()], vec![], r#""a", "public""#),
        (vec!["a".to_owned()], vec!["b".to_owned()], r#""b", "a""#),
    ] {
        let options = Options { search_path: path, search_path_prefix: prefix, ..options() };
        let mut database = open(Some(&url), options).expect("the server answers");
        assert_eq!(values(&mut *database, "show search_path"), [[text(expected)]]);
    }
}

#[test]
fn a_server_out_of_reach_is_named_with_the_reason() {
    for (url, expected) in [
        (
            "postgres://localhost:1/x",
            "the PostgreSQL server could not connect: error connecting to server: ",
        ),
        (
            "postgres://localhost/x?sslmode=require",
            "cannot connect to the PostgreSQL server: sslmode=require is not supported",
        ),
        ("postgres://localhost:many/x", "the PostgreSQL server could not understand the URL: "),
    ] {
        let error = open(Some(url), options()).err().expect(url).to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

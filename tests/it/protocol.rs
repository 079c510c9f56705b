//! The plugin binary, started and asked as a host does it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hyper_util::rt::TokioIo;
use prost::Message;
use tokio::net::UnixStream;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

use crate::fake::Fake;

mod limiters;

pub(crate) mod proto {
    #![allow(
        clippy::pedantic,
        clippy::enum_variant_names,
        unreachable_pub,
        dead_code,
        missing_docs,
        reason = "generated"
    )]
    tonic::include_proto!("proto");
}

mod goplugin {
    #![allow(
        clippy::pedantic,
        clippy::enum_variant_names,
        unreachable_pub,
        dead_code,
        missing_docs,
        reason = "generated"
    )]
    tonic::include_proto!("plugin");
}

use goplugin::grpc_controller_client::GrpcControllerClient;
use proto::wrapper_plugin_client::WrapperPluginClient;
use proto::{
    Column, ConnectionConfig, ExecuteConnectionData, ExecuteRequest, ExecuteResponse,
    GetSchemaRequest, NullableInt, Qual, QualValue, Quals, QueryContext, Row,
    SetAllConnectionConfigsRequest, column, qual, qual_value,
};

/// A plugin process with one client; killed when dropped.
pub(crate) struct Plugin {
    pub(crate) process: Child,
    pub(crate) socket: PathBuf,
    pub(crate) client: WrapperPluginClient<Channel>,
}

impl Plugin {
    pub(crate) async fn start(connections: &[(&str, &str)]) -> Self {
        Self::start_with(&[], connections).await
    }

    /// The same, with these variables in its environment.
    async fn start_with(environment: &[(&str, &str)], connections: &[(&str, &str)]) -> Self {
        let mut command = command();
        command.envs(environment.iter().copied());
        let mut plugin = Self::spawn(command).await;
        plugin.configure(connections).await;
        plugin
    }

    pub(crate) async fn spawn(mut command: Command) -> Self {
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let fields: Vec<&str> = line.trim_end_matches('\n').split('|').collect();
        assert_eq!(
            (&fields[..3], &fields[4..]),
            (&["1", "0", "unix"][..], &["grpc", ""][..]),
            "{line}"
        );
        let socket = PathBuf::from(fields[3]);
        let client = WrapperPluginClient::new(connect(socket.clone()).await);
        Self { process, socket, client }
    }

    pub(crate) async fn configure(
        &mut self,
        connections: &[(&str, &str)],
    ) -> BTreeMap<String, String> {
        let configs = connections
            .iter()
            .map(|(name, config)| ConnectionConfig {
                connection: (*name).to_owned(),
                config: (*config).to_owned(),
                ..ConnectionConfig::default()
            })
            .collect();
        let request = SetAllConnectionConfigsRequest { configs, max_cache_size_mb: -1 };
        self.client
            .set_all_connection_configs(request)
            .await
            .unwrap()
            .into_inner()
            .failed_connections
    }

    pub(crate) async fn query(
        &mut self,
        request: ExecuteRequest,
    ) -> Result<Vec<ExecuteResponse>, Status> {
        let mut stream = self.client.execute(request).await?.into_inner();
        let mut rows = Vec::new();
        while let Some(row) = stream.message().await? {
            rows.push(row);
        }
        Ok(rows)
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_steampipe-plugin-docker"));
    command
        .env("MANTIX_PLUGIN_MAGIC_COOKIE", "really-complex-permanent-string-value")
        .env("PLUGIN_PROTOCOL_VERSIONS", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

async fn connect(socket: PathBuf) -> Channel {
    let connector = tower::service_fn(move |_| {
        let socket = socket.clone();
        async move { UnixStream::connect(socket).await.map(TokioIo::new) }
    });
    Endpoint::from_static("http://unused").connect_with_connector(connector).await.unwrap()
}

pub(crate) fn select(
    table: &str,
    columns: &[&str],
    connections: &[(&str, Option<i64>)],
) -> ExecuteRequest {
    ExecuteRequest {
        table: table.to_owned(),
        connection: "all".to_owned(),
        query_context: Some(QueryContext {
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            // never to be used (R-60)
            limit: Some(NullableInt { value: 1 }),
            ..QueryContext::default()
        }),
        execute_connection_data: connections
            .iter()
            .map(|(name, limit)| {
                let limit = limit.map(|value| NullableInt { value });
                (
                    (*name).to_owned(),
                    ExecuteConnectionData { limit, ..ExecuteConnectionData::default() },
                )
            })
            .collect(),
        ..ExecuteRequest::default()
    }
}

pub(crate) fn filtered(
    mut request: ExecuteRequest,
    column: &str,
    operator: &str,
    value: impl Into<Option<qual_value::Value>>,
) -> ExecuteRequest {
    let qual = Qual {
        field_name: column.to_owned(),
        operator: Some(qual::Operator::StringValue(operator.to_owned())),
        value: value.into().map(|value| QualValue { value: Some(value) }),
    };
    request
        .query_context
        .as_mut()
        .unwrap()
        .quals
        .insert(column.to_owned(), Quals { quals: vec![qual] });
    request
}

pub(crate) fn text(value: &str) -> qual_value::Value {
    qual_value::Value::StringValue(value.to_owned())
}

fn columns(row: &ExecuteResponse) -> BTreeMap<String, Column> {
    Row::decode(row.row.clone()).unwrap().columns
}

pub(crate) fn value(row: &ExecuteResponse, name: &str) -> column::Value {
    columns(row).remove(name).unwrap().value.unwrap()
}

fn engine() -> Fake {
    Fake::start(&[
        (
            "/networks",
            200,
            r#"[{"Id":"1","Name":"bridge","Driver":"bridge"},{"Id":"2","Name":"none","Driver":"null"}]"#,
        ),
        ("/info", 200, r#"{"ID":"one","Debug":false}"#),
    ])
}

#[tokio::test]
async fn a_host_gets_schema_rows_and_a_clean_exit() {
    let engine = engine();
    let mut plugin = Plugin::start(&[("docker", &engine.config())]).await;
    let schema = plugin
        .client
        .get_schema(GetSchemaRequest { connection: "docker".to_owned() })
        .await
        .unwrap();
    let schema = schema.into_inner().schema.unwrap();
    assert_eq!((schema.mode.as_str(), schema.protocol_version), ("static", 20_220_201));
    for (name, table) in &schema.schema {
        let last: Vec<_> =
            table.columns.iter().rev().take(3).map(|column| column.name.as_str()).collect();
        assert_eq!(last, ["_ctx", "sp_ctx", "sp_connection_name"], "{name}");
        for keys in [&table.get_call_key_column_list, &table.list_call_key_column_list] {
            let key = keys.iter().find(|key| key.name == "sp_connection_name").unwrap();
            assert_eq!(key.operators, ["=", "<>", "~~", "~~*", "!~~", "!~~*"]);
            for key in keys {
                assert!(
                    table.columns.iter().any(|column| column.name == key.name),
                    "{name}.{}",
                    key.name
                );
            }
        }
    }

    let rows = plugin
        .query(select("docker_network", &["name", "nope"], &[("docker", None)]))
        .await
        .unwrap();
    let names: Vec<_> = rows.iter().map(|row| value(row, "name")).collect();
    assert_eq!(names, ["bridge", "none"].map(|name| column::Value::StringValue(name.to_owned())));
    assert_eq!(rows[0].connection, "docker");
    assert_eq!(rows[1].metadata.as_ref().unwrap().rows_fetched, 2);
    let context = br#"{"connection_name":"docker","steampipe":{"sdk_version":"5.14.0"}}"#;
    assert_eq!(value(&rows[0], "_ctx"), column::Value::JsonValue(context.to_vec().into()));

    let counted = plugin.query(select("docker_network", &[], &[("docker", None)])).await.unwrap();
    assert!(counted.len() == 2 && counted.iter().all(|row| !columns(row).is_empty()));

    let mut controller = GrpcControllerClient::new(connect(plugin.socket.clone()).await);
    let asked = Instant::now();
    // the answer may be lost with the connection; the exit is what counts
    let _ = controller.shutdown(goplugin::Empty {}).await;
    let status = plugin.process.wait().unwrap();
    assert!(status.success() && asked.elapsed() < Duration::from_secs(2), "{status}");
    assert!(!plugin.socket.exists());
    let mut rest = String::new();
    plugin.process.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "nothing follows the handshake on stdout");
}

#[tokio::test]
async fn connections_fan_out_each_with_its_limit_and_its_name() {
    let (one, two) = (engine(), engine());
    let mut plugin = Plugin::start(&[("one", &one.config()), ("two", &two.config())]).await;
    let asked = select("docker_network", &["name"], &[("one", Some(1)), ("two", None)]);
    let rows = plugin.query(asked).await.unwrap();
    let of = |name: &str| rows.iter().filter(|row| row.connection == name).count();
    assert_eq!((of("one"), of("two")), (1, 2));

    let both = || select("docker_network", &["name"], &[("one", Some(2)), ("two", Some(2))]);
    for (operator, value, expected) in [
        ("=", "two", 2),
        ("<>", "two", 2),
        ("~~", "%", 4),
        ("!~~", "t%", 2),
        ("~~*", "TW_", 2),
        ("!~~*", "%", 0),
    ] {
        let rows = plugin
            .query(filtered(both(), "sp_connection_name", operator, text(value)))
            .await
            .unwrap();
        assert_eq!(rows.len(), expected, "{operator} {value}");
    }
}

#[tokio::test]
async fn a_limit_holds_only_where_every_condition_is_decided() {
    let engine = engine();
    let mut plugin = Plugin::start(&[("docker", &engine.config())]).await;
    let limited = || select("docker_network", &["name"], &[("docker", Some(1))]);
    let exact = plugin.query(filtered(limited(), "name", "=", text("none"))).await.unwrap();
    assert_eq!(value(&exact[0], "name"), column::Value::StringValue("none".to_owned()));
    // an unset value decides nothing: Postgres must get every row
    assert_eq!(
        plugin
            .query(filtered(limited(), "name", "=", None::<qual_value::Value>))
            .await
            .unwrap()
            .len(),
        2
    );
    let zero = select("docker_network", &["name"], &[("docker", Some(0))]);
    assert!(plugin.query(zero).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_bad_connection_fails_its_own_queries_only() {
    let engine = engine();
    let mut plugin = Plugin::start(&[("good", &engine.config())]).await;
    let failed = plugin.configure(&[("bad", "hots = 1"), ("good", &engine.config())]).await;
    assert_eq!(failed.keys().collect::<Vec<_>>(), ["bad"]);
    assert!(
        plugin.client.get_schema(GetSchemaRequest { connection: "bad".to_owned() }).await.is_ok()
    );
    let error = plugin.query(select("docker_info", &["id"], &[("bad", None)])).await.unwrap_err();
    assert_eq!(error.code(), tonic::Code::Unknown);
    assert!(
        error.message().contains("\"hots\"") && error.message().contains("host, "),
        "{}",
        error.message()
    );
    assert_eq!(
        plugin.query(select("docker_info", &["id"], &[("good", None)])).await.unwrap().len(),
        1
    );

    // changed to a bad one, the previous engine is not asked
    let before = engine.requests().len();
    plugin.configure(&[("good", "timeout = 0")]).await;
    let error = plugin.query(select("docker_info", &["id"], &[("good", None)])).await.unwrap_err();
    assert!(error.message().contains("timeout"), "{}", error.message());
    assert_eq!(engine.requests().len(), before);
}

#[tokio::test]
async fn errors_have_the_texts_and_the_code_that_hosts_expect() {
    let engine = Fake::start(&[("/info", 500, r#"{"message":"boom"}"#)]);
    let mut plugin = Plugin::start(&[("one", &engine.config()), ("two", &engine.config())]).await;
    let unknown_table = plugin.query(select("nope", &[], &[("one", None)])).await.unwrap_err();
    assert_eq!(
        unknown_table.message(),
        "plugin steampipe-plugin-docker does not provide table nope"
    );
    let unknown = plugin.query(select("docker_info", &[], &[("zz", None)])).await.unwrap_err();
    assert_eq!(
        unknown.message(),
        "plugin execute failed - no connection data loaded for connection 'zz'"
    );
    let nobody = ExecuteRequest { table: "docker_info".to_owned(), ..ExecuteRequest::default() };
    let nobody = plugin.query(nobody).await.unwrap_err();
    assert_eq!(nobody.message(), "either ExecuteConnectionData or Connection must be provided");
    let one = plugin.query(select("docker_info", &["id"], &[("one", None)])).await.unwrap_err();
    assert_eq!(one.code(), tonic::Code::Unknown);
    assert!(
        one.message().starts_with("one: docker_info: ") && one.message().contains("boom"),
        "{}",
        one.message()
    );
    let both = plugin
        .query(select("docker_info", &["id"], &[("one", None), ("two", None)]))
        .await
        .unwrap_err();
    let lines: Vec<&str> = both.message().split("\n\t").collect();
    assert!(
        lines[0].is_empty() && lines[1].starts_with("one: ") && lines[2].starts_with("two: "),
        "{}",
        both.message()
    );
}

#[tokio::test]
async fn an_engine_that_is_ignored_has_no_rows_and_a_line_in_the_log() {
    let engine = engine();
    let gone = "host = \"unix:///nowhere/e.sock\"\nignore_unreachable = true";
    let mut plugin = Plugin::start(&[("here", &engine.config()), ("gone", gone)]).await;
    let request = select("docker_network", &["name"], &[("here", None), ("gone", None)]);
    let rows = plugin.query(request).await.unwrap();
    assert!(rows.len() == 2 && rows.iter().all(|row| row.connection == "here"));
    plugin.process.kill().unwrap();
    let mut log = String::new();
    plugin.process.stderr.as_mut().unwrap().read_to_string(&mut log).unwrap();
    let lines: Vec<_> = log.lines().filter(|line| line.starts_with("[WARN]")).collect();
    let [line] = lines.as_slice() else { panic!("{log}") };
    for words in ["gone", "docker_network", "no engine is running at unix:///nowhere/e.sock"] {
        assert!(line.contains(words), "{line}");
    }
}

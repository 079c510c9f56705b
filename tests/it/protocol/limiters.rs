//! Rate limiters, set and asked for as a host does it, and what diagnostics tell of them.

use serde_json::json;

use super::proto::{GetRateLimitersRequest, RateLimiterDefinition, SetRateLimitersRequest};
use super::*;

async fn set(plugin: &mut Plugin, definitions: Vec<RateLimiterDefinition>) -> Result<(), Status> {
    let request = SetRateLimitersRequest { definitions };
    plugin.client.set_rate_limiters(request).await.map(|_| ())
}

fn limiter(name: &str, filter: &str) -> RateLimiterDefinition {
    RateLimiterDefinition {
        name: name.to_owned(),
        max_concurrency: 1,
        r#where: filter.to_owned(),
        ..RateLimiterDefinition::default()
    }
}

/// What `sp_ctx` says of the calls behind a row.
fn calls(row: &ExecuteResponse) -> serde_json::Value {
    let column::Value::JsonValue(context) = value(row, "sp_ctx") else { panic!("no JSON") };
    let mut context: serde_json::Value = serde_json::from_slice(&context).unwrap();
    context["diagnostics"]["calls"].take()
}

#[tokio::test]
async fn the_plugins_own_limiters_are_told_whatever_the_user_sets() {
    let mut plugin = Plugin::start(&[]).await;
    set(&mut plugin, vec![limiter("docker_max_concurrency", "")]).await.unwrap();
    let own = plugin.client.get_rate_limiters(GetRateLimitersRequest {}).await.unwrap();
    let expected = RateLimiterDefinition {
        max_concurrency: 256,
        scope: vec!["connection".to_owned()],
        ..limiter("docker_max_concurrency", "")
    };
    assert_eq!(own.into_inner().definitions, [expected]);
}

#[tokio::test]
async fn a_bad_limiter_is_an_error_and_the_good_ones_hold() {
    let engine = engine();
    let mut plugin =
        Plugin::start_with(&[("STEAMPIPE_DIAGNOSTIC_LEVEL", "ALL")], &[("c", &engine.config())])
            .await;
    let error = set(&mut plugin, vec![limiter("bad", "table > 'a'"), limiter("good", "")]).await;
    let error = error.unwrap_err();
    assert_eq!(error.code(), tonic::Code::Unknown);
    assert_eq!(
        error.message(),
        "failed to create rate limiter 'bad' from config: invalid scope filter operator '>'"
    );
    let rows = plugin.query(select("docker_info", &["id"], &[("c", None)])).await.unwrap();
    assert_eq!(calls(&rows[0])[0]["rate_limiters"], json!(["docker_max_concurrency", "good"]));
    let several = set(&mut plugin, vec![limiter("b", "'"), limiter("a", "table is null")]).await;
    let several = several.unwrap_err();
    let lines: Vec<&str> = several.message().split("\n\t").collect();
    assert!(lines.len() == 3 && lines[0].is_empty() && lines[1].contains("'a'"), "{lines:?}");
}

#[tokio::test]
async fn diagnostics_tell_limiters_and_delays_of_every_call() {
    let (a, b) = ("a".repeat(64), "b".repeat(64));
    let network = |id: &str| format!(r#"{{"Id":"{id}","Name":"n","Containers":{{}}}}"#);
    let (first, second) = (network(&a), network(&b));
    let engine = Fake::start(&[
        ("/networks", 200, &format!("[{first},{second}]")),
        (&format!("/networks/{a}"), 200, &first),
        (&format!("/networks/{b}"), 200, &second),
    ]);
    let mut plugin =
        Plugin::start_with(&[("STEAMPIPE_DIAGNOSTIC_LEVEL", "ALL")], &[("c", &engine.config())])
            .await;
    let slow = RateLimiterDefinition {
        name: "slow".to_owned(),
        fill_rate: 5.0,
        bucket_size: 1,
        scope: vec!["connection".to_owned(), "function_name".to_owned()],
        r#where: "table = 'docker_network' and function_name not like 'list%'".to_owned(),
        ..RateLimiterDefinition::default()
    };
    set(&mut plugin, vec![slow]).await.unwrap();
    let asked = select("docker_network", &["id", "containers"], &[("c", None)]);
    let rows = plugin.query(asked).await.unwrap();
    assert_eq!(rows.len(), 2);
    for (row, at_least) in rows.iter().zip([0, 150]) {
        let mut calls = calls(row);
        let delay = calls[1]["rate_limiter_delay_ms"].take().as_u64().unwrap();
        assert!((at_least..at_least + 150).contains(&delay), "{delay} ms");
        let call = |kind: &str, function: &str, limiters: &[&str], delay: serde_json::Value| {
            json!({
                "type": kind,
                "function_name": function,
                "scope_values": {"connection": "c", "function_name": function, "table": "docker_network"},
                "rate_limiters": limiters,
                "rate_limiter_delay_ms": delay,
            })
        };
        let list = call("list", "listNetwork", &["docker_max_concurrency"], json!(0));
        let inspect = call(
            "hydrate",
            "getNetworkInspect",
            &["docker_max_concurrency", "slow"],
            serde_json::Value::Null,
        );
        assert_eq!(calls, json!([list, inspect]));
    }
}

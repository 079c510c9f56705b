//! Tables of what only the managers of a swarm know: whether the engine is one, and if not, what to tell.
//! It must not know what the lists hold.

use futures_util::{StreamExt, TryFutureExt, stream};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{fetch, list};
use crate::docker::Docker;
use crate::sdk::{Error, Query, Rows};

/// The list at this path, of a manager. An engine outside of a swarm has none; one that is in a swarm, but cannot tell
/// what there is in it, is an error.
pub(in crate::tables) fn list_of_manager<'a>(
    docker: &'a Docker,
    path: &'static [&'static str],
    options: Vec<(&'static str, &'static str)>,
    query: &'a Query,
) -> Rows<'a> {
    let rows = manages(docker).map_ok(move |manages| {
        if manages { list(docker, path, options, query) } else { stream::empty().boxed() }
    });
    rows.try_flatten_stream().boxed()
}

/// Filter value for an ID or a name. Managers take it for the start of one: they may list too many, never too few.
pub(in crate::tables) fn starts_with(text: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    (!text.is_empty() && text.bytes().all(plain)).then(|| text.to_owned())
}

/// What is public of the certificate authority: a private key has no place in a row, whatever an engine sends.
pub(in crate::tables) fn public_parts(tls_info: &RawValue) -> Result<Option<String>, String> {
    only(tls_info, &["TrustRoot", "CertIssuerSubject", "CertIssuerPublicKey"])
}

/// The object with these of its entries alone.
pub(in crate::tables) fn only(object: &RawValue, names: &[&str]) -> Result<Option<String>, String> {
    let object: Option<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_str(object.get()).map_err(|_| "expected an object".to_owned())?;
    Ok(object.map(|mut object| {
        object.retain(|name, _| names.contains(&name.as_str()));
        serde_json::Value::Object(object).to_string()
    }))
}

/// The engine's part in a swarm, as `GET /info` tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Part {
    #[serde(rename = "NodeID")]
    node_id: String,
    local_node_state: String,
    control_available: bool,
    error: String,
    remote_managers: Option<Vec<Manager>>,
}

#[derive(Debug, Deserialize)]
struct Manager {
    #[serde(rename = "NodeID", default)]
    node_id: String,
    #[serde(rename = "Addr", default)]
    address: String,
}

async fn manages(docker: &Docker) -> Result<bool, Error> {
    #[derive(Deserialize)]
    struct Info {
        #[serde(rename = "Swarm")]
        swarm: Option<Part>,
    }
    let body = fetch(docker, &["info"], &[]).await?;
    let info: Info = serde_json::from_slice(&body).map_err(|error| {
        Error::new(format!(
            "cannot read the engine's part in a swarm in its reply to /info: {error}"
        ))
    })?;
    // engines that know no swarm do not speak of it
    let part = info.swarm.unwrap_or_default();
    if part.control_available {
        return Ok(true);
    }
    if matches!(part.local_node_state.as_str(), "" | "inactive") {
        return Ok(false);
    }
    let endpoint = docker.endpoint().await.map_err(Error::from)?;
    Err(part.refusal(&endpoint.to_string()))
}

impl Part {
    /// Why this engine, which is in a swarm, tells nothing of it.
    fn refusal(&self, endpoint: &str) -> Error {
        let managers = self.remote_managers.as_deref().unwrap_or_default();
        match self.local_node_state.as_str() {
            "active" if managers.iter().any(|manager| manager.node_id == self.node_id) => {
                Error::new(format!("the engine at {endpoint} is a manager of a swarm that does not manage it now"))
                    .hint("it is starting, or too few managers are up to agree: try again, or see `docker info` and its log")
            }
            "active" => {
                let error = Error::new(format!(
                    "the engine at {endpoint} is a worker of its swarm, and only managers know what is in it"
                ));
                let addresses: Vec<&str> =
                    managers.iter().map(|manager| manager.address.as_str()).collect();
                match addresses.as_slice() {
                    [] => error.hint("connect to a manager"),
                    some => error.hint(format!(
                        "connect to a manager; those that it knows listen for the swarm at {}",
                        some.join(", ")
                    )),
                }
            }
            "locked" => Error::new(format!("the swarm is locked on the engine at {endpoint}"))
                .hint("unlock it with `docker swarm unlock` and the key that `docker swarm unlock-key` shows on another manager"),
            "pending" => Error::new(format!("the engine at {endpoint} is still joining a swarm{}", self.reason()))
                .hint("try again once `docker info` says that it is active"),
            state => Error::new(format!(
                "the engine at {endpoint} is in a swarm, but in the state `{state}`{}",
                self.reason()
            ))
            .hint("see `docker info` and the engine's log; with `docker swarm leave` it can leave and join anew"),
        }
    }

    fn reason(&self) -> String {
        if self.error.is_empty() { String::new() } else { format!(": {}", self.error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_says_what_to_do() {
        for (part, message, hint) in [
            (
                r#"{"LocalNodeState":"active","NodeID":"w","RemoteManagers":[{"NodeID":"m","Addr":"10.0.0.1:2377"},{"NodeID":"n","Addr":"10.0.0.2:2377"}]}"#,
                "is a worker",
                "at 10.0.0.1:2377, 10.0.0.2:2377",
            ),
            (r#"{"LocalNodeState":"active","RemoteManagers":null}"#, "is a worker", "a manager"),
            (
                r#"{"LocalNodeState":"active","NodeID":"m","RemoteManagers":[{"NodeID":"m","Addr":"a"}]}"#,
                "does not manage it now",
                "too few managers",
            ),
            (r#"{"LocalNodeState":"locked","Error":"e"}"#, "is locked", "docker swarm unlock"),
            (
                r#"{"LocalNodeState":"pending","Error":"timeout"}"#,
                "joining a swarm: timeout",
                "again",
            ),
            (
                r#"{"LocalNodeState":"error","Error":"certificates have expired"}"#,
                "in the state `error`: certificates have expired",
                "leave",
            ),
            (r#"{"LocalNodeState":"asleep"}"#, "in the state `asleep`", "docker info"),
        ] {
            let parsed: Part = serde_json::from_str(part).unwrap();
            let error = parsed.refusal("unix:///run/e.sock").to_string();
            let (said, told) = error.split_once("\nhint: ").unwrap();
            assert!(
                said.contains(message) && said.contains("unix:///run/e.sock"),
                "{part}: {said}"
            );
            assert!(told.contains(hint), "{part}: {told}");
        }
    }

    #[test]
    fn only_what_managers_take_literally_goes_to_them() {
        assert_eq!(starts_with("web_1.x-y"), Some("web_1.x-y".to_owned()));
        for odd in ["", "a b", "ž", "a*", "a/b"] {
            assert_eq!(starts_with(odd), None, "{odd}");
        }
    }

    #[test]
    fn private_parts_are_left_out() {
        let raw = |json: &str| serde_json::from_str::<Box<RawValue>>(json).unwrap();
        let found = public_parts(&raw(r#"{"TrustRoot":"t","SigningCAKey":"s"}"#));
        assert_eq!(found, Ok(Some(r#"{"TrustRoot":"t"}"#.to_owned())));
        assert_eq!(public_parts(&raw("null")), Ok(None));
        assert!(public_parts(&raw("7")).is_err());
    }
}

//! Fetches the list of containers with a bare HTTP client and parses what a query of the list needs: the least that a
//! program must do for it, to compare the plugin with. It must not know the plugin.

use std::error::Error;
use std::io::Write as _;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::UnixStream;

const USAGE: &str = "usage: bare SOCKET RUNS";

/// The columns of the query that is compared.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Container {
    id: String,
    names: Vec<String>,
    image: String,
}

/// Prints the size of the body, the number of containers, and how many milliseconds each run took, as JSON.
fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let socket = arguments.next().ok_or(USAGE)?;
    let runs: usize = arguments.next().ok_or(USAGE)?.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut size, mut count, mut times) = (0, 0, Vec::new());
    for _ in 0..runs {
        let began = Instant::now();
        let body = runtime.block_on(fetch(&socket))?;
        let containers: Vec<Container> = serde_json::from_slice(&body)?;
        times.push(milliseconds(began.elapsed()));
        (size, count) =
            (body.len(), containers.iter().filter(|container| is_whole(container)).count());
    }
    let report = serde_json::json!({"bytes": size, "containers": count, "milliseconds": times});
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}

async fn fetch(socket: &str) -> Result<Bytes, Box<dyn Error>> {
    let stream = UnixStream::connect(socket).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get("/containers/json?all=true").header(HOST, "docker");
    let reply = async {
        let reply = sender.send_request(request.body(Empty::<Bytes>::new())?).await?;
        Ok::<_, Box<dyn Error>>(reply.into_body().collect().await?.to_bytes())
    };
    tokio::pin!(connection);
    tokio::select! {
        body = reply => body,
        ended = &mut connection => Err(ended.err().map_or_else(|| "the engine hung up".into(), Into::into)),
    }
}

fn is_whole(container: &Container) -> bool {
    !container.id.is_empty() && !container.names.is_empty() && !container.image.is_empty()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

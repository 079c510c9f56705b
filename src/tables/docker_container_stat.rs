//! `docker_container_stat`: what containers use of processor, memory, network, disks and process table.

use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::value::RawValue;

use self::usage::{Row, Sample};
use super::support::{Container, Reach, each_container, unreadable};
use crate::docker::{ApiVersion, Docker};
use crate::sdk::{Error, List, Query, Rows, Table, double, int, json, text, time};

mod usage;

/// `GET /containers/{id}/stats`, one sample; two if the use of the processor is read, which takes a second or two.
#[rustfmt::skip] // one column a line, whatever its width
pub(super) static TABLE: Table<Docker> = Table {
    name: "docker_container_stat",
    description: "Resources that running containers use now, as docker stats counts them.",
    list: List { name: "listContainerStat", call: list_stats },
    get: None,
    columns: &[
        text  ("container_id",          "/container/Id",                 "Full ID of the container.").key(),
        text  ("container_name",        "/container/Name",               "Name of the container."),
        time  ("read_at",               "/stats/read",                   "When the engine read the counters."),
        double("cpu_percent",           "/usage/cpu_percent",            "Use of the processors, of which each counts 100; reading this column takes a second or two."),
        int   ("cpu_total",             "/usage/cpu_total",              "Processor time since the start in nanoseconds; on Windows in units of 100."),
        int   ("cpu_user",              "/usage/cpu_user",               "The part of cpu_total outside of the kernel."),
        int   ("cpu_kernel",            "/usage/cpu_kernel",             "The part of cpu_total inside of the kernel."),
        int   ("online_cpus",           "/usage/online_cpus",            "Processors of the host."),
        int   ("throttled_periods",     "/usage/throttled_periods",      "Periods in which its CPU limit held it up."),
        int   ("throttled_time",        "/usage/throttled_time",         "How long its CPU limit held it up, in nanoseconds."),
        int   ("memory_usage",          "/usage/memory_usage",           "Bytes of memory in use, without files that could be dropped from it."),
        int   ("memory_limit",          "/usage/memory_limit",           "Most bytes of memory it may use; without a limit, what the host has."),
        double("memory_percent",        "/usage/memory_percent",         "Use of memory in percent of memory_limit."),
        int   ("memory_total",          "/usage/memory_total",           "Bytes of memory in use, with files that could be dropped from it."),
        int   ("memory_max",            "/usage/memory_max",             "The most memory_total was; NULL where the kernel keeps no count."),
        int   ("network_rx_bytes",      "/usage/network_rx_bytes",       "Bytes received on all networks; NULL on the host's own network."),
        int   ("network_tx_bytes",      "/usage/network_tx_bytes",       "Bytes sent on all networks."),
        int   ("network_rx_packets",    "/usage/network_rx_packets",     "Packets received on all networks."),
        int   ("network_tx_packets",    "/usage/network_tx_packets",     "Packets sent on all networks."),
        int   ("network_rx_errors",     "/usage/network_rx_errors",      "Errors in receiving on all networks."),
        int   ("network_tx_errors",     "/usage/network_tx_errors",      "Errors in sending on all networks."),
        int   ("network_rx_dropped",    "/usage/network_rx_dropped",     "Incoming packets dropped on all networks."),
        int   ("network_tx_dropped",    "/usage/network_tx_dropped",     "Outgoing packets dropped on all networks."),
        int   ("block_read_bytes",      "/usage/block_read_bytes",       "Bytes read from disks; NULL if the engine keeps no count."),
        int   ("block_write_bytes",     "/usage/block_write_bytes",      "Bytes written to disks; NULL if the engine keeps no count."),
        int   ("pids",                  "/usage/pids",                   "Processes and threads."),
        int   ("pids_limit",            "/usage/pids_limit",             "Most processes and threads at once; NULL if there is no limit, or the engine does not tell."),
        json  ("networks",              "/stats/networks",               "Counters by network interface."),
        json  ("stats",                 "/stats",                        "All counters as the engine sent them; precpu_stats is filled only if cpu_percent is read."),
    ],
};

/// How long to wait between two samples of an engine that does not do it itself.
const INTERVAL: Duration = Duration::from_secs(1);

fn list_stats<'a>(docker: &'a Docker, query: &'a Query) -> Rows<'a> {
    let call = if query.wants(&["cpu_percent"]) { two_samples } else { one_sample };
    each_container(docker, query, Reach::Live, call)
}

fn one_sample<'a>(
    docker: &'a Docker,
    container: &'a Container,
) -> BoxFuture<'a, Result<Vec<Bytes>, Error>> {
    async move {
        let Some(reply) = at_once(docker, container).await? else { return Ok(Vec::new()) };
        row(docker, container, None, &reply).await
    }
    .boxed()
}

/// Docker takes two samples unless told otherwise; Podman never does, so it is asked twice.
fn two_samples<'a>(
    docker: &'a Docker,
    container: &'a Container,
) -> BoxFuture<'a, Result<Vec<Bytes>, Error>> {
    async move {
        let mut before = None;
        if docker.engine().await?.is_podman {
            before = at_once(docker, container).await?;
            if before.is_none() {
                return Ok(Vec::new());
            }
            tokio::time::sleep(INTERVAL).await;
        }
        let Some(reply) = ask(docker, container, &[("stream", "false")]).await? else {
            return Ok(Vec::new());
        };
        row(docker, container, before.as_ref(), &reply).await
    }
    .boxed()
}

/// One sample without waiting; an engine that is too old to be asked for that takes two.
async fn at_once(docker: &Docker, container: &Container) -> Result<Option<Bytes>, Error> {
    let version = docker.engine().await?.api_version;
    let is_known = "1.41".parse().is_ok_and(|since: ApiVersion| version >= since);
    let options: &[_] = if is_known {
        &[("stream", "false"), ("one-shot", "true")]
    } else {
        &[("stream", "false")]
    };
    ask(docker, container, options).await
}

async fn ask(
    docker: &Docker,
    container: &Container,
    options: &[(&str, &str)],
) -> Result<Option<Bytes>, Error> {
    Ok(container.ask(docker, &["stats"], options, Reach::Live).await?)
}

async fn row(
    docker: &Docker,
    container: &Container,
    before: Option<&Bytes>,
    reply: &Bytes,
) -> Result<Vec<Bytes>, Error> {
    let is_windows = docker.engine().await?.os_type == "windows";
    let document = || {
        let before = before.map(|before| serde_json::from_slice::<Sample>(before)).transpose()?;
        let sample: Sample = serde_json::from_slice(reply)?;
        // it has stopped: Docker then sends counters that were never read
        if sample.is_empty() {
            return Ok(None);
        }
        let usage = serde_json::to_string(&Row::new(&sample, before.as_ref(), is_windows))?;
        let stats: &RawValue = serde_json::from_slice(reply)?;
        Ok(Some(container.document(&[("stats", stats.get()), ("usage", &usage)])))
    };
    let document = document().map_err(|error| unreadable(container, &error))?;
    Ok(document.into_iter().collect())
}

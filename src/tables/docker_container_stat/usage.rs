//! What the counters of a container mean: shares of processor and memory, sums over networks and disks, computed as
//! `docker stats` does. It must not know how the counters were asked for.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

#[cfg(test)]
mod tests;

/// A sample of the counters; what an engine does not count is left out or null.
#[derive(Debug, Deserialize)]
pub(super) struct Sample {
    #[serde(deserialize_with = "moment")]
    read: Timestamp,
    #[serde(default, deserialize_with = "moment_if_any")]
    preread: Option<Timestamp>,
    num_procs: Option<u64>,
    cpu_stats: Option<Processors>,
    precpu_stats: Option<Processors>,
    memory_stats: Option<Memory>,
    networks: Option<BTreeMap<String, Network>>,
    blkio_stats: Option<Blkio>,
    storage_stats: Option<Storage>,
    pids_stats: Option<Pids>,
}

#[derive(Debug, Deserialize)]
struct Processors {
    cpu_usage: Option<ProcessorTime>,
    system_cpu_usage: Option<u64>,
    online_cpus: Option<u64>,
    throttling_data: Option<Throttling>,
}

#[derive(Debug, Deserialize)]
struct ProcessorTime {
    total_usage: Option<u64>,
    usage_in_usermode: Option<u64>,
    usage_in_kernelmode: Option<u64>,
    percpu_usage: Option<Vec<u64>>,
}

#[derive(Debug, Deserialize)]
struct Throttling {
    throttled_periods: Option<u64>,
    throttled_time: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Memory {
    usage: Option<u64>,
    max_usage: Option<u64>,
    limit: Option<u64>,
    stats: Option<MemoryDetail>,
    privateworkingset: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct MemoryDetail {
    /// cgroup v1
    total_inactive_file: Option<u64>,
    /// cgroup v2
    inactive_file: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Network {
    rx_bytes: Option<u64>,
    rx_packets: Option<u64>,
    rx_errors: Option<u64>,
    rx_dropped: Option<u64>,
    tx_bytes: Option<u64>,
    tx_packets: Option<u64>,
    tx_errors: Option<u64>,
    tx_dropped: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Blkio {
    io_service_bytes_recursive: Option<Vec<BlkioEntry>>,
}

#[derive(Debug, Deserialize)]
struct BlkioEntry {
    op: String,
    value: u64,
}

#[derive(Debug, Deserialize)]
struct Storage {
    read_size_bytes: Option<u64>,
    write_size_bytes: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Pids {
    current: Option<u64>,
    limit: Option<u64>,
}

fn moment<'de, D: Deserializer<'de>>(text: D) -> Result<Timestamp, D::Error> {
    String::deserialize(text)?.parse().map_err(D::Error::custom)
}

fn moment_if_any<'de, D: Deserializer<'de>>(text: D) -> Result<Option<Timestamp>, D::Error> {
    Option::<String>::deserialize(text)?
        .map(|text| text.parse().map_err(D::Error::custom))
        .transpose()
}

impl Sample {
    /// True if the counters were never read, as for a container that does not run.
    pub(super) fn is_empty(&self) -> bool {
        !is_set(self.read)
    }
}

/// False for Go's zero time, which is long before any sample.
fn is_set(moment: Timestamp) -> bool {
    moment > Timestamp::UNIX_EPOCH
}

/// What a row shows; NULL is what the engine does not count.
#[derive(Debug, Default, Serialize)]
pub(super) struct Row {
    cpu_percent: Option<f64>,
    cpu_total: Option<i64>,
    cpu_user: Option<i64>,
    cpu_kernel: Option<i64>,
    online_cpus: Option<i64>,
    throttled_periods: Option<i64>,
    throttled_time: Option<i64>,
    memory_usage: Option<i64>,
    memory_limit: Option<i64>,
    memory_percent: Option<f64>,
    memory_total: Option<i64>,
    memory_max: Option<i64>,
    network_rx_bytes: Option<i64>,
    network_tx_bytes: Option<i64>,
    network_rx_packets: Option<i64>,
    network_tx_packets: Option<i64>,
    network_rx_errors: Option<i64>,
    network_tx_errors: Option<i64>,
    network_rx_dropped: Option<i64>,
    network_tx_dropped: Option<i64>,
    block_read_bytes: Option<i64>,
    block_write_bytes: Option<i64>,
    pids: Option<i64>,
    pids_limit: Option<i64>,
}

impl Row {
    /// `before` is a sample of our own from a while ago, for engines that send one sample only.
    pub(super) fn new(stats: &Sample, before: Option<&Sample>, is_windows: bool) -> Self {
        let mut usage = Self {
            cpu_percent: match before {
                Some(before) => cpu_percent_between(before, stats),
                None if is_windows => cpu_percent_windows(stats),
                None => cpu_percent(stats),
            },
            ..Self::default()
        };
        if let Some(cpu) = &stats.cpu_stats {
            usage.take_cpu(cpu);
        }
        if let Some(memory) = &stats.memory_stats {
            usage.take_memory(memory, is_windows);
        }
        if let Some(networks) = &stats.networks {
            usage.take_networks(networks);
        }
        let (read, written) =
            if is_windows { storage(stats.storage_stats.as_ref()) } else { blocks(stats) };
        usage.block_read_bytes = read.and_then(whole);
        usage.block_write_bytes = written.and_then(whole);
        if let Some(pids) = &stats.pids_stats {
            usage.pids = pids.current.and_then(whole);
            // no limit is the largest number there is
            usage.pids_limit = pids.limit.filter(|limit| *limit > 0).and_then(whole);
        }
        usage
    }

    fn take_cpu(&mut self, cpu: &Processors) {
        if let Some(used) = &cpu.cpu_usage {
            self.cpu_total = used.total_usage.and_then(whole);
            self.cpu_user = used.usage_in_usermode.and_then(whole);
            self.cpu_kernel = used.usage_in_kernelmode.and_then(whole);
        }
        self.online_cpus = processors(cpu).and_then(whole);
        if let Some(throttling) = &cpu.throttling_data {
            self.throttled_periods = throttling.throttled_periods.and_then(whole);
            self.throttled_time = throttling.throttled_time.and_then(whole);
        }
    }

    fn take_memory(&mut self, memory: &Memory, is_windows: bool) {
        if is_windows {
            self.memory_usage = memory.privateworkingset.and_then(whole);
            return;
        }
        let used = without_cache(memory);
        let limit = memory.limit.filter(|limit| *limit > 0);
        self.memory_usage = used.and_then(whole);
        self.memory_limit = limit.and_then(whole);
        self.memory_percent = used.zip(limit).map(|(used, limit)| ratio(used, limit) * 100.0);
        self.memory_total = memory.usage.and_then(whole);
        self.memory_max = memory.max_usage.and_then(whole);
    }

    fn take_networks(&mut self, networks: &BTreeMap<String, Network>) {
        let sum = |counter: fn(&Network) -> Option<u64>| {
            let mut sum = None::<u64>;
            for value in networks.values().filter_map(counter) {
                sum = Some(sum.unwrap_or(0).saturating_add(value));
            }
            sum.and_then(whole)
        };
        self.network_rx_bytes = sum(|network| network.rx_bytes);
        self.network_tx_bytes = sum(|network| network.tx_bytes);
        self.network_rx_packets = sum(|network| network.rx_packets);
        self.network_tx_packets = sum(|network| network.tx_packets);
        self.network_rx_errors = sum(|network| network.rx_errors);
        self.network_tx_errors = sum(|network| network.tx_errors);
        self.network_rx_dropped = sum(|network| network.rx_dropped);
        self.network_tx_dropped = sum(|network| network.tx_dropped);
    }
}

/// Time of the container by time of all processors, both since the engine's first sample. Nothing if there was none.
fn cpu_percent(stats: &Sample) -> Option<f64> {
    let (now, before) = (stats.cpu_stats.as_ref()?, stats.precpu_stats.as_ref()?);
    let system_before = before.system_cpu_usage.filter(|system| *system > 0)?;
    let system = now.system_cpu_usage?.saturating_sub(system_before);
    let used = used(now)?.saturating_sub(used(before)?);
    if used == 0 || system == 0 {
        return Some(0.0);
    }
    Some(ratio(used, system) * float(processors(now)?) * 100.0)
}

/// Windows counts in units of 100 ns, and tells its processors elsewhere.
fn cpu_percent_windows(stats: &Sample) -> Option<f64> {
    let before = stats.preread.filter(|before| is_set(*before))?;
    let possible = nanoseconds(before, stats.read) / 100 * stats.num_procs?;
    let used = used(stats.cpu_stats.as_ref()?)?.saturating_sub(used(stats.precpu_stats.as_ref()?)?);
    Some(if possible == 0 { 0.0 } else { ratio(used, possible) * 100.0 })
}

/// Time of the container by the time that passed between two samples. Nothing if they are one and the same, as in a
/// recording that has only one.
fn cpu_percent_between(before: &Sample, now: &Sample) -> Option<f64> {
    let passed = nanoseconds(before.read, now.read);
    let used = used(now.cpu_stats.as_ref()?)?.saturating_sub(used(before.cpu_stats.as_ref()?)?);
    (passed > 0).then(|| ratio(used, passed) * 100.0)
}

fn used(cpu: &Processors) -> Option<u64> {
    cpu.cpu_usage.as_ref()?.total_usage
}

/// Engines of old count only by processor.
fn processors(cpu: &Processors) -> Option<u64> {
    let by_processor = || {
        let counters = cpu.cpu_usage.as_ref()?.percpu_usage.as_ref()?;
        u64::try_from(counters.len()).ok()
    };
    cpu.online_cpus.filter(|count| *count > 0).or_else(by_processor).filter(|count| *count > 0)
}

/// Without files that were not used for a while: the kernel drops them when it needs the memory.
fn without_cache(memory: &Memory) -> Option<u64> {
    let usage = memory.usage?;
    let detail = memory.stats.as_ref();
    let inactive = |bytes: Option<u64>| bytes.filter(|bytes| *bytes < usage);
    let cache = inactive(detail.and_then(|detail| detail.total_inactive_file))
        .or_else(|| inactive(detail.and_then(|detail| detail.inactive_file)));
    Some(usage - cache.unwrap_or(0))
}

/// Bytes read and written, summed over disks; the words are `Read` and `Write` or, on cgroup v2, in lower case.
fn blocks(stats: &Sample) -> (Option<u64>, Option<u64>) {
    let entries =
        stats.blkio_stats.as_ref().and_then(|blkio| blkio.io_service_bytes_recursive.as_ref());
    let Some(entries) = entries else { return (None, None) };
    let sum = |first: char| {
        let of_kind = entries
            .iter()
            .filter(|entry| entry.op.starts_with([first, first.to_ascii_uppercase()]));
        of_kind.fold(0_u64, |sum, entry| sum.saturating_add(entry.value))
    };
    (Some(sum('r')), Some(sum('w')))
}

fn storage(storage: Option<&Storage>) -> (Option<u64>, Option<u64>) {
    storage.map_or((None, None), |storage| (storage.read_size_bytes, storage.write_size_bytes))
}

fn nanoseconds(from: Timestamp, until: Timestamp) -> u64 {
    u64::try_from(until.duration_since(from).as_nanos()).unwrap_or(0)
}

/// SQL's largest integer is half of the engine's: counters beyond are no counts, but -1 or an underflow.
fn whole(number: u64) -> Option<i64> {
    i64::try_from(number).ok()
}

fn ratio(part: u64, whole: u64) -> f64 {
    float(part) / float(whole)
}

#[expect(clippy::cast_precision_loss, reason = "a percentage needs no more than 53 bits")]
fn float(number: u64) -> f64 {
    number as f64
}

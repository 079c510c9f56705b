//! What the counters of a container mean: shares of processor and memory, sums over networks and disks, computed as
//! `docker stats` does. It must not know how the counters were asked for.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// A sample of the counters; what an engine does not count is left out or null.
#[derive(Debug, Deserialize)]
pub(super) struct Stats {
    #[serde(deserialize_with = "moment")]
    read: Timestamp,
    #[serde(default, deserialize_with = "moment_if_any")]
    preread: Option<Timestamp>,
    num_procs: Option<u64>,
    cpu_stats: Option<Cpu>,
    precpu_stats: Option<Cpu>,
    memory_stats: Option<Memory>,
    networks: Option<BTreeMap<String, Network>>,
    blkio_stats: Option<Blkio>,
    storage_stats: Option<Storage>,
    pids_stats: Option<Pids>,
}

#[derive(Debug, Deserialize)]
struct Cpu {
    cpu_usage: Option<CpuUsage>,
    system_cpu_usage: Option<u64>,
    online_cpus: Option<u64>,
    throttling_data: Option<Throttling>,
}

#[derive(Debug, Deserialize)]
struct CpuUsage {
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

impl Stats {
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
pub(super) struct Usage {
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

impl Usage {
    /// `before` is a sample of our own from a while ago, for engines that send one sample only.
    pub(super) fn new(stats: &Stats, before: Option<&Stats>, is_windows: bool) -> Self {
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

    fn take_cpu(&mut self, cpu: &Cpu) {
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
fn cpu_percent(stats: &Stats) -> Option<f64> {
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
fn cpu_percent_windows(stats: &Stats) -> Option<f64> {
    let before = stats.preread.filter(|before| is_set(*before))?;
    let possible = nanoseconds(before, stats.read) / 100 * stats.num_procs?;
    let used = used(stats.cpu_stats.as_ref()?)?.saturating_sub(used(stats.precpu_stats.as_ref()?)?);
    Some(if possible == 0 { 0.0 } else { ratio(used, possible) * 100.0 })
}

/// Time of the container by the time that passed between two samples. Nothing if they are one and the same, as in a
/// recording that has only one.
fn cpu_percent_between(before: &Stats, now: &Stats) -> Option<f64> {
    let passed = nanoseconds(before.read, now.read);
    let used = used(now.cpu_stats.as_ref()?)?.saturating_sub(used(before.cpu_stats.as_ref()?)?);
    (passed > 0).then(|| ratio(used, passed) * 100.0)
}

fn used(cpu: &Cpu) -> Option<u64> {
    cpu.cpu_usage.as_ref()?.total_usage
}

/// Engines of old count only by processor.
fn processors(cpu: &Cpu) -> Option<u64> {
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
fn blocks(stats: &Stats) -> (Option<u64>, Option<u64>) {
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn usage(mut stats: Value, is_windows: bool) -> Value {
        if stats["read"].is_null() {
            stats["read"] = json!("2026-01-01T00:00:00Z");
        }
        let stats: Stats = serde_json::from_value(stats).unwrap();
        serde_json::to_value(Usage::new(&stats, None, is_windows)).unwrap()
    }

    fn cpu(total: u64, system: u64, more: Value) -> Value {
        let mut cpu = json!({"cpu_usage": {"total_usage": total}, "system_cpu_usage": system});
        for (name, value) in more.as_object().unwrap() {
            cpu[name] = value.clone();
        }
        cpu
    }

    #[test]
    fn the_cpu_share_is_that_of_docker_stats() {
        let two = json!({"online_cpus": 2});
        let by_processor =
            json!({"cpu_usage": {"total_usage": 150, "percpu_usage": [75, 75, 0, 0]}});
        for (name, now, before, expected) in [
            (
                "half of one of two",
                cpu(150, 1200, two.clone()),
                cpu(100, 1000, json!({})),
                json!(50.0),
            ),
            ("idle", cpu(100, 1200, two.clone()), cpu(100, 1000, json!({})), json!(0.0)),
            (
                "a counter that went back",
                cpu(50, 1200, two.clone()),
                cpu(100, 1000, json!({})),
                json!(0.0),
            ),
            ("no time passed", cpu(150, 1000, two.clone()), cpu(100, 1000, json!({})), json!(0.0)),
            (
                "processors counted",
                cpu(150, 1200, by_processor),
                cpu(100, 1000, json!({})),
                json!(100.0),
            ),
            (
                "processors unknown",
                cpu(150, 1200, json!({})),
                cpu(100, 1000, json!({})),
                json!(null),
            ),
            (
                "one sample",
                cpu(150, 1200, two.clone()),
                json!({"cpu_usage": {"total_usage": 0}}),
                json!(null),
            ),
            (
                "one sample, in zeros",
                cpu(150, 1200, two.clone()),
                cpu(0, 0, json!({})),
                json!(null),
            ),
            ("nothing", json!({}), json!({}), json!(null)),
        ] {
            let stats = json!({"cpu_stats": now, "precpu_stats": before});
            assert_eq!(usage(stats, false)["cpu_percent"], expected, "{name}");
        }
    }

    #[test]
    fn windows_counts_in_intervals_of_100_ns() {
        let stats = |preread: &str| {
            json!({
                "read": "2026-01-01T00:00:01Z", "preread": preread, "num_procs": 2,
                "cpu_stats": cpu(5_000_000, 0, json!({})), "precpu_stats": cpu(0, 0, json!({})),
                "memory_stats": {"privateworkingset": 7, "usage": 9, "commitbytes": 9},
                "storage_stats": {"read_size_bytes": 3, "write_size_bytes": 4},
            })
        };
        let usage = |preread| usage(stats(preread), true);
        let row = usage("2026-01-01T00:00:00Z");
        assert_eq!(row["cpu_percent"], json!(25.0));
        assert_eq!(row["memory_usage"], json!(7));
        assert_eq!(row["memory_percent"], json!(null));
        assert_eq!([&row["block_read_bytes"], &row["block_write_bytes"]], [&json!(3), &json!(4)]);
        assert_eq!(usage("2026-01-01T00:00:01Z")["cpu_percent"], json!(0.0));
        assert_eq!(usage("0001-01-01T00:00:00Z")["cpu_percent"], json!(null));
    }

    #[test]
    fn two_samples_of_ours_are_compared_by_the_clock() {
        let sample = |read: &str, total: u64| -> Stats {
            serde_json::from_value(json!({"read": read, "cpu_stats": cpu(total, 1, json!({}))}))
                .unwrap()
        };
        let before = sample("2026-01-01T00:00:00Z", 1_000_000_000);
        for (now, expected) in [
            (sample("2026-01-01T00:00:02Z", 2_000_000_000), Some(50.0)),
            (sample("2026-01-01T00:00:02Z", 1_000_000_000), Some(0.0)),
            (sample("2026-01-01T00:00:00Z", 1_000_000_000), None),
        ] {
            assert_eq!(Usage::new(&now, Some(&before), false).cpu_percent, expected);
        }
    }

    #[test]
    fn memory_is_counted_without_inactive_files() {
        for (name, memory, used, percent) in [
            (
                "cgroup v1",
                json!({"usage": 100, "limit": 200, "stats": {"total_inactive_file": 50, "inactive_file": 1}}),
                json!(50),
                json!(25.0),
            ),
            (
                "cgroup v2",
                json!({"usage": 100, "limit": 200, "stats": {"inactive_file": 20}}),
                json!(80),
                json!(40.0),
            ),
            (
                "more cache than use",
                json!({"usage": 100, "limit": 200, "stats": {"total_inactive_file": 100}}),
                json!(100),
                json!(50.0),
            ),
            ("Podman", json!({"usage": 100, "limit": 200, "stats": null}), json!(100), json!(50.0)),
            ("no limit", json!({"usage": 100, "limit": 0}), json!(100), json!(null)),
            ("not accounted", json!({}), json!(null), json!(null)),
        ] {
            let row = usage(json!({"memory_stats": memory}), false);
            assert_eq!([&row["memory_usage"], &row["memory_percent"]], [&used, &percent], "{name}");
        }
    }

    #[test]
    fn networks_and_disks_are_summed() {
        let stats = json!({
            "networks": {"eth0": {"rx_bytes": 1, "tx_bytes": 2, "rx_dropped": 1}, "eth1": {"rx_bytes": 10, "tx_bytes": 20}},
            "blkio_stats": {"io_service_bytes_recursive": [
                {"major": 8, "minor": 0, "op": "Read", "value": 5}, {"major": 8, "minor": 16, "op": "read", "value": 6},
                {"major": 8, "minor": 0, "op": "write", "value": 7}, {"major": 8, "minor": 0, "op": "Total", "value": 12},
                {"major": 8, "minor": 0, "op": "", "value": 1},
            ]},
            "pids_stats": {"current": 3, "limit": u64::MAX},
        });
        let row = usage(stats, false);
        for (column, expected) in [
            ("network_rx_bytes", json!(11)),
            ("network_tx_bytes", json!(22)),
            ("network_rx_dropped", json!(1)),
            ("network_tx_errors", json!(null)),
            ("block_read_bytes", json!(11)),
            ("block_write_bytes", json!(7)),
            ("pids", json!(3)),
            ("pids_limit", json!(null)),
        ] {
            assert_eq!(row[column], expected, "{column}");
        }
        let nothing = usage(
            json!({"networks": null, "blkio_stats": {"io_service_bytes_recursive": null}}),
            false,
        );
        assert!(nothing.as_object().unwrap().values().all(Value::is_null), "{nothing}");
    }

    #[test]
    fn counters_that_were_never_read_are_those_of_a_stopped_container() {
        for (stats, expected) in [
            (json!({"read": "0001-01-01T00:00:00Z"}), true),
            (json!({"read": "2026-01-01T00:00:00Z"}), false),
        ] {
            assert_eq!(serde_json::from_value::<Stats>(stats).unwrap().is_empty(), expected);
        }
        assert!(serde_json::from_str::<Stats>("{}").is_err(), "unknown is not the same as never");
    }
}

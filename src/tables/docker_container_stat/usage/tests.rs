//! Cases for every formula.

use serde_json::{Value, json};

use super::*;

fn usage(mut stats: Value, is_windows: bool) -> Value {
    if stats["read"].is_null() {
        stats["read"] = json!("2026-01-01T00:00:00Z");
    }
    let stats: Sample = serde_json::from_value(stats).unwrap();
    serde_json::to_value(Row::new(&stats, None, is_windows)).unwrap()
}

fn cpu(total: u64, system: u64, more: &Value) -> Value {
    let mut cpu = json!({"cpu_usage": {"total_usage": total}, "system_cpu_usage": system});
    for (name, value) in more.as_object().unwrap() {
        cpu[name] = value.clone();
    }
    cpu
}

#[test]
fn the_cpu_share_is_that_of_docker_stats() {
    let two = json!({"online_cpus": 2});
    let by_processor = json!({"cpu_usage": {"total_usage": 150, "percpu_usage": [75, 75, 0, 0]}});
    for (name, now, before, expected) in [
        ("half of one of two", cpu(150, 1200, &two), cpu(100, 1000, &json!({})), json!(50.0)),
        ("idle", cpu(100, 1200, &two), cpu(100, 1000, &json!({})), json!(0.0)),
        ("a counter that went back", cpu(50, 1200, &two), cpu(100, 1000, &json!({})), json!(0.0)),
        ("no time passed", cpu(150, 1000, &two), cpu(100, 1000, &json!({})), json!(0.0)),
        (
            "processors counted",
            cpu(150, 1200, &by_processor),
            cpu(100, 1000, &json!({})),
            json!(100.0),
        ),
        ("processors unknown", cpu(150, 1200, &json!({})), cpu(100, 1000, &json!({})), json!(null)),
        ("one sample", cpu(150, 1200, &two), json!({"cpu_usage": {"total_usage": 0}}), json!(null)),
        ("one sample, in zeros", cpu(150, 1200, &two), cpu(0, 0, &json!({})), json!(null)),
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
            "cpu_stats": cpu(5_000_000, 0, &json!({})), "precpu_stats": cpu(0, 0, &json!({})),
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
    let sample = |read: &str, total: u64| -> Sample {
        serde_json::from_value(json!({"read": read, "cpu_stats": cpu(total, 1, &json!({}))}))
            .unwrap()
    };
    let before = sample("2026-01-01T00:00:00Z", 1_000_000_000);
    for (now, expected) in [
        (sample("2026-01-01T00:00:02Z", 2_000_000_000), Some(50.0)),
        (sample("2026-01-01T00:00:02Z", 1_000_000_000), Some(0.0)),
        (sample("2026-01-01T00:00:00Z", 1_000_000_000), None),
    ] {
        assert_eq!(Row::new(&now, Some(&before), false).cpu_percent, expected);
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
        assert_eq!(serde_json::from_value::<Sample>(stats).unwrap().is_empty(), expected);
    }
    assert!(serde_json::from_str::<Sample>("{}").is_err(), "unknown is not the same as never");
}

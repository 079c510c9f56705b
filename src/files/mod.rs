//! Parsers of the texts that people, engines and hosts write: text in, values out.
//! They must not touch the disk, the network or the process: who calls them reads, and says what stands where.

pub mod accounts;
pub mod audit_log;
pub mod audit_rules;
pub(crate) mod certificate;
pub mod compose;
pub mod containerd_toml;
pub mod daemon_json;
pub mod dockerfile;
pub mod flags;
pub mod login_environment;
pub mod mount_table;
pub(crate) mod object;
pub mod socket_table;
pub mod systemd_unit;
pub mod yaml;

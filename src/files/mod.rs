//! Parsers of the texts that people, engines and hosts write: text in, values out.
//! They must not touch the disk, the network or the process: who calls them reads, and says what stands where.

pub(crate) mod certificate;
pub mod compose;
pub mod dockerfile;
pub mod yaml;
//! Parsers of the texts that people, engines and hosts hold: text in, values out.
//! They must not read anything themselves.

pub(crate) mod certificate;
pub mod dockerfile;

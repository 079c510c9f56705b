//! Parsers of the texts that people, engines and hosts write: text in, values out.
//! They must not touch the disk, the network or the process: who calls them reads, and says what stands where.

pub(crate) mod certificate;
pub mod compose;
pub mod dockerfile;
pub mod yaml;

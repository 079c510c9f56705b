//! Parsers of the files that people write for Docker: text in, values out.
//! They must not touch the disk, the network or the process: who calls them reads, and says what stands where.

pub mod compose;
pub mod dockerfile;
pub mod yaml;

//! Parsers of files: text in, values out.
//! They must not read the disk, and know neither tables nor engines.

pub mod compose;

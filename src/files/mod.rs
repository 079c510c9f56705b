//! Parsers of the files that people write for Docker: text in, values out.
//! It must not know where a text comes from: no file is opened here.

pub mod compose;
pub mod dockerfile;

//! Parsers of the texts that people, engines and hosts hold: text in, values out.
//! They must not read anything themselves.

pub(crate) mod certificate;
pub mod dockerfile;

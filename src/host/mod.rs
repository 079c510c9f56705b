//! Facts of this host, read-only: no shell, no process started, nothing changed.
//! It must not know tables or the engine; everything in it blocks, so it runs on a worker thread.

pub mod pattern;

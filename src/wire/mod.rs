//! gRPC and go-plugin: how a host starts, asks and ends a plugin. Nothing else in the crate speaks them.
//! It must not know what the tables are about.

mod child;
mod connections;
mod convert;
mod execute;
mod handshake;
mod log;
mod plugin;
mod row;
mod serve;
mod sidecar;
mod tls;

pub use handshake::{NOT_A_HOST, started_by_host};
pub use serve::serve;

/// The generated bindings of `proto/`.
#[expect(unreachable_pub, clippy::pedantic, clippy::enum_variant_names, reason = "generated")]
#[allow(dead_code, reason = "rows are encoded by `row`")]
mod proto {
    pub(crate) mod steampipe {
        tonic::include_proto!("proto");
    }
    pub(crate) mod goplugin {
        tonic::include_proto!("plugin");
    }
}

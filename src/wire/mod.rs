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

/// The conditions of a request as it lies on the wire, if it can be read.
#[cfg(any(test, fuzzing))]
pub(crate) fn quals_of_bytes(bytes: &[u8]) -> Option<Vec<crate::sdk::Qual>> {
    let request = <proto::steampipe::ExecuteRequest as prost::Message>::decode(bytes).ok()?;
    convert::quals(request.query_context.unwrap_or_default().quals).ok()
}

//! go-plugin's own services: broker, stdio, controller (protocol section 1.6). Health is tonic's.
//! They must not know the plugin.

use std::pin::Pin;
use std::sync::Arc;

use futures_util::{Stream, StreamExt, stream};
use tokio::sync::Notify;
use tonic::{Request, Response, Status, Streaming};

use super::proto::goplugin::grpc_broker_server::GrpcBroker;
use super::proto::goplugin::grpc_controller_server::GrpcController;
use super::proto::goplugin::grpc_stdio_server::GrpcStdio;
use super::proto::goplugin::{ConnInfo, Empty, StdioData};

type Silence<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Offers nothing, and listens until the client leaves.
pub(super) struct Broker;

#[tonic::async_trait]
impl GrpcBroker for Broker {
    type StartStreamStream = Silence<ConnInfo>;

    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<Self::StartStreamStream>, Status> {
        let offers = request.into_inner().take_while(|offer| std::future::ready(offer.is_ok()));
        Ok(Response::new(Box::pin(offers.filter_map(|_| async { None }))))
    }
}

/// Prints nothing, to any number of listeners.
pub(super) struct Stdio;

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    type StreamStdioStream = Silence<StdioData>;

    async fn stream_stdio(
        &self,
        _: Request<()>,
    ) -> Result<Response<Self::StreamStdioStream>, Status> {
        Ok(Response::new(Box::pin(stream::pending())))
    }
}

/// Ends the process when the host asks for it.
pub(super) struct Controller(pub(super) Arc<Notify>);

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.0.notify_one();
        Ok(Response::new(Empty {}))
    }
}

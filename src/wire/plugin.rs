//! The eleven calls of `proto.WrapperPlugin` (protocol sections 2 and 3).
//! It must not run scans itself: `execute` does.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{Stream, stream};
use tonic::{Request, Response, Status};

use super::connections::Connections;
use super::convert::{self, unknown};
use super::execute::{self, Limits};
use super::handshake::Environment;
use super::proto::steampipe::wrapper_plugin_server::WrapperPlugin;
use super::proto::steampipe::{
    ConnectionConfig, EstablishMessageStreamRequest, ExecuteRequest, ExecuteResponse,
    GetRateLimitersRequest, GetRateLimitersResponse, GetSchemaRequest, GetSchemaResponse,
    GetSupportedOperationsRequest, GetSupportedOperationsResponse, PluginMessage,
    SetAllConnectionConfigsRequest, SetCacheOptionsRequest, SetCacheOptionsResponse,
    SetConnectionCacheOptionsRequest, SetConnectionCacheOptionsResponse,
    SetConnectionConfigRequest, SetConnectionConfigResponse, SetRateLimitersRequest,
    SetRateLimitersResponse, UpdateConnectionConfigsRequest, UpdateConnectionConfigsResponse,
};
use crate::sdk::{self, Limiters};

/// A plugin as hosts call it.
pub(super) struct Service<C: sdk::Connection> {
    plugin: &'static sdk::Plugin<C>,
    connections: Connections<C>,
    limiters: Arc<Limiters>,
    limits: Limits,
    kept: Mutex<Kept>,
}

/// What hosts have set and no scan reads yet.
#[derive(Default)]
struct Kept {
    cache: Option<SetCacheOptionsRequest>,
}

impl<C: sdk::Connection> Service<C> {
    pub(super) fn new(plugin: &'static sdk::Plugin<C>, environment: &Environment) -> Self {
        Self {
            plugin,
            connections: Connections::new(plugin),
            limiters: Arc::new(Limiters::new(plugin.rate_limiters)),
            limits: Limits::new(environment),
            kept: Mutex::default(),
        }
    }
}

type MessageStream<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl<C: sdk::Connection> WrapperPlugin for Service<C> {
    type EstablishMessageStreamStream = MessageStream<PluginMessage>;
    type ExecuteStream = MessageStream<ExecuteResponse>;

    /// The schema never changes, so there is nothing to say.
    async fn establish_message_stream(
        &self,
        _: Request<EstablishMessageStreamRequest>,
    ) -> Result<Response<Self::EstablishMessageStreamStream>, Status> {
        Ok(Response::new(Box::pin(stream::empty())))
    }

    async fn get_schema(
        &self,
        request: Request<GetSchemaRequest>,
    ) -> Result<Response<GetSchemaResponse>, Status> {
        let mut name = request.into_inner().connection;
        if name.is_empty() {
            name = self.connections.only().or_else(|count| match count {
                0 => Ok(name),
                _ => Err(unknown(
                    "Plugin.getSchema failed - no connection name passed and multiple connections loaded",
                )),
            })?;
        }
        // a connection that failed has a schema too: an error here would stop the host's whole refresh
        if self.connections.get(&name).is_none() {
            return Err(unknown(format!(
                "Plugin.getSchema failed - no connection data loaded for connection '{name}'"
            )));
        }
        Ok(Response::new(GetSchemaResponse {
            // made anew: it is asked for a few times, and would lie in memory for ever
            schema: Some(convert::schema(self.plugin)),
            rate_limiters: Vec::new(),
        }))
    }

    async fn execute(
        &self,
        request: Request<ExecuteRequest>,
    ) -> Result<Response<Self::ExecuteStream>, Status> {
        execute::execute(
            self.plugin,
            &self.connections,
            &self.limiters,
            self.limits,
            request.into_inner(),
        )
    }

    async fn set_connection_config(
        &self,
        request: Request<SetConnectionConfigRequest>,
    ) -> Result<Response<SetConnectionConfigResponse>, Status> {
        let SetConnectionConfigRequest { connection_name, connection_config } =
            request.into_inner();
        let config = ConnectionConfig {
            connection: connection_name,
            config: connection_config,
            ..ConnectionConfig::default()
        };
        match self.connections.set(vec![config]).into_values().next() {
            Some(error) => Err(unknown(error)),
            None => Ok(Response::new(SetConnectionConfigResponse::default())),
        }
    }

    async fn set_all_connection_configs(
        &self,
        request: Request<SetAllConnectionConfigsRequest>,
    ) -> Result<Response<SetConnectionConfigResponse>, Status> {
        let failed_connections = self.connections.set(request.into_inner().configs);
        Ok(Response::new(SetConnectionConfigResponse { failed_connections }))
    }

    async fn update_connection_configs(
        &self,
        request: Request<UpdateConnectionConfigsRequest>,
    ) -> Result<Response<UpdateConnectionConfigsResponse>, Status> {
        let UpdateConnectionConfigsRequest { added, deleted, changed } = request.into_inner();
        let failed_connections = self.connections.update(&deleted, added, changed);
        Ok(Response::new(UpdateConnectionConfigsResponse { failed_connections }))
    }

    /// All true, or hosts refuse the plugin or skip calls.
    async fn get_supported_operations(
        &self,
        _: Request<GetSupportedOperationsRequest>,
    ) -> Result<Response<GetSupportedOperationsResponse>, Status> {
        Ok(Response::new(GetSupportedOperationsResponse {
            query_cache: true,
            multiple_connections: true,
            message_stream: true,
            set_cache_options: true,
            rate_limiters: true,
        }))
    }

    async fn set_cache_options(
        &self,
        request: Request<SetCacheOptionsRequest>,
    ) -> Result<Response<SetCacheOptionsResponse>, Status> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).cache = Some(request.into_inner());
        Ok(Response::new(SetCacheOptionsResponse {}))
    }

    async fn set_rate_limiters(
        &self,
        request: Request<SetRateLimitersRequest>,
    ) -> Result<Response<SetRateLimitersResponse>, Status> {
        let definitions = request.into_inner().definitions;
        let definitions = definitions.into_iter().map(convert::limiter_from_host).collect();
        match self.limiters.set(definitions) {
            Ok(()) => Ok(Response::new(SetRateLimitersResponse {})),
            Err(error) => Err(unknown(error.to_string())),
        }
    }

    /// Those the plugin defines, whatever the user sets.
    async fn get_rate_limiters(
        &self,
        _: Request<GetRateLimitersRequest>,
    ) -> Result<Response<GetRateLimitersResponse>, Status> {
        let definitions = self.plugin.rate_limiters.iter().map(convert::limiter_to_host).collect();
        Ok(Response::new(GetRateLimitersResponse { definitions }))
    }

    /// Clears a connection's memo cache; there is none to clear.
    async fn set_connection_cache_options(
        &self,
        _: Request<SetConnectionCacheOptionsRequest>,
    ) -> Result<Response<SetConnectionCacheOptionsResponse>, Status> {
        Ok(Response::new(SetConnectionCacheOptionsResponse {}))
    }
}

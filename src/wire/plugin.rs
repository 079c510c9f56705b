//! The eleven calls of `proto.WrapperPlugin` (protocol sections 2 and 3).
//! It must not run scans itself: `execute` does.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::{Stream, stream};
use tonic::{Request, Response, Status};

use super::connections::{Change, Connections, Entry};
use super::convert::{self, unknown};
use super::execute::{self, Limits, Shared};
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
use super::row::EncodedRow;
use crate::sdk::cache::{Cache, Moment, Options};
use crate::sdk::{self, Limiters, Memory};

/// How often rows that are too old are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(10);

/// A plugin as hosts call it.
pub(super) struct Service<C: sdk::Connection> {
    plugin: &'static sdk::Plugin<C>,
    connections: Connections<C>,
    shared: Shared,
}

impl<C: sdk::Connection> Service<C> {
    pub(super) fn new(plugin: &'static sdk::Plugin<C>, environment: &Environment) -> Self {
        let cache = Arc::new(Cache::new(environment.get("GOMEMLIMIT").and_then(Memory::parse)));
        tokio::spawn(sweep(Arc::downgrade(&cache)));
        let limiters = Arc::new(Limiters::new(plugin.rate_limiters));
        let shared = Shared { cache, limiters, limits: Limits::new(environment) };
        Self { plugin, connections: Connections::new(plugin), shared }
    }

    /// Sets connections up; rows of those that are no more are let go.
    fn connect(&self, change: Change) -> BTreeMap<String, String> {
        for number in change.gone {
            self.shared.cache.forget(number);
        }
        change.failures
    }
}

/// Lets rows go when nobody may be given them any more, though nobody asks.
async fn sweep(cache: Weak<Cache<EncodedRow>>) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        let Some(cache) = cache.upgrade() else { return };
        cache.sweep(Moment::now());
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
        execute::execute(self.plugin, &self.connections, &self.shared, request.into_inner())
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
        match self.connect(self.connections.set(vec![config])).into_values().next() {
            Some(error) => Err(unknown(error)),
            None => Ok(Response::new(SetConnectionConfigResponse::default())),
        }
    }

    async fn set_all_connection_configs(
        &self,
        request: Request<SetAllConnectionConfigsRequest>,
    ) -> Result<Response<SetConnectionConfigResponse>, Status> {
        let SetAllConnectionConfigsRequest { configs, max_cache_size_mb } = request.into_inner();
        // hosts that know no SetCacheOptions say it here
        if max_cache_size_mb >= 0 {
            let largest = megabytes(max_cache_size_mb);
            self.shared.cache.set_options(Options { enabled: true, longest: None, largest });
        }
        let failed_connections = self.connect(self.connections.set(configs));
        Ok(Response::new(SetConnectionConfigResponse { failed_connections }))
    }

    async fn update_connection_configs(
        &self,
        request: Request<UpdateConnectionConfigsRequest>,
    ) -> Result<Response<UpdateConnectionConfigsResponse>, Status> {
        let UpdateConnectionConfigsRequest { added, deleted, changed } = request.into_inner();
        let failed_connections = self.connect(self.connections.update(&deleted, added, changed));
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
        let SetCacheOptionsRequest { enabled, ttl, max_size_mb } = request.into_inner();
        let longest = u64::try_from(ttl).ok().filter(|&seconds| seconds > 0);
        let longest = longest.map(Duration::from_secs);
        self.shared.cache.set_options(Options {
            enabled,
            longest,
            largest: megabytes(max_size_mb),
        });
        Ok(Response::new(SetCacheOptionsResponse {}))
    }

    async fn set_rate_limiters(
        &self,
        request: Request<SetRateLimitersRequest>,
    ) -> Result<Response<SetRateLimitersResponse>, Status> {
        let definitions = request.into_inner().definitions;
        let definitions = definitions.into_iter().map(convert::limiter_from_host).collect();
        match self.shared.limiters.set(definitions) {
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

    /// Makes a connection forget what it remembers between queries; cached rows stay (section 6).
    async fn set_connection_cache_options(
        &self,
        request: Request<SetConnectionCacheOptionsRequest>,
    ) -> Result<Response<SetConnectionCacheOptionsResponse>, Status> {
        let name = request.into_inner().clear_cache_for_connection;
        if let Some(Entry::Ready(connection, _)) = self.connections.get(&name) {
            connection.forget();
        }
        Ok(Response::new(SetConnectionCacheOptionsResponse {}))
    }
}

/// Bytes; none for no limit.
fn megabytes(count: i64) -> Option<usize> {
    let count = usize::try_from(count).ok().filter(|&count| count > 0)?;
    Some(count.saturating_mul(1 << 20))
}

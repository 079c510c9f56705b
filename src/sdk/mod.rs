//! What any Steampipe plugin needs: how tables are declared, what a query asks of them, how a scan runs.
//! It knows neither Docker nor gRPC: a plugin brings the connection type `C`, the wire brings the requests.
//!
//! A whole plugin, and a scan of its only table:
//!
//! ```
//! use futures_util::stream;
//! use steampipe_plugin_docker::sdk::{
//!     Cell, Connection, Hydrate, List, Query, Reply, Request, Row, Rows, Scan, Table, int, text,
//! };
//!
//! /// What a connection of this plugin holds: usually a client.
//! struct Shop;
//!
//! impl Connection for Shop {
//!     fn concurrency(&self) -> usize {
//!         8
//!     }
//! }
//!
//! static TABLE: Table<Shop> = Table {
//!     name: "shop_item",
//!     description: "Things that the shop sells.",
//!     list: List { name: "listItem", call: list },
//!     get: None,
//!     columns: &[
//!         text("id", "/id", "Its number.").key(),
//!         int("price", "/price/cents", "Its price in cents; takes one more call an item.").from(&DETAIL),
//!     ],
//! };
//!
//! static DETAIL: Hydrate<Shop> = Hydrate { name: "getDetail", key: "/id", call: detail };
//!
//! fn list<'a>(_: &'a Shop, _: &'a Query) -> Rows<'a> {
//!     Box::pin(stream::iter([Ok(r#"{"id":"a"}"#.into()), Ok(r#"{"id":"b"}"#.into())]))
//! }
//!
//! fn detail<'a>(_: &'a Shop, id: &'a str) -> Reply<'a> {
//!     Box::pin(async move { Ok(format!(r#"{{"price":{{"cents":{}}}}}"#, id.len() * 5).into()) })
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let columns = vec!["id".to_owned(), "price".to_owned()];
//! let scan = Scan::new(&TABLE, Request { columns, max_concurrency: 8, ..Request::default() });
//! let (sender, mut rows) = tokio::sync::mpsc::channel::<Row>(8);
//! scan.run(&Shop, &sender).await.unwrap();
//! assert_eq!(rows.recv().await.unwrap().cells, [Cell::Text("a".into()), Cell::Int(5)]);
//! assert_eq!(scan.hydrate_calls(), 2);
//! # }
//! ```

pub mod cache;
mod cell;
pub mod check;
pub mod config;
pub mod docs;
mod error;
mod in_order;
mod limiter;
mod memory;
mod pick;
mod plugin;
mod qual;
mod query;
mod scan;
mod table;

pub use cell::{Cell, ColumnType, Timestamp};
pub use error::Error;
pub use limiter::{Definition, Limiter, Limiters, Throttle};
pub use memory::Memory;
#[cfg(any(test, fuzzing))]
pub(crate) use pick::Picker;
pub use pick::elements;
pub use plugin::{Connection, Plugin};
pub use qual::{Operator, Qual, Value, matches_text};
pub use query::Query;
pub use scan::{CallRecord, Request, Row, Scan, Sink};
pub use table::{
    Call, Column, Filter, Get, Hydrate, Key, List, Listed, Reply, Rewrite, Rows, Table, double,
    flag, int, json, text, time, unix_time,
};

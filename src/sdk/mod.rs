//! What any Steampipe plugin needs: how tables are declared, what a query asks of them, how a scan runs.
//! It knows neither Docker nor gRPC: a plugin brings the connection type `C`, the wire brings the requests.

mod cell;
pub mod check;
pub mod config;
pub mod docs;
mod error;
mod pick;
mod plugin;
mod qual;
mod query;
mod scan;
mod table;

pub use cell::{Cell, ColumnType, Timestamp};
pub use error::Error;
pub use pick::elements;
pub use plugin::{Connection, Plugin};
pub use qual::{Operator, Qual, Value, matches_text};
pub use query::Query;
pub use scan::{CallRecord, Request, Row, Scan};
pub use table::{
    Call, Column, Filter, Get, Hydrate, List, Reply, Rewrite, Rows, Table, double, flag, int, json,
    text, time, unix_time,
};

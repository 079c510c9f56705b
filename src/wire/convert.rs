//! Between the wire's messages and the SDK's types (protocol sections 2 and 4.3).
//! It must not decide anything.

use std::collections::BTreeMap;

use prost_types::Timestamp;
use tonic::Status;

use super::proto::steampipe as wire;
use super::proto::steampipe::column::Value as ColumnValue;
use super::proto::steampipe::qual_value::Value as QualValue;
use crate::sdk::{
    Cell, Column, ColumnType, Definition, Key, Limiter, Operator, Plugin, Qual, Table, Value,
};

/// What `sp_connection_name` can be compared by.
const CONNECTION_OPERATORS: [&str; 6] = ["=", "<>", "~~", "~~*", "!~~", "!~~*"];
/// The SDK whose protocol this is.
pub(super) const SDK_VERSION: &str = "5.14.0";
const PROTOCOL_VERSION: i64 = 20_220_201;
/// A longer message would not fit a header frame that every host accepts.
const LONGEST_MESSAGE: usize = 7 * 1024;

/// The whole schema, the same for every connection.
pub(super) fn schema<C: crate::sdk::Connection>(plugin: &Plugin<C>) -> wire::Schema {
    wire::Schema {
        schema: plugin
            .tables
            .iter()
            .map(|table| (table.name.to_owned(), table_schema(table)))
            .collect(),
        sdk_version: SDK_VERSION.to_owned(),
        protocol_version: PROTOCOL_VERSION,
        mode: "static".to_owned(),
    }
}

fn table_schema<C>(table: &Table<C>) -> wire::TableSchema {
    let context = [
        ("sp_connection_name", wire::ColumnType::String, "Steampipe connection name."),
        ("sp_ctx", wire::ColumnType::Json, "Steampipe context in JSON form."),
        ("_ctx", wire::ColumnType::Json, "Steampipe context in JSON form."),
    ];
    let context = context.map(|(name, column_type, description)| wire::ColumnDefinition {
        name: name.to_owned(),
        r#type: column_type.into(),
        description: description.to_owned(),
        ..wire::ColumnDefinition::default()
    });
    let key = |name: &str, operators: &[&str], require: &str, cache_match: &str| wire::KeyColumn {
        name: name.to_owned(),
        operators: operators.iter().map(|&operator| operator.to_owned()).collect(),
        require: require.to_owned(),
        cache_match: cache_match.to_owned(),
    };
    let connection = key("sp_connection_name", &CONNECTION_OPERATORS, "optional", "");
    let keys = table.columns.iter().filter(|column| column.key != Key::No).map(|column| {
        let require = if column.required { "required" } else { "optional" };
        let cache_match = if column.exact { "exact" } else { "subset" };
        key(column.name, column.key.operators(), require, cache_match)
    });
    let get = table.get.iter().map(|get| {
        let is_exact = table.column(get.column).is_some_and(|column| column.exact);
        key(get.column, &["="], "required", if is_exact { "exact" } else { "subset" })
    });
    wire::TableSchema {
        columns: table.columns.iter().map(column_definition).chain(context).collect(),
        description: table.description.to_owned(),
        get_call_key_column_list: get.chain([connection.clone()]).collect(),
        list_call_key_column_list: keys.chain([connection]).collect(),
    }
}

fn column_definition<C>(column: &Column<C>) -> wire::ColumnDefinition {
    let column_type = match column.column_type {
        ColumnType::Bool => wire::ColumnType::Bool,
        ColumnType::Int => wire::ColumnType::Int,
        ColumnType::Double => wire::ColumnType::Double,
        ColumnType::Text => wire::ColumnType::String,
        ColumnType::Json => wire::ColumnType::Json,
        ColumnType::Timestamp => wire::ColumnType::Timestamp,
    };
    wire::ColumnDefinition {
        name: column.name.to_owned(),
        r#type: column_type.into(),
        description: column.description.to_owned(),
        hydrate: column.from.map_or_else(String::new, |call| call.name.to_owned()),
        ..wire::ColumnDefinition::default()
    }
}

/// The conditions of a query; one without an operator is a broken request.
pub(super) fn quals(quals: BTreeMap<String, wire::Quals>) -> Result<Vec<Qual>, Status> {
    let quals = quals.into_iter().flat_map(|(column, quals)| {
        quals.quals.into_iter().map(move |qual| (column.clone(), qual))
    });
    quals
        .map(|(column, qual)| match qual.operator {
            Some(wire::qual::Operator::StringValue(operator)) => Ok(Qual {
                column,
                operator: Operator::parse(&operator),
                value: qual.value.map_or(Value::Unknown, value),
            }),
            Some(wire::qual::Operator::TupleValue(_)) => {
                Ok(Qual { column, operator: Operator::Other, value: Value::Unknown })
            }
            None => {
                Err(Status::unknown(format!("the condition on column '{column}' has no operator")))
            }
        })
        .collect()
}

fn value(value: wire::QualValue) -> Value {
    match value.value {
        Some(QualValue::StringValue(text)) => Value::Text(text),
        Some(QualValue::Int64Value(int)) => Value::Int(int),
        Some(QualValue::DoubleValue(double)) => Value::Double(double),
        Some(QualValue::BoolValue(flag)) => Value::Bool(flag),
        Some(QualValue::TimestampValue(at)) => {
            Value::Timestamp(crate::sdk::Timestamp { seconds: at.seconds, nanos: at.nanos })
        }
        Some(QualValue::ListValue(list)) => {
            Value::List(list.values.into_iter().map(self::value).collect())
        }
        Some(QualValue::InetValue(_) | QualValue::JsonbValue(_) | QualValue::LtreeValue(_))
        | None => Value::Unknown,
    }
}

/// The value that a column holds; none for kinds that are never sent.
pub(super) fn cell(column: wire::Column) -> Option<Cell> {
    Some(match column.value? {
        ColumnValue::NullValue(_) => Cell::Null,
        ColumnValue::BoolValue(flag) => Cell::Bool(flag),
        ColumnValue::IntValue(int) => Cell::Int(int),
        ColumnValue::DoubleValue(double) => Cell::Double(double),
        ColumnValue::StringValue(text) => Cell::Text(text),
        ColumnValue::JsonValue(json) => Cell::Json(json),
        ColumnValue::TimestampValue(at) => {
            Cell::Timestamp(crate::sdk::Timestamp { seconds: at.seconds, nanos: at.nanos })
        }
        _ => return None,
    })
}

/// A value in the field that its type demands.
pub(super) fn column(cell: Cell) -> wire::Column {
    let value = match cell {
        Cell::Null => ColumnValue::NullValue(wire::NullValue::NullValue.into()),
        Cell::Bool(flag) => ColumnValue::BoolValue(flag),
        Cell::Int(int) => ColumnValue::IntValue(int),
        Cell::Double(double) => ColumnValue::DoubleValue(double),
        Cell::Text(text) => ColumnValue::StringValue(text),
        Cell::Json(json) => ColumnValue::JsonValue(json),
        Cell::Timestamp(at) => {
            ColumnValue::TimestampValue(Timestamp { seconds: at.seconds, nanos: at.nanos })
        }
    };
    wire::Column { value: Some(value) }
}

/// An error for the user: hosts cut the prefix of this code only.
pub(super) fn unknown(message: impl Into<String>) -> Status {
    Status::unknown(shorten(message.into()))
}

/// An error of ours.
pub(super) fn internal(message: impl Into<String>) -> Status {
    Status::internal(shorten(message.into()))
}

fn shorten(mut message: String) -> String {
    if message.len() > LONGEST_MESSAGE {
        let end =
            (0..=LONGEST_MESSAGE).rev().find(|&end| message.is_char_boundary(end)).unwrap_or(0);
        message.truncate(end);
        message.push('…');
    }
    message
}

/// A rate limiter that the user defines.
pub(super) fn limiter_from_host(definition: wire::RateLimiterDefinition) -> Definition {
    let wire::RateLimiterDefinition {
        name,
        fill_rate,
        bucket_size,
        max_concurrency,
        scope,
        r#where: filter,
    } = definition;
    Definition { name, fill_rate, bucket_size, max_concurrency, scope, filter }
}

/// A rate limiter that the plugin defines.
pub(super) fn limiter_to_host(limiter: &Limiter) -> wire::RateLimiterDefinition {
    let Definition { name, fill_rate, bucket_size, max_concurrency, scope, filter } =
        limiter.into();
    wire::RateLimiterDefinition {
        name,
        fill_rate,
        bucket_size,
        max_concurrency,
        scope,
        r#where: filter,
    }
}

//! A row as it goes over the wire, encoded once: sent, and kept by the cache, as these bytes (protocol section 4.3).
//! It must not know what columns mean.

use bytes::{BufMut, Bytes, BytesMut};
use prost::{Message, decode_length_delimiter, encode_length_delimiter, length_delimiter_len};

use super::convert;
use super::proto::steampipe::Column;
use crate::sdk::cache::Weight;
use crate::sdk::{Cell, Qual};

/// The keys of the fields 1 and 2 where they hold bytes, a text or a message: `Row.columns`, and key and value of its
/// entries.
const FIRST: u8 = 0x0a;
const SECOND: u8 = 0x12;
/// What the handle of a row takes besides its bytes.
const HANDLE: usize = size_of::<EncodedRow>() + 32;

/// A `Row`, encoded.
#[derive(Debug, Clone)]
pub(super) struct EncodedRow(pub(super) Bytes);

impl Weight for EncodedRow {
    fn weight(&self) -> usize {
        self.0.len() + HANDLE
    }
}

impl EncodedRow {
    /// Encodes the columns, in this order.
    pub(super) fn new<'n>(columns: impl Iterator<Item = (&'n str, Cell)>) -> Self {
        let columns: Vec<_> = columns
            .map(|(name, cell)| {
                let column = convert::column(cell);
                let value = column.encoded_len();
                let entry = delimited_len(name.len()) + delimited_len(value);
                (name, column, value, entry)
            })
            .collect();
        let length = columns.iter().map(|(_, _, _, entry)| delimited_len(*entry)).sum();
        let mut row = BytesMut::with_capacity(length);
        for (name, column, value, entry) in columns {
            put_key(&mut row, FIRST, entry);
            put_key(&mut row, FIRST, name.len());
            row.put_slice(name.as_bytes());
            put_key(&mut row, SECOND, value);
            // there is room for all of it
            let _ = column.encode(&mut row);
        }
        Self(row.freeze())
    }

    /// False if a condition rules the row out; one on a column that is not in the row rules nothing out.
    pub(super) fn may_satisfy(&self, quals: &[Qual]) -> bool {
        quals.iter().all(|qual| {
            let cell = self.column(&qual.column).and_then(convert::cell);
            cell.is_none_or(|cell| qual.matches(&cell) != Some(false))
        })
    }

    fn column(&self, name: &str) -> Option<Column> {
        let mut row = &self.0[..];
        while !row.is_empty() {
            let mut entry = take(&mut row, FIRST)?;
            let is_it = take(&mut entry, FIRST)? == name.as_bytes();
            if is_it {
                return Column::decode(take(&mut entry, SECOND)?).ok();
            }
        }
        None
    }
}

fn delimited_len(length: usize) -> usize {
    1 + length_delimiter_len(length) + length
}

fn put_key(row: &mut BytesMut, key: u8, length: usize) {
    row.put_u8(key);
    // there is room for all of it
    let _ = encode_length_delimiter(length, row);
}

/// Takes the content of the field with this key off the start.
fn take<'b>(bytes: &mut &'b [u8], key: u8) -> Option<&'b [u8]> {
    let (&found, mut rest) = bytes.split_first()?;
    let length = decode_length_delimiter(&mut rest).ok()?;
    let (content, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    (found == key).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdk::{Operator, Timestamp, Value};
    use crate::wire::proto::steampipe::Row;

    fn cells() -> Vec<(&'static str, Cell)> {
        vec![
            ("null", Cell::Null),
            ("flag", Cell::Bool(false)),
            ("int", Cell::Int(-7)),
            ("double", Cell::Double(1.5)),
            ("text", Cell::Text("é".repeat(200))),
            ("empty", Cell::Text(String::new())),
            ("json", Cell::Json(Bytes::from_static(br#"{"a":1}"#))),
            ("time", Cell::Timestamp(Timestamp { seconds: -5, nanos: 7 })),
        ]
    }

    #[test]
    fn any_reader_of_protocol_buffers_takes_it_for_a_row() {
        let encoded = EncodedRow::new(cells().into_iter());
        let row = Row::decode(encoded.0.clone()).unwrap();
        assert_eq!(row.columns.len(), cells().len());
        for (name, cell) in cells() {
            assert_eq!(row.columns[name], convert::column(cell), "{name}");
        }
        assert_eq!(row.encoded_len(), encoded.0.len());
        assert!(Row::decode(EncodedRow::new(std::iter::empty()).0).unwrap().columns.is_empty());
    }

    #[test]
    fn conditions_are_compared_with_the_columns_it_has() {
        let row = EncodedRow::new(cells().into_iter());
        let satisfies = |column: &str, operator, value| {
            row.may_satisfy(&[Qual { column: column.to_owned(), operator, value }])
        };
        assert!(satisfies("int", Operator::Equal, Value::Int(-7)));
        assert!(!satisfies("int", Operator::Equal, Value::Int(7)));
        assert!(satisfies("other", Operator::Equal, Value::Int(7)));
        assert!(satisfies("null", Operator::IsNull, Value::Unknown));
        assert!(!satisfies("null", Operator::Equal, Value::Int(7)));
        assert!(!satisfies("flag", Operator::Equal, Value::Bool(true)));
        assert!(satisfies("json", Operator::Equal, Value::Int(7)), "nobody here can tell");
    }
}

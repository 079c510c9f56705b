//! The functions that make a digest, a password hash or an identifier.
//! Must not know what is digested.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hcl::Value;
use md5::Md5;
use sha1::Sha1;
use sha2::digest::Output;
use sha2::{Digest, Sha256, Sha512};
use uuid::{Builder, Uuid};

use super::arguments::Arguments;
use super::{Function, Outcome};

pub(super) const FUNCTIONS: &[Function] = functions![
    base64sha256(1),
    base64sha512(1),
    bcrypt(1..2),
    md5(1),
    sha1(1),
    sha256(1),
    sha512(1),
    uuid(0),
    uuidv5(2),
];

/// The cost of a password hash where none is given, or one that is too small for the algorithm.
const DEFAULT_COST: u32 = 10;

fn base64sha256(arguments: Arguments<'_>) -> Outcome {
    Ok(STANDARD.encode(digest::<Sha256>(arguments)?).into())
}

fn base64sha512(arguments: Arguments<'_>) -> Outcome {
    Ok(STANDARD.encode(digest::<Sha512>(arguments)?).into())
}

fn md5(arguments: Arguments<'_>) -> Outcome {
    hexadecimal::<Md5>(arguments)
}

fn sha1(arguments: Arguments<'_>) -> Outcome {
    hexadecimal::<Sha1>(arguments)
}

fn sha256(arguments: Arguments<'_>) -> Outcome {
    hexadecimal::<Sha256>(arguments)
}

fn sha512(arguments: Arguments<'_>) -> Outcome {
    hexadecimal::<Sha512>(arguments)
}

fn digest<D: Digest>(arguments: Arguments<'_>) -> Result<Output<D>, String> {
    Ok(D::digest(arguments.text(0)?.as_bytes()))
}

fn hexadecimal<D: Digest>(arguments: Arguments<'_>) -> Outcome {
    let mut text = String::new();
    for byte in digest::<D>(arguments)? {
        // writing to a string cannot fail
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text.into())
}

fn bcrypt(arguments: Arguments<'_>) -> Outcome {
    let cost = if arguments.count() > 1 { arguments.whole(1)? } else { DEFAULT_COST.into() };
    let cost = match u32::try_from(cost) {
        Ok(cost @ 4..=31) => cost,
        Ok(32..) => return Err(format!("the cost must be from 4 to 31, got {cost}")),
        _ => DEFAULT_COST,
    };
    bcrypt::non_truncating_hash_with_result(arguments.text(0)?.as_bytes(), cost)
        .map(|hash| hash.format_for_version(bcrypt::Version::TwoA).into())
        .map_err(|error| format!("cannot hash: {error}"))
}

#[expect(clippy::unnecessary_wraps, reason = "every function answers an outcome")]
fn uuid(_: Arguments<'_>) -> Outcome {
    Ok(Uuid::new_v4().to_string().into())
}

fn uuidv5(arguments: Arguments<'_>) -> Outcome {
    let namespace = arguments.text(0)?;
    let namespace = match namespace.as_ref() {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        other => Uuid::try_parse(other).map_err(|_| {
            format!("the namespace must be dns, url, oid, x500 or a UUID, not {other:?}")
        })?,
    };
    let hash = Sha1::new().chain_update(namespace).chain_update(arguments.text(1)?.as_bytes());
    let bytes = hash.finalize();
    let bytes = bytes.first_chunk().ok_or("a SHA-1 digest has fewer than 16 bytes")?;
    Ok(Value::from(Builder::from_sha1_bytes(*bytes).into_uuid().to_string()))
}

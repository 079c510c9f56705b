//! When a certificate holds: its PEM text in, two moments out.
//! It must not judge them, nor verify anything.

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Tags of DER, the encoding of certificates.
const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// The time in which a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    /// Its first second.
    pub(crate) from: Timestamp,
    /// Its last second.
    pub(crate) until: Timestamp,
}

/// The validity of the first certificate in a PEM text.
pub(crate) fn validity(pem: &str) -> Result<Validity, String> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes())
        .map_err(|error| format!("there is no certificate in the text: {error}"))?;
    validity_of(&der).ok_or_else(|| "the certificate is not encoded as X.509 says".to_owned())
}

fn validity_of(der: &[u8]) -> Option<Validity> {
    let (certificate, _) = take(der, SEQUENCE)?;
    let (mut fields, _) = take(certificate, SEQUENCE)?;
    if let Some((_, rest)) = take(fields, VERSION) {
        fields = rest;
    }
    // serial number, algorithm of the signature, issuer
    for tag in [INTEGER, SEQUENCE, SEQUENCE] {
        (_, fields) = take(fields, tag)?;
    }
    let (validity, _) = take(fields, SEQUENCE)?;
    let (from, rest) = moment(validity)?;
    let (until, _) = moment(rest)?;
    Some(Validity { from, until })
}

/// The content of the element that the bytes start with, if it has this tag, and the bytes after it.
fn take(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, length], rest) = der.split_first_chunk::<2>()?;
    if found != tag {
        return None;
    }
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(length - 0x80))?;
            (bytes.iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

fn moment(der: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (century, (text, rest)) = match take(der, UTC_TIME) {
        // two digits of the year: those from 50 on are of the last century
        Some(found) => (if found.0.first()? < &b'5' { "20" } else { "19" }, found),
        None => ("", take(der, GENERALIZED_TIME)?),
    };
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let moment = Timestamp::strptime("%Y%m%d%H%M%S%z", format!("{century}{text}+0000")).ok()?;
    Some((moment, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The root of a swarm, which is good for twenty years.
    const ROOT: &str = "-----BEGIN CERTIFICATE-----
MIIBazCCARCgAwIBAgIUNIgySWdcShjohhQaCDUx14Nd3fswCgYIKoZIzj0EAwIw
EzERMA8GA1UEAxMIc3dhcm0tY2EwHhcNMjYxMTI4MDMwMDAwWhcNNDYxMTIzMDMw
MDAwWjATMREwDwYDVQQDEwhzd2FybS1jYTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABHIjLXqLyYHNKOshz3EFiD0v2B6aPytryJEA7vpHyGb8XOKi5ObayIM/cRex
eVivQuZSKEmoshfyx5fxXd6gpH+jQjBAMA4GA1UdDwEB/wQEAwIBBjAPBgNVHRMB
Af8EBTADAQH/MB0GA1UdDgQWBBQKAedYnnUEf9yhGdQCLaz1Fs/I9jAKBggqhkjO
PQQDAgNJADBGAiEAmfK2ecUlxKOlHsTxRnnhl1GvontKmgSSZ1GUj7uR7woCIQDg
YvTgnO7Xm+/Uw306ElIpsZhxhdmCl3GT+w1e1D1vlw==
-----END CERTIFICATE-----
";

    #[test]
    fn a_certificate_tells_from_when_until_when_it_holds() {
        let found = validity(ROOT).unwrap();
        assert_eq!(found.from.to_string(), "2026-11-28T03:00:00Z");
        assert_eq!(found.until.to_string(), "2046-11-23T03:00:00Z");
        assert_eq!(validity(&ROOT.repeat(2)), Ok(found), "the first of several");
    }

    #[test]
    fn what_is_no_certificate_is_an_error() {
        for text in ["", "no PEM", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
            let error = validity(text).unwrap_err();
            assert!(error.starts_with("there is no certificate in the text"), "{text}: {error}");
        }
        let cut = "-----BEGIN CERTIFICATE-----\nMIIBazCCARCgAwIB\n-----END CERTIFICATE-----\n";
        assert_eq!(validity(cut).unwrap_err(), "the certificate is not encoded as X.509 says");
    }

    #[test]
    fn years_of_two_digits_and_of_four() {
        let at = |der: &[u8]| moment(der).map(|(at, _)| at.to_string());
        assert_eq!(at(b"\x17\x0d491231235959Z").as_deref(), Some("2049-12-31T23:59:59Z"));
        assert_eq!(at(b"\x17\x0d500101000000Z").as_deref(), Some("1950-01-01T00:00:00Z"));
        assert_eq!(at(b"\x18\x0f20500101000000Z").as_deref(), Some("2050-01-01T00:00:00Z"));
        for odd in [&b""[..], b"\x17", b"\x17\x0d4912", b"\x17\x0d491331235959Z", b"\x02\x01\x00"] {
            assert_eq!(at(odd), None, "{odd:?}");
        }
    }
}

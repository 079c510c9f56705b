//! TLS to an engine: which certificates are shown and which are trusted.
//! It must not know sockets, HTTP, or why TLS is spoken; reading the files blocks, so that runs on a worker thread.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::context::read;

#[cfg(test)]
mod tests;

/// How TLS is spoken with one engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Files {
    /// Whether the engine must show a certificate that `ca.pem` vouches for.
    pub(super) verify: bool,
    /// Where `ca.pem`, `cert.pem` and `key.pem` are; only `ca.pem` must be there, and only to verify.
    pub(super) folder: Option<PathBuf>,
}

/// Reads the files; the error names the one at fault.
///
/// Only `ca.pem` is trusted: engines have certificates of their own making, so the system's authorities say nothing.
pub(super) fn client_config(files: &Files) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let folder = files.folder.as_deref();
    let builder = if files.verify {
        let folder = folder.ok_or("there is no home folder in which ca.pem could be")?;
        builder.with_root_certificates(authorities(&folder.join("ca.pem"))?)
    } else {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
    };
    let mut config = match folder.map(identity).transpose()?.flatten() {
        Some((certificates, key)) => builder
            .with_client_auth_cert(certificates, key)
            .map_err(|error| format!("cert.pem and key.pem do not go together: {error}"))?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn authorities(path: &Path) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let bytes = read(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    for certificate in certificates(&bytes, path)? {
        roots.add(certificate).map_err(|error| format!("`{}`: {error}", path.display()))?;
    }
    Ok(roots)
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// The client's certificate and key, if both are there; one without the other is a mistake.
fn identity(folder: &Path) -> Result<Option<Identity>, String> {
    let (certificate_path, key_path) = (folder.join("cert.pem"), folder.join("key.pem"));
    let (certificate, key) = (read_if_there(&certificate_path)?, read_if_there(&key_path)?);
    let (certificate, key) = match (certificate, key) {
        (Some(certificate), Some(key)) => (certificate, key),
        (None, None) => return Ok(None),
        (None, Some(_)) => {
            return Err(format!("there is a key.pem, but no `{}`", certificate_path.display()));
        }
        (Some(_), None) => {
            return Err(format!("there is a cert.pem, but no `{}`", key_path.display()));
        }
    };
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(|error| match error {
        pem::Error::NoItemsFound => {
            format!(
                "`{}` holds no key that can be used; one with a passphrase cannot",
                key_path.display()
            )
        }
        error => format!("`{}` is not PEM: {}", key_path.display(), in_words(&error)),
    })?;
    Ok(Some((certificates(&certificate, &certificate_path)?, key)))
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, String> {
    match read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(error) => Err(format!("cannot read `{}`: {error}", path.display())),
    }
}

fn certificates(bytes: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => {
            Err(format!("`{}` holds no certificate", path.display()))
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(format!("`{}` is not PEM: {}", path.display(), in_words(&error))),
    }
}

/// What is wrong, without the bytes: the file may be a key.
fn in_words(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::MissingSectionEnd { .. } => "the line that ends a section is missing",
        pem::Error::IllegalSectionStart { .. } => "a line that starts a section is broken",
        pem::Error::Base64Decode(_) => "what stands in a section is no base64",
        pem::Error::NoItemsFound => "nothing is in it",
        _ => "it cannot be read",
    }
}

/// Trusts whoever answers, but makes sure that they hold the key of the certificate they show.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

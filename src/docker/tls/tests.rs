use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256, RsaKeySize,
    SanType,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::WebPkiClientVerifier;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::docker::testing::{Folder, Seen, ping, reply};
use crate::docker::{Config, Docker, Environment, Error};
use crate::sdk;

/// Who signs the certificates of a test.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Self { pem: pem("CERTIFICATE", certificate.der()), issuer: Issuer::new(params, key) }
    }

    fn sign(&self, name: SanType, key: &KeyPair) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.subject_alt_names = vec![name];
        params.signed_by(key, &self.issuer).unwrap().der().clone()
    }

    /// A folder that trusts this authority.
    fn folder(&self) -> Folder {
        let folder = Folder::new();
        folder.write("ca.pem", &self.pem);
        folder
    }
}

fn address() -> SanType {
    SanType::IpAddress("127.0.0.1".parse().unwrap())
}

fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

/// Starts an engine with a certificate for `name`; with `clients`, it wants theirs.
async fn engine(authority: &Authority, name: SanType, clients: Option<&Authority>) -> String {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(clients) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(clients.pem.as_bytes()).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let key = KeyPair::generate().unwrap();
    let chain = vec![authority.sign(name, &key)];
    let config = builder
        .with_single_cert(chain, PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let answer =
                    |path: &str| if path == "/_ping" { ping("1.41") } else { reply(200, "", "{}") };
                if let Ok(stream) = acceptor.accept(stream).await {
                    assert_eq!(stream.get_ref().1.alpn_protocol(), None, "this server offers none");
                    Seen::default().serve(stream, &answer).await;
                }
            });
        }
    });
    format!("tcp://127.0.0.1:{port}")
}

async fn ask(host: &str, folder: &Folder, tls_verify: Option<bool>) -> Result<(), Error> {
    let config = Config {
        host: Some(host.to_owned()),
        cert_path: Some(folder.path().to_owned()),
        tls_verify,
        timeout: Duration::from_secs(20),
        ..Config::default()
    };
    Docker::new(config, Environment::from_pairs(&[])).get(&["info"], &[]).await.map(drop)
}

#[tokio::test]
async fn an_engine_that_the_authority_vouches_for_is_asked() {
    let authority = Authority::new();
    let host = engine(&authority, address(), None).await;
    ask(&host, &authority.folder(), None).await.unwrap();
    ask(&host.replace("tcp:", "https:"), &authority.folder(), Some(true)).await.unwrap();
}

#[tokio::test]
async fn an_engine_that_nobody_vouches_for_is_refused() {
    let host = engine(&Authority::new(), address(), None).await;
    let error = ask(&host, &Authority::new().folder(), Some(true)).await.unwrap_err();
    assert!(matches!(error, Error::Untrusted { .. }), "{error}");
    let text = sdk::Error::from(error).to_string();
    assert!(text.contains("is refused: invalid peer certificate"), "{text}");
    assert!(text.contains("hint: `cert_path` must hold the ca.pem"), "{text}");
}

#[tokio::test]
async fn an_engine_of_another_name_is_refused() {
    let authority = Authority::new();
    let host = engine(&authority, dns("build"), None).await;
    let error = ask(&host, &authority.folder(), None).await.unwrap_err();
    assert!(matches!(error, Error::Untrusted { .. }), "{error}");
    assert!(sdk::Error::from(error).to_string().contains("127.0.0.1"));
}

#[tokio::test]
async fn without_verification_any_engine_is_asked() {
    let host = engine(&Authority::new(), dns("build"), None).await;
    ask(&host, &Folder::new(), Some(false)).await.unwrap();
    ask(&host, &Authority::new().folder(), Some(false)).await.unwrap();
}

#[tokio::test]
async fn a_client_shows_its_certificate_whatever_form_its_key_has() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let host = engine(&servers, address(), Some(&clients)).await;
    let elliptic = KeyPair::generate().unwrap();
    let rsa = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    for (key, label, der) in [
        (&elliptic, "PRIVATE KEY", elliptic.serialize_der()),
        (&elliptic, "EC PRIVATE KEY", inner_key(&elliptic)),
        (&rsa, "RSA PRIVATE KEY", inner_key(&rsa)),
    ] {
        let folder = servers.folder();
        folder.write("cert.pem", &pem("CERTIFICATE", &clients.sign(dns("ann"), key)));
        folder.write("key.pem", &pem(label, &der));
        ask(&host, &folder, None).await.expect(label);
    }
}

#[tokio::test]
async fn a_client_without_certificate_is_told_what_is_missing() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let host = engine(&servers, address(), Some(&clients)).await;
    let error = ask(&host, &servers.folder(), None).await.unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error}");
    assert!(error.hint().unwrap().contains("cert.pem and key.pem"));
}

#[tokio::test]
async fn tls_to_a_port_without_it_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("tcp://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = listener.accept().await.expect("somebody connects");
        let _ = stream.read(&mut [0; 1024]).await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").await;
    });
    let error = ask(&host, &Folder::new(), Some(false)).await.unwrap_err();
    assert!(matches!(error, Error::NoTlsThere { .. }), "{error}");
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_named() {
    let authority = Authority::new();
    let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let certificate = pem("CERTIFICATE", &authority.sign(dns("ann"), &key));
    let other = pem("PRIVATE KEY", &other.serialize_der());
    let encrypted = pem("ENCRYPTED PRIVATE KEY", b"x");
    for (files, words) in [
        (vec![], "/ca.pem`: No such file"),
        (vec![("ca.pem", "nothing")], "/ca.pem` holds no certificate"),
        (vec![("ca.pem", "-----BEGIN CERTIFICATE-----\nx")], "/ca.pem` is not PEM"),
        (vec![("ca.pem", &authority.pem), ("cert.pem", &certificate)], "/key.pem`"),
        (vec![("ca.pem", &authority.pem), ("key.pem", &other)], "/cert.pem`"),
        (
            vec![("ca.pem", &authority.pem), ("cert.pem", &certificate), ("key.pem", &other)],
            "do not go together",
        ),
        (
            vec![("ca.pem", &authority.pem), ("cert.pem", &certificate), ("key.pem", &encrypted)],
            "passphrase",
        ),
    ] {
        let folder = Folder::new();
        for (name, content) in files {
            folder.write(name, content);
        }
        let error = ask("tcp://127.0.0.1:1", &folder, None).await.unwrap_err();
        assert!(matches!(error, Error::Certificates { .. }), "{error}");
        assert!(error.to_string().contains(words), "{words}: {error}");
    }
}

/// The key as its own standard has it, SEC 1 or PKCS #1: what PKCS #8 wraps into its third element.
fn inner_key(key: &KeyPair) -> Vec<u8> {
    fn element(der: &[u8]) -> (&[u8], &[u8]) {
        let (length, start) = match der[1] {
            short @ 0..=127 => (usize::from(short), 2),
            long => {
                let count = usize::from(long & 127);
                (
                    der[2..2 + count]
                        .iter()
                        .fold(0, |length, byte| length << 8 | usize::from(*byte)),
                    2 + count,
                )
            }
        };
        der[start..].split_at(length)
    }
    let whole = key.serialize_der();
    let (fields, _) = element(&whole);
    let (_version, fields) = element(fields);
    let (_algorithm, fields) = element(fields);
    element(fields).0.to_vec()
}

fn pem(label: &str, der: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for bytes in der.chunks(3) {
        let at = |index: usize| u32::from(bytes.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            if digit <= bytes.len() {
                text.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
            } else {
                text.push('=');
            }
        }
    }
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

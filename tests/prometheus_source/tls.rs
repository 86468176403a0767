//! TLS with a CA of our own, client certificates and basic auth, against a real Prometheus.

use std::fs;
use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use slo_base::config::source::{Auth, Secret, SourceSettings, TlsFiles};
use slo_core::time::short::at;
use slo_evaluation::prometheus::PrometheusSource;
use slo_model::source::{Source, SourceError};
use tempfile::TempDir;

use super::{made, settings};
use crate::servers::prometheus::{Options, Prometheus};

/// `correct-horse`, by bcrypt.
const PASSWORD_HASH: &str = "$2b$05$abcdefghijklmnopqrstuuZ0Fx87Pb/Aqb0E90lfvCwzXnaFKUHpS";

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate and its key, as PEM.
    fn issue(&self, purpose: ExtendedKeyUsagePurpose) -> (String, String) {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.extended_key_usages = vec![purpose];
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }
}

/// A server with TLS that asks for a certificate of `clients`, and a folder for a client's files.
async fn server(authority: &Authority, clients: &Authority) -> (Prometheus, TempDir) {
    let (cert, key) = authority.issue(ExtendedKeyUsagePurpose::ServerAuth);
    let web = format!(
        "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  client_ca_file: clients.crt\n  \
         client_auth_type: RequireAndVerifyClientCert\nbasic_auth_users:\n  ann: {PASSWORD_HASH}\n"
    );
    let files = [("server.crt", cert), ("server.key", key), ("clients.crt", clients.pem())];
    let web_files = files.map(|(name, content)| (name.to_owned(), content)).to_vec();
    let server = Prometheus::start(Options { web_config: Some(web), web_files, ..Options::default() }).await;
    (server, tempfile::tempdir().unwrap())
}

fn write(folder: &TempDir, name: &str, content: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

fn with_files(
    url: &str,
    folder: &TempDir,
    authority: &Authority,
    client: &(String, String),
) -> SourceSettings {
    let mut settings = settings(url);
    settings.tls = TlsFiles {
        ca: Some(write(folder, "ca.crt", &authority.pem())),
        client_cert: Some(write(folder, "client.crt", &client.0)),
        client_key: Some(write(folder, "client.key", &client.1)),
    };
    let password = Secret::File(write(folder, "password", "correct-horse\n"));
    settings.auth = Auth::Basic { user: "ann".to_owned(), password };
    settings
}

#[tokio::test]
async fn certificates_and_password_open_the_door_and_each_is_needed() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let (server, folder) = server(&authority, &clients).await;
    let client = clients.issue(ExtendedKeyUsagePurpose::ClientAuth);
    let good = with_files(&server.url(), &folder, &authority, &client);
    let source = made(good.clone());
    assert_eq!(source.instant("1", at(0)).await.unwrap().data.len(), 1);

    // The password file is read anew for each request.
    fs::write(folder.path().join("password"), "wrong").unwrap();
    let error = source.instant("1", at(0)).await.unwrap_err();
    assert!(matches!(error, SourceError::Unauthorized { status: 401, .. }), "{error}");
    fs::remove_file(folder.path().join("password")).unwrap();
    let error = source.instant("1", at(0)).await.unwrap_err();
    assert!(matches!(error, SourceError::Settings(_)), "{error}");
    assert!(error.to_string().contains("password"), "{error}");
    fs::write(folder.path().join("password"), "correct-horse").unwrap();
    assert!(source.instant("1", at(0)).await.is_ok());

    // Neither the system's authorities nor another one vouch for this server.
    let mut settings = good.clone();
    settings.tls.ca = None;
    let unknown = made(settings).instant("1", at(0)).await.unwrap_err();
    let mut settings = good.clone();
    settings.tls.ca = Some(write(&folder, "other.crt", &clients.pem()));
    let other = made(settings).instant("1", at(0)).await.unwrap_err();
    for error in [unknown, other] {
        assert!(
            matches!(&error, SourceError::Unreachable { reason, .. } if reason.contains("certificate")),
            "{error}"
        );
    }

    let mut settings = good.clone();
    settings.tls.client_cert = None;
    settings.tls.client_key = None;
    let error = made(settings).instant("1", at(0)).await.unwrap_err();
    assert!(
        matches!(&error, SourceError::Unreachable { reason, .. } if reason.contains("ertificate")),
        "{error}"
    );

    // Spoken to without TLS, the server says what it wanted.
    let error =
        made(super::settings(&server.url().replace("https", "http"))).instant("1", at(0)).await.unwrap_err();
    assert!(error.to_string().contains("HTTPS"), "{error}");
}

#[tokio::test]
async fn tls_where_there_is_none_is_told() {
    let server = crate::servers::prometheus::trace("quiet").await;
    let source = made(settings(&server.url().replace("http", "https")));
    let error = source.instant("1", at(0)).await.unwrap_err();
    assert!(error.to_string().contains("perhaps http://"), "{error}");
}

#[tokio::test]
async fn a_renewed_certificate_is_used_and_a_half_written_one_is_not() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let (server, folder) = server(&authority, &clients).await;
    let strangers = Authority::new().issue(ExtendedKeyUsagePurpose::ClientAuth);
    let source = made(with_files(&server.url(), &folder, &authority, &strangers));
    assert!(matches!(source.instant("1", at(0)).await, Err(SourceError::Unreachable { .. })));

    let client = clients.issue(ExtendedKeyUsagePurpose::ClientAuth);
    write(&folder, "client.key", &client.1);
    write(&folder, "client.crt", &client.0);
    assert_eq!(source.instant("1", at(0)).await.unwrap().data.len(), 1);

    write(&folder, "client.crt", "-----BEGIN CERTIFICATE-----\nMIIB");
    assert_eq!(source.instant("1", at(0)).await.unwrap().data.len(), 1);
}

#[tokio::test]
async fn files_that_cannot_be_used_are_refused_at_the_start_without_showing_them() {
    let folder = tempfile::tempdir().unwrap();
    let junk = write(&folder, "junk.pem", "not-a-key-but-secret");
    let missing = folder.path().join("missing.pem");
    let (cert, key) = Authority::new().issue(ExtendedKeyUsagePurpose::ClientAuth);
    let (cert, key) = (write(&folder, "a.crt", &cert), write(&folder, "a.key", &key));
    let tls = |ca: Option<&PathBuf>, client_cert: Option<&PathBuf>, client_key: Option<&PathBuf>| TlsFiles {
        ca: ca.cloned(),
        client_cert: client_cert.cloned(),
        client_key: client_key.cloned(),
    };
    for files in [
        tls(Some(&junk), None, None),
        tls(Some(&missing), None, None),
        tls(None, Some(&cert), None),
        tls(None, Some(&cert), Some(&junk)),
        tls(None, Some(&junk), Some(&key)),
        tls(None, Some(&cert), Some(&missing)),
    ] {
        let mut settings = settings("https://127.0.0.1:1");
        settings.tls = files.clone();
        let error = PrometheusSource::new(settings, slo_base::clock::Clock::System).unwrap_err();
        assert!(matches!(error, SourceError::Settings(_)), "{files:?}: {error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

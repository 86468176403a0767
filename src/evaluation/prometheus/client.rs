//! The HTTP client, made from the TLS settings. Certificates rotate: it is made anew when one of its files changed.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use reqwest::{Certificate, Client, Identity};

use slo_base::config::source::TlsFiles;
use slo_model::source::SourceError;

/// Tells two states of the files apart without reading them.
type Stamp = Vec<Option<(SystemTime, u64)>>;

/// A client that follows its certificate files.
pub(super) struct HttpClient {
    files: TlsFiles,
    needs_tls: bool,
    built: Mutex<(Client, Stamp)>,
}

impl HttpClient {
    /// Fails when a file cannot be read or used.
    pub fn new(files: TlsFiles, needs_tls: bool) -> Result<Self, SourceError> {
        // The provider may be there already; all of this program uses the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let stamp = stamp(&files);
        let client = build(&files, needs_tls)?;
        Ok(Self { files, needs_tls, built: Mutex::new((client, stamp)) })
    }

    /// The client for the files as they are now. Files that cannot be used, such as ones being written at this moment,
    /// leave the client as it was.
    pub fn current(&self) -> Client {
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        if self.files != TlsFiles::default() {
            let now = stamp(&self.files);
            if now != built.1 {
                match build(&self.files, self.needs_tls) {
                    Ok(client) => *built = (client, now),
                    Err(error) => tracing::warn!(%error, "certificates changed but cannot be used yet"),
                }
            }
        }
        built.0.clone()
    }
}

fn stamp(files: &TlsFiles) -> Stamp {
    [&files.ca, &files.client_cert, &files.client_key]
        .into_iter()
        .map(|path| {
            let metadata = std::fs::metadata(path.as_ref()?).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        })
        .collect()
}

fn build(files: &TlsFiles, needs_tls: bool) -> Result<Client, SourceError> {
    let base = || {
        Client::builder()
            .user_agent(concat!("slo/", env!("CARGO_PKG_VERSION")))
            // Redirects are judged by us: only to the same host, and a form stays a form.
            .redirect(reqwest::redirect::Policy::none())
            // Tries are counted by us.
            .retry(reqwest::retry::never())
            .no_proxy()
    };
    let mut builder = base();
    if let Some(path) = &files.ca {
        let roots =
            Certificate::from_pem_bundle(&read("CA", path)?).map_err(|error| unusable("CA", path, &error))?;
        if roots.is_empty() {
            return Err(SourceError::Settings(format!(
                "CA file {}: it holds no PEM certificate",
                path.display()
            )));
        }
        builder = builder.tls_certs_only(roots);
    }
    if let (Some(cert), Some(key)) = (&files.client_cert, &files.client_key) {
        builder = builder.identity(identity(cert, key)?);
    }
    match builder.build() {
        Ok(client) => Ok(client),
        // A machine without a certificate store can still ask a server that needs none.
        Err(_) if !needs_tls && *files == TlsFiles::default() => base().tls_certs_only([]).build(),
        Err(error) => Err(error),
    }
    .map_err(|error| {
        SourceError::Settings(format!("TLS cannot be set up: {}", super::failure::reason(error)))
    })
}

fn identity(cert: &Path, key: &Path) -> Result<Identity, SourceError> {
    let mut pem = read("client certificate", cert)?;
    pem.push(b'\n');
    pem.extend(read("client key", key)?);
    Identity::from_pem(&pem).map_err(|error| unusable("client certificate and key", cert, &error))
}

fn read(what: &str, path: &Path) -> Result<Vec<u8>, SourceError> {
    std::fs::read(path).map_err(|error| {
        SourceError::Settings(format!("cannot read the {what} file {}: {error}", path.display()))
    })
}

/// The library's message may quote what it read, which may be a key, so only its kind is told.
fn unusable(what: &str, path: &Path, _: &reqwest::Error) -> SourceError {
    SourceError::Settings(format!("{what} file {}: it is not usable PEM", path.display()))
}

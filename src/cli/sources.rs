//! The servers that objectives are read from: the one of --prometheus, and those that definitions name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Deserialize;

use super::options::Prometheus;
use crate::app::Connect;
use slo_base::clock::Clock;
use slo_base::config::source::{Auth, Header, Secret, SourceSettings};
use slo_definitions::DataSource;
use slo_evaluation::prometheus::PrometheusSource;
use slo_model::source::{NamedSources, Source, Sources};

/// How a named server is reached: in a sources file, or in a `DataSource`'s `connectionDetails`. Credentials are kept in
/// files.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Server {
    #[serde(alias = "address", alias = "endpoint", alias = "host")]
    pub(super) url: Option<String>,
    #[serde(alias = "bearer_token_file", alias = "bearerTokenFile", alias = "token_file")]
    pub(super) token_file: Option<PathBuf>,
    #[serde(alias = "username")]
    pub(super) user: Option<String>,
    #[serde(alias = "password_file")]
    pub(super) password_file: Option<PathBuf>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(alias = "ca_file", alias = "ca")]
    pub(super) ca_file: Option<PathBuf>,
    #[serde(alias = "cert_file", alias = "cert")]
    pub(super) cert_file: Option<PathBuf>,
    #[serde(alias = "key_file", alias = "key")]
    pub(super) key_file: Option<PathBuf>,
    /// The longest a single request may take, in seconds.
    #[serde(alias = "timeoutSeconds")]
    pub(super) timeout: Option<u64>,
    /// Requests under way at once.
    #[serde(alias = "maxConcurrency")]
    pub(super) concurrency: Option<usize>,
    /// The longest answer read, in MiB.
    #[serde(alias = "max_response")]
    pub(super) max_response: Option<usize>,
    /// More series than this in one query are estimated.
    #[serde(alias = "max_series")]
    pub(super) max_series: Option<usize>,
    /// Secrets that should not stand here; never printed.
    #[serde(alias = "bearerToken", alias = "apiKey")]
    pub(super) token: Option<serde::de::IgnoredAny>,
    pub(super) password: Option<serde::de::IgnoredAny>,
}

/// A sources file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sources: BTreeMap<String, Server>,
}

impl Prometheus {
    /// Where objectives that name no data source are read from, and what reaches the others.
    pub(super) fn sources(&self) -> anyhow::Result<(Option<Arc<PrometheusSource>>, Sources, Connect)> {
        let default = self.source()?;
        let given = self.given()?;
        let options = self.clone();
        let fallback: Option<Arc<dyn Source>> = default.clone().map(|source| source as Arc<dyn Source>);
        let sources = fallback.clone().map_or_else(Sources::without_default, Sources::only);
        let connect = move |data_sources: &[DataSource]| {
            options.reach(&given, fallback.as_ref(), data_sources).map_err(|error| format!("{error:#}"))
        };
        Ok((default, sources, Arc::new(connect)))
    }

    /// True when the command line names servers besides --prometheus.
    pub(super) fn names_sources(&self) -> bool {
        !self.source.is_empty() || self.sources.is_some()
    }

    /// The servers that the command line names; --source before --sources.
    fn given(&self) -> anyhow::Result<BTreeMap<String, Server>> {
        let mut given = match &self.sources {
            Some(path) => read(path)?,
            None => BTreeMap::new(),
        };
        for text in &self.source {
            let Some((name, url)) =
                text.split_once('=').filter(|(name, url)| !name.is_empty() && !url.is_empty())
            else {
                bail!("--source {text} is not a valid source; write --source NAME=URL");
            };
            given.entry(name.to_owned()).or_default().url = Some(url.to_owned());
        }
        Ok(given)
    }

    /// A client for each server. A `DataSource` without an address, and unknown to the command line, is the one of
    /// --prometheus; one of another vendor is left out, so that only what refers to it says that it cannot be read.
    fn reach(
        &self,
        given: &BTreeMap<String, Server>,
        fallback: Option<&Arc<dyn Source>>,
        data_sources: &[DataSource],
    ) -> anyhow::Result<NamedSources> {
        let mut named = NamedSources::new();
        for data_source in data_sources.iter().filter(|source| source.speaks_prometheus()) {
            let (name, server) = (&data_source.name, Server::of(data_source)?);
            if given.contains_key(name) {
                continue;
            }
            if server.url.is_some() {
                named.insert(name.clone(), self.client(name, &server)?);
            } else if let Some(fallback) = fallback {
                named.insert(name.clone(), Arc::clone(fallback));
            }
        }
        for (name, server) in given {
            named.insert(name.clone(), self.client(name, server)?);
        }
        Ok(named)
    }

    fn client(&self, name: &str, server: &Server) -> anyhow::Result<Arc<dyn Source>> {
        let settings = server.settings(self).with_context(|| format!("the data source {name}"))?;
        let source = PrometheusSource::new(settings, Clock::System)
            .with_context(|| format!("the data source {name}"))?;
        Ok(Arc::new(source))
    }
}

impl Server {
    fn of(source: &DataSource) -> anyhow::Result<Self> {
        let details = source.connection.keys().map(|key| {
            (key.to_owned(), source.connection.get(key).cloned().unwrap_or(serde_json::Value::Null))
        });
        // What is wrong is told without the values, which may be secret.
        serde_json::from_value(serde_json::Value::Object(details.collect())).map_err(|_| {
            anyhow::anyhow!(
                "the data source {}: connectionDetails has a value of the wrong kind; `url`, `tokenFile`, `user`, `passwordFile`, `caFile`, `certFile` and `keyFile` are text, `headers` is a map of texts, and `timeout` (seconds), `concurrency`, `maxResponse` (MiB) and `maxSeries` are numbers",
                source.name
            )
        })
    }

    /// Gives its own limits to `settings`, where it has some.
    fn limit(&self, settings: &mut SourceSettings) {
        if let Some(seconds) = self.timeout {
            settings.timeout = Duration::from_secs(seconds);
        }
        if let Some(requests) = self.concurrency {
            settings.max_concurrency = requests;
        }
        if let Some(mib) = self.max_response {
            settings.max_response_bytes = mib.saturating_mul(1 << 20);
        }
        settings.max_series = self.max_series;
    }

    /// What a client needs, with the limits that `options` has for every server.
    pub(super) fn settings(&self, options: &Prometheus) -> anyhow::Result<SourceSettings> {
        let Some(url) = &self.url else { bail!("it has no address; give it a `url`") };
        if self.token.is_some() || self.password.is_some() {
            bail!(
                "a secret stands among its details; keep it in a file, and name that as `tokenFile` or `passwordFile`"
            );
        }
        let mut settings = SourceSettings::new(url)?;
        options.limit(&mut settings);
        self.limit(&mut settings);
        settings.auth = match (&self.token_file, &self.user, &self.password_file) {
            (Some(file), None, None) => Auth::Bearer(Secret::File(file.clone())),
            (None, Some(user), Some(file)) => {
                Auth::Basic { user: user.clone(), password: Secret::File(file.clone()) }
            }
            (None, None, None) => Auth::None,
            _ => bail!("give it either a `tokenFile`, or a `user` and a `passwordFile`"),
        };
        settings.headers = self
            .headers
            .iter()
            .map(|(name, value)| Header::parse(&format!("{name}: {value}")))
            .collect::<Result<_, _>>()?;
        settings.tls.ca.clone_from(&self.ca_file);
        settings.tls.client_cert.clone_from(&self.cert_file);
        settings.tls.client_key.clone_from(&self.key_file);
        Ok(settings)
    }
}

fn read(path: &Path) -> anyhow::Result<BTreeMap<String, Server>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("--sources {}", path.display()))?;
    let file: File = serde_yaml::from_str(&text).with_context(|| {
        format!("{}: write `sources:` and under it NAME: {{url: …, tokenFile: …}}", path.display())
    })?;
    Ok(file.sources)
}

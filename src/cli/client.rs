//! The engine's HTTP API, as commands ask it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use reqwest::{Client, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// The longest a request may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Which engine.
#[derive(Debug, Clone, Args)]
pub(super) struct Engine {
    /// Where the engine listens, with its route prefix
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9099")]
    engine: String,
    /// File with an API token
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl Engine {
    /// Asks; the JSON of the answer, or what the engine says is wrong.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder().timeout(TIMEOUT).no_proxy().build()?;
        let mut request = client.request(method, format!("{}{path}", self.engine.trim_end_matches('/')));
        if let Some(file) = &self.token_file {
            let token = std::fs::read_to_string(file)
                .with_context(|| format!("cannot read the token file {}", file.display()))?;
            let token = SecretString::from(token.trim());
            request = request.bearer_auth(token.expose_secret());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.with_context(|| {
            format!(
                "no engine answers at {}; start one with `slo serve`, or name it with --engine",
                self.engine
            )
        })?;
        let status = answer.status();
        let text = answer.text().await?;
        let json: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(json);
        }
        let said = json.get("message").unwrap_or(&json).as_str().unwrap_or(text.trim()).to_owned();
        match status {
            StatusCode::UNAUTHORIZED => bail!("{said}; name a file with it: --token-file FILE"),
            _ if said.is_empty() => bail!("the engine answered {status}"),
            _ => bail!("{said}"),
        }
    }
}

/// Text of a field, for people: control characters would let an alert's text move the cursor.
pub(super) fn text(value: &Value, name: &str) -> String {
    let text = value.get(name).and_then(Value::as_str).unwrap_or_default();
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// One segment of a path.
pub(super) fn segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

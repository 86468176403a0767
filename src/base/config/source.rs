//! How to reach a server that speaks Prometheus' HTTP API: address, credentials, TLS and the limits we keep. Holds
//! settings and reads secret files; the requests are `source::prometheus`'s.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

/// A secret file is a token or a password; anything longer is the wrong file.
const MAX_SECRET_BYTES: usize = 64 * 1024;

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {problem}")]
pub struct InvalidSetting {
    /// Which setting.
    pub setting: &'static str,
    /// What is wrong, and what would be right. Never holds a secret.
    pub problem: String,
}

impl InvalidSetting {
    /// A setting's name and what is wrong with it.
    pub fn new(setting: &'static str, problem: impl Into<String>) -> Self {
        Self { setting, problem: problem.into() }
    }
}

/// Something that is never printed: given directly, or kept in a file that is read again for each request, so that
/// a rotated secret is used at once.
#[derive(Debug, Clone)]
pub enum Secret {
    /// The secret itself.
    Value(SecretString),
    /// The file that holds it; white space at its end is not part of it.
    File(PathBuf),
}

impl Secret {
    /// A secret given directly.
    pub fn value(secret: impl Into<String>) -> Self {
        Self::Value(SecretString::from(secret.into()))
    }

    /// The secret as it is now. Fails when its file cannot be read, is empty, is not UTF-8 or is no secret's size.
    pub async fn read(&self) -> Result<SecretString, InvalidSetting> {
        let path = match self {
            Self::Value(secret) => return Ok(secret.clone()),
            Self::File(path) => path,
        };
        let problem = |what: String| {
            InvalidSetting::new("credentials file", format!("cannot use {}: {what}", path.display()))
        };
        let bytes = tokio::fs::read(path).await.map_err(|error| problem(error.to_string()))?;
        if bytes.len() > MAX_SECRET_BYTES {
            return Err(problem(format!("{} bytes are no token or password", bytes.len())));
        }
        let text = String::from_utf8(bytes).map_err(|_| problem("it is not UTF-8 text".to_owned()))?;
        let text = text.trim_end();
        if text.is_empty() {
            return Err(problem("it is empty".to_owned()));
        }
        Ok(SecretString::from(text.to_owned()))
    }
}

/// How we prove who we are.
#[derive(Debug, Clone, Default)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// User and password (RFC 7617).
    Basic {
        /// The user's name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A bearer token (RFC 6750).
    Bearer(Secret),
}

/// A header sent with every request, such as Mimir's tenant `X-Scope-OrgID`.
#[derive(Debug, Clone)]
pub struct Header {
    /// The header's name.
    pub name: String,
    /// Its value, which may be as secret as a token.
    pub value: Secret,
}

impl Header {
    /// Reads `Name: value`, or `Name: @/path/of/a/file` for a value kept in a file.
    pub fn parse(text: &str) -> Result<Self, InvalidSetting> {
        let (name, value) = match text.split_once(':') {
            Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
                (name.trim(), value.trim())
            }
            // The text is not repeated: it may be half a secret.
            _ => return Err(InvalidSetting::new("header", "write it as 'Name: value' or 'Name: @file'")),
        };
        let value = match value.strip_prefix('@') {
            Some(path) => Secret::File(PathBuf::from(path)),
            None => Secret::value(value),
        };
        Ok(Self { name: name.to_owned(), value })
    }
}

/// PEM files for TLS. They are read again when they change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// The only certificate authorities to trust, instead of the system's.
    pub ca: Option<PathBuf>,
    /// Our certificate, with the chain after it, for servers that ask for one. Needs `client_key`.
    pub client_cert: Option<PathBuf>,
    /// The key of `client_cert`.
    pub client_key: Option<PathBuf>,
}

/// How a query is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueryMethod {
    /// As a form, so that a query may be long. A server that answers 405 is asked by GET from then on.
    #[default]
    Post,
    /// In the URL.
    Get,
}

/// When a request is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrySettings {
    /// Tries after the first one; 0 gives up at once.
    pub retries: u32,
    /// The most that is waited before the first retry; doubles with each one. The wait is random between 0 and this.
    pub base: Duration,
    /// The doubling stops here.
    pub cap: Duration,
    /// A server that asks (`Retry-After`) to be left alone for longer than this is not waited for.
    pub max_retry_after: Duration,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self {
            retries: 3,
            base: Duration::from_millis(250),
            cap: Duration::from_secs(5),
            max_retry_after: Duration::from_secs(30),
        }
    }
}

/// Parameters that a question itself has; a source's URL cannot set them.
const QUESTION: [&str; 6] = ["query", "time", "start", "end", "step", "match[]"];

/// How to reach one server. Printing it shows no secret.
#[derive(Clone)]
pub struct SourceSettings {
    url: Url,
    parameters: Vec<(String, String)>,
    /// How queries are sent.
    pub method: QueryMethod,
    /// How we prove who we are.
    pub auth: Auth,
    /// Sent with every request.
    pub headers: Vec<Header>,
    /// Certificates.
    pub tls: TlsFiles,
    /// The longest a single try may take, its body included.
    pub timeout: Duration,
    /// Requests under way at once; further ones wait.
    pub max_concurrency: usize,
    /// The longest body read.
    pub max_response_bytes: usize,
    /// More series than this are not read in one query; `None` leaves it to the asker.
    pub max_series: Option<usize>,
    /// When to try again.
    pub retry: RetrySettings,
}

impl SourceSettings {
    /// Defaults for a server at `url`, which may have a path (`https://mimir.example/prometheus`), may name user and
    /// password (they become [`Auth::Basic`]) and may have parameters for every request
    /// (`http://thanos:9090?partial_response=false`). `/api/v1` at the path's end is dropped.
    pub fn new(url: &str) -> Result<Self, InvalidSetting> {
        let wrong = |problem: &str| InvalidSetting::new("prometheus URL", problem);
        let example = "write it as http://localhost:9090 or https://mimir.example/prometheus";
        if !url.contains("://") {
            return Err(wrong(&format!("it has no scheme; {example}")));
        }
        let mut url = Url::parse(url).map_err(|error| wrong(&format!("{error}; {example}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong(&format!("scheme {:?} is not http or https; {example}", url.scheme())));
        }
        if url.fragment().is_some() {
            return Err(wrong(&format!("it ends in #…, which no API address does; {example}")));
        }
        let parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        if let Some((name, _)) = parameters.iter().find(|(name, _)| QUESTION.contains(&name.as_str())) {
            return Err(wrong(&format!(
                "parameter {name} is each question's own; only parameters for every question can stand here"
            )));
        }
        url.set_query(None);
        let auth = take_user_info(&mut url)?;
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix("/api/v1").unwrap_or(path).to_owned();
        url.set_path(&path);
        Ok(Self {
            url,
            parameters,
            method: QueryMethod::default(),
            auth,
            headers: Vec::new(),
            tls: TlsFiles::default(),
            timeout: Duration::from_secs(30),
            max_concurrency: 8,
            max_response_bytes: 64 * 1024 * 1024,
            max_series: None,
            retry: RetrySettings::default(),
        })
    }

    /// The server's address, without credentials, parameters and `/api/v1`.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The URL's parameters, which are sent with every request: `partial_response`, `dedup`, a tenant, a token.
    pub fn parameters(&self) -> &[(String, String)] {
        &self.parameters
    }

    /// The value of one of them.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Refuses limits with which nothing could be asked, and half a client certificate.
    pub fn check(&self) -> Result<(), InvalidSetting> {
        if self.timeout.is_zero() {
            return Err(InvalidSetting::new(
                "prometheus timeout",
                "0 s leaves no time to answer; use e.g. 30s",
            ));
        }
        if self.max_concurrency == 0 {
            return Err(InvalidSetting::new(
                "prometheus concurrency",
                "0 requests at once ask nothing; use e.g. 8",
            ));
        }
        if self.max_response_bytes == 0 {
            return Err(InvalidSetting::new(
                "prometheus response limit",
                "0 bytes hold no answer; use e.g. 64 MiB",
            ));
        }
        if self.tls.client_cert.is_some() != self.tls.client_key.is_some() {
            return Err(InvalidSetting::new(
                "client certificate",
                "certificate and key are needed, but only one of them is set",
            ));
        }
        Ok(())
    }
}

impl fmt::Debug for SourceSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceSettings")
            .field("url", &self.url.as_str())
            // Their values may be tokens.
            .field("parameters", &self.parameters.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("method", &self.method)
            .field("auth", &self.auth)
            .field("headers", &self.headers)
            .field("tls", &self.tls)
            .field("timeout", &self.timeout)
            .field("max_concurrency", &self.max_concurrency)
            .field("max_response_bytes", &self.max_response_bytes)
            .field("max_series", &self.max_series)
            .field("retry", &self.retry)
            .finish()
    }
}

/// Moves `user:password@` out of the URL, so that nothing that prints the URL prints it.
fn take_user_info(url: &mut Url) -> Result<Auth, InvalidSetting> {
    if url.username().is_empty() && url.password().is_none() {
        return Ok(Auth::None);
    }
    let wrong =
        || InvalidSetting::new("prometheus URL", "user or password in it is not percent-encoded UTF-8");
    let user = decoded(url.username()).ok_or_else(wrong)?;
    let password = decoded(url.password().unwrap_or_default()).ok_or_else(wrong)?;
    if url.set_username("").is_err() || url.set_password(None).is_err() {
        return Err(InvalidSetting::new("prometheus URL", "it has a user but no host"));
    }
    Ok(Auth::Basic { user, password: Secret::value(password) })
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_leave_the_url_and_are_never_printed() {
        let settings =
            SourceSettings::new("https://ann:p%40ss@mimir.example:8443/prometheus/api/v1/").unwrap();
        assert_eq!(settings.url().as_str(), "https://mimir.example:8443/prometheus");
        let Auth::Basic { user, password: Secret::Value(password) } = &settings.auth else {
            panic!("no basic auth in {settings:?}");
        };
        assert_eq!(user, "ann");
        assert_eq!(secrecy::ExposeSecret::expose_secret(password), "p@ss");
        assert!(!format!("{settings:?}").contains("p@ss"));
        assert!(!format!("{settings:?}").contains("p%40ss"));
    }

    #[test]
    fn wrong_addresses_are_refused_with_an_example() {
        for url in
            ["localhost:9090", "", "ftp://x", "http://", "http://x/?query=up", "http://x/#y", "http://%ff@x"]
        {
            let error = SourceSettings::new(url).unwrap_err();
            assert_eq!(error.setting, "prometheus URL", "{url}");
        }
        let error = SourceSettings::new("localhost:9090").unwrap_err().to_string();
        assert!(error.contains("http://localhost:9090"), "{error}");
    }

    #[test]
    fn parameters_leave_the_url_and_their_values_are_never_printed() {
        let settings = SourceSettings::new("http://t:9090/api/v1?dedup=false&token=s3%20cret&x").unwrap();
        assert_eq!(settings.url().as_str(), "http://t:9090/");
        let pairs: Vec<_> = settings.parameters().iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(pairs, [("dedup", "false"), ("token", "s3 cret"), ("x", "")]);
        assert_eq!(settings.parameter("dedup"), Some("false"));
        assert_eq!(settings.parameter("nocache"), None);
        assert!(!format!("{settings:?}").contains("cret"), "{settings:?}");
    }

    #[test]
    fn headers_are_values_or_files() {
        let header = Header::parse("X-Scope-OrgID: team-a:b").unwrap();
        assert_eq!(header.name, "X-Scope-OrgID");
        assert!(matches!(header.value, Secret::Value(_)));
        let header = Header::parse("X-Token:@/run/secrets/token").unwrap();
        assert!(matches!(header.value, Secret::File(path) if path.as_os_str() == "/run/secrets/token"));
        for text in ["", "X-Token", ": value", "X-Token: "] {
            assert!(Header::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn limits_that_allow_nothing_are_refused_by_name() {
        let settings = SourceSettings::new("http://x").unwrap();
        assert!(settings.check().is_ok());
        let no_time = SourceSettings { timeout: Duration::ZERO, ..settings.clone() };
        let no_room = SourceSettings { max_response_bytes: 0, ..settings.clone() };
        let no_turn = SourceSettings { max_concurrency: 0, ..settings.clone() };
        let tls = TlsFiles { client_cert: Some("a.pem".into()), ..TlsFiles::default() };
        let no_key = SourceSettings { tls, ..settings };
        let named = [no_time, no_room, no_turn, no_key].map(|wrong| wrong.check().unwrap_err().setting);
        let want = [
            "prometheus timeout",
            "prometheus response limit",
            "prometheus concurrency",
            "client certificate",
        ];
        assert_eq!(named, want);
    }

    #[tokio::test]
    async fn a_secret_file_is_read_each_time() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let secret = Secret::File(file.path().to_owned());
        assert!(secret.read().await.unwrap_err().problem.contains("empty"));
        for token in ["first", "second"] {
            std::fs::write(file.path(), format!("{token}\n")).unwrap();
            assert_eq!(secrecy::ExposeSecret::expose_secret(&secret.read().await.unwrap()), token);
        }
        assert!(Secret::File("/does/not/exist".into()).read().await.is_err());
    }
}

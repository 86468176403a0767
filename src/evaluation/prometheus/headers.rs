//! The headers of a request: credentials and whatever else the settings name, read anew each time.

use reqwest::RequestBuilder;
use reqwest::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue,
};
use secrecy::{ExposeSecret, SecretString};

use slo_base::config::source::{Auth, InvalidSetting, Secret, SourceSettings};
use slo_model::source::SourceError;

/// Refuses header names that cannot be sent, or that the request itself decides, and values given directly that
/// cannot be sent. What is in files may change and is judged when it is used.
pub(super) fn check(settings: &SourceSettings) -> Result<(), SourceError> {
    for header in &settings.headers {
        let name = name(&header.name)?;
        let twice = name == AUTHORIZATION && !matches!(settings.auth, Auth::None);
        if twice || [HOST, CONTENT_LENGTH, CONTENT_TYPE].contains(&name) {
            let problem = format!("{name} cannot be set here; the request decides it");
            return Err(wrong(&InvalidSetting::new("header", problem)));
        }
        if let Secret::Value(secret) = &header.value {
            value(name.as_str(), secret.expose_secret())?;
        }
    }
    match &settings.auth {
        Auth::Bearer(Secret::Value(token)) => bearer(token.expose_secret()).map(|_| ()),
        Auth::Basic { user, .. } if user.contains(':') => {
            Err(wrong(&InvalidSetting::new("user", "a name with a colon cannot be sent by basic auth")))
        }
        Auth::None | Auth::Basic { .. } | Auth::Bearer(Secret::File(_)) => Ok(()),
    }
}

/// What a request carries, as the secrets are now.
pub(super) struct Headers {
    map: HeaderMap,
    basic: Option<(String, SecretString)>,
}

impl Headers {
    /// Reads the secrets.
    pub async fn current(settings: &SourceSettings) -> Result<Self, SourceError> {
        let read = async |secret: &Secret| secret.read().await.map_err(|error| wrong(&error));
        let (mut map, mut basic) = (HeaderMap::new(), None);
        match &settings.auth {
            Auth::None => {}
            Auth::Basic { user, password } => basic = Some((user.clone(), read(password).await?)),
            Auth::Bearer(token) => {
                map.insert(AUTHORIZATION, bearer(read(token).await?.expose_secret())?);
            }
        }
        for header in &settings.headers {
            let secret = read(&header.value).await?;
            map.append(name(&header.name)?, value(&header.name, secret.expose_secret())?);
        }
        Ok(Self { map, basic })
    }

    /// Puts them on a request.
    pub fn apply(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.headers(self.map.clone());
        match &self.basic {
            Some((user, password)) => request.basic_auth(user, Some(password.expose_secret())),
            None => request,
        }
    }
}

fn name(name: &str) -> Result<HeaderName, SourceError> {
    HeaderName::try_from(name)
        .map_err(|_| wrong(&InvalidSetting::new("header", format!("{name:?} is not a valid header name"))))
}

fn bearer(token: &str) -> Result<HeaderValue, SourceError> {
    value("Authorization", &format!("Bearer {token}"))
}

fn value(name: &str, text: &str) -> Result<HeaderValue, SourceError> {
    let mut value = HeaderValue::try_from(text).map_err(|_| {
        wrong(&InvalidSetting::new(
            "header",
            format!("the value of {name} has a line break or control character"),
        ))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn wrong(setting: &InvalidSetting) -> SourceError {
    SourceError::Settings(setting.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_base::config::source::Header;

    fn with(header: &str, auth: Auth) -> Result<(), SourceError> {
        let mut settings = SourceSettings::new("http://x").unwrap();
        settings.headers.push(Header::parse(header).unwrap());
        settings.auth = auth;
        check(&settings)
    }

    #[test]
    fn headers_that_cannot_be_sent_are_refused_at_the_start_without_telling_secrets() {
        assert!(with("X-Scope-OrgID: a", Auth::None).is_ok());
        assert!(with("Authorization: Custom abc", Auth::None).is_ok());
        let token = || Auth::Bearer(Secret::value("to\nken"));
        let user = Auth::Basic { user: "a:b".to_owned(), password: Secret::value("p") };
        for (header, auth) in [
            ("Host: a", Auth::None),
            ("Content-Type: a", Auth::None),
            ("sp ace: a", Auth::None),
            ("X: to\nken", Auth::None),
            ("X: a", token()),
            ("Authorization: Custom abc", Auth::Bearer(Secret::value("t"))),
            ("X: a", user),
        ] {
            let error = with(header, auth).unwrap_err().to_string();
            assert!(!error.contains("ken"), "{error}");
        }
    }
}

//! What a request shows to say who asks: `Authorization: Bearer TOKEN`, or the token as the password of basic
//! authentication, which is what browsers, amtool and Prometheus' `basic_auth` can send.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// The token of a request, and how it came.
pub(super) enum Credentials {
    /// By a program that was given it.
    Bearer(String),
    /// As a password, which a browser sends by itself once somebody has typed it, whatever page makes it ask.
    Basic(String),
}

impl Credentials {
    /// What the request shows; `None` for nothing that can be read.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let (scheme, value) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        if scheme.eq_ignore_ascii_case("bearer") {
            return Some(Self::Bearer(value.trim().to_owned()));
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = String::from_utf8(BASE64_STANDARD.decode(value.trim()).ok()?).ok()?;
        Some(Self::Basic(decoded.split_once(':')?.1.to_owned()))
    }

    /// The token itself.
    pub(super) fn token(&self) -> &str {
        match self {
            Self::Bearer(token) | Self::Basic(token) => token,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_as_bearer_or_as_a_password() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            Credentials::of(&headers).map(|shown| shown.token().to_owned())
        };
        assert_eq!(with("Bearer slo_x"), Some("slo_x".to_owned()));
        assert_eq!(with("basic YW1Ac2xvOnNsb194eQ=="), Some("slo_xy".to_owned()));
        assert_eq!(with("Basic !"), None);
        assert_eq!(with("Digest x"), None);
    }
}

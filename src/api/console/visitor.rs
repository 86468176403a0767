//! Who looks at a page, and from where links lead.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::caller::Caller;
use slo_incidents::access::tokens::Scope;

/// Where the name is kept that somebody gave without a token, so that it is typed once.
const COOKIE: &str = "slo-by";
/// For a month.
const COOKIE_SECONDS: u32 = 30 * 86_400;

/// Who looks, and from where.
pub(super) struct Visitor {
    /// Whose token it is.
    pub(super) caller: Caller,
    /// The name that was typed last, where there are no tokens.
    pub(super) by: String,
    /// The way from this page to the overview, e.g. `../`.
    pub(super) root: String,
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let Ok(caller) = Caller::from_request_parts(parts, state).await;
        let deep = parts.uri.path().matches('/').count().saturating_sub(1);
        let root = if deep == 0 { "./".to_owned() } else { "../".repeat(deep) };
        Ok(Self { caller, by: name_in(&parts.headers).unwrap_or_default(), root })
    }
}

fn name_in(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut cookies = cookies.flat_map(|cookies| cookies.split(';'));
    let name = cookies.find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))?;
    let (name, _) = url::form_urlencoded::parse(name.as_bytes()).next()?;
    Some(name.into_owned()).filter(|name| Caller::Anybody.acting(Some(name)).is_ok())
}

impl Visitor {
    /// What templates know of somebody.
    pub(super) fn shown(&self) -> Value {
        let token = match &self.caller {
            Caller::Anybody => None,
            Caller::Holder(holder) => Some(&holder.name),
        };
        json!({
            "token": token,
            "by": self.by,
            "acknowledges": self.caller.may(Scope::Acknowledge),
            "silences": self.caller.may(Scope::Silence),
        })
    }

    /// On to another page, which shows what came of it. `by` is the name that was typed.
    pub(super) fn sent_to(&self, page: &str, by: &str) -> Response {
        let to = format!("{}{page}", self.root);
        let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response();
        let by: String = url::form_urlencoded::byte_serialize(by.trim().as_bytes()).collect();
        if self.caller == Caller::Anybody && !by.is_empty() {
            let cookie =
                format!("{COOKIE}={by}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Strict");
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_remembered_as_it_was_typed() {
        let visitor = Visitor { caller: Caller::Anybody, by: String::new(), root: "../".to_owned() };
        let response = visitor.sent_to("silences", " Ann; Ö ");
        assert_eq!(response.headers()[header::LOCATION], "../silences");
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            format!("other=1; {}", cookie.split(';').next().unwrap()).parse().unwrap(),
        );
        assert_eq!(name_in(&headers).as_deref(), Some("Ann; Ö"));
        headers.insert(header::COOKIE, HeaderValue::from_static("slo-by=a%0d%0ab"));
        assert_eq!(name_in(&headers), None);
    }
}

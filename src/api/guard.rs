//! Who may do what: API tokens with scopes, as `Authorization: Bearer TOKEN`, or as the password of basic
//! authentication, which is what amtool and Prometheus' `basic_auth` can send.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::origin;
use crate::incident::tokens::{Scope, Tokens};

/// Who asks; a request has it as an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's name, or `local` without one.
    pub name: String,
}

/// What protects the API.
#[derive(Clone)]
pub struct Guard {
    tokens: Tokens,
    /// Without tokens anybody may do anything: only on loopback.
    local: bool,
    prefix: String,
}

/// Why the engine does not listen on an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} can be reached from other machines and there are no API tokens; make one with `slo token add NAME --scope admin`, or listen on 127.0.0.1"
)]
pub struct Unprotected(pub SocketAddr);

impl Guard {
    /// Protects what listens on `address`. Without tokens only loopback is served. `prefix` is what paths begin with.
    pub fn new(tokens: Tokens, address: SocketAddr, prefix: &str) -> Result<Self, Unprotected> {
        let local = address.ip().to_canonical().is_loopback();
        if tokens.is_empty() {
            if !local {
                return Err(Unprotected(address));
            }
            tracing::info!("there are no API tokens: whoever is on this machine may do everything");
        }
        Ok(Self { tokens, local, prefix: prefix.to_owned() })
    }

    /// `router`, protected.
    pub fn protect(self, router: Router) -> Router {
        router.layer(from_fn_with_state(self, check))
    }
}

/// What a request needs; `None` when it needs nothing.
fn needed(method: &Method, path: &str) -> Option<Scope> {
    let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    match path {
        "/-/healthy" | "/-/ready" => None,
        // The link itself is the permission.
        _ if path.starts_with("/ack/") => None,
        "/api/v2/alerts" if !reads => Some(Scope::Ingest),
        _ if reads => Some(Scope::Read),
        // Queries may be posted.
        _ if path.starts_with("/api/v1/") => Some(Scope::Read),
        // It only looks.
        "/api/slo/v1/silences/preview" => Some(Scope::Read),
        _ if path.starts_with("/api/v2/silence") => Some(Scope::Silence),
        _ if path.starts_with("/api/slo/v1/incidents/") => Some(Scope::Acknowledge),
        _ => Some(Scope::Admin),
    }
}

async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let path = path.strip_prefix(&guard.prefix).unwrap_or(path);
    let Some(scope) = needed(request.method(), path) else { return next.run(request).await };
    let open = guard.local && guard.tokens.is_empty();
    let page = origin::of(request.headers()).cloned();
    let known = page.filter(|page| !open || origin::is_local(page, request.headers()));
    let foreign = known.is_none() && origin::of(request.headers()).is_some();
    if foreign && !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        let text = "a web page from elsewhere may not do this while there are no API tokens; make one with `slo token add`";
        return refused(StatusCode::FORBIDDEN, text);
    }
    // Alertmanager's API only, for karma and Grafana in a browser.
    let known = known.filter(|_| path.starts_with("/api/v2/"));
    let asks = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if known.is_some() && asks && request.method() == Method::OPTIONS {
        origin::preflight()
    } else {
        enter(&guard, open, scope, request, next).await
    };
    if let Some(page) = known {
        origin::allow(page, &mut response);
    }
    response
}

/// Asks for a token, if one is needed, and goes on.
async fn enter(guard: &Guard, open: bool, scope: Scope, mut request: Request, next: Next) -> Response {
    let caller = if open {
        Caller { name: "local".to_owned() }
    } else {
        match token(request.headers()).and_then(|token| guard.tokens.holder(&token)) {
            Some(holder) if holder.may(scope) => Caller { name: holder.name },
            Some(holder) => {
                let text = format!("the token {} does not allow {}", holder.name, scope.as_str());
                return refused(StatusCode::FORBIDDEN, &text);
            }
            None => {
                return refused(StatusCode::UNAUTHORIZED, "an API token is needed: Authorization: Bearer …");
            }
        }
    };
    request.extensions_mut().insert(caller);
    next.run(request).await
}

fn refused(status: StatusCode, text: &str) -> Response {
    let body = axum::Json(json!({"code": status.as_u16(), "message": text}));
    if status == StatusCode::UNAUTHORIZED {
        (status, [(header::WWW_AUTHENTICATE, "Bearer, Basic realm=\"slo\"")], body).into_response()
    } else {
        (status, body).into_response()
    }
}

fn token(headers: &HeaderMap) -> Option<String> {
    let (scheme, value) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(base64(value.trim())?).ok()?;
    Some(decoded.split_once(':')?.1.to_owned())
}

/// Standard base64; `None` for what is none.
fn base64(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut bits, mut held) = (Vec::with_capacity(text.len()), 0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_needs_what_it_does() {
        assert_eq!(needed(&Method::GET, "/-/ready"), None);
        assert_eq!(needed(&Method::POST, "/-/reload"), Some(Scope::Admin));
        assert_eq!(needed(&Method::POST, "/api/v2/alerts"), Some(Scope::Ingest));
        assert_eq!(needed(&Method::GET, "/api/v2/alerts"), Some(Scope::Read));
        assert_eq!(needed(&Method::DELETE, "/api/v2/silence/x"), Some(Scope::Silence));
        assert_eq!(needed(&Method::POST, "/api/slo/v1/incidents/x/acknowledge"), Some(Scope::Acknowledge));
        assert_eq!(needed(&Method::PUT, "/anything"), Some(Scope::Admin));
    }

    #[test]
    fn tokens_come_as_bearer_or_as_a_password() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            token(&headers)
        };
        assert_eq!(with("Bearer slo_x"), Some("slo_x".to_owned()));
        assert_eq!(with("basic YW1Ac2xvOnNsb194eQ=="), Some("slo_xy".to_owned()));
        assert_eq!(with("Basic !"), None);
        assert_eq!(with("Digest x"), None);
    }
}

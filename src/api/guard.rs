//! Who may do what: API tokens with scopes; without them, on loopback only, whoever is on this machine. The one thing that
//! machine runs and does not trust is a browser with pages of others in it.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;

use super::caller::Caller;
use super::credentials::Credentials;
use super::needed::{needed, only_looks};
use super::origin::{self, Known};
use super::refusal::refused;
use slo_incidents::access::tokens::{Scope, Tokens};

/// What protects the API.
#[derive(Clone)]
pub struct Guard {
    tokens: Tokens,
    /// Without tokens anybody may do anything: only on loopback.
    local: bool,
    prefix: String,
    known: Known,
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
        Ok(Self { tokens, local, prefix: prefix.to_owned(), known: Known::default() })
    }

    /// People reach the engine at this address too.
    #[must_use]
    pub fn reached_at(self, external_url: &str) -> Self {
        Self { known: Known::at(external_url), ..self }
    }

    /// `router`, protected.
    pub fn protect(self, router: Router) -> Router {
        router.layer(from_fn_with_state(self, check))
    }

    /// Whether anybody may do anything: there is no token, and there was none since the start.
    fn is_open(&self) -> bool {
        self.local && !self.tokens.are_needed()
    }
}

async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let path = path.strip_prefix(&guard.prefix).unwrap_or(path).to_owned();
    let (method, headers) = (request.method(), request.headers());
    let Some(scope) = needed(method, &path) else { return next.run(request).await };
    let (open, shown) = (guard.is_open(), Credentials::of(headers));
    if open && let Some(name) = guard.known.stranger(request.uri(), headers) {
        let text = format!(
            "this engine has no API tokens, so it answers only to names of this machine, and {name:?} is none; if people \
             reach it there, start it with --external-url, or make a token with `slo token add NAME --scope admin`"
        );
        return refused(&path, StatusCode::FORBIDDEN, &text);
    }
    // Alertmanager's API only, for karma and Grafana in a browser.
    let page = origin::of(headers).filter(|_| path.starts_with("/api/v2/")).cloned();
    let page = page.filter(|page| !open || guard.known.is_near(page, headers));
    let by_itself = open || matches!(shown, Some(Credentials::Basic(_)));
    let near = open && page.as_ref().is_some_and(origin::is_of_this_machine);
    if by_itself && !near && !only_looks(method) && !guard.known.is_own(headers) {
        let text = if open {
            "a web page from elsewhere may not do this while there are no API tokens; make one with `slo token add`"
        } else {
            "a web page from elsewhere may not do this with a password that the browser remembers; programs send \
             Authorization: Bearer TOKEN"
        };
        return refused(&path, StatusCode::FORBIDDEN, text);
    }
    let asks = headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if page.is_some() && asks && method == Method::OPTIONS {
        origin::preflight()
    } else {
        match enter(&guard, open, scope, shown) {
            Ok(caller) => {
                let mut request = request;
                request.extensions_mut().insert(caller);
                next.run(request).await
            }
            Err((status, text)) => refused(&path, status, &text),
        }
    };
    if let Some(page) = page {
        origin::allow(page, &mut response);
    }
    response
}

/// Who it is, if that is enough.
fn enter(
    guard: &Guard,
    open: bool,
    scope: Scope,
    shown: Option<Credentials>,
) -> Result<Caller, (StatusCode, String)> {
    if open {
        return Ok(Caller::Anybody);
    }
    match shown.and_then(|shown| guard.tokens.holder(shown.token())) {
        Some(holder) if holder.may(scope) => Ok(Caller::Holder(holder)),
        Some(holder) => {
            let text = format!("the token {} does not allow {}", holder.name, scope.as_str());
            Err((StatusCode::FORBIDDEN, text))
        }
        None if guard.tokens.is_empty() => {
            let text = "an API token is needed, and the last one was taken away; make one with `slo token add NAME \
                        --scope admin`, or restart the engine to do without";
            Err((StatusCode::UNAUTHORIZED, text.to_owned()))
        }
        None => {
            let text = "an API token is needed: Authorization: Bearer …, or as the password of any user";
            Err((StatusCode::UNAUTHORIZED, text.to_owned()))
        }
    }
}

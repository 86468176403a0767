//! Which scope a request needs.

use axum::http::Method;

use slo_incidents::access::tokens::Scope;

/// Whether requests of this kind only look.
pub(super) fn only_looks(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// What a request needs; `None` when it needs nothing.
pub(super) fn needed(method: &Method, path: &str) -> Option<Scope> {
    let reads = only_looks(method);
    match path {
        "/-/healthy" | "/-/ready" => None,
        // The link itself is the permission.
        _ if path.starts_with("/ack/") => None,
        "/api/v2/alerts" if !reads => Some(Scope::Ingest),
        _ if reads => Some(Scope::Read),
        // Queries may be posted.
        _ if path.starts_with("/api/v1/") => Some(Scope::Read),
        // They only look.
        "/api/slo/v1/silences/preview" | "/silences/preview" => Some(Scope::Read),
        _ if path.starts_with("/api/v2/silence") => Some(Scope::Silence),
        _ if path.starts_with("/api/slo/v1/incidents/") => Some(Scope::Acknowledge),
        // The console.
        "/silences" => Some(Scope::Silence),
        _ if path.starts_with("/silences/") => Some(Scope::Silence),
        _ if path.starts_with("/incidents/") && path.ends_with("/silence") => Some(Scope::Silence),
        _ if path.starts_with("/incidents/") => Some(Scope::Acknowledge),
        _ => Some(Scope::Admin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_needs_what_it_does() {
        for (method, path, scope) in [
            (Method::GET, "/-/ready", None),
            (Method::POST, "/-/reload", Some(Scope::Admin)),
            (Method::POST, "/api/v2/alerts", Some(Scope::Ingest)),
            (Method::GET, "/api/v2/alerts", Some(Scope::Read)),
            (Method::DELETE, "/api/v2/silence/x", Some(Scope::Silence)),
            (Method::POST, "/api/slo/v1/incidents/x/acknowledge", Some(Scope::Acknowledge)),
            (Method::GET, "/", Some(Scope::Read)),
            (Method::GET, "/audit", Some(Scope::Read)),
            (Method::POST, "/silences/preview", Some(Scope::Read)),
            (Method::POST, "/silences", Some(Scope::Silence)),
            (Method::POST, "/silences/x/expire", Some(Scope::Silence)),
            (Method::POST, "/incidents/x/silence", Some(Scope::Silence)),
            (Method::POST, "/incidents/x/acknowledge", Some(Scope::Acknowledge)),
            (Method::PUT, "/anything", Some(Scope::Admin)),
        ] {
            assert_eq!(needed(&method, path), scope, "{method} {path}");
        }
    }
}

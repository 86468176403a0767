//! A request's body with a deadline.

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use futures::{StreamExt, stream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The request with a body that has to have arrived by `until`, and what is cancelled when somebody waits for it beyond
/// that: from then on the body gives nothing more.
pub(super) fn due(request: Request, until: Instant) -> (Request, CancellationToken) {
    let late = CancellationToken::new();
    if request.body().is_end_stream() {
        return (request, late);
    }
    let told = late.clone();
    let request = request.map(|body| {
        let parts = stream::unfold(body.into_data_stream(), move |mut parts| {
            let told = told.clone();
            async move {
                match tokio::time::timeout_at(until, parts.next()).await {
                    Ok(part) => part.map(|part| (part, parts)),
                    Err(_) => {
                        told.cancel();
                        std::future::pending().await
                    }
                }
            }
        });
        Body::from_stream(parts)
    });
    (request, late)
}

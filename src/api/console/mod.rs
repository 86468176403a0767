//! The console: what is wrong, who has it, and what can be done about it, for people with a browser or a telephone. Pages
//! are written here and need nothing but themselves: no script, no file, no other host. Forms are answered with 303 to the
//! page that shows what came of them.
//!
//! | page | shows |
//! |---|---|
//! | `/` | open incidents, budgets, who is on call, silences |
//! | `/incidents/ID` | an incident, its alerts with the reasons for every page, notes, history |
//! | `/alerts` | what fires now |
//! | `/alerts/FINGERPRINT` | an alert, and why a notification was sent, or was not |
//! | `/silences` | silences; makes one after showing what it would mute |
//! | `/audit` | who did what |
//! | `/ack/TOKEN` | the incident of a link in a message, to be acknowledged without more |
//!
//! Links are relative, so that they hold under a route prefix and behind a proxy that takes one away.

mod alert;
mod alerts;
mod audit;
mod budgets;
mod draft;
mod incident;
mod link;
mod overview;
mod page;
mod silence;
mod silences;
mod visitor;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use slo_evaluation::engine::SnapshotChannel;
use slo_incidents::AlertService;
use slo_model::source::Sources;

pub(super) use page::notice;

/// The most bytes of a form.
const MAX_BODY: usize = 64 << 10;

/// What pages are made of.
#[derive(Clone)]
struct Console {
    service: AlertService,
    snapshots: SnapshotChannel,
    sources: Sources,
}

/// The pages of an engine with this service, these verdicts and these data sources.
pub fn router(service: AlertService, snapshots: SnapshotChannel, sources: Sources) -> Router {
    Router::new()
        .route("/", get(overview::show))
        .route("/incidents/{id}", get(incident::show))
        // Not one of the others: it needs another scope, which goes by the path.
        .route("/incidents/{id}/silence", post(incident::silence).get(incident::to_silence))
        .route("/incidents/{id}/{action}", post(incident::act).get(incident::back))
        .route("/alerts", get(alerts::show))
        .route("/alerts/{fingerprint}", get(alert::show))
        .route("/silences", get(silences::show).post(silences::make))
        .route("/silences/preview", post(silences::preview).get(silences::back))
        .route("/silences/{id}/expire", post(silences::expire).get(silences::back))
        .route("/audit", get(audit::show))
        .route("/ack/{token}", get(link::show).post(link::acknowledge))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(Console { service, snapshots, sources })
}

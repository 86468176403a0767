//! How far the fill of histories has come: a bar on a terminal, nothing elsewhere (the log tells).

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use slo_core::time::Span;
use slo_evaluation::engine::FillProgress;

/// A callback that draws one bar on stderr for all SLOs that are being filled.
pub(super) fn reporter() -> Arc<dyn Fn(FillProgress) + Send + Sync> {
    if !std::io::stderr().is_terminal() {
        return Arc::new(|progress| {
            if progress.done >= progress.all {
                tracing::info!(slo = progress.slo, hours = progress.all / Span::hours(1), "history filled");
            }
        });
    }
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("reading history {wide_bar} {percent:>3}% {msg}") {
        bar.set_style(style);
    }
    let seen: Mutex<BTreeMap<String, (Span, Span)>> = Mutex::default();
    Arc::new(move |progress| {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(progress.slo.clone(), (progress.done, progress.all));
        let (done, all) =
            seen.values().fold((Span::ZERO, Span::ZERO), |(done, all), one| (done + one.0, all + one.1));
        bar.set_length(u64::try_from(all.as_seconds()).unwrap_or(0));
        bar.set_position(u64::try_from(done.as_seconds()).unwrap_or(0));
        bar.set_message(progress.slo);
        if done >= all {
            bar.finish_and_clear();
            seen.clear();
        }
    })
}

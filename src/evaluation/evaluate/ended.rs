//! What a total that ended may have become.

use super::native;
use super::plan::{RawPlan, Read};
use slo_core::names::LE;
use slo_core::time::Timestamp;
use slo_model::source::Source;

/// What is asked of people, or found at `at`: a server that turns classic histograms into native ones keeps the name without
/// its suffix.
pub(super) async fn hint(plan: &RawPlan, source: &dyn Source, at: Timestamp) -> String {
    for Read { selector, .. } in plan.reads.iter().filter(|read| read.cut_at.is_none()) {
        let stem = ["_bucket", "_count"].iter().find_map(|suffix| selector.metric().strip_suffix(suffix));
        let Some(stem) = stem else { continue };
        let native = selector.on_metric(stem).without(LE);
        // A server that does not know them has none.
        let found = source.instant(&format!("histogram_count({native})"), at).await;
        if found.is_ok_and(|answer| !answer.data.is_empty()) {
            return format!("{stem} is a native histogram now; annotate slo-engine/histogram: native");
        }
    }
    // `last_over_time` of native histograms answers numbers on some servers, so that they seem to have been counters.
    let hints = native::hints(plan, source, at).await.unwrap_or_default();
    if hints.is_empty() { "was the metric renamed?".to_owned() } else { hints.join("; ") }
}

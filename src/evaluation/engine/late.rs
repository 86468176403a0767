//! Samples that came after their time was settled, because a remote write was held up or an agent was away: their hour is read
//! again, and what it counts is put right.

use futures::{FutureExt, StreamExt, stream};

use super::memo::Memos;
use super::unit::Unit;
use crate::evaluate::{Ahead, Recorder};
use slo_core::text::counted;
use slo_core::time::{Span, Timestamp};
use slo_model::source::SourceOf;

/// So many SLOs are looked at in one tick; an hour has enough ticks for all.
const MOST_A_TICK: usize = 200;
/// So long it is told beside the numbers that something was filled in.
const TOLD_FOR: Span = Span::hours(1);

/// Looks whether samples came late, of SLOs whose time it is, and notes which are to be read again.
pub(super) async fn look(units: &mut [Unit], sources: &Memos<'_>, concurrency: usize, at: Timestamp) {
    let due = |unit: &&mut Unit| {
        unit.is_live(at) && unit.recorder.as_ref().is_some_and(|recorder| recorder.may_be_late(at))
    };
    let looks = stream::iter(units.iter_mut().filter(due).take(MOST_A_TICK)).map(|unit| {
        async move {
            let source = sources.of(unit.slo.source.as_deref());
            let recorder = unit.recorder.as_mut()?;
            match recorder.late(source, at).await {
                Ok(late) => unit.again = late,
                Err(error) => tracing::debug!(slo = %unit.slo.key, %error, "it is not known what came late"),
            }
            Some(())
        }
        .boxed()
    });
    let _: Vec<Option<()>> = looks.buffer_unordered(concurrency.max(1)).collect().boxed().await;
}

/// Tells that `samples` of the hour that began at `from` were filled in at `at`, and names the flag.
pub(super) fn tell(unit: &mut Unit, (from, samples): (Timestamp, u64), settle: Span, at: Timestamp) {
    if samples == 0 {
        // The server counts what is no sample of a counter, native histograms say.
        return;
    }
    let text = format!(
        "{} of the time after {from} came later than --settle ({} s) and were filled in; raise --settle to count such samples before their time is settled",
        counted(usize::try_from(samples).unwrap_or(usize::MAX), "sample"),
        settle.as_seconds()
    );
    tracing::warn!(slo = %unit.slo.key, "{text}");
    unit.filled_in = Some((at + TOLD_FOR, text));
}

/// What becomes of the reader that was there before an hour is read again.
pub(super) enum Before {
    /// Nothing is read again.
    Nothing,
    /// It stood further on, and partial answers are whole again.
    Ahead(Box<Ahead>),
    /// Another one reads; this one goes on where it stood when that cannot.
    Kept(Box<Recorder>),
}

//! Counts anew what a ledger holds as final, as far as the source goes, and says what becomes of the budget. What the source
//! does not have any more stays as it is. Nothing is written here: the difference is a [`Correction`] for
//! [`Ledger::correct`].

mod corrected;
mod difference;
mod reach;

use slo_core::labels::Labels;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::budget::Sums;
use slo_model::slo::{Indicator, Slo};
use slo_model::source::Source;
use slo_model::status::Row;

use crate::engine::{definition, stored};
use crate::evaluate::{EvaluateError, Limits, Recorder, plan};
use crate::ledger::{Correction, History, Ledger, LedgerError, Resolution};
use corrected::Corrected;
use difference::Difference;

/// How much is read at once.
const CHUNK: Span = Span::days(1);
/// How much of a ledger becomes one row.
const HOUR: Span = Span::hours(1);
/// What is counted anew begins and ends so; estimates are so long.
const GRID: Span = Span::minutes(5);
/// Most buckets that change at once: 200 MB.
const MOST_CHANGED: usize = 4_000_000;

/// Why nothing was counted anew.
#[derive(Debug, thiserror::Error)]
pub enum RecountError {
    /// The source did not answer, or not this question.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A budget of other budgets has no history of its own.
    #[error("it is made of other objectives; recount those")]
    Composite,
    /// Nothing was ever recorded of it, or of what it now is.
    #[error(
        "the ledger has never recorded it as it is defined now; `slo serve` fills it from the source by itself"
    )]
    NeverRecorded,
    /// Nothing in the range is final.
    #[error(
        "nothing of it is final after {}: the ledger has it from {} to {}; take an earlier --from",
        .from.rfc3339_seconds(), .begin.rfc3339_seconds(), .settled.rfc3339_seconds()
    )]
    NothingFinal {
        /// Where the range begins.
        from: Timestamp,
        /// Where counting began.
        begin: Timestamp,
        /// What ended later is not final.
        settled: Timestamp,
    },
    /// The source has nothing in the range.
    #[error(
        "{place} has nothing of it from {} to {}, so it stays as it is",
        .range.after.rfc3339_seconds(), .range.until.rfc3339_seconds()
    )]
    Gone {
        /// Where the source is.
        place: String,
        /// The range.
        range: TimeRange,
    },
    /// What it has is not all of it.
    #[error(
        "the source's answers are partial, so nothing was counted anew; try again when they are whole{0}"
    )]
    Partial(String),
    /// More changes than fit into memory.
    #[error(
        "more changes until {} than are written at once; recount up to there with --to, then the rest",
        .0.rfc3339_seconds()
    )]
    TooMuch(Timestamp),
}

/// What counting anew comes to.
#[derive(Debug)]
pub struct Recounted {
    /// What was asked for, as far as it is recorded and final.
    pub asked: TimeRange,
    /// What was counted anew: the same, or less where the source has no more.
    pub range: TimeRange,
    /// How long in `range` the ledger had data and the source has none any more; that stays as it is.
    pub kept: Span,
    /// The sums of `range` by group, as they were and as they are now.
    pub groups: Vec<(Labels, Sums, Sums)>,
    /// The moment of the budgets: where the history is settled.
    pub at: Timestamp,
    /// The budgets as they were.
    pub before: Vec<Row>,
    /// The budgets as they are now.
    pub after: Vec<Row>,
    /// What people should know about what was read.
    pub warnings: Vec<String>,
    /// What is to be written; `None` when nothing changes.
    pub correction: Option<Correction>,
}

/// Counts `slo` anew, from a moment to another one or to where its history is settled.
pub async fn recount(
    slo: &Slo,
    source: &dyn Source,
    ledger: &dyn Ledger,
    limits: &Limits,
    (from, to): (Timestamp, Option<Timestamp>),
) -> Result<Recounted, RecountError> {
    if matches!(slo.indicator, Indicator::Composite { .. }) {
        return Err(RecountError::Composite);
    }
    let history = ledger.histories(&[definition(slo)]).await?.into_iter().flatten().next();
    let history = history.ok_or(RecountError::NeverRecorded)?;
    let (Some(begin), Some(settled)) = (history.counted_from, history.settled_to) else {
        return Err(RecountError::NeverRecorded);
    };
    let grid = (Timestamp::EPOCH + GRID).align_up(ledger.step()) - Timestamp::EPOCH;
    let until = to.unwrap_or(settled).min(settled).align_down(grid);
    let asked = TimeRange::new(from.align_down(grid).max(begin), until);
    let asked = whole_hours_where_pruned(ledger, history, asked).await?;
    if asked.length() <= Span::ZERO {
        return Err(RecountError::NothingFinal { from, begin, settled });
    }
    let first_plan = plan(slo, source, asked).await?;
    let begins = reach::begins(&first_plan, source, asked, grid).await?;
    let range = begins.map(|after| TimeRange { after, ..asked }).filter(|range| range.length() > Span::ZERO);
    let Some(range) = range else {
        return Err(RecountError::Gone { place: source.place(), range: asked });
    };
    let range = whole_hours_where_pruned(ledger, history, range).await?;
    let mut recorder = Recorder::new(slo, first_plan, limits.clone(), begin, range.after);
    if !slo.group_by.is_empty() && range.after > begin {
        // As an engine that goes on there: the number of groups is limited, and these keep their place.
        let known = TimeRange::new(begin, range.after);
        let known = ledger.read(history.id, known, Resolution::Coarse).await?;
        recorder.know_groups(known);
    }
    let mut found = Difference::new(ledger.step());
    let (mut warnings, mut estimated) = (Vec::new(), false);
    let mut after = range.after;
    while after < range.until {
        let end = (after + CHUNK).align_down(HOUR).min(range.until);
        let chunk = TimeRange::new(after, end);
        if recorder.plan().is_provisional() {
            recorder.replan(plan(slo, source, chunk).await?);
        }
        let read = recorder.read(source, end, end, ledger.step(), &[]).await?;
        recorder.keep();
        if read.partial {
            let said = read.warnings.first().map(|warning| format!(" ({warning})"));
            return Err(RecountError::Partial(said.unwrap_or_default()));
        }
        if let Some(ended) = read.uncovered {
            let ended = TimeRange { after: ended.after.max(range.after), until: ended.until.min(after) };
            found.uncover(ended, ledger.read(history.id, ended, Resolution::Fine).await?);
        }
        estimated |= read.estimated;
        for warning in read.warnings {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
        let old = ledger.read(history.id, chunk, Resolution::Fine).await?;
        found.add(chunk, old, read.groups);
        if found.changes() > MOST_CHANGED {
            return Err(RecountError::TooMuch(after));
        }
        after = end;
    }
    let groups = found.sums();
    let kept = found.kept();
    let correction =
        Correction { history: history.id, range, groups: found.changed(), estimated, also: None };
    let slos = [slo];
    let (at, before) = stored(&slos, ledger, settled, limits.max_groups).await?;
    let corrected = Corrected { ledger, correction: &correction, found: &found };
    let (_, after) = stored(&slos, &corrected, settled, limits.max_groups).await?;
    let correction = (!correction.groups.is_empty()).then_some(correction);
    Ok(Recounted { asked, range, kept, groups, at, before, after, warnings, correction })
}

/// The range without hours at its ends that it has only a part of and of which only the sums are left.
async fn whole_hours_where_pruned(
    ledger: &dyn Ledger,
    history: History,
    range: TimeRange,
) -> Result<TimeRange, LedgerError> {
    let is_pruned = async |at: Timestamp| {
        let (begin, end) = (at.align_down(HOUR), at.align_up(HOUR));
        if begin == end {
            return Ok::<_, LedgerError>(false);
        }
        let read = ledger.read(history.id, TimeRange::new(begin, end), Resolution::Fine).await?;
        Ok(read
            .iter()
            .flat_map(|group| &group.buckets)
            .any(|bucket| difference::is_sum(bucket, ledger.step())))
    };
    let after = if is_pruned(range.after).await? { range.after.align_up(HOUR) } else { range.after };
    let until = if is_pruned(range.until).await? { range.until.align_down(HOUR) } else { range.until };
    Ok(TimeRange { after, until })
}

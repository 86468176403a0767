//! What a report is made of, read in one place: counts from the ledger, incidents, and who was sent what.
//!
//! Without a ledger Prometheus is asked: a ledger in memory is filled from it for the period, and read like any other. There
//! are no incidents then.

mod cells;
mod counts;
mod records;

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use tokio_util::sync::CancellationToken;

use slo_base::store::{ENGINE, Store, StoreError};
use slo_core::time::{Span, Timestamp};
use slo_evaluation::engine::{Engine, Settings, SnapshotChannel, TickError, definition};
use slo_evaluation::evaluate::Limits;
use slo_evaluation::ledger::{self, Ledger, LedgerError};
use slo_model::policy::BudgetPolicy;
use slo_model::slo::{Indicator, Slo};
use slo_model::source::Sources;
use slo_report::facts::{Facts, ObjectiveFacts, Origin};
use slo_report::period::Period;

/// Objectives that are read at once: while one waits for the database, another one is counted.
const AT_ONCE: usize = 4;
/// A ledger that was written so recently is being written: what it does not have yet is not missing.
const LIVE: Span = Span::minutes(10);
/// The length of a bucket where Prometheus is asked.
const STEP: Span = Span::from_seconds(60);

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was read could not be written, not even in memory.
    #[error(transparent)]
    Tick(#[from] TickError),
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Of which time.
    pub period: Period,
    /// About which objectives.
    pub slos: Vec<Arc<Slo>>,
    /// Every objective that is defined, also those that are not asked about.
    pub defined: BTreeSet<String>,
    /// The moment that counts as now.
    pub now: Timestamp,
    /// What spent budgets ask for, and where that stands.
    pub policy: (String, BudgetPolicy),
    /// Options of the command line that name rules and source, for who wants it again.
    pub options: String,
}

/// What the ledger, and the incidents and notifications beside it, know. Writes nothing.
pub async fn from_ledger(ledger: &dyn Ledger, asked: &Asked) -> Result<Facts, ReportError> {
    let store = ledger.store();
    let range = asked.period.range();
    let histories = Histories::read(ledger, &asked.slos).await?;
    let until = histories.until(asked.now, ledger.step()).min(range.until);
    let recorded = records::read(store, range, until).await?;
    let reads = stream::iter(asked.slos.iter().zip(&histories.0)).map(|(slo, history)| {
        let recorded = &recorded;
        async move {
            let Some(history) = history else { return Ok(counts::unknown(slo)) };
            let read = counts::Read { ledger, slo, history: *history, period: asked.period, until };
            read.objective(&recorded.incidents).await
        }
    });
    let mut undefined = ledger::counted_in(store, range).await?;
    undefined.retain(|key| !asked.defined.contains(key));
    let objectives: Vec<ObjectiveFacts> = reads.buffered(AT_ONCE).try_collect::<Vec<_>>().await?;
    Ok(Facts {
        period: asked.period,
        until,
        objectives,
        incidents: recorded.incidents,
        pages: recorded.pages,
        policy: asked.policy.1.clone(),
        origin: Origin {
            source: format!("the ledger {}", store.place()),
            step: ledger.step(),
            notifications_from: recorded.notifications_from,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            undefined,
            policy: asked.policy.0.clone(),
            options: asked.options.clone(),
            title: title(&asked.slos),
            ..Origin::default()
        },
    })
}

/// The same from Prometheus, as far back as it goes.
pub async fn from_sources(sources: Sources, limits: Limits, asked: &Asked) -> Result<Facts, ReportError> {
    let place = sources.default_source().place().clone();
    let store = Store::open("sqlite::memory:", &ENGINE).await?;
    let ledger = ledger::open(&store, STEP).await?;
    let range = asked.period.range();
    let until = range.until.min(asked.now).align_down(STEP);
    let settings = Settings {
        interval: STEP,
        settle: Span::ZERO,
        limits,
        history: until - asked.period.before().range().after,
        retention: Span::days(3660),
        ..Settings::default()
    };
    let mut engine =
        Engine::new(asked.slos.clone(), sources, Arc::clone(&ledger), settings, SnapshotChannel::default())
            .await?;
    // The history, and then what came in the minutes before the end.
    engine.catch_up(until, &CancellationToken::new(), &|_| {}).await?;
    engine.tick(until).await?;
    let mut facts = from_ledger(ledger.as_ref(), &Asked { now: until, ..asked.clone() }).await?;
    for objective in &mut facts.objectives {
        objective.warnings.extend(engine.failure(&objective.slo.key));
    }
    facts.origin.source = format!("Prometheus at {place}, as far back as it goes");
    facts.origin.without_incidents = true;
    store.close().await;
    Ok(facts)
}

/// Where each objective's history is, and how far it reaches; `None` of one that was never recorded.
struct Histories(Vec<Option<ledger::History>>);

impl Histories {
    async fn read(ledger: &dyn Ledger, slos: &[Arc<Slo>]) -> Result<Self, LedgerError> {
        let definitions: Vec<_> = slos.iter().map(|slo| definition(slo)).collect();
        let mut histories = ledger.histories(&definitions).await?;
        for (history, slo) in histories.iter_mut().zip(slos) {
            if matches!(slo.indicator, Indicator::Composite { .. }) {
                *history = None;
            }
        }
        Ok(Self(histories))
    }

    /// Up to which moment something can be known: now, or what a ledger that is being written has.
    fn until(&self, now: Timestamp, step: Span) -> Timestamp {
        let newest = self.0.iter().flatten().filter_map(|history| history.settled_to).max();
        let now = now.align_down(step);
        newest.filter(|newest| *newest <= now && now - *newest < LIVE).unwrap_or(now)
    }
}

/// Whose report: the one service of all objectives, or how many there are.
fn title(slos: &[Arc<Slo>]) -> String {
    let mut services: Vec<&str> = slos.iter().map(|slo| slo.service.as_str()).collect();
    services.sort_unstable();
    services.dedup();
    match services.as_slice() {
        [one] => (*one).to_owned(),
        [one, two] => format!("{one} and {two}"),
        more => format!("{} services", more.len()),
    }
}

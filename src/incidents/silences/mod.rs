//! Silences: in memory for asking, on the disk before they are acknowledged to whoever made them.

mod request;
mod stored;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::watch;

use crate::access::audit;
use crate::records::{Record, Records};
use crate::sequence;
use request::{ended, new_id};
use slo_base::clock::Clock;
use slo_base::store::{Store, StoreError};
use slo_core::labels::Packed;
use slo_core::time::{Span, Timestamp};

pub use request::SilenceRequest;
pub use slo_model::route::silence::{LONGEST_SERIES, Series, Silence, SilenceBody, SilenceState};

/// Most series: each knows up to a year of its occurrences.
const MOST_SERIES: usize = 500;

/// Bounds.
#[derive(Debug, Clone)]
pub struct SilenceLimits {
    /// The longest a silence may last.
    pub longest: Span,
    /// The most silences, expired ones included.
    pub max_silences: usize,
}

impl Default for SilenceLimits {
    fn default() -> Self {
        // Ten years: as long as Alertmanager's users are used to, and not for ever.
        Self { longest: Span::days(3_660), max_silences: 20_000 }
    }
}

/// Why a silence was not taken or ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SilenceError {
    /// There is none of this name.
    #[error("silence not found")]
    NotFound,
    /// It is not valid.
    #[error("{0}")]
    Invalid(String),
    /// There are too many.
    #[error("there are {0} silences of this kind already; expired ones go after five days")]
    TooMany(usize),
    /// The database refused; nothing was changed.
    #[error(transparent)]
    Database(#[from] StoreError),
}

/// The store of silences. Clones are the same store.
#[derive(Clone)]
pub struct Silences {
    records: Arc<Records<Silence>>,
    limit: usize,
    longest_ms: Arc<AtomicI64>,
    clock: Clock,
}

impl Record for Silence {
    const NAME: &'static str = "silence";

    fn id(&self) -> &str {
        &self.body.id
    }

    fn decode(text: &str) -> Result<Self, String> {
        Self::new(serde_json::from_str(text).map_err(|error| error.to_string())?)
    }
}

impl Silences {
    /// Reads what is stored.
    pub async fn open(store: Store, limits: SilenceLimits, clock: Clock) -> Result<Self, StoreError> {
        let silences = Self {
            records: Arc::new(Records::new(store)),
            limit: limits.max_silences,
            longest_ms: Arc::new(AtomicI64::new(limits.longest.ms())),
            clock,
        };
        silences.refresh().await?;
        Ok(silences)
    }

    /// From now on no silence is taken that lasts longer.
    pub fn set_longest(&self, longest: Span) {
        self.longest_ms.store(longest.ms(), Ordering::Relaxed);
    }

    fn longest(&self) -> Span {
        Span::from_ms(self.longest_ms.load(Ordering::Relaxed))
    }

    /// The silence as it would be, without making it.
    pub fn preview(&self, wanted: SilenceRequest) -> Result<Silence, SilenceError> {
        let now = self.clock.now();
        wanted.check(now, self.longest()).map_err(SilenceError::Invalid)?;
        let starts_at = if wanted.series.is_some() { wanted.starts_at } else { wanted.starts_at.max(now) };
        Silence::new(wanted.into_body(String::new(), starts_at, now)).map_err(SilenceError::Invalid)
    }

    /// Changes a silence or makes a new one; its id. With the same matchers a silence that is not over keeps its id,
    /// otherwise it is ended and a new one made. `actor` is who does it, for the audit log.
    pub async fn set(&self, mut wanted: SilenceRequest, actor: &str) -> Result<String, SilenceError> {
        let now = self.clock.now();
        let previous = wanted.id.as_ref().and_then(|id| self.get(id));
        if let Some(previous) = &previous {
            wanted.keep_series(previous, now).map_err(SilenceError::Invalid)?;
        }
        wanted.check(now, self.longest()).map_err(SilenceError::Invalid)?;
        let _write_lock = self.records.write_lock().await;
        let mut writing = sequence::begin(self.records.store()).await?;
        self.catch_up(&mut writing).await?;
        let previous = wanted.id.as_ref().and_then(|id| self.get(id));
        if wanted.id.is_some() && previous.is_none() {
            writing.roll_back().await;
            return Err(SilenceError::NotFound);
        }
        let mut changes = Vec::new();
        let changed = previous.as_ref().is_some_and(|previous| wanted.changes(previous, now));
        let (id, starts_at) = match (&previous, changed) {
            (Some(previous), true) if wanted.series.is_some() => (previous.body.id.clone(), wanted.starts_at),
            (Some(previous), true) => {
                let active = previous.state(now) == SilenceState::Active;
                (previous.body.id.clone(), if active { previous.body.starts_at } else { wanted.starts_at })
            }
            (Some(previous), false) => {
                if previous.state(now) != SilenceState::Expired {
                    changes.push(ended(previous, now));
                }
                (new_id(), wanted.starts_at.max(now))
            }
            (None, _) => (new_id(), wanted.starts_at.max(now)),
        };
        // The first time of a series may be over; it says at what time of the day the others are.
        let starts_at = if wanted.series.is_some() { wanted.starts_at } else { starts_at };
        let (count, most) = if wanted.series.is_some() {
            (self.records.count(|silence| silence.body.series.is_some()), MOST_SERIES)
        } else {
            (self.len(), self.limit)
        };
        if !changed && count >= most {
            writing.roll_back().await;
            return Err(SilenceError::TooMany(count));
        }
        let body = wanted.into_body(id.clone(), starts_at, now);
        let action = if changed { "silence_changed" } else { "silence_added" };
        audit::add(&mut writing, now, actor, action, &id, &body.comment).await?;
        changes.push(body);
        self.write(writing, changes).await?;
        Ok(id)
    }

    /// Ends a silence now; one that is over stays as it is.
    pub async fn expire(&self, id: &str, actor: &str) -> Result<(), SilenceError> {
        let now = self.clock.now();
        let _write_lock = self.records.write_lock().await;
        let mut writing = sequence::begin(self.records.store()).await?;
        self.catch_up(&mut writing).await?;
        let Some(silence) = self.get(id) else {
            writing.roll_back().await;
            return Err(SilenceError::NotFound);
        };
        if silence.state(now) == SilenceState::Expired {
            writing.roll_back().await;
            return Ok(());
        }
        audit::add(&mut writing, now, actor, "silence_expired", id, "").await?;
        self.write(writing, vec![ended(&silence, now)]).await?;
        Ok(())
    }

    /// One silence.
    pub fn get(&self, id: &str) -> Option<Arc<Silence>> {
        self.records.get(id)
    }

    /// All of them: active ones first by their end, then pending ones by their start, then expired ones, the latest
    /// first.
    pub fn all(&self) -> Vec<Arc<Silence>> {
        let now = self.clock.now();
        let mut all = self.records.all();
        all.sort_by_cached_key(|silence| {
            let state = silence.state(now);
            let (start, end) = silence.occurrence(now);
            let time = match state {
                SilenceState::Active => end - Timestamp::EPOCH,
                SilenceState::Pending => start - Timestamp::EPOCH,
                SilenceState::Expired => Timestamp::EPOCH - end,
            };
            (state, time, silence.body.id.clone())
        });
        all
    }

    /// Those that mute now.
    pub fn active(&self) -> Vec<Arc<Silence>> {
        let now = self.clock.now();
        let all = self.records.all();
        all.into_iter().filter(|silence| silence.state(now) == SilenceState::Active).collect()
    }

    /// The ids of the silences among `active` that match.
    pub fn matching<'a>(active: &'a [Arc<Silence>], labels: &impl AsRef<Packed>) -> Vec<&'a str> {
        active
            .iter()
            .filter(|silence| silence.matches(labels))
            .map(|silence| silence.body.id.as_str())
            .collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.records.count(|_| true)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Changes with every change of a silence.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.records.watch()
    }
}

#[cfg(test)]
mod tests;

//! What a platform API can be told. The defaults are for one machine with nothing prepared.

use std::time::Duration;

use super::fault::Fault;
use super::model::IngestSource;
pub use super::store::Place;
use slo_base::clock::Clock;
pub use slo_base::http::Limits;

/// Everything that [`run`](super::run) needs besides its socket.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where its data is.
    pub place: Place,
    /// Decides the sample data and which requests a fault hits.
    pub seed: u64,
    /// What goes wrong on purpose.
    pub fault: Fault,
    /// How often each source is ingested.
    pub schedule: Schedule,
    /// What a client may ask of it.
    pub limits: Limits,
    /// The time of everything that is stored or exported.
    pub clock: Clock,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            place: Place::Memory,
            seed: 1,
            fault: Fault::None,
            schedule: Schedule::default(),
            limits: Limits::default(),
            clock: Clock::System,
        }
    }
}

/// The time between two ingestions of a source; each is well inside its freshness objective (30, 15 and 5 minutes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// SEC filings.
    pub sec: Duration,
    /// Market data.
    pub financial: Duration,
    /// News.
    pub news: Duration,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { sec: Duration::from_mins(2), financial: Duration::from_mins(1), news: Duration::from_secs(20) }
    }
}

impl Schedule {
    /// The time between two ingestions of `source`, at least a millisecond.
    pub fn period(&self, source: IngestSource) -> Duration {
        let period = match source {
            IngestSource::Sec => self.sec,
            IngestSource::Financial => self.financial,
            IngestSource::News => self.news,
        };
        period.max(Duration::from_millis(1))
    }
}

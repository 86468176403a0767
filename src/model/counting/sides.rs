//! Whether both queries of a ratio find series at all: a metric whose name is mistyped finds none, and no traffic is no
//! news of it.

use slo_core::time::{TimeRange, Timestamp};

use super::counts::Role;

/// Since when there have been series of the numerator and of the total; for ever if they were there before
/// counting began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sides {
    numerator: Option<Timestamp>,
    total: Option<Timestamp>,
}

impl Sides {
    /// A series with this role had a sample at `at`.
    pub(super) fn saw(&mut self, role: Role, at: Timestamp) {
        for (counts, since) in [(role.numerator, &mut self.numerator), (role.total, &mut self.total)] {
            if counts != 0 {
                *since = Some(since.map_or(at, |since| since.min(at)));
            }
        }
    }

    /// True when the numerator has had series.
    pub fn has_numerator(&self) -> bool {
        self.numerator.is_some()
    }

    /// True when the total has had series.
    pub fn has_total(&self) -> bool {
        self.total.is_some()
    }

    /// The parts of `covered` for which there is knowledge. While there is a numerator and still no total, the total is not
    /// known, however often its targets are scraped.
    pub(super) fn known(&self, covered: Vec<TimeRange>) -> Vec<TimeRange> {
        let Some(from) = self.numerator else { return covered };
        let until = self.total.unwrap_or(Timestamp::MAX);
        if from >= until {
            return covered;
        }
        let parts = covered.into_iter().flat_map(|stretch| {
            let before = TimeRange { until: stretch.until.min(from), ..stretch };
            [before, TimeRange { after: stretch.after.max(until), ..stretch }]
        });
        parts.filter(|stretch| stretch.after < stretch.until).collect()
    }
}

//! Whether both queries of a ratio find series at all: a metric whose name is mistyped finds none, and no traffic is no
//! news of it.

use super::Role;

/// Since when there have been series of the numerator and of the total, in milliseconds; for ever if they were there before
/// counting began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sides {
    numerator: Option<i64>,
    total: Option<i64>,
}

impl Sides {
    /// A series with this role had a sample at `at_ms`.
    pub(super) fn saw(&mut self, role: Role, at_ms: i64) {
        for (counts, since) in [(role.numerator, &mut self.numerator), (role.total, &mut self.total)] {
            if counts != 0 {
                *since = Some(since.map_or(at_ms, |since| since.min(at_ms)));
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
    pub(super) fn known(&self, covered: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
        let Some(from) = self.numerator else { return covered };
        let until = self.total.unwrap_or(i64::MAX);
        if from >= until {
            return covered;
        }
        let parts =
            covered.into_iter().flat_map(|(start, end)| [(start, end.min(from)), (start.max(until), end)]);
        parts.filter(|(start, end)| start < end).collect()
    }
}

//! The twelve months that end with the period.

use slo_core::time::Span;
use slo_model::budget::Sums;
use slo_model::slo::Slo;

use super::objective::allowed;

/// What twelve months spent, and how many kept their objective.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Months {
    /// The share of each month's budget that was spent, the oldest first; `None` where nothing was counted.
    pub spent: Vec<Option<f64>>,
}

impl Months {
    pub(super) fn of(slo: &Slo, months: &[Option<Sums>], lengths: &[Span]) -> Self {
        let spent = months.iter().zip(lengths).map(|(sums, length)| {
            let sums = (*sums)?.tidy();
            let allowed = allowed(slo, sums, *length);
            (sums.total > 0.0 && allowed > 0.0).then(|| (sums.total - sums.good) / allowed)
        });
        Self { spent: spent.collect() }
    }

    /// In how many the objective was met, and of how many.
    pub fn met(&self) -> (usize, usize) {
        let known = self.spent.iter().flatten();
        (known.clone().filter(|spent| **spent <= 1.0).count(), known.count())
    }

    /// The most that was spent in one of them.
    pub fn most(&self) -> Option<f64> {
        self.spent.iter().flatten().copied().reduce(f64::max)
    }
}

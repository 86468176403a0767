//! Range queries longer than a server answers at once: cut into pieces, and joined again. Pure.

use std::collections::HashMap;

use slo_core::labels::Labels;
use slo_core::time::{Span, Timestamp};
use slo_model::source::{Answer, Series, SourceError};

/// Prometheus refuses more points a series in one answer.
const POINTS_A_PIECE: i64 = 11_000;
/// More points than this are a mistake in the step, not a question: 13 months of 30 s.
const MAX_POINTS: i64 = 1_200_000;

/// A part of the range, both ends included.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub start: Timestamp,
    pub end: Timestamp,
}

/// The pieces of `start`, `start + step`, … up to `end`; none when it ends before it starts.
pub(super) fn pieces(
    query: &str,
    url: &str,
    (start, end): (Timestamp, Timestamp),
    step: Span,
) -> Result<Vec<Piece>, SourceError> {
    if step <= Span::ZERO {
        let reason = format!("a step of {} ms never reaches the end; it must be positive", step.ms());
        return Err(SourceError::BadQuery { url: url.to_owned(), reason, query: query.to_owned() });
    }
    let steps = (end - start).ms().div_euclid(step.ms());
    if steps >= MAX_POINTS {
        let reason = format!("{steps} steps; {MAX_POINTS} is the most, use a longer step");
        return Err(SourceError::TooLarge { url: url.to_owned(), reason });
    }
    let piece = |first: i64| Piece {
        start: start + step * first,
        end: start + step * (first + POINTS_A_PIECE - 1).min(steps),
    };
    let firsts = (0..=steps).step_by(usize::try_from(POINTS_A_PIECE).unwrap_or(usize::MAX));
    Ok(firsts.map(piece).collect())
}

/// Puts the pieces' answers together.
#[derive(Default)]
pub(super) struct Joined {
    series: Vec<Series>,
    places: HashMap<Labels, usize>,
    warnings: Vec<String>,
}

impl Joined {
    /// Adds the answer of the next piece.
    pub fn add(&mut self, series: Vec<Series>, warnings: Vec<String>) {
        for next in series {
            let place = *self.places.entry(next.labels.clone()).or_insert(self.series.len());
            match self.series.get_mut(place) {
                Some(known) => known.samples.extend(next.samples),
                None => self.series.push(next),
            }
        }
        for warning in warnings {
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
    }

    /// The whole.
    pub fn finish(self) -> Answer<Vec<Series>> {
        Answer { data: self.series, warnings: self.warnings }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::short::{at_ms, ms};
    use slo_model::source::Sample;

    #[test]
    fn pieces_meet_every_step_once() {
        let of = |start, end, step| pieces("q", "u", (at_ms(start), at_ms(end)), ms(step)).unwrap();
        assert_eq!(of(0, 0, 15_000), [Piece { start: at_ms(0), end: at_ms(0) }]);
        assert_eq!(of(7, 40_006, 20_000), [Piece { start: at_ms(7), end: at_ms(20_007) }]);
        assert_eq!(of(1, 0, 1000), []);
        let whole = of(5, 5 + 22_000 * 1000, 1000);
        assert_eq!(whole.len(), 3);
        let steps: Vec<i64> =
            whole.iter().flat_map(|piece| (piece.start.ms()..=piece.end.ms()).step_by(1000)).collect();
        assert_eq!(steps, (0..=22_000).map(|step| 5 + step * 1000).collect::<Vec<_>>());
    }

    #[test]
    fn endless_ranges_are_refused() {
        for step in [0, -1] {
            assert!(matches!(
                pieces("q", "u", (at_ms(0), at_ms(10)), ms(step)),
                Err(SourceError::BadQuery { .. })
            ));
        }
        assert!(matches!(
            pieces("q", "u", (Timestamp::MIN, Timestamp::MAX), ms(1)),
            Err(SourceError::TooLarge { .. })
        ));
    }

    #[test]
    fn joined_series_go_on_and_warnings_are_told_once() {
        let series = |name: &str, at| Series {
            labels: [("a", name)].into_iter().collect(),
            samples: vec![Sample { at: at_ms(at), value: 1.0 }],
        };
        let mut joined = Joined::default();
        joined.add(vec![series("x", 1)], vec!["w".to_owned()]);
        joined.add(vec![series("y", 2), series("x", 2)], vec!["w".to_owned(), "v".to_owned()]);
        let answer = joined.finish();
        assert_eq!(answer.warnings, ["w", "v"]);
        assert_eq!(answer.data.iter().map(|series| series.samples.len()).collect::<Vec<_>>(), [2, 1]);
    }
}

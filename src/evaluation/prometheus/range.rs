//! Range queries longer than a server answers at once: cut into pieces, and joined again. Pure.

use std::collections::HashMap;

use slo_core::labels::Labels;
use slo_core::time::{Span, Timestamp};
use slo_model::source::{Answer, Series, SourceError};

/// Prometheus refuses more points a series in one answer.
const POINTS_A_PIECE: i64 = 11_000;
/// More points than this are a mistake in the step, not a question: 13 months of 30 s.
const MAX_POINTS: i64 = 1_200_000;

/// So often in a row a piece that is not answered in time is made smaller. A server that answers nothing in time is not
/// waited for any longer.
const MOST_TIMEOUTS: u32 = 4;

/// A part of the range, both ends included.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub start: Timestamp,
    pub end: Timestamp,
}

/// The pieces of `start`, `start + step`, … up to `end`; none when it ends before it starts.
#[derive(Debug)]
pub(super) struct Pieces {
    next: Timestamp,
    end: Timestamp,
    step: Span,
    /// Steps of a piece.
    steps: i64,
    timeouts: u32,
}

impl Pieces {
    /// Refuses what has no end.
    pub fn new(
        query: &str,
        url: &str,
        (start, end): (Timestamp, Timestamp),
        step: Span,
    ) -> Result<Self, SourceError> {
        if step <= Span::ZERO {
            let reason = format!("a step of {} ms never reaches the end; it must be positive", step.ms());
            return Err(SourceError::BadQuery { url: url.to_owned(), reason, query: query.to_owned() });
        }
        let steps = (end - start).ms().div_euclid(step.ms());
        if steps >= MAX_POINTS {
            let reason = format!("{steps} steps; {MAX_POINTS} is the most, use a longer step");
            return Err(SourceError::TooLarge { url: url.to_owned(), reason });
        }
        Ok(Self { next: start, end: start + step * steps, step, steps: POINTS_A_PIECE, timeouts: 0 })
    }

    /// What is to be asked for next; the same again until it was answered or made smaller.
    pub fn next(&self) -> Option<Piece> {
        let end = (self.next + self.step * (self.steps - 1)).min(self.end);
        (self.next <= self.end).then_some(Piece { start: self.next, end })
    }

    /// The piece was answered.
    pub fn answered(&mut self, piece: &Piece) {
        self.next = piece.end + self.step;
        self.timeouts = 0;
    }

    /// Halves the piece, and those after it, when it failed because it asked for too much at once; false when smaller
    /// would not help.
    pub fn make_smaller(&mut self, piece: &Piece, error: &SourceError) -> bool {
        let steps = (piece.end - piece.start) / self.step + 1;
        let helps = match error {
            SourceError::TooLarge { .. } => true,
            SourceError::Timeout { .. } => {
                self.timeouts += 1;
                self.timeouts <= MOST_TIMEOUTS
            }
            _ => false,
        };
        self.steps = (steps / 2).max(1);
        helps && steps > 1
    }
}

/// Puts the pieces' answers together.
#[derive(Default)]
pub(super) struct Joined {
    series: Vec<Series>,
    places: HashMap<Labels, usize>,
    warnings: Vec<String>,
    /// A piece lacks data.
    pub partial: bool,
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
        Answer { data: self.series, warnings: self.warnings, partial: self.partial }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::short::{at_ms, ms};
    use slo_model::source::Sample;

    fn pieces(start: i64, end: i64, step: i64) -> Pieces {
        Pieces::new("q", "u", (at_ms(start), at_ms(end)), ms(step)).unwrap()
    }

    /// All of them, as answered by a server that refuses more than so many steps.
    fn asked(mut pieces: Pieces, most: i64) -> Vec<Piece> {
        let mut all = Vec::new();
        while let Some(piece) = pieces.next() {
            if (piece.end - piece.start) / pieces.step < most {
                pieces.answered(&piece);
                all.push(piece);
            } else {
                assert!(pieces.make_smaller(&piece, &too_large()));
            }
        }
        all
    }

    fn too_large() -> SourceError {
        SourceError::TooLarge { url: String::new(), reason: String::new() }
    }

    #[test]
    fn pieces_meet_every_step_once() {
        let of = |start, end, step| asked(pieces(start, end, step), i64::MAX);
        assert_eq!(of(0, 0, 15_000), [Piece { start: at_ms(0), end: at_ms(0) }]);
        assert_eq!(of(7, 40_006, 20_000), [Piece { start: at_ms(7), end: at_ms(20_007) }]);
        assert_eq!(of(1, 0, 1000), []);
        for (most, want) in [(i64::MAX, 3), (11_000, 3), (10_999, 5), (1000, 33), (1, 22_001)] {
            let whole = asked(pieces(5, 5 + 22_000 * 1000, 1000), most);
            assert_eq!(whole.len(), want, "{most}");
            let steps: Vec<i64> =
                whole.iter().flat_map(|piece| (piece.start.ms()..=piece.end.ms()).step_by(1000)).collect();
            assert_eq!(steps, (0..=22_000).map(|step| 5 + step * 1000).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_piece_is_made_smaller_until_it_is_one_step_or_time_and_again_runs_out() {
        let timeout = SourceError::Timeout { url: String::new(), seconds: 30 };
        let halved = |error: &SourceError| {
            let mut pieces = pieces(0, 9_999 * 1000, 1000);
            let mut times = 0;
            while pieces.make_smaller(&pieces.next().unwrap(), error) {
                times += 1;
            }
            times
        };
        assert_eq!([halved(&too_large()), halved(&timeout)], [13, 4]);
        let wrong = SourceError::Malformed { url: String::new(), reason: String::new() };
        assert_eq!(halved(&wrong), 0);
        // An answer shows that the server is there.
        let mut pieces = pieces(0, 9_999 * 1000, 1000);
        for _ in 0..3 {
            for _ in 0..2 {
                assert!(pieces.make_smaller(&pieces.next().unwrap(), &timeout));
            }
            let piece = pieces.next().unwrap();
            pieces.answered(&piece);
        }
    }

    #[test]
    fn endless_ranges_are_refused() {
        for step in [0, -1] {
            let refused = Pieces::new("q", "u", (at_ms(0), at_ms(10)), ms(step));
            assert!(matches!(refused, Err(SourceError::BadQuery { .. })));
        }
        let refused = Pieces::new("q", "u", (Timestamp::MIN, Timestamp::MAX), ms(1));
        assert!(matches!(refused, Err(SourceError::TooLarge { .. })));
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

//! Rolling sums agree with sums over the whole history, whatever the ticks.

use proptest::prelude::*;

use super::*;
use crate::slo::{About, Budgeting, FirstValues, Indicator, NoData, SloKey, Target};
use slo_core::time::short::{at, secs};

fn slo(window: Window) -> Slo {
    let query = crate::promql::SliQuery::parse("x_total").unwrap();
    Slo {
        key: SloKey { name: "test".to_owned(), objective: None },
        service: "test".to_owned(),
        target: Target::new(0.99).unwrap(),
        window,
        budgeting: Budgeting::Occurrences,
        indicator: Indicator::RawRatio { query, success: true },
        group_by: Vec::new(),
        no_data: NoData::Ignore,
        minimum_events: 0.0,
        first_values: FirstValues::default(),
        source: None,
        about: About::default(),
    }
}

fn history(length: i64, seed: u64) -> Vec<Bucket> {
    (1..=length)
        .map(|n| {
            let total = ((n as u64).wrapping_mul(seed | 1) >> 7) % 50;
            Bucket { end: at(n * 30), good: (total - total / 10) as f64, total: total as f64, covered: 30.0 }
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_ticks_give_the_sums_of_the_history(seed in any::<u64>(), ticks in prop::collection::vec(1_i64..=9, 1..60), days in 1_i64..=4) {
        let slo = slo(Window::Rolling(format!("{days}d").parse().unwrap()));
        let history = history(2880 * 5, seed);
        let mut now = at(2880 * 30 * 4 + 1200);
        let mut rolling = Rolling::new(&slo, &history, now, secs(30));
        for tick in ticks {
            let next = now + secs(tick * 30);
            for refill in rolling.refills(next) {
                rolling.feed(refill, &history);
            }
            // Each tick writes the last bucket of the one before again, as late samples make it do.
            let provisional: Vec<_> = history.iter().filter(|bucket| bucket.end > now - secs(30) && bucket.end <= next).copied().collect();
            prop_assert!(rolling.advance(&slo, &provisional, next));
            now = next;
            prop_assert_eq!(rolling.sums(), WindowSums::of(&slo, &history, now));
        }
        prop_assert!(rolling.size() <= 32 * 1024, "{} bytes", rolling.size());
    }
}

#[test]
fn a_bucket_written_again_replaces_the_first() {
    let slo = slo(Window::Rolling("6h".parse().unwrap()));
    let mut rolling = Rolling::new(&slo, &history(720, 3), at(21_600), secs(30));
    let before = rolling.sums();
    for refill in rolling.refills(at(21_630)) {
        rolling.feed(refill, &history(720, 3));
    }
    let bucket = |total| Bucket { end: at(21_630), good: 1.0, total, covered: 30.0 };
    assert!(rolling.advance(&slo, &[bucket(5.0)], at(21_630)));
    assert!(rolling.advance(&slo, &[bucket(7.0)], at(21_630)));
    let first = history(720, 3)[0];
    assert_eq!(rolling.sums().whole.total, before.whole.total - first.total + 7.0);
}

#[test]
fn a_turn_of_the_calendar_needs_history() {
    let calendar =
        crate::slo::Calendar::new("1d", "2026-01-01T00:00:00".parse().unwrap(), chrono_tz::UTC).unwrap();
    let slo = slo(Window::Calendar(calendar));
    let mut rolling = Rolling::new(&slo, &[], at(86_400 * 10 - 30), secs(30));
    for refill in rolling.refills(at(86_400 * 10)) {
        rolling.feed(refill, &[]);
    }
    assert!(rolling.advance(&slo, &[], at(86_400 * 10)));
    assert!(!rolling.advance(&slo, &[], at(86_400 * 10 + 30)));
}

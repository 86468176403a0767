//! Whatever is summed, a verdict's numbers are numbers, and its state says what they mean.

use proptest::prelude::*;

use super::*;
use crate::buckets::Bucket;
use crate::budget::{Part, composite, composite_slices};
use crate::slo::{About, Calendar, FirstValues, Indicator, NoData, SloKey, Target, Window};
use slo_core::time::short::{at, secs};

fn slo(target: f64, window: Window, budgeting: Budgeting) -> Slo {
    Slo {
        key: SloKey { name: "x".to_owned(), objective: None },
        service: "s".to_owned(),
        target: Target::new(target).unwrap(),
        window,
        budgeting,
        indicator: Indicator::Composite { parts: Vec::new() },
        group_by: Vec::new(),
        no_data: NoData::Ignore,
        minimum_events: 0.0,
        first_values: FirstValues::default(),
        source: None,
        about: About::default(),
    }
}

/// Any floating-point number: not one, infinite, negative, tiny, huge, or an honest count.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => (0_u32..100_000).prop_map(f64::from),
        1 => any::<f64>(),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE, -0.0, 1e-12]),
    ]
}

fn sums() -> impl Strategy<Value = Sums> {
    (number(), number(), number()).prop_map(|(good, total, covered)| Sums { good, total, covered })
}

fn slos() -> impl Strategy<Value = Slo> {
    let month =
        Calendar::new("1M", "2026-01-01T00:00:00".parse().unwrap(), chrono_tz::Europe::Berlin).unwrap();
    let windows = vec![
        Window::Rolling("5m".parse().unwrap()),
        Window::Rolling("30d".parse().unwrap()),
        Window::Calendar(month),
    ];
    let budgetings = vec![
        Budgeting::Occurrences,
        Budgeting::Timeslices { target: 0.9, slice: secs(60) },
        Budgeting::RatioTimeslices { slice: secs(60) },
    ];
    let targets = prop_oneof![0.000_001..0.999_999, Just(1.0 - f64::EPSILON), Just(f64::MIN_POSITIVE)];
    (targets, prop::sample::select(windows), prop::sample::select(budgetings))
        .prop_map(|(target, window, budgeting)| slo(target, window, budgeting))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn no_number_is_nan_or_infinite_and_states_are_consistent(
        slo in slos(),
        whole in sums(),
        burn in prop::array::uniform7(prop::option::of(sums())),
        now in (1_700_000_000_i64..1_900_000_000).prop_map(at),
        age in prop::option::of((-60_i64..4000).prop_map(secs)),
        source_answers in any::<bool>(),
    ) {
        let situation = Situation { at: now, data_until: age.map(|age| now - age), source_answers };
        let verdict = verdict(&slo, &WindowSums { whole, burn }, situation);
        let Verdict { counts, budget, .. } = verdict;
        let numbers = [counts.good, counts.total, counts.covered, budget.allowed, budget.spent, verdict.coverage]
            .into_iter()
            .chain([verdict.sli, budget.remaining_ratio, verdict.burn_rate].into_iter().flatten())
            .chain(verdict.burn_rates.into_iter().flatten().flatten());
        for number in numbers {
            prop_assert!(number.is_finite(), "{:?}", verdict);
        }
        prop_assert!(0.0 <= counts.good && counts.good <= counts.total, "{:?}", verdict);
        prop_assert!((0.0..=1.0).contains(&verdict.coverage), "{:?}", verdict);
        prop_assert!(verdict.sli.is_none_or(|sli| (0.0..=1.0).contains(&sli)), "{:?}", verdict);
        prop_assert_eq!(verdict.sli.is_some(), counts.total > 0.0);
        let spent = budget.remaining_ratio.is_some_and(|left| left <= 0.0);
        match verdict.state {
            State::Ok => prop_assert!(!spent && budget.remaining_ratio.is_some()),
            State::Exhausted => prop_assert!(spent),
            State::NoTraffic => prop_assert!(budget.remaining_ratio.is_none()),
            State::NoData | State::Stale => {}
        }
        let is_known = source_answers && age.is_some_and(|age| age <= STALE_AFTER);
        prop_assert_eq!(is_known, !matches!(verdict.state, State::NoData | State::Stale));
        prop_assert!(verdict.exhausts_at.is_none_or(|ends| ends >= now), "{:?}", verdict);
    }
}

#[test]
fn groups_of_a_part_weigh_together_as_one() {
    let part = |good: f64, total: f64| WindowSums {
        whole: Sums { good, total, covered: 60.0 },
        burn: [Some(Sums { good, total, covered: 60.0 }), None, None, None, None, None, None],
    };
    let together = WindowSums::together(&[part(1.0, 10.0), part(9.0, 10.0), part(0.0, 0.0)]);
    assert_eq!(together, part(10.0, 20.0));
    assert_eq!(WindowSums::together(&[]), WindowSums::default());
}

/// OpenSLO's own numbers: two parts of 120 slices with 6 bad ones each, and events of which one in 20 is bad.
#[test]
fn composites_are_what_openslo_says_of_each_budgeting_method() {
    let part = |weight: f64, target: f64, good: f64, total: f64| Part {
        weight,
        target: Target::new(target).unwrap(),
        sums: WindowSums { whole: Sums { good, total, covered: 60.0 }, ..WindowSums::default() },
    };
    let composed = |budgeting: Budgeting, target: f64, parts: &[Part]| {
        let slo = slo(target, Window::Rolling("2h".parse().unwrap()), budgeting);
        let (sums, is_bound) = composite(&slo, parts);
        let ratio = sums.whole.ratio().unwrap();
        (ratio, (1.0 - ratio) / slo.target.budget(), is_bound)
    };
    let close = |got: f64, want: f64| assert!((got - want).abs() < 1e-9, "{got} for {want}");
    let slice = secs(60);
    let ratios = Budgeting::RatioTimeslices { slice };
    close(composed(ratios, 0.9, &[part(1.0, 0.9, 114.0, 120.0), part(1.0, 0.9, 114.0, 120.0)]).0, 0.9);
    close(composed(ratios, 0.9, &[part(3.0, 0.9, 114.0, 120.0), part(1.0, 0.9, 114.0, 120.0)]).0, 0.8);
    let timeslices = Budgeting::Timeslices { target: 0.9, slice };
    let (ratio, _, is_bound) =
        composed(timeslices, 0.9, &[part(1.0, 0.9, 114.0, 120.0), part(1.0, 0.9, 114.0, 120.0)]);
    close(ratio, 0.9);
    assert!(is_bound);
    assert!(!composed(timeslices, 0.9, &[part(1.0, 0.9, 114.0, 120.0), part(1.0, 0.9, 9.0, 9.0)]).2);
    // The fastest part's rate, whatever the traffic and the others' targets.
    let occurrences = Budgeting::Occurrences;
    close(composed(occurrences, 0.99, &[part(1.0, 0.99, 95.0, 100.0), part(1.0, 0.5, 9e6, 1e7)]).1, 5.0);
    close(composed(occurrences, 0.99, &[part(2.0, 0.99, 95.0, 100.0), part(1.0, 0.5, 0.0, 0.0)]).1, 10.0);

    // Known one by one, a slice that is bad for both is bad once.
    let slo = slo(0.9, Window::Rolling("2h".parse().unwrap()), timeslices);
    let end = at(1_800_000_000);
    let slices = |bad: std::ops::Range<i64>| -> Vec<Bucket> {
        let one = |minute: i64| Bucket {
            end: end - secs(60) * minute,
            good: f64::from(!bad.contains(&minute)),
            total: 1.0,
            covered: 60.0,
        };
        (0..120).rev().map(one).collect()
    };
    let joined = |a: std::ops::Range<i64>, b: std::ops::Range<i64>| {
        composite_slices(&slo, &[&slices(a), &slices(b)], end).whole
    };
    assert_eq!(joined(0..6, 6..12), Sums { good: 108.0, total: 120.0, covered: 7200.0 });
    assert_eq!(joined(0..6, 3..9), Sums { good: 111.0, total: 120.0, covered: 7200.0 });
}

#[test]
fn a_calendar_window_that_has_just_begun_is_no_missing_data() {
    let month = Calendar::new("1M", "2026-01-01T00:00:00".parse().unwrap(), chrono_tz::UTC).unwrap();
    let slo = slo(0.9, Window::Calendar(month), Budgeting::Occurrences);
    let begun: Timestamp = "2026-02-01T00:00:01Z".parse().unwrap();
    let state = |data_until| {
        let situation = Situation { at: begun, data_until, source_answers: true };
        verdict(&slo, &WindowSums::default(), situation).state
    };
    assert_eq!(state(Some(begun - secs(31))), State::NoTraffic);
    assert_eq!(state(Some(begun - secs(301))), State::NoData);
    assert_eq!(state(None), State::NoData);
}

const DAY: i64 = 86_400;

/// In how many seconds a budget of 1 % over 30 days ends, of which `covered` have data with a share `bad` of the budget
/// spent, at a burn rate of `rate` over the last 6 hours.
fn ends_in(covered: i64, bad: f64, rate: f64) -> Option<i64> {
    let slo = slo(0.99, Window::Rolling("30d".parse().unwrap()), Budgeting::Occurrences);
    let at = at(1_800_000_000);
    let counted = |rate: f64, total: f64, covered: i64| Sums {
        good: total - rate * total / 100.0,
        total,
        covered: covered as f64,
    };
    let mut burn = [None; 7];
    burn[FORECAST_WINDOW] = Some(counted(rate, 1000.0, 21_600));
    let sums = WindowSums { whole: counted(bad, 100_000.0, covered), burn };
    let situation = Situation { at, data_until: Some(at), source_answers: true };
    verdict(&slo, &sums, situation).exhausts_at.map(|ends| (ends - at).as_seconds())
}

/// The same moment, to the second or two that floating point takes.
#[track_caller]
fn about(got: Option<i64>, want: i64) {
    assert!(got.is_some_and(|got| (got - want).abs() <= 2), "got {got:?}, want {want}");
}

#[test]
fn a_rolling_budget_ends_only_if_what_burns_now_would_fill_its_window() {
    // Nothing leaves a window that has only begun, so the rest is spent at the rate of the last hours.
    about(ends_in(DAY, 0.1, 2.0), 27 * DAY / 2);
    about(ends_in(2 * DAY, 0.1, 1.0), 27 * DAY);
    assert_eq!(ends_in(DAY, 0.1, 0.8), None);
    assert_eq!(ends_in(DAY, 0.1, 0.0), None);
}

#[test]
fn what_leaves_a_full_window_gives_budget_back() {
    // As much leaves as comes, or more.
    assert_eq!(ends_in(30 * DAY, 0.8, 0.8), None);
    assert_eq!(ends_in(30 * DAY, 0.8, 0.5), None);
    // It comes down to less than the whole budget, whatever the start.
    assert_eq!(ends_in(30 * DAY, 0.8, 0.99), None);
    assert_eq!(ends_in(30 * DAY, 0.1, 0.99), None);
    // 80 % were spent in 30 days, 2 × 0.25 / 30 of it in the last 6 hours: 78.33 % in the 29.75 days that will leave.
    about(ends_in(30 * DAY, 0.8, 2.0), (6.0 * 29.75 / (2.0 * 29.75 - 23.5) * DAY as f64) as i64);
    // All of it burnt in the last 6 hours, and stays for weeks.
    about(ends_in(30 * DAY, 0.5, 60.0), DAY / 4);
    // The rest is spent before anything leaves; and just not.
    about(ends_in(27 * DAY - 1, 0.8, 2.0), 3 * DAY);
    assert!(ends_in(27 * DAY + 10, 0.8, 2.0) > Some(4 * DAY));
}

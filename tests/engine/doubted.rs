//! What people are told when queries find nothing, or numbers that cannot be: by the source and by the engine alike.

use slo_model::budget::{State, Verdict};

use super::world::{self, END, definition, query, rolling, slos};
use super::{Home, assessed, engine, round, row};

fn ratio(side: &str, part: &str, total: &str, counter: bool) -> String {
    let metric = format!(
        "ratioMetric:\n        counter: {counter}\n        {side}: {}\n        total: {}",
        query(part),
        query(total)
    );
    of_metric(&metric)
}

fn of_metric(metric: &str) -> String {
    definition("x", metric, &rolling("12h"), "Occurrences", "- target: 0.5", "")
}

/// The verdict and the warnings on one SLO, both ways. The engine has ticked once more, some time after it was filled.
async fn both(text: &str) -> [(Verdict, Vec<String>, bool); 2] {
    let source = world::source(world::shared().await);
    let one = assessed(text, source.as_ref(), END).await.remove(0);
    let home = Home::new().await;
    let mut engine = engine(&slos(text), source, home.ledger.clone()).await;
    round(&mut engine, END - 600).await;
    let snapshot = round(&mut engine, END).await;
    let row = row(&snapshot.rows, "x", &[]);
    [(one.verdict, one.warnings, one.estimated), (row.verdict, row.warnings.clone(), row.estimated)]
}

#[tokio::test]
async fn the_increase_of_a_free_expression_is_of_each_counter_in_it() {
    // The second pod comes and goes with 50,700 events of its past; it is there in the middle of these twelve hours.
    let text =
        ratio("bad", "sum(failed_total * 2)", "sum(served_total or failed_total)", true).replace("12h", "1d");
    let (stays, comes) = (86_400.0, 14_370.0);
    let total = (stays + comes) * (1.0 + 1.0 / 100.0 + 1.0 / 50.0);
    let bad = (stays + comes) * 2.0 / 50.0;
    for (verdict, _, estimated) in both(&text).await {
        assert!(estimated);
        for (got, want) in [(verdict.counts.total, total), (verdict.budget.spent, bad)] {
            assert!((got - want).abs() < want * 0.01, "got {got}, want {want}");
        }
    }
}

#[tokio::test]
async fn a_total_without_series_is_no_data() {
    let window = "[$window]";
    for (part, total, counter) in [
        ("sum(served_total)".to_owned(), "sum(nope_total)".to_owned(), true),
        // Its targets are scraped all the same.
        ("sum(requests_total{job=\"plain\"})".to_owned(), "sum(nope_total{job=\"plain\"})".to_owned(), true),
        (
            format!("clamp_min(sum(increase(served_total{window})), 0)"),
            format!("sum(increase(nope_total{window}))"),
            true,
        ),
        ("sum(answered)".to_owned(), "sum(nope)".to_owned(), false),
    ] {
        for side in ["good", "bad"] {
            for (verdict, warnings, _) in both(&ratio(side, &part, &total, counter)).await {
                assert_eq!(verdict.state, State::NoData, "{part} of {total}");
                let want = "the total query finds no series; check its name and labels";
                assert_eq!(warnings, [want], "{part} of {total}");
            }
        }
    }
}

#[tokio::test]
async fn no_good_events_at_all_are_doubted_and_no_bad_ones_are_not() {
    for (part, total, counter) in [
        ("sum(nope_total)", "sum(served_total)", true),
        ("max(increase(nope_total[$window]))", "sum(served_total)", true),
        ("sum(nope)", "sum(asked)", false),
    ] {
        for (verdict, warnings, _) in both(&ratio("bad", part, total, counter)).await {
            assert_eq!((verdict.state, verdict.sli), (State::Ok, Some(1.0)), "{part}");
            assert_eq!(warnings, [""; 0], "{part}");
        }
        for (verdict, warnings, _) in both(&ratio("good", part, total, counter)).await {
            assert_eq!((verdict.state, verdict.sli), (State::Exhausted, Some(0.0)), "{part}");
            assert_eq!(warnings, ["the good query finds no series; check its name and labels"], "{part}");
        }
    }
}

#[tokio::test]
async fn more_good_events_than_all_are_cut_and_told_once() {
    for (side, part, total, counter, share) in [
        ("good", "sum(served_total)", "sum(failed_total)", true, 1.0),
        ("bad", "sum(served_total)", "sum(failed_total)", true, 0.0),
        ("good", "clamp_min(sum(increase(served_total[$window])), 0)", "sum(failed_total)", true, 1.0),
        ("bad", "sum(asked)", "sum(answered)", false, 0.0),
    ] {
        let part = if counter { part } else { "sum(asked) * 2" };
        for (verdict, warnings, _) in both(&ratio(side, part, total, counter)).await {
            let sli = verdict.sli.unwrap();
            assert!((sli - share).abs() < 0.01, "{side} {part}: {sli}");
            let [warning] = warnings.as_slice() else { panic!("{side} {part}: {warnings:?}") };
            assert!(
                warning.starts_with(&format!("the {side} query counts more events than the total")),
                "{warning}"
            );
            assert!(warning.contains("swapped"), "{warning}");
        }
    }
}

#[tokio::test]
async fn a_raw_ratio_that_is_a_percentage_is_told() {
    for (raw, told) in [("success_ratio * 99.6", true), ("success_ratio", false)] {
        let text = of_metric(&format!("ratioMetric:\n        rawType: success\n        raw: {}", query(raw)));
        for (verdict, warnings, _) in both(&text).await {
            assert!(verdict.sli.is_some_and(|sli| sli <= 1.0));
            assert_eq!(warnings.len(), usize::from(told), "{warnings:?}");
            assert!(warnings.iter().all(|warning| warning.contains("values up to 99.6")), "{warnings:?}");
        }
    }
}

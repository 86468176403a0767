//! What the table looks like.

use super::*;
use crate::budget::{BURN_WINDOWS, Situation, Sums, WindowSums, verdict};
use crate::slo::{About, Budgeting, FirstValues, Indicator, NoData, Slo, SloKey, Target, Window};
use crate::status::words::percent;
use slo_core::labels::Labels;

const AT: Timestamp = Timestamp::from_seconds(1_780_000_000);

fn row(name: &str, group: &[(&str, &str)], good: f64, total: f64) -> Row {
    let slo = Slo {
        key: SloKey { name: name.to_owned(), objective: None },
        service: "shop".to_owned(),
        target: Target::new(0.99).unwrap(),
        window: Window::Rolling("30d".parse().unwrap()),
        budgeting: Budgeting::Occurrences,
        indicator: Indicator::Composite { parts: Vec::new() },
        group_by: Vec::new(),
        no_data: NoData::Ignore,
        minimum_events: 0.0,
        first_values: FirstValues::default(),
        source: None,
        about: About::default(),
    };
    let sums = Sums { good, total, covered: 2_592_000.0 };
    // It was all right until some hours ago.
    let worse = Sums { good: good - 15.0, ..sums };
    let sums = WindowSums { whole: sums, burn: [Some(worse); BURN_WINDOWS.len()] };
    let situation = Situation { at: AT, data_until: Some(AT), source_answers: true };
    let group: Labels = group.iter().copied().collect();
    let verdict = verdict(&slo, &sums, situation);
    Row {
        verdict,
        slo: slo.into(),
        group,
        estimated: false,
        warnings: Vec::new(),
        left_out: 0,
        hidden_breaches: 0,
    }
}

fn rows() -> Vec<Row> {
    vec![
        row("api", &[], 994.0, 1000.0),
        row("商店-可用性", &[("tenant", "a-very-long-tenant-name-that-goes-on-and-on")], 900.0, 1000.0),
        row("quiet", &[], 0.0, 0.0),
    ]
}

#[test]
fn a_piped_table_is_plain_and_complete() {
    let text = table(&rows(), AT, Style::default());
    assert!(!text.contains('\x1b') && !text.contains('█'), "{text}");
    for (line, want) in text.lines().zip([
        &["SLO", "STATE", "LEFT", "ENDS", "IN", "SLI", "TARGET", "WINDOW", "5m", "1h", "6h", "3d", "COVERED"]
            [..],
        &["api", "ok", "40%", "7d", "22h", "99.4%", "99%", "30d", "2.10x", "2.10x", "2.10x", "2.10x", "100%"],
        &[
            "商店-可用性{tenant=\"a-very-long-tenant-name-that-goes-on-and-on\"}",
            "exhausted",
            "-900%",
            "90%",
            "99%",
            "30d",
            "11.50x",
            "11.50x",
            "11.50x",
            "11.50x",
            "100%",
        ],
        &["quiet", "no_traffic", "-", "-", "99%", "30d", "-", "-", "-", "-", "100%"],
    ]) {
        assert_eq!(line.split_whitespace().collect::<Vec<_>>(), want);
    }
}

#[test]
fn a_table_fits_into_the_terminal_and_its_columns_stand_straight() {
    for width in 50..200 {
        let style = Style { colour: false, bar: true, width: Some(width) };
        let text = table(&rows(), AT, style);
        let column = |line: &str, word: &str| line.find(word).map(|at| line[..at].width());
        let lines: Vec<&str> = text.lines().collect();
        let want = column(lines[0], "STATE");
        for (line, state) in lines[1..].iter().zip(["ok", "exhausted", "no_traffic"]) {
            assert!(line.width() <= width, "{width}: {line}");
            assert_eq!(column(line, state), want, "{width}\n{text}");
        }
    }
}

#[test]
fn long_names_are_cut_in_the_middle() {
    assert_eq!(shortened("api-availability", 16), "api-availability");
    assert_eq!(shortened("api-availability{tenant=\"one\"}", 16), "api-avai…=\"one\"}");
    assert_eq!(shortened("商店商店商店", 7).width(), 5);
}

#[test]
fn nothing_others_wrote_moves_the_cursor() {
    let mut row = row("x\x1b[2J", &[("a", "\x1b[31m\n")], 1.0, 1.0);
    row.warnings = vec!["one\n  two\x07".to_owned()];
    let text = table(&[row], AT, Style::default());
    assert!(!text.contains('\x1b') && !text.contains('\x07'), "{text:?}");
    assert_eq!(text.lines().count(), 3);
}

#[test]
fn percentages_never_flatter() {
    assert_eq!(percent(0.999, 4), "99.9%");
    assert_eq!(percent(0.999_999_99, 4), "99.9999%");
    assert_eq!(percent(1.0, 4), "100%");
    assert_eq!(percent(-0.5582, 1), "-55.9%");
    assert_eq!(percent(0.0, 1), "0%");
    assert_eq!(percent(-1e300, 1), "<-1000000%");
}

#[test]
fn the_bar_is_as_long_as_what_is_left() {
    assert_eq!(bar(Some(0.42), 10), "████░░░░░░");
    assert_eq!(bar(Some(0.001), 10), "█░░░░░░░░░");
    assert_eq!(bar(Some(0.999), 10), "█████████░");
    assert_eq!(bar(Some(1.0), 10), "██████████");
    assert_eq!(bar(Some(-3.0), 10), "░░░░░░░░░░");
    assert_eq!(bar(None, 10), "··········");
    assert_eq!(bar(Some(0.42), 5), "██░░░");
}

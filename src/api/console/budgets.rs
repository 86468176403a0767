//! Budgets as rows of a page, the worst first.

use serde_json::{Value, json};

use slo_core::time::Timestamp;
use slo_evaluation::engine::Snapshot;
use slo_model::budget::State;
use slo_model::status::Row;
use slo_model::status::words::{self, Said};

/// The most rows of a page.
const MOST: usize = 300;

/// The rows of a page, and how many were left out.
pub(super) fn budgets(snapshot: &Snapshot) -> (Vec<Value>, usize) {
    let mut rows: Vec<&Row> = snapshot.rows.iter().collect();
    // Stable: those that stand alike keep the order of their names.
    rows.sort_by(|a, b| {
        let left = |row: &Row| row.verdict.budget.remaining_ratio.unwrap_or(f64::INFINITY);
        rank(a).cmp(&rank(b)).then_with(|| left(a).total_cmp(&left(b)))
    });
    let shown = rows.iter().take(MOST).map(|row| budget(row, snapshot.at)).collect();
    (shown, rows.len().saturating_sub(MOST))
}

fn rank(row: &Row) -> u8 {
    match row.verdict.state {
        State::Exhausted => 0,
        State::Stale => 1,
        State::NoData => 2,
        State::Ok => 3,
        State::NoTraffic => 4,
    }
}

fn budget(row: &Row, at: Timestamp) -> Value {
    let said = |Said { text, tone }: Said| json!({"text": text, "tone": tone.as_str()});
    let state = words::state(row);
    json!({
        "name": words::printable(&row.slo.key.to_string()),
        "group": (!row.group.is_empty()).then(|| row.group.to_string()),
        "state": {"text": state.text.replace('_', " "), "tone": state.tone.as_str()},
        "left": said(words::left(row)),
        "bar": row.verdict.budget.remaining_ratio.map(|ratio| (ratio.clamp(0.0, 1.0) * 1000.0).round() / 10.0),
        "ends_in": said(words::ends_in(row, at)),
        "sli": said(words::sli(row)),
        "target": said(words::target(row)),
        "window": said(words::window(row)),
        "burn_1h": said(words::burn(row, "1h")),
        "burn_6h": said(words::burn(row, "6h")),
        "coverage": said(words::coverage(row)),
        "warnings": row.warnings,
    })
}

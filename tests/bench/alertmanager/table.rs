//! The figures, and the table that is made of them.

use std::collections::BTreeMap;

use crate::contender::Who;
use crate::support::median;

/// Every figure of every round.
#[derive(Default)]
pub struct Figures(BTreeMap<String, BTreeMap<Who, Vec<f64>>>);

/// How a figure is shown, summed up and judged.
struct Row {
    begins: &'static str,
    unit: &'static str,
    factor: f64,
    /// The share of figures that are at or below what is shown.
    quantile: f64,
    goal: Goal,
}

enum Goal {
    /// At least so many times theirs.
    Times(f64),
    /// Theirs takes at least so many times as much.
    Fraction(f64),
    /// Below this, in the unit.
    Below(f64),
    None,
}

const ROWS: &[Row] = &[
    Row { begins: "ingest", unit: "alerts/s", factor: 1.0, quantile: 0.5, goal: Goal::Times(1.0) },
    Row { begins: "memory, all told", unit: "MiB", factor: MIB, quantile: 0.5, goal: Goal::Fraction(2.0) },
    Row { begins: "memory, all read", unit: "MiB", factor: MIB, quantile: 0.5, goal: Goal::Fraction(2.0) },
    Row { begins: "GET", unit: "ms", factor: 1e3, quantile: 0.5, goal: Goal::Fraction(3.0) },
    Row { begins: "POST to page", unit: "ms", factor: 1e3, quantile: 0.5, goal: Goal::None },
    Row { begins: "POST to page", unit: "ms", factor: 1e3, quantile: 0.99, goal: Goal::Below(1e3) },
    Row { begins: "POST of 50", unit: "ms", factor: 1e3, quantile: 0.99, goal: Goal::Below(1e3) },
    Row { begins: "polls", unit: "/s", factor: 1.0, quantile: 0.5, goal: Goal::None },
];
const MIB: f64 = 1.0 / (1 << 20) as f64;

impl Figures {
    /// Keeps one.
    pub fn note(&mut self, who: Who, what: &str, value: f64) {
        self.0.entry(what.to_owned()).or_default().entry(who).or_default().push(value);
    }

    /// Prints the table, and says whether every goal is reached.
    pub fn tell(&self) -> bool {
        println!(
            "| what, at 50,000 alerts | unit | Alertmanager | slo, SQLite | ratio | goal | slo, PostgreSQL |"
        );
        println!("|---|---|---|---|---|---|---|");
        let mut reached = true;
        for row in ROWS {
            for (what, values) in self.0.iter().filter(|(what, _)| what.starts_with(row.begins)) {
                reached &= row.tell(what, values);
            }
        }
        reached
    }
}

impl Row {
    fn tell(&self, what: &str, values: &BTreeMap<Who, Vec<f64>>) -> bool {
        let of = |who| values.get(&who).map(|values| self.sum_up(values) * self.factor);
        let shown = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), figure);
        let (theirs, ours) = (of(Who::Theirs), of(Who::Ours));
        let ratio = ours.unwrap_or(f64::NAN) / theirs.unwrap_or(f64::NAN);
        let (goal, reached) = match self.goal {
            Goal::Times(times) => (format!("at least {times}×"), ratio >= times),
            Goal::Fraction(part) => (format!("at most 1/{part}"), ratio <= 1.0 / part),
            Goal::Below(most) => (format!("< {most}"), ours.is_some_and(|ours| ours < most)),
            Goal::None => (String::new(), true),
        };
        let verdict = match (goal.is_empty(), reached) {
            (true, _) => "none".to_owned(),
            (false, true) => format!("{goal}: reached"),
            (false, false) => format!("{goal}: **missed**"),
        };
        let name = match self.quantile {
            0.5 => "median",
            _ => "p99",
        };
        println!(
            "| {what} ({name}) | {} | {} | {} | {ratio:.2} | {verdict} | {} |",
            self.unit,
            shown(theirs),
            shown(ours),
            shown(of(Who::OursOnPostgres)),
        );
        reached
    }

    fn sum_up(&self, values: &[f64]) -> f64 {
        if self.quantile == 0.5 {
            return median(values);
        }
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[((sorted.len() as f64 * self.quantile) as usize).min(sorted.len() - 1)]
    }
}

fn figure(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

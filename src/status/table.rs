//! The table people read: one line a budget, worst news in colour, a bar for what is left.

use std::fmt::Write as _;

use chrono::DateTime;
use unicode_width::UnicodeWidthStr;

use super::Row;
use crate::budget::{BURN_WINDOWS, State};

/// How a table is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// ANSI colours and a bar of blocks, for terminals.
    pub colour: bool,
}

/// The burn rates that fit on a line; all of them are in the JSON.
const SHOWN_BURNS: [&str; 4] = ["5m", "1h", "6h", "3d"];
const BAR_CELLS: usize = 10;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Paint {
    Plain,
    Dim,
    Good,
    Warn,
    Bad,
}

impl Paint {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Dim => "\x1b[2m",
            Self::Good => "\x1b[32m",
            Self::Warn => "\x1b[33m",
            Self::Bad => "\x1b[31m",
        }
    }
}

struct Cell {
    text: String,
    paint: Paint,
    right: bool,
}

impl Cell {
    fn left(text: impl Into<String>, paint: Paint) -> Self {
        Self { text: text.into(), paint, right: false }
    }

    fn right(text: impl Into<String>, paint: Paint) -> Self {
        Self { text: text.into(), paint, right: true }
    }
}

/// Draws `rows`, each line ended by a newline. Warnings follow the table, each once.
pub fn table(rows: &[Row], style: Style) -> String {
    let mut head = vec!["SLO", "TARGET", "WINDOW", "SLI", "BUDGET LEFT", ""];
    head.extend(SHOWN_BURNS);
    head.extend(["COVERAGE", "STATE", "BUDGET ENDS"]);
    let mut lines: Vec<Vec<Cell>> = vec![
        head.iter()
            .enumerate()
            .map(|(column, text)| {
                if matches!(column, 0 | 2 | 5 | 11 | 12) {
                    Cell::left(*text, Paint::Dim)
                } else {
                    Cell::right(*text, Paint::Dim)
                }
            })
            .collect(),
    ];
    lines.extend(rows.iter().map(|row| line(row, style)));
    let mut out = layout(&lines, style);
    let mut seen = std::collections::BTreeSet::new();
    for row in rows {
        for warning in &row.warnings {
            if seen.insert((&row.slo.key, warning)) {
                let _ = writeln!(out, "warning: {}: {warning}", row.slo.key);
            }
        }
    }
    out
}

fn line(row: &Row, style: Style) -> Vec<Cell> {
    let verdict = &row.verdict;
    let name =
        if row.group.is_empty() { row.slo.key.to_string() } else { format!("{} {}", row.slo.key, row.group) };
    let state = match verdict.state {
        State::Ok => Paint::Good,
        State::Exhausted => Paint::Bad,
        State::NoData | State::Stale => Paint::Warn,
        State::NoTraffic => Paint::Dim,
    };
    let remaining = verdict.budget.remaining_ratio;
    let left = match remaining {
        Some(ratio) if ratio <= 0.0 => Paint::Bad,
        Some(ratio) if ratio < 0.25 => Paint::Warn,
        Some(_) => Paint::Good,
        None => Paint::Dim,
    };
    let estimated = if row.estimated { "~" } else { "" };
    let mut cells = vec![
        Cell::left(name, Paint::Plain),
        Cell::right(percent(row.slo.target.ratio(), 4), Paint::Plain),
        Cell::left(row.slo.window.to_string(), Paint::Plain),
        Cell::right(
            verdict.sli.map_or("-".to_owned(), |sli| format!("{estimated}{}", percent(sli, 4))),
            Paint::Plain,
        ),
        Cell::right(remaining.map_or("-".to_owned(), |ratio| percent(ratio, 1)), left),
        Cell::left(if style.colour { bar(remaining) } else { String::new() }, left),
    ];
    for name in SHOWN_BURNS {
        let position = BURN_WINDOWS.iter().position(|window| window.name == name);
        let rate = position.and_then(|position| verdict.burn_rates.get(position).copied().flatten());
        let (text, paint) = match rate {
            None => (String::new(), Paint::Plain),
            Some(None) => ("-".to_owned(), Paint::Dim),
            Some(Some(rate)) => (
                burn(rate),
                if rate >= 6.0 {
                    Paint::Bad
                } else if rate > 1.0 {
                    Paint::Warn
                } else {
                    Paint::Plain
                },
            ),
        };
        cells.push(Cell::right(text, paint));
    }
    cells.push(Cell::right(
        percent(verdict.coverage, 1),
        if verdict.coverage < 0.99 { Paint::Warn } else { Paint::Plain },
    ));
    cells.push(Cell::left(verdict.state.as_str(), state));
    cells.push(Cell::left(verdict.exhausts_at.map_or(String::new(), moment), Paint::Plain));
    cells
}

fn layout(lines: &[Vec<Cell>], style: Style) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        lines
            .iter()
            .filter_map(|line| line.get(column))
            .map(|cell| cell.text.width())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for line in lines {
        let mut text = String::new();
        for (cell, width) in line.iter().zip(&widths).filter(|(_, width)| **width > 0) {
            let space = " ".repeat(width - cell.text.width());
            let body = match (style.colour, cell.paint) {
                (true, paint) if paint != Paint::Plain => format!("{}{}\x1b[0m", paint.code(), cell.text),
                _ => cell.text.clone(),
            };
            let _ =
                if cell.right { write!(text, "{space}{body}  ") } else { write!(text, "{body}{space}  ") };
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

/// A share as a percentage with at most `digits` decimals, rounded towards the bad side, so that 99.9999 % is never
/// shown as 100 %.
fn percent(ratio: f64, digits: i32) -> String {
    let scale = 10_f64.powi(digits);
    // The nudge keeps 0.999 × 100 = 99.9 from becoming 99.8999.
    let floor = (ratio * 100.0 * scale + 1e-6).floor() / scale;
    let text = format!("{floor:.*}", usize::try_from(digits).unwrap_or_default());
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}%")
}

fn burn(rate: f64) -> String {
    if rate >= 100.0 { format!("{rate:.0}x") } else { format!("{rate:.2}x") }
}

fn bar(remaining: Option<f64>) -> String {
    let Some(ratio) = remaining else { return "·".repeat(BAR_CELLS) };
    let full = (ratio.clamp(0.0, 1.0) * BAR_CELLS as f64).round() as usize;
    format!("{}{}", "█".repeat(full), "░".repeat(BAR_CELLS - full))
}

fn moment(at: i64) -> String {
    DateTime::from_timestamp(at, 0).map(|time| time.format("%Y-%m-%d %H:%MZ").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_never_flatter() {
        assert_eq!(percent(0.999, 4), "99.9%");
        assert_eq!(percent(0.999_999_99, 4), "99.9999%");
        assert_eq!(percent(1.0, 4), "100%");
        assert_eq!(percent(-0.5582, 1), "-55.9%");
        assert_eq!(percent(0.0, 1), "0%");
    }

    #[test]
    fn the_bar_is_as_long_as_what_is_left() {
        assert_eq!(bar(Some(0.42)), "████░░░░░░");
        assert_eq!(bar(Some(-3.0)), "░░░░░░░░░░");
        assert_eq!(bar(None), "··········");
    }
}

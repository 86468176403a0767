//! The table people read: one line a budget, worst news in colour, a bar for what is left. On a terminal that is too
//! narrow the columns that matter least go first, and long names are cut in the middle.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Row;
use crate::budget::{BURN_WINDOWS, State};

/// How a table is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// ANSI colours.
    pub colour: bool,
    /// A bar of blocks for what is left.
    pub bar: bool,
    /// The terminal's width in columns; `None` for lines as long as they get.
    pub width: Option<usize>,
}

const BAR_CELLS: usize = 10;
/// The space between columns.
const GAP: usize = 2;
/// Names are not cut shorter than this.
const SHORTEST_NAME: usize = 16;

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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    State,
    Left,
    Bar,
    EndsIn,
    Sli,
    Target,
    Window,
    /// Which of [`BURN_WINDOWS`]; all of them are in the JSON.
    Burn(&'static str),
    Coverage,
}

const COLUMNS: [Column; 13] = [
    Column::Name,
    Column::State,
    Column::Left,
    Column::Bar,
    Column::EndsIn,
    Column::Sli,
    Column::Target,
    Column::Window,
    Column::Burn("5m"),
    Column::Burn("1h"),
    Column::Burn("6h"),
    Column::Burn("3d"),
    Column::Coverage,
];

/// In this order columns make way for the others.
const LEAST_FIRST: [Column; 9] = [
    Column::Burn("3d"),
    Column::Window,
    Column::Burn("6h"),
    Column::Target,
    Column::Burn("5m"),
    Column::Bar,
    Column::Coverage,
    Column::Sli,
    Column::Burn("1h"),
];

impl Column {
    fn head(self) -> &'static str {
        match self {
            Self::Name => "SLO",
            Self::State => "STATE",
            Self::Left => "LEFT",
            Self::Bar => "BUDGET",
            Self::EndsIn => "ENDS IN",
            Self::Sli => "SLI",
            Self::Target => "TARGET",
            Self::Window => "WINDOW",
            Self::Burn(window) => window,
            Self::Coverage => "COVERED",
        }
    }

    fn is_right(self) -> bool {
        match self {
            Self::Name | Self::State | Self::Bar | Self::Window => false,
            Self::Left | Self::EndsIn | Self::Sli | Self::Target | Self::Burn(_) | Self::Coverage => true,
        }
    }
}

struct Cell {
    text: String,
    paint: Paint,
}

/// Draws `rows` as they are at the unix second `at`, each line ended by a newline. Warnings follow the table, each once.
pub fn table(rows: &[Row], at: i64, style: Style) -> String {
    let mut lines: Vec<Vec<Cell>> = vec![
        COLUMNS.iter().map(|column| Cell { text: column.head().to_owned(), paint: Paint::Dim }).collect(),
    ];
    lines.extend(rows.iter().map(|row| COLUMNS.iter().map(|column| cell(*column, row, at)).collect()));
    let mut out = layout(&lines, style);
    let mut seen = std::collections::BTreeSet::new();
    for row in rows {
        for warning in row.warnings.iter().filter(|warning| seen.insert((&row.slo.key, *warning))) {
            let _ = writeln!(out, "warning: {}", printable(&format!("{}: {warning}", row.slo.key)));
        }
    }
    out
}

fn cell(column: Column, row: &Row, at: i64) -> Cell {
    let verdict = &row.verdict;
    let remaining = verdict.budget.remaining_ratio;
    let (text, paint) = match column {
        Column::Name => (name(row), Paint::Plain),
        Column::State => (verdict.state.as_str().to_owned(), paint_of_state(verdict.state)),
        Column::Left => {
            (remaining.map_or("-".to_owned(), |ratio| percent(ratio, 1)), paint_of_budget(remaining))
        }
        Column::Bar => (bar(remaining), paint_of_budget(remaining)),
        Column::EndsIn => (
            verdict.exhausts_at.map_or(String::new(), |ends| length(ends - at)),
            match verdict.exhausts_at.map(|ends| ends - at) {
                Some(..86_400) => Paint::Bad,
                Some(..604_800) => Paint::Warn,
                _ => Paint::Plain,
            },
        ),
        Column::Sli => {
            let estimated = if row.estimated { "~" } else { "" };
            let sli = verdict.sli.map_or("-".to_owned(), |sli| format!("{estimated}{}", percent(sli, 4)));
            (sli, Paint::Plain)
        }
        Column::Target => (percent(row.slo.target.ratio(), 4), Paint::Plain),
        Column::Window => (row.slo.window.to_string(), Paint::Plain),
        Column::Burn(window) => {
            let position = BURN_WINDOWS.iter().position(|known| known.name == window);
            match position.and_then(|position| verdict.burn_rates.get(position).copied().flatten()) {
                Some(rate) => burn(rate),
                // The window is longer than the SLO's own.
                None => (String::new(), Paint::Plain),
            }
        }
        Column::Coverage => {
            (percent(verdict.coverage, 1), if verdict.coverage < 0.99 { Paint::Warn } else { Paint::Plain })
        }
    };
    Cell { text, paint }
}

fn name(row: &Row) -> String {
    let key = printable(&row.slo.key.to_string());
    if row.group.is_empty() { key } else { format!("{key}{}", row.group) }
}

fn paint_of_state(state: State) -> Paint {
    match state {
        State::Ok => Paint::Good,
        State::Exhausted => Paint::Bad,
        State::NoData | State::Stale => Paint::Warn,
        State::NoTraffic => Paint::Dim,
    }
}

fn paint_of_budget(remaining: Option<f64>) -> Paint {
    match remaining {
        Some(ratio) if ratio <= 0.0 => Paint::Bad,
        Some(ratio) if ratio < 0.25 => Paint::Warn,
        Some(_) => Paint::Good,
        None => Paint::Dim,
    }
}

/// A burn rate; a dash without events.
fn burn(rate: Option<f64>) -> (String, Paint) {
    match rate {
        None => ("-".to_owned(), Paint::Dim),
        Some(rate) => {
            let text = if rate >= 99.95 { format!("{rate:.0}x") } else { format!("{rate:.2}x") };
            let paint = match rate {
                6.0.. => Paint::Bad,
                1.000_001.. => Paint::Warn,
                _ => Paint::Plain,
            };
            (text, paint)
        }
    }
}

fn layout(lines: &[Vec<Cell>], style: Style) -> String {
    let mut widths: Vec<usize> = COLUMNS
        .iter()
        .enumerate()
        .map(|(place, column)| {
            let cells = || lines.iter().filter_map(|line| line.get(place));
            let is_blank = cells().skip(1).all(|cell| cell.text.is_empty());
            if is_blank && lines.len() > 1 || *column == Column::Bar && !style.bar {
                return 0;
            }
            cells().map(|cell| cell.text.width()).max().unwrap_or_default()
        })
        .collect();
    if let Some(most) = style.width {
        fit(&mut widths, most);
    }
    let mut out = String::new();
    for line in lines {
        let mut text = String::new();
        for ((cell, width), column) in
            line.iter().zip(&widths).zip(COLUMNS).filter(|((_, width), _)| **width > 0)
        {
            let shown = shortened(&cell.text, *width);
            let space = " ".repeat(width.saturating_sub(shown.width()));
            let body = match (style.colour, cell.paint) {
                (true, paint) if paint != Paint::Plain && !shown.is_empty() => {
                    format!("{}{shown}\x1b[0m", paint.code())
                }
                _ => shown,
            };
            let (before, after) =
                if column.is_right() { (space, String::new()) } else { (String::new(), space) };
            let _ = write!(text, "{before}{body}{after}{:GAP$}", "");
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

/// Makes a line at most `most` wide: first by a shorter name where that is enough, then by leaving out columns.
fn fit(widths: &mut [usize], most: usize) {
    let total = |widths: &[usize]| {
        widths.iter().filter(|width| **width > 0).map(|width| width + GAP).sum::<usize>().saturating_sub(GAP)
    };
    // A name of the usual length is worth more than a column that few look at.
    let enough = widths.first().map_or(0, |name| (*name).min(most / 3).max(SHORTEST_NAME));
    for column in LEAST_FIRST {
        let name = widths.first().copied().unwrap_or_default();
        if total(widths) <= most + name.saturating_sub(enough) {
            break;
        }
        let place = COLUMNS.iter().position(|known| *known == column);
        if let Some(width) = place.and_then(|place| widths.get_mut(place)) {
            *width = 0;
        }
    }
    let over = total(widths).saturating_sub(most);
    if let Some(name) = widths.first_mut() {
        *name = name.saturating_sub(over).max(SHORTEST_NAME.min(*name));
    }
}

/// `text` in at most `width` columns, with `…` in its middle: names of one family differ at either end.
fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(1);
    let take = |characters: &mut dyn Iterator<Item = char>, room: usize| -> String {
        let mut used = 0;
        characters
            .take_while(|character| {
                used += character.width().unwrap_or(0);
                used <= room
            })
            .collect()
    };
    let head = take(&mut text.chars(), room.div_ceil(2));
    let tail: String = take(&mut text.chars().rev(), room / 2).chars().rev().collect();
    format!("{head}…{tail}")
}

/// Text that others wrote, on one line and without what a terminal would obey.
fn printable(text: &str) -> String {
    text.lines()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .map(|character| if character.is_control() { '\u{fffd}' } else { character })
        .collect()
}

/// A share as a percentage with at most `digits` decimals, rounded towards the bad side, so that 99.9999 % is never
/// shown as 100 %.
fn percent(ratio: f64, digits: i32) -> String {
    let scale = 10_f64.powi(digits);
    // The nudge keeps 0.999 × 100 = 99.9 from becoming 99.8999.
    let floor = (ratio * 100.0 * scale + 1e-6).floor() / scale;
    if floor <= -1e6 {
        return "<-1000000%".to_owned();
    }
    let text = format!("{floor:.*}", usize::try_from(digits).unwrap_or_default());
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{}%", if text == "-0" { "0" } else { text })
}

fn bar(remaining: Option<f64>) -> String {
    let Some(ratio) = remaining else { return "·".repeat(BAR_CELLS) };
    let cells = ratio.clamp(0.0, 1.0) * BAR_CELLS as f64;
    // A little is not nothing, and nearly all is not all.
    let full = match cells {
        0.0 => 0,
        _ if cells >= BAR_CELLS as f64 => BAR_CELLS,
        cells => (cells.round() as usize).clamp(1, BAR_CELLS - 1),
    };
    format!("{}{}", "█".repeat(full), "░".repeat(BAR_CELLS - full))
}

/// A length of time in its two largest units, e.g. `3d 4h`.
fn length(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (365.., _, _) => format!("{:.1}y", seconds as f64 / (365.0 * 86_400.0)),
        (14.., _, _) => format!("{days}d"),
        (1.., _, _) => format!("{days}d {hours}h"),
        (_, 1.., _) => format!("{hours}h {minutes}m"),
        (_, _, 1..) => format!("{minutes}m"),
        _ => "<1m".to_owned(),
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;

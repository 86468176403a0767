//! The table people read: one line a budget, worst news in colour, a bar for what is left. On a terminal that is too
//! narrow the columns that matter least go first, and long names are cut in the middle.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Row;
use super::words::{self, Said, Tone, printable};
use slo_core::time::Timestamp;

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

/// The bar's length; half of it where the terminal is narrower than [`WIDE`].
const BAR_CELLS: usize = 10;
const WIDE: usize = 100;
/// The space between columns.
const GAP: usize = 2;
/// Names are not cut shorter than this.
const SHORTEST_NAME: usize = 16;

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
    /// Which of the burn windows; all of them are in the JSON.
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
const LEAST_FIRST: [Column; 10] = [
    Column::Burn("3d"),
    Column::Window,
    Column::Burn("6h"),
    Column::Target,
    Column::Burn("5m"),
    Column::Burn("1h"),
    Column::Coverage,
    Column::EndsIn,
    Column::Sli,
    Column::Bar,
];

/// What a terminal obeys.
fn code(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "",
        Tone::Dim => "\x1b[2m",
        Tone::Good => "\x1b[32m",
        Tone::Warn => "\x1b[33m",
        Tone::Bad => "\x1b[31m",
    }
}

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

/// Draws `rows` as they are at `at`, each line ended by a newline. Warnings follow the table, each once.
pub fn table(rows: &[Row], at: Timestamp, style: Style) -> String {
    let cells = if style.width.is_some_and(|width| width < WIDE) { BAR_CELLS / 2 } else { BAR_CELLS };
    let mut lines: Vec<Vec<Said>> =
        vec![COLUMNS.iter().map(|column| Said { text: column.head().to_owned(), tone: Tone::Dim }).collect()];
    lines.extend(rows.iter().map(|row| COLUMNS.iter().map(|column| cell(*column, row, at, cells)).collect()));
    let mut out = layout(&lines, style);
    let mut seen = std::collections::BTreeSet::new();
    for row in rows {
        for warning in row.warnings.iter().filter(|warning| seen.insert((&row.slo.key, *warning))) {
            let _ = writeln!(out, "warning: {}", printable(&format!("{}: {warning}", row.slo.key)));
        }
    }
    out
}

fn cell(column: Column, row: &Row, at: Timestamp, bar_cells: usize) -> Said {
    match column {
        Column::Name => words::name(row),
        Column::State => words::state(row),
        Column::Left => words::left(row),
        Column::Bar => Said { text: bar(row.verdict.budget.remaining_ratio, bar_cells), ..words::left(row) },
        Column::EndsIn => words::ends_in(row, at),
        Column::Sli => words::sli(row),
        Column::Target => words::target(row),
        Column::Window => words::window(row),
        Column::Burn(window) => words::burn(row, window),
        Column::Coverage => words::coverage(row),
    }
}

fn layout(lines: &[Vec<Said>], style: Style) -> String {
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
            let body = match (style.colour, cell.tone) {
                (true, paint) if paint != Tone::Plain && !shown.is_empty() => {
                    format!("{}{shown}\x1b[0m", code(paint))
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

fn bar(remaining: Option<f64>, cells: usize) -> String {
    let Some(ratio) = remaining else { return "·".repeat(cells) };
    // A little is not nothing, and nearly all is not all.
    let full = match ratio {
        ..=0.0 => 0,
        1.0.. => cells,
        ratio => ((ratio * cells as f64).round() as usize).clamp(1, cells - 1),
    };
    format!("{}{}", "█".repeat(full), "░".repeat(cells - full))
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;

//! Findings as text: `file:line:column: error[code]: message`, the line, a caret, and what would be right.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

use super::diagnostic::{Diagnostic, Place};
use slo_core::text::{moves, printable};

/// Most columns of a line that are shown.
const WIDEST: usize = 140;

/// One finding, as several lines of text without colour; ends with a line break.
///
/// ```text
/// rules/x.yaml:12:15: error[target-percentage]: target 99.9 is a percentage
///    |
/// 12 |     - target: 99.9
///    |               ^^^^
///    = help: write `targetPercent: 99.9` or `target: 0.999`
/// ```
pub fn render(diagnostic: &Diagnostic) -> String {
    let mut text = String::new();
    let place = &diagnostic.place;
    // Writing into a String cannot fail.
    let _ = writeln!(
        text,
        "{}: {}[{}]: {}",
        whereabouts(place),
        diagnostic.severity.as_str(),
        diagnostic.code,
        printable(&diagnostic.message)
    );
    let digits = place.line.to_string().len();
    let margin = " ".repeat(digits);
    if let Some((line, before, width)) = snippet(place) {
        let _ = writeln!(text, "{margin} |");
        let _ = writeln!(text, "{} | {line}", place.line);
        let _ = writeln!(text, "{margin} | {}{}", " ".repeat(before), "^".repeat(width));
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(text, "{margin} = help: {}", printable(help));
    }
    for related in &diagnostic.related {
        let _ = writeln!(
            text,
            "{margin} = note: {}: {}",
            whereabouts(&related.place),
            printable(&related.message)
        );
    }
    text
}

fn whereabouts(place: &Place) -> String {
    match place.source_line {
        Some(_) => format!("{}:{}:{}", printable(&place.file), place.line, place.column),
        None => printable(&place.file),
    }
}

/// The line as it is shown, how many columns stand before the caret, and how wide the caret is.
fn snippet(place: &Place) -> Option<(String, usize, usize)> {
    let source = place.source_line.as_ref()?;
    let first = place.column.saturating_sub(1 + place.cropped);
    let last = place.end_column.saturating_sub(1 + place.cropped).max(first + 1);
    let shown: Vec<String> = source.chars().map(show).collect();
    let width = |range: &[String]| -> usize { range.iter().map(|text| columns(text)).sum() };
    // The part of the line around the caret, if the whole is too wide.
    let mut start = 0;
    let fits = width(&shown) <= WIDEST;
    while !fits && width(shown.get(start..first).unwrap_or_default()) > WIDEST / 2 {
        start += 1;
    }
    let mut end = shown.len();
    while end > first + 1 && width(shown.get(start..end).unwrap_or_default()) > WIDEST {
        end -= 1;
    }
    let last = last.min(end.max(first + 1));
    let left = if start > 0 || place.cropped > 0 { "…" } else { "" };
    let right = if end < shown.len() { "…" } else { "" };
    let line = format!("{left}{}{right}", shown.get(start..end).unwrap_or_default().concat());
    let before = columns(left) + width(shown.get(start..first.min(shown.len())).unwrap_or_default());
    let caret = width(shown.get(first..last.min(shown.len())).unwrap_or_default());
    Some((line.trim_end().to_owned(), before, caret.max(1)))
}

/// A character as a terminal can show it: tabs as blanks, control characters as a replacement.
fn show(character: char) -> String {
    match character {
        '\t' => "    ".to_owned(),
        other if moves(other) => "\u{fffd}".to_owned(),
        other => other.to_string(),
    }
}

fn columns(text: &str) -> usize {
    text.chars().map(|character| character.width().unwrap_or(1)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Severity;

    fn check(line: &str, column: usize, end_column: usize, want: &str) {
        let place = Place {
            file: "x.yaml".to_owned(),
            line: 7,
            column,
            end_column,
            source_line: Some(line.to_owned()),
            cropped: 0,
        };
        let diagnostic = Diagnostic {
            severity: Severity::Error,
            code: "code",
            message: "wrong".to_owned(),
            help: None,
            place,
            related: Vec::new(),
        };
        let text = render(&diagnostic);
        let shown: Vec<&str> = text.lines().skip(2).map(|line| line.get(4..).unwrap_or_default()).collect();
        assert_eq!(shown.join("\n"), want);
    }

    #[test]
    fn the_caret_stands_below_what_is_meant() {
        check("a: b", 4, 5, "a: b\n   ^");
        check("\ta: bcd", 5, 8, "    a: bcd\n       ^^^");
        check("日本: x", 5, 6, "日本: x\n      ^");
        check("a:", 3, 4, "a:\n  ^");
        check("", 1, 2, "\n^");
        check("a\u{1b}[31m", 2, 3, "a\u{fffd}[31m\n ^");
    }

    #[test]
    fn a_wide_line_is_cut_around_the_caret() {
        let line = format!("{}X{}", "a".repeat(200), "b".repeat(200));
        let want = format!("…{}X{}…\n{}^", "a".repeat(70), "b".repeat(69), " ".repeat(71));
        check(&line, 201, 202, &want);
    }
}

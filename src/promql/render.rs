//! Free expressions: anything that is not a plain counter. The source evaluates them, window by window.

use promql_parser::parser::Expr;

use super::{QueryError, duration};

/// What an expression may write where the window's length belongs, e.g. `rate(x[$window])`.
pub const WINDOW_PLACEHOLDERS: [&str; 4] = ["{{.window}}", "{{ .window }}", "${window}", "$window"];

/// What one evaluation of an expression over a window means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Yields {
    /// Events in the window: `increase`, `count_over_time` and their kin.
    Events,
    /// Events a second: `rate` and `irate`; times the window's seconds they are events.
    EventsPerSecond,
    /// A value at a moment, of no window.
    Value,
}

/// An expression that the source evaluates. It parsed when it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    text: String,
    yields: Yields,
}

impl Expression {
    /// Checks that `text` parses with its placeholder filled in.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Self::parse_tree(text).map(|(expression, _)| expression)
    }

    /// The expression and the tree that it was parsed into.
    pub(super) fn parse_tree(text: &str) -> Result<(Self, Expr), QueryError> {
        let tree = super::classify::parse(&fill(text, 300)).map_err(|error| QueryError {
            offset: error.offset.map(|offset| before_filling(text, 300, offset)),
            ..error
        })?;
        Ok((Self::unchecked(text), tree))
    }

    fn unchecked(text: &str) -> Self {
        let has = |names: &[&str]| names.iter().any(|name| text.contains(&format!("{name}(")));
        let yields = if has(&["increase", "count_over_time", "sum_over_time", "changes", "resets", "delta"]) {
            Yields::Events
        } else if has(&["rate"]) {
            Yields::EventsPerSecond
        } else {
            Yields::Value
        };
        Self { text: text.to_owned(), yields }
    }

    /// The text as the user wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What one evaluation means.
    pub fn yields(&self) -> Yields {
        self.yields
    }

    /// Whether the text says where the window's length belongs.
    pub fn has_placeholder(&self) -> bool {
        !placeholders(&self.text).is_empty()
    }

    /// The query for a window of `seconds`.
    pub fn over(&self, seconds: i64) -> String {
        fill(&self.text, seconds)
    }

    /// Turns one evaluation over `seconds` into events.
    pub fn events(&self, value: f64, seconds: i64) -> f64 {
        match self.yields {
            Yields::Events | Yields::Value => value,
            Yields::EventsPerSecond => value * seconds as f64,
        }
    }
}

/// The placeholders of `text`, as byte ranges. A longer word that starts like one, such as `$windows`, is none.
fn placeholders(text: &str) -> Vec<std::ops::Range<usize>> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut found: Vec<_> = WINDOW_PLACEHOLDERS
        .iter()
        .flat_map(|placeholder| text.match_indices(placeholder))
        .map(|(start, placeholder)| start..start + placeholder.len())
        .filter(|range| text.as_bytes().get(range.end).is_none_or(|next| !is_word(next)))
        .collect();
    found.sort_by_key(|range| range.start);
    found
}

fn fill(text: &str, seconds: i64) -> String {
    let length = duration(seconds);
    let (mut filled, mut written) = (String::with_capacity(text.len()), 0);
    for range in placeholders(text) {
        filled.push_str(text.get(written..range.start).unwrap_or_default());
        filled.push_str(&length);
        written = range.end;
    }
    filled.push_str(text.get(written..).unwrap_or_default());
    filled
}

/// Where in `text` the byte is that stands at `offset` once the placeholders are filled in. Inside a filled-in length
/// that is the placeholder's start.
fn before_filling(text: &str, seconds: i64, offset: usize) -> usize {
    let length = duration(seconds).len();
    let (mut written, mut filled) = (0, 0);
    for range in placeholders(text) {
        let start = filled + (range.start - written);
        if offset < start {
            break;
        }
        if offset < start + length {
            return range.start;
        }
        filled = start + length;
        written = range.end;
    }
    (written + (offset - filled)).min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_mistake_is_told_in_the_text_as_it_was_written() {
        for (text, want) in [
            ("sum(increase(a[$window])) / sum(rat(b[${window}]))", "rat("),
            ("rate(a[{{ .window }}]) + rate(b[{{.window}}]) + }", "}"),
            ("rate(a[{{ .window }}]) + sum(increase(c", "(c"),
            ("rate(a[$windows])", "$windows"),
        ] {
            let offset = Expression::parse(text).unwrap_err().offset.unwrap();
            assert!(text[offset..].starts_with(want), "{text}: {}", &text[offset..]);
        }
    }
}

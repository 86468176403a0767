//! Free expressions: anything that is not a plain counter. The source evaluates them, window by window.

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
        super::classify::parse(&fill(text, 300)).map(|_| ())?;
        let has = |names: &[&str]| names.iter().any(|name| text.contains(&format!("{name}(")));
        let yields = if has(&["increase", "count_over_time", "sum_over_time", "changes", "resets", "delta"]) {
            Yields::Events
        } else if has(&["rate"]) {
            Yields::EventsPerSecond
        } else {
            Yields::Value
        };
        Ok(Self { text: text.to_owned(), yields })
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
        WINDOW_PLACEHOLDERS.iter().any(|placeholder| self.text.contains(placeholder))
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

fn fill(text: &str, seconds: i64) -> String {
    let length = duration(seconds);
    WINDOW_PLACEHOLDERS.iter().fold(text.to_owned(), |text, placeholder| text.replace(placeholder, &length))
}

//! PromQL as far as an indicator needs it: parse, tell a counter selector from a free expression, render a
//! query for a window. Pure; asks nobody.

mod check;
mod classify;
mod increase;
mod label_retention;
mod observations;
mod parse;
mod piece;
mod render;
mod selector;
mod terms;
mod window;

pub use classify::{Combined, Counter, SliQuery};
pub use parse::{QueryError, parse};
pub use piece::RangeEdges;
pub use render::Expression;
pub use selector::{MatchOp, Matcher, Selector};
pub use terms::Term;
pub use window::WINDOW_PLACEHOLDERS;

/// Whether a text is PromQL that can be evaluated; the first mistake otherwise.
pub fn validate(text: &str) -> Result<(), QueryError> {
    parse::query(text).map(drop)
}

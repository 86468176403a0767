//! The review of a month, a quarter or a year: what was promised, what was reached, what spent the budget, who was paged.
//! Pure: [`facts`] that somebody else read go in, a [`Review`] comes out, and text is made of that.
//!
//! ```text
//! ledger, incidents, notifications ─ app::report ▶ Facts ─ review ▶ Review ─ html, markdown, csv, json ▶ text
//! ```
//!
//! The same facts give the same bytes: no time of making stands in a report, and nothing here asks for one.
//!
//! A crate of its own rather than a room of `slo-model`, because everything is compiled anew when that changes, and a
//! report's looks change often.

pub mod demo;
pub mod facts;
pub mod method;
pub mod period;
pub mod review;
pub mod share;
pub mod tables;
pub mod words;

mod csv;
mod html;
mod json;
mod markdown;

pub use csv::csv;
pub use facts::Facts;
pub use html::html;
pub use json::{SCHEMA, json};
pub use markdown::markdown;
pub use period::{Period, PeriodError};
pub use review::{Review, review};

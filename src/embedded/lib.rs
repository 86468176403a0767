//! The embedded source: scrapes targets, keeps their samples in one folder and evaluates PromQL over them, so that one
//! machine needs nothing else installed.

mod eval;
mod exposition;
mod scrape;
mod source;
mod store;

pub use eval::{Failure, QueryValue, parse_selector};
pub use exposition::{ExpositionError, MetricKind};
pub use scrape::{ScrapeReport, ScrapeTarget, Scraper};
pub use source::{EmbeddedSource, Metadata};
pub use store::StoreSettings;

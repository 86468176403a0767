//! What the API knows: companies, their filings and news. Plain data; the JSON of the API is their shape.

use serde::{Serialize, Serializer};
use slo_core::time::Timestamp;

/// RFC 3339 in UTC with whole seconds, as people read it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's `serialize_with` hands a reference")]
fn rfc3339<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.rfc3339_seconds())
}

/// A listed company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Company {
    /// Its symbol, in capitals; names it in the API.
    pub ticker: String,
    /// The SEC's number for it, ten digits.
    pub cik: String,
    /// Its legal name.
    pub name: String,
    /// One of eleven, e.g. `Health Care`.
    pub sector: String,
    /// Within the sector.
    pub industry: String,
    /// Where it is listed.
    pub exchange: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// Year.
    pub founded: i64,
    /// People.
    pub employees: i64,
    /// US dollars.
    pub market_cap_usd: i64,
    /// When `market_cap_usd` was ingested.
    #[serde(serialize_with = "rfc3339")]
    pub financials_at: Timestamp,
}

/// A document that a company filed with the SEC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filing {
    /// The SEC's number for it, e.g. `0001234567-25-000042`.
    pub accession: String,
    /// Whose; the company around it says so in the API.
    #[serde(skip)]
    pub ticker: String,
    /// `10-K`, `10-Q`, `8-K`, …
    pub form: String,
    /// When.
    #[serde(serialize_with = "rfc3339")]
    pub filed_at: Timestamp,
}

/// A news item, not stored yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsItem {
    /// Which company it is about.
    pub ticker: String,
    /// One line.
    pub headline: String,
    /// A sentence or two.
    pub summary: String,
    /// Who published it.
    pub publisher: String,
    /// Where it is.
    pub url: String,
    /// When it was published.
    pub published_at: Timestamp,
}

/// A stored news item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct News {
    /// Grows with each stored item and is never used again.
    pub id: i64,
    /// Which company it is about.
    pub ticker: String,
    /// One line.
    pub headline: String,
    /// A sentence or two.
    pub summary: String,
    /// Who published it.
    pub publisher: String,
    /// Where it is.
    pub url: String,
    /// When it was published.
    #[serde(serialize_with = "rfc3339")]
    pub published_at: Timestamp,
}

/// Where data comes from; each has a freshness of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IngestSource {
    /// SEC EDGAR: filings.
    Sec,
    /// Market data: capitalisation.
    Financial,
    /// News.
    News,
}

impl IngestSource {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sec, Self::Financial, Self::News];

    /// Its name in metrics and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sec => "sec",
            Self::Financial => "financial",
            Self::News => "news",
        }
    }
}

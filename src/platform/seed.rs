//! Sample data that looks like the real thing. The companies, their news and their filings are invented, so that nobody
//! takes a made-up headline for a fact; sectors, forms and sizes are as on a real exchange. The same seed and time
//! give the same data.

mod companies;
mod headlines;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

pub use companies::companies;

use super::model::{Filing, IngestSource, NewsItem};
use slo_core::time::{Span, Timestamp};

/// News items in a new database.
const NEWS: i64 = 400;
/// Filings in a new database.
const FILINGS: i64 = 160;
/// News in a new database is spread over this long before its start.
const NEWS_SPAN: Span = Span::days(14);
/// Filings in a new database are spread over this long before its start.
const FILINGS_SPAN: Span = Span::days(90);

/// A generator for one purpose, independent of every other purpose and run.
pub(super) fn generator(seed: u64, purpose: &str, run: i64) -> StdRng {
    // FNV-1a: small, and the same in every version of the compiler, unlike the standard library's hashers.
    let tag = purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    StdRng::seed_from_u64(seed ^ tag ^ run.unsigned_abs().rotate_left(32))
}

/// The news of a new database, oldest first, up to `until`.
pub fn news(seed: u64, tickers: &[(String, String)], until: Timestamp) -> Vec<NewsItem> {
    let mut rng = generator(seed, IngestSource::News.name(), -1);
    let step = (NEWS_SPAN / NEWS).ms();
    (0..NEWS)
        .filter_map(|n| {
            let at = until - NEWS_SPAN + Span::from_ms(n * step + rng.random_range(0..step));
            headlines::item(&mut rng, tickers, at)
        })
        .collect()
}

/// What one run of news ingestion finds: up to three items of the last minute.
pub fn fresh_news(seed: u64, run: i64, tickers: &[(String, String)], now: Timestamp) -> Vec<NewsItem> {
    let mut rng = generator(seed, IngestSource::News.name(), run);
    let count = rng.random_range(0..=3);
    (0..count)
        .filter_map(|_| {
            let at = now - Span::from_ms(rng.random_range(0..60_000));
            headlines::item(&mut rng, tickers, at)
        })
        .collect()
}

/// The filings of a new database, oldest first, up to `until`.
pub fn filings(seed: u64, ciks: &[(String, String)], until: Timestamp) -> Vec<Filing> {
    let mut rng = generator(seed, IngestSource::Sec.name(), -1);
    let step = (FILINGS_SPAN / FILINGS).ms();
    (0..FILINGS)
        .filter_map(|n| {
            let at = until - FILINGS_SPAN + Span::from_ms(n * step + rng.random_range(0..step));
            filing(&mut rng, ciks, n, at)
        })
        .collect()
}

/// What one run of SEC ingestion finds: up to two filings.
pub fn fresh_filings(seed: u64, run: i64, ciks: &[(String, String)], now: Timestamp) -> Vec<Filing> {
    let mut rng = generator(seed, IngestSource::Sec.name(), run);
    let count = rng.random_range(0..=2);
    (0..count).filter_map(|n| filing(&mut rng, ciks, FILINGS + run * 2 + n, now)).collect()
}

/// What one run of market data brings: a small step of capitalisation for a tenth of the companies.
pub fn fresh_market_caps(seed: u64, run: i64, caps: &[(String, i64)]) -> Vec<(String, i64)> {
    let mut rng = generator(seed, IngestSource::Financial.name(), run);
    caps.iter()
        .filter(|_| rng.random_ratio(1, 10))
        .cloned()
        .collect::<Vec<_>>()
        .into_iter()
        .map(|(ticker, cap)| {
            let change = 1.0 + rng.random_range(-0.02..0.02);
            // Whole millions, and never so small or large that it stops looking like a company.
            let cap = (cap as f64 * change / 1e6).round().clamp(50.0, 4_000_000.0) as i64 * 1_000_000;
            (ticker, cap)
        })
        .collect()
}

/// One filing, number `n` of its filer's year. `ciks` are tickers with the SEC's numbers.
fn filing(rng: &mut StdRng, ciks: &[(String, String)], n: i64, at: Timestamp) -> Option<Filing> {
    const FORMS: [(&str, u32); 6] =
        [("8-K", 45), ("4", 25), ("10-Q", 15), ("10-K", 5), ("DEF 14A", 5), ("SC 13G", 5)];
    let (ticker, cik) = ciks.choose(rng)?;
    let (form, _) = FORMS.choose_weighted(rng, |(_, weight)| *weight).ok()?;
    let year = at.rfc3339_seconds().get(2..4).unwrap_or("00").to_owned();
    Some(Filing {
        accession: format!("{cik}-{year}-{:06}", n.rem_euclid(1_000_000)),
        ticker: ticker.clone(),
        form: (*form).to_owned(),
        filed_at: at,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_750_000_000_000);

    fn pairs() -> Vec<(String, String)> {
        companies(1, NOW).into_iter().map(|company| (company.ticker, company.cik)).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_data_and_another_gives_other_data() {
        let names: Vec<_> = companies(1, NOW).into_iter().map(|c| (c.ticker, c.name)).collect();
        assert_eq!(companies(1, NOW), companies(1, NOW));
        assert_eq!(news(1, &names, NOW), news(1, &names, NOW));
        assert_ne!(news(1, &names, NOW), news(2, &names, NOW));
        assert_eq!(fresh_news(1, 5, &names, NOW), fresh_news(1, 5, &names, NOW));
        assert_eq!(filings(1, &pairs(), NOW), filings(1, &pairs(), NOW));
    }

    #[test]
    fn seeded_records_lie_in_the_past_and_accessions_are_unique() {
        let filings = filings(1, &pairs(), NOW);
        assert_eq!(filings.len(), FILINGS as usize);
        assert!(filings.iter().all(|filing| filing.filed_at <= NOW));
        let accessions: BTreeSet<_> = filings.iter().map(|filing| &filing.accession).collect();
        assert_eq!(accessions.len(), filings.len());
        let news = news(1, &pairs(), NOW);
        assert_eq!(news.len(), NEWS as usize);
        assert!(news.iter().all(|item| item.published_at <= NOW));
    }

    #[test]
    fn market_caps_move_a_little_and_stay_in_range() {
        let caps: Vec<_> = (0..200).map(|n| (format!("T{n}"), 1_000_000_000)).collect();
        let moved = fresh_market_caps(1, 0, &caps);
        assert!((5..60).contains(&moved.len()), "{}", moved.len());
        assert!(moved.iter().all(|(_, cap)| (980_000_000..=1_020_000_000).contains(cap)), "{moved:?}");
        assert!(fresh_market_caps(1, 0, &[]).is_empty());
    }

    #[test]
    fn without_companies_there_is_nothing_to_write_about() {
        assert!(news(1, &[], NOW).is_empty());
        assert!(filings(1, &[], NOW).is_empty());
    }
}

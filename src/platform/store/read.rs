//! What the API asks the database: pages of companies and news, and one company.

use slo_base::store::Arg;

use super::{Store, StoreError};
use crate::model::{Company, Filing, News};
use slo_core::time::Timestamp;

/// Part of a longer list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// In the list's order.
    pub items: Vec<T>,
    /// How many the whole list has.
    pub total: i64,
    /// There are more behind the last of `items`.
    pub more: bool,
}

/// Which companies.
#[derive(Debug, Clone, Default)]
pub struct CompanyFilter {
    /// Only of this sector, in any case.
    pub sector: Option<String>,
    /// Only with this in the name or the ticker, in any case.
    pub text: Option<String>,
    /// Only behind this ticker.
    pub after: Option<String>,
}

/// Which news.
#[derive(Debug, Clone, Default)]
pub struct NewsFilter {
    /// Only of this company.
    pub ticker: Option<String>,
    /// Only published then or later.
    pub since: Option<Timestamp>,
    /// Only behind (older than) this time and id.
    pub before: Option<(Timestamp, i64)>,
}

type CompanyRow = (String, String, String, String, String, String, String, i64, i64, i64, i64);
type NewsRow = (i64, String, String, String, String, String, i64);

impl Store {
    /// A page of companies by ticker, at most `limit`.
    pub async fn companies(&self, filter: &CompanyFilter, limit: i64) -> Result<Page<Company>, StoreError> {
        let mut matching =
            vec![filter.sector.clone().into(), filter.text.as_deref().map(like_pattern).into()];
        let total = self.count(include_str!("sql/companies_count.sql"), matching.clone()).await?;
        matching.extend([filter.after.clone().into(), limit.saturating_add(1).into()]);
        let rows = self.database.fetch(include_str!("sql/companies_page.sql"), matching).await?;
        Ok(page(rows, total, limit, company_from))
    }

    /// One company.
    pub async fn company(&self, ticker: &str) -> Result<Option<Company>, StoreError> {
        let rows = self.database.fetch(include_str!("sql/company.sql"), vec![ticker.into()]).await?;
        Ok(rows.into_iter().next().map(company_from))
    }

    /// A company's newest filing.
    pub async fn latest_filing(&self, ticker: &str) -> Result<Option<Filing>, StoreError> {
        let rows: Vec<(String, String, i64)> =
            self.database.fetch(include_str!("sql/latest_filing.sql"), vec![ticker.into()]).await?;
        Ok(rows.into_iter().next().map(|(accession, form, filed)| Filing {
            accession,
            ticker: ticker.to_owned(),
            form,
            filed_at: Timestamp::from_ms(filed),
        }))
    }

    /// Tickers of all companies with their capitalisation, in order.
    pub async fn market_caps(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let query = "SELECT ticker, market_cap_usd FROM companies ORDER BY ticker";
        Ok(self.database.fetch(query, Vec::new()).await?)
    }

    /// A page of news, newest first, at most `limit`.
    pub async fn news(&self, filter: &NewsFilter, limit: i64) -> Result<Page<News>, StoreError> {
        let mut matching = vec![filter.ticker.clone().into(), filter.since.into()];
        let total = self.count(include_str!("sql/news_count.sql"), matching.clone()).await?;
        matching.extend([
            filter.before.map(|(at, _)| at).into(),
            filter.before.map(|(_, id)| id).into(),
            limit.saturating_add(1).into(),
        ]);
        let rows = self.database.fetch(include_str!("sql/news_page.sql"), matching).await?;
        Ok(page(rows, total, limit, news_from))
    }

    async fn count(&self, sql: &str, matching: Vec<Arg>) -> Result<i64, StoreError> {
        let rows: Vec<(i64,)> = self.database.fetch(sql, matching).await?;
        Ok(rows.first().map_or(0, |(count,)| *count))
    }
}

/// A LIKE pattern for "contains `text`", with what LIKE would read as a wildcard escaped.
fn like_pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// A page from rows of which one more than `limit` was asked for.
fn page<R, T>(rows: Vec<R>, total: i64, limit: i64, read: impl Fn(R) -> T) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(0);
    let more = rows.len() > limit;
    Page { items: rows.into_iter().take(limit).map(read).collect(), total, more }
}

fn company_from(row: CompanyRow) -> Company {
    let (ticker, cik, name, sector, industry, exchange, country, founded, employees, market_cap_usd, at) =
        row;
    Company {
        ticker,
        cik,
        name,
        sector,
        industry,
        exchange,
        country,
        founded,
        employees,
        market_cap_usd,
        financials_at: Timestamp::from_ms(at),
    }
}

fn news_from((id, ticker, headline, summary, publisher, url, published): NewsRow) -> News {
    News { id, ticker, headline, summary, publisher, url, published_at: Timestamp::from_ms(published) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_search_are_text() {
        assert_eq!(like_pattern("acme"), "%acme%");
        assert_eq!(like_pattern(r"100%_\"), r"%100\%\_\\%");
        assert_eq!(like_pattern(""), "%%");
    }
}

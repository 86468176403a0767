//! What the API asks the database: pages of companies and news, and one company.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

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

impl Store {
    /// A page of companies by ticker, at most `limit`.
    pub async fn companies(&self, filter: &CompanyFilter, limit: i64) -> Result<Page<Company>, StoreError> {
        let pattern = filter.text.as_deref().map(like_pattern);
        let total = sqlx::query_scalar(include_str!("sql/companies_count.sql"))
            .bind(filter.sector.as_deref())
            .bind(pattern.as_deref())
            .fetch_one(&self.pool)
            .await?;
        let rows = sqlx::query(include_str!("sql/companies_page.sql"))
            .bind(filter.sector.as_deref())
            .bind(pattern.as_deref())
            .bind(filter.after.as_deref())
            .bind(limit.saturating_add(1))
            .fetch_all(&self.pool)
            .await?;
        page(&rows, total, limit, company_from)
    }

    /// One company.
    pub async fn company(&self, ticker: &str) -> Result<Option<Company>, StoreError> {
        let row =
            sqlx::query(include_str!("sql/company.sql")).bind(ticker).fetch_optional(&self.pool).await?;
        Ok(row.as_ref().map(company_from).transpose()?)
    }

    /// A company's newest filing.
    pub async fn latest_filing(&self, ticker: &str) -> Result<Option<Filing>, StoreError> {
        let row = sqlx::query(include_str!("sql/latest_filing.sql"))
            .bind(ticker)
            .fetch_optional(&self.pool)
            .await?;
        let filing = row.map(|row| {
            Ok::<_, sqlx::Error>(Filing {
                accession: row.try_get("accession")?,
                ticker: ticker.to_owned(),
                form: row.try_get("form")?,
                filed_at: Timestamp::from_ms(row.try_get("filed_ms")?),
            })
        });
        Ok(filing.transpose()?)
    }

    /// Tickers of all companies with their capitalisation, in order.
    pub async fn market_caps(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let query = "SELECT ticker, market_cap_usd FROM companies ORDER BY ticker";
        Ok(sqlx::query_as(query).fetch_all(&self.pool).await?)
    }

    /// A page of news, newest first, at most `limit`.
    pub async fn news(&self, filter: &NewsFilter, limit: i64) -> Result<Page<News>, StoreError> {
        let since = filter.since.map(Timestamp::ms);
        let total = sqlx::query_scalar(include_str!("sql/news_count.sql"))
            .bind(filter.ticker.as_deref())
            .bind(since)
            .fetch_one(&self.pool)
            .await?;
        let rows = sqlx::query(include_str!("sql/news_page.sql"))
            .bind(filter.ticker.as_deref())
            .bind(since)
            .bind(filter.before.map(|(at, _)| at.ms()))
            .bind(filter.before.map(|(_, id)| id))
            .bind(limit.saturating_add(1))
            .fetch_all(&self.pool)
            .await?;
        page(&rows, total, limit, news_from)
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
fn page<T>(
    rows: &[SqliteRow],
    total: i64,
    limit: i64,
    read: impl Fn(&SqliteRow) -> Result<T, sqlx::Error>,
) -> Result<Page<T>, StoreError> {
    let limit = usize::try_from(limit).unwrap_or(0);
    let items = rows.iter().take(limit).map(read).collect::<Result<_, _>>()?;
    Ok(Page { items, total, more: rows.len() > limit })
}

fn company_from(row: &SqliteRow) -> Result<Company, sqlx::Error> {
    Ok(Company {
        ticker: row.try_get("ticker")?,
        cik: row.try_get("cik")?,
        name: row.try_get("name")?,
        sector: row.try_get("sector")?,
        industry: row.try_get("industry")?,
        exchange: row.try_get("exchange")?,
        country: row.try_get("country")?,
        founded: row.try_get("founded")?,
        employees: row.try_get("employees")?,
        market_cap_usd: row.try_get("market_cap_usd")?,
        financials_at: Timestamp::from_ms(row.try_get("financials_ms")?),
    })
}

fn news_from(row: &SqliteRow) -> Result<News, sqlx::Error> {
    Ok(News {
        id: row.try_get("id")?,
        ticker: row.try_get("ticker")?,
        headline: row.try_get("headline")?,
        summary: row.try_get("summary")?,
        publisher: row.try_get("publisher")?,
        url: row.try_get("url")?,
        published_at: Timestamp::from_ms(row.try_get("published_ms")?),
    })
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

//! What seeding and ingestion write. Each write is one transaction and leaves the tables bounded.

use sqlx::SqliteConnection;

use super::{Store, StoreError};
use crate::model::{Company, Filing, IngestSource, NewsItem};
use slo_core::time::Timestamp;

/// News items kept; the oldest go first.
pub const MAX_NEWS: i64 = 5_000;
/// Filings kept; the oldest go first.
pub const MAX_FILINGS: i64 = 2_000;

/// How far one source has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Runs that worked, over the database's life.
    pub runs: i64,
    /// When the last of them ended.
    pub last_success: Timestamp,
}

/// What one ingestion run brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Records {
    /// New filings; one that is stored already is left as it is.
    Filings(Vec<Filing>),
    /// New capitalisations by ticker, US dollars.
    Financials(Vec<(String, i64)>),
    /// New news.
    News(Vec<NewsItem>),
}

impl Records {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Filings(items) => items.len(),
            Self::Financials(items) => items.len(),
            Self::News(items) => items.len(),
        }
    }
}

impl Store {
    /// Fills an empty database, all of it or nothing; says whether it was empty.
    pub async fn fill(
        &self,
        companies: &[Company],
        filings: &[Filing],
        news: &[NewsItem],
        last_success: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let known: i64 =
            sqlx::query_scalar("SELECT count(*) FROM companies").fetch_one(&mut *transaction).await?;
        if known > 0 {
            return Ok(false);
        }
        for company in companies {
            insert_company(&mut transaction, company).await?;
        }
        insert_filings(&mut transaction, filings).await?;
        insert_news(&mut transaction, news).await?;
        for source in IngestSource::ALL {
            succeed(&mut transaction, source, Progress { runs: 0, last_success }).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// How far `source` has come; `None` before the database was filled.
    pub async fn progress(&self, source: IngestSource) -> Result<Option<Progress>, StoreError> {
        let query = "SELECT runs, last_success_ms FROM ingest_sources WHERE source = ?1";
        let row: Option<(i64, i64)> =
            sqlx::query_as(query).bind(source.name()).fetch_optional(&self.pool).await?;
        Ok(row.map(|(runs, at)| Progress { runs, last_success: Timestamp::from_ms(at) }))
    }

    /// Stores what a run brought, and that it worked, in one transaction.
    pub async fn ingest(
        &self,
        source: IngestSource,
        records: &Records,
        progress: Progress,
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        match records {
            Records::Filings(filings) => {
                insert_filings(&mut transaction, filings).await?;
                let prune = sqlx::query(include_str!("sql/prune_filings.sql")).bind(MAX_FILINGS);
                prune.execute(&mut *transaction).await?;
            }
            Records::Financials(financials) => {
                for (ticker, market_cap_usd) in financials {
                    sqlx::query(include_str!("sql/update_financials.sql"))
                        .bind(ticker)
                        .bind(market_cap_usd)
                        .bind(progress.last_success.ms())
                        .execute(&mut *transaction)
                        .await?;
                }
            }
            Records::News(news) => {
                insert_news(&mut transaction, news).await?;
                let prune = sqlx::query(include_str!("sql/prune_news.sql")).bind(MAX_NEWS);
                prune.execute(&mut *transaction).await?;
            }
        }
        succeed(&mut transaction, source, progress).await?;
        Ok(transaction.commit().await?)
    }
}

async fn insert_company(connection: &mut SqliteConnection, company: &Company) -> Result<(), StoreError> {
    sqlx::query(include_str!("sql/insert_company.sql"))
        .bind(&company.ticker)
        .bind(&company.cik)
        .bind(&company.name)
        .bind(&company.sector)
        .bind(&company.industry)
        .bind(&company.exchange)
        .bind(&company.country)
        .bind(company.founded)
        .bind(company.employees)
        .bind(company.market_cap_usd)
        .bind(company.financials_at.ms())
        .execute(connection)
        .await?;
    Ok(())
}

async fn insert_filings(connection: &mut SqliteConnection, filings: &[Filing]) -> Result<(), StoreError> {
    for filing in filings {
        sqlx::query(include_str!("sql/insert_filing.sql"))
            .bind(&filing.accession)
            .bind(&filing.ticker)
            .bind(&filing.form)
            .bind(filing.filed_at.ms())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn insert_news(connection: &mut SqliteConnection, news: &[NewsItem]) -> Result<(), StoreError> {
    for item in news {
        sqlx::query(include_str!("sql/insert_news.sql"))
            .bind(&item.ticker)
            .bind(&item.headline)
            .bind(&item.summary)
            .bind(&item.publisher)
            .bind(&item.url)
            .bind(item.published_at.ms())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn succeed(
    connection: &mut SqliteConnection,
    source: IngestSource,
    progress: Progress,
) -> Result<(), StoreError> {
    sqlx::query(include_str!("sql/ingest_success.sql"))
        .bind(source.name())
        .bind(progress.runs)
        .bind(progress.last_success.ms())
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{NewsFilter, Place};

    const TICKER: &str = "ACME";

    async fn store() -> Store {
        let store = Store::open(&Place::Memory).await.unwrap();
        let company = Company {
            ticker: TICKER.to_owned(),
            cik: "0000000001".to_owned(),
            name: "Acme".to_owned(),
            sector: "Energy".to_owned(),
            industry: "Refining".to_owned(),
            exchange: "NYSE".to_owned(),
            country: "US".to_owned(),
            founded: 1900,
            employees: 10,
            market_cap_usd: 5,
            financials_at: Timestamp::from_ms(0),
        };
        assert!(store.fill(std::slice::from_ref(&company), &[], &[], Timestamp::from_ms(0)).await.unwrap());
        assert!(!store.fill(&[company], &[], &[], Timestamp::from_ms(9)).await.unwrap(), "filled once");
        store
    }

    fn item(ticker: &str, at: i64) -> NewsItem {
        NewsItem {
            ticker: ticker.to_owned(),
            headline: format!("at {at}"),
            summary: String::new(),
            publisher: String::new(),
            url: String::new(),
            published_at: Timestamp::from_ms(at),
        }
    }

    fn progress(runs: i64) -> Progress {
        Progress { runs, last_success: Timestamp::from_ms(runs * 1000) }
    }

    #[tokio::test]
    async fn news_is_bounded_and_the_oldest_go_first() {
        let store = store().await;
        let news = (0..MAX_NEWS + 3).map(|at| item(TICKER, at)).collect();
        store.ingest(IngestSource::News, &Records::News(news), progress(1)).await.unwrap();
        let page = store.news(&NewsFilter::default(), 1).await.unwrap();
        assert_eq!((page.total, page.items[0].published_at), (MAX_NEWS, Timestamp::from_ms(MAX_NEWS + 2)));
        let oldest = NewsFilter { before: Some((Timestamp::from_ms(4), 0)), ..NewsFilter::default() };
        let oldest = store.news(&oldest, 10).await.unwrap();
        assert_eq!(oldest.items.len(), 1, "of 0, 1, 2 and 3 only the last is left");
    }

    #[tokio::test]
    async fn items_of_one_moment_are_told_apart_by_their_ids() {
        let store = store().await;
        let news = (0..5).map(|_| item(TICKER, 7)).collect();
        store.ingest(IngestSource::News, &Records::News(news), progress(1)).await.unwrap();
        let (mut filter, mut seen) = (NewsFilter::default(), Vec::new());
        loop {
            let page = store.news(&filter, 2).await.unwrap();
            seen.extend(page.items.iter().map(|item| item.id));
            filter.before = page.items.last().map(|item| (item.published_at, item.id));
            if !page.more {
                break;
            }
        }
        assert_eq!(seen, [5, 4, 3, 2, 1]);
    }

    #[tokio::test]
    async fn a_run_that_fails_leaves_nothing_and_no_success() {
        let store = store().await;
        let news = Records::News(vec![item(TICKER, 1), item("NOSUCH", 2)]);
        store.ingest(IngestSource::News, &news, progress(1)).await.unwrap_err();
        assert_eq!(store.news(&NewsFilter::default(), 1).await.unwrap().total, 0);
        assert_eq!(store.progress(IngestSource::News).await.unwrap(), Some(progress(0)));
    }

    #[tokio::test]
    async fn filings_are_stored_once_and_capitalisations_replaced() {
        let store = store().await;
        let filing = Filing {
            accession: "0000000001-26-000001".to_owned(),
            ticker: TICKER.to_owned(),
            form: "10-K".to_owned(),
            filed_at: Timestamp::from_ms(5),
        };
        for run in 1..3 {
            let again = Records::Filings(vec![filing.clone()]);
            store.ingest(IngestSource::Sec, &again, progress(run)).await.unwrap();
        }
        assert_eq!(store.latest_filing(TICKER).await.unwrap(), Some(filing));
        assert_eq!(store.progress(IngestSource::Sec).await.unwrap(), Some(progress(2)));
        let caps = Records::Financials(vec![(TICKER.to_owned(), 77)]);
        store.ingest(IngestSource::Financial, &caps, progress(3)).await.unwrap();
        let company = store.company(TICKER).await.unwrap().unwrap();
        assert_eq!((company.market_cap_usd, company.financials_at), (77, Timestamp::from_ms(3000)));
    }
}

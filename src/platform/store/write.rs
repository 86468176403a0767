//! What seeding and ingestion write. Each write is one transaction and leaves the tables bounded.

use sqlx::SqliteConnection;

use super::{Store, StoreError};
use crate::platform::model::{Company, Filing, IngestSource, NewsItem, Timestamp};

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
        Ok(row.map(|(runs, at)| Progress { runs, last_success: Timestamp(at) }))
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
                        .bind(progress.last_success.0)
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
        .bind(company.financials_at.0)
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
            .bind(filing.filed_at.0)
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
            .bind(item.published_at.0)
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
        .bind(progress.last_success.0)
        .execute(connection)
        .await?;
    Ok(())
}

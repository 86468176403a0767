//! What seeding and ingestion write. Each write is one transaction and leaves the tables bounded.

use slo_base::store::{Arg, WriteTransaction};

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
        let mut transaction = self.database.begin().await?;
        let known: Vec<(i64,)> = transaction.fetch("SELECT 1 FROM companies LIMIT 1", Vec::new()).await?;
        if !known.is_empty() {
            return Ok(false);
        }
        let companies = companies.iter().map(company_row).collect();
        transaction.insert(include_str!("sql/insert_company.sql"), companies).await?;
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
        let query = "SELECT runs, last_success_ms FROM ingest_sources WHERE source = $1";
        let rows: Vec<(i64, i64)> = self.database.fetch(query, vec![source.name().into()]).await?;
        let row = rows.first();
        Ok(row.map(|(runs, at)| Progress { runs: *runs, last_success: Timestamp::from_ms(*at) }))
    }

    /// Stores what a run brought, and that it worked, in one transaction.
    pub async fn ingest(
        &self,
        source: IngestSource,
        records: &Records,
        progress: Progress,
    ) -> Result<(), StoreError> {
        let mut transaction = self.database.begin().await?;
        store(&mut transaction, records, progress.last_success).await?;
        succeed(&mut transaction, source, progress).await?;
        Ok(transaction.commit().await?)
    }
}

async fn store(
    transaction: &mut WriteTransaction,
    records: &Records,
    at: Timestamp,
) -> Result<(), StoreError> {
    match records {
        Records::Filings(filings) => {
            insert_filings(transaction, filings).await?;
            transaction.execute(include_str!("sql/prune_filings.sql"), vec![MAX_FILINGS.into()]).await?;
        }
        Records::Financials(financials) => {
            for (ticker, market_cap_usd) in financials {
                let row = vec![ticker.as_str().into(), (*market_cap_usd).into(), at.into()];
                transaction.execute(include_str!("sql/update_financials.sql"), row).await?;
            }
        }
        Records::News(news) => {
            insert_news(transaction, news).await?;
            transaction.execute(include_str!("sql/prune_news.sql"), vec![MAX_NEWS.into()]).await?;
        }
    }
    Ok(())
}

fn company_row(company: &Company) -> Vec<Arg> {
    vec![
        company.ticker.as_str().into(),
        company.cik.as_str().into(),
        company.name.as_str().into(),
        company.sector.as_str().into(),
        company.industry.as_str().into(),
        company.exchange.as_str().into(),
        company.country.as_str().into(),
        company.founded.into(),
        company.employees.into(),
        company.market_cap_usd.into(),
        company.financials_at.into(),
    ]
}

async fn insert_filings(transaction: &mut WriteTransaction, filings: &[Filing]) -> Result<(), StoreError> {
    let row = |filing: &Filing| {
        let Filing { accession, ticker, form, filed_at } = filing;
        vec![accession.as_str().into(), ticker.as_str().into(), form.as_str().into(), (*filed_at).into()]
    };
    transaction.insert(include_str!("sql/insert_filing.sql"), filings.iter().map(row).collect()).await?;
    Ok(())
}

async fn insert_news(transaction: &mut WriteTransaction, news: &[NewsItem]) -> Result<(), StoreError> {
    let row = |item: &NewsItem| {
        vec![
            item.ticker.as_str().into(),
            item.headline.as_str().into(),
            item.summary.as_str().into(),
            item.publisher.as_str().into(),
            item.url.as_str().into(),
            item.published_at.into(),
        ]
    };
    transaction.insert(include_str!("sql/insert_news.sql"), news.iter().map(row).collect()).await?;
    Ok(())
}

async fn succeed(
    transaction: &mut WriteTransaction,
    source: IngestSource,
    progress: Progress,
) -> Result<(), StoreError> {
    let row = vec![source.name().into(), progress.runs.into(), progress.last_success.into()];
    transaction.insert(include_str!("sql/ingest_success.sql"), vec![row]).await?;
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

//! Companies: a filtered list, and one with its newest filing.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use serde::Serialize;

use super::params::{Params, path_ticker};
use super::{Context, Listing};
use crate::model::{Company, Filing};
use crate::problem::Problem;
use crate::store::CompanyFilter;

/// A company and what is known about it besides.
#[derive(Debug, Serialize)]
pub struct Detail {
    #[serde(flatten)]
    company: Company,
    latest_filing: Option<Filing>,
}

/// `GET /api/v1/companies?sector=&q=&limit=&cursor=`, by ticker.
pub async fn list(
    State(context): State<Context>,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<Company>>, Problem> {
    let mut params = Params::parse(query.as_deref(), &["sector", "q", "limit", "cursor"]);
    let filter = CompanyFilter {
        sector: params.text("sector"),
        text: params.text("q"),
        after: params.ticker_cursor(),
    };
    let limit = params.limit();
    params.finish()?;
    let page = context.store.companies(&filter, limit).await?;
    let next_cursor = page.items.last().filter(|_| page.more).map(|last| last.ticker.clone());
    Ok(Json(Listing { items: page.items, total: page.total, next_cursor }))
}

/// `GET /api/v1/companies/{ticker}`; the ticker in any case.
pub async fn one(
    State(context): State<Context>,
    ticker: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Json<Detail>, Problem> {
    let ticker = ticker_of(&ticker)?;
    Params::parse(query.as_deref(), &[]).finish()?;
    let company = existing(&context, &ticker).await?;
    let latest_filing = context.store.latest_filing(&ticker).await?;
    Ok(Json(Detail { company, latest_filing }))
}

/// The ticker in the path, in capitals.
pub fn ticker_of(path: &Result<Path<String>, PathRejection>) -> Result<String, Problem> {
    // A path that is not UTF-8 names no company, and the same sentence says so.
    path_ticker(path.as_ref().map_or("\u{fffd}", |Path(ticker)| ticker))
}

/// The company, or 404.
pub async fn existing(context: &Context, ticker: &str) -> Result<Company, Problem> {
    let company = context.store.company(ticker).await?;
    company.ok_or_else(|| {
        Problem::not_found(format!("there is no company {ticker}; /api/v1/companies lists them"))
    })
}

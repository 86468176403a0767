//! News, newest first: of all companies, and of one.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};

use super::companies::{existing, ticker_of};
use super::params::Params;
use super::{Context, Listing};
use crate::model::News;
use crate::problem::Problem;
use crate::store::NewsFilter;

/// `GET /api/v1/news?ticker=&since=&limit=&cursor=`.
pub async fn list(
    State(context): State<Context>,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<News>>, Problem> {
    let mut params = Params::parse(query.as_deref(), &["ticker", "since", "limit", "cursor"]);
    let ticker = params.ticker("ticker");
    page(&context, params, ticker).await.map(Json)
}

/// `GET /api/v1/companies/{ticker}/news?since=&limit=&cursor=`; 404 when there is no such company.
pub async fn of_company(
    State(context): State<Context>,
    ticker: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<News>>, Problem> {
    let ticker = ticker_of(&ticker)?;
    let params = Params::parse(query.as_deref(), &["since", "limit", "cursor"]);
    existing(&context, &ticker).await?;
    page(&context, params, Some(ticker)).await.map(Json)
}

async fn page(
    context: &Context,
    mut params: Params,
    ticker: Option<String>,
) -> Result<Listing<News>, Problem> {
    let filter = NewsFilter { ticker, since: params.time("since"), before: params.time_cursor() };
    let limit = params.limit();
    params.finish()?;
    let page = context.store.news(&filter, limit).await?;
    let next_cursor = page
        .items
        .last()
        .filter(|_| page.more)
        .map(|last| format!("{}-{}", last.published_at.ms().max(0), last.id));
    Ok(Listing { items: page.items, total: page.total, next_cursor })
}

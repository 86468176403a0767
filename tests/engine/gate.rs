//! A source that can be held up.

use std::sync::Arc;

use async_trait::async_trait;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::promql::Selector;
use slo_model::source::{Answer, Point, Series, Source, SourceError};
use tokio::sync::Semaphore;

/// A source that does not answer until it is allowed to.
pub(super) struct Gate {
    pub(super) inner: Arc<dyn Source>,
    pub(super) open: Semaphore,
}

impl Gate {
    async fn pass(&self) {
        drop(self.open.acquire().await);
    }
}

#[async_trait]
impl Source for Gate {
    async fn samples(
        &self,
        selector: &Selector,
        range: TimeRange,
        max_series: usize,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        self.pass().await;
        self.inner.samples(selector, range, max_series).await
    }
    async fn instant(&self, query: &str, at: Timestamp) -> Result<Answer<Vec<Point>>, SourceError> {
        self.pass().await;
        self.inner.instant(query, at).await
    }
    async fn range(
        &self,
        query: &str,
        start: Timestamp,
        end: Timestamp,
        step: Span,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        self.pass().await;
        self.inner.range(query, start, end, step).await
    }
    async fn label_values(
        &self,
        selector: &Selector,
        label: &str,
        range: TimeRange,
    ) -> Result<Answer<Vec<String>>, SourceError> {
        self.pass().await;
        self.inner.label_values(selector, label, range).await
    }
    async fn version(&self) -> Result<String, SourceError> {
        self.inner.version().await
    }
    fn place(&self) -> String {
        self.inner.place()
    }
}

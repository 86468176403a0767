//! The sources of an engine: one for everything that names none, and those that definitions name.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use slo_core::time::{Span, Timestamp};

use super::{Answer, HistogramSeries, Point, Selector, Series, Source, SourceError, TimeRange};

/// Sources by the name of their `DataSource`.
pub type NamedSources = BTreeMap<String, Arc<dyn Source>>;

/// Where each SLO is read from; clones share what is named.
#[derive(Clone)]
pub struct Sources {
    default: Arc<dyn Source>,
    /// `None` until somebody says what names mean: until then all of them mean the default.
    named: Arc<RwLock<Option<NamedSources>>>,
}

impl Sources {
    /// All SLOs are read from `default`, until names are known.
    pub fn only(default: Arc<dyn Source>) -> Self {
        Self { default, named: Arc::default() }
    }

    /// SLOs without a source have none but those that are named: each that names none gets an error that says so.
    pub fn without_default() -> Self {
        Self::only(Arc::new(Missing(None)))
    }

    /// The source of everything that names none.
    pub fn default_source(&self) -> &Arc<dyn Source> {
        &self.default
    }

    /// Says what names mean, from now on.
    pub fn set_named(&self, named: NamedSources) {
        *self.named.write().unwrap_or_else(PoisonError::into_inner) = Some(named);
    }

    /// The same, if there is anything to say.
    pub fn set_named_if(&self, named: Option<NamedSources>) {
        if let Some(named) = named {
            self.set_named(named);
        }
    }

    /// Every source that is known by now, with its name; the default's is empty, and one that is the default goes without
    /// a name.
    pub fn all(&self) -> Vec<(String, Arc<dyn Source>)> {
        let named = self.named.read().unwrap_or_else(PoisonError::into_inner);
        let named = named.iter().flatten().filter(|(_, source)| !Arc::ptr_eq(source, &self.default));
        let default = (String::new(), Arc::clone(&self.default));
        std::iter::once(default)
            .chain(named.map(|(name, source)| (name.clone(), Arc::clone(source))))
            .collect()
    }

    /// The source of an SLO that names `name`, or none. One that is not known answers every question with what is missing.
    pub fn of(&self, name: Option<&str>) -> Arc<dyn Source> {
        let Some(name) = name else { return Arc::clone(&self.default) };
        let named = self.named.read().unwrap_or_else(PoisonError::into_inner);
        match &*named {
            None => Arc::clone(&self.default),
            Some(named) => {
                let missing = || Arc::new(Missing(Some(name.to_owned()))) as Arc<dyn Source>;
                named.get(name).cloned().unwrap_or_else(missing)
            }
        }
    }
}

impl From<Arc<dyn Source>> for Sources {
    fn from(source: Arc<dyn Source>) -> Self {
        Self::only(source)
    }
}

impl<S: Source + 'static> From<Arc<S>> for Sources {
    fn from(source: Arc<S>) -> Self {
        Self::only(source)
    }
}

/// Tells which source an SLO is read from.
pub trait SourceOf: Sync {
    /// The source of an SLO that names `name`, or none.
    fn of(&self, name: Option<&str>) -> &dyn Source;
}

impl<S: Source> SourceOf for S {
    fn of(&self, _: Option<&str>) -> &dyn Source {
        self
    }
}

impl SourceOf for dyn Source + '_ {
    fn of(&self, _: Option<&str>) -> &dyn Source {
        self
    }
}

/// A source that nobody gave an address.
struct Missing(Option<String>);

impl Missing {
    fn error(&self) -> SourceError {
        SourceError::Settings(match &self.0 {
            Some(name) => format!(
                "the data source {name} has no address; give its DataSource connectionDetails.url, or say where it is with --source {name}=URL"
            ),
            None => "no server is named to read it from; name one with --prometheus URL, or refer to a DataSource with an address".to_owned(),
        })
    }
}

#[async_trait]
impl Source for Missing {
    async fn samples(
        &self,
        _: &Selector,
        _: TimeRange,
        _: usize,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        Err(self.error())
    }

    async fn histograms(
        &self,
        _: &Selector,
        _: &[f64],
        _: TimeRange,
        _: usize,
    ) -> Result<Answer<Vec<HistogramSeries>>, SourceError> {
        Err(self.error())
    }

    async fn instant(&self, _: &str, _: Timestamp) -> Result<Answer<Vec<Point>>, SourceError> {
        Err(self.error())
    }

    async fn range(
        &self,
        _: &str,
        _: Timestamp,
        _: Timestamp,
        _: Span,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        Err(self.error())
    }

    async fn label_values(
        &self,
        _: &Selector,
        _: &str,
        _: TimeRange,
    ) -> Result<Answer<Vec<String>>, SourceError> {
        Err(self.error())
    }

    async fn version(&self) -> Result<String, SourceError> {
        Err(self.error())
    }

    fn place(&self) -> String {
        self.0.clone().unwrap_or_else(|| "nowhere".to_owned())
    }
}

//! A source that answers the same question once a tick. SLOs share targets, and often series; a busy Prometheus should
//! be asked for them once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::OnceCell;

use super::identity::Identities;
use slo_core::metrics::UP;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::promql::Selector;
use slo_model::samples::{HistogramSeries, Point, Series};
use slo_model::slo::Slo;
use slo_model::source::{Answer, Health, NamedSources, Source, SourceError, SourceOf, Sources};

/// Only short reads are remembered: a back-fill's answers are large and asked for once.
const LONGEST_READ: Span = Span::minutes(10);
/// Targets are the same for all: also what is read of them for SLOs that begin together.
const LONGEST_SHARED: Span = Span::hours(1);

/// A source that hung is waited for no longer than this before the others are judged.
const PROBE: Duration = Duration::from_secs(3);

/// One question may be too hard for the server; when so many in a row are not answered in time, it is not the questions.
const MOST_TIMEOUTS: usize = 3;

type Cell = Arc<OnceCell<Arc<Answer<Vec<Series>>>>>;

/// How many SLOs are going to ask for each selector, by its text.
pub type Askers = HashMap<String, usize>;

/// Wraps a source for the length of one tick.
pub struct Memo<'a> {
    inner: &'a dyn Source,
    known: Mutex<HashMap<(String, TimeRange, usize), Cell>>,
    /// What only one SLO asks for is not remembered: at a thousand SLOs that is most of what was read.
    askers: Arc<Askers>,
    /// The server does not answer at all: the other questions of this tick need not wait for that too.
    outage: OnceLock<SourceError>,
    /// Questions in a row that were not answered in time.
    timeouts: AtomicUsize,
    /// Whose answers these are, and of a tick, what was known of the sources before, and its moment.
    name: &'a str,
    tick: Option<(&'a Identities, Timestamp)>,
    /// The last tick waited for it in vain: one short question finds out whether this one need not.
    probe: Option<OnceCell<()>>,
}

/// A memo for each source that a tick asks.
pub struct Memos<'a> {
    default: Memo<'a>,
    named: BTreeMap<&'a str, Memo<'a>>,
}

impl<'a> Memos<'a> {
    /// Of the sources that are asked.
    pub fn new(asked: &'a Asked, askers: Askers) -> Self {
        Self::make(asked, askers, None)
    }

    /// Of the sources that a tick at `at` asks.
    pub(super) fn of_tick(
        asked: &'a Asked,
        askers: Askers,
        identities: &'a Identities,
        at: Timestamp,
    ) -> Self {
        Self::make(asked, askers, Some((identities, at)))
    }

    /// Tells the names of the sources that hung.
    pub(super) fn hung(&self) -> BTreeSet<String> {
        let all = std::iter::once(&self.default).chain(self.named.values());
        let hangs = |memo: &&Memo<'_>| matches!(memo.outage.get(), Some(SourceError::Timeout { .. }));
        all.filter(hangs).map(|memo| memo.name.to_owned()).collect()
    }

    fn make(asked: &'a Asked, askers: Askers, tick: Option<(&'a Identities, Timestamp)>) -> Self {
        let askers = Arc::new(askers);
        let memo = |name: &'a str, source: &'a Arc<dyn Source>| Memo {
            name,
            tick,
            probe: asked.hung.contains(name).then(OnceCell::new),
            ..Memo::new(source.as_ref(), Arc::clone(&askers))
        };
        let named = asked.named.iter().map(|(name, source)| (name.as_str(), memo(name, source))).collect();
        Self { default: memo("", &asked.default), named }
    }

    /// Asks those for their version of which it is not known: new ones, and those that were away.
    pub(super) async fn ask_for_versions(&self) {
        for memo in std::iter::once(&self.default).chain(self.named.values()) {
            let is_asked = |health: &Health| health.is_up() == Some(true) && health.version.is_none();
            if memo.inner.health().as_ref().is_some_and(is_asked)
                && let Err(error) = memo.inner.version().await
            {
                tracing::debug!(server = memo.place(), %error, "it does not say which version it is");
            }
        }
    }
}

/// The sources that some SLOs are read from.
pub struct Asked {
    default: Arc<dyn Source>,
    named: NamedSources,
    /// Those that hung when they were asked last.
    pub(super) hung: BTreeSet<String>,
}

impl Asked {
    /// Those of `sources` that `slos` name, and the default.
    pub fn by<'s>(slos: impl Iterator<Item = &'s Slo>, sources: &Sources) -> Self {
        let mut named = NamedSources::new();
        for name in slos.filter_map(|slo| slo.source.as_ref()) {
            if !named.contains_key(name) {
                named.insert(name.clone(), sources.of(Some(name)));
            }
        }
        Self { default: sources.of(None), named, hung: BTreeSet::new() }
    }
}

impl SourceOf for Memos<'_> {
    fn of(&self, name: Option<&str>) -> &dyn Source {
        self.named.get(name.unwrap_or_default()).unwrap_or(&self.default)
    }
}

impl<'a> Memo<'a> {
    /// Remembers what more than one of `askers`, or none of them, asks for.
    pub fn new(inner: &'a dyn Source, askers: Arc<Askers>) -> Self {
        Self {
            inner,
            known: Mutex::default(),
            askers,
            outage: OnceLock::new(),
            timeouts: AtomicUsize::new(0),
            name: "",
            tick: None,
            probe: None,
        }
    }

    async fn unless_out<T>(
        &self,
        question: impl Future<Output = Result<T, SourceError>> + Send,
    ) -> Result<T, SourceError> {
        if let Some(probed) = &self.probe {
            probed.get_or_init(|| self.probe()).await;
        }
        if let Some(error) = self.outage.get() {
            return Err(error.clone());
        }
        let answer = question.await;
        match &answer {
            Ok(_) => self.timeouts.store(0, Ordering::Relaxed),
            Err(error @ (SourceError::Unreachable { .. } | SourceError::Unavailable { .. })) => {
                self.outage.get_or_init(|| error.clone());
            }
            Err(error @ SourceError::Timeout { .. }) => {
                if self.timeouts.fetch_add(1, Ordering::Relaxed) + 1 >= MOST_TIMEOUTS {
                    self.outage.get_or_init(|| error.clone());
                }
            }
            Err(_) => {}
        }
        answer
    }

    /// Asks something easy, which a server that is well answers at once.
    async fn probe(&self) {
        let at = self.tick.map_or(Timestamp::EPOCH, |(_, at)| at);
        let problem = match tokio::time::timeout(PROBE, self.inner.instant("1", at)).await {
            Ok(Err(error)) if error.is_outage() => error,
            Ok(_) => return,
            Err(_) => SourceError::Timeout { url: self.place(), seconds: PROBE.as_secs() },
        };
        self.outage.get_or_init(|| problem);
    }

    async fn once(
        &self,
        selector: &Selector,
        range: TimeRange,
        max_series: usize,
    ) -> Result<Arc<Answer<Vec<Series>>>, SourceError> {
        let key = (selector.to_string(), range, max_series);
        let cell = self.known.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        let ask =
            || async { self.unless_out(self.inner.samples(selector, range, max_series)).await.map(Arc::new) };
        cell.get_or_try_init(ask).await.cloned()
    }
}

#[async_trait]
impl Source for Memo<'_> {
    async fn samples(
        &self,
        selector: &Selector,
        range: TimeRange,
        max_series: usize,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        let is_shared = selector.metric() == UP.name && range.length() <= LONGEST_SHARED;
        if range.length() > LONGEST_READ && !is_shared {
            return self.unless_out(self.inner.samples(selector, range, max_series)).await;
        }
        if is_shared {
            // All targets at once cost the server less than each job by itself.
            match self.once(&Selector::new(UP.name, Vec::new()), range, max_series).await {
                Ok(all) => {
                    if let Some((identities, at)) = self.tick.filter(|_| !all.partial) {
                        identities.saw(self.name, &all.data, at);
                    }
                    let data =
                        all.data.iter().filter(|series| selector.matches(&series.labels)).cloned().collect();
                    return Ok(Answer { data, warnings: all.warnings.clone(), partial: all.partial });
                }
                Err(SourceError::TooManySeries { .. } | SourceError::TooLarge { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        if self.askers.get(&selector.to_string()) == Some(&1) {
            return self.unless_out(self.inner.samples(selector, range, max_series)).await;
        }
        self.once(selector, range, max_series).await.map(|answer| (*answer).clone())
    }

    async fn histograms(
        &self,
        selector: &Selector,
        thresholds: &[f64],
        range: TimeRange,
        max_series: usize,
    ) -> Result<Answer<Vec<HistogramSeries>>, SourceError> {
        self.unless_out(self.inner.histograms(selector, thresholds, range, max_series)).await
    }

    async fn instant(&self, query: &str, at: Timestamp) -> Result<Answer<Vec<Point>>, SourceError> {
        self.unless_out(self.inner.instant(query, at)).await
    }

    async fn range(
        &self,
        query: &str,
        start: Timestamp,
        end: Timestamp,
        step: Span,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        self.unless_out(self.inner.range(query, start, end, step)).await
    }

    async fn label_values(
        &self,
        selector: &Selector,
        label: &str,
        range: TimeRange,
    ) -> Result<Answer<Vec<String>>, SourceError> {
        self.unless_out(self.inner.label_values(selector, label, range)).await
    }

    fn doubt(&self, settle: Span) -> Option<SourceError> {
        self.inner.doubt(settle).or_else(|| {
            let (identities, at) = self.tick?;
            let since = identities.doubted_since(self.name, at)?;
            let reason = format!(
                "since {since} it has answered for other targets than before, none of which it knows: is it another tenant's, or another server? If that is meant it will be believed half an hour after"
            );
            Some(SourceError::Doubtful { url: self.place(), reason })
        })
    }

    fn health(&self) -> Option<Health> {
        self.inner.health()
    }

    async fn version(&self) -> Result<String, SourceError> {
        self.unless_out(self.inner.version()).await
    }

    fn place(&self) -> String {
        self.inner.place()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers nothing, and counts how often it was asked.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    #[async_trait]
    impl Source for Counting {
        async fn samples(
            &self,
            _: &Selector,
            _: TimeRange,
            _: usize,
        ) -> Result<Answer<Vec<Series>>, SourceError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(Answer::of(Vec::new()))
        }

        async fn instant(&self, _: &str, _: Timestamp) -> Result<Answer<Vec<Point>>, SourceError> {
            Ok(Answer::of(Vec::new()))
        }

        async fn range(
            &self,
            _: &str,
            _: Timestamp,
            _: Timestamp,
            _: Span,
        ) -> Result<Answer<Vec<Series>>, SourceError> {
            Ok(Answer::of(Vec::new()))
        }

        async fn label_values(
            &self,
            _: &Selector,
            _: &str,
            _: TimeRange,
        ) -> Result<Answer<Vec<String>>, SourceError> {
            Ok(Answer::of(Vec::new()))
        }

        async fn version(&self) -> Result<String, SourceError> {
            Ok(String::new())
        }

        fn place(&self) -> String {
            String::new()
        }
    }

    #[tokio::test]
    async fn what_several_ask_for_is_read_once_and_the_rest_is_not_kept() {
        let counting = Counting::default();
        let askers: Askers = [("shared".to_owned(), 2), ("own".to_owned(), 1)].into_iter().collect();
        let memo = Memo::new(&counting, Arc::new(askers));
        let range = slo_core::time::short::range(0, 60);
        for name in ["shared", "shared", "own", "other", "other"] {
            memo.samples(&Selector::new(name, vec![]), range, 10).await.unwrap();
        }
        assert_eq!(counting.0.load(Ordering::Relaxed), 3);
        assert_eq!(memo.known.lock().unwrap().len(), 2);
    }
}

//! The source behind Prometheus' HTTP API: Prometheus itself, Thanos, Mimir, Cortex, `VictoriaMetrics`. Asks and decodes;
//! what the samples mean is counted elsewhere.
//!
//! Raw samples come as an instant query of a range selector at the span's end. Prometheus 2.x answers a closed range
//! and 3.x a left-open one; the sample at the left edge is dropped here, so that both give the same.

mod ask;
mod client;
mod decode;
mod downsampled;
mod failure;
mod headers;
mod offset;
mod partial;
mod range;
mod retry;
mod transport;
mod watch;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;

use self::decode::{Keep, QueryData};
use self::offset::{KnownOffset, NEAR, Offset};
use self::transport::Transport;
use slo_base::clock::Clock;
use slo_base::config::source::SourceSettings;
use slo_core::duration;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::promql::Selector;
use slo_model::source::{Answer, Health, HistogramSeries, Point, Series, Source, SourceError};

/// A server that speaks Prometheus' HTTP API.
pub struct PrometheusSource {
    transport: Transport,
    offset: KnownOffset,
}

impl fmt::Debug for PrometheusSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrometheusSource")
            .field("settings", self.transport.settings())
            .finish_non_exhaustive()
    }
}

/// Clocks that nobody looks after differ by less.
const USUAL_SKEW: Span = Span::from_seconds(30);

/// A clock that is further away is meant to be, where the past is played again, or the server has nothing of now to be
/// settled on.
const REPLAY: Span = Span::days(1);

/// What a server that does not say who it is, is called.
const NAMELESS: &str = "Prometheus-compatible server";

#[derive(Deserialize)]
struct BuildInfo {
    #[serde(default)]
    version: String,
    /// Mimir and Cortex name themselves here.
    application: Option<String>,
}

impl PrometheusSource {
    /// Checks the settings and reads the certificate files; asks nothing yet. Fails with [`SourceError::Settings`],
    /// which names the setting.
    pub fn new(settings: SourceSettings, clock: Clock) -> Result<Self, SourceError> {
        Ok(Self { transport: Transport::new(settings, clock)?, offset: KnownOffset::default() })
    }

    /// How far the server's clock is ahead of ours; negative when it is behind. Right to about half
    /// the time that the question takes. Samples carry the server's time, so windows that end at our "now" miss
    /// events, or wait for them, by this much.
    pub async fn server_time_skew(&self) -> Result<Span, SourceError> {
        let clock = self.transport.clock();
        let before = clock.now();
        let answer = self.evaluate(&["query"], Vec::new(), "time()", Keep::ALL).await?;
        let after = clock.now();
        let Some(theirs) =
            answer.data.scalar.or_else(|| answer.data.series.first()?.samples.first().copied())
        else {
            let reason = format!("time() is not a scalar but {:?}", failure::quote(&answer.data.result_type));
            return Err(SourceError::Malformed { url: self.place(), reason });
        };
        // Not its value, which may be of a while ago, see `offset`.
        Ok(theirs.at - (before + (after - before) / 2))
    }

    /// Whether any selected series is a native histogram at the moment. A server too old to know them has none.
    pub async fn has_native_histograms(
        &self,
        selector: &Selector,
        at: Timestamp,
    ) -> Result<bool, SourceError> {
        match self.instant(&format!("histogram_count({selector})"), at).await {
            Ok(answer) => Ok(!answer.data.is_empty()),
            Err(SourceError::BadQuery { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn evaluate(
        &self,
        path: &[&str],
        mut params: Vec<(&'static str, String)>,
        query: &str,
        keep: Keep,
    ) -> Result<Answer<QueryData>, SourceError> {
        params.insert(0, ("query", query.to_owned()));
        let answer = ask::query(&self.transport, path, params, query, keep).await;
        answer.map_err(|error| failure::of_functions(error, query))
    }

    /// The samples of a range.
    async fn raw(
        &self,
        selector: &Selector,
        range: TimeRange,
        mut keep: Keep,
    ) -> Result<Answer<QueryData>, SourceError> {
        let query = format!("{selector}[{}]", duration::format(range.length()));
        let params = vec![("time", seconds(range.until))];
        let own = self.transport.settings().max_series;
        keep.max_series = own.map_or(keep.max_series, |own| own.min(keep.max_series));
        let answer = self.evaluate(&["query"], params, &query, keep).await.map_err(|error| match error {
            SourceError::TooManySeries { limit, .. } => {
                SourceError::TooManySeries { selector: selector.to_string(), limit }
            }
            other => other,
        })?;
        self.expect("matrix", &answer.data)?;
        Ok(answer)
    }

    /// The warning that the URL's own parameters ask for.
    fn may_be_downsampled(&self) -> Option<String> {
        downsampled::asked(self.transport.settings().parameter("max_source_resolution"))
    }

    /// How the server deals with a question about `at`, and how long ago that is.
    async fn near(&self, at: Timestamp) -> Result<(Offset, Span), SourceError> {
        let ago = self.transport.clock().now() - at;
        let offset = if ago.abs() < NEAR { self.offset().await? } else { Offset::default() };
        Ok((offset, ago))
    }

    /// Whether an answer about `at` lacks data.
    fn is_partial<T>(&self, answer: &Answer<T>, at: Timestamp) -> bool {
        let ago = self.transport.clock().now() - at;
        let partial = partial::is_partial(answer.partial, &answer.warnings, ago);
        if partial {
            self.transport.watch().was_partial();
        }
        partial
    }

    /// How far the server's clock is from ours, when that is more than `settle` and than what is usual.
    fn skew_doubt(&self, settle: Span) -> Option<String> {
        let skew = self.transport.watch().health().clock_skew?;
        let side = if skew > Span::ZERO { "ahead of" } else { "behind" };
        (skew.abs() > settle.max(USUAL_SKEW) && skew.abs() <= REPLAY).then(|| {
            format!(
                "its clock is {} s {side} ours, and samples may be late by {} s (--settle); set both clocks by NTP",
                skew.abs().as_seconds(),
                settle.as_seconds()
            )
        })
    }

    /// An answer whose type the API promises.
    fn expect(&self, wanted: &str, answer: &QueryData) -> Result<(), SourceError> {
        if answer.result_type == wanted {
            return Ok(());
        }
        let reason = format!("its result is {:?} instead of a {wanted}", failure::quote(&answer.result_type));
        Err(SourceError::Malformed { url: self.place(), reason })
    }
}

#[async_trait]
impl Source for PrometheusSource {
    async fn samples(
        &self,
        selector: &Selector,
        range: TimeRange,
        max_series: usize,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        if range.length() <= Span::ZERO {
            return Ok(Answer::default());
        }
        let keep = Keep { range: Some(range), max_series, cut_at: None };
        let answer = self.raw(selector, range, keep).await?;
        let downsampled = downsampled::seen(&answer.data.series).or_else(|| self.may_be_downsampled());
        let partial = self.is_partial(&answer, range.until);
        let warnings = answer.warnings.into_iter().chain(downsampled).collect();
        Ok(Answer { data: answer.data.series, warnings, partial })
    }

    async fn histograms(
        &self,
        selector: &Selector,
        thresholds: &[f64],
        range: TimeRange,
        max_series: usize,
    ) -> Result<Answer<Vec<HistogramSeries>>, SourceError> {
        if range.length() <= Span::ZERO {
            return Ok(Answer::default());
        }
        let keep = Keep { range: Some(range), max_series, cut_at: Some(thresholds.into()) };
        let answer = self.raw(selector, range, keep).await?;
        let partial = self.is_partial(&answer, range.until);
        let warnings = answer.warnings.into_iter().chain(self.may_be_downsampled()).collect();
        Ok(Answer { data: answer.data.histograms, warnings, partial })
    }

    async fn instant(&self, query: &str, at: Timestamp) -> Result<Answer<Vec<Point>>, SourceError> {
        let (offset, ago) = self.near(at).await?;
        let params = [("time", seconds(at))].into_iter().chain(offset.parameter()).collect();
        let mut answer = self.evaluate(&["query"], params, query, Keep::ALL).await?;
        let partial = self.is_partial(&answer, at);
        answer.warnings.extend(offset.warning(ago));
        answer.warnings.extend(self.may_be_downsampled());
        let QueryData { result_type, series, scalar, .. } = answer.data;
        let data = match (result_type.as_str(), scalar) {
            ("vector", _) => series
                .into_iter()
                .filter_map(|series| {
                    Some(Point { value: series.samples.last()?.value, labels: series.labels })
                })
                .collect(),
            ("scalar", Some(scalar)) => {
                vec![Point { labels: slo_core::labels::Labels::new(), value: scalar.value }]
            }
            ("matrix" | "string", _) => {
                let reason = format!("its result is a {result_type}; a vector or a scalar is needed");
                return Err(SourceError::BadQuery { url: self.place(), reason, query: query.to_owned() });
            }
            (other, _) => {
                let reason = format!("its result is {:?}, no vector and no scalar", failure::quote(other));
                return Err(SourceError::Malformed { url: self.place(), reason });
            }
        };
        Ok(Answer { data, warnings: answer.warnings, partial })
    }

    async fn range(
        &self,
        query: &str,
        start: Timestamp,
        end: Timestamp,
        step: Span,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        let (offset, ago) = self.near(end).await?;
        let mut joined = range::Joined::default();
        let mut pieces = range::Pieces::new(query, &self.place(), (start, end), step)?;
        while let Some(piece) = pieces.next() {
            let params = [
                ("start", seconds(piece.start)),
                ("end", seconds(piece.end)),
                ("step", seconds(Timestamp::EPOCH + step)),
            ];
            let params = params.into_iter().chain(offset.parameter()).collect();
            match self.evaluate(&["query_range"], params, query, Keep::ALL).await {
                Ok(answer) => {
                    self.expect("matrix", &answer.data)?;
                    joined.partial |= self.is_partial(&answer, piece.end);
                    joined.add(answer.data.series, answer.warnings);
                    pieces.answered(&piece);
                }
                Err(error) if pieces.make_smaller(&piece, &error) => {
                    tracing::debug!(server = self.place(), %error, "asking for less of it at once");
                }
                Err(error) => return Err(error),
            }
        }
        joined.add(Vec::new(), offset.warning(ago).into_iter().chain(self.may_be_downsampled()).collect());
        Ok(joined.finish())
    }

    async fn label_values(
        &self,
        selector: &Selector,
        label: &str,
        range: TimeRange,
    ) -> Result<Answer<Vec<String>>, SourceError> {
        if range.length() <= Span::ZERO {
            return Ok(Answer::default());
        }
        let query = selector.to_string();
        let params = vec![
            ("match[]", query.clone()),
            ("start", seconds(range.after + Span::MILLISECOND)),
            ("end", seconds(range.until)),
        ];
        ask::plain(&self.transport, &["label", label, "values"], params, &query).await
    }

    async fn version(&self) -> Result<String, SourceError> {
        let path = ["status", "buildinfo"];
        let version = match ask::optional::<BuildInfo>(&self.transport, &path).await? {
            Some(info) if !info.version.is_empty() => {
                let name = info.application.unwrap_or_else(|| "Prometheus".to_owned());
                Ok(failure::quote(&format!("{name} {}", info.version)))
            }
            Some(_) => Ok::<_, SourceError>(NAMELESS.to_owned()),
            // No such page, which a wrong address has in common with an API that lacks it: ask for something every API has.
            None => self.instant("1", self.transport.clock().now()).await.map(|_| NAMELESS.to_owned()),
        }?;
        self.transport.watch().is_version(&self.place(), &version, self.transport.clock().now());
        Ok(version)
    }

    fn doubt(&self, settle: Span) -> Option<SourceError> {
        let reason = self.skew_doubt(settle).or_else(|| self.offset_doubt(settle))?;
        Some(SourceError::Doubtful { url: self.place(), reason })
    }

    fn health(&self) -> Option<Health> {
        Some(self.transport.watch().health())
    }

    fn place(&self) -> String {
        self.transport.settings().url().as_str().trim_end_matches('/').to_owned()
    }
}

/// A moment, or a step from the epoch on, as the API takes it: seconds, exact to the millisecond.
fn seconds(at: Timestamp) -> String {
    format!("{:.3}", at.as_seconds_f64())
}

/// Whole seconds for people, rounded up.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

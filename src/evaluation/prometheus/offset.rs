//! Servers that answer a question about now with what was a while ago: `VictoriaMetrics`, whose `-search.latencyOffset` (30 s)
//! moves instant queries back and repeats the last finished point of ranges. Both would count the same events twice.
//! Found out by asking for the time, and switched off by the parameter there is for it.

use slo_core::time::Span;
use slo_model::source::SourceError;
use tokio::sync::Mutex;

use super::PrometheusSource;
use super::decode::{Keep, QueryData};

/// Only questions about moments so near to now can be answered so; two clocks may differ by some of it.
pub(super) const NEAR: Span = Span::minutes(10);
/// What rounding leaves between the moment of an answer and its value.
const ROUNDING: Span = Span::from_ms(500);
/// The parameter that switches it off; 0 is refused.
const PARAMETER: (&str, &str) = ("latency_offset", "1ms");

/// How a server deals with moments near to now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Offset {
    /// It has an offset, so the parameter is sent.
    lifted: bool,
    /// What is left of the offset although the parameter was sent.
    left: Span,
}

impl Offset {
    /// What is sent with a query.
    pub fn parameter(self) -> Option<(&'static str, String)> {
        self.lifted.then(|| (PARAMETER.0, PARAMETER.1.to_owned()))
    }

    /// What to say about an answer for a moment so long ago.
    pub fn warning(self, ago: Span) -> Option<String> {
        (self.left > ROUNDING && ago < self.left).then(|| {
            format!(
                "the server answers what is asked about the last {0} s as of {0} s ago (latency offset): events are missed or counted twice; use --settle {0} or more, or set its offset to 0",
                (self.left + Span::from_ms(999)).as_seconds()
            )
        })
    }
}

/// Kept once it is known, until the server was away: then it may be another one.
pub(super) type KnownOffset = Mutex<Option<(u64, Offset)>>;

/// The scalar that a server answers to `time()`: the moment it says that it answers for, and the one that it did.
pub(super) fn lag(answer: &QueryData) -> Option<Span> {
    let sample = answer.scalar.or_else(|| answer.series.first()?.samples.first().copied())?;
    Some(sample.at - slo_core::time::Timestamp::from_seconds_f64(sample.value))
}

impl PrometheusSource {
    /// Whether the server has such an offset; asked once, and again after an outage. Fails when the server does not answer at
    /// all.
    pub(super) async fn offset(&self) -> Result<Offset, SourceError> {
        let mut known = self.offset.lock().await;
        let returns = self.transport.watch().returns();
        if let Some((_, offset)) = known.filter(|(of, _)| *of == returns) {
            return Ok(offset);
        }
        let offset = self.find_offset().await?;
        *known = Some((self.transport.watch().returns(), offset));
        Ok(offset)
    }

    /// Why nothing may be settled on answers of the server, when samples may be late by `settle`.
    pub(super) fn offset_doubt(&self, settle: Span) -> Option<String> {
        let (_, Offset { left, .. }) = (*self.offset.try_lock().ok()?)?;
        (left > ROUNDING && left > settle).then(|| {
            let left = (left + Span::from_ms(999)).as_seconds();
            format!(
                "it answers what is asked about the last {left} s as of {left} s ago (latency offset), and --settle is {}; use --settle {left} or more, or set its offset to 0",
                settle.as_seconds()
            )
        })
    }

    async fn find_offset(&self) -> Result<Offset, SourceError> {
        // What it is without us; and with what the URL's own parameters make of it.
        let lag = match self.ask_for_lag(Offset::default()).await? {
            Some(lag) if lag > ROUNDING => lag,
            _ => return Ok(Offset::default()),
        };
        let lifted = Offset { lifted: true, left: Span::ZERO };
        let left = self.ask_for_lag(lifted).await?.filter(|left| *left > ROUNDING).unwrap_or_default();
        let server = super::Source::place(self);
        if left > Span::ZERO {
            tracing::warn!(
                server,
                ?left,
                "it answers questions about now as of a while ago, and keeps to it"
            );
        } else {
            tracing::info!(server, ?lag, "it has a latency offset, which is switched off for our questions");
        }
        Ok(Offset { left, ..lifted })
    }

    /// `None` when it is not answered as the API says: that will be told of the question itself.
    async fn ask_for_lag(&self, offset: Offset) -> Result<Option<Span>, SourceError> {
        let params = offset.parameter().into_iter().collect();
        match self.evaluate(&["query"], params, "time()", Keep::ALL).await {
            Ok(answer) => Ok(lag(&answer.data)),
            Err(error) if error.is_outage() => Err(error),
            Err(_) => Ok(None),
        }
    }
}

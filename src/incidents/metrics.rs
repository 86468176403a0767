//! What is measured of alerts and incidents, counted from the stores at each scrape.

use std::collections::BTreeMap;
use std::fmt::Error;
use std::sync::atomic::Ordering;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::AlertService;
use crate::incidents::quality::Quality;
use crate::incidents::{Incident, IncidentState};
use crate::silences::{SilenceState, Silences};
use slo_core::names;
use slo_model::route::Priority;

type RawLabels = Vec<(&'static str, String)>;

const PRIORITIES: [(Priority, &str); 4] =
    [(Priority::P1, "P1"), (Priority::P2, "P2"), (Priority::P3, "P3"), (Priority::P4, "P4")];
/// Rules whose share of false positives is shown; more would be a label without bounds.
const MOST_RULES: usize = 1000;

/// Writes an alert service's numbers.
pub struct AlertMetrics(pub AlertService);

impl std::fmt::Debug for AlertMetrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AlertMetrics")
    }
}

impl Collector for AlertMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        self.alerts(&mut encoder)?;
        self.ingest(&mut encoder)?;
        self.silences(&mut encoder)?;
        self.escalations(&mut encoder)?;
        self.incidents(&mut encoder)
    }
}

impl AlertMetrics {
    /// By state and priority; alerts without the label `priority` count as `none`.
    fn alerts(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let now = self.0.clock.now_ms();
        let (silences, routes) = (self.0.silences.active(), self.0.routes());
        let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for (_, priority) in PRIORITIES {
            for state in ["active", "suppressed", "resolved"] {
                counts.insert((state, priority), 0);
            }
        }
        for (print, alert) in self.0.alerts.all() {
            let state = if alert.is_resolved(now) {
                "resolved"
            } else if Silences::matching(&silences, &alert.labels).is_empty()
                && routes.inhibited_by(print).is_empty()
            {
                "active"
            } else {
                "suppressed"
            };
            let label = alert.labels.get("priority");
            let priority =
                PRIORITIES.iter().find(|(_, name)| *name == label).map_or("none", |(_, name)| name);
            *counts.entry((state, priority)).or_default() += 1;
        }
        let values = counts.into_iter().map(|((state, priority), count)| {
            (vec![("state", state.to_owned()), ("priority", priority.to_owned())], count as f64)
        });
        gauges(encoder, names::ALERTS, "Alerts that are known, by state and priority", values)
    }

    fn ingest(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let counts = self.0.alerts.counts();
        let mut metric = encoder.encode_descriptor(
            names::ALERTS_RECEIVED,
            "Alerts that were sent to us since the start, by what became of them",
            None,
            MetricType::Counter,
        )?;
        for (outcome, count) in [
            ("firing", &counts.firing),
            ("resolved", &counts.resolved),
            ("invalid", &counts.invalid),
            ("refused", &counts.refused),
        ] {
            let labels = [("outcome", outcome)];
            ConstCounter::new(count.load(Ordering::Relaxed)).encode(metric.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn escalations(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let help = "Messages to a next level because nobody acknowledged, since the start";
        let metric = encoder.encode_descriptor(names::ESCALATIONS, help, None, MetricType::Counter)?;
        ConstCounter::new(self.0.escalations.load(Ordering::Relaxed)).encode(metric)
    }

    fn silences(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let (now, all) = (self.0.clock.now_ms(), self.0.silences.all());
        let states = [SilenceState::Active, SilenceState::Pending, SilenceState::Expired];
        let values = states.into_iter().map(|state| {
            let count = all.iter().filter(|silence| silence.state(now) == state).count();
            (vec![("state", state.as_str().to_owned())], count as f64)
        });
        gauges(encoder, names::SILENCES, "Silences, by state", values)
    }

    fn incidents(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let all = self.0.incidents.all();
        let values = PRIORITIES.into_iter().flat_map(|(priority, name)| {
            let all = &all;
            IncidentState::ALL.into_iter().map(move |state| {
                let same = |incident: &Incident| incident.priority == priority && incident.state == state;
                let count = all.iter().filter(|incident| same(incident)).count();
                (vec![("state", state.as_str().to_owned()), ("priority", name.to_owned())], count as f64)
            })
        });
        gauges(encoder, names::INCIDENTS, "Incidents of the last 90 days, by state and priority", values)?;
        let quality = Quality::of(all.iter().map(AsRef::as_ref));
        for (name, help, durations) in [
            (
                names::TIME_TO_ACKNOWLEDGE,
                "Mean time from opening to the first acknowledgement",
                &quality.acknowledge,
            ),
            (names::TIME_TO_RESOLVE, "Mean time from opening to the end", &quality.resolve),
        ] {
            let values = PRIORITIES.into_iter().filter_map(|(priority, label)| {
                let mean = durations.get(&priority)?.mean()?;
                Some((vec![("priority", label.to_owned())], mean))
            });
            gauges(encoder, name, help, values)?;
        }
        let shares =
            quality.marks.iter().take(MOST_RULES).filter_map(|(rule, marks)| {
                Some((vec![("rule", rule.clone())], marks.false_positive_share()?))
            });
        let help = "Share of false positives among a rule's incidents that were judged";
        gauges(encoder, names::FALSE_POSITIVES, help, shares)
    }
}

fn gauges(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    values: impl IntoIterator<Item = (RawLabels, f64)>,
) -> Result<(), Error> {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (labels, value) in values {
        ConstGauge::new(value).encode(metric.encode_family(&labels)?)?;
    }
    Ok(())
}

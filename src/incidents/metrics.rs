//! What is measured of alerts and incidents, counted from the stores at each scrape.

use std::collections::BTreeMap;
use std::fmt::Error;
use std::sync::atomic::Ordering;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use crate::AlertService;
use crate::incidents::quality::Quality;
use crate::incidents::{Incident, IncidentState};
use crate::silences::{SilenceState, Silences};
use slo_base::telemetry::metrics::{write, write_one};
use slo_core::{metrics, names};
use slo_model::alert::Priority;

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
        let now = self.0.clock.now();
        let (silences, routes) = (self.0.silences.active(), &self.0.routes);
        let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for priority in Priority::ALL {
            for state in ["active", "suppressed", "resolved"] {
                counts.insert((state, priority.as_str()), 0);
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
            let priority =
                Priority::parse(alert.labels.get(names::PRIORITY)).map_or("none", Priority::as_str);
            *counts.entry((state, priority)).or_default() += 1;
        }
        let samples = counts.into_iter().map(|((state, priority), count)| ([state, priority], count as f64));
        write(encoder, metrics::ALERTS, samples)
    }

    fn ingest(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let counts = self.0.alerts.counts();
        let samples = [
            ("firing", &counts.firing),
            ("resolved", &counts.resolved),
            ("invalid", &counts.invalid),
            ("refused", &counts.refused),
        ];
        let samples = samples.map(|(outcome, count)| ([outcome], count.load(Ordering::Relaxed)));
        write(encoder, metrics::ALERTS_RECEIVED, samples)
    }

    fn escalations(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        write_one(encoder, metrics::ESCALATIONS, self.0.escalations.load(Ordering::Relaxed))
    }

    fn silences(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let (now, all) = (self.0.clock.now(), self.0.silences.all());
        let states = [SilenceState::Active, SilenceState::Pending, SilenceState::Expired];
        let values = states.into_iter().map(|state| {
            let count = all.iter().filter(|silence| silence.state(now) == state).count();
            ([state.as_str()], count as f64)
        });
        write(encoder, metrics::SILENCES, values)
    }

    fn incidents(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let all = self.0.incidents.all();
        let values = Priority::ALL.into_iter().flat_map(|priority| {
            let all = &all;
            IncidentState::ALL.into_iter().map(move |state| {
                let same = |incident: &Incident| incident.priority == priority && incident.state == state;
                let count = all.iter().filter(|incident| same(incident)).count();
                ([state.as_str(), priority.as_str()], count as f64)
            })
        });
        write(encoder, metrics::INCIDENTS, values)?;
        let quality = Quality::of(all.iter().map(AsRef::as_ref));
        for (gauge, durations) in [
            (metrics::TIME_TO_ACKNOWLEDGE, &quality.acknowledge),
            (metrics::TIME_TO_RESOLVE, &quality.resolve),
        ] {
            let values = Priority::ALL
                .into_iter()
                .filter_map(|priority| Some(([priority.as_str()], durations.get(&priority)?.mean()?)));
            write(encoder, gauge, values)?;
        }
        let marks = quality.marks.iter().take(MOST_RULES);
        let shares = marks.filter_map(|(rule, marks)| Some(([rule.as_str()], marks.false_positive_share()?)));
        write(encoder, metrics::FALSE_POSITIVES, shares)
    }
}

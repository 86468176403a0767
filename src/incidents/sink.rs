//! What fires in this engine comes to the alert service as alerts from outside do.

use async_trait::async_trait;

use crate::alerts::{Alerts, IncomingAlert};
use crate::raw_labels::RawLabels;
use slo_model::alert::{Alert, AlertSink, SinkError};

#[async_trait]
impl AlertSink for Alerts {
    async fn post(&self, alerts: Vec<Alert>) -> Result<(), SinkError> {
        let heard = alerts.into_iter().map(|alert| IncomingAlert {
            labels: RawLabels::from(&alert.labels),
            annotations: RawLabels::from(&alert.annotations),
            starts_at: Some(alert.starts_at),
            ends_at: alert.explicit_end.then_some(alert.ends_at),
            generator_url: alert.generator_url,
        });
        self.put(heard.collect()).await.map_err(|error| SinkError(error.to_string()))
    }
}
